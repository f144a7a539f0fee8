"""The own page: who I am, what I may see, my language; and the page of components."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from liuke.team.models import User
from liuke.web.page import NAV
from liuke.web.places import GROUPS
from tests.browser import PHONE
from tests.cast import Cast, assemble
from tests.web.pages import enter

pytestmark = pytest.mark.usefixtures("chinese")


def page(user: User, address: str = "/me/", language: str = "zh-hans") -> str:
    answer = enter(user, language).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("who", "title", "sight"),
    [
        ("chen", "您是陈思远，业务员", "您看得到自己名下的客户。"),
        ("lin", "您是林倩，服务专员", "您看得到杭州滨江店的客户卡"),
        ("he", "您是何静，区域主管", "您看得到华东区的全部客户"),
        ("xu", "您是许文涛，客户运营中心", "手机号和地址都遮住"),
        ("fang", "您是方敏，资料保管员", "借卡记录和操作记录"),
        ("zhao", "您是赵国平，总经理", "您看得到启程汽车服务集团的全部客户、数字和操作记录。"),
        ("root", "您是管理员", "这里看不到任何客户"),
    ],
)
def test_who_i_am(cast: Cast, who: str, title: str, sight: str) -> None:
    shown = page(getattr(cast, who))
    assert f"<h1>{title}</h1>" in shown
    assert sight in shown


def test_a_wider_scope_is_told(cast: Cast) -> None:
    cast.he.scope = cast.group
    cast.he.save()
    shown = page(cast.he)
    assert "您看得到启程汽车服务集团的全部客户" in shown
    assert "<dt>范围</dt><dd>启程汽车服务集团</dd>" in shown


def test_every_page_stands_once_under_its_head_with_a_line(cast: Cast) -> None:
    keys = [key for _label, lines in GROUPS for key in lines]
    assert sorted(keys) == sorted(NAV), "a new page of the navigation needs its group and its line"
    he, chen = page(cast.he, "/pages/"), page(cast.chen, "/pages/")
    assert [label for label in ("每天", "客户", "看数", "做法", "数据和设置") if f"<h2>{label}</h2>" not in he] == []
    assert ('href="/handovers/"' in he, 'href="/handovers/"' in chen) == (True, False)
    assert '<span class="lk-only-m">下面一排放常用的，别的从这里去。</span>' in he
    assert "Ctrl K" not in page(cast.root, "/pages/"), "an administrator has nothing to search"


def test_the_language_is_chosen_and_kept(cast: Cast) -> None:
    client = enter(cast.chen)
    answer = client.post("/language/", {"language": "en", "next": "/me/"})
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    cookie = answer.cookies["django_language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("en", True, "Lax")
    assert '<html lang="en"' in client.get("/me/").content.decode()
    client.post("/language/", {"language": "zh-hans", "next": "/me/"})
    assert '<html lang="zh-Hans"' in client.get("/me/").content.decode()


def test_the_language_can_be_chosen_before_signing_in(db: None) -> None:
    client = Client()
    assert 'name="language" value="en"' in client.get("/account/login/?next=/me/").content.decode()
    client.post("/language/", {"language": "en", "next": "/account/login/?next=/me/"})
    assert '<html lang="en"' in client.get("/account/login/?next=/me/").content.decode()


@pytest.mark.parametrize("bad", ["https://example.com/", "//example.com"])
def test_the_switch_leads_to_no_other_site(db: None, bad: str) -> None:
    assert Client().post("/language/", {"language": "en", "next": bad})["Location"] == "/"


def test_looking_at_the_switch_changes_nothing(db: None) -> None:
    assert "django_language" not in Client().get("/language/?language=en").cookies


def test_components_for_everybody(cast: Cast) -> None:
    assert "部件与状态" in page(cast.root, "/components/")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_my_page(live: Any, axe: Any, fits: Any, sign_in: Any, theme: str) -> None:
    sign_in(assemble().chen)
    live.emulate_media(color_scheme=theme)
    for size in (PHONE, {"width": 1440, "height": 900}):
        live.set_viewport_size(size)
        live.goto("/me/")
        axe(live)
        fits(live)
    live.locator("main").get_by_role("radio", name="暗").check()
    assert live.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    live.reload()
    assert live.evaluate("document.documentElement.dataset.bsTheme") == "dark", "kept on this device"


# ── what is set for oneself, on every device ──


def test_text_size_and_keys_are_written_on_the_page(cast: Cast) -> None:
    client = enter(cast.chen)

    def html() -> str:
        return client.get("/me/").content.decode().partition("<head>")[0]

    assert "data-text" not in html() and "data-keys" not in html()
    assert client.post("/me/preferences/", {"text": "large"}, headers={"HX-Request": "true"}).status_code == 204
    assert 'data-text="large"' in html() and "data-keys" not in html()
    assert client.post("/me/preferences/", {"boxes": "keys"})["Location"] == "/me/"
    assert 'data-text="large"' in html() and 'data-keys="off"' in html()
    client.post("/me/preferences/", {"text": "normal", "boxes": "keys", "keys": "on"})
    assert "data-text" not in html() and "data-keys" not in html()
    client.post("/me/preferences/", {"text": "large"})
    assert 'data-text="large"' not in page(cast.he).partition("<head>")[0]  # another's stays as it is


@pytest.mark.parametrize("typed", [{"text": "huge"}, {"text": ""}, {"text": '"><script>'}])
def test_a_size_that_there_is_not_is_refused(cast: Cast, typed: dict[str, str]) -> None:
    client = enter(cast.chen)
    assert client.post("/me/preferences/", typed).status_code == 400
    assert "data-text" not in client.get("/me/").content.decode().partition("<head>")[0]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_keys_switched_off_stay_off_and_text_grows_at_once(live: Any, axe: Any, fits: Any, sign_in: Any) -> None:
    made = assemble()
    sign_in(made.chen)
    live.goto("/me/")
    size = "Math.round(document.querySelector('.lk-nav a').getBoundingClientRect().height)"
    before = live.evaluate(size)
    with live.expect_response("**/me/preferences/"):
        live.check("#main [name=text][value=large]")
    assert live.evaluate(size) > before
    with live.expect_response("**/me/preferences/"):
        live.uncheck("#main [data-lk-keys-on]")
    live.goto("/customers/")
    assert live.evaluate("document.documentElement.dataset.text") == "large"
    fits(live)
    axe(live)
    live.keyboard.press("?")
    live.keyboard.press("/")
    assert not live.is_visible("#lk-keys") and not live.is_visible("#lk-palette")
    live.keyboard.press("Control+k")
    live.wait_for_selector("#lk-palette[open]")
    live.keyboard.press("Escape")
    live.goto("/me/")
    with live.expect_response("**/me/preferences/"):
        live.check("#main [data-lk-keys-on]")
    live.keyboard.press("?")
    live.wait_for_selector("#lk-keys[open]")
