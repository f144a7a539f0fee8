"""One field of the ticked rows, or of a whole list: the page that asks, the change, the way back."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from liuke.customers import bulk_edit
from liuke.customers.models import BulkEdit, Customer
from liuke.kernel import clock
from tests.browser import PHONE
from tests.cast import assemble, card
from tests.standing_rows import a_run, a_standing

NEW = "/customers/changes/new/"


@pytest.fixture
def cast(db):
    return assemble()


@pytest.fixture
def three(cast):
    return [card(cast.chen, "张书远", source="网上"), card(cast.chen, "葛建华", tier="gold"), card(cast.zhou, "罗志强")]


def enter(user):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def text(answer):
    return unescape(re.sub(r"<[^>]+>", "", answer.content.decode()))


def hidden(answer, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    return unescape(found[1]) if found else None


def picks(cards):
    return {"pick": [one.pk for one in cards]}


def test_first_the_field_then_the_value_then_the_look_then_the_act(cast, three):
    client = enter(cast.he)
    first = client.get(NEW, picks(three))
    assert "改 3 位客户的资料" in text(first) and "先看一遍" not in text(first)
    second = client.get(NEW, {**picks(three), "field": "source"})
    assert "清空这一项" in text(second)
    look = client.get(NEW, {**picks(three), "field": "source", "value": "展会"})
    assert "3 位的来源，改成展会" in text(look)
    assert "会改 3 位，其中 1 位原来填着别的，会被盖掉" in text(look)
    assert not BulkEdit.objects.exists()
    sent = {**picks(three), "field": "source", "value": "展会", "seal": hidden(look, "seal"), "back": "/customers/?tier=gold"}
    answer = client.post(NEW, sent)
    assert answer["Location"] == "/customers/?tier=gold"
    shown = client.get(answer["Location"])
    assert "3 位的来源改好了" in text(shown)
    made = BulkEdit.objects.get()
    assert f"/customers/changes/{made.pk}/undo/" in shown.content.decode()
    assert set(Customer.objects.values_list("source", flat=True)) == {"展会"}
    again = client.post(f"/customers/changes/{made.pk}/undo/", follow=True)
    assert "3 位的来源改回去了" in text(again)
    assert sorted(Customer.objects.values_list("source", flat=True)) == ["", "", "网上"]


def test_a_whole_list_goes_by_its_conditions_and_no_id_travels(cast, three):
    card(cast.ding, "田伟", tier="gold")  # another region's
    client = enter(cast.he)
    look = client.get(NEW, {"all": "1", "list": "tier=gold", "field": "region", "value": "滨江"})
    assert "1 位的地区，改成滨江" in text(look) and "金卡" in text(look)
    assert 'name="pick"' not in look.content.decode()
    client.post(NEW, {"all": "1", "list": "tier=gold", "field": "region", "value": "滨江", "seal": hidden(look, "seal")})
    assert list(Customer.objects.exclude(region="").values_list("name", flat=True)) == ["葛建华"]
    made = BulkEdit.objects.get()
    assert made.query == "tier=gold"
    assert "葛建华" not in text(client.get(f"/customers/changes/{made.pk}/"))  # done as asked: nobody stayed


def test_a_list_that_grew_meanwhile_is_shown_again_with_both_numbers(cast, three):
    client = enter(cast.he)
    asked = {"all": "1", "list": "", "field": "region", "value": "滨江"}
    look = client.get(NEW, asked)
    card(cast.chen, "彭玉兰")
    answer = client.post(NEW, {**asked, "seal": hidden(look, "seal")})
    assert answer.status_code == 409
    assert "名单变了：刚才 3 位，现在 4 位。一位都没改，请再看一遍。" in text(answer)
    assert "4 位的地区，改成滨江" in text(answer)
    assert not BulkEdit.objects.exists()
    client.post(NEW, {**asked, "seal": hidden(answer, "seal")})
    assert BulkEdit.objects.get().changed == 4


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone", "13800001111", "这一项不能一起改"),
        ("next_contact_on", "昨天", "下次联系不能早于今天"),
        ("channel", "鸽子", "没有“鸽子”这个选项"),
    ],
)
def test_what_may_not_be_set_is_said_beside_the_field(cast, three, field, value, said):
    client = enter(cast.he)
    for answer in (
        client.get(NEW, {**picks(three), "field": field, "value": value}),
        client.post(NEW, {**picks(three), "field": field, "value": value, "seal": "3.x"}),
    ):
        assert answer.status_code == 422
        assert said in text(answer)
    assert not BulkEdit.objects.exists()


def test_too_many_are_told_before_anything_is_asked(cast, three, monkeypatch):
    monkeypatch.setattr(bulk_edit, "MOST", 2)
    monkeypatch.setattr("liuke.web.customers.bulk.MOST", 2)
    answer = enter(cast.he).get(NEW, {"all": "1", "list": ""})
    assert "一次最多改 2 位，请先加条件，分几次改。" in text(answer) and "改 3 位客户的资料" in text(answer)


def test_another_regions_cards_are_not_counted(cast, three):
    far = card(cast.ding, "田伟")
    client = enter(cast.he)
    assert "改 1 位客户的资料" in text(client.get(NEW, picks([three[0], far])))
    assert "请先选中客户。" in text(client.get(NEW, picks([far])))
    assert client.get(NEW, {**picks([far]), "field": "source", "value": "展会"}).status_code == 422


@pytest.mark.parametrize("who", ["chen", "lin", "xu", "fang", "root"])
def test_for_who_may_not_it_is_not_there(cast, three, who):
    client = enter(getattr(cast, who))
    assert client.get(NEW, picks(three)).status_code == 404
    assert client.post(NEW, picks(three)).status_code == 404
    assert client.get("/customers/changes/").status_code == 404
    assert "改资料" not in text(client.get("/customers/"))


def test_many_are_done_by_the_worker_while_the_page_waits(cast, three, monkeypatch):
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 2)
    client = enter(cast.he)
    look = client.get(NEW, {"all": "1", "list": "", "field": "region", "value": "滨江"})
    answer = client.post(NEW, {"all": "1", "list": "", "field": "region", "value": "滨江", "seal": hidden(look, "seal")})
    made = BulkEdit.objects.get()
    assert answer["Location"] == f"/customers/changes/{made.pk}/"
    assert "正在改 3 位的地区" in text(client.get(answer["Location"]))
    assert 'id="lk-progress"' in client.get(f"/customers/changes/{made.pk}/progress/").content.decode()
    from liuke.jobs import tasks

    assert tasks.bulk_edit.func(made.pk) == 3
    assert client.get(f"/customers/changes/{made.pk}/progress/")["HX-Redirect"] == f"/customers/changes/{made.pk}/"
    assert "3 位的地区改成了滨江" in text(client.get(f"/customers/changes/{made.pk}/"))
    client.post(f"/customers/changes/{made.pk}/undo/")
    assert "正在撤销" in text(client.get(f"/customers/changes/{made.pk}/"))
    tasks.bulk_edit.func(made.pk)
    assert "撤销了：3 位的地区改回去了" in text(client.get(f"/customers/changes/{made.pk}/"))
    assert "地区改成滨江" in text(client.get("/customers/changes/"))


def test_who_stayed_after_an_undo_is_named(cast, three):
    client = enter(cast.he)
    look = client.get(NEW, {**picks(three), "field": "source", "value": "展会"})
    client.post(NEW, {**picks(three), "field": "source", "value": "展会", "seal": hidden(look, "seal")})
    Customer.objects.filter(pk=three[0].pk).update(source="路过")
    answer = client.post(f"/customers/changes/{BulkEdit.objects.get().pk}/undo/", follow=True)
    assert "2 位的来源改回去了；1 位后来又改过，没动" in text(answer)
    assert "张书远后来又改过，没动" in text(answer)


# ── in the browser ──


@pytest.fixture
def listed(transactional_db):
    made, today = assemble(), clock.today()
    run = a_run(today)
    for place in range(60):
        one = card(made.chen, f"客户{place:02}", f"138123456{place:02}", tier="gold")
        a_standing(
            run, one, last_deal=today, deal_days=5, amount_12m_cents=682000, cycle_days=74.0, due_on=today, abc="A", attitude="switcher",
            type="key", stage="D", stage_by_rule="D", stage_code="D.elapsed", stage_since=today, rule_since=today, leave_share=0.68,
            expected_cents=740000, value_at_risk_cents=100000 + place,
        )  # fmt: skip
    return made


@pytest.mark.browser
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_ticked_rows_add_up_and_the_whole_list_can_be_taken(listed, live, sign_in, axe, fits, size):
    if size == "phone":
        live.set_viewport_size(PHONE)
    sign_in(listed.he)
    live.goto("/customers/?tier=gold")
    boxes = live.locator("[data-lk-pick]")
    boxes.nth(0).click()
    boxes.nth(1).click()
    assert live.inner_text(".lk-bulk b") == "已选 2 位"
    assert live.inner_text("[data-lk-sum]") == "风险 ¥2,001"
    assert not live.is_visible("[data-lk-whole]")
    axe(live)
    fits(live)
    boxes.nth(0).click()
    boxes.nth(1).click()
    live.evaluate("document.querySelector('[data-lk-pick-all]').click()")  # the phone has no head of a table
    assert live.inner_text(".lk-bulk b") == "已选 50 位"
    live.check("[data-lk-all]")
    assert live.inner_text(".lk-bulk b") == "已选 60 位"
    assert not live.is_visible(".lk-bulk >> text=转交")
    axe(live)
    live.click(".lk-bulk >> text=改资料")
    live.wait_for_selector("h1:has-text('改 60 位客户的资料')")
    assert "pick=" not in live.url
    live.select_option("[name=field]", "next_contact_on")
    live.click("text=下一步")
    live.fill("[name=value]", "+3")
    live.press("[name=value]", "Tab")
    live.wait_for_selector("#f-value-s:has-text('3 天后')")
    live.click("text=先看一遍")
    live.wait_for_selector("text=会改 60 位")
    axe(live)
    fits(live)
    live.click("button:has-text('改 60 位')")
    live.wait_for_selector("#lk-undo:has-text('60 位的下次联系改好了')")
    assert "tier=gold" in live.url
    live.click("#lk-undo button")
    live.wait_for_selector("#lk-undo:has-text('60 位的下次联系改回去了')")
    assert set(Customer.objects.values_list("next_contact_on", flat=True)) == {None}
    live.goto(f"/customers/changes/{BulkEdit.objects.get().pk}/")
    axe(live)
    fits(live)
    live.goto("/customers/changes/")
    axe(live)
    fits(live)
