"""Reads of visits: who is due, a week, a day, how often the card was read before. A fixed number of queries, whatever the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from liuke.custody.models import CheckOut
from liuke.customers.models import Customer, erased
from liuke.interactions.labels import Way
from liuke.interactions.models import Interaction
from liuke.packs import Pack
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may
from liuke.team.queries import colleagues
from liuke.visits import rules
from liuke.visits.labels import OPEN, UNDER_WAY, Dropped, PlanState, VisitState
from liuke.visits.models import Area, Placement, Visit, VisitPlan
from liuke.visits.routing import Point, Travel
from liuke.visits.rules import Due, Known
from liuke.work.budget import spent
from liuke.work.staff import Staff

MET = Q(way=Way.VISIT, two_way=True, undone_at__isnull=True)
"""Condition on contacts: a visit that met the customer."""


def travel_of(pack: Pack) -> Travel:
    return Travel(pack.visits.speed_kmh, pack.visits.detour, pack.visits.near_minutes)


def begins_of(pack: Pack) -> int:
    """The minute of the day at which visits begin."""
    hours, minutes = pack.visits.day_from.split(":")
    return int(hours) * 60 + int(minutes)


def point_of(area: Area | None) -> Point | None:
    """The middle of an area, where it has one."""
    if area is None or area.latitude is None or area.longitude is None:
        return None
    return Point(area.latitude, area.longitude)


# ── who is due ───────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class DueList:
    """Whose visit is due by a Sunday, in the order in which they get a place. `full`: due as well, but contacted often enough by now.

    `planned`: how many more are due and stand in somebody's week already.
    """

    due: tuple[Due, ...]
    full: tuple[Due, ...]
    planned: int


def due_list(user: User, until: date, on: date, pack: Pack) -> DueList:
    """The customers this user looks after whose visit is due by a day. Nobody who left, does not want to be contacted, or is no person any
    more. Seven queries."""
    mine = Customer.objects.visible_to(user).filter(owner=user, do_not_contact=False).exclude(erased())
    rows = mine.values_list("pk", "opened_on", "key_account", "next_contact_on")
    run = current_run()
    stood = standings(run).filter(customer__owner=user).values_list("customer_id", "abc", "stage", "value_at_risk_cents")
    insight = {pk: (abc, stage, risk) for pk, abc, stage, risk in stood}
    met = Interaction.objects.filter(MET, customer__owner=user).order_by().values_list("customer_id").annotate(last=Max("on"))
    last: dict[int, date] = dict(met)
    areas = dict(Placement.objects.filter(customer__owner=user, area__closed_at__isnull=True).values_list("customer_id", "area_id"))
    planned = set(Visit.objects.open().filter(customer__owner=user).values_list("customer_id", flat=True))
    had = spent(Q(customer__owner=user), on, pack.contact_budget)
    every = pack.visit_days.model_dump()
    found: list[Due] = []
    for pk, since, key, promised in rows:
        abc, stage, risk = insight.get(pk, ("", "", 0))
        if stage == "E":
            continue
        known = Known(pk, abc, since, last.get(pk), key, promised, max(risk, 0), areas.get(pk))
        if (one := rules.due(known, every, until)) is not None:
            found.append(one)
    waiting = [one for one in found if one.known.id not in planned]
    budget = pack.contact_budget
    full = {one.known.id for one in waiting if one.known.id in had and not had[one.known.id].room(budget)}
    return DueList(
        tuple(rules.first_come((one for one in waiting if one.known.id not in full), on)),
        tuple(rules.first_come((one for one in waiting if one.known.id in full), on)),
        len(found) - len(waiting),
    )


# ── plans ────────────────────────────────────────────────────────────────────


def planners(user: User) -> QuerySet[User]:
    """Whose weeks the user may look at: himself, and for who oversees everybody in sight who visits."""
    seen = colleagues(user) if may(user, "visit.oversee") else User.objects.filter(pk=user.pk)
    return seen.filter(role__in=PERMISSIONS["visit.plan"]).select_related("unit", "scope").order_by("unit__path", "name")


def plan_of(user: User, week: date) -> VisitPlan | None:
    return VisitPlan.objects.filter(user=user, week=week).select_related("user").first()


def visits_of(viewer: User, user: User, first: date, last: date) -> list[Visit]:
    """The visits of one person from one day to another, in order, the dropped ones among them, those `viewer` may see."""
    rows = Visit.objects.visible_to(viewer).filter(user=user, on__gte=first, on__lte=last)
    return list(rows.select_related("customer", "customer__unit", "area", "plan", "check_out").order_by("on", *IN_ORDER))


IN_ORDER = (Coalesce("at", "begins").asc(nulls_last=True), F("position").asc(), F("pk").asc())


def overdue_visits(user: User, on: date) -> list[Visit]:
    """Visits of this user whose day has gone by and that nobody made."""
    rows = Visit.objects.visible_to(user).filter(user=user, on__lt=on, state__in=(VisitState.PLANNED, *UNDER_WAY))
    return list(rows.select_related("customer", "customer__unit", "area", "plan", "check_out").order_by("on", *IN_ORDER))


def hidden_of(user: User, first: date, last: date) -> list[Visit]:
    """Visits of this user to customers who are not his to see any more: the day and the reason may be told, nothing else."""
    mine = Visit.objects.filter(user=user, on__gte=first, on__lte=last)
    return list(mine.exclude(pk__in=Visit.objects.visible_to(user).filter(user=user).values("pk")).order_by("on", "pk"))


def problems(visits: Iterable[Visit]) -> dict[int, str]:
    """Why visits that are still to be made cannot be: id → a code of labels.Dropped. Two queries."""
    rows = [visit for visit in visits if visit.state in OPEN]
    if not rows:
        return {}
    staff = Staff(min(visit.on for visit in rows))
    asked = Customer.objects.filter(pk__in={visit.customer_id for visit in rows})
    cards = {pk: (owner, path or "", extra, quiet) for pk, owner, path, extra, quiet in asked.values_list(
        "pk", "owner_id", "unit__path", "extra", "do_not_contact")}  # fmt: skip
    found: dict[int, str] = {}
    for visit in rows:
        owner, path, extra, quiet = cards[visit.customer_id]
        if "erased" in extra:
            found[visit.pk] = Dropped.ERASED
        elif not staff.sees(visit.user_id, owner, path):
            found[visit.pk] = Dropped.MOVED if owner != visit.user_id else Dropped.UNSEEN
        elif quiet and not visit.asked:
            found[visit.pk] = Dropped.QUIET
    return found


def planned_by_others(user: User, week: date, customers: Sequence[int]) -> dict[int, str]:
    """Customers whom somebody else has in his week already: id → who."""
    rows = Visit.objects.open().filter(week=week, customer__in=customers).exclude(user=user)
    return dict(rows.values_list("customer_id", "user__name"))


@dataclass(frozen=True)
class DraftWaiting:
    """A draft that its person has not confirmed."""

    plan: VisitPlan
    visits: int


def drafts_waiting(user: User, on: date) -> DraftWaiting | None:
    """The user's own draft of this week or the next, the nearer first, when somebody made one and nobody confirmed it."""
    week = rules.week_of(on)
    plans = VisitPlan.objects.filter(user=user, state=PlanState.DRAFT, week__in=(week, week + timedelta(days=7)))
    open_ = Count("visits", filter=Q(visits__state__in=OPEN))
    found = plans.annotate(waiting=open_).filter(waiting__gt=0).order_by("week").first()
    return DraftWaiting(found, getattr(found, "waiting", 0)) if found is not None else None


