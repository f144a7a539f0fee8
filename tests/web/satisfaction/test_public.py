"""The customer's own page: no log-in, no script; what is refused is told plainly and nothing is kept."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from liuke.satisfaction import links, waves
from liuke.satisfaction.models import Answer, OpenLink
from tests.cast import Cast, assemble
from tests.satisfaction.world import NOON, bought, token, wave


@pytest.fixture(autouse=True)
def noon():
    cache.clear()
    with time_machine.travel(NOON, tick=False), translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db) -> Cast:
    return assemble()


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_one_answer_and_a_second_try(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    address, client = f"/s/{token(one)}/", Client(enforce_csrf_checks=True)
    page = client.get(address)
    assert page.status_code == 200 and "这次总的来说，您满意吗？" in text(page) and "张书远" not in text(page) and "登录" not in text(page)
    assert page["Cache-Control"] == "no-store" and "<script" not in page.content.decode().split("<body")[1]
    fields = {"overall": "5", "staff": "4", "time": "3", "done": "words", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post(address, {**fields, "csrfmiddlewaretoken": "x"}).status_code == 403 and not Answer.objects.exists()
    assert "收到了" in text(client.post(address, fields))
    assert "您已经答过了" in text(client.get(address))
    again = client.post(address, {**fields, "overall": "1"})
    assert again.status_code == 409 and "先答的那一次算数" in text(again)
    assert Answer.objects.get().values == {"overall": 5, "staff": 4, "time": 3}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"overall": "11"}, "没有“11”这个答案"),
        ({"overall": ["2", "5"]}, "一题只能选一个"),
        ({}, "还没有答，请至少答一题"),
        ({"words": "a\x00b"}, "空字符"),
        ({"words": "长" * 50_000}, "请写一句 文字太长：50000 个字"),
    ],
)
def test_what_is_refused_comes_back_as_it_was(cast, sent, said):
    one = bought(cast.chen, "张书远")
    wave(cast)
    page = Client().post(f"/s/{token(one)}/", {"staff": "4", **sent, "done": "words"} if sent else {"done": "words"})
    assert page.status_code == 422 and said in text(page) and not Answer.objects.exists()
    assert not sent or 'name="staff" value="4" checked' in page.content.decode()


def test_an_answer_is_taken_back(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    client, address = Client(), f"/s/{token(one)}/"
    assert client.get(address).content.decode().count('value=""><span>这题不答') == 3  # of each that need not be answered
    assert "还没有答" in text(client.post(address, {"overall": "", "staff": "", "done": "words"}))
    client.post(address, {"overall": "", "staff": "4", "done": "words"})
    assert Answer.objects.get().values == {"staff": 4}


def test_after_the_end_and_before(cast):
    one = bought(cast.chen, "张书远")
    made = wave(cast)
    address = f"/s/{token(one)}/"
    waves.close(cast.xu, made.pk)
    for answer in (Client().get(address), Client().post(address, {"overall": "5"})):
        assert answer.status_code == 410 and "这次调查已经结束了" in text(answer)
    assert not Answer.objects.exists()


def test_guessing_is_told_off(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    client = Client()
    codes = [client.get(f"/s/{'A' * 21}{n:x}/").status_code for n in range(21)]
    assert codes == [404] * 20 + [429]
    assert client.get("/s/x/").status_code == 429 and not Answer.objects.exists()
    assert client.get(f"/s/{token(one)}/").status_code == 200  # whoever shares the address with him has a right link still


def test_jumps_come_page_by_page(cast):
    one = bought(cast.chen, "张书远")
    wave(cast, "recommend")
    client, address = Client(), f"/s/{token(one)}/"
    assert text(client.get(address)).count("下一题") == 1
    unanswered = client.post(address, {"done": "recommend"})
    assert unanswered.status_code == 422 and "这一题要答" in text(unanswered)
    second = client.post(address, {"recommend": "3", "done": "recommend"})
    assert "不想推荐" in text(second) and "最主要是因为哪一点" not in text(second)
    assert '<input type="hidden" name="recommend" value="3">' in second.content.decode() and not Answer.objects.exists()
    back = client.post(address, {"recommend": "3", "words": "等了两小时", "done": "words", "back": "1"}).content.decode()
    assert 'name="recommend" value="3" checked' in back and 'type="hidden" name="words" value="等了两小时"' in back
    assert "收到了" in text(client.post(address, {"recommend": "3", "why_not": "2", "words": "等了两小时", "done": "words"}))
    assert (Answer.objects.get().values, Answer.objects.get().texts, Answer.objects.get().low) == (
        {"recommend": 3, "why_not": 2},
        {"words": "等了两小时"},
        True,
    )


def test_a_stores_code_knows_the_device(cast):
    wave(cast, drawn="open", count=None)
    address = f"/s/{links.token_of(OpenLink.objects.get(unit=cast.binjiang))}/"
    first, second = Client(), Client()
    assert "杭州滨江店" in text(first.get(address)) and first.cookies["liuke-survey"]["httponly"]
    assert "收到了" in text(first.post(address, {"overall": "4", "done": "words"}))
    assert first.post(address, {"overall": "5", "done": "words"}).status_code == 409 and "您已经答过了" in text(first.get(address))
    second.get(address)
    assert "收到了" in text(second.post(address, {"overall": "2", "done": "words"}))
    assert Client().post(address, {"overall": "5", "done": "words"}).status_code == 422
    assert sorted(Answer.objects.values_list("values__overall", flat=True)) == [2, 4]


def test_few_questions_are_asked_of_the_database(cast, django_assert_num_queries):
    one = bought(cast.chen, "张书远")
    wave(cast)
    address, client = f"/s/{token(one)}/", Client()
    with django_assert_num_queries(2):
        client.get(address)
    with django_assert_num_queries(7):  # the link, the pack, the transaction with its two writes, the name of the house
        client.post(address, {"overall": "5", "done": "words"})


def test_who_goes_back_and_changes_the_way_is_told_what_will_not_be_kept(cast):
    one = bought(cast.chen, "张书远")
    wave(cast, "recommend")
    client, address = Client(), f"/s/{token(one)}/"
    sent = {"recommend": "9", "why_not": "2", "liked": "0", "words": "还行", "done": "words"}
    page = client.post(address, sent)
    assert page.status_code == 422 and "不用答了，那里写的不会存。还没有存" in text(page) and not Answer.objects.exists()
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))
    assert (hidden["why_not"], hidden["recommend"]) == ("2", "9") and "还行</textarea>" in page.content.decode()
    assert "收到了" in text(client.post(address, {**hidden, **sent}))
    assert Answer.objects.get().values == {"recommend": 9, "liked": 0}
