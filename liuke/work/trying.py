"""A contact that nobody answers is tried again, but not without end: after the pack's number of attempts it ends, or goes up.

A playbook says itself how often. What must not wait (a promise, a complaint's call) does not end because nobody takes the call: it is put
before whoever supervises, once, with the number of attempts, and stays to be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.notices.actions import tell
from liuke.packs import Pack
from liuke.work.going_on import copy
from liuke.work.kinds import manner_of, tries_of
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from liuke.work.staff import Staff

NOTICE = "today.tried"


def last_try(task: Task, pack: Pack) -> bool:
    """Whether this is the last attempt, after which it ends or goes up; of a task without a playbook."""
    return task.kind != TaskKind.PLAYBOOK and task.attempt >= tries_of(task, pack)[0]


def ends(task: Task, pack: Pack) -> bool:
    """Whether it ends when nobody answers this time."""
    if not last_try(task, pack):
        return False
    manner = manner_of(task.kind)
    stays = manner.stays if manner is not None else None
    return not (task.must if stays is None else stays)


def next_try(task: Task, on: date, pack: Pack) -> date:
    """The day on which it is tried again when nobody answers."""
    return on + timedelta(tries_of(task, pack)[1])


def again(task: Task, outcome: str, on: date, days: int, pack: Pack) -> Task | None:
    """The next try after an outcome, in its transaction: in `days` days after `later`. None where none is to follow.

    On the day the customer named he is tried anew; what he asked for stays what he asked for.
    """
    if outcome == Outcome.LATER:
        return copy(task, on, on + timedelta(days), asked=True, named=True)
    if outcome != Outcome.NOT_REACHED or ends(task, pack):
        return None
    made = copy(task, on, next_try(task, on, pack), asked=task.asked, attempt=task.attempt + 1)
    if last_try(task, pack) and task.raised_on is None:
        _raise(made, task.attempt, on)
    return made


def _raise(task: Task, tries: int, on: date) -> None:
    card = Customer.objects.select_related("unit").get(pk=task.customer_id)
    boss = Staff(on).above(task.assignee_id, card.unit.path or "", card.pk)
    if boss is None:
        return
    task.raised_on, task.raised_to_id = on, boss
    task.save(update_fields=["raised_on", "raised_to"])
    record(None, "today.raise", None, to=boss, tasks=[task.pk])
    slots = {"customer": card.name, "n": tries}
    tell([boss], NOTICE, slots=slots, link=f"/today/{task.pk}/", about=f"task:{task.pk}", customer=card.pk)


def tried_words(slots: Mapping[str, Any]) -> str:
    """The notice to who supervises."""
    return gettext("%(customer)s的一件不能等的事试了 %(n)s 次没联系上，请您看看。") % slots


def given_up(task: Task) -> str:
    """How it ends after its last attempt."""
    return gettext("试了 %(n)s 次没联系上，不再试") % {"n": task.attempt}
