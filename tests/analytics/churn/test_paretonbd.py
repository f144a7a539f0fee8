import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1

from liuke.analytics.churn import death, paretonbd
from liuke.analytics.churn.fit import MODELS, fit
from liuke.analytics.churn.history import History, of_days, of_times
from liuke.analytics.churn.newton import maximise
from liuke.analytics.churn.paretonbd import MODEL
from tests.analytics.churn import cdnow

CDNOW = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
LOGS = st.tuples(*[st.floats(-2, 2)] * 4)
ROW = st.tuples(st.integers(0, 60), st.integers(0, 300), st.integers(0, 300)).map(
    lambda row: (row[0], row[1] if row[0] else 0, row[1] + row[2])
)


def simulated(customers, seed, r, alpha, s, beta, days=(30, 730)):
    """(x, t_x, T) in days of customers of the model, t_x rounded to its day: given x, the deals are x uniform times, the last is t_x."""
    rng = np.random.default_rng(seed)
    age = rng.integers(days[0], days[1] + 1, customers)
    rate, leaving = rng.gamma(r, 1 / alpha, customers), rng.gamma(s, 1 / beta, customers)
    until = np.minimum(rng.exponential(1, customers) / leaving, age / 7)
    x = rng.poisson(rate * until)
    last = np.where(x > 0, until * rng.random(customers) ** (1 / np.maximum(x, 1)), 0.0)
    return x, np.minimum(np.rint(last * 7).astype(np.int64), age), age


def parameters(theta):
    return dict(zip(MODEL.names, np.exp(theta).tolist(), strict=True))


def one(x, recency, age):
    return of_times([x], [recency], [age])[0]


def by_hypergeometric(theta, x, recency, age):
    """The closed form of Fader & Hardie's note, in plain numbers: good for small x only."""
    r, alpha, s, beta = np.exp(theta)
    k = r + s + x
    gap, other, least = (alpha - beta, s + 1, alpha) if alpha >= beta else (beta - alpha, r + x, beta)

    def term(time):
        return hyp2f1(k, other, k + 1, gap / (least + time)) / (least + time) ** k

    inner = (alpha + age) ** -(r + x) * (beta + age) ** -s + s / k * (term(recency) - term(age))
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(inner)


# ── published figures ────────────────────────────────────────────────────────


def test_cdnow_by_whole_days(shared_data):
    found = fit(MODELS["paretonbd"], [cdnow.sample(shared_data)])
    assert found.parameters == pytest.approx({"r": 0.55328, "alpha": 10.57768, "s": 0.60624, "beta": 11.66874}, abs=1e-5)
    assert found.standard_errors == pytest.approx({"r": 0.0476, "alpha": 0.8427, "s": 0.1873, "beta": 6.2105}, abs=1e-3)
    assert found.log_likelihood == pytest.approx(-9594.97618, abs=1e-5)
    assert (found.customers, found.repeaters) == (2357, 946)
    assert found.largest_gradient < 1e-6


def test_cdnow_by_the_summary_in_weeks(shared_data):
    found = fit(MODEL, [cdnow.summary(shared_data)])
    assert {name: round(value, 3) for name, value in found.parameters.items()} == {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.668}
    assert found.log_likelihood == pytest.approx(-9594.9739, abs=1e-4)


def test_expected_deals_of_the_published_customer():
    assert MODEL.expected(CDNOW, one(26, 30.86, 31.0), 52.0)[0] == pytest.approx(25.46, abs=0.005)
    assert MODEL.expected_new(CDNOW, 52.0) == pytest.approx(1.473, abs=0.0005)


# ── the likelihood ───────────────────────────────────────────────────────────


@settings(deadline=None)
@given(LOGS, ROW)
@example((0.3, 1.0, -0.5, 1.0), (3, 70, 140))
def test_likelihood_is_the_closed_form(theta, row):
    x, recency, age = min(row[0], 12), row[1] / 7, row[2] / 7
    recency = recency if x else 0.0
    wanted = by_hypergeometric(np.array(theta), x, recency, age)
    assert MODEL.sums(np.array(theta), one(x, recency, age)).value == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(LOGS, st.lists(ROW, min_size=1, max_size=30))
