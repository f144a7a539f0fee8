from datetime import date
from decimal import Decimal

import pytest

from liuke.customers.models import Customer, FactChange
from liuke.deals.models import Asset, Deal, DealLine, MirrorMonth
from liuke.exchange import actions
from liuke.exchange.models import Load, LoadRow
from liuke.exchange.report import Options
from tests.cast import assemble, card
from tests.exchange import files

pytestmark = pytest.mark.django_db

LINE = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
CREATE = Options(create_customers=True)


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def load(tmp_path):
    def run(body, options=CREATE, actor=None, mapping=None):
        return actions.load_file(actor, files.csv(tmp_path / "成交.csv", body), "deals", mapping or {}, options)

    return run


def outcome(report):
    return report.rows, report.created, report.updated, report.unchanged, report.refused


def everything():
    return tuple(model.objects.count() for model in (Customer, Deal, DealLine, FactChange, MirrorMonth, LoadRow))


def test_lines_of_one_number_are_one_deal(cast, load):
    report = load(
        LINE
        + "536365,85123A,灯座,6,2010-12-01 08:26:00,2.55,17850\n"
        + "536366,22633,暖手器,3,2010-12-01 08:28:00,1.005,17850\n"
        + "536365,71053,灯笼,3,2010-12-01 08:27:00,0.005,17850\n"
        + "536365,71053,灯笼,3,2010-12-01 08:27:00,0.005,17850\n"
        + "C536379,D,折扣,-1,2010-12-01 09:41:00,27.5,14527\n"
        + "536370,x,y,1,2010-12-02 08:00:00,2,\n"
        + "543599,x,赠品,5,2010-12-03 08:00:00,0,14527\n",
    )
    # 6 × 2.55 + 2 × 3 × 0.005 = 15.33 exactly; 3 × 1.005 = 3.015, rounded once, half up, to 3.02.
    assert list(Deal.objects.order_by("pk").values_list("number", "kind", "amount_cents", "came", "on", "content")) == [
        ("536365", "sale", 1533, True, date(2010, 12, 1), "灯座 等 2 项"),
        ("536366", "sale", 302, True, date(2010, 12, 1), "暖手器"),
        ("C536379", "refund", -2750, False, date(2010, 12, 1), "折扣"),
        ("543599", "sale", 0, False, date(2010, 12, 3), "赠品"),
    ]
    assert outcome(report) == (7, 4, 0, 0, 1)
    assert [(refusal.row, refusal.code) for refusal in report.refusals] == [(7, "deal.no_customer")]
    lines = DealLine.objects.filter(deal__number="536365").order_by("position")
    assert list(lines.values_list("position", "code", "name", "quantity", "unit_price")) == [
        (1, "85123A", "灯座", Decimal(6), Decimal("2.55")),
        (2, "71053", "灯笼", Decimal(3), Decimal("0.005")),
        (3, "71053", "灯笼", Decimal(3), Decimal("0.005")),
    ]
    assert list(Customer.objects.order_by("number").values_list("number", "name", "name_known", "opened_on")) == [
        ("14527", "14527", False, date(2010, 12, 1)),
        ("17850", "17850", False, date(2010, 12, 1)),
    ]
    assert (report.customers_created, FactChange.objects.count(), MirrorMonth.objects.get().month) == (2, 2, "2010-12")


def test_the_same_file_twice_changes_nothing(cast, load):
    body = LINE + "1,a,甲,2,2024-03-05,1.5,7\n1,b,乙,1,2024-03-05,2.25,7\n2,a,甲,-2,2024-03-06,1.5,8\n"
    load(body)
    before = everything()
    assert outcome(load(body)) == (3, 0, 0, 2, 0)
    assert everything() == before


def test_a_number_seen_again_updates_and_its_lines_are_replaced(cast, load):
    load(LINE + "1,a,甲,2,2024-03-05,1.5,7\n1,b,乙,1,2024-03-05,2.25,7\n")
    report = load(LINE + "1,a,甲,2,2024-03-05,1.5,7\n1,b,乙,2,2024-04-05,2.25,7\n")
    assert outcome(report) == (2, 0, 1, 0, 0)
    deal = Deal.objects.get()
    assert (deal.amount_cents, deal.version, deal.lines.count()) == (750, 2, 2)
    assert LoadRow.objects.get().before["amount_cents"] == 525
    plain = "单号,客户编号,日期,金额,内容\n1,7,2024-03-05,7.5,\n"
    assert outcome(load(plain)) == (1, 0, 0, 1, 0)


def test_a_number_of_another_customer_is_refused(cast, load):
    load("单号,客户编号,日期,金额\nA1,7,2024-03-05,10\n")
    before = everything()
    report = load("单号,客户编号,日期,金额\nA1,8,2024-03-05,10\n")
    assert report.reasons == {"deal.number_of_another": 1}
    assert everything() == before


def test_deals_without_a_number_are_counted(cast, load):
    body = "客户编号,日期,金额,内容\n7,2024-03-05,10,洗车\n7,2024-03-05,10,洗车\n7,2024-03-05,10,打蜡\n"
    assert outcome(load(body)) == (3, 3, 0, 0, 0)
    assert outcome(load(body)) == (3, 0, 0, 3, 0)
    assert outcome(load(body + "7,2024-03-05,10.00,洗车\n")) == (4, 1, 0, 3, 0)
    assert Deal.objects.filter(content="洗车").count() == 3


