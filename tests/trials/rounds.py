"""Rounds of a playbook among many customers of the small company."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.trials.models import Assignment, Trial
from tests.work.cast import DAY, Company

KEY = "overdue_visit"


def a_trial(**fields: Any) -> Trial:
    values = {
        "playbook": KEY, "version": 1, "share": Decimal("0.100"), "planned": 1000, "window_days": 60, "seed": "5eed", "opened_on": DAY,
    }  # fmt: skip
    return Trial.objects.create(**(values | fields))


def crowd(cast: Company, many: int, *, start: int = 0, **fields: Any) -> list[Customer]:
    """Customers of the store without a history, in one go."""
    rows = [
        Customer(
            number=f"G{start + at}", name=f"客户{start + at}", unit=cast.store, owner=cast.siyuan, opened_on=date(2023, 1, 5), **fields
        )
        for at in range(many)
    ]
    return list(Customer.objects.bulk_create(rows))


def fallen(trial: Trial, people: list[Customer], arm: str, on: date = DAY, stratum: str = "B") -> None:
    """Put these into a group by hand."""
    Assignment.objects.bulk_create(Assignment(trial=trial, customer=each, stratum=stratum, arm=arm, on=on) for each in people)


def came_back(people: list[Customer], on: date, cents: int = 100_000, **fields: Any) -> None:
    Deal.objects.bulk_create(Deal(customer=each, on=on, amount_cents=cents, **fields) for each in people)


def later(days: int) -> date:
    return DAY + timedelta(days)
