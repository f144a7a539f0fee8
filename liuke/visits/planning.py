"""A week on paper: draft it from those who are due, confirm it, take that back. Nothing is anybody's task before it is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.interactions.labels import Way
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.workdays import works
from liuke.packs import Pack
from liuke.team.calendar import changes
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import pack as current_pack
from liuke.visits import areas, rules
from liuke.visits.labels import AHEAD, Dropped, PlanState, VisitState
from liuke.visits.models import Area, Placement, Visit, VisitPlan
from liuke.visits.queries import begins_of, due_list, planners, point_of, problems, travel_of
from liuke.visits.routing import MOST_STOPS, Days, Placed, Point, Stop
from liuke.visits.words import reasons_of
from liuke.work import making
from liuke.work.labels import Ended, TaskKind
from liuke.work.models import Task

ABOUT = "visits.visit"


def planner(actor: User, user_id: int) -> User:
    """Whose week the actor may plan. Raises User.DoesNotExist for anybody else's."""
    require(actor, "visit.plan")
    return planners(actor).get(pk=user_id)


def plan_for(user: User, week: date, pack: Pack, by: User | None) -> VisitPlan:
    """The week's plan of this user, made where there is none. Inside the caller's transaction."""
    minutes = pack.visits.day_minutes if user.minutes_per_day is None else min(pack.visits.day_minutes, user.minutes_per_day)
    made, _ = VisitPlan.objects.get_or_create(user=user, week=week, defaults={"day_minutes": max(minutes, 10), "made_by": by})
    return made


# ── the draft ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Drafted:
    """What a draft holds: how many visits it placed, how many more are due and found no place."""

    plan: VisitPlan
    placed: int
    left: int


@transaction.atomic
def draft(actor: User | None, user_id: int, week: date, *, day_minutes: int | None = None, today: date | None = None) -> Drafted:
    """Make a week's plan from those who are due, or make it anew: what somebody put in by hand stays, on its day.

    `actor` None is the house itself. Refuses a week gone by or too far off, one that is confirmed already, a day of less than 10 minutes.
    """
    user = planner(actor, user_id) if actor is not None else User.objects.get(pk=user_id)
    on, pack = today or clock.today(settings.TIME_ZONE), current_pack()
    rules.refuse_week(week, on)
    if day_minutes is not None and not 10 <= day_minutes <= 720:
        raise Refused("visit.minutes", "一天的拜访请填 10 到 720 分钟。")
    made = plan_for(user, week, pack, actor)
    if VisitPlan.objects.select_for_update().get(pk=made.pk).state == PlanState.SET:
        raise Refused("visit.set", "这一周已经排定了，可以一家一家地改。")
    if day_minutes is not None:
        made.day_minutes = day_minutes
    areas.find_areas(_unplaced(user))
    Visit.objects.filter(plan=made, state=VisitState.DRAFT, by_hand=False).delete()
    kept = list(Visit.objects.filter(plan=made, state=VisitState.DRAFT).select_related("area"))
    first = max(week, on)
    free = tuple((day - week).days for day in _days(first, week + timedelta(days=6)) if works(day, changes()))
    listed = due_list(user, week + timedelta(days=6), on, pack)
    # Nobody else may plan one of them meanwhile; who was planned before we held him is none of ours.
    candidates = list(listed.due)[: max(MOST_STOPS - len(kept), 0)]
    lock_cards(one.known.id for one in candidates)
    taken = set(
        Visit.objects.open().filter(customer__in=[one.known.id for one in candidates], week=week).values_list("customer", flat=True)
    )
    candidates = [one for one in candidates if one.known.id not in taken]
    grounds = {area.pk: area for area in Area.objects.filter(pk__in={one.known.area for one in candidates if one.known.area})}
    stops = [_stop(visit, week) for visit in kept] + [
        Stop(-one.known.id, pack.visits.minutes, point_of(grounds.get(one.known.area or 0)), area=one.known.area) for one in candidates
    ]
    days = Days(tuple(sorted({*free, *(stop.day for stop in stops if stop.day is not None)})), begins_of(pack), made.day_minutes)
    placed, grouped = rules.plan(stops, start_of(user), days, travel_of(pack))
    due = {one.known.id: one for one in candidates}
    fresh = [
        Visit(
            plan=made, customer_id=-pk, user=user, week=week, on=week + timedelta(days=route.day), position=place,
            begins=rules.clock_time(start), area_id=due[-pk].known.area, minutes=pack.visits.minutes, reasons=reasons_of(due[-pk]),
            value_at_risk_cents=due[-pk].known.at_risk_cents,
        )
        for route in placed.routes
        for place, (pk, start) in enumerate(zip(route.stops, route.starts, strict=True))
        if pk < 0
    ]  # fmt: skip
    Visit.objects.bulk_create(fresh)
    _write_order(placed, {visit.pk: visit for visit in kept})
    made.grouped, made.made_at, made.made_by = grouped, timezone.now(), actor
    made.save(update_fields=["grouped", "made_at", "made_by", "day_minutes"])
    record(actor, "visit.draft", made, week=week, visits=len(fresh))
    return Drafted(made, len(fresh), len(listed.due) - len(fresh))


