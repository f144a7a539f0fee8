"""Old files after a merge: the money finds the card that was kept, and the card that went does not come back."""

import pytest

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.duplicates.merging import merge
from liuke.duplicates.models import DuplicatePair
from liuke.duplicates.undoing import undo_merge
from liuke.exchange import actions
from liuke.exchange.models import Load
from liuke.exchange.report import Options
from liuke.jobs.tasks import look_for_duplicates
from tests.cast import assemble
from tests.exchange import files

pytestmark = pytest.mark.django_db
CARDS = "客户编号,姓名,手机,门店\nC1,张书远,13800001234,杭州滨江店\nC2,张书元,13800001234,杭州滨江店\n"
DEALS = "单号,客户编号,日期,金额\nD1,C1,2026-03-05,100\nD2,C2,2026-03-06,200\n"


@pytest.fixture
def load(tmp_path):
    def run(body, dataset):
        return actions.load_file(None, files.csv(tmp_path / "文件.csv", body), dataset, {}, Options())

    return run


def test_the_same_files_after_a_merge_change_nothing(load):
    cast = assemble()
    load(CARDS, "customers")
    load(DEALS, "deals")
    keep, away = Customer.objects.order_by("number")
    done = merge(cast.fang, keep.pk, away.pk)
    again = load(DEALS + "D3,C2,2026-03-07,300\n", "deals")
    assert (again.created, again.unchanged, again.refused) == (1, 2, 0)
    assert set(Deal.objects.values_list("customer", flat=True)) == {keep.pk}
    report = load(CARDS, "customers")
    assert [(refusal.row, refusal.code) for refusal in report.refusals] == [(3, "customer.merged")]
    assert (report.created, report.updated, Customer.objects.count()) == (0, 0, 1)
    undo_merge(cast.fang, done.pk)
    assert load(CARDS, "customers").unchanged == 2


def test_the_number_that_went_may_have_been_the_survivors_own(load):
    cast = assemble()
    load(CARDS, "customers")
    keep, away = Customer.objects.order_by("number")
    merge(cast.fang, keep.pk, away.pk, {"number": "away"})
    assert Customer.objects.get().number == "C2"
    assert load(DEALS, "deals").created == 2
    assert set(Deal.objects.values_list("customer", flat=True)) == {keep.pk}
    assert [refusal.code for refusal in load(CARDS, "customers").refusals] == ["customer.merged"]


def test_duplicates_of_loaded_cards_are_found_at_once_and_go_with_the_load(load):
    assemble()
    load(CARDS, "customers")
    kept = Load.objects.get()
    assert look_for_duplicates.call(kept.pk) == 1
    pair = DuplicatePair.objects.get()
    assert pair.reasons == ["phone", "sound"]
    actions.undo(None, kept.pk)
    assert not Customer.objects.exists() and not DuplicatePair.objects.exists()
