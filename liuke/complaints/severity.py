"""From ordinary to severe, and back: what it does to clocks, facts and people."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from liuke.complaints.keeping import forget_events, log, opened_event, set_clocks
from liuke.complaints.labels import NoteKind, Severity
from liuke.complaints.models import Complaint
from liuke.complaints.telling import settle_perhaps_severe, tell_severe
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import require


def raise_row(row: Complaint, actor: User, at: datetime, why: str) -> None:
    """It grew worse: severe from a moment on. Inside the caller's transaction, the row held; not saved."""
    if row.severe:
        raise Refused("complaint.severe", "这件投诉已经是严重的。")
    row.severity, row.raised_at = Severity.SEVERE, at
    set_clocks(row)
    opened_event(row, actor, at)
    log(row, actor, NoteKind.RAISED, at, why)
    settle_perhaps_severe(row)
    tell_severe(row, actor)


def severe_from_receipt(row: Complaint, actor: User, at: datetime) -> None:
    """Somebody says for the first time what it is: it was severe from the start, and its limits count from the receipt. Not saved."""
    if row.severe:
        raise Refused("complaint.severe", "这件投诉已经是严重的。")
    row.severity, row.raised_at = Severity.SEVERE, None
    set_clocks(row)
    opened_event(row, actor, row.received_at)
    log(row, actor, NoteKind.RAISED, at, from_receipt=True)
    settle_perhaps_severe(row)
    tell_severe(row, actor)


def lower_row(row: Complaint, actor: User, why: str) -> None:
    """Ordinary again, as if it had never been raised. Only by who oversees; not in a crisis."""
    require(actor, "complaint.oversee")
    if row.crisis_at is not None:
        raise Refused("complaint.in_crisis", "危机还没解除，不能改回一般。")
    row.severity, row.raised_at = Severity.ORDINARY, None
    set_clocks(row)
    forget_events(row, "event_opened")
    log(row, actor, NoteKind.LOWERED, timezone.now(), why)
