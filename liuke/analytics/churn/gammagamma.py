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
from scipy.special import betaln, digamma, zeta

from .fit import Fit, NotFitted, standard_errors
from .newton import Sums, maximise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
KEY = "gammagamma"
NAMES = ("p", "q", "gamma")
BLOCK = 8_000  # rows at once: what is held of them stays in the processor's cache


def sums(theta: Floats, frequency: Ints, value: Floats) -> Sums:
    """Log-likelihood of customers with x i64[n] > 0 deals of mean value m f64[n] > 0, gradient f64[3] and Hessian f64[3, 3] by log p,
    log q, log γ. Those of all customers are the sum over any parts of them."""
    p, q, gamma = (v := np.exp(theta)).tolist()
    x_of, count = np.unique(frequency, return_counts=True)
    x = x_of.astype(np.float64)
    shape, customers = p * x, float(len(frequency))
    both = digamma(shape + q)
    second = zeta(2.0, shape + q)
    result = -float(count @ betaln(shape, q))
    gradient = np.array([count @ (x * (both - digamma(shape))), count @ (both - digamma(q)), customers * q / gamma])
    hessian = np.zeros((3, 3))
    hessian[0, 0] = count @ (x**2 * (second - zeta(2.0, shape)))
    hessian[0, 1] = count @ (x * second)
    hessian[1, 1] = count @ (second - zeta(2.0, q))
    hessian[1, 2] = customers / gamma
    hessian[2, 2] = -customers * q / gamma**2
    for start in range(0, len(frequency), BLOCK):
        deals, mean = frequency[start : start + BLOCK].astype(np.float64), value[start : start + BLOCK]
        total = deals * mean
        above, below = np.log1p(gamma / total), np.log1p(total / gamma)
        each = 1.0 / (gamma + total)
        result -= p * float(deals @ above) + q * float(below.sum()) + float(np.log(mean).sum())
        gradient -= [deals @ above, below.sum(), (p * deals + q) @ each]
        hessian[0, 2] -= deals @ each
        hessian[1, 2] -= each.sum()
        hessian[2, 2] += (p * deals + q) @ (each * each)
    hessian = np.triu(hessian) + np.triu(hessian, 1).T
    return Sums(result, gradient * v, hessian * np.outer(v, v) + np.diag(gradient * v))


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
