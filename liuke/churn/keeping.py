"""The books are reckoned from deals and the stage rules, for every day anew; what comes out otherwise of the past is written down.

Nobody edits them: an old deal that is imported late, an event taken back, another number in the pack, and the next reckoning says so.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils import timezone

from liuke.analytics import mirror
from liuke.analytics.days import date_of, day_number
from liuke.analytics.stages import WORD_KINDS
from liuke.analytics.stays import stays
from liuke.analytics.tables import EVENTS
from liuke.audit.actions import record
from liuke.churn.models import BookChange, BooksRun, LossReason, Stay, WinBack
from liuke.deals.mirror import day_number as day_sql
from liuke.deals.mirror import fetch, sync
from liuke.deals.models import MirrorMonth
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.packs import Pack
from liuke.standing import bulk
from liuke.standing.models import FOREVER
from liuke.team.models import Company
from liuke.team.queries import pack as pack_in_use

FOR_EVER = day_number(FOREVER)
KEPT_RUNS = 60
"""Reckonings whose changes are kept."""
ROWS = pa.schema(
    [
        ("customer_id", pa.int64()), ("began", pa.int32()), ("returned", pa.bool_()), ("ended", pa.int32()), ("last", pa.int32()),
        ("cause", pa.string()), ("cents", pa.int64()),
    ]
)  # fmt: skip
"""A stay as it is compared: days as numbers, `ended` FOR_EVER while he is here."""


def newest() -> BooksRun | None:
    """The last reckoning; None before the first."""
    return BooksRun.objects.order_by("-pk").first()


def keep(today: date | None = None) -> BooksRun:
    """Bring the books to what is known now, up to today. Nothing is written where nothing is otherwise since the last time.

    What is read is read before the books are locked; whoever comes second looks again.
    """
    day, pack = today or clock.today(settings.TIME_ZONE), pack_in_use()
    while True:
        before, state = newest(), state_of(day, pack)
        if before is not None and before.state == state:
            return before
        sync()
        fresh = _computed(day, pack)
        with transaction.atomic():
            _hold()
            if newest() == before:
                return _write(fresh, before, day, state)


def state_of(day: date, pack: Pack) -> str:
    """What the books of a day rest on, in short: months of deals, events, numbers of the pack."""
    with connection.cursor() as cursor:
        on = day_sql('"on"')
        marks = ", ".join(["%s"] * len(WORD_KINDS))
        cursor.execute(
            f"SELECT kind, COUNT(*), SUM(customer_id), SUM({on}), SUM(customer_id * {on}) FROM customers_event "  # noqa: S608 - our own columns
            f"WHERE kind IN ({marks}) GROUP BY kind ORDER BY kind",
            WORD_KINDS,
        )
        events = [[str(value) for value in row] for row in cursor.fetchall()]
    months = sorted(MirrorMonth.objects.values_list("month", "changed"))
    told = json.dumps([day.isoformat(), months, events, repr(pack.thresholds)], default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def _computed(day: date, pack: Pack) -> pa.Table:
    on = day_sql('"on"')
    marks = ", ".join(["%s"] * len(WORD_KINDS))
    events = fetch(f"SELECT customer_id, {on}, kind, value FROM customers_event WHERE kind IN ({marks})", WORD_KINDS, EVENTS)  # noqa: S608
    found = stays(mirror.read(settings.MIRROR, day_number(day)), events, pack.thresholds, day_number(day))
    columns = (
        found["customer_id"], found["began_day"], found["returned"], found["ended_day"].fill_null(FOR_EVER), found["last_day"],
        found["cause"], found["cents"],
    )  # fmt: skip
    return pa.table(dict(zip(ROWS.names, columns, strict=True))).cast(ROWS)


_read: list[tuple[tuple[object, ...], pa.Table]] = []


def shown() -> pa.Table:
    """`stored`, as this process last read it where nothing was written since: a reckoning writes, a merge or an erased card takes rows."""
    run = newest()
    if run is None:
        return ROWS.empty_table()
    rows = Stay.objects.aggregate(n=Count("pk"), last=Max("pk"))
    mark = (run.pk, run.state, rows["n"], rows["last"])
    if not _read or _read[0][0] != mark:
        _read[:] = [(mark, stored())]
    return _read[0][1]


def stored() -> pa.Table:
    """The stays as they are written, columns as ROWS."""
    days = {name: day_sql(f'"{name}_on"') for name in ("began", "ended", "last")}
    sql = f"SELECT customer_id, {days['began']}, returned, {days['ended']}, {days['last']}, cause, value_cents FROM churn_stay"  # noqa: S608
    return fetch(sql, [], ROWS)


def _hold() -> None:
    """One reckoning at a time, to the end of the transaction. SQLite has one writer at a time anyway."""
    list(Company.objects.select_for_update(no_key=True).order_by("pk")[:1])


def _write(fresh: pa.Table, before: BooksRun | None, day: date, state: str) -> BooksRun:
    old = stored()
    counted = pa.concat_tables([old, fresh]).group_by(ROWS.names).aggregate([([], "count_all")])
    differ = counted.filter(pc.equal(counted["count_all"], 1))
    ids = np.unique(differ["customer_id"].to_numpy())
    was, now = _only(old, ids), _only(fresh, ids)
    for some in batches(ids.tolist()):
        Stay.objects.filter(customer__in=some).delete()
    bulk.insert(Stay._meta.db_table, _as_rows(now))
    run = BooksRun.objects.create(until=day, state=state, stays=fresh.num_rows)
    if before is not None:
        run.changed = _write_changes(run, was, now, day_number(before.until))
        run.save(update_fields=["changed"])
        if run.changed:
            record(None, "churn.books", run, until=day.isoformat(), changed=run.changed)
    gone = list(BooksRun.objects.order_by("-pk").values_list("pk", flat=True)[KEPT_RUNS : KEPT_RUNS + 1])
    if gone:
        BooksRun.objects.filter(pk__lte=gone[0]).delete()
    if len(ids) > 1000:
        bulk.look_over(Stay._meta.db_table)
    return run


def _only(table: pa.Table, ids: Any) -> pa.Table:
    return table.filter(pc.is_in(table["customer_id"], pa.array(ids, pa.int64())))


def _as_rows(table: pa.Table) -> pa.Table:
    """As the columns of churn_stay."""

    def days(name: str) -> Any:
        return table[name].cast(pa.date32())

    return pa.table(
        {
            "customer_id": table["customer_id"], "began_on": days("began"), "returned": table["returned"], "ended_on": days("ended"),
            "last_on": days("last"), "cause": table["cause"], "value_cents": table["cents"],
        }
    ).combine_chunks()  # fmt: skip


# ── what is otherwise than it was ────────────────────────────────────────────


def _moves(table: pa.Table) -> dict[int, list[tuple[int, str]]]:
    """By customer: (day, "new" | "returned" | "lost"), in order."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in table.to_pylist():
        found[row["customer_id"]].append((row["began"], "returned" if row["returned"] else "new"))
        if row["ended"] != FOR_EVER:
            found[row["customer_id"]].append((row["ended"], "lost"))
    return {customer: sorted(moves) for customer, moves in found.items()}


