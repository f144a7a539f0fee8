"""集成 and 通知设置 as people meet them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from django_tasks_db.models import DBTaskResult

from liuke.notify.actions import Wanted, add_channel
from liuke.notify.actions import test as try_out
from liuke.notify.models import Channel, Delivery
from liuke.notify.sending import send_due
from liuke.notify.wishes import KEY, Wish
from liuke.team.models import Company, User
from liuke.team.queries import preference
from tests.browser import PHONE
from tests.cast import Cast, assemble
from tests.notify.server import robot

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=SECRETKEY"


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


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


# ── 集成 ─────────────────────────────────────────────────────────────────────


def test_only_the_administrator_sees_it(cast: Cast) -> None:
    assert 'href="/integrations/"' in enter(cast.root).get("/team/").content.decode()
    for user in (cast.chen, cast.he, cast.zhao):
        assert enter(user).get("/integrations/").status_code == 404
    page = text(enter(cast.root).get("/integrations/"))
    assert "还没有往外发的渠道" in page and "还没有发过" in page


def test_added_changed_and_never_shown_again(cast: Cast) -> None:
    client = enter(cast.root)
    given = {"kind": "wecom", "name": "主管群", "url": URL, "unit": str(cast.east.pk), "urgent": "1", "letter": "1"}
    assert client.post("/integrations/new/", given)["Location"] == "/integrations/"
    way = Channel.objects.get()
    assert (way.urgent, way.digest, way.letter, way.unit) == (True, False, True, cast.east)
    page = client.get("/integrations/").content.decode()
    assert "主管群" in page and "qyapi.weixin.qq.com，华东区" in text(client.get("/integrations/")) and "还没发过，先试发一条" in page
    form = client.get(f"/integrations/{way.pk}/").content.decode()
    assert "SECRET" not in page + form and "现在是 qyapi.weixin.qq.com 的" in form
    assert client.post(f"/integrations/{way.pk}/", {"name": "华东群", "digest": "1"}).status_code == 302
    way.refresh_from_db()
    assert (way.name, way.url, way.urgent, way.digest, way.unit) == ("华东群", URL, False, True, None)
    assert client.get("/integrations/987654321/").status_code == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "", "name": "群", "url": URL}, "请选发到哪里。"),
        ({"kind": "wecom", "name": "", "url": URL}, "请写一个名字"),
        ({"kind": "wecom", "name": "群", "url": ""}, "请把机器人的 Webhook 地址整行复制过来。"),
        ({"kind": "wecom", "name": "群", "url": URL.replace("https", "http")}, "地址要以 https:// 开头。"),
        ({"kind": "feishu", "name": "群", "url": URL}, "这是别家机器人的地址"),
    ],
    ids=["kind", "name", "url", "https", "other"],
)
def test_what_is_wrong_is_said_at_its_field(cast: Cast, given: dict[str, str], said: str) -> None:
    answer = enter(cast.root).post("/integrations/new/", given)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert "SECRETKEY" not in answer.content.decode() and not Channel.objects.exists()


def test_off_on_and_a_trial(cast: Cast) -> None:
    way = add_channel(cast.root, "wecom", Wanted("主管群", URL))
    client = enter(cast.root)
    client.post(f"/integrations/{way.pk}/off/")
    page = text(client.get("/integrations/"))
    assert "主管群停了" in page and "停着" in page and "试发" not in page.split("最近发的")[0]
    client.post(f"/integrations/{way.pk}/test/")
    assert "这条渠道停着，先打开再试。" in text(client.get("/integrations/")) and not Delivery.objects.exists()
    client.post(f"/integrations/{way.pk}/on/")
    client.post(f"/integrations/{way.pk}/test/")
    page = client.get("/integrations/").content.decode()
    assert "试发的一条在路上" in page and 'hx-get="/integrations/sent/"' in page and "等着发" in page
    assert DBTaskResult.objects.filter(task_path__endswith="send_notices").count() == 1


def test_what_went_and_what_did_not(cast: Cast, settings: Any) -> None:
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    client = enter(cast.root)
    with robot("bad_key") as side:
        way = add_channel(cast.root, "wecom", Wanted("主管群", side.url))
        made = try_out(cast.root, way.pk)
        assert send_due(NOON + timedelta(seconds=30)).failed == 1
        page = text(client.get("/integrations/"))
        assert "连着 1 次没发成，今天 12:01再试" in page
        assert re.search("试了 1 次，网址里的钥匙对方不认，请重新复制，今天 12:01再试", page) and "SECRET" not in page
        Delivery.objects.update(state="given_up", tries=8)
        page = text(client.get("/integrations/"))
        assert "没发成，试了 8 次：网址里的钥匙对方不认，请重新复制" in page and "再发一次" in page
        side.behave = "take"
        client.post(f"/integrations/messages/{made.pk}/again/")
        send_due(NOON + timedelta(minutes=2))
    page = text(client.get("/integrations/sent/"))
    assert "发出去了" in page and "再发一次" not in page
    assert client.post("/integrations/messages/987654321/again/").status_code == 404


def test_the_pages_cost_the_same(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for n in range(6):
        try_out(cast.root, add_channel(cast.root, "wecom", Wanted(f"群{n}", URL)).pk)
    client = enter(cast.root)
    with django_assert_max_num_queries(14):
        client.get("/integrations/")


# ── 通知设置 ─────────────────────────────────────────────────────────────────


def test_what_i_want_by_mail(cast: Cast) -> None:
    client = enter(cast.chen)
    assert "没填邮箱，通知只在右上角的铃里。" in text(client.get("/me/"))
    page = client.get("/me/notices/").content.decode()
    assert "公司还没有开电子邮件" in page and "每周一封信" not in page and len(re.findall(r'name="kind" value="\w+" checked', page)) == 12
    answer = client.post("/me/notices/", {"email": "chen@example.com", "kind": ["task", "nothing"], "urgent": "1"})
    assert answer["Location"] == "/me/notices/"
    cast.chen.refresh_from_db()
    cast.chen.__dict__.pop("_preferences", None)
    assert cast.chen.email == "chen@example.com"
    assert Wish.of(preference(cast.chen, KEY)) == Wish(frozenset({"task"}), True, False, False)
    assert "邮件发到 chen@example.com。" in text(client.get("/me/"))
    assert "每周一封信" in enter(cast.zhao).get("/me/notices/").content.decode()


@pytest.mark.parametrize("email", ["chen", "chen@", "a@b.c\r\nBcc: x@y.z", "x" * 250 + "@example.com"], ids=["word", "half", "two", "long"])
def test_what_is_no_address_is_refused(cast: Cast, email: str) -> None:
    answer = enter(cast.chen).post("/me/notices/", {"email": email, "kind": ["task"]})
    assert answer.status_code == 422 and "aria-invalid" in answer.content.decode()
    cast.chen.refresh_from_db()
    assert cast.chen.email == "" and preference(cast.chen, KEY) is None


# ── as a person meets it ─────────────────────────────────────────────────────


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages(live: Any, sign_in: Any, axe: Any, fits: Any, scheme: str, settings: Any) -> None:
    cast = assemble()
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    sign_in(cast.root)
    live.emulate_media(color_scheme=scheme)
    with robot() as side:
        live.goto("/integrations/new/")
        live.get_by_label("发到哪里").select_option("wecom")
        live.get_by_label("名称").fill("主管群")
        live.get_by_label("机器人的 Webhook 地址").fill(side.url)
        axe(live)
        live.get_by_role("button", name="存好").click()
        live.wait_for_url("**/integrations/")
        live.get_by_role("button", name="给主管群试发一条").click()
        live.locator("#lk-sent").get_by_text("等着发").wait_for()
        send_due()
        live.locator("#lk-sent").get_by_text("发出去了").wait_for()
    for page in ("/integrations/", "/integrations/new/", "/me/notices/"):
        live.goto(page)
        axe(live)
        live.set_viewport_size(PHONE)
        fits(live)
        axe(live)
