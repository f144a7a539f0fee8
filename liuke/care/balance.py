"""Care against selling: how many contacts of either kind the customers of a unit had, and which. Source: domain page 3, Contact budget."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Q

from liuke.care.labels import CareSide
from liuke.interactions.labels import Outcome
from liuke.packs import Pack
from liuke.team.models import Unit, User
from liuke.team.queries import in_scope
from liuke.work.labels import TaskKind, TaskState
from liuke.work.models import Task, TaskQuerySet

DAYS = 30
"""Days back that the balance is of, today included."""
SHOWN = 50


@dataclass(frozen=True)
class Share:
    """Contacts of one unit's customers (None: all in sight) by side."""

    unit: Unit | None
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def care(self) -> int:
        return self.counts[CareSide.CARE]

    @property
    def selling(self) -> int:
        return self.counts[CareSide.SELLING]

    @property
    def other(self) -> int:
        return self.counts[CareSide.OTHER]


def side_of(kind: str, playbook: str, pack: Pack) -> str:
    """Where a contact counts: a care task, or a playbook of daily care, is care; a playbook that offers or holds is selling.

    Complaints, promises, visits and what else has to be done are neither.
    """
    if kind == TaskKind.CARE:
        return CareSide.CARE
    if kind != TaskKind.PLAYBOOK:
        return CareSide.OTHER
    try:
        scenario = pack.scenario_of(pack.playbook(playbook))
    except KeyError:
        return CareSide.OTHER
    return {"care": CareSide.CARE, "complaint": CareSide.OTHER}.get(scenario, CareSide.SELLING)


def balance(user: User, today: date, pack: Pack) -> list[Share]:
    """All in sight, then unit by unit; units without a contact are left out. Two queries."""
    by_unit: dict[int, Counter[str]] = defaultdict(Counter)
    rows = _made(user, today).order_by().values_list("customer__unit", "kind", "playbook").annotate(n=Count("pk"))
    for unit, kind, playbook, number in rows:
        by_unit[unit][side_of(kind, playbook, pack)] += number
    units = Unit.objects.filter(pk__in=by_unit).order_by("path")
    shares = [Share(unit, by_unit[unit.pk]) for unit in units]
    return [Share(None, sum((share.counts for share in shares), Counter())), *shares]


def contacts(user: User, today: date, pack: Pack, side: str, unit: int | None, page: int = 1) -> tuple[int, list[Task]]:
    """The contacts behind a number: how many in all, and one page of them, the newest first."""
    playbooks = [playbook.key for playbook in pack.playbooks if side_of(TaskKind.PLAYBOOK, playbook.key, pack) == side]
    asked = Q(kind=TaskKind.PLAYBOOK, playbook__in=playbooks)
    if side == CareSide.CARE:
        asked |= Q(kind=TaskKind.CARE)
    elif side == CareSide.OTHER:
        known = [playbook.key for playbook in pack.playbooks]
        asked |= ~Q(kind__in=(TaskKind.PLAYBOOK, TaskKind.CARE)) | (Q(kind=TaskKind.PLAYBOOK) & ~Q(playbook__in=known))
    rows = _made(user, today).filter(asked)
    if unit is not None:
        rows = rows.filter(customer__unit=unit)
    shown = rows.select_related("customer", "customer__unit", "done_by").order_by("-done_at", "-pk")
    return rows.count(), list(shown[(page - 1) * SHOWN : page * SHOWN])


def _made(user: User, today: date) -> TaskQuerySet:
    """Contacts that came about, with customers in sight, whoever made them."""
    done = Task.objects.filter(in_scope(user, "customer__"), state=TaskState.DONE, done_on__gt=today - timedelta(DAYS), done_on__lte=today)
    return done.exclude(outcome=Outcome.NOT_REACHED)
