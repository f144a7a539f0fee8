"""Today without a network: the day stays readable for its reader, outcomes wait on the device and are stored once when the line is back."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone, translation

from liuke.interactions.models import Interaction
from liuke.team.models import CalendarDay
from liuke.work.actions import finish, plan, undo
from liuke.work.models import Result, Task
from tests.browser import PHONE
from tests.web.pages import enter
from tests.work.cast import DAY, NOON, Company, company


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def three(on: date) -> Company:
    """陈思远's day of three; no holiday, whatever day it is."""
    made = company()
    for number, at_risk, name in (("K001", 503_200, "张书远"), ("K002", 900_000, "何美玲"), ("K003", 300_000, "郑海涛")):
        made.absent(number, at_risk, name=name)
    CalendarDay.objects.create(on=on, works=True)
    plan(on)
    return made


@pytest.fixture
def cast(db) -> Iterator[Company]:
    with time_machine.travel(NOON):
        yield three(DAY)


def task(name) -> Task:
    return Task.objects.get(customer__name=name, state="open")


def send(client: Client, task_id: int, **fields: object):
    return client.post(f"/today/{task_id}/outcome/", fields, headers={"HX-Request": "true", "Accept": "application/json"})


# ── what the server does ──


def test_an_outcome_sent_twice_is_the_same_answer_and_one_result(cast):
    client, he = enter(cast.siyuan), task("何美玲")
    first = send(client, he.pk, go="reached:", note="要报价", key="k1")
    again = send(client, he.pk, go="reached:", note="要报价", key="k1")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert first.json()["said"].startswith("何美玲：接通")
    assert (Result.objects.count(), Interaction.objects.get().summary) == (1, "要报价")


@pytest.mark.parametrize("go", ["reached:", "not_reached:", "refused:", "deal:", "later:3"])
def test_a_second_copy_of_what_was_undone_does_nothing_and_says_so(cast, go):
    client, he = enter(cast.siyuan), task("何美玲")
    send(client, he.pk, go=go, note="要报价", key="k1")
    undo(cast.siyuan, Result.objects.get().pk)
    before = [list(model.objects.order_by("pk").values()) for model in (Result, Task, Interaction)]
    answer = send(client, he.pk, go=go, note="要报价", key="k1")
    assert (answer.status_code, answer.json()) == (409, {"said": "这一笔已经撤销过了。"})
    assert client.post(f"/today/{he.pk}/outcome/", {"go": go, "key": "k1"}).status_code == 409
    assert [list(model.objects.order_by("pk").values()) for model in (Result, Task, Interaction)] == before
    assert send(client, he.pk, go=go, note="要报价", key="k2").status_code == 200  # done anew it is another act


def test_the_page_itself_may_be_posted_twice(cast):
    client, he = enter(cast.siyuan), task("何美玲")
    page = client.get(f"/today/{he.pk}/").content.decode()
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page)[1]
    for _turn in range(2):
        answer = client.post(f"/today/{he.pk}/outcome/", {"go": "not_reached:", "key": key}, headers={"HX-Request": "true"})
        assert "何美玲：没接，明天再打" in answer.content.decode()
    assert Result.objects.count() == 1


def test_who_was_second_is_told_who_was_first_and_nothing_changes(cast):
    he = task("何美玲")
    finish(cast.hejing, he.pk, "refused")
    before = list(Result.objects.values())
    answer = send(enter(cast.siyuan), he.pk, go="reached:", note="我打通了", key="k1")
    assert (answer.status_code, answer.json()) == (409, {"said": "这件何静刚才已经记过结果了。"})
    assert list(Result.objects.values()) == before


@pytest.mark.parametrize(("minutes", "kept"), [(-90, -90), (30, 0), (-60 * 24 * 30, -60 * 24 * 7)], ids=["typed", "to-come", "too-old"])
def test_it_is_of_the_time_it_was_typed(cast, minutes, kept):
    at = int((timezone.now().timestamp() + minutes * 60) * 1000)
    assert send(enter(cast.siyuan), task("何美玲").pk, go="not_reached:", key="k1", at=at).status_code == 200
    assert round((Result.objects.get().at - timezone.now()).total_seconds() / 60) == kept


