"""Figures of complaints in a period (by day of receipt), each with the rows behind it; and causes that come again.

A share is told with both its counts. The number of queries depends neither on the complaints nor on the units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Case, CharField, Count, F, Max, Q, Sum, When
from django.utils import timezone

from liuke.complaints.house import day_of, rule, start_of
from liuke.complaints.labels import AgreementState, Axis, Severity
from liuke.complaints.models import Agreement, Complaint, ComplaintQuerySet
from liuke.deals.models import Deal
from liuke.playbooks.queries import pack
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import in_scope
from liuke.work.words import pick

Condition = Callable[[datetime], Q]

_ANSWERED = Q(answered_at__lte=F("answer_due"))
_RESOLVED = Q(told_at__lte=F("resolve_due"), late_before=False)


def _answered_late(now: datetime) -> Q:
    return Q(answered_at__gt=F("answer_due")) | Q(answered_at__isnull=True, turn=0, answer_due__lt=now)


def _resolved_late(now: datetime) -> Q:
    return Q(told_at__gt=F("resolve_due")) | Q(told_at__isnull=True, closed_at__isnull=True, resolve_due__lt=now) | Q(late_before=True)


SHARES: dict[str, tuple[Condition, Condition]] = {
    "answered_in_time": (lambda now: _ANSWERED, lambda now: _ANSWERED | _answered_late(now)),
    "resolved_in_time": (lambda now: _RESOLVED, lambda now: _RESOLVED | _resolved_late(now)),
    "in_time": (
        lambda now: _ANSWERED & _RESOLVED,
        lambda now: _ANSWERED & _RESOLVED | _answered_late(now) | _resolved_late(now),
    ),
    "reopened": (lambda now: Q(turn__gt=0), lambda now: Q(turn__gt=0) | Q(told_at__isnull=False)),
    "satisfied": (lambda now: Q(satisfied=True), lambda now: Q(satisfied__isnull=False)),
    "closed": (lambda now: Q(closed_at__isnull=False), lambda now: Q()),
    "severe": (lambda now: Q(severity=Severity.SEVERE), lambda now: Q()),
}
"""Figures that are so many of so many: which count, and of which. Of a limit only what has met or missed it counts."""

TIMES = {"answer": "answered_at", "accept": "accepted_at", "clarify": "clarified_at", "told": "told_at", "close": "closed_at"}
"""From the receipt to what; by the wall clock."""


@dataclass(frozen=True)
class Share:
    """`n` of `of`; `value` None where there is nothing to divide by."""

    key: str
    n: int
    of: int

    @property
    def value(self) -> float | None:
        return self.n / self.of if self.of else None


@dataclass(frozen=True)
class Took:
    """The middle time to a stage, over those `n` that reached it."""

    key: str
    middle: timedelta | None
    n: int


@dataclass(frozen=True)
class Figures:
    """`rate`: complaints to paid deals of the period. `split`: of each classification how many have which value ("" nobody confirmed yet).
    `again`: of those that were closed, how many customers have bought since within the pack's days; `too_early` may yet."""

    first: date
    last: date
    received: int
    rate: Share
    shares: dict[str, Share]
    split: dict[str, list[tuple[str, int]]]
    took: list[Took]
    cost_cents: int
    costly: int
    again: Share
    too_early: int


def rows_of(user: User, first: date, last: date, unit: int | None = None) -> ComplaintQuerySet:
    """Complaints in sight received in the period, in a unit and below it."""
    found = Complaint.objects.visible_to(user).filter(received_at__gte=start_of(first), received_at__lt=start_of(last + timedelta(1)))
    return found.filter(unit__path__startswith=_path(unit)) if unit else found


def figures(user: User, first: date, last: date, *, unit: int | None = None, now: datetime | None = None) -> Figures:
    """All of them. Thirteen queries."""
    require(user, "complaint.figures")
    at, rows = now or timezone.now(), rows_of(user, first, last, unit).order_by()
    wanted: dict[str, Any] = {"received": Count("pk")}
    for key, (n, of) in SHARES.items():
        wanted |= {f"{key}_n": Count("pk", filter=n(at)), f"{key}_of": Count("pk", filter=of(at)) if of(at) else Count("pk")}
    counted = rows.aggregate(**wanted)
    deals = Deal.objects.filter(in_scope(user, "customer__"), on__gte=first, on__lte=last, came=True, amount_cents__gt=0)
    if unit:
        deals = deals.filter(customer__unit__path__startswith=_path(unit))
    taken = Agreement.objects.filter(complaint__in=rows, state=AgreementState.AGREED, amount_cents__gt=0)
    cost = taken.aggregate(cents=Sum("amount_cents"), n=Count("complaint", distinct=True))
    bought, closed, early = _again(rows, day_of(at))
    return Figures(
        first,
        last,
        counted["received"],
        Share("rate", counted["received"], deals.count()),
        {key: Share(key, counted[f"{key}_n"], counted[f"{key}_of"]) for key in SHARES},
        {axis: list(rows.values_list(axis).annotate(n=Count("pk")).order_by("-n", axis)) for axis in Axis.values},
        _took(rows),
        cost["cents"] or 0,
        cost["n"],
        Share("again", len(bought), len(bought) + len(closed)),
        len(early),
    )


