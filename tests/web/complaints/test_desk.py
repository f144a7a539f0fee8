"""The desk: a complaint taken in within a minute, the board that finds, news for whoever watches, the card."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.complaints import entering, handling
from liuke.complaints.models import Classification, Complaint, ComplaintNeed
from tests.cast import Cast, assemble, card
from tests.web.pages import enter, text

SAID = "变速箱异响，修了三次还响。跟顾问说了，她根本不听，马上给我修好，再响就换车！我的电话13800001234"


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def zhang(cast: Cast) -> Any:
    return card(cast.chen, "张书远", "13800001234")


MAIL = "发件人：“赵先生” <zhao@example.com>\n发送时间：2026年11月20日\n主题：回复：空调不凉\n\n修了两次还是不凉，马上给我修好！"


def test_an_email_pasted_whole_fills_who_wrote_and_what_it_is_about(cast: Cast) -> None:
    client = enter(cast.lin)
    said = client.post("/complaints/suggest/", {"text": MAIL, "title": "", "customer": "0"}, headers={"HX-Request": "true"})
    assert "认出是一封电子邮件" in text(said) and "赵先生" in text(said)
    dated = f"发送时间：{timezone.localtime() - timedelta(1):%Y年%m月%d日 %H:%M}"
    sent = {"text": MAIL.replace("发送时间：2026年11月20日", dated), "received": "2026-11-20T10:00", "opened": "2026-11-20T10:00"}
    filled = client.post("/complaints/suggest/", sent, headers={"HX-Request": "true"}).content.decode()
    assert f'id="f-received" name="received" type="datetime-local" value="{timezone.localtime() - timedelta(1):%Y-%m-%dT%H:%M}"' in filled
    kept = client.post("/complaints/suggest/", {**sent, "received": "2026-11-20T09:00"}, headers={"HX-Request": "true"})
    assert 'id="f-received"' not in kept.content.decode() and "昨天" in text(kept)  # put in by hand: shown, not changed
    assert 'id="f-title" name="title" type="text" value="空调不凉"' in said.content.decode() and 'id="f-name"' not in said.content.decode()
    client.post("/complaints/new/", {"customer": "0", "text": MAIL, "channel": "telephone", "key": "a"})
    made = Complaint.objects.get()
    assert (made.stranger_name, made.stranger_contact, made.title) == ("赵先生", "zhao@example.com", "空调不凉")
    assert (made.text, made.channel) == ("修了两次还是不凉，马上给我修好！", "email")
    page = text(client.get(f"/complaints/{made.pk}/"))
    assert "z***@example.com" in page and "zhao@" not in page
    client.post("/complaints/new/", {"customer": "0", "text": MAIL, "title": "又来信", "name": "赵师傅", "channel": "other", "key": "b"})
    made = Complaint.objects.latest("pk")
    assert (made.title, made.stranger_name, made.channel) == ("又来信", "赵师傅", "other")  # what was written by hand stays


def test_taken_in_from_the_card_with_what_was_clicked(cast: Cast, zhang: Any) -> None:
    client = enter(cast.lin)
    page = client.get("/complaints/new/", {"customer": zhang.pk})
    key = re.search(r'name="key" value="(\w{32})"', page.content.decode())
    assert key and "张书远" in text(page)
    said = client.post("/complaints/suggest/", {"text": SAID, "cause": "service"}, headers={"HX-Request": "true"})
    html = said.content.decode()
    assert said.status_code == 200 and "lk-sug" in html and re.search(r'name="cause" value="service" checked', html)
    early = timezone.localtime() - timedelta(minutes=40)
    sent = {
        "customer": zhang.pk, "text": SAID, "channel": "telephone", "received": f"{early:%Y-%m-%dT%H:%M}", "cause": "service",
        "need": ["emotional.heard", "rational.compensation"], "key": key[1],
    }  # fmt: skip
    answer = client.post("/complaints/new/", sent)
    made = Complaint.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/complaints/{made.pk}/")
    assert (made.customer, made.owner, made.cause, made.channel) == (zhang, cast.lin, "service", "telephone")
    assert made.received_at == early.replace(second=0, microsecond=0)
    sure = set(Classification.objects.filter(complaint=made, at__isnull=False).values_list("axis", flat=True))
    assert sure == {"channel", "cause"}  # what nobody clicked is still a suggestion
    needs = ComplaintNeed.objects.filter(complaint=made, confirmed_at__isnull=False)
    assert set(needs.values_list("side", "kind")) == {("emotional", "heard"), ("rational", "compensation")}
    assert client.post("/complaints/new/", sent)["Location"] == f"/complaints/{made.pk}/"  # sent twice is one
    assert Complaint.objects.count() == 1
    shown = text(client.get(f"/complaints/{made.pk}/"))
    assert "138****34" in shown and "13800001234" not in shown
    back = client.post(f"/complaints/{made.pk}/do/take_back/")
    assert back["Location"] == "/complaints/" and client.get(f"/complaints/{made.pk}/").status_code == 404
    client.post(f"/complaints/{made.pk}/put-back/")
    assert client.get(f"/complaints/{made.pk}/").status_code == 200


def test_found_by_name_with_what_is_open_shown_first(cast: Cast, zhang: Any) -> None:
    there = entering.enter(cast.lin, text="刹车响", channel="telephone", customer_id=zhang.pk)
    client = enter(cast.lin)
    found = text(client.get("/complaints/find/", {"q": "zsy"}, headers={"HX-Request": "true"}))
    assert "张书远" in found and "138****1234" in found and "1 件没结" in found
    about = client.get("/complaints/about/", {"customer": zhang.pk}, headers={"HX-Request": "true"}).content.decode()
    assert f"/complaints/{there.pk}/" in about and "他有一件没办完的" in about
    hidden = card(cast.ding, "葛建华", "13800009012")
    assert "葛建华" not in text(client.get("/complaints/find/", {"q": "葛建华"}, headers={"HX-Request": "true"}))
    assert client.get("/complaints/about/", {"customer": hidden.pk}).status_code == 404
    assert client.post("/complaints/new/", {"customer": hidden.pk, "text": "x", "channel": "telephone"}).status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"text": "   "}, "请写客户说了什么。"), ({"text": "响" * 50_001}, "50001 个字，最多 50000 个"), ({"customer": ""}, "请选是谁"),
        ({"received": "2999-01-01T10:00"}, "受理时间在现在以后。"), ({"received": "昨天"}, "时间请写成"),
        ({"channel": "smoke"}, "请选客户是怎么来说的。"),
    ],
)  # fmt: skip
def test_a_refusal_is_said_in_place_and_keeps_what_was_typed(cast: Cast, zhang: Any, changed: dict[str, str], said: str) -> None:
    sent = {"customer": zhang.pk, "text": "<b>刹车响</b>😡", "channel": "telephone", "title": "刹车响", **changed}
    answer = enter(cast.lin).post("/complaints/new/", sent)
    html = answer.content.decode()
    assert answer.status_code == 422 and said in html and Complaint.objects.count() == 0
    if changed.get("text", "x").strip():
        assert sent["text"][:20].replace("<", "&lt;").replace(">", "&gt;") in html
    assert 'value="刹车响"' in html


def test_the_board_says_the_finding_and_opens_what_it_counts(cast: Cast, zhang: Any) -> None:
    now = timezone.now()
    for n in range(4):
        entering.enter(cast.lin, text=f"第{n}件，刹车响", channel="telephone", customer_id=zhang.pk, severity="severe" if n == 0 else "")
    Complaint.objects.filter(text__startswith="第1").update(answer_due=now - timedelta(hours=1))
    entering.enter(cast.ding, text="别处的事", channel="telephone", customer_id=card(cast.ding, "葛建华").pk)
    client = enter(cast.lin)
    page = text(client.get("/complaints/"))
    assert "4 件在办，1 件超时" in page and "葛建华" not in page
    late = text(client.get("/complaints/", {"form": "list", "view": "late"}))
    assert "第1件" in late and "第2件" not in late
    severe = text(client.get("/complaints/", {"form": "list", "severity": "severe"}))
    assert "第0件" in severe and "第1件" not in severe
    for wrong in ({"view": "x"}, {"form": "x"}, {"severity": "x"}, {"unit": cast.beijing.pk}):
        assert client.get("/complaints/", wrong).status_code == 404
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/complaints/")
    for n in range(6):
        entering.enter(cast.lin, text=f"又{n}件", channel="telephone", customer_id=zhang.pk)
    with CaptureQueriesContext(connection) as many:
        client.get("/complaints/")
    assert len(many) == len(few)


def test_who_watches_is_told_what_others_changed(cast: Cast, zhang: Any) -> None:
    row = entering.enter(cast.lin, text="刹车响", channel="telephone", customer_id=zhang.pk)
    client = enter(cast.he)
    url = re.search(r'hx-get="(/complaints/news/[^"]+)"', client.get("/complaints/").content.decode())
    assert url
    address = url[1].replace("&amp;", "&")
    with CaptureQueriesContext(connection) as quiet:
        assert client.get(address, headers={"HX-Request": "true"}).status_code == 204
    assert len(quiet) <= 4  # who is asking, and one look
    handling.note(cast.he, row.pk, "我看过了")
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 204  # one's own is no news
    handling.note(cast.lin, row.pk, "客户又来电")
    entering.enter(cast.ding, text="别处的事", channel="telephone", customer_id=card(cast.ding, "葛建华").pk)
    assert "1 件有变化" in text(client.get(address, headers={"HX-Request": "true"}))


def test_the_card_shows_its_complaints(cast: Cast, zhang: Any) -> None:
    entering.enter(cast.lin, text="刹车响，13800001234", channel="telephone", customer_id=zhang.pk)
    shown = text(enter(cast.chen).get(f"/customers/{zhang.pk}/"))
    assert "1 件没结" in shown and "刹车响，138****34" in shown


def test_what_reads_as_severe_is_marked_until_it_is_confirmed(cast: Cast, zhang: Any) -> None:
    row = entering.enter(cast.lin, text="刹车失灵，差点出事", channel="telephone", customer_id=zhang.pk)
    client, mark = enter(cast.lin), "可能严重，请确认"
    pages = ("/complaints/", "/complaints/?form=list", f"/complaints/{row.pk}/")
    assert [mark in text(client.get(page)) for page in pages] == [True] * 3
    client.post(f"/complaints/{row.pk}/do/classify/", {"pick": "severity.ordinary"})
    assert [mark in text(client.get(page)) for page in pages] == [False] * 3


def test_one_without_a_card_is_asked_how_to_reach_him_and_found_later(cast: Cast, zhang: Any) -> None:
    client = enter(cast.lin)
    fragment = client.get("/complaints/about/", {"customer": "0"}, headers={"HX-Request": "true"}).content.decode()
    assert 'name="name"' in fragment and 'name="contact"' in fragment
    sent = {"customer": "0", "text": "发票一直没开", "channel": "telephone", "name": "赵先生", "contact": "微信 zhaozhao"}
    assert client.post("/complaints/new/", sent).status_code == 302
    made = Complaint.objects.get()
    assert (made.customer, made.stranger_name, made.stranger_contact) == (None, "赵先生", "微信 zhaozhao")
    assert "他是哪位客户" in text(client.get(f"/complaints/{made.pk}/"))
    hidden = card(cast.ding, "葛建华", "13800009012")
    for address in (f"/complaints/{made.pk}/match/", f"/complaints/{made.pk}/"):
        found = client.get(address, {"who": "1234"})
        assert "张书远" in text(found) and f'name="id" value="{zhang.pk}"' in found.content.decode()
        assert "13800001234" not in text(found) and "葛建华" not in text(client.get(address, {"who": "葛建华"}))
    assert client.post(f"/complaints/{made.pk}/do/link/", {"id": hidden.pk}).status_code == 404
    made.refresh_from_db()
    assert made.customer is None
    client.post(f"/complaints/{made.pk}/do/link/", {"id": zhang.pk})
    made.refresh_from_db()
    assert made.customer == zhang and "他是哪位客户" not in text(client.get(f"/complaints/{made.pk}/"))
    assert enter(cast.ding).get(f"/complaints/{made.pk}/match/", {"who": "1234"}).status_code == 404
