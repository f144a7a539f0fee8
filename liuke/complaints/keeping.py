"""What every verb of a complaint does alike: hold it, write what happened, bring clocks, stage and task to the state of things."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from liuke.audit.actions import record
from liuke.complaints.clock import ORDINARY, SEVERE, Limits, Stretch, limits
from liuke.complaints.house import Desks, day_of, local, rule, today
from liuke.complaints.labels import AgreementState, Severity, Stage
from liuke.complaints.models import WORDS, Agreement, CaseNote, Complaint, ComplaintStep, Pause
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Event, FactChange
from liuke.customers.rules import refuse_erased
from liuke.interactions.labels import Way
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues
from liuke.work.labels import Ended, TaskKind
from liuke.work.making import Wanted, make, stop
from liuke.work.models import Task

ABOUT, ABOUT_CALL_BACK = "complaints.complaint", "complaints.callback"
MINUTES, CALL_BACK_MINUTES = 20, 10
SLACK = timedelta(minutes=2)
"""Clocks of two machines may differ so much."""


def held(actor: User, complaint_id: int, permission: str = "complaint.handle", *, closed: bool = False) -> Complaint:
    """A complaint the actor may act on, held with its card until the end of the transaction. `closed`: only one that is closed.

    Raises Complaint.DoesNotExist for one out of sight, Refused where it is somebody else's or (not) closed.
    """
    require(actor, permission)
    customer = Complaint.objects.visible_to(actor).values_list("customer_id", flat=True).get(pk=complaint_id)
    lock_cards([customer] if customer else [])
    list(Complaint.objects.select_for_update(of=("self",), no_key=True).filter(pk=complaint_id).values_list("pk", flat=True))
    found = again(Complaint.objects.visible_to(actor).get(pk=complaint_id))
    if found.customer is not None:
        refuse_erased(found.customer.erased)
    if actor.role == Role.REP and actor.pk not in (found.owner_id, found.second_id, found.received_by_id):
        raise Refused("complaint.hands", "这件投诉由%(who)s负责，请交给他办。", who=found.owner.name if found.owner else "")
    if closed and found.closed_at is None:
        raise Refused("complaint.still_open", "这件投诉还没结案。")
    if not closed and found.closed_at is not None:
        raise Refused("complaint.closed", "这件投诉已经结案，要改先重新打开。")
    return found


def again(row: Complaint) -> Complaint:
    """As it stands now, joined for whoever shows it."""
    joined = Complaint.objects.select_related("customer", "customer__unit", "unit", "owner", "received_by", "second", "spokesman")
    return joined.get(pk=row.pk)


def moment(actor: User, row: Complaint, at: datetime | None) -> datetime:
    """When it happened. Refuses what is to come, what was before the receipt, and, but for who oversees, another day than today."""
    now = timezone.now()
    if at is None:
        return now
    if at > now + SLACK or at < row.received_at:
        raise Refused("complaint.when", "时间要在受理以后、现在以前。")
    if day_of(at) != today() and not may(actor, "complaint.oversee"):
        raise Refused("complaint.backdate", "补记以前的日子，请主管来记。")
    return at


def check_in_time(actor: User, row: Complaint, at: datetime, due: datetime | None) -> None:
    """Nobody makes good a limit that has passed by writing down an earlier time; who oversees may."""
    if due is not None and at <= due < timezone.now() - SLACK and not may(actor, "complaint.oversee"):
        raise Refused("complaint.too_late", "时限已经过了；确实早就办了，请主管来补记。")


def log(row: Complaint, by: User | None, kind: str, at: datetime | None = None, text: str = "", **slots: Any) -> CaseNote:
    """One line of what happened."""
    return CaseNote.objects.create(
        complaint=row, by=by, kind=kind, at=at or timezone.now(), slots=slots, text=clean(text, WORDS, lines=True)
    )


def audit(actor: User | None, verb: str, row: Complaint, **detail: Any) -> None:
    """On the log, about the customer's card where there is one."""
    record(actor, verb, row.customer or row, complaint=row.pk, **detail)


def colleague(actor: User, user_id: int, row: Complaint) -> User:
    """A colleague who may handle this complaint: in the actor's sight or above him, at work, and able to see it."""
    person = colleagues(actor).filter(pk=user_id).first()
    if person is None:  # who is above may be named too: a complaint goes up
        person = User.objects.filter(pk=user_id, is_active=True, role__in=(Role.SUPERVISOR, Role.MANAGER)).first()
    if person is None or not may(person, "complaint.handle"):
        raise Refused("complaint.colleague", "请选一位能办投诉的同事。")
    seen = Customer.objects.visible_to(person).filter(pk=row.customer_id) if row.customer_id else None
    if seen is not None and not seen.exists():
        raise Refused("complaint.unseen", "%(who)s看不到这位客户，要先转交客户。", who=person.name)
    return person


# ── clocks ───────────────────────────────────────────────────────────────────


def limits_of(row: Complaint, pauses: list[Pause], desks: Desks, met: datetime | None = None) -> Limits:
    """The limits of the present turn, from what is kept of the complaint. `met`: what was raised later does not count. `unit` joined."""
    start = row.reopened_at or row.received_at
    raised = row.raised_at if row.raised_at is not None and row.raised_at >= start else None
    severity = SEVERE if row.severity == Severity.SEVERE and raised is None else ORDINARY
    if raised is not None and met is not None and raised > met:
        raised = None
    spans: list[Stretch] = [(local(each.from_at), local(each.to_at) if each.to_at else None) for each in pauses if each.from_at >= start]
    at = local(raised) if raised else None
    return limits(local(start), severity, desks.at(row.unit.path or ""), rule(), raised=at, pauses=spans)


