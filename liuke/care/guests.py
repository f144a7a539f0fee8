"""Reads of gatherings: the list with its counts, the guests of one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from liuke.care.models import Gathering, Guest
from liuke.customers.models import Customer
from liuke.customers.search import asks_for_number, matching
from liuke.team.models import User

FOUND = 10
"""Customers offered for what was typed."""


@dataclass(frozen=True)
class Sum:
    """A gathering with how many were asked and how many came."""

    row: Gathering
    asked: int
    came: int


def gatherings(user: User) -> list[Sum]:
    """The last hundred in sight, the newest day first. Two queries; counts are of everybody asked."""
    rows = Gathering.objects.visible_to(user).select_related("unit", "by").order_by("-on", "-pk")
    found = list(rows[:100])
    by_row = Guest.objects.filter(gathering__in=found).order_by().values_list("gathering").annotate(n=Count("pk"), m=Count("came_at"))
    counted = {pk: (asked, came) for pk, asked, came in by_row}
    return [Sum(row, *counted.get(row.pk, (0, 0))) for row in found]


def one(user: User, pk: int) -> Gathering:
    """Raises Gathering.DoesNotExist."""
    return Gathering.objects.visible_to(user).select_related("unit", "by").get(pk=pk)


def guests(user: User, gathering: Gathering) -> QuerySet[Guest]:
    """Those the reader may see, by name."""
    rows = gathering.guests.filter(customer__in=Customer.objects.visible_to(user))
    return rows.select_related("customer", "customer__unit", "customer__owner", "by", "came_by").order_by("customer__pinyin", "pk")


def found(user: User, gathering: Gathering, text: str) -> list[Customer]:
    """Customers in sight whom one may ask, by what was typed: name, its sound or initials, number of the card; never by telephone."""
    asked = matching(text) if text.strip() and not asks_for_number(text) else None
    by_number = Q(number=text.strip()) if text.strip() else Q(pk__in=[])
    there = Customer.objects.visible_to(user).filter(asked | by_number if asked is not None else by_number, do_not_contact=False)
    known = gathering.guests.values("customer")
    return list(there.exclude(pk__in=known).select_related("unit", "owner").order_by("pinyin", "pk")[:FOUND])
