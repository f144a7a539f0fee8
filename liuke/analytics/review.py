"""The days on which a customer's judgement changes by itself: what silence has grown to a rule's length, or to the next half cycle.

Between two such days, and without new facts, nothing that is stored of a customer changes; so a day's run need not touch the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cycle import Standing
from .thresholds import Thresholds

Ints = NDArray[np.int64]
_FAR = 2**40


def halves(standing: Standing) -> Ints:
    """The half cycles of silence at which the customer was last looked at: 0, 1, 2, … 8 (four cycles), 10, … 16, 20, … 32, 40, …:
    a quarter of the power of two below, so that the step stays under a quarter of the silence. i64[n]."""
    whole = 2 * standing.recency * standing.bottom // standing.top
    step = _step(whole)
    return whole // step * step


def asked_at(standing: Standing) -> Ints:
    """Days of silence for which a model is asked: the middle of the step. i64[n]."""
    half = halves(standing)
    return (2 * half + _step(half)) * standing.top // (4 * standing.bottom)


def next_day(standing: Standing, last_day: Ints, thresholds: Thresholds) -> Ints:
    """The first day after today on which silence passes a threshold, or enters the next step of `halves`. i64[n]."""
    top, bottom, recency = standing.top, standing.bottom, standing.recency
    half = halves(standing)
    soonest = _up((half + _step(half)) * top, 2 * bottom)
    ratios = {*thresholds.band_edges, *(thresholds.ratio(name) for name in ("exit_elapsed", "decline_elapsed"))}
    for ratio in ratios:  # reached at exactly the ratio
        soonest = _sooner(soonest, _up(top * ratio.numerator, bottom * ratio.denominator), recency)
    for name in ("loyal_elapsed", "switcher_elapsed"):  # passed beyond it
        ratio = thresholds.ratio(name)
        soonest = _sooner(soonest, top * ratio.numerator // (bottom * ratio.denominator) + 1, recency)
    for days in (thresholds.exit_days, thresholds.decline_days):
        soonest = _sooner(soonest, np.full(len(recency), days), recency)
    return np.where(standing.has, last_day + soonest, _FAR)


def due_after(standing: Standing) -> Ints:
    """Days after the last deal day at which a whole cycle has passed: the first on which it is at least 1. i64[n]."""
    return _up(standing.top, standing.bottom)


def _step(half: Ints) -> Ints:
    """1 below 8 half cycles, 2 below 16, 4 below 32, …"""
    octave = np.frexp(np.maximum(half, 4).astype(np.float64))[1] - 3  # 4…7 is 0
    return np.left_shift(np.int64(1), octave.astype(np.int64))


def _sooner(soonest: Ints, days: Ints, recency: Ints) -> Ints:
    return np.where(days > recency, np.minimum(soonest, days), soonest)


def _up(top: Ints, bottom: Ints) -> Ints:
    return -(-top // bottom)
