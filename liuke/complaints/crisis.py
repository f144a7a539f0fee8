"""危机: extreme behaviour. The manager is told at once; nobody handles it alone; what was written stays; one person speaks for us."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from liuke.complaints.keeping import again, audit, colleague, finish, held, log
from liuke.complaints.labels import Axis, Behaviour, NoteKind, Severity
from liuke.complaints.models import WORDS, Classification, Complaint
from liuke.complaints.severity import raise_row
from liuke.complaints.telling import manager_of, supervisor_of, tell_about
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require


def begin_crisis(row: Complaint, actor: User, at: datetime) -> None:
    """Inside the caller's transaction, the row held; not saved. It is severe from now on, and the manager hears of it."""
    if not row.severe:
        raise_row(row, actor, at, "")
        known = Classification.objects.filter(complaint=row, axis=Axis.SEVERITY)
        known.update(value=Severity.SEVERE, by=actor, at=at)
    row.crisis_at = at
    log(row, actor, NoteKind.CRISIS, at, begun=True)
    audit(actor, "complaint.crisis", row)
    # Who does it himself has heard of it too, but the manager is told whatever happens.
    tell_about(row, "crisis", [manager_of(row), supervisor_of(row), row.owner_id], None, urgent=True, by=actor.name)


@transaction.atomic
def open_crisis(actor: User, complaint_id: int, *, second_id: int | None = None, spokesman_id: int | None = None) -> Complaint:
    """He threatens, or does, something. The behaviour is extreme from now on."""
    row = held(actor, complaint_id)
    if row.crisis_at is not None:
        raise Refused("complaint.in_crisis_already", "已经是危机了。")
    now = timezone.now()
    row.behaviour = Behaviour.EXTREME
    Classification.objects.update_or_create(
        complaint=row, axis=Axis.BEHAVIOUR, defaults={"value": Behaviour.EXTREME, "by": actor, "at": now}
    )
    begin_crisis(row, actor, now)
    _name(row, actor, second_id, spokesman_id)
    return again(finish(row, actor))


@transaction.atomic
def name_crisis(actor: User, complaint_id: int, *, second_id: int | None = None, spokesman_id: int | None = None) -> Complaint:
    """Who handles it together with the owner, and who alone speaks with the customer. None: as it was."""
    row = held(actor, complaint_id)
    if row.crisis_at is None:
        raise Refused("complaint.no_crisis", "这件投诉没有进危机。")
    _name(row, actor, second_id, spokesman_id)
    return again(finish(row, actor))


@transaction.atomic
def end_crisis(actor: User, complaint_id: int, *, why: str) -> Complaint:
    """It is over, by who oversees; why stays on the record."""
    row = held(actor, complaint_id)
    require(actor, "complaint.oversee")
    if row.crisis_at is None:
        raise Refused("complaint.no_crisis", "这件投诉没有进危机。")
    words = clean(why, WORDS)
    if not words:
        raise Refused("complaint.why", "请写为什么。")
    row.crisis_at = None
    log(row, actor, NoteKind.CRISIS, text=words, begun=False)
    audit(actor, "complaint.crisis_end", row)
    return again(finish(row, actor))


def check_hands(row: Complaint, actor: User) -> None:
    """Before anything is said or offered to the customer in a crisis: two are on it, and only the one who speaks for us speaks."""
    if row.crisis_at is None:
        return
    if row.second_id is None:
        raise Refused("complaint.alone", "危机不能一个人处理，先指定第二个人。")
    if row.spokesman is None:
        raise Refused("complaint.no_voice", "先指定由谁对外说话。")
    if row.spokesman_id != actor.pk:
        raise Refused("complaint.one_voice", "危机里只由%(who)s对客户说话。", who=row.spokesman.name)


def _name(row: Complaint, actor: User, second_id: int | None, spokesman_id: int | None) -> None:
    if second_id is not None:
        person = colleague(actor, second_id, row)
        if person.pk == row.owner_id:
            raise Refused("complaint.second", "第二个人不能是负责人自己。")
        row.second = person
    if spokesman_id is not None:
        row.spokesman = colleague(actor, spokesman_id, row)
    if second_id is None and spokesman_id is None:
        return
    log(row, actor, NoteKind.CRISIS, second=row.second_id, spokesman=row.spokesman_id)
    audit(actor, "complaint.crisis_name", row, second=row.second_id, spokesman=row.spokesman_id)
    tell_about(row, "crisis", [row.second_id, row.spokesman_id], actor, urgent=True, by=actor.name)
