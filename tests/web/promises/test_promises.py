"""Promises on the page: given from the card, ended in one click, taken back, approved; lists that say what the figures say."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from liuke.kernel import clock
from liuke.promises.models import Promise
from liuke.work import promising
from liuke.work.models import Task
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.pages import enter, text

pytestmark = pytest.mark.usefixtures("chinese")


@pytest.fixture
def zhang(cast: Cast) -> Any:
    return card(cast.chen, "张书远", "13800001234")


def test_given_from_the_card_and_taken_back(cast: Cast, zhang: Any) -> None:
    client, today = enter(cast.chen), clock.today()
    back = f"/customers/{zhang.pk}/#promises"
    sent = {"text": "告诉他大灯几号到货，13800001234", "due": "+3", "sure": "yes", "back": back}
    answer = client.post(f"/customers/{zhang.pk}/promises/new/", sent)
    assert (answer.status_code, answer["Location"]) == (302, back)
    made = Promise.objects.get()
    assert (made.due_on, made.sure, made.keeper) == (today + timedelta(3), True, cast.chen)
    shown = text(client.get(f"/customers/{zhang.pk}/"))
    assert "告诉他大灯几号到货，138****34" in shown
    assert "13800001234" not in shown
    client.post(f"/promises/{made.pk}/take-back/")
    assert not Promise.objects.standing().exists()
    assert not Task.objects.open().exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": "回电", "due": "昨天"}, "日已经过去了，请写今天或以后的一天"),
        ({"text": "回电", "due": ""}, "请写答应哪天"),
        ({"text": "回电", "due": "某天"}, "日期看不懂"),
        ({"text": " ", "due": "+3"}, "请写答应了什么"),
        ({"text": "回电", "due": "+3", "amount": "十块"}, "金额"),
    ],
    ids=["yesterday", "no-day", "no-such-day", "no-words", "no-amount"],
)
def test_what_cannot_be_promised_is_said_beside_its_field(cast: Cast, zhang: Any, sent: dict[str, str], said: str) -> None:
    answer = enter(cast.chen).post(f"/customers/{zhang.pk}/promises/new/", sent)
    assert answer.status_code == 422
    assert said in text(answer)
    assert sent["text"].strip() in answer.content.decode(), "what was typed is still there"
    assert not Promise.objects.exists()


@pytest.mark.parametrize("due", ["11.21", "11月21日", "十一月二十一日", "1.23"])
def test_a_day_just_gone_is_not_taken_for_next_years(cast: Cast, zhang: Any, due: str) -> None:
    said = "1月23日" if due == "1.23" else "11月21日"
    with time_machine.travel(datetime(2026, 11, 22, 4, tzinfo=UTC) + timedelta(63 if due == "1.23" else 0)):
        client = enter(cast.chen)
        answer = client.post(f"/customers/{zhang.pk}/promises/new/", {"text": "回电", "due": due})
        assert answer.status_code == 422
        assert f"{said}已经过了。要是说明年，请把年份一起写上。" in text(answer)
        assert not Promise.objects.exists()
        made = give(cast, zhang)
        answer = client.post(f"/promises/{made.pk}/move/", {"due": due})
        assert (answer.status_code, f"{said}已经过了。要是说明年，请把年份一起写上。" in text(answer)) == (409, True)
        assert Promise.objects.get() == made and Promise.objects.get().due_on == made.due_on


@pytest.mark.parametrize(
    ("due", "on"),
    [("11.22", date(2026, 11, 22)), ("9.22", date(2027, 9, 22)), ("1.5", date(2027, 1, 5)), ("明年11月21日", date(2027, 11, 21)),
     ("11个月后", date(2027, 10, 22)), ("+360", date(2027, 11, 17))],
)  # fmt: skip
def test_a_day_whose_year_is_clear_is_taken(cast: Cast, zhang: Any, due: str, on: date) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 4, tzinfo=UTC)):
        answer = enter(cast.chen).post(f"/customers/{zhang.pk}/promises/new/", {"text": "回电", "due": due})
    assert (answer.status_code, Promise.objects.get().due_on) == (302, on)


def give(cast: Cast, zhang: Any, days: int = 3, **fields: Any) -> Promise:
    return promising.make_promise(
        fields.pop("by", cast.chen), zhang.pk, fields.pop("words", "发报价"), clock.today() + timedelta(days), **fields
    )


def test_one_click_keeps_it_and_undo_opens_it(cast: Cast, zhang: Any) -> None:
    made, client = give(cast, zhang), enter(cast.chen)
    client.post(f"/promises/{made.pk}/kept/", {"back": "/promises/"})
    made.refresh_from_db()
    assert made.state == "kept"
    listed = client.get("/promises/?view=settled&state=kept")
    assert "发报价" in text(listed)
    assert f'action="/promises/{made.pk}/reopen/"' in listed.content.decode(), "the undo line"
    client.post(f"/promises/{made.pk}/reopen/")
    made.refresh_from_db()
    assert made.state == "open"


def test_once_its_day_is_gone_no_other_day_is_offered(cast: Cast, zhang: Any) -> None:
    """A sure one cannot be moved any more; one that was not sure still gets its firm answer, and nothing else."""
    days = {"due_on": clock.today() - timedelta(2), "today": clock.today() - timedelta(4)}
    client = enter(cast.chen)
    for sure, offered in ((True, []), (False, ["给准话"])):
        made = promising.make_promise(cast.chen, zhang.pk, f"发报价 {sure}", sure=sure, **days)
        listed, shown = client.get("/promises/"), client.get(f"/promises/{made.pk}/").content.decode()
        row = next(row for row in listed.content.decode().split("<li") if f"发报价 {sure}" in row)
        assert re.findall(">(改日子|给准话)<", row) == offered
        assert (f'action="/promises/{made.pk}/move/"' in shown, "还要等" in shown, "改日子" in shown) == (not sure, False, False)
    answer = client.post(f"/promises/{Promise.objects.get(sure=True).pk}/move/", {"due": "+9"})
    assert (answer.status_code, "不算改期：办了记办晚了，没办记没办成" in text(answer)) == (409, True)


def test_late_it_is_the_supervisor_who_says_it_is_not_wanted(cast: Cast, zhang: Any) -> None:
    made = promising.make_promise(cast.chen, zhang.pk, "发报价", clock.today() - timedelta(2), today=clock.today() - timedelta(4))
    client = enter(cast.chen)
    assert "客户不要了" not in text(client.get(f"/promises/{made.pk}/"))
    answer = client.post(f"/promises/{made.pk}/drop/", {})
    assert answer.status_code == 409
    assert "请主管来记" in text(answer)
    made.refresh_from_db()
    assert made.state == "open"


def test_an_outcome_typed_for_an_earlier_time_does_not_keep_a_late_promise(cast: Cast, zhang: Any) -> None:
    made = promising.make_promise(cast.chen, zhang.pk, "发报价", clock.today() - timedelta(2), today=clock.today() - timedelta(4))
    task = Task.objects.open().get()
    at = int((timezone.now() - timedelta(2)).timestamp() * 1000)
    enter(cast.chen).post(f"/today/{task.pk}/outcome/", {"outcome": "reached:", "at": str(at), "key": "x"})
    made.refresh_from_db()
    assert (made.state, made.settled_on) == ("late", clock.today())


@pytest.mark.parametrize(("what", "state"), [("broken", "broken"), ("drop", "dropped")])
def test_the_other_ways_it_ends(cast: Cast, zhang: Any, what: str, state: str) -> None:
    made = give(cast, zhang)
    enter(cast.chen).post(f"/promises/{made.pk}/{what}/", {"note": "自己买了"})
    made.refresh_from_db()
    assert (made.state, made.note) == (state, "自己买了")


def test_another_day_is_typed_in_words(cast: Cast, zhang: Any) -> None:
    made, client = give(cast, zhang), enter(cast.chen)
    answer = client.post(f"/promises/{made.pk}/move/", {"due": "昨天"})
    assert answer.status_code == 409
    assert "已经过去了" in text(answer)
    assert Promise.objects.count() == 1
    client.post(f"/promises/{made.pk}/move/", {"due": "+9", "note": "他说没关系"})
    after = Promise.objects.get(previous=made)
    assert after.due_on == clock.today() + timedelta(9)
    shown = text(client.get(f"/promises/{after.pk}/"))
    assert "改过日子" in shown
    assert "他说没关系" in shown


def test_a_sure_word_after_one_that_was_not(cast: Cast, zhang: Any) -> None:
    made, client = give(cast, zhang, sure=False), enter(cast.chen)
    assert "还不确定办不办得到" in text(client.get(f"/promises/{made.pk}/"))
    client.post(f"/promises/{made.pk}/move/", {"due": "+5", "sure": "now"})
    made.refresh_from_db()
    assert (made.state, Promise.objects.get(previous=made).sure) == ("kept", True)


def test_above_the_limit_it_is_approved_on_its_page(cast: Cast, zhang: Any) -> None:
    client = enter(cast.chen)
    sent = {"text": "免工时费", "due": "+3", "sure": "yes", "amount": "680"}
    client.post(f"/customers/{zhang.pk}/promises/new/", sent)
    made = Promise.objects.get()
    assert made.approval == "waiting"
    his = client.get(f"/promises/{made.pk}/")
    assert "等上面批了才算答应" in text(his)
    assert "/yes/" not in his.content.decode()
    her = enter(cast.he)
    assert "要您批" in text(her.get("/notices/"))
    assert "批 ¥680.00" in text(her.get(f"/promises/{made.pk}/")) or "批 ¥680" in text(her.get(f"/promises/{made.pk}/"))
    her.post(f"/promises/{made.pk}/yes/")
    assert Task.objects.open().get().about_id == made.pk
    her.post(f"/promises/{made.pk}/undecide/")
    assert not Task.objects.open().exists()


def test_a_colleague_reads_and_does_not_act(cast: Cast, zhang: Any) -> None:
    made = give(cast, zhang)
    lin = enter(cast.lin)
    assert "办得怎么样" not in text(lin.get(f"/promises/{made.pk}/"))
    assert lin.post(f"/promises/{made.pk}/kept/").status_code == 404
    assert "发报价" not in text(lin.get("/promises/")), "the agent's own list"
    assert enter(cast.ding).get(f"/promises/{made.pk}/").status_code == 404
    made.refresh_from_db()
    assert made.state == "open"


def test_figures_open_the_rows_behind_them(cast: Cast, zhang: Any) -> None:
    for n in range(4):
        made = give(cast, zhang, words=f"第 {n} 件")
        if n < 3:
            promising.settle(cast.chen, made.pk, n > 0)
    her = enter(cast.he)
    page = her.get("/promises/")
    assert "欠客户 1 件事，都没到日子" in text(page)
    assert "按时兑现 2 ÷ 3，办晚 0 件，没兑现 1 件" in text(page)
    links = re.findall(r'href="(/promises/\?[^"]*state=(kept|broken)[^"]*)"[^>]*>(\d+)<', page.content.decode())
    assert {(state, n) for _, state, n in links} == {("kept", "2"), ("broken", "1")}
    for link, _, n in links:
        assert f"共 {n} 件" in text(her.get(link.replace("&amp;", "&")))


@pytest.mark.parametrize("asked", ["view=all", "state=open", "view=open&state=kept", "user=999999", "unit=999999"])
def test_what_there_is_not_is_not_there(cast: Cast, asked: str) -> None:
    assert enter(cast.he).get(f"/promises/?{asked}").status_code == 404


def test_nothing_owed_says_so(cast: Cast) -> None:
    assert "没有欠客户的事" in text(enter(cast.chen).get("/promises/"))


def test_as_many_queries_for_thirty_as_for_three(cast: Cast, zhang: Any) -> None:
    client = enter(cast.he)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/promises/")
        return len(seen)

    for n in range(3):
        give(cast, zhang, words=f"甲{n}")
    count()
    few = count()
    for n in range(27):
        give(cast, zhang, words=f"乙{n}")
    assert count() == few


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_on_a_phone_from_the_card_to_kept(live: Any, sign_in: Any, axe: Any, fits: Any) -> None:
    cast = assemble()
    zhang = card(cast.chen, "张书远", "13800001234")
    sign_in(cast.chen)
    live.set_viewport_size(PHONE)
    live.goto(f"/customers/{zhang.pk}/")
    live.click("#promises summary")
    live.fill("#promises [name=text]", "告诉他大灯几号到货")
    live.fill("#promises [name=due]", "明天")
    fits(live)
    axe(live)
    live.click("#promises button:has-text('记下承诺')")
    live.wait_for_selector("#lk-undo:has-text('答应了')")
    made = Promise.objects.get()
    assert made.due_on == clock.today() + timedelta(1)
    for theme in ("light", "dark"):
        live.emulate_media(color_scheme=theme)
        for address in ("/promises/", f"/promises/{made.pk}/", f"/customers/{zhang.pk}/promises/new/"):
            live.goto(address)
            fits(live)
            axe(live)
    live.goto("/promises/")
    live.click("button:has-text('办好了')")
    live.wait_for_selector("#lk-undo:has-text('按时办了')")
    live.click("#lk-undo button")
    live.wait_for_selector("#lk-undo:has-text('还要办')")
    made.refresh_from_db()
    assert made.state == "open"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_supervisors_list_at_a_desk(live: Any, sign_in: Any, axe: Any, fits: Any) -> None:
    cast = assemble()
    zhang = card(cast.chen, "张书远", "13800001234")
    late = promising.make_promise(cast.chen, zhang.pk, "发报价", clock.today() - timedelta(2), today=clock.today() - timedelta(4))
    done = promising.make_promise(cast.chen, zhang.pk, "送一瓶玻璃水", clock.today())
    promising.settle(cast.chen, done.pk, True)
    promising.make_promise(cast.chen, zhang.pk, "免工时费", clock.today() + timedelta(2), amount_cents=68_000)
    sign_in(cast.he)
    for address in ("/promises/", "/promises/?view=waiting", f"/promises/{late.pk}/", "/promises/?view=settled"):
        live.goto(address)
        fits(live)
        axe(live)
    assert live.inner_text("h1") == "欠客户 1 件事，1 件过了日子"