def test_kinds_and_signs(cast, load):
    report = load(
        "客户编号,日期,金额,类型,内容\n7,2024-03-05,0,服务,质保\n7,2024-03-05,50,退款,退\n7,2024-03-05,-20,,退\n7,2024-03-05,-20,销售,x\n7,2024-03-05,0,,y\n"
    )
    assert list(Deal.objects.order_by("pk").values_list("kind", "amount_cents", "came")) == [
        ("service", 0, True),
        ("refund", -5000, False),
        ("refund", -2000, False),
    ]
    assert [(refusal.row, refusal.code) for refusal in report.refusals] == [(5, "deal.negative"), (6, "deal.zero")]


def test_unknown_customers_are_refused_unless_asked(cast, load):
    body = "客户编号,姓名,手机,日期,金额\nC9,,,2024-03-05,10\n,王伟,13812345678,2024-03-05,10\n,王伟,,2024-03-05,10\n"
    refused = load(body, Options())
    assert [(each.row, each.code, each.reason) for each in refused.refusals] == [
        (2, "deal.unknown_customer", "没有这位客户：C9"),
        (3, "deal.unknown_customer", "没有这位客户：王伟 138****5678"),
        (4, "deal.no_customer", "没有客户：这一行没有写客户编号，也没有能认出客户的姓名和电话"),
    ]
    assert (Customer.objects.count(), Deal.objects.count()) == (0, 0)
    made = load(body)
    assert (outcome(made), made.customers_created) == ((3, 2, 0, 0, 1), 2)
    named = Customer.objects.get(name="王伟")
    assert (named.phone, named.number, named.opened_on) == ("+8613812345678", f"K{named.pk:06d}", date(2024, 3, 5))
    assert outcome(load(body)) == (3, 0, 0, 2, 1)


def test_customers_are_known_by_phone_and_name_or_by_plate(cast, load):
    known = card(cast.chen, "王伟", "13812345678")
    Asset.objects.create(customer=known, name="北辰", identifier="浙A12345")
    twin = card(cast.chen, "李娜", "13812345678")
    report = load(
        "姓名,手机,车牌,日期,金额\n王伟,138 1234 5678,,2024-03-05,10\n,,浙A·12345,2024-03-05,20\n"
        "李娜,13812345678,,2024-03-05,30\n,13812345678,,2024-03-05,40\n",
        Options(),
    )
    assert dict(Deal.objects.values_list("amount_cents", "customer")) == {1000: known.pk, 2000: known.pk, 3000: twin.pk}
    assert report.reasons == {"customer.ambiguous": 1}


def test_staff_and_store(cast, load):
    card(cast.chen, "王伟", number="C1")
    report = load("客户编号,日期,金额,门店,服务顾问\nC1,2024-03-05,10,杭州滨江店,陈思远\nC1,2024-03-06,10,滨江,陈思远\n", Options())
    deal = Deal.objects.get()
    assert (deal.unit, deal.staff) == (cast.binjiang, cast.chen)
    assert report.unknown_stores == ["滨江"]


def test_a_supervisor_cannot_add_to_cards_out_of_sight(cast, load):
    card(cast.ding, "王伟", number="C1")
    report = load("客户编号,日期,金额\nC1,2024-03-05,10\n", actor=cast.he)
    assert report.reasons == {"customer.out_of_scope": 1} and not Deal.objects.exists()


def test_no_more_queries_for_more_rows(cast, tmp_path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(count):
        body = LINE + "".join(f"{count}-{i},a,甲,{{}},2024-03-05,1.5,{i}\n" for i in range(count))
        numbers = []
        for quantity in (2, 3):
            path = files.csv(tmp_path / "a.csv", body.replace("{}", str(quantity)))
            with CaptureQueriesContext(connection) as seen:
                actions.load_file(None, path, "deals", {}, CREATE)
            numbers.append(len(seen))
        return numbers

    assert queries(10) == queries(300)


@pytest.mark.slow
def test_a_real_shop(cast, shared_data):
    path = shared_data("online_retail.csv.gz")
    report = actions.load_file(None, path, "deals", {}, CREATE)
    assert outcome(report) == (541_909, 22_190, 0, 0, 135_080)
    assert report.reasons == {"deal.no_customer": 135_080}
    assert (report.customers_created, Customer.objects.count(), DealLine.objects.count()) == (4_372, 4_372, 406_829)
    refunds = Deal.objects.filter(kind="refund")
    assert refunds.count() == 3_654 and not refunds.exclude(number__startswith="C").exists()
    assert list(Deal.objects.filter(amount_cents=0).order_by("number").values_list("number", "came")) == [
        ("543599", False), ("564651", False), ("568384", False), ("578841", False),
    ]  # fmt: skip
    # One invoice, by hand: 536365 has seven lines, 139.12 in all.
    assert Deal.objects.get(number="536365").amount_cents == 13_912
    again = actions.load_file(None, path, "deals", {}, CREATE)
    assert outcome(again) == (541_909, 0, 0, 22_190, 135_080)
    undone = actions.undo(None, report.id)
    assert (undone.deleted, undone.kept) == (22_190 + 4_372, [])
    assert (Customer.objects.count(), Deal.objects.count(), DealLine.objects.count()) == (0, 0, 0)
    assert Load.objects.get(pk=report.id).state == "undone"
