"""What comes after an outcome: the next task of the same customer, or the end of his playbook. Inside the outcome's transaction."""

from __future__ import annotations

from datetime import date

from liuke.conversations import actions as conversations
from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.kernel.refusal import Refused
from liuke.packs import Playbook
from liuke.playbooks.queries import pack as current_pack
from liuke.work import promising
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import Enrolment, Result, Task
from liuke.work.onward import end_begun
from liuke.work.rules import Follow, value_per_minute
from liuke.work.staff import Staff
from liuke.work.ways import obey


def hold(enrolment: int | None) -> None:
    """Nobody else ends or goes on with this enrolment until the end of the transaction."""
    if enrolment is not None:
        list(Enrolment.objects.select_for_update(no_key=True).filter(pk=enrolment))


def go_on(task: Task, playbook: Playbook, result: Result, came: Follow, on: date) -> None:
    if came.due_on is None and task.enrolment is not None:
        reached = came.ended == Ended.DONE and playbook.success.kind == "contact" and result.outcome == Outcome.REACHED
        end(task.enrolment, result, on, Ended.SUCCESS if reached else came.ended, came.alone_until)
        return
    assert came.due_on is not None  # a playbook's task has an enrolment
    result.next_task = copy(
        task, on, came.due_on, step=came.step, attempt=came.attempt, asked=came.asked, named=came.asked, playbook=playbook
    )  # fmt: skip


def end(enrolment: Enrolment, result: Result, on: date, why: str, alone_until: date | None = None) -> None:
    ended = Enrolment.objects.filter(pk=enrolment.pk, ended_on__isnull=True)
    result.ended_enrolment = bool(ended.update(ended_on=on, why=why, alone_until=alone_until))
    if result.ended_enrolment:
        enrolment.ended_on, enrolment.why, enrolment.alone_until = on, why, alone_until


def copy(
    task: Task, on: date, due_on: date, *, step: int | None = None, attempt: int = 1, asked: bool = False, playbook: Playbook | None = None,
    named: bool = False,
) -> Task:  # fmt: skip
    """The task that comes after this one: the same customer, reasons and person; another day, maybe another step. `named`: he named the
    day himself."""
    made = Task.objects.get(pk=task.pk)
    made.pk, made._state.adding = None, True
    made.state, made.outcome, made.done_on, made.done_at, made.done_by = TaskState.OPEN, "", None, None, None
    # A customer was handed over on the day he was, however often one rings.
    made.created_for = task.created_for if task.kind == TaskKind.HAND_OVER else on
    made.due_on, made.asked, made.attempt = due_on, asked, attempt
    made.snoozed_until = due_on if named else None
    if playbook is not None and step is not None:
        from_who, made.step = playbook.steps[task.step].who, step
        made.minutes = playbook.steps[step].minutes
        made.value_per_minute_cents = value_per_minute(made.value_at_risk_cents, made.effect, made.minutes)
        if playbook.steps[step].who != from_who:
            customer = Customer.objects.select_related("unit").get(pk=task.customer_id)
            picked = Staff(on).pick(playbook.steps[step].who, customer.owner_id, customer.unit.path or "", customer.pk)
            made.assignee_id = picked or made.assignee_id
        obey(made, playbook, current_pack())
    made.save()
    return made


def stand_again(result: Result) -> None:
    """The task of an outcome that is taken back is open as before, its playbook too, and what was to follow is stopped.

    Refuses where the next step was done, and where the customer has got another task of a playbook since.
    """
    task = result.task
    list(Task.objects.select_for_update(no_key=True).filter(pk=task.pk))
    hold(task.enrolment_id)
    following = [pk for pk in (result.next_task_id, result.promise_task_id) if pk is not None]
    if Task.objects.filter(pk__in=following, state=TaskState.DONE).exists():
        raise Refused("today.gone_on", "后面的一步已经做了，请先撤销那一步。")
    Task.objects.open().filter(pk__in=following).update(state=TaskState.STOPPED, stopped_why=Ended.UNDONE)
    if result.promise_task is not None:
        promising.unpromise(result.promise_task)
    end_begun(result)
    newer = Task.objects.open().filter(customer=task.customer_id, kind=TaskKind.PLAYBOOK)
    if task.kind == TaskKind.PLAYBOOK and newer.exists():
        raise Refused("today.newer", "这位客户已经有了新的任务，这一笔撤不回来了。")
    if task.about and Task.objects.open().filter(about=task.about, about_id=task.about_id).exclude(pk=task.pk).exists():
        raise Refused("today.newer", "这位客户已经有了新的任务，这一笔撤不回来了。")
    if task.enrolment is not None and result.ended_enrolment:
        again = Enrolment.objects.filter(customer=task.customer_id, playbook=task.enrolment.playbook, ended_on__isnull=True)
        if again.exclude(pk=task.enrolment.pk).exists():  # he has fallen into the group left alone, which has no task
            raise Refused("today.newer", "这位客户已经有了新的任务，这一笔撤不回来了。")
        Enrolment.objects.filter(pk=task.enrolment.pk).update(ended_on=None, why="", alone_until=None)
    back = Task.objects.filter(pk=task.pk, state=TaskState.DONE)
    back.update(state=TaskState.OPEN, outcome="", done_on=None, done_at=None, done_by=None)
    conversations.reopen(task.pk)
