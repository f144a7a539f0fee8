"""Today, as the person at the counter meets it: the list, a task beside it, an outcome in two clicks, and back again."""

import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from liuke.custody.models import CheckOut
from liuke.customers.actions import add_phones
from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel.phone import parse_phones
from liuke.standing.models import Standing
from liuke.team.queries import pack as current_pack
from liuke.web.customers.next_contact import next_days
from liuke.web.today.words import Words
from liuke.work.actions import finish, keep_effect, plan
from liuke.work.models import Result, Task
from liuke.work.promising import make_promise
from tests.browser import PHONE
from tests.web.pages import enter, text
from tests.work.cast import DAY, NOON, Company, company


@pytest.fixture
def cast(db) -> Company:
    return company()


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


@pytest.fixture
def day(cast):
    """陈思远's day: one complaint, three by value, one that does not fit."""
    for number, at_risk, name in (("K001", 503_200, "张书远"), ("K002", 900_000, "何美玲"), ("K003", 300_000, "郑海涛")):
        cast.absent(number, at_risk, name=name)
    urgent = cast.customer("K004", name="刘建军")
    cast.signal(urgent, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 1})
    plan(DAY)
    Task.objects.filter(customer=urgent).update(assignee=cast.siyuan, assigned_by=cast.hejing)
    cast.siyuan.minutes_per_day = 35
    cast.siyuan.save()
    return cast


def task(name) -> Task:
    return Task.objects.get(customer__name=name, kind="playbook", state="open")


def rows(*models):
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_the_page_says_the_finding_first(day):
    answer = enter(day.siyuan).get("/today/")
    page = text(answer)
    assert answer.status_code == 200
    assert "<h1>今天 3 件，约 35 分钟</h1>" in answer.content.decode()
    assert "不能等1 件，先做这些" in page
    assert "另有 1 件排到以后：1 件剩下的时间放不下，最高的每分钟 ¥30。" in page
    assert page.index("刘建军") < page.index("何美玲") < page.index("张书远")
    assert "郑海涛" not in page
    assert "「好久没见您了，车最近开着还好吗？」" in page
    assert "<b>212天</b>没来，通常<b>74天</b>一次。" in answer.content.decode()
    assert "现在是 21:00" not in page
    assert "从高排到低，排满 35 分钟为止；" in page
    assert "昨天的严重投诉还没结。" in page


def test_in_english(day):
    client = enter(day.siyuan)
    answer = client.get("/today/", headers={"accept-language": "en"})
    assert "<b>212 days</b> without a visit, usually every <b>74 days</b>." in answer.content.decode()


def test_at_night_the_page_reminds_of_the_quiet_hours(day):
    with time_machine.travel(NOON + timedelta(hours=10)):
        assert "现在是 21:00–09:00，不主动打扰客户" in text(enter(day.siyuan).get("/today/"))


def test_a_task_opens_beside_the_list_and_as_a_fragment(day):
    client, zhang = enter(day.siyuan), task("张书远")
    whole = client.get(f"/today/{zhang.pk}/")
    assert "<h1>" in whole.content.decode() and 'id="lk-rail"' in whole.content.decode() and "data-open" in whole.content.decode()
    part = client.get(f"/today/{zhang.pk}/", headers={"HX-Request": "true"})
    assert "<h1>" not in part.content.decode() and "<html" not in part.content.decode()
    assert "第 3 件，共 3 件" in text(part)
    assert "张先生" in text(part) and "1建立信任" in text(part)
    third = client.get(f"/today/{zhang.pk}/?step=3", headers={"HX-Request": "true"})
    assert "他说“外面便宜”" in text(third)
    assert "1380" not in part.content.decode()


def test_with_who_has_left_nothing_more_is_lost(day):
    zhang = task("张书远")
    client = enter(day.siyuan)
    assert "未来一年可能失去¥5,032" in text(client.get(f"/today/{zhang.pk}/", HTTP_HX_REQUEST="true"))
    Standing.objects.filter(customer=zhang.customer_id).update(stage="E")
    assert "未来一年可能失去已走" in text(client.get(f"/today/{zhang.pk}/", HTTP_HX_REQUEST="true"))


