"""Each condition of a list at its edge: the last row in and the first row out."""

from datetime import date, timedelta

import pytest

from liuke.customers.models import Customer
from liuke.deals.models import Asset, Contract
from liuke.segments.filtering import customer_conditions
from liuke.segments.filters import read
from liuke.team.models import User
from tests.cast import Cast, assemble, card

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def names(user: User, **data: str) -> set[str]:
    conditions = customer_conditions(read(data), user, TODAY)
    return set(Customer.objects.filter(*conditions).values_list("name", flat=True))


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_a_card_is_stale_after_180_days_not_on_the_180th(cast: Cast) -> None:
    card(cast.chen, "第180天", confirmed_on=ago(180))
    card(cast.chen, "第181天", confirmed_on=ago(181))
    card(cast.chen, "从没核对，第180天", opened_on=ago(180))
    card(cast.chen, "从没核对，第181天", opened_on=ago(181))
    card(cast.chen, "老卡刚核对", opened_on=ago(900), confirmed_on=ago(1))
    assert names(cast.chen, stale="1") == {"第181天", "从没核对，第181天"}


def test_a_unit_is_all_that_is_under_it(cast: Cast) -> None:
    for user, name in ((cast.chen, "滨江"), (cast.zhou, "江宁"), (cast.ding, "朝阳"), (cast.he, "华东")):
        card(user, name)
    assert names(cast.zhao, unit=str(cast.east.pk)) == {"滨江", "江宁", "华东"}
    assert names(cast.zhao, unit=str(cast.jiangning.pk)) == {"江宁"}
    assert names(cast.zhao, unit=f"{cast.binjiang.pk},{cast.north.pk}") == {"滨江", "朝阳"}
    assert names(cast.zhao, unit="999999") == set()


def test_without_owner_are_also_those_whose_owner_left(cast: Cast) -> None:
    card(cast.chen, "有人管")
    card(None, "没人管", unit=cast.binjiang)
    card(cast.zhou, "人走了")
    assert names(cast.zhao, owner="none") == {"没人管"}
    User.objects.filter(pk=cast.zhou.pk).update(is_active=False)
    assert names(cast.zhao, owner="none") == {"没人管", "人走了"}


# ── expiring contracts ───────────────────────────────────────────────────────


def insured(customer: Customer, ends_in: int, asset: Asset | None = None, kind: str = "insurance", ended_on: date | None = None) -> None:
    ends = TODAY + timedelta(days=ends_in)
    Contract.objects.create(
        customer=customer, asset=asset, kind=kind, starts_on=ends - timedelta(days=364), ends_on=ends, ended_on=ended_on
    )


def vehicle(customer: Customer, gone_on: date | None = None) -> Asset:
    return Asset.objects.create(customer=customer, name="秦 PLUS", gone_on=gone_on)


def test_the_window_holds_today_and_its_last_day(cast: Cast) -> None:
    for days in (-1, 0, 60, 61):
        insured(card(cast.chen, str(days)), days)
    insured(card(cast.chen, "交强险"), 30, kind="compulsory")
    insured(card(cast.chen, "退保"), 30, ended_on=ago(3))
    assert names(cast.chen, expires="insurance:60") == {"0", "60"}
    assert names(cast.chen, expires="60") == {"0", "60", "交强险"}


# per customer: (ends in, number of the vehicle or None) of each contract; vehicle 9 has left
EXPIRING = {
    "续了": ([(15, 1), (380, 1)], False),
    "第二辆车不算续": ([(15, 1), (380, 2)], True),
    "两辆都续了": ([(15, 1), (380, 1), (20, 2), (385, 2)], False),
    "没写车，续了": ([(15, None), (380, None)], False),
    "只有一辆，续保没写车": ([(15, 1), (380, None)], False),
    "只有一辆，旧保没写车": ([(15, None), (380, 1)], False),
    "两辆，续保没写车": ([(15, 1), (380, None), (400, 2)], True),
    "两辆，旧保没写车": ([(15, None), (380, 1), (400, 2)], True),
    "车走了": ([(15, 9)], False),
    "走了的车不算续": ([(15, None), (380, 9)], True),
    "走了的车不算第二辆": ([(15, 1), (380, None), (400, 9)], False),
}


def test_a_successor_is_of_the_same_kind_and_the_same_vehicle(cast: Cast) -> None:
    for name, (agreed, _) in EXPIRING.items():
        customer = card(cast.chen, name)
        cars = {number: vehicle(customer, ago(2) if number == 9 else None) for number in {number for _, number in agreed} - {None}}
        for ends_in, number in agreed:
            insured(customer, ends_in, cars.get(number))
    other = card(cast.chen, "别的险不算续")
    insured(other, 15)
    insured(other, 380, kind="compulsory")
    assert names(cast.chen, expires="insurance:60") == {name for name, (_, found) in EXPIRING.items() if found} | {"别的险不算续"}
