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

from liuke.customers.models import Customer
from liuke.interactions.labels import Direction, Outcome
from liuke.interactions.models import Interaction
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.packs.limits import ContactBudget
from liuke.work.labels import TaskKind
from liuke.work.models import BudgetLeft, Task
from liuke.work.rules import lower

UNASKED = Q(asked=False) & (Q(must=False) | Q(kind=TaskKind.VISIT))
"""Condition on tasks: an answer, a promise or what the customer asked for is none of these; a visit that he did not ask for is one."""

MONTH = 30
"""Days over which a customer's own wish for so many contacts a month is counted."""


@dataclass
class Spent:
    """What a customer has had of his budget: the days of the contacts in the window, and the open unasked tasks, `visits` those of them
    that are visits. `wish`: how many a month he wants at most (None: he has not said)."""

    days: list[date] = field(default_factory=list)
    open: int = 0
    visits: int = 0
    wish: int | None = None

    def room(self, budget: ContactBudget) -> int:
        return max(self._most(budget) - len(self.days) - self.open, 0)

    def full(self, budget: ContactBudget) -> bool:
        """Whether one more contact would be too many: of the tasks only planned visits have their place already."""
        return len(self.days) + self.visits >= self._most(budget)

    def until(self, budget: ContactBudget) -> date | None:
        """The first day with room for one more, as things stand; None where the open tasks alone fill the budget."""
        over = len(self.days) + self.open - self._most(budget)
        if over < 0 or over >= len(self.days):
            return None
        return sorted(self.days)[over] + timedelta(self._window(budget) + 1)

    def _most(self, budget: ContactBudget) -> int:
        return lower(budget.unasked, self.wish)

    def _window(self, budget: ContactBudget) -> int:
        return window(budget, self.wish)


def window(budget: ContactBudget, wish: int | None) -> int:
    """Days over which contacts count: the budget's, or a month where that is longer and the customer has said how many a month."""
    return budget.in_days if wish is None else max(budget.in_days, MONTH)


def made(where: Q, on: date, days: int = MONTH) -> QuerySet[Interaction]:
    """Unasked contacts of the last `days` days (on − date ≤ days): ours, not asked for, not taken back. The one definition of them.

    A call that nobody took is no contact; the number of attempts limits those.
    """
    ours = Interaction.objects.filter(
        where, on__gte=on - timedelta(days), on__lte=on, direction=Direction.OUT, asked=False, undone_at__isnull=True
    )
    return ours.exclude(outcome=Outcome.NOT_REACHED)


def contacts(customers: QuerySet[Any] | Iterable[int], on: date, days: int = MONTH) -> dict[int, int]:
    """How many unasked contacts (`made`) by customer id."""
    rows = made(Q(customer__in=customers), on, days)
    return dict(rows.order_by().values_list("customer_id").annotate(n=Count("pk")))


def taken(customers: QuerySet[Any] | Iterable[int], on: date, budget: ContactBudget) -> Counter[int]:
    """Contacts made and visits planned, unasked, by customer id: what of a customer's budget a day's list finds gone. Two queries."""
    longest = max(budget.in_days, MONTH)
    inside = Q(on__gte=on - timedelta(budget.in_days)) | Q(customer__monthly_contacts__isnull=False)
    rows = made(Q(customer__in=customers) & inside if longest > budget.in_days else Q(customer__in=customers), on, longest)
    found = Counter(dict(rows.order_by().values_list("customer_id").annotate(n=Count("pk"))))
    planned = Task.objects.open().filter(UNASKED, kind=TaskKind.VISIT, customer__in=customers).order_by().values_list("customer_id")
    found.update(dict(planned.annotate(n=Count("pk"))))
    return found


def spent(where: Q, on: date, budget: ContactBudget, leaving: frozenset[int] = frozenset()) -> dict[int, Spent]:
    """What customers have had (`where`: condition on `customer_id`); those who had nothing and wish for nothing are not in it. Three
    queries.

    `leaving`: enrolments that are about to end, whose tasks go with them.
    """
    found: dict[int, Spent] = defaultdict(Spent)
    wishes = Customer.objects.filter(_of_card(where), monthly_contacts__isnull=False).order_by()
    for customer, wish in wishes.values_list("pk", "monthly_contacts"):
        found[customer].wish = wish
    for customer, day in made(where, on, max(budget.in_days, MONTH)).order_by().values_list("customer_id", "on"):
        if on - day <= timedelta(window(budget, found[customer].wish if customer in found else None)):
            found[customer].days.append(day)
    waiting = Task.objects.open().filter(where, UNASKED).order_by()
    for customer, enrolment, kind in waiting.values_list("customer_id", "enrolment_id", "kind"):
        if enrolment is None or enrolment not in leaving:
            found[customer].open += 1
            found[customer].visits += kind == TaskKind.VISIT
    return found


def _of_card(where: Q) -> Q:
    """A condition on `customer_id` or `customer__…` of a row as one on the card itself."""
    parts: list[Any] = [_of_card(each) if isinstance(each, Q) else (_card_name(each[0]), each[1]) for each in where.children]  # type: ignore[index]
    return Q(*parts, _connector=where.connector, _negated=where.negated)


def _card_name(name: str) -> str:
    return f"pk{name.removeprefix('customer_id')}" if name.startswith("customer_id") else name.removeprefix("customer__")


def refuse_full(customer: int, on: date, budget: ContactBudget) -> None:
    """Refuses one more unasked contact on a day where the customer has had his share. His card is held."""
    had = spent(Q(customer_id=customer), on, budget).get(customer, Spent())
    if not had.full(budget):
        return
    if had.wish is not None and had.wish < budget.unasked:
        raise Refused("today.budget", "这位客户希望每月最多联系 %(n)s 次，已经满了。他自己找来的，请记在卡上。", n=had.wish)
    raise Refused(
        "today.budget", "这位客户近 %(days)s 天已联系满 %(n)s 次。他自己找来的，请记在卡上。", days=budget.in_days, n=budget.unasked
    )


def ahead(assignee: int, customers: QuerySet[Any], on: date) -> dict[int, list[tuple[int, int, int]]]:
    """What others have to do for these customers by this day, unasked: (−value per minute, −value at risk, id) by customer. One query."""
    rows = Task.objects.open().filter(UNASKED, customer__in=customers, due_on__lte=on).exclude(assignee=assignee)
    rows = rows.exclude(kind=TaskKind.VISIT).order_by()  # `taken` has those
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
