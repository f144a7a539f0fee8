"""What the pool's rule rests on, read from every room below: as one condition on cards, and as Facts of a few cards at once.

What came about counts as contact: a message that went out, an answer, a visit, a customer who came; a call that nobody took does not, so
that nobody keeps a customer by ringing once. A deal day counts, whoever served him.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from liuke.complaints.queries import complaining
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event, FieldChange, erased
from liuke.deals.models import Deal
from liuke.interactions.labels import Outcome
from liuke.interactions.models import Interaction
from liuke.keepers.models import PoolExclusion
from liuke.keepers.rules import Facts
from liuke.keepers.taken_back import came_to_stay, maybe_taken_back
from liuke.kernel import clock
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.work.labels import TaskKind, TaskState
from liuke.work.models import Enrolment, Task

ENDED = (EventKind.DIED, EventKind.CLOSED_DOWN)
"""Nobody can contact these any more."""

KEY = "key"
"""The type of a run's row that is a key account."""

Hold = Callable[[date], "QuerySet[Any]"]


def _promises(on: date) -> QuerySet[Any]:
    return Task.objects.filter(Q(kind=TaskKind.PROMISE) | Q(asked=True), state=TaskState.OPEN)


def _complaints(on: date) -> QuerySet[Any]:
    closed = Event.objects.filter(customer=OuterRef("customer"), kind=EventKind.SEVERE_COMPLAINT_CLOSED, on__gte=OuterRef("on"))
    return Event.objects.filter(~Exists(closed), kind=EventKind.SEVERE_COMPLAINT_OPENED, on__lte=on)


def _cases(on: date) -> QuerySet[Any]:
    return complaining().filter(received_at__lt=start_of(on + timedelta(1)))


def _excluded(on: date) -> QuerySet[Any]:
    return PoolExclusion.objects.filter(Q(until__isnull=True) | Q(until__gt=on), lifted_at__isnull=True)


HOLDS: dict[str, Hold] = {"promise": _promises, "complaint": _complaints, "case": _cases, "excluded": _excluded}
"""Rows with a `customer` that keep him out of the pool on a day; a room with cases of its own adds a line (in its AppConfig.ready)."""


def _quiet(on: date) -> tuple[QuerySet[Any], ...]:
    return (
        Event.objects.filter(kind__in=ENDED, on__lte=on),
        Enrolment.objects.filter(alone_until__gte=on),
    )


def contacts() -> QuerySet[Interaction]:
    """The contacts that count."""
    return Interaction.objects.filter(undone_at__isnull=True).exclude(outcome=Outcome.NOT_REACHED)


def start_of(day: date) -> datetime:
    """The first moment of a day here."""
    return clock.start_of(day, settings.TIME_ZONE)


def contacted_after(day: date, customer: str = "pk") -> Q:
    """Condition: a contact or a deal day later than `day`. `customer` is the path to the card."""
    return Q(Exists(contacts().filter(customer=OuterRef(customer), on__gt=day))) | Q(
        Exists(Deal.objects.filter(customer=OuterRef(customer), came=True, on__gt=day))
    )


def held(on: date, customer: str = "pk") -> Q:
    """Condition: something keeps the customer out of the pool."""
    found = Q(pk__in=[])
    for hold in HOLDS.values():
        found |= Q(Exists(hold(on).filter(customer=OuterRef(customer))))
    return found


def key_by_run(customer: str = "pk") -> Q:
    """Condition: the current run calls the customer a key account (his type); that counts like the flag on the card."""
    return Q(Exists(standings(current_run()).filter(customer=OuterRef(customer), type=KEY)))


def may_be_due(on: date, after_days: int, notice_days: int) -> QuerySet[Customer]:
    """Cards for whom `rules.verdict` may say other than stay: no owner, one who left, or silence of so many days."""
    quiet_since = on - timedelta(max(after_days - notice_days, 0))
    later = start_of(quiet_since + timedelta(1))
    # A few too many: whether a change of owner was taken back is told card by card, in `facts_of`.
    got = FieldChange.objects.filter(~maybe_taken_back(), customer=OuterRef("pk"), field="owner", at__gte=later)
    asked = Q(do_not_contact=True)
    for rows in _quiet(on):
        asked |= Q(Exists(rows.filter(customer=OuterRef("pk"))))
    silent = Q(created_at__lt=later) & ~Q(Exists(got)) & ~contacted_after(quiet_since) & ~asked
    nobody = Q(owner__isnull=True) | Q(owner__in=User.objects.filter(is_active=False))
    return Customer.objects.filter(nobody | silent, ~erased(), key_account=False).exclude(key_by_run() | held(on))


def facts_of(cards: Sequence[Customer], on: date) -> dict[int, Facts]:
    """The facts of these cards (with their owners) on a day. As many queries for one as for a batch of them."""
    ids = [card.pk for card in cards]
    contact = dict(contacts().filter(customer__in=ids, on__lte=on).order_by().values_list("customer").annotate(last=Max("on")))
    deal = dict(Deal.objects.filter(customer__in=ids, came=True, on__lte=on).order_by().values_list("customer").annotate(last=Max("on")))
    until = start_of(on + timedelta(1))
    changes = FieldChange.objects.filter(customer__in=ids, field="owner", at__lt=until)
    kept = dict(changes.order_by().values_list("customer").annotate(last=Max("at"))) | came_to_stay(ids, until)
    holding: set[int] = set()
    for hold in HOLDS.values():
        holding |= set(hold(on).filter(customer__in=ids).values_list("customer_id", flat=True))
    quiet: set[int] = set()
    for rows in _quiet(on):
        quiet |= set(rows.filter(customer__in=ids).values_list("customer_id", flat=True))
    key = set(standings(current_run()).filter(customer__in=ids, type=KEY).values_list("customer_id", flat=True))
    made = {}
    for card in cards:
        since = [timezone.localtime(at).date() for at in (card.created_at, kept.get(card.pk)) if at is not None]
        came = [day for day in (contact.get(card.pk), deal.get(card.pk)) if day is not None]
        made[card.pk] = Facts(
            owner=card.owner_id is not None,
            owner_here=card.owner is not None and card.owner.is_active,
            kept_since=max(since),
            contacted_on=max(came, default=None),
            key=card.key_account or card.pk in key,
            held=card.pk in holding,
            quiet=card.do_not_contact or card.pk in quiet,
        )
    return made
