"""The pages of staff: waves, results with their lists, links to send, the telephone."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.deals.models import Deal
from liuke.satisfaction import answering, settling, waves
from liuke.satisfaction.figures import mean
from liuke.satisfaction.models import Answer, Invitation, Wave
from liuke.team.queries import pack
from liuke.web.satisfaction.words import likely_band
from liuke.work.models import Task
from tests.cast import Cast, assemble
from tests.satisfaction.world import DAY, NOON, asked, bought, survey, token, wave
from tests.web.pages import enter


@pytest.fixture(autouse=True)
def noon():
    cache.clear()
    with time_machine.travel(NOON, tick=False), translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db) -> Cast:
    return assemble()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def text(answer) -> str:
    return text_of(answer.content.decode())


def fill(cast: Cast, n: int = 40) -> Wave:
    """`n` of 陈思远's and one far away answer: a half 5 and 4, the others 2 and 3."""
    people = [bought(cast.chen, f"客{place:02d}") for place in range(n)]
    far = bought(cast.ding, "葛建华")
    made = wave(cast)
    for place, one in enumerate(people):
        high = place % 2
        answering.answer(answering.asked(token(one)), {"overall": ["5" if high else "2"], "staff": ["4" if high else "3"], "time": ["3"]})
    answering.answer(answering.asked(token(far)), {"overall": ["1"], "words": ["打 13800001234 没人接"]})
    settling.settle()
    return made


def test_results_and_the_list_behind_every_number(cast):
    made = fill(cast)
    client = enter(cast.zhao)
    page = client.get(f"/satisfaction/waves/{made.pk}/")
    said = text(page)
    assert "请了 41 位，答了 41 位（100.0%）" in said and "满分 5 分，越高越好：4.5 起很满意" in said
    assert "其中 1 份有题没答" in said and "21 份有低分" in said
    for where, number in re.findall(r'href="(/satisfaction/waves/\d+/answers/\?[^"]+)"[^>]*>(\d+)</a>', page.content.decode()):
        assert f"{number} 份答卷" in text(client.get(where.replace("&amp;", "&"))), where
    assert "40 份" in text(enter(cast.lin).get(f"/satisfaction/waves/{made.pk}/answers/")) and "葛建华" not in text(
        enter(cast.lin).get(f"/satisfaction/waves/{made.pk}/answers/")
    )


def test_few_answers_are_counted_and_no_mean_is_shown(cast):
    made = fill(cast, 9)
    said = text(enter(cast.zhao).get(f"/satisfaction/waves/{made.pk}/"))
    assert "收到 10 份，还太少，先看个数" in said and "不到 30 份，不算平均" in said and "±" not in said.split("怎么抽的")[0]


def serve(cast: Cast, told: dict[str, tuple[int, list[int]]], n: int = 30) -> str:
    """The page of a wave in which every dimension was expected so much and felt in turn so."""
    people = [bought(cast.chen, f"客{place:02d}") for place in range(n)]
    made = wave(cast, "servqual")
    for place, one in enumerate(people):
        sent = {}
        for key, (expected, felt) in told.items():
            if place < len(felt):
                sent |= {f"{key}.es": [str(expected)], f"{key}.ps": [str(felt[place])]}
        answering.answer(answering.asked(token(one)), sent)
    return text(enter(cast.zhao).get(f"/satisfaction/waves/{made.pk}/"))


def test_the_widest_gap_is_what_to_mend_first(cast):
    said = serve(
        cast, {"empathy": (4, [4, 4, 3] * 10), "responsiveness": (5, [4] * 30), "reliability": (3, [3] * 30), "assurance": (5, [1] * 9)}
    )
    assert "；最该先改：响应性 " in said and "重要性是客户期望的平均分" in said
    assert re.search("从弱项开始改 响应性 现在 −1.00 .*移情性 现在 −0.33", said)
    few = said.split("期望和感受差多少")[1].split("总的来说")[0]
    assert re.search("保证性 9 — — — 9 份，太少", few) and "−4" not in said and "保证性 — 9 份，太少 —" in said


def test_a_gap_is_the_difference_of_the_two_numbers_beside_it(cast):
    said = serve(cast, {"empathy": (4, [4, 4, 3] * 10), "assurance": (5, [4] * 30)})
    assert re.search(r"移情性 30 4 3.67 −0.33 ± 0.17", said) and re.search(r"保证性 30 5 4 −1.00 ，全都一样", said)


def test_gaps_that_cannot_be_told_apart_are_both_named(cast):
    said = serve(cast, {"empathy": (4, [4, 3] * 15), "responsiveness": (5, [5, 4, 4] * 10)})
    assert "；最该先改：响应性或移情性，分不出先后" in said


def test_a_band_is_named_where_the_whole_interval_lies_in_it(cast):
    bands = pack().surveys.bands
    assert likely_band(mean([4] * 40 + [5] * 10), bands) == "满意"
    assert likely_band(mean([3, 5] * 20), bands) == "在一般和满意之间"


