"""The columnar mirror follows the deals: months that changed are written again, months that did not are left alone.

Every action that touches a deal calls `touch_months` in its own transaction; `sync` catches up later. A crash in between leaves a month
marked as changed, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pyarrow as pa
from django.conf import settings
from django.db import connection
from django.db.models import F

from liuke.analytics import mirror
from liuke.analytics.tables import DEALS
from liuke.deals.models import MirrorMonth
from liuke.kernel.clock import months_before


def touch_months(days: Iterable[date]) -> None:
    """Mark the months of these deal dates as changed (a handful of statements whatever the number of deals)."""
    months = sorted({f"{day:%Y-%m}" for day in days})
    MirrorMonth.objects.bulk_create([MirrorMonth(month=month, changed=0) for month in months], ignore_conflicts=True)
    for start in range(0, len(months), 500):
        MirrorMonth.objects.filter(month__in=months[start : start + 500]).update(changed=F("changed") + 1)


def sync() -> int:
    """Write the changed months to the mirror's folder. How many were written."""
    behind = list(MirrorMonth.objects.filter(changed__gt=F("mirrored")))
    for row in behind:
        mirror.write_month(settings.MIRROR, row.month, row.changed, _month(row.month))
        MirrorMonth.objects.filter(month=row.month, mirrored__lt=row.changed).update(mirrored=row.changed)
    return len(behind)


def day_number(column: str) -> str:
    """SQL for days since 1970-01-01 of a date column, on this database."""
    if connection.vendor == "sqlite":
        return f"CAST(julianday({column}) - 2440587.5 AS INTEGER)"
    return f"({column} - DATE '1970-01-01')"


def deals_table(where: str, parameters: Sequence[int | str]) -> pa.Table:
    """Deals that fulfil a condition of ours (never text from outside), as `analytics.tables.DEALS`."""
    sql = f"SELECT customer_id, {day_number(chr(34) + 'on' + chr(34))}, amount_cents, came FROM deals_deal WHERE {where}"  # noqa: S608
    return fetch(sql, parameters, DEALS)


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
