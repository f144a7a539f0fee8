"""易人易时易地: when it is stuck, another person, another time, another place; one click each, on the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.complaints.keeping import again, audit, colleague, finish, held, log
from liuke.complaints.labels import NoteKind, Swap
from liuke.complaints.models import NAME, CaseNote, Complaint
from liuke.complaints.telling import tell_about
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User

FARTHEST = timedelta(days=366)


@transaction.atomic
def swap_person(actor: User, complaint_id: int, user_id: int, *, why: str = "") -> Complaint:
    """Somebody else handles it from now on; he hears of it, and has its task."""
    row = held(actor, complaint_id)
    person = colleague(actor, user_id, row)
    if person.pk == row.owner_id:
        raise Refused("complaint.same", "现在就是这样，没有变。")
    before, row.owner = row.owner_id, person
    if row.second_id == person.pk:  # nobody is on a crisis alone: another second has to be named
        row.second = None
    _note(row, actor, Swap.PERSON, before, person.pk, why)
    tell_about(row, "given", [person.pk], actor, urgent=row.severe)
    return again(finish(row, actor))


@transaction.atomic
def swap_time(actor: User, complaint_id: int, meet_at: datetime, *, why: str = "") -> Complaint:
    """One talks at another time. The limits stay as they are."""
    row = held(actor, complaint_id)
    now = timezone.now()
    if not now - timedelta(days=1) < meet_at < now + FARTHEST:
        raise Refused("complaint.meet_at", "约的时间请写以后的。")
    if meet_at == row.meet_at:
        raise Refused("complaint.same", "现在就是这样，没有变。")
    before, row.meet_at = row.meet_at, meet_at
    _note(row, actor, Swap.TIME, before.isoformat() if before else None, meet_at.isoformat(), why)
    return again(finish(row, actor))


@transaction.atomic
def swap_place(actor: User, complaint_id: int, where: str, *, why: str = "") -> Complaint:
    """One talks in another place."""
    row = held(actor, complaint_id)
    place = clean(where, NAME)
    if not place:
        raise Refused("complaint.place", "请写到哪里谈。")
    if place == row.meet_where:
        raise Refused("complaint.same", "现在就是这样，没有变。")
    before, row.meet_where = row.meet_where, place
    _note(row, actor, Swap.PLACE, before, place, why)
    return again(finish(row, actor))


@transaction.atomic
def undo_swap(actor: User, complaint_id: int) -> Complaint:
    """Take one's own last swap back, while nothing was swapped since."""
    row = held(actor, complaint_id)
    last = CaseNote.objects.filter(complaint=row, kind=NoteKind.SWAPPED).order_by("-pk").first()
    if last is None or last.by_id != actor.pk or last.slots.get("undone"):
        raise Refused("complaint.no_swap", "没有可以撤销的。")
    what, before = last.slots["what"], last.slots["before"]
    if what == Swap.PERSON:
        if before is None:
            raise Refused("complaint.no_swap", "没有可以撤销的。")
        row.owner = colleague(actor, before, row)
    elif what == Swap.TIME:
        row.meet_at = datetime.fromisoformat(before) if before else None
    else:
        row.meet_where = before or ""
    last.slots["undone"] = True
    last.save(update_fields=["slots"])
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.SWAPPED))
    audit(actor, "complaint.swap_undo", row, what=what)
    return again(finish(row, actor))


def _note(row: Complaint, actor: User, what: str, before: Any, after: Any, why: str) -> None:
    log(row, actor, NoteKind.SWAPPED, text=why, what=str(what), before=before, after=after)
    audit(actor, "complaint.swap", row, what=str(what))
