"""The log on the page: one sentence an entry, filters in the address, pages without gaps, nothing told that one may not see."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.audit.actions import record
from liuke.audit.models import AuditEntry
from liuke.custody.actions import check_out
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer
from liuke.team import actions
from liuke.team.labels import Role
from liuke.team.models import User
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.pages import enter


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    cast = assemble()
    mine = card(cast.chen, "张书远", "13800001234")
    check_out(cast.chen, mine.pk, "回访，打 13800001234")
    actions.change_user(cast.root, cast.lin.pk, name="林倩", role=Role.REP, unit=cast.jiangning)
    return cast


def sentences(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/audit/{query}").content.decode()
    return [re.sub(r"<[^>]+>", "", line) for line in re.findall(r"<div class=\"lk-grow\"><p>(.*?)</p>", page, re.DOTALL)]


def details(client: Client, query: str = "") -> str:
    page = client.get(f"/audit/{query}").content.decode()
    return " ".join(re.findall(r'<span class="lk-bit">(.*?)</span>', page))


def test_entries_are_read_as_sentences(cast: Cast) -> None:
    custodian = enter(cast.fang)
    assert sentences(custodian) == ["管理员改了林倩的资料", "陈思远借出了张书远的卡"]
    told = details(custodian)
    assert "原来 岗位 服务专员，单位 杭州滨江店" in told
    assert "现在 岗位 业务员，单位 南京江宁店" in told
    assert "用途 回访，打 138****34" in told
    assert "13800001234" not in custodian.get("/audit/").content.decode()


def test_details_are_words_not_codes(cast: Cast) -> None:
    mine = Customer.objects.get(name="张书远")
    for verb, detail, said in (
        ("deal.enter", {"kind": "refund", "cents": -5_000}, "类别 退款 金额 −¥50"),
        ("event.record", {"kind": "severe_complaint_opened"}, f"类别 {EventKind.SEVERE_COMPLAINT_OPENED.label}"),
        ("contract.enter", {"kind": "insurance"}, "类别 商业险"),
        ("asset.enter", {"kind": "vehicle"}, "类别 车辆"),
        ("today.outcome", {"outcome": "not_reached"}, "结果 没接"),
        ("today.reassign", {"old": cast.chen.pk, "new": cast.lin.pk}, "原来 陈思远 现在 林倩"),
        ("customer.edit", {"fields": ["hobbies", "phone", "gone_since"]}, "改了 爱好，电话，gone_since"),
        ("customer.transfer", {"to": cast.lin.pk, "customers": [7, 8, 9]}, "转给 林倩 客户数 3"),
        ("insight.run", {"customers": 5000, "pack": "auto_dealer"}, "客户数 5000 行业包 汽车经销商售后"),
        ("import.load", {"dataset": "deals", "rows": 3}, "内容 成交 行数 3"),
        ("audit.verify", {"fault": 3, "why": "changed"}, "断在 3 原因 被改过"),
    ):
        with transaction.atomic():
            record(cast.zhao, verb, mine, **detail)
        assert details(enter(cast.fang), f"?verb={verb}") == said, verb


def test_an_administrator_reads_nothing_of_customers(cast: Cast) -> None:
    admin = enter(cast.root)
    page = admin.get("/audit/").content.decode()
    assert sentences(admin) == ["管理员改了林倩的资料"]
    assert "<h1>1 条操作记录</h1>" in page
    assert "张书远" not in page
    assert "借出了" not in page
    assert sentences(admin, "?verb=card.check_out") == []
    assert sentences(admin, "?on=customers.customer:1") == []


def test_a_customer_out_of_sight_has_no_name(cast: Cast) -> None:
    cast.zhao.unit = cast.north
    cast.zhao.save()
    assert sentences(enter(cast.zhao)) == ["管理员改了林倩的资料", "陈思远借出了一位客户的卡"]


def test_filters_stand_in_the_address(cast: Cast) -> None:
    client = enter(cast.fang)
    check, edit = "陈思远借出了张书远的卡", "管理员改了林倩的资料"
    today = timezone.localdate().isoformat()
    assert sentences(client, f"?who={cast.chen.pk}") == [check]
    assert sentences(client, "?verb=user.edit") == [edit]
    assert sentences(client, f"?on=team.user:{cast.lin.pk}") == [edit]
    assert sentences(client, f"?day={today}") == [edit, check]
    assert sentences(client, "?day=2020-02-29") == []
    page = client.get(f"/audit/?who={cast.chen.pk}&verb=card.check_out").content.decode()
    assert 'href="/audit/?verb=card.check_out"' in page, "the chip of a person can be taken away"
    assert f'href="/audit/?who={cast.chen.pk}"' in page


@pytest.mark.parametrize(
    "query", ["?who=x", "?verb=no.such", "?on=team.user", "?on=:", "?day=2026-02-30", "?day=yesterday", "?before=-1", "?who=" + "9" * 40]
)
def test_what_cannot_be_read_does_not_narrow(cast: Cast, query: str) -> None:
    assert len(sentences(enter(cast.fang), query)) == 2


def test_pages_have_no_gaps_and_ask_no_more(cast: Cast) -> None:
    client = enter(cast.fang)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/audit/")
        return len(asked)

    few = queries()
    with transaction.atomic():
        for n in range(110):
            record(cast.chen, "customer.confirm", card(cast.chen, f"客户{n:03}"))
    assert queries() <= few
    seen: list[str] = []
    address = ""
    while True:
        page = client.get(f"/audit/{address}").content.decode()
        seen += re.findall(r'<span class="lk-s12 lk-q lk-end">([\d,]+)</span>', page)
        older = re.search(r'href="/audit/(\?before=\d+)"', page)
        if not older:
            break
        address = older[1]
    assert seen == [str(n) for n in range(112, 0, -1)]


def test_an_unknown_verb_is_still_shown(cast: Cast) -> None:
    with transaction.atomic():
        record(cast.chen, "later.verb", cast.lin)
    assert sentences(enter(cast.fang))[0] == "陈思远 later.verb 林倩"


def test_names_are_escaped(cast: Cast) -> None:
    User.objects.filter(pk=cast.chen.pk).update(name="<script>alert(1)</script>")
    page = enter(cast.fang).get("/audit/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_checking_the_chain(cast: Cast) -> None:
    client = enter(cast.fang)
    assert "还没有核对过。" in client.get("/audit/").content.decode()
    assert client.post("/audit/verify/")["Location"] == "/audit/"
    page = client.get("/audit/").content.decode()
    assert "从头到尾核对过，都接得上" in page
    assert "<h1>3 条操作记录，核对过，都接得上</h1>" in page
    assert "方敏核对过，到第 2 条为止。" in page
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET actor=NULL WHERE seq=1")
    client.post("/audit/verify/")
    assert "<h1>第 1 条被改过</h1>" in client.get("/audit/").content.decode()
    assert AuditEntry.objects.filter(verb="audit.verify").count() == 2


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_log_seen(live: Any, axe: Any, fits: Any, sign_in: Any, theme: str) -> None:
    cast = assemble()
    check_out(cast.chen, card(cast.chen, "张书远").pk, "回访")
    sign_in(cast.fang)
    live.emulate_media(color_scheme=theme)
    for size in (PHONE, {"width": 1440, "height": 900}):
        live.set_viewport_size(size)
        live.goto(f"/audit/?who={cast.chen.pk}")
        axe(live)
        fits(live)
    live.get_by_role("button", name="核对").click()
    live.get_by_role("heading", name="都接得上").wait_for()
    axe(live)
