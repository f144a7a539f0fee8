"""Tasks that other rooms ask for: care, visits, promises, the next contact. One way in, so that budget, sight and capacity hold for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from liuke.customers.models import Customer
from liuke.kernel.batches import batches
from liuke.standing.queries import current_run, standings
from liuke.work.labels import Ended, TaskState
from liuke.work.models import Task
from liuke.work.rules import value_per_minute
from liuke.work.staff import Staff


@dataclass(frozen=True)
class Wanted:
    """One task that is asked for. `about`, `about_id`: the row it is for ("care.occasion", 7), which has one open task at most.

    `reasons`: [[kind, {figures of its sentence}]]. `assignee` None: by `who` (owner, agent, supervisor). `asked`: the customer asked for
    it, or it answers him: it uses no contact budget. `effect`: share of the value at risk it is reckoned to save (an assumption).
    """

    kind: str
    customer: int
    due_on: date
    channel: str
    minutes: int
    reasons: list[list[Any]] = field(default_factory=list)
    about: str = ""
    about_id: int | None = None
    playbook: str = ""
    assignee: int | None = None
    who: str = "owner"
    asked: bool = False
    must: bool = False
    severity: int = 1
    effect: Decimal = Decimal(0)


def make(wanted: Iterable[Wanted], by: int | None, on: date) -> list[Task]:
    """Make the tasks inside the caller's transaction; those that were made.

    Nothing for who does not want to be contacted (unless the customer `asked`), for whom nobody can take it, or where the row it is for has
    its open task. Three queries for 900 of them.
    """
    made: list[Task] = []
    run, staff = current_run(), Staff(on)
    for some in batches(list(wanted)):
        ids = {each.customer for each in some}
        cards = Customer.objects.filter(pk__in=ids).values_list("pk", "owner_id", "unit__path", "do_not_contact")
        people = {pk: (owner, path or "", objects) for pk, owner, path, objects in cards}
        still_here = standings(run).filter(customer__in=ids).exclude(stage="E")
        risk = dict(still_here.values_list("customer_id", "value_at_risk_cents"))
        waiting = set(Task.objects.open().filter(customer__in=ids).exclude(about="").values_list("about", "about_id"))
        for each in some:
            if each.customer not in people or (each.about and (each.about, each.about_id) in waiting):
                continue
            owner, path, objects = people[each.customer]
            assignee = each.assignee or staff.pick(each.who, owner, path, each.customer)
            if assignee is None or (objects and not each.asked):
                continue
            waiting.add((each.about, each.about_id))
            made.append(_task(each, assignee, by, on, max(risk.get(each.customer, 0), 0)))
    return list(Task.objects.bulk_create(made))


def stop(about: str, ids: Sequence[int], why: str = Ended.CANCELLED) -> int:
    """The open tasks for these rows need not be done any more. How many."""
    waiting = Task.objects.open().filter(about=about)
    return sum(waiting.filter(about_id__in=some).update(state=TaskState.STOPPED, stopped_why=why) for some in batches(ids))


def _task(wanted: Wanted, assignee: int, by: int | None, on: date, at_risk: int) -> Task:
    return Task(
        kind=wanted.kind,
        customer_id=wanted.customer,
        assignee_id=assignee,
        assigned_by_id=by,
        playbook=wanted.playbook,
        about=wanted.about,
        about_id=wanted.about_id,
        reasons=wanted.reasons,
        channel=wanted.channel,
        minutes=wanted.minutes,
        must=wanted.must,
        severity=wanted.severity,
        value_at_risk_cents=at_risk,
        effect=wanted.effect,
        value_per_minute_cents=value_per_minute(at_risk, wanted.effect, wanted.minutes),
        created_for=on,
        due_on=wanted.due_on,
        asked=wanted.asked,
    )