def set_clocks(row: Complaint, desks: Desks | None = None, pauses: list[Pause] | None = None) -> None:
    """Bring the kept limits to what the clocks say; the answer's is that of the first turn. Not saved."""
    waited = pauses if pauses is not None else (list(Pause.objects.filter(complaint=row).order_by("from_at")) if row.pk else [])
    open_at = desks or Desks()
    if row.turn == 0:
        row.answer_due = limits_of(row, waited, open_at, row.answered_at).answer_due
    row.resolve_due = limits_of(row, waited, open_at, row.told_at).resolve_due


def late(row: Complaint, now: datetime) -> bool:
    """Whether a limit of this turn was missed, or an earlier one was."""
    answered = row.answered_at or now
    told = row.told_at or now
    return row.late_before or answered > row.answer_due or (row.resolve_due is not None and told > row.resolve_due)


# ── stage ────────────────────────────────────────────────────────────────────


def set_stage(row: Complaint) -> None:
    """The first stage that has a step left. When accepting and clarifying were done is kept. Not saved."""
    steps = list(ComplaintStep.objects.filter(complaint=row, dropped_at__isnull=True).order_by("position", "pk"))
    ends: dict[str, datetime | None] = {}
    open_: list[str] = []
    for stage in Stage.values:
        done = [step.done_at for step in steps if step.stage == stage]
        if None in done:
            open_.append(stage)
        ends[stage] = max((each for each in done if each), default=None) if None not in done else None
    row.stage = open_[0] if open_ else Stage.FOLLOW_UP
    row.accepted_at, row.clarified_at = ends[Stage.ACCEPT], ends[Stage.CLARIFY]


def tick_itself(row: Complaint, key: str, by: User | None, at: datetime) -> None:
    """A step of the template that what happened has done."""
    ComplaintStep.objects.filter(complaint=row, key=key, done_at__isnull=True, dropped_at__isnull=True).update(done_at=at, done_by=by)


def untick_itself(row: Complaint, *keys: str) -> None:
    ComplaintStep.objects.filter(complaint=row, key__in=keys).update(done_at=None, done_by=None)


def follow_agreements(row: Complaint, by: User | None) -> None:
    """The step of agreeing a way with him is done while one thing of this turn is agreed and none is left open."""
    states = set(Agreement.objects.filter(complaint=row, turn=row.turn).values_list("state", flat=True))
    if AgreementState.AGREED in states and AgreementState.PROPOSED not in states:
        tick_itself(row, "solve", by, timezone.now())
    else:
        untick_itself(row, "solve")


# ── the customer's facts, and the task ───────────────────────────────────────


def opened_event(row: Complaint, by: User | None, at: datetime) -> None:
    """A severe one stands among the facts of the customer's card, which insight rests on. Not saved."""
    if row.customer_id is not None and row.event_opened is None:
        row.event_opened = _event(row, "severe_complaint_opened", by, at)


def closed_event(row: Complaint, by: User | None, at: datetime) -> None:
    if row.customer_id is not None and row.event_opened is not None:
        row.event_closed = _event(row, "severe_complaint_closed", by, at)


def forget_events(row: Complaint, *names: str) -> None:
    """What was left on the card is taken back: "event_opened", "event_closed". Not saved."""
    for name in names:
        if (pk := getattr(row, name)) is not None and row.customer_id is not None:
            Event.objects.filter(pk=pk).delete()
            setattr(row, name, None)
            FactChange.objects.create(customer_id=row.customer_id)


def _event(row: Complaint, kind: str, by: User | None, at: datetime) -> int:
    assert row.customer_id is not None
    made = Event.objects.create(customer_id=row.customer_id, kind=kind, on=day_of(at), by=by)
    FactChange.objects.create(customer_id=row.customer_id)
    return made.pk


def reasons(row: Complaint) -> list[list[Any]]:
    """The figures of the task's sentence."""
    due = row.answer_due if row.answered_at is None else row.resolve_due
    slots = {
        "number": row.number, "title": row.title, "severe": row.severe, "answer": row.answered_at is None,
        "due": due.isoformat() if due else None, "stage": str(row.stage), "told": row.told_at is not None,
    }  # fmt: skip
    return [["complaint", slots]]


def set_task(row: Complaint, by: User | None, *, calling_back: bool = False) -> None:
    """The case's own task says what is next and when; none while the call-back waits, for a stranger, or once it is over."""
    waiting = Task.objects.open().filter(about=ABOUT, about_id=row.pk)
    if not row.is_open or calling_back or row.customer_id is None:
        stop(ABOUT, [row.pk], Ended.DONE if row.undone_at is None else Ended.UNDONE)
        return
    due = row.answer_due if row.answered_at is None else row.resolve_due
    day = day_of(due) if due and row.told_at is None else today()
    told = {"reasons": reasons(row), "severity": 3 if row.severe else 2, "customer_id": row.customer_id}
    if waiting.exists():
        waiting.update(due_on=day, **told, **({"assignee_id": row.owner_id} if row.owner_id else {}))
        return
    wanted = Wanted(
        kind=TaskKind.COMPLAINT, customer=row.customer_id, due_on=day, channel=Way.PHONE, minutes=MINUTES, reasons=reasons(row),
        about=ABOUT, about_id=row.pk, assignee=row.owner_id, who="agent", asked=True, must=True, severity=3 if row.severe else 2,
    )  # fmt: skip
    make([wanted], by.pk if by else None, today())


def finish(row: Complaint, actor: User | None, *, calling_back: bool = False) -> Complaint:
    """The step of agreeing, stage and task follow, the row is saved. What every verb ends with."""
    follow_agreements(row, actor)
    set_stage(row)
    row.save()
    set_task(row, actor, calling_back=calling_back)
    return row
