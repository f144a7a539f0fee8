"""效果: the verdict is the title, every number opens a list of exactly so many, and what is not known is said."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from liuke.standing.models import Run, Signal
from liuke.team.models import User
from liuke.team.queries import pack
from liuke.trials.before import UNALIKE
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment, Look, Trial
from liuke.trials.queries import newest_look
from liuke.web.playbooks.effect_picture import curves, daily, store
from liuke.web.playbooks.effect_words import alike_words
from liuke.work.effects import effects_of
from liuke.work.measuring import look_at_all
from liuke.work.models import Enrolment, MeasuredEffect, OfferRequest, Result, Task
from tests.trials.rounds import KEY, a_trial, came_back, crowd, fallen, later
from tests.work.cast import DAY, NOON, Company, company

pytestmark = pytest.mark.django_db
ADDRESS = f"/playbooks/{KEY}/effect/"
LINK = re.compile(r'<a class="lk-n[^"]*" href="(/playbooks/[^"]*/list/[^"]*)"[^>]*>(?:<b>)?([\d,]+)(?:</b>)?</a>')
THEN = "2027-01-20T10:00:00+08:00"


@pytest.fixture
def cast() -> Company:
    return company()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(user: User, address: str = ADDRESS, status: int = 200) -> str:
    answer = signed_in(user).get(address)
    assert answer.status_code == status, address
    return unescape(answer.content.decode())


def title(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.findall(r"<h1>(.*?)</h1>", html, re.S)[0]).split())


def a_round(cast: Company, treated: int = 1088, back: int = 257, alone: int = 121, back_alone: int = 17, **fields) -> Trial:
    trial = a_trial(**{"planned": treated + alone, **fields})
    here = crowd(cast, treated + alone - 200)
    there = crowd(cast, 200, start=5000)
    type(here[0]).objects.filter(pk__in=[each.pk for each in there]).update(unit=cast.other, owner=cast.xiaomei)
    people = [*here[:100], *there, *here[100:]]
    fallen(trial, people[:treated], Arm.TREATED)
    fallen(trial, people[treated:], Arm.ALONE)
    came_back(people[:back], later(10), 120_000)
    came_back(people[treated : treated + back_alone], later(20), 120_000)
    return trial


def contacted(cast: Company, trial: Trial, many: int) -> None:
    """The first so many of the contacted were called: every second was reached, every fourth promised to come."""
    for n, one in enumerate(trial.assignments.filter(arm=Arm.TREATED).order_by("pk")[:many]):
        enrolment = Enrolment.objects.create(
            customer_id=one.customer_id, playbook=KEY, version=1, signal=KEY, started_on=DAY, assignment=one, ended_on=later(3), why="done"
        )
        outcome = "not_reached" if n % 2 else "reached"
        task = Task.objects.create(
            customer_id=one.customer_id, assignee=cast.siyuan, enrolment=enrolment, playbook=KEY, signal=KEY, channel="phone", minutes=10,
            created_for=DAY, due_on=DAY, state="done", outcome=outcome, done_on=DAY, done_by=cast.siyuan,
        )  # fmt: skip
        if n % 4 == 0:
            Result.objects.create(task=task, outcome=outcome, follow_up="booked", by=cast.siyuan, at=NOON)


@time_machine.travel(THEN, tick=False)
def test_a_playbook_that_works_says_so_first(cast: Company) -> None:
    trial = a_round(cast)
    contacted(cast, trial, 40)
    look_at_all()
    html = page(cast.wentao)
    assert title(html) == "有效。联系过的人，多回来 9.6 个百分点 可以放开用"
    assert "95% 的把握在 <b>1.9 到 17.3</b> 点之间。约 <b>104</b> 位是因为联系才回来的" in html
    for text in ("1,088", "121", "257", "17", "23.6%", "14.0%", "成功：60 天内到店成交", "对照：10%，联系前就定好，不能改"):
        assert text in html
    assert "这一轮已经结束，结论不再改" in html
    assert "再开一轮" in html and "现在就结束" not in html
    assert "两组事前差不多" in html
    assert "是原来的假设 10.0% 和测过的 1 次折中的，不是测出来的数" in html
    Trial.objects.update(window_days=45)  # as long as the playbook's
    assert "按实测的 14% 会自己回来算：第 1 轮对照组" in page(cast.wentao)


@time_machine.travel(THEN, tick=False)
def test_every_number_opens_a_list_of_exactly_so_many(cast: Company) -> None:
    trial = a_round(cast)
    contacted(cast, trial, 40)
    look_at_all()
    found = LINK.findall(page(cast.wentao))
    assert {int(n.replace(",", "")) for _, n in found} == {1088, 121, 257, 17, 1209, 40, 20, 10}
    for address, n in found:
        assert f"：{n} 位" in title(page(cast.wentao, address)), address
    address = f"{ADDRESS}list/?round=1&arm=treated&what=back"
    html = page(cast.wentao, address)
    assert html.count("data-lk-row") == 50 and "第 1 页，共 6 页" in html and "第 10 天" in html


WITHIN = "两组事前的差别都在误差内，最大的是{}；后来的差别可以算在联系头上。"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["spent", 44_400.0, 31_900.0, 1.4], ["away", 80.0, 79.0, 0.3]], WITHIN.format("前一年消费，差 ¥125")),
        ([["spent", 44_400.0, 31_900.0, 2.6]], "两组事前就差得多，最大的是前一年消费，差 ¥125，超出误差；后来的差别不能全算在联系头上。"),
        ([["away", 80.4, 91.0, -1.9], ["spent", 2.0, 1.0, 0.1]], WITHIN.format("几天没来，差 11 天")),
        ([["satisfaction", 4.34, 4.12, 0.9]], WITHIN.format("上次满意度，差 0.2 分")),
        ([["satisfaction", None, 4.1, 0.0], ["spent", 0.0, 0.0, 0.0]], "两组事前差不多，所以差别可以算在联系头上。"),
        ([], ""),
    ],
    ids=["within", "apart", "days", "points", "none", "nothing"],
)
def test_the_largest_difference_beforehand_is_named(rows: list[list[object]], words: str) -> None:
    assert alike_words(rows, UNALIKE, True) == words


@time_machine.travel(THEN, tick=False)
def test_means_and_money_open_what_they_are_made_of(cast: Company) -> None:
    trial = a_round(cast)
    contacted(cast, trial, 40)
    called = Enrolment.objects.order_by("pk").first()
    OfferRequest.objects.create(
        customer=called.customer, enrolment=called, playbook=KEY, amount_cents=30_000, text="工时八折", by=cast.siyuan, state="agreed"
    )
    came_back([called.customer], DAY - timedelta(30), 45_000)
    look_at_all()
    html = page(cast.wentao)
    assert "多成交减花费，每位" in html and "净赚" not in html
    assert "优惠按批下来的金额算" in html and "优惠，每位" in html

    def told(arm: str, what: str, head: str) -> list[str]:
        assert f"?round=1&arm={arm}&what={what}" in html
        listed = page(cast.wentao, f"{ADDRESS}list/?round=1&arm={arm}&what={what}")
        assert f'scope="col">{head}</th>' in listed or f">{head}</th>" in listed
        return re.findall(r'<td class="lk-r lk-nw">(.*?)</td>', listed)

    assert told("treated", "given", "给了") == ["¥300"]
    assert told("treated", "contacted", "花了") == ["10 分钟"] * 40
    assert told("treated", "spent", "前一年消费")[0] == "¥450" and told("treated", "away", "几天没来")[0] == "30"
    assert set(told("alone", "satisfaction", "上次满意度")) == {"—"}


@time_machine.travel(THEN, tick=False)
def test_stores_of_fewer_than_thirty_show_how_many_of_how_many(cast: Company) -> None:
    trial = a_round(cast)
    look_at_all()
    html = page(cast.wentao)
    stores = html[html.index("各店的差别") :]
    assert "÷ 888" in stores and "÷ 200" not in stores  # the other store has nobody left alone
    Look.objects.update(stores=[[cast.store.pk, 888, 200, 30, 6], [cast.other.pk, 200, 57, 29, 7]])
    stores = (html := page(cast.wentao))[html.index("各店的差别") :]
    assert "6 ÷ 30" in stores and "＋2.5" in stores
    assert "57 ÷ 200" in stores and "7 ÷ 29" in stores and "＋4.4" not in stores
    assert "一组不到 30 位的店，差多少说不准" in stores
    assert trial.pk


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_whom_a_new_round_would_concern_can_be_listed(cast: Company) -> None:
    people = crowd(cast, 120)
    Signal.objects.bulk_create(
        Signal(customer=each, key=KEY, family="churn", severity=3, slots={}, started_on=DAY - timedelta(100)) for each in people
    )
    Signal.objects.bulk_create(
        Signal(customer=each, key=KEY, family="churn", severity=3, slots={}, started_on=DAY - timedelta(3))
        for each in crowd(cast, 4, start=900)
    )
    came_back(people[:30], DAY - timedelta(60))
    Run.objects.update(as_of=DAY - timedelta(100))
    html = page(cast.wentao)
    assert "近 100 天有" in html and "近 100 天新碰上 4 位，照这个速度约" in html and "里面有联系过的，不联系会少些" in html
    found = re.findall(r'href="(/playbooks/[^"]*/met/[^"]*)"[^>]*>([^<]*)</a>', html)
    assert [text for _, text in found] == ["124", "120", "25%", "4"]
    assert [title(page(cast.wentao, address)) for address, _ in found] == [
        "近 100 天碰上的：124 位", "近 100 天碰上、满了天数的：120 位", "近 100 天碰上、回来了的：30 位",
        "近 100 天新碰上的：4 位",
    ]  # fmt: skip
    page(cast.wentao, f"{ADDRESS}met/?what=waiting", status=404)
    page(cast.siyuan, f"{ADDRESS}met/", status=404)


@time_machine.travel(THEN, tick=False)
def test_the_list_of_playbooks_says_what_its_effect_is(cast: Company) -> None:
    """Neither measured nor assumed: between the two."""
    a_round(cast)
    assert "假设 10%" in page(cast.wentao, "/playbooks/")
    look_at_all()
    share = effects_of(pack())[KEY].share
    html = page(cast.wentao, "/playbooks/")
    assert f"有效，按 {share * 100:.1f}% 算" in html and "实测" not in html
    Trial.objects.update(closed_on=None)
    assert f"测过，按 {share * 100:.1f}% 算" in page(cast.wentao, "/playbooks/")


@time_machine.travel(THEN, tick=False)
def test_lists_hold_only_those_in_sight(cast: Company) -> None:
    a_round(cast)
    look_at_all()
    User.objects.filter(pk=cast.hejing.pk).update(unit=cast.other)
    cast.hejing.refresh_from_db()
    assert title(page(cast.hejing)).startswith("有效")  # the figures are everybody's
    html = page(cast.hejing, f"{ADDRESS}list/?arm=treated&what=known")
    assert title(html) == "联系组，满天数的：200 位" and "另有 888 位不归您看" in html
    assert "再开一轮" not in page(cast.hejing)
    store_list = page(cast.wentao, f"{ADDRESS}list/?what=known&unit={cast.other.pk}")
    assert title(store_list) == "两组，满天数的：200 位"
    for nobody in (cast.siyuan, cast.linqian):
        page(nobody, status=404)
        page(nobody, f"{ADDRESS}list/?what=all", status=404)


@time_machine.travel(THEN, tick=False)
@pytest.mark.parametrize("query", ["what=everything", "arm=both&what=all", "what=all&round=9", "what=all&round=x"], ids=str)
def test_lists_that_do_not_exist(cast: Company, query: str) -> None:
    a_round(cast, 300, 30, 40, 4)
    page(cast.wentao, f"{ADDRESS}list/?{query}", status=404)
    assert page(cast.wentao, f"{ADDRESS}list/?what=all&unit=nowhere").count("data-lk-row") == 0


@time_machine.travel(THEN, tick=False)
@pytest.mark.parametrize(
    ("back", "back_alone", "said"),
    [
        (180, 20, "看不出差别，也不能说没有 说不准"),
        (130, 20, "没效果。就算有，也不到 5 个百分点 没效果"),
        (60, 50, "联系了反而更差，少回来 35.8 个百分点 没效果"),
    ],
    ids=["unclear", "nothing", "worse"],
)
def test_a_playbook_that_does_nothing_is_said_to_do_nothing(cast: Company, back: int, back_alone: int, said: str) -> None:
    a_round(cast, 1088, back, 121, back_alone)
    look_at_all()
    html = page(cast.wentao)
    assert title(html) == said
    if "看不出" in said:
        assert "要看清 5 点的差别，留 10% 对照得 <b>5,203</b> 位，留 20% 得 2,991 位" in html


@time_machine.travel(THEN, tick=False)
def test_too_early_says_how_many_are_missing(cast: Company) -> None:
    a_round(cast, 300, 60, 40, 5, planned=4000)
    look_at_all()
    html = page(cast.wentao)
    assert title(html) == "还说不准，再等 3,660 位满 60 天 正在看"
    assert "每天早上看一次" in html and "满 4,000 位看最后一次，之后不再往下看；现在满 60 天的有 340 位" in html
    assert "现在就结束这一轮" in html and "再开一轮" not in html
    assert "现在就结束" not in page(cast.hejing)


@time_machine.travel("2026-11-25T10:00:00+08:00", tick=False)
def test_before_anybodys_days_are_over(cast: Company) -> None:
    a_round(cast, 300, 60, 40, 5, planned=4000)
    html = page(cast.wentao)
    assert title(html) == "刚开始，还没有人满 60 天 正在看"
    assert "分到联系组 300 位，对照组 40 位，最早的要到2027年1月20日才满天数" in html
    look_at_all()
    assert title(page(cast.wentao)) == "刚开始，还没有人满 60 天 正在看"


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_a_playbook_never_measured_and_one_that_never_is(cast: Company) -> None:
    html = page(cast.wentao)
    assert title(html) == "还没有比过，不知道有没有效果"
    assert "先按假设的挽回 10.0% 算" in html and "开第一轮" in html and "有 0 位碰上，还不知道多少会自己回来，先按 15% 估" in html
    html = page(cast.wentao, "/playbooks/complaint_open/effect/")
    assert title(html) == "这个打法不留对照" and "开第一轮" not in html
    page(cast.wentao, "/playbooks/nothing/effect/", status=404)


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_opening_and_ending_a_round(cast: Company) -> None:
    client = signed_in(cast.wentao)
    could = client.get(f"{ADDRESS}could/?percent=20&planned=2000").content.decode()
    assert "其中 400 位先不联系。差别到 5.9 点，五次里有四次看得出" in could and "<html" not in could
    assert "比例填 1 到 50" in client.get(f"{ADDRESS}could/?percent=0&planned=").content.decode()
    refused = client.post(f"{ADDRESS}open/", {"percent": "10", "planned": "100"})
    assert refused.status_code == 422 and "对照组不到 50 位" in refused.content.decode()
    assert client.post(f"{ADDRESS}open/", {"percent": "x", "planned": "100"}).status_code == 422
    assert not Trial.objects.exists()
    assert client.post(f"{ADDRESS}open/", {"percent": "20", "planned": "2000"}).status_code == 302
    trial = Trial.objects.get()
    assert (trial.planned, float(trial.share), trial.opened_by) == (2000, 0.2, cast.wentao)
    assert "还没有客户分组" in page(cast.wentao)
    for nobody in (cast.hejing, cast.siyuan):
        assert signed_in(nobody).post(f"{ADDRESS}{trial.pk}/stop/").status_code == 404
    assert client.post(f"/playbooks/late_visit/effect/{trial.pk}/stop/").status_code == 404
    trial.refresh_from_db()
    assert trial.closed_on is None
    assert client.post(f"{ADDRESS}{trial.pk}/stop/").status_code == 302
    trial.refresh_from_db()
    assert (trial.closed_on, trial.closed_by, trial.verdict) == (date(2026, 11, 20), cast.wentao, "too_early")
    assert not MeasuredEffect.objects.exists()
    assert "还没看出什么就结束了" in page(cast.wentao)


@time_machine.travel(THEN, tick=False)
def test_earlier_rounds_are_still_there(cast: Company) -> None:
    a_round(cast)
    look_at_all()
    Trial.objects.create(
        playbook=KEY, round=2, version=2, share="0.2", planned=2000, window_days=60, seed="other", opened_on=date(2027, 1, 20)
    )
    assert title(page(cast.wentao)) == "刚开始，还没有人满 60 天 正在看"
    assert title(page(cast.wentao, f"{ADDRESS}?round=1")).startswith("有效")
    page(cast.wentao, f"{ADDRESS}?round=3", status=404)


@time_machine.travel(THEN, tick=False)
def test_no_more_queries_for_more_customers(cast: Company, django_assert_max_num_queries) -> None:
    a_round(cast)
    look_at_all()
    client = signed_in(cast.wentao)
    client.get(ADDRESS)
    with django_assert_max_num_queries(30):
        client.get(ADDRESS)
    with django_assert_max_num_queries(22):
        client.get(f"{ADDRESS}list/?arm=treated&what=back")


@time_machine.travel(THEN, tick=False)
def test_the_picture_is_drawn_from_the_look(cast: Company) -> None:
    trial = a_round(cast)
    look_at_all()
    seen = newest_look(trial)
    assert seen is not None
    art = str(curves(seen, 60))
    assert art.count("<polygon") == 2 and art.count("<polyline") == 2 and "style=" not in art
    assert "257 ÷ 1,088" in art and "联系组 23.6%" in art and "最后 23.6%，对照组最后 14.0%" in art
    assert daily(seen, 60)[-1] == (60, "23.6%", "14.0%") and daily(seen, 60)[0] == (5, "0.0%", "0.0%")
    assert Look.objects.get().stores == sorted(Look.objects.get().stores)
    _, effect, sure = store(200, 60, 40, 2, 0.5)
    assert (effect, sure) == (0.25, True)
    assert store(20, 6, 4, 1, 0.5)[2] is False
    assert Assignment.objects.count() == 1209 and later(61) - DAY == timedelta(61)
