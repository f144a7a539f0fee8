from datetime import date, timedelta

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FactChange
from liuke.deals import actions, queries
from liuke.deals.labels import AssetKind, DealKind
from liuke.deals.mirror import behind
from liuke.deals.models import Asset, Contract, Deal, MirrorMonth
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def counts():
    return tuple(model.objects.count() for model in (Deal, Contract, Asset, FactChange, MirrorMonth, AuditEntry))


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def kept(cast):
    return card(cast.chen, "张书远")


def test_a_deal_marks_its_month_and_its_customer(cast, kept):
    deal = actions.enter_deal(cast.chen, kept.pk, date(2026, 4, 22), 328000, content="前刹车片、四轮定位", number="BJ26-0422-17")
    assert (deal.came, deal.staff, deal.unit, deal.amount_cents) == (True, cast.chen, cast.binjiang, 328000)
    assert list(behind()[0]) == ["2026-04"]
    assert FactChange.objects.get().customer == kept
    first = MirrorMonth.objects.get().changed
    actions.enter_deal(cast.chen, kept.pk, date(2026, 4, 1), 1000)
    assert MirrorMonth.objects.get().changed != first


@pytest.mark.parametrize(
    ("kind", "typed", "stored", "came"),
    [
        (DealKind.SALE, 100, 100, True),
        (DealKind.SERVICE, 0, 0, True),
        (DealKind.REFUND, 100, -100, False),
        (DealKind.REFUND, -100, -100, False),
    ],
)
def test_kinds(cast, kept, kind, typed, stored, came):
    deal = actions.enter_deal(cast.chen, kept.pk, date(2026, 1, 1), typed, kind)
    assert (deal.amount_cents, deal.came) == (stored, came)


@pytest.mark.parametrize(
    ("days", "cents", "kind", "number", "code"),
    [
        (1, 100, "sale", "", "deal.future"),
        (0, 0, "sale", "", "deal.zero"),
        (0, 0, "refund", "", "deal.zero"),
        (0, -5, "sale", "", "deal.negative"),
        (0, 100, "gift", "", "deal.kind"),
        (0, 10**14, "sale", "", "amount.too_large"),
        (0, 100, "sale", "Z1", "deal.number_taken"),
    ],
)
def test_refused_deals_change_nothing(cast, kept, days, cents, kind, number, code):
    actions.enter_deal(cast.chen, kept.pk, date(2026, 1, 1), 100, number="Z1")
    before = counts()
    with pytest.raises(Refused) as refused:
        actions.enter_deal(cast.chen, kept.pk, clock.today() + timedelta(days=days), cents, kind, number=number)
    assert refused.value.code == code
    assert counts() == before


def test_sight_and_role(cast, kept):
    before = counts()
    with pytest.raises(Customer.DoesNotExist):
        actions.enter_deal(cast.ding, kept.pk, date(2026, 1, 1), 100)
    with pytest.raises(Refused, match="岗位"):
        actions.enter_deal(cast.xu, kept.pk, date(2026, 1, 1), 100)
    assert counts() == before


def test_a_deal_is_taken_back_by_its_author_within_a_day(cast, kept):
    deal = actions.enter_deal(cast.chen, kept.pk, date(2026, 1, 1), 100)
    with pytest.raises(Deal.DoesNotExist):
        actions.take_back_deal(cast.he, deal.pk)
    entered = MirrorMonth.objects.get().changed
    actions.take_back_deal(cast.chen, deal.pk)
    assert not Deal.objects.exists()
    assert MirrorMonth.objects.get().changed != entered
    assert AuditEntry.objects.get(verb="deal.take_back").detail["cents"] == 100
    old = actions.enter_deal(cast.chen, kept.pk, date(2026, 1, 1), 100)
    Deal.objects.update(created_at=timezone.now() - timedelta(days=2))
    with pytest.raises(Refused, match="超过一天"):
        actions.take_back_deal(cast.chen, old.pk)
    assert Deal.objects.count() == 1


def test_totals_and_deal_days(cast, kept):
    for on, cents, kind in [(1, 100, "sale"), (1, 250, "sale"), (5, 70, "refund"), (9, 0, "service")]:
        actions.enter_deal(cast.chen, kept.pk, date(2026, 1, on), cents, kind)
    sums = queries.totals(kept, date(2026, 1, 31))
    assert (sums.deals, sums.days, sums.cents, sums.first, sums.last) == (4, 2, 280, date(2026, 1, 1), date(2026, 1, 9))
    assert [(day.on.day, day.cents) for day in queries.deal_days(kept, date(2026, 1, 31))] == [(1, 350), (9, 0)]
    assert queries.totals(kept, date(2026, 1, 4)).cents == 350


def test_contracts_follow_the_pack(cast, kept):
    made = actions.enter_contract(cast.chen, kept.pk, "insurance", date(2025, 12, 12), date(2026, 12, 11), "商业险", 420000)
    assert (made.times_total, made.times_left) == (None, None)
    counted = actions.enter_contract(cast.chen, kept.pk, "service_package", date(2025, 1, 1), date(2029, 12, 31), times_total=10)
    assert counted.times_left == 10
    before = counts()
    for arguments, code in [
        (("nothing", date(2026, 1, 1), date(2026, 2, 1)), "contract.kind"),
        (("insurance", date(2026, 2, 1), date(2026, 1, 1)), "contract.order"),
        (("service_package", date(2026, 1, 1), date(2026, 2, 1)), "contract.times"),
    ]:
        with pytest.raises(Refused) as refused:
            actions.enter_contract(cast.chen, kept.pk, *arguments)
        assert refused.value.code == code
    assert counts() == before


def test_assets_are_checked(cast, kept):
    car = actions.enter_asset(cast.chen, kept.pk, "北辰 7", "浙a·7b23q", year=2021, mileage=68240)
    assert (car.identifier, Customer.objects.get().aliases) == ("浙A7B23Q", "浙A7B23Q")
    before = counts()
    for arguments, code in [
        ((" ", "浙A7B23Q"), "asset.name"),
        (("北辰 7", "ABC"), "plate.form"),
        (("北辰 7", "", AssetKind.VEHICLE, 1800), "asset.year"),
    ]:
        with pytest.raises(Refused) as refused:
            actions.enter_asset(cast.chen, kept.pk, *arguments)
        assert refused.value.code == code
    assert counts() == before
    other = card(cast.chen, "葛建华")
    with pytest.raises(Refused, match="持有物里选"):
        actions.enter_deal(cast.chen, other.pk, date(2026, 1, 1), 100, asset_id=car.pk)
