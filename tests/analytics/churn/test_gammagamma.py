import gzip
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import digamma, zeta
from scipy.stats import gamma as gamma_of

from liuke.analytics.churn import gammagamma
from liuke.analytics.churn.fit import Fit, NotFitted
from tests.analytics.churn import cdnow

LOGS = st.tuples(st.floats(-1, 3), st.floats(-1, 3), st.floats(-2, 5))
ROWS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 2_000_000).map(lambda cents: cents / 100)), min_size=1, max_size=30)
TRUE = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def repeat_values(path):
    """(x, mean dollars of a repeat purchase, 0 where there is none) of each customer; purchases of a day are one."""
    cents = defaultdict(lambda: defaultdict(int))
    with gzip.open(path, "rt") as lines:
        for _, customer, day, _, dollars in map(str.split, lines):
            if day <= f"{cdnow.CALIBRATION:%Y%m%d}":
                cents[customer][day] += round(100 * float(dollars))
    repeats = [[of[day] for day in sorted(of)[1:]] for of in cents.values()]
    return np.array([len(of) for of in repeats]), np.array([sum(of) / len(of) / 100 if of else 0.0 for of in repeats])


def simulated(customers, seed, p, q, gamma):
    """(x, m): the mean of x deals of Gamma(p, ν) is Gamma(p x, ν x)."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.3, customers)
    rate = rng.gamma(q, 1 / gamma, customers)
    return x, rng.gamma(p * x, 1 / (rate * x))


# ── published figures ────────────────────────────────────────────────────────


def test_cdnow_to_the_exact_cent(shared_data):
    x, mean = repeat_values(shared_data("cdnow_sample.txt.gz"))
    found = gammagamma.fit_value(x, mean)
    assert {name: round(value, 2) for name, value in found.parameters.items()} == {"p": 6.25, "q": 3.74, "gamma": 15.44}
    assert found.log_likelihood == pytest.approx(-4055.9177, abs=5e-5)
    assert (found.key, found.customers, found.repeaters) == ("gammagamma", 2357, 946)
    assert found.largest_gradient < 1e-6
    assert Fit.from_json(found.to_json()) == found


def test_cdnow_with_means_rounded_to_the_cent(shared_data):
    x, mean = repeat_values(shared_data("cdnow_sample.txt.gz"))
    mean = np.floor(mean * 100 + 0.5 + 1e-9) / 100
    found = gammagamma.fit_value(x, mean)
    assert found.parameters == pytest.approx({"p": 6.2488, "q": 3.7446, "gamma": 15.4478}, abs=1e-4)
    assert found.log_likelihood == pytest.approx(-4055.9232, abs=1e-4)
    assert gammagamma.mean_value(found.parameters) == pytest.approx(35.171, abs=5e-4)
    first = gammagamma.expected_value(found.parameters, x[:10], mean[:10])
    assert first.round(2).tolist() == [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]


# ── the likelihood ───────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.tuples(st.floats(0.5, 10), st.floats(1.5, 8), st.floats(0.5, 50)), st.integers(1, 20), st.floats(0.5, 200))
def test_likelihood_is_the_mixture_it_stands_for(values, x, mean):
    p, q, gamma = values

    def density(log_rate):
        rate = np.exp(log_rate)
        return gamma_of.pdf(mean, p * x, scale=1 / (rate * x)) * gamma_of.pdf(rate, q, scale=1 / gamma) * rate

    middle = np.log((p * x + q) / (gamma + x * mean))
    wide = 12 / np.sqrt(p * x + q)
    wanted = np.log(quad(density, middle - 5 * wide, middle + wide, points=[middle], epsabs=0, epsrel=1e-11, limit=300)[0])
    found = gammagamma.sums(np.log(values), np.array([x]), np.array([mean])).value
    assert found == pytest.approx(wanted, rel=1e-8, abs=1e-8)


@settings(max_examples=50, deadline=None)
@given(LOGS, ROWS)
def test_gradient_and_hessian_are_the_differences(theta, rows):
    theta, (x, mean) = np.array(theta), (np.array(of) for of in zip(*rows, strict=True))
    here, step = gammagamma.sums(theta, x, mean), 1e-3

    def slope(of, i):
        """Five-point difference along log-parameter i."""
        at = [of(gammagamma.sums(theta + np.eye(3)[i] * k * step, x, mean)) for k in (-2, -1, 1, 2)]
        return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step)

    scale = np.abs(here.hessian).max() + abs(here.value) + 1
    for i in range(3):
        assert here.gradient[i] == pytest.approx(slope(lambda sums: sums.value, i), rel=1e-7, abs=1e-8 * scale)
        np.testing.assert_allclose(here.hessian[i], slope(lambda sums: sums.gradient, i), rtol=1e-7, atol=1e-8 * scale)


@given(st.floats(1.5, 10), st.floats(-3, 12))
def test_differences_of_the_gamma_functions_keep_their_digits(log_low, log_step):
    """Against the integral of the next of them: log Γ' = ψ, ψ' = ζ(2, ·), ψ'' = -2 ζ(3, ·), over short steps."""
    low, step = np.exp([log_low, log_step])
    at, weights = np.polynomial.legendre.leggauss(20)
    edges = low * np.expm1(np.linspace(0, np.log1p(step / low), 30))  # as steps from low
    middle, half = low + (edges[1:] + edges[:-1])[:, None] / 2, np.diff(edges)[:, None] / 2
    found = gammagamma._gap(np.array([low]), step)
    for of, slope in zip(found, (digamma, lambda z: zeta(2, z), lambda z: -2 * zeta(3, z)), strict=True):
        assert of[0] == pytest.approx(float((slope(middle + half * at) * half * weights).sum()), rel=1e-9 if low < 30 else 1e-12)


@pytest.mark.parametrize("alike", ["customers", "deals of a customer"])
def test_a_fit_where_nothing_differs(alike):
    """The likelihood rises for ever, by less and less: the fit goes as far as can be told, and its answers are those of the limit."""
    rng = np.random.default_rng(3)
    x = rng.geometric(0.3, 400)
    mean = rng.gamma(2.0 * x, 15.0 / x) if alike == "customers" else 1 / rng.gamma(4.0, 1 / 60.0, 400)
    found = gammagamma.fit_value(x, mean)
    limit = np.full(400, (x @ mean) / x.sum()) if alike == "customers" else mean
    np.testing.assert_allclose(gammagamma.expected_value(found.parameters, x, mean), limit, rtol=1e-3)
    assert found.standard_errors["q" if alike == "customers" else "p"] is None and found.largest_gradient < 1e-6


def test_sums_add_over_parts():
    x, mean = simulated(20_000, 1, **TRUE)
    theta = np.log([5.0, 3.0, 10.0])
    whole = gammagamma.sums(theta, x, mean)
    parts = gammagamma.sums(theta, x[:9000], mean[:9000]) + gammagamma.sums(theta, x[9000:], mean[9000:])
    assert whole.value == pytest.approx(parts.value, rel=1e-13)
    np.testing.assert_allclose(whole.gradient, parts.gradient, rtol=1e-10)
    np.testing.assert_allclose(whole.hessian, parts.hessian, rtol=1e-10)
    together, apart = gammagamma.fit_value(x, mean), gammagamma.fit_parts([(x[:9000], mean[:9000]), (x[9000:], mean[9000:])])
    assert together.parameters == pytest.approx(apart.parameters, rel=1e-8)
    assert (apart.customers, apart.repeaters) == (20_000, 20_000)


@pytest.mark.parametrize("unit", [1e-9, 100.0, 1e12])
def test_the_unit_of_money_moves_gamma_alone(unit):
    x, mean = simulated(3000, 2, **TRUE)
    one, other = gammagamma.fit_value(x, mean), gammagamma.fit_value(x, mean * unit)
    wanted = {**one.parameters, "gamma": one.parameters["gamma"] * unit}
    assert other.parameters == pytest.approx(wanted, rel=1e-6)
    np.testing.assert_allclose(
        gammagamma.expected_value(other.parameters, x, mean * unit), unit * gammagamma.expected_value(one.parameters, x, mean), rtol=1e-6
    )


@pytest.mark.slow
def test_parameters_come_back_from_simulated_customers():
    """100,000 customers, 20 seeds: every parameter within 3 of its standard errors, and no bias over the seeds."""
    off = []
    for seed in range(20):
        found = gammagamma.fit_value(*simulated(100_000, seed, **TRUE))
        assert found.largest_gradient < 1e-6
        off.append([(found.parameters[name] - TRUE[name]) / found.standard_errors[name] for name in gammagamma.NAMES])
    assert np.abs(off).max() < 3.0
    assert np.abs(np.mean(off, axis=0)).max() < 3.0 / np.sqrt(20)


# ── expected value ───────────────────────────────────────────────────────────


def test_expected_value_shrinks_to_the_mean_of_all_the_more_the_fewer_the_deals():
    x = np.array([0, 1, 10, 1000, 1_000_000])
    found = gammagamma.expected_value(TRUE, x, np.full(5, 100.0))
    overall = 6.25 * 15.44 / 2.74
    assert found[0] == gammagamma.mean_value(TRUE) == pytest.approx(overall, rel=1e-14)
    np.testing.assert_allclose(found, 6.25 * (15.44 + x * 100.0) / (6.25 * x + 2.74), rtol=1e-12)
    assert (np.diff(found) > 0).all() and found[-1] < 100.0


def test_expected_value_where_the_mean_says_nothing():
    found = gammagamma.expected_value(TRUE, [0, 0, 3, 3, 3], [np.nan, 50.0, np.nan, 0.0, -20.0])
    overall = gammagamma.mean_value(TRUE)
    assert found[:3].tolist() == [overall] * 3
    assert found[3] == found[4] == pytest.approx(6.25 * 15.44 / (6.25 * 3 + 2.74), rel=1e-12)


@pytest.mark.parametrize("q", [1.0, 0.7, 1e-9])
def test_without_a_finite_mean_there_is_no_number(q):
    values = {"p": 2.0, "q": q, "gamma": 10.0}
    for ask in (lambda: gammagamma.mean_value(values), lambda: gammagamma.expected_value(values, [0, 5], [0.0, 30.0])):
        with pytest.raises(NotFitted) as refused:
            ask()
        assert refused.value.code == "no_mean"


def test_a_fit_with_a_tail_too_heavy_for_a_mean_is_still_a_fit():
    found = gammagamma.fit_value(*simulated(20_000, 6, 2.0, 0.8, 10.0))
    assert abs(found.parameters["q"] - 0.8) < 3 * found.standard_errors["q"]
    with pytest.raises(NotFitted):
        gammagamma.expected_value(found.parameters, [1], [30.0])


# ── no fit ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("x", "mean", "code"),
    [
        ([], [], "no_customers"),
        ([0, 0], [0.0, 30.0], "nobody_repeats"),
        ([2, 3], [0.0, -5.0], "nobody_repeats"),
        ([2, 3], [np.nan, np.inf], "nobody_repeats"),
        ([3], [20.0], "no_convergence"),
        ([2, 3, 4, 9], [20.0, 20.0, 20.0, 20.0], "no_convergence"),
    ],
)
def test_no_fit_says_why(x, mean, code):
    with pytest.raises(NotFitted) as refused:
        gammagamma.fit_value(x, mean)
    assert refused.value.code == code


def test_too_few_to_ask_for():
    x, mean = simulated(199, 3, **TRUE)
    with pytest.raises(NotFitted) as refused:
        gammagamma.fit_value(x, mean, least_repeaters=200)
    assert refused.value.code == "few_repeaters"


def test_rows_that_say_nothing_change_nothing():
    x, mean = simulated(500, 9, **TRUE)
    alone = gammagamma.fit_value(x, mean)
    among = gammagamma.fit_value(np.append(x, [0, 4, 4, 4]), np.append(mean, [10.0, 0.0, -3.0, np.nan]))
    assert among.parameters == alone.parameters and among.repeaters == 500 and among.customers == 504


def test_extremes_are_finite():
    x, mean = np.array([5000, 1, 1, 5000]), np.array([1e-6, 1e12, 1e-6, 1e12])
    assert gammagamma.sums(np.log([6.25, 3.74, 15.44]), x, mean).finite
    found = gammagamma.expected_value(TRUE, x, mean)
    assert np.isfinite(found).all() and (found > 0).all()
