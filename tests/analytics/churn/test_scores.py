from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.churn import scores

POINTS = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40)


def columns(points):
    return np.array([p / 8 for p, _ in points]), np.array([left for _, left in points])


@given(POINTS)
def test_auc_is_the_share_of_pairs_in_the_right_order(points):
    p, left = columns(points)
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in p[left] for b in p[~left]]
    assert scores.auc(p, left) == (pytest.approx(sum(pairs) / len(pairs), abs=1e-12) if pairs else None)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=5, max_size=5), st.sampled_from([0.2, 0.4, 0.6, 1.0]))
def test_lift_is_the_mean_over_all_orders_of_ties(points, share):
    p, left = columns(points)
    k = round(share * 5)
    orders = [[left[i] for i in order][:k] for order in permutations(range(5)) if all(p[a] >= p[b] for a, b in pairwise(order))]
    wanted = np.mean([sum(top) / k for top in orders]) / left.mean() if left.any() else None
    assert scores.lift(p, left, share) == (pytest.approx(wanted, abs=1e-12) if left.any() else None)


def test_lift_takes_a_fraction_of_a_customer():
    # 15 customers: the top tenth is one and a half of them
    left = np.array([True, False] + [False] * 12 + [True])
    assert scores.lift(np.arange(15, 0, -1.0), left) == pytest.approx((1 / 1.5) / (2 / 15))


@given(POINTS)
def test_bins_hold_everybody_once_and_keep_ties_together(points):
    p, left = columns(points)
    bins = scores.calibration(p, left)
    assert sum(b.n for b in bins) == len(p) and 1 <= len(bins) <= 10
    assert sum(b.n * b.actual for b in bins) == pytest.approx(left.sum())
    assert sum(b.n * b.predicted for b in bins) == pytest.approx(p.sum())
    assert len(bins) <= len(set(p))
    assert [b.predicted for b in bins] == sorted(b.predicted for b in bins)
    assert all(0 <= b.low <= b.actual <= b.high <= 1 for b in bins)


def test_a_hundred_different_probabilities_make_ten_bins_of_ten():
    p = (np.arange(100) + 0.5) / 100
    assert [b.n for b in scores.calibration(p, p > 0.5)] == [10] * 10


def test_wilson_interval():
    (only,) = scores.calibration(np.full(10, 0.5), np.arange(10) < 3)
    assert (only.n, only.predicted, only.actual) == (10, 0.5, 0.3)
    assert (only.low, only.high) == pytest.approx((0.10779, 0.60322), abs=1e-5)  # Wilson (1927), 3 of 10


def test_figures_by_hand():
    found = scores.scores_of(np.array([0.9, 0.6, 0.6, 0.1]), np.array([True, True, False, False]))
    assert (found.customers, found.left, found.auc) == (4, 2, 3.5 / 4)
    assert found.brier == pytest.approx((0.01 + 0.16 + 0.36 + 0.01) / 4)
    assert found.log_loss == pytest.approx(-(2 * np.log(0.9) + np.log(0.6) + np.log(0.4)) / 4)
    assert found.lift_10 == 2.0
    assert found.ece == pytest.approx((0.1 + 2 * 0.1 + 0.1) / 4)


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("kind", [True, False])
def test_nothing_is_nan(n, kind):
    found = scores.scores_of(np.full(n, 0.5), np.full(n, kind)).to_json()
    assert found["auc"] is None
    assert found["lift_10"] == (1.0 if n and kind else None)
    assert (found["brier"], found["ece"]) == ((0.25, 0.5) if n else (None, None))
    assert all(v is None or np.isfinite(v) for v in found.values())


def test_sure_and_wrong_is_finite():
    assert scores.log_loss(np.array([0.0, 1.0]), np.array([True, False])) == pytest.approx(27.6, abs=0.1)


def test_a_rule_has_no_probability():
    found = scores.scores_of(np.array([300.0, 10.0]), np.array([True, False]), probability=False)
    assert (found.auc, found.brier, found.ece, found.log_loss) == (1.0, None, None, None)


@pytest.mark.parametrize("bad", [[0.5, np.nan], [0.5, np.inf], [0.5, 1.5], [0.5]])
def test_refused(bad):
    with pytest.raises(ValueError):
        scores.scores_of(np.array(bad), np.array([True, False]))
