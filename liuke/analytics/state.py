"""What events, contacts and contracts say of each customer as of a day, joined to the deal facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .days import NO_DAY, months_before
from .tables import Tables, numbers
from .thresholds import Thresholds

Column = NDArray[Any]
_LAST_DAY = {  # an event that stands until the next deal day: the day it was last recorded
    "told": "told_leaving", "died": "died", "moved": "moved_away", "closed": "closed_down",
    "absent": "long_absent", "points": "points_drained", "cancelled": "membership_cancelled", "used_up": "points_used_up",
}  # fmt: skip
_WITHIN_YEAR = {
    "tier": "tier_raised", "package": "package_bought", "attended": "event_attended",
    "referral": "referral_bought", "visits": "regular_visits",
}  # fmt: skip


def locate(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows of `wanted` that are in the ordered `ids`, their places there)."""
    if not len(ids) or not len(wanted):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at = np.searchsorted(ids, wanted)
    rows = np.flatnonzero(ids[np.minimum(at, len(ids) - 1)] == wanted)
    return rows, at[rows]


def codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """A string column as (number of its word per row, the words)."""
    encoded = pc.dictionary_encode(column)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    if isinstance(encoded, pa.ChunkedArray):  # an empty column keeps its chunks
        return np.empty(0, np.int64), []
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


def nullable(table: pa.Table, name: str, missing: int) -> NDArray[np.int64]:
    """A whole-number column with `missing` for null."""
    column = table[name].fill_null(missing)
    return np.asarray(column.to_numpy(), np.int64)


