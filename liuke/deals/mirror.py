"""The columnar mirror follows the deals: months that changed are written again, months that did not are left alone.

Every action that touches a deal calls `touch_months` in its own transaction, which draws the month a new random mark; `sync` writes the
months whose files carry another mark than the database. So nothing is lost in a crash, and a backup put back, a second machine or another
database beside the same folder are all noticed: what the files say is never believed for what the database holds.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection

from liuke.analytics import mirror
from liuke.analytics.tables import DEALS
from liuke.deals.models import MirrorMonth
from liuke.kernel.clock import months_before


def touch_months(days: Iterable[date]) -> None:
    """Mark the months of these deal dates as changed (a handful of statements whatever the number of deals)."""
    mark = secrets.randbelow(mirror.MARKS)
    rows = [MirrorMonth(month=month, changed=mark) for month in sorted({f"{day:%Y-%m}" for day in days})]
    MirrorMonth.objects.bulk_create(rows, update_conflicts=True, unique_fields=["month"], update_fields=["changed"], batch_size=400)


def sync() -> int:
    """Bring the mirror's folder to what the database holds. How many months were written or taken away."""
    wanted, stale = behind()
    for month in wanted:
        # The mark is read before the deals: a change in between leaves them apart, and the next time writes the month again.
        mirror.write_month(settings.MIRROR, month, wanted[month], _month(month))
    for month in stale:
        mirror.drop_month(settings.MIRROR, month)
    return len(wanted) + len(stale)


def behind() -> tuple[dict[str, int], list[str]]:
    """(months to be written with their marks, months in the folder that the database does not know)."""
    marks = dict(MirrorMonth.objects.values_list("month", "changed"))
    live = mirror.live(settings.MIRROR)
    wanted = {month: mark for month, mark in marks.items() if month not in live or live[month].mark != mark}
    return wanted, [month for month in live if month not in marks]


def day_number(column: str) -> str:
    """SQL for days since 1970-01-01 of a date column, on this database."""
    if connection.vendor == "sqlite":
        return f"CAST(julianday({column}) - 2440587.5 AS INTEGER)"
    return f"({column} - DATE '1970-01-01')"


def deals_table(where: str, parameters: Sequence[int | str]) -> pa.Table:
    """Deals that fulfil a condition of ours (never text from outside), as `analytics.tables.DEALS`."""
    sql = f"SELECT customer_id, {day_number(chr(34) + 'on' + chr(34))}, amount_cents, came FROM deals_deal WHERE {where}"  # noqa: S608
    return fetch(sql, parameters, DEALS)


def among(customers: Sequence[int]) -> tuple[str, list[Any]]:
    """A condition on customer_id with one parameter, however many they are; and the parameter."""
    if connection.vendor == "postgresql":
        return "customer_id = ANY(%s)", [list(customers)]
    return "customer_id IN (SELECT value FROM json_each(%s))", [json.dumps(list(customers))]


def fetch(sql: str, parameters: Sequence[int | str], schema: pa.Schema, size: int = 50_000) -> pa.Table:
    """The rows of a query as an Arrow table of `schema`, columns in order, read in pieces of `size` rows."""
    batches = []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(size):
            arrays = []
            for values, field in zip(zip(*rows, strict=True), schema, strict=True):
                plain = [None if value is None else bool(value) for value in values] if pa.types.is_boolean(field.type) else list(values)
                arrays.append(pa.array(plain, field.type))
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema)


def _month(month: str) -> pa.Table:
    first = date.fromisoformat(f"{month}-01")
    return deals_table('"on" >= %s AND "on" < %s', [first.isoformat(), months_before(first, -1).isoformat()])
