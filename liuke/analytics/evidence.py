"""What a condition can ask of one customer's events and contracts, for all customers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .days import NO_DAY
from .state import Events, codes, locate, nullable
from .tables import Tables, numbers

Floats = NDArray[np.float64]


class Context:
    """The customers a condition is evaluated for: `graded` (a table of `assign.assign`, or any with customer_id in order and
    more columns), further `columns` by name (NumPy, one entry a customer), and the events and contracts of `tables`."""

    def __init__(self, graded: pa.Table, tables: Tables, as_of_day: int, columns: Mapping[str, NDArray[Any]] | None = None) -> None:
        self.as_of_day = as_of_day
        self.ids = numbers(graded, "customer_id").astype(np.int64)
        if (np.diff(self.ids) <= 0).any():
            raise ValueError("customers must be in order of customer_id, each once")
        self._graded = graded
        self._columns: dict[str, NDArray[Any]] = dict(columns or {})
        if "opened_day" in graded.column_names:
            self._columns.setdefault("opened_days", as_of_day - numbers(graded, "opened_day").astype(np.float64))
        self._tables = tables
        self._events: Events | None = None
        self._cache: dict[tuple[object, ...], Floats] = {}
        self._words: dict[str, tuple[list[str], NDArray[np.int64]]] = {}
        self._last_days: dict[str, NDArray[np.int32]] = {}
        self.texts = frozenset(field.name for field in graded.schema if pa.types.is_string(field.type)) - self._columns.keys()
        self.shared: frozenset[str] = frozenset()
        self.remembered: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def names(self) -> frozenset[str]:
        """Names a condition may use here."""
        return frozenset(self._columns) | frozenset(self._graded.column_names)

    def column(self, name: str) -> NDArray[Any]:
        """A column: numbers and dates as doubles with NaN for null, flags as bool, texts as objects with None for null."""
        if name not in self._columns:
            self._columns[name] = plain(self._graded[name])
        return self._columns[name]

    def words(self, name: str) -> tuple[list[str], NDArray[np.int64]]:
        """A column of texts as its different words and, a customer, the number of the word; -1 for none."""
        if name not in self._words:
            encoded = pc.dictionary_encode(self._graded[name]).combine_chunks()
            if isinstance(encoded, pa.ChunkedArray):  # an empty column keeps its chunks
                encoded = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
            self._words[name] = encoded.dictionary.to_pylist(), encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
        return self._words[name]

    def last_day(self, kind: str) -> NDArray[np.int32]:
        """Day of the last event of a kind; NO_DAY where there is none."""
        if kind not in self._last_days:
            self._last_days[kind] = self.events.last_day(kind)
        return self._last_days[kind]

    @property
    def events(self) -> Events:
        """Events up to the day."""
        if self._events is None:
            self._events = Events(self.ids, self._tables.events, self.as_of_day)
        return self._events

    def contracts(self, kind: str, what: str) -> Floats:
        """Per customer, of contracts of a kind, each asset by itself: 'until' the last day of the one that runs longest or comes
        next (of several assets the soonest), 'ended' the day the last one ended of an asset that none runs for (of several the
        latest), 'remaining' the times left in the running ones; NaN where there is none."""
        if ("contracts", kind, what) not in self._cache:
            for name, values in self._contracts(kind).items():
                self._cache["contracts", kind, name] = values
        return self._cache["contracts", kind, what]

    @cached_property
    def _located(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[str]]:
        """(rows of the contracts of these customers, their places, the kind of every contract as a number, the kinds)."""
        return *locate(self.ids, numbers(self._tables.contracts, "customer_id")), *codes(self._tables.contracts["kind"])

    def _contracts(self, kind: str) -> dict[str, Floats]:
        table, day, n = self._tables.contracts, self.as_of_day, len(self)
        rows, at, code, words = self._located
        mine = np.flatnonzero(code[rows] == (words.index(kind) if kind in words else -1))
        rows, at = rows[mine], at[mine]
        never = np.iinfo(np.int32).max
        ended = nullable(table, "ended_day", never)[rows]
        gone = numbers(table, "asset_gone")[rows] & ((ended == never) | (ended <= day))
        start, end = numbers(table, "start_day")[rows].astype(np.int64), numbers(table, "end_day")[rows].astype(np.int64)
        going = ~gone & (end >= day) & (ended > day)  # also one that begins later: it is renewed
        past = ~gone & ~going & (start <= day)
        left = nullable(table, "remaining", -1)[rows]
        counted = going & (start <= day) & (left >= 0)
        remaining, has = np.zeros(n), np.zeros(n, bool)
        np.add.at(remaining, at[counted], left[counted])
        has[at[counted]] = True
        group, owner = _by_asset(n, at, nullable(table, "asset_id", -1)[rows], ~gone)
        stop = np.minimum(end, ended)
        until, last = _latest(len(owner), group[going], stop[going]), _latest(len(owner), group[past], stop[past])
        runs, over = np.flatnonzero(~np.isnan(until)), np.flatnonzero(np.isnan(until) & ~np.isnan(last))
        return {
            "until": -_latest(n, owner[runs], -until[runs]),
            "ended": _latest(n, owner[over], last[over]),
            "remaining": np.where(has, remaining, np.nan),
        }


def plain(column: pa.ChunkedArray) -> NDArray[Any]:
    """An Arrow column as `Context.column` gives it."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return np.asarray(column.fill_null(False).to_numpy(), bool)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
    return np.asarray(column.to_numpy(), object)


