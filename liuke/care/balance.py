"""Care against selling: how many contacts of either kind the customers of a unit had, and which. Source: domain page 3, Contact budget.

A contact is what the budget counts (work.budget.made), and the window is the budget's: there is one share of contacts for both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from liuke.care.labels import CareSide
from liuke.interactions.models import Interaction
from liuke.packs import Pack
from liuke.team.models import Unit, User
from liuke.team.queries import in_scope
from liuke.work.budget import made
from liuke.work.labels import TaskKind
from liuke.work.models import Result, Task

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
    """All in sight, then unit by unit; units without a contact are left out. Three queries."""
    contacted = _made(user, today, pack)
    by_unit: dict[int, Counter[str]] = defaultdict(Counter)
    for unit, number in contacted.order_by().values_list("customer__unit").annotate(n=Count("pk")):
        by_unit[unit][CareSide.OTHER] = number
    tasks = _told().filter(interaction__in=contacted.order_by().values("pk")).order_by()
    for unit, kind, playbook, number in tasks.values_list("interaction__customer__unit", "task__kind", "task__playbook").annotate(
        n=Count("interaction", distinct=True)
    ):
        if (side := side_of(kind, playbook, pack)) != CareSide.OTHER:
            by_unit[unit].update({side: number, CareSide.OTHER: -number})
    units = Unit.objects.filter(pk__in=by_unit).order_by("path")
    shares = [Share(unit, by_unit[unit.pk]) for unit in units]
    return [Share(None, sum((share.counts for share in shares), Counter())), *shares]


@dataclass(frozen=True)
class Contact:
    """One contact behind a number, with the task it was made for (None: it was written down on the card)."""

    contact: Interaction
    task: Task | None


def contacts(user: User, today: date, pack: Pack, side: str, unit: int | None, page: int = 1) -> tuple[int, list[Contact]]:
    """The contacts behind a number: how many in all, and one page of them, the newest first."""
    rows = _made(user, today, pack)
    for each in (CareSide.CARE, CareSide.SELLING):
        on_it = Exists(_told().filter(_side(each, pack), interaction=OuterRef("pk")))
        if side == each:
            rows = rows.filter(on_it)
        elif side == CareSide.OTHER:
            rows = rows.exclude(on_it)
    if unit is not None:
        rows = rows.filter(customer__unit=unit)
    shown = list(rows.select_related("customer", "customer__unit", "by").order_by("-at", "-pk")[(page - 1) * SHOWN : page * SHOWN])
    told = _told().filter(interaction__in=[row.pk for row in shown]).select_related("task")
    tasks = {result.interaction_id: result.task for result in told}
    return rows.count(), [Contact(row, tasks.get(row.pk)) for row in shown]


def _side(side: str, pack: Pack) -> Q:
    """Condition on results: their task is on this side (care or selling)."""
    playbooks = [playbook.key for playbook in pack.playbooks if side_of(TaskKind.PLAYBOOK, playbook.key, pack) == side]
    asked = Q(task__kind=TaskKind.PLAYBOOK, task__playbook__in=playbooks)
    return asked | Q(task__kind=TaskKind.CARE) if side == CareSide.CARE else asked


def _made(user: User, today: date, pack: Pack) -> QuerySet[Interaction]:
    """The contacts that the budget counts, with customers in sight, whoever made them."""
    return made(in_scope(user, "customer__"), today, pack.contact_budget.in_days)


def _told() -> QuerySet[Result]:
    """Results that say what a contact was for: of a visit with which a playbook's contact went along, the playbook's."""
    standing = Result.objects.filter(undone_at__isnull=True)
    return standing.exclude(Exists(standing.filter(along=OuterRef("pk"))))
