"""The playbooks a customer is in, and was in, on his card."""

from __future__ import annotations

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.playbooks.queries import pack
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.work.enrolled import InPlaybook, of_customer


def on_card(user: User, card: Customer) -> list[InPlaybook]:
    """Those under way first, then the last ones that ended; none for who may not read playbooks. The caller has fetched the card through
    the reader's sight."""
    return of_customer(card, pack(), clock.today()) if may(user, "playbook.read") else []
