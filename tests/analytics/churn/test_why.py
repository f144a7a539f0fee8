"""The parts of a probability: the exact split of cases that can be done by hand, and that they always add up."""

from itertools import permutations
from math import exp, isclose, isfinite, log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from liuke.analytics.churn.bgnbd import MODEL as BGNBD
from liuke.analytics.churn.fit import MODELS
from liuke.analytics.churn.history import History, of_days
from liuke.analytics.churn.typical import Lived, typical_of
from liuke.analytics.churn.why import exchanged, of_learned, of_model, rhythm_groups, rounded, shapley

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SETS = {
    "bgnbd": CDNOW,
    "mbgnbd": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "paretonbd": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
YEAR = 365 / 7


def leave(key="bgnbd"):
    """P(no deal in a year) of histories in whole days."""

    def of(repeats, span, age):
        history, place = of_days(repeats, span, age)
        return MODELS[key].silent(SETS[key], history, YEAR)[place]

    return of


# ── the split ────────────────────────────────────────────────────────────────


def test_a_sum_is_split_into_its_terms():
    assert shapley(lambda inside: inside @ np.array([0.1, -0.3, 0.05]), 3).tolist() == pytest.approx([0.1, -0.3, 0.05], abs=1e-15)


def test_two_that_only_work_together_share_alike():
    assert shapley(lambda inside: inside[:, 0] & inside[:, 1], 3).tolist() == [0.5, 0.5, 0.0]


def test_gloves():
    """One left glove, two right ones, a pair is worth 1: the textbook's 2/3, 1/6, 1/6."""
    assert shapley(lambda inside: inside[:, 0] & (inside[:, 1] | inside[:, 2]), 3).tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_it_is_the_mean_over_all_orders(worth):
    values = np.array(worth)
    number = 1 << np.arange(3)
    by_order = np.zeros(3)
    for order in permutations(range(3)):
        seen = 0
        for player in order:
            by_order[player] += (values[seen | 1 << player] - values[seen]) / 6
            seen |= 1 << player
    assert shapley(lambda inside: values[inside @ number], 3).tolist() == pytest.approx(by_order.tolist(), abs=1e-12)


# ── pasts ────────────────────────────────────────────────────────────────────


def test_the_typical_customer_is_made_of_medians_over_all_customers():
    one = of_days([0, 0, 3], [0, 0, 90], [10, 400, 100])[0]
    other = of_days([4, 7], [200, 300], [220, 900])[0]
    assert typical_of([one, other]) == Lived(3, 90, 20)  # x 0 0 3 4 7; span 0 0 90 200 300; silence 10 400 10 20 600 → 10 10 20 400 600
    assert typical_of([one]) == Lived(0, 0, 10)
    assert typical_of([]) is None
    assert typical_of([of_days([], [], [])[0]]) is None


def test_alike_customers_count_each():
    assert typical_of([of_days([5] + [1] * 3, [50] + [7] * 3, [60] + [7] * 3)[0]]) == Lived(1, 7, 0)


def test_times_that_are_not_days_are_rounded_to_days():
    history = History(*(np.array([value]) for value in (2, 1, 2)), np.array([1]), np.array([0.0, 30.43, 38.86]))
    assert typical_of([history]) == Lived(2, 213, 59)


def test_another_comes_at_his_own_interval_over_ones_time():
    mine, typical = Lived(16, 1200, 212), Lived(3, 270, 40)
    groups = rhythm_groups(mine, typical)
    inside = np.array([[0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]], bool)
    repeats, span, age = exchanged(mine, typical, groups, inside)
    assert repeats.tolist() == [3, 16, 4, 13]  # 270 days at one in 75; 1,200 days at one in 90
    assert span.tolist() == [270, 1200, 270, 1200]
    assert age.tolist() == [310, 1412, 310, 1240]


def test_who_came_once_has_no_interval_so_two_groups_are_one():
    assert rhythm_groups(Lived(0, 0, 30), Lived(3, 270, 40)) == ("silence", "often")
    assert rhythm_groups(Lived(2, 50, 30), Lived(0, 0, 40)) == ("silence", "often")


# ── models ───────────────────────────────────────────────────────────────────


def test_parts_of_the_model_by_hand():
    """The eight pasts of the three groups, put together by hand for CDNOW's model."""
    mine, typical = Lived(16, 1200, 212), Lived(3, 270, 40)

    def p(silence, interval, span):
        repeats = max(1, round(span / interval))
        history = of_days([repeats], [span], [span + silence])[0]
        return float(BGNBD.silent(CDNOW, history, YEAR)[0])

    u = {(s, o, t): p((40, 212)[s], (90, 75)[o], (270, 1200)[t]) for s in (0, 1) for o in (0, 1) for t in (0, 1)}
    silence = (u[1, 0, 0] - u[0, 0, 0]) / 3 + (u[1, 1, 0] - u[0, 1, 0]) / 6 + (u[1, 0, 1] - u[0, 0, 1]) / 6 + (u[1, 1, 1] - u[0, 1, 1]) / 3
    found = of_model(leave(), mine, typical)
    assert found.points["silence"] == pytest.approx(silence, abs=1e-12)
    assert (found.typical, found.share) == (u[0, 0, 0], u[1, 1, 1])
    assert found.points["silence"] > 0.3  # 212 days away where 75 is usual


def test_the_typical_customer_has_no_parts():
    found = of_model(leave(), Lived(3, 270, 40), Lived(3, 270, 40))
    assert found.points == {"silence": 0.0, "often": 0.0, "tenure": 0.0}
    assert found.share == found.typical


lived = st.one_of(
    st.builds(Lived, st.just(0), st.just(0), st.integers(0, 9000)),
    st.builds(lambda x, more, silence: Lived(x, x + more, silence), st.integers(1, 3000), st.integers(0, 6000), st.integers(0, 9000)),
)


@given(st.sampled_from(sorted(SETS)), lived, lived)
def test_parts_add_up_and_are_finite(key, mine, typical):
    found = of_model(leave(key), mine, typical)
    assert isclose(found.typical + sum(found.points.values()), found.share, abs_tol=1e-12)
    assert all(isfinite(x) and -1 <= x <= 1 for x in found.points.values())
    history, place = of_days([mine.repeats], [mine.span_days], [mine.span_days + mine.silence_days])
    assert found.share == MODELS[key].silent(SETS[key], history, YEAR)[place][0]


def test_parts_of_a_learned_model_by_hand():
    """One group alone: the difference of two probabilities; two groups: the mean over both orders."""

    def nothing(repeats, span, age):
        return np.zeros(len(age))

    def p(z):
        return 1 / (1 + exp(-z))

    same = Lived(0, 0, 40)
    found = of_learned(log(3 / 7), {"absent_days": 1.2}, nothing, same, same)
    assert found.typical == pytest.approx(0.3, abs=1e-15)
    assert found.points == {"silence": pytest.approx(p(log(3 / 7) + 1.2) - 0.3, abs=1e-15), "often": 0.0}
    both = of_learned(0.0, {"absent_days": 1.0, "elapsed_cycles": 1.0, "complaint": 1.0, "leave_odds": 9.0}, nothing, same, same)
    silence = ((p(2) - p(0)) + (p(3) - p(1))) / 2
    assert both.points == {
        "silence": pytest.approx(silence), "often": 0.0, "events": pytest.approx(p(3) - 0.5 - silence),
    }  # fmt: skip


def test_what_the_rhythm_adds_goes_to_its_three_groups():
    def rhythm(repeats, span, age):
        return (age - span) / 100.0 + repeats / 50.0

    mine, typical = Lived(4, 400, 300), Lived(4, 400, 100)
    found = of_learned(-2.0, {"spend_12m": 0.5, "leave_odds": 3.0}, rhythm, mine, typical)
    assert found.points["often"] == found.points["tenure"] == 0.0
    assert found.points["silence"] > found.points["money"] > 0
    assert found.share == pytest.approx(1 / (1 + exp(-(-2.0 + 0.5 + 3.0 + 0.08))))


@given(
    st.floats(-30, 30),
    st.dictionaries(st.sampled_from(["absent_days", "deal_days", "tenure_days", "spend_all", "complaint", "new_one"]), st.floats(-9, 9)),
    lived,
    lived,
)
def test_learned_parts_add_up_and_are_finite(base, moved, mine, typical):
    def rhythm(repeats, span, age):
        return np.log1p(age) - np.log1p(repeats)

    found = of_learned(base, moved, rhythm, mine, typical)
    assert isclose(found.typical + sum(found.points.values()), found.share, abs_tol=1e-12)
    assert all(isfinite(x) for x in found.points.values())


# ── as they are shown ────────────────────────────────────────────────────────


def test_whole_points_go_to_the_largest_remainders():
    assert rounded({"silence": 0.2644, "often": -0.0331, "tenure": 0.0287}, 26) == {"silence": 26, "often": -3, "tenure": 3}
    assert rounded({"silence": 0.006, "often": 0.006}, 1) == {"silence": 1, "often": 0}
    assert rounded({"silence": 0.0, "often": 0.0}, 0) == {"silence": 0, "often": 0}


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=5), st.floats(0, 1))
def test_whole_points_add_up_and_are_near(points, typical):
    share = typical + sum(points)
    assume(-1 <= share <= 2)
    total = round(share * 100) - round(typical * 100)
    shown = rounded({str(i): x for i, x in enumerate(points)}, total)
    assert sum(shown.values()) == total
    assert all(abs(shown[str(i)] - 100 * x) <= 2 for i, x in enumerate(points))
