"""Exact boundaries over all customers from counts that add: the value at which a share of the customers, or of the money, is reached.

No values travel, only how many (or how much) lie in each of a few thousand ranges. The first pass has ranges that are about 3 %
wide relative to the value, over all 64-bit whole numbers; each further pass divides the range that holds the boundary by
4,096, until it is one whole number. Amounts of a shop take two or three passes, the worst possible ones six, whether a
thousand customers or a billion; a pass costs each shard, and the one that adds, some 30 KB a question.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_FINE = 5
"""Binary digits behind the leading one that the first pass tells apart."""
_CODES = 64 << _FINE
"""Codes 1.._CODES of the values from 1 on; 0 of zero; the negative ones mirrored."""
_PARTS = 12
"""A further pass has at most 2**12 ranges."""
_LOW = (1 << 32) - 1


@dataclass(frozen=True)
class Question:
    """The boundary that `share` (over 0, at most 1) of all reaches.

    Up from the least value, the first whose customers, with all below, are at least the share; `from_top` down from the greatest.
    With `by_amount` only values over zero are looked at, and each weighs as much as it is; otherwise each customer weighs 1.
    """

    column: str
    share: Fraction
    from_top: bool = False
    by_amount: bool = False


@dataclass(frozen=True)
class Span:
    """What a pass counts: the values from `low` to `high` (both inclusive) of a column, in equal ranges; all values in
    relative ranges where they are None."""

    column: str
    by_amount: bool
    low: int | None = None
    high: int | None = None

    @property
    def _shift(self) -> int:
        assert self.low is not None and self.high is not None
        return max(0, (self.high - self.low).bit_length() - _PARTS)

    @property
    def ranges(self) -> int:
        """How many ranges there are."""
        if self.low is None or self.high is None:
            return 2 * _CODES + 1
        return ((self.high - self.low) >> self._shift) + 1

    def bounds(self, place: int) -> tuple[int, int]:
        """(least, greatest) value of the range number `place`."""
        if self.low is None or self.high is None:
            code = place - _CODES
            low, high = (_least(code), _least(code + 1) - 1) if code >= 0 else (1 - _least(1 - code), -_least(-code))
            return max(low, -(2**63)), min(high, 2**63 - 1)
        low = self.low + (place << self._shift)
        return low, min(self.high, low + (1 << self._shift) - 1)

    def count(self, values: Ints) -> list[Ints]:
        """Per range: [how many] or, by amount, [the sum's high part, its low 32 bits]. Sums of both over shards are meant."""
        if self.low is not None and self.high is not None:
            values = values[(values >= self.low) & (values <= self.high)]
            place = (values - self.low) >> self._shift
        else:
            if self.by_amount:
                values = values[values > 0]
            place = _code(values) + _CODES
        if not self.by_amount:
            return [np.bincount(place, minlength=self.ranges)]
        return _weigh(place, values, self.ranges)


def spans_of(searches: Sequence[Search]) -> list[Span]:
    """What the next pass must count, each only once; empty when every boundary is known."""
    return list(dict.fromkeys(search.span for search in searches if not search.done))


def count(values: Mapping[str, Ints], spans: Sequence[Span]) -> list[Ints]:
    """The counts of all spans, one after the other: they add over shards, entry by entry."""
    return [part for span in spans for part in span.count(values[span.column])]


class Search:
    """A question on its way to the answer: the range that holds the boundary, and the weight passed before it."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.span = Span(question.column, question.by_amount)
        self.answer: int | None = None
        self.done = False
        self._before = 0
        self._need = 0

    def narrow(self, counted: Sequence[Ints]) -> None:
        """Go on with the sums over all shards of what was counted for `span`."""
        weights = _whole(counted) if self.question.by_amount else counted[0].tolist()
        if not self._need:
            share = self.question.share
            self._need = -(-share.numerator * sum(weights) // share.denominator)  # whole numbers: reached >= share * all
            if not self._need:  # nobody to count
                self.done = True
                return
        if self.question.from_top:
            weights.reverse()
        reached = list(accumulate(weights, initial=self._before))
        step = bisect_left(reached, self._need) - 1
        self._before = reached[step]
        low, high = self.span.bounds(len(weights) - 1 - step if self.question.from_top else step)
        if low == high:
            self.answer, self.done = low, True
        else:
            self.span = Span(self.question.column, self.question.by_amount, low, high)


def narrow(searches: Sequence[Search], spans: Sequence[Span], sums: Sequence[Ints]) -> None:
    """One step for every open search, from the sums of `count(…, spans)`."""
    counted, at = {}, 0
    for span in spans:
        width = 2 if span.by_amount else 1
        counted[span] = sums[at : at + width]
        at += width
    for search in searches:
        if not search.done:
            search.narrow(counted[search.span])


def added(a: Sequence[Ints], b: Sequence[Ints]) -> list[Ints]:
    """Sums entry by entry; a shorter one goes on with zeros. Nothing at all adds to anything."""
    if not a or not b:
        return list(a or b)
    return [_padded(x, y) for x, y in zip(a, b, strict=True)]


def _padded(a: Ints, b: Ints) -> Ints:
    out = np.zeros(max(len(a), len(b)), np.int64)
    out[: len(a)] += a
    out[: len(b)] += b
    return out


def _code(values: Ints) -> Ints:
    """Rises with the value: the exponent and the next binary digits, as a double has them; 0 for zero."""
    size = np.abs(values).view(np.uint64)  # right for the least integer too, which has no positive twin
    if len(size) and int(size.max()) >> 53:  # cut what a double cannot hold, so that it does not round up
        size = np.where(size >> np.uint64(53), size & ~np.uint64(2047), size)
    bits: Ints = size.astype(np.float64).view(np.int64) >> (52 - _FINE)
    code: Ints = np.maximum(bits - ((1023 << _FINE) - 1), 0)
    return np.where(values < 0, -code, code)


def _least(code: int) -> int:
    """The least value of a code >= 0."""
    if not code:
        return 0
    exponent, rest = divmod(code - 1, 1 << _FINE)
    return -(-(((1 << _FINE) + rest) << exponent) // (1 << _FINE))


def _weigh(place: Ints, values: Ints, ranges: int) -> list[Ints]:
    if not len(values) or int(values.max()) * len(values) < 2**53:  # every partial sum is a whole number a double holds
        whole = np.bincount(place, weights=values, minlength=ranges).astype(np.int64)
        return [whole >> 32, whole & _LOW]
    high, low = np.zeros(ranges, np.int64), np.zeros(ranges, np.int64)
    np.add.at(high, place, values >> 32)
    np.add.at(low, place, values & _LOW)
    return [high + (low >> 32), low & _LOW]


def _whole(parts: Sequence[Ints]) -> list[int]:
    high, low = (part.tolist() for part in parts)
    return [(x << 32) + y for x, y in zip(high, low, strict=True)]
