"""Contracts into relations: the chain of one customer's contracts of a kind that renew one another, as of a day.

A contract renews the one before it when it starts no later than `grace` days after that one's end (before the end too); else the
relation was lost at that end and a new one begins. Contracts of different assets never renew one another; what is written down
without an asset belongs to the customer's only asset of that kind, where there is one. A contract that ends inside another of its
relation (a second one bought beside it) is no renewal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from liuke.analytics.state import codes, nullable
from liuke.analytics.tables import numbers

Ints = NDArray[np.int64]
_NEVER = int(np.iinfo(np.int32).max)


class State(IntEnum):
    """How a relation stands as of the day."""

    RUNNING = 0  # before its end, the day of the end included
    DUE = 1  # the end has passed, the grace has not
    LOST = 2  # the grace passed without a successor
    ENDED = 3  # the asset left: nobody declined to renew


@dataclass(frozen=True)
class Relations:
    """One row a relation; all arrays of one length n, days as int64 since 1970-01-01.

    `kind` place in `kinds` (names in order); `asset_id` -1 for none; `first_day` start of its first contract; `last_start`, `end`
    start and last day of its last one (cut short where it was cancelled or the asset left); `term` number of its last contract, 1
    for the first, so that it was renewed `term - 1` times; `state` of State; `decided`: at how many ends it is settled whether it was
    renewed, the grace having passed - a renewal counts no sooner than a loss would, or the last days would show renewals only;
    `renewed_ahead`: its successor is written down, and begins after the day. `lags`, `lag_kind` i64[renewals settled]: days from an
    end to the start of the renewal after it (0 for one that began by then), and its kind. `spans`, `span_kind` i64[contracts]: days
    from the first to the last, both included, as agreed, and the kind.
    """

    kinds: tuple[str, ...]
    customer_id: Ints
    kind: Ints
    asset_id: Ints
    first_day: Ints
    last_start: Ints
    end: Ints
    term: Ints
    state: Ints
    decided: Ints
    renewed_ahead: NDArray[np.bool_]
    lags: Ints
    lag_kind: Ints
    spans: Ints
    span_kind: Ints

    def __len__(self) -> int:
        return len(self.customer_id)


def relations(contracts: pa.Table, as_of_day: int, grace: int) -> Relations:
    """The relations in a CONTRACTS table as of a day; rows in any order, by customer, kind, asset and first day in the answer.

    Of the future only a successor already written down is looked at (`renewed_ahead`); an end or a loss of the asset recorded with a
    later day has not happened yet. A contract that ended before it began never ran and is left out.
    """
    if contracts.num_rows == 0:
        none = np.empty(0, np.int64)
        return Relations((), none, none, none, none, none, none, none, none, none, none.astype(bool), none, none, none, none)
    code, words = codes(contracts["kind"])
    order = np.argsort(np.array(words, dtype=str), kind="stable")
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    kind, customer = rank[code], numbers(contracts, "customer_id").astype(np.int64)
    start, agreed = numbers(contracts, "start_day").astype(np.int64), numbers(contracts, "end_day").astype(np.int64)
    ended = nullable(contracts, "ended_day", _NEVER)
    happened = ended <= as_of_day
    gone = numbers(contracts, "asset_gone").astype(bool) & (happened | (ended == _NEVER))
    stop = np.where(happened, np.minimum(agreed, ended), agreed)
    left = np.where(gone, np.where(happened, ended, stop), _NEVER)  # the day the asset left
    asset = _assets(customer * len(words) + kind, nullable(contracts, "asset_id", -1))
    at = np.lexsort((-stop, start, asset, kind, customer))
    at = at[stop[at] >= start[at]]
    rows = _Rows(customer[at], kind[at], asset[at], start[at], stop[at], (agreed - start)[at] + 1, left[at])
    return _chained(tuple(words[i] for i in order), rows, as_of_day, grace)


@dataclass(frozen=True)
class _Rows:
    """Contracts by customer, kind, asset and start, the longer first."""

    customer: Ints
    kind: Ints
    asset: Ints
    start: Ints
    stop: Ints
    span: Ints
    left: Ints


def _chained(kinds: tuple[str, ...], rows: _Rows, as_of_day: int, grace: int) -> Relations:
    other = _changes(rows.customer, rows.kind, rows.asset)
    group = np.cumsum(other) - 1
    known = np.flatnonzero(rows.start <= as_of_day)
    own, start, stop = group[known], rows.start[known], rows.stop[known]
    fresh = _changes(own)
    reached = _latest_before(own, stop)  # the last day that the contracts before it reach
    kept = np.flatnonzero(fresh | (stop > reached))
    own, start, stop, fresh, reached = own[kept], start[kept], stop[kept], fresh[kept], reached[kept]
    begins = fresh | (start > reached + grace)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(begins)) - 1 if len(first) else first
    relation = np.cumsum(begins) - 1
    source = known[kept]

    settled = stop + grace < as_of_day
    term, end, left = last - first + 1, stop[last], rows.left[source][last]
    gone = left <= end + grace
    lost = ~gone & settled[last]
    ends = np.bincount(relation, weights=settled, minlength=len(first)).astype(np.int64)
    state = np.select([gone, lost, end < as_of_day], [State.ENDED, State.LOST, State.DUE], State.RUNNING).astype(np.int64)
    renewals = np.flatnonzero(~begins)
    renewals = renewals[settled[renewals - 1]]
    return Relations(
        kinds=kinds,
        customer_id=rows.customer[source][first],
        kind=rows.kind[source][first],
        asset_id=rows.asset[source][first],
        first_day=start[first],
        last_start=start[last],
        end=end,
        term=term,
        state=state,
        decided=np.where(lost, term, np.minimum(ends, term - 1)),
        renewed_ahead=~gone & _successor(group, rows, as_of_day, own[first], end, grace),
        lags=np.maximum(start[renewals] - reached[renewals], 0),
        lag_kind=rows.kind[source][renewals],
        spans=rows.span[source],
        span_kind=rows.kind[source],
    )


def _changes(*columns: Ints) -> NDArray[np.bool_]:
    """True where a row differs from the one before it, and in the first."""
    out = np.ones(len(columns[0]), bool)
    out[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return out


def _latest_before(group: Ints, day: Ints) -> Ints:
    """The latest `day` of the rows before each within its group (ordered); anything in a group's first row."""
    if not len(day):
        return day
    low = day.min()
    width = day.max() - low + 1
    running = np.maximum.accumulate(group * width + (day - low))
    before = np.empty_like(day)
    before[0], before[1:] = low, running[:-1] - group[1:] * width + low
    return before


