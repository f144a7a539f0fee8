"""The list and the card in a browser: keys, the pane beside the list, ticked rows, search, both widths, both themes."""

from datetime import timedelta

import pytest

from liuke.deals.actions import enter_deal
from liuke.kernel import clock
from tests.browser import PHONE
from tests.cast import assemble, card
from tests.standing_rows import a_run, a_standing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast():
    made = assemble()
    today = clock.today()
    run = a_run(today)
    for place, name in enumerate(("张书远", "葛建华", "罗志强", "苏州佳禾物业管理有限责任公司")):
        one = card(made.chen, name, f"1381234567{place}", tier="gold", gender="male")
        for visit in range(5):
            enter_deal(made.chen, one.pk, today - timedelta(days=212 + 74 * visit), 128640000 if place == 3 else 328000)
        a_standing(
            run, one, last_deal=today - timedelta(days=212), deal_days=5, amount_12m_cents=682000, cycle_days=74.0,
            due_on=today - timedelta(days=138), abc="A", attitude="switcher", type="key", stage="D", stage_by_rule="D",
            stage_code="D.elapsed",
            stage_since=today, rule_since=today, leave_share=0.68, expected_cents=740000, value_at_risk_cents=503200 - place,
        )  # fmt: skip
    return made


def test_keys_walk_the_list_and_open_the_card_beside_it(cast, live, sign_in):
    sign_in(cast.he)
    live.goto("/customers/")
    live.wait_for_selector("#lk-views .lk-q")  # the counts have come
    live.keyboard.press("j")
    live.keyboard.press("j")
    live.keyboard.press("Enter")
    live.wait_for_selector("#lk-beside h2")
    assert live.inner_text("#lk-beside h2") == "葛建华"
    assert "open=" in live.url
    live.reload()
    assert live.inner_text("#lk-beside h2") == "葛建华"
    live.keyboard.press("Escape")
    live.wait_for_selector("#lk-beside h2", state="detached")
    assert "open=" not in live.url


def test_ticked_rows_are_handed_over_and_back(cast, live, sign_in):
    sign_in(cast.he)
    live.goto("/customers/")
    live.locator("[data-lk-pick]").nth(0).click()
    live.locator("[data-lk-pick]").nth(1).click()
    assert live.inner_text(".lk-bulk b") == "已选 2 位"
    live.click(".lk-bulk button:has-text('转交')")
    live.check("label:has-text('周倩文，南京江宁店') input")
    live.click("button:has-text('先看一遍')")
    live.click("button:has-text('交出 2 位')")
    live.wait_for_selector("#lk-undo button")
    assert live.inner_text("h1") == "2 位客户换了人负责"
    live.click("#lk-undo button")
    live.wait_for_selector("#lk-undo:has-text('还给了原来的业务员')")
    assert live.inner_text("h1") == "这次交接撤销了，还回 2 位"


def test_search_by_initials_then_what_can_be_done(cast, live, sign_in):
    sign_in(cast.chen)
    live.goto("/customers/")
    live.keyboard.press("Control+k")
    live.keyboard.type("zsy")
    live.wait_for_selector(".lk-pal-it:has-text('张书远')")
    live.keyboard.press("Tab")
    live.wait_for_selector(".lk-pal-it:has-text('记一笔')")
    live.click(".lk-pal-it:has-text('记一笔')")
    live.check("input[name=outcome][value=reached]")
    live.fill("textarea[name=summary]", "下周来")
    live.click("button:has-text('记下')")
    live.wait_for_selector(".lk-tl li:has-text('下周来')")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_anyone_can_read_them_at_any_width(cast, live, sign_in, axe, fits, theme):
    sign_in(cast.he)
    live.emulate_media(color_scheme=theme)
    first = live.goto("/customers/") and live.get_attribute("tbody a[data-lk-open]", "href").split("open=")[1]
    for address in (
        "/customers/",
        f"/customers/?grade=A&open={first}",
        f"/customers/{first}/",
        f"/customers/{first}/edit/",
        "/customers/new/",
    ):
        live.set_viewport_size({"width": 1440, "height": 900})
        live.goto(address)
        fits(live)
        axe(live)
        live.set_viewport_size(PHONE)
        live.goto(address)
        fits(live)
        axe(live)
