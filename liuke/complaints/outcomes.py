"""What the outcome of a complaint's task does to it: a try is a line of its record; limits stay, a call-back put off has another day."""

from __future__ import annotations

from liuke.complaints.keeping import ABOUT_CALL_BACK, log, set_task
from liuke.complaints.labels import NoteKind
from liuke.complaints.models import CallBack, Complaint
from liuke.complaints.turns import planned_on
from liuke.interactions.labels import Outcome
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.work.models import Result, Task


def finished(actor: User, task: Task, result: Result) -> None:
    """Not reached, or another day. Only a call-back waits for that day: the limits of a complaint do not."""
    row = _row(task)
    if row is None:
        return
    label = str(Outcome(result.outcome).label)
    log(row, actor, NoteKind.NOTE, result.at, f"{label} {result.note}".strip(), result=result.pk)
    if result.next_task is None:
        return
    if task.about == ABOUT_CALL_BACK:
        if result.outcome == Outcome.LATER:  # put off, never brought forward: sooner than its day he is asked only with a reason
            later = CallBack.objects.filter(pk=task.about_id or 0, satisfied__isnull=True, due_on__lt=result.next_task.due_on)
            later.update(due_on=result.next_task.due_on)
        return
    Task.objects.filter(pk=result.next_task.pk).update(snoozed_until=None)
    set_task(row, actor)


def undone(actor: User, task: Task, result: Result) -> None:
    """The line goes back with the outcome, but for a crisis, where nothing that was written goes. Refuses once the case has gone on."""
    row = _row(task)
    if row is None:
        return
    back = CallBack.objects.filter(pk=task.about_id or 0, satisfied__isnull=True)
    waits = back.exists() if task.about == ABOUT_CALL_BACK else row.told_at is None
    if not (row.is_open and waits):
        raise Refused("complaint.gone_on", "这件投诉已经往后办了，这一笔撤不回来了。")
    if row.crisis_at is None:
        row.notes.filter(kind=NoteKind.NOTE, slots__result=result.pk).delete()
    if task.about == ABOUT_CALL_BACK and result.outcome == Outcome.LATER:
        back.update(due_on=max(task.due_on, planned_on(row.told_at)) if row.told_at else task.due_on)


def _row(task: Task) -> Complaint | None:
    if task.about == ABOUT_CALL_BACK:
        return Complaint.objects.select_related("unit").filter(call_backs=task.about_id or 0).first()
    return Complaint.objects.select_related("unit").filter(pk=task.about_id or 0).first()