def _successor(group: Ints, rows: _Rows, as_of_day: int, own: Ints, end: Ints, grace: int) -> NDArray[np.bool_]:
    """Which relations (of groups `own`, in order) have a contract that begins after the day and renews them."""
    out = np.zeros(len(own), bool)
    later = np.flatnonzero(rows.start > as_of_day)
    place = np.searchsorted(own, group[later], side="right") - 1  # the last relation of the group
    later, place = later[place >= 0], place[place >= 0]
    renews = (own[place] == group[later]) & (rows.start[later] <= end[place] + grace) & (rows.stop[later] > end[place])
    out[place[renews]] = True
    return out


def _assets(owner: Ints, asset: Ints) -> Ints:
    """The asset of each contract; one without (-1) takes the only asset its customer has contracts of this kind for."""
    hung = asset >= 0
    if not hung.any() or hung.all():
        return asset
    pairs = np.unique(np.stack([owner[hung], asset[hung]]), axis=1)
    owners, first, count = np.unique(pairs[0], return_index=True, return_counts=True)
    single, only = owners[count == 1], pairs[1][first[count == 1]]
    if not len(single):
        return asset
    place = np.minimum(np.searchsorted(single, owner), len(single) - 1)
    return np.where(~hung & (single[place] == owner), only[place], asset)
