"""From one playbook into another: what came of the last contact begins it, in the same transaction; undoing the outcome ends it again."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from liuke.customers.models import Customer
from liuke.kernel.workdays import after_rest
from liuke.packs import Pack
from liuke.packs.stages import AFTER, WISH
from liuke.team.calendar import changes as calendar_changes
from liuke.work.effects import effects_of
from liuke.work.labels import Ended
from liuke.work.models import Enrolment, Result, Task
from liuke.work.rules import Follow, value_per_minute
from liuke.work.staff import Staff
from liuke.work.ways import obey


def begin_after(task: Task, result: Result, came: Follow, pack: Pack, on: date) -> Task | None:
    """Begin the playbook that follows (`came.then`) with its first task; None where the customer is in it already.

    He is not drawn for a round that measures it: he was contacted, so there is nothing left to compare. Nothing unasked falls on a
    holiday's days of rest.
    """
    playbook = pack.playbook(came.then)
    if Enrolment.objects.filter(customer=task.customer_id, playbook=playbook.key, ended_on__isnull=True).exists():
        return None
    assert came.then_on is not None
    step, customer = playbook.steps[0], Customer.objects.select_related("unit").get(pk=task.customer_id)
    due = came.then_on + timedelta(step.day)
    enrolment = Enrolment.objects.create(
        customer=customer,
        playbook=playbook.key,
        version=playbook.version,
        signal=AFTER,
        started_on=on,
        level=task.enrolment.level if task.enrolment else "",
    )
    assignee = Staff(on).pick(step.who, customer.owner_id, customer.unit.path or "", customer.pk) or task.assignee_id
    share = effects_of(pack)[playbook.key].share
    before = [[key, slots] for key, slots in task.reasons if key not in (AFTER, WISH)]
    made = Task(
        customer=customer,
        assignee_id=assignee,
        enrolment=enrolment,
        playbook=playbook.key,
        signal=AFTER,
        reasons=[[AFTER, {"playbook": task.playbook, "outcome": result.outcome, "on": on.isoformat()}], *before],
        channel=step.channel,
        minutes=step.minutes,
        must=playbook.must,
        severity=task.severity,
        value_at_risk_cents=task.value_at_risk_cents,
        effect=share,
        value_per_minute_cents=value_per_minute(task.value_at_risk_cents, share, step.minutes),
        created_for=on,
        due_on=due if playbook.must else after_rest(due, pack.contact_budget.holiday_days, calendar_changes()),
    )
    obey(made, playbook, pack)
    made.save()
    return made


def end_begun(result: Result) -> None:
    """The playbook that this outcome began was never begun."""
    if result.next_task is None or result.next_task.enrolment_id in (None, result.task.enrolment_id):
        return
    begun = Enrolment.objects.filter(pk=result.next_task.enrolment_id, ended_on__isnull=True)
    begun.update(ended_on=timezone.localdate(), why=Ended.UNDONE)
