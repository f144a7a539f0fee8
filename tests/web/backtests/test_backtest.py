"""The page of a backtest: the finding first, its figures, what each reader may see of it, and the road from asking to reading."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import expect

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.jobs import tasks
from liuke.standing.models import Backtest, ChurnFit, Run
from liuke.team.models import User
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.standing.backtests import group, model, point, result

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
READERS = ("hejing", "xuwentao", "zhaoguoping")
OTHERS = ("chensiyuan", "linqian", "fangmin", "admin")


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def cast() -> Cast:
    return assemble()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def text(answer) -> str:
    body = re.sub(r"<(script|style|svg|template)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def heading(answer) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.content.decode(), flags=re.DOTALL)
    assert found
    return unescape(found[1])


def kept(**other) -> Backtest:
    return Backtest.objects.create(
        as_of=date(2025, 11, 20),
        horizon_days=365,
        pack="auto_dealer",
        state=Backtest.State.DONE,
        result=result(**other),
        finished_at=timezone.now(),
    )


def sold(owner: User, *days_ago: int) -> Customer:
    made = card(owner, "张书远")
    for days in days_ago:
        Deal.objects.create(customer=made, on=TODAY - timedelta(days=days), amount_cents=50_000, came=True)
    return made


# ── what it says ──


def test_the_title_is_the_finding_and_four_sentences_follow(cast: Cast) -> None:
    kept()
    answer = browser(cast.zhao).get("/backtests/")
    assert heading(answer) == "去年11月说会走的人里，十个走了八个"
    said = text(answer)
    assert "站在 2025年11月20日 看，只用那天以前的数；全公司 400 位客户，往后 365 天走了 160 位。" in said
    assert "100 次里有 81 次认得出。最该担心的那一成人里，走了 88%；所有人里走了 40%。" in said
    assert "一百位里说走 45 位，走了 40 位。分十档看，平均差 2.1 个百分点，概率可以直接用。" in said
    assert "365 天里预计来 1,204 次，实际 1,187 次，多估了 1.5%。" in said
    assert "认得出 81 次对 74 次；同样找最前面的一成，多找对 8 位。" in said


def test_the_picture_has_a_point_for_each_bin_and_its_table(cast: Cast) -> None:
    kept()
    page = browser(cast.zhao).get("/backtests/").content.decode()
    wide = re.findall(r"<svg class=\"lk-flow\".*?</svg>", page, flags=re.DOTALL)[0]
    assert wide.count("<circle") == 10
    assert wide.count('fill="var(--surface)"') == 1, "said 40 %, 75 % left: outside its interval"
    assert "10 档里 9 档对得上" in wide
    assert "40 位，说 40.0% 会走，走了 75.0%" in unescape(wide)
    assert "<a" not in wide, "no list stands behind a point"
    assert text(browser(cast.zhao).get("/backtests/")).count("75.0%") == 1


def test_when_the_rules_took_over_the_page_says_why(cast: Cast) -> None:
    models = [
        model("band", 0.7, 1.5, brier=0.2, ece=0.09),
        model("absent", 0.74, 1.7),
    ]
    kept(chosen="band", why="few_repeaters", models=models, not_fitted={"bgnbd": "few_repeaters"})
    said = text(browser(cast.zhao).get("/backtests/"))
    assert "和别的办法比 回头客不到 200 位，模型学不准，先按规则判断。" in said
    assert "BG/NBD 模型 回头客不到 200 位，模型学不准 — " in said
    assert "没有比“最久没来的排前面”强：认得出 70 次对 74 次。" in said
    assert "规则只说谁会走，不说来几次。" in said
    assert "平均差 9.0 个百分点，概率只看先后，别当真数。" in said


def test_nobody_all_the_same_and_nobody_said(cast: Cast) -> None:
    models = [model("band", None, None, actual_deals=0), model("absent", None, None, actual_deals=0)]
    kept(customers=1, left=0, calibration=[], models=models, chosen="band", why="nobody_repeats", said={"customers": 0, "left": 0})
    answer = browser(cast.zhao).get("/backtests/")
    assert heading(answer) == "去年11月没有说谁会走，后来走了 0 位"
    assert "nan" not in answer.content.decode().lower()
    assert "说不准" in text(answer)


def test_a_sample_is_called_a_sample(cast: Cast) -> None:
    kept(sampled_of=1_000_000)
    assert "从全公司 1,000,000 位客户里抽出 400 位，往后 365 天走了 160 位" in text(browser(cast.zhao).get("/backtests/"))


def test_which_model_is_in_use_stands_on_the_page(cast: Cast) -> None:
    kept()
    client = browser(cast.zhao)
    assert "还没有模型" in text(client.get("/backtests/"))
    fit(customers=3214, repeaters=2100)
    said = text(client.get("/backtests/"))
    assert "BG/NBD 模型" in said
    assert "3,214 位，其中 2,100 位来过不止一次" in said
    assert "几种算法里，它和过去的来往最合。" in said


def fit(**other) -> ChurnFit:
    from liuke.standing.models import Book

    made = ChurnFit.objects.create(fitted_on=date(2026, 11, 15), pack="auto_dealer", key="bgnbd", why="best_likelihood", **other)
    book = Book.objects.create(began_on=TODAY)
    Run.objects.create(as_of=TODAY, book=book, fit=made, pack="auto_dealer", started_at=timezone.now(), finished_at=timezone.now())
    return made


def test_the_line_beside_a_number(cast: Cast) -> None:
    fit(customers=3214)
    line = "BG/NBD 模型，11月15日算的，按 3,214 位客户。"
    for address in ("/cockpit/", "/customers/"):
        assert line in text(browser(cast.zhao).get(address)), address
    ChurnFit.objects.update(key="band", why="few_repeaters")
    assert "回头客不到 200 位，模型学不准：按同样周期数的老客户算，11月15日，3,214 位客户。" in text(browser(cast.zhao).get("/customers/"))
    ChurnFit.objects.update(key="bgnbd", why="best_likelihood")
    rep = browser(cast.chen).get("/customers/")
    assert line in text(rep)
    assert "/backtests/" not in rep.content.decode()


# ── who sees what ──


@pytest.mark.parametrize("by", ["unit", "owner", "grade"])
def test_groups_only_in_sight(cast: Cast, by: str) -> None:
    units = [
        group(cast.binjiang.pk, 200, 0.4, 0.41),
        group(cast.beijing.pk, 150, 0.4, 0.7),
        group(cast.jiangning.pk, 21, 0.4, 17 / 21, None),
    ]
    owners = [group(cast.chen.pk, 200, 0.4, 0.41), group(cast.ding.pk, 150, 0.4, 0.7)]
    kept(groups={"unit": units, "owner": owners, "grade": [group("A", 400, 0.4, 0.4)]})
    near, all_ = (text(browser(user).get(f"/backtests/?by={by}")) for user in (cast.he, cast.zhao))
    if by == "unit":
        assert "杭州滨江店 200 40.0% 41.0% 差别在误差内 80.0%" in near
        assert "南京江宁店 21 8.4 ÷ 21 17 ÷ 21 说不准，人太少 —" in near
        assert "北京朝阳店 150 40.0% 70.0% ＋30.0 点 80.0%" in all_
        assert "北京朝阳店" not in near
    elif by == "owner":
        assert "陈思远 200" in near
        assert "丁磊 150" in all_
        assert "丁磊" not in near
    else:
        assert "A 级 400 40.0% 40.0%" in near


def test_who_was_called_safe_and_left_is_named_to_whom_may_see_them(cast: Cast) -> None:
    mine, far = card(cast.chen, "张书远"), card(cast.ding, "葛建华")
    lost = [{"customer": far.pk, "leave": 0.03, "amount_cents": 900_000}, {"customer": mine.pk, "leave": 0.07, "amount_cents": 682_000}]
    kept(green_lost=[*lost, {"customer": 987_654, "leave": 0.1, "amount_cents": 1}])
    page = browser(cast.he).get("/backtests/")
    assert f'href="/customers/{mine.pk}/"' in page.content.decode()
    assert "张书远 杭州滨江店 陈思远 7% ¥6,820" in text(page)
    assert "葛建华" not in text(page)
    said = text(browser(cast.zhao).get("/backtests/"))
    assert said.index("葛建华 北京朝阳店 丁磊 3% ¥9,000") < said.index("张书远")


def test_those_out_of_sight_are_not_counted(cast: Cast) -> None:
    mine = [card(cast.chen, f"张书远{i}") for i in range(51)]
    far = [card(cast.ding, f"葛建华{i}") for i in range(9)]
    kept(green_lost=[{"customer": one.pk, "leave": 0.1, "amount_cents": 100} for one in far + mine])
    assert "共 51 位，消费多的在前。" in text(browser(cast.he).get("/backtests/"))
    assert "共 60 位，消费多的在前。" in text(browser(cast.zhao).get("/backtests/"))


def test_every_one_called_safe_can_be_reached(cast: Cast) -> None:
    cards = [card(cast.chen, f"张书远{i}") for i in range(68)]
    made = kept(green_lost=[{"customer": one.pk, "leave": 0.1, "amount_cents": 100} for one in cards])
    client, seen, address = browser(cast.zhao), [], f"/backtests/{made.pk}/"
    for _ in range(2):
        page = client.get(address).content.decode()
        seen += re.findall(r'href="/customers/(\d+)/" data-lk-open', page)
        after = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(after[1]).partition("#")[0] if after else ""
    assert address == "", "two pages"
    assert [int(pk) for pk in seen] == [one.pk for one in cards]


def test_nobody_called_safe_reads_20_percent(cast: Cast) -> None:
    one = card(cast.chen, "张书远")
    kept(green_lost=[{"customer": one.pk, "leave": 0.1999, "amount_cents": 100}])
    assert "张书远 杭州滨江店 陈思远 19% ¥1" in text(browser(cast.zhao).get("/backtests/"))


def test_of_few_customers_the_numbers_are_said(cast: Cast) -> None:
    models = [model("band", 0.7, 1.5, brier=0.2, ece=0.09), model("absent", 0.74, 1.7)]
    kept(customers=20, left=15, chosen="band", why="few_repeaters", models=models, calibration=[point(20, 0.39, 0.75)])
    said = text(browser(cast.zhao).get("/backtests/"))
    assert "20 位客户里说走 7.8 位，走了 15 位。" in said
    assert "只有 20 位客户，太少，说不准。" in said
    assert "一百位里" not in said
    assert "100 次里" not in said


def test_a_year_is_not_held_against_90_days(cast: Cast) -> None:
    models = [model("band", 0.7, 1.5), model("absent", 0.74, 1.7)]
    by = {"unit": [group(cast.binjiang.pk, 400, 0.3, 0.8)], "owner": [], "grade": []}
    kept(chosen="band", why="few_repeaters", models=models, calibration=[], horizon_days=90, groups=by)
    said = text(browser(cast.zhao).get("/backtests/"))
    assert "规则说的是一年，这里只看 90 天，只能看先后。" in said
    assert "一百位里" not in said
    assert "点 80.0%" not in said


def test_only_who_reads_the_cockpit_reads_it(cast: Cast) -> None:
    made = kept()
    for address in ("/backtests/", f"/backtests/{made.pk}/"):
        for name in READERS:
            assert browser(User.objects.get(username=name)).get(address).status_code == 200, name
        for name in OTHERS:
            assert browser(User.objects.get(username=name)).get(address).status_code == 404, name
    assert "回测" in text(browser(cast.zhao).get("/pages/"))


def test_queries_do_not_grow_with_rows(cast: Cast) -> None:
    def fill(many: int) -> None:
        customers = [card(cast.chen, f"客户{i}") for i in range(many)]
        kept(
            green_lost=[{"customer": one.pk, "leave": 0.1, "amount_cents": 100} for one in customers],
            groups={"unit": [group(cast.binjiang.pk, 200, 0.4, 0.41)], "owner": [group(cast.chen.pk, many, 0.4, 0.41)], "grade": []},
        )

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get("/backtests/").status_code == 200
        return len(seen)

    client = browser(cast.zhao)
    fill(2)
    few = queries()
    fill(40)
    assert queries() == few < 30


# ── asking ──


def test_before_the_first_one_it_says_what_will_be_here(cast: Cast) -> None:
    answer = browser(cast.zhao).get("/backtests/")
    assert heading(answer) == "还没有回测过"
    assert "成交还不到 90 天" in text(answer)
    assert '<form class="lk-form"' not in answer.content.decode()
    sold(cast.chen, 800, 400, 3)
    answer = browser(cast.zhao).get("/backtests/")
    assert 'value="2025-11-20"' in answer.content.decode(), "the latest day whose year is known"
    assert "算这一天" in text(answer)


def test_a_day_is_asked_for_waited_for_and_refused_twice(cast: Cast) -> None:
    sold(cast.chen, 800, 400, 3)
    client = browser(cast.zhao)
    ask = {"as_of": "2025-11-20", "horizon": "365"}
    answer = client.post("/backtests/ask/", ask)
    assert (answer.status_code, answer.url) == (302, "/backtests/")
    made = Backtest.objects.get()
    assert (made.state, made.by, made.as_of, made.horizon_days) == ("waiting", cast.zhao, date(2025, 11, 20), 365)
    assert AuditEntry.objects.get(verb="backtest.ask").object == made.pk
    job = DBTaskResult.objects.get()
    assert (job.task_path, job.args_kwargs["args"]) == ("liuke.jobs.tasks.run_backtest", [made.pk])
    page = client.get("/backtests/")
    assert "正在算 2025年11月20日 往后 365 天" in text(page)
    assert 'hx-get="/backtests/progress/"' in page.content.decode()
    assert "上一次还在算" in text(page)
    assert "正在算" in text(client.get("/backtests/progress/", headers={"HX-Request": "true"}))
    again = client.post("/backtests/ask/", ask)
    assert again.status_code == 422
    assert "上一次回测还在算，算好了再要下一次。" in text(again)
    assert (Backtest.objects.count(), DBTaskResult.objects.count()) == (1, 1)
    Backtest.objects.update(state=Backtest.State.DONE, result=result(), finished_at=timezone.now())
    assert client.get("/backtests/progress/", headers={"HX-Request": "true"})["HX-Redirect"] == "/backtests/"


def test_one_whose_job_is_gone_is_taken_up_again(cast: Cast) -> None:
    sold(cast.chen, 800, 400, 3)
    client = browser(cast.zhao)
    client.post("/backtests/ask/", {"as_of": "2025-11-20", "horizon": "365"})
    DBTaskResult.objects.all().delete()
    assert "断了，什么都没丢" in text(client.get("/backtests/"))
    assert client.post("/backtests/ask/", {"as_of": "2025-11-20", "horizon": "365"}).status_code == 302
    made = Backtest.objects.get()
    assert tasks.waits(tasks.run_backtest, made.pk)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"as_of": "哪天", "horizon": "365"}, "日期看不懂：哪天"),
        ({"as_of": "2027-01-01", "horizon": "365"}, "2027-01-01 还没到，只能回测过去的一天。"),
        ({"as_of": "2026-06-01", "horizon": "365"}, "2026-06-01 往后 365 天，结果还没全出来；成交只记到 2026-11-17，最晚能选 2025-11-20。"),
        ({"as_of": "2020-01-01", "horizon": "365"}, "2020-01-01 还没有成交，第一笔在 2024-09-11，选那天以后的日子。"),
        ({"as_of": "2025-11-20", "horizon": "7"}, "往后看的天数要在 30 到 730 之间。"),
        ({"as_of": "2025-11-20", "horizon": "x"}, "往后看的天数要在 30 到 730 之间。"),
        ({"as_of": "2025-11-20", "horizon": "730"}, "2025-11-20 往后 730 天，结果还没全出来；成交只记到 2026-11-17，最晚能选 2024-11-20。"),
        ({}, "还没有选日子。"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(cast: Cast, asked: dict[str, str], said: str) -> None:
    sold(cast.chen, 800, 400, 3)
    answer = browser(cast.zhao).post("/backtests/ask/", asked)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Backtest.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_the_rule_that_refused_it_later_speaks_on_the_page(cast: Cast) -> None:
    made = kept()
    slots = {"day": "2025-11-20"}
    Backtest.objects.create(as_of=date(2025, 11, 20), horizon_days=365, pack="auto_dealer", state="refused", refusal="backtest.future",
                            result={"message": "%(day)s 还没到，只能回测过去的一天。", "slots": slots})  # fmt: skip
    answer = browser(cast.zhao).get("/backtests/")
    assert "算不了。2025-11-20 还没到，只能回测过去的一天。" in text(answer)
    assert heading(answer) == "去年11月说会走的人里，十个走了八个", "the older one is still there"
    Backtest.objects.filter(state="refused").update(refusal="backtest.failed", result={})
    assert "算到一半出了错" in text(browser(cast.zhao).get(f"/backtests/{made.pk}/"))


def test_earlier_ones_keep_their_address(cast: Cast) -> None:
    old, new = kept(), kept(said={"customers": 20, "left": 3})
    client = browser(cast.zhao)
    assert heading(client.get("/backtests/")) == "去年11月说会走的 20 位里，走了 3 位"
    assert heading(client.get(f"/backtests/{old.pk}/")) == "去年11月说会走的人里，十个走了八个"
    assert f'href="/backtests/{old.pk}/"' in client.get(f"/backtests/{new.pk}/").content.decode()
    assert client.get("/backtests/987654/").status_code == 404


# ── in a browser ──


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_stands_in_a_browser(live, sign_in, axe, fits) -> None:
    cast = assemble()
    lost = card(cast.chen, "上海启程汽车服务有限公司")
    units = [
        group(cast.binjiang.pk, 200, 0.4, 0.41),
        group(cast.beijing.pk, 150, 0.4, 0.7),
        group(cast.jiangning.pk, 21, 0.4, 17 / 21, None),
    ]
    kept(green_lost=[{"customer": lost.pk, "leave": 0.07, "amount_cents": 128_640_000}], groups={"unit": units, "owner": [], "grade": []})
    sign_in(cast.zhao)
    live.goto("/backtests/")
    axe(live)
    fits(live)
    live.get_by_text("按等级").click()
    expect(live.get_by_text("没有可以分的。")).to_be_visible()
    live.set_viewport_size(PHONE)
    live.goto("/backtests/")
    fits(live)
    axe(live)
