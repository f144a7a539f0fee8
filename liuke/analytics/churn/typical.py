"""The typical customer of a base: what anybody's probability of leaving is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from .history import WEEK, History

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lived:
    """One customer's past: deal days after the first, days from the first to the last, days since the last."""

    repeats: int
    span_days: int
    silence_days: int

    def to_json(self) -> dict[str, int]:
        """As plain JSON values; `Lived(**it)` gives it back."""
        return asdict(self)


def typical_of(parts: Sequence[History]) -> Lived | None:
    """Lower medians of the three figures, each over all customers; None of nobody."""
    if not sum(part.customers for part in parts):
        return None
    weight = np.concatenate([part.weight for part in parts])
    day = [np.rint(part.times * WEEK).astype(np.int64) for part in parts]
    span = np.concatenate([days[part.recency] for days, part in zip(day, parts, strict=True)])
    age = np.concatenate([days[part.age] for days, part in zip(day, parts, strict=True)])
    repeats = np.concatenate([part.frequency for part in parts])
    return Lived(*(_median(values, weight) for values in (repeats, span, age - span)))


def _median(values: Ints, weight: Ints) -> int:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    return int(values[order][np.searchsorted(below, (int(below[-1]) + 1) // 2)])
