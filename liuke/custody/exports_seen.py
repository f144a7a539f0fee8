"""Reads of exports: mine, those that wait for my word, and what went out."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.custody.rules import KEPT, LONG_WAIT
from liuke.team.models import User
from liuke.team.permissions import may


def mine(user: User) -> QuerySet[Export]:
    """What I asked for, newest first."""
    return Export.objects.filter(actor=user).select_related("decided_by").order_by("-pk")


def for_my_word(user: User) -> QuerySet[Export]:
    """What waits for a yes or no that I may say, longest waiting first."""
    if not may(user, "export.approve"):
        return Export.objects.none()
    waiting = Export.objects.visible_to(user).filter(state=ExportState.WAITING).exclude(actor=user)
    return waiting.select_related("actor__unit").order_by("asked_at", "pk")


def others(user: User) -> QuerySet[Export]:
    """Everybody else's in sight of who answers for exports, newest first."""
    if not may(user, "export.approve"):
        return Export.objects.none()
    return Export.objects.visible_to(user).exclude(actor=user).select_related("actor__unit", "decided_by").order_by("-pk")


def taken(user: User, listing: str, but: int | None = None) -> int:
    """Rows of one list that this person took out, or is about to, within the last day without anybody's word; `but` leaves one out."""
    alive = (ExportState.APPROVED, ExportState.MAKING, ExportState.READY, ExportState.EXPIRED)
    own = Export.objects.filter(actor=user, listing=listing, decided_by=None, asked_at__gt=timezone.now() - KEPT).exclude(pk=but or 0)
    out = own.filter(Q(state__in=alive) | Q(downloads__gt=0)).aggregate(rows=Sum(Coalesce("made_rows", "rows")))
    return int(out["rows"] or 0)


def waiting_count(user: User, now: datetime | None = None) -> tuple[int, bool]:
    """For the navigation: how many wait for my word, and whether one of them waits too long. One query; none for who has no say."""
    if not may(user, "export.approve"):
        return 0, False
    waiting = for_my_word(user)
    oldest = waiting.order_by().aggregate(first=Min("asked_at"))["first"]
    if oldest is None:
        return 0, False
    return waiting.count(), (now or timezone.now()) - oldest > LONG_WAIT
