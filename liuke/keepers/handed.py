"""Reads of hand-overs. A fixed number of queries, whatever the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Q, QuerySet

from liuke.customers.models import Customer, TransferRow
from liuke.keepers.facts import start_of
from liuke.keepers.labels import HandOverKind
from liuke.keepers.models import HandOver, HandOverPart, PoolEntry
from liuke.keepers.queries import still_warned
from liuke.team.models import User
from liuke.team.queries import in_scope
from liuke.work.labels import TaskKind
from liuke.work.models import Task


@dataclass(frozen=True)
class Handed:
    """One hand-over as the reader sees it: `count` of the customers he sees (all, where they were his own), by receiver."""

    row: HandOver
    parts: tuple[tuple[HandOverPart, int], ...]

    @property
    def count(self) -> int:
        return sum(n for _, n in self.parts)


def handed(user: User, rows: Sequence[HandOver]) -> list[Handed]:
    """These hand-overs, of the user's sight, with how many of their customers he sees. Two queries."""
    parts = list(HandOverPart.objects.filter(hand_over__in=rows).select_related("to", "to__unit").order_by("pk"))
    moved = TransferRow.objects.filter(transfer__in=[part.transfer_id for part in parts]).filter(in_scope(user, "customer__"))
    seen = dict(moved.order_by().values_list("transfer").annotate(n=Count("pk")))
    own = {row.pk for row in rows if row.person_id == user.pk}
    by_row: dict[int, list[tuple[HandOverPart, int]]] = {}
    for part in parts:
        whole = part.hand_over_id in own or part.to_id == user.pk
        count = part.count if whole else seen.get(part.transfer_id, 0)
        if count:
            by_row.setdefault(part.hand_over_id, []).append((part, count))
    return [Handed(row, tuple(by_row.get(row.pk, ()))) for row in rows]


def customers_of(user: User, row: HandOver, to: int | None = None) -> QuerySet[Customer]:
    """The customers of a hand-over (of one receiver) that the user may see, by name."""
    parts = HandOverPart.objects.filter(hand_over=row, **({"to": to} if to else {}))
    moved = TransferRow.objects.filter(transfer__in=parts.values("transfer")).values("customer")
    return Customer.objects.visible_to(user).filter(pk__in=moved).order_by("pinyin", "pk")


@dataclass(frozen=True)
class News:
    """What a person should know of his own customers today: on the way to the pool, newly taken over and not told, covered by others."""

    warned: int = 0
    falls_on: date | None = None
    untold: int = 0
    covered: tuple[HandOver, ...] = ()
    back: tuple[HandOver, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.warned or self.untold or self.covered or self.back)


BACK_IS_NEWS = 7
"""Days for which the end of a cover is told."""


def news(user: User, today: date) -> News:
    """For the head of today's list. Four queries."""
    warned = still_warned(PoolEntry.objects.filter(from_owner=user, customer__owner=user)).aggregate(n=Count("pk"), first=Min("falls_on"))
    untold = Task.objects.visible_to(user).open().filter(assignee=user, kind=TaskKind.HAND_OVER).count()
    mine = HandOver.objects.filter(
        Q(person=user) | Q(pk__in=HandOverPart.objects.filter(to=user).values("hand_over")), kind=HandOverKind.COVER
    )
    running = mine.filter(undone_at__isnull=True, returned_at__isnull=True)
    ended = mine.filter(returned_at__gte=start_of(today - timedelta(BACK_IS_NEWS)), undone_at__isnull=True)
    return News(
        warned["n"],
        warned["first"],
        untold,
        tuple(running.select_related("person").order_by("until", "pk")[:3]),
        tuple(ended.select_related("person").order_by("-returned_at")[:3]),
    )
