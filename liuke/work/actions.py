"""Verbs of the day: plan it, write down what came of a contact, take that back, give a task to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.conversations import actions as conversations
from liuke.customers.actions import record_event
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Event, FactChange
from liuke.interactions import actions as interactions
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.playbooks.queries import pack as current_pack
from liuke.standing import actions as standing
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import colleagues
from liuke.work import along, keeping_word, next_contact, promising, trying
from liuke.work.budget import refuse_full
from liuke.work.following import chosen, offered, what_follows
from liuke.work.going_on import end, go_on, hold, stand_again
from liuke.work.handing import reassign_all
from liuke.work.kinds import given, manner_of
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.measurements import keep_effect, withdraw_effect
from liuke.work.models import Result, Task
from liuke.work.onward import begin_after
from liuke.work.planned import Planned
from liuke.work.planning import plan
from liuke.work.rows import book_of
from liuke.work.told import tell_given

__all__ = ["Planned", "catch_up", "finish", "keep_effect", "plan", "reassign", "reassign_all", "undo", "withdraw_effect"]


def catch_up(customers: Sequence[int] | None = None) -> list[int]:
    """Bring standing, signals and tasks of customers up to date whose facts changed (of these only, when given). Who they were."""
    changed = standing.catch_up(None if customers is None else list(customers))
    if changed:
        plan(clock.today(), changed)
        next_contact.follow_contacts(changed, clock.today())
    return changed


LONGEST_WAIT = 365

USES_BUDGET = (Outcome.REACHED, Outcome.DEAL, Outcome.LATER)
"""Outcomes that a full budget does not take: nobody was spoken to otherwise, and an objection is written down whatever the budget."""


@transaction.atomic
def finish(
    actor: User,
    task_id: int,
    outcome: str,
    *,
    follow_up: str = "",
    days: int | None = None,
    note: str = "",
    now: datetime | None = None,
    key: str = "",
) -> Result:
    """Write down what came of a task: the contact, the end of the task, and what the playbook says comes next, all in one.

    follow_up: key of the choice after `reached`; days: when, after `later`. Refuses unknown choices, an unasked contact beyond the
    customer's budget, and a task somebody else has closed meanwhile; raises Task.DoesNotExist for one out of sight. Returns the result,
    which `undo` takes back. `key`: the sender's name for this act; sent again, the answer is the same and nothing is done twice.
    """
    require(actor, "today.work")
    task = Task.objects.visible_to(actor).select_related("customer", "enrolment").get(pk=task_id)
    if key and (sent := _sent(actor, task, key)):
        return sent
    if days is not None and not 1 <= days <= LONGEST_WAIT:
        raise Refused("today.days", "改天请在一年以内。")
    pack = current_pack()
    playbook = book_of(pack, task)
    if outcome not in offered(pack, playbook, task):
        raise Refused("today.outcome", "请选一个结果。")
    choice = chosen(pack, playbook, outcome, follow_up)
    when = now or timezone.now()
    on = timezone.localtime(when).date()
    lock_cards([task.customer_id])  # then task, enrolment, log: as planning does
    closed = Task.objects.open().filter(pk=task.pk)
    if not closed.update(state=TaskState.DONE, outcome=outcome, done_on=on, done_at=when, done_by=actor):
        if key and (sent := _sent(actor, task, key)):  # the same act, which came in twice at once
            return sent
        raise _taken(task)
    hold(task.enrolment_id)
    # An answer, a promise kept, a call the customer asked for: none of these uses the contact budget; a visit has its place in it already.
    asked = task.asked or (task.must and task.kind != TaskKind.VISIT)
    if not asked and task.kind != TaskKind.VISIT and outcome in USES_BUDGET:
        refuse_full(task.customer_id, on, pack.contact_budget)
    contact = interactions.record(
        actor,
        task.customer_id,
        task.channel,
        outcome,
        note,
        asked=asked,
        at=now,
    )
    result = Result(task=task, outcome=outcome, follow_up=follow_up, note=clean(note, 2000, lines=True), by=actor, at=when, key=key or None)
    result.interaction = contact
    if choice and choice.event:
        result.event = record_event(actor, task.customer_id, choice.event, on, note=clean(note, 300)).pk
    if choice and choice.promise:
        result.promise_task = promising.chosen(actor, task, choice, on)
    if task.kind == TaskKind.PLAYBOOK and playbook is not None:
        came = what_follows(pack, playbook, task, outcome, on, choice, days)
        go_on(task, playbook, result, came, on)
        if came.then:
            result.next_task = begin_after(task, result, came, pack, on)
    elif task.kind != TaskKind.PLAYBOOK:
        result.next_task = trying.again(task, outcome, on, days or 1, pack)
    elif task.enrolment is not None and task.kind == TaskKind.PLAYBOOK:
        end(task.enrolment, result, on, Ended.PACK)
    next_contact.moved_by(task, result, on)
    result.save()
    conversations.close(actor, task.pk, contact)
    if manner := manner_of(task.kind):
        manner.finished(actor, task, result)
    along.go_along(actor, task, result, pack, on, when)
    record(actor, "today.outcome", task.customer, task=task.pk, result=result.pk, outcome=outcome, follow_up=follow_up)
    return result


def _sent(actor: User, task: Task, key: str) -> Result | None:
    """What this act came to when it was sent before; None the first time. Refuses a name that stands for another act, and
    one that was taken back."""
    found = Result.objects.select_related("task__customer", "task__enrolment", "next_task", "promise_task").filter(key=key).first()
    if found is not None and (found.by_id, found.task_id) != (actor.pk, task.pk):
        raise Refused("today.key", "这一笔对不上原来的任务。")
    if found is not None and found.undone_at is not None:  # what was taken back is not done by a second copy of it
        raise Refused("today.undone", "这一笔已经撤销过了。")
    return found


def _taken(task: Task) -> Refused:
    """The task is not open any more: who closed it, where somebody did."""
    now = Task.objects.select_related("done_by").get(pk=task.pk)
    if now.done_by is None:
        return Refused("today.taken", "这件不用做了，刚才停掉了。")
    return Refused("today.taken", "这件%(who)s刚才已经记过结果了。", who=now.done_by.name)


@transaction.atomic
def undo(actor: User, result_id: int) -> Task:
    """Take an outcome back with all it set going, in one reverse act; the result stays on record, marked.

    The task and its playbook stand as before; what was to follow is stopped; the contact is marked as taken back; a fact it recorded goes.
    What came along with a visit goes back with it. Refuses twice, and when later work rests on it; raises Result.DoesNotExist for somebody
    else's. A card that was given back stays so.
    """
    require(actor, "today.work")
    seen = Task.objects.visible_to(actor)
    result = Result.objects.select_related("task", "task__customer", "task__enrolment").get(pk=result_id, by=actor, task__in=seen)
    if not Result.objects.filter(pk=result.pk, undone_at__isnull=True).update(undone_at=timezone.now(), undone_by=actor):
        raise Refused("today.undone", "这一笔已经撤销过了。")
    if result.along_id is not None:
        raise Refused("today.along", "这一笔是随上门一起记的，请到那次拜访上撤销。")
    task = result.task
    lock_cards([task.customer_id])
    for one in [*along.beside(result), result]:
        stand_again(one)
    next_contact.put_back(task, result)
    if result.interaction_id:
        interactions.undo(actor, result.interaction_id)
    if result.event and Event.objects.filter(pk=result.event).delete()[0]:
        FactChange.objects.create(customer_id=task.customer_id)
    if manner := manner_of(task.kind):
        manner.undone(actor, task, result)
    record(actor, "today.undo", task.customer, task=task.pk, result=result.pk, outcome=result.outcome, event=result.event)
    task.refresh_from_db()
    return task


@transaction.atomic
def reassign(actor: User, task_ids: Sequence[int], to: int) -> int:
    """Give open tasks to a colleague of one's own sight, who must see the customers too. How many moved.

    Refuses a colleague out of sight and one who may not see a customer; tasks out of sight are not there (Task.DoesNotExist).
    """
    require(actor, "today.oversee")
    require(actor, "today.work")
    person = colleagues(actor).filter(pk=to).first()
    if person is None:
        raise Refused("today.colleague", "请选一位同事。")
    tasks = list(Task.objects.visible_to(actor).open().filter(pk__in=task_ids).select_related("customer"))
    if len(tasks) != len(set(task_ids)):
        raise Task.DoesNotExist
    require(person, "today.work")
    visible = set(Customer.objects.visible_to(person).filter(pk__in=[task.customer_id for task in tasks]).values_list("pk", flat=True))
    for task in tasks:
        if task.customer_id not in visible:
            raise Refused("today.unseen", "%(who)s看不到客户%(customer)s，要先转交客户。", who=person.name, customer=task.customer.name)
    moving = [task for task in tasks if task.assignee_id != person.pk]
    given(moving, person.pk)
    Task.objects.open().filter(pk__in=[task.pk for task in moving]).update(assignee=person, assigned_by=actor)
    keeping_word.reassigned(moving, person.pk)
    for task in moving:
        record(actor, "today.reassign", task.customer, task=task.pk, old=task.assignee_id, new=person.pk)
    tell_given(actor, person, moving)
    return len(moving)
