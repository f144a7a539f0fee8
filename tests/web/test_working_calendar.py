"""The working year in the browser: as the state published it, a day turned round, and back."""

import re
from datetime import date

import pytest
import time_machine
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.team.calendar import changes, complete_year, forget_day, known_years, set_day
from liuke.team.labels import Role
from liuke.team.models import CalendarDay, CalendarYear, Unit, User
from tests.browser import PHONE
from tests.web.pages import enter, text
from tests.work.cast import NOON

EVE = date(2026, 2, 16)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


@pytest.fixture
def wentao(db) -> User:
    unit = Unit.objects.create(name="集团")
    return User.objects.create_user(username="xuwentao", password="pass", name="许文涛", role=Role.ANALYST, unit=unit)


def test_the_year_as_published(wentao):
    page = enter(wentao).get("/calendar/")
    assert "2026 年上班 248 天，休息 117 天" in text(page)
    html = page.content.decode()
    assert re.search(r'value="2026-10-01" class="lk-day-b lk-off lk-hol"[^>]*title="国庆节"', html)
    assert re.search(r'value="2026-10-10" class="[^"]*lk-made"[^>]*title="国庆节调休上班"', html)
    assert "都照国家的日历。" in text(page)
    assert "2027 年的放假安排还没有公布" in text(enter(wentao).get("/calendar/?year=2027"))


def test_a_click_turns_a_day_round_and_the_line_takes_it_back(wentao):
    client = enter(wentao)
    said = client.post("/calendar/day/", {"on": "2026-11-25", "name": "公司年会"}, follow=True)
    assert changes() == {date(2026, 11, 25): False}
    assert "11月25日：休息" in text(said) and "公司年会" in text(said)
    back = re.search(r'action="(/calendar/day/\?[^"]+)"', said.content.decode())[1].replace("&amp;", "&")
    said = client.post(back, follow=True)
    assert (changes(), "11月25日：照国家的日历，上班" in text(said)) == ({}, True)
    back = re.search(r'action="(/calendar/day/\?[^"]+)"', said.content.decode())[1].replace("&amp;", "&")
    client.post(back)
    assert list(CalendarDay.objects.values_list("works", "name")) == [(False, "公司年会")]


def test_a_year_that_is_not_published_is_known_once_somebody_says_it_is_whole(wentao):
    client = enter(wentao)
    for year, code in ((2026, "calendar.published"), (2027, "calendar.no_days")):
        with pytest.raises(Refused) as refused:
            complete_year(wentao, year)
        assert refused.value.code == code
    assert not CalendarYear.objects.exists() and "都写全了" not in text(client.get("/calendar/?year=2027"))
    set_day(wentao, date(2027, 1, 1), False, "元旦")
    assert "2027 年的放假和调休都写全了" in text(client.get("/calendar/?year=2027"))
    said = client.post("/calendar/year/?year=2027", follow=True)
    assert (known_years(), "本公司已经自己补全" in text(said)) == ({2027}, True)
    assert "已经补全了" in text(client.post("/calendar/year/?year=2027", follow=True))
    client.post("/calendar/year/?year=2027&open=1")
    assert known_years() == frozenset() and client.post("/calendar/year/?year=x").status_code == 400


def test_the_verbs_and_who_may(wentao):
    rep = User.objects.create_user(username="chensiyuan", name="陈思远", role=Role.REP, unit=wentao.unit)
    for act in (lambda: set_day(rep, EVE, True), lambda: forget_day(rep, EVE)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "permission"
    for on, works, code in ((EVE, False, "calendar.same"), (date(1999, 1, 1), False, "calendar.year")):
        with pytest.raises(Refused) as refused:
            set_day(wentao, on, works)
        assert refused.value.code == code
    assert not CalendarDay.objects.exists()
    assert set_day(wentao, EVE, True, "值班") is None
    with pytest.raises(Refused):
        set_day(wentao, EVE, True, "值班")
    before = set_day(wentao, EVE, True, "开门")
    assert before is not None and before.name == "值班"
    forget_day(wentao, EVE)
    with pytest.raises(CalendarDay.DoesNotExist):
        forget_day(wentao, EVE)
    told = AuditEntry.objects.filter(verb__startswith="calendar").values_list("verb", flat=True)
    assert list(told) == ["calendar.set", "calendar.set", "calendar.forget"]
    assert enter(rep).get("/calendar/").status_code == 404
    assert enter(wentao).post("/calendar/day/", {"on": "gestern"}).status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_it_can_be_read_and_used(live, sign_in, axe, fits, size):
    admin = User.objects.create_user(username="xuwentao", name="许文涛", role=Role.ANALYST, unit=Unit.objects.create(name="集团"))
    sign_in(admin)
    if size:
        live.set_viewport_size(size)
    live.goto("/calendar/?year=2026")
    axe(live)
    fits(live)
    live.locator("button[value='2026-11-25']").click()
    live.locator("#lk-undo").get_by_text("11月25日：休息").wait_for()
    live.locator("#lk-undo button").click()
    live.locator("#lk-undo").get_by_text("照国家的日历").wait_for()
