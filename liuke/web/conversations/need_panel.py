"""The needs of one customer as the card, the day's list and their own page show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from liuke.conversations import queries
from liuke.conversations.labels import NeedKind, NeedState
from liuke.conversations.models import Conversation, Need
from liuke.custody.queries import as_told, details
from liuke.customers.models import Customer
from liuke.team.models import User
from liuke.team.permissions import may


@dataclass(frozen=True)
class Panel:
    """The needs of one customer, as the card, the day's list and their own page show them. `task`: recorded beside it, 0 elsewhere."""

    customer: Customer
    user: User
    needs: list[Need]
    told: Callable[[str], str]
    task: int = 0
    problem: str = ""
    apart: bool = False

    @property
    def may(self) -> bool:
        return may(self.user, "need.record") and not self.customer.erased

    @property
    def open(self) -> int:
        return sum(need.state == NeedState.OPEN for need in self.needs)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(NeedKind.STATED, _("他自己说的")), (NeedKind.UNSTATED, _("我问出来的"))]


def panel(user: User, customer: Customer, task: int = 0, problem: str = "", apart: bool = False) -> Panel:
    """Two queries, and those of the reader's right to see numbers."""
    return Panel(customer, user, queries.needs_of(customer), as_told(details(user, customer).clear), task, problem, apart)


@dataclass(frozen=True)
class OnCard:
    """What the card says of conversations: the needs, and what he answered in the last ones."""

    needs: Panel
    talks: list[Conversation]


def on_card(user: User, customer: Customer) -> OnCard | None:
    """None for who does not read conversations."""
    if not may(user, "talk.read"):
        return None
    return OnCard(panel(user, customer), queries.last_talks(customer))
