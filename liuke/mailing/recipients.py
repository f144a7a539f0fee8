"""Whom a letter goes to, and who is left out and why. Queries in batches, never one for each customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from liuke.customers.labels import EventKind, Gender, Kind
from liuke.customers.models import Customer, Event
from liuke.deals.models import Deal
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.mailing.labels import LEFT_OUT, Reason
from liuke.mailing.rules import postcode
from liuke.privacy.queries import opted_out
from liuke.segments import whole
from liuke.segments.filters import Filter
from liuke.standing.models import Run
from liuke.standing.queries import standings
from liuke.standing.reasons import spoken_day
from liuke.team.models import User
from liuke.work.rows import contacts_of
from liuke.work.words import name_title

MOST = 5000
"""Letters of one run, and the customers it is chosen from."""
PURPOSE = "mail"
_BATCH = 2000


@dataclass(frozen=True)
class Recipient:
    """One letter's person: the envelope, and what fills the slots (mailing.rules.SLOTS)."""

    id: int
    name: str
    salutation: str
    addressee: str
    postcode: str
    address: str
    store: str
    staff: str
    values: dict[str, str]


@dataclass(frozen=True)
class Sorted:
    """The customers of a list in its order: who gets a letter, and for each reason who does not."""

    send: tuple[int, ...]
    left: dict[Reason, tuple[int, ...]]

    @property
    def counts(self) -> dict[str, int]:
        return {reason.value: len(ids) for reason, ids in self.left.items() if ids}


def chosen(user: User, wanted: Filter, run: Run | None) -> Sorted:
    """The list that a filter gives, sorted out. Refuses mailing.many."""
    ids: list[int] = []
    for pk in whole.everybody(user, wanted, run):
        ids.append(pk)
        if len(ids) > MOST:
            raise Refused("mailing.many", "一次最多 %(n)s 位，请加条件，分几批寄。", n=f"{MOST:,}")
    return sorted_out(user, ids)


def sorted_out(user: User, ids: Sequence[int]) -> Sorted:
    """The customers sorted out, in the given order; who is out of the user's sight (by now) is left out as such."""
    why: dict[int, Reason] = {}
    for some in batches(ids, _BATCH):
        cards = list(Customer.objects.visible_to(user).filter(pk__in=some).values_list("pk", "do_not_contact", "name_known"))
        there = set(Customer.objects.filter(pk__in=some).exclude(address="").values_list("pk", flat=True))
        gone, out = _gone(some), opted_out(PURPOSE, some)
        for pk, alone, named in cards:
            why[pk] = (
                Reason.GONE if pk in gone
                else Reason.LEAVE_ALONE if alone
                else Reason.OPTED_OUT if pk in out
                else Reason.NO_NAME if not named
                else Reason.NO_ADDRESS if pk not in there
                else Reason.SENT
            )  # fmt: skip
    return Sorted(
        tuple(pk for pk in ids if why.get(pk) == Reason.SENT),
        {reason: tuple(pk for pk in ids if why.get(pk, Reason.UNSEEN) == reason) for reason in LEFT_OUT},
    )


def _gone(ids: Sequence[int]) -> set[int]:
    """Who died; who moved away or closed down and has not bought since."""
    since = Deal.objects.filter(customer=OuterRef("customer"), came=True, on__gt=OuterRef("on"))
    left = Q(kind__in=(EventKind.MOVED_AWAY, EventKind.CLOSED_DOWN)) & ~Exists(since)
    rows = Event.objects.filter(customer__in=ids).filter(Q(kind=EventKind.DIED) | left)
    return set(rows.values_list("customer", flat=True))


def recipients(user: User, ids: Sequence[int], run: Run | None, today: date, phone: str = "") -> Iterator[Recipient]:
    """These customers as the letter needs them, in the given order; who is out of sight is left out."""
    for some in batches(ids, _BATCH):
        found = Customer.objects.visible_to(user).filter(pk__in=some).select_related("unit", "owner")
        cards = {card.pk: card for card in found}
        last = dict(standings(run).filter(customer__in=some).values_list("customer", "last_deal"))
        contacts = contacts_of(some)
        for pk in some:
            if card := cards.get(pk):
                yield _recipient(card, contacts.get(pk, ""), last.get(pk), today, phone)


def _recipient(card: Customer, contact: str, last: date | None, today: date, phone: str) -> Recipient:
    code, address = postcode(card.address)
    staff = card.owner.name if card.owner and card.owner.is_active else ""
    salutation = name_title(card, contact) or _("贵公司")
    return Recipient(
        id=card.pk,
        name=card.name,
        salutation=salutation,
        addressee=_addressee(card, contact),
        postcode=code,
        address=address,
        store=card.unit.name,
        staff=staff,
        values={
            "name_title": salutation,
            "name": card.name,
            "last_visit": spoken_day(last, today) if last else "",
            "staff": staff,
            "staff_phone": phone,
            "store": card.unit.name,
        },
    )


def _addressee(card: Customer, contact: str) -> str:
    """What stands in the window under the address."""
    if card.kind == Kind.ORGANISATION:
        return f"{card.name}\n" + _("%(name)s收") % {"name": contact} if contact else _("%(name)s收") % {"name": card.name}
    titles = {Gender.MALE: _("%(name)s先生收"), Gender.FEMALE: _("%(name)s女士收")}
    return titles.get(Gender(card.gender), _("%(name)s收")) % {"name": card.name} if card.gender else _("%(name)s收") % {"name": card.name}
