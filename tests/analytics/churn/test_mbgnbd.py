from __future__ import annotations

import pytest

from liuke.analytics.churn.fit import fit
from liuke.analytics.churn.history import of_times
from liuke.analytics.churn.mbgnbd import MODEL
from tests.analytics.churn import cdnow

PUBLISHED = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}


def test_the_sample(shared_data):
    """Of the software of Platzer (BTYDplus): .525, 6.183, .891, 1.614, LL −9582.13; the latter from times rounded to two places."""
    found = fit(MODEL, [cdnow.sample(shared_data)])
    assert (found.key, found.customers, found.repeaters) == ("mbgnbd", 2357, 946)
    assert {name: round(value, 3) for name, value in found.parameters.items()} == PUBLISHED
    assert found.log_likelihood == pytest.approx(-9582.13572, abs=1e-5)
    assert found.largest_gradient < 1e-6
    found = fit(MODEL, [cdnow.summary(shared_data)])
    assert {name: round(value, 3) for name, value in found.parameters.items()} == PUBLISHED
    assert found.log_likelihood == pytest.approx(-9582.1327, abs=5e-5)


def test_the_whole_cohort(shared_data):
    found = fit(MODEL, [cdnow.everybody(shared_data)])
    assert found.customers == 23_570
    assert tuple(found.parameters.values()) == pytest.approx((0.637140, 7.310290, 0.807474, 1.228394), abs=1e-5)
    assert found.log_likelihood == pytest.approx(-95336.95832, abs=1e-4)


def test_without_a_repeat_deal_a_customer_may_have_left_at_once():
    """1 / (1 + a/b·((α+T)/α)^r): at T = 0 he stayed with the mean of 1 − p, b/(a+b)."""
    some = of_times([0, 0], [0, 0], [0.0, 30.0])[0]
    left = 0.891 / 1.614 * ((6.183 + 30) / 6.183) ** 0.525
    assert MODEL.alive(PUBLISHED, some).tolist() == pytest.approx([1.614 / (0.891 + 1.614), 1 / (1 + left)])
