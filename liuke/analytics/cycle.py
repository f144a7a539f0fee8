"""The purchase cycle (购买周期) as an exact ratio of whole numbers, and comparisons with it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .thresholds import Thresholds

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """Numbers that grading and lifecycle share, one entry a customer. `top / bottom` is the cycle in days; of a customer
    without a deal day (`has` False) days, recency and cycle mean nothing."""

    has: Bools
    days: Ints
    recency: Ints
    top: Ints
    bottom: Ints


def median_doubled(counts: Ints) -> int:
    """Twice the median of the values 0, 1, 2, … that occur counts[0], counts[1], … times; 0 when nothing occurs."""
    below = np.cumsum(counts)
    total = int(below[-1]) if len(below) else 0
    if not total:
        return 0
    return int(np.searchsorted(below, (total - 1) // 2, side="right") + np.searchsorted(below, total // 2, side="right"))


def cycle_ratio(n: Ints, own2: Ints, m_pop2: int, k: int) -> tuple[Ints, Ints]:
    """(numerator, denominator) of `cycle = (k·m_pop + (n−1)·m_own) / (k + n − 1)` in days, medians given doubled, n >= 1.

    Example: n = 5, m_own = 60, m_pop = 90, k = 2 gives 840 / 12 = 70 days.
    """
    return k * m_pop2 + (n - 1) * own2, 2 * (k + n - 1)


def compare(days: Ints, top: Ints, bottom: Ints, ratio: Fraction) -> Ints:
    """Sign of days / cycle − ratio, exactly; the cycle is top / bottom."""
    return np.asarray(np.sign(days * bottom * ratio.denominator - top * ratio.numerator), np.int64)


def band_of(days: Ints, top: Ints, bottom: Ints, thresholds: Thresholds) -> Ints:
    """Number of the band of elapsed cycles: how many of the edges are reached."""
    out = np.zeros(len(days), np.int64)
    for edge in thresholds.band_edges:
        out += compare(days, top, bottom, edge) >= 0
    return out
