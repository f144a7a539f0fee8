from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from liuke.analytics.thresholds import Thresholds, exact


def test_defaults_are_those_of_the_page() -> None:
    th = Thresholds()
    assert (th.k, th.default_cycle_days, th.loyal_days, th.loyal_intervals, th.satisfaction_days) == (2, 180, 4, 3, 180)
    assert (th.exit_days, th.decline_days, th.stage_days, th.zombie_months, th.zombie_prospect_days) == (365, 60, 7, 12, 90)
    assert th.ratio("decline_elapsed") == Fraction(7, 4)
    assert th.band_edges == (1, Fraction(7, 4), Fraction(5, 2), 4)
    assert "exit_elapsed" in Thresholds.names()
    assert "exit_lapsed" not in Thresholds.names()


def test_ratio_is_exact() -> None:
    assert exact("0.1") == Fraction(1, 10)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"k": 0}, "k"),
        ({"k": True}, "k"),
        ({"k": 1001}, "k"),
        ({"exit_days": -1}, "exit_days"),
        ({"exit_days": 3.5}, "exit_days"),
        ({"on_cycle": 1.5}, "on_cycle"),
        ({"on_cycle": "one"}, "on_cycle"),
        ({"on_cycle": "NaN"}, "on_cycle"),
        ({"on_cycle": "-1"}, "on_cycle"),
        ({"on_cycle": "1.2345678"}, "on_cycle"),
        ({"abc_a": "0.95"}, "abc_a"),
        ({"abc_b": "1.1"}, "abc_a, abc_b"),
        ({"potential_share": "1"}, "potential_share"),
        ({"loyal_days": 3}, "loyal_days"),
        ({"mature_days": 3}, "mature_days"),
        ({"switcher_days": 5}, "switcher_days"),
        ({"bands": ("1", "1", "2", "3")}, "bands"),
        ({"bands": ()}, "bands"),
        ({"bands": ["1", "2"]}, "bands"),
        ({"bands": ("1", "2")}, "prior_leave_shares"),
        ({"prior_leave_shares": ("0", "0", "0", "0", "1.5")}, "prior_leave_shares"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=rf"^{field}\b"):
        Thresholds(**change)
