"""What the deals of each customer say, as plain integer columns: sort once, then reduce.

Keys are packed into one integer (customer index and day, gap or cents), so that a plain value sort replaces a sort of
positions; amounts are never moved, only counted into their customer's cell. All arithmetic is on whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .days import NO_DAY, months_before, months_before_all
from .thresholds import Thresholds

Ints = NDArray[np.int64]
Int32s = NDArray[np.int32]
Bools = NDArray[np.bool_]
Column = NDArray[Any]
_EXACT_FLOAT = 2**53


@dataclass(frozen=True)
class DealFacts:
    """Columns by name (one entry a customer) and the counts of intervals by length: over all, and up to a year before."""

    columns: dict[str, Column]
    gaps: Ints
    gaps_then: Ints


def sum_by(index: Ints, cents: Ints, n: int) -> Ints:
    """Exact integer sums of `cents` by `index`."""
    if not len(index):
        return np.zeros(n, np.int64)
    biggest = max(abs(int(cents.max())), abs(int(cents.min())))
    if biggest * len(cents) < _EXACT_FLOAT:  # every partial sum is then a whole number that a double holds exactly
        return np.bincount(index, weights=cents, minlength=n).astype(np.int64)
    out = np.zeros(n, np.int64)
    np.add.at(out, index, cents)
    return out


def sorted_pairs(index: Ints, value: Column, n: int) -> tuple[Ints, Ints]:
    """(index, value) pairs in order of index, then value; `value` not negative, below 2**32 or so."""
    bits = int(value.max()).bit_length() if len(value) else 0
    wide = bits + max(n, 1).bit_length()
    if wide > 63:
        order = np.lexsort((value, index))
        return index[order], value[order]
    kind: Any = np.uint32 if wide <= 32 else np.uint64
    key: Column = index.astype(kind)
    key <<= kind(bits)
    key |= value.astype(kind)
    key.sort()
    return (key >> kind(bits)).astype(np.int64), (key & kind((1 << bits) - 1)).astype(np.int64)


def medians_doubled(index: Ints, value: Ints, n: int) -> Ints:
    """Twice the median of `value` by `index`, a whole number; 0 where there is no value."""
    counts = np.bincount(index, minlength=n)
    start = np.cumsum(counts) - counts
    ordered = sorted_pairs(index, value, n)[1]
    out = np.zeros(n, np.int64)
    some = np.flatnonzero(counts)
    at, m = start[some], counts[some]
    out[some] = ordered[at + (m - 1) // 2] + ordered[at + m // 2]
    return out


def deal_facts(index: Ints, day: Int32s, cents: Ints, came: Bools, n: int, as_of_day: int, thresholds: Thresholds) -> DealFacts:
    """Facts of `n` customers from their deals up to `as_of_day` (all rows given must be); `index` is 0..n-1.

    Source: metrics and purchase cycle of the insight page. Days are NO_DAY, amounts and counts 0 where there is none.
    """
    year_ago, half_ago = months_before(as_of_day, 12), months_before(as_of_day, 6)
    base = int(day.min()) if len(day) else 0
    c, d = _deal_days(index, day, came, n, base)
    counts = np.bincount(c, minlength=n)
    end = np.cumsum(counts)
    has = np.flatnonzero(counts)
    first, last = (np.full(n, NO_DAY, np.int32) for _ in range(2))
    first[has], last[has] = d[end[has] - counts[has]], d[end[has] - 1]

    follows = np.ones(len(c), bool)
    follows[end[has] - counts[has]] = False
    gap = np.diff(d, prepend=0)[follows].astype(np.int64)
    gap_of, gap_day = c[follows], d[follows]
    before = gap_day <= year_ago
    then = np.bincount(c[d <= year_ago], minlength=n)
    then_last = np.full(n, NO_DAY, np.int32)
    had = np.flatnonzero(then)
    then_last[had] = d[(end - counts + then)[had] - 1]

    first_row, last_row = first.copy(), last.copy()
    first_row[first_row == NO_DAY] = np.iinfo(np.int32).max
    silent = np.flatnonzero(~came)
    np.minimum.at(first_row, index[silent], day[silent])
    np.maximum.at(last_row, index[silent], day[silent])
    first_row[last_row == NO_DAY] = NO_DAY

    columns: dict[str, Column] = {
        "first_day": first,
        "last_day": last,
        "first_row": first_row,
        "last_row": last_row,
        "deal_days": counts.astype(np.int32),
        "deal_days_12m": (counts - then).astype(np.int32),
        "prev6_days": np.bincount(c[(d > year_ago) & (d <= half_ago)], minlength=n).astype(np.int32),
        "own2": medians_doubled(gap_of, gap, n).astype(np.int32),
        "loyal_gap": _longest_of_last(gap, end, counts, thresholds.loyal_intervals),
        "mature_gap": _longest_of_last(gap, end, counts, thresholds.mature_intervals),
        "then_days": then.astype(np.int32),
        "then_last": then_last,
        "then_own2": medians_doubled(gap_of[before], gap[before], n).astype(np.int32),
    }
    columns |= _amounts(index, day, cents, last, n, year_ago, half_ago)
    return DealFacts(columns, np.bincount(gap), np.bincount(gap[before]))


def _deal_days(index: Ints, day: Int32s, came: Bools, n: int, base: int) -> tuple[Ints, Int32s]:
    """Customer and day of every deal day, in order; several deals of one day make one."""
    every = bool(came.all())
    who, when = sorted_pairs(index if every else index[came], (day if every else day[came]) - base, n)
    new = np.ones(len(who), bool)
    new[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
    return who[new], (when[new] + base).astype(np.int32)


def _longest_of_last(gap: Ints, end: Ints, counts: Ints, intervals: int) -> Int32s:
    """The longest of the customer's last `intervals` intervals; 0 where there are fewer."""
    out = np.zeros(len(counts), np.int32)
    who = np.flatnonzero(counts > intervals)
    gap_end = (end - np.cumsum(counts > 0))[who]  # each customer has one interval less than deal days
    for back in range(1, intervals + 1):
        out[who] = np.maximum(out[who], gap[gap_end - back])
    return out


def _amounts(index: Ints, day: Int32s, cents: Ints, last: Int32s, n: int, year_ago: int, half_ago: int) -> dict[str, Column]:
    recent = np.flatnonzero(day > year_ago)
    index_12m, cents_12m, late = index[recent], cents[recent], day[recent] > half_ago
    amount_12m = sum_by(index_12m, cents_12m, n)
    last6 = sum_by(index_12m[late], cents_12m[late], n)
    since = np.full(n, np.iinfo(np.int32).max, np.int32)  # nothing is later: no window without a deal day
    has = np.flatnonzero(last != NO_DAY)
    since[has] = months_before_all(last[has], 12)
    window = np.flatnonzero((day > since[index]) & (day <= last[index]))
    sold = np.flatnonzero(cents > 0)
    index_sold, cents_sold = index[sold], cents[sold]
    sales = np.bincount(index_sold, minlength=n)
    total = sum_by(index_sold, cents_sold, n)
    some = np.maximum(sales, 1)
    return {
        "amount_all": sum_by(index, cents, n),
        "amount_12m": amount_12m,
        "last6": last6,
        "prev6": amount_12m - last6,
        "expected": sum_by(index[window], cents[window], n),
        "sales": sales.astype(np.int32),
        "mean_deal": (2 * total + some) // (2 * some),
        "median_deal": (medians_doubled(index_sold, cents_sold, n) + 1) // 2,
    }
