"""When each customer was a customer: from his first deal day to the day the shown stage becomes E, and again from the next deal day on.

The same rules as stage and stages, asked for every day at once: a silence counts as gone when the rule has said so `stage_days` days
running, at once where something was recorded in between; what he told us, a cancelled membership, a death, a move, a closing count at once.
The company's median interval is that of each day. Who is gone stays gone until he comes: that the median moved is not a return.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .days import months_before_all
from .deal_facts import medians_doubled, sorted_pairs, sum_by
from .stages import WORD_KINDS
from .state import codes
from .tables import numbers
from .thresholds import Thresholds

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CAUSES = ("", "E.elapsed", "E.told", "E.membership", "E.moved", "E.closed", "E.died")
"""Codes of analytics.lifecycle; of two on one day the later one here is named."""
_AT_ONCE = {"told_leaving": "E.told", "moved_away": "E.moved", "closed_down": "E.closed", "died": "E.died"}
NEVER = 2**31 - 1


@dataclass(frozen=True)
class _Spells:
    """From each deal day to the day before the next (or the last day looked at), in order of customer and day. `n`: deal days so far."""

    who: Ints
    start: Ints
    end: Ints
    n: Ints
    first: Bools


def stays(deals: pa.Table, events: pa.Table, thresholds: Thresholds, until_day: int) -> pa.Table:
    """One row a stay, in order of customer and day: customer_id, began_day, returned (not the first), ended_day (the day of the loss, null
    while he is here), cause (a code of analytics.lifecycle, "" while here), last_day (the last deal day before the loss, null while here),
    cents (net amount of the 12 months up to it, 0 while here).

    `deals`, `events`: columns as analytics.tables; later rows than `until_day` are not seen. A stay lasts from began_day to the day before
    ended_day. Who has no deal day has no stay; neither has a day on which he came and was gone by its end.
    """
    day, came = numbers(deals, "day"), numbers(deals, "came")
    seen = (day <= until_day) & came
    ids, index = np.unique(numbers(deals, "customer_id")[seen], return_inverse=True)
    if not len(ids):
        return _table(*([np.empty(0, np.int64)] * 7))
    spells = _spells(index.astype(np.int64), day[seen].astype(np.int64), len(ids), until_day)
    ended, cause = _ends(spells, ids, events, thresholds, until_day)

    in_at_start = ended > spells.start
    out_after = ended != NEVER
    was_in = np.zeros(len(ended), bool)
    was_in[1:] = ~out_after[:-1]
    was_in[spells.first] = False
    begins = np.flatnonzero(in_at_start & ~was_in)
    leaves = np.flatnonzero((in_at_start & out_after) | (was_in & ~in_at_start))
    # A customer's beginnings and ends take turns, so the end of a stay is the first one from its own spell on.
    place = np.searchsorted(leaves, begins)
    end_at = np.append(leaves, len(ended))[place]
    closed = np.append(spells.who, -1)[end_at] == spells.who[begins]
    over = end_at[closed]
    n = len(begins)
    ended_day, causes, last = np.full(n, NEVER, np.int64), np.zeros(n, np.int64), np.full(n, NEVER, np.int64)
    ended_day[closed], causes[closed], last[closed] = ended[over], cause[over], spells.start[over]
    who = spells.who[begins]
    returned = np.ones(n, bool)
    returned[np.unique(who, return_index=True)[1]] = False
    cents = np.zeros(n, np.int64)
    cents[closed] = _year_before(deals, ids, who[closed], last[closed])
    return _table(ids[who], spells.start[begins], returned, ended_day, causes, last, cents)


def _table(ids: Ints, began: Ints, returned: Any, ended: Ints, cause: Ints, last: Ints, cents: Ints) -> pa.Table:
    here = ended == NEVER
    return pa.table(
        {
            "customer_id": ids.astype(np.int64),
            "began_day": began.astype(np.int32),
            "returned": returned.astype(bool),
            "ended_day": pa.array(ended.astype(np.int32), mask=here),
            "cause": np.array(CAUSES)[cause] if len(cause) else pa.array([], pa.string()),
            "last_day": pa.array(last.astype(np.int32), mask=here),
            "cents": cents.astype(np.int64),
        }
    )


def _spells(index: Ints, day: Ints, many: int, until_day: int) -> _Spells:
    base = int(day.min())
    who, when = sorted_pairs(index, day - base, many)
    new = np.ones(len(who), bool)
    new[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
    who, when = who[new], when[new] + base
    first = np.ones(len(who), bool)
    first[1:] = who[1:] != who[:-1]
    end = np.full(len(who), until_day, np.int64)
    end[:-1] = np.where(first[1:], until_day, when[1:] - 1)
    started = np.flatnonzero(first)
    return _Spells(who, when, end, np.arange(len(who)) - np.repeat(started, np.diff(np.append(started, len(who)))) + 1, first)


def _ends(spells: _Spells, ids: Ints, events: pa.Table, thresholds: Thresholds, until_day: int) -> tuple[Ints, Ints]:
    """(first day of each spell at whose end the customer is gone, NEVER for none; place in CAUSES)."""
    at, day, kind = _told(spells, ids, events, until_day)
    ended, cause = _elapsed(spells, at, day, thresholds, until_day)
    for name, rank in sorted({code: CAUSES.index(code) for code in _AT_ONCE.values()}.items(), key=lambda pair: pair[1]):
        mine = kind == name
        _earlier(ended, cause, at[mine], day[mine], rank)
    _earlier(ended, cause, *_memberships(spells, at, day, kind), CAUSES.index("E.membership"))
    dead = np.full(len(ids), NEVER, np.int64)
    died = _days_of(ids, events, "died", until_day)
    np.minimum.at(dead, *died)
    from_then = dead[spells.who]
    gone = from_then <= spells.start  # a death does not end with a deal
    ended[gone], cause[gone] = spells.start[gone], CAUSES.index("E.died")
    return ended, cause


def _earlier(ended: Ints, cause: Ints, at: Ints, day: Ints, rank: int) -> None:
    best = np.full(len(ended), NEVER, np.int64)
    np.minimum.at(best, at, day)
    wins = (best < ended) | ((best == ended) & (best != NEVER) & (rank > cause))
    ended[wins], cause[wins] = best[wins], rank


def _days_of(ids: Ints, events: pa.Table, kind: str, until_day: int) -> tuple[Ints, Ints]:
    """(customer's place, day) of the events of a kind."""
    mine = events.filter(pc.and_(pc.equal(events["kind"], kind), pc.less_equal(events["day"], until_day)))
    who, day = numbers(mine, "customer_id"), numbers(mine, "day").astype(np.int64)
    place = np.minimum(np.searchsorted(ids, who), len(ids) - 1)
    known = ids[place] == who
    return place[known], day[known]


def _told(spells: _Spells, ids: Ints, events: pa.Table, until_day: int) -> tuple[Ints, Ints, NDArray[np.str_]]:
    """(spell, day, kind or code) of what was recorded that changes the shown stage at once; before the first deal day nothing."""
    some = events.filter(pc.and_(pc.is_in(events["kind"], pa.array(WORD_KINDS)), pc.less_equal(events["day"], until_day)))
    who, day = numbers(some, "customer_id"), numbers(some, "day").astype(np.int64)
    code, words = codes(some["kind"])
    place = np.minimum(np.searchsorted(ids, who), len(ids) - 1)
    known = ids[place] == who
    place, day, code = place[known], day[known], code[known]
    low = min(int(spells.start.min()), int(day.min()) if len(day) else 0)
    wide = until_day - low + 1
    at = np.searchsorted(spells.who * wide + (spells.start - low), place * wide + (day - low), side="right") - 1
    inside = (at >= 0) & (spells.who[np.maximum(at, 0)] == place)
    names = np.array([_AT_ONCE.get(word, word) for word in words] or [""], str)
    return at[inside], day[inside], names[code[inside]]


def _memberships(spells: _Spells, at: Ints, day: Ints, kind: NDArray[np.str_]) -> tuple[Ints, Ints]:
    """A membership is left when it was cancelled and its points are used up, on the later of the two days; either, recorded again, counts
    again. What was recorded before the first deal day is ended by it."""
    mine = np.flatnonzero((kind == "membership_cancelled") | (kind == "points_used_up"))
    at, day, kind = at[mine], day[mine], kind[mine]
    who = spells.who[at]
    firsts = np.full((2, int(spells.who[-1]) + 1), NEVER, np.int64)
    for row, name in enumerate(("membership_cancelled", "points_used_up")):
        of = kind == name
        np.minimum.at(firsts[row], who[of], day[of])
    both = firsts.max(axis=0)[who] <= day
    return at[both], day[both]


def _elapsed(spells: _Spells, told_at: Ints, told_day: Ints, thresholds: Thresholds, until_day: int) -> tuple[Ints, Ints]:
    """The day on which a silence counts as gone. Only silences that can grow long enough are looked at, from the first day they can."""
    ended, cause = np.full(len(spells.who), NEVER, np.int64), np.zeros(len(spells.who), np.int64)
    ratio, k = thresholds.ratio("exit_elapsed"), thresholds.k
    first_day = int(spells.start.min())
    m_pop2 = _medians(spells, thresholds, first_day, until_day)
    some = np.flatnonzero(spells.end - spells.start >= thresholds.exit_days)
    if not len(some):
        return ended, cause
    start, end, n = spells.start[some], spells.end[some], spells.n[some]
    own2 = _own_medians(spells, some)
    # silence / cycle >= exit_elapsed, in whole numbers: silence × much >= k × m_pop2 × up + own
    much, up = 2 * (k + n - 1) * ratio.denominator, ratio.numerator
    own = (n - 1) * own2 * up
    least = np.minimum.accumulate(m_pop2[::-1])[::-1]  # of all later days
    early = start + thresholds.exit_days
    soonest = start - (-(k * up * least[early - first_day] + own) // much)
    begin = np.maximum(early, soonest)
    live = np.flatnonzero(begin <= end)
    some, begin = some[live], begin[live]
    event = set(zip(told_at.tolist(), told_day.tolist(), strict=True)) if len(told_at) else set()
    with_word = np.isin(some, told_at)

    order = np.argsort(begin, kind="stable")
    some, begin, with_word, live = some[order], begin[order], with_word[order], live[order]
    start, end, much, own = start[live], end[live], much[live], own[live]
    running = np.zeros(len(some), np.int64)
    active = np.empty(0, np.int64)
    taken = 0
    for day in range(int(begin[0]) if len(begin) else until_day + 1, until_day + 1):
        upto = int(np.searchsorted(begin, day, side="right"))
        if upto > taken:
            active = np.concatenate([active, np.arange(taken, upto)])
            taken = upto
        if not len(active):
            continue
        holds = (day - start[active]) * much[active] >= k * up * int(m_pop2[day - first_day]) + own[active]
        running[active] = np.where(holds, running[active] + 1, 0)
        gone = running[active] >= thresholds.stage_days
        for place in np.flatnonzero(holds & ~gone & with_word[active]):
            gone[place] = (int(some[active[place]]), day) in event
        done = active[gone]
        ended[some[done]] = day
        cause[some[done]] = CAUSES.index("E.elapsed")
        active = active[~gone & (end[active] > day)]
    return ended, cause


def _own_medians(spells: _Spells, some: Ints) -> Ints:
    """Twice the median of the customer's own intervals up to each of these spells; 0 where there is none."""
    gap = np.diff(spells.start, prepend=0)
    many = spells.n[some] - 1
    of = np.repeat(np.arange(len(some)), many)
    back = np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)
    return medians_doubled(of, gap[np.repeat(some, many) - back], len(some))


def _medians(spells: _Spells, thresholds: Thresholds, first_day: int, until_day: int) -> Ints:
    """Twice the median of all intervals that ended by each day, from the first day on; the default's while there is none."""
    later = np.flatnonzero(~spells.first)
    gap, when = spells.start[later] - spells.start[later - 1], spells.start[later] - first_day
    out = np.full(until_day - first_day + 1, 2 * thresholds.default_cycle_days, np.int64)
    if not len(later):
        return out
    order = np.argsort(when, kind="stable")
    gap, when = gap[order], when[order]
    counts = np.zeros(int(gap.max()) + 1, np.int64)
    days, begin = np.unique(when, return_index=True)
    stop = np.append(begin[1:], len(when))
    for day, low, high in zip(days.tolist(), begin.tolist(), stop.tolist(), strict=True):
        counts += np.bincount(gap[low:high], minlength=len(counts))
        below = np.cumsum(counts)
        total = int(below[-1])
        found = np.searchsorted(below, [(total - 1) // 2, total // 2], side="right")
        out[day:] = int(found.sum())
    return out


def _year_before(deals: pa.Table, ids: Ints, who: Ints, last: Ints) -> Ints:
    """Net amount of the 12 months up to a day, of each (customer's place, day)."""
    owner = np.searchsorted(ids, numbers(deals, "customer_id"))
    mine = owner < len(ids)
    mine[mine] = ids[owner[mine]] == numbers(deals, "customer_id")[mine]
    day, cents, owner = numbers(deals, "day")[mine].astype(np.int64), numbers(deals, "cents")[mine].astype(np.int64), owner[mine]
    order = np.lexsort((day, owner))
    day, cents, owner = day[order], cents[order], owner[order]
    summed = np.concatenate([[0], np.cumsum(cents)])
    low = int(day.min()) - 1
    since = np.maximum(months_before_all(last.astype(np.int32), 12).astype(np.int64), low)
    wide = int(max(day.max(), last.max() if len(last) else 0)) - low + 2
    key = owner * wide + (day - low)

    def upto(when: Ints) -> Ints:
        return np.asarray(summed[np.searchsorted(key, who * wide + (when - low), side="right")], np.int64)

    return upto(last) - upto(since)


def purchases(deals: pa.Table, ids: Ints, eve_day: int) -> Ints:
    """Net amount of the 12 months up to `eve_day`, inclusive, of these customers (rising ids); refunds count."""
    since = int(months_before_all(np.array([eve_day], np.int32), 12)[0])
    day, who = numbers(deals, "day"), numbers(deals, "customer_id")
    inside = np.flatnonzero((day > since) & (day <= eve_day))
    if not len(ids) or not len(inside):
        return np.zeros(len(ids), np.int64)
    place = np.minimum(np.searchsorted(ids, who[inside]), len(ids) - 1)
    known = ids[place] == who[inside]
    return sum_by(place[known].astype(np.int64), numbers(deals, "cents")[inside][known].astype(np.int64), len(ids))
