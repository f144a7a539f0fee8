"""Runs the oracle on SQLite and DuckDB and compares its rows with ours."""

from __future__ import annotations

import sqlite3

import duckdb
import numpy as np
import pyarrow as pa

from liuke.analytics.days import months_before_all
from liuke.analytics.tables import Tables, numbers
from liuke.analytics.thresholds import Thresholds
from tests.analytics.oracle import query

NAMES = ("deals", "customers", "events", "contacts", "contracts")


def calendar(deals: pa.Table) -> pa.Table:
    days = np.unique(numbers(deals, "day")).astype(np.int32)
    return pa.table({"day": days, "back12": months_before_all(days, 12)})


def by_duckdb(tables: Tables, as_of: int, thresholds: Thresholds, *, native_median: bool = False) -> list[dict[str, object]]:
    with duckdb.connect() as db:
        db.execute("SET threads TO 1")
        for name in NAMES:
            db.register(name, getattr(tables, name))
        db.register("cal", calendar(tables.deals))
        result = db.sql(query(as_of, thresholds, div="//", native_median=native_median)).to_arrow_table()
        return [dict(row) for row in result.to_pylist()]


def by_sqlite(tables: Tables, as_of: int, thresholds: Thresholds) -> list[dict[str, object]]:
    db = sqlite3.connect(":memory:")
    try:
        for name in (*NAMES, "cal"):
            table = calendar(tables.deals) if name == "cal" else getattr(tables, name)
            db.execute(f"CREATE TABLE {name} ({', '.join(table.column_names)})")
            db.executemany(
                f"INSERT INTO {name} VALUES ({', '.join('?' * table.num_columns)})",
                zip(*(c.to_pylist() for c in table.columns), strict=True),
            )
        cursor = db.execute(query(as_of, thresholds, div="/"))
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
    finally:
        db.close()


UNASKED = {"next_day", "alive_share", "expected_deals"}
"""Columns that the oracle has no rule for: what a model says, and the day on which to look again (tests of daily)."""


def same(ours: pa.Table, theirs: list[dict[str, object]]) -> None:
    """Every column of every row: whole numbers and words equal, displayed ratios to the last digits of a double."""
    assert ours.num_rows == len(theirs)
    assert not theirs or set(theirs[0]) == set(ours.column_names) - UNASKED
    for name in sorted(set(ours.column_names) - UNASKED):
        for number, mine, other in zip(ours["customer_id"].to_pylist(), ours[name].to_pylist(), [row[name] for row in theirs], strict=True):
            if isinstance(mine, float) and isinstance(other, float):
                assert abs(mine - other) <= 1e-12 * max(1.0, abs(other)), (number, name, mine, other)
            else:
                assert mine == other, (number, name, mine, other)
