"""The shifted-beta-geometric: the published figures, derivatives against differences, and the edges."""

import numpy as np
import pytest
from scipy.special import betaln

from liuke.analytics.churn import sbg
from liuke.analytics.churn.fit import Fit, NotFitted
from liuke.analytics.churn.sbg import Terms, fit_terms, survival


def survivors(*lost: int) -> np.ndarray:
    return 1000.0 - np.concatenate([[0], np.cumsum(lost)])


HIGH_END = survivors(131, 126, 90, 60, 42, 34, 26)
REGULAR = survivors(369, 163, 86, 56, 37, 27, 21)


@pytest.mark.parametrize(
    ("cohort", "alpha", "beta", "value", "later"),
    [
        (HIGH_END, 0.668, 3.806, -1611.16, [46.0, 43.6, 41.4, 39.5, 37.8]),
        (REGULAR, 0.704, 1.182, -1680.27, [22.0, 20.4, 19.1, 18.0, 17.0]),
    ],
)
def test_fader_and_hardie_2007(cohort, alpha, beta, value, later):
    fit = fit_terms(Terms.of_survivors(cohort))
    assert (fit.key, fit.customers, fit.repeaters) == ("sbg", 1000, int(cohort[1]))
    assert fit.parameters == pytest.approx({"alpha": alpha, "beta": beta}, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(value, abs=5e-3)
    assert fit.largest_gradient < 1e-6
    assert 100 * survival(fit.parameters, np.arange(8, 13)) == pytest.approx(later, abs=0.05)
    assert Fit.from_json(fit.to_json()) == fit


def test_residual_lifetime_of_the_high_end_cohort():
    parameters = fit_terms(Terms.of_survivors(HIGH_END)).parameters
    assert sbg.residual_lifetime(parameters, 7, 0.1) == pytest.approx(7.530, abs=5e-4)
    assert sbg.value(parameters, [7, 7], [100, 200], 0.1, wait=[0, 1]) == pytest.approx([752.963, 2 * 752.963 / 1.1], abs=1e-3)


@pytest.mark.parametrize("rate", [1e-4, 0.01, 0.1, 1.0, 50.0])
@pytest.mark.parametrize(("alpha", "beta"), [(0.668, 3.806), (12.0, 0.01), (0.01, 30.0), (1.0, 1.0)])
def test_residual_lifetime_is_the_discounted_sum(alpha, beta, rate):
    parameters, j = {"alpha": alpha, "beta": beta}, np.arange(1, 50 + int(35 / rate))
    for n in (0, 1, 7, 300):
        expected = survival(parameters, j, survived=n) @ (1 + rate) ** -(j - 1.0)
        assert sbg.residual_lifetime(parameters, n, rate) == pytest.approx(expected, rel=1e-9)


def test_residual_lifetime_at_next_to_no_rate_is_the_expected_renewals():
    parameters, n = {"alpha": 12.0, "beta": 0.01}, np.array([0, 7, 300])
    assert sbg.residual_lifetime(parameters, n, 1e-7) == pytest.approx((0.01 + n) / 11, rel=1e-5)


def test_derivatives_against_differences():
    terms = Terms.of_survivors(HIGH_END, REGULAR[:4])
    for theta in ([0.0, 0.0], [-3.0, 2.0], [4.0, 1.0]):
        here, step = sbg.sums(np.array(theta), terms), 1e-5
        for i in range(2):
            aside = np.eye(2)[i] * step
            up, down = sbg.sums(theta + aside, terms), sbg.sums(theta - aside, terms)
            assert here.gradient[i] == pytest.approx((up.value - down.value) / (2 * step), rel=1e-6, abs=1e-4)
            assert here.hessian[i] == pytest.approx((up.gradient - down.gradient) / (2 * step), rel=1e-6, abs=1e-4)


def test_likelihood_is_that_of_the_paper():
    alpha, beta = 0.7, 1.2
    t = np.arange(1, 8)
    log_leave = betaln(alpha + 1, beta + t - 1) - betaln(alpha, beta)
    log_stay = betaln(alpha, beta + 7) - betaln(alpha, beta)
    expected = -np.diff(REGULAR) @ log_leave + REGULAR[-1] * log_stay
    assert sbg.sums(np.log([alpha, beta]), Terms.of_survivors(REGULAR)).value == pytest.approx(expected, rel=1e-12)


def test_cohorts_add_up_and_a_younger_one_is_censored():
    both = Terms.of_survivors(HIGH_END, REGULAR[:3])
    assert both.at_risk.tolist() == [2000, 869 + 631, 743, 653, 593, 551, 517]
    assert both.lost.tolist() == [131 + 369, 126 + 163, 90, 60, 42, 34, 26]
    shards = Terms.total([Terms.of_survivors(HIGH_END), Terms.of_survivors(REGULAR[:3])])
    assert fit_terms(shards) == fit_terms(both)


def test_parameters_of_simulated_customers_come_back():
    missed = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        terms = random.geometric(random.beta(0.9, 2.5, 100_000))
        fit = fit_terms(Terms.of_survivors([(terms > t).sum() for t in range(9)]))
        for name, true in (("alpha", 0.9), ("beta", 2.5)):
            error = fit.standard_errors[name]
            assert error is not None and error < 0.05
            missed += abs(fit.parameters[name] - true) > 3 * error
    assert missed == 0


@pytest.mark.parametrize(
    ("cohorts", "code"),
    [
        ((), "no_customers"),
        (([5],), "no_customers"),
        (([0, 0],), "no_customers"),
        (([10, 10, 10],), "nobody_left"),
        (([10, 0, 0],), "nobody_repeats"),
        (([1, 0],), "nobody_repeats"),
        (([10, 6],), "one_term"),
    ],
)
def test_what_cannot_be_fitted_is_refused(cohorts, code):
    with pytest.raises(NotFitted) as refused:
        fit_terms(Terms.of_survivors(*cohorts))
    assert refused.value.code == code


def test_too_few_are_refused_only_when_asked():
    with pytest.raises(NotFitted) as refused:
        fit_terms(Terms.of_survivors([199, 150, 130]), least_customers=200)
    assert refused.value.code == "few_customers"
    assert fit_terms(Terms.of_survivors([200, 150, 130]), least_customers=200).customers == 200


@pytest.mark.parametrize(
    ("cohort", "shares"),
    [
        ([1000, 900, 700, 400, 100], [0.7, 0.49]),  # rises: no better than one rate for all, 900 lost of 3,000 ends
        ([1, 1, 1, 0], [2 / 3, 4 / 9]),
        ([1000, 600, 600, 600], [0.6, 0.6]),  # two sorts of customers
        ([6450167, 3224570, 3224570], [0.4999, 0.4999]),
    ],
)
def test_at_the_rim_the_numbers_are_finite_and_the_errors_unknown(cohort, shares):
    fit = fit_terms(Terms.of_survivors(cohort))
    assert survival(fit.parameters, [1, 2]) == pytest.approx(shares, abs=1e-4)
    assert fit.standard_errors == {"alpha": None, "beta": None}
    assert np.isfinite([*fit.parameters.values(), fit.log_likelihood, fit.largest_gradient]).all()
    assert np.isfinite(sbg.residual_lifetime(fit.parameters, np.arange(50), 0.1)).all()


@pytest.mark.parametrize("spread", [1e-9, 1e-3, 1.0, 40.0, 1e6, 1e13])
def test_survival_far_out_is_a_falling_share(spread):
    parameters = {"alpha": 0.3 * spread, "beta": 0.7 * spread}
    t = np.array([0, 1, 2, 5, 50, 5_000, 1e6, 1e9])
    found = survival(parameters, t)
    assert found[0] == 1 and found[1] == pytest.approx(0.7, rel=1e-9)
    assert ((found >= 0) & (found <= 1)).all() and (np.diff(found) <= 0).all()
    step_by_step = np.cumprod(sbg.retention(parameters, np.arange(1, 5_001)))
    assert survival(parameters, np.arange(1, 5_001)) == pytest.approx(step_by_step, rel=1e-8)


def test_survival_of_survivors_and_projection():
    parameters = {"alpha": 0.668, "beta": 3.806}
    assert survival(parameters, 3, survived=7) == pytest.approx(float(survival(parameters, 10) / survival(parameters, 7)))
    assert sbg.project(parameters, 491, 7, 2)[0] == pytest.approx(491 * survival(parameters, [8, 9]) / survival(parameters, 7))


def test_expected_renewals():
    parameters = {"alpha": 3.0, "beta": 2.0}
    assert sbg.expected_renewals(parameters, [0, 4]).tolist() == [1.0, 3.0]
    assert sbg.expected_renewals(parameters, 0, 4000) == pytest.approx(1.0, abs=1e-3)
    assert sbg.expected_renewals(parameters, [0, 4], 1) == pytest.approx(sbg.retention(parameters, [1, 5]))
    assert np.isinf(sbg.expected_renewals({"alpha": 1.0, "beta": 2.0}, 0))
    assert sbg.residual_lifetime(parameters, 4, 0) == 3.0
    with pytest.raises(ValueError, match="rate"):
        sbg.residual_lifetime(parameters, 4, -0.1)


@pytest.mark.parametrize(("risk", "lost"), [([5], [6]), ([5], [-1]), ([np.nan], [0]), ([5, 4], [1])])
def test_counts_that_make_no_sense_are_refused(risk, lost):
    with pytest.raises(ValueError):
        Terms(np.array(risk, float), np.array(lost, float))