def _unplaced(user: User) -> list[int]:
    """Customers of the user whose address was never read, or changed since."""
    known = dict(Placement.objects.filter(customer__owner=user).values_list("customer_id", "version"))
    hand = set(Placement.objects.filter(customer__owner=user, by_hand=True).values_list("customer_id", flat=True))
    cards = Customer.objects.filter(owner=user).exclude(address="").values_list("pk", "version")
    return [pk for pk, version in cards if pk not in hand and known.get(pk) != version] if Area.objects.open().exists() else []


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _stop(visit: Visit, week: date) -> Stop:
    return Stop(visit.pk, visit.minutes, point_of(visit.area), (visit.on - week).days, rules.minute_of(visit.at), visit.area_id)


def start_of(user: User) -> Point | None:
    """Where the user sets out: the area marked so of his unit."""
    unit: Unit | None = user.unit
    home = areas.homes([unit]).get(unit.pk) if unit is not None else None
    return point_of(home)


def _write_order(placed: Placed, visits: dict[int, Visit]) -> None:
    changed = []
    for route in placed.routes:
        for place, (pk, start) in enumerate(zip(route.stops, route.starts, strict=True)):
            if (visit := visits.get(pk)) is not None:
                visit.position, visit.begins = place, rules.clock_time(start)
                changed.append(visit)
    Visit.objects.bulk_update(changed, ["position", "begins"], batch_size=200)


def order_day(plan: VisitPlan, on: date) -> None:
    """Find the order of one day anew: its stops changed. Those under way or made keep their place. Inside the caller's transaction."""
    pack = current_pack()
    visits = list(Visit.objects.filter(plan=plan, on=on, state__in=AHEAD).select_related("area").order_by("position", "pk"))
    if not visits:
        return
    route = rules.one_day(
        [_stop(visit, plan.week) for visit in visits], start_of(plan.user), (on - plan.week).days, begins_of(pack), travel_of(pack)
    )
    _write_order(Placed((route,), ()), {visit.pk: visit for visit in visits})


@transaction.atomic
def discard(actor: User, plan_id: int) -> int:
    """Throw a draft away, what was put in by hand too. How many visits. Refuses a confirmed week."""
    plan = _own(actor, plan_id)
    if plan.state == PlanState.SET:
        raise Refused("visit.set", "这一周已经排定了，可以一家一家地改。")
    gone, _ = Visit.objects.filter(plan=plan, state=VisitState.DRAFT).delete()
    record(actor, "visit.discard", plan, week=plan.week, visits=gone)
    return gone


def _own(actor: User, plan_id: int) -> VisitPlan:
    """A plan the actor may act on, held. Raises VisitPlan.DoesNotExist."""
    require(actor, "visit.plan")
    seen = VisitPlan.objects.visible_to(actor).select_related("user").get(pk=plan_id)
    VisitPlan.objects.select_for_update().get(pk=seen.pk)
    seen.refresh_from_db(fields=["state", "set_at"])
    return seen


# ── from paper to tasks ──────────────────────────────────────────────────────


@dataclass(frozen=True)
class Confirmed:
    """How many visits are tasks now; those that could not be, with the reason on each."""

    plan: VisitPlan
    count: int
    dropped: tuple[Visit, ...]


