"""Handling a complaint: the first answer, steps, notes, pauses, severe, 易人易时易地."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from liuke.complaints.clock import check_pauses
from liuke.complaints.crisis import check_hands
from liuke.complaints.house import local
from liuke.complaints.keeping import again, audit, check_in_time, finish, held, log, moment, set_clocks
from liuke.complaints.labels import AgreementState, Axis, NoteKind, Severity, Stage
from liuke.complaints.models import LINE, WORDS, CaseNote, Classification, Complaint, ComplaintStep, Pause
from liuke.complaints.promised import check_kept
from liuke.complaints.severity import lower_row, raise_row
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.complaints import BY_ITSELF
from liuke.team.models import User

WRITTEN = (NoteKind.NOTE, NoteKind.CUSTOMER, NoteKind.EVIDENCE)
"""Lines people write by hand."""


@transaction.atomic
def answer(actor: User, complaint_id: int, *, note: str = "", at: datetime | None = None) -> Complaint:
    """The customer has had his first answer, which ends that clock. Once."""
    row = held(actor, complaint_id)
    check_hands(row, actor)
    when = moment(actor, row, at)
    if row.answered_at is not None:
        raise Refused("complaint.answered", "首次答复已经记过了。")
    check_in_time(actor, row, when, row.answer_due)
    row.answered_at, row.answered_by = when, actor
    log(row, actor, NoteKind.ANSWERED, when, note)
    audit(actor, "complaint.answer", row)
    return again(finish(row, actor))


@transaction.atomic
def unanswer(actor: User, complaint_id: int) -> Complaint:
    """Undo: nobody has answered yet. Only by who said so, or who oversees, before the solution was told."""
    row = held(actor, complaint_id)
    if row.answered_at is None or row.told_at is not None or row.turn:
        raise Refused("complaint.not_answered", "首次答复还没记，或者已经往后办了。")
    if row.answered_by_id != actor.pk:
        raise Refused("complaint.others_word", "这是别人记的，请他自己撤销。")
    row.answered_at, row.answered_by = None, None
    set_clocks(row)
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.ANSWERED))
    audit(actor, "complaint.unanswer", row)
    return again(finish(row, actor))


# ── steps ────────────────────────────────────────────────────────────────────


@transaction.atomic
def tick(actor: User, step_id: int, *, note: str = "") -> ComplaintStep:
    """Done; `note` stands beside it and in what happened. First his feelings, then the matter: no step of the solution before those of
    accepting; none of following up before the solution was told. Steps that stand for something tick themselves."""
    step, row = _step(actor, step_id)
    _by_hand(step)
    if step.stage == Stage.RESOLVE:
        check_feelings_first(row)
    if step.stage == Stage.FOLLOW_UP and row.told_at is None:
        raise Refused("complaint.not_told", "先把方案告诉客户，再来跟踪。")
    check_kept(step, row)
    done = ComplaintStep.objects.filter(pk=step.pk, done_at__isnull=True)
    words = clean(note, LINE)
    if not done.update(done_at=timezone.now(), done_by=actor, note=words):
        raise Refused("complaint.ticked", "这一步刚才已经打勾了。")
    if words:
        log(row, actor, NoteKind.STEP, text=words, step=step.pk, zh=step.zh, en=step.en)
    audit(actor, "complaint.tick", row, step=step.pk)
    finish(row, actor)
    return ComplaintStep.objects.select_related("done_by").get(pk=step.pk)


@transaction.atomic
def untick(actor: User, step_id: int) -> ComplaintStep:
    """Not done after all. A step of accepting stays once something was put forward on the strength of it."""
    step, row = _step(actor, step_id)
    _by_hand(step)
    standing = row.agreements.filter(turn=row.turn, state__in=(AgreementState.PROPOSED, AgreementState.AGREED))
    if step.stage == Stage.ACCEPT and (row.told_at is not None or standing.exists()):
        raise Refused("complaint.relied_on", "后面已经谈了办法，这一步不能取消。")
    if not ComplaintStep.objects.filter(pk=step.pk, done_at__isnull=False).update(done_at=None, done_by=None, note=""):
        raise Refused("complaint.unticked", "这一步还没打勾。")
    if step.note:
        log(row, actor, NoteKind.UNDONE, text=step.zh, what=str(NoteKind.STEP))
    audit(actor, "complaint.untick", row, step=step.pk)
    finish(row, actor)
    return ComplaintStep.objects.get(pk=step.pk)


@transaction.atomic
def add_step(actor: User, complaint_id: int, stage: str, text: str) -> ComplaintStep:
    """One step more, in one's own words, behind the others of a stage."""
    row = held(actor, complaint_id)
    words = clean(text, LINE)
    if stage not in Stage.values or not words:
        raise Refused("complaint.step", "请写做什么。")
    if stage == Stage.ACCEPT and row.told_at is not None:
        raise Refused("complaint.past", "这一段已经过了。")
    last = ComplaintStep.objects.filter(complaint=row, stage=stage).aggregate(last=Max("position"))["last"] or 0
    made = ComplaintStep.objects.create(complaint=row, stage=stage, position=last + 1, zh=words)
    audit(actor, "complaint.step", row, step=made.pk)
    finish(row, actor)
    return made


