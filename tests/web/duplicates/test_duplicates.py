"""疑似重复 as the custodian meets it: the list, both cards side by side, the merge, its undo; nothing personal on any of it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from liuke.customers.models import Customer
from liuke.deals.models import Asset, Deal
from liuke.duplicates import scanning
from liuke.duplicates.models import DuplicatePair, Merge
from liuke.duplicates.queries import Side
from liuke.web.duplicates.words import reason_words
from tests.browser import PHONE
from tests.cast import Cast, assemble, card

NUMBER, WECHAT, STREET = "13800001234", "shuyuan2", "江南大道288号"


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def client(cast: Cast) -> Client:
    found = Client()
    found.force_login(cast.fang)
    return found


def two(cast: Cast) -> tuple[Customer, Customer]:
    keep = card(
        cast.chen,
        "张书远",
        NUMBER,
        number="K1",
        hobbies="钓鱼",
        wechat="shuyuan1",
        tier="gold",
        birth_year=1985,
        birth_month=4,
        birth_day=12,
    )
    away = card(
        cast.zhou, "张书远", NUMBER, number="K2", hobbies="摄影", wechat=WECHAT, address=f"杭州市滨江区{STREET}", remarks=f"他太太 {NUMBER}"
    )  # fmt: skip
    Deal.objects.create(customer=away, on=date(2026, 3, 5), amount_cents=128_000)
    scanning.scan()
    return keep, away


def text(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_what_speaks_for_it_is_one_sentence() -> None:
    assert reason_words(["name", "phone", "other_birthday"]) == "同一个手机号，姓名一样，但生日不同"
    assert reason_words(["sound", "birthday"]) == "同一天生日，名字读音一样"


def test_the_list_says_what_and_why_and_masks(cast: Cast, client: Client) -> None:
    two(cast)
    pair = DuplicatePair.objects.get()
    page = text(client.get(reverse("duplicates"), {"open": pair.pk}))
    assert "1 对卡像是同一位客户" in page
    assert "同一个手机号，姓名一样" in page
    assert "138****1234" in page and NUMBER not in page
    assert "76 分（满分 100）" in page and "打开客户卡" in page
    assert "1 单，¥1,280" in page
    alone = text(client.get(reverse("duplicate_preview", args=[pair.pk]), headers={"HX-Request": "true"}))
    assert "<html" not in alone and "留这张，并掉另一张" in alone


def test_a_reason_narrows_the_list_and_unknown_ones_do_not(cast: Cast, client: Client) -> None:
    two(cast)
    born = {"birth_year": 1985, "birth_month": 4, "birth_day": 12}
    card(cast.chen, "李晓梅", number="K5", **born)
    card(cast.chen, "李小梅", number="K6", **born)
    scanning.scan()
    assert "2 对</span>" in text(client.get(reverse("duplicates")))
    page = text(client.get(reverse("duplicates"), {"reason": "birthday"}))
    assert "1 对</span>" in page and "李晓梅" in page and "张书远" not in page
    assert "2 对</span>" in text(client.get(reverse("duplicates"), {"reason": "password", "page": "x"}))


def test_most_money_with_the_surest_evidence_comes_first(cast: Cast, client: Client) -> None:
    card(cast.chen, "郑海涛", "13611112222", number="K8")
    card(cast.chen, "何美玲", "13611112222", number="K9")
    two(cast)
    page = text(client.get(reverse("duplicates")))
    assert page.index("张书远") < page.index("郑海涛")


def test_the_number_of_queries_does_not_grow(cast: Cast, client: Client) -> None:
    two(cast)
    client.get(reverse("duplicates"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("duplicates"))
    for n in range(8):
        for place in range(2):
            card(cast.chen, f"甲{n}", f"1361111{n:04d}", number=f"N{n}{place}")
    scanning.scan()
    with CaptureQueriesContext(connection) as many:
        assert "9 对</span>" in text(client.get(reverse("duplicates")))
    assert len(many) == len(one)


def test_a_merge_is_shown_before_done_and_taken_back(cast: Cast, client: Client) -> None:
    keep, away = two(cast)
    before = text(client.get(reverse("merge", args=[keep.pk, away.pk])))
    assert "5 项两边不一样" in before  # number, WeChat, hobbies, store, salesperson
    assert "钓鱼" in before and "摄影" in before and "两边都留" in before
    assert "1985年4月12日" in before and "金卡" in before
    for hidden in (NUMBER, WECHAT, "shuyuan1", STREET):
        assert hidden not in before
    assert re.search(r"成交</span><span class=\"lk-q\">1", before)
    answer = client.post(reverse("merge", args=[keep.pk, away.pk]), {"f-hobbies": "both"})
    done = Merge.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("merged", args=[done.pk]))
    keep.refresh_from_db()
    assert (keep.hobbies, Deal.objects.get().customer_id) == ("钓鱼；摄影", keep.pk)
    after = text(client.get(answer["Location"]))
    assert "K2 并到了张书远" in after and "撤销这次合并" in after
    assert "K2" in text(client.get(reverse("merges")))
    client.post(reverse("merge_undo", args=[done.pk]))
    assert "后来撤销了" in text(client.get(reverse("merged", args=[done.pk])))
    assert Deal.objects.get().customer_id == away.pk
    assert Customer.objects.get(pk=away.pk).wechat == WECHAT


def test_the_old_address_leads_to_the_survivor_for_who_may_see_it(cast: Cast, client: Client) -> None:
    keep, away = two(cast)
    client.post(reverse("merge", args=[keep.pk, away.pk]))
    answer = client.get(reverse("customer", args=[away.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("customer", args=[keep.pk]), 302)]
    assert "这张卡 今天并到了张书远" in answer.content.decode()
    other = Client()
    other.force_login(cast.ding)
    assert other.get(reverse("customer", args=[away.pk])).status_code == 404


def test_refusals_are_said_in_place(cast: Cast, client: Client) -> None:
    keep, away = two(cast)
    assert client.get(reverse("merge", args=[keep.pk, keep.pk])).status_code == 302
    assert client.post(reverse("merge", args=[keep.pk, keep.pk])).status_code == 302
    assert client.get(reverse("merge", args=[keep.pk, 987_654])).status_code == 404
    Customer.objects.filter(pk=away.pk).update(key_account=True)
    page = text(client.get(reverse("merge", args=[keep.pk, away.pk])))
    assert "大客户的卡要总经理来合并。" in page and "f-hobbies" not in page
    answer = client.post(reverse("merge", args=[keep.pk, away.pk]))
    assert answer.status_code == 422 and "大客户的卡要总经理来合并。" in answer.content.decode()
    assert not Merge.objects.exists()


def test_two_that_are_not_one_are_not_asked_again(cast: Cast, client: Client) -> None:
    two(cast)
    pair = DuplicatePair.objects.get()
    page = client.post(reverse("duplicate_apart", args=[pair.pk]), follow=True).content.decode()
    assert "不是同一个人，以后不再提" in page and "没有等着看的重复" in page
    scanning.scan()
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("apart", cast.fang)
    assert "刚才已经有人定过了" in client.post(reverse("duplicate_apart", args=[pair.pk]), follow=True).content.decode()
    client.post(reverse("duplicate_together", args=[pair.pk]))
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("open", None)


def test_a_custodian_of_one_region_sees_pairs_of_his_own(cast: Cast) -> None:
    two(cast)
    card(cast.chen, "葛建华", "13611112222", number="K7")
    card(cast.ding, "葛建华", "13611112222", number="K8")
    scanning.scan()
    east = type(cast.fang).objects.create(username="east", name="东区保管", role="custodian", unit=cast.east)
    reader = Client()
    reader.force_login(east)
    page = text(reader.get(reverse("duplicates")))
    assert "张书远" in page and "葛建华" not in page and "1 对卡像是同一位客户" in page
    across = DuplicatePair.objects.get(b__number="K8")
    assert reader.get(reverse("duplicate_preview", args=[across.pk])).status_code == 404
    assert reader.post(reverse("duplicate_apart", args=[across.pk])).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_anyone_can_read_it_at_any_width(live, live_server, sign_in, axe, fits, theme) -> None:
    cast = assemble()
    keep, away = two(cast)
    merge_page, list_page = reverse("merge", args=[keep.pk, away.pk]), reverse("duplicates")
    sign_in(cast.fang)
    live.emulate_media(color_scheme=theme)
    for size in ({"width": 1440, "height": 900}, PHONE):
        live.set_viewport_size(size)
        for page in (f"{list_page}?open={DuplicatePair.objects.get().pk}", merge_page, reverse("merges")):
            live.goto(page)
            axe(live)
            fits(live)


@pytest.mark.django_db(transaction=True)
def test_the_keys_walk_through_the_pairs(live, live_server, sign_in) -> None:
    cast = assemble()
    two(cast)
    card(cast.chen, "郑海涛", "13611112222", number="K8")
    card(cast.chen, "何美玲", "13611112222", number="K9")
    scanning.scan()
    sign_in(cast.fang)
    live.goto(reverse("duplicates"))
    live.keyboard.press("j")
    live.keyboard.press("Enter")
    live.locator("#lk-beside h3", has_text="张书远").first.wait_for()
    live.keyboard.press("j")
    live.locator("#lk-beside h3", has_text="郑海涛").first.wait_for()
    live.keyboard.press("k")
    live.locator("#lk-beside h3", has_text="张书远").first.wait_for()
    live.get_by_role("link", name="留这张，并掉另一张").first.click()
    live.get_by_role("button", name="并到").click()
    live.get_by_role("button", name="撤销这次合并").click()
    live.get_by_text("两张卡都在").wait_for()
    assert Customer.objects.count() == 4


# ── told while a card is written ─────────────────────────────────────────────


def test_a_namesake_born_the_same_day_is_told_of_and_may_be_entered_all_the_same(cast: Cast) -> None:
    card(cast.ding, "张书远", number="K1", birth_year=1985, birth_month=4, birth_day=12)
    reader = Client()
    reader.force_login(cast.chen)
    typed = {"name": "张书远", "kind": "person", "birthday": "1985-04-12"}
    answer = reader.post(reverse("customer_new"), typed)
    assert answer.status_code == 409
    assert "同一天生日的张书远已经有人在跟：丁磊，北京朝阳店。" in answer.content.decode()
    assert Customer.objects.count() == 1
    assert reader.post(reverse("customer_new"), typed | {"birthday": "4-12"}).status_code == 302
    assert reader.post(reverse("customer_new"), typed | {"even_if_known": "1"}).status_code == 302


def test_a_plate_on_another_card_is_told_of(cast: Cast) -> None:
    far, mine = card(cast.ding, "葛建华", number="K1"), card(cast.chen, "张书远", number="K2")
    Asset.objects.create(customer=far, name="帕萨特", identifier="浙A7123Q")
    reader = Client()
    reader.force_login(cast.chen)
    typed = {"name": "帕萨特", "kind": "vehicle", "identifier": "浙A·7123Q"}
    page = reader.post(reverse("asset_new", args=[mine.pk]), typed, follow=True).content.decode()
    assert "张书远：加了帕萨特；这块车牌也在别的卡上：丁磊，北京朝阳店" in page
    assert "葛建华" not in page


def test_the_card_with_deals_is_the_one_to_keep_and_has_the_green_button(cast: Cast, client: Client) -> None:
    empty, rich = two(cast)
    page = text(client.get(reverse("duplicate_preview", args=[DuplicatePair.objects.get().pk])))
    assert page.index(reverse("merge", args=[rich.pk, empty.pk])) < page.index(reverse("merge", args=[empty.pk, rich.pk]))
    green = [tag for tag in re.findall(r"<a [^>]*>", page) if "lk-pri" in tag]
    assert len(green) == 1 and reverse("merge", args=[rich.pk, empty.pk]) in green[0]


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        ((2, 0, 30), (1, 900, 1), "one"),
        ((1, 100, 1), (1, 900, 30), "other"),
        ((1, 900, 30), (1, 900, 1), "other"),
        ((0, 0, 1), (0, 0, 1), "one"),
    ],
    ids=("deals", "money", "older", "first_on_file"),
)
def test_which_card_is_kept(one, other, first) -> None:
    made = {
        name: Side(Customer(pk=pk, opened_on=date(2020, 1, day)), (), deals, 0, None, cents)
        for name, pk, (deals, cents, day) in (("one", 1, one), ("other", 2, other))
    }
    assert max(made, key=lambda name: made[name].weight) == first


def test_what_is_covered_alike_is_said_to_differ(cast: Cast, client: Client) -> None:
    keep, away = two(cast)
    page = text(client.get(reverse("merge", args=[keep.pk, away.pk])))
    assert "和左边不一样，借卡看全" in page and WECHAT not in page and "shuyuan1" not in page
