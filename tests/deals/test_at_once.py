"""Several people enter something of one customer at once."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.customers.actions import edit
from liuke.customers.models import Customer
from liuke.deals import actions
from liuke.deals.models import Asset, Contract, Deal
from tests.cast import assemble, card
from tests.threads import at_once, times

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 4, 22)


def test_six_at_once_use_one_deal_number():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    results = at_once(*[lambda: actions.enter_deal(cast.chen, kept.pk, DAY, 1000, number="BJ26-0422-17")] * 6)
    assert [each.code for each in results if isinstance(each, Exception)] == ["deal.number_taken"] * 5, results
    assert (Deal.objects.count(), AuditEntry.objects.filter(verb="deal.enter").count()) == (1, 1)


def test_six_at_once_use_one_contract_number():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    ends = DAY + timedelta(365)
    results = at_once(*[lambda: actions.enter_contract(cast.chen, kept.pk, "insurance", DAY, ends, number="HT-1")] * 6)
    assert [each.code for each in results if isinstance(each, Exception)] == ["contract.number_taken"] * 5, results
    assert (Contract.objects.count(), AuditEntry.objects.filter(verb="contract.enter").count()) == (1, 1)


def test_two_vehicles_entered_at_once_both_find_the_card():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    plates = ["浙A7B23Q", "浙A12345"]
    results = at_once(*[lambda plate=plate: actions.enter_asset(cast.chen, kept.pk, "北辰", plate) for plate in plates])
    assert all(isinstance(each, Asset) for each in results), results
    kept.refresh_from_db()
    assert set(kept.aliases.split("\n")) == set(plates)


def test_a_vehicle_entered_beside_an_edit_keeps_the_new_name_in_search():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    renames = times(10, lambda turn: edit(cast.lin, kept.pk, {"name": f"葛建华{turn}"}, 1 + turn))
    vehicles = times(10, lambda turn: actions.enter_asset(cast.chen, kept.pk, "北辰", f"浙A1234{turn}"))
    assert at_once(renames, vehicles) == [[], []]
    found = Customer.objects.get()
    as_stored = (found.pinyin, found.search)
    found.index()
    assert as_stored == (found.pinyin, found.search)
    assert len(found.aliases.split("\n")) == 10
    assert verify() is None


def test_the_index_is_made_of_what_is_stored_not_of_what_was_read():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    Asset.objects.create(customer=kept, name="北辰", identifier="浙A7B23Q")
    edit(cast.chen, kept.pk, {"name": "葛建华", "hobbies": "钓鱼"}, 1)
    with transaction.atomic():
        actions.index_assets(kept)  # read before the edit
    found = Customer.objects.get()
    as_stored = (found.name, found.hobbies, found.pinyin, found.search, found.aliases)
    found.index()
    assert as_stored == ("葛建华", "钓鱼", found.pinyin, found.search, "浙A7B23Q")
