"""Churn and win-back on the page: every number is its list, a region sees its own, a case from the loss to the offer, on a phone too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from liuke.churn.cases import open_case, set_tier
from liuke.churn.keeping import keep
from liuke.churn.labels import State
from liuke.churn.models import Attempt, LossReason, WinBack, WinBackOffer
from liuke.churn.queries import Rate
from liuke.customers.models import Event
from liuke.kernel import clock
from liuke.team.models import FolkChange
from liuke.web.churn.words import finding
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.churn.conftest import deal
from tests.web.pages import text


@pytest.fixture(autouse=True)
def places(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    monkeypatch.setattr(settings, "DATA", tmp_path)
    with translation.override("zh-hans"):
        yield


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def lost(user: Any, name: str, ago: int = 20, cents: int = 60_000) -> tuple[Any, date]:
    """A customer who bought three times and said on a day that he leaves."""
    who, on = card(user, name), clock.today() - timedelta(ago)
    for days in (300, 200, 100):
        deal(who, on - timedelta(days), cents)
    Event.objects.create(customer=who, kind="told_leaving", on=on)
    return who, on


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def gone(cast: Cast) -> tuple[Any, date]:
    found = lost(cast.chen, "张书远")
    lost(cast.ding, "马超", 30)
    deal(card(cast.chen, "李芳"), clock.today() - timedelta(40))
    keep()
    return found


def test_every_number_opens_as_many_names(cast: Cast, gone: Any) -> None:
    client = enter(cast.zhao)
    for by in ("grade", "type", "unit", "owner", "cohort", "month"):
        page = client.get("/churn/", {"by": by}).content.decode()
        links = re.findall(r'<a class="lk-n[^"]*" href="(/churn/names/[^"]+)"[^>]*>(?:<b>)?([\d,]+)(?:</b>)?</a>', page)
        assert len(links) > 4
        for href, number in links:
            names = client.get(href.replace("&amp;", "&")).content.decode()
            assert names.count("data-lk-open") == int(number.replace(",", "")), (by, href)
        row = page[page.index("<tbody>") : page.index("</tbody>")]
        sums = re.findall(r'<a class="lk-n" href="([^"]+)">¥([\d,]+)</a>', row)
        assert sums
        for href, cents in sums:
            assert f"走前一年一共买 ¥{cents}，" in text(client.get(href.replace("&amp;", "&"))), (by, href)


def test_a_supervisor_sees_the_own_region(cast: Cast, gone: Any) -> None:
    there = enter(cast.he).get("/churn/names/?what=lost")
    assert ("张书远" in text(there), "马超" in text(there)) == (True, False)
    assert enter(cast.he).get("/churn/", {"unit": cast.beijing.pk}).status_code == 404
    assert enter(cast.chen).get("/churn/").status_code == 404


def test_what_is_asked_wrongly(cast: Cast, gone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = enter(cast.zhao)
    assert "在开始" in text(client.get("/churn/?from=2026-05-01&to=2026-02-01"))
    for early in ("1900-01-01", "1969-12-31"):
        assert "1970 年以前没有账" in text(client.get(f"/churn/?from={early}&to=2026-02-01"))
    monkeypatch.setattr("liuke.web.churn.page.curves", lambda *_asked: "线")
    assert "满 4 个自己的周期、又满 365 天，两样里晚的那天才算走" in text(client.get("/churn/"))
    for query in ("by=colour", "period=never", "unit=7777"):
        assert client.get(f"/churn/?{query}").status_code == 404
    assert client.get("/churn/names/?what=everything").status_code == 404
    assert client.get("/losses/1/2026-99-99/").status_code == 404


def test_no_more_queries_for_more_customers(cast: Cast, gone: Any, django_assert_max_num_queries: Any) -> None:
    client = enter(cast.he)
    client.get("/churn/")
    with django_assert_max_num_queries(40) as few:
        client.get("/churn/names/?what=lost")
    most = len(few)
    for n in range(20):
        lost(cast.chen, f"多{n}")
    keep()
    client.get("/churn/")
    with django_assert_max_num_queries(most):
        client.get("/churn/names/?what=lost")


def test_from_the_loss_to_an_offer(cast: Cast, gone: tuple[Any, date]) -> None:
    who, on = gone
    client = enter(cast.chen)
    address = f"/losses/{who.pk}/{on}/"
    assert "还没问到为什么" in text(client.get(f"/customers/{who.pk}/"))
    wrong = client.post(f"{address}reason/", {"reason": "weather"})
    assert (wrong.status_code, LossReason.objects.count()) == (422, 0)
    client.post(f"{address}reason/", {"reason": "details", "why": "indifference", "words": "没人理我，打 13800001234"})
    assert "没人理我，打 138****34" in text(client.get(address))
    client.post(f"{address}win-back/")
    case = WinBack.objects.get()
    here = f"/winbacks/{case.pk}/"
    refused = client.post(f"{here}offer/", {"kind": "price", "text": "八折", "cost": "100"})
    assert (refused.status_code, WinBackOffer.objects.count()) == (409, 0)
    assert "先道歉，再谈优惠。" in text(refused)
    client.post(f"{here}sorry/")
    client.post(f"{here}offer/", {"kind": "price", "text": "八折", "cost": "100"})
    assert WinBackOffer.objects.get().cost_cents == 10_000
    assert "联系了 0 次，最多 3 次" in text(client.get(here))
    assert enter(cast.zhou).get(here).status_code == 404
    assert enter(cast.ding).post(f"{here}drop/", {"note": "不做"}).status_code == 404
    client.post(f"{here}drop/", {"note": "不做"})
    case.refresh_from_db()
    assert case.state == "dropped"
    client.post(f"{here}reopen/")
    case.refresh_from_db()
    assert case.state == "open"


def test_who_may_decide_has_it_in_sight(cast: Cast, gone: tuple[Any, date]) -> None:
    who, on = gone
    case = open_case(cast.chen, who.pk, on)
    set_tier(cast.chen, case.pk, "harmful", "动手推人")
    here, manager = f"/winbacks/{case.pk}/", enter(cast.zhao)
    assert "放弃这位客户" not in text(enter(cast.he).get(here))
    page = manager.get(here).content.decode()
    open_part = re.sub(r"<details(?! open).*?</details>", "", page, flags=re.S)
    assert "放弃这位客户" in open_part and "不放弃，再试" in open_part and 'value="动手推人"' in open_part
    manager.post(f"{here}tier/", {"tier": "ordinary", "note": "动手推人"})
    case.refresh_from_db()
    assert (case.tier, case.state, case.end_note) == ("ordinary", "open", "")
    set_tier(cast.chen, case.pk, "harmful", "动手推人")
    manager.post(f"{here}let-go/", {"note": "动手推人"})
    case.refresh_from_db()
    assert case.state == "let_go"


def test_the_cases_behind_a_figure_show_where_they_stand(cast: Cast, gone: tuple[Any, date]) -> None:
    who, on = gone
    client = enter(cast.chen)
    client.post(f"/losses/{who.pk}/{on}/win-back/")
    case = WinBack.objects.get()
    Attempt.objects.create(case=case, number=1, on=clock.today(), way="call", outcome="spoke", by=cast.chen)
    WinBack.objects.update(state="refused", ended_on=clock.today())
    shown = text(client.get("/winbacks/?by=offer&key=-"))
    assert "没给什么：试过的" in shown and "张书远" in shown and "优惠等批" not in shown and str(State("refused").label) in shown
    WinBack.objects.update(state="open", ended_on=None)
    WinBackOffer.objects.create(case=case, kind="price", text="八折", cost_cents=100, state="asked", by=cast.chen)
    assert "优惠等批" in text(client.get("/winbacks/?view=open"))


def test_the_titles_share_has_its_interval_from_thirty_on() -> None:
    counted = {"open": 1, "proposed": 0}
    assert finding(counted, [Rate("", 29, 1).close()]).endswith("试过的 29 位回来 1 位。")
    assert finding(counted, [Rate("", 40, 1).close()]).endswith("试过的 40 位回来 1 位，2.5%（95% 区间 0.4%–12.9%）。")


def test_folk_numbers_are_the_companys_to_write(cast: Cast) -> None:
    client = enter(cast.xu)
    assert client.post("/folk/product/", {"value": "14.5", "source": ""}).status_code == 422
    assert client.post("/folk/product/", {"value": "140", "source": "行业协会 2025 年调查"}).status_code == 422
    assert not FolkChange.objects.exists()
    client.post("/folk/product/", {"value": "14.5%", "source": "行业协会 2025 年调查"})
    assert "14.5%行业协会 2025 年调查 教材上是 14" in text(client.get("/folk/"))
    client.post("/folk/product/back/")
    assert "行业协会" not in text(client.get("/folk/"))
    assert enter(cast.he).get("/folk/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pages_at_a_desk_and_on_a_phone(live: Any, sign_in: Any, axe: Any, fits: Any) -> None:
    cast = assemble()
    who, on = lost(cast.chen, "张书远")
    keep()
    sign_in(cast.zhao)
    live.goto(f"/losses/{who.pk}/{on}/")
    live.check("[name=reason][value=details]", force=True)
    live.click("button:has-text('记下原因')")
    live.wait_for_selector("#lk-undo:has-text('细节疏忽')")
    live.click("button:has-text('开始挽回')")
    live.wait_for_selector("h1:has-text('挽回张书远')")
    case = WinBack.objects.get()
    for theme, size in (("light", None), ("dark", PHONE)):
        live.emulate_media(color_scheme=theme)
        if size:
            live.set_viewport_size(size)
        for address in (
            "/churn/",
            "/churn/names/?what=lost",
            f"/losses/{who.pk}/{on}/",
            f"/winbacks/{case.pk}/",
            "/winbacks/?view=open",
            "/folk/",
        ):
            live.goto(address)
            fits(live)
            axe(live)
