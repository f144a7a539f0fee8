"""Playbooks of a stage: begun for customers about whom nothing else is to be done, and only as many as somebody's day has room for.

A signal says that something has happened. Without one there is still the purpose of the stage a customer is in (2-insight): a good first
90 days, more reasons to come, a tier kept, a way back, a door left open. Such a contact never pushes another one out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from liuke.interactions.models import Interaction
from liuke.packs import Pack, Playbook
from liuke.packs.stages import STAGE
from liuke.standing.models import Run, Standing
from liuke.standing.queries import open_signals, standings
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS
from liuke.work.models import Enrolment, Task
from liuke.work.staff import Staff

SEVERITY = 0
"""Below every signal: any of them takes the place of a stage's playbook that nobody has begun."""

CALM_DAYS = 30
"""So long nothing has been done with the customer: no contact, no visit, no playbook that ended."""

LOOKED_AT = 30
"""Customers of one person that a day's plan looks at: more calls than that fit in no day."""

GONE = ("E.told", "E.membership", "E.died", "E.moved", "E.closed")
"""Who is gone by word or by fact is asked nothing more."""

Stage = tuple[str, dict[str, Any]]
"""The stage of a customer and the figures of its sentence."""


def stages_of(run: Run | None, where: Q, customers: Collection[int], as_of: date) -> dict[int, Stage]:
    """The stage of each of these customers with the figures of its sentence; `where`: condition on customer_id that covers them."""
    if run is None or not customers:
        return {}
    rows = standings(run).filter(where).exclude(stage_code__in=GONE)
    found: dict[int, Stage] = {}
    for customer, stage, last, cycle, days in rows.values_list("customer_id", "stage", "last_deal", "cycle_days", "deal_days"):
        if customer not in customers:
            continue
        slots: dict[str, Any] = {}
        if last is not None:
            slots["recency_days"] = max((as_of - last).days, 0)
        if cycle and days > 1:
            slots["cycle_days"] = cycle
        found[customer] = (stage, slots)
    return found


def playbook_for(pack: Pack, stage: str) -> Playbook | None:
    """The playbook that is begun for a stage: the first that names it and is not off."""
    return next((each for each in pack.playbooks_for_stage(stage) if not each.off), None)  # type: ignore[arg-type]


def key_of(stage: str) -> str:
    """The reason's key: "stage.C"."""
    return f"{STAGE}{stage}"


def to_begin(pack: Pack, run: Run | None, staff: Staff, capacity: Mapping[int, int], as_of: date) -> list[int]:
    """The customers for whom a stage's playbook is begun on this day, those with most at risk first, until nobody's day has room.

    `capacity`: minutes a day by user. A day has room for what is left after everything open and due. Three queries, whatever the rows.
    """
    begun = {stage: book for stage in "ABCDE" if (book := playbook_for(pack, stage)) is not None}
    free = _free(capacity, as_of)
    if run is None or not begun or not free:
        return []
    chosen = []
    for customer, owner, path, stage in _calm(run, begun, free, as_of):
        step = begun[stage].steps[0]
        assignee = staff.pick(step.who, owner, path or "", customer)
        if assignee is not None and free.get(assignee, 0) >= step.minutes:
            free[assignee] -= step.minutes
            chosen.append(customer)
    return chosen


def _free(capacity: Mapping[int, int], as_of: date) -> dict[int, int]:
    """Minutes of a day that nothing open and due takes up, of those who have some."""
    due = Task.objects.open().filter(due_on__lte=as_of).order_by().values_list("assignee_id").annotate(n=Sum("minutes"))
    taken = dict(due)
    return {user: minutes - taken.get(user, 0) for user, minutes in capacity.items() if minutes > taken.get(user, 0)}


def _calm(run: Run, begun: Mapping[str, Playbook], free: Mapping[int, int], as_of: date) -> QuerySet[Standing, tuple[Any, ...]]:
    """(customer, owner, path, stage) of whom nothing is asked and nothing has been done, at most LOOKED_AT of each owner."""
    since = as_of - timedelta(CALM_DAYS)
    of = OuterRef("customer")
    busy = Enrolment.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=since) | Q(alone_until__gte=as_of), customer=of)
    spoken = Interaction.objects.filter(customer=of, on__gt=since, undone_at__isnull=True)
    rested = _resting(begun, of, as_of)
    rows = standings(run).filter(stage__in=begun, customer__do_not_contact=False).exclude(stage_code__in=GONE)
    rows = rows.filter(Q(last_deal__isnull=True) | Q(last_deal__lte=since))
    if all(book.steps[0].who == "owner" for book in begun.values()):
        rows = rows.filter(customer__owner__in=list(free))
    rows = rows.filter(
        ~Exists(open_signals().filter(customer=of)), ~Exists(busy), ~Exists(spoken), ~Exists(rested),
        ~Exists(Task.objects.open().filter(customer=of)),
    )  # fmt: skip
    order = [F("value_at_risk_cents").desc(), F("customer_id").asc()]
    place = Window(RowNumber(), partition_by=F("customer__owner_id"), order_by=order)
    ranked = rows.annotate(place=place).filter(place__lte=LOOKED_AT).order_by(*order)
    return ranked.values_list("customer_id", "customer__owner_id", "customer__unit__path", "stage")


def _resting(begun: Mapping[str, Playbook], of: OuterRef, as_of: date) -> QuerySet[Enrolment]:
    """Enrolments in the playbook of the stage after which it still rests."""
    still = Q(pk__in=[])
    for book in begun.values():
        still |= Q(playbook=book.key, ended_on__gt=as_of - timedelta(book.stop.rest_days))
    return Enrolment.objects.filter(still, customer=of)


def capacities(pack: Pack) -> dict[int, int]:
    """Minutes a day of everybody who works a list: the own setting, else the pack's for the role. One query."""
    usual = {Role.REP: pack.capacity.rep, Role.AGENT: pack.capacity.agent}
    people = User.objects.filter(is_active=True, role__in=PERMISSIONS["today.work"]).values_list("pk", "role", "minutes_per_day")
    return {pk: own if own is not None else usual.get(Role(role), pack.capacity.supervisor) for pk, role, own in people}
