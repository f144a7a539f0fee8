"""The cast's customers with deals on given days, as of a day that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings

from liuke.churn.keeping import keep
from liuke.churn.models import Stay
from liuke.customers.models import Customer, Event
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.standing.models import FOREVER
from liuke.team.models import User
from tests.cast import Cast, assemble, card

TODAY = date(2026, 11, 20)
Came = Callable[..., Customer]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    monkeypatch.setattr(settings, "DATA", tmp_path)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(f"{TODAY}T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def deal(customer: Customer, on: date, cents: int = 50_000) -> Deal:
    touch_months([on])
    return Deal.objects.create(customer=customer, on=on, amount_cents=cents, kind="refund" if cents < 0 else "sale", came=cents > 0)


def told(customer: Customer, on: date, kind: str = "told_leaving") -> Event:
    return Event.objects.create(customer=customer, kind=kind, on=on)


@pytest.fixture
def came(cast: Cast) -> Came:
    """`came("张书远", date(2024, 3, 1), …, cents=…, owner=…)`: a customer with a deal on each day."""

    def make(name: str, *days: date, cents: int = 50_000, owner: User | None = None, **fields: Any) -> Customer:
        made = card(owner or cast.chen, name, **fields)
        for on in days:
            deal(made, on, cents)
        return made

    return make


@pytest.fixture
def lost(came: Came) -> Callable[..., Stay]:
    """A customer who bought for a year and told us on a day that he leaves."""

    def make(name: str, on: date = TODAY - timedelta(5), cents: int = 50_000, **fields: Any) -> Stay:
        who = came(name, on - timedelta(300), on - timedelta(200), on - timedelta(100), cents=cents, **fields)
        told(who, on)
        keep()
        found: Stay = Stay.objects.exclude(ended_on=FOREVER).get(customer=who)
        return found

    return make
