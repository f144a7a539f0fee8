"""邮寄 as its people meet it: from the customer list to letters on the desk, with somebody else's yes in between."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from liuke.audit.models import AuditEntry
from liuke.custody.models import Export
from liuke.customers.models import Customer
from liuke.mailing.models import Letter, Mailing
from liuke.team.models import Company
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.keepers.test_check_outs import enter
from tests.web.pages import text

ADDRESS = "浙江省杭州市滨江区江南大道 100 号 310051"
LETTER = {"letter": "", "name": "多谢惠顾", "title": "多谢您", "body": "尊敬的{称呼}：\n祝您平安。", "phone": "", "encoding": "utf-8"}


@pytest.fixture(autouse=True)
def chinese(settings: Any, tmp_path: Any) -> Any:
    settings.DATA = tmp_path
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    made = assemble()
    card(made.chen, "张书远", "13812345678", address=ADDRESS, gender="male")
    card(made.chen, "王淑芬", address=ADDRESS, do_not_contact=True)
    card(made.ding, "葛建华", address=ADDRESS)
    return made


def made(cast: Cast) -> Mailing:
    """Asked by 何静, agreed to by 方敏."""
    enter(cast.he).post("/mailings/new/", {**LETTER, "act": "make", "seen": "1"})
    run = Mailing.objects.get()
    enter(cast.fang).post(f"/exports/{run.export_id}/approve/", {"rows": "1"})
    return run


def test_the_page_says_how_many_and_who_not(cast: Cast) -> None:
    client = enter(cast.he)
    shown = text(client.get("/mailings/new/"))
    assert "寄给 1 位，另有 1 位不寄" in shown
    assert "写了不要打扰" in shown and "去世" not in shown
    assert "张先生，您好：" in shown
    assert "江南大道" not in shown, "the address stays masked until it is made"
    left = text(client.get("/mailings/left-out/?reason=leave_alone"))
    assert "1 位不寄：写了不要打扰" in left and "王淑芬" in left and "张书远" not in left
    assert "葛建华" not in text(client.get("/mailings/left-out/?reason="))


def test_the_lists_conditions_come_along(cast: Cast) -> None:
    card(cast.zhou, "李梅", address=ADDRESS)
    assert "寄给 2 位" in text(enter(cast.he).get("/mailings/new/"))
    narrowed = enter(cast.he).get(f"/mailings/new/?unit={cast.jiangning.pk}")
    assert "寄给 1 位" in text(narrowed) and "南京江宁店" in text(narrowed)
    assert f'href="/mailings/new/?unit={cast.jiangning.pk}"' in enter(cast.he).get(f"/customers/?unit={cast.jiangning.pk}").content.decode()


def test_from_the_letter_to_the_files(cast: Cast) -> None:
    run = made(cast)
    client = enter(cast.he)
    shown = text(client.get(f"/mailings/{run.pk}/"))
    assert "1 封信做好了" in shown and "方敏" in shown
    letters = client.post(f"/mailings/{run.pk}/letters/")
    assert letters["Content-Type"] == "application/pdf" and letters["Cache-Control"] == "no-store"
    assert "张书远先生收" in PdfReader(BytesIO(letters.content)).pages[0].extract_text()
    addresses = client.post(f"/mailings/{run.pk}/addresses/").content.decode("utf-8-sig")
    assert addresses.splitlines()[1] == "张书远,张先生,310051,浙江省杭州市滨江区江南大道 100 号,杭州滨江店"
    assert [entry.verb for entry in AuditEntry.objects.order_by("seq")] == [
        "export.ask", "mailing.ask", "export.approve", "export.numbers_read", "export.make", "export.download", "export.download",
    ]  # fmt: skip


def test_only_who_asked_fetches(cast: Cast) -> None:
    run = made(cast)
    for user in (cast.zhao, cast.xu):
        assert enter(user).post(f"/mailings/{run.pk}/letters/").status_code == 404
        assert enter(user).post(f"/mailings/{run.pk}/addresses/").status_code == 404
    assert enter(cast.he).get(f"/mailings/{run.pk}/letters/").status_code == 405, "an address passed on fetches nothing"
    assert AuditEntry.objects.filter(verb="export.denied").count() == 4
    assert not AuditEntry.objects.filter(verb="export.download").exists()


def test_a_refused_run_has_no_files(cast: Cast) -> None:
    enter(cast.he).post("/mailings/new/", {**LETTER, "act": "make", "seen": "1"})
    run = Mailing.objects.get()
    enter(cast.fang).post(f"/exports/{run.export_id}/refuse/", {"reason": "先核对地址"})
    client = enter(cast.he)
    assert "没有同意：先核对地址" in text(client.get(f"/mailings/{run.pk}/"))
    assert client.post(f"/mailings/{run.pk}/letters/")["Location"] == f"/mailings/{run.pk}/"


def test_who_approves_reads_the_letter(cast: Cast) -> None:
    enter(cast.he).post("/mailings/new/", {**LETTER, "act": "make", "seen": "1"})
    run = Mailing.objects.get()
    client = enter(cast.fang)
    asked = client.get(f"/exports/{run.export_id}/")
    assert f"/mailings/of/{run.export_id}/" in asked.content.decode()
    assert "信（PDF），地址表（姓名、称呼、邮编、地址、门店）" in text(asked)
    assert client.get(f"/mailings/of/{run.export_id}/")["Location"] == f"/mailings/{run.pk}/"
    shown = text(client.get(f"/mailings/{run.pk}/"))
    assert "何静等您同意" in shown and "祝您平安。" in shown
    assert "下载" not in shown


def test_bad_letters_come_back_with_the_reason_and_what_was_typed(cast: Cast) -> None:
    client = enter(cast.he)
    for body, said in (("您好{谁}，再见。", "不认识空位 {谁}"), ("", "信还是空的"), ("您好{称呼。", "单独的")):
        for act in ("make", "look", "keep"):
            answer = client.post("/mailings/new/", {**LETTER, "body": body, "act": act, "seen": "1"})
            assert answer.status_code == 422
            assert said in text(answer) and body in answer.content.decode()
    assert not Mailing.objects.exists() and not Letter.objects.exists() and not Export.objects.exists()


def test_a_list_that_changed_is_looked_at_again(cast: Cast) -> None:
    client = enter(cast.he)
    card(cast.chen, "李梅", address=ADDRESS)
    answer = client.post("/mailings/new/", {**LETTER, "act": "make", "seen": "1"})
    assert answer.status_code == 422
    assert "名单刚刚变了，现在是 2 封" in text(answer)
    assert not Mailing.objects.exists()


def test_letters_are_kept_used_again_and_dropped(cast: Cast) -> None:
    client = enter(cast.he)
    client.post("/mailings/new/", {**LETTER, "name": "换季", "act": "keep"})
    kept = Letter.objects.get()
    assert "尊敬的{称呼}：\n祝您平安。" in client.get(f"/mailings/new/?letter={kept.pk}").content.decode()
    assert client.post(f"/mailings/letters/{kept.pk}/removal/")["Location"] == "/mailings/new/"
    assert not Letter.objects.exists()
    run = made(cast)
    assert "祝您平安。" in client.get(f"/mailings/new/?again={run.pk}").content.decode()
    assert "多谢您一直来" in enter(cast.xu).get(f"/mailings/new/?again={run.pk}").content.decode(), "another's run is not there"


@pytest.mark.parametrize(
    "address", ["/mailings/new/?q=%00&sort=phone&letter=999", "/mailings/new/?again=x", "/mailings/new/?letter=pack:nothing"]
)
def test_odd_addresses_open(cast: Cast, address: str) -> None:
    assert enter(cast.he).get(address).status_code == 200


@pytest.mark.parametrize("reason", ["x", "gone%27", "SENT"])
def test_an_odd_reason_does_not_exist(cast: Cast, reason: str) -> None:
    assert enter(cast.he).get(f"/mailings/left-out/?reason={reason}").status_code == 404


@pytest.mark.parametrize("who", ["chen", "lin", "root"])
def test_for_other_roles_there_is_no_mailing(cast: Cast, who: str) -> None:
    client: Client = enter(getattr(cast, who))
    for address in ("/mailings/", "/mailings/new/", "/mailings/left-out/?reason="):
        assert client.get(address).status_code == 404
    if who != "root":
        assert "/mailings/new/" not in client.get("/customers/").content.decode()


@pytest.mark.browser
@pytest.mark.parametrize("view", ["desktop", "phone", "dark"])
def test_the_whole_way_in_the_browser(cast: Cast, live: Any, sign_in: Any, view: str) -> None:
    if view == "phone":
        live.set_viewport_size(PHONE)
    if view == "dark":
        live.emulate_media(color_scheme="dark")

    def fine() -> None:
        found = Axe().run(live, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response["violations"]
        assert [(each["id"], [node["html"][:90] for node in each["nodes"]]) for each in found] == []

    sign_in(cast.he)
    if view == "phone":
        live.goto("/mailings/new/")
    else:
        live.goto("/customers/")
        live.get_by_role("link", name="邮寄", exact=True).click()
    live.get_by_role("link", name="好久没见", exact=True).click()
    assert "好久没见您了" in live.get_by_label("标题").input_value()
    live.get_by_label("信里的电话").fill("0571-88886666")
    live.get_by_role("button", name="看看样子").click()
    assert "想问什么，打0571-88886666就行。" in live.inner_text("main")
    fine()
    live.get_by_role("button", name="请人批 1 封信").click()
    live.wait_for_url(re.compile(r"/mailings/\d+/$"))
    assert "1 封信等人同意" in live.inner_text("h1")
    fine()
    where = live.url
    sign_in(cast.fang)
    live.goto(where)
    live.get_by_role("link", name="批还是不批").click()
    live.get_by_role("button", name=re.compile("^同意何静")).click()
    sign_in(cast.he)
    live.goto(where)
    with live.expect_download() as arriving:
        live.get_by_role("button", name=re.compile("^下载 1 封信")).click()
    assert "张书远先生收" in PdfReader(arriving.value.path()).pages[0].extract_text()
    fine()
    live.goto("/mailings/")
    fine()
    live.get_by_role("link", name="好久没见").click()
    live.get_by_role("link", name="写了不要打扰 1 位").click()
    assert "王淑芬" in live.inner_text("main")
    fine()
    assert Customer.objects.count() == 3
