"""One page about a customer for whoever takes him over. As many queries for a page of customers as for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, cast

from django.db.models import F, Model, QuerySet, Window
from django.db.models.functions import RowNumber

from liuke.custody.queries import masked_phone, masked_text
from liuke.customers.labels import VALUED_EVENTS
from liuke.customers.models import Contact, Customer, Event
from liuke.interactions.models import Interaction
from liuke.packs.schema import Pack
from liuke.standing.models import Run, Signal, Standing
from liuke.standing.queries import open_signals, standings
from liuke.standing.reasons import reasons, signal_reason
from liuke.team.models import User
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from liuke.work.rows import Item, items

CONTACTS = 3
SIGNALS = 4
EVENTS = 3


@dataclass(frozen=True)
class Talk:
    """One of the last contacts, its summary with long numbers covered."""

    row: Interaction
    summary: str


@dataclass(frozen=True)
class Brief:
    """What to know of a customer before the first call. Telephone masked: the whole number is on the card, when it is taken out."""

    card: Customer
    standing: Standing | None
    phone: str
    worth: str
    signals: tuple[str, ...]
    talks: tuple[Talk, ...]
    promises: tuple[Item, ...]
    tasks: tuple[Item, ...]
    events: tuple[Event, ...]
    contacts: tuple[Contact, ...]
    remarks: str

    @property
    def next_step(self) -> Item | None:
        """What is to be done first: a promise, else the first task."""
        return next(iter((*self.promises, *self.tasks)), None)


def briefs(user: User, customer_ids: Sequence[int], run: Run | None, pack: Pack, on: date) -> list[Brief]:
    """Briefs of those of these customers whom the user may see, in the order given. Thirteen queries."""
    seen = Customer.objects.visible_to(user).filter(pk__in=customer_ids).select_related("unit", "owner")
    cards = {card.pk: card for card in seen}
    ids = list(cards)
    standing = {row.customer_id: row for row in standings(run).filter(customer__in=ids)}
    signals: dict[int, list[Signal]] = defaultdict(list)
    for signal in open_signals().filter(customer__in=ids).order_by("-severity", "pk"):
        signals[signal.customer_id].append(signal)
    talks: dict[int, list[Talk]] = defaultdict(list)
    for row in _last(Interaction.objects.filter(customer__in=ids, undone_at__isnull=True), "-at", CONTACTS).select_related("by"):
        talks[row.customer_id].append(Talk(row, masked_text(row.summary)))
    events: dict[int, list[Event]] = defaultdict(list)
    for event in _last(Event.objects.filter(customer__in=ids, kind__in=list(VALUED_EVENTS)), "-on", EVENTS):
        events[event.customer_id].append(event)
    people: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(customer__in=ids).order_by("pk"):
        people[contact.customer_id].append(contact)
    open_ = Task.objects.visible_to(user).open().filter(customer__in=ids).exclude(kind=TaskKind.HAND_OVER)
    work: dict[int, list[Item]] = defaultdict(list)
    rows = open_.select_related("customer", "customer__unit", "assignee").order_by("-must", "due_on", "-value_per_minute_cents", "pk")
    for item in items(list(rows), user, on, pack):
        work[item.task.customer_id].append(item)
    return [
        Brief(
            card=cards[pk],
            standing=standing.get(pk),
            phone=masked_phone(cards[pk].phone),
            worth=_worth(standing.get(pk), run, pack),
            signals=tuple(signal_reason(signal, pack) for signal in signals[pk][:SIGNALS]),
            talks=tuple(talks[pk]),
            promises=tuple(item for item in work[pk] if item.task.kind == TaskKind.PROMISE),
            tasks=tuple(item for item in work[pk] if item.task.kind != TaskKind.PROMISE),
            events=tuple(events[pk]),
            contacts=tuple(people[pk]),
            remarks=masked_text(cards[pk].remarks),
        )
        for pk in customer_ids
        if pk in cards
    ]


M = TypeVar("M", bound=Model)


def _last(rows: QuerySet[M], order: str, most: int) -> QuerySet[M]:
    """The last few rows of each customer, newest first."""
    place = Window(RowNumber(), partition_by=[F("customer")], order_by=[F(order.lstrip("-")).desc(), F("pk").desc()])
    return cast("QuerySet[M]", rows.annotate(place=place).filter(place__lte=most).order_by("customer", "place"))


def _worth(row: Standing | None, run: Run | None, pack: Pack) -> str:
    """Why the customer is worth the call: the stage's sentence, in which his rhythm stands."""
    return reasons(row, run.as_of, pack)[0].text if row and run else ""
