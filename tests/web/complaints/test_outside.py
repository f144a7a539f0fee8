"""The customer's own side: the form without log-in with its guards, the receipt that nobody can guess."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from liuke.complaints import entering, handling
from liuke.complaints.models import Complaint
from liuke.complaints.receipts import receipt_link
from liuke.team.queries import company
from liuke.web.complaints import outside
from liuke.web.complaints.words import number
from tests.cast import Cast, assemble, card
from tests.web.pages import text


@pytest.fixture(autouse=True)
def chinese() -> Any:
    cache.clear()
    with translation.override("zh-hans"):
        yield
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def send(client: Client, cast: Cast, **changed: str) -> Any:
    sent = {"text": "方向盘偏左，<b>高速</b>上要拽着😡", "name": "赵先生", "contact": "13700008821", "key": "a" * 32, **changed}
    return client.post(f"/complaints/tell/{cast.binjiang.pk}/", sent)


def test_told_and_seen_on_the_receipt(cast: Cast) -> None:
    client = Client()
    form = client.get(f"/complaints/tell/{cast.binjiang.pk}/")
    assert form.status_code == 200 and "杭州滨江店" in text(form) and form["Cache-Control"] == "no-store"
    answer = send(client, cast)
    made = Complaint.objects.get()
    assert (made.source, made.owner, made.customer, made.received_by) == ("public", cast.lin, None, None)
    where = answer["Location"]
    assert answer.status_code == 302 and re.fullmatch(r"/complaints/receipt/[\w-]{32}/", where)
    assert send(client, cast)["Location"] == where and Complaint.objects.count() == 1  # pressed twice
    page = client.get(where)
    shown = text(page)
    assert number(made) in shown and made.number not in shown  # as the desk says it
    assert "收到了，听您说" in shown and page["X-Robots-Tag"] == "noindex"
    for secret in ("赵先生", "13700008821", "高速", "林倩", "陈思远"):
        assert secret not in page.content.decode()
    assert made.receipt not in str(Complaint.objects.filter(pk=made.pk).values("receipt_digest").get())


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"text": " \n　"}, "请写发生了什么事"), ({"text": "响" * 50_000}, "写了 50,000 字，最多 5,000 字"), ({"contact": "1" * 200}, "")],
)
def test_what_is_refused_is_kept_on_the_page(cast: Cast, changed: dict[str, str], said: str) -> None:
    answer = send(Client(), cast, **changed)
    html = answer.content.decode()
    assert answer.status_code == 422 and said in html and 'value="赵先生"' in html and Complaint.objects.count() == 0
    assert len(changed.get("text", "").strip()) < 5000 or html.count("响") >= 50_000


def test_a_robot_leaves_nothing_behind(cast: Cast) -> None:
    answer = send(Client(), cast, website="http://spam.example")
    assert answer.status_code == 200 and "收到了" in text(answer) and Complaint.objects.count() == 0


def test_too_many_from_one_address_are_told_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "SENDS", 2)
    client = Client()
    for n in range(2):
        assert send(client, cast, key=f"{n}" * 32).status_code == 302
    many = send(client, cast, key="z" * 32)
    assert many.status_code == 429 and "方向盘偏左" in many.content.decode() and Complaint.objects.count() == 2
    assert Client(REMOTE_ADDR="10.9.8.7").post(f"/complaints/tell/{cast.binjiang.pk}/", {"text": "刹车响"}).status_code == 302


def test_a_wrong_receipt_tells_nothing_and_guessing_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "WRONG", 3)
    made = entering.enter_public(cast.binjiang.pk, "刹车响")
    client = Client()
    for token in ("x" * 32, made.number, "'; drop table"):
        answer = client.get(f"/complaints/receipt/{token}/")
        assert answer.status_code == 404 and "没有这张回执" in text(answer)
    assert client.get(f"/complaints/receipt/{'y' * 32}/").status_code == 429
    assert Client(REMOTE_ADDR="10.9.8.7").get(receipt_link(made)).status_code == 200


def test_a_browser_in_english_reads_no_chinese(cast: Cast) -> None:
    client = Client(headers={"accept-language": "en"})
    unit = cast.binjiang
    unit.name = "Binjiang"
    unit.save(update_fields=["name"])
    row = entering.enter_public(unit.pk, "too slow", key="b" * 32)
    pages = [client.get(f"/complaints/tell/{unit.pk}/"), client.get(receipt_link(row)), client.get(f"/complaints/receipt/{'y' * 32}/")]
    pages.append(client.post(f"/complaints/tell/{unit.pk}/", {"text": ""}))
    house = company()
    for page in pages:
        assert not re.findall(r"[\u4e00-\u9fff]+", text(page).replace(house.name if house else "", "")), text(page)


def test_only_stores_have_a_form(cast: Cast) -> None:
    for pk in (cast.east.pk, 987_654):
        assert Client().get(f"/complaints/tell/{pk}/").status_code == 404


def test_the_receipt_follows_the_case(cast: Cast) -> None:
    row = entering.enter(cast.lin, text="刹车响", channel="telephone", customer_id=card(cast.chen, "张书远").pk)
    client, where = Client(), receipt_link(row)
    assert "前给您第一次答复" in text(client.get(where))
    handling.answer(cast.lin, row.pk)
    assert "前给您一个解决办法" in text(client.get(where))
    handling.pause(cast.lin, row.pk, "等他的单子")
    assert "在等您" in text(client.get(where))
