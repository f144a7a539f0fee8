"""What a round shows on a day, by the groups that customers fell into, whatever became of them afterwards (intention to treat)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from django.db import transaction

from liuke.analytics.gain import Gain, gain
from liuke.analytics.sequential import Estimate, Stratum, estimate, verdict
from liuke.deals.models import Contract, Deal
from liuke.trials.labels import Arm, Came, Verdict
from liuke.trials.models import Assignment, Look, Trial
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


@dataclass(frozen=True)
class Seen:
    """A round as of a day: the closed customers by stratum, the estimate, the money."""

    strata: Mapping[str, Stratum] = field(default_factory=dict)
    estimate: Estimate | None = None
    gain: Gain | None = None

    def total(self) -> Stratum:
        parts = list(self.strata.values())
        return Stratum(
            sum(one.treated for one in parts),
            sum(one.returned for one in parts),
            sum(one.alone for one in parts),
            sum(one.returned_alone for one in parts),
        )


def seen(trial: Trial, people: Iterable[Known]) -> Seen:
    """Counts, difference and money of those whose days are over."""
    groups: dict[str, dict[str, list[Known]]] = defaultdict(lambda: {Arm.TREATED.value: [], Arm.ALONE.value: []})
    for one in people:
        if one.closed:
            groups[one.stratum][one.arm].append(one)
    strata = {}
    amounts = []
    for name in sorted(groups):
        treated, alone = groups[name][Arm.TREATED], groups[name][Arm.ALONE]
        strata[name] = Stratum(len(treated), _back(treated), len(alone), _back(alone))
        amounts.append((_cents(treated), _cents(alone)))
    return Seen(strata, estimate(list(strata.values()), trial.planned), gain(amounts, seed=trial.pk))


def _back(people: Iterable[Known]) -> int:
    return sum(one.day is not None for one in people)


def _cents(people: list[Known]) -> np.ndarray:
    return np.array([one.cents for one in people], np.int64)


@transaction.atomic
def look(trial: Trial, on: date, *, minutes: int = 0, cost_cents: int = 0) -> Look | None:
    """Write down what the round shows on this day; None where it is over, or was looked at today. The first verdict found is final: the
    caller ends the round with it.

    minutes, cost_cents: what contacting those whose days are over has taken.
    """
    locked = Trial.objects.select_for_update().filter(pk=trial.pk, closed_on__isnull=True).first()
    if locked is None or Look.objects.filter(trial=trial, on=on).exists():
        return None
    what = seen(locked, known(locked, on))
    said = verdict(what.estimate, float(locked.least))
    total, seen_one, money = what.total(), what.estimate, what.gain
    return Look.objects.create(
        trial=locked,
        on=on,
        treated=total.treated,
        returned=total.returned,
        alone=total.alone,
        returned_alone=total.returned_alone,
        strata=[[name, one.treated, one.returned, one.alone, one.returned_alone] for name, one in what.strata.items()],
        fraction=seen_one.fraction if seen_one else 0.0,
        effect=seen_one.effect if seen_one else None,
        low=seen_one.low if seen_one else None,
        high=seen_one.high if seen_one else None,
        treated_cents=round(money.treated) if money else 0,
        alone_cents=round(money.alone) if money else 0,
        extra_cents=round(money.extra) if money else None,
        extra_low_cents=round(money.low) if money else None,
        extra_high_cents=round(money.high) if money else None,
        minutes=minutes,
        cost_cents=cost_cents,
        verdict=said,
        final=said != Verdict.TOO_EARLY,
    )
