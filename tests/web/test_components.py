"""The template environment, the words of figures, and the frame drawn from it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.template import engines
from django.test import override_settings
from django.utils import translation
from jinja2 import Environment, TemplateNotFound, UndefinedError
from markupsafe import Markup

from liuke.web import components, words
from liuke.web.page import SHEETS
from liuke.web.samples import Sample
from liuke.web.shell import NavGroup, NavItem, Shell, Undo, Who

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def friday() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=False), translation.override("zh-hans"):
        yield


@pytest.fixture
def env() -> Environment:
    return engines["jinja2"].env  # type: ignore[attr-defined,no-any-return]


def draw(env: Environment, source: str, **values: object) -> str:
    return env.from_string(source).render(values)


def frame(**changes: object) -> Shell:
    today = NavItem("today", "sun", "今日", "/today/", 12)
    late = NavItem("complaints", "message-report", "投诉", "/complaints/", 2, hot=True)
    values: dict[str, object] = {
        "nav": (NavGroup("", (today, late)),),
        "tabs": (today, late),
        "who": Who("陈", "陈思远", "业务员", "杭州滨江店"),
        "page": "today",
        "as_of": TODAY,
    } | changes
    return Shell(**values)  # type: ignore[arg-type]


def page(env: Environment, **changes: object) -> str:
    return env.get_template("base/components.html").render(shell=frame(**changes), sample=Sample())


# ── words of figures ──


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), "今天"),
        (date(2026, 11, 19), "昨天"),
        (date(2026, 11, 21), "明天"),
        (date(2026, 11, 18), "11月18日"),
        (date(2025, 11, 20), "2025年11月20日"),
        (date(2027, 3, 14), "2027年3月14日"),
        (None, "—"),
    ],
)
def test_day(day: date | None, expected: str) -> None:
    assert words.day(day) == expected


def test_a_late_evening_in_utc_is_the_next_day_on_the_local_clock() -> None:
    assert words.day(datetime(2026, 11, 19, 22, 0, tzinfo=UTC)) == "今天"
    assert words.moment(datetime(2026, 11, 19, 22, 0, tzinfo=UTC)) == "今天 06:00"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(date(2026, 4, 22), "212 天前"), (0, "今天"), (1212, "1,212 天前"), (date(2026, 11, 23), "3 天后"), (None, "—")],
)
def test_ago(value: date | int | None, expected: str) -> None:
    assert words.ago(value) == expected


@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        (0, "¥0"),
        (50_32_00, "¥5,032"),
        (50_32_50, "¥5,033"),
        (999_949, "¥9,999"),
        (26_800_000, "¥26.8 万"),
        (231_000_000, "¥231 万"),
        (-1300, "−¥13"),
        (None, "—"),
    ],
)
def test_brief_money(cents: int | None, expected: str) -> None:
    assert words.brief(cents) == expected


def test_brief_money_in_english_has_no_wan() -> None:
    with translation.override("en"):
        assert words.brief(26_800_000) == "¥268k"
        assert words.brief(231_000_000) == "¥2.3M"
        assert words.brief(99_999_900) == "¥1M"


def test_figures() -> None:
    assert words.thousands(1267) == "1,267"
    assert words.thousands(-0.4, 1) == "−0.4"
    assert words.signed(9.6, 1) == "＋9.6"
    assert words.signed(0) == "0"
    assert words.percent(0.236) == "23.6%"
    assert words.span(140) == "2 小时 20 分"
    assert words.span(180) == "3 小时"
    assert words.span(48) == "48 分钟"
    assert words.weekday(TODAY) == "周五"


def test_strong_and_marked_escape_what_they_did_not_write() -> None:
    assert words.strong("**212 天**没来 <b>x</b>") == "<b>212 天</b>没来 &lt;b&gt;x&lt;/b&gt;"
    assert words.strong(Markup("张 &amp; 李 **3 次**")) == "张 &amp; 李 <b>3 次</b>"
    assert words.marked("<i>张三</i>", "张") == "&lt;i&gt;<mark>张</mark>三&lt;/i&gt;"
    assert words.marked("a&b", "&") == "a<mark>&amp;</mark>b"
    assert words.marked("张三", "") == "张三"


# ── environment ──


def test_names_that_do_not_exist_raise(env: Environment) -> None:
    with pytest.raises(UndefinedError):
        draw(env, "{{ nobody }}")
    with pytest.raises(UndefinedError):
        draw(env, "{{ ui.no_such_component() }}")
    with pytest.raises(TemplateNotFound):
        env.get_template("base/no-such-page.html")


def test_everything_is_escaped_even_in_messages(env: Environment) -> None:
    name = '<img src=x onerror="alert(1)">'
    for source in (
        "{{ x }}",
        "{{ _('客户 %(n)s', n=x) }}",
        "{{ ui.n(x, x) }}",
        "{{ ui.tag(x) }}",
        "{{ ui.chip(x, x, on=true, remove=x) }}",
        "{{ ui.pick(1, x) }}",
    ):
        html = draw(env, source, x=name)
        assert "<img" not in html
        assert 'onerror="' not in html


def test_messages_go_through_the_catalogue_of_django(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "gettext", lambda text: f"[{text}]")
    assert draw(components.environment(loader=env.loader), "{{ _('今日') }} {{ _('%(n)s 件', n=3) }}") == "[今日] [3 件]"


def test_an_icon_is_inline_and_silent() -> None:
    svg = components.icon("phone", 14)
    assert isinstance(svg, Markup)
    assert svg.startswith('<svg class="lk-ic" width="14" height="14" viewBox="0 0 24 24" aria-hidden="true"><path d="')
    with pytest.raises(components.NotBuilt, match=r"icons\.txt"):
        components.icon("no-such-icon")


@override_settings(STATIC_URL="/s/")
def test_assets_have_the_names_of_the_build() -> None:
    assert re.fullmatch(r"/s/dist/app-[A-Z0-9]{8}\.js", components.asset("app.js"))
    assert (components.DIST / components.asset_name("style.css")).stat().st_size > 0
    with pytest.raises(components.NotBuilt):
        components.asset("other.js")


def test_url_leaves_out_what_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "reverse", lambda name, args, kwargs: f"/{name}/")
    assert components.url("customers") == "/customers/"
    assert components.url("customers", query={"stage": "D", "q": "", "page": None, "tag": ["a", "b"]}) == "/customers/?stage=D&tag=a&tag=b"


def test_htmx_may_neither_evaluate_nor_keep_pages() -> None:
    config = json.loads(components.htmx_config())
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["historyCacheSize"] == 0
    swapped = [rule["code"] for rule in config["responseHandling"] if rule["swap"]]
    assert swapped == ["[23]..", "422", "409"]


# ── components ──


def test_a_change_of_stage_is_written_old_to_new(env: Environment) -> None:
    html = draw(env, "{{ ui.stage('D', was='C') }}")
    assert re.sub(r"<[^>]+>", "", html) == "成熟→变为衰退"
    assert 'data-s="D"' in html
    assert re.sub(r"<[^>]+>", "", draw(env, "{{ ui.stage('C', was='C') }}")) == "成熟"


def test_a_moon_without_its_word_keeps_it_as_its_name(env: Environment) -> None:
    assert 'role="img" aria-label="离网"' in draw(env, "{{ ui.stage('E', word=false) }}")


def test_letters_of_stages_are_not_written(env: Environment) -> None:
    for code in "ABCDE":
        assert code not in re.sub(r"<[^>]+>", "", draw(env, "{{ ui.stage(code) }}", code=code))


def test_a_form_that_came_back_names_its_error(env: Environment) -> None:
    html = draw(env, "{{ ui.input('phone', '手机', '138', error='少八位') }}")
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="f-phone-d"' in html
    assert '<span id="f-phone-d"><span class="lk-note-e">少八位</span></span>' in html


def test_undo_is_a_post_and_travels_out_of_band(env: Environment) -> None:
    html = draw(env, "{{ ui.undo_slot(undo, oob=true) }}", undo=Undo("没接，明天再打", "/undo/7/"))
    assert 'hx-swap-oob="true"' in html
    assert '<form method="post" action="/undo/7/"' in html
    assert "<form" not in draw(env, "{{ ui.undo_slot(undo) }}", undo=Undo("已撤销"))


# ── the frame ──


def test_the_frame_marks_where_one_is(env: Environment) -> None:
    html = page(env)
    assert '<a href="/today/" class="lk-on" aria-current="page" data-lk-go="today">' in html
    assert '<span class="lk-c lk-hot">2<span class="lk-hide">，有超时</span></span>' in html
    assert "数据截至 11月20日" in html
    assert html.count("<h1") == 1


def test_a_past_day_tints_the_bar(env: Environment) -> None:
    html = page(env, as_of=date(2026, 3, 31), past=True)
    assert 'class="lk-top lk-past"' in html
    assert "看的是 3月31日" in html


def test_what_the_reader_may_not_use_is_not_there(env: Environment) -> None:
    html = page(env, search_url="", logout_url="", who=None)
    assert "data-lk-palette" not in html.split("<dialog")[0]
    assert 'class="lk-me"' not in html
    assert "退出" not in html


def test_pages_carry_no_inline_code(env: Environment) -> None:
    html = page(env)
    assert not re.findall(r"\son\w+=", html)
    assert not re.findall(r"<script(?![^>]* src=)", html)
    assert "<style" not in html
    assert " style=" not in html
    assert not re.findall(r'\bid="([^"]+)"(?=[\s\S]*\bid="\1")', html)


def test_every_class_of_a_template_is_ours() -> None:
    for path in (components.DIST.parents[1] / "templates" / "base").glob("*.html"):
        for value in re.findall(r'class="([^"{%]*)"', path.read_text("utf-8")):
            assert all(name.startswith("lk-") for name in value.split()), (path.name, value)


def test_own_style_and_script_stay_within_their_budget() -> None:
    own = json.loads((components.DIST / "sizes.json").read_text("utf-8"))["own_css"]
    common, outside = own.pop("app.css"), own.pop("public.css")
    assert outside <= 6 * 1024  # all of a page for customers
    assert set(own) == set(SHEETS.values())
    assert common > 10 * 1024
    assert all(common + sheet <= 60 * 1024 for sheet in own.values())
    assert (components.DIST / components.asset_name("app.js")).stat().st_size <= 120 * 1024
