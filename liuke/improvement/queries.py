"""Reads of improvement: the list, one cycle with its figures, and what can be said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from liuke.improvement.labels import Moment, Phase
from liuke.improvement.models import Cycle, CycleFigure, CycleTask
from liuke.improvement.rules import after, beyond_error, improved, reached
from liuke.team.models import User

VIEWS = ("open", "mine", "late", "check", "done", "dropped")


def of_view(user: User, view: str, on: date) -> QuerySet[Cycle]:
    """The cycles in sight that a view shows, the next due first; what has ended, the latest first. KeyError for another view."""
    rows = Cycle.objects.visible_to(user)
    condition = _conditions(user, on)[view]
    order = ("-ended_on", "-pk") if view in ("done", "dropped") else ("due_on", "pk")
    return rows.filter(condition).select_related("unit", "owner").order_by(*order)


def counts(user: User, on: date) -> dict[str, int]:
    """How many each view shows. One query."""
    conditions = _conditions(user, on)
    found = Cycle.objects.visible_to(user).aggregate(**{f"n_{view}": Count("pk", filter=conditions[view]) for view in VIEWS})
    return {view: found[f"n_{view}"] for view in VIEWS}


def _conditions(user: User, on: date) -> dict[str, Q]:
    running = ~Q(phase__in=(Phase.DONE, Phase.DROPPED))
    tasks = CycleTask.objects.filter(assignee=user, dropped_on=None, done_on=None).values("cycle")
    return {
        "open": running,
        "mine": running & (Q(owner=user) | Q(pk__in=tasks)),
        "late": running & Q(due_on__lt=on),
        "check": Q(phase=Phase.CHECK),
        "done": Q(phase=Phase.DONE),
        "dropped": Q(phase=Phase.DROPPED),
    }


@dataclass(frozen=True)
class Shown:
    """One cycle whole. `before`, `after`: the figures of the present turn; `ready_on`: the first day on which the check can be taken."""

    row: Cycle
    tasks: list[CycleTask]
    figures: list[CycleFigure]
    before: CycleFigure | None
    after: CycleFigure | None
    ready_on: date | None

    @property
    def verdict(self) -> str:
        """ "" before the check; reached (at the target), better, same (within the error), worse."""
        return verdict(self.row, self.before, self.after)


def verdict(row: Cycle, was: CycleFigure | None, now: CycleFigure | None) -> str:
    """What the check says: "" without both figures, reached, better, same (within their 95 % intervals) or worse."""
    if was is None or now is None or now.value is None:
        return ""
    if reached(now.value, float(row.target), row.better):
        return "reached"
    if was.value is None:
        return ""
    clear = beyond_error(was.value, was.margin, now.value, now.margin)
    if clear is False or was.value == now.value:
        return "same"
    return "better" if improved(was.value, now.value, row.better) else "worse"


def shown(user: User, pk: int) -> Shown:
    """Raises Cycle.DoesNotExist out of sight. Three queries."""
    row = Cycle.objects.visible_to(user).select_related("unit", "owner", "opened_by", "ended_by").get(pk=pk)
    tasks = list(CycleTask.objects.filter(cycle=row).select_related("assignee", "done_by").order_by("turn", "pk"))
    figures = list(CycleFigure.objects.filter(cycle=row).select_related("taken_by").order_by("turn", "pk"))
    of = {(each.turn, each.moment): each for each in figures}
    ready = after(row.done_on, row.days).last + timedelta(1) if row.done_on else None
    return Shown(row, tasks, figures, of.get((row.turn, Moment.BEFORE)), of.get((row.turn, Moment.AFTER)), ready)


def figures_of(rows: list[Cycle]) -> dict[int, tuple[CycleFigure | None, CycleFigure | None]]:
    """The figures before and after of the present turn of these cycles. One query."""
    found: dict[tuple[int, int, str], CycleFigure] = {
        (each.cycle_id, each.turn, each.moment): each for each in CycleFigure.objects.filter(cycle__in=rows)
    }
    return {row.pk: (found.get((row.pk, row.turn, Moment.BEFORE)), found.get((row.pk, row.turn, Moment.AFTER))) for row in rows}


def of_source(user: User, source: str, source_id: int) -> list[Cycle]:
    """The cycles that began with this row (a complaint), the newest first."""
    return list(Cycle.objects.visible_to(user).filter(source=source, source_id=source_id).order_by("-pk"))
