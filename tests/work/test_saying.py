"""What is said in tasks of no playbook, and where a promise was broken: the words themselves, to whom they are said."""

from datetime import timedelta

import pytest
import time_machine

from liuke.interactions.labels import outcome_word, outcome_words
from liuke.promises.models import Promise
from liuke.work import promising
from liuke.work.actions import finish, plan
from liuke.work.making import Wanted, make
from liuke.work.models import Task
from liuke.work.owed import to_customer
from liuke.work.queries import today
from tests.work.cast import DAY, NOON


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON) as traveller:
        yield traveller


@pytest.fixture
def zhang(cast):
    return cast.customer("K000001")


def visit_of(cast, card, reasons, asked):
    return Wanted(
        kind="visit", customer=card.pk, due_on=DAY, channel="visit", minutes=40, reasons=reasons, about="visits.visit", about_id=1,
        assignee=cast.siyuan.pk, asked=asked,
    )  # fmt: skip


def said(cast, on=DAY):
    return [item.say for item in today(cast.siyuan, on).must]


def test_what_was_promised_is_said_to_the_customer_himself(cast, zhang, noon):
    promising.make_promise(cast.siyuan, zhang.pk, "把写明细的报价发给他。", DAY)
    assert said(cast) == ["张先生您好，我是杭州滨江店的陈思远。上次答应把写明细的报价发给您，我记着，今天给您回话。"]
    noon.shift(timedelta(1))
    late = "张先生您好，我是杭州滨江店的陈思远。上次答应把写明细的报价发给您，过了说好的日子，先跟您道个歉，现在给您准话。"
    assert said(cast, DAY + timedelta(1)) == [late]


def test_what_was_not_sure_is_told_as_it_is(cast, zhang):
    promising.make_promise(cast.siyuan, zhang.pk, "问厂家召回有没有他的车", DAY, sure=False)
    assert said(cast) == ["张先生您好，我是杭州滨江店的陈思远。上次说好给您准话：问厂家召回有没有您的车。办得到办不到，我现在跟您说清楚。"]


@pytest.mark.parametrize(("text", "told"), [
    ("把发票补寄给他", "把发票补寄给您"), ("送她一把吉他，其他的不算", "送您一把吉他，其他的不算"), ("告诉他们几号到", "告诉他们几号到"),
])  # fmt: skip
def test_him_becomes_you_only_where_he_is_meant(text, told):
    assert to_customer(text) == told


@pytest.mark.parametrize(("reasons", "asked", "told"), [
    ([["visit", {}]], False, "今天想过去看看您，几点过去方便？"),
    ([["visit", {"again": "2026-11-12", "met": False}]], False, "上回去没碰上您，今天想再过去一趟，您几点在？"),
    ([["visit", {"again": "2026-11-12", "met": True}]], False, "上回您让我改天再来，今天过去方便吗？"),
    ([["visit", {}]], True, "说好今天来看您，我这就准备过来，您那边没变吧？"),
], ids=["plain", "missed", "put off", "agreed"])  # fmt: skip
def test_before_a_visit_one_rings(cast, zhang, reasons, asked, told):
    wanted = visit_of(cast, zhang, reasons, asked)
    make([wanted], None, DAY)
    list_ = today(cast.siyuan, DAY)
    assert [item.say for item in (*list_.must, *list_.chosen)] == [f"张先生您好，我是杭州滨江店的陈思远，{told}"]


def test_a_broken_promise_is_named_why_and_in_the_words(cast, zhang):
    for text, days in (("送一瓶玻璃水", 20), ("把发票补寄给他", 9)):
        due = DAY - timedelta(days)
        Promise.objects.create(
            customer=zhang, by=cast.siyuan, keeper=cast.siyuan, text=text, made_on=due - timedelta(2), due_on=due, state="broken",
            settled_on=due + timedelta(8),
        )  # fmt: skip
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "promise_broken", 3, **{"days_since('promise_broken')": 1})
    plan(DAY)
    [item] = today(cast.siyuan, DAY).must
    made, due = DAY - timedelta(11), DAY - timedelta(9)
    assert item.reason == f"**11月{made.day}日**答应过“把发票补寄给他”，说好**11月{due.day}日**，没办到。"
    assert item.say == "上次答应把发票补寄给您，没做到，先跟您道个歉。现在还要的话，我今天给您准话。"
    Promise.objects.update(text="")  # an old one whose words have gone
    [item] = today(cast.siyuan, DAY).must
    assert item.reason == "答应他的事过期没办，**昨天**算没兑现。"
    assert item.say == "这件事现在还需要办吗，您最晚哪天要？"


def test_a_result_is_called_by_its_way(cast, zhang):
    assert [outcome_word("not_reached", way) for way in ("phone", "visit", "wechat", "hotline")] == ["没接", "没见到", "没回", "没接"]
    assert [word for _code, word in outcome_words("visit")] == ["见到了", "没见到", "婉拒", "成交", "改天"]
    make([visit_of(cast, zhang, [["visit", {}]], False)], None, DAY)
    finish(cast.siyuan, Task.objects.get().pk, "reached", note="看了车")
    assert Task.objects.get().get_outcome_display() == "见到了"
