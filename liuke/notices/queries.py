"""Reads for the bell."""

from __future__ import annotations

from liuke.notices.models import Notice, NoticeQuerySet
from liuke.notices.words import known
from liuke.team.models import User


def of(user: User) -> NoticeQuerySet:
    """The notices of this user that can be said, the newest first."""
    return Notice.objects.filter(user=user, key__in=known()).order_by("-at", "-pk")


def unread_count(user: User) -> int:
    return of(user).unread().count()
