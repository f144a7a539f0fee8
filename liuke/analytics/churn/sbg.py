"""Shifted-beta-geometric: how long customers under contract keep renewing.

P. S. Fader and B. G. S. Hardie, "How to project customer retention", Journal of Interactive Marketing 21(1), 2007, 76-90. At the end
of each term a customer leaves with a probability θ of his own; θ ~ Beta(α, β) over the customers. Then (their equations 5-8)

    P(T = t) = B(α + 1, β + t - 1) / B(α, β),    S(t) = B(α, β + t) / B(α, β),    r_t = (β + t - 1) / (α + β + t - 1).

Retention rises with t though nobody changes: those who were likely to leave have left. The residual lifetime is that of Fader and
Hardie, "Customer-base valuation in a contractual setting", Marketing Science 29(1), 2010, 85-93.

Time counts terms: year, month, whatever a contract runs for. α, β have no unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from .fit import Fit, NotFitted
from .newton import Maximum, Sums, maximise

Floats = NDArray[np.float64]
KEY = "sbg"
NAMES = ("alpha", "beta")
WIDEST = 1e6
"""α + β from which on the customers are all alike, as far as can be told: retention does not rise with the term. Under 1 / WIDEST
they are of two sorts: who leaves leaves at the first end."""
_PEAKED = 1e-12  # least share of the largest curvature that still counts as one: below, a standard error is only noise
_GAIN = 1e-3  # log-likelihood still to be had, by Newton's model of it, that is nothing


@dataclass(frozen=True)
class Terms:
    """What a likelihood needs of any number of cohorts: per term t = 1..m how many stood before its end and how many left at it.

    `at_risk` f64[m], `lost` f64[m]; whoever is not observed any longer (right-censored) is simply not at risk in later terms. Sums
    over cohorts, shards and years add up: `a + b`. Raises ValueError where a number is negative, not finite or lost > at_risk.
    """

    at_risk: Floats
    lost: Floats

    def __post_init__(self) -> None:
        risk, lost = np.atleast_1d(np.asarray(self.at_risk, np.float64)), np.atleast_1d(np.asarray(self.lost, np.float64))
        if risk.shape != lost.shape or risk.ndim != 1:
            raise ValueError(f"at_risk and lost: one number a term each, not {risk.shape} and {lost.shape}")
        if not (np.isfinite(risk).all() and np.isfinite(lost).all() and (lost >= 0).all() and (lost <= risk).all()):
            raise ValueError("0 <= lost <= at_risk is needed in every term")
        object.__setattr__(self, "at_risk", risk)
        object.__setattr__(self, "lost", lost)

    @classmethod
    def of_survivors(cls, *cohorts: Sequence[float] | Floats) -> Terms:
        """Each cohort by its survivors f64[m + 1]: at the start, at the end of term 1, 2, ...; a shorter one is censored earlier."""
        total = cls(np.zeros(0), np.zeros(0))
        for cohort in cohorts:
            left = np.asarray(cohort, np.float64)
            total += cls(left[:-1], left[:-1] - left[1:])
        return total

    def __add__(self, other: Terms) -> Terms:
        length = max(len(self.at_risk), len(other.at_risk))
        pad = [np.pad(x, (0, length - len(x))) for x in (self.at_risk, other.at_risk, self.lost, other.lost)]
        return Terms(pad[0] + pad[1], pad[2] + pad[3])

    @classmethod
    def total(cls, parts: Iterable[Terms]) -> Terms:
        """The sum of them all."""
        return sum(parts, cls(np.zeros(0), np.zeros(0)))


def sums(theta: Floats, terms: Terms) -> Sums:
    """Log-likelihood with gradient and Hessian by (log α, log β).

    Σ_t lost_t log(1 - r_t) + (at_risk_t - lost_t) log r_t, the product of P(T = t) and S(t) over leavers and the censored, which
    needs no gamma function: log α - log(α + β + t - 1) for who leaves, log(β + t - 1) - log(α + β + t - 1) for who stays.
    """
    alpha, beta = np.exp(theta)
    risk, lost = terms.at_risk, terms.lost
    stay, before = risk - lost, np.arange(len(risk), dtype=np.float64)
    some = beta + before
    whole = alpha + some
    value = lost @ np.log(alpha / whole) + stay @ -np.log1p(alpha / some)
    slope = [lost.sum() - risk @ (alpha / whole), stay @ (beta / some) - risk @ (beta / whole)]
    per = risk / whole**2
    cross = per.sum() * alpha * beta
    curve = [
        [-alpha * (per @ some), cross],
        [cross, beta * (stay @ (before / some**2)) - beta * (per @ (alpha + before))],
    ]
    return Sums(float(value), np.array(slope), np.array(curve))


def _start(terms: Terms) -> Floats:
    """From the first two terms: r_1 and r_2 give α and β exactly where the rate of loss falls; else a middling spread."""
    share = terms.lost.sum() / terms.at_risk.sum()
    spread = 5.0
    if (terms.at_risk[:2] > 0).all():
        first, second = (terms.lost / np.maximum(terms.at_risk, 1e-300))[:2]
        if 0 < second < first < 1:
            share, spread = first, float(np.clip(second / (first - second), 0.05, 100))
    return np.log(np.array([share, 1 - share]) * spread)


def fit_terms(terms: Terms, *, least_customers: int = 0) -> Fit:
    """α and β by maximum likelihood, with standard errors (delta method from the log parameters).

    Where all customers are alike the likelihood only ends at α + β → ∞ (S(t) a geometric one), where nobody leaves after the first
    end at 0; the fit then stands far out there, finite, and has no standard errors. Raises NotFitted: "no_customers" nobody observed
    to the end of a term; "few_customers" fewer than `least_customers` in the first; "nobody_left"; "nobody_repeats" all left at the
    first end; "one_term" nothing observed beyond the first end, which tells α : β only; "no_convergence".
    """
    risk, lost = terms.at_risk, terms.lost
    customers, renewed = (float(risk.max()), float((risk - lost).max())) if len(risk) else (0.0, 0.0)
    if customers <= 0:
        raise NotFitted("no_customers")
    if customers < least_customers:
        raise NotFitted("few_customers")
    if lost.sum() <= 0:
        raise NotFitted("nobody_left")
    if (risk - lost).sum() <= 0:
        raise NotFitted("nobody_repeats")
    if not (risk[1:] > 0).any():
        raise NotFitted("one_term")
    best = maximise(lambda theta: sums(theta, terms), _start(terms), most=200)
    parameters = dict(zip(NAMES, (float(x) for x in np.exp(best.theta)), strict=True))
    if not (best.converged or _nothing_to_gain(best)) or not all(0 < x < inf for x in parameters.values()):
        raise NotFitted("no_convergence")
    return Fit(
        key=KEY,
        parameters=parameters,
        standard_errors=_standard_errors(best),
        log_likelihood=float(best.sums.value),
        customers=round(customers),
        repeaters=round(renewed),
        evaluations=best.evaluations,
        largest_gradient=float(np.abs(best.sums.gradient).max()),
    )


def _nothing_to_gain(best: Maximum) -> bool:
    """Far out the gradient never falls below the rounding of the sums, and what it promises is nothing."""
    values, vectors = np.linalg.eigh(-best.sums.hessian)
    along = vectors.T @ best.sums.gradient
    return bool(values[0] > 0 and 0.5 * (along**2 / values).sum() < _GAIN) and np.abs(along).max() < 1e-3


def _standard_errors(best: Maximum) -> dict[str, float | None]:
    values, vectors = np.linalg.eigh(-best.sums.hessian)
    alpha_beta = np.exp(best.theta)
    if values[0] <= _PEAKED * values[-1] or not 1 / WIDEST < alpha_beta.sum() < WIDEST:
        return dict.fromkeys(NAMES)
    covariance = (vectors / values) @ vectors.T
    return {name: float(x * sqrt(v)) for name, x, v in zip(NAMES, alpha_beta, np.diag(covariance), strict=True)}


def retention(parameters: Mapping[str, float], term: ArrayLike) -> Floats:
    """r_t: the share of those who are there in term t that renews at its end; `term` f64[n], 1 = the first."""
    before = np.asarray(term, np.float64) - 1
    return np.asarray((parameters["beta"] + before) / (parameters["alpha"] + parameters["beta"] + before), np.float64)


def survival(parameters: Mapping[str, float], terms: ArrayLike, *, survived: ArrayLike = 0) -> Floats:
    """S(survived + terms) / S(survived): still there `terms` ends later, of those who outlived `survived`; f64[n], in [0, 1]."""
    alpha, beta = parameters["alpha"], parameters["beta"] + np.asarray(survived, np.float64)
    t = np.asarray(terms, np.float64)
    # log S = log (β)_t - log (α + β)_t = log (β)_α - log (β + t)_α: the shorter of the two products loses the fewest digits
    by_terms = _log_rising(beta, t) - _log_rising(alpha + beta, t)
    by_alpha = _log_rising(beta, alpha) - _log_rising(beta + t, alpha)
    return np.asarray(np.exp(np.minimum(np.where(t <= alpha, by_terms, by_alpha), 0.0)), np.float64)


def _log_rising(z: ArrayLike, a: ArrayLike) -> Floats:
    """log Γ(z + a) - log Γ(z) without the loss of digits that the difference of two large numbers brings (Stirling, z >= 32)."""
    z, a = np.broadcast_arrays(np.asarray(z, np.float64), np.asarray(a, np.float64))
    far = np.maximum(z, 32.0)
    top = far + a
    stirling = (far - 0.5) * np.log1p(a / far) + a * (np.log(top) - 1) + _stirling_rest(top) - _stirling_rest(far)
    return np.asarray(np.where(z >= 32.0, stirling, gammaln(z + a) - gammaln(z)), np.float64)


def _stirling_rest(z: Floats) -> Floats:
    square = z * z
    return np.asarray((1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z, np.float64)


def project(parameters: Mapping[str, float], customers: ArrayLike, survived: ArrayLike, terms: int) -> Floats:
    """How many will be left at the ends of the next `terms` terms: f64[n, terms] for n groups of `customers` f64[n] who outlived
    `survived` f64[n] each."""
    start, number = np.atleast_1d(np.asarray(survived, np.float64)), np.atleast_1d(np.asarray(customers, np.float64))
    return number[:, None] * survival(parameters, np.arange(1, terms + 1)[None, :], survived=start[:, None])


def expected_renewals(parameters: Mapping[str, float], survived: ArrayLike, terms: int | None = None) -> Floats:
    """Expected number of renewals still to come of who outlived `survived` f64[n] ends, the next one included: among the next
    `terms` ends, or for ever: (β + survived) / (α - 1), infinite where α <= 1."""
    n = np.asarray(survived, np.float64)
    if terms is not None:
        return np.asarray(project(parameters, np.ones(n.size), n.ravel(), terms).sum(axis=1).reshape(n.shape), np.float64)
    alpha = parameters["alpha"]
    return (parameters["beta"] + n) / (alpha - 1) if alpha > 1 else np.full(n.shape, inf)


def residual_lifetime(parameters: Mapping[str, float], survived: ArrayLike, rate: float) -> Floats:
    """DERL: Σ_{t > survived} S(t) / S(survived) / (1 + rate)^(t - survived - 1), the renewals still to come of who outlived `survived`
    f64[n] ends, the next one in full, each later one discounted by `rate` a term. At rate 0 `expected_renewals`.

    = r · 2F1(1, β + survived + 1; α + β + survived + 1; 1 / (1 + rate)), r the next retention (Fader and Hardie 2010, equation 6).
    Raises ValueError for a negative rate.
    """
    if not 0 <= rate < inf:
        raise ValueError(f"rate: a number from 0, not {rate!r}")
    n = np.asarray(survived, np.float64)
    if rate == 0:
        return expected_renewals(parameters, n)
    b = parameters["beta"] + n + 1
    return np.asarray(retention(parameters, n + 1) * _gauss(b, parameters["alpha"] + b, 1 / (1 + rate), rate / (1 + rate)), np.float64)


def _gauss(b: Floats, c: Floats, z: float, rest: float) -> Floats:
    """2F1(1, b; c; z), 0 < z < 1, c > b > 0, rest = 1 - z: Gauss's continued fraction from the tail, all of whose coefficients lie
    in (0, 1); the error falls by ((1 - √rest) / (1 + √rest))² a level, so 10 / √rest levels leave nothing to be seen."""
    tail = np.ones(np.shape(b))
    for m in range(min(50 + int(10 / sqrt(rest)), 100_000), -1, -1):
        tail = 1 - z * (m + 1) * (c - b + m) / ((c + 2 * m) * (c + 2 * m + 1)) / tail
        tail = 1 - z * (b + m) * (c + m - 1) / ((c + 2 * m - 1) * (c + 2 * m)) / tail if m else 1 - z * (b / c) / tail
    return np.asarray(1 / tail, np.float64)


def value(parameters: Mapping[str, float], survived: ArrayLike, amount: ArrayLike, rate: float, *, wait: ArrayLike = 0.0) -> Floats:
    """Discounted value of the renewals still to come, in the unit of `amount` f64[n] (paid at each): amount x DERL, put off by `wait`
    f64[n] terms until the next end. f64[n]; infinite at rate 0 with α <= 1."""
    later = (1 + rate) ** -np.maximum(np.asarray(wait, np.float64), 0)
    return np.asarray(np.asarray(amount, np.float64) * residual_lifetime(parameters, survived, rate) * later, np.float64)
