from __future__ import annotations

import numpy as np
import pytest

from liuke.analytics.churn.newton import STEP, Sums, ascent, maximise


def bowl(theta):
    """−Σ k·(θ_k − k)² / 2: its maximum is (1, 2, 3)."""
    k = np.arange(1.0, 4.0)
    away = theta - k
    return Sums(float(-(k * away**2).sum() / 2), -k * away, -np.diag(k))


def test_sums_add():
    a, b = bowl(np.zeros(3)), bowl(np.ones(3))
    both = a + b
    assert both.value == a.value + b.value
    assert both.gradient.tolist() == (a.gradient + b.gradient).tolist()
    assert both.hessian.tolist() == (a.hessian + b.hessian).tolist()


def test_a_bowl_takes_one_step_where_the_step_is_short_enough():
    found = maximise(bowl, np.array([1.0, 1.0, 2.0]))
    assert found.converged
    assert found.evaluations == 2
    assert found.theta == pytest.approx([1, 2, 3], abs=1e-12)


def test_a_step_is_never_longer_than_its_limit():
    assert np.abs(ascent(bowl(np.full(3, 50.0)))).max() == pytest.approx(STEP)


def test_it_climbs_where_the_curvature_is_upward():
    """−(θ² − 1)² has a valley at 0, where Newton's plain step leads."""

    def hills(theta):
        (t,) = theta
        return Sums(-((t * t - 1) ** 2), np.array([-4 * t * (t * t - 1)]), np.array([[4 - 12 * t * t]]))

    found = maximise(hills, np.array([0.1]))
    assert found.converged
    assert found.theta == pytest.approx([1.0])


def test_an_upward_curvature_is_taken_as_downward():
    assert ascent(Sums(0.0, np.array([1.0, -3.0]), np.diag([4.0, -6.0]))) == pytest.approx([0.25, -0.5])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_turned_back_from(value):
    def wall(theta):
        (t,) = theta
        if t >= 1.5:
            return Sums(value, np.array([np.nan]), np.array([[np.nan]]))
        return Sums(t - np.exp(t - 1), np.array([1 - np.exp(t - 1)]), np.array([[-np.exp(t - 1)]]))

    found = maximise(wall, np.array([-6.0]))
    assert found.converged
    assert found.theta == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("evaluate", "why"),
    [
        (lambda t: Sums(float("nan"), t, -np.eye(1)), "nothing is finite"),
        (lambda t: Sums(float(t[0]), np.ones(1), np.zeros((1, 1))), "it rises for ever"),
        (lambda t: Sums(float(-abs(t[0] - np.pi)), np.copysign(1, np.pi - t), -np.eye(1)), "a kink, whose slope is nowhere zero"),
    ],
)
def test_without_a_maximum_it_ends_and_says_so(evaluate, why):
    found = maximise(evaluate, np.zeros(1))
    assert not found.converged, why
    assert found.evaluations <= 100


def test_it_stops_at_the_most_evaluations():
    found = maximise(bowl, np.full(3, 30.0), most=3)
    assert not found.converged
    assert found.evaluations == 3
