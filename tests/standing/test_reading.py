"""Rows as the column engine gets them, as far as a signal can tell."""

from datetime import date

import pytest
import time_machine

from liuke.analytics.days import day_number
from liuke.deals.models import Asset, Contract
from liuke.packs.loader import load_pack
from liuke.standing import actions
from liuke.standing.models import Signal
from liuke.standing.reading import tables
from tests.standing.conftest import AS_OF, Bought

pytestmark = pytest.mark.django_db
AUTO = load_pack("auto_dealer")


@pytest.fixture
def two_cars(bought: Bought) -> tuple[Asset, Asset]:
    """沈佳怡 has two vehicles, the insurance of the first ends in 15 days, that of the second next September."""
    shen = bought("沈佳怡", 190, 128, 66, 4)
    cars = tuple(Asset.objects.create(customer=shen, name=name) for name in ("Model Y", "唐 DM-i"))
    for car, ends in zip(cars, (date(2026, 12, 5), date(2027, 9, 30)), strict=True):
        Contract.objects.create(customer=shen, asset=car, kind="insurance", starts_on=ends.replace(year=ends.year - 1), ends_on=ends)
    return cars


def insurance_signals() -> dict[str, dict[str, object]]:
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF, AUTO)
    return {row.key: row.slots for row in Signal.objects.filter(key__startswith="insurance", ended_on=None)}


def test_the_second_vehicle_does_not_hide_the_first_ones_insurance(two_cars: tuple[Asset, Asset]) -> None:
    assert insurance_signals() == {"insurance_30": {"days_left('insurance')": {"until": day_number(AS_OF) + 15}}}
    first = two_cars[0]
    Contract.objects.create(
        customer=first.customer, asset=first, kind="insurance", starts_on=date(2026, 12, 6), ends_on=date(2027, 12, 5)
    )  # renewed
    assert insurance_signals() == {}


def test_a_vehicle_that_left_warns_of_nothing(two_cars: tuple[Asset, Asset]) -> None:
    Asset.objects.filter(pk=two_cars[0].pk).update(gone_on=AS_OF)
    assert insurance_signals() == {}


@pytest.mark.parametrize("all_of_them", [True, False], ids=["everybody", "one customer"])
def test_a_contract_is_read_with_its_asset(two_cars: tuple[Asset, Asset], all_of_them: bool) -> None:
    first = two_cars[0]
    Contract.objects.create(customer=first.customer, kind="membership", starts_on=AS_OF, ends_on=AS_OF, times_left=3)
    read = tables(None if all_of_them else [first.customer_id]).contracts
    rows = sorted(read.select(["kind", "asset_id", "remaining"]).to_pylist(), key=lambda row: row["asset_id"] or 0)
    assert rows == [
        {"kind": "membership", "asset_id": None, "remaining": 3},
        *({"kind": "insurance", "asset_id": car.pk, "remaining": None} for car in two_cars),
    ]
