"""陈旧: a card that nobody went through with the customer for the pack's number of days."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from liuke.customers.models import Customer, erased
from liuke.team.models import User
from liuke.team.queries import pack


def stale_days() -> int:
    """Days after which an unconfirmed card is stale."""
    return pack().cards.stale_days


def stale(today: date, prefix: str = "") -> Q:
    """Condition on cards (`prefix`: the path to them): not confirmed for so long. One never confirmed counts from the day it was opened;
    one from which the person was taken out is never stale."""
    limit = today - timedelta(days=stale_days())
    old = Q(**{f"{prefix}confirmed_on__lt": limit}) | Q(**{f"{prefix}confirmed_on": None, f"{prefix}opened_on__lt": limit})
    return old & ~erased(prefix)


def stale_cards(user: User, today: date) -> int:
    """How many of a person's own cards are stale."""
    return Customer.objects.visible_to(user).filter(stale(today), owner=user).count()


def is_stale(confirmed_on: date | None, opened_on: date, today: date) -> bool:
    """The same for one card that is at hand."""
    return (confirmed_on or opened_on) < today - timedelta(days=stale_days())
