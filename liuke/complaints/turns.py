"""Turns of a complaint: the day he is asked whether he is content; opened again with a new clock; and that taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.complaints.clock import call_back_on
from liuke.complaints.house import Desks, day_of, rule
from liuke.complaints.keeping import ABOUT_CALL_BACK, CALL_BACK_MINUTES, again, audit, finish, late, log, set_clocks
from liuke.complaints.labels import NoteKind, Stage
from liuke.complaints.models import CallBack, CaseNote, Complaint, ComplaintStep
from liuke.complaints.second import settle_another
from liuke.complaints.telling import supervisor_of, tell_about
from liuke.interactions.labels import Way
from liuke.kernel.refusal import Refused
from liuke.notices.actions import settle
from liuke.team.models import User
from liuke.work.labels import Ended, TaskKind
from liuke.work.making import Wanted, make, stop

ANEW = (Stage.RESOLVE, Stage.FOLLOW_UP)
"""Stages whose steps are done anew in each turn."""
_MOMENTS, _SAME = ("reopened_at", "told_at", "decided_at"), ("told_by_id", "decided_by_id", "decision", "late_before")


def ask_later(row: Complaint, actor: User, told: datetime) -> None:
    day = planned_on(told)
    made, _new = CallBack.objects.update_or_create(complaint=row, turn=row.turn, defaults={"due_on": day, "owner_id": row.owner_id})
    call_back_task(row, made, actor)


def planned_on(told: datetime) -> date:
    """The day to ask him, of a solution told then. Nobody makes it an earlier one."""
    return call_back_on(day_of(told), rule(), Desks().changes)


def call_back_task(row: Complaint, made: CallBack, actor: User) -> None:
    """The customer is asked: it uses no budget, is never left out, and does not wait."""
    if row.customer_id is None:
        return
    wanted = Wanted(
        kind=TaskKind.COMPLAINT, customer=row.customer_id, due_on=made.due_on, channel=Way.PHONE, minutes=CALL_BACK_MINUTES,
        reasons=[["call_back", {"number": row.number, "title": row.title, "told": row.told_at.isoformat() if row.told_at else None}]],
        about=ABOUT_CALL_BACK, about_id=made.pk, assignee=row.owner_id, who="agent", asked=True, must=True, severity=2,
    )  # fmt: skip
    make([wanted], actor.pk, day_of(timezone.now()))


def drop_call_back(row: Complaint) -> None:
    waiting = CallBack.objects.filter(complaint=row, turn=row.turn, satisfied__isnull=True)
    stop(ABOUT_CALL_BACK, list(waiting.values_list("pk", flat=True)), Ended.UNDONE)
    waiting.delete()


def open_again(row: Complaint, actor: User, at: datetime, why: str) -> Complaint:
    """A new turn: back to the solution, with the resolution clock from now; cause and decision are judged anew. The line of it keeps how
    things stood, but for what somebody wrote in words."""
    was = _standing(row)
    row.late_before = late(row, at)
    settle_another(row)
    row.turn += 1
    row.reopened_at, row.told_at, row.told_by, row.satisfied = at, None, None, False
    row.decision, row.decided_by, row.decided_at = "", None, None
    ComplaintStep.objects.filter(complaint=row, stage__in=ANEW).update(done_at=None, done_by=None, note="")
    set_clocks(row)
    log(row, actor, NoteKind.REOPENED, at, why, was=was)
    audit(actor, "complaint.reopen", row)
    tell_about(row, "reopened", [row.owner_id, supervisor_of(row)], actor, urgent=True)
    return again(finish(row, actor))


def take_back_turn(row: Complaint, actor: User) -> Complaint:
    """He was not content by a slip of the hand: the turn before, as it stood, and he is still to be asked. Only by who wrote it down, on
    the same day, before anything else was done. Inside the caller's transaction, the row held."""
    back = CallBack.objects.filter(complaint=row, turn=row.turn - 1, satisfied=False).first()
    last = CaseNote.objects.filter(complaint=row).order_by("-pk").first()
    if back is None or last is None or last.kind == NoteKind.UNDONE:
        raise Refused("complaint.no_answer", "没有可以撤销的回访。")
    if back.by_id != actor.pk or back.at is None or day_of(timezone.now()) != day_of(last.at):
        raise Refused("complaint.slip", "只有记的人当天可以撤销。")
    if last.kind != NoteKind.REOPENED or "was" not in last.slots or _done_since(row):
        raise Refused("complaint.begun_again", "重新打开以后已经办过事了，不能撤销；接着办就行。")
    was: dict[str, Any] = last.slots["was"]
    row.turn -= 1
    row.satisfied = None
    for name in _MOMENTS:
        setattr(row, name, datetime.fromisoformat(was[name]) if was[name] else None)
    for name in _SAME:
        setattr(row, name, was[name])
    said = dict(CaseNote.objects.filter(complaint=row, kind=NoteKind.STEP).order_by("pk").values_list("slots__step", "text"))
    for pk, at, by, noted in was["steps"]:
        words = said.get(pk, "") if noted else ""
        ComplaintStep.objects.filter(complaint=row, pk=pk).update(done_at=datetime.fromisoformat(at), done_by=by, note=words)
    CallBack.objects.filter(pk=back.pk).update(satisfied=None, words="", wished=False, at=None, by=None)
    back.refresh_from_db()
    set_clocks(row)
    settle("complaint.reopened", f"complaint:{row.pk}")
    finish(row, actor, calling_back=True)
    call_back_task(row, back, actor)
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.REOPENED))
    audit(actor, "complaint.reopen_undo", row)
    return again(row)


def _standing(row: Complaint) -> dict[str, Any]:
    """What opening it again changes, as JSON."""
    done = ComplaintStep.objects.filter(complaint=row, stage__in=ANEW, done_at__isnull=False).order_by("pk")
    return {
        **{name: moment.isoformat() if (moment := getattr(row, name)) else None for name in _MOMENTS},
        **{name: getattr(row, name) for name in _SAME},
        "steps": [[step.pk, step.done_at.isoformat(), step.done_by_id, bool(step.note)] for step in done if step.done_at],
    }


def _done_since(row: Complaint) -> bool:
    """Whether any verb of this complaint came after it was opened again."""
    about = row.customer or row
    said = AuditEntry.objects.filter(kind=about._meta.label_lower, object=about.pk, detail__complaint=row.pk)
    return said.exclude(verb="complaint.contact_read").order_by("-seq").values_list("verb", flat=True).first() != "complaint.reopen"
