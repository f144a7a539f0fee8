"""A visit on the road: the card along, read before leaving, set out, there, what came of it, the card back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.custody.actions import check_out
from liuke.customers.actions import set_next_contact
from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import pack as current_pack
from liuke.visits import words
from liuke.visits.changing import mine
from liuke.visits.labels import AHEAD, OPEN, Dropped, VisitState
from liuke.visits.models import Visit
from liuke.visits.planning import drop, drop_impossible, open_task, order_day, plan_for
from liuke.visits.rules import week_of
from liuke.work import actions as work
from liuke.work.labels import Ended, TaskState
from liuke.work.models import Result, Task


def _today(now: datetime) -> date:
    return timezone.localtime(now).date()


class Gone(Refused):
    """The customer changed hands, was erased or wants quiet; the visit has dropped out of the plan. `visit` is the row."""

    def __init__(self, visit: Visit) -> None:
        super().__init__("visit.gone", "%(why)s，这次拜访已经从计划里去掉。", why=str(Dropped(visit.dropped_why).label))
        self.visit = visit


def _drop_first(actor: User, visit_id: int) -> None:
    """What cannot be visited drops out for good, in a transaction of its own: the refusal that follows undoes nothing of it."""
    with transaction.atomic():
        visit = Visit.objects.filter(pk=visit_id, user=actor, state__in=OPEN).first()
        gone = drop_impossible([visit]) if visit is not None else []
        if gone:
            record(actor, "visit.gone", None, visit=visit_id, why=gone[0].dropped_why)
    if gone:
        raise Gone(gone[0])


# ── the card ─────────────────────────────────────────────────────────────────


def take(actor: User, visit_id: int, *, now: datetime | None = None) -> Visit:
    """Take the card along: a check-out for this visit. Only on its day; raises Visit.DoesNotExist, Gone."""
    require(actor, "visit.plan")
    _drop_first(actor, visit_id)
    with transaction.atomic():
        return _take(actor, visit_id, now or timezone.now())


def _take(actor: User, visit_id: int, now: datetime) -> Visit:
    visit = mine(actor, visit_id)
    if visit.user_id != actor.pk:
        raise Refused("visit.not_mine", "卡由去拜访的人自己借。")
    if visit.state == VisitState.DRAFT:
        raise Refused("visit.unset", "这一周还是草稿，请先排定。")
    if visit.state not in OPEN:
        raise Refused("visit.over", "这次拜访已经结束了。")
    if visit.on != _today(now):
        raise Refused("visit.other_day", "只能带今天要拜访的卡。")
    out = check_out(actor, visit.customer_id, gettext("拜访"))
    Visit.objects.filter(pk=visit.pk).update(check_out=out)
    visit.check_out = out
    return visit


def take_today(actor: User, *, now: datetime | None = None) -> int:
    """Take along the cards of all of today's visits that are still to be made. How many. Refuses when there are none."""
    require(actor, "visit.plan")
    when = now or timezone.now()
    ids = list(
        Visit.objects.visible_to(actor).filter(user=actor, on=_today(when), state__in=OPEN).exclude(state=VisitState.DRAFT)
        .order_by("customer").values_list("pk", flat=True)
    )  # fmt: skip
    if not ids:
        raise Refused("visit.none", "今天没有要拜访的客户。")
    taken = 0
    for pk in ids:
        try:
            take(actor, pk, now=when)
            taken += 1
        except Gone:
            continue  # it has dropped out of the plan, and the page says why
    return taken


def card_opened(user: User, customer_id: int, *, now: datetime | None = None) -> bool:
    """The customer's card was opened by who is about to visit him today: written down once. Whether it was for a visit."""
    if not may(user, "visit.plan"):
        return False
    when = now or timezone.now()
    before = Visit.objects.filter(user=user, customer=customer_id, on=_today(when), state=VisitState.PLANNED, read_at__isnull=True)
    if not before.exists():  # most cards are opened for something else: nothing is written then
        return False
    return bool(before.update(read_at=when))


# ── the road ─────────────────────────────────────────────────────────────────


def start(actor: User, visit_id: int, *, now: datetime | None = None) -> Visit:
    """Set out. Only one's own, only on its day; raises Visit.DoesNotExist, Gone."""
    return _step(actor, visit_id, VisitState.PLANNED, VisitState.STARTED, "started_at", now or timezone.now())


def arrive(actor: User, visit_id: int, *, now: datetime | None = None) -> Visit:
    """There. Who did not say that he set out has set out by now."""
    return _step(actor, visit_id, VisitState.STARTED, VisitState.ARRIVED, "arrived_at", now or timezone.now())


def _step(actor: User, visit_id: int, old: str, new: str, column: str, now: datetime) -> Visit:
    require(actor, "visit.plan")
    _drop_first(actor, visit_id)
    with transaction.atomic():
        visit = mine(actor, visit_id)
        if visit.user_id != actor.pk:
            raise Refused("visit.not_mine", "这是%(who)s的拜访。", who=visit.user.name)
        if visit.state == VisitState.DRAFT:
            raise Refused("visit.unset", "这一周还是草稿，请先排定。")
        if visit.on != _today(now):
            raise Refused("visit.other_day", "不是今天的拜访，请先改到今天。")
        if not Visit.objects.filter(pk=visit.pk, state=old).update(state=new, **{column: now}):
            raise Refused("visit.step", "这一步刚才已经记过了。")
        record(actor, "visit.started" if new == VisitState.STARTED else "visit.arrived", visit.customer, visit=visit.pk)
        visit.refresh_from_db()
        return visit