def test_gradient_and_hessian_are_the_differences(theta, rows):
    history, _ = of_days(*zip(*rows, strict=True))
    theta = np.array(theta)
    here = MODEL.sums(theta, history)
    step = 1e-4

    def slope(of, i):
        """Five-point difference along log-parameter i."""
        at = [of(MODEL.sums(theta + np.eye(4)[i] * k * step, history)) for k in (-2, -1, 1, 2)]
        return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step)

    scale = len(rows) * (1 + history.frequency.max())
    for i in range(4):
        assert here.gradient[i] == pytest.approx(slope(lambda sums: sums.value, i), rel=1e-7, abs=1e-8 * scale)
        np.testing.assert_allclose(here.hessian[i], slope(lambda sums: sums.gradient, i), rtol=1e-6, atol=1e-8 * scale)


def test_tables_and_rows_done_one_by_one_give_the_same_sums():
    """The same customers on the grid of whole days (tables) and far apart on a grid so fine that no table pays."""
    x, recency, age = simulated(5000, 3, 0.553, 10.578, 0.606, 11.669)
    days, _ = of_days(x, recency, age)
    fine = History(days.frequency, days.recency * 70, days.age * 70, days.weight, np.arange(730 * 70 + 1) / 490)
    for theta in (np.log([0.553, 10.578, 0.606, 11.669]), np.array([0.0, 0.0, 0.0, 0.0]), np.array([1.0, 5.0, -1.0, 1.0])):
        one_way, other = MODEL.sums(theta, days), MODEL.sums(theta, fine)
        assert one_way.value == pytest.approx(other.value, rel=1e-12)
        np.testing.assert_allclose(one_way.gradient, other.gradient, rtol=1e-8, atol=1e-7)
        np.testing.assert_allclose(one_way.hessian, other.hessian, rtol=1e-8, atol=1e-7)
        values = parameters(theta)
        np.testing.assert_allclose(MODEL.alive(values, days), MODEL.alive(values, fine), rtol=1e-11)


def test_many_small_tables_and_a_few_rows_apart_give_the_same_sums(monkeypatch):
    history, _ = of_days(*simulated(5000, 3, 2.0, 4.0, 0.606, 11.669))
    theta = np.log([1.5, 30.0, 0.5, 9.0])
    whole, alive = MODEL.sums(theta, history), MODEL.alive(parameters(theta), history)
    monkeypatch.setattr(death, "FLOATS", 20_000)
    monkeypatch.setattr(death, "CALL", 0)
    shape = death.Shape(*np.exp(theta))
    kinds = [chunk.nodes for chunk, _, _ in paretonbd._chunks(history, shape, 15)]
    assert len(kinds) > 10 and 0 in kinds and len(set(kinds)) > 2
    split = MODEL.sums(theta, history)
    assert split.value == pytest.approx(whole.value, rel=1e-12)
    np.testing.assert_allclose(split.gradient, whole.gradient, rtol=1e-9)
    np.testing.assert_allclose(split.hessian, whole.hessian, rtol=1e-9)
    np.testing.assert_allclose(MODEL.alive(parameters(theta), history), alive, rtol=1e-11, atol=1e-300)


def test_the_start_is_on_the_way_to_the_maximum_from_zeros():
    parts = [of_days(*simulated(4000, seed, 0.553, 10.578, 0.606, 11.669))[0] for seed in (1, 2)]

    def both(theta):
        return MODEL.sums(theta, parts[0]) + MODEL.sums(theta, parts[1])

    near, far = maximise(both, MODEL.start(parts)), maximise(both, np.zeros(4))
    np.testing.assert_allclose(near.theta, far.theta, rtol=1e-7)
    assert near.evaluations < far.evaluations


def test_sums_add_over_parts_and_weights_count_customers():
    lots = simulated(400, 8, 0.553, 10.578, 0.606, 11.669)
    theta = np.log([0.5, 9.0, 0.7, 14.0])
    whole = MODEL.sums(theta, of_days(*lots)[0])
    parts = MODEL.sums(theta, of_days(*(of[:150] for of in lots))[0]) + MODEL.sums(theta, of_days(*(of[150:] for of in lots))[0])
    single = sum(MODEL.sums(theta, of_days([x], [last], [age])[0]).value for x, last, age in zip(*lots, strict=True))
    assert parts.value == pytest.approx(whole.value, rel=1e-13)
    assert single == pytest.approx(whole.value, rel=1e-12)
    np.testing.assert_allclose(whole.gradient, parts.gradient, rtol=1e-9)
    np.testing.assert_allclose(whole.hessian, parts.hessian, rtol=1e-9)


