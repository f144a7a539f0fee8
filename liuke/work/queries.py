"""Reads of the day: one person's list, who was left for another day and why. A fixed number of queries, whatever the rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum

from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.kernel.workdays import at_rest
from liuke.packs import Pack
from liuke.playbooks.queries import pack as current_pack
from liuke.team.calendar import changes
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may
from liuke.team.queries import colleagues
from liuke.work.along import visited_soon
from liuke.work.budget import ahead, contacts, left_of, taken
from liuke.work.labels import LeftWhy, TaskKind, TaskState
from liuke.work.models import BudgetLeft, Task, TaskQuerySet
from liuke.work.raising import raised
from liuke.work.rows import Item, items, results_of
from liuke.work.rules import INTRODUCE_DAYS, Candidate, Day, by_value, day
from liuke.work.staff import Staff

__all__ = ["LEFT_SHOWN", "SELLS", "Today", "contacts", "left_items", "nav_count", "today"]

SELLS = (TaskKind.PLAYBOOK, TaskKind.NEXT)
"""Kinds that keep off the first days of a holiday; a greeting belongs on its day, and a visit was agreed on."""

LEFT_SHOWN = 50
"""Rows on one page of those left for another day."""


@dataclass(frozen=True)
class LeftOut:
    """How many are left for one reason."""

    why: str
    count: int


@dataclass(frozen=True)
class Today:
    """One person's day. `must` and `chosen` in the order of doing, `done` as done; minutes are whole. `cut_cents`: see rules.Day.
    `untasked`: how many more were left for the contact budget, before they became tasks. `raised`: what others have left overdue and this
    person is to see to."""

    user: User
    on: date
    capacity: int
    must: tuple[Item, ...]
    chosen: tuple[Item, ...]
    done: tuple[Item, ...]
    day: Day
    left: tuple[LeftOut, ...]
    spent: int
    saved_cents: int = 0
    budget: int = 2
    untasked: int = 0
    raised: tuple[Item, ...] = ()

    @property
    def count(self) -> int:
        return len(self.must) + len(self.chosen) + len(self.done)

    @property
    def remaining(self) -> int:
        """Minutes still to do."""
        return sum(item.task.minutes for item in (*self.must, *self.chosen))

    @property
    def minutes(self) -> int:
        """Minutes of the whole day, done and to do."""
        return self.spent + self.remaining

    @property
    def to_do(self) -> tuple[int, bool]:
        """As `nav_count` gives it: how many are still to do, and whether one of them is late."""
        return len(self.must) + len(self.chosen), any(item.task.must and item.task.due_on < self.on for item in self.must)

    @property
    def left_count(self) -> int:
        """How many are left for another day, tasks or not yet."""
        return sum(part.count for part in self.left)

    def after(self, task: Task | None = None) -> Item | None:
        """The task to take up after this one (done by now or not): the next in order, else the first open; None when all is done."""
        order = [item for item in (*self.must, *self.chosen) if task is None or item.task.pk != task.pk]
        if task is not None:
            place = _place(task)
            for item in order:
                if _place(item.task) > place:
                    return item
        return order[0] if order else None


def _place(task: Task) -> tuple[bool, date, int, int, int, str, int]:
    """The order of the day (rules.day) for rows: what must not wait by its clock, then by value."""
    worth = (-task.value_per_minute_cents, -task.value_at_risk_cents, task.customer.number, task.pk)
    return (not task.must, task.due_on if task.must else date.min, -task.severity if task.must else 0, *worth)


def capacity_of(user: User, pack: Pack) -> int:
    """Minutes of this user's day: the own setting, else the pack's for the role (other roles: the supervisor's)."""
    if user.minutes_per_day is not None:
        return user.minutes_per_day
    return {Role.REP: pack.capacity.rep, Role.AGENT: pack.capacity.agent}.get(Role(user.role), pack.capacity.supervisor)


def due(user: User, on: date) -> Q:
    """Condition on open tasks of this user that could be done on this day, or that the customer asked to put off beyond it."""
    return Q(assignee=user, state=TaskState.OPEN) & (Q(due_on__lte=on) | Q(snoozed_until__gt=on))


def introduced_first(on: date) -> Q:
    """Condition on tasks: an offer to a customer who is to be told first who looks after him now, for INTRODUCE_DAYS from that day on."""
    telling = Task.objects.open().filter(customer=OuterRef("customer"), kind=TaskKind.HAND_OVER)
    return Q(Exists(telling.filter(created_for__gt=on - timedelta(INTRODUCE_DAYS))), kind=TaskKind.PLAYBOOK)


def visible_tasks(user: User, viewer: User | None = None) -> TaskQuerySet:
    """Tasks the user may see and, when somebody else looks, that one may see too."""
    tasks = Task.objects.visible_to(user)
    return tasks if viewer is None or viewer.pk == user.pk else tasks.visible_to(viewer)


def candidates(user: User, on: date, pack: Pack, viewer: User | None = None) -> list[Candidate]:
    """Every task that could stand on this day's list."""
    tasks = visible_tasks(user, viewer).filter(due(user, on)).annotate(introduce=introduced_first(on), visited=visited_soon(on, pack))
    rows = tasks.values_list(
        "pk", "customer_id", "customer__number", "minutes", "value_per_minute_cents", "value_at_risk_cents", "due_on", "must", "severity",
        "asked", "customer__do_not_contact", "snoozed_until", "introduce", "kind", "customer__monthly_contacts", "visited",
    )  # fmt: skip
    others = ahead(user.pk, tasks.order_by().values("customer"), on)
    return [
        # Who complains wants an answer, however little he wants to be called otherwise.
        Candidate(
            *row[:10],
            row[10] and row[13] != TaskKind.COMPLAINT,
            *row[11:-3],
            sells=row[-3] in SELLS,
            ahead=_ahead(row, others),
            most=row[-2],
            visited=row[-1],
        )
        for row in rows
    ]


def _ahead(row: tuple[Any, ...], others: dict[int, list[tuple[int, int, int]]]) -> int:
    """How many of the others' tasks for this customer come before this one, by value."""
    pk, customer, worth, at_risk = row[0], row[1], row[4], row[5]
    return sum(other < (-worth, -at_risk, pk) for other in others.get(customer, ()))


def choose(user: User, on: date, pack: Pack, spent: int, viewer: User | None = None) -> Day:
    """The day of rules.day from the rows: five queries."""
    tasks = candidates(user, on, pack, viewer)
    mine = Task.objects.filter(due(user, on)).values("customer_id")
    budget = pack.contact_budget
    made = taken(mine, on, budget) if tasks else {}
    rest = at_rest(on, budget.holiday_days, changes())
    return day(tasks, capacity_of(user, pack), made, on, spent_minutes=spent, contact_budget=budget.unasked, holiday=rest)


def today(user: User, on: date, viewer: User | None = None) -> Today:
    """The list of one person on one day, as `viewer` (by default the person) may see it. Fifteen queries."""
    pack = current_pack()
    done = list(
        visible_tasks(user, viewer)
        .filter(assignee=user, done_on=on, state=TaskState.DONE)
        .select_related("customer", "customer__unit", "assignee")
        .order_by("done_at", "pk")
    )
    spent = sum(task.minutes for task in done)
    chosen = choose(user, on, pack, spent, viewer)
    ids = [candidate.id for candidate in chosen.chosen]
    rows = {task.pk: task for task in Task.objects.filter(pk__in=ids).select_related("customer", "customer__unit", "assignee")}
    opened = [rows[pk] for pk in ids if pk in rows]
    own = viewer is None or viewer.pk == user.pk
    up = list(raised(user).exclude(assignee=user)) if own and may(user, "today.oversee") else []
    made = items([*opened, *done, *up], user, on, pack, viewer)
    results = results_of(done)
    untasked = left_of(user.pk, Customer.objects.visible_to(viewer or user)).count()
    return Today(
        user=user,
        on=on,
        capacity=capacity_of(user, pack),
        must=tuple(item for item in made[: len(opened)] if item.task.must),
        chosen=tuple(item for item in made[: len(opened)] if not item.task.must),
        done=tuple(replace(item, result=results.get(item.task.pk)) for item in made[len(opened) : len(opened) + len(done)]),
        raised=tuple(made[len(opened) + len(done) :]),
        day=chosen,
        left=left_counts(chosen, untasked),
        untasked=untasked,
        spent=spent,
        saved_cents=sum(task.value_per_minute_cents * task.minutes for task in done if task.outcome in (Outcome.REACHED, Outcome.DEAL)),
        budget=pack.contact_budget.unasked,
    )


def left_counts(chosen: Day, untasked: int = 0) -> tuple[LeftOut, ...]:
    """How many are left for which reason, in the order of labels.LeftWhy."""
    counted = Counter(left.why for left in chosen.left)
    counted[LeftWhy.CONTACTED] += untasked
    return tuple(LeftOut(why, counted[why]) for why in LeftWhy.values if counted[why])


def left_items(user: User, on: date, why: str = "", viewer: User | None = None, page: int = 1) -> tuple[int, tuple[Item, ...]]:
    """Those left for another day (for one reason, or all): how many in all, and one page of LEFT_SHOWN rows, most worth first."""
    pack = current_pack()
    spent = Task.objects.filter(assignee=user, done_on=on, state=TaskState.DONE).aggregate(n=Sum("minutes"))["n"] or 0
    chosen = choose(user, on, pack, spent, viewer)
    left = sorted((item.task for item in chosen.left if why in ("", item.why)), key=by_value)
    ids = [candidate.id for candidate in left[(page - 1) * LEFT_SHOWN : page * LEFT_SHOWN]]
    rows = {task.pk: task for task in Task.objects.filter(pk__in=ids).select_related("customer", "customer__unit", "assignee")}
    return len(left), tuple(items([rows[pk] for pk in ids if pk in rows], user, on, pack, viewer))


def left_untasked(user: User, viewer: User | None = None) -> list[BudgetLeft]:
    """The first LEFT_SHOWN who were left for the contact budget before they became tasks, with their cards."""
    rows = left_of(user.pk, Customer.objects.visible_to(viewer or user)).select_related("customer")
    return list(rows[:LEFT_SHOWN])


def workers(viewer: User) -> list[User]:
    """Colleagues in sight who work a list, the viewer first, then by name."""
    found = colleagues(viewer).filter(role__in=PERMISSIONS["today.work"]).select_related("unit", "scope").order_by("unit__path", "name")
    return sorted(found, key=lambda person: person.pk != viewer.pk)


def may_take(viewer: User, task: Task) -> list[User]:
    """Colleagues who could be given this task: they work a list and may see its customer."""
    staff = Staff(task.due_on)
    path, owner = task.customer.unit.path or "", task.customer.owner_id
    return [person for person in workers(viewer) if person.pk != task.assignee_id and staff.sees(person.pk, owner, path)]


def nav_count(user: User, on: date) -> tuple[int, bool]:
    """For the navigation: how many are still to do today, and whether one of them is late."""
    spent = Task.objects.filter(assignee=user, done_on=on, state=TaskState.DONE).aggregate(n=Sum("minutes"))["n"] or 0
    made = choose(user, on, current_pack(), spent)
    return len(made.chosen), any(task.must and task.due_on < on for task in made.chosen)
