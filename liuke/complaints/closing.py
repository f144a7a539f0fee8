"""The solution is told, the customer asked whether he is content, cause and decision are written down; only then is it closed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from liuke.complaints.crisis import check_hands
from liuke.complaints.handling import check_feelings_first
from liuke.complaints.house import day_of
from liuke.complaints.keeping import (
    ABOUT_CALL_BACK,
    again,
    audit,
    check_in_time,
    closed_event,
    finish,
    forget_events,
    held,
    log,
    moment,
    opened_event,
    set_clocks,
    tick_itself,
    untick_itself,
)
from liuke.complaints.labels import AgreementState, Decision, NoteKind, Stage
from liuke.complaints.models import (
    LINE,
    WORDS,
    Agreement,
    CallBack,
    Classification,
    Complaint,
    ComplaintNeed,
    ComplaintStep,
)
from liuke.complaints.promised import promises_of
from liuke.complaints.rules import Facts, Lack
from liuke.complaints.rules import lacking as lacks
from liuke.complaints.second import ask_another, check_twice, seen_twice, settle_another
from liuke.complaints.turns import ask_later, call_back_task, drop_call_back, open_again, take_back_turn
from liuke.kernel.refusal import N_, Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.work.labels import Ended
from liuke.work.making import stop


@transaction.atomic
def tell_solution(actor: User, complaint_id: int, *, at: datetime | None = None, note: str = "") -> Complaint:
    """He was told the whole solution, and agrees to it: the resolution clock ends, and in some days he is asked whether he is content.

    Refuses before the accept steps are done, without anything that he agreed to, while something waits for a word, and twice.
    """
    row = held(actor, complaint_id)
    check_feelings_first(row)
    check_hands(row, actor)
    when = moment(actor, row, at)
    if row.told_at is not None:
        raise Refused("complaint.told_twice", "方案已经告诉客户了。")
    mine = Agreement.objects.filter(complaint=row, turn=row.turn)
    agreed = mine.filter(state=AgreementState.AGREED).aggregate(last=Max("settled_at"))["last"]
    if any(first is not None and when < first for first in (row.answered_at, row.reopened_at, agreed)):
        raise Refused("complaint.told_before", "告诉客户要在首次答复、重新打开、客户点头以后。")
    if (waits := mine.filter(state=AgreementState.PROPOSED).count()) > 0:
        raise Refused("complaint.pending", "还有 %(n)s 件办法客户没点头，先谈定。", n=waits)
    if not mine.filter(state=AgreementState.AGREED).exists():
        raise Refused("complaint.no_agreement", "办法要客户点头才算，先写下商定了什么。")
    if row.pauses.filter(to_at__isnull=True, from_at__gt=when).exists():
        raise Refused("complaint.pause_order", "暂停的结束不能早于开始。")
    row.pauses.filter(to_at__isnull=True).update(to_at=when, ended_by=actor)  # what was waited until now counts
    check_in_time(actor, row, when, row.resolve_due)
    if row.answered_at is None:
        check_in_time(actor, row, when, row.answer_due)
        row.answered_at, row.answered_by = when, actor
    row.told_at, row.told_by, row.satisfied = when, actor, None
    set_clocks(row)
    tick_itself(row, "inform", actor, when)
    log(row, actor, NoteKind.TOLD, when, note)
    audit(actor, "complaint.told", row)
    finish(row, actor, calling_back=True)
    ask_later(row, actor, when)
    return again(row)


@transaction.atomic
def untell(actor: User, complaint_id: int) -> Complaint:
    """Undo: he was not told yet. Only by who said so, before the call-back."""
    row = held(actor, complaint_id)
    if row.told_at is None or row.satisfied is not None:
        raise Refused("complaint.not_told_yet", "还没告诉客户，或者已经回访过了。")
    if row.told_by_id != actor.pk:
        raise Refused("complaint.others_word", "这是别人记的，请他自己撤销。")
    drop_call_back(row)
    row.told_at, row.told_by = None, None
    untick_itself(row, "inform")
    ComplaintStep.objects.filter(complaint=row, stage=Stage.FOLLOW_UP).exclude(key="sum_up").update(done_at=None, done_by=None)
    set_clocks(row)
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.TOLD))
    audit(actor, "complaint.untold", row)
    return again(finish(row, actor))


@transaction.atomic
def call_back(
    actor: User, complaint_id: int, satisfied: bool, *, words: str = "", wished: bool = False, at: datetime | None = None
) -> Complaint:
    """He was asked; before the day of the call-back it takes what he said, and of a severe one that he is content only where it was his own
    wish to be asked so soon (`wished`). Content: it may be closed once nothing else is open. Not content: it is open again, with a new
    resolution clock."""
    row = held(actor, complaint_id)
    check_hands(row, actor)
    when = moment(actor, row, at)
    waiting = CallBack.objects.filter(complaint=row, turn=row.turn, satisfied__isnull=True)
    said, early = clean(words, LINE), waiting.filter(due_on__gt=day_of(when)).exists()
    if early and not said:
        raise Refused("complaint.back_early", "还没到回访的日子，提前回访请写他怎么说。")
    if early and row.severe and satisfied and not wished:
        raise Refused("complaint.back_wish", "严重的投诉要客户自己要求才提前回访：是他要的请勾上，不是就到日子再问。")
    told = {"satisfied": satisfied, "words": said, "wished": early and wished, "at": when, "by": actor}
    if row.told_at is None or when < row.told_at or not waiting.update(**told):
        raise Refused("complaint.no_call_back", "方案告诉客户以后才回访，一次记一回。")
    stop(ABOUT_CALL_BACK, list(row.call_backs.values_list("pk", flat=True)), Ended.DONE)
    row.satisfied = satisfied
    log(row, actor, NoteKind.CALLED_BACK, when, satisfied=satisfied, wished=early and wished, text=said)
    audit(actor, "complaint.call_back", row, satisfied=satisfied)
    if satisfied:
        tick_itself(row, "call_back", actor, when)
        ask_another(row, actor)
        return again(finish(row, actor))
    return open_again(row, actor, when, "")


@transaction.atomic
def undo_call_back(actor: User, complaint_id: int) -> Complaint:
    """He was content by a slip of the hand: he is still to be asked. Only by who wrote it down."""
    row = held(actor, complaint_id)
    mine = CallBack.objects.filter(complaint=row, turn=row.turn, satisfied=True, by=actor)
    if not mine.update(satisfied=None, words="", wished=False, at=None, by=None):
        raise Refused("complaint.no_answer", "没有可以撤销的回访。")
    row.satisfied = None
    settle_another(row)
    untick_itself(row, "call_back")
    finish(row, actor, calling_back=True)
    call_back_task(row, CallBack.objects.get(complaint=row, turn=row.turn), actor)
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.CALLED_BACK))
    audit(actor, "complaint.call_back_undo", row)
    return again(row)


@transaction.atomic
def undo_reopened(actor: User, complaint_id: int) -> Complaint:
    """He was not content by a slip of the hand: it is not open again, and he is still to be asked."""
    return take_back_turn(held(actor, complaint_id), actor)


@transaction.atomic
def decide_cause(actor: User, complaint_id: int, *, root_cause: str, decision: str, why: str) -> Complaint:
    """What it came from, and whether we improve or not, and why. May be written anew until it is closed."""
    row = held(actor, complaint_id)
    cause, reason = clean(root_cause, WORDS, lines=True), clean(why, LINE)
    if not cause:
        raise Refused("complaint.cause", "请写查明的原因。")
    if decision not in Decision.values or not reason:
        raise Refused("complaint.decision", "请定改进还是不改进，并写为什么。")
    row.root_cause, row.decision, row.decision_why = cause, decision, reason
    row.decided_by, row.decided_at = actor, timezone.now()
    tick_itself(row, "sum_up", actor, row.decided_at)
    log(row, actor, NoteKind.DECIDED, decision=decision)
    audit(actor, "complaint.decide", row, decision=decision)
    return again(finish(row, actor))


@transaction.atomic
def close(actor: User, complaint_id: int) -> Complaint:
    """It is over. Refused while anything of `lacking` stands, and where two have to look and only one has; promises are held, so that
    none of them opens meanwhile."""
    row = held(actor, complaint_id)
    list(promises_of(row).select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    if left := lacking(row):
        raise Refused("complaint.open_ends", "还不能结案：%(what)s。", what="；".join(str(each) for each in left))
    check_twice(row, actor)
    settle_another(row)
    row.closed_at, row.closed_by = timezone.now(), actor
    closed_event(row, actor, row.closed_at)
    log(row, actor, NoteKind.CLOSED, row.closed_at)
    audit(actor, "complaint.close", row)
    return again(finish(row, actor))


@transaction.atomic
def reopen(actor: User, complaint_id: int, *, why: str) -> Complaint:
    """It was not over: the customer came again. A new turn, with a resolution clock of its own."""
    row = held(actor, complaint_id, closed=True)
    words = clean(why, WORDS)
    if not words:
        raise Refused("complaint.why", "请写为什么。")
    row.closed_at, row.closed_by = None, None
    if row.severe:
        row.event_opened, row.event_closed = None, None  # those two are history; what is open again has a fact of its own
        opened_event(row, actor, timezone.now())
    return open_again(row, actor, timezone.now(), words)


@transaction.atomic
def undo_close(actor: User, complaint_id: int) -> Complaint:
    """Closed by a slip: as it stood. Only by who closed it, on the same day."""
    row = held(actor, complaint_id, closed=True)
    if row.closed_by_id != actor.pk or row.closed_at is None or day_of(row.closed_at) != day_of(timezone.now()):
        raise Refused("complaint.slip", "只有记的人当天可以撤销。")
    row.closed_at, row.closed_by = None, None
    forget_events(row, "event_closed")
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.CLOSED))
    audit(actor, "complaint.close_undo", row)
    return again(finish(row, actor))


# ── what keeps it open ───────────────────────────────────────────────────────


def facts_of(row: Complaint) -> Facts:
    """What closing looks at. Seven queries."""
    needs = ComplaintNeed.objects.filter(complaint=row, dropped_at__isnull=True)
    return Facts(
        steps=ComplaintStep.objects.filter(complaint=row, done_at__isnull=True, dropped_at__isnull=True).count(),
        axes=Classification.objects.filter(complaint=row, at__isnull=True).count(),
        pending=Agreement.objects.filter(complaint=row, state=AgreementState.PROPOSED).count(),
        promises=promises_of(row).open().count(),
        needs=needs.filter(met__isnull=True).count(),
        told=row.told_at is not None,
        asked=CallBack.objects.filter(complaint=row, turn=row.turn, satisfied__isnull=False).exists(),
        satisfied=row.satisfied is True,
        cause=bool(row.root_cause and row.cause),
        decided=bool(row.decision and row.decision_why),
        crisis=row.crisis_at is not None,
    )


def lacking(row: Complaint, actor: User | None = None) -> list[Lack]:
    """What still keeps it from closing, in the order of doing; nothing: it may be closed. `actor`: also that it is not for him to close."""
    found = lacks(facts_of(row))
    return found if actor is None or seen_twice(row, actor) else [*found, Lack("second", N_("要由没经手方案的人回访或结案"))]
