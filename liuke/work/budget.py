"""触达预算: how much of his share of unasked contacts a customer has had, counting what is open and not done yet.

A contact is unasked where we began it: not an answer, not what he asked for, not a promise kept. Whatever makes tasks asks here after it
holds the cards (customers.locks.lock_cards), so that two who make tasks at once count each other's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from liuke.interactions.labels import Direction, Outcome
from liuke.interactions.models import Interaction
from liuke.kernel.batches import batches
from liuke.packs.limits import ContactBudget
from liuke.work.models import BudgetLeft, Task

UNASKED = Q(asked=False, must=False)
"""Condition on tasks: an answer, a promise or what the customer asked for is none of these."""


@dataclass
class Spent:
    """What a customer has had of his budget: the days of the contacts in the window, and the open unasked tasks."""

    days: list[date] = field(default_factory=list)
    open: int = 0

    def room(self, budget: ContactBudget) -> int:
        return max(budget.unasked - len(self.days) - self.open, 0)

    def until(self, budget: ContactBudget) -> date | None:
        """The first day with room for one more, as things stand; None where the open tasks alone fill the budget."""
        over = len(self.days) + self.open - budget.unasked
        if over < 0 or over >= len(self.days):
            return None
        return sorted(self.days)[over] + timedelta(budget.in_days + 1)


def contacts(customers: QuerySet[Any] | Iterable[int], on: date, days: int = 30) -> dict[int, int]:
    """Unasked contacts by customer id in the last `days` days (on − date ≤ days): ours, not asked for, not taken back.

    A call that nobody took is no contact; the playbook's own number of attempts limits those.
    """
    made = _made(Q(customer__in=customers), on, days)
    return dict(made.order_by().values_list("customer_id").annotate(n=Count("pk")))


def _made(where: Q, on: date, days: int) -> QuerySet[Interaction]:
    ours = Interaction.objects.filter(
        where, on__gte=on - timedelta(days), on__lte=on, direction=Direction.OUT, asked=False, undone_at__isnull=True
    )
    return ours.exclude(outcome=Outcome.NOT_REACHED)


def spent(where: Q, on: date, budget: ContactBudget, leaving: frozenset[int] = frozenset()) -> dict[int, Spent]:
    """What customers have had (`where`: condition on `customer_id`); those who had nothing are not in it. Two queries.

    `leaving`: enrolments that are about to end, whose tasks go with them.
    """
    found: dict[int, Spent] = defaultdict(Spent)
    for customer, day in _made(where, on, budget.in_days).order_by().values_list("customer_id", "on"):
        found[customer].days.append(day)
    for customer, enrolment in Task.objects.open().filter(where, UNASKED).order_by().values_list("customer_id", "enrolment_id"):
        if enrolment is None or enrolment not in leaving:
            found[customer].open += 1
    return found


def ahead(assignee: int, customers: QuerySet[Any], on: date) -> dict[int, list[tuple[int, int, int]]]:
    """What others have to do for these customers by this day, unasked: (−value per minute, −value at risk, id) by customer. One query."""
    rows = Task.objects.open().filter(UNASKED, customer__in=customers, due_on__lte=on).exclude(assignee=assignee).order_by()
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for customer, worth, at_risk, pk in rows.values_list("customer_id", "value_per_minute_cents", "value_at_risk_cents", "pk"):
        found[customer].append((-worth, -at_risk, pk))
    return found


# ── who is left ──────────────────────────────────────────────────────────────


def keep_left(rows: Sequence[BudgetLeft], known: Iterable[BudgetLeft]) -> None:
    """Write down who was left: `rows` stand, those of `known` (read in this transaction) that are not among them go."""
    wanted = {(row.customer_id, row.key): row for row in rows}
    gone, changed = [], []
    for old in known:
        new = wanted.pop((old.customer_id, old.key), None)
        if new is None:
            gone.append(old.pk)
        elif (new.assignee_id, new.until) != (old.assignee_id, old.until):
            old.assignee_id, old.until = new.assignee_id, new.until
            changed.append(old)
    for some in batches(gone):
        BudgetLeft.objects.filter(pk__in=some).delete()
    BudgetLeft.objects.bulk_update(changed, ["assignee", "until"], batch_size=300)
    BudgetLeft.objects.bulk_create(wanted.values(), ignore_conflicts=True)


def forget_left(on: date, days: int) -> int:
    """Drop what nobody has asked for again in a window; what still wants it asks every day. How many."""
    return int(BudgetLeft.objects.filter(wanted_on__lt=on - timedelta(days)).delete()[0])


def left_of(assignee: int, seen: QuerySet[Any]) -> QuerySet[BudgetLeft]:
    """Who was left out of this person's work for the budget, of the customers in `seen`; the earliest to have room first."""
    return BudgetLeft.objects.filter(assignee=assignee, customer__in=seen).order_by("until", "pk")


def by_kind(rows: Iterable[BudgetLeft]) -> Counter[str]:
    return Counter(row.kind for row in rows)
