"""Purchase histories (x, t_x, T), each distinct one once with the number of customers who have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
Floats = NDArray[np.float64]

WEEK = 7.0


@dataclass(frozen=True)
class History:
    """Distinct histories in rising order of (x, T, t_x).

    frequency  i64[n]  x, repeat deal days
    recency    i32[n]  t_x, time of the last of them after the first deal day, as a place in `times`; 0 where x = 0
    age        i32[n]  T, time from the first deal day to the as-of date, as a place in `times`; t_x <= T
    weight     i64[n]  customers with this history
    times      f64[m]  weeks, rising, times[0] = 0
    """

    frequency: Ints
    recency: Places
    age: Places
    weight: Ints
    times: Floats

    def __len__(self) -> int:
        return len(self.frequency)

    @cached_property
    def customers(self) -> int:
        return int(self.weight.sum())

    @cached_property
    def first_repeat(self) -> int:
        """Place of the first history with x > 0; those before it have x = 0."""
        return int(np.searchsorted(self.frequency, 1))

    @cached_property
    def repeaters(self) -> int:
        return int(self.weight[self.first_repeat :].sum())

    @cached_property
    def beyond(self) -> Floats:
        """f64[largest x]: customers with x > j, for j = 0, 1, … A sum over customers of Σ_{j<x} f(j) is `beyond @ f`."""
        if not len(self):
            return np.zeros(0)
        count = np.bincount(self.frequency, self.weight)
        return np.asarray(count[::-1].cumsum()[::-1][1:], np.float64)

    @cached_property
    def by_age(self) -> Floats:
        """f64[m]: customers by the place of T."""
        return np.bincount(self.age, self.weight, len(self.times)).astype(np.float64)

    @cached_property
    def deals_by_age(self) -> Floats:
        """f64[m]: repeat deal days x, summed by the place of T."""
        return np.bincount(self.age, self.weight * self.frequency, len(self.times)).astype(np.float64)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """(first i64[q], pair i64[n]): the distinct (x, T), by the row where each begins, and which of them a row has."""
        new = np.ones(len(self), np.bool_)
        new[1:] = (self.frequency[1:] != self.frequency[:-1]) | (self.age[1:] != self.age[:-1])
        return np.flatnonzero(new), np.cumsum(new) - 1

    def rows(self, keep: NDArray[np.bool_] | NDArray[np.int64], weight: Ints | None = None) -> History:
        """Some of the histories, in their order; `weight` i64[kept] in place of their own."""
        return History(
            self.frequency[keep], self.recency[keep], self.age[keep], self.weight[keep] if weight is None else weight, self.times
        )

    @staticmethod
    def merge(parts: Sequence[History]) -> History:
        """The histories of several lots of customers as one."""
        if not parts:
            return of_days(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))[0]
        times = parts[0].times
        for part in parts[1:]:
            times = np.union1d(times, part.times)
        moved = [np.searchsorted(times, part.times) for part in parts]
        frequency = np.concatenate([part.frequency for part in parts])
        recency = np.concatenate([move[part.recency] for move, part in zip(moved, parts, strict=True)])
        age = np.concatenate([move[part.age] for move, part in zip(moved, parts, strict=True)])
        return _distinct(frequency, recency, age, np.concatenate([part.weight for part in parts]), times)[0]


def of_days(frequency: ArrayLike, recency_days: ArrayLike, age_days: ArrayLike) -> tuple[History, Ints]:
    """Histories of customers counted in whole days, and the place of each customer's among them, i64[customers].

    frequency, recency_days, age_days: whole numbers [customers]. Raises ValueError where a history cannot be: anything below 0,
    t_x > T, or t_x > 0 without a repeat deal day.
    """
    x, recency, age = (np.asarray(values, np.int64) for values in (frequency, recency_days, age_days))
    _check(x, recency, age)
    days = int(age.max()) if len(age) else 0
    return _distinct(x, recency, age, None, np.arange(days + 1) / WEEK)


def of_times(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> tuple[History, Ints]:
    """As `of_days`, of times in weeks that need not be whole days. Raises ValueError also where a time is not finite."""
    x = np.asarray(frequency)
    if not np.array_equal(x, np.rint(x)):
        raise ValueError("frequency: whole numbers")
    x = x.astype(np.int64)
    last, old = np.asarray(recency, np.float64), np.asarray(age, np.float64)
    if not (np.isfinite(last).all() and np.isfinite(old).all()):
        raise ValueError("recency, T: finite numbers")
    _check(x, last, old)
    times, place = np.unique(np.concatenate([[0.0], last, old]), return_inverse=True)
    return _distinct(x, place[1 : len(x) + 1], place[len(x) + 1 :], None, times)


def _check(frequency: Ints, recency: NDArray[Any], age: NDArray[Any]) -> None:
    if frequency.ndim != 1 or not frequency.shape == recency.shape == age.shape:
        raise ValueError("frequency, recency, T: one of each for every customer")
    if len(frequency) and (int(frequency.min()) < 0 or recency.min() < 0 or age.min() < 0):
        raise ValueError("frequency, recency, T: none below 0")
    if np.any(recency > age):
        raise ValueError("recency: not past T")
    if np.any((frequency == 0) & (recency > 0)):
        raise ValueError("recency: 0 without a repeat deal day")


def _distinct(x: Ints, recency: Ints, age: Ints, weight: Ints | None, times: Floats) -> tuple[History, Ints]:
    """Sort and count. (x, T, t_x) and the row are packed into one whole number wherever they fit: sorting plain numbers is
    several times as fast as sorting places by them."""
    n = len(x)
    bits, row_bits = len(times).bit_length(), n.bit_length()
    top = int(x.max()).bit_length() if n else 0
    if top + 2 * bits + row_bits <= 63:
        packed = x << bits  # in place from here on: the first touch of new memory costs more than the arithmetic
        packed |= age
        packed <<= bits
        packed |= recency
        packed <<= row_bits
        packed |= np.arange(n)
        packed.sort()
        row = packed & ((1 << row_bits) - 1)
        packed >>= row_bits
        new = np.ones(n, np.bool_)
        np.not_equal(packed[1:], packed[:-1], out=new[1:])
        key = packed[new]
        mask = (1 << bits) - 1
        distinct = key >> (2 * bits), (key & mask), (key >> bits) & mask
    else:
        row = np.lexsort((recency, age, x))
        new = np.ones(n, np.bool_)
        new[1:] = np.logical_or.reduce([values[row[1:]] != values[row[:-1]] for values in (x, recency, age)])
        distinct = x[row[new]], recency[row[new]], age[row[new]]
    place: Ints = np.cumsum(new, dtype=np.int64)
    place -= 1
    inverse = np.empty(n, np.int64)
    inverse[row] = place
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, n)) if weight is None else (np.add.reduceat(weight[row], first) if n else np.zeros(0, np.int64))
    frequency, last, old = distinct
    return History(frequency, last.astype(np.int32), old.astype(np.int32), count.astype(np.int64), times), inverse
