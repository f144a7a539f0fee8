"""A store with customers whose deals are given as days before the as-of date."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from liuke.customers.models import Customer, Event, FactChange
from liuke.deals.mirror import touch_months
from liuke.deals.models import Contract, Deal
from liuke.team.labels import Role
from liuke.team.models import Unit, User

AS_OF = date(2026, 11, 20)
Bought = Callable[..., Customer]


@pytest.fixture(autouse=True)
def mirror_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    return tmp_path / "mirror"


@pytest.fixture
def store(db: None) -> Unit:
    return Unit.objects.create(name="杭州滨江店")


@pytest.fixture
def chen_siyuan(store: Unit) -> User:
    return User.objects.create(username="chensiyuan", name="陈思远", role=Role.REP, unit=store)


@pytest.fixture
def bought(chen_siyuan: User) -> Bought:
    """`bought("张书远", 356, 282, 212, cents=50000)`: a customer with a deal so many days before AS_OF each."""

    def make(name: str, *days_ago: int, cents: int = 50_000, opened: int = 900) -> Customer:
        number, opened_on = f"C{Customer.objects.count() + 1:04}", AS_OF - timedelta(days=opened)
        card = Customer(number=number, name=name, unit=chen_siyuan.unit, owner=chen_siyuan, opened_on=opened_on)
        card.index()
        card.save()
        FactChange.objects.create(customer=card)
        for days in days_ago:
            deal(card, days, cents)
        return card

    return make


def deal(card: Customer, days_ago: int, cents: int = 50_000) -> Deal:
    """One more deal, with the marks that the verb leaves; a negative amount is a refund."""
    FactChange.objects.create(customer=card)
    on = AS_OF - timedelta(days=days_ago)
    touch_months([on])
    kind = "refund" if cents < 0 else "sale"
    return Deal.objects.create(customer=card, on=on, amount_cents=cents, kind=kind, came=cents > 0)


def happened(card: Customer, kind: str, days_ago: int, value: int | None = None) -> Event:
    FactChange.objects.create(customer=card)
    return Event.objects.create(customer=card, kind=kind, on=AS_OF - timedelta(days=days_ago), value=value)


def insured(card: Customer, ends_in: int) -> Contract:
    FactChange.objects.create(customer=card)
    ends = AS_OF + timedelta(days=ends_in)
    return Contract.objects.create(customer=card, kind="insurance", starts_on=ends - timedelta(days=364), ends_on=ends)
