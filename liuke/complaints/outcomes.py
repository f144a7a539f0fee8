"""What the outcome of a complaint's task does to it: a try is a line of its record, and a call-back put off has another day."""

from __future__ import annotations

from liuke.complaints.keeping import ABOUT_CALL_BACK, log
from liuke.complaints.labels import NoteKind
from liuke.complaints.models import CallBack, Complaint
from liuke.interactions.labels import Outcome
from liuke.team.models import User
from liuke.work.models import Result, Task


def finished(actor: User, task: Task, result: Result) -> None:
    """Not reached, or another day: it stands in the record; a call-back put off has its new day."""
    row = _row(task)
    if row is None:
        return
    label = str(Outcome(result.outcome).label)
    log(row, actor, NoteKind.NOTE, result.at, f"{label} {result.note}".strip(), result=result.pk)
    if task.about == ABOUT_CALL_BACK and result.outcome == Outcome.LATER and result.next_task is not None:
        CallBack.objects.filter(pk=task.about_id or 0, satisfied__isnull=True).update(due_on=result.next_task.due_on)


def undone(actor: User, task: Task, result: Result) -> None:
    """The line goes back with the outcome, but for a crisis, where nothing that was written goes."""
    row = _row(task)
    if row is None:
        return
    if row.crisis_at is None:
        row.notes.filter(kind=NoteKind.NOTE, slots__result=result.pk).delete()
    if task.about == ABOUT_CALL_BACK and result.outcome == Outcome.LATER:
        CallBack.objects.filter(pk=task.about_id or 0, satisfied__isnull=True).update(due_on=task.due_on)


def _row(task: Task) -> Complaint | None:
    if task.about == ABOUT_CALL_BACK:
        return Complaint.objects.filter(call_backs=task.about_id or 0).first()
    return Complaint.objects.filter(pk=task.about_id or 0).first()
