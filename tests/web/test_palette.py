"""Search and commands: what is found, by what, for whom; acting without the mouse."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from liuke.segments.models import SavedView
from liuke.web.palette import fit
from tests.cast import assemble, card


@pytest.fixture
def cast(db):
    return assemble()


def asked(user, q="", here=""):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    answer = client.get("/palette/", {"q": q, "here": here}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def plain(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def groups(html):
    """The heads in order, without their counts."""
    return [unescape(re.sub(r"<span>.*?</span>", "", head)) for head in re.findall(r"<h3>(.*?)</h3>", html)]


@pytest.mark.parametrize(
    "q", ["张书远", "书远", "zhangshuyuan", "zhang shu", "zsy", "shuyuan", "5678", "13812345678", "浙A7123Q", "a7123q", "7123Q"]
)
def test_a_customer_is_found_by_whatever_is_at_hand(cast, q):
    mine = card(cast.chen, "张书远", "13812345678", aliases="浙A7123Q")
    card(cast.chen, "葛建华", "13900001111")
    html = asked(cast.chen, q)
    assert re.findall(r'data-acts="@(\d+)"', html) == [str(mine.pk)]
    assert "138****5678" in plain(html).replace(" ", "") and "13812345678" not in html.replace(f"“{q}”", "").replace(f"name={q}", "")


def test_the_groups_stand_in_one_order(cast):
    for name in ("客户甲", "客户乙"):
        card(cast.he, name, unit=cast.binjiang)
    SavedView.objects.create(user=cast.he, name="客户名单一", query="tier=gold")
    html = asked(cast.he, "客户")
    assert groups(html) == ["客户", "可以做的", "名单", "页面"]
    assert '/customers/?tier=gold"' in html
    assert groups(asked(cast.he, "键盘")) == ["没有找到这样的客户", "可以做的", "帮助"]
    assert 'data-lk-show="lk-keys"' in asked(cast.he, "jpkjj")


def test_five_customers_and_the_way_to_all_of_them(cast):
    for place in range(7):
        card(cast.chen, f"张{place}")
    html = asked(cast.chen, "张")
    assert html.count("data-acts") == 5
    assert "看全部 7 位" in plain(html)


@pytest.mark.parametrize(
    ("words", "typed", "found"),
    [
        ("借出的卡", "jcdk", (("j", "ie"), ("c", "hu"), ("d", "e"), ("k", "a"))),
        ("借出的卡", "chude", (("", "jie"), ("chu", ""), ("de", ""), ("", "ka"))),
        ("借出的卡", "出的", ()),
        ("借出的卡", "", ()),
        ("借出的卡", "zs", None),
        ("借出的卡", "查", None),
        ("CSV 导入", "csv", ()),
    ],
)
def test_matched_letters_are_set_apart(words, typed, found):
    assert fit(words, typed) == found


def test_matched_letters_are_bold_on_the_page(cast):
    card(cast.chen, "张书远", "13812345678")
    assert '<span class="lk-py"><b>z</b>hang <b>s</b>hu yuan</span>' in asked(cast.chen, "zs")
    assert '<span class="lk-nm">张<mark>书远</mark></span>' in asked(cast.chen, "书远")
    assert "138****<mark>5678</mark>" in asked(cast.chen, "5678")
    assert "<b>j</b>ie <b>c</b>hu" in asked(cast.chen, "jc")


def test_only_what_one_may_see_and_do_is_there(cast):
    card(cast.ding, "张书远", "13812345678")
    card(cast.zhou, "张书远", "13800005678")
    SavedView.objects.create(user=cast.zhou, name="张家名单", query="tier=gold")
    for q in ("张书远", "zsy", "5678"):
        html = plain(asked(cast.chen, q))
        assert "没有找到这样的客户" in html
        assert "位同名" not in html and "张家名单" not in html
    assert "已经有 1 位同名" in plain(asked(cast.he, "张书远"))  # 丁磊's is another region's
    assert "2 位" in plain(asked(cast.zhao, "张书远"))
    assert "驾驶舱" in plain(asked(cast.he, "jsc")) and "驾驶舱" not in plain(asked(cast.chen, "jsc"))
    assert 'href="/imports/new/"' in asked(cast.he, "导入") and "/imports/" not in asked(cast.chen, "导入")
    assert "新建客户" not in plain(asked(cast.xu, "新建"))  # the operations centre opens no cards


def test_what_can_be_done_here_is_about_the_card_that_is_open(cast):
    mine, far = card(cast.chen, "张书远"), card(cast.ding, "葛建华")
    for here in (f"/customers/{mine.pk}/", f"/customers/?tier=gold&open={mine.pk}"):
        html = asked(cast.chen, "", here)
        assert groups(html)[0] == "对张书远"
        assert f"/customers/{mine.pk}/interactions/new/" in html
    for here in (f"/customers/{far.pk}/", f"/customers/?open={far.pk}", "/customers/987654321/", "/customers/x/", "?open=" + "9" * 400):
        assert "葛建华" not in asked(cast.chen, "", here)
        assert groups(asked(cast.chen, "", here))[0] == "可以做的"


def test_a_new_customer_begins_with_who_has_the_name_already(cast):
    card(cast.chen, "张书远", "13812345678")
    card(cast.ding, "张书远", "13900001111")
    client = Client()
    client.force_login(cast.chen, backend=settings.AUTHENTICATION_BACKENDS[0])
    page = plain(client.get("/customers/new/", {"name": "张书远"}).content.decode())
    assert "已经有 1 位叫张书远，先看是不是同一个人。" in page and "138****5678" in page
    assert "139" not in page.partition("已经有")[2].partition("姓名")[0]
    assert "已经有" not in plain(client.get("/customers/new/", {"name": "张书"}).content.decode())


def test_an_injected_name_is_only_a_name(cast):
    html = asked(cast.chen, '<img src=x onerror="1">')
    assert "<img" not in html and "&lt;img" in html


@pytest.mark.browser
def test_all_of_it_by_keys(transactional_db, live, sign_in, axe):
    made = assemble()
    mine = card(made.chen, "张书远", "13812345678")
    sign_in(made.chen)
    live.goto("/customers/")
    live.keyboard.press("/")
    live.wait_for_selector("#lk-palette[open] .lk-pal-it")
    live.keyboard.type("zsy")
    live.wait_for_selector(".lk-pal-it:has-text('张书远')")
    axe(live)
    live.keyboard.press("Tab")
    live.wait_for_selector(".lk-pal-it:has-text('记一笔')")
    live.keyboard.press("Escape")
    live.keyboard.press("Control+k")
    live.keyboard.type("jpkjj")
    live.wait_for_selector(".lk-pal-it[data-lk-show]")
    live.keyboard.press("ArrowDown")  # past 新建客户“jpkjj”
    live.keyboard.press("Enter")
    live.wait_for_selector("#lk-keys[open]")
    assert not live.is_visible("#lk-palette")
    live.keyboard.press("Escape")
    live.keyboard.press("Control+k")
    live.keyboard.type("张书远")
    live.wait_for_selector("[data-lk-new]:has-text('已经有 1 位同名')")
    live.keyboard.press("Control+Enter")
    live.wait_for_url("**/customers/new/?name=*")
    live.wait_for_selector(f".lk-note a[href='/customers/{mine.pk}/']")
    axe(live)
