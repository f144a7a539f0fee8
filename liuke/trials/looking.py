"""What a round shows on a day, by the groups that customers fell into, whatever became of them afterwards (intention to treat)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

import numpy as np
from django.db import transaction

from liuke.analytics.gain import Gain, gain
from liuke.analytics.sequential import Estimate, Stratum, estimate, verdict
from liuke.customers.models import Customer
from liuke.trials.before import alike
from liuke.trials.known import Known, known
from liuke.trials.labels import Arm, Verdict
from liuke.trials.models import Assignment, Look, Trial


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


def curve(trial: Trial, people: Iterable[Known]) -> dict[str, list[int]]:
    """How many of the closed customers of each group were back by day 1, 2, … of the window."""
    found = {arm: [0] * trial.window_days for arm in Arm.values}
    for one in people:
        if one.closed and one.day is not None:
            found[one.arm][one.day - 1] += 1
    return {arm: list(accumulate(days)) for arm, days in found.items()}


def stores(trial: Trial, people: Iterable[Known]) -> list[list[int]]:
    """[unit, contacted, of them back, left alone, of them back] of the closed customers, by where they belong today. One query."""
    unit = dict(Customer.objects.filter(pk__in=Assignment.objects.filter(trial=trial).values("customer")).values_list("pk", "unit_id"))
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in people:
        if one.closed and one.customer in unit:
            place = 0 if one.arm == Arm.TREATED else 2
            found[unit[one.customer]][place] += 1
            found[unit[one.customer]][place + 1] += one.day is not None
    return [[pk, *counts] for pk, counts in sorted(found.items())]


@transaction.atomic
def look(
    trial: Trial, on: date, *, minutes: int = 0, cost_cents: int = 0, given_cents: int = 0, steps: Mapping[str, int] | None = None
) -> Look | None:
    """Write down what the round shows on this day; None where it is over, or was looked at today. The first verdict found is final: the
    caller ends the round with it.

    minutes, cost_cents: what contacting those whose days are over has taken, with what was given to them (given_cents); steps: how far
    contacts came with them.
    """
    locked = Trial.objects.select_for_update().filter(pk=trial.pk, closed_on__isnull=True).first()
    if locked is None or Look.objects.filter(trial=trial, on=on).exists():
        return None
    people = known(locked, on)
    what = seen(locked, people)
    said = verdict(what.estimate, float(locked.least))
    total, found, money = what.total(), what.estimate, what.gain
    return Look.objects.create(
        trial=locked,
        on=on,
        treated=total.treated,
        returned=total.returned,
        alone=total.alone,
        returned_alone=total.returned_alone,
        strata=[[name, one.treated, one.returned, one.alone, one.returned_alone] for name, one in what.strata.items()],
        stores=stores(locked, people),
        curve=curve(locked, people),
        before=[list(row) for row in alike(locked, people)],
        steps=dict(steps or {}),
        fraction=found.fraction if found else 0.0,
        effect=found.effect if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        treated_cents=round(money.treated) if money else 0,
        alone_cents=round(money.alone) if money else 0,
        extra_cents=round(money.extra) if money else None,
        extra_low_cents=round(money.low) if money else None,
        extra_high_cents=round(money.high) if money else None,
        minutes=minutes,
        cost_cents=cost_cents,
        given_cents=given_cents,
        verdict=said,
        final=said != Verdict.TOO_EARLY,
    )
