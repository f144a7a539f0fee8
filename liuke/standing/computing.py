"""From the mirror to everybody's standing as of a day, the shown stage included. Writes no rows; `daily` keeps its own files.

A run goes on from the snapshot of the last one where it can, and begins anew where it must; looking at a day keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from numpy.typing import NDArray

from liuke.analytics import daily, snapshot
from liuke.analytics.assign import assign
from liuke.analytics.changed import of_the_day
from liuke.analytics.churn.predict import Churn
from liuke.analytics.days import date_of, day_number
from liuke.analytics.facts import facts
from liuke.analytics.grade import grade_mirror
from liuke.analytics.stages import Stages, told_since, with_stage
from liuke.analytics.summary import Cuts
from liuke.analytics.tables import Tables, numbers
from liuke.analytics.thresholds import Thresholds
from liuke.customers.models import Customer
from liuke.deals.mirror import sync
from liuke.packs.schema import Pack
from liuke.standing.fitting import settings_of
from liuke.standing.models import ChurnFit, Run
from liuke.standing.queries import standings
from liuke.standing.reading import tables
from liuke.team.models import User

Ints = NDArray[np.int64]
BATCH = 5000
MUCH = 0.05
"""Share of the customers with new facts from which on beginning anew is no slower."""


def folder() -> Path:
    """Where the files of runs lie."""
    return Path(settings.DATA) / "insight"


@dataclass(frozen=True)
class Change:
    """The shown stage of one customer changed on a day."""

    customer_id: int
    on: date
    old: str
    new: str
    cause: str


@dataclass(frozen=True)
class Computed:
    """`rows`: one row a customer, columns of `analytics.assign.assign` plus stage, stage_since, rule_since (day numbers)."""

    as_of: date
    rows: pa.Table
    cuts: Cuts
    others: Tables
    changes: tuple[Change, ...]
    dirty: None = None
    snapshot = ""

    @property
    def customers(self) -> int:
        return int(self.rows.num_rows)

    def parts(self) -> list[Callable[[], tuple[pa.Table, Tables]]]:
        """Each gives some rows, and what is known of these customers."""
        return [lambda: (self.rows, self.others)]

    def rows_of(self, ids: Ints) -> pa.Table:
        """The rows of these customers (rising ids)."""
        return snapshot.only(self.rows, ids)


@dataclass(frozen=True)
class News:
    """A snapshot to go on from, and all that is `known` now of the customers (rising `ids`) with new facts since."""

    since: snapshot.Snapshot
    ids: Ints
    known: Tables


@dataclass(frozen=True)
class Day:
    """The same of a run with files of its own, `kept`, that the next one goes on from. `dirty`: the customers whose rows are other than
    the last run's (None: everybody, or there was none to go on from)."""

    as_of: date
    kept: snapshot.Snapshot
    thresholds: Thresholds
    changes: tuple[Change, ...]
    dirty: Ints | None
    news: News | None = None
    """What it went on from; None where it began anew."""

    @property
    def snapshot(self) -> str:
        return self.kept.name

    @property
    def cuts(self) -> Cuts:
        return self.kept.cuts

    @property
    def customers(self) -> int:
        return sum(shard.rows.num_rows for shard in self.kept.shards())

    def parts(self) -> list[Callable[[], tuple[pa.Table, Tables]]]:
        """One a shard, read when it is called."""

        def part(number: int) -> tuple[pa.Table, Tables]:
            shard = self.kept.shard(number)
            return of_the_day(shard.rows, shard.facts, self.cuts, self.thresholds), shard.tables

        return [partial(part, number) for number in range(len(self.kept.bounds))]

    def rows_of(self, ids: Ints) -> pa.Table:
        return self.kept.rows_of(ids)


Grade = Callable[[Tables, int], tuple[pa.Table, Cuts]]
"""Everybody's rows as of a day, from the mirror and the other tables, and the cuts."""


