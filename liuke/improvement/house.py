"""What the verbs of a cycle share: the row held, what a plan may say, the figure taken, who is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings

from liuke.improvement.labels import Better, Phase
from liuke.improvement.measures import Measure
from liuke.improvement.models import Cycle, CycleFigure, CycleTask
from liuke.improvement.rules import Window, first_check, improved
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.notices.actions import tell
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues

LONGEST = 366


def today() -> date:
    return clock.today(settings.TIME_ZONE)


def hold(actor: User, cycle_id: int, *phases: str) -> Cycle:
    """The cycle, held until the end of the transaction. Raises Cycle.DoesNotExist out of sight; refuses another phase."""
    require(actor, "improvement.manage")
    row = Cycle.objects.select_for_update(no_key=True, of=("self",)).visible_to(actor).get(pk=cycle_id)
    refuse_phase(row, phases)
    return row


def refuse_phase(row: Cycle, phases: tuple[str, ...]) -> None:
    if row.phase not in phases:
        raise Refused("improvement.phase", "这一项现在是“%(phase)s”，请刷新再看。", phase=Phase(row.phase).label)


def held_task(actor: User, task_id: int, *phases: str) -> tuple[CycleTask, Cycle]:
    require(actor, "improvement.read")
    seen = Cycle.objects.visible_to(actor).filter(tasks=task_id)
    row = Cycle.objects.select_for_update(no_key=True, of=("self",)).get(pk__in=seen.values("pk"))
    task = CycleTask.objects.select_for_update(no_key=True, of=("self",)).get(pk=task_id)
    refuse_phase(row, phases)
    if task.turn != row.turn:
        raise Refused("improvement.turn", "这是上一圈的事，不能再改。")
    if row.phase == Phase.PLAN:
        require(actor, "improvement.manage")
    return task, row


def saved(row: Cycle) -> Cycle:
    row.version += 1
    row.save()
    return row


def check_plan(due_on: date, days: int, on: date) -> None:
    """Refuses a day that is gone, days that are none, and a day before the first on which the figure after could be taken."""
    if due_on < on:
        raise Refused("improvement.day", "日子已经过了，请写今天或以后。")
    if not 7 <= days <= LONGEST:
        raise Refused("improvement.days", "前后各看 7 到 %(most)s 天。", most=LONGEST)
    first = first_check(on, days)
    if due_on < first:
        raise Refused(
            "improvement.day", "今天做完，看满 %(n)s 天，最早 %(day)s 才能量：请写那天或以后，或者少看几天。", n=days, day=first.isoformat()
        )


def check_target(was: CycleFigure | None, target: Decimal, better: str) -> None:
    """Refuses a target that is no better than the figure before, where that is known."""
    if was is not None and was.value is not None and not improved(was.value, float(target), better):
        told = {"was": f"{was.value:.2f}".rstrip("0").rstrip(".")}
        if better == Better.HIGHER:
            raise Refused("improvement.target", "改之前是 %(was)s，越高越好：目标要比它高。", **told)
        raise Refused("improvement.target", "改之前是 %(was)s，越低越好：目标要比它低。", **told)


def number(target: Decimal) -> Decimal:
    if not target.is_finite() or abs(target) >= 10_000_000:
        raise Refused("improvement.target", "目标请写一个数。")
    return target


def colleague(actor: User, pk: int) -> User:
    found = colleagues(actor).filter(pk=pk).first()
    if found is None or not may(found, "improvement.read"):
        raise Refused("improvement.owner", "请选一位同事。")
    return found


def take(actor: User, row: Cycle, measure: Measure, moment: str, window: Window, on: date) -> CycleFigure:
    got = measure.of(actor, row.unit, window)
    return CycleFigure.objects.create(
        cycle=row, turn=row.turn, moment=moment, first=window.first, last=window.last, value=got.value, n=got.n, of=got.of,
        margin=got.margin, taken_by=actor, taken_on=on,
    )  # fmt: skip


def link(row: Cycle) -> str:
    return f"/improvement/{row.pk}/"


def hand(actor: User, row: Cycle) -> None:
    if row.owner_id != actor.pk:
        tell([row.owner_id], "improvement.owner", slots={"who": actor.name, "title": row.title}, link=link(row), about=f"cycle:{row.pk}")


def tell_task(actor: User, row: Cycle, task: CycleTask) -> None:
    if task.assignee_id != actor.pk:
        slots = {"who": actor.name, "text": task.text, "due": task.due_on.isoformat()}
        tell([task.assignee_id], "improvement.task", slots=slots, link=link(row), about=f"task:{task.pk}")
