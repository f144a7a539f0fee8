from datetime import date

import pytest
from django.utils import timezone

from liuke.customers.models import Customer, FactChange
from liuke.deals.models import Asset, Contract, Deal, Payment
from liuke.exchange import actions
from liuke.exchange.models import LoadRow
from liuke.exchange.report import Options, sentence
from liuke.interactions.models import Interaction
from tests.cast import assemble, card
from tests.exchange import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def known(cast):
    return card(cast.chen, "王伟", "13812345678", number="C1")


@pytest.fixture
def load(tmp_path):
    def run(dataset, body, options=None, actor=None):
        return actions.load_file(actor, files.csv(tmp_path / "a.csv", body), dataset, {}, options or Options())

    return run


def outcome(report):
    return report.rows, report.created, report.updated, report.unchanged, report.refused


def test_contracts(cast, known, load):
    car = Asset.objects.create(customer=known, name="北辰", identifier="浙A12345")
    body = (
        "保单号,客户编号,险种,生效日期,到期日期,保费,车牌,门店,总次数\n"
        "P1,C1,交强险,2024-01-01,2024-12-31,950,浙A·12345,杭州滨江店,\n"
        ",C1,保养套餐,2024-01-01,2026-01-01,,,,6\n"
        "P3,C1,火星险,2024-01-01,2024-12-31,950,,,\n"
        "P4,C8,会员,2024-01-01,2024-12-31,950,,,\n"
    )
    report = load("contracts", body)
    assert outcome(report) == (4, 2, 0, 0, 2)
    assert [(each.row, each.column, each.code) for each in report.refusals] == [
        (4, "险种", "choice.unknown"),
        (5, "", "deal.unknown_customer"),
    ]
    first = Contract.objects.get(number="P1")
    assert (first.kind, first.amount_cents, first.asset, first.unit, first.ends_on) == (
        "compulsory",
        95000,
        car,
        cast.binjiang,
        date(2024, 12, 31),
    )
    assert Contract.objects.get(number=None).times_total == 6
    assert outcome(load("contracts", body)) == (4, 0, 0, 2, 2)
    assert FactChange.objects.count() == 1


def test_a_contract_seen_again_updates_what_is_given(known, load):
    load("contracts", "保单号,客户编号,险种,生效日期,到期日期,保费\nP1,C1,交强险,2024-01-01,2024-12-31,950\n")
    report = load("contracts", "保单号,客户编号,险种,生效日期,到期日期,保费\nP1,C1,交强险,2024-01-01,2025-12-31,\n")
    found = Contract.objects.get()
    assert (outcome(report), found.ends_on, found.amount_cents, found.version) == ((1, 0, 1, 0, 0), date(2025, 12, 31), 95000, 2)
    assert LoadRow.objects.get().before == {"ends_on": "2024-12-31"}


def test_payments(known, load):
    deal = Deal.objects.create(number="A1", customer=known, on=date(2024, 3, 1), amount_cents=100)
    report = load(
        "payments",
        "收款单号,客户编号,成交单号,收款日期,金额,支付方式\n"
        "S1,C1,A1,2024-03-05,100,微信\n"
        "S2,,A1,2024-03-05,50,\n"
        "S3,C1,A9,2024-03-05,60,\n"
        "S4,,A9,2024-03-05,70,\n"
        "S5,C1,,2024-03-05,(5),\n"
        "S1,C1,A1,2024-03-05,100,微信\n"
        "S1,C1,A1,2024-03-05,101,微信\n",
    )
    assert list(Payment.objects.order_by("number").values_list("number", "deal", "amount_cents", "method")) == [
        ("S1", deal.pk, 10000, "微信"),
        ("S2", deal.pk, 5000, ""),
        ("S3", None, 6000, ""),
        ("S5", None, -500, ""),
    ]
    assert outcome(report) == (7, 4, 0, 1, 2)
    assert [(each.row, each.code) for each in report.refusals] == [(5, "payment.unknown_deal"), (8, "row.repeated")]
    assert [sentence(note) for note in report.warnings] == ["有 2 笔收款对不上成交单号，记为客户的未分配款。"]


def test_a_payment_for_the_deal_of_another_is_unallocated(cast, known, load):
    other = card(cast.chen, "李娜", number="C2")
    Deal.objects.create(number="A1", customer=other, on=date(2024, 3, 1), amount_cents=100)
    load("payments", "客户编号,成交单号,收款日期,金额\nC1,A1,2024-03-05,100\n")
    assert Payment.objects.values_list("customer", "deal").get() == (known.pk, None)


def test_interactions(cast, known, load):
    body = (
        "客户编号,时间,方式,方向,结果,经过,跟进人\n"
        "C1,2024-03-05 14:30,电话,呼出,接通,问了保养,陈思远\n"
        "C1,2024-03-06,到店,来访,,自己来的,\n"
        "C1,2024-03-07 下午3:05,短信,,没接,,\n"
        "C1,2024-03-08,电话,,,,没有这人\n"
    )
    report = load("interactions", body)
    rows = list(Interaction.objects.order_by("at"))
    local = [timezone.localtime(row.at).strftime("%m-%d %H:%M") for row in rows]
    assert local == ["03-05 14:30", "03-06 12:00", "03-07 15:05"]
    assert [(row.way, row.direction, row.two_way, row.asked, row.outcome, row.by_id) for row in rows] == [
        ("phone", "out", True, False, "reached", cast.chen.pk),
        ("in_store", "in", True, True, "", None),
        ("sms", "out", False, False, "not_reached", None),
    ]
    assert report.unknown_staff == ["没有这人"]
    assert outcome(load("interactions", body)) == (4, 0, 0, 3, 1)


def test_customers_may_be_made_on_the_way(cast, load):
    report = load("interactions", "姓名,手机,日期,内容\n王伟,13812345678,2024-03-05,打了电话\n", Options(create_customers=True))
    made = Customer.objects.get()
    assert (report.customers_created, made.opened_on, Interaction.objects.get().customer) == (1, date(2024, 3, 5), made)
    assert outcome(load("interactions", "姓名,手机,日期,内容\n王伟,13812345678,2024-03-05,打了电话\n")) == (1, 0, 0, 1, 0)
