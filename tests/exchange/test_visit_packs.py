"""The visit pack: only what the reader has out now, whole, one customer a page, written down before it leaves."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pypdf import PdfReader

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers.models import Contact, Customer
from liuke.deals.models import Asset, Contract, Deal
from liuke.exchange.documents.visit_pack import PackedCard, Saying, VisitPack, visit_pack
from liuke.exchange.visit_packs import MOST, open_now, print_pack
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.standing.models import Signal
from liuke.team.models import User
from tests.cast import Cast, assemble, card
from tests.standing_rows import a_run, a_standing


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def lend(user: User, customer: Customer, hours: float = 24, **values: Any) -> CheckOut:
    until = timezone.now() + timedelta(hours=hours)
    values = {"purpose": "上门拜访", "at": until - timedelta(hours=24), "until": until, **values}
    return CheckOut.objects.create(customer=customer, user=user, **values)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without blanks."""
    return [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


def tier(code: str) -> str:
    return {"gold": "金卡"}.get(code, code)


def lived(cast: Cast, name: str, phone: str, **fields: Any) -> Customer:
    """A customer with everything on his card."""
    made = card(cast.chen, name, phone, tier="gold", gender="male", **fields)
    Deal.objects.create(customer=made, on=date(2026, 4, 22), amount_cents=128_050, content="大保养")
    began, ends = clock.today() - timedelta(days=340), clock.today() + timedelta(days=21)
    Contract.objects.create(customer=made, kind="insurance", starts_on=began, ends_on=ends)
    Asset.objects.create(customer=made, name="宝马 X3", identifier="浙A12345")
    return made


def test_a_page_has_all_that_is_needed_at_the_door(cast: Cast) -> None:
    someone = lived(
        cast, "张书远", "13812345678", address="浙江省杭州市西湖区文三路 90 号 2 幢 301 室", wechat="zsy-90", hobbies="钓鱼",
        avoid="不要中午打电话", family="女儿今年高考",
    )  # fmt: skip
    run = a_run(clock.today())
    a_standing(
        run, someone, stage="D", stage_by_rule="D", stage_code="D.elapsed", stage_since=clock.today(), rule_since=clock.today(), abc="A",
        amount_12m_cents=682_000, last_deal=clock.today() - timedelta(days=212), cycle_days=74, deal_days=17,
    )  # fmt: skip
    slots = {"recency_days": 212, "cycle_days": 74}
    Signal.objects.create(
        customer=someone, key="overdue_visit", family="churn", severity=3, started_on=clock.today(), slots=slots, first_slots=slots
    )
    out = lend(cast.chen, someone)
    printed = print_pack(cast.chen, [out.pk], tier)
    (page,) = pages(printed.pdf)
    for words in (
        "张书远", "A级", "金卡", "衰退", "212天没来，通常74天一次", "13812345678", "浙江省杭州市西湖区文三路90号2幢301室", "zsy-90",
        "钓鱼", "不要中午打电话", "女儿今年高考", "2026年4月22日", "大保养", "¥1,280.50", "宝马X3，浙A·12345", "商业险", "拜访结果",
        "归还时间", "第1页，共1页",
        "陈思远", "数据截至", "上门拜访", "212天没来，通常74天一次。「",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("陈思远") >= 20, "the reader's name goes across the whole page"


def test_every_customer_has_a_page_and_rare_names_are_drawn(cast: Cast) -> None:
    names = ["王㛃", "𠮷野家", "龘䶮", "喆", "阿依古丽·买买提"]
    outs = [lend(cast.chen, card(cast.chen, name), hours=place + 1) for place, name in enumerate(names)]
    found = pages(print_pack(cast.chen, [out.pk for out in outs], tier).pdf)
    assert len(found) == 5
    assert [next(name for name in names if name in page) for page in found] == names, "the earliest due first"
    assert "〓" not in "".join(found)


def test_it_is_written_down_with_the_ids(cast: Cast) -> None:
    outs = [lend(cast.chen, card(cast.chen, name)) for name in ("张书远", "王淑芬")]
    print_pack(cast.chen, [out.pk for out in outs], tier)
    (entry,) = AuditEntry.objects.all()
    assert (entry.verb, entry.actor) == ("card.print", cast.chen.pk)
    assert entry.detail["customers"] == [out.customer_id for out in outs]
    assert entry.detail["check_outs"] == [out.pk for out in outs]


def test_what_ended_in_between_is_left_out_and_named(cast: Cast) -> None:
    here, late, back = (lend(cast.chen, card(cast.chen, name), hours) for name, hours in (("张书远", 2), ("王淑芬", -1), ("赵六", 3)))
    CheckOut.objects.filter(pk=back.pk).update(returned_at=timezone.now())
    printed = print_pack(cast.chen, [here.pk, late.pk, back.pk], tier)
    assert printed.cards == 1
    assert set(printed.left_out) == {"王淑芬", "赵六"}
    (page,) = pages(printed.pdf)
    assert "没有印：王淑芬、赵六。" in page
    assert AuditEntry.objects.get().detail["customers"] == [here.customer_id]


def test_nothing_out_prints_nothing(cast: Cast) -> None:
    late = lend(cast.chen, card(cast.chen, "张书远", "13812345678"), -1)
    with pytest.raises(Refused) as refused:
        print_pack(cast.chen, [late.pk], tier)
    assert refused.value.code == "print.none"
    assert not AuditEntry.objects.exists()


def test_another_ones_check_out_does_not_exist(cast: Cast) -> None:
    theirs = lend(cast.lin, card(cast.chen, "张书远"))
    mine = lend(cast.chen, card(cast.chen, "王淑芬"))
    with pytest.raises(CheckOut.DoesNotExist):
        print_pack(cast.chen, [mine.pk, theirs.pk], tier)
    assert not AuditEntry.objects.exists()


def test_a_card_that_went_out_of_sight_does_not_exist(cast: Cast) -> None:
    someone = card(cast.chen, "张书远")
    out = lend(cast.chen, someone)
    Customer.objects.filter(pk=someone.pk).update(owner=cast.zhou, unit=cast.jiangning)
    assert open_now(cast.chen) == []
    with pytest.raises(CheckOut.DoesNotExist):
        print_pack(cast.chen, [out.pk], tier)


def test_who_does_not_borrow_does_not_print(cast: Cast) -> None:
    out = lend(cast.xu, card(cast.chen, "张书远"))
    with pytest.raises(Refused) as refused:
        print_pack(cast.xu, [out.pk], tier)
    assert refused.value.code == "permission"


def test_more_than_a_week_of_visits_is_refused(cast: Cast) -> None:
    made = [card(cast.chen, f"客户{n}") for n in range(MOST + 1)]
    outs = [lend(cast.chen, each) for each in made]
    with pytest.raises(Refused) as refused:
        print_pack(cast.chen, [out.pk for out in outs], tier)
    assert refused.value.code == "print.many"
    assert not AuditEntry.objects.exists()


def test_an_organisation_has_its_people(cast: Cast) -> None:
    firm = card(cast.chen, "杭州云栖物流有限公司", kind="organisation")
    Contact.objects.create(customer=firm, name="沈国庆", title="车队长", phone="+8613987654321")
    (page,) = pages(print_pack(cast.chen, [lend(cast.chen, firm).pk], tier).pdf)
    assert "沈国庆，车队长，13987654321" in page


def test_a_card_full_of_text_stays_on_its_page(cast: Cast) -> None:
    """The page keeps how to reach him and the result; of the histories the newest, and it says how much is not on it."""
    outs = []
    for name in ("张书远", "王淑芬"):
        someone = lived(
            cast, name, "13812345678 13912345678", avoid="忌" * 200, hobbies="爱" * 200, personality="急" * 200, family="家" * 200,
            occupation="工" * 100, address="路" * 300, wechat="w" * 60, best_time="晚" * 60,
        )  # fmt: skip
        for n in range(12):
            Asset.objects.create(customer=someone, name=f"第{n}辆车" * 10, identifier="浙A12345")
            Deal.objects.create(customer=someone, on=date(2026, 5, n + 1), amount_cents=100_00 + n, content=f"第{n}次保养" * 20)
        outs.append(lend(cast.chen, someone).pk)
    found = pages(print_pack(cast.chen, outs, tier).pdf)
    assert len(found) == 2
    for page, name in zip(found, ("张书远", "王淑芬"), strict=True):
        assert name in page and "拜访结果" in page and "归还时间" in page and "13912345678" in page
        assert re.search(r"还有\d+条放不下，在卡上看", page)
        assert "2026年5月12日" in page and "2026年5月8日" not in page
    assert "第1页，共2页" in found[0]


def test_a_card_that_fits_is_not_shortened(cast: Cast) -> None:
    someone = lived(cast, "张书远", "13812345678")
    for n in range(5):
        Deal.objects.create(customer=someone, on=date(2026, 5, n + 1), amount_cents=100_00, content=f"第{n}次保养")
    (page,) = pages(print_pack(cast.chen, [lend(cast.chen, someone).pk], tier).pdf)
    assert "放不下" not in page and all(f"第{n}次保养" in page for n in range(5))


@pytest.mark.only_db("sqlite")
@pytest.mark.parametrize("filled", ["字", "W", "\n字", "a b "])
def test_the_fullest_card_that_can_be_packed_has_one_page(filled: str) -> None:
    """Every text as long as its column allows, every history as long as it is fetched."""
    text = filled * 600
    full = PackedCard(
        name=text, number="C0000001", judgements="A 级　金卡　衰退", why=(text, text), phones=("138 1234 5678",) * 9, wechat=text,
        address=text, facts=((text[:4], text),) * 3, deals=(("2026年4月22日", text, "¥1,280.50"),) * 5, holdings=(("持有", text),) * 8,
        likes=text, avoid=text, signals=(Saying(text, text),) * 3, purpose="上门拜访", due="11月23日 18:00",
    )  # fmt: skip
    made = visit_pack(VisitPack("拜访资料包", "杭州滨江店", "数据截至今天", "陈思远", "今天", (full, full), left_out=text))
    assert len(pages(made)) == 2


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    outs = [lend(cast.chen, lived(cast, f"客户{n}", f"1381234{n:04d}")) for n in range(12)]
    counts = []
    for some in (outs[:1], outs):
        with CaptureQueriesContext(connection) as seen:
            print_pack(cast.chen, [out.pk for out in some], tier)
        counts.append(len(seen))
    assert counts[0] == counts[1]
