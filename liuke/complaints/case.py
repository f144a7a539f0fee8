"""One complaint whole, as its page shows it. The number of queries does not depend on how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Sum
from django.utils import timezone

from liuke.complaints.closing import lacking
from liuke.complaints.house import day_of, limit_of, start_of
from liuke.complaints.labels import AgreementState, Approval, Axis, Side, Stage
from liuke.complaints.models import (
    Agreement,
    CallBack,
    CaseNote,
    Classification,
    Complaint,
    ComplaintNeed,
    ComplaintStep,
    Pause,
)
from liuke.complaints.promised import promises_of
from liuke.complaints.queries import Clock, clock_of, get
from liuke.complaints.rules import Lack, on_the_spot
from liuke.complaints.second import NAMED, others, wants_another
from liuke.promises.models import Promise
from liuke.team.models import User
from liuke.team.queries import names_of

PEERS_DAYS, PEERS_LEAST = 365, 5
"""Compensation is compared with complaints of the same cause closed so long; of fewer nothing is said."""

_PEOPLE = ("second", "spokesman", "to", "before", "after")
"""Slots of a line that name a member of staff by his id."""


@dataclass(frozen=True)
class StageShown:
    """One stage with its steps. `done_at`: when it was complete; `here`: it is the present one."""

    stage: str
    label: str
    steps: list[ComplaintStep]
    done_at: datetime | None
    here: bool

    @property
    def done(self) -> int:
        return sum(step.done_at is not None for step in self.steps)


@dataclass(frozen=True)
class Ledger:
    """The needs of one side; suggested ones that nobody confirmed stand last."""

    side: str
    label: str
    needs: list[ComplaintNeed]

    @property
    def met(self) -> int:
        return sum(need.met is True for need in self.needs)


@dataclass(frozen=True)
class Case:
    """`on_spot`: agreements that this reader may say are done there and then. `twice`: two have to look before it is closed; `lookers`
    names those who did not handle the solution, once it was told."""

    complaint: Complaint
    clock: Clock
    stages: list[StageShown]
    classifications: dict[str, Classification]
    ledgers: list[Ledger]
    agreements: list[Agreement]
    promises: dict[int, Promise]
    pauses: list[Pause]
    call_backs: list[CallBack]
    notes: list[CaseNote]
    names: dict[int, str]
    lacking: list[Lack]
    limit_cents: int | None
    spent_cents: int
    on_spot: frozenset[int]
    twice: bool
    lookers: list[str]
    peers_cents: int | None
    answer_took: timedelta | None

    @property
    def paused(self) -> Pause | None:
        return next((each for each in self.pauses if each.to_at is None), None)

    @property
    def perhaps_severe(self) -> bool:
        found = self.classifications.get(Axis.SEVERITY)
        return found is not None and found.perhaps_severe

    @property
    def call_back(self) -> CallBack | None:
        """The one that waits, or the last."""
        return self.call_backs[-1] if self.call_backs else None


def case(user: User, pk: int, now: datetime | None = None) -> Case:
    """Raises Complaint.DoesNotExist out of sight. `promises`: of each agreement (by its id) the promise that stands for it now."""
    at, row = now or timezone.now(), get(user, pk)
    steps = list(ComplaintStep.objects.filter(complaint=row, dropped_at__isnull=True).select_related("done_by"))
    needs = list(ComplaintNeed.objects.filter(complaint=row, dropped_at__isnull=True).order_by("pk"))
    limit = limit_of(user)
    agreements = list(Agreement.objects.filter(complaint=row).select_related("keeper", "by", "decided_by").order_by("pk"))
    call_backs = list(CallBack.objects.filter(complaint=row).select_related("by").order_by("turn"))
    notes = list(CaseNote.objects.filter(complaint=row).order_by("-at", "-pk"))
    given = sum(one.amount_cents for one in agreements if one.state == AgreementState.AGREED)
    back = next((each for each in call_backs if each.turn == row.turn), None)
    paid = any(one.state == AgreementState.AGREED and one.approval == Approval.APPROVED for one in agreements)
    twice = row.is_open and wants_another(row, paid)
    waiting = next((each.due_on for each in call_backs if each.satisfied is None), None)
    people = {pk for note in notes for pk in (note.by_id, *(note.slots.get(key) for key in _PEOPLE)) if isinstance(pk, int)}
    promises: dict[int, Promise] = {}
    for promise in promises_of(row).select_related("keeper").order_by("pk"):
        if promise.about_id is not None:
            promises[promise.about_id] = promise  # the last one took the place of those before it
    return Case(
        complaint=row,
        clock=clock_of(row, at, waiting),
        stages=_stages(row, steps),
        classifications={each.axis: each for each in Classification.objects.filter(complaint=row).select_related("by")},
        ledgers=[
            Ledger(side, str(Side(side).label), sorted((n for n in needs if n.side == side), key=lambda n: (n.confirmed_at is None, n.pk)))
            for side in Side.values
        ],
        agreements=agreements,
        promises=promises,
        pauses=list(Pause.objects.filter(complaint=row).select_related("by").order_by("from_at")),
        call_backs=call_backs,
        notes=notes,
        names=names_of(people),
        lacking=lacking(row, user if twice else None) if row.is_open else [],
        limit_cents=limit,
        spent_cents=sum(one.amount_cents for one in agreements if _counts(one)),
        on_spot=frozenset(one.pk for one in agreements if on_the_spot(one.due_on, day_of(at), given, one.amount_cents, limit)),
        twice=twice,
        lookers=[one.name for one in others(row, back)[:NAMED]] if twice and row.told_at else [],
        peers_cents=peers_cents(user, row, day_of(at)),
        answer_took=row.answered_at - row.received_at if row.answered_at else None,
    )


def peers_cents(user: User, row: Complaint, on: date) -> int | None:
    """The middle compensation of complaints of the same cause in sight that were closed within a year and cost something; None of few."""
    if not row.cause:
        return None
    same = Complaint.objects.visible_to(user).filter(cause=row.cause, closed_at__gte=start_of(on - timedelta(PEERS_DAYS - 1)))
    taken = Agreement.objects.filter(complaint__in=same.exclude(pk=row.pk), state=AgreementState.AGREED, amount_cents__gt=0).order_by()
    sums = list(taken.values("complaint").annotate(cents=Sum("amount_cents")).values_list("cents", flat=True))
    return int(median(sums)) if len(sums) >= PEERS_LEAST else None


def _stages(row: Complaint, steps: list[ComplaintStep]) -> list[StageShown]:
    ends = {Stage.ACCEPT: row.accepted_at, Stage.CLARIFY: row.clarified_at, Stage.RESOLVE: row.told_at, Stage.FOLLOW_UP: row.closed_at}
    return [
        StageShown(stage, str(stage.label), [step for step in steps if step.stage == stage], ends[stage], row.stage == stage)
        for stage in Stage
    ]


def _counts(one: Agreement) -> bool:
    return one.state in (AgreementState.PROPOSED, AgreementState.AGREED) and one.approval != Approval.REFUSED
