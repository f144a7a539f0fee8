"""What holds of BG/NBD and of MBG/NBD."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from liuke.analytics.churn import bgnbd, mbgnbd
from liuke.analytics.churn.fit import MODELS, fit
from liuke.analytics.churn.history import History, of_days, of_times
from tests.analytics.churn.models import EXTREMES, LOGS, NAMES, ROWS, by_the_paper, history, parameters, slopes
from tests.analytics.churn.simulated import LIKE_CDNOW, lives

BOTH = pytest.mark.parametrize("model", [bgnbd.MODEL, mbgnbd.MODEL], ids=lambda model: model.key)


@BOTH
def test_the_model_is_registered(model):
    assert MODELS[model.key] is model
    assert model.names == NAMES


# ── the likelihood ───────────────────────────────────────────────────────────


@BOTH
@given(theta=LOGS, rows=ROWS)
@settings(deadline=None)
def test_likelihood_is_the_papers(model, theta, rows):
    expected = by_the_paper(theta, rows, model.starts)
    assert model.sums(theta, history(rows)[0]).value == pytest.approx(expected, rel=1e-9, abs=1e-8)


@BOTH
@given(theta=LOGS, rows=ROWS)
@settings(deadline=None)
def test_gradient_and_hessian_are_those_of_the_likelihood(model, theta, rows):
    some = history(rows)[0]
    sums = model.sums(theta, some)
    size = 1 + abs(sums.value)
    assert sums.gradient == pytest.approx(slopes(lambda at: model.sums(at, some).value, theta), rel=1e-6, abs=1e-8 * size)
    assert sums.hessian == pytest.approx(slopes(lambda at: model.sums(at, some).gradient, theta), rel=1e-6, abs=1e-8 * size)
    assert sums.hessian == pytest.approx(sums.hessian.T, rel=1e-12, abs=1e-12 * size)


@BOTH
@given(theta=LOGS, rows=ROWS, cut=st.integers(0, 12))
@settings(deadline=None)
def test_sums_of_parts_are_the_sums_of_the_whole(model, theta, rows, cut):
    whole = model.sums(theta, history(rows)[0])
    parts = [history(part)[0] for part in (rows[:cut], rows[cut:]) if part]
    sums = [model.sums(theta, part) for part in parts]
    total = sums[0] + sums[1] if len(sums) > 1 else sums[0]
    assert total.value == pytest.approx(whole.value, rel=1e-11, abs=1e-11)
    assert total.gradient == pytest.approx(whole.gradient, rel=1e-9, abs=1e-9)
    assert total.hessian == pytest.approx(whole.hessian, rel=1e-9, abs=1e-9)


@BOTH
def test_more_customers_than_a_block(model):
    """Blocks are an economy only: many customers are as the sum of single ones."""
    life = lives(80_000, 3, days=True)
    theta = np.log(list(LIKE_CDNOW.values()))
    some = of_days(life.frequency, life.recency, life.age)[0]
    assert len(some) > 3 * 8192
    parts = [of_days(life.frequency[i::7], life.recency[i::7], life.age[i::7])[0] for i in range(7)]
    whole = model.sums(theta, some)
    assert sum(model.sums(theta, part).value for part in parts) == pytest.approx(whole.value, rel=1e-12)
    assert sum(model.sums(theta, part).gradient for part in parts) == pytest.approx(whole.gradient, rel=1e-9)


# ── what it says of a customer ───────────────────────────────────────────────


@BOTH
@pytest.mark.parametrize("a", [1e-4, 0.1, 0.793, 1.0, 1.5, 40.0])
@pytest.mark.parametrize("r", [1e-3, 0.243, 30.0])
@pytest.mark.parametrize("alpha", [1e-3, 4.414, 1e4])
@pytest.mark.filterwarnings("error")
def test_extremes_are_finite_and_probabilities_are(model, r, alpha, a):
    some, place = history(EXTREMES)
    theta = np.log([r, alpha, a, 2.426])
    values = parameters(theta)
    for weeks in (0.0, 1e-6, 39.0, 5_000.0):
        deals = model.expected(values, some, weeks)
        assert np.isfinite(deals).all() and (deals >= 0).all()
        for p in (model.alive(values, some), model.silent(values, some, weeks)):
            assert ((p >= 0) & (p <= 1)).all()
        assert np.isfinite(model.expected_new(values, weeks)) and model.expected_new(values, weeks) >= 0
    for row in EXTREMES:
        assert model.sums(theta, history([row])[0]).finite
    assert model.sums(theta, some).finite
    long_gone = place[EXTREMES.index((100_000, 1e-6, 5_000.0))]
    assert model.alive(values, some)[long_gone] == pytest.approx(0, abs=1e-12)


@BOTH
@given(theta=LOGS, rows=ROWS, weeks=st.floats(0.01, 500))
@settings(deadline=None)
def test_what_must_hold_between_the_answers(model, theta, rows, weeks):
    values, some = parameters(theta), history(rows)[0]
    alive, silent, deals = model.alive(values, some), model.silent(values, some, weeks), model.expected(values, some, weeks)
    assert (silent >= 1 - alive - 1e-12).all()  # one who has left makes no deal
    assert (deals >= 1 - silent - 1e-9).all()  # P(at least one) is at most the expected number
    assert (model.expected(values, some, 2 * weeks) >= deals * (1 - 1e-9)).all()
    rate = (values["r"] + some.frequency) / (values["alpha"] + some.times[some.age])
    soon = 1e-5 / rate.max()  # so short that nobody comes twice
    assert model.expected(values, some, soon) / soon == pytest.approx(alive * rate, rel=1e-3)


def by_equation_ten(p, row, weeks, starts):
    """E[Y(t) | x, t_x, T] as the papers write it, with ₂F₁; b + x is b + x + 1 in MBG/NBD, and the denominator counts from x = 0 on."""
    x, recency, age = row
    r, alpha, a, b = p.values()
    low, shape = b + x + starts, r + x
    wait = (alpha + age) / (alpha + age + weeks)
    mean = (a + low - 1) / (a - 1) * (1 - wait**shape * hyp2f1(shape, low, a + low - 1, 1 - wait))
    left = a / (low - 1) * ((alpha + age) / (alpha + recency)) ** shape if x + starts else 0.0
    return mean / (1 + left)


@BOTH
@pytest.mark.parametrize("a", [0.4, 0.793, 1.7])
def test_expected_deals_are_those_of_the_published_formula(model, a):
    p = LIKE_CDNOW | {"a": a}
    rows = [(0, 0.0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (7, 29.43, 38.86), (26, 30.86, 31.0), (0, 0.0, 0.5)]
    some, place = history(rows)
    for weeks in (1.0, 39.0, 104.0):
        expected = [by_equation_ten(p, row, weeks, model.starts) for row in rows]
        assert model.expected(p, some, weeks)[place] == pytest.approx(expected, rel=1e-9)


@BOTH
@given(rows=ROWS)
def test_a_longer_silence_makes_alive_less_likely(model, rows):
    later = [(x, recency, age + 10) for x, recency, age in rows]
    (now, where), (then, there) = history(rows), history(later)
    assert (model.alive(LIKE_CDNOW, then)[there] <= model.alive(LIKE_CDNOW, now)[where]).all()


@BOTH
def test_customers_do_what_it_says_they_will(model):
    """200,000 who live by the model: later deals, who is silent, and deals from the start, all within 4 standard errors of its word,
    and so for the active and the quiet ones apart."""
    weeks = 26.0
    life = lives(200_000, 5, starts=model.starts, later=weeks)
    some, place = of_times(life.frequency, life.recency, life.age)
    deals, silent = model.expected(LIKE_CDNOW, some, weeks)[place], model.silent(LIKE_CDNOW, some, weeks)[place]
    quiet = model.alive(LIKE_CDNOW, some)[place] < 0.5
    for group in (life.frequency == 0, (life.frequency > 0) & quiet, (life.frequency > 0) & ~quiet):
        n = group.sum()
        assert n > 1_000
        error = (life.later - deals)[group]
        assert abs(error.mean()) < 4 * error.std() / np.sqrt(n)
        error = ((life.later == 0) - silent)[group]
        assert abs(error.mean()) < 4 * error.std() / np.sqrt(n)
    new = np.array([model.expected_new(LIKE_CDNOW, t) for t in np.linspace(0, 730 / 7, 300)])
    at_age = np.interp(life.age, np.linspace(0, 730 / 7, 300), new)
    error = life.frequency - at_age
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))


# ── fitting ──────────────────────────────────────────────────────────────────


@BOTH
@pytest.mark.slow
def test_parameters_are_recovered(model):
    """100,000 customers, 20 times: every estimate within 3 standard errors of the truth; and the errors are neither much smaller nor
    much larger than the standard errors say."""
    truth = np.array(list(LIKE_CDNOW.values()))
    off = []
    for seed in range(20):
        life = lives(100_000, seed, starts=model.starts)
        found = fit(model, [of_times(life.frequency, life.recency, life.age)[0]])
        errors = np.array([found.standard_errors[name] for name in model.names], np.float64)
        off.append((np.array([found.parameters[name] for name in model.names]) - truth) / errors)
    z = np.array(off)
    assert z.shape == (20, 4)
    assert np.abs(z).max() <= 3, z
    assert 0.6 < np.sqrt((z**2).mean()) < 1.4
    assert (np.abs(z.mean(axis=0)) < 3.5 / np.sqrt(20)).all()


@BOTH
def test_parts_fit_as_the_whole(model):
    life = lives(40_000, 1, days=True)
    columns = (life.frequency, life.recency, life.age)
    whole = fit(model, [of_days(*columns)[0]])
    parts = fit(model, [of_days(*(values[i::3] for values in columns))[0] for i in range(3)])
    merged = fit(model, [History.merge([of_days(*(values[i::3] for values in columns))[0] for i in range(3)])])
    weeks = fit(model, [of_times(life.frequency, life.recency / 7, life.age / 7)[0]])
    for other in (parts, merged, weeks):
        assert other.parameters == pytest.approx(whole.parameters, rel=1e-8)
        assert other.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
        assert (other.customers, other.repeaters) == (whole.customers, whole.repeaters)
        assert other.largest_gradient < 1e-6


@BOTH
@pytest.mark.parametrize("days", [1 / 7, 1.0, 30.0])
def test_the_unit_of_time_does_not_matter(model, days):
    """The same lives told in other units: α in them, the rest the same."""
    life = lives(3_000, 2)
    plain = fit(model, [of_times(life.frequency, life.recency, life.age)[0]])
    scaled = fit(model, [of_times(life.frequency, life.recency * days, life.age * days)[0]])
    assert scaled.parameters["alpha"] == pytest.approx(plain.parameters["alpha"] * days, rel=1e-7)
    assert scaled.parameters["a"] == pytest.approx(plain.parameters["a"], rel=1e-7)


@BOTH
def test_customers_who_never_leave(model):
    """The likeliest is at infinity: the fit goes as far as anything is gained, says so by its standard errors, and predicts."""
    rng = np.random.default_rng(3)
    age = rng.integers(100, 400, 2_000)
    x = rng.poisson(rng.gamma(0.5, 0.2, 2_000) * age / 7)
    last = np.where(x > 0, np.ceil(age * rng.random(2_000) ** (1 / np.maximum(x, 1))), 0).astype(int)
    some = of_days(x, last, age)[0]
    found = fit(model, [some])
    assert found.largest_gradient < 1e-6
    assert None in found.standard_errors.values()
    assert model.alive(found.parameters, some)[some.frequency > 0].min() > 0.99
    assert np.isfinite(model.expected(found.parameters, some, 52.0)).all()
