"""What the rule of analytics.sequential does when it is looked at every day: made-up rounds by the thousand, with a truth that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sequential import bounds

Ints = NDArray[np.int64]

GRADES = (0.2, 0.3, 0.5)
"""Shares of the grades A, B, C."""
LIKELIER = (1.4, 1.1, 0.78)
"""How much likelier than on average each of them is to come back by himself."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Shares of the rounds: declared to work, not to work, worse than leaving alone (part of `does_not`), nothing said at the end; those
    in which the interval held the truth at every look; the mean day on which `works` was said (NaN: never)."""

    works: float
    does_not: float
    harms: float
    undecided: float
    covered: float
    day: float


def simulate(
    rounds: int, planned: int, share: float, base: float, lift: float, *, days: int = 90, least: float = 0.05, seed: int = 1
) -> Simulated:
    """`rounds` playbooks of `planned` customers each, whose results come in evenly over `days`, looked at on every one of them.

    base: share that comes back by itself; lift: what the playbook truly adds; least: the smallest lift worth having (sequential.verdict).
    """
    random = np.random.default_rng(seed)
    until = np.rint(planned * np.arange(1, days + 1) / days).astype(np.int64)
    odds = np.array(LIKELIER) / np.dot(GRADES, LIKELIER)
    counts = [
        _grade(random, rounds, np.rint(until * part).astype(np.int64), share, base * odd, lift)
        for part, odd in zip(GRADES, odds, strict=True)
    ]
    n1, x1, n0, x0 = (np.stack([grade[place] for grade in counts], axis=-1) for place in range(4))
    _, _, low, high, _ = bounds(n1, x1, n0, x0, planned=int((n1 + n0)[0, -1].sum()))
    with np.errstate(invalid="ignore"):
        works, fails, harms = low > 0, high < least, high < 0
        held = ~((low > lift) | (high < lift))
    first_works, first_fails = _first(works), _first(fails)
    said_works, said_fails = first_works < first_fails, first_fails < first_works
    found = first_works[said_works]
    return Simulated(
        float(said_works.mean()),
        float(said_fails.mean()),
        float((said_fails & harms.any(-1)).mean()),
        float((~said_works & ~said_fails).mean()),
        float(held.all(-1).mean()),
        float(found.mean() + 1) if len(found) else float("nan"),
    )


def _grade(random: np.random.Generator, rounds: int, until: Ints, share: float, base: float, lift: float) -> tuple[Ints, Ints, Ints, Ints]:
    """(to be contacted, came back, left alone, came back) by round and day, counted up to each day."""
    alone = np.rint(until * share).astype(np.int64)
    shares = min(base + lift, 1.0), base
    out: list[Ints] = []
    for people, chance in zip((until - alone, alone), shares, strict=True):
        came = random.binomial(np.diff(people, prepend=0), chance, (rounds, len(until)))
        out += [np.broadcast_to(people, came.shape), came.cumsum(-1)]
    return out[0], out[1], out[2], out[3]


def _first(said: NDArray[np.bool_]) -> Ints:
    """Of each row the first True; behind the end where there is none."""
    out: Ints = np.where(said.any(-1), said.argmax(-1), said.shape[-1]).astype(np.int64)
    return out