def look(as_of: date, thresholds: Thresholds, churn: Churn | None, previous: Run | None, grade: Grade | None = None) -> Computed:
    """Everybody's standing as of a day, all in memory, following `previous` (the newest run before it, or None); nothing is kept.

    `grade`: the engine that computes it; this process where none is given.
    Days without a run since then are gone through too, the last `stage_days` of them, for the shown stage follows the rule's answer of
    each day. Of a longer gap nothing is supposed: the days running are counted from the first day gone through.
    """

    def here(others: Tables, day: int) -> tuple[pa.Table, Cuts]:
        return grade_mirror(settings.MIRROR, others, day, thresholds, churn=churn)

    sync()
    others = tables()
    days = _days(as_of, previous, thresholds.stage_days)
    stages, since = _before(previous, days)
    changes: list[Change] = []
    for day in days:
        rows, cuts = (grade or here)(others, day_number(day))
        told = told_since(others.events, since, day_number(day))
        rows, changed = with_stage(rows, stages, day_number(day), told, thresholds)
        stages, since = Stages.of_rows(rows), day_number(day)
        changes += _changes(changed)
    return Computed(as_of, rows, cuts, others, tuple(changes))


def compute(as_of: date, pack: Pack, fit: ChurnFit | None, churn: Churn | None, previous: Run | None, changed: Ints | None) -> Day:
    """A run's files, following `previous`: onward from its snapshot, `changed` (rising ids) being all customers with new facts since;
    from the start when `changed` is None, or nothing (or too little) can be gone on from. Both give the same rows."""
    rules = daily.Rules(pack.thresholds, churn, settings_of(pack, fit))
    days = _days(as_of, previous, pack.thresholds.stage_days)
    notes: dict[str, Any] = {"inactive": _inactive(), "customers": Customer.objects.count()}
    news = _news(previous, days, rules, changed, notes["customers"]) if changed is not None else None
    dirty: Ints | None = None
    if news is None:
        sync()
        stages, since = _before(previous, days)
        run = daily.whole(folder(), token_hex(8), settings.MIRROR, tables(), day_number(days[0]), rules, stages, since, notes)
    else:
        stages = _stages_of(previous, news.ids.tolist())
        run = daily.onward(news.since, token_hex(8), day_number(days[0]), news.ids, news.known, rules, stages, notes)
        dirty = None if run.dirty is None else np.union1d(run.dirty, news.ids)
    changes = _changes(run.changes)
    for day in days[1:]:
        run = daily.onward(run.snapshot, token_hex(8), day_number(day), np.empty(0, np.int64), _NOTHING, rules, Stages.none(), notes)
        changes += _changes(run.changes)
        dirty = None if dirty is None or run.dirty is None else np.union1d(dirty, run.dirty)
    return Day(as_of, run.snapshot, pack.thresholds, tuple(changes), dirty, news)


def compute_some(
    customers: list[int], as_of: date, cuts: Cuts, thresholds: Thresholds, churn: Churn | None, previous: Run | None
) -> Computed:
    """The standing of a few customers against stored cuts; deals are read from the rows, not from the mirror."""
    some = tables(customers)
    rows = assign(facts(some, day_number(as_of), thresholds), cuts, thresholds, churn)
    since = day_number(previous.as_of) if previous else day_number(as_of) - 1
    told = told_since(some.events, since, day_number(as_of))
    rows, changed = with_stage(rows, _stages_of(previous, customers), day_number(as_of), told, thresholds)
    return Computed(as_of, rows, cuts, some, tuple(_changes(changed)))


def _days(as_of: date, previous: Run | None, stage_days: int) -> list[date]:
    last = day_number(as_of)
    first = last if previous is None else max(day_number(previous.as_of) + 1, last - stage_days + 1)
    return [date_of(day) for day in range(min(first, last), last + 1)]


