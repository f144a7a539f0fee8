"""Looked at every day the interval makes no false winners, and finds what is there; small groups are not taken for certain."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.gain import gain
from liuke.analytics.rounds import simulate
from liuke.analytics.sequential import (
    DOES_NOT,
    NO_DIFFERENCE,
    TOO_EARLY,
    WORKS,
    Stratum,
    bounds,
    detectable,
    estimate,
    exceeds,
    joined,
    needed,
    power,
    reach,
    verdict,
)

SHARES, BASES = (0.1, 0.2, 0.5), (0.05, 0.10, 0.14, 0.20)
ROUNDS = 1000
ERROR_OF_SAMPLING = 3 * sqrt(0.05 * 0.95 / ROUNDS)


def test_the_boundary_is_that_of_brownian_motion() -> None:
    assert exceeds(reach()) == pytest.approx(0.05, abs=1e-10)
    assert round(reach(), 4) == 2.2414
    # By far the greatest part of the chance is the reflection principle's 4 × (1 − Φ(c)).
    walk = np.random.default_rng(4).normal(size=(20_000, 400)).cumsum(1) / 20
    assert (np.abs(walk).max(1) >= reach()).mean() == pytest.approx(0.05, abs=0.01)
    assert reach(0.01) > reach() > reach(0.2)


def test_at_the_end_of_the_round_the_interval_is_c_standard_errors_wide() -> None:
    seen = estimate([Stratum(1088, 257, 121, 17)], 1209)
    assert seen is not None
    first, second = 258 / 1090, 18 / 123
    error = sqrt(first * (1 - first) / 1090 + second * (1 - second) / 123)
    assert seen.effect == pytest.approx(257 / 1088 - 17 / 121)
    assert (seen.low, seen.high) == (pytest.approx(seen.effect - reach() * error), pytest.approx(seen.effect + reach() * error))
    assert seen.fraction == 1.0
    quarter = estimate([Stratum(1088, 257, 121, 17)], 4836)
    assert quarter is not None and quarter.fraction == 0.25
    assert quarter.effect - quarter.low == pytest.approx(2 * (seen.effect - seen.low))


def test_strata_weigh_as_many_people_as_they_have() -> None:
    """More A among the contacted, who come back anyway: taken together it would look like an effect."""
    seen = estimate([Stratum(180, 90, 20, 10), Stratum(100, 10, 100, 10)], 400)
    assert seen is not None and seen.effect == pytest.approx(0)
    assert (seen.treated, seen.alone) == (pytest.approx(0.3), pytest.approx(0.3))
    assert 100 / 280 - 20 / 120 > 0.19


def test_nobody_back_yet_is_not_certainty() -> None:
    seen = estimate([Stratum(40, 4, 4, 0)], 44)
    assert seen is not None and seen.low < 0 < seen.effect == 0.1
    few = estimate([Stratum(190, 190, 19, 0)], 209)
    assert few is not None and few.low > 0 and few.fewest == 19
    assert verdict(few, 0.05) == TOO_EARLY
    assert estimate([Stratum(9, 0, 0, 0)], 10) is None
    assert estimate([], 10) is None
    assert verdict(None, 0.05) == TOO_EARLY


def test_a_stratum_without_one_of_the_groups_is_counted_with_the_largest() -> None:
    assert joined([Stratum(5, 1, 0, 0), Stratum(90, 9, 10, 1), Stratum(45, 9, 5, 1)]) == [Stratum(45, 9, 5, 1), Stratum(95, 10, 10, 1)]
    assert joined([Stratum(5, 1, 0, 0), Stratum(0, 0, 2, 1)]) == [Stratum(5, 1, 2, 1)]
    assert joined([Stratum(5, 1, 0, 0)]) == [] == joined([Stratum(0, 0, 0, 0)])


def test_verdicts() -> None:
    def said(returned: int, planned: int = 2000) -> str:
        return verdict(estimate([Stratum(1000, returned, 1000, 100)], planned), 0.05)

    assert said(200) == WORKS
    assert said(300, 5000) == WORKS  # so much that it need not wait for the end
    assert said(110) == DOES_NOT  # nowhere near five points
    assert said(40) == DOES_NOT
    assert said(110, 4000) == TOO_EARLY
    assert said(125) == NO_DIFFERENCE  # the round is over; neither nothing nor five points is out of the question


def test_how_many_are_needed() -> None:
    assert [needed(0.10, 0.05, share) for share in SHARES] == [3458, 2023, 1444]
    assert [needed(base, 0.05, 0.10) for base in BASES] == [1909, 3458, 4565, 6003]
    assert power(needed(0.14, 0.05, 0.10), 0.14, 0.05, 0.10) == pytest.approx(0.8, abs=1e-3)
    assert detectable(4565, 0.14, 0.10) == pytest.approx(0.05, abs=1e-4)
    assert isnan(detectable(3, 0.14, 0.10))
    assert power(100, 0.0, 0.0, 0.1) < 0.06


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_interval_holds_the_difference(treated: int, alone: int, data: st.DataObject) -> None:
    one = Stratum(treated, data.draw(st.integers(0, treated)), alone, data.draw(st.integers(0, alone)))
    seen = estimate([one], data.draw(st.integers(1, 2000)))
    assert seen is not None and -1 <= seen.low <= seen.effect <= seen.high <= 1


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("base", BASES)
def test_a_thousand_playbooks_without_effect_looked_at_daily(share: float, base: float) -> None:
    seen = simulate(ROUNDS, 4000, share, base, 0.0, seed=11)
    assert seen.works <= 0.05 + ERROR_OF_SAMPLING
    assert seen.covered >= 0.95 - ERROR_OF_SAMPLING


@pytest.mark.parametrize(("share", "base"), [(0.1, 0.05), (0.1, 0.10), *((share, base) for share in (0.2, 0.5) for base in BASES)])
def test_five_points_are_found_with_four_thousand_customers(share: float, base: float) -> None:
    seen = simulate(ROUNDS, 4000, share, base, 0.05, seed=12)
    assert seen.works >= 0.80
    assert seen.works == pytest.approx(power(4000, base, 0.05, share), abs=0.05)
    assert seen.does_not <= 0.05


def test_where_a_tenth_held_out_cannot_find_five_points_the_formula_says_so() -> None:
    """At 14 % even a single look at the end, with an ordinary interval, would find five points in 77 of 100 rounds only."""
    assert power(4000, 0.14, 0.05, 0.10) < 0.8 < power(4000, 0.14, 0.05, 0.20)
    assert simulate(ROUNDS, 4000, 0.1, 0.14, 0.05, seed=13).works == pytest.approx(power(4000, 0.14, 0.05, 0.10), abs=0.06)
    found = simulate(ROUNDS, needed(0.14, 0.05, 0.10), 0.1, 0.14, 0.05, seed=14).works
    assert found == pytest.approx(0.8, abs=0.05)


def test_looked_at_daily_an_ordinary_interval_finds_what_is_not_there() -> None:
    """The same rounds with ± 1.96 standard errors at every look: the reason for all this."""
    random = np.random.default_rng(5)
    alone, treated = (random.binomial(n, 0.14, (ROUNDS, 90)).cumsum(1) for n in (4, 40))
    days = np.arange(1, 91)[None, :]
    n0, n1 = (np.broadcast_to(days * n, alone.shape)[..., None] for n in (4, 40))
    first, second, low, _, fraction = bounds(n1, treated[..., None], n0, alone[..., None], planned=3960)
    middle = first - second
    ordinary = middle - (middle - low) * 1.96 / (reach() / np.sqrt(fraction))
    assert (ordinary[:, 10:] > 0).any(1).mean() > 0.12
    assert (low > 0).any(1).mean() <= 0.05 + ERROR_OF_SAMPLING


# ── money ──


def test_money_is_the_difference_of_means_by_stratum_with_an_interval() -> None:
    random = np.random.default_rng(1)
    a = random.choice([0, 0, 0, 120_000], 2000)
    b = random.choice([0, 0, 0, 0, 0, 120_000], 400)
    seen = gain([(a, b)])
    assert seen is not None
    assert seen.extra == pytest.approx(a.mean() - b.mean())
    error = sqrt(a.var() / len(a) + b.var() / len(b))
    assert (seen.low, seen.high) == (pytest.approx(seen.extra - 1.96 * error, abs=500), pytest.approx(seen.extra + 1.96 * error, abs=500))
    assert gain([(a, b)]) == seen  # drawn from a seed: the same every time
    assert gain([(a, a[:0])]) is None
    both = gain([(a, b), (a[:10], b[:0])])
    assert both is not None and both.treated == pytest.approx(np.concatenate([a[:10], a]).mean())


def test_everybody_the_same_leaves_no_doubt() -> None:
    seen = gain([(np.full(50, 300), np.full(10, 100))])
    assert seen is not None and (seen.extra, seen.low, seen.high) == (200, 200, 200)
