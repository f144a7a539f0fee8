"""通知: the bell on every page and the list behind it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from liuke.notices.actions import tell
from liuke.notices.models import Notice
from liuke.notices.queries import Bell, bell
from liuke.team.models import Company, User
from tests.browser import PHONE
from tests.cast import Cast, assemble, card

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=SHANGHAI)  # a Wednesday


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel(NOON, tick=False) as clock, translation.override("zh-hans"):
        yield clock


@pytest.fixture
def cast(db: None) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    return assemble()


def enter(user: User) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def given(user: User, n: int = 3, at: datetime = NOON, **more: Any) -> Notice:
    tell([user.pk], "today.given", slots={"who": "何静", "n": n}, link="/check-outs/", at=at, **more)
    return Notice.objects.latest("pk")


def the_bell(client: Client) -> str:
    found = re.search(r'<a class="lk-ib" id="lk-bell".*?</a>', client.get("/me/").content.decode(), re.S)
    assert found
    return found[0]


# ── the bell ─────────────────────────────────────────────────────────────────


def test_the_bell_counts_and_is_red_only_when_something_cannot_wait(cast: Cast) -> None:
    client = enter(cast.chen)
    assert 'aria-label="通知"' in the_bell(client) and "lk-cnt" not in the_bell(client)
    given(cast.chen)
    given(cast.lin)
    assert 'aria-label="通知，1 条没看"' in the_bell(client)
    assert '<span class="lk-cnt" aria-hidden="true">1</span>' in the_bell(client)
    given(cast.chen, urgent=True)
    assert 'aria-label="通知，2 条没看，有不能等的"' in the_bell(client)
    assert '<span class="lk-cnt lk-hot" aria-hidden="true">2</span>' in the_bell(client)


def test_the_bell_asks_and_hears_only_what_is_new(cast: Cast, wednesday: Any) -> None:
    client = enter(cast.chen)
    given(cast.chen)
    address = re.search(r'hx-get="([^"]+)"', the_bell(client))
    assert address
    assert client.get(address[1]).status_code == 204
    wednesday.shift(60)
    given(cast.chen, at=datetime(2026, 11, 18, 12, 1, tzinfo=SHANGHAI))
    answer = client.get(address[1]).content.decode()
    assert 'id="lk-bell"' in answer and "来了新通知，2 条没看。" in answer
    Notice.objects.update(read_at=NOON)
    answer = client.get(address[1]).content.decode()
    assert 'aria-label="通知"' in answer and "来了" not in answer  # fewer is no news


@pytest.mark.parametrize("seen", ["", "x", "1.0", "1.0.x", "9" * 50])
def test_any_mark_is_answered(cast: Cast, seen: str) -> None:
    given(cast.chen)
    answer = enter(cast.chen).get("/notices/bell/", {"seen": seen})
    assert answer.status_code == 200 and "来了" not in answer.content.decode()


def test_the_bell_costs_one_query_of_its_own(cast: Cast, django_assert_num_queries: Any) -> None:
    client = enter(cast.chen)
    client.get("/me/")
    with django_assert_num_queries(3):  # session, user, bell
        client.get("/notices/bell/", {"seen": "x"})


def test_who_is_logged_out_is_told_nothing(cast: Cast) -> None:
    assert Client().get("/notices/bell/", headers={"HX-Request": "true"}).status_code == 401
    assert 'id="lk-bell"' not in Client().get("/account/login/").content.decode()


# ── the list ─────────────────────────────────────────────────────────────────


def test_nothing_yet(cast: Cast) -> None:
    page = text(enter(cast.root).get("/notices/"))
    assert "还没有通知" in page and "都看过了" in page and "全部看过" not in page


def test_newest_first_by_day(cast: Cast) -> None:
    given(cast.chen, 1, datetime(2026, 11, 13, 9, 0, tzinfo=SHANGHAI))
    given(cast.chen, 2, datetime(2026, 11, 17, 23, 59, tzinfo=SHANGHAI))
    given(cast.chen, 3, datetime(2026, 11, 18, 0, 1, tzinfo=SHANGHAI), urgent=True)
    given(cast.lin, 4)
    page = text(enter(cast.chen).get("/notices/"))
    wanted = [
        "3 条没看",
        "今天",
        "00:01",
        "何静交给您 3 件事。",
        "不能等",
        "昨天",
        "23:59",
        "何静交给您 2 件事。",
        "11月13日 周五",
        "09:00",
    ]
    places = [page.index(word, page.index("全部看过") if place else 0) for place, word in enumerate(wanted)]
    assert places == sorted(places)
    assert "4 件事" not in page


def test_opening_reads_it_and_leads_there(cast: Cast) -> None:
    first, second = given(cast.chen), given(cast.chen)
    client = enter(cast.chen)
    assert client.get(f"/notices/{first.pk}/").status_code == 405
    answer = client.post(f"/notices/{first.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/check-outs/")
    assert list(Notice.objects.filter(read_at=None)) == [second]
    assert enter(cast.lin).post(f"/notices/{second.pk}/").status_code == 404
    assert list(Notice.objects.filter(read_at=None)) == [second]
    tell([cast.chen.pk], "backtest.ready")
    assert client.post(f"/notices/{Notice.objects.latest('pk').pk}/")["Location"] == "/notices/"


def test_all_that_the_page_showed_is_read_not_what_came_meanwhile(cast: Cast) -> None:
    given(cast.chen)
    client = enter(cast.chen)
    upto = re.search(r'name="upto" value="(\d+)"', client.get("/notices/").content.decode())
    assert upto
    late, others = given(cast.chen), given(cast.lin)
    assert client.post("/notices/read/", {"upto": upto[1]})["Location"] == "/notices/"
    assert set(Notice.objects.filter(read_at=None)) == {late, others}
    assert "1 条记成看过了" in text(client.get("/notices/"))
    for wrong in ("", "x", "9" * 40):
        client.post("/notices/read/", {"upto": wrong})
    assert set(Notice.objects.filter(read_at=None)) == {late, others}


def test_pages_of_fifty_cost_the_same(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for n in range(51):
        given(cast.chen, n)
    client = enter(cast.chen)
    with django_assert_max_num_queries(16):
        page = text(client.get("/notices/"))
    assert "第 1 页，共 2 页" in page
    assert "何静交给您 0 件事。" in text(client.get("/notices/?page=2"))


def test_a_word_about_a_customer_goes_with_him(cast: Cast) -> None:
    kept = card(cast.chen, "张书远")
    tell([cast.chen.pk], "pool.claimed", slots={"who": "林倩", "customer": "张书远"}, customer=kept.pk)
    kept.delete()
    assert not Notice.objects.exists()


# ── as a person meets it ─────────────────────────────────────────────────────


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_new_one_shows_itself_while_the_page_is_open(live: Any, sign_in: Any, axe: Any, fits: Any) -> None:
    cast = assemble()
    sign_in(cast.chen)
    live.clock.install()
    live.goto("/me/")
    assert live.locator("#lk-bell .lk-cnt").count() == 0
    given(cast.chen, urgent=True)
    live.clock.fast_forward(31_000)
    live.locator("#lk-bell .lk-cnt").wait_for()
    assert live.locator("#lk-bell").get_attribute("aria-label") == "通知，1 条没看，有不能等的"
    assert live.locator("#lk-heard").text_content() == "来了不能等的通知，1 条没看。"
    axe(live)
    live.set_viewport_size(PHONE)
    fits(live)
    live.locator("#lk-bell").click()
    live.locator(".lk-news").wait_for()
    axe(live)
    fits(live)
    live.locator(".lk-news button").click()
    live.wait_for_url("**/check-outs/")
    assert live.locator("#lk-bell .lk-cnt").count() == 0


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_lost_log_in_is_asked_once_and_says_nothing(live: Any, sign_in: Any, console: Any) -> None:
    cast = assemble()
    console.allow("401")
    sign_in(cast.chen)
    live.clock.install()
    live.goto("/me/")
    asked: list[str] = []
    live.on("request", lambda request: asked.append(request.url) if "/notices/bell/" in request.url else None)
    live.context.clear_cookies()
    for _turn in range(3):
        with_answer = live.expect_response("**/notices/bell/**") if not asked else None
        if with_answer:
            with with_answer:
                live.clock.fast_forward(31_000)
        else:
            live.clock.fast_forward(31_000)
    assert len(asked) == 1
    assert live.locator("#lk-notes .lk-note").count() == 0


def test_marks() -> None:
    before, later = Bell(1, False, NOON), Bell(2, False, NOON.replace(minute=1))
    assert later.rings_after(before.mark) and not before.rings_after(later.mark) and not Bell().rings_after(before.mark)
    assert Bell().mark == "0.0.0"


def test_the_bell_of_nobody_else(cast: Cast) -> None:
    given(cast.lin, urgent=True)
    assert bell(cast.chen) == Bell()
    assert bell(cast.lin) == Bell(1, True, NOON)
