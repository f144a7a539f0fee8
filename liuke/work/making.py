"""Tasks that other rooms ask for: care, visits, promises, the next contact. One way in, so that budget, sight and capacity hold for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.kernel.batches import batches
from liuke.kernel.workdays import after_rest
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.queries import current_run, standings
from liuke.team.calendar import changes
from liuke.work.budget import Spent, keep_left, spent
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import BudgetLeft, Task
from liuke.work.rules import value_per_minute
from liuke.work.staff import Staff


@dataclass(frozen=True)
class Wanted:
    """One task that is asked for. `about`, `about_id`: the row it is for ("care.occasion", 7), which has one open task at most.

    `reasons`: [[kind, {figures of its sentence}]]. `assignee` None: by `who` (owner, agent, supervisor). `asked`: the customer asked for
    it, or it answers him: it uses no contact budget, and neither does what must not wait. `effect`: share of the value at risk it is
    reckoned to save (an assumption).
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
    its open task. What is unasked needs room in the customer's contact budget; one that finds none is written down (BudgetLeft), the first
    in the order given going first. The next contact keeps out of a holiday's days of rest; care and visits have days of their own.
    The cards are held from here to the end of the transaction. Eight queries for 900 of them.
    """
    made: list[Task] = []
    asked = sorted(wanted, key=lambda each: each.customer)  # one customer's stay together, in the order given
    run, staff, budget, calendar = current_run(), Staff(on), current_pack().contact_budget, changes()
    lock_cards(each.customer for each in asked)
    for some in batches(asked):
        ids = {each.customer for each in some}
        cards = Customer.objects.filter(pk__in=ids).values_list("pk", "owner_id", "unit__path", "do_not_contact")
        people = {pk: (owner, path or "", objects) for pk, owner, path, objects in cards}
        still_here = standings(run).filter(customer__in=ids).exclude(stage="E")
        risk = dict(still_here.values_list("customer_id", "value_at_risk_cents"))
        had = spent(Q(customer_id__in=ids), on, budget)
        left: dict[tuple[int, str], BudgetLeft] = {}
        through: set[tuple[int, str]] = set()
        ready: list[Task] = []
        waiting = set(Task.objects.open().filter(customer__in=ids).exclude(about="").values_list("about", "about_id"))
        for each in some:
            if each.customer not in people or (each.about and (each.about, each.about_id) in waiting):
                continue
            owner, path, objects = people[each.customer]
            assignee = each.assignee or staff.pick(each.who, owner, path, each.customer)
            if assignee is None or (objects and not each.asked):
                continue
            key = f"{each.about}:{each.about_id}" if each.about else each.playbook or each.kind
            if not each.asked and (not each.must or each.kind == TaskKind.VISIT):
                of = had.setdefault(each.customer, Spent())
                if not of.room(budget):
                    left[each.customer, key] = BudgetLeft(
                        customer_id=each.customer, assignee_id=assignee, kind=each.kind, key=key, wanted_on=on, until=of.until(budget)
                    )
                    continue
                of.open += 1
            waiting.add((each.about, each.about_id))
            due = after_rest(each.due_on, budget.holiday_days, calendar) if each.kind == TaskKind.NEXT and not each.asked else each.due_on
            task = _task(each, assignee, by, on, max(risk.get(each.customer, 0), 0))
            task.due_on = due
            ready.append(task)
            through.add((each.customer, key))
        made += Task.objects.bulk_create(ready)
        known = BudgetLeft.objects.filter(customer__in=ids).exclude(kind=TaskKind.PLAYBOOK)
        keep_left(
            list(left.values()), [row for row in known if (row.customer_id, row.key) in through or (row.customer_id, row.key) in left]
        )
    return made


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
