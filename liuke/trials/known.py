"""What became of the customers of a round, by the groups they fell into, whatever became of them afterwards (intention to treat)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

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

    `customers` limits it to some. A refund takes its money off, but does not make somebody come. Two or three queries.
    """
    rows = Assignment.objects.filter(trial=trial, on__lte=on)
    wanted = None if customers is None else set(customers)
    window = trial.window_days
    found = {
        customer: Known(customer, stratum, arm, day, on > last_day(day, window))
        for customer, stratum, arm, day in rows.order_by("customer").values_list("customer_id", "stratum", "arm", "on")
        if wanted is None or customer in wanted
    }
    if not found:
        return []
    first = min(one.on for one in found.values())
    last = max(one.on for one in found.values()) + timedelta(window)
    ids = rows.values("customer")
    deals = Deal.objects.filter(customer__in=ids, on__gt=first, on__lte=min(last, on)).values_list(
        "customer_id", "on", "amount_cents", "came"
    )
    for customer, day, cents, came in deals.iterator():
        one = found.get(customer)
        if one is None or not 0 < (day - one.on).days <= window:
            continue
        one.cents += cents
        if came and trial.came == Came.DEAL:
            one.day = min(one.day or window, (day - one.on).days)
    if trial.came == Came.RENEWAL:
        made = Contract.objects.filter(customer__in=ids, kind=trial.contract_kind, starts_on__gt=first, starts_on__lte=min(last, on))
        for customer, day in made.values_list("customer_id", "starts_on"):
            one = found.get(customer)
            if one is not None and 0 < (day - one.on).days <= window:
                one.day = min(one.day or window, (day - one.on).days)
    return list(found.values())
