"""下次联系: every current customer has a day for it, set by somebody or by his grade; any contact moves it, and it reminds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from liuke.customers import actions as customers
from liuke.customers.labels import Channel
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.customers.next_days import put_by_grade
from liuke.interactions.labels import Outcome, Way
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.packs import Pack
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.trials.labels import Arm
from liuke.work.budget import forget_left
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.making import Wanted, make
from liuke.work.models import Enrolment, Result, Task
from liuke.work.next_days import first_day, next_day

ABOUT = "customers.customer"
MINUTES = 5
EFFECT = Decimal("0.02")
"""Share of the value at risk that keeping in touch is reckoned to save: an assumption, nobody has measured it."""

CHUNK = 5000
GONE = "E"


@dataclass(frozen=True)
class Kept:
    """What a night did: `dated` customers got a day by their grade, `reminded` got a task, `settled` had one too many."""

    dated: int = 0
    reminded: int = 0
    settled: int = 0


def set_next(actor: User, customer_id: int, on: date | None, *, by_grade: bool = False) -> date | None:
    """Say when to contact next (None: by the grade again, from the next night). The day that stood before; see customers.set_next_contact.

    A reminder that waits for an earlier day goes. `by_grade`: put back as the grade's, not the actor's own.
    """
    with transaction.atomic():
        before = customers.set_next_contact(actor, customer_id, on)
        if by_grade:
            Customer.objects.filter(pk=customer_id).update(next_contact_by=None)
        if on is None or on > clock.today():
            _stop([customer_id])
    return before


def moved_by(task: Task, result: Result, on: date) -> None:
    """A contact that was written down moves the day, and the result keeps what it was. Inside the transaction of the outcome.

    A reminder that is tried no more does so too: else the next night would ask for the same again.
    """
    if result.outcome == Outcome.NOT_REACHED and (task.kind != TaskKind.NEXT or result.next_task is not None):
        return
    standing = standings(current_run()).filter(customer=task.customer_id).only("abc").first()
    card = Customer.objects.filter(pk=task.customer_id).values("next_contact_on", "next_contact_by_id").first()
    if standing is None or card is None:
        return
    days = current_pack().contact_days.days(standing.abc)  # type: ignore[arg-type]
    to = next_day(card["next_contact_on"], card["next_contact_by_id"] is not None, on, days)
    if to != card["next_contact_on"]:
        result.next_moved, result.next_to = True, to
        result.next_was, result.next_was_by_id = card["next_contact_on"], card["next_contact_by_id"]
        Customer.objects.filter(pk=task.customer_id).update(next_contact_on=to, next_contact_by=None)


def put_back(task: Task, result: Result) -> None:
    """The day that a contact moved is what it was before, unless it was set anew since: then that stands."""
    if result.next_moved:
        ours = Customer.objects.filter(Q(next_contact_by=None) | Q(next_contact_by=result.by), pk=task.customer_id)
        ours.filter(next_contact_on=result.next_to).update(next_contact_on=result.next_was, next_contact_by=result.next_was_by_id)


def follow_contacts(ids: Sequence[int], on: date) -> int:
    """Bring the days of these customers up to date after contacts were written down or taken back. How many were moved."""
    moved = 0
    for some in batches(sorted(ids)):
        with transaction.atomic():
            lock_cards(some)
            moved += _date(Q(pk__in=some), Q(customer__in=some), on)
            past = Customer.objects.filter(pk__in=some).filter(Q(next_contact_on__isnull=True) | Q(next_contact_on__gt=on))
            _stop(list(past.values_list("pk", flat=True)))
    return moved


def keep(on: date) -> Kept:
    """The night's work: a day for everybody who has none, reminders for those whose day has come, none for those whose day is later.

    In chunks, each a transaction; running it twice makes nothing twice.
    """
    ids = list(Customer.objects.filter(_current(), next_contact_on__isnull=True).order_by("pk").values_list("pk", flat=True))
    dated = 0
    for at in range(0, len(ids), CHUNK):
        first, last = ids[at], ids[min(at + CHUNK, len(ids)) - 1]
        with transaction.atomic():
            dated += _date(Q(pk__gte=first, pk__lte=last, next_contact_on__isnull=True), Q(customer__gte=first, customer__lte=last), on)
    waiting = Task.objects.open().filter(kind=TaskKind.NEXT, about=ABOUT)
    later = Customer.objects.filter(pk=OuterRef("customer")).filter(Q(next_contact_on__gt=on) | Q(next_contact_on__isnull=True))
    forget_left(on, current_pack().contact_budget.in_days)
    # Who left meanwhile, or asked to be left alone, is left in peace.
    gone = Exists(standings(current_run()).filter(customer=OuterRef("customer"), stage=GONE))
    over = waiting.filter(Exists(later) | gone | Q(customer__do_not_contact=True))
    settled = _stop(list(over.values_list("customer_id", flat=True)))
    return Kept(dated, _remind(on), settled)


def _current() -> Q:
    return Q(do_not_contact=False, owner__isnull=False)


def _date(cards: Q, contacts: Q, on: date) -> int:
    """A day by the grade for those of these cards that want one; two queries of reads for all of them."""
    grades = standings(current_run()).filter(contacts).exclude(stage=GONE)
    grade: dict[int, str] = dict(grades.values_list("customer_id", "abc"))
    made = Interaction.objects.filter(contacts, on__lte=on, undone_at__isnull=True).exclude(outcome=Outcome.NOT_REACHED)
    last: dict[int, date] = dict(made.order_by().values_list("customer_id").annotate(m=Max("on")))
    intervals, new = current_pack().contact_days, []
    for pk, day, by in Customer.objects.filter(cards, _current()).values_list("pk", "next_contact_on", "next_contact_by_id"):
        if pk not in grade:
            continue
        days = intervals.days(grade[pk])  # type: ignore[arg-type]
        to = first_day(last.get(pk), days, on, pk) if day is None else next_day(day, by is not None, last.get(pk), days)
        if to != day:
            new.append((to, pk))
    return put_by_grade((day, pk) for day, pk in new if day is not None)


def _remind(on: date) -> int:
    """A task for everybody whose day has come. What the grade asks for needs none where something else is open for the customer, and none
    for who is left alone on purpose: the treated have their playbook's task meanwhile, and the comparison would be crooked."""
    busy = Task.objects.open().filter(customer=OuterRef("pk"))
    alone = Enrolment.objects.filter(customer=OuterRef("pk"), ended_on__isnull=True, assignment__arm=Arm.ALONE)
    own = busy.filter(about=ABOUT)
    due = Customer.objects.filter(_current(), next_contact_on__lte=on).exclude(Exists(own))
    due = due.filter(Q(next_contact_by__isnull=False) | ~(Exists(busy) | Exists(alone)))
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    pack, made = current_pack(), 0
    for at in range(0, len(ids), CHUNK):
        with transaction.atomic():
            made += len(make(_wanted(ids[at : at + CHUNK], pack, on), None, on))
    return made


