"""Short ways to write a base in a test: days are dates or day numbers, amounts are yuan."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from liuke.analytics.days import day_number
from liuke.analytics.grade import grade
from liuke.analytics.tables import CONTACTS, CONTRACTS, CUSTOMERS, DEALS, EVENTS, Tables
from liuke.analytics.thresholds import Thresholds

AS_OF = date(2025, 6, 30)
TODAY = day_number(AS_OF)


def number(day: date | int) -> int:
    return day_number(day) if isinstance(day, date) else day


def rows(schema: pa.Schema, *values: tuple[Any, ...]) -> pa.Table:
    return pa.table([pa.array([row[i] for row in values], field.type) for i, field in enumerate(schema)], schema=schema)


def deals(*values: tuple[int, date | int, float]) -> pa.Table:
    """(customer, day, yuan): below zero a refund, zero a service visit."""
    return rows(DEALS, *[(who, number(day), round(yuan * 100), yuan >= 0) for who, day, yuan in values])


def cards(*values: tuple[int, date | int] | tuple[int, date | int, bool]) -> pa.Table:
    """(customer, opened[, key account])."""
    return rows(CUSTOMERS, *[(row[0], number(row[1]), len(row) > 2 and row[2], False) for row in values])


def events(*values: tuple[int, date | int, str] | tuple[int, date | int, str, int]) -> pa.Table:
    """(customer, day, kind[, value])."""
    return rows(EVENTS, *[(row[0], number(row[1]), row[2], row[3] if len(row) > 3 else None) for row in values])


def contacts(*values: tuple[int, date | int, bool]) -> pa.Table:
    return rows(CONTACTS, *[(who, number(day), two_way) for who, day, two_way in values])


def contracts(*values: dict[str, Any]) -> pa.Table:
    blank = {"customer_id": 1, "kind": "insurance", "start_day": 0, "end_day": 0, "asset_gone": False}
    return rows(CONTRACTS, *[tuple((blank | row).get(name) for name in CONTRACTS.names) for row in values])


def graded(tables: Tables, as_of: int = TODAY, thresholds: Thresholds | None = None) -> dict[int, dict[str, Any]]:
    """Rows of the graded base by customer."""
    table, _ = grade(tables, as_of, thresholds or Thresholds())
    return {row["customer_id"]: row for row in table.to_pylist()}


def regular(who: int, gap: int, times: int, last: int, yuan: float = 100) -> list[tuple[int, int, float]]:
    """`times` deals every `gap` days, the last on day `last`."""
    return [(who, last - gap * back, yuan) for back in range(times)]
