"""Segments as people build them: a tree of sentences, counts while typing, kept, shared, used in the list."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.segments.keeping import save_segment
from liuke.segments.models import Segment, Shared
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.pages import text

GOLD = {"ask": "tier", "op": "in", "is": ["gold"]}


@pytest.fixture
def cast(db: Any) -> Cast:
    made = assemble()
    for owner in (made.chen, made.zhou, made.ding):
        card(owner, f"{owner.name}的金卡", tier="gold", remarks="换过轮胎")
        card(owner, f"{owner.name}的银卡", tier="silver")
    return made


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


FORM = {"c.0.join": "all", "c.0-0.ask": "tier", "c.0-0.op": "in", "c.0-0.is": ["gold"]}


def test_built_without_script_step_by_step(cast: Cast) -> None:
    client = enter(cast.he)
    assert "新分组" in text(client.get("/segments/new/"))
    found = client.post("/segments/new/", {"c.0.join": "all", "find.0": "huiyuan", "do": "find"})
    assert 'value="add:0:tier"' in found.content.decode()
    added = client.post("/segments/new/", {"c.0.join": "all", "do": "add:0:tier"})
    assert "“会员”还没填完。" in text(added)
    counted = client.post("/segments/new/", FORM | {"do": ""})
    assert "2 位客户满足" in text(counted) and "会员是金卡" in text(counted) and "单独满足 2 位" in text(counted)
    assert "陈思远的金卡" in text(counted) and "丁磊" not in text(counted)
    saved = client.post("/segments/new/", FORM | {"do": "save", "name": "金卡客户", "shared": "unit"}, follow=True)
    row = Segment.objects.get()
    assert (row.name, row.shared, row.conditions, row.unit) == ("金卡客户", "unit", {"all": [GOLD]}, cast.east)
    assert "存了分组“金卡客户”" in text(saved)
    back = client.post(f"/segments/{row.pk}/archive/", follow=True)
    assert "收起了分组“金卡客户”" in text(back) and "收起的 1 个" in text(back)


def test_groups_and_taking_away(cast: Cast) -> None:
    client = enter(cast.he)
    grouped = client.post("/segments/new/", FORM | {"do": "group:0"})
    assert 'name="c.0-1.join"' in grouped.content.decode()
    none = FORM | {"c.0-1.join": "none", "c.0-1-0.ask": "remarks", "c.0-1-0.op": "contains", "c.0-1-0.text": "轮胎"}
    assert "0 位客户满足" in text(client.post("/segments/new/", none | {"do": ""}))
    dropped = client.post("/segments/new/", none | {"do": "drop:0-1"})
    assert 'name="c.0-1.join"' not in dropped.content.decode() and "2 位客户满足" in text(dropped)


def test_numbers_and_days_are_taken_as_people_type_them(cast: Cast) -> None:
    client = enter(cast.he)
    money = {"c.0.join": "all", "c.0-0.ask": "amount_12m", "c.0-0.op": "ge", "c.0-0.a": "1.2万"}
    assert "12 个月净额至少 ¥12,000" in text(client.post("/segments/new/", money | {"do": ""}))
    wrong = client.post("/segments/new/", money | {"c.0-0.a": "很多", "do": ""})
    assert "填的“很多”不行" in text(wrong) and 'value="很多"' in wrong.content.decode()
    day = {"c.0.join": "all", "c.0-0.ask": "opened_on", "c.0-0.when": "between", "c.0-0.from": "2024年1月1日", "c.0-0.to": "2024-02-01"}
    assert "建档日期在2024年1月1日到2024年2月1日" in text(client.post("/segments/new/", day | {"do": ""}))


def test_from_the_list_and_back_to_it(cast: Cast) -> None:
    Segment.objects.create(owner=cast.chen, name="别的", conditions={"all": [GOLD]})
    client = enter(cast.he)
    page = client.get("/customers/?tier=gold&q=周")
    assert "/segments/new/?q=%E5%91%A8&amp;tier=gold" in page.content.decode()
    built = client.get("/segments/new/?tier=gold&q=周")
    assert 'name="c.0-0.ask" value="tier"' in built.content.decode()
    looked = client.post("/segments/new/?tier=gold&q=周", FORM | {"do": "list"})
    draft = Segment.objects.get(draft=True)
    assert looked["Location"] == f"/customers/?q=%E5%91%A8&segment={draft.pk}"
    listed = client.get(looked["Location"])
    assert "周倩文的金卡" in text(listed) and "陈思远的金卡" not in text(listed) and "分组 会员是金卡" in text(listed)
    assert f"/segments/{draft.pk}/?q=%E5%91%A8" in listed.content.decode()


def test_another_s_segment_is_used_and_copied_not_changed(cast: Cast) -> None:
    row = save_segment(cast.zhao, "全公司的金卡", GOLD, Shared.ALL)
    client = enter(cast.chen)
    page = client.get(f"/segments/{row.pk}/")
    assert "存成我的" in text(page) and 'value="save"' not in page.content.decode()
    client.post(f"/segments/{row.pk}/", FORM | {"do": "save", "name": "改名", "version": "1"})
    row.refresh_from_db()
    assert (row.name, row.version) == ("全公司的金卡", 1)
    assert Segment.objects.get(owner=cast.chen).name == "改名"
    assert "1 位" in text(client.get(f"/segments/{row.pk}/size/", headers={"HX-Request": "true"}))
    assert client.post(f"/segments/{row.pk}/archive/").status_code == 404


def test_a_hidden_field_is_refused_by_the_form_too(cast: Cast) -> None:
    client = enter(cast.chen)
    before = AuditEntry.objects.count()
    sneaky = {"c.0.join": "all", "c.0-0.ask": "phone", "c.0-0.op": "contains", "c.0-0.text": "138"}
    answer = client.post("/segments/new/", sneaky | {"do": "save", "name": "号码"})
    assert answer.status_code == 422 and "是遮住的，不能拿来筛选" in text(answer)
    assert not Segment.objects.exists()
    assert AuditEntry.objects.count() == before + 1 and AuditEntry.objects.latest("seq").verb == "segment.refused"
    counted = client.post("/segments/counts/", sneaky, headers={"HX-Request": "true"})
    assert "位客户满足" not in text(counted)
    assert AuditEntry.objects.count() == before + 2


def test_a_version_that_somebody_changed_is_not_overwritten(cast: Cast) -> None:
    row = save_segment(cast.he, "金卡", GOLD)
    save_segment(cast.he, "金卡", GOLD, "none", row.pk, 1)
    answer = enter(cast.he).post(f"/segments/{row.pk}/", FORM | {"do": "save", "name": "金卡", "version": "1"})
    assert answer.status_code == 422 and "刚才在别处改过" in text(answer)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_journey_in_the_browser(live: Any, sign_in: Any, axe: Any, fits: Any, transactional_db: Any) -> None:
    cast = assemble()
    for owner in (cast.chen, cast.zhou):
        card(owner, f"{owner.name}的金卡", tier="gold", remarks="换过轮胎")
        card(owner, f"{owner.name}的银卡", tier="silver")
    sign_in(cast.xu)
    live.goto("/segments/")
    live.get_by_role("link", name="新分组").first.click()
    live.get_by_text("还没有条件。").wait_for()
    live.locator("#find-0").fill("huiyuan")
    live.keyboard.press("Enter")
    live.locator("#c-0-0-is-3").check(force=True)
    live.get_by_text("单独满足 2 位").wait_for()
    axe(live)
    live.locator("#find-0").fill("beizhu")
    live.locator("#found-0 button", has_text="备注").wait_for()
    live.keyboard.press("ArrowDown")
    live.keyboard.press("Enter")
    live.locator("#c-0-1-text").fill("轮胎")
    live.get_by_text("会员是金卡，并且备注里有“轮胎”").wait_for()
    axe(live)
    fits(live)
    live.set_viewport_size(PHONE)
    axe(live)
    fits(live)
    live.get_by_label("名称").fill("换过轮胎的金卡")
    live.get_by_role("button", name="存下").click()
    live.get_by_text("存了分组“换过轮胎的金卡”").wait_for()
    live.goto("/segments/")
    live.get_by_role("link", name="2 位").wait_for()
    axe(live)
    fits(live)
    live.set_viewport_size({"width": 1440, "height": 900})
    axe(live)
    live.get_by_role("link", name="2 位").click()
    live.wait_for_url("**/customers/?segment=*")
    live.get_by_role("link", name="陈思远的金卡").wait_for()
