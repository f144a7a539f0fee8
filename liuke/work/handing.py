"""What somebody had to do for a customer goes to whoever looks after the customer now: tasks here, and what other rooms register.

A room with rows that wait for one member of staff registers a Mover for them (in its AppConfig.ready), and hand-overs move them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from liuke.customers.models import Customer
from liuke.interactions.labels import Way
from liuke.kernel.batches import batches
from liuke.standing.queries import current_run, standings
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import Task
from liuke.work.rules import HAND_OVER_EFFECT, HAND_OVER_MINUTES, value_per_minute


class Mover(Protocol):
    """Rows of one kind that wait for somebody. Both verbs run inside the caller's transaction, with at most 900 ids (kernel.batches)."""

    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        """Give what waits for the user `old` on these customers to `new`. (row, customer) of those that moved."""

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        """Give those of the rows that still wait for `holder` to the user `to`. How many."""


class _Tasks:
    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        moving = list(Task.objects.open().filter(assignee=old, customer__in=customers).values_list("pk", "customer_id"))
        for some in batches(moving):
            Task.objects.open().filter(pk__in=[pk for pk, _ in some], assignee=old).update(assignee=new)
        return moving

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        return Task.objects.open().filter(pk__in=ids, assignee=holder).update(assignee=to)


MOVERS: dict[str, Mover] = {"work.task": _Tasks()}


def register(kind: str, mover: Mover) -> None:
    """Have rows of a kind ("room.model") moved with every hand-over. Once per kind; again replaces it."""
    MOVERS[kind] = mover


def reassign_all(old: int, customers: Sequence[int], new: int) -> dict[str, list[tuple[int, int]]]:
    """Give all that waits for the user `old` on these customers to `new`; (row, customer) by kind. Inside the caller's transaction.

    Tasks keep who gave them out; those that a plan made follow the customer's owner in the next plan.
    """
    moved: dict[str, list[tuple[int, int]]] = {}
    for kind, mover in MOVERS.items():
        rows = [row for some in batches(customers) for row in mover.move(old, some, new)]
        if rows:
            moved[kind] = rows
    return moved


def give_back(kind: str, ids: Sequence[int], holder: int, to: int) -> int:
    """Undo a part of `reassign_all`: rows that still wait for `holder` go to `to`. How many; 0 for a kind that nobody registers now."""
    mover = MOVERS.get(kind)
    return sum(mover.give_back(some, holder, to) for some in batches(ids)) if mover else 0


# ── telling the customer ─────────────────────────────────────────────────────


@dataclass(frozen=True)
class Told:
    """A customer who is to be told that `assignee` looks after him: from whom he came ("" nobody), until when (None: for good)."""

    customer: int
    assignee: int
    came_from: str
    until: date | None = None


def tell(rows: Iterable[Told], by: int | None, on: date) -> int:
    """Make the tasks; customers who do not want to be contacted, and those with such a task, get none. How many were made.

    Inside the caller's transaction, the cards held. Three queries for 900 customers.
    """
    run, made = current_run(), 0
    for some in batches(list(rows)):
        ids = [row.customer for row in some]
        wanted = to_tell(ids)
        risk = dict(standings(run).filter(customer__in=ids).exclude(stage="E").values_list("customer_id", "value_at_risk_cents"))
        tasks = [_task(row, by, on, max(risk.get(row.customer, 0), 0)) for row in some if row.customer in wanted]
        made += len(Task.objects.bulk_create(tasks))
    return made


def to_tell(customers: Sequence[int]) -> set[int]:
    """Those of at most 900 customers for whom `tell` makes a task."""
    quiet = Customer.objects.filter(pk__in=customers, do_not_contact=True).values_list("pk", flat=True)
    waiting = Task.objects.open().filter(customer__in=customers, kind=TaskKind.HAND_OVER).values_list("customer_id", flat=True)
    return set(customers) - {*quiet, *waiting}


def _task(row: Told, by: int | None, on: date, at_risk: int) -> Task:
    slots: dict[str, Any] = {"from": row.came_from, "until": row.until.isoformat() if row.until else ""}
    return Task(
        kind=TaskKind.HAND_OVER,
        customer_id=row.customer,
        assignee_id=row.assignee,
        assigned_by_id=by,
        reasons=[["handover", slots]],
        channel=Way.PHONE,
        minutes=HAND_OVER_MINUTES,
        value_at_risk_cents=at_risk,
        effect=HAND_OVER_EFFECT,
        value_per_minute_cents=value_per_minute(at_risk, HAND_OVER_EFFECT, HAND_OVER_MINUTES),
        created_for=on,
        due_on=on,
    )


def stop_telling(customers: Sequence[int], why: str = Ended.MOVED, by: Sequence[int] | None = None) -> int:
    """Nobody (of these users, when given) needs to tell these customers any more. How many tasks were stopped."""
    waiting = Task.objects.open().filter(kind=TaskKind.HAND_OVER)
    if by is not None:
        waiting = waiting.filter(assignee__in=by)
    return sum(waiting.filter(customer__in=some).update(state=TaskState.STOPPED, stopped_why=why) for some in batches(customers))
