"""When a complaint was received: from the head of an e-mail, and put right afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from liuke.complaints.keeping import SLACK, again, audit, finish, forget_events, held, late, log, opened_event, set_clocks
from liuke.complaints.labels import NoteKind
from liuke.complaints.mails import Mail
from liuke.complaints.models import Complaint
from liuke.complaints.rules import LATEST_ENTRY_DAYS
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import may


@transaction.atomic
def set_received(actor: User, complaint_id: int, at: datetime) -> Complaint:
    """He said it at another time than was written down: the clocks are reckoned anew, what happened keeps both times; the number stays.

    Refuses what is later than its entry, more than a year before it, or than anything that was done, and once it was opened again. Nobody
    makes good a limit that has passed by a later receipt; who oversees may.
    """
    row = held(actor, complaint_id)
    was, now = row.received_at, timezone.now()
    if at == was:
        return row
    if at > row.entered_at + SLACK:
        raise Refused("complaint.after_entry", "受理时间不能晚于录入的时间。")
    if at < row.entered_at - timedelta(LATEST_ENTRY_DAYS):
        raise Refused("complaint.long_ago", "受理时间太早了，一年以内的才补记。")
    if row.turn:
        raise Refused("complaint.turned", "重新打开过的投诉，受理时间不能再改。")
    if row.answered_at is not None and at > row.answered_at:
        raise Refused("complaint.after_answer", "受理时间不能晚于首次答复。")
    first = [*row.pauses.values_list("from_at", flat=True), row.raised_at, row.told_at, row.crisis_at]
    if any(moment is not None and at > moment for moment in first):
        raise Refused("complaint.after_done", "受理时间不能晚于后面办的事。")
    missed = late(row, now)
    row.received_at = at
    set_clocks(row)
    if missed and at > was and not late(row, now) and not may(actor, "complaint.oversee"):
        raise Refused("complaint.late_receipt", "时限已经过了；受理时间确实写错了，请主管来改。")
    if row.severe and row.raised_at is None and row.event_opened is not None:
        forget_events(row, "event_opened")
        opened_event(row, actor, at)
    log(row, actor, NoteKind.RECEIVED, was=was.isoformat(), now=at.isoformat())
    audit(actor, "complaint.receipt", row, was=was.isoformat(), now=at.isoformat())
    return again(finish(row, actor))


def sent_at(mail: Mail, now: datetime) -> datetime | None:
    """When an e-mail was written, where that can be when the complaint was received: not to come, and not too long ago."""
    if mail.sent is None:
        return None
    at = mail.sent if timezone.is_aware(mail.sent) else timezone.make_aware(mail.sent)
    return at if now - timedelta(LATEST_ENTRY_DAYS) <= at <= now else None