@pytest.mark.parametrize("far", [1e4, 1e7])
def test_customers_who_do_not_differ_are_a_limit_that_is_met(far):
    """r, α → ∞ and s, β → ∞: every customer deals at rate r/α and leaves at rate s/β; there log L is that of two exponentials."""
    rate, leaving = 0.3, 0.05
    history, _ = of_times([4, 0, 9], [10.0, 0.0, 30.0], [20.0, 15.0, 30.0])
    x, last, age = history.frequency, history.times[history.recency], history.times[history.age]
    both = rate + leaving
    wanted = x * np.log(rate) + np.log(np.exp(-both * age) + leaving / both * (np.exp(-both * last) - np.exp(-both * age)))
    sums = MODEL.sums(np.log([rate * far, far, leaving * far, far]), history)
    assert sums.value == pytest.approx(wanted.sum(), rel=1e2 / far)
    assert np.abs(sums.gradient[:2].sum()) < 1e4 / far and np.abs(sums.gradient[2:].sum()) < 1e4 / far  # nothing to gain further out
    assert np.abs(sums.hessian[:2, :2].sum()) < 1e4 / far and np.abs(sums.hessian[2:, 2:].sum()) < 1e4 / far


def test_a_fit_to_customers_who_do_not_differ():
    rng = np.random.default_rng(12)
    age = rng.integers(30, 700, 3000)
    until = np.minimum(rng.exponential(200, 3000), age)
    x = rng.poisson(until / 25)
    last = np.where(x > 0, np.rint(until * rng.random(3000) ** (1 / np.maximum(x, 1))), 0).astype(np.int64)
    history, _ = of_days(x, np.minimum(last, age), age)
    found = fit(MODEL, [history])
    assert found.parameters["r"] / found.parameters["alpha"] == pytest.approx(7 / 25, rel=0.05)
    assert found.parameters["s"] / found.parameters["beta"] == pytest.approx(7 / 200, rel=0.1)
    alive = MODEL.alive(found.parameters, history)
    assert np.isfinite(alive).all() and (alive >= 0).all() and (alive <= 1).all()


# ── what it says of a customer ───────────────────────────────────────────────


def survivors(theta, x, recency, age, t):
    """(P(alive), E[deals in t], P(none in t)) by integrating over the time of leaving, as the model is told."""
    r, alpha, s, beta = np.exp(theta)
    k = r + x

    def history(time):  # likelihood of the deals, with the customer there until `time`
        return (alpha + time) ** -k * beta**s

    def leaving(time):
        return s * (beta + time) ** -(s + 1)

    edge = {"epsabs": 0, "epsrel": 1e-11, "limit": 500}
    gone = quad(lambda w: history(w) * leaving(w), recency, age, **edge)[0] if age > recency else 0.0
    here = history(age) * (beta + age) ** -s
    rate = k / (alpha + age)  # E[λ | still here]; after T it is independent of the time of leaving
    weeks = quad(lambda w: ((beta + age) / (beta + w)) ** s, age, age + t, **edge)[0]
    until = quad(lambda w: history(w) * leaving(w), age, age + t, **edge)[0]
    quiet = gone + until + history(age + t) * (beta + age + t) ** -s
    return here / (here + gone), here / (here + gone) * rate * weeks, quiet / (here + gone)


