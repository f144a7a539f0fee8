"""Care as pages: the month's sheet and its lists, the rules the operations centre writes, care against selling, gatherings, the card."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.care import gatherings, nightly
from liuke.care.models import CareRule, Gathering, Guest
from liuke.customers.models import Event
from liuke.kernel import clock
from liuke.segments.keeping import save_segment
from liuke.work.actions import finish
from liuke.work.models import Task
from tests.browser import PHONE
from tests.care.world import NOON, car, graded, person
from tests.cast import Cast, assemble, card
from tests.web.pages import enter


@pytest.fixture(autouse=True)
def chinese():
    cache.clear()
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def fill(cast: Cast) -> Cast:
    """Of 陈思远's: one's lunar birthday today, one's car's day today, one's birthday in June; one birthday today in another region."""
    person(cast, "张书远", (4, 8), lunar=True)
    car(person(cast, "王淑芬", gender="female"), date(2023, 5, 24))
    person(cast, "李建平", (6, 2))
    card(cast.ding, "葛建华", birth_month=5, birth_day=24, wechat="wx")
    graded({"张书远": "A", "王淑芬": "B", "李建平": "C"})
    nightly.run()
    return cast


@pytest.fixture
def cast(db, noon) -> Cast:
    return fill(assemble())


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_month_and_what_comes(cast):
    page = text(enter(cast.chen).get("/care/"))
    assert "今天是 2 位客户的日子，14 天里 3 位" in page
    assert "24 初八 2 生日 1 提车周年 1" in page
    assert re.search(r"张书远 A A 级 生日，农历四月初八 今天 陈思远 电话，5 分钟 手写的贺卡 要做", page)
    assert "葛建华" not in page
    assert "今天是 3 位客户的日子" in text(enter(cast.zhao).get("/care/"))


def test_every_number_opens_as_many_rows(cast):
    client = enter(cast.zhao)
    page = client.get("/care/").content.decode()
    for where, number in re.findall(r'href="(/care/days/[^"]+)"><span>[^<]*</span><b>(\d+)</b>', page):
        rows = client.get(where).content.decode().count("data-lk-row")
        assert rows == int(number), where
    assert text(client.get("/care/days/2026-05-24/")).count("今天") >= 3


def test_a_day_past_says_what_became_of_it(cast):
    [task] = Task.objects.filter(customer__name="张书远")
    finish(cast.chen, task.pk, "reached")
    with time_machine.travel(datetime(2026, 5, 29, 4, tzinfo=UTC), tick=False):
        nightly.run()
        page = text(enter(cast.chen).get("/care/days/2026-05-24/"))
        assert re.search(r"张书远 A A 级 生日 5月24日 陈思远 电话，5 分钟 手写的贺卡 问候过了", page)
        assert re.search(r"王淑芬 B B 级 提车周年 5月24日 陈思远 微信，2 分钟 — 过了日子没做", page)


def test_another_month_and_nonsense(cast):
    client = enter(cast.chen)
    assert re.search(r"2 十七 1 生日 1", text(client.get("/care/?month=2026-06")))
    for nonsense in ("", "2026-13", "9999-01", "x"):
        assert "2026年5月" in text(client.get(f"/care/?month={nonsense}"))
    assert client.get("/care/days/2026-02-30/").status_code == 404 == client.get("/care/days/1900-01-01/").status_code


def test_no_more_questions_for_many_than_for_few(cast):
    client = enter(cast.chen)

    def asked(where):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where).status_code == 200
        return len(seen)

    places = ("/care/", "/care/days/2026-05-24/", "/care/balance/", f"/customers/{Task.objects.first().customer_id}/")
    few = [asked(where) for where in places]
    for place in range(12):
        one = person(cast, f"客{place}", (5, 24))
        car(one, date(2023, 5, 26))
    nightly.run()
    assert [asked(where) for where in places] == few


def test_rules_are_written_by_the_operations_centre(cast):
    client = enter(cast.xu)
    page = client.get("/care/occasions/birthday/").content.decode()
    assert "{name_title} 客户的称呼" in page
    fields = {
        "seen": "0", "on": "1", "days": "0", "late_days": "1", "greeting-zh": "{name_title}，{staff}给您道喜了。",
        "A-on": "1", "A-who": "owner", "A-channel": "phone", "A-minutes": "6", "A-gift-zh": "一束花",
    }  # fmt: skip
    bad = client.post("/care/occasions/birthday/", {**fields, "greeting-zh": "{name_title}，保养打折。"})
    assert bad.status_code == 422 and "日常关怀里不提打折" in text(bad) and not CareRule.objects.exists()
    none = client.post("/care/occasions/birthday/", {key: value for key, value in fields.items() if key != "A-on"})
    assert "至少给一档客户" in text(none)
    done = client.post("/care/occasions/birthday/", fields, follow=True)
    assert "“生日”改好了，明天早上起这样排" in text(done) and "「张先生，小陈给您道喜了。」" in text(done)
    stale = client.post("/care/occasions/birthday/", fields)
    assert stale.status_code == 422 and "许文涛刚改过这个日子" in text(stale)
    client.post("/care/occasions/birthday/1/undo/")
    assert "小陈给您道喜" not in text(client.get("/care/occasions/"))
    client.post("/care/occasions/birthday/switch/", {"seen": "2", "on": ""})
    assert "10 个日子在问候" in text(client.get("/care/occasions/"))
    assert enter(cast.chen).get("/care/occasions/").status_code == 404