def _news(previous: Run | None, days: list[date], rules: daily.Rules, changed: Ints, customers: int) -> News | None:
    """What the first of the days can go on from: the snapshot of the run the day before, under the same numbers of the pack, and what is
    known since. None where there is none, where it lacks somebody, or where most of the work is to be done anyway."""
    if previous is None or not previous.snapshot or days[0] != previous.as_of + timedelta(days=1):
        return None
    since = snapshot.opened(folder(), previous.snapshot)
    if since is None or since.as_of_day != day_number(previous.as_of) or since.settings.split("|")[0] != rules.settings.split("|")[0]:
        return None
    ids = _with_left(changed, since)
    if len(ids) > MUCH * customers + 1000:
        return None
    known = tables(ids.tolist())
    if not _all_there(since, ids, known, customers):
        ids = np.union1d(ids, _gone(since))
        if len(ids) > MUCH * customers + 1000 or not _all_there(since, ids, known, customers):
            return None
    return News(since, ids, known)


def _with_left(changed: Ints, last: snapshot.Snapshot) -> Ints:
    """The customers with new facts, and those of everybody who left or came back among the staff since: it shows on their cards."""
    moved = set(_inactive()) ^ set(last.notes["inactive"])
    if not moved:
        return changed
    theirs = list(Customer.objects.filter(owner__in=moved).values_list("pk", flat=True))
    return np.union1d(changed, np.array(theirs, np.int64))


def _all_there(last: snapshot.Snapshot, some: Ints, known: Tables, customers: int) -> bool:
    """Whether the cards of the snapshot with those known now are all there are: a card taken away leaves no mark."""
    kept = sum(shard.tables.customers.num_rows - len(snapshot.only(shard.tables.customers, some)) for shard in last.shards())
    return bool(kept + known.customers.num_rows == customers)


def _gone(last: snapshot.Snapshot) -> Ints:
    """Cards of the snapshot that are no more (merged with another, taken back with a load): they leave no mark, so all are asked for."""
    there = np.fromiter(Customer.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=50_000), np.int64)
    return np.concatenate([np.setdiff1d(numbers(shard.tables.customers, "customer_id"), there) for shard in last.shards()])


def _inactive() -> list[int]:
    return sorted(User.objects.filter(is_active=False).values_list("pk", flat=True))


def _before(previous: Run | None, days: list[date]) -> tuple[Stages, int]:
    """(stages of everybody in the run before, its day); after a gap of more days than are gone through, without the rule's answers."""
    if previous is None:
        return Stages.none(), day_number(days[0]) - 1
    stages = _stages_of(previous)
    if days[0] > previous.as_of + timedelta(days=1):
        stages.rule[:] = ""
    return stages, day_number(previous.as_of)


def _stages_of(run: Run | None, customers: Sequence[int] | None = None) -> Stages:
    names = ("customer_id", "stage", "stage_by_rule", "stage_since", "rule_since", "deal_days")
    query = standings(run).order_by("customer_id")
    if customers is None:
        rows = list(query.values_list(*names))
    else:
        parts = (query.filter(customer_id__in=customers[at : at + BATCH]).values_list(*names) for at in range(0, len(customers), BATCH))
        rows = sorted(row for part in parts for row in part)
    if not rows:
        return Stages.none()
    columns = list(zip(*rows, strict=True))
    since, rule_since = (np.array([day_number(day) for day in columns[i]], np.int32) for i in (3, 4))
    ids, deal_days = np.array(columns[0], np.int64), np.array(columns[5], np.int64)
    return Stages(ids, np.array(columns[1], str), np.array(columns[2], str), since, rule_since, deal_days)


def _changes(table: pa.Table) -> list[Change]:
    return [Change(row["customer_id"], date_of(row["day"]), row["old"], row["new"], row["cause"]) for row in table.to_pylist()]


_NOTHING = Tables(pa.table({"customer_id": [], "day": [], "cents": [], "came": []}))
