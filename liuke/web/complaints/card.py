"""The complaints of one customer, as the card shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from liuke.complaints.queries import for_card
from liuke.custody.queries import as_told, details
from liuke.customers.models import Customer
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.complaints.board import Row, rows_of


@dataclass(frozen=True)
class OnCard:
    rows: list[Row]
    open: int
    told: Callable[[str], str]


def on_card(user: User, card: Customer) -> OnCard | None:
    """None for who does not read complaints. Two queries, and those of the reader's right to see numbers."""
    if not may(user, "complaint.read"):
        return None
    rows = rows_of(for_card(user, card.pk))
    return OnCard(rows, sum(one.row.is_open for one in rows), as_told(details(user, card).clear))
