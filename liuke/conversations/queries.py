"""Reads of conversations and needs. What a user may not see is in no count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from liuke.conversations.labels import Chance, NeedState
from liuke.conversations.models import Conversation, Need, StepNote
from liuke.conversations.rules import STEPS, Funnel
from liuke.customers.models import Customer
from liuke.team.models import Unit, User
from liuke.team.queries import names_of

GROUPS = {"playbook": "playbook", "unit": "unit", "person": "by"}
"""How results may be grouped: name → column."""

NEEDS_SHOWN = 30


@dataclass(frozen=True)
class Line:
    """One group's results: `key` as an address wants it, `name` "" where somebody else knows it (playbooks). `chances`: in how many a
    chance to serve was seen; `asked`: in how many that was answered at all."""

    key: str
    name: str
    funnel: Funnel
    chances: int
    asked: int


def of_task(task: int) -> Conversation | None:
    """What was noted beside a task so far, with its steps; None when nothing was. Whoever asks sees the task."""
    return Conversation.objects.filter(task=task).prefetch_related("steps").first()


def steps_of(talk: Conversation | None) -> dict[int, StepNote]:
    """Its notes by step."""
    return {each.step: each for each in talk.steps.all()} if talk else {}


def results(user: User, since: date, until: date, by: str = "playbook") -> list[Line]:
    """How far the conversations the user may see got, by playbook, unit or person; the most first. Two queries."""
    column = GROUPS[by]
    reached = {f"s{step}": Count("pk", filter=Q(furthest__gte=step)) for step in range(1, STEPS + 1)}
    rows = list(
        _between(user, since, until)
        .values(column)
        .annotate(n=Count("pk"), yes=Count("pk", filter=Q(chance=Chance.YES)), asked=Count("pk", filter=~Q(chance="")), **reached)
        .order_by("-n", column)
    )
    names: dict[int, str] = {}
    if by == "unit":
        names = dict(Unit.objects.filter(pk__in=[row[column] for row in rows]).values_list("pk", "name"))
    elif by == "person":
        names = names_of(row[column] for row in rows)
    return [
        Line(
            str(row[column]),
            names.get(row[column], ""),
            Funnel(row["n"], (row["s1"], row["s2"], row["s3"], row["s4"])),
            row["yes"],
            row["asked"],
        )
        for row in rows
    ]


def listed(
    user: User, since: date, until: date, *, by: str = "", key: str = "", least: int = 0, stopped: int | None = None, chance: str = ""
) -> QuerySet[Conversation]:
    """The conversations behind a figure of `results`: of one group, that got at least to a step, or that stopped at one (0–4), or in
    which a chance was seen; the newest first. Slice it."""
    found = _between(user, since, until).filter(furthest__gte=least)
    if by in GROUPS and key:
        found = found.filter(**{GROUPS[by]: key})
    if stopped is not None:
        found = found.filter(furthest=stopped)
    if chance:
        found = found.filter(chance=chance)
    return found.select_related("customer", "by", "unit").prefetch_related("steps").order_by("-on", "-pk")


def _between(user: User, since: date, until: date) -> QuerySet[Conversation]:
    return Conversation.objects.visible_to(user).counted().filter(on__gte=since, on__lte=until)


def needs_of(card: Customer) -> list[Need]:
    """The needs of a card the reader may see: the open ones first, then the newest."""
    found = Need.objects.standing().filter(customer=card).select_related("by", "closed_by", "interaction")
    rows = list(found.order_by("-on", "-pk")[:NEEDS_SHOWN])
    return sorted(rows, key=lambda need: need.state != NeedState.OPEN)


def last_talks(card: Customer, most: int = 3) -> list[Conversation]:
    """The last conversations of a card the reader may see, in which something was noted, with their steps."""
    found = Conversation.objects.counted().filter(customer=card).select_related("by").prefetch_related("steps")
    return list(found.order_by("-on", "-pk")[:most])


def needs(user: User, state: str = "") -> QuerySet[Need]:
    """The needs of customers the user may see, the oldest open one first. Slice it."""
    found = Need.objects.visible_to(user).standing().select_related("customer", "by")
    if state:
        return found.filter(state=state).order_by("on", "pk")
    return found.order_by("-on", "-pk")


def need_counts(user: User) -> dict[str, int]:
    """How many needs stand in each state."""
    rows = Need.objects.visible_to(user).standing().values("state").annotate(n=Count("pk")).order_by()
    return {row["state"]: row["n"] for row in rows}


def open_needs(customers: Sequence[int]) -> dict[int, list[Need]]:
    """The open needs of these customers, the oldest first."""
    found: dict[int, list[Need]] = {}
    for need in Need.objects.standing().filter(customer__in=customers, state=NeedState.OPEN).order_by("on", "pk"):
        found.setdefault(need.customer_id, []).append(need)
    return found