class Events:
    """Events up to a day, by kind, at the customers' places."""

    def __init__(self, ids: NDArray[np.int64], table: pa.Table, as_of_day: int) -> None:
        self.n = len(ids)
        rows, self._at = locate(ids, numbers(table, "customer_id"))
        day = numbers(table, "day")[rows]
        known = np.flatnonzero(day <= as_of_day)
        self._at, self._day = self._at[known], day[known].astype(np.int32)
        code, words = codes(table["kind"])
        self._code = code[rows][known]
        self._value = nullable(table, "value", -1)[rows][known]
        self._number = {word: i for i, word in enumerate(words)}

    def of(self, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """(place, day, value; -1 for none) of the events of a kind."""
        mine = np.flatnonzero(self._code == self._number.get(kind, -1))
        return self._at[mine], self._day[mine], self._value[mine]

    def last_day(self, kind: str, after: int = NO_DAY) -> NDArray[np.int32]:
        """Day of the last event of a kind later than `after`; NO_DAY where there is none."""
        at, day, _ = self.of(kind)
        out = np.full(self.n, NO_DAY, np.int32)
        keep = day > after
        np.maximum.at(out, at[keep], day[keep])
        return out

    def count(self, kind: str, after: int = NO_DAY) -> NDArray[np.int64]:
        """How many events of a kind later than `after`."""
        at, day, _ = self.of(kind)
        return np.bincount(at[day > after], minlength=self.n)

    def in_order(self, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """(place, day, value) of the events with a value, by place and day; of one day's the lowest comes last, so that
        the answer does not depend on the order of the rows."""
        at, day, value = self.of(kind)
        valued = value >= 0
        at, day, value = at[valued], day[valued], value[valued]
        order = np.lexsort((-value, day, at))
        return at[order], day[order], value[order]

    def last_value(self, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(value, day) of the last event of a kind that has a value; (-1, NO_DAY) where there is none."""
        at, day, value = self.in_order(kind)
        last = np.flatnonzero(np.append(at[1:] != at[:-1], True)) if len(at) else np.empty(0, np.int64)
        values, days = np.full(self.n, -1, np.int64), np.full(self.n, NO_DAY, np.int32)
        values[at[last]], days[at[last]] = value[last], day[last]
        return values, days


def state(ids: NDArray[np.int64], deals: dict[str, Column], tables: Tables, as_of_day: int, thresholds: Thresholds) -> dict[str, Column]:
    """Columns from events, contacts and contracts for the customers `ids` (ordered), given their deal facts.

    Days are NO_DAY where there is none. Source: grading and lifecycle of the insight page.
    """
    events = Events(ids, tables.events, as_of_day)
    year_ago, fan_since = months_before(as_of_day, 12), months_before(as_of_day, thresholds.fan_months)
    columns: dict[str, Column] = {name: events.last_day(kind) for name, kind in _LAST_DAY.items()}
    columns |= {name: events.last_day(kind, year_ago) for name, kind in _WITHIN_YEAR.items()}
    cancelled, used_up = columns.pop("cancelled"), columns.pop("used_up")
    both = (cancelled != NO_DAY) & (used_up != NO_DAY)
    columns["membership"] = np.where(both, np.maximum(cancelled, used_up), NO_DAY)
    columns["elsewhere"] = events.count("bought_elsewhere") > 0

    score, given = events.last_value("satisfaction")
    unhappy = (score >= 0) & (score <= thresholds.satisfaction_low) & (given >= as_of_day - thresholds.satisfaction_days)
    complaint = events.count("severe_complaint_opened") > events.count("severe_complaint_closed")
    columns["complaint"], columns["unhappy"] = complaint, unhappy
    columns["fan"] = events.count("referral_came", fan_since) >= thresholds.fan_referrals
    at, day, value = events.of("recommend")
    columns["fan"][at[(day > fan_since) & (value >= thresholds.fan_recommend)]] = True
    columns["need"] = _unmet_need(events, year_ago)
    columns["zombie"] = _zombie(ids, deals, tables.contacts, as_of_day, thresholds)
    columns["override"] = _override(ids, tables.overrides, as_of_day)
    return columns | _contracts(ids, tables.contracts, as_of_day, thresholds.contract_grace_days)


def _unmet_need(events: Events, year_ago: int) -> NDArray[np.bool_]:
    """A need recorded in the last 12 months and not met since. Needs are told apart by their value; of needs with the
    same value (or none) the oldest counts as met first."""
    at, day, value = events.of("need_recorded")
    met_at, _, met_value = events.of("need_met")
    out = np.zeros(events.n, bool)
    if not len(at):
        return out
    number = {int(v): i for i, v in enumerate(np.unique(np.concatenate([value, met_value])))}
    wide = len(number)
    key = at * wide + np.array([number[int(v)] for v in value], np.int64)
    met = met_at * wide + np.array([number[int(v)] for v in met_value], np.int64)
    keys, place = np.unique(np.concatenate([key, met]), return_inverse=True)
    recorded, done = np.bincount(place[: len(key)], minlength=len(keys)), np.bincount(place[len(key) :], minlength=len(keys))
    latest = np.full(len(keys), NO_DAY, np.int32)
    np.maximum.at(latest, place[: len(key)], day)
    open_keys = keys[(recorded > done) & (latest > year_ago)]
    out[open_keys // wide] = True
    return out


def _zombie(
    ids: NDArray[np.int64], deals: dict[str, Column], contacts: pa.Table, as_of_day: int, thresholds: Thresholds
) -> NDArray[np.bool_]:
    """Silent: no deal and no two-way contact for some months while on file that long; or never bought some days after opening."""
    since = months_before(as_of_day, thresholds.zombie_months)
    rows, at = locate(ids, numbers(contacts, "customer_id"))
    day, two_way = numbers(contacts, "day")[rows], numbers(contacts, "two_way")[rows]
    talked = np.zeros(len(ids), bool)
    talked[at[(day <= as_of_day) & (day > since) & two_way]] = True
    opened = deals["opened_day"]
    silent = (deals["last_row"] <= since) & ~talked & (opened <= since)
    never = (deals["deal_days"] == 0) & (opened <= as_of_day - thresholds.zombie_prospect_days)
    return np.asarray(silent | never, bool)


def _override(ids: NDArray[np.int64], overrides: pa.Table, as_of_day: int) -> NDArray[np.float64]:
    """The probability of leaving that a person gave and that is in force on the day; NaN where there is none."""
    out = np.full(len(ids), np.nan)
    rows, at = locate(ids, numbers(overrides, "customer_id"))
    in_force = (numbers(overrides, "from_day")[rows] <= as_of_day) & (numbers(overrides, "until_day")[rows] >= as_of_day)
    out[at[in_force]] = numbers(overrides, "share")[rows][in_force]
    return out


def _contracts(ids: NDArray[np.int64], table: pa.Table, as_of_day: int, grace: int) -> dict[str, Column]:
    """The contract that ended longest within the rule: more than `grace` days ago, none of its kind running, asset not gone.

    Of several the one that ended last is named. `contract_end` NO_DAY and `contract_kind` null where there is none.
    """
    n = len(ids)
    end, kind = np.full(n, NO_DAY, np.int32), np.full(n, -1, np.int64)
    rows, at = locate(ids, numbers(table, "customer_id"))
    code, words = codes(table["kind"])
    if len(rows):
        order = np.argsort(np.array(words))  # names in order, so that a tie between kinds is always settled alike
        rank = np.empty(len(words), np.int64)
        rank[order] = np.arange(len(words))
        words = [words[i] for i in order]
        lapsed_at, lapsed_kind, lapsed_end = _lapsed(table.take(pa.array(rows)), at, rank[code[rows]], len(words), as_of_day, grace)
        last = np.lexsort((-lapsed_kind, lapsed_end, lapsed_at))
        end[lapsed_at[last]], kind[lapsed_at[last]] = lapsed_end[last], lapsed_kind[last]
    names = pa.DictionaryArray.from_arrays(pa.array(np.maximum(kind, 0).astype(np.int32), mask=kind < 0), pa.array(words, pa.string()))
    return {"contract_end": end, "contract_kind": names.cast(pa.string())}


def _lapsed(
    table: pa.Table, at: NDArray[np.int64], kind: NDArray[np.int64], kinds: int, as_of_day: int, grace: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(place, kind, day of the end) of the contracts that ended more than `grace` days ago and have no successor."""
    never = np.iinfo(np.int32).max
    ended = nullable(table, "ended_day", never)
    gone = numbers(table, "asset_gone") & ((ended == never) | (ended <= as_of_day))
    until, started = numbers(table, "end_day").astype(np.int64), numbers(table, "start_day") <= as_of_day
    running = started & ~gone & (until >= as_of_day) & (ended > as_of_day)
    key = at * kinds + kind
    stopped = np.minimum(until, ended)
    lapsed = np.flatnonzero(started & ~gone & (stopped < as_of_day - grace) & ~np.isin(key, key[running]))
    return at[lapsed], kind[lapsed], stopped[lapsed]
