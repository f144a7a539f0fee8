"""Whether the two groups were alike on the day before they fell apart: what the difference afterwards may be put down to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import sqrt

from liuke.customers.models import Event
from liuke.deals.models import Deal
from liuke.trials.known import Known
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment, Trial

SATISFACTION, AWAY, SPENT = "satisfaction", "away", "spent"
UNALIKE = 2.5
"""So many standard errors apart are the groups in one of the three by chance in 4 rounds of 100."""

Row = tuple[str, float | None, float | None, float]


def alike(trial: Trial, people: Sequence[Known]) -> list[Row]:
    """(what, mean of those to be contacted, mean of those left alone, standard errors apart) of each of `values`. Two queries.

    A mean is None where nothing is known of a group.
    """
    closed = {one.customer: one for one in people if one.closed}
    return [_row(what, closed, found) for what, found in values(trial, closed).items()] if closed else []


def values(trial: Trial, closed: Mapping[int, Known]) -> dict[str, dict[int, float]]:
    """What is known of customers as of the day before each was assigned, by what and customer: last satisfaction (1–5), days since the last
    deal day, net amount of the 12 months before in cents. Two queries."""
    last = max(one.on for one in closed.values())
    ids = Assignment.objects.filter(trial=trial).values("customer")
    found: dict[str, dict[int, float]] = {SATISFACTION: {}, AWAY: {}, SPENT: dict.fromkeys(closed, 0.0)}
    said = Event.objects.filter(customer__in=ids, kind=SATISFACTION, on__lt=last, value__isnull=False)
    for customer, on, value in said.order_by("on", "pk").values_list("customer_id", "on", "value"):
        if value is not None and customer in closed and on < closed[customer].on:
            found[SATISFACTION][customer] = value
    deals = Deal.objects.filter(customer__in=ids, on__lt=last).values_list("customer_id", "on", "amount_cents", "came")
    for customer, on, cents, came in deals.iterator():
        one = closed.get(customer)
        if one is None or on >= one.on:
            continue
        away = (one.on - on).days
        if came:
            found[AWAY][customer] = min(found[AWAY].get(customer, away), away)
        if on >= one.on - timedelta(365):
            found[SPENT][customer] += cents
    return found


def _row(what: str, closed: Mapping[int, Known], found: Mapping[int, float]) -> Row:
    by_arm: dict[str, list[float]] = defaultdict(list)
    for customer, value in found.items():
        by_arm[closed[customer].arm].append(value)
    (first, spread), (second, other) = (_mean(by_arm[arm]) for arm in (Arm.TREATED, Arm.ALONE))
    if first is None or second is None:
        return what, first, second, 0.0
    error = sqrt(spread + other)
    return what, first, second, (first - second) / error if error else 0.0


def _mean(values: Sequence[float]) -> tuple[float | None, float]:
    """(mean, squared standard error)."""
    n = len(values)
    if not n:
        return None, 0.0
    mean = sum(values) / n
    return mean, sum((value - mean) ** 2 for value in values) / max(n - 1, 1) / n
