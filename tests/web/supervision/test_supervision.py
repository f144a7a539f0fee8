"""The supervisor's pages: a finding as title, gone over and ticked, taken back; the owner reads what was said of his card."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.customers.models import FieldChange
from liuke.interactions.actions import record as talk
from liuke.supervision.models import CardReview, Debrief, ReviewedCard
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.pages import enter, text

FRIDAY = "2026-11-20 04:00+00:00"


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Any:
    with time_machine.travel(FRIDAY, tick=False):
        yield assemble()


@pytest.fixture
def zhang(cast: Cast) -> Any:
    made = card(cast.chen, "张书远", "13800001234")
    FieldChange.objects.create(customer=made, field="hobbies", old="", new="钓鱼，电话 13800009999", by=cast.chen)
    return made


def test_the_morning_says_its_finding(cast: Cast, zhang: Any) -> None:
    her = enter(cast.he)
    people = len(re.findall(r'data-lk-row><span class="lk-ck"', her.get("/supervision/").content.decode()))
    assert people > 2
    shown = text(her.get("/supervision/"))
    found = re.search(r"昨天 (\d+) 个人里 (\d+) 个还没过", shown)
    assert found is not None
    assert found[1] == found[2]
    her.post(f"/supervision/debriefs/{cast.chen.pk}/tick/", {"remark": "先打 A 级的"})
    again = re.search(r"昨天 (\d+) 个人里 (\d+) 个还没过", text(her.get("/supervision/")))
    assert again is not None
    assert (int(again[1]), int(again[2])) == (int(found[1]), int(found[2]) - 1)


def test_a_day_is_gone_over_with_what_was_done(cast: Cast, zhang: Any) -> None:
    with time_machine.travel("2026-11-19 04:00+00:00"):
        talk(cast.chen, zhang.pk, "phone", "reached", "问了保养，留了 13800007777")
    her = enter(cast.he)
    page = her.get(f"/supervision/debriefs/{cast.chen.pk}/")
    assert "陈思远昨天联系了 1 次，说上话 1 次" in text(page)
    assert "13800007777" not in page.content.decode()
    her.post(f"/supervision/debriefs/{cast.chen.pk}/tick/", {"remark": "先打 A 级的"})
    made = Debrief.objects.get()
    assert "先打 A 级的" in text(enter(cast.chen).get(f"/debriefs/{made.pk}/"))
    assert enter(cast.lin).get(f"/debriefs/{made.pk}/").status_code == 404
    again = her.post(f"/supervision/debriefs/{cast.chen.pk}/tick/", {"remark": "再说一次"})
    assert again.status_code == 409
    assert "这一天已经过了" in text(again)
    her.post(f"/supervision/debriefs/{made.pk}/undo/")
    assert not Debrief.objects.standing().exists()


@pytest.mark.parametrize("day", ["2026-11-21", "gestern", "2026-13-01"])
def test_a_day_that_is_none(cast: Cast, day: str) -> None:
    assert enter(cast.he).get(f"/supervision/debriefs/{cast.chen.pk}/?day={day}").status_code == 404


def test_today_is_shown_and_not_ticked(cast: Cast) -> None:
    her = enter(cast.he)
    assert "说好怎么做" not in text(her.get(f"/supervision/debriefs/{cast.chen.pk}/?day=2026-11-20"))
    refused = her.post(f"/supervision/debriefs/{cast.chen.pk}/tick/", {"day": "2026-11-20"})
    assert refused.status_code == 409
    assert not Debrief.objects.exists()


def test_cards_are_drawn_looked_through_and_the_owner_hears(cast: Cast, zhang: Any) -> None:
    her, his = enter(cast.he), enter(cast.chen)
    assert "这周还没看陈思远的卡" in text(her.get(f"/supervision/reviews/{cast.chen.pk}/"))
    her.post(f"/supervision/reviews/{cast.chen.pk}/start/")
    shown = her.get(f"/supervision/reviews/{cast.chen.pk}/")
    assert "改了 1 处" in text(shown)
    assert "13800009999" not in shown.content.decode()
    row = ReviewedCard.objects.get()
    her.post(f"/supervision/cards/{row.pk}/tick/", {"remark": "家里的情况补一句"})
    assert CardReview.objects.get().closed_at is not None
    assert "陈思远这周的 1 张卡都看了" in text(her.get(f"/supervision/reviews/{cast.chen.pk}/"))
    assert "家里的情况补一句" in text(his.get(f"/customers/{zhang.pk}/"))
    assert his.post(f"/supervision/cards/{row.pk}/heard/").status_code == 302
    row.refresh_from_db()
    assert row.heard_at is not None
    her.post(f"/supervision/cards/{row.pk}/untick/")
    row.refresh_from_db()
    assert row.seen_at is not None, "what he has read is not taken back"


def test_whether_it_was_done_names_who_was_left_out(cast: Cast, zhang: Any) -> None:
    her = enter(cast.he)
    her.post(f"/supervision/debriefs/{cast.chen.pk}/tick/")
    shown = text(her.get("/supervision/done/"))
    assert "何静" in shown
    assert "周倩文 4 天" in shown
    assert "陈思远 3 天" in shown
    assert "何静" in text(enter(cast.zhao).get("/supervision/done/"))


@pytest.mark.parametrize("who", ["chen", "lin", "xu", "fang"])
def test_it_is_not_there_for_others(cast: Cast, who: str) -> None:
    assert enter(getattr(cast, who)).get("/supervision/").status_code == 404


def test_as_many_queries_with_more_people(cast: Cast) -> None:
    her = enter(cast.zhao)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            her.get("/supervision/")
        return len(seen)

    count()
    few = count()
    for n in range(10):
        type(cast.chen).objects.create_user(username=f"rep{n}", password="pass", name=f"业务员{n}", role="rep", unit=cast.chen.unit)
    assert count() == few


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_supervisors_morning_on_a_phone(live: Any, sign_in: Any, axe: Any, fits: Any) -> None:
    cast = assemble()
    made = card(cast.chen, "张书远", "13800001234")
    FieldChange.objects.create(customer=made, field="hobbies", old="", new="钓鱼", by=cast.chen)
    sign_in(cast.he)
    live.set_viewport_size(PHONE)
    for theme in ("light", "dark"):
        live.emulate_media(color_scheme=theme)
        for address in (
            "/supervision/",
            f"/supervision/debriefs/{cast.chen.pk}/",
            f"/supervision/reviews/{cast.chen.pk}/",
            "/supervision/done/",
        ):
            live.goto(address)
            fits(live)
            axe(live)
    live.goto(f"/supervision/debriefs/{cast.chen.pk}/")
    live.fill("[name=remark]", "先打 A 级的")
    live.click("button:has-text('过了')")
    live.wait_for_selector("#lk-undo:has-text('陈思远')")
    assert Debrief.objects.standing().count() == 1
    live.goto(f"/supervision/reviews/{cast.chen.pk}/")
    live.click("button:has-text('抽 5 张')")
    live.wait_for_selector("text=改了 1 处")
    axe(live)
    live.fill("[name=remark]", "家里的情况补一句")
    live.click("button:has-text('看过了')")
    live.wait_for_selector("#lk-undo:has-text('看过了张书远的卡')")
    axe(live)
    live.set_viewport_size({"width": 1440, "height": 900})
    for address in ("/supervision/", "/supervision/done/"):
        live.goto(address)
        fits(live)
        axe(live)
    sign_in(cast.chen)
    live.goto(f"/customers/{made.pk}/")
    live.click("#remarks button:has-text('知道了')")
    live.wait_for_selector("#lk-undo:has-text('知道了')")


def test_yesterday_is_the_last_day_of_work(cast: Cast) -> None:
    with time_machine.travel("2026-11-23 04:00+00:00", tick=False):
        assert re.search(r"11月20日 \d+ 个人里", text(enter(cast.he).get("/supervision/")))


def test_days_further_back_are_not_caught_up(cast: Cast) -> None:
    answer = enter(cast.he).post(f"/supervision/debriefs/{cast.chen.pk}/tick/", {"day": "2026-11-02"})
    assert answer.status_code == 409
    assert "超过 14 天的事不再补过" in text(answer)