def test_what_may_be_kept_says_whose_it_is_and_until_when(cast):
    client, zhang = enter(cast.siyuan), task("张书远")
    type(zhang.customer).objects.filter(pk=zhang.customer_id).update(phone="+8613812345678")
    midnight = int(NOON.timestamp()) + 12 * 3600
    stamp = f"{cast.siyuan.pk} {midnight}"
    assert client.get("/today/")["X-Liuke-Keep"] == stamp
    answer = client.get(f"/today/{zhang.pk}/?keep=1")
    kept = answer.json()
    assert (answer["X-Liuke-Keep"], sorted(kept["parts"]), kept["cards"]) == (stamp, ["", "2", "3", "4"], [])
    assert "13812345678" not in answer.content.decode()
    assert "X-Liuke-Keep" not in enter(cast.hejing).get(f"/today/of/{cast.siyuan.pk}/")
    assert "X-Liuke-Keep" not in client.get(f"/customers/{zhang.customer_id}/")
    client.post(f"/customers/{zhang.customer_id}/check-outs/new/", {"purpose": "打电话"})
    out = client.get(f"/today/{zhang.pk}/?keep=1")
    assert out.json()["cards"] == [f"/customers/{zhang.customer_id}/"]
    for page in (out, client.get(f"/customers/{zhang.customer_id}/")):
        assert page["X-Liuke-Keep"].startswith(f"{cast.siyuan.pk} ")
        assert NOON.timestamp() < int(page["X-Liuke-Keep"].split()[1]) <= midnight


def test_a_telephone_may_have_it_on_its_home_screen():
    """A manifest, and icons that are there, ours and served by us; every page leads to it."""
    client = Client()
    page = client.get("/account/login/").content.decode()
    [address] = re.findall(r'<link rel="manifest" href="([^"]+)">', page)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/manifest+json")
    told = answer.json()
    assert (told["name"], told["start_url"], told["display"]) == ("留客", "/", "standalone")
    [touch] = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)">', page)
    assert [icon["sizes"] for icon in told["icons"]] == ["any", "512x512"] and told["icons"][1]["src"] == touch
    for icon in told["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert found and icon["src"].startswith("/static/dist/icon-")
    assert Path(found).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_worker_stands_at_the_root_for_everybody():
    answer = Client().get("/sw.js")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "text/javascript; charset=utf-8", "no-cache")


# ── what the browser does ──


def until(live, true: str) -> None:
    """Wait until this is true in the page (its policy allows no predicate of Playwright's own)."""
    for _turn in range(150):
        if live.evaluate(true):
            return
        live.wait_for_timeout(100)
    raise AssertionError(true)


