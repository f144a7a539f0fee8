"""One who is visited these days is not called as well: the playbook's task waits, and what comes of the visit is what came of it.

A visit is a contact like a call, and whoever goes there speaks of what there is to speak of. So for the days before a planned visit
(⚙), and as many after its day while nobody has made it, what sells is left off the list; the visit's outcome is written down for it too,
and the playbook goes on from there. What must not wait and what the customer asked for are calls of their own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from liuke.conversations import actions as conversations
from liuke.interactions.labels import Outcome
from liuke.packs import Pack
from liuke.team.models import User
from liuke.work.following import offered, what_follows
from liuke.work.going_on import end, go_on, hold
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import Result, Task
from liuke.work.onward import begin_after
from liuke.work.rows import book_of, waiting


def _near(on: date, pack: Pack) -> Q:
    days = timedelta(pack.visits.wait_days)
    return Q(kind=TaskKind.VISIT, due_on__gte=on - days, due_on__lte=on + days)


def visited_soon(on: date, pack: Pack) -> Exists:
    """Condition on tasks: their customer is visited these days."""
    return Exists(Task.objects.open().filter(_near(on, pack), customer=OuterRef("customer")))


def go_along(actor: User, visit: Task, result: Result, pack: Pack, on: date, when: datetime) -> None:
    """The outcome of a visit is that of the playbook's contact which waited for it. Inside the transaction of the outcome, the card held.

    Nothing where nobody was met (it waits for the next try), and where the playbook's next contact is far off: that has a day of its own.
    """
    if visit.kind != TaskKind.VISIT or result.outcome == Outcome.NOT_REACHED:
        return
    task = waiting([visit.customer_id], on, pack).select_related("customer", "enrolment").first()
    if task is None or task.enrolment is None:
        return
    playbook = book_of(pack, task)
    outcome = _outcome(pack, task, result)
    if not outcome:
        return
    hold(task.enrolment_id)
    Task.objects.open().filter(pk=task.pk).update(
        state=TaskState.DONE, outcome=outcome, done_on=on, done_at=when, done_by=actor,
    )  # fmt: skip
    own = Result(task=task, outcome=outcome, by=actor, at=when, along=result, interaction=result.interaction)
    if playbook is None:
        end(task.enrolment, own, on, Ended.PACK)
    else:
        days = (result.next_task.due_on - on).days if outcome == Outcome.LATER and result.next_task else None
        came = what_follows(pack, playbook, task, outcome, on, None, days)
        # On the day he named somebody comes again: that visit is the contact, so that the task waits for it too.
        go_on(task, playbook, own, replace(came, asked=False), on)
        if came.then:
            own.next_task = begin_after(task, own, came, pack, on)
    own.save()
    assert result.interaction is not None
    conversations.close(actor, task.pk, result.interaction)


def beside(result: Result) -> list[Result]:
    """What came along with this outcome and stands, marked as taken back with it."""
    rows = list(Result.objects.filter(along=result, undone_at__isnull=True).select_related("task__enrolment", "next_task", "promise_task"))
    Result.objects.filter(pk__in=[row.pk for row in rows]).update(undone_at=timezone.now(), undone_by=result.by)
    return rows


def _outcome(pack: Pack, task: Task, result: Result) -> str:
    """The visit's outcome in the playbook's words; "" where it has none for it."""
    there = offered(pack, book_of(pack, task), task)
    if result.outcome in there:
        return result.outcome
    return Outcome.REACHED if result.outcome == Outcome.DEAL and Outcome.REACHED in there else ""