def test_one_answer_with_numbers_covered(cast):
    made = fill(cast, 2)
    one = Answer.objects.get(wave=made, invitation__customer__name="葛建华")
    said = text(enter(cast.zhao).get(f"/satisfaction/answers/{one.pk}/"))
    assert "1 分，3 题答了 1 题" in said and "138****34" in said and "13800001234" not in said and "要在" in said
    assert enter(cast.lin).get(f"/satisfaction/answers/{one.pk}/").status_code == 404


def test_a_wave_is_drawn_on_the_page(cast):
    bought(cast.chen, "张书远")
    made = survey(cast)
    client = enter(cast.xu)
    fields = {
        "survey": made.pk,
        "name": "十二月",
        "unit": cast.group.pk,
        "drawn": "unit",
        "margin": "5",
        "answering": "30",
        "opens_on": "今天",
        "ends_on": "+14",
    }
    looked = client.post("/satisfaction/waves/new/", {**fields, "look": "1"})
    assert "可以问 1 位；要 1 份答卷" in text(looked) and not Wave.objects.exists()
    bad = client.post("/satisfaction/waves/new/", {**fields, "margin": "0"})
    assert bad.status_code == 422 and "1 到 30 个百分点" in text(bad)
    done = client.post("/satisfaction/waves/new/", fields, follow=True)
    assert "“十二月”开始了" in text(done) and "1 位要发" in text(done)
    assert enter(cast.lin).get("/satisfaction/waves/new/").status_code == 404


def test_links_are_sent_reminded_and_read_out(cast):
    one = bought(cast.chen, "张书远")
    made = wave(cast)
    client, pk = enter(cast.chen), asked(one).pk
    page = client.get(f"/satisfaction/invitations/{pk}/")
    assert f"/s/{token(one)}/" in page.content.decode() and "张书远您好" in text(page) and "<path" in page.content.decode()
    client.post(f"/satisfaction/invitations/{pk}/sent/", {"back": "send"})
    assert "发了没答 1" in re.sub(r"\s+", " ", text(client.get(f"/satisfaction/waves/{made.pk}/people/")))
    client.post(f"/satisfaction/invitations/{pk}/sent/undo/")
    assert Invitation.objects.get().sent_at is None
    bad = client.post(f"/satisfaction/invitations/{pk}/", {"overall": "11"})
    assert bad.status_code == 422 and not Answer.objects.exists()
    done = client.post(f"/satisfaction/invitations/{pk}/", {"overall": "2", "words": "等太久"}, follow=True)
    assert "打了低分，已经派人跟进" in text(done) and Task.objects.get().customer == one
    assert "没有人答过" not in text(client.get(f"/satisfaction/invitations/{pk}/"))
    assert client.get(f"/satisfaction/waves/{made.pk}/").status_code == 404  # results are not a salesperson's


def test_no_more_questions_for_many_than_for_few(cast):
    made = fill(cast, 3)
    client = enter(cast.zhao)
    places = (
        "/satisfaction/",
        f"/satisfaction/waves/{made.pk}/",
        f"/satisfaction/waves/{made.pk}/answers/",
        f"/satisfaction/waves/{made.pk}/people/",
    )

    def count(where):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where).status_code == 200
        return len(seen)

    few = [count(where) for where in places]
    for place in range(12):
        one = bought(cast.chen, f"又{place}")
        row = waves.invite(cast.chen, made.pk, one.pk)
        answering.answer_by_phone(cast.chen, row.pk, {"overall": ["3"], "staff": ["4"]})
    assert [count(where) for where in places] == few


def test_an_indicator_opens_whom_it_counts(cast):
    for place in range(4):
        bought(cast.chen, f"客{place}")
    again, far = bought(cast.chen, "又来的"), bought(cast.ding, "马超")
    for who in (again, far):
        Deal.objects.create(customer=who, on=DAY, amount_cents=32_000, staff=cast.chen, unit=who.unit)
    client = enter(cast.zhao)
    page = client.get("/satisfaction/indicators/", {"unit": cast.binjiang.pk}).content.decode()
    names = [client.get(href.replace("&amp;", "&")) for href in re.findall(r'href="(/satisfaction/indicators/people/[^"]+)"', page)]
    counted = [(re.search(r"<h1>(.*?)</h1>", one.content.decode())[1], one.content.decode().count("data-lk-open")) for one in names]
    assert counted == [
        ("近一年来过两天以上的 1 位，杭州滨江店", 1), ("近一年来过的 5 位，杭州滨江店", 5), ("近一年来过的 5 位，杭州滨江店", 5),
        ("近一年来过、也投诉过的 0 位，杭州滨江店", 0), ("近一年来过的 5 位，杭州滨江店", 5),
    ]  # fmt: skip
    assert "又来的" in text(names[0]) and "一共来了 2 次，净额 ¥1,000，一次 ¥500" in text(names[0])
    assert enter(cast.he).get("/satisfaction/indicators/people/", {"of": "amount", "unit": cast.beijing.pk}).status_code == 404
    assert client.get("/satisfaction/indicators/people/?of=reputation").status_code == 404


