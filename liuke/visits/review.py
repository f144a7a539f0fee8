"""Route review: where one goes, against where the money is. By area or by person, over a month or a quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, DateField, ExpressionWrapper, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.clock import months_before
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.visits.models import Area, Placement
from liuke.visits.queries import MET

NOBODY = 0
"""The key of customers without an area, or without anybody who looks after them."""
ENOUGH = 30
"""Fewer visits in all say nothing about routes: no shares, no advice."""
OFTEN = 1.5
"""So many times as large a share of the visits as of the money, or the other way round, is worth a word."""
AFTER_DAYS = 30
"""So long after a customer's last visit of the period a deal still counts as one after it."""


@dataclass(frozen=True)
class Period:
    """Days, the last one included. `key`: "2026-11" or "2026-Q4"."""

    key: str
    first: date
    last: date

    @property
    def quarter(self) -> bool:
        return "Q" in self.key


def period_of(key: str, today: date) -> Period:
    """The period of a key; the month before this one where it cannot be read, for a month that has only begun says little."""
    try:
        year = int(key[:4])
        if key[4:6] == "-Q":
            first, months = date(year, int(key[6:]) * 3 - 2, 1), 3
        else:
            first, months = date(year, int(key[5:]), 1), 1
    except ValueError:
        first, months = months_before(today.replace(day=1), 1), 1
    last = months_before(first, -months) - timedelta(days=1)
    named = f"{first.year}-Q{(first.month + 2) // 3}" if months == 3 else f"{first.year}-{first.month:02d}"
    return Period(named, first, last)


@dataclass(frozen=True)
class Line:
    """One area or person (NOBODY: customers without one). `visits` that met somebody, `visited` customers; `deals` of those visited, from
    their first visit of the period to AFTER_DAYS after the last, and what they brought; `customers` on file and their net amount of 12
    months. Money in cents."""

    key: int
    name: str
    visits: int = 0
    visited: int = 0
    deals: int = 0
    brought_cents: int = 0
    customers: int = 0
    value_cents: int = 0


@dataclass(frozen=True)
class Word:
    """One suggestion. `often`: visited much for little; else seldom for much. Shares, 0–1, are of all areas (all people)."""

    line: Line
    often: bool
    visit_share: float
    value_share: float


@dataclass(frozen=True)
class Review:
    period: Period
    by: str
    lines: tuple[Line, ...]
    words: tuple[Word, ...]

    @property
    def known_on(self) -> date:
        """The day on which all deals after visits of the period are known."""
        return self.period.last + timedelta(AFTER_DAYS + 1)

    @property
    def visits(self) -> int:
        return sum(line.visits for line in self.lines)

    @property
    def deals(self) -> int:
        return sum(line.deals for line in self.lines)

    @property
    def brought_cents(self) -> int:
        return sum(line.brought_cents for line in self.lines)


def suggest(lines: Sequence[Line]) -> list[Word]:
    """Which lines are visited often for little, or seldom for much; the largest gap first. None of too few visits, or without money."""
    visits, value = sum(line.visits for line in lines), sum(max(line.value_cents, 0) for line in lines)
    if visits < ENOUGH or value <= 0 or len(lines) < 2:
        return []
    found = []
    for line in lines:
        went, worth = line.visits / visits, max(line.value_cents, 0) / value
        if went >= OFTEN * worth and went - worth >= 0.05:
            found.append(Word(line, True, went, worth))
        elif worth >= OFTEN * went and worth - went >= 0.05:
            found.append(Word(line, False, went, worth))
    return sorted(found, key=lambda word: -abs(word.visit_share - word.value_share))


# ── the rows behind each figure ──────────────────────────────────────────────


def _area(path: str) -> Subquery:
    return Subquery(Placement.objects.filter(customer=OuterRef(path), area__closed_at__isnull=True).values("area")[:1])


def _keyed(rows: QuerySet[Any], by: str, path: str) -> QuerySet[Any]:
    """Rows with `key`: the area their customer lives in, or who looks after him; null for none."""
    owner = "owner_id" if path == "pk" else f"{path}__owner_id"
    keyed: QuerySet[Any] = rows.annotate(key=F(owner) if by == "person" else _area("pk" if path == "pk" else f"{path}_id"))
    return keyed


def visits_in(viewer: User, period: Period, by: str) -> QuerySet[Any]:
    """The visits of the period that met somebody, of customers in sight."""
    seen = Interaction.objects.filter(MET, on__gte=period.first, on__lte=period.last, customer__in=Customer.objects.visible_to(viewer))
    return _keyed(seen, by, "customer")


def deals_after(viewer: User, period: Period, by: str) -> QuerySet[Any]:
    """Deals on or after the first visit to that customer in the period, up to AFTER_DAYS after the last."""
    met = Interaction.objects.filter(MET, customer=OuterRef("customer_id"), on__gte=period.first, on__lte=period.last)
    visits = met.order_by().values("customer")
    first, last = Subquery(visits.annotate(d=Min("on")).values("d")), Subquery(visits.annotate(d=Max("on")).values("d"))
    until = min(period.last + timedelta(AFTER_DAYS), clock.today(settings.TIME_ZONE))
    seen = Deal.objects.filter(on__gte=period.first, on__lte=until, customer__in=Customer.objects.visible_to(viewer))
    in_time = Q(on__lte=ExpressionWrapper(F("last_on") + timedelta(AFTER_DAYS), DateField()))
    return _keyed(seen.annotate(visited_on=first, last_on=last).filter(in_time, on__gte=F("visited_on")), by, "customer")


def customers_of(viewer: User, by: str) -> QuerySet[Any]:
    return _keyed(Customer.objects.visible_to(viewer), by, "pk")


def review(viewer: User, period: Period, by: str = "area") -> Review:
    """The whole review. Six queries."""
    visits = visits_in(viewer, period, by).order_by().values_list("key")
    made = {key or NOBODY: (n, c) for key, n, c in visits.annotate(n=Count("pk"), c=Count("customer", distinct=True))}
    deals = deals_after(viewer, period, by).order_by().values_list("key")
    sold = {key or NOBODY: (n, cents or 0) for key, n, cents in deals.annotate(n=Count("pk"), cents=Sum("amount_cents"))}
    there = {key or NOBODY: n for key, n in customers_of(viewer, by).order_by().values_list("key").annotate(n=Count("pk"))}
    run = current_run()
    stood = _keyed(standings(run).filter(customer__in=Customer.objects.visible_to(viewer)), by, "customer")
    worth = {key or NOBODY: cents or 0 for key, cents in stood.order_by().values_list("key").annotate(cents=Sum("amount_12m_cents"))}
    keys = {*made, *sold, *there}
    named: dict[int, str] = dict((User if by == "person" else Area)._default_manager.filter(pk__in=keys).values_list("pk", "name"))
    lines = [
        Line(key, named.get(key, ""), *made.get(key, (0, 0)), *sold.get(key, (0, 0)), there.get(key, 0), worth.get(key, 0)) for key in keys
    ]
    lines.sort(key=lambda line: (line.key == NOBODY, -line.value_cents, line.name))
    return Review(period, by, tuple(lines), tuple(suggest(lines)))
