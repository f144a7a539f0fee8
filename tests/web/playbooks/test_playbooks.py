"""Playbooks in the browser: read by everybody who works with them, written by the operations centre, every fault at its field."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from liuke.packs import load_pack
from liuke.playbooks import queries
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.web.playbooks.form import drafted, read
from liuke.work.actions import plan
from liuke.work.models import OfferRequest, Task
from tests.web.pages import text
from tests.work.cast import DAY, Company, company

PACK = load_pack("auto_dealer")


@pytest.fixture
def cast(db: Any) -> Company:
    queries._last.clear()
    return company()


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def form(page: Any) -> dict[str, Any]:
    """The fields of the form as a browser would send them."""
    from html.parser import HTMLParser

    class Fields(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.inside, self.select, self.area, self.found = False, "", "", {}

        def handle_starttag(self, tag: str, attributes: list) -> None:
            given = dict(attributes)
            if tag == "form":
                self.inside = given.get("id") == "lk-pb"
            if not self.inside or "name" not in given:
                if tag == "option" and self.select and "selected" in given:
                    self.found[self.select] = given["value"]
                return
            if tag == "input" and given.get("type") == "checkbox":
                if "checked" in given:
                    self.found.setdefault(given["name"], []).append(given["value"])
            elif tag == "input":
                self.found[given["name"]] = given.get("value", "")
            elif tag == "select":
                self.select = given["name"]
                self.found.setdefault(self.select, "")
            elif tag == "textarea":
                self.area = given["name"]
                self.found[self.area] = ""

        def handle_data(self, data: str) -> None:
            if self.area:
                self.found[self.area] += data

        def handle_endtag(self, tag: str) -> None:
            self.area = "" if tag == "textarea" else self.area
            self.select = "" if tag == "select" else self.select
            self.inside = self.inside and tag != "form"

    parser = Fields()
    parser.feed(page.content.decode())
    return parser.found


def test_the_list_says_how_many_and_what_starts_each(cast: Company) -> None:
    cast.absent("K001")
    plan(DAY)
    page = text(enter(cast.wentao).get("/playbooks/"))
    assert f"{len(PACK.playbooks)} 个打法在用，1 位客户在里面" in page
    assert "久未到店" in page and "信号：久未到店、同事说很久没来" in page and "假设 10%" in page


@pytest.mark.parametrize("key", [each.key for each in PACK.playbooks])
def test_every_playbook_has_its_pages(cast: Company, key: str) -> None:
    client = enter(cast.wentao)
    for tail in ("", "words/", "versions/", "people/", "edit/"):
        page = client.get(f"/playbooks/{key}/{tail}")
        assert page.status_code == 200 and "{" not in text(page).replace("{}", "").split("点一下放进")[0][-400:], tail


@pytest.mark.parametrize("key", [each.key for each in PACK.playbooks])
def test_saved_as_it_stands_nothing_is_different(cast: Company, key: str) -> None:
    """What the form shows and sends is the whole playbook: the saved version is the one that was opened."""
    client = enter(cast.wentao)
    sent = client.post(f"/playbooks/{key}/edit/", form(client.get(f"/playbooks/{key}/edit/")))
    assert sent.status_code in (200, 302), text(sent)[:600]
    saved = queries.pack().playbook(key)
    assert saved.model_copy(update={"version": 1}) == PACK.playbook(key)


@pytest.mark.parametrize("key", [each.key for each in PACK.scripts])
def test_a_script_saved_as_it_stands_is_the_same(cast: Company, key: str) -> None:
    client = enter(cast.wentao)
    client.post(f"/playbooks/scripts/{key}/edit/", form(client.get(f"/playbooks/scripts/{key}/edit/")))
    assert ScriptVersion.objects.get().key == key
    assert queries.pack().scripts == PACK.scripts


def edited(client: Client, key: str = "overdue_visit", **changed: Any) -> Any:
    fields = form(client.get(f"/playbooks/{key}/edit/")) | {name.replace("__", "."): value for name, value in changed.items()}
    return client.post(f"/playbooks/{key}/edit/", fields)


def test_an_edit_is_a_version_with_an_undo(cast: Company) -> None:
    client = enter(cast.wentao)
    answer = edited(client, steps__0__minutes="12", why="十分钟说不完")
    assert answer.status_code == 302
    page = client.get("/playbooks/overdue_visit/")
    assert "久未到店存成了版本 2" in text(page)
    versions = text(client.get("/playbooks/overdue_visit/versions/"))
    assert "十分钟说不完" in versions and "第 1 步，几分钟10 12" in versions
    row = PlaybookVersion.objects.get()
    client.post(f"/playbooks/versions/playbook/{row.pk}/undo/")
    assert queries.pack().playbook("overdue_visit") is PACK.playbook("overdue_visit")
    assert "撤回了" in text(client.get("/playbooks/overdue_visit/versions/"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"steps__1__say__zh": "{nickname}最近忙吗？", "steps__1__say__en": ""}, "不认识空位 {nickname}"),
        ({"outcomes__refused__do": "playbook", "outcomes__refused__playbook": "overdue_visit", "outcomes__refused__days": "3"},
         "打法转回了自己，中间没有歇：久未到店 → 久未到店"),
        ({"outcomes__refused__do": "playbook", "outcomes__refused__playbook": ""}, "要写接着用哪个打法"),
        ({"script": "whisper"}, "没有叫 whisper 的话术"),
        ({"signals": ["nothing"]}, "没有叫 nothing 的信号"),
        ({"steps__0__day": "90"}, "步骤的天数要从小到大，不能重复"),
        ({"steps__0__minutes": "很多"}, "要写整数"),
        ({"offer__limits_cents__rep": "5000"}, "自己能给的不能比主管能给的多"),
        ({"offer__limits_cents__rep": "一些"}, "金额"),
        ({"goal__zh": ""}, "缺少中文文字"),
        ({"goal__zh": "快来!"}, "不用感叹号：快来!"),
        ({"outcomes__not_reached__do": "retry", "outcomes__not_reached__days": ""}, "再试要写几天以后"),
    ],
    ids=["slot", "loop", "nobody", "script", "signal", "order", "number", "limit", "money", "empty", "exclamation", "retry"],
)  # fmt: skip
def test_a_fault_stands_at_its_field_and_nothing_is_saved(cast: Company, changed: dict[str, Any], said: str) -> None:
    answer = edited(enter(cast.wentao), **changed)
    assert answer.status_code == 422
    html = answer.content.decode()
    notes = " ".join(re.findall(r'class="lk-note-e">([^<]*)<', html))
    assert said in notes.replace("&gt;", ">"), (notes, text(answer)[:300])
    assert "存不下，写的都还在" in text(answer)
    assert not PlaybookVersion.objects.exists()
    typed = next(iter(changed.values()))
    assert isinstance(typed, list) or not typed or typed in html


def test_a_row_more_and_a_row_less_without_script(cast: Company) -> None:
    client = enter(cast.wentao)
    before = form(client.get("/playbooks/overdue_visit/edit/"))
    count = sum(name.endswith(".say.zh") and name.startswith("steps.") for name in before)
    more = client.post("/playbooks/overdue_visit/edit/", before | {"more": "steps"})
    assert f'name="steps.{count}.say.zh"' in more.content.decode() and not PlaybookVersion.objects.exists()
    less = before | {f"steps.1.{name}": "" for name in ("day", "say.zh", "say.en")}
    client.post("/playbooks/overdue_visit/edit/", less)
    assert len(queries.pack().playbook("overdue_visit").steps) == count - 1


def test_the_preview_reads_it_aloud_and_tells_what_is_wrong(cast: Company) -> None:
    client = enter(cast.wentao)
    fields = form(client.get("/playbooks/overdue_visit/edit/"))
    page = text(
        client.post(
            "/playbooks/overdue_visit/preview/", fields | {"opening.purpose.zh": "{name_title}，好久不见。", "opening.purpose.en": ""}
        )
    )
    assert "张先生，好久不见。" in page
    page = text(
        client.post("/playbooks/overdue_visit/preview/", fields | {"opening.purpose.zh": "{who}，好久不见。", "opening.purpose.en": ""})
    )
    assert "现在还存不下" in page and "为什么打：不认识空位 {who}，能用的有 {name_title} {staff} {store} {asset} {benefit}" in page
    assert not PlaybookVersion.objects.exists()


def test_one_of_the_companys_own(cast: Company) -> None:
    client = enter(cast.wentao)
    fields = form(client.get("/playbooks/new/?from=late_visit")) | {"name.zh": "雨季检查", "name.en": "", "signals": ["late_visit"]}
    assert client.post("/playbooks/new/", fields).url == "/playbooks/own_1/"
    assert queries.pack().signal("late_visit").playbook == "own_1"
    assert "雨季检查" in text(client.get("/playbooks/"))


def test_off_and_on_and_back(cast: Company) -> None:
    client = enter(cast.wentao)
    client.post("/playbooks/late_visit/off/1/")
    assert queries.pack().playbook("late_visit").off
    assert "停用的" in text(client.get("/playbooks/"))
    client.post("/playbooks/late_visit/off/0/")
    assert not queries.pack().playbook("late_visit").off
    client.post("/playbooks/versions/playbook/late_visit/2/back/")
    assert queries.pack().playbook("late_visit").off
    client.post("/playbooks/versions/playbook/late_visit/0/back/")
    assert queries.pack().playbook("late_visit") is PACK.playbook("late_visit")
    assert client.post("/playbooks/versions/playbook/late_visit/99/back/").status_code == 404
    assert client.post("/playbooks/versions/playbook/nobody/0/back/").status_code == 404
    assert client.post("/playbooks/versions/letter/late_visit/0/back/").status_code == 404


def test_who_may_read_and_who_may_write(cast: Company) -> None:
    rep = enter(cast.siyuan)
    page = rep.get("/playbooks/overdue_visit/")
    assert page.status_code == 200 and "改打法" not in text(page)
    for address in ("/playbooks/overdue_visit/edit/", "/playbooks/new/", "/playbooks/scripts/retention/edit/"):
        assert rep.get(address).status_code == 404
    assert rep.post("/playbooks/overdue_visit/off/1/").status_code == 404
    assert not PlaybookVersion.objects.exists()


def test_who_is_in_it_is_only_whom_one_may_see(cast: Company) -> None:
    cast.absent("K001", name="张书远")
    cast.absent("K002", name="王淑芬", owner=cast.xiaomei, unit=cast.other)
    plan(DAY)
    assert "张书远" in text(enter(cast.wentao).get("/playbooks/overdue_visit/people/"))
    page = text(enter(cast.siyuan).get("/playbooks/overdue_visit/people/"))
    assert "张书远" in page and "王淑芬" not in page and "1 位在里面" in page


def test_two_who_had_the_same_version_before_them(cast: Company) -> None:
    first, second = enter(cast.wentao), enter(cast.guoping)
    old = form(second.get("/playbooks/overdue_visit/edit/"))
    edited(first, steps__0__minutes="12")
    answer = second.post("/playbooks/overdue_visit/edit/", old | {"goal.zh": "我写的目的"})
    assert answer.status_code == 422 and "许文涛刚刚存了新的一版，您写的还在" in text(answer) and "我写的目的" in answer.content.decode()
    assert PlaybookVersion.objects.count() == 1


def test_a_form_full_of_nonsense_is_no_fault_of_ours(cast: Company) -> None:
    client = enter(cast.wentao)
    for data in (
        {}, {"steps": "x"}, {"steps.0": "x", "steps.0.say.zh": "y"}, {"steps.0.say.zh.deep": "x"}, {"a" * 200: "x"},
        {"steps.999999999999.say.zh": "x"}, {"effect.share": "NaN"}, {"effect.share": "1e999999"},
        {"offer.benefit.zh": "x", "offer.limits_cents": "3"},
        {"follow_ups.0.next": "x", "follow_ups.0.name.zh": "y"}, {"outcomes.reached": "x"},
        {"outcomes": "x", "effect": "y", "opening": "z"},
        {"name.zh": "\x00", "goal.zh": "\u202e"}, {"follow_ups.0.name": "x", "branches.0": "q"},
        {"steps.a.say.zh": "x", "steps.0.say.zh": "y"},
    ):  # fmt: skip
        assert client.post("/playbooks/overdue_visit/edit/", data).status_code == 422, data
        assert client.post("/playbooks/overdue_visit/preview/", data).status_code == 200, data
    assert not PlaybookVersion.objects.exists()


def test_a_draft_there_and_back() -> None:
    from django.http import QueryDict

    book = PACK.playbook("insurance_before")
    draft = drafted(book.model_dump(mode="json", exclude_none=True))
    data = QueryDict(mutable=True)
    for name, value in draft.values.items():
        data[name] = value
    again, body = read(data, ("must", "hold_out"))
    assert not again.bad
    assert body["steps"] == [each.model_dump(mode="json") | {"day": str(each.day), "minutes": str(each.minutes)} for each in book.steps]


def test_the_card_shows_where_he_stands(cast: Company) -> None:
    zhang = cast.absent("K001", name="张书远")
    plan(DAY)
    page = text(enter(cast.siyuan).get(f"/customers/{zhang.pk}/"))
    assert "久未到店，第 1 步，共 3 步" in page


def test_an_offer_beside_the_task_is_asked_for_and_decided(cast: Company) -> None:
    cast.absent("K001", name="张书远")
    plan(DAY)
    task = Task.objects.get()
    rep, boss = enter(cast.siyuan), enter(cast.hejing)
    assert "您自己能给 ¥200，再多先送批。" in text(rep.get(f"/today/{task.pk}/"))
    rep.post(f"/offers/tasks/{task.pk}/", {"amount": "300", "text": "工时八折"})
    assert "批之前先别答应客户" in text(rep.get(f"/today/{task.pk}/"))
    made = OfferRequest.objects.get()
    assert "1 份优惠等您批" in text(boss.get("/offers/"))
    assert boss.post(f"/offers/{made.pk}/", {"do": "refuse"}).status_code == 422
    boss.post(f"/offers/{made.pk}/", {"do": "agree"})
    made.refresh_from_db()
    assert made.state == "agreed" and "何静批的" in text(rep.get(f"/today/{task.pk}/"))
    assert rep.get(f"/offers/{made.pk}/").status_code == 404
