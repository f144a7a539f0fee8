"""Reads of complaints: who complains, the board, the list, what is due. One case whole is complaints.case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.utils import timezone

from liuke.complaints.house import day_of, limit_of, rule, start_of
from liuke.complaints.labels import AgreementState, Approval, Axis, Limit, Severity, Stage
from liuke.complaints.models import Agreement, CallBack, Classification, Complaint, ComplaintQuerySet, ComplaintStep
from liuke.complaints.rules import PERHAPS_SEVERE, above
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.work.words import pick

VIEWS = ("open", "mine", "late", "soon", "severe", "paused", "call_back", "approval", "ready", "closed", "all")
"""What the list may show: open, one's own, past a limit, severe, waiting for the customer, to be called back, waiting for a word on its
cost, content and only to be closed, closed, all."""

_NEXT = Case(
    When(answered_at__isnull=True, turn=0, then=F("answer_due")),
    When(told_at__isnull=True, then=F("resolve_due")),
    default=Value(None),
    output_field=DateTimeField(),
)
"""Which limit comes next; nothing while it waits for the customer or for its call-back."""
_SPENT = Q(state__in=(AgreementState.PROPOSED, AgreementState.AGREED)) & ~Q(approval=Approval.REFUSED)


def complaining() -> QuerySet[Any]:
    """Open complaints of known customers: nothing is sold to them, and they stay with who looks after them."""
    return Complaint.objects.open().filter(customer__isnull=False)


def get(user: User, pk: int) -> Complaint:
    """One in sight, joined. Raises Complaint.DoesNotExist."""
    return joined(Complaint.objects.visible_to(user)).get(pk=pk)


def joined(rows: ComplaintQuerySet) -> ComplaintQuerySet:
    return rows.select_related("customer", "customer__unit", "unit", "owner", "received_by", "second", "spokesman", "deal", "asset")


# ── clocks ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Clock:
    """What runs next. `state`: running, late, paused, call_back, over. `limit`: answer or resolve, "" for none. `left`: until `due`,
    negative once it has passed."""

    state: str
    limit: str = ""
    due: datetime | None = None
    left: timedelta | None = None
    on: date | None = None

    @property
    def late(self) -> bool:
        return self.state == "late"


def clock_of(row: Complaint, now: datetime, call_back_on: date | None = None) -> Clock:
    """No query."""
    if not row.is_open:
        return Clock("over")
    if row.answered_at is None and row.turn == 0:
        return _running(Limit.ANSWER, row.answer_due, now)
    if row.told_at is None:
        return Clock("paused", str(Limit.RESOLVE)) if row.resolve_due is None else _running(Limit.RESOLVE, row.resolve_due, now)
    return Clock("call_back", on=call_back_on) if row.satisfied is None else Clock("over")


def _running(limit: str, due: datetime, now: datetime) -> Clock:
    return Clock("late" if now > due else "running", str(limit), due, due - now)


def late(now: datetime) -> Q:
    """Condition on open complaints: past a limit that still runs."""
    return Q(answered_at__isnull=True, turn=0, answer_due__lt=now) | Q(told_at__isnull=True, resolve_due__lt=now)


def soon(now: datetime) -> Q:
    """Condition on open complaints: a limit that runs comes before the day is over."""
    midnight = start_of(day_of(now) + timedelta(1))
    answer = Q(answered_at__isnull=True, turn=0, answer_due__gte=now, answer_due__lt=midnight)
    return ~late(now) & (answer | Q(told_at__isnull=True, resolve_due__gte=now, resolve_due__lt=midnight))


# ── list and board ───────────────────────────────────────────────────────────


def condition(view: str, user: User, now: datetime) -> Q:
    """Condition on standing complaints of one of VIEWS. KeyError for none of them."""
    open_ = Q(closed_at__isnull=True)
    to_ask = CallBack.objects.filter(complaint=OuterRef("pk"), satisfied__isnull=True)
    asks = Agreement.objects.filter(complaint=OuterRef("pk"), approval=Approval.WAITING, state=AgreementState.PROPOSED)
    return {
        "open": open_,
        "mine": open_ & (Q(owner=user) | Q(second=user)),
        "late": open_ & late(now),
        "soon": open_ & soon(now),
        "severe": open_ & Q(severity=Severity.SEVERE),
        "paused": open_ & Q(told_at__isnull=True, resolve_due__isnull=True),
        "call_back": open_ & Q(told_at__isnull=False) & Q(Exists(to_ask)),
        "approval": open_ & Q(Exists(asks)),
        "ready": open_ & Q(satisfied=True),
        "closed": Q(closed_at__isnull=False),
        "all": Q(),
    }[view]


def listed(
    user: User,
    view: str = "open",
    *,
    now: datetime | None = None,
    unit: int | None = None,
    owner: int | None = None,
    severity: str = "",
    cause: str = "",
    stage: str = "",
    words: str = "",
    first: date | None = None,
    last: date | None = None,
) -> ComplaintQuerySet:
    """The rows of a view in the order of doing (closed ones the newest first), narrowed down. `words`: number, title or customer's name.

    Each row has `call_back_on`, `perhaps_severe`, `steps_done` and `steps_all` (of its present stage).
    """
    at = now or timezone.now()
    rows = joined(Complaint.objects.visible_to(user)).filter(condition(view, user, at))
    exact = {"unit": unit, "owner": owner, "severity": severity, "cause": cause, "stage": stage}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if first:
        rows = rows.filter(received_at__gte=start_of(first))
    if last:
        rows = rows.filter(received_at__lt=start_of(last + timedelta(1)))
    if text := " ".join(words.split()):
        number = text.upper().removeprefix("TS-")
        rows = rows.filter(Q(number__contains=number) | Q(title__icontains=text) | Q(customer__name__icontains=text))
    if view in ("closed", "all"):
        return with_progress(rows).order_by("-received_at", "-pk")
    return with_progress(rows).order_by(_NEXT.asc(nulls_last=True), "pk")


def with_progress(rows: ComplaintQuerySet) -> ComplaintQuerySet:
    """With what a list shows beside each."""
    steps = (
        ComplaintStep.objects.filter(complaint=OuterRef("pk"), stage=OuterRef("stage"), dropped_at__isnull=True)
        .order_by()
        .values("complaint")
    )
    waiting = CallBack.objects.filter(complaint=OuterRef("pk"), satisfied__isnull=True).values("due_on")[:1]
    unsaid = Classification.objects.filter(complaint=OuterRef("pk"), axis=Axis.SEVERITY, at__isnull=True)
    return rows.annotate(
        call_back_on=Subquery(waiting),
        perhaps_severe=Exists(unsaid.filter(suggested=Severity.SEVERE, confidence__gte=PERHAPS_SEVERE)),
        steps_all=Subquery(steps.annotate(n=Count("pk")).values("n")),
        steps_done=Subquery(steps.annotate(n=Count("pk", filter=Q(done_at__isnull=False))).values("n")),
    )


def counts(user: User, now: datetime | None = None) -> dict[str, int]:
    """How many of the complaints in sight each of VIEWS shows. One query."""
    at = now or timezone.now()
    rows = Complaint.objects.visible_to(user).order_by()
    found = rows.aggregate(**{f"n_{view}": Count("pk", filter=condition(view, user, at), distinct=True) for view in VIEWS})
    return {view: found[f"n_{view}"] for view in VIEWS}


def desk_count(user: User, now: datetime | None = None) -> tuple[int, bool]:
    """(how many are open, whether one is late): his own of who handles them, all in sight of who oversees. One query."""
    at = now or timezone.now()
    rows = Complaint.objects.visible_to(user).open().order_by()
    if not may(user, "complaint.oversee"):
        rows = rows.filter(Q(owner=user) | Q(second=user))
    found = rows.aggregate(n=Count("pk"), late=Count("pk", filter=late(at)))
    return found["n"], bool(found["late"])


@dataclass(frozen=True)
class Column:
    """One stage of the board: its open complaints in the order of doing; `late` of them are past a limit."""

    stage: str
    label: str
    rows: list[Complaint] = field(default_factory=list)
    late: int = 0
    more: int = 0


def board(user: User, now: datetime | None = None, most: int = 50) -> list[Column]:
    """The open complaints in sight by stage; at most so many of each, `more` counted. Two queries."""
    at = now or timezone.now()
    found = {stage: Column(stage, str(Stage(stage).label)) for stage in Stage.values}
    rows = list(listed(user, "open", now=at)[: most * 4])
    totals = dict(Complaint.objects.visible_to(user).open().order_by().values_list("stage").annotate(n=Count("pk")))
    shown: dict[str, list[Complaint]] = {stage: [row for row in rows if row.stage == stage][:most] for stage in found}
    return [
        Column(
            stage,
            column.label,
            shown[stage],
            sum(clock_of(row, at).late for row in shown[stage]),
            totals.get(stage, 0) - len(shown[stage]),
        )
        for stage, column in found.items()
    ]


# ── others ask ───────────────────────────────────────────────────────────────


def open_of(customers: Iterable[int]) -> ComplaintQuerySet:
    """The open complaints of these customers (at most 900), the newest first."""
    return Complaint.objects.open().filter(customer__in=list(customers)).order_by("-received_at", "-pk")


def for_card(user: User, customer: int) -> list[Complaint]:
    """All complaints of one customer, the open ones first. One query."""
    rows = Complaint.objects.visible_to(user).filter(customer=customer).select_related("customer", "owner", "unit")
    return sorted(rows, key=lambda row: (row.closed_at is not None, -row.received_at.timestamp(), -row.pk))


def approvals_waiting(user: User) -> list[Agreement]:
    """What waits for a word that this user may say: in his sight, not his own, within his limit. Two queries."""
    if not may(user, "complaint.approve"):
        return []
    seen = Complaint.objects.visible_to(user).open()
    waiting = Agreement.objects.filter(approval=Approval.WAITING, state=AgreementState.PROPOSED, complaint__in=seen).exclude(by=user)
    joined_rows = waiting.select_related("complaint", "complaint__customer", "complaint__unit", "by", "keeper")
    rows = list(joined_rows.order_by("at", "pk")[:100])
    counted = Agreement.objects.filter(_SPENT, complaint__in=[one.complaint_id for one in rows]).order_by()
    totals = dict(counted.values_list("complaint_id").annotate(cents=Sum("amount_cents")))
    limit = limit_of(user)
    return [one for one in rows if not above(totals.get(one.complaint_id, 0), limit)]


def call_backs_due(user: User, on: date) -> QuerySet[CallBack]:
    """Call-backs in sight whose day has come, the oldest first."""
    seen = Complaint.objects.visible_to(user).open()
    waiting = CallBack.objects.filter(satisfied__isnull=True, due_on__lte=on, complaint__in=seen)
    return waiting.select_related("complaint", "complaint__customer", "complaint__owner").order_by("due_on", "pk")


def departments(row: Complaint) -> list[str]:
    """Which departments may be responsible: the company's, those that complaints of this unit named before, the unit itself and those
    around it; each once. Two queries."""
    known = [pick(each) for each in rule().departments]
    before = Complaint.objects.standing().filter(unit=row.unit_id).exclude(department="").order_by().values("department")
    used = before.annotate(n=Count("pk")).order_by("-n", "department").values_list("department", flat=True)[:20]
    near = Q(pk=row.unit_id) | Q(pk=row.unit.parent_id) | Q(parent=row.unit_id) | Q(parent=row.unit.parent_id or 0)
    units = Unit.objects.filter(near).order_by("path").values_list("name", flat=True)[:20]
    return list(dict.fromkeys([*known, *used, *units]))


def days_open(row: Complaint, now: datetime) -> int:
    """Days from the receipt to its end, or to now."""
    return (day_of(row.closed_at or now) - day_of(row.received_at)).days