@transaction.atomic
def confirm(actor: User, plan_id: int, *, now: datetime | None = None) -> Confirmed:
    """Make the week binding: each visit becomes a task of its day. A customer who changed hands, was erased or asked for quiet meanwhile
    drops out with the reason. Refuses a week that is confirmed, and an empty one."""
    plan, when = _own(actor, plan_id), now or timezone.now()
    on = timezone.localtime(when).date()
    visits = list(Visit.objects.filter(plan=plan, state=VisitState.DRAFT).select_related("customer").order_by("pk"))
    if not visits:
        raise Refused("visit.empty", "这一周还没有排客户。")
    if not VisitPlan.objects.filter(pk=plan.pk, state=PlanState.DRAFT).update(state=PlanState.SET, set_at=when):
        raise Refused("visit.set", "这一周已经排定了，可以一家一家地改。")
    lock_cards(visit.customer_id for visit in visits)
    dropped = drop_impossible(visits)
    good = [visit for visit in visits if visit.pk not in {gone.pk for gone in dropped}]
    Visit.objects.filter(pk__in=[visit.pk for visit in good]).update(state=VisitState.PLANNED)
    left = make_tasks(good, actor.pk, on)
    record(actor, "visit.confirm", plan, week=plan.week, visits=len(good) - len(left), dropped=len(dropped) + len(left))
    plan.refresh_from_db()
    return Confirmed(plan, len(good) - len(left), (*dropped, *left))


def make_tasks(visits: Sequence[Visit], by: int | None, on: date) -> list[Visit]:
    """Tasks for visits that are planned; those that got none, dropped with the reason. Inside the caller's transaction, the cards held.

    What is planned is to be seen on its day, with an hour or without; unless the customer asked for it, it is a contact of his budget.
    """
    effect = current_pack().visits.effect
    wanted = [
        making.Wanted(
            kind=TaskKind.VISIT, customer=visit.customer_id, due_on=visit.on, channel=Way.VISIT, minutes=visit.minutes,
            reasons=visit.reasons, about=ABOUT, about_id=visit.pk, assignee=visit.user_id, asked=visit.asked, must=True,
            effect=effect,
        )
        for visit in visits
    ]  # fmt: skip
    made = {task.about_id for task in making.make(wanted, by, on)}
    left = [visit for visit in visits if visit.pk not in made]
    drop(left, Dropped.BUDGET)
    return left


def drop(visits: Sequence[Visit], why: str) -> None:
    """These visits are not made, for this reason, and their tasks end. Inside the caller's transaction."""
    ids = [visit.pk for visit in visits]
    if not ids:
        return
    Visit.objects.filter(pk__in=ids).update(state=VisitState.DROPPED, dropped_why=why)
    ended = {Dropped.MOVED: Ended.MOVED, Dropped.QUIET: Ended.DO_NOT_CONTACT}.get(Dropped(why), Ended.CANCELLED)
    making.stop(ABOUT, ids, ended)
    for visit in visits:
        visit.state, visit.dropped_why = VisitState.DROPPED, why


def drop_impossible(visits: Iterable[Visit]) -> list[Visit]:
    """Drop those of these visits that cannot be made, each with its reason; they are given back."""
    rows = list(visits)
    why = problems(rows)
    for reason in set(why.values()):
        drop([visit for visit in rows if why.get(visit.pk) == reason], reason)
    return [visit for visit in rows if visit.pk in why]


@transaction.atomic
def reopen(actor: User, plan_id: int) -> VisitPlan:
    """Take a confirmation back: the week is a draft again and its tasks end. Refuses when somebody has set out already."""
    plan = _own(actor, plan_id)
    begun = Visit.objects.filter(plan=plan, week=plan.week).exclude(state__in=(*AHEAD, VisitState.DROPPED))
    if begun.exists():
        raise Refused("visit.begun", "这一周已经去过客户了，不能整个撤回，可以一家一家地改。")
    if not VisitPlan.objects.filter(pk=plan.pk, state=PlanState.SET).update(state=PlanState.DRAFT, set_at=None):
        raise Refused("visit.draft", "这一周本来就是草稿。")
    ids = list(Visit.objects.filter(plan=plan, state=VisitState.PLANNED).values_list("pk", flat=True))
    lock_cards(Visit.objects.filter(pk__in=ids).values_list("customer", flat=True))
    making.stop(ABOUT, ids, Ended.UNDONE)
    Visit.objects.filter(pk__in=ids).update(state=VisitState.DRAFT)
    record(actor, "visit.reopen", plan, week=plan.week, visits=len(ids))
    plan.refresh_from_db()
    return plan


def open_task(visit: Visit) -> Task | None:
    return Task.objects.open().filter(about=ABOUT, about_id=visit.pk).first()