def test_the_whole_number_is_not_in_the_page(day):
    zhang = task("张书远")
    type(zhang.customer).objects.filter(pk=zhang.customer_id).update(phone="+8613812345678")
    answer = enter(day.siyuan).get(f"/today/{zhang.pk}/")
    assert "138****5678" in text(answer)
    assert "13812345678" not in answer.content.decode()


def test_a_number_in_free_text_is_covered_in_the_rail(day):
    found = task("何美玲")
    texts = {"family": "女儿 13900001234", "hobbies": "球友 13900001234", "best_time": "晚上打 13900001234", "avoid": "不打 13900001234"}
    Customer.objects.filter(pk=found.customer_id).update(**texts)
    for user in (day.siyuan, day.hejing):
        page = enter(user).get(f"/today/{found.pk}/", HTTP_HX_REQUEST="true").content.decode()
        assert "13900001234" not in page
        assert all(words.replace("13900001234", "139****34") in page for words in texts.values())
    client = enter(day.siyuan)
    client.post(f"/customers/{found.customer_id}/check-outs/new/", {"purpose": "打电话"})
    assert "不打 13900001234" in client.get(f"/today/{found.pk}/", HTTP_HX_REQUEST="true").content.decode()


def test_an_outcome_in_two_clicks_and_the_next_task_is_open(day):
    client, he = enter(day.siyuan), task("何美玲")
    answer = client.post(f"/today/{he.pk}/outcome/", {"go": "not_reached:", "note": "响了很久"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    page = text(answer)
    assert "何美玲：没接，明天再打" in page
    result = Result.objects.get()
    assert f"/today/outcomes/{result.pk}/undo/" in answer.content.decode()
    assert answer["HX-Replace-Url"] == f"/today/{task('张书远').pk}/"
    assert "已做 1 件，还剩 25 分钟" in page
    assert "第 2 件，共 3 件" in page, "counted as they are listed: what is done stands last"
    assert 'id="lk-undo"' in answer.content.decode() and 'hx-swap-oob="true"' in answer.content.decode()
    assert Interaction.objects.get().summary == "响了很久"


def test_enter_alone_sends_the_marked_outcome(day):
    he = task("何美玲")
    enter(day.siyuan).post(f"/today/{he.pk}/outcome/", {"go": "", "outcome": "deal"})
    assert Result.objects.get().outcome == "deal"


def test_a_deal_leads_to_its_form_when_asked(day):
    he = task("何美玲")
    answer = enter(day.siyuan).post(f"/today/{he.pk}/outcome/", {"go": "deal:enter"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("deal_new", args=[he.customer_id]))
    assert Result.objects.get().outcome == "deal"


def test_without_script_the_next_page_says_it_and_takes_it_back(day):
    client, he = enter(day.siyuan), task("何美玲")
    before = rows(Task)
    answer = client.post(f"/today/{he.pk}/outcome/", {"go": "later:3"}, follow=True)
    assert answer.redirect_chain == [(f"/today/{task('张书远').pk}/", 302)]
    assert "何美玲：改天，11月23日再打" in text(answer)
    back = client.post(f"/today/outcomes/{Result.objects.get().pk}/undo/", follow=True)
    assert "何美玲：撤销了，还在今天的单子上" in text(back)
    assert rows(Task)[0][: len(before[0])] == before[0]


def test_undo_as_a_fragment_draws_the_list_again(day):
    client, he = enter(day.siyuan), task("何美玲")
    client.post(f"/today/{he.pk}/outcome/", {"go": "deal:"})
    answer = client.post(f"/today/outcomes/{Result.objects.get().pk}/undo/", headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert html.lstrip().startswith('<div class="lk-undo-slot" id="lk-undo"') and re.search(
        r'<div class="lk-today" id="lk-today"[^>]* hx-swap-oob="true">', html
    )
    assert "今天 3 件，约 35 分钟" in text(answer)


def test_a_promise_is_shown_as_one(day):
    client, he = enter(day.siyuan), task("何美玲")
    client.post(f"/today/{he.pk}/outcome/", {"go": "reached:wants_quote"})
    with time_machine.travel(NOON + timedelta(days=3)):
        page = text(enter(day.siyuan).get("/today/"))
    assert "过了 1 天" in page and "您11月20日答应过：把写明细的报价发给他。" in page


def test_a_second_tab_is_told_and_nothing_changes(day):
    client, he = enter(day.siyuan), task("何美玲")
    finish(day.siyuan, he.pk, "deal", now=NOON)
    before = rows(Task, Result, Interaction)
    answer = client.post(f"/today/{he.pk}/outcome/", {"go": "refused:", "note": "她说下月再看"}, headers={"HX-Request": "true"})
    assert (answer.status_code, "这件陈思远刚才已经记过结果了。" in text(answer)) == (409, True)
    assert "您写的没有存" in text(answer) and "她说下月再看" in text(answer), "what was typed is still there"
    assert rows(Task, Result, Interaction) == before


@pytest.mark.parametrize("go", ["", "maybe:", "reached:no_such", "later:999"])
def test_what_is_not_offered_is_refused(day, go):
    before = rows(Task, Result, Interaction)
    answer = enter(day.siyuan).post(f"/today/{task('何美玲').pk}/outcome/", {"go": go})
    assert answer.status_code == 409
    assert rows(Task, Result, Interaction) == before


def test_anothers_task_does_not_exist(day):
    he = task("何美玲")
    result = finish(day.siyuan, he.pk, "deal", now=NOON)
    zhang = task("张书远")
    before = rows(Task, Result, Interaction)
    for person in (day.xiaomei, day.linqian):
        client = enter(person)
        assert client.get(f"/today/{zhang.pk}/").status_code == 404
        assert client.post(f"/today/{zhang.pk}/outcome/", {"go": "deal:"}).status_code == 404
        assert client.post(f"/today/outcomes/{result.pk}/undo/").status_code == 404
        assert client.post(f"/today/{zhang.pk}/assignee/", {"to": person.pk}).status_code == 404
        assert client.get(f"/today/of/{day.siyuan.pk}/").status_code == 404
        assert client.get("/today/?user=" + str(day.siyuan.pk)).status_code == 404
    assert enter(day.hejing).post(f"/today/outcomes/{result.pk}/undo/").status_code == 404
    assert rows(Task, Result, Interaction) == before


def test_who_oversees_looks_at_a_colleagues_day(day):
    client = enter(day.hejing)
    assert client.get(f"/today/?user={day.siyuan.pk}").headers["Location"] == f"/today/of/{day.siyuan.pk}/"
    page = text(client.get(f"/today/of/{day.siyuan.pk}/"))
    assert "陈思远今天 3 件，约 35 分钟" in page
    analyst = enter(day.wentao)
    looked = analyst.get(f"/today/of/{day.siyuan.pk}/{task('何美玲').pk}/")
    assert "这是陈思远的任务，您看得到，做不了。" in text(looked)
    assert "打电话" not in text(analyst.get(f"/today/of/{day.siyuan.pk}/")).partition("按每分钟")[0]
    assert analyst.get("/today/").status_code == 404
    assert analyst.post(f"/today/{task('何美玲').pk}/outcome/", {"go": "deal:"}).status_code == 404
    assert client.get(f"/today/of/{day.guoping.pk}/").status_code == 404  # above her region


def test_the_supervisor_gives_a_task_away_and_takes_it_back(day):
    client, he = enter(day.hejing), task("何美玲")
    answer = client.post(f"/today/{he.pk}/assignee/", {"to": day.linqian.pk}, follow=True)
    assert "何美玲交给了林倩" in text(answer)
    assert task("何美玲").assignee == day.linqian
    client.post(f"/today/{he.pk}/assignee/{day.siyuan.pk}/")
    assert task("何美玲").assignee == day.siyuan
    refused = client.post(f"/today/{he.pk}/assignee/", {"to": day.xiaomei.pk})
    assert (refused.status_code, task("何美玲").assignee) == (409, day.siyuan)
    assert "周晓梅看不到客户何美玲，要先转交客户。" in text(refused)


def test_a_long_one_that_is_worth_more_is_not_called_worth_less(day):
    """Short ones fill the rest of the day; what is left may be worth more a minute than they are."""
    Task.objects.filter(pk=task("郑海涛").pk).update(minutes=34, value_per_minute_cents=99_900)
    for client, address in ((enter(day.siyuan), "/today/"), (enter(day.hejing), f"/today/of/{day.siyuan.pk}/")):
        assert "1 件剩下的时间放不下，最高的每分钟 ¥999，空出来的排了短的。" in text(client.get(address))


def test_red_is_what_went_wrong_orange_what_was_agreed_on():
    def colour(kind: str, due: date, severity: int = 1) -> str:
        task = Task(pk=1, kind=kind, must=True, due_on=due, severity=severity)
        item = SimpleNamespace(task=task, customer=SimpleNamespace(name="张书远"))
        made = SimpleNamespace(done=(), must=(item,), chosen=(), on=DAY, day=SimpleNamespace(free_minutes=0))
        return Words(made, None, 0).tape[0][0]

    assert [colour(kind, DAY) for kind in ("visit", "promise", "next")] == ["must"] * 3
    assert [colour(kind, DAY - timedelta(1)) for kind in ("visit", "promise")] == ["clock"] * 2
    assert [colour(kind, DAY, 3) for kind in ("complain", "playbook", "survey")] == ["clock"] * 3
    assert colour("playbook", DAY, 2) == "must"  # advice was asked for: nothing went wrong


def test_who_was_left_and_why(day):
    client = enter(day.siyuan)
    answer = client.get("/today/left/?why=cut")
    assert "<h1>排到以后 1 件</h1>" in answer.content.decode()
    assert "郑海涛" in text(answer) and "今天排不下 1" in text(answer)
    assert client.get("/today/left/?why=nonsense").status_code == 404
    assert "没有排到以后的。" in text(enter(day.linqian).get("/today/left/"))


def test_who_was_contacted_often_enough_is_said_in_the_same_words_everywhere(day):
    he = task("何美玲")
    for _again in range(2):
        Interaction.objects.create(
            customer=he.customer, way="phone", outcome="reached", by=day.siyuan, on=DAY - timedelta(3), at=NOON - timedelta(3)
        )
    client = enter(day.siyuan)
    assert "1 位近 30 天已联系满 2 次" in text(client.get("/today/"))
    assert "近 30 天已联系满 1" in text(client.get("/today/left/?why=contacted"))


def test_nothing_to_do_is_said(cast):
    page = enter(cast.siyuan).get("/today/")
    assert "<h1>今天没有要做的事</h1>" in page.content.decode()
    assert "有客户该联系了，会排到这里" in text(page)


def test_when_all_is_done(day):
    client = enter(day.siyuan)
    Task.objects.filter(customer__name__in=["刘建军", "张书远", "郑海涛"]).delete()
    answer = client.post(f"/today/{task('何美玲').pk}/outcome/", {"go": "deal:"}, follow=True)
    assert answer.redirect_chain == [("/today/", 302)]
    assert "今天没有要紧的事了。1 件做完，挽回机会约 ¥900。" in text(answer)


def test_as_many_queries_for_fifty_as_for_five(cast):
    cast.siyuan.minutes_per_day = 600
    cast.siyuan.save()
    client, counts = enter(cast.siyuan), []
    for many in (5, 45):
        for at in range(many):
            cast.absent(f"N{many}-{at}")
        plan(DAY)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/today/")
        with CaptureQueriesContext(connection) as left:
            client.get("/today/left/")
        counts.append((len(queries), len(left)))
    assert "今天 50 件" in text(answer)
    assert counts[0] == counts[1]


# ── in the browser ──


@pytest.mark.browser
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_keys_and_thumbs(day, live, sign_in, axe, fits, size):
    he = task("何美玲")
    he.delete()
    sign_in(day.siyuan)
    if size == "phone":
        live.set_viewport_size(PHONE)
    live.goto("/today/")
    assert live.locator("#lk-rail").is_visible() == (size == "desk")  # on the phone the list ends with the list
    fits(live)
    axe(live)
    live.click(".lk-task >> text=张书远")
    live.wait_for_selector("#lk-rail[data-open] #lk-out")
    assert live.url.endswith(f"/today/{task('张书远').pk}/")
    fits(live)
    axe(live)
    live.click(".lk-four >> text=引导需求")
    live.wait_for_selector(".lk-four [aria-current] >> text=引导需求")
    live.fill("[name=note]", "在开会")
    live.click(".lk-outs >> text=没接")
    live.click("[data-then=not_reached] button:visible")
    live.wait_for_selector("#lk-undo >> text=张书远：没接，明天再打")
    if size == "phone":  # it lies between what one reads and types into and the outcomes, over neither
        line, above, below = (live.locator(part).bounding_box() for part in ("#lk-undo .lk-undo", ".lk-rail-sc", "#lk-out"))
        assert above["y"] + above["height"] <= line["y"] and line["y"] + line["height"] <= below["y"]
    assert Interaction.objects.get().summary == "在开会"
    axe(live)
    live.click("#lk-undo >> text=撤销")
    live.wait_for_selector("#lk-undo >> text=撤销了")
    assert task("张书远").outcome == ""
    fits(live)


@pytest.mark.browser
def test_two_keys(day, live, sign_in):
    sign_in(day.siyuan)
    he = task("何美玲")
    live.goto(f"/today/{he.pk}/")
    live.keyboard.press("4")
    live.keyboard.press("Enter")
    live.wait_for_selector("#lk-undo >> text=何美玲：成交")
    live.keyboard.press("Control+z")
    live.wait_for_selector("#lk-undo >> text=撤销了")
    assert task("何美玲").pk == he.pk


@pytest.mark.browser
@pytest.mark.parametrize("name", ["何美玲", "张书远", "刘建军"])
def test_after_an_undo_the_outcomes_stay_in_reach(day, live, sign_in, name):
    sign_in(day.siyuan)
    at = task(name)
    live.goto(f"/today/{at.pk}/")
    before = live.locator("#lk-out").bounding_box()
    for _again in range(2):
        live.keyboard.press("2")
        live.keyboard.press("Enter")
        live.wait_for_selector(f"#lk-undo >> text={name}：没接")
        live.keyboard.press("Control+z")
        live.wait_for_selector("#lk-undo >> text=撤销了")
        bar = live.locator("#lk-out").bounding_box()
        assert bar["y"] + bar["height"] <= 900
        assert abs(bar["y"] - before["y"]) < 60  # the line that says it takes its place above
        assert live.locator("#lk-today").count() == 1


@pytest.mark.browser
def test_how_it_is_reckoned_opens_beside_its_button(day, live, sign_in):
    sign_in(day.siyuan)
    live.goto("/today/")
    live.click("text=怎么算的")
    live.wait_for_selector("#lk-how[style*=top]")  # placed by the script
    button, pop = live.locator("text=怎么算的").bounding_box(), live.locator("#lk-how").bounding_box()
    assert 0 <= pop["y"] - (button["y"] + button["height"]) < 12 or 0 <= button["y"] - (pop["y"] + pop["height"]) < 12
    assert pop["x"] <= button["x"] + button["width"] and button["x"] <= pop["x"] + pop["width"]


@pytest.mark.browser
def test_on_the_phone_the_call_is_on_top(day, live, sign_in):
    zhang = task("张书远")
    add_phones(zhang.customer, parse_phones("13812345678"))
    sign_in(day.siyuan)
    live.set_viewport_size(PHONE)
    live.goto(f"/today/{zhang.pk}/")
    assert live.locator(".lk-m-bar >> text=借卡打电话").bounding_box()["y"] < 120
    live.keyboard.press("c")  # borrowed for this task, and nothing to fill in
    live.wait_for_selector(".lk-m-bar >> text=拨号")
    assert live.locator(".lk-m-bar a.lk-btn").get_attribute("href") == "tel:13812345678"
    assert CheckOut.objects.get(customer=zhang.customer).purpose == "今天的事：电话：久未到店"


def test_the_act_on_top_is_the_one_of_the_tasks_channel(day):
    """A message is copied, not rung up."""
    he = task("何美玲")
    assert "借卡打电话" not in bar(enter(day.siyuan).get(f"/today/{he.pk}/"))  # she has no telephone
    add_phones(he.customer, parse_phones("13812345678"))
    assert "借卡打电话" in bar(enter(day.siyuan).get(f"/today/{he.pk}/"))
    Task.objects.filter(pk=he.pk).update(channel="wechat")
    page = enter(day.siyuan).get(f"/today/{he.pk}/")
    assert 'data-lk-copy="lk-message"' in bar(page) and "打电话" not in bar(page)
    assert "没回，明天发微信" not in page.content.decode() and "明天发微信" in page.content.decode()
    type(he.customer).objects.filter(pk=he.customer_id).update(channel="wechat", wechat="mei-ling")
    make_promise(day.siyuan, he.customer_id, "把报价发给他", DAY)
    client, promised = enter(day.siyuan), Task.objects.get(kind="promise")
    asked = {"what": "task-wechat", "purpose": "承诺", "back": f"/today/{promised.pk}/"}
    page = client.post(reverse("check_out", args=[he.customer_id]), asked, follow=True)
    assert 'data-lk-copy="lk-wechat"' in bar(page) and "tel:" not in bar(page)
    assert 'id="lk-wechat">mei-ling<' in page.content.decode() and 'href="tel:13812345678"' in page.content.decode()
    assert "陈思远的第" not in text(page) and "陈思远的第" in text(enter(day.hejing).get(f"/today/{promised.pk}/"))


def bar(answer) -> str:
    return re.search(r'lk-m-bar">(.*?)<div class="lk-rail-hd">', answer.content.decode(), re.S)[1]


def test_an_answer_takes_the_count_of_the_navigation_along(day):
    client, he = enter(day.siyuan), task("何美玲")
    answer = client.post(f"/today/{he.pk}/outcome/", {"go": "not_reached:"}, headers={"HX-Request": "true"}).content.decode()
    assert re.search(r'id="nav-today" hx-swap-oob="true".*?<span class="lk-c">2</span>', answer, re.S), answer[-900:]
    assert 'id="tab-today"' in answer


@time_machine.travel("2026-11-22T10:00:00+08:00", tick=False)
def test_one_day_is_offered_once(db):
    """On a Sunday next Monday is tomorrow."""
    made = company()
    days = next_days(made.absent("K001"), None, current_pack())
    assert [(text, on.isoformat()) for text, on, _ in days][:3] == [
        ("今天", "2026-11-22"),
        ("明天", "2026-11-23"),
        ("3 天后", "2026-11-25"),
    ]
    assert "下周一" not in [text for text, _, _ in days]


@pytest.mark.browser
def test_the_list_of_keys_names_what_works(day, live, sign_in):
    sign_in(day.siyuan)
    live.goto("/today/")
    live.keyboard.press("?")
    live.wait_for_selector("#lk-keys[open]")
    listed = live.locator("#lk-keys dt").all_inner_texts()
    assert [keys.split() for keys in listed] == [
        ["J", "K"], ["Enter"], ["Esc"], ["X"], ["Shift", "X"], ["1", "–", "5"], ["C"], ["N"], ["D"], ["F"],
        ["G", "T"], ["G", "L"], ["Ctrl", "Z"], ["Ctrl", "K"], ["?"],
    ]  # fmt: skip
    live.keyboard.press("Escape")
    for key, address in (("l", "**/customers/"), ("t", "**/today/")):
        live.keyboard.press("g")
        live.keyboard.press(key)
        live.wait_for_url(address)


def test_the_popover_says_what_the_effect_rests_on(day):
    reader = enter(day.siyuan)
    assert "效果先按经验假设" in text(reader.get("/today/"))
    keep_effect(None, "overdue_visit", treated=1200, returned=420, alone=130, returned_alone=26)
    plan(DAY)
    page = text(reader.get("/today/"))
    assert "效果是实测的：联系过的 1,200 位回来 35%，没联系的 130 位回来 20%，差 15 点（95% 区间 6.9 到 21.6 点）。" in page
    assert "原来假设 10%，人越多越信实测，现在按 13.2% 算。" in page
    assert "效果先按经验假设" not in page
