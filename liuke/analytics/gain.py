"""What contacting brings in money: the difference of two means, with an interval by drawing the customers again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Gain:
    """Net amount a customer in cents: of those to be contacted, of those left alone, their difference and its 95 % interval."""

    treated: float
    alone: float
    extra: float
    low: float
    high: float


def gain(strata: Sequence[tuple[Ints, Ints]], *, seed: int = 1, draws: int = DRAWS) -> Gain | None:
    """The difference of the mean amounts, (contacted, left alone) by stratum, weighted by people; None where a group is empty.

    The interval is the percentile bootstrap (B. Efron 1979, The Annals of Statistics 7: 1–26), each group of each stratum drawn again with
    replacement, `draws` times, from `seed`. Amounts are those of every customer, 0 for who did not come. It says how far the figure may be
    off on the day it is made; unlike sequential.estimate it does not decide anything.
    """
    whole = [pair for pair in strata if len(pair[0]) and len(pair[1])]
    odd = [pair for pair in strata if len(pair[0]) + len(pair[1]) and not (len(pair[0]) and len(pair[1]))]
    if odd:  # as sequential.joined: counted with the largest of the others
        whole.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
        last = [*odd, *whole[-1:]]
        together = np.concatenate([pair[0] for pair in last]), np.concatenate([pair[1] for pair in last])
        whole = [*whole[:-1], *([together] if len(together[0]) and len(together[1]) else [])]
    if not whole:
        return None
    random = np.random.default_rng(seed)
    people = sum(len(a) + len(b) for a, b in whole)
    first = second = 0.0
    drawn = np.zeros(draws)
    for a, b in whole:
        weight = (len(a) + len(b)) / people
        first += weight * float(a.mean())
        second += weight * float(b.mean())
        drawn += weight * (_means(random, a, draws) - _means(random, b, draws))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Gain(first, second, first - second, float(low), float(high))


def _means(random: np.random.Generator, values: Ints, draws: int) -> NDArray[np.float64]:
    """Means of as many values drawn with replacement: how often each different value is drawn is multinomial, so that a million
    customers of whom most spent nothing cost no more than the few different amounts."""
    different, counts = np.unique(values, return_counts=True)
    times = random.multinomial(len(values), counts / len(values), size=draws)
    out: NDArray[np.float64] = times @ different.astype(np.float64) / len(values)
    return out
