"""What each choice would do is said beforehand, in the words of the day it is said on."""

import pytest

from liuke.team.queries import pack
from liuke.work.actions import finish, plan, undo
from liuke.work.following import came_of, choices
from liuke.work.models import Task
from tests.work.cast import DAY, NOON


@pytest.fixture
def task(cast) -> Task:
    cast.absent("K001")
    plan(DAY)
    return Task.objects.get()


def said(task, outcome):
    playbook = pack().playbook(task.playbook)
    return [(choice.value, choice.label, choice.line) for choice in choices(pack(), playbook, task, DAY)[outcome]]


def test_after_talking(task):
    assert said(task, "reached") == [
        ("reached:", "11月23日发微信", "会写进经过，11月23日发微信，并还卡。"),
        ("reached:booked", "约了到店", "会记下承诺“到店当天留好工位”，11月23日前；做完了，不用再跟，并还卡。"),
        ("reached:wants_quote", "要看报价", "会记下承诺“把写明细的报价发给他”，后天前；11月23日再打，并还卡。"),
        ("reached:thinking", "再想想", "会写进经过，11月27日再打，并还卡。"),
        ("reached:bought_elsewhere", "已在别处做了", "会写进经过，做完了，不用再跟，并还卡。"),
    ]


def test_nobody_answered(task):
    assert said(task, "not_reached") == [("not_reached:", "明天再打", "会写进经过，明天再打，并还卡。")]
    task.attempt = 3
    assert said(task, "not_reached")[0][1] == "找够次数了，不再找"


def test_refused_bought_and_another_day(task):
    assert said(task, "refused")[0][:2] == ("refused:", "2027年2月18日前不再打扰")
    assert [row[:2] for row in said(task, "deal")] == [("deal:", "不用再跟"), ("deal:enter", "去记这笔成交")]
    assert said(task, "later") == [
        ("later:1", "明天", "会写进经过，明天再打，并还卡。"),
        ("later:3", "3 天后", "会写进经过，11月23日再打，并还卡。"),
        ("later:7", "下周", "会写进经过，11月27日再打，并还卡。"),
    ]


def test_a_promise_has_its_own(cast, task):
    promise = finish(cast.siyuan, task.pk, "reached", follow_up="booked", now=NOON).promise_task
    assert said(promise, "reached")[0][1] == "承诺办好了"
    assert said(promise, "refused")[0][1] == "客户不要了，销掉承诺"
    assert said(promise, "not_reached")[0][1] == "明天再打"
    assert [row[1] for row in said(promise, "later")] == ["明天", "11月23日", "11月27日"]


@pytest.mark.parametrize(
    ("outcome", "asked", "line"),
    [
        ("not_reached", {}, "没接，明天再打"),
        ("reached", {"follow_up": "wants_quote"}, "接通，后天前兑现承诺，11月23日再打"),
        ("reached", {"follow_up": "thinking"}, "接通，11月27日再打"),
        ("refused", {}, "婉拒，2027年2月18日前不再打扰"),
        ("deal", {}, "成交，不用再跟"),
        ("later", {"days": 1}, "改天，明天再打"),
    ],
)
def test_the_line_after_the_act(cast, task, outcome, asked, line):
    assert came_of(finish(cast.siyuan, task.pk, outcome, now=NOON, **asked), DAY) == line


def test_what_is_said_beforehand_is_what_comes(cast, task):
    for outcome, options in choices(pack(), pack().playbook(task.playbook), task, DAY).items():
        for option in options:
            _what, _colon, key = option.value.partition(":")
            days = int(key) if outcome == "later" else None
            result = finish(cast.siyuan, task.pk, outcome, follow_up="" if days or key == "enter" else key, days=days, now=NOON)
            if result.next_task is not None:
                assert came_of(result, DAY).rpartition("，")[2] in option.line
            undo(cast.siyuan, result.pk)