def today_count(user: User, on: date) -> tuple[int, bool]:
    """For the navigation: visits still to be made today, and whether one of an earlier day was not made. One query."""
    waiting = Visit.objects.filter(user=user, on__lte=on, state__in=(VisitState.PLANNED, *UNDER_WAY))
    counted = waiting.aggregate(today=Count("pk", filter=Q(on=on)), late=Count("pk", filter=Q(on__lt=on)))
    return counted["today"], counted["late"] > 0


# ── the card read before ─────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reading:
    """Of the visits that were made or begun, how many began with a look at the card."""

    made: int
    read: int

    @property
    def share(self) -> float | None:
        return self.read / self.made if self.made else None


def made_between(since: date, until: date) -> Q:
    """Condition on visits: begun or made on one of these days."""
    return Q(on__gte=since, on__lte=until, state__in=(*UNDER_WAY, VisitState.DONE))


READ = Q(read_at__isnull=False) & (
    Q(started_at__isnull=False, read_at__lte=F("started_at")) | Q(started_at__isnull=True, read_at__lte=F("done_at"))
)
"""Condition on visits: the card was opened before leaving (where nobody said when he left, before the result was written)."""


def reading_rate(users: Iterable[int], since: date, until: date) -> Mapping[int, Reading]:
    """How often each of these users read the card before going, from one day to another. One query; who made no visit is missing."""
    rows = Visit.objects.filter(made_between(since, until), user__in=list(users)).order_by().values_list("user_id")
    return {user: Reading(made, read) for user, made, read in rows.annotate(made=Count("pk"), read=Count("pk", filter=READ))}


def unread(viewer: User, users: Iterable[int], since: date, until: date) -> QuerySet[Visit]:
    """The visits behind the rate that began without a look at the card, the newest first."""
    seen = Visit.objects.visible_to(viewer).filter(made_between(since, until), user__in=list(users)).exclude(READ)
    return seen.select_related("customer", "user", "area").order_by("-on", "-pk")


def open_outs(user: User, visits: Sequence[Visit]) -> dict[int, CheckOut]:
    """The user's own running check-outs of the cards of these visits, by customer."""
    ids = {visit.customer_id for visit in visits}
    return {out.customer_id: out for out in CheckOut.objects.filter(user=user, customer__in=ids, returned_at__isnull=True).order_by("at")}
