"""Gamma-Gamma: what a customer's deals are worth on average, shrunk toward what customers' deals are worth.

Fader, Hardie & Lee 2005, "RFM and CLV: Using iso-value curves for customer base analysis", Journal of Marketing Research 42(4) 415-430;
Fader & Hardie 2013, "The Gamma-Gamma model of monetary value" (note 025). A customer's deals are Gamma(p, ν) and ν ~ Gamma(q, γ) over
customers, whatever the rate of deals; p, q > 0 have no unit, γ > 0 is in money. Of a customer it takes x, the number of (repeat) deals,
and m, their mean value (note 025, eq. 1a):

    log f = log Γ(px + q) - log Γ(px) - log Γ(q) - px log(1 + γ/(x m)) - q log(1 + x m/γ) - log m

E[M | x, m] = p (γ + x m) / (p x + q - 1) (eq. 5), and p γ / (q - 1) of a customer without repeat deals. With q <= 1 the values have no
finite mean: such a fit still describes the data it was made on, but `mean_value` and `expected_value` refuse with NotFitted("no_mean")
and give no number, not even the observed mean: under such a model that says nothing of the next deal, and whoever shows it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln, zeta

from .fit import Fit, NotFitted, standard_errors
from .newton import Sums, maximise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
KEY = "gammagamma"
NAMES = ("p", "q", "gamma")
BLOCK = 8_000  # rows at once: what is held of them stays in the processor's cache
# log Γ(z) without its logarithms, ψ(z) - log z and ψ'(z) in powers of 1/z, from the first
_LOG_GAMMA = (1 / 12, 0, -1 / 360, 0, 1 / 1260, 0, -1 / 1680, 0, 1 / 1188, 0)
_PSI = (-1 / 2, -1 / 12, 0, 1 / 120, 0, -1 / 252, 0, 1 / 240, 0, -1 / 132)
_PSI_1 = (1, 1 / 2, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30, 0)


def sums(theta: Floats, frequency: Ints, value: Floats) -> Sums:
    """Log-likelihood of customers with x i64[n] > 0 deals of mean value m f64[n] > 0, gradient f64[3] and Hessian f64[3, 3] by log p,
    log q, log γ. Those of all customers are the sum over any parts of them.

    Of forms that stay finite where q and γ go to infinity together (customers who do not differ), or p and 1/γ (deals that do not).
    """
    p, q, gamma = np.exp(theta).tolist()
    x_of, count = np.unique(frequency, return_counts=True)
    shape = p * x_of
    log_p, first_p, second_p = _gap(shape, q)
    log_q, first_q, second_q = _gap(np.full(len(shape), q), shape)
    result = float(count @ np.where(shape > q, log_p - gammaln(q), log_q - gammaln(shape)))
    gradient = np.array([count @ (shape * first_p), q * (count @ first_q), 0.0])
    hessian = np.zeros((3, 3))
    hessian[0, 0] = count @ (shape**2 * second_p)
    hessian[0, 1] = q * (count @ (shape * zeta(2.0, shape + q)))
    hessian[1, 1] = q * q * (count @ second_q)
    for start in range(0, len(frequency), BLOCK):
        deals, mean = frequency[start : start + BLOCK].astype(np.float64), value[start : start + BLOCK]
        total = deals * mean
        above, below = np.log1p(gamma / total), np.log1p(total / gamma)
        share, rest = gamma / (gamma + total), total / (gamma + total)
        result -= p * float(deals @ above) + q * float(below.sum()) + float(np.log(mean).sum())
        gradient += [-p * (deals @ above), -q * below.sum(), (q * rest - p * deals * share).sum()]
        hessian[0, 2] -= p * (deals @ share)
        hessian[1, 2] += q * rest.sum()
        hessian[2, 2] -= (p * deals + q) @ (share * rest)
    hessian[0, 0] += gradient[0]
    hessian[1, 1] += gradient[1]
    return Sums(result, gradient, np.triu(hessian) + np.triu(hessian, 1).T)


def _gap(low: Floats, step: Floats | float) -> tuple[Floats, Floats, Floats]:
    """log Γ(low + step) - log Γ(low), and the same of ψ and ψ', to full precision also where low is much larger than step.

    From low = 30 on, by the asymptotic series (Abramowitz & Stegun 6.1.41, 6.3.18, 6.4.11) differenced term by term: with u = 1/low
    and v = 1/(low + step), v^n - u^n = -(u - v) (u^(n-1) + u^(n-2) v + … + v^(n-1)).
    """
    high = low + step
    u, v = 1.0 / low, 1.0 / high
    apart, grown = step * u * v, np.log1p(step * u)
    series = [(high - 0.5) * grown + step * np.log(low) - step, grown, np.zeros(len(low))]
    powers, v_power = np.ones(len(low)), np.ones(len(low))
    for terms in zip(_LOG_GAMMA, _PSI, _PSI_1, strict=True):
        for of, term in zip(series, terms, strict=True):
            of -= term * apart * powers
        v_power = v_power * v
        powers = powers * u + v_power
    plain = gammaln(high) - gammaln(low), digamma(high) - digamma(low), zeta(2.0, high) - zeta(2.0, low)
    log_gamma, psi, psi_1 = (np.where(low < 30.0, near, far) for near, far in zip(plain, series, strict=True))
    return log_gamma, psi, psi_1


def fit_value(frequency: ArrayLike, mean_value: ArrayLike, *, least_repeaters: int = 0) -> Fit:
    """Fit on x, the number of repeat deals i64[n], and m, their mean value f64[n] in any unit of money (γ comes out in it).

    Rows without a repeat deal, or whose mean is not above 0, are left out: `customers` counts all, `repeaters` those taken.
    Raises NotFitted: no_customers, nobody_repeats, few_repeaters (fewer than asked for), no_convergence (as where all means are equal).
    """
    return fit_parts([(np.asarray(frequency, np.int64), np.asarray(mean_value, np.float64))], least_repeaters=least_repeaters)


def fit_parts(parts: Sequence[tuple[Ints, Floats]], *, least_repeaters: int = 0) -> Fit:
    """As `fit_value`, of customers in several parts, whose likelihoods, gradients and Hessians are summed."""
    taken = []
    for frequency, value in parts:
        keep = (frequency > 0) & (value > 0) & np.isfinite(value)
        taken.append((frequency[keep], value[keep]))
    customers, repeaters = sum(len(x) for x, _ in parts), sum(len(x) for x, _ in taken)
    if not customers:
        raise NotFitted("no_customers")
    if not repeaters:
        raise NotFitted("nobody_repeats")
    if repeaters < least_repeaters:
        raise NotFitted("few_repeaters")

    def evaluate(theta: Floats) -> Sums:
        # Far out an exponential may overflow: the sums are then not finite, and the search turns back.
        with np.errstate(all="ignore"):
            total = sums(theta, *taken[0])
            for part in taken[1:]:
                total = total + sums(theta, *part)
        return total

    # The logs, since a sum of large amounts may overflow; the unit of money only moves log γ.
    scale = sum(float(np.log(value).sum()) for _, value in taken) / repeaters
    found = maximise(evaluate, np.array([log(2.0), log(3.0), scale]))
    if not found.converged:
        raise NotFitted("no_convergence")
    values = np.exp(found.theta)
    return Fit(
        KEY,
        dict(zip(NAMES, values.tolist(), strict=True)),
        dict(zip(NAMES, standard_errors(found, values), strict=True)),
        found.sums.value,
        customers,
        repeaters,
        found.evaluations,
        found.sums.largest_gradient,
    )


def mean_value(parameters: Mapping[str, float]) -> float:
    """The mean value of a deal over all customers, p γ / (q - 1). Raises NotFitted("no_mean") where it is not finite."""
    p, q, gamma = (parameters[name] for name in NAMES)
    if not q > 1.0:
        raise NotFitted("no_mean")
    return exp(log(p) + log(gamma) - log(q - 1.0))


def expected_value(parameters: Mapping[str, float], frequency: ArrayLike, mean: ArrayLike) -> Floats:
    """E[M | x, m] f64[n], the value to expect of each customer's next deal, in the unit of the fit.

    x i64[n], m f64[n]; where x = 0 or m is not known (NaN), the mean over all customers; a mean below 0 (refunds) counts as 0.
    Raises NotFitted("no_mean") where q <= 1.
    """
    overall = mean_value(parameters)
    p, q = parameters["p"], parameters["q"]
    x, m = np.asarray(frequency, np.float64), np.asarray(mean, np.float64)
    known = (x > 0) & ~np.isnan(m)
    out = np.full(x.shape, overall)
    deals, own = x[known], np.maximum(m[known], 0.0)
    out[known] = overall * ((q - 1.0) / (p * deals + q - 1.0)) + own * (p * deals / (p * deals + q - 1.0))
    return out
