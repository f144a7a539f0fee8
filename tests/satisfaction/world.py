"""The cast, some customers who bought lately, and a wave that runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.satisfaction import building, links, waves
from liuke.satisfaction.models import Invitation, Survey, Wave
from liuke.team.models import User
from tests.cast import Cast, card

DAY = date(2026, 11, 20)  # a Friday
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def bought(owner: User, name: str, on: date = DAY - timedelta(30), **fields: Any) -> Customer:
    made = card(owner, name, f"138{Customer.objects.count() + 10_000_000:08d}", **fields)
    Deal.objects.create(customer=made, on=on, amount_cents=68_000, staff=owner, unit=made.unit)
    return made


def survey(cast: Cast, form: str = "after_service", name: str = "保养后回访") -> Survey:
    return building.create(cast.xu, name, cast.group.pk, form=form)


def wish(made: Survey, unit: int, **more: Any) -> waves.Wish:
    given: dict[str, Any] = {"drawn": "random", "opens_on": DAY, "ends_on": DAY + timedelta(14), "count": 500} | more
    return waves.Wish(made.pk, given.pop("name", "十一月"), unit, **given)


def wave(cast: Cast, form: str = "after_service", **more: Any) -> Wave:
    """Everybody who bought lately is asked."""
    return waves.launch(cast.xu, wish(survey(cast, form), cast.group.pk, **more))


def asked(customer: Customer) -> Invitation:
    return Invitation.objects.select_related("wave__version").get(customer=customer)


def token(customer: Customer) -> str:
    return links.token_of(asked(customer))