def _wanted(ids: Sequence[int], pack: Pack, on: date) -> Iterable[Wanted]:
    run = current_run()
    for some in batches(ids):
        grade: dict[int, str] = dict(standings(run).filter(customer__in=some).exclude(stage=GONE).values_list("customer_id", "abc"))
        made = Interaction.objects.filter(customer__in=some, on__lte=on, undone_at__isnull=True).exclude(outcome=Outcome.NOT_REACHED)
        last: dict[int, date] = dict(made.order_by().values_list("customer_id").annotate(m=Max("on")))
        cards = Customer.objects.filter(pk__in=some).order_by("pk")
        for pk, day, by, channel in cards.values_list("pk", "next_contact_on", "next_contact_by__name", "channel"):
            if pk not in grade or day is None:
                continue
            slots: dict[str, Any] = {"on": day.isoformat(), "by": by}
            if not by:
                contacted = last[pk].isoformat() if pk in last else ""
                slots = {"grade": grade[pk], "every": pack.contact_days.days(grade[pk]), "last": contacted}  # type: ignore[arg-type]
            yield Wanted(TaskKind.NEXT, pk, on, _way(channel), MINUTES, [["next", slots]], about=ABOUT, about_id=pk, effect=EFFECT)


def _way(channel: str) -> str:
    """How the customer likes to be reached; the telephone where he has not said, or where it is not a way of ours."""
    return str({Channel.WECHAT.value: Way.WECHAT, Channel.SMS.value: Way.SMS}.get(channel, Way.PHONE))


def _stop(ids: Sequence[int]) -> int:
    """The reminders of these customers need not be done any more. How many."""
    waiting = Task.objects.open().filter(kind=TaskKind.NEXT, about=ABOUT)
    return sum(waiting.filter(customer__in=some).update(state=TaskState.STOPPED, stopped_why=Ended.CANCELLED) for some in batches(ids))