def behind(
    user: User, key: str, first: date, last: date, *, of: bool = False, unit: int | None = None, now: datetime | None = None
) -> ComplaintQuerySet:
    """The rows of a figure: those that count, or (`of`) those they are counted of. Also "received", "rate", "cost", "again", a stage of
    TIMES, and "axis:value". KeyError for anything else."""
    require(user, "complaint.figures")
    at, rows = now or timezone.now(), rows_of(user, first, last, unit)
    axis, colon, value = key.partition(":")
    if colon:
        if axis not in Axis.values:
            raise KeyError(key)
        found = rows.filter(**{axis: value})
    elif key in ("received", "rate"):
        found = rows
    elif key == "cost":
        costs = Agreement.objects.filter(state=AgreementState.AGREED, amount_cents__gt=0)
        found = rows.filter(pk__in=costs.values("complaint"))
    elif key == "again":
        bought, closed, _early = _again(rows, day_of(at))
        found = rows.filter(pk__in=[*bought, *(closed if of else ())])
    elif key in TIMES:
        found = rows.filter(**{f"{TIMES[key]}__isnull": False})
    else:
        found = rows.filter(SHARES[key][of](at))
    return found.select_related("customer", "unit", "owner").order_by("-received_at", "-pk")


def _took(rows: ComplaintQuerySet) -> list[Took]:
    columns = list(rows.values_list("received_at", *TIMES.values()))
    found = []
    for place, key in enumerate(TIMES, start=1):
        spans = [(row[place] - row[0]).total_seconds() for row in columns if row[place] is not None]
        found.append(Took(key, timedelta(seconds=median(spans)) if spans else None, len(spans)))
    return found


def _again(rows: ComplaintQuerySet, today: date) -> tuple[list[int], list[int], list[int]]:
    """Of the closed ones of known customers: who has bought since within the days, who has not, who may yet. Two queries."""
    days = timedelta(rule().repeat_days)
    over = rows.filter(closed_at__isnull=False, customer__isnull=False).values_list("pk", "customer_id", "closed_at")
    ends = [(pk, customer, day_of(at)) for pk, customer, at in over if at is not None]
    if not ends:
        return [], [], []
    deals: dict[int, list[date]] = {}
    since = min(day for _, _, day in ends)
    made = Deal.objects.filter(customer__in=rows.values("customer"), on__gt=since, came=True, amount_cents__gt=0)
    for customer, day in made.order_by().values_list("customer_id", "on"):
        deals.setdefault(customer, []).append(day)
    bought: list[int] = []
    not_: list[int] = []
    early: list[int] = []
    for pk, customer, closed in ends:
        if any(closed < day <= closed + days for day in deals.get(customer, ())):
            bought.append(pk)
        else:
            (not_ if today > closed + days else early).append(pk)
    return bought, not_, early


# ── causes that come again ───────────────────────────────────────────────────


@dataclass(frozen=True)
class Repeated:
    """One cause that came more than once with one product, unit or person: `id` and `label` say which; `last_on` the newest."""

    by: str
    id: str
    label: str
    cause: str
    n: int
    open: int
    severe: int
    last_on: date
    cost_cents: int


_THING = Case(When(~Q(product=""), then=F("product")), When(asset__isnull=False, then=F("asset__name")), output_field=CharField())
_BY: dict[str, tuple[Any, str]] = {
    "product": (_THING, "thing"),
    "unit": (F("unit__name"), "unit_id"),
    "person": (F("person__name"), "person_id"),
    "department": (F("department"), "department"),
}


def repeated(user: User, first: date, last: date, by: str, *, unit: int | None = None, least: int = 2) -> list[Repeated]:
    """Causes that came at least so often with the same product (or thing of the customer's), unit, person or department; the most frequent
    first. Unit, person and department are those written on the complaint, which stay when the customer's card moves.

    Only confirmed main causes count. KeyError for another `by`. Two queries.
    """
    require(user, "complaint.figures")
    label, key = _BY[by]
    rows = rows_of(user, first, last, unit).exclude(cause="").annotate(thing=_THING, label=label).exclude(label=None).exclude(label="")
    groups = rows.order_by().values(key, "label", "cause").annotate(
        n=Count("pk"), last=Max("received_at"),
        open=Count("pk", filter=Q(closed_at__isnull=True)), severe=Count("pk", filter=Q(severity=Severity.SEVERE)),
    )  # fmt: skip
    names = {product.key: pick(product.name) for product in pack().products} if by == "product" else {}
    found = [group for group in groups if group["n"] >= least]
    costs = _costs(rows, key)
    made = [
        Repeated(
            by, str(group[key]), names[group["label"]] if group["label"] in names else str(group["label"]), group["cause"], group["n"],
            group["open"], group["severe"], day_of(group["last"]), costs.get((str(group[key]), group["cause"]), 0),
        )
        for group in found
    ]  # fmt: skip
    return sorted(made, key=lambda each: (-each.n, -each.severe, each.label, each.cause))


def repeated_rows(user: User, first: date, last: date, by: str, id: str, cause: str, *, unit: int | None = None) -> ComplaintQuerySet:
    """The complaints behind one of `repeated`."""
    require(user, "complaint.figures")
    _label, key = _BY[by]
    rows = rows_of(user, first, last, unit).annotate(thing=_THING).filter(**{key: id}, cause=cause)
    return rows.select_related("customer", "unit", "owner").order_by("-received_at", "-pk")


def _costs(rows: ComplaintQuerySet, key: str) -> dict[tuple[str, str], int]:
    of = {pk: (str(thing), cause) for pk, thing, cause in rows.values_list("pk", key, "cause")}
    taken = Agreement.objects.filter(complaint__in=rows.values("pk"), state=AgreementState.AGREED, amount_cents__gt=0)
    found: dict[tuple[str, str], int] = {}
    for pk, cents in taken.values_list("complaint_id", "amount_cents"):
        found[of[pk]] = found.get(of[pk], 0) + cents
    return found


def _path(unit: int | None) -> str:
    return Unit.objects.filter(pk=unit or 0).values_list("path", flat=True).first() or "-"