def test_an_asked_indicator_opens_the_answers_it_counts(cast):
    people = [bought(cast.chen, f"客{place:02d}") for place in range(34)]
    wave(cast, "three_levels")
    for place, one in enumerate(people):
        answering.answer(answering.asked(token(one)), {"overall": ["5"], "recommend": ["10" if place < 20 else "5"], "reputation": ["4"]})
    client = enter(cast.zhao)
    page = client.get("/satisfaction/indicators/", {"unit": cast.binjiang.pk}).content.decode()
    links = re.findall(r'href="(/satisfaction/indicators/answers/[^"]+)"', page)
    found = [client.get(where.replace("&amp;", "&")) for where in links]
    counted = [re.search(r"<h1>(.*?)</h1>", one.content.decode())[1] for one in found]
    assert counted == ["34 份答卷", "20 份答卷", "34 份答卷"] and "近一年问来的：" in text(found[0])
    assert "客00" not in text(enter(cast.zhou).get("/satisfaction/indicators/answers/?of=recommendation"))
    assert client.get("/satisfaction/indicators/answers/?of=amount").status_code == 404


def test_a_wave_that_has_not_begun_sends_nothing_yet(cast):
    one = bought(cast.chen, "张书远")
    made = wave(cast, opens_on=DAY + timedelta(10))
    client, pk = enter(cast.chen), asked(one).pk
    assert "11月30日才开始，名单先备好了：1 位" in text(client.get(f"/satisfaction/waves/{made.pk}/people/"))
    assert "这份问卷还没开始" in text(client.get(f"/satisfaction/invitations/{pk}/"))
    assert "这份问卷还没开始" in text(client.post(f"/satisfaction/invitations/{pk}/sent/", follow=True))
    assert asked(one).sent_at is None and "收回来 0 份" in text(enter(cast.zhao).get(f"/satisfaction/waves/{made.pk}/"))


def test_where_all_say_the_same_no_margin_is_claimed(cast):
    people = [bought(cast.chen, f"客{place:02d}") for place in range(34)]
    made = wave(cast, "three_levels")
    for one in people:
        answering.answer(answering.asked(token(one)), {"overall": ["5"], "recommend": ["10"], "quality": ["5"]})
    page = text(enter(cast.zhao).get(f"/satisfaction/waves/{made.pk}/"))
    assert "± 0" not in page and "10.00，全都一样" in page and "＋100，全都一样" in page and page.count("全都一样，看不出误差。") == 2
    assert "满意率，打 4 分和 5 分的 100.0% 95% 的把握在 89.8% 到 100.0%" in page
    assert "收回来 34 份" in page and "± 0" not in text(enter(cast.zhao).get("/satisfaction/"))


def test_without_a_question_for_the_whole_the_satisfied_are_told_by_their_score(cast):
    said = serve(cast, {"empathy": (4, [3, 4] * 15), "assurance": (4, [4, 4] * 15)})  # 3.5 rounds to 4, and is no 4
    assert "满意率，得分 4 分起的 50.0% 没有问总体满不满意，按各题加权的得分算" in said and "打 4 分和 5 分的" not in said


def test_low_answers_without_a_follow_up_are_told_and_the_loop_is_not_done_early(cast):
    made = fill(cast, 4)
    bought(cast.chen, "没答的")
    waves.invite(cast.chen, made.pk, bought(cast.chen, "还没答").pk)
    Task.objects.filter(customer__name="客00").delete()
    client = enter(cast.zhao)
    page = client.get(f"/satisfaction/waves/{made.pk}/")
    assert "还有 2 件要做。 1 份没有派过任务" in text(page) and "5 份，要 6 份" in text(page)
    listed = client.get(re.search(r'href="([^"]+task=none)"', page.content.decode())[1].replace("&amp;", "&"))
    assert "1 份答卷" in text(listed) and "客00" in text(listed)


def test_the_loop_leads_to_each_step(cast):
    made = fill(cast, 32)
    client = enter(cast.zhao)
    page = client.get(f"/satisfaction/waves/{made.pk}/").content.decode()
    loop = page[page.index('<ul class="lk-todo">') :]
    links = [where.replace("&amp;", "&") for where in re.findall(r'href="([^"]+)"', loop[: loop.index("</ul>")])]
    assert len(links) == 7 and all(client.get(where).status_code == 200 for where in links)
    assert "还有" in text_of(loop) and links[-1].startswith("/improvement/new/?source=satisfaction.score")
