"""What of a person's data this reader may see now, who has cards out, and who has looked. Every page masks through here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.models import CheckOut
from liuke.customers.models import Contact, Customer
from liuke.customers.queries import phones_of
from liuke.kernel.masks import mask_address, mask_wechat
from liuke.kernel.phone import mask_phone, show_phone
from liuke.kernel.plate import mask_plate, show_plate
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.queries import in_scope

# Figures this many in one go, or more of them in groups, typed into a remark, are a telephone or an account number. A date is not.
_DATE = r"(?<!\d)(?:19|20)\d\d(?P<{0}>[-. ])(?:0?[1-9]|1[0-2])(?P={0})(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_GAP = r"[\s()（）.·‐‑‒–—―－-]{1,3}"
_FIGURES = re.compile(rf"(?P<date>{_DATE.format('a')})|\d(?:(?:{_GAP}(?!{_DATE.format('b')}))?\d){{6,}}")
_UNBROKEN, _GROUPED = re.compile(r"\d{7,}"), 10


@dataclass(frozen=True)
class Details:
    """How to reach a customer, as this reader may see it. `clear` when the card is out: then `until` says till when."""

    phones: tuple[str, ...]
    wechat: str
    address: str
    clear: bool = False
    until: datetime | None = None
    check_out: int | None = None


def masked_phone(number: str) -> str:
    """A number as lists show it: 138****5678."""
    return mask_phone(number) if number else ""


def masked_text(text: str) -> str:
    """A remark with the long numbers in it covered, however they are grouped: 138****78."""
    return _FIGURES.sub(_covered, text)


def as_told(clear: bool) -> Callable[[str], str]:
    """How free text of a card is shown: as it was written to who has the card out (`Details.clear`), else as masked_text."""
    return str if clear else masked_text


def restored(text: str, kept: Iterable[str]) -> str:
    """A text that was shown masked and comes back from a form: each covered number is again the one of `kept`, the values that it may
    have been made from, the likeliest first."""
    for value in kept:
        at = 0
        for run in _FIGURES.finditer(value):
            covered = _covered(run)
            if covered != run[0] and (found := text.find(covered, at)) >= 0:
                text = f"{text[:found]}{run[0]}{text[found + len(covered) :]}"
                at = found + len(run[0])
    return text


def _covered(run: re.Match[str]) -> str:
    figures = "".join(sign for sign in run[0] if sign.isdigit())
    if run["date"] or (len(figures) < _GROUPED and not _UNBROKEN.search(run[0])):
        return run[0]
    return f"{figures[:3]}****{figures[-2:]}"


def shown_plate(plate: str, clear: bool = False) -> str:
    """A plate, whole for the borrower only."""
    return (show_plate(plate) if clear else mask_plate(plate)) if plate else ""


def details(user: User, card: Customer) -> Details:
    """What this reader may see of one card he may see: masked, or whole while he has it out (which is written down first)."""
    out = open_check_out(user, card)
    if out is not None and (clear := clear_numbers(user, [card])):
        return Details(tuple(show_phone(n) for n in clear[card.pk]), card.wechat, card.address, True, out.until, out.pk)
    numbers = phones_of([card.pk]).get(card.pk, [card.phone] if card.phone else [])
    return Details(tuple(mask_phone(n) for n in numbers), mask_wechat(card.wechat), mask_address(card.address))


def contact_numbers(contact: Contact, clear: bool) -> tuple[str, str]:
    """Telephone and WeChat of a person at an organisation: whole while the reader has the organisation's card out (`Details.clear`)."""
    if clear:
        return show_phone(contact.phone) if contact.phone else "", contact.wechat
    return masked_phone(contact.phone), mask_wechat(contact.wechat)


def open_check_out(user: User, card: Customer) -> CheckOut | None:
    """The reader's own check-out of this card that runs now."""
    return _open(user).filter(customer=card).order_by("-at").first()


def clear_numbers(user: User, cards: Sequence[Customer]) -> dict[int, tuple[str, ...]]:
    """The whole numbers of those cards that the user may see and has out now; the others are missing.

    Written to the audit log before they leave.
    """
    ids = [card.pk for card in cards]
    out = set(_open(user).filter(customer__in=ids).values_list("customer", flat=True))
    allowed = list(Customer.objects.visible_to(user).filter(pk__in=out).order_by("pk"))
    if not allowed:
        return {}
    with transaction.atomic():
        for card in allowed:
            record(user, "card.numbers_read", card)
    numbers = phones_of(card.pk for card in allowed)
    return {card.pk: tuple(numbers.get(card.pk, [])) for card in allowed}


def my_check_outs(user: User) -> QuerySet[CheckOut]:
    """What I have out, the earliest due first, then what I had out, the latest first (for a page: slice it)."""
    return (
        CheckOut.objects.filter(user=user)
        .filter(in_scope(user, "customer__"))
        .select_related("customer", "customer__unit")
        .order_by(F("returned_at").desc(nulls_first=True), "until")
    )


def overdue(user: User, now: datetime | None = None) -> QuerySet[CheckOut]:
    """Cards of the user's sight that somebody took out and did not give back in time; the longest overdue first."""
    late = Q(returned_at__isnull=True, until__lte=now or timezone.now())
    mine = Q(user=user) if user.role in (Role.REP, Role.AGENT) else Q()
    return (
        CheckOut.objects.filter(late & mine)
        .filter(in_scope(user, "customer__"))
        .select_related("customer", "customer__unit", "user")
        .order_by("until")
    )


def out_now(user: User, now: datetime | None = None) -> QuerySet[CheckOut]:
    """Cards of the user's sight that somebody has out and may still have; the earliest due first."""
    running = Q(returned_at__isnull=True, until__gt=now or timezone.now())
    return (
        CheckOut.objects.filter(running)
        .filter(in_scope(user, "customer__"))
        .select_related("customer", "customer__unit", "user")
        .order_by("until")
    )


@dataclass(frozen=True)
class Borrower:
    """Who took a card out, how often, and when last."""

    name: str
    times: int


def borrowers(card: Customer, days: int = 30) -> list[Borrower]:
    """Who took this card out in the last `days` days, most often first."""
    since = timezone.now() - timedelta(days=days)
    found = (
        CheckOut.objects.filter(customer=card, at__gte=since)
        .values("user__name")
        .annotate(times=Count("pk"))
        .order_by("-times", "user__name")
    )
    return [Borrower(row["user__name"], row["times"]) for row in found]


def check_outs_of(card: Customer) -> QuerySet[CheckOut]:
    """The card's log of check-outs, newest first (slice it)."""
    return CheckOut.objects.filter(customer=card).select_related("user").order_by("-at")


def _open(user: User) -> QuerySet[CheckOut]:
    return CheckOut.objects.filter(user=user, returned_at__isnull=True, until__gt=timezone.now())


def masked_many(numbers: Iterable[str]) -> list[str]:
    """Several numbers, as the history of changes shows them."""
    return [mask_phone(number) for number in numbers if number]