def test_care_against_selling(cast):
    task = Task.objects.get(customer__name="张书远")
    finish(cast.chen, task.pk, "reached")
    client = enter(cast.he)
    page = text(client.get("/care/balance/"))
    assert "30 天里问候 1 次，销售 0 次" in page and "杭州滨江店" in page
    assert "张书远" in text(client.get("/care/balance/contacts/?side=care"))
    unit = cast.binjiang.pk
    assert "张书远" in text(client.get(f"/care/balance/contacts/?side=care&unit={unit}"))
    assert client.get("/care/balance/contacts/?side=x").status_code == 404
    assert client.get(f"/care/balance/contacts/?side=care&unit={cast.beijing.pk}").status_code == 404


def test_the_card_says_what_comes_next(cast):
    client = enter(cast.chen)
    found = {task.customer.name: task.customer_id for task in Task.objects.select_related("customer")}
    assert "今天是生日（农历四月初八）" in text(client.get(f"/customers/{found['张书远']}/"))
    assert "今天是提车周年（凯美瑞满 3 年）" in text(client.get(f"/customers/{found['王淑芬']}/"))


def test_a_gathering_from_the_page(cast):
    client = enter(cast.he)
    bad = client.post("/gatherings/new/", {"name": "", "on": "2026-05-24", "unit": str(cast.binjiang.pk)})
    assert bad.status_code == 422 and "请写联谊的名称" in text(bad)
    client.post("/gatherings/new/", {"name": "端午茶会", "on": "2026-05-24", "unit": str(cast.binjiang.pk), "place": "二楼"})
    tea = Gathering.objects.get()
    where = f"/gatherings/{tea.pk}/"
    one = Task.objects.get(customer__name="张书远").customer
    assert "张书远" in text(client.get(f"{where}?q=张"))
    assert "请了 1 位" in text(client.post(f"{where}guests/", {"pick": [one.pk]}, follow=True))
    everybody = save_segment(cast.he, "有卡的", {"all": [{"ask": "kind", "op": "in", "is": ["person"]}]})
    assert "请了 2 位；1 位已经请过" in text(client.post(f"{where}guests/", {"segment": everybody.pk}, follow=True))
    rep = enter(cast.chen)
    guest = Guest.objects.get(customer=one)
    page = text(rep.post(f"/gatherings/guests/{guest.pk}/came/", follow=True))
    assert "端午茶会：请了 3 位，来了 1 位" in page and Event.objects.get().customer == one
    rep.post(f"/gatherings/guests/{guest.pk}/came/undo/")
    assert not Event.objects.exists()
    assert rep.get("/gatherings/new/").status_code == 404
    assert enter(cast.ding).get(where).status_code == 404


# ── as a person meets it ─────────────────────────────────────────────────────


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_reads(live, sign_in, axe, fits, theme):
    cast, today = assemble(), clock.today()
    person(cast, "张书远", (today.month, today.day))
    person(cast, "王淑芬", (today.month, today.day), key_account=True)
    nightly.run()
    live.emulate_media(color_scheme=theme)
    sign_in(cast.xu)
    places = (
        "/care/",
        f"/care/days/{today.isoformat()}/",
        "/care/balance/",
        "/care/occasions/",
        "/care/occasions/birthday/",
        "/gatherings/",
    )
    for where in places:
        live.goto(where)
        axe(live)
        fits(live)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_who_came_is_written_down_on_the_telephone(live, sign_in, axe, fits):
    cast, today = assemble(), clock.today()
    tea = gatherings.create(cast.he, "茶会", today, cast.binjiang.pk)
    gatherings.invite(cast.he, tea.pk, [person(cast, "张书远").pk])
    sign_in(cast.chen)
    live.set_viewport_size(PHONE)
    live.goto(f"/gatherings/{tea.pk}/")
    axe(live)
    fits(live)
    live.get_by_role("button", name="张书远来了").click()
    live.wait_for_selector("#lk-undo:has-text('张书远来了，记在卡上')")
    assert Event.objects.count() == 1
    axe(live)
    live.click("#lk-undo button")
    live.wait_for_selector("#lk-undo:has-text('撤销了，张书远没来')")
    assert not Event.objects.exists()
    live.goto("/care/")
    axe(live)
    fits(live)