@transaction.atomic
def step_back(actor: User, visit_id: int) -> Visit:
    """Take the last of set out, there back. Refuses when neither was said, or the result is written."""
    visit = mine(actor, visit_id)
    if visit.state == VisitState.ARRIVED:
        back = {"state": VisitState.STARTED, "arrived_at": None}
    elif visit.state == VisitState.STARTED:
        back = {"state": VisitState.PLANNED, "started_at": None}
    else:
        raise Refused("visit.no_step", "没有可以撤销的一步。")
    Visit.objects.filter(pk=visit.pk, state=visit.state).update(**back)
    record(actor, "visit.step_back", visit.customer, visit=visit.pk, state=visit.state)
    visit.refresh_from_db()
    return visit


def finish(
    actor: User, visit_id: int, outcome: str, note: str = "", *, days: int | None = None, next_on: date | None = None,
    now: datetime | None = None,
) -> Result:  # fmt: skip
    """Write down what came of a visit: the contact, the card back, the next one. `days`: when again, after `later`.

    Refuses a draft, a day to come, a result written already, one that says nothing; raises Visit.DoesNotExist, Gone. `work.actions.undo`
    of the result takes it back.
    """
    require(actor, "visit.plan")
    _drop_first(actor, visit_id)
    with transaction.atomic():
        visit = mine(actor, visit_id)
        when = now or timezone.now()
        if visit.state == VisitState.DRAFT:
            raise Refused("visit.unset", "这一周还是草稿，请先排定。")
        if visit.on > _today(when):
            raise Refused("visit.other_day", "不是今天的拜访，请先改到今天。")
        task = open_task(visit)
        if visit.state not in OPEN or task is None:
            raise Refused("today.taken", "这件刚才已经记过结果了。")
        result = work.finish(actor, task.pk, outcome, days=days, note=note, now=now)
        if next_on is not None:
            _next_day(actor, result, next_on)
        return result


def _next_day(actor: User, result: Result, on: date) -> None:
    """The day for the next contact that was set with the outcome goes back with it."""
    by = Customer.objects.filter(pk=result.task.customer_id).values_list("next_contact_by", flat=True).first()
    before = set_next_contact(actor, result.task.customer_id, on)
    if not result.next_moved:
        result.next_moved, result.next_was, result.next_was_by_id = True, before, by
    result.next_to = on
    result.save(update_fields=["next_moved", "next_was", "next_was_by", "next_to"])


# ── what a task of a visit does when it ends ─────────────────────────────────


def finished(actor: User, task: Task, result: Result) -> None:
    """The visit behind a task is made; where nobody was met, or another day was asked for, the next try is a visit of its own.

    Wherever it is written down: who was met said something. Refuses a result without words.
    """
    if result.outcome in (Outcome.REACHED, Outcome.DEAL, Outcome.REFUSED) and len(result.note) < 2:
        raise Refused("visit.note", "去过了，请写一句谈了什么。")
    visit = Visit.objects.filter(pk=task.about_id or 0, state__in=OPEN).select_related("plan", "user").first()
    if visit is None:  # left out meanwhile, or its card went into another: the contact stands all the same
        return
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.DONE, outcome=result.outcome, result=result, done_at=result.at)
    if result.next_task_id is None or result.next_task is None:
        return
    due = result.next_task.due_on
    met = result.outcome == Outcome.LATER
    following = Visit(
        plan=plan_for(visit.user, week_of(due), current_pack(), actor), customer_id=visit.customer_id, user=visit.user, week=week_of(due),
        on=due, asked=met or visit.asked, by_hand=True, area_id=visit.area_id, minutes=visit.minutes,
        reasons=words.again(_today(result.at), met),
        value_at_risk_cents=visit.value_at_risk_cents, state=VisitState.PLANNED, after=visit, position=999,
    )  # fmt: skip
    there = Visit.objects.open().filter(customer=visit.customer_id, week=following.week)
    if there.exists() or not _saved(following):
        # Somebody has him in that week already: that visit is the next one.
        Task.objects.filter(pk=result.next_task_id).update(state=TaskState.STOPPED, stopped_why=Ended.STRONGER)
        return
    Task.objects.filter(pk=result.next_task_id).update(about_id=following.pk, reasons=following.reasons)
    order_day(following.plan, due)


def _saved(visit: Visit) -> bool:
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError:
        return False
    return True


def undone(actor: User, task: Task, result: Result) -> None:
    """The result was taken back: the visit is where it was before, the next try is none."""
    visit = Visit.objects.filter(result=result, state=VisitState.DONE).first()
    if visit is None:
        return
    drop(list(Visit.objects.filter(after=visit, state__in=AHEAD)), Dropped.UNDONE)
    if other := Visit.objects.open().filter(customer=visit.customer_id, week=visit.week).select_related("user").first():
        raise Refused("visit.taken", "这一周%(who)s已经排了拜访这位客户。", who=other.user.name)
    state = VisitState.ARRIVED if visit.arrived_at else VisitState.STARTED if visit.started_at else VisitState.PLANNED
    Visit.objects.filter(pk=visit.pk).update(state=state, outcome="", result=None, done_at=None)
