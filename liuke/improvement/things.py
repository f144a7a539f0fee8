"""Verbs of the things to do in a cycle: written down, done, dropped."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from liuke.audit.actions import record
from liuke.improvement.house import colleague, held_task, hold, saved, tell_task, today
from liuke.improvement.labels import Phase
from liuke.improvement.models import CycleTask
from liuke.improvement.rules import LINE
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import settle
from liuke.team.models import User
from liuke.team.permissions import may


@transaction.atomic
def add_task(actor: User, cycle_id: int, *, text: str, assignee_id: int, due_on: date) -> CycleTask:
    """One thing to do in this turn. Refuses it in a check, twice, and without words."""
    row = hold(actor, cycle_id, Phase.PLAN, Phase.DO)
    words, on = clean(text, LINE), today()
    if not words:
        raise Refused("improvement.task", "请写做什么。")
    if due_on < on:
        raise Refused("improvement.day", "日子已经过了，请写今天或以后。")
    who = colleague(actor, assignee_id)
    standing = CycleTask.objects.filter(cycle=row, turn=row.turn, dropped_on=None)
    if standing.filter(text=words, assignee=who).exists():
        raise Refused("improvement.task_twice", "这一条已经有了。")
    made = CycleTask.objects.create(cycle=row, turn=row.turn, text=words, assignee=who, due_on=due_on)
    if row.phase == Phase.DO:
        tell_task(actor, row, made)
    record(actor, "improvement.task", row, task=made.pk)
    saved(row)
    return made


@transaction.atomic
def drop_task(actor: User, task_id: int, *, back: bool = False) -> CycleTask:
    """It need not be done after all; `back`: it must. One that is done stays."""
    task, row = held_task(actor, task_id, Phase.PLAN, Phase.DO)
    if task.done_on is not None:
        raise Refused("improvement.task_done", "做完的不能去掉，先取消打勾。")
    task.dropped_on = None if back else today()
    task.save(update_fields=["dropped_on"])
    record(actor, "improvement.task_back" if back else "improvement.task_drop", row, task=task.pk)
    saved(row)
    return task


@transaction.atomic
def do_task(actor: User, task_id: int, done: bool = True) -> CycleTask:
    """Done, or not after all: by who has to do it, or who manages the cycle."""
    task, row = held_task(actor, task_id, Phase.DO)
    if not may(actor, "improvement.manage") and task.assignee_id != actor.pk:
        raise CycleTask.DoesNotExist
    if task.dropped_on is not None:
        raise Refused("improvement.task_dropped", "这一条去掉了，先放回来。")
    if (task.done_on is not None) == done:
        raise Refused("improvement.task_so", "刚才已经有人改过这一条，请看一眼。")
    task.done_on, task.done_by = (today(), actor) if done else (None, None)
    task.save(update_fields=["done_on", "done_by"])
    if done:
        settle("improvement.task", f"task:{task.pk}")
    record(actor, "improvement.task_done" if done else "improvement.task_undone", row, task=task.pk)
    saved(row)
    return task
