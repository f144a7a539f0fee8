"""A person confirms what the text suggests: five classifications, and what the customer wants."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from liuke.complaints.crisis import begin_crisis
from liuke.complaints.keeping import again, audit, finish, held, log, tick_itself, untick_itself
from liuke.complaints.labels import SIDE_OF, VALUES, Axis, Behaviour, Cause, NeedKind, NoteKind, Severity, Side
from liuke.complaints.models import LINE, Classification, Complaint, ComplaintNeed
from liuke.complaints.severity import lower_row, severe_from_receipt
from liuke.complaints.telling import settle_perhaps_severe
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User


@transaction.atomic
def confirm(actor: User, complaint_id: int, axis: str, value: str, *, others: Iterable[str] = ()) -> Complaint:
    """Say that a classification is so. `others`: further causes, of the cause only.

    Severe, said for the first time, counts from the receipt; where it was said to be ordinary it is raised with a reason
    (handling.raise_to_severe). Back to ordinary is `lower`. Extreme behaviour makes it severe and opens the crisis. Refuses a value that
    there is not.
    """
    row = held(actor, complaint_id)
    _confirm(actor, row, axis, value, others)
    return _after(actor, row)


@transaction.atomic
def confirm_all(actor: User, complaint_id: int) -> Complaint:
    """All that was suggested and that nobody has confirmed or changed, as it stands; needs too."""
    row = held(actor, complaint_id)
    for each in Classification.objects.filter(complaint=row, at__isnull=True).exclude(suggested="").order_by("pk"):
        _confirm(actor, row, each.axis, each.suggested, each.others)
    waiting = ComplaintNeed.objects.filter(complaint=row, confirmed_at__isnull=True, dropped_at__isnull=True)
    waiting.update(confirmed_at=timezone.now(), confirmed_by=actor)
    return _after(actor, row)


@transaction.atomic
def unconfirm(actor: User, complaint_id: int, axis: str) -> Complaint:
    """Take a confirmation back: it is a suggestion again. Not of the severity, which has its own ways, nor in a crisis."""
    row = held(actor, complaint_id)
    if axis == Axis.SEVERITY:
        raise Refused("complaint.use_lower", "程度要改回一般，请主管用“改回一般”。")
    if row.crisis_at is not None and axis == Axis.BEHAVIOUR:
        raise Refused("complaint.evidence", "危机里的记录都要留着，不能撤。")
    found = Classification.objects.filter(complaint=row, axis=axis, at__isnull=False)
    if axis not in VALUES or not found.update(value="", by=None, at=None):
        raise Refused("complaint.unconfirmed", "这一种还没确认。")
    if axis != Axis.CHANNEL:
        setattr(row, axis, "")
    if axis == Axis.CAUSE:
        row.other_causes = []
    audit(actor, "complaint.unclassify", row, axis=axis)
    return _after(actor, row)


def _confirm(actor: User, row: Complaint, axis: str, value: str, others: Iterable[str]) -> None:
    if axis not in VALUES or value not in VALUES[axis].values:
        raise Refused("complaint.value", "没有这个分类。")
    more = sorted(set(others) - {value}) if axis == Axis.CAUSE else []
    if any(each not in Cause.values for each in more):
        raise Refused("complaint.value", "没有这个分类。")
    before = Classification.objects.filter(complaint=row, axis=axis).values_list("value", flat=True).first()
    if before == value and (axis != Axis.CAUSE or more == row.other_causes):
        return
    now = timezone.now()
    if axis == Axis.SEVERITY:
        if value == Severity.SEVERE and not row.severe:
            if before:  # it was said to be ordinary, and has grown worse since
                raise Refused("complaint.use_raise", "已经定为一般；后来变严重了，请用“改为严重”，写上为什么。")
            severe_from_receipt(row, actor, now)
        elif value == Severity.ORDINARY and row.severe:
            lower_row(row, actor, "")
        settle_perhaps_severe(row)
    else:
        setattr(row, axis, value)
    if axis == Axis.CAUSE:
        row.other_causes = more
    Classification.objects.update_or_create(complaint=row, axis=axis, defaults={"value": value, "by": actor, "at": now})
    log(row, actor, NoteKind.CLASSIFIED, axis=axis, value=value, others=more)
    audit(actor, "complaint.classify", row, axis=axis, value=value)
    if axis == Axis.BEHAVIOUR and value == Behaviour.EXTREME and row.crisis_at is None:
        begin_crisis(row, actor, now)


def _after(actor: User, row: Complaint) -> Complaint:
    """The step of the template ticks itself when all five are confirmed."""
    if Classification.objects.filter(complaint=row, at__isnull=True).exists():
        untick_itself(row, "classify")
    else:
        tick_itself(row, "classify", actor, timezone.now())
    return again(finish(row, actor))


# ── what he wants ────────────────────────────────────────────────────────────


@transaction.atomic
def add_need(actor: User, complaint_id: int, side: str, kind: str, *, text: str = "", words: str = "") -> ComplaintNeed:
    """Write down one thing the customer wants. OTHER needs `text`. Refuses the same one twice."""
    row = held(actor, complaint_id)
    if side not in Side.values or kind not in NeedKind.values or SIDE_OF.get(kind, side) != side:
        raise Refused("complaint.need", "请选他要什么。")
    said = clean(text, LINE)
    if kind == NeedKind.OTHER and not said:
        raise Refused("complaint.need_text", "请写他要什么。")
    if ComplaintNeed.objects.filter(complaint=row, side=side, kind=kind, text=said, dropped_at__isnull=True).exists():
        raise Refused("complaint.need_twice", "这一条已经有了。")
    now = timezone.now()
    made = ComplaintNeed.objects.create(
        complaint=row, side=side, kind=kind, text=said, words=clean(words, LINE), confirmed_at=now, confirmed_by=actor
    )
    audit(actor, "complaint.need", row, need=made.pk, what=kind)
    return made


@transaction.atomic
def confirm_need(actor: User, need_id: int) -> ComplaintNeed:
    """He really wants what the text suggested."""
    need, row = _need(actor, need_id)
    if not ComplaintNeed.objects.filter(pk=need.pk, confirmed_at__isnull=True).update(confirmed_at=timezone.now(), confirmed_by=actor):
        raise Refused("complaint.need_confirmed", "这一条已经确认过了。")
    audit(actor, "complaint.need", row, need=need.pk, what=need.kind)
    return _need_again(need)


@transaction.atomic
def drop_need(actor: User, need_id: int) -> ComplaintNeed:
    """He does not want it after all. In a crisis only what was merely suggested goes."""
    need, row = _need(actor, need_id)
    if row.crisis_at is not None and need.confirmed_at is not None:
        raise Refused("complaint.evidence", "危机里的记录都要留着，不能撤。")
    ComplaintNeed.objects.filter(pk=need.pk).update(dropped_at=timezone.now())
    audit(actor, "complaint.need_drop", row, need=need.pk, what=need.kind)
    return _need_again(need)


@transaction.atomic
def restore_need(actor: User, need_id: int) -> ComplaintNeed:
    """Undo the dropping."""
    need, row = _need(actor, need_id, dropped=True)
    ComplaintNeed.objects.filter(pk=need.pk).update(dropped_at=None)
    audit(actor, "complaint.need", row, need=need.pk, what=need.kind)
    return _need_again(need)


@transaction.atomic
def judge_need(actor: User, need_id: int, met: bool | None) -> ComplaintNeed:
    """Met, or not; None: not judged again. Judging a suggested one confirms it."""
    need, row = _need(actor, need_id)
    now = timezone.now()
    judged = {"met": met, "met_at": now if met is not None else None, "met_by": actor if met is not None else None}
    sure = {} if need.confirmed_at is not None else {"confirmed_at": now, "confirmed_by": actor}
    ComplaintNeed.objects.filter(pk=need.pk).update(**judged, **sure)
    audit(actor, "complaint.need_judge", row, need=need.pk, met=met)
    return _need_again(need)


def _need(actor: User, need_id: int, *, dropped: bool = False) -> tuple[ComplaintNeed, Complaint]:
    """Raises ComplaintNeed.DoesNotExist out of sight."""
    seen = Complaint.objects.visible_to(actor)
    found = ComplaintNeed.objects.get(pk=need_id, complaint__in=seen, dropped_at__isnull=not dropped)
    row = held(actor, found.complaint_id)
    return ComplaintNeed.objects.get(pk=need_id), row


def _need_again(need: ComplaintNeed) -> ComplaintNeed:
    return ComplaintNeed.objects.get(pk=need.pk)
