"""Who is in which playbook, and how it went: for the playbook's page and for the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Prefetch, QuerySet

from liuke.customers.models import Customer
from liuke.packs import Pack, Playbook
from liuke.playbooks.queries import playbooks_at
from liuke.team.models import User
from liuke.team.queries import in_scope
from liuke.trials.labels import Arm
from liuke.work import words
from liuke.work.labels import Ended
from liuke.work.models import Enrolment, Task

PAST_SHOWN = 6


def running(user: User) -> QuerySet[Enrolment]:
    """Customers in a playbook, of those the user may see; who is left alone on purpose is in none."""
    return Enrolment.objects.filter(in_scope(user, "customer__"), ended_on__isnull=True).exclude(assignment__arm=Arm.ALONE)


def inside(user: User) -> dict[str, int]:
    """How many of the user's customers are in each playbook now. One query."""
    return dict(running(user).order_by().values_list("playbook").annotate(n=Count("pk")))


def in_playbook(user: User, key: str) -> QuerySet[Enrolment]:
    """Who is in a playbook, of the user's customers, the newest first; `tasks_open`: the open task of each, with who does it."""
    opened = Prefetch("tasks", Task.objects.open().select_related("assignee"), to_attr="tasks_open")
    found = running(user).filter(playbook=key).select_related("customer", "customer__unit", "customer__owner")
    return found.order_by("-started_on", "pk").prefetch_related(opened)


@dataclass(frozen=True)
class InPlaybook:
    """One enrolment as the card shows it. `step` counts from 1; `task`: what is to be done next, None where it is over. `why`: the
    sentence for which it began; `held`: he is left alone on purpose, to measure the playbook."""

    enrolment: Enrolment
    book: Playbook | None
    name: str
    step: int
    steps: int
    task: Task | None
    why: str
    ended: str
    held: bool


def of_customer(customer: Customer, pack: Pack, on: date) -> list[InPlaybook]:
    """The playbooks a customer is in, then the last ones he was in. Three queries, and one where a playbook was changed meanwhile.

    The caller has fetched the card through the reader's sight.
    """
    rows = list(
        Enrolment.objects.filter(customer=customer).exclude(why=Ended.UNDONE).select_related("assignment")
        .order_by(F("ended_on").desc(nulls_first=True), "-started_on", "-pk")[: PAST_SHOWN * 2]
    )  # fmt: skip
    open_now = [row for row in rows if row.ended_on is None]
    shown = [*open_now, *[row for row in rows if row.ended_on is not None][: max(PAST_SHOWN - len(open_now), 0)]]
    tasks = _last_tasks(shown)
    books = playbooks_at(pack, {(row.playbook, row.version) for row in shown})
    return [_told(row, books.get((row.playbook, row.version)), tasks.get(row.pk), pack, on) for row in shown]


def _last_tasks(rows: Sequence[Enrolment]) -> dict[int, Task]:
    """The last task of each of these."""
    found = Task.objects.filter(enrolment__in=[row.pk for row in rows], kind="playbook").select_related("assignee").order_by("pk")
    return {task.enrolment_id: task for task in found if task.enrolment_id is not None}


def _told(row: Enrolment, book: Playbook | None, task: Task | None, pack: Pack, on: date) -> InPlaybook:
    why = words.reason(pack, task.reasons, task.done_on or row.ended_on or on, most=1) if task else ""
    return InPlaybook(
        enrolment=row,
        book=book,
        name=words.pick(book.name) if book else row.playbook,
        step=(task.step if task else 0) + 1,
        steps=len(book.steps) if book else 0,
        task=task if task and row.ended_on is None else None,
        why=why,
        ended=str(Ended(row.why).label) if row.why else "",
        held=row.assignment is not None and row.assignment.arm == Arm.ALONE,
    )