@pytest.mark.django_db(transaction=True)
class TestBrowser:
    """With a real service worker; the network goes and comes."""

    @pytest.fixture
    def day(self, live, sign_in, console):
        made = three(timezone.localdate())  # the browser has its own clock
        console.allow("Failed to (fetch|load resource)|htmx:")
        sign_in(made.siyuan)
        live.goto("/today/")
        until(live, f"caches.open('lk-day-{made.siyuan.pk}').then(cache => cache.keys()).then(keys => keys.length > 12)")
        return made

    def test_outcomes_wait_and_are_stored_once(self, live, day):
        live.set_viewport_size(PHONE)
        live.context.set_offline(True)
        live.locator(f"#task-{task('何美玲').pk}").click()
        live.locator("#lk-note, [name=note]").first.fill("她在开会，说晚上回")
        live.locator("label:has(input[value=reached])").click()
        live.locator(".lk-then[data-then=reached] button").first.click()
        line = live.locator("#lk-line")
        line.get_by_text("等网络，1 条").wait_for()
        live.locator(".lk-m-bar").get_by_text("第 2 件").wait_for()  # the next one is open, from what was kept
        assert "张先生" in live.locator("#lk-rail").inner_text()
        live.locator("label:has(input[value=not_reached])").click()
        live.locator(".lk-then[data-then=not_reached] button").first.click()
        line.get_by_text("等网络，2 条").wait_for()
        assert Result.objects.count() == 0
        live.context.set_offline(False)
        live.get_by_text("有网络了，2 条都记下了。").wait_for()
        assert sorted(Result.objects.values_list("outcome", "note")) == [("not_reached", ""), ("reached", "她在开会，说晚上回")]
        assert Interaction.objects.count() == 2
        assert live.evaluate("Object.keys(localStorage).filter(k => k.startsWith('lk-queue'))") == []

    def test_what_must_not_wait_opens_as_the_next_one_too(self, live, day):
        """Its row's own link is a plain one, and whole pages of tasks are not kept."""
        Task.objects.filter(pk=task("张书远").pk).update(must=True)
        live.goto("/today/")
        live.set_viewport_size(PHONE)
        live.context.set_offline(True)
        live.locator(f"#task-{task('何美玲').pk}").click()
        live.locator("label:has(input[value=not_reached])").click()
        live.locator(".lk-then[data-then=not_reached] button").first.click()
        live.locator("#lk-line").get_by_text("等网络，1 条").wait_for()
        live.locator(".lk-rail-hd h2").get_by_text("郑海涛").wait_for()
        live.locator("label:has(input[value=not_reached])").click()
        live.locator(".lk-then[data-then=not_reached] button").first.click()
        live.locator(".lk-rail-hd h2").get_by_text("张书远").wait_for()
        banner, bar = live.locator("#lk-line").bounding_box(), live.locator(".lk-m-bar").bounding_box()
        assert banner["y"] == 0 and bar["y"] >= banner["height"] - 1  # it covers nothing
        live.context.set_offline(False)
        live.get_by_text("有网络了，2 条都记下了。").wait_for()

    def test_the_list_and_the_script_are_readable_after_a_reload(self, live, day):
        live.context.set_offline(True)
        live.goto("/today/")
        assert "何美玲" in live.locator(".lk-l").inner_text()
        live.locator("#lk-line").get_by_text("没有网络").wait_for()
        live.locator(f"#task-{task('郑海涛').pk}").click()
        live.locator("#lk-script nav a").nth(2).click()
        live.locator("#lk-script nav a.lk-on").get_by_text("3").wait_for()
        live.context.set_offline(False)

    def test_somebody_else_was_first_is_told_and_the_note_is_kept(self, live, day):
        he = task("何美玲")
        live.context.set_offline(True)
        live.locator("[name=note]").first.fill("她要三家的价")
        live.locator("label:has(input[value=reached])").click()
        live.locator(".lk-then[data-then=reached] button").first.click()
        live.locator("#lk-line").get_by_text("等网络，1 条").wait_for()
        finish(day.hejing, he.pk, "refused")
        live.context.set_offline(False)
        told = live.locator(".lk-wire-told")
        told.get_by_text("何美玲：这件何静刚才已经记过结果了。").wait_for()
        told.get_by_text("您写的：她要三家的价").wait_for()
        assert Result.objects.count() == 1
        told.get_by_role("button", name="知道了").click()
        assert live.locator("#lk-line").is_hidden()

    def test_what_the_server_trips_over_holds_nothing_back_and_can_be_sent_again(self, live, day):
        he = task("何美玲")
        live.set_viewport_size(PHONE)
        live.context.set_offline(True)
        live.locator(f"#task-{he.pk}").click()
        live.locator("#lk-note, [name=note]").first.fill("她要三家的价")
        for outcome in ("reached", "not_reached"):
            live.locator(f"label:has(input[value={outcome}])").click()
            live.locator(f".lk-then[data-then={outcome}] button").first.click()
            live.locator("#lk-line").get_by_text(f"等网络，{1 if outcome == 'reached' else 2} 条").wait_for()
            if outcome == "reached":
                live.locator(".lk-m-bar").get_by_text("第 2 件").wait_for()
        live.evaluate(
            "at => { const real = fetch; window.tripped = 1;"
            " window.fetch = (url, how) => String(url).includes(at) && window.tripped ? Promise.resolve(new Response('', {status: 500}))"
            " : real(url, how); }",
            f"/today/{he.pk}/outcome/",
        )
        live.context.set_offline(False)
        live.get_by_text("有网络了，1 条都记下了。").wait_for()
        assert list(Result.objects.values_list("outcome", flat=True)) == ["not_reached"]
        told = live.locator(".lk-wire-told")
        told.get_by_text("何美玲：没存上，系统出了错").wait_for()
        told.get_by_text("您写的：她要三家的价").wait_for()
        told.get_by_role("button", name="再试一次").click()  # the page was loaded anew: the server is well again
        told.wait_for(state="detached")
        live.get_by_text("有网络了，1 条都记下了。").wait_for()
        assert sorted(Result.objects.values_list("outcome", "note")) == [("not_reached", ""), ("reached", "她要三家的价")]

    def test_nothing_is_left_for_the_next_one_at_this_machine(self, live, day, sign_in):
        names = "caches.keys().then(names => names.filter(name => name.startsWith('lk-day-')))"
        assert live.evaluate(names) == [f"lk-day-{day.siyuan.pk}"]
        sign_in(day.linqian)
        live.goto("/customers/")
        until(live, f"{names}.then(names => names.length === 0)")
        live.context.set_offline(True)
        live.goto("/today/", wait_until="commit")
        assert "没有网络" in live.locator("h1").inner_text()
        assert "何美玲" not in live.content()
        live.context.set_offline(False)

    def test_a_kept_answer_past_its_time_is_not_shown(self, live, day):
        aged = json.dumps(f"{day.siyuan.pk} 1000")
        live.evaluate(
            "async stamp => { const name = (await caches.keys()).find(n => n.startsWith('lk-day-')), cache = await caches.open(name);"
            " for (const key of await cache.keys()) { const kept = await cache.match(key, {ignoreVary: true});"
            " const headers = {'Content-Type': 'text/html', 'X-Liuke-Keep': JSON.parse(stamp)};"
            " await cache.put(key, new Response(await kept.text(), {headers})); } }",
            aged,
        )
        live.context.set_offline(True)
        live.goto("/today/", wait_until="commit")
        assert "没有网络" in live.locator("h1").inner_text()
        live.context.set_offline(False)
