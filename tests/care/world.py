"""The cast with a day of their own each: birthdays of sun and moon, cars, contracts, deals, and a run of insight that grades them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from liuke.customers.models import Customer, Event
from liuke.deals.models import Asset, Contract, Deal
from liuke.interactions.models import Interaction
from liuke.standing.models import Run
from tests.cast import Cast, card
from tests.standing_rows import a_run, a_standing

DAY = date(2026, 5, 24)  # 农历四月初八 of 2026, a Sunday
NOON = datetime(2026, 5, 24, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def noon_of(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)


def graded(grades: dict[str, str], day: date = DAY, **fields: Any) -> Run:
    """A run in which these customers, by name, have these grades."""
    run = a_run(day, started_at=noon_of(day), finished_at=noon_of(day))
    for name, abc in grades.items():
        row = {
            "abc": abc, "type": "fan", "stage": "C", "stage_by_rule": "C", "stage_code": "C.regular", "stage_since": day, "rule_since": day,
            "last_deal": day - timedelta(40), "first_deal": date(2023, 2, 1), "deal_days": 16, "cycle_days": 74.0,
            "amount_12m_cents": 682_000, "value_at_risk_cents": 500_000,
        }  # fmt: skip
        a_standing(run, Customer.objects.get(name=name), **(row | fields))
    return run


def person(
    cast: Cast, name: str, birthday: tuple[int, int] | None = None, lunar: bool = False, leap: bool = False, **fields: Any
) -> Customer:
    """A man kept by 陈思远, opened on no anniversary of DAY."""
    month, day = birthday or (None, None)
    born = {"birth_month": month, "birth_day": day, "birth_lunar": lunar, "birth_leap": leap}
    fields = {"gender": "male", "opened_on": date(2024, 1, 5), "wechat": f"wx-{name}", "owner": cast.chen, **born, **fields}
    phone = fields.pop("phone", f"138{Customer.objects.count() + 10_000_000:08d}")
    return card(fields.pop("owner"), name, phone, **fields)


def car(customer: Customer, acquired_on: date, name: str = "凯美瑞", **fields: Any) -> Asset:
    return Asset.objects.create(customer=customer, name=name, acquired_on=acquired_on, **fields)


def contract(customer: Customer, kind: str, starts_on: date, ends_on: date, **fields: Any) -> Contract:
    return Contract.objects.create(customer=customer, kind=kind, starts_on=starts_on, ends_on=ends_on, **fields)


def deal(customer: Customer, on: date, cents: int = 128_000, **fields: Any) -> Deal:
    return Deal.objects.create(customer=customer, on=on, amount_cents=cents, staff=customer.owner, unit=customer.unit, **fields)


def contact(customer: Customer, on: date, outcome: str = "reached", **fields: Any) -> Interaction:
    return Interaction.objects.create(
        customer=customer, at=noon_of(on), on=on, way="phone", outcome=outcome, two_way=True, by=customer.owner, **fields
    )


def event(customer: Customer, kind: str, on: date) -> Event:
    return Event.objects.create(customer=customer, kind=kind, on=on)
