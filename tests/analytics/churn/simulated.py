"""Customers who do just what a beta-geometric model says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIKE_CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
FIRST_AGE, LAST_AGE = 30, 730  # days


@dataclass(frozen=True)
class Lives:
    """x, t_x, T and the deals in the time after T, one a customer; in weeks, or in whole days with a deal day counted once."""

    frequency: NDArray[np.int64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]
    later: NDArray[np.int64]


def lives(
    customers: int, seed: int, parameters: dict[str, float] | None = None, *, starts: int = 0, later: float = 0.0, days: bool = False
) -> Lives:
    """`starts`: 1 where a customer may leave at time zero too (MBG/NBD); `later`: weeks after T in which deals are counted."""
    p = parameters or LIKE_CDNOW
    rng = np.random.default_rng(seed)
    unit = 1.0 if days else 7.0
    age = rng.integers(FIRST_AGE, LAST_AGE + 1, customers) if days else rng.uniform(FIRST_AGE, LAST_AGE, customers)
    age = age / unit
    rate = rng.gamma(p["r"], 1 / p["alpha"], customers) / (7 / unit)
    leaves = rng.beta(p["a"], p["b"], customers)
    end = age + later * (7 / unit)
    x, last, after = np.zeros(customers, np.int64), np.zeros(customers), np.zeros(customers, np.int64)
    who = np.flatnonzero(rng.random(customers) >= leaves) if starts else np.arange(customers)
    time = np.zeros(len(who))
    while len(who):
        with np.errstate(divide="ignore", over="ignore"):
            time = time + rng.exponential(size=len(who)) / rate[who]
        on = time <= end[who]
        who, time = who[on], time[on]
        seen = np.ceil(time) if days else time
        before = seen <= age[who]
        new = before & (seen > last[who])
        x[who[new]] += 1
        last[who[new]] = seen[new]
        after[who[~before]] += 1
        stays = rng.random(len(who)) >= leaves[who]
        who, time = who[stays], time[stays]
    return Lives(x, last, age, after)
