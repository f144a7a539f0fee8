"""A playbook's contact is made by the way the customer wishes for, where the step can be made so, and no more often than he wishes."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.packs.limits import ContactBudget
from liuke.privacy.models import Consent
from liuke.team.queries import pack
from liuke.work.actions import finish, plan
from liuke.work.budget import Spent, contacts
from liuke.work.detail import detail
from liuke.work.following import choices
from liuke.work.making import Wanted, make
from liuke.work.models import BudgetLeft, Enrolment, Task
from liuke.work.queries import today
from liuke.work.rows import reason_of
from liuke.work.ways import Reach, choose
from tests.work.cast import DAY, NOON

ALL = ("phone", "wechat", "sms")


def reach(likes="", refused=(), **there) -> Reach:
    return Reach(likes, **{"phone": True, "wechat": True, **there}, refused=frozenset(refused))


@pytest.mark.parametrize(
    ("step", "may", "one", "must", "came"),
    [
        ("phone", ALL, reach("wechat"), False, ("wechat", "")),
        ("wechat", ALL, reach("phone"), False, ("phone", "")),
        ("phone", ALL, reach("phone", phone=False), False, ("wechat", "missing")),
        ("phone", ALL, reach("wechat", wechat=False), False, ("phone", "missing")),
        ("phone", ("phone",), reach("wechat"), False, ("phone", "step")),
        ("visit", ALL, reach("wechat"), False, ("visit", "step")),
        ("phone", ALL, reach("email"), False, ("phone", "step")),
        ("phone", ALL, reach("visit"), False, ("phone", "step")),
        ("phone", ALL, reach("wechat", ["wechat"]), False, ("phone", "")),
        ("phone", ALL, reach("sms", phone=False), False, ("wechat", "missing")),
        ("phone", ALL, reach(phone=False), False, ("wechat", "")),
        ("phone", ("phone",), reach("sms", phone=False, wechat=False), False, ("phone", "")),
        ("wechat", ALL, reach("sms", phone=False, wechat=False), False, ("wechat", "")),
        ("phone", ALL, reach(refused=["phone"]), False, ("wechat", "refused")),
        ("phone", ALL, reach("wechat", ["phone"], wechat=False), False, ("sms", "refused")),
        ("wechat", ("phone",), reach(refused=["phone", "wechat"]), False, (None, "refused")),
        ("phone", ("phone",), reach(refused=["phone"]), True, ("phone", "refused")),
        ("visit", ALL, reach(refused=ALL), False, ("visit", "")),
    ],
    ids=[
        "wished", "wished-to-be-called", "no-number-to-call", "not-on-the-card", "no-frame", "going-there", "no-letters", "nobody-drives",
        "contrary", "no-number-to-write-to", "no-number", "no-frame-and-nothing", "nothing-on-the-card", "forbidden",
        "forbidden-and-missing", "no-way", "must-all-the-same", "a-visit-is-no-call",
    ],
)  # fmt: skip
def test_the_way_of_a_step(step, may, one, must, came):
    found = choose(step, may, one, must)
    assert (found.way, found.why) == came


def task() -> Task:
    return Task.objects.open().select_related("customer").get()


def why() -> str:
    return reason_of(task(), pack(), DAY, task().assignee_id)


def test_a_call_becomes_a_message_with_its_text(cast):
    cast.absent("K001", channel="wechat", wechat="shuyuan-z", phone="13800001234")
    plan(DAY)
    assert (task().channel, len(task().reasons)) == ("wechat", 1)
    assert "陈思远" in detail(cast.siyuan, task().pk, DAY).message
    before = list(Task.objects.values())
    assert plan(DAY).refreshed == 0
    assert list(Task.objects.values()) == before


def test_where_the_wish_cannot_be_kept_to_it_is_said(cast):
    zhang = cast.absent("K001", channel="wechat", phone="13800001234")
    plan(DAY)
    assert task().channel == "phone"
    assert why().endswith("他希望**微信**联系，卡上没有，先用电话。")
    card = Customer.objects.get(pk=zhang.pk)
    card.wechat = "shuyuan-z"
    card.save()
    assert plan(DAY + timedelta(1)).refreshed == 1
    assert (task().channel, "希望" in why()) == ("wechat", False)


def test_the_next_step_goes_his_way_too(cast):
    zhang = cast.absent("K001", wechat="shuyuan-z", phone="13800001234")
    plan(DAY)
    steps = [step.channel for step in pack().playbook("overdue_visit").steps]
    assert (task().channel, steps[:2]) == ("phone", ["phone", "wechat"])
    Customer.objects.filter(pk=zhang.pk).update(channel="phone")
    assert choices(pack(), pack().playbook("overdue_visit"), task(), DAY)["reached"][0].label == "11月23日再打"
    with time_machine.travel(NOON):
        made = finish(cast.siyuan, task().pk, "reached").next_task
    assert (made.step, made.channel) == (1, "phone")


def forbid(customer, by, *purposes):
    for purpose in purposes:
        Consent.objects.create(customer=customer, purpose=purpose, given=False, on=DAY, by=by)


def test_what_he_has_forbidden_is_not_done(cast):
    zhang = cast.absent("K001", wechat="shuyuan-z", phone="13800001234")
    plan(DAY)
    forbid(zhang, cast.siyuan, "phone")
    plan(DAY + timedelta(1))
    assert task().channel == "wechat"
    assert why().endswith("他不要**电话**联系，改用微信。")
    forbid(zhang, cast.siyuan, "wechat", "sms")
    planned = plan(DAY + timedelta(2))
    assert (planned.stopped, planned.left_alone, Task.objects.open().count()) == (1, 1, 0)
    assert Enrolment.objects.get().why == "quiet"
    assert plan(DAY + timedelta(3)).enrolled == 0


# ── how often ────────────────────────────────────────────────────────────────


def talked(customer, *days_ago):
    for n in days_ago:
        on = DAY - timedelta(n)
        Interaction.objects.create(customer=customer, at=NOON - timedelta(n), on=on, way="phone", outcome="reached")


def test_no_more_often_than_he_wishes(cast):
    once = cast.absent("K001", 800_000, monthly_contacts=1)
    talked(once, 12)
    often = cast.absent("K002", 700_000, monthly_contacts=9)  # the budget holds for him as for anybody
    talked(often, 3, 12)
    never = cast.absent("K003", 600_000, monthly_contacts=0)
    assert (plan(DAY).budget, Task.objects.count()) == (3, 0)
    left = dict(BudgetLeft.objects.values_list("customer__number", "until"))
    assert left == {"K001": DAY + timedelta(19), "K002": DAY + timedelta(19), "K003": None}
    with transaction.atomic():
        assert not make([Wanted("next", one.pk, DAY, "phone", 5) for one in (once, often, never)], None, DAY)
    assert plan(DAY + timedelta(19)).enrolled == 2


def test_a_list_and_an_outcome_keep_to_it_too(cast):
    zhang = cast.absent("K001", monthly_contacts=1)
    plan(DAY)
    talked(zhang, 5)
    assert ([left.why for left in today(cast.siyuan, DAY).left], contacts([zhang.pk], DAY)) == (["contacted"], {zhang.pk: 1})
    with time_machine.travel(NOON), pytest.raises(Refused) as refused:
        finish(cast.siyuan, task().pk, "reached")
    assert str(refused.value) == "这位客户希望每月最多联系 1 次，已经满了。他自己找来的，请记在卡上。"
    assert Interaction.objects.count() == 1


def test_a_wish_of_so_many_a_month_is_of_a_month_where_the_budget_is_of_less():
    weekly, days = ContactBudget(unasked=1, in_days=7), [DAY - timedelta(9)]
    assert Spent(days, wish=1).until(weekly) == DAY + timedelta(22)
    assert (Spent(days, wish=2).room(weekly), Spent([], wish=2).room(weekly)) == (0, 1)
