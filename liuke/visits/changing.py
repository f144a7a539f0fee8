"""One visit of a week: put in by hand, move to another day or hour, leave out, put back. Each finds the order of its day anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack as current_pack
from liuke.visits import rules, words
from liuke.visits.areas import find_areas
from liuke.visits.labels import AHEAD, Dropped, PlanState, VisitState
from liuke.visits.models import Placement, Visit
from liuke.visits.planning import ABOUT, drop, make_tasks, order_day, plan_for, planner
from liuke.visits.queries import MET
from liuke.work.budget import spent
from liuke.work.models import Task

EARLIEST, LATEST = time(6), time(22)


@dataclass(frozen=True)
class When:
    """Where a visit stood, so that it can be put back."""

    on: date
    at: time | None
    asked: bool


def refuse_taken(customer: int, week: date, but: int | None = None) -> None:
    """Refuses a customer whom somebody has in this week already, naming who. The card is held."""
    there = Visit.objects.open().filter(customer=customer, week=week).exclude(pk=but or 0).select_related("user").first()
    if there is not None:
        raise _taken(there.user.name)


def _taken(who: str) -> Refused:
    return Refused("visit.taken", "这一周%(who)s已经排了拜访这位客户。", who=who)


def _refuse_when(on: date, at: time | None, asked: bool, today: date) -> None:
    if on < today:
        raise Refused("visit.past", "过去的日子不能再排。")
    rules.refuse_week(rules.week_of(on), today)
    if at is not None and not EARLIEST <= at <= LATEST:
        raise Refused("visit.hour", "约的时间请在 6 点到 22 点之间。")
    if asked and at is None:
        raise Refused("visit.asked", "客户要求的，请写约在几点。")


@transaction.atomic
def add(
    actor: User, user_id: int, customer_id: int, on: date, *, at: time | None = None, asked: bool = False, today: date | None = None
) -> Visit:
    """Put a customer into somebody's week by hand; in a confirmed week it is a task at once.

    Refuses a day gone by, a customer somebody has in that week already (naming who), one who wants quiet or was contacted often enough,
    unless he asked for the visit; raises Customer.DoesNotExist for a card that actor or planner do not see.
    """
    user, day = planner(actor, user_id), today or clock.today(settings.TIME_ZONE)
    _refuse_when(on, at, asked, day)
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    if user.pk != actor.pk:
        visible(user, customer_id)
    refuse_erased(card.erased)
    if card.do_not_contact and not asked:
        raise Refused("visit.quiet", "这位客户请您不要打扰，他自己约的才能排。")
    week = rules.week_of(on)
    refuse_taken(customer_id, week)
    pack = current_pack()
    plan = plan_for(user, week, pack, actor)
    find_areas([customer_id])
    placed = Placement.objects.filter(customer=customer_id, area__closed_at__isnull=True).first()
    visit = Visit(
        plan=plan, customer=card, user=user, week=week, on=on, at=at, asked=asked, by_hand=True, minutes=pack.visits.minutes,
        area_id=placed.area_id if placed else None, reasons=_why(card.pk, card.opened_on, card.key_account, on), position=999,
        value_at_risk_cents=max(standings(current_run()).filter(customer=card).aggregate(m=Max("value_at_risk_cents"))["m"] or 0, 0),
    )  # fmt: skip
    _insert(visit)
    if plan.state == PlanState.SET:
        Visit.objects.filter(pk=visit.pk).update(state=VisitState.PLANNED)
        visit.state = VisitState.PLANNED
        if make_tasks([visit], actor.pk, day):
            raise _full()
    order_day(plan, on)
    record(actor, "visit.add", card, visit=visit.pk, on=on)
    return visit


def _insert(visit: Visit) -> None:
    """Two who plan the same customer at once: one row stands, the other is refused."""
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError:
        refuse_taken(visit.customer_id, visit.week, visit.pk)
        raise


def _why(customer: int, since: date, key: bool, on: date) -> list[list[object]]:
    """By hand, yet with the days where there are any: it may well have been due."""
    row = standings(current_run()).filter(customer=customer).values_list("abc", flat=True).first()
    last = Interaction.objects.filter(MET, customer=customer).aggregate(m=Max("on"))["m"]
    known = rules.Known(customer, row or "", since, last, key)
    found = rules.due(known, current_pack().visit_days.model_dump(), on)
    return words.reasons_of(found) if found is not None else words.by_hand()


def mine(actor: User, visit_id: int) -> Visit:
    """A visit the actor may act on, its card held. Raises Visit.DoesNotExist."""
    require(actor, "visit.plan")
    seen = Visit.objects.visible_to(actor).filter(pk=visit_id)
    lock_cards(seen.values_list("customer_id", flat=True))
    visit = seen.select_related("customer", "user", "plan", "plan__user").get()
    if visit.user_id != actor.pk:
        planner(actor, visit.user_id)
    return visit


@transaction.atomic
def move(
    actor: User, visit_id: int, on: date, *, at: time | None = None, asked: bool = False, today: date | None = None
) -> tuple[Visit, When]:
    """Another day, an agreed hour, or none any more. Gives back where it stood.

    Refuses days gone by, a visit begun or made, another week in which somebody has this customer, and to take back that he asked for it
    where he was contacted often enough.
    """
    day = today or clock.today(settings.TIME_ZONE)
    visit = mine(actor, visit_id)
    _refuse_when(on, at, asked, day)
    before, old_plan = When(visit.on, visit.at, visit.asked), visit.plan
    week = rules.week_of(on)
    if visit.state not in AHEAD:
        raise Refused("visit.gone_on", "已经出发或者去过了，不能再改日子。")
    if week != visit.week:
        refuse_taken(visit.customer_id, week, visit.pk)
    plan = plan_for(visit.user, week, current_pack(), actor) if week != visit.week else visit.plan
    here = Visit.objects.filter(pk=visit.pk, state__in=AHEAD)
    if not here.update(on=on, week=week, plan=plan, at=at, asked=asked, by_hand=True, position=999, begins=None):
        raise Refused("visit.gone_on", "已经出发或者去过了，不能再改日子。")
    if visit.state == VisitState.PLANNED and before.asked and not asked:
        _refuse_full(visit.customer_id, day)
    Task.objects.open().filter(about=ABOUT, about_id=visit.pk).update(due_on=on, asked=asked, snoozed_until=None)
    order_day(plan, on)
    if (old_plan.pk, before.on) != (plan.pk, on):
        order_day(old_plan, before.on)
    record(actor, "visit.move", visit.customer, visit=visit.pk, old=before.on, new=on)
    visit.refresh_from_db()
    return visit, before


def _refuse_full(customer: int, on: date) -> None:
    """Refuses a visit that is not asked for any more, where the budget has no room. His card is held."""
    budget = current_pack().contact_budget
    had = spent(Q(customer_id=customer), on, budget).get(customer)
    if had is not None and not had.room(budget):
        raise _full()


def _full() -> Refused:
    return Refused("visit.budget", "这位客户近 30 天已联系满，他自己约的才能排。")


@transaction.atomic
def leave_out(actor: User, visit_id: int) -> Visit:
    """Not going after all; the task ends. `put_back` undoes it. Refuses a visit begun, made or dropped."""
    visit = mine(actor, visit_id)
    if visit.state == VisitState.DROPPED:
        raise Refused("visit.dropped", "这次拜访已经去掉了。")
    if not Visit.objects.filter(pk=visit.pk, state__in=AHEAD).update(by_hand=True):
        raise Refused("visit.gone_on", "已经出发或者去过了，不能再改日子。")
    drop([visit], Dropped.BY_HAND)
    order_day(visit.plan, visit.on)
    record(actor, "visit.drop", visit.customer, visit=visit.pk, on=visit.on)
    return visit


@transaction.atomic
def put_back(actor: User, visit_id: int, today: date | None = None) -> Visit:
    """What was left out by hand is in the week again. Refuses a day gone by and a customer somebody has in the week by now."""
    visit, day = mine(actor, visit_id), today or clock.today(settings.TIME_ZONE)
    if visit.state != VisitState.DROPPED or visit.dropped_why != Dropped.BY_HAND:
        raise Refused("visit.not_dropped", "这次拜访没有去掉过。")
    _refuse_when(visit.on, visit.at, visit.asked, day)
    refuse_erased(visit.customer.erased)
    refuse_taken(visit.customer_id, visit.week)
    state = VisitState.PLANNED if visit.plan.state == PlanState.SET else VisitState.DRAFT
    Visit.objects.filter(pk=visit.pk, state=VisitState.DROPPED).update(state=state, dropped_why="")
    visit.refresh_from_db()
    if state == VisitState.PLANNED and make_tasks([visit], actor.pk, day):
        raise _full()
    order_day(visit.plan, visit.on)
    record(actor, "visit.put_back", visit.customer, visit=visit.pk, on=visit.on)
    return visit
