from datetime import date

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers import actions as cards
from liuke.customers import completeness
from liuke.customers.models import Customer, FactChange, Phone
from liuke.deals.models import Asset, Deal, DealLine, MirrorMonth
from liuke.exchange import actions
from liuke.exchange.models import Load
from liuke.exchange.report import Options
from liuke.kernel.refusal import Refused
from liuke.verification import actions as sampling
from liuke.verification.models import SampleCard
from tests.cast import assemble, card
from tests.exchange import files

pytestmark = pytest.mark.django_db
CREATE = Options(create_customers=True)


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def load(tmp_path):
    def run(dataset, body, actor=None):
        return actions.load_file(actor, files.csv(tmp_path / "a.csv", body), dataset, {}, CREATE).id

    return run


def state(model):
    return list(model.objects.order_by("pk").values())


def test_a_load_of_customers_is_taken_back(cast, load):
    known = card(cast.chen, "王伟", "13812345678", number="C1", hobbies="钓鱼")
    Asset.objects.create(customer=known, name="北辰", identifier="浙A12345", mileage=100)
    completeness.refresh([known.pk])  # as every verb does that writes a card
    skip = {"version", "updated_at", "created_at"}
    before = {key: value for key, value in Customer.objects.values().get().items() if key not in skip}
    phones, assets = list(known.phones.values_list("number", "position")), state(Asset)
    number = load(
        "customers", "客户编号,姓名,手机,爱好,车牌,里程\nC1,王大伟,13900001111,爬山,浙A12345,200\nC2,李娜,13700001111,,浙B12345,\n"
    )
    assert Customer.objects.count() == 2
    undone = actions.undo(None, number)
    assert (undone.deleted, undone.restored, undone.kept) == (2, 2, [])
    after = {key: value for key, value in Customer.objects.values().get().items() if key not in skip}
    # The search words are made anew, from the same name, number and plates.
    assert {**after, "search": "", "pinyin": "", "aliases": ""} == {**before, "search": "", "pinyin": "", "aliases": ""}
    assert list(known.phones.values_list("number", "position")) == phones and state(Asset) == assets
    assert Phone.objects.count() == 1 and Load.objects.get().state == "undone"
    assert AuditEntry.objects.filter(verb="import.undo").count() == 1
    with pytest.raises(Refused) as refused:
        actions.undo(None, number)
    assert refused.value.code == "load.state"


def test_what_was_changed_since_stays_and_is_listed(cast, load):
    number = load("customers", "客户编号,姓名,门店\nC1,王伟,杭州滨江店\nC2,李娜,杭州滨江店\nC3,张强,杭州滨江店\n")
    edited = Customer.objects.get(number="C1")
    cards.edit(cast.he, edited.pk, {"hobbies": "钓鱼"}, edited.version)
    Deal.objects.create(customer=Customer.objects.get(number="C2"), on=date(2024, 3, 5), amount_cents=100)
    undone = actions.undo(None, number)
    assert undone.kept == [("customer", "C1"), ("customer", "C2")]
    assert list(Customer.objects.order_by("number").values_list("number", flat=True)) == ["C1", "C2"]


def test_an_update_overtaken_by_a_person_stays(cast, load):
    known = card(cast.chen, "王伟", number="C1")
    number = load("customers", "客户编号,姓名,爱好\nC1,王伟,钓鱼\n")
    known.refresh_from_db()
    cards.edit(cast.chen, known.pk, {"hobbies": "爬山"}, known.version)
    undone = actions.undo(None, number)
    known.refresh_from_db()
    assert (known.hobbies, undone.kept, undone.restored) == ("爬山", [("customer", "C1")], 0)


def test_a_load_of_deals_is_taken_back_with_its_lines_months_and_customers(cast, load):
    known = card(cast.chen, "王伟", number="7")
    head = "单号,客户编号,日期,商品名称,数量,单价\n"
    first = load("deals", head + "1,7,2024-03-05,甲,2,1.5\n1,7,2024-03-05,乙,1,2.25\n")
    deals, lines = (
        state(Deal),
        list(DealLine.objects.order_by("position").values_list("deal", "position", "name", "quantity", "unit_price")),
    )
    second = load("deals", head + "1,7,2024-04-06,甲,3,1.5\n2,8,2024-05-05,丙,1,9\n")
    assert Deal.objects.get(number="1").amount_cents == 450 and Customer.objects.count() == 2
    FactChange.objects.all().delete()
    MirrorMonth.objects.all().delete()
    undone = actions.undo(None, second)
    assert (undone.deleted, undone.restored, undone.kept) == (2, 1, [])
    skip = {"version": 0}
    assert [row | skip for row in state(Deal)] == [row | skip for row in deals]
    assert list(DealLine.objects.order_by("position").values_list("deal", "position", "name", "quantity", "unit_price")) == lines
    assert list(MirrorMonth.objects.order_by("month").values_list("month", flat=True)) == ["2024-03", "2024-04", "2024-05"]
    assert list(FactChange.objects.values_list("customer", flat=True)) == [known.pk]
    # The first load's deal was changed and put back: it is not the row that was loaded any more.
    assert actions.undo(None, first).kept == [("deal", "1")]


@pytest.mark.parametrize("dataset", ["contracts", "payments", "interactions"])
def test_other_rows_are_taken_back(cast, load, dataset):
    card(cast.chen, "王伟", number="C1")
    body = {
        "contracts": "合约号,客户编号,类别,开始,到期\n{},C1,会员,2024-01-01,{}\n",
        "payments": "付款号,客户编号,付款日期,金额,到期\n{},C1,2024-03-05,10,{}\n",
        "interactions": "接触编号,客户编号,时间,经过\n{},C1,2024-03-05,{}\n",
    }[dataset]
    from liuke.exchange.load_rows import TARGETS

    model = TARGETS[dataset].model
    number = load(dataset, body.format("N1", "2025-01-01"))
    kept = state(model)
    again = load(dataset, body.format("N1", "2026-01-01") + body.format("N2", "2025-01-01").splitlines()[1] + "\n")
    actions.undo(None, again)
    assert [row | {"version": 0} for row in state(model)] == [row | {"version": 0} for row in kept]
    undone = actions.undo(None, number)
    assert bool(undone.kept) == (dataset != "payments")


def test_only_who_made_it_or_answers_for_data_may_undo(cast, load):
    number = load("customers", "姓名\n王伟\n", cast.he)
    other = type(cast.he).objects.create(username="hj2", name="何二", role="supervisor", unit=cast.east)
    for who, code in ((other, "load.gone"), (cast.chen, "permission")):
        with pytest.raises(Refused) as refused:
            actions.undo(who, number)
        assert refused.value.code == code
        assert Customer.objects.count() == 1
    assert actions.undo(cast.fang, number).deleted == 1


def test_a_card_that_was_only_drawn_to_be_checked_goes_and_one_that_was_checked_stays(cast, load):
    number = load(
        "customers",
        "客户编号,姓名,手机,业务员,门店\nC1,王伟,13812345678,陈思远,杭州滨江店\nC2,李娜,13700001111,陈思远,杭州滨江店\n",
    )
    sampling.draw()
    sampling.save(cast.xu, SampleCard.objects.get(customer__number="C2").pk, {"name": sampling.Said("right")}, 1)
    undone = actions.undo(None, number)
    assert undone.kept == [("customer", "C2")]
    assert list(SampleCard.objects.values_list("customer__number", flat=True)) == ["C2"]
