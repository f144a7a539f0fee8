"""Phase 2: a few numbers over all customers, against which each is graded.

A score or letter depends on a customer's value only, so each boundary is one number: the exact value at which the share
is reached. It is found by counts that add over shards (`boundary`), so it does not matter where the shards are, nor how many.
With the stored `Cuts` a single customer is graded again without the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .boundary import Question, Search, Span, added, count, narrow, spans_of
from .cycle import band_of, cycle_ratio, median_doubled
from .days import NO_DAY, months_before
from .facts import Facts
from .thresholds import Thresholds

Ints = NDArray[np.int64]
Ask = Callable[[Facts], list[Ints]]
"""What every shard is asked: a pure function that can be sent to another machine. The answers add, entry by entry."""
READS = (
    "deal_days", "deal_days_12m", "last_day", "amount_all", "amount_12m", "expected", "then_days", "then_last", "then_own2",
)  # fmt: skip
"""Columns of the facts that a question reads; and the counts of intervals."""
_FIFTHS = tuple(Fraction(step, 5) for step in range(1, 5))


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


class Parts(Protocol):
    """The facts of all customers as of a day, wherever they are."""

    @property
    def as_of_day(self) -> int: ...

    def total(self, ask: Ask) -> list[Ints]:
        """The sum of the answers of all shards (`boundary.added`)."""
        ...


class InProcess:
    """Shards in memory. Raises ValueError for none, or for two days."""

    def __init__(self, shards: Iterable[Facts], threads: int = 2) -> None:
        self._shards = list(shards)
        self._threads = threads
        if not self._shards:
            raise ValueError("no facts to summarise")
        if len({part.as_of_day for part in self._shards}) > 1:
            raise ValueError("facts of two days do not add")

    @property
    def as_of_day(self) -> int:
        return self._shards[0].as_of_day

    def total(self, ask: Ask) -> list[Ints]:
        out: list[Ints] = []
        with ThreadPoolExecutor(self._threads) as pool:  # starts no thread that is not needed
            for part in pool.map(ask, self._shards):
                out = added(out, part)
        return out


def summarise(shards: Iterable[Facts], thresholds: Thresholds) -> Cuts:
    """The cuts over all shards in memory (their facts must be of one day). Raises ValueError for none."""
    return cuts_of(InProcess(shards), thresholds)


def cuts_of(parts: Parts, thresholds: Thresholds) -> Cuts:
    """The cuts over all parts, in at least two passes over them; every pass asks each part for some thousands of sums.

    What a part gives back, and what is kept here, does not grow with the customers; the counts of intervals by length are as
    long as the longest interval in days.
    """
    asked = _questions(thresholds)
    searches = {name: [Search(question) for question in questions] for name, questions in asked.items()}
    every = [search for some in searches.values() for search in some]
    spans = spans_of(every)
    *sums, gaps, gaps_then, n = parts.total(partial(_first, spans=spans))
    narrow(every, spans, sums)
    then2 = median_doubled(gaps_then) or 2 * thresholds.default_cycle_days
    spans = spans_of(every)
    *sums, left, sampled = parts.total(partial(_second, spans=spans, m_pop2_then=then2, thresholds=thresholds))
    narrow(every, spans, sums)
    while spans := spans_of(every):
        narrow(every, spans, parts.total(partial(_counted, spans=spans)))
    found = {name: [search.answer for search in some] for name, some in searches.items()}
    r, f, m = (tuple(x for x in found[name] if x is not None) for name in ("r", "f", "m"))
    m_pop2 = median_doubled(gaps)
    return Cuts(
        as_of_day=parts.as_of_day,
        n=int(n[0]),
        m_pop2=m_pop2 or 2 * thresholds.default_cycle_days,
        m_pop_default=m_pop2 == 0,
        r=r,
        f=f,
        m=m,
        abc_a=found["abc_a"][0],
        abc_b=found["abc_b"][0],
        top_expected=found["top_expected"][0],
        top_spend=found["top_spend"][0],
        left=tuple(int(x) for x in left),
        sampled=tuple(int(x) for x in sampled),
    )


def _questions(thresholds: Thresholds) -> dict[str, list[Question]]:
    """A score is `1 + floor(5 * strictly_worse / n)`: per step s the value above which 5 * strictly_worse >= s * n (days absent:
    below which). A letter or a top share: the least value v with (weight of values above v) / (weight of all) < share."""
    share = thresholds.ratio("potential_share")
    return {
        "r": [Question("recency", step, from_top=True) for step in _FIFTHS],
        "f": [Question("deal_days", step) for step in _FIFTHS],
        "m": [Question("amount_all", step) for step in _FIFTHS],
        "abc_a": [Question("amount_12m", thresholds.ratio("abc_a"), from_top=True, by_amount=True)],
        "abc_b": [Question("amount_12m", thresholds.ratio("abc_b"), from_top=True, by_amount=True)],
        "top_expected": [Question("expected", share, from_top=True)],
        "top_spend": [Question("amount_12m", share, from_top=True)],
    }


def _counted(facts: Facts, spans: Sequence[Span]) -> list[Ints]:
    """Counts of the customers with a deal day."""
    has = facts.column("deal_days") > 0
    everyone = bool(has.all())
    values = {}
    for name in {span.column for span in spans}:
        column = facts.column("last_day" if name == "recency" else name)
        column = (column if everyone else column[has]).astype(np.int64, copy=False)
        values[name] = facts.as_of_day - column if name == "recency" else column
    return count(values, spans)


def _first(facts: Facts, spans: Sequence[Span]) -> list[Ints]:
    return [*_counted(facts, spans), facts.gaps, facts.gaps_then, np.array([np.count_nonzero(facts.column("deal_days"))])]


def _second(facts: Facts, spans: Sequence[Span], m_pop2_then: int, thresholds: Thresholds) -> list[Ints]:
    return [*_counted(facts, spans), *leave_counts(facts, m_pop2_then, thresholds)]


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
