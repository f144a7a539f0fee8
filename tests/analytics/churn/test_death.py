from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from liuke.analytics.churn.death import COLUMNS, NODES, PAIRS, Plan, Shape, _needed, columns, direct, tail_table

LOGS = st.floats(-3, 3)
SHAPES = st.builds(lambda *logs: Shape(*np.exp(logs)), LOGS, LOGS, LOGS, LOGS)
X = st.sampled_from([0, 1, 2, 7, 26, 300, 5000])


def by_quadrature(x, start, end, shape, column):
    """The definition, by an adaptive rule in log(min(α, β) + τ), cut where the integrand falls."""
    least = min(shape.alpha, shape.beta)

    def integrand(v):
        time = start + (least + start) * np.expm1(v)
        fallen = shape.decay(np.array(float(x)), np.array(start), np.array(time))
        return float(np.exp(-fallen) * columns(np.array([time]), shape, 15)[column, 0]) * (least + time)

    length = np.log1p((end - start) / (least + start))
    cuts = np.append(np.arange(0, length, 4 / (shape.r + x + shape.s + 1))[:40], length)
    return sum(quad(integrand, a, b, epsabs=0, epsrel=1e-12, limit=200)[0] for a, b in pairwise(cuts))


@settings(max_examples=60, deadline=None)
@given(SHAPES, X, st.sampled_from([0.0, 0.3, 5.0, 40.0]), st.floats(-12, 6), st.sampled_from([0, 1, 4, 7, 12, 14]))
@example(Shape(0.5, 10.0, 0.6, 10.0), 5000, 0.0, -14.0, 0)
@example(Shape(0.05, 0.05, 0.05, 20.0), 0, 0.0, 6.0, 7)
def test_the_integral_is_what_an_adaptive_rule_finds(shape, x, start, log_length, column):
    end = start + float(np.exp(log_length))
    found = direct(np.array([float(x)]), np.array([start]), np.array([end]), shape, 15)[column, 0]
    assert found == pytest.approx(by_quadrature(x, start, end, shape, column), rel=1e-10)


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.floats(0.1, 50), X, st.floats(0, 50), st.floats(0, 200))
def test_with_alpha_equal_to_beta_the_integral_is_a_power(r, s, alpha, x, start, length):
    k, low, end = r + x + s, alpha + start, start + length
    wanted = -np.expm1(-k * np.log1p((end - start) / low)) * low / k
    found = direct(np.array([float(x)]), np.array([start]), np.array([end]), Shape(r, alpha, s, alpha), 1)[0, 0]
    assert found == pytest.approx(wanted, rel=1e-10, abs=1e-300)


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.lists(st.integers(0, 400), min_size=1, max_size=5, unique=True), st.integers(1, 14))
def test_a_table_of_tails_is_the_same_integral(shape, xs, days):
    times = np.arange(0, 500, days) / 7
    x = np.sort(np.array(xs))
    first = np.minimum(x // days, len(times) - 1)
    need = _needed(x.astype(np.float64), first, times, shape)
    for column in range(len(x)):
        if need[column] == len(NODES):
            continue
        start = times[first[column] :]
        table = tail_table(x[column : column + 1].astype(np.float64), start, shape, 15, NODES[need[column]])
        wanted = direct(np.full(len(start), float(x[column])), start, np.full(len(start), times[-1]), shape, 15)
        np.testing.assert_allclose(table[:, :, 0].T, wanted, rtol=1e-11, atol=0)


def test_a_table_of_one_time_is_nothing():
    assert tail_table(np.array([3.0, 9.0]), np.array([2.0]), Shape(1.0, 2.0, 3.0, 4.0), 5, 3).tolist() == [[[0.0] * 2] * 5]


def test_the_columns_are_the_logs_the_reciprocals_and_their_products():
    shape, time = Shape(1.0, 2.0, 3.0, 4.0), np.array([0.0, 5.0])
    logs = [np.log((2 + time) / 2), np.log((4 + time) / 4), time / (2 + time), time / (4 + time)]
    full = columns(time, shape, COLUMNS[-1])
    wanted = np.stack([np.ones(2), *logs, *(logs[i] * logs[j] for i, j in PAIRS)])
    np.testing.assert_allclose(full, wanted, rtol=1e-15)
    for count in COLUMNS:
        np.testing.assert_array_equal(columns(time, shape, count), full[:count])


@pytest.mark.parametrize("shape", [Shape(0.5, 10.0, 0.6, 11.0), Shape(0.5, 1e-4, 0.6, 1e-5), Shape(0.5, np.nan, 0.6, np.inf)])
def test_a_plan_takes_every_x_once_and_covers_its_times(shape):
    rng = np.random.default_rng(5)
    times = np.arange(731) / 7
    x = np.append(np.arange(300), [700, 5000])
    rows = rng.integers(1, 3000, len(x))
    first = np.minimum(x, 600)
    last = rng.integers(first, 731)
    plan = Plan.of(x, rows, first, last, times, shape, 15)
    assert sorted(np.concatenate([chunk.x for chunk in plan.chunks])) == list(x)
    for chunk in plan.chunks:
        of = np.searchsorted(x, chunk.x)
        assert chunk.low <= first[of].min() and chunk.high >= last[of].max()
        assert chunk.nodes == 0 or len(of) * (chunk.high - chunk.low + 1) * 15 <= 3_000_000


def test_rows_too_few_for_a_table_are_done_directly():
    x, times = np.arange(50), np.arange(5000) / 70
    plan = Plan.of(x, np.ones(50, np.int64), x, np.full(50, 4999), times, Shape(0.5, 10.0, 0.6, 11.0), 15)
    assert [chunk.nodes for chunk in plan.chunks] == [0]