@transaction.atomic
def drop_step(actor: User, step_id: int) -> ComplaintStep:
    """A step that was added by hand is not needed. Those of the template stay, and so does one that is done."""
    step, row = _step(actor, step_id)
    if step.key:
        raise Refused("complaint.template", "模板里的步骤不能去掉。")
    if not ComplaintStep.objects.filter(pk=step.pk, done_at__isnull=True).update(dropped_at=timezone.now()):
        raise Refused("complaint.done_step", "做过的步骤不能去掉，先取消打勾。")
    audit(actor, "complaint.step_drop", row, step=step.pk)
    finish(row, actor)
    return ComplaintStep.objects.get(pk=step.pk)


@transaction.atomic
def restore_step(actor: User, step_id: int) -> ComplaintStep:
    """Undo the dropping."""
    step, row = _step(actor, step_id, dropped=True)
    ComplaintStep.objects.filter(pk=step.pk).update(dropped_at=None)
    audit(actor, "complaint.step", row, step=step.pk)
    finish(row, actor)
    return ComplaintStep.objects.get(pk=step.pk)


def check_feelings_first(row: Complaint) -> None:
    """先处理心情，再处理事情."""
    left = ComplaintStep.objects.filter(complaint=row, stage=Stage.ACCEPT, done_at__isnull=True, dropped_at__isnull=True).count()
    if left:
        raise Refused("complaint.feelings_first", "先处理心情，再处理事情：“接受”还有 %(n)s 步没做完，先不谈办法。", n=left)


def _step(actor: User, step_id: int, *, dropped: bool = False) -> tuple[ComplaintStep, Complaint]:
    """Raises ComplaintStep.DoesNotExist out of sight."""
    seen = Complaint.objects.visible_to(actor)
    found = ComplaintStep.objects.get(pk=step_id, complaint__in=seen, dropped_at__isnull=not dropped)
    row = held(actor, found.complaint_id)
    return ComplaintStep.objects.get(pk=step_id), row


def _by_hand(step: ComplaintStep) -> None:
    if step.key in BY_ITSELF:
        raise Refused("complaint.by_itself", "这一步办好了会自己打勾。")


# ── notes ────────────────────────────────────────────────────────────────────


@transaction.atomic
def note(actor: User, complaint_id: int, text: str, *, kind: str = NoteKind.NOTE, at: datetime | None = None) -> CaseNote:
    """One line by hand: what was done, what the customer came to say, what is kept as evidence. It stays as it is."""
    row = held(actor, complaint_id)
    words = clean(text, WORDS, lines=True)
    if not words or kind not in WRITTEN:
        raise Refused("complaint.note", "请写一句。")
    made = log(row, actor, kind, moment(actor, row, at), words)
    audit(actor, "complaint.note", row, note=made.pk)
    return made


# ── waiting for the customer ─────────────────────────────────────────────────


