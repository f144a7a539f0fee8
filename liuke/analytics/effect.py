"""What a playbook does to the share of customers who come back: measured against those left alone, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt

from .wilson import wilson

LEAST_SPREAD = 0.02
"""How far off an assumption may well be, at least: one of nothing at all must not be beyond all evidence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of the treated that came back less that of those left alone (−1 … 1), the 95 % interval, and the variance of the difference."""

    effect: float
    low: float
    high: float
    variance: float


def difference(treated: int, returned: int, alone: int, returned_alone: int) -> Difference:
    """The difference of two independent shares, returned/treated − returned_alone/alone.

    The interval is Newcombe's hybrid score interval (method 10 of R. G. Newcombe 1998, "Interval estimation for the difference between
    independent proportions: comparison of eleven methods", Statistics in Medicine 17: 873–890), from Wilson's score interval of each share;
    it holds for few people and for shares of 0 and 1. The variance is that of A. Agresti and B. Caffo 2000 (The American Statistician
    54: 280–288): one who came back and one who did not added to each side, so that it is never 0.

    Raises ValueError unless 0 ≤ returned ≤ n and n ≥ 1 on both sides.

    >>> d = difference(70, 56, 80, 48)
    >>> round(d.effect, 4), round(d.low, 4), round(d.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if not (0 <= returned <= treated and 0 <= returned_alone <= alone and treated and alone):
        raise ValueError("each side needs people, and no more of them can come back than there are")
    first, second = returned / treated, returned_alone / alone
    low_first, high_first = map(float, wilson(treated, returned))
    low_second, high_second = map(float, wilson(alone, returned_alone))
    effect = first - second
    low = effect - sqrt((first - low_first) ** 2 + (high_second - second) ** 2)
    high = effect + sqrt((high_first - first) ** 2 + (second - low_second) ** 2)
    return Difference(effect, max(low, -1.0), min(high, 1.0), _variance(treated, returned) + _variance(alone, returned_alone))


def _variance(n: int, x: int) -> float:
    share = (x + 1) / (n + 2)
    return share * (1 - share) / (n + 2)


def shrunk(assumed: float, *measured: Difference) -> float:
    """The effect to reckon with: between assumption and measurements, the nearer to one the more it is worth; never below 0.

    The assumption a is taken for the mean of what the effect may be, half of it (at least LEAST_SPREAD) for the standard deviation τ; a
    measured difference d has the variance s². Then the expected effect is the mean of a and all d, weighted by 1 ÷ τ² and 1 ÷ s²: normal
    prior, normal likelihood (B. Efron and C. Morris 1973, Journal of the American Statistical Association 68: 117–130). Three people
    so never outvote four hundred.

    >>> round(shrunk(0.10, difference(1000, 300, 1000, 300)), 3)
    0.014
    """
    weights = [max(abs(assumed) / 2, LEAST_SPREAD) ** -2, *(1 / one.variance for one in measured)]
    values = [assumed, *(one.effect for one in measured)]
    return max(fsum(weight * value for weight, value in zip(weights, values, strict=True)) / fsum(weights), 0.0)
