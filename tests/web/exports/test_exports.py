"""A list goes out as a file: from the button on its page to the download, and every door that stays shut."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import expect

from liuke.audit.models import AuditEntry
from liuke.custody.labels import ExportState
from liuke.custody.models import CheckOut, Export
from liuke.customers.models import Customer
from liuke.exchange.exports import making
from liuke.jobs import tasks
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS
from liuke.team.queries import pack
from liuke.web.exports.words import line
from tests.browser import PHONE
from tests.cast import Cast, assemble, card

FORM = {"format": "csv", "encoding": "utf-8", "clear": "0", "purpose": "月度回访", "column": ["number", "name", "phone"]}
LISTS = ("customers", "tasks", "check_outs", "imports", "audit", "green_lost", "people", "exports")


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    made = assemble()
    card(made.chen, "张书远", "13812345678", wechat="zhangsy")
    card(made.chen, "王淑芬", "13800005678")
    card(made.zhou, "刘建军", "13800001234")
    card(made.ding, "葛建华", "13800009012")
    return made


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above two rows somebody must agree."""
    limited = pack().model_copy(update={"cards": pack().cards.model_copy(update={"export_rows": 2})})
    for module in ("custody.exporting", "custody.export_making", "web.exports.asking"):
        monkeypatch.setattr(f"liuke.{module}.pack", lambda: limited)


def enter(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def text(answer: Any) -> str:
    body = re.sub(r"<(script|style|svg|template)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def heading(answer: Any) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.content.decode(), flags=re.DOTALL)
    assert found
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def ask(client: Client, key: str = "customers", query: str = "", **changes: Any) -> str:
    """Ask, and the address of what came of it."""
    answer = client.post(f"/exports/new/{key}/?{query}", {**FORM, **changes})
    assert answer.status_code == 302, text(answer)
    return str(answer.url)


# ── the road ──


def test_few_rows_are_there_at_once(cast: Cast) -> None:
    client = enter(cast.he)
    page = client.get("/exports/new/customers/?sort=name&q=张")
    assert heading(page) == "导出客户名单，1 行" and "搜：张" in text(page)
    assert "不超过 100 行，马上就好，24 小时内下载。" in text(page)
    address = ask(client, query="sort=name")
    assert heading(client.get(address)) == "客户名单做好了，3 行"
    answer = client.post(f"{address}file/")
    assert answer["Content-Disposition"].startswith("attachment;") and answer["Cache-Control"] == "no-store"
    rows = list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))
    assert [row[1:] for row in rows[:-1]] == [
        ["姓名", "电话"], ["刘建军", "138****1234"], ["王淑芬", "138****5678"], ["张书远", "138****5678"],
    ]  # fmt: skip
    assert "何静" in rows[-1][0] and "月度回访" in rows[-1][0]
    verbs = AuditEntry.objects.order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["export.ask", "export.make", "export.download"]


def test_many_rows_wait_for_a_yes(cast: Cast, low: None) -> None:
    asker, custodian = enter(cast.he), enter(cast.fang)
    assert "超过 2 行，要方敏、赵国平里的一位同意" in text(asker.get("/exports/new/customers/"))
    address = ask(asker)
    page = text(asker.get(address))
    assert "等方敏、赵国平里的一位同意。" in page and "下载 3 行" not in page
    assert asker.post(f"{address}file/", follow=True).status_code == 200
    seen = custodian.get("/exports/")
    assert heading(seen) == "1 份导出等您批" and "何静 要导出客户名单，3 行，号码遮住" in text(seen)
    seen = text(custodian.get(address))
    for fact in ("条件 没有条件，全部", "行数 3", "号码 号码遮住", "用途 月度回访", "列 客户编号、姓名、电话", "格式 CSV，UTF-8（带 BOM）"):
        assert fact in seen
    answer = custodian.post(f"{address}approve/", {"rows": "3"}, follow=True)
    assert "同意了何静的导出，3 行" in text(answer)
    assert "方敏，" in text(asker.get(address))
    assert len(body(asker.post(f"{address}file/")).splitlines()) == 5


