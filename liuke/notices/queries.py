"""Reads for the bell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from liuke.notices.models import Notice, NoticeQuerySet
from liuke.notices.words import known
from liuke.team.models import User


@dataclass(frozen=True)
class Bell:
    """What the bell shows: how many are unread, whether one of them cannot wait, and the newest's time (None: there is none)."""

    unread: int = 0
    urgent: bool = False
    newest: datetime | None = None

    @property
    def mark(self) -> str:
        """The same as long as there is nothing new to show."""
        stamp = int(self.newest.timestamp() * 1000) if self.newest else 0
        return f"{self.unread}.{int(self.urgent)}.{stamp}"

    def rings_after(self, mark: str) -> bool:
        """Whether word has come since the bell looked like that. False for what is no mark of a bell."""
        parts = mark.split(".")
        if len(parts) != 3 or not parts[2].isdecimal() or self.newest is None:
            return False
        return int(self.newest.timestamp() * 1000) > int(parts[2])


def of(user: User) -> NoticeQuerySet:
    """The notices of this user that can be said, the newest first."""
    return Notice.objects.filter(user=user, key__in=known()).order_by("-at", "-pk")


def unread_count(user: User) -> int:
    return of(user).unread().count()


def bell(user: User) -> Bell:
    """One query."""
    found = of(user).unread().order_by().aggregate(n=Count("pk"), hot=Count("pk", filter=Q(urgent=True)), newest=Max("at"))
    return Bell(found["n"], found["hot"] > 0, found["newest"])