@settings(max_examples=60, deadline=None)
@given(LOGS, ROW, st.sampled_from([0.0, 1 / 7, 4.0, 39.0, 520.0]))
@example((0.0, 1.0, 0.0, 1.0), (4, 30, 90), 39.0)  # s = 1, α = β
@example((0.0, 1.0, 1e-9, 2.0), (4, 30, 90), 39.0)  # s all but 1
def test_predictions_are_the_integrals_over_the_time_of_leaving(theta, row, t):
    x, recency, age = row[0], row[1] / 7, row[2] / 7
    alive, deals, quiet = survivors(np.array(theta), x, recency, age, t)
    values, history = parameters(np.array(theta)), one(x, recency, age)
    assert MODEL.alive(values, history)[0] == pytest.approx(alive, rel=1e-9, abs=1e-12)
    assert MODEL.expected(values, history, t)[0] == pytest.approx(deals, rel=1e-8, abs=1e-12)
    assert MODEL.silent(values, history, t)[0] == pytest.approx(quiet, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("s", [1.0, 1.0 + 1e-13, 1.0 - 1e-9, 1.0 + 1e-6])
def test_expected_deals_are_smooth_where_s_is_one(s):
    values, history = {"r": 0.5, "alpha": 10.0, "s": s, "beta": 12.0}, one(3, 10.0, 20.0)
    limit = 0.5 / 10 * 12 * np.log((12 + 39) / 12)
    assert MODEL.expected_new(values, 39.0) == pytest.approx(limit, rel=1e-5)
    alive = MODEL.alive(values, history)[0]
    assert MODEL.expected(values, history, 39.0)[0] == pytest.approx(alive * 3.5 / 30 * 32 * np.log((32 + 39) / 32), rel=1e-5)


def test_the_future_adds_up():
    """Over customers of the model: those silent, and the deals, of the next 39 weeks are as many as came."""
    rng, values = np.random.default_rng(4), {"r": 0.8, "alpha": 8.0, "s": 0.9, "beta": 14.0}
    count = 200_000
    rate, leaving = rng.gamma(0.8, 1 / 8.0, count), rng.gamma(0.9, 1 / 14.0, count)
    gone = rng.exponential(1, count) / leaving
    until = np.minimum(gone, 52.0)
    x = rng.poisson(rate * until)
    last = np.where(x > 0, until * rng.random(count) ** (1 / np.maximum(x, 1)), 0.0)
    to_come = rng.poisson(rate * np.clip(gone - 52.0, 0.0, 39.0))
    history, place = of_days(x, np.rint(7 * last).astype(np.int64), np.full(count, 364))
    for actual, predicted in (
        (gone > 52.0, MODEL.alive(values, history)[place]),
        (to_come == 0, MODEL.silent(values, history, 39.0)[place]),
        (to_come, MODEL.expected(values, history, 39.0)[place]),
    ):
        off = actual - predicted
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(count)


EXTREMES = [
    (5000, 1e-6, 1e-6), (5000, 0.0, 1e-6), (0, 0.0, 1e-6), (0, 0.0, 0.0), (5000, 700.0, 700.0), (5000, 1.0, 5000.0),
    (1, 1e-6, 5000.0), (0, 0.0, 5000.0), (5000, 4999.0, 5000.0), (100_000, 52.0, 104.0),
]  # fmt: skip


@pytest.mark.parametrize("values", [
    CDNOW, {"r": 0.5, "alpha": 7.0, "s": 0.6, "beta": 7.0}, {"r": 1e-3, "alpha": 1e-4, "s": 1e-3, "beta": 1e-4},
    {"r": 50.0, "alpha": 1e4, "s": 30.0, "beta": 1e-3}, {"r": 50.0, "alpha": 1e-3, "s": 30.0, "beta": 1e4},
])  # fmt: skip
def test_extremes_are_finite_and_probabilities_stay_within_0_and_1(values):
    history, place = of_times(*zip(*EXTREMES, strict=True))
    theta = np.log([values[name] for name in MODEL.names])
    assert MODEL.sums(theta, history).finite
    alive = MODEL.alive(values, history)[place]
    assert np.isfinite(alive).all() and (alive >= 0).all() and (alive <= 1).all()
    for t in (0.0, 1e-6, 39.0, 5000.0):
        silent, deals = MODEL.silent(values, history, t), MODEL.expected(values, history, t)
        assert np.isfinite(silent).all() and (silent >= 0).all() and (silent <= 1).all()
        assert np.isfinite(deals).all() and (deals >= 0).all()
    recent = [i for i, (_, last, age) in enumerate(EXTREMES) if last == age]
    np.testing.assert_array_equal(alive[recent], 1.0)  # a deal this very day: still here
    assert alive[5] < 1e-100  # 5,000 deals in a week, then a hundred years of silence


def test_nobody_is_nothing():
    nobody = History.merge([])
    sums = MODEL.sums(np.zeros(4), nobody)
    assert sums.value == 0.0 and not sums.gradient.any() and not sums.hessian.any()
    assert len(MODEL.alive(CDNOW, nobody)) == len(MODEL.silent(CDNOW, nobody, 4.0)) == len(MODEL.expected(CDNOW, nobody, 4.0)) == 0


@pytest.mark.slow
def test_parameters_come_back_from_simulated_customers():
    """100,000 customers over up to two years, 20 seeds: every parameter within 3 of its standard errors, and no bias over the seeds."""
    true = CDNOW
    off = []
    for seed in range(20):
        found = fit(MODEL, [of_days(*simulated(100_000, seed, **true))[0]])
        assert found.largest_gradient < 1e-6
        off.append([(found.parameters[name] - true[name]) / found.standard_errors[name] for name in MODEL.names])
    assert np.abs(off).max() < 3.0
    assert np.abs(np.mean(off, axis=0)).max() < 3.0 / np.sqrt(20)
    assert np.std(off, axis=0) == pytest.approx(np.ones(4), abs=0.5)