def test_a_no_says_why(cast: Cast, low: None) -> None:
    asker, custodian = enter(cast.he), enter(cast.fang)
    address = ask(asker)
    answer = custodian.post(f"{address}refuse/", {"reason": ""})
    assert answer.status_code == 422 and "请写为什么不批" in text(answer)
    custodian.post(f"{address}refuse/", {"reason": "只要 A 级"})
    assert "没有同意：只要 A 级" in text(asker.get(address))
    assert asker.post(f"{address}file/").status_code == 302 and not AuditEntry.objects.filter(verb="export.download").exists()


def test_whole_numbers(cast: Cast) -> None:
    asker = enter(cast.he)
    address = ask(asker, clear="1", query="q=张书远")
    assert Export.objects.get().state == ExportState.WAITING
    enter(cast.zhao).post(f"{address}approve/", {"rows": "1"})
    assert "138 1234 5678" in body(asker.post(f"{address}file/")).decode("utf-8-sig")
    entry = AuditEntry.objects.get(verb="export.numbers_read")
    assert entry.actor == cast.he.pk and len(entry.detail["customers"]) == 1
    said = text(enter(cast.fang).get("/audit/"))
    assert "何静 导出了全号" in said and "号码 全号" in said and "名单 客户名单" in said


def test_a_long_list_is_made_by_the_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "AT_ONCE", 2)
    client = enter(cast.he)
    address = ask(client)
    job = DBTaskResult.objects.get()
    page = client.get(address)
    assert 'hx-trigger="every 1s"' in page.content.decode() and "可以离开这一页" in text(page)
    part = client.get(f"{address}progress/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and "0 行已写，共 3 行" in text(part)
    assert tasks.make_export.call(*job.args_kwargs["args"])
    done = client.get(f"{address}progress/", headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == address
    assert len(body(client.post(f"{address}file/")).splitlines()) == 5


def test_gb18030(cast: Cast) -> None:
    client = enter(cast.he)
    rows = body(client.post(f"{ask(client, encoding='gb18030', query='sort=name')}file/"))
    assert rows.startswith("客户编号,姓名,电话\r\n".encode("gb18030"))


def test_withdrawn(cast: Cast) -> None:
    client = enter(cast.he)
    address = ask(client)
    assert "这份导出不要了" in text(client.post(f"{address}withdraw/", follow=True))
    assert client.post(f"{address}file/").status_code == 302
    assert Export.objects.get().state == ExportState.DROPPED


def test_buttons_stand_where_one_may(cast: Cast) -> None:
    for user, address, there in (
        (cast.he, "/customers/?grade=&sort=name", True), (cast.chen, "/customers/", False), (cast.lin, "/customers/", False),
        (cast.fang, "/audit/?verb=card.check_out", True), (cast.root, "/team/", True), (cast.fang, "/exports/", True),
    ):  # fmt: skip
        assert ("/exports/new/" in enter(user).get(address).content.decode()) is there, (user.name, address)
    assert "/exports/new/audit/?verb=card.check_out" in enter(cast.fang).get("/audit/?verb=card.check_out").content.decode()
    assert "/exports/new/customers/?sort=name" in enter(cast.he).get("/customers/?sort=name").content.decode()


# ── doors that stay shut ──


@pytest.mark.parametrize("key", LISTS)
def test_a_rep_and_an_agent_have_no_export_by_any_door(cast: Cast, key: str) -> None:
    address = ask(enter(cast.he))
    for user in (cast.chen, cast.lin):
        client = enter(user)
        assert "导出" not in text(client.get("/customers/"))
        for answer in (
            client.get("/exports/"), client.get(f"/exports/new/{key}/"), client.post(f"/exports/new/{key}/", FORM), client.get(address),
            client.post(f"{address}file/"), client.post(f"{address}approve/", {"rows": "3"}), client.post(f"{address}withdraw/"),
        ):  # fmt: skip
            assert answer.status_code == 404
    assert Export.objects.count() == 1 and Export.objects.get().downloads == 0
    assert not PERMISSIONS["export.ask"] & {"rep", "agent"}


def test_somebody_elses_link(cast: Cast) -> None:
    address = ask(enter(cast.he))
    for user in (cast.xu, cast.fang, cast.zhao):
        assert enter(user).post(f"{address}file/").status_code == 404
        assert AuditEntry.objects.get(verb="export.denied", actor=user.pk).detail == {"rule": "export.not_yours"}
    assert enter(cast.xu).get(address).status_code == 404, "the operations centre does not even see it"
    assert AuditEntry.objects.filter(verb="export.denied", actor=cast.xu.pk).count() == 2
    assert "下载 3 行" not in text(enter(cast.fang).get(address)), "who answers for it sees what it is, not the file"
    assert Export.objects.get().downloads == 0


def test_a_link_after_a_day(cast: Cast) -> None:
    client = enter(cast.he)
    address = ask(client)
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = client.post(f"{address}file/", follow=True)
    assert "过了 24 小时，文件已经删了。要用请再导出一次。" in text(answer)
    assert AuditEntry.objects.get(verb="export.denied").detail == {"rule": "export.expired"}
    assert Export.objects.get().downloads == 0


def test_an_address_is_no_download(cast: Cast) -> None:
    client = enter(cast.he)
    address = ask(client)
    assert client.get(f"{address}file/").status_code == 405
    assert Export.objects.get().downloads == 0


def test_ones_own_is_not_approved(cast: Cast, low: None) -> None:
    client = enter(cast.fang)
    address = ask(client)
    assert "批还是不批" not in text(client.get(address)) and heading(client.get("/exports/")) != "1 份导出等您批"
    answer = client.post(f"{address}approve/", {"rows": "4"})
    assert answer.status_code == 409 and "自己要的导出，要别人来批。" in text(answer)
    assert Export.objects.get().state == ExportState.WAITING
    assert AuditEntry.objects.get(verb="export.denied").detail == {"rule": "export.own"}


@pytest.mark.parametrize("rows", ["2", "", "x", "-3", "9" * 30, "３"])
def test_a_yes_to_other_rows_than_there_are(cast: Cast, low: None, rows: str) -> None:
    address = ask(enter(cast.he))
    assert enter(cast.fang).post(f"{address}approve/", {"rows": rows}).status_code == 409
    assert Export.objects.get().state == ExportState.WAITING


def test_whole_numbers_are_not_for_the_operations_centre(cast: Cast) -> None:
    client = enter(cast.xu)
    assert "全号" not in text(client.get("/exports/new/customers/"))
    answer = client.post("/exports/new/customers/", {**FORM, "clear": "1"})
    assert answer.status_code == 422 and not Export.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"purpose": ""}, "请写导出来做什么。"), ({"purpose": "x" * 201}, "文字太长"), ({"format": "exe"}, "请选文件格式，至少留一列。"),
        ({"column": []}, "请选文件格式，至少留一列。"), ({"column": ["password"]}, "请选文件格式，至少留一列。"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_said(cast: Cast, changes: dict[str, Any], said: str) -> None:
    answer = enter(cast.he).post("/exports/new/customers/", {**FORM, **changes})
    assert answer.status_code == 422 and said in text(answer)
    assert not Export.objects.exists() and not AuditEntry.objects.exists()


def test_an_empty_list(cast: Cast) -> None:
    answer = enter(cast.he).post("/exports/new/customers/?q=没有这个人", FORM)
    assert answer.status_code == 422 and "名单是空的" in text(answer)


def test_a_number_searched_for_is_covered_in_the_conditions(cast: Cast) -> None:
    client = enter(cast.he)
    address = ask(client, query="q=13812345678")
    for page in (client.get(address), client.get("/exports/"), enter(cast.fang).get(address), enter(cast.fang).get("/audit/")):
        assert "13812345678" not in page.content.decode()
    assert "13812345678" not in body(client.post(f"{address}file/")).decode("utf-8-sig")
    with connection.cursor() as cursor:
        cursor.execute("SELECT query, conditions, purpose FROM custody_export")
        assert "13812345678" not in str(cursor.fetchone())


# ── the frame ──


def test_the_count_in_the_navigation(cast: Cast, low: None) -> None:
    ask(enter(cast.he))
    nav = re.compile(r'id="nav-exports".*?</li>', re.DOTALL)

    def shown(user: User) -> str:
        found = nav.search(enter(user).get("/exports/").content.decode())
        assert found
        return found[0]

    assert '<span class="lk-c">1' in shown(cast.fang) and "lk-c" not in shown(cast.he)
    Export.objects.update(asked_at=timezone.now() - timedelta(hours=5))
    assert '<span class="lk-c lk-hot">1' in shown(cast.fang)
    assert line(Export.objects.get()).late


def test_overdue_cards_are_counted_in_the_navigation(cast: Cast) -> None:
    now = timezone.now()
    CheckOut.objects.create(
        customer=Customer.objects.get(name="张书远"),
        user=cast.chen,
        purpose="回访",
        at=now - timedelta(days=2),
        until=now - timedelta(days=1),
    )
    hot = re.compile(r'id="nav-check_outs".*?<span class="lk-c lk-hot">1', re.DOTALL)
    for user, told in ((cast.he, True), (cast.chen, True), (cast.fang, True), (cast.lin, False)):
        assert bool(hot.search(enter(user).get("/check-outs/").content.decode())) is told, user.name


def test_queries_do_not_grow(cast: Cast, low: None) -> None:
    asker, custodian = enter(cast.he), enter(cast.fang)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            custodian.get("/exports/")
        return len(seen)

    for _ in range(2):
        ask(asker)
        ask(asker, query="q=张")
    few = queries()
    for _ in range(6):
        ask(asker)
        ask(asker, query="q=张")
    assert queries() == few


def test_in_english(cast: Cast) -> None:
    answer = enter(cast.he).get("/exports/", headers={"accept-language": "en"})
    assert answer.status_code == 200


# ── in the browser ──


@pytest.mark.browser
@pytest.mark.only_db("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_journey(live: Any, sign_in: Any, axe: Any, fits: Any, low: None) -> None:
    cast = assemble()
    for n, name in enumerate(("张书远", "王淑芬", "刘建军"), 1):
        card(cast.chen, name, f"138{n:04d}5678")
    sign_in(cast.he)
    live.goto("/customers/?sort=name")
    live.locator("a[href*='/exports/new/customers/']").click()
    expect(live.locator("h1")).to_have_text("导出客户名单，3 行")
    axe(live)
    live.get_by_label("导出来做什么").fill("月度回访")
    live.get_by_text("选列").click()
    axe(live)
    live.get_by_role("button", name="请人批 3 行").click()
    expect(live.get_by_text("等方敏、赵国平里的一位同意。")).to_be_visible()
    axe(live)
    live.set_viewport_size(PHONE)
    for address in (live.url, "/exports/", "/exports/new/customers/"):
        live.goto(address)
        fits(live)
        axe(live)
    live.set_viewport_size({"width": 1440, "height": 900})

    sign_in(cast.fang)
    live.goto("/exports/")
    expect(live.locator("h1")).to_have_text("1 份导出等您批")
    axe(live)
    live.get_by_role("link", name="看何静的导出").click()
    axe(live)
    live.get_by_role("button", name="同意何静导出 3 行").click()
    expect(live.get_by_text("同意了何静的导出，3 行")).to_be_visible()

    sign_in(cast.he)
    live.goto("/exports/")
    live.get_by_role("link", name="客户名单").click()
    expect(live.locator("h1")).to_have_text("客户名单做好了，3 行")
    with live.expect_download() as got:
        live.get_by_role("button", name="下载 3 行").click()
    assert got.value.suggested_filename.endswith(".xlsx")
