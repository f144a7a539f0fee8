"""The difference that leaving customers alone shows, with an interval that may be looked at every day.

Looking again and again until an ordinary 95 % interval happens to exclude 0 makes false winners: with 90 daily looks, of ten playbooks
that do nothing two or so. Here the interval is wide at first and narrows to the end of the round, so that all looks together are wrong in
5 rounds of 100 at most.

Source: C. Jennison and B. W. Turnbull 2000, Group Sequential Methods with Applications to Clinical Trials, chapter 9 (repeated confidence
intervals), with the boundary of P. C. O'Brien and T. R. Fleming 1979 (Biometrics 35: 549–556) taken to continuous looking. With n of the
planned N customers known, t = n ÷ N, and standard error s of the difference d, (d − true) ÷ s × √t moves as Brownian motion B(t) does, and
max |B(t)| over 0 < t ≤ 1 stays below c with probability 0.95. Hence d ± s × c ÷ √t holds the true difference at every look at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, inf, pi, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ERROR = 0.05
POWER = 0.8
FEWEST = 20
"""With fewer people in a group nothing is said: what holds for many does not hold for them."""
WORKS, DOES_NOT, NO_DIFFERENCE, TOO_EARLY = "works", "does_not", "no_difference", "too_early"


def exceeds(c: float) -> float:
    """P(max |B(t)| ≥ c, 0 ≤ t ≤ 1) of Brownian motion: 1 − (4 ÷ π) Σ (−1)^k ÷ (2k + 1) × exp(−π² (2k + 1)² ÷ 8c²), k = 0, 1, …

    (P. Billingsley 1968, Convergence of Probability Measures, 11.12.) c > 0.

    >>> round(exceeds(2.2414), 5)
    0.05
    """
    terms = ((-1.0) ** k / (2 * k + 1) * exp(-((pi * (2 * k + 1)) ** 2) / (8 * c * c)) for k in range(50))
    return 1 - 4 / pi * sum(terms)


@lru_cache
def reach(error: float = ERROR) -> float:
    """The c that |B(t)| reaches before t = 1 with probability `error`, by halving; 2.2414 for 0.05."""
    low, high = 0.5, 10.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if exceeds(middle) > error else (low, middle)
    return high


@dataclass(frozen=True, slots=True)
class Stratum:
    """Customers of one grade whose days are over: how many were to be contacted, how many of these came back; and those left alone."""

    treated: int
    returned: int
    alone: int
    returned_alone: int

    @property
    def people(self) -> int:
        return self.treated + self.alone


@dataclass(frozen=True, slots=True)
class Estimate:
    """Shares of the two groups as if each had the grades of both together, their difference with the interval, t (at most 1), and the
    people of the smaller group."""

    treated: float
    alone: float
    effect: float
    low: float
    high: float
    fraction: float
    fewest: int


def joined(strata: Sequence[Stratum]) -> list[Stratum]:
    """Strata that have both groups: one that lacks either is counted with the largest of the others."""
    whole = [one for one in strata if one.treated and one.alone]
    odd = [one for one in strata if one.people and not (one.treated and one.alone)]
    if not odd:
        return whole
    whole.sort(key=lambda one: one.people)
    last = [*odd, *whole[-1:]]
    together = Stratum(
        sum(one.treated for one in last),
        sum(one.returned for one in last),
        sum(one.alone for one in last),
        sum(one.returned_alone for one in last),
    )
    return [*whole[:-1], *([together] if together.treated and together.alone else [])]


def estimate(strata: Sequence[Stratum], planned: int) -> Estimate | None:
    """The difference of the two shares by strata, weighted by their people; None before both groups have anybody. `planned` ≥ 1.

    >>> e = estimate([Stratum(1088, 257, 121, 17)], 1209)
    >>> round(e.effect, 3), round(e.low, 3), round(e.high, 3)
    (0.096, 0.019, 0.173)
    """
    whole = joined(strata)
    if not whole:
        return None
    counts = [[one.treated, one.returned, one.alone, one.returned_alone] for one in whole]
    treated, alone, low, high, fraction = (float(part) for part in bounds(*np.array(counts).T, planned=planned))
    fewest = min(sum(one.treated for one in whole), sum(one.alone for one in whole))
    return Estimate(treated, alone, treated - alone, low, high, fraction, fewest)


def bounds(
    treated: ArrayLike, returned: ArrayLike, alone: ArrayLike, returned_alone: ArrayLike, *, planned: int
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """(share treated, share alone, low, high, t) over the last axis, the strata; everything before it is looked at side by side.

    Strata weigh as many people as they have. The variance of a share takes one who came back and one who did not in addition (A. Agresti
    and B. Caffo 2000, The American Statistician 54: 280–288), so that a group in which nobody came back yet is not taken for certain.
    Not pooled over the groups, and no score interval: with a tenth held out either would cost a tenth of the power, and neither keeps
    the 5 % any better (analytics.rounds, `liuke effect simulate`).
    NaN where a stratum lacks a group. Bounds lie in −1 … 1.
    """
    n1, x1, n0, x0 = (np.asarray(part, np.float64) for part in (treated, returned, alone, returned_alone))
    people = (n1 + n0).sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = (n1 + n0) / people
        first, second = (weight * x1 / n1).sum(-1), (weight * x0 / n0).sum(-1)
        variance = (weight**2 * (_variance(n1, x1) + _variance(n0, x0))).sum(-1)
        fraction = np.minimum(people[..., 0] / planned, 1.0)
        wide = reach() / np.sqrt(fraction) * np.sqrt(variance)
    effect = first - second
    return first, second, np.maximum(effect - wide, -1.0), np.minimum(effect + wide, 1.0), fraction


def _variance(n: Floats, x: Floats) -> Floats:
    share = (x + 1) / (n + 2)
    out: Floats = share * (1 - share) / (n + 2)
    return out


def verdict(seen: Estimate | None, least: float) -> str:
    """What may be said, and stays said: WORKS, the interval lies over 0; DOES_NOT, it lies below `least`, the smallest lift worth having;
    NO_DIFFERENCE, the round is over and neither holds; TOO_EARLY otherwise, and with fewer than FEWEST in a group."""
    if seen is None or seen.fewest < FEWEST:
        return TOO_EARLY
    if seen.low > 0:
        return WORKS
    if seen.high < least:
        return DOES_NOT
    return NO_DIFFERENCE if seen.fraction >= 1 else TOO_EARLY


# ── how many ─────────────────────────────────────────────────────────────────


def spread(base: float, lift: float, share: float) -> float:
    """Standard error of the difference times √N: √(p₁(1 − p₁) ÷ (1 − share) + p₀(1 − p₀) ÷ share), p₀ = base, p₁ = base + lift."""
    first = min(max(base + lift, 0.0), 1.0)
    return sqrt(first * (1 - first) / (1 - share) + base * (1 - base) / share)


def power(planned: int, base: float, lift: float, share: float) -> float:
    """The chance that a true `lift` is found at some look: Φ(δ − c) + e^{2δc} Φ(−c − δ), δ = lift × √planned ÷ spread.

    That is P(max of B(t) + δt ≥ c, t ≤ 1) (D. Siegmund 1985, Sequential Analysis, 3.13).

    >>> round(power(4000, 0.10, 0.05, 0.10), 2), round(power(4000, 0.14, 0.05, 0.10), 2)
    (0.85, 0.75)
    """
    return _found(lift * sqrt(planned) / (spread(base, lift, share) or inf))


def _found(drift: float) -> float:
    c, normal = reach(), NormalDist()
    tail = normal.cdf(-c - drift)
    return normal.cdf(drift - c) + (exp(2 * drift * c) * tail if tail else 0.0)


@lru_cache
def _drift(wanted: float) -> float:
    low, high = 0.0, 12.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if _found(middle) >= wanted else (middle, high)
    return high


def needed(base: float, lift: float, share: float, wanted: float = POWER) -> int:
    """Customers, both groups together, at which a true `lift` (over 0) is found with the probability `wanted`.

    >>> needed(0.10, 0.05, 0.10), needed(0.14, 0.05, 0.10), needed(0.14, 0.05, 0.20)
    (3458, 4565, 2637)
    """
    return ceil((_drift(wanted) * spread(base, lift, share) / lift) ** 2)


def detectable(planned: int, base: float, share: float, wanted: float = POWER) -> float:
    """The smallest lift that `planned` customers show with the probability `wanted`; NaN where none does."""
    low, high = 0.0, 1 - base
    if high <= 0 or power(planned, base, high, share) < wanted:
        return float("nan")
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if power(planned, base, middle, share) >= wanted else (middle, high)
    return high
