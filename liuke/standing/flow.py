"""Where the customers are: from stage to stage since the end of last month, and whether they came this month.

Every figure counts customers the reader may see, and each is told apart by the same expressions that the customer list filters by, so a
number and the list behind it agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from liuke.customers.models import Customer
from liuke.standing.labels import LeaveBy
from liuke.standing.models import Run, Signal
from liuke.standing.queries import standings
from liuke.team.models import User

CAME, NOT_YET, NEVER, OVERDUE, GONE = "came", "not_yet", "never", "overdue", "gone"
OUTCOMES = (CAME, NOT_YET, NEVER, OVERDUE, GONE)
NEW = "N"
"""In place of a stage: the card was not there at the end of last month."""
TOP = 200


def month_start(as_of: date) -> date:
    """First day of the month of `as_of`."""
    return as_of.replace(day=1)


def outcome(as_of: date) -> Case:
    """Of a standing row: came this month; not yet due (under one cycle); never bought; overdue (a cycle or more, or in decline); gone."""
    return Case(
        When(last_deal__gte=month_start(as_of), then=Value(CAME)),
        When(stage="E", then=Value(GONE)),
        When(Q(deal_days=0) & ~Q(stage="D"), then=Value(NEVER)),
        When(Q(stage="D") | Q(due_on__lte=as_of), then=Value(OVERDUE)),
        default=Value(NOT_YET),
        output_field=CharField(),
    )


def stage_then(before: Run | None) -> Coalesce:
    """Of a standing row: the shown stage in an earlier run, or NEW."""
    then = standings(before).filter(customer=OuterRef("customer")).values("stage")[:1]
    return Coalesce(Subquery(then), Value(NEW))


@dataclass(frozen=True)
class Stream:
    """So many customers (and money at risk) with the same stage then, stage now and outcome."""

    then: str
    now: str
    outcome: str
    customers: int
    at_risk_cents: int


@dataclass(frozen=True)
class StoreRisk:
    unit_id: int
    name: str
    at_risk_cents: int


@dataclass(frozen=True)
class SignalCount:
    key: str
    customers: int
    at_risk_cents: int


@dataclass(frozen=True)
class Flow:
    """The books of a month up to `as_of`. `before` is the day of the earlier run, None when there is none yet."""

    as_of: date
    before: date | None
    streams: tuple[Stream, ...]
    at_risk_before_cents: int | None
    stores: tuple[StoreRisk, ...]
    top_cents: int
    assumed_cents: int
    signals: tuple[SignalCount, ...]
    without_owner: int

    def count(self, then: str = "", now: str = "", outcome: str = "") -> int:
        """Customers with these marks; an empty one fits all."""
        return sum(s.customers for s in self.streams if then in ("", s.then) and now in ("", s.now) and outcome in ("", s.outcome))

    def at_risk(self, now: str = "", outcome: str = "") -> int:
        """Money at risk, in cents, of customers with these marks; those gone are a loss, no longer a risk."""
        return sum(s.at_risk_cents for s in self.streams if s.now != "E" and now in ("", s.now) and outcome in ("", s.outcome))

    @property
    def on_file(self) -> int:
        return self.count()

    @property
    def active(self) -> int:
        return self.count(outcome=CAME)

    @property
    def kept_then(self) -> int:
        """On file and not gone at the end of last month."""
        return self.on_file - self.count(then=NEW) - self.count(then="E")

    @property
    def new(self) -> int:
        """Cards opened since, those already gone left out, so that the books balance."""
        return self.count(then=NEW) - self.count(then=NEW, now="E")

    @property
    def lost(self) -> int:
        """Gone since the end of last month."""
        return sum(s.customers for s in self.streams if s.now == "E" and s.then not in ("E", NEW))

    @property
    def returned(self) -> int:
        """Were gone, are back."""
        return sum(s.customers for s in self.streams if s.then == "E" and s.now != "E")

    @property
    def kept_now(self) -> int:
        return self.on_file - self.count(now="E")


def compare_with(now: Run) -> Run | None:
    """The run that the month is compared with: the newest one before this month."""
    return Run.objects.filter(finished_at__isnull=False, as_of__lt=month_start(now.as_of)).order_by("-as_of").first()


def flow(user: User, run: Run, unit_path: str = "") -> Flow:
    """The month's books for what the user sees (within a unit's subtree when given). The number of queries is constant."""
    seen: QuerySet[Customer] = Customer.objects.visible_to(user)
    if unit_path:
        seen = seen.filter(unit__path__startswith=unit_path)
    before = compare_with(run)
    ids = seen.values("pk")
    rows = standings(run).filter(customer__in=ids)
    marks = rows.annotate(then=stage_then(before), outcome=outcome(run.as_of)).values_list("then", "stage", "outcome")
    streams = [Stream(*row) for row in marks.annotate(Count("pk"), Sum("value_at_risk_cents")).order_by()]
    kept = rows.exclude(stage="E")
    earlier = standings(before).filter(customer__in=ids).exclude(stage="E").aggregate(m=Sum("value_at_risk_cents"))["m"] if before else None
    stores = (
        kept.values_list("customer__unit_id", "customer__unit__name")
        .annotate(money=Sum("value_at_risk_cents"))
        .order_by("-money", "customer__unit_id")[:3]
    )
    top = kept.order_by("-value_at_risk_cents").values("value_at_risk_cents")[:TOP]
    return Flow(
        as_of=run.as_of,
        before=before.as_of if before else None,
        streams=tuple(streams),
        at_risk_before_cents=earlier,
        stores=tuple(StoreRisk(*row) for row in stores),
        top_cents=sum(row["value_at_risk_cents"] for row in top),
        assumed_cents=kept.filter(leave_by=LeaveBy.PRIOR).aggregate(m=Sum("value_at_risk_cents"))["m"] or 0,
        signals=_signals(ids, run),
        without_owner=seen.filter(owner=None).count() + seen.filter(owner__is_active=False).count(),
    )


def _signals(ids: QuerySet[Customer, Any], run: Run) -> tuple[SignalCount, ...]:
    risk = standings(run).filter(customer=OuterRef("customer")).values("value_at_risk_cents")[:1]
    rows = (
        Signal.objects.filter(ended_on__isnull=True, customer__in=ids)
        .annotate(risk=Subquery(risk))
        .values_list("key")
        .annotate(n=Count("pk"), money=Coalesce(Sum(F("risk")), 0))
        .order_by("-money", "key")
    )
    return tuple(SignalCount(*row) for row in rows)
