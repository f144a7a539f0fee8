"""Phase 2: a few numbers over all customers, against which each is graded. Summaries of shards add.

A score or letter depends on a customer's value only, so each boundary is one number: the exact value at which the share
is reached. With the stored `Cuts` a single customer is graded again without the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cycle import band_of, cycle_ratio, median_doubled
from .days import NO_DAY, months_before
from .facts import Facts
from .thresholds import Thresholds

Ints = NDArray[np.int64]
Counts = tuple[Ints, Ints]
"""(distinct values, rising; how many customers have each)."""
_COUNTED = ("recency", "deal_days", "amount_all", "amount_12m", "expected")


@dataclass(frozen=True)
class Cuts:
    """What grading needs to know of the whole base as of a day. Money in cents.

    n: customers with a deal day. m_pop2: twice the median interval of all (of the default where nobody repeats). r, f, m: the
    score is 1 + how many of the four are passed (r: fewer days than; f, m: more than). abc_a, abc_b, top_expected, top_spend:
    the least amount in A, in A or B, in the top share; None when nobody is. left, sampled: per band of elapsed cycles a
    year before, the customers who then did not come for 12 months, and all.
    """

    as_of_day: int
    n: int
    m_pop2: int
    m_pop_default: bool
    r: tuple[int, ...]
    f: tuple[int, ...]
    m: tuple[int, ...]
    abc_a: int | None
    abc_b: int | None
    top_expected: int | None
    top_spend: int | None
    left: tuple[int, ...]
    sampled: tuple[int, ...]

    def leave_share(self, band: int, thresholds: Thresholds) -> tuple[Fraction, bool]:
        """(share that leaves within 12 months, True when it is the prior because nobody was in the band)."""
        if self.sampled[band]:
            return Fraction(self.left[band], self.sampled[band]), False
        return thresholds.prior_shares[band], True

    def to_json(self) -> str:
        """As JSON text; `from_json` gives an equal object."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Cuts:
        """Raises TypeError or ValueError when the text is not of these cuts."""
        raw = json.loads(text)
        if not isinstance(raw, dict):
            raise ValueError("cuts: a JSON object is needed")
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
        return cls(**values)


@dataclass(frozen=True)
class Summary:
    """Value counts of one or more shards; `a + b` is the summary of both."""

    as_of_day: int
    counts: dict[str, Counts]
    gaps: Ints
    gaps_then: Ints

    @classmethod
    def of(cls, facts: Facts) -> Summary:
        """The value counts of one shard's customers with a deal day."""
        has = np.flatnonzero(facts.column("deal_days") > 0)
        values = {name: facts.column(name)[has].astype(np.int64) for name in _COUNTED if name != "recency"}
        values["recency"] = facts.as_of_day - facts.column("last_day")[has].astype(np.int64)
        return cls(facts.as_of_day, {name: np.unique(values[name], return_counts=True) for name in _COUNTED}, facts.gaps, facts.gaps_then)

    def __add__(self, other: Summary) -> Summary:
        if self.as_of_day != other.as_of_day:
            raise ValueError("summaries of two days do not add")
        counts = {name: _merge(self.counts[name], other.counts[name]) for name in _COUNTED}
        return Summary(self.as_of_day, counts, _pad_add(self.gaps, other.gaps), _pad_add(self.gaps_then, other.gaps_then))


def summarise(shards: Iterable[Facts], thresholds: Thresholds) -> Cuts:
    """The cuts over all shards (their facts must be of one day). Raises ValueError for none."""
    parts = list(shards)
    if not parts:
        raise ValueError("no facts to summarise")
    whole = Summary.of(parts[0])
    for part in parts[1:]:
        whole = whole + Summary.of(part)
    then2 = median_doubled(whole.gaps_then) or 2 * thresholds.default_cycle_days
    leaving = sum((leave_counts(part, then2, thresholds) for part in parts), np.zeros((2, len(thresholds.bands) + 1), np.int64))
    return cuts(whole, leaving, thresholds)


def leave_counts(facts: Facts, m_pop2_then: int, thresholds: Thresholds) -> Ints:
    """Two rows by band of elapsed cycles on the same date a year before: who then did not come for 12 months, and all. Adds."""
    then = months_before(facts.as_of_day, 12)
    had = np.flatnonzero(facts.column("then_last") != NO_DAY)
    days, own2 = (facts.column(name)[had].astype(np.int64) for name in ("then_days", "then_own2"))
    top, bottom = cycle_ratio(days, own2, m_pop2_then, thresholds.k)
    band = band_of(then - facts.column("then_last")[had].astype(np.int64), top, bottom, thresholds)
    stayed = facts.column("deal_days_12m")[had] > 0
    width = len(thresholds.bands) + 1
    return np.stack([np.bincount(band[~stayed], minlength=width), np.bincount(band, minlength=width)])


def cuts(whole: Summary, leaving: Ints, thresholds: Thresholds) -> Cuts:
    """The boundaries that follow from the counts of all customers."""
    m_pop2 = median_doubled(whole.gaps)
    values, counts = whole.counts["recency"]
    spend, expected = whole.counts["amount_12m"], whole.counts["expected"]
    positive = spend[0] > 0
    money = (spend[0][positive], spend[0][positive] * spend[1][positive])
    share = thresholds.ratio("potential_share")
    return Cuts(
        as_of_day=whole.as_of_day,
        n=int(counts.sum()),
        m_pop2=m_pop2 or 2 * thresholds.default_cycle_days,
        m_pop_default=m_pop2 == 0,
        r=tuple(-x for x in _fifths(-values[::-1], counts[::-1])),
        f=_fifths(*whole.counts["deal_days"]),
        m=_fifths(*whole.counts["amount_all"]),
        abc_a=_least_of_top(*money, thresholds.ratio("abc_a")),
        abc_b=_least_of_top(*money, thresholds.ratio("abc_b")),
        top_expected=_least_of_top(*expected, share),
        top_spend=_least_of_top(*spend, share),
        left=tuple(int(x) for x in leaving[0]),
        sampled=tuple(int(x) for x in leaving[1]),
    )


def _fifths(values: Ints, counts: Ints) -> tuple[int, ...]:
    """For `1 + floor(5 * strictly_worse / n)`: per step s the value above which 5 * strictly_worse >= s * n."""
    if not len(values):
        return ()
    below = np.cumsum(counts)
    return tuple(int(values[np.searchsorted(5 * below, step * int(below[-1]))]) for step in range(1, 5))


def _least_of_top(values: Ints, weights: Ints, share: Fraction) -> int | None:
    """The least value v with (weight of values above v) / (weight of all) < share; None when there are no values."""
    if not len(values):
        return None
    reached = np.cumsum(weights[::-1])
    need = -(-share.numerator * int(reached[-1]) // share.denominator)  # whole numbers: reached >= share * all
    return int(values[::-1][np.searchsorted(reached, need)])


def _merge(a: Counts, b: Counts) -> Counts:
    values, place = np.unique(np.concatenate([a[0], b[0]]), return_inverse=True)
    return values, np.bincount(place, weights=np.concatenate([a[1], b[1]]), minlength=len(values)).astype(np.int64)


def _pad_add(a: Ints, b: Ints) -> Ints:
    out = np.zeros(max(len(a), len(b)), np.int64)
    out[: len(a)] += a
    out[: len(b)] += b
    return out