@transaction.atomic
def pause(actor: User, complaint_id: int, why: str, *, at: datetime | None = None) -> Complaint:
    """We wait for the customer: the resolution clock stands still. Refuses while it stands, once the solution was told, and no reason."""
    row = held(actor, complaint_id)
    when, words = moment(actor, row, at), clean(why, LINE)
    if not words:
        raise Refused("complaint.pause_why", "请写等客户做什么。")
    if row.told_at is not None:
        raise Refused("complaint.told", "方案已经告诉客户了，不用再停。")
    check_in_time(actor, row, when, row.resolve_due)
    before = list(row.pauses.order_by("from_at"))
    if any(each.to_at is None for each in before):
        raise Refused("complaint.paused", "计时已经停着了。")
    check_pauses(
        [*[(local(each.from_at), local(each.to_at)) for each in before if each.to_at], (local(when), None)], local(row.received_at)
    )
    try:
        with transaction.atomic():
            Pause.objects.create(complaint=row, from_at=when, why=words, by=actor)
    except IntegrityError:
        raise Refused("complaint.paused", "计时已经停着了。") from None
    set_clocks(row)
    log(row, actor, NoteKind.PAUSED, when, words)
    audit(actor, "complaint.pause", row)
    return again(finish(row, actor))


@transaction.atomic
def resume(actor: User, complaint_id: int, *, at: datetime | None = None) -> Complaint:
    """He came back: the clock runs on, its limit moved by what was waited."""
    row = held(actor, complaint_id)
    when = moment(actor, row, at)
    waiting = row.pauses.filter(to_at__isnull=True).first()
    if waiting is None:
        raise Refused("complaint.not_paused", "计时没有停。")
    if when < waiting.from_at:
        raise Refused("complaint.pause_order", "暂停的结束不能早于开始。")
    Pause.objects.filter(pk=waiting.pk, to_at__isnull=True).update(to_at=when, ended_by=actor)
    set_clocks(row)
    log(row, actor, NoteKind.RESUMED, when)
    audit(actor, "complaint.resume", row)
    return again(finish(row, actor))


@transaction.atomic
def undo_pause(actor: User, complaint_id: int) -> Complaint:
    """The pause that stands was a slip: as if it had never been. Only by who made it."""
    row = held(actor, complaint_id)
    waiting = row.pauses.filter(to_at__isnull=True, by=actor).first()
    if waiting is None:
        raise Refused("complaint.not_paused", "计时没有停。")
    if row.crisis_at is not None:
        raise Refused("complaint.evidence", "危机里的记录都要留着，不能撤。")
    waiting.delete()
    set_clocks(row)
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.PAUSED))
    audit(actor, "complaint.pause_undo", row)
    return again(finish(row, actor))


# ── severity ─────────────────────────────────────────────────────────────────


@transaction.atomic
def raise_to_severe(actor: User, complaint_id: int, *, why: str, at: datetime | None = None) -> Complaint:
    """It has grown worse: severe limits from this moment on, never later than the ordinary ones; the supervisor hears of it.

    Refused without a reason. One that was severe from the start is confirmed as such (classifying.confirm): its limits count from the
    receipt.
    """
    row = held(actor, complaint_id)
    when, words = moment(actor, row, at), clean(why, WORDS)
    if not words:
        raise Refused("complaint.why_severe", "改为严重请写为什么。")
    raise_row(row, actor, when, words)
    _severity(row, Severity.SEVERE, actor)
    audit(actor, "complaint.raise", row)
    return again(finish(row, actor))


@transaction.atomic
def lower(actor: User, complaint_id: int, *, why: str) -> Complaint:
    """It was not severe: ordinary limits, as if it had never been raised. By who oversees, with a reason."""
    row = held(actor, complaint_id)
    if not row.severe:
        raise Refused("complaint.ordinary", "这件投诉本来就是一般的。")
    words = clean(why, WORDS)
    if not words:
        raise Refused("complaint.why", "请写为什么。")
    lower_row(row, actor, words)
    _severity(row, Severity.ORDINARY, actor)
    audit(actor, "complaint.lower", row)
    return again(finish(row, actor))


def _severity(row: Complaint, value: str, actor: User) -> None:
    said = {"value": value, "by": actor, "at": timezone.now()}
    Classification.objects.update_or_create(complaint=row, axis=Axis.SEVERITY, defaults=said)
