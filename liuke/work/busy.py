"""Customers to whom nothing is sold for now, because something of theirs comes first: a complaint, a low answer that is
followed up.

A room above this one says which (in its AppConfig.ready); the plan asks, with one query for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

Rows = Callable[[], "QuerySet[Any]"]

_ROWS: list[Rows] = []


def register(rows: Rows) -> None:
    """Rows with a `customer_id` that keep this customer from being sold to. Once; again changes nothing."""
    if rows not in _ROWS:
        _ROWS.append(rows)


def busy(where: Q) -> set[int]:
    """Those of some customers (`where`: condition on customer_id) to whom nothing is sold for now."""
    found = [rows().filter(where).order_by().values_list("customer_id", flat=True) for rows in _ROWS]
    return set(found[0].union(*found[1:])) if found else set()
