"""Reads of cards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from liuke.customers.models import Customer, Phone
from liuke.customers.phones import with_number
from liuke.kernel.phone import Phone as Number
from liuke.team.labels import Role
from liuke.team.models import Unit, User


def visible(user: User, customer_id: int) -> Customer:
    """One card this user may see, with unit and owner. Raises Customer.DoesNotExist for any other, whatever the reason."""
    return Customer.objects.visible_to(user).select_related("unit", "owner").get(pk=customer_id)


def namesakes(user: User, name: str, most: int = 5) -> tuple[list[Customer], int]:
    """The first cards of exactly this name that the user may see, and how many of them there are; for whoever is about to open another."""
    wanted = " ".join(name.split())
    if not wanted:
        return [], 0
    found = Customer.objects.visible_to(user).filter(name=wanted)
    return list(found.select_related("unit", "owner").order_by("pk")[:most]), found.count()


def sees_all(user: User) -> bool:
    """Whether the user's sight is every card there is, so that a list need not ask of each: the scope is the only root of the tree."""
    unit = user.scope_unit
    if unit is None or not user.is_active or user.role in (Role.ADMIN, Role.REP) or unit.parent_id is not None:
        return False
    return not Unit.objects.filter(parent=None).exclude(pk=unit.pk).exists()


def visible_ids(user: User, ids: Iterable[int]) -> list[int]:
    """Those of the given ids that the user may see, by sort key."""
    return list(Customer.objects.visible_to(user).filter(pk__in=list(ids)).order_by("pinyin", "pk").values_list("pk", flat=True))


@dataclass(frozen=True)
class KnownAs:
    """That a number is on file, and whose it is; nothing else of the card."""

    owner: str
    unit: str


def already_known(numbers: Iterable[Number], credit_code: str = "", but: int | None = None) -> KnownAs | None:
    """Whether anybody's card, visible or not, has one of these numbers or this credit code; `but` leaves one card out."""
    asked = []
    if wanted := [number.e164 for number in numbers]:
        asked.append(Q(pk__in=Phone.objects.filter(with_number(wanted)).values("customer")))
    if credit_code:
        asked.append(Q(credit_code=credit_code))
    for condition in asked:
        found = Customer.objects.filter(condition).exclude(pk=but or 0).select_related("owner", "unit").order_by("pk").first()
        if found is not None:
            return KnownAs(str(found.owner) if found.owner else "", found.unit.name)
    return None


def known_by_birthday(name: str, year: int | None, month: int | None, day: int | None, lunar: bool) -> KnownAs | None:
    """Whether anybody's card, visible or not, has this name with this whole birthday."""
    if not name or year is None or month is None or day is None:
        return None
    born = Customer.objects.filter(name=name, birth_year=year, birth_month=month, birth_day=day, birth_lunar=lunar)
    found = born.select_related("owner", "unit").order_by("pk").first()
    return KnownAs(str(found.owner) if found.owner else "", found.unit.name) if found is not None else None


def phones_of(customer_ids: Iterable[int]) -> dict[int, list[str]]:
    """All numbers of these cards in normal form, first first. For actions; pages ask custody.queries, which knows what may be shown."""
    numbers: dict[int, list[str]] = {}
    for customer_id, number in (
        Phone.objects.filter(customer__in=list(customer_ids)).order_by("customer", "position", "pk").values_list("customer", "number")
    ):
        numbers.setdefault(customer_id, []).append(number)
    return numbers