def _write_changes(run: BooksRun, old: pa.Table, new: pa.Table, until: int) -> int:
    """Write down whose past (up to `until`) is another than it was, and let what people wrote of a loss follow it. How many."""
    was, now = _moves(old), _moves(new)
    written = {*LossReason.objects.values_list("customer_id", flat=True), *WinBack.objects.values_list("customer_id", flat=True)}
    rows = []
    for customer in sorted({*was, *now}):
        then = [move for move in was.get(customer, []) if move[0] <= until]
        today = [move for move in now.get(customer, []) if move[0] <= until]
        if then != today:
            rows.append(BookChange(run=run, customer_id=customer, was=_told(then), now=_told(today)))
            if customer in written:
                _follow(customer, _losses(was.get(customer, [])), _losses(now.get(customer, [])))
    BookChange.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _told(moves: list[tuple[int, str]]) -> list[list[str]]:
    return [[what, date_of(day).isoformat()] for day, what in moves]


def _losses(moves: list[tuple[int, str]]) -> list[int]:
    return [day for day, what in moves if what == "lost"]


def _follow(customer: int, was: list[int], now: list[int]) -> None:
    """Reasons and cases of a loss whose day is another now: to the nearest new day, each of which takes one."""
    free = [day for day in now if day not in was]
    for day in (day for day in was if day not in now):
        if not free:
            return
        to = min(free, key=lambda each: abs(each - day))
        free.remove(to)
        reasons = LossReason.objects.filter(customer=customer)
        if reasons.filter(lost_on=date_of(to), withdrawn_at=None).exists():  # of two that become one loss, what was said of it there stands
            reasons.filter(lost_on=date_of(day), withdrawn_at=None).update(withdrawn_at=timezone.now())
        reasons.filter(lost_on=date_of(day)).update(lost_on=date_of(to))
        WinBack.objects.filter(customer=customer, lost_on=date_of(day)).update(lost_on=date_of(to))
