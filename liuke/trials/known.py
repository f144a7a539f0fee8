"""What became of the customers of a round, by the groups they fell into, whatever became of them afterwards (intention to treat)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from liuke.deals.models import Contract, Deal
from liuke.trials.labels import Came
from liuke.trials.models import Assignment, Trial
from liuke.trials.rules import last_day


@dataclass(slots=True)
class Known:
    """One customer of a round. `closed`: his days are over, so that he counts; day: on which day after the assignment he first came back
    within his days (None: did not), cents: net amount within them."""

    customer: int
    stratum: str
    arm: str
    on: date
    closed: bool
    day: int | None = None
    cents: int = 0


def known(trial: Trial, on: date, customers: Iterable[int] | None = None) -> list[Known]:
    """Every customer of a round as of the morning of `on`, by id; days count from the one after the assignment to the last of the window.

    `customers` limits it to some. A refund takes its money off, but does not make somebody come; a visit that cost nothing is no deal. Two
    queries, three for renewals.
    """
    rows = Assignment.objects.filter(trial=trial, on__lte=on)
    wanted = None if customers is None else set(customers)
    window = trial.window_days
    found = {
        customer: Known(customer, stratum, arm, day, on > last_day(day, window))
        for customer, stratum, arm, day in rows.order_by("customer").values_list("customer_id", "stratum", "arm", "on")
        if wanted is None or customer in wanted
    }
    starts = {customer: one.on for customer, one in found.items()}
    back = came_back(Came(trial.came), trial.contract_kind, starts, rows.values("customer"), window, on)
    for customer, (day, cents) in back.items():
        found[customer].day, found[customer].cents = day, cents
    return list(found.values())


def came_back(
    came: Came, kind: str, starts: Mapping[int, date], ids: QuerySet[Any, Any], window: int, until: date
) -> dict[int, tuple[int | None, int]]:
    """Customer id → (on which day after his start he first came back, net amount in cents), within his window and by `until`; those of whom
    nothing is known are not in it. `ids`: query of the customers of `starts`.

    A renewal is a contract of the kind that starts after the start of the window, on the day it was written down; where that is not in the
    window (it was imported), the day before it starts, which is when the one before it ends.
    """
    if not starts:
        return {}
    first, last = min(starts.values()), min(max(starts.values()) + timedelta(window), until)
    days: dict[int, int] = {}
    cents: dict[int, int] = {}
    deals = Deal.objects.filter(customer__in=ids, on__gt=first, on__lte=last)
    for customer, on, amount, visit in deals.values_list("customer_id", "on", "amount_cents", "came").iterator():
        after = (on - starts[customer]).days if customer in starts else 0
        if 0 < after <= window:
            cents[customer] = cents.get(customer, 0) + amount
            if visit and amount > 0 and came == Came.DEAL:
                days[customer] = min(days.get(customer, after), after)
    if came == Came.RENEWAL:
        made = Contract.objects.filter(customer__in=ids, kind=kind, starts_on__gt=first)
        for customer, begins, written in made.values_list("customer_id", "starts_on", "created_at__date"):
            start = starts.get(customer)
            if start is None or begins <= start:
                continue
            after = (written - start).days if 0 < (written - start).days <= window else max((begins - start).days - 1, 1)
            if after <= window and start + timedelta(after) <= until:
                days[customer] = min(days.get(customer, after), after)
    return {customer: (days.get(customer), cents.get(customer, 0)) for customer in days.keys() | cents.keys()}