def _by_asset(
    n: int, at: NDArray[np.int64], asset: NDArray[np.int64], there: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(group of each contract, customer of each group): contracts of one customer and asset are one group, those without an asset
    (-1) another. Who has one asset only (among the rows still `there`) has one group: a renewal is often written down without it.
    """
    names, code = np.unique(asset, return_inverse=True)
    width = max(len(names), 1)
    hung = np.unique((at * width + code)[there & (asset >= 0)])
    assets, only = np.bincount(hung // width, minlength=n), np.zeros(n, np.int64)
    only[hung // width] = hung % width
    code = np.where((asset < 0) & (assets[at] == 1), only[at], code)
    groups, group = np.unique(at * width + code, return_inverse=True)
    return group, groups // width


def _latest(n: int, at: NDArray[np.int64], day: NDArray[Any]) -> Floats:
    out = np.full(n, -np.inf)
    np.maximum.at(out, at, day)
    return np.where(np.isinf(out), np.nan, out)


def _days_left(context: Context, kind: str) -> Floats:
    return context.contracts(kind, "until") - context.as_of_day


def _days_expired(context: Context, kind: str) -> Floats:
    return context.as_of_day - context.contracts(kind, "ended")


def _remaining(context: Context, kind: str) -> Floats:
    return context.contracts(kind, "remaining")


def _days_since(context: Context, kind: str) -> Floats:
    last = context.last_day(kind)
    return np.where(last == NO_DAY, np.nan, context.as_of_day - last.astype(np.float64))


def _count(context: Context, kind: str, days: int | None = None) -> Floats:
    return context.events.count(kind, NO_DAY if days is None else context.as_of_day - days - 1).astype(np.float64)


def _last_value(context: Context, kind: str, days: int | None = None) -> Floats:
    value, day = context.events.last_value(kind)
    missing = (value < 0) | ((day < context.as_of_day - days) if days is not None else False)
    return np.where(missing, np.nan, value.astype(np.float64))


def _previous_value(context: Context, kind: str) -> Floats:
    at, _, value = context.events.in_order(kind)
    out = np.full(len(context), np.nan)
    if len(at) > 1:
        last = np.append(at[1:] != at[:-1], True)
        second = np.flatnonzero(last[1:] & (at[1:] == at[:-1]))
        out[at[second]] = value[second]
    return out


def _known(context: Context, value: object) -> Floats:
    raise TypeError("known is evaluated where its argument is")


@dataclass(frozen=True)
class Function:
    """`takes`: type of each argument (None: any expression), `least` of which must be given."""

    compute: Callable[..., Floats]
    takes: tuple[type | None, ...]
    least: int
    signature: str


FUNCTIONS: dict[str, Function] = {
    "days_left": Function(_days_left, (str,), 1, "('kind of contract')"),
    "days_expired": Function(_days_expired, (str,), 1, "('kind of contract')"),
    "remaining": Function(_remaining, (str,), 1, "('kind of contract')"),
    "days_since": Function(_days_since, (str,), 1, "('kind of event')"),
    "count": Function(_count, (str, int), 1, "('kind of event'[, days])"),
    "last_value": Function(_last_value, (str, int), 1, "('kind of event'[, days])"),
    "previous_value": Function(_previous_value, (str,), 1, "('kind of event')"),
    "known": Function(_known, (None,), 1, "(value)"),
}
"""days_left: days to the end of the contract that runs longest or is already renewed; of several assets, the soonest.
days_expired: days since the last one ended of an asset that none runs for. remaining: times left. days_since: days since the
last event. count: events in the last days. last_value, previous_value: of events with a value;
of one day's the lowest counts as the last."""
