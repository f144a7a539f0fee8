"""The morning's care: whose day it is gets a task of his level, once, on the day and never before it, and only where he wants it."""

import os
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from liuke.audit.actions import verify
from liuke.care import nightly
from liuke.care.models import Occasion
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.packs import load_pack
from liuke.privacy.models import Consent
from liuke.standing.models import Standing
from liuke.work.labels import TaskKind, TaskState
from liuke.work.models import Task
from liuke.work.rows import items
from tests.care.world import DAY, car, contact, contract, deal, event, graded, noon_of, person

PACK = load_pack("auto_dealer")


def tasks():
    found = Task.objects.filter(kind=TaskKind.CARE).order_by("customer__number")
    return list(found.select_related("customer", "customer__unit", "assignee"))


def said(task, on=DAY):
    """Reason and greeting as the list shows them."""
    [item] = items([task], task.assignee, on, PACK)
    return item.reason, item.say


def whose():
    return [task.customer.name for task in tasks()]


# ── days ─────────────────────────────────────────────────────────────────────


def test_a_lunar_birthday_on_its_day(cast):
    person(cast, "张书远", (4, 8), lunar=True)
    person(cast, "王淑芬", (4, 9), lunar=True)
    person(cast, "李建平", (4, 8))
    graded({"张书远": "A"})
    assert nightly.run().made == 1
    [task] = tasks()
    assert (task.customer.name, task.due_on, task.assignee, task.channel, task.minutes) == ("张书远", DAY, cast.chen, "phone", 5)
    assert said(task) == (
        "今天是**张先生的生日**（农历四月初八）；要送的：手写的贺卡。",
        "张先生，今天是您的生日，陈思远和杭州滨江店的同事祝您身体健康，出入平安。",
    )
    [row] = Occasion.objects.all()
    assert (row.key, row.turn, row.on, row.due_on, row.until, row.level, row.state) == (
        "birthday", "2026", DAY, DAY, DAY + timedelta(2), "A", "waiting",
    )  # fmt: skip
    assert (task.about, task.about_id) == ("care.occasion", row.pk)


# What an almanac says: (month, day, lunar, leap) → when it is kept in that year.
KEPT = {
    "leap-month-there": ((4, 8, True, True), date(2020, 5, 30)),
    "leap-month-not-there": ((4, 8, True, True), date(2026, 5, 24)),
    "leap-month-next": ((4, 8, True, True), date(2058, 5, 29)),
    "plain-month-of-a-leap-year": ((4, 8, True, False), date(2020, 4, 30)),
    "thirtieth-of-29-days": ((12, 30, True, False), date(2027, 2, 5)),
    "thirtieth-of-30-days": ((12, 30, True, False), date(2030, 2, 2)),
    "leapling-2027": ((2, 29, False, False), date(2027, 2, 28)),
    "leapling-2028": ((2, 29, False, False), date(2028, 2, 29)),
}


@pytest.mark.parametrize("which", KEPT)
def test_the_day_before_the_day_itself_and_never_twice(cast, which):
    (month, day, moon, leap), kept = KEPT[which]
    person(cast, "张书远", (month, day), lunar=moon, leap=leap, opened_on=date(2019, 1, 5))
    for shift, made in ((-3, 0), (-1, 0), (0, 1), (1, 0), (29, 0)):
        with time_machine.travel(noon_of(kept + timedelta(shift)), tick=False):
            assert nightly.run().made == made, shift
    assert Occasion.objects.get(key="birthday").on == kept


def test_kept_the_day_before(cast):
    """春节 2026 is 17 February; the pack keeps it on the eve."""
    person(cast, "张书远", key_account=True)
    for day, made in ((date(2026, 2, 15), 0), (date(2026, 2, 16), 1)):
        with time_machine.travel(noon_of(day), tick=False):
            assert nightly.run().made == made
    [task] = tasks()
    assert (task.due_on, task.assignee) == (date(2026, 2, 16), cast.zhao)
    with time_machine.travel(noon_of(date(2026, 2, 16)), tick=False):
        assert said(task, date(2026, 2, 16)) == (
            "明天是**春节**；要送的：手写的春联。", "张先生，赵国平给您拜年了，祝您一家新年安康，路上平平安安。"
        )  # fmt: skip


def test_a_car_a_policy_a_warranty_a_first_deal_a_visit(cast):
    bought = person(cast, "买车的")
    car(bought, date(2023, 5, 24))
    car(person(cast, "卖了车"), date(2023, 5, 24), gone_on=date(2025, 1, 1))
    insured = person(cast, "投保的")
    contract(insured, "insurance", DAY - timedelta(7), date(2027, 5, 16))
    warranted = person(cast, "延保的")
    contract(warranted, "warranty", date(2023, 6, 23), DAY + timedelta(30))
    first = person(cast, "头一次来")
    deal(first, DAY - timedelta(7))
    visited = person(cast, "前几天来")
    deal(visited, DAY - timedelta(3))
    deal(visited, date(2026, 1, 1))
    joined = person(cast, "老客户", opened_on=date(2024, 5, 24), key_account=True)
    graded(dict.fromkeys(("买车的", "卖了车", "投保的", "延保的", "前几天来"), "B"))
    nightly.run()
    found = {task.customer_id: (*said(task), task.assignee.name, task.channel) for task in tasks()}
    assert found == {
        bought.pk: (
            "今天，买先生的凯美瑞买来满 **3 年**。",
            "买先生，凯美瑞跟着您满3年了，开得还顺手吗？哪里不对劲，随时跟陈思远说。",
            "陈思远",
            "wechat",
        ),
        insured.pk: (
            "**商业险**5月17日开始，问问哪里没讲清楚。",
            "投先生，商业险的保单收到了吗？哪条看不明白，陈思远给您讲。出了险也直接找我。",
            "陈思远",
            "wechat",
        ),
        warranted.pk: (
            "**延保**6月23日到期，到期前问问要不要帮忙。",
            "延先生，延保到6月23日为止，车上哪里不对劲，趁还在保告诉陈思远，我们先看。",
            "陈思远",
            "wechat",
        ),
        first.pk: (
            "**5月17日**头一次成交，问问怎么样。",
            "头先生，我是杭州滨江店的林倩，您的车那天做完，这几天开着还好吗？有不清楚的随时问我。",
            "林倩",
            "phone",
        ),
        visited.pk: (
            "**5月21日**来过，问问做得怎么样。",
            "前先生，我是杭州滨江店的林倩，您的车前几天做完，开着还好吗？有一点不对都跟我说。",
            "林倩",
            "phone",
        ),
        joined.pk: (
            "今天，老先生建档满 **2 年**。",
            "老先生，您认识杭州滨江店满2年了，谢谢您一直信得过我们，车上有事随时找陈思远。",
            "陈思远",
            "wechat",
        ),
    }


def test_levels_say_who_how_and_what(cast):
    for name, key in (("大客", True), ("甲", False), ("乙", False), ("丙", False), ("新来", False)):
        person(cast, name, (5, 24), key_account=key)
    graded({"大客": "C", "甲": "A", "乙": "B", "丙": "C"})
    nightly.run()
    assert [(task.customer.name, task.assignee.name, task.channel, task.minutes) for task in tasks()] == [
        ("大客", "何静", "phone", 5), ("甲", "陈思远", "phone", 5), ("乙", "陈思远", "wechat", 2), ("丙", "陈思远", "wechat", 1),
        ("新来", "陈思远", "wechat", 1),
    ]  # fmt: skip
    assert [row.level for row in Occasion.objects.order_by("customer__number")] == ["key", "A", "B", "C", "C"]


def test_a_festival_only_for_who_has_a_level(cast):
    with time_machine.travel(noon_of(date(2026, 9, 25)), tick=False):
        for name in ("甲", "乙", "丙"):
            person(cast, name)
        graded({"甲": "A", "乙": "B", "丙": "C"}, date(2026, 9, 25))
        nightly.run()
        assert whose() == ["甲"] and said(tasks()[0], date(2026, 9, 25))[0] == "今天是**中秋节**。"


def test_who_has_gone_is_left_in_peace(cast):
    person(cast, "走了", (5, 24))
    person(cast, "去世了", (5, 24))
    graded({"走了": "A"}, stage="E")
    event(Customer.objects.get(name="去世了"), "died", DAY)
    assert nightly.run() == nightly.Morning() and not Occasion.objects.exists()


# ── what he wants ────────────────────────────────────────────────────────────


def test_the_way_he_likes(cast):
    person(cast, "电话的", (5, 24), channel="phone")
    person(cast, "微信的", (5, 24), channel="wechat")
    person(cast, "没微信", (5, 24), wechat="")
    person(cast, "都没有", (5, 24), wechat="", phone="")
    person(cast, "要上门", (5, 24), channel="visit")
    graded({"微信的": "A", "电话的": "B", "没微信": "B", "都没有": "B", "要上门": "B"})
    done = nightly.run()
    assert {task.customer.name: task.channel for task in tasks()} == {
        "电话的": "phone", "微信的": "wechat", "没微信": "phone", "要上门": "wechat",
    }  # fmt: skip
    assert (done.made, done.left) == (4, 1)
    assert Occasion.objects.get(state="left").why == "no_way"


def test_a_withdrawn_word_and_a_wish_to_be_left_alone(cast):
    alone = person(cast, "别打扰", (5, 24), do_not_contact=True)
    no_wechat = person(cast, "不要微信", (5, 24))
    nothing = person(cast, "都不要", (5, 24))
    for who, purpose in ((no_wechat, "wechat"), (nothing, "wechat"), (nothing, "phone")):
        Consent.objects.create(customer=who, purpose=purpose, given=False, source="spoken", on=DAY)
    nightly.run()
    assert [(task.customer.name, task.channel) for task in tasks()] == [("不要微信", "phone")]
    assert not Occasion.objects.filter(customer=alone).exists()
    assert Occasion.objects.get(customer=nothing).why == "no_way"


def test_seldom_is_seldom(cast):
    once = person(cast, "一个月一次", (5, 24), monthly_contacts=1)
    contact(once, DAY - timedelta(29))
    never = person(cast, "一次也不要", (5, 24), monthly_contacts=0)
    free = person(cast, "上月联系过", (5, 24), monthly_contacts=1)
    contact(free, DAY - timedelta(31))
    nightly.run()
    assert whose() == ["上月联系过"]
    assert {row.customer_id: row.why for row in Occasion.objects.filter(state="left")} == {once.pk: "wish", never.pk: "wish"}


def test_little_wanted_means_no_festivals_but_a_birthday(cast):
    with time_machine.travel(noon_of(date(2026, 9, 25)), tick=False):
        person(cast, "少来往", service_need="low", key_account=True)
        person(cast, "少来往二", (9, 25), service_need="low")
        nightly.run()
    assert whose() == ["少来往二"]
    assert Occasion.objects.get(state="left").why == "wish"


def test_an_open_complaint_comes_first(cast):
    sore = person(cast, "在投诉", (5, 24))
    event(sore, "severe_complaint_opened", DAY - timedelta(9))
    nightly.run()
    assert not tasks() and Occasion.objects.get().why == "complaint"
    event(sore, "severe_complaint_closed", DAY)
    with time_machine.travel(noon_of(DAY + timedelta(1)), tick=False):
        assert nightly.run().made == 1
        assert Occasion.objects.get().state == "waiting"
        # It is late by a day, and says so.
        assert said(tasks()[0], DAY + timedelta(1)) == (
            "昨天是**在先生的生日**。", "在先生，这两天是您的生日，祝福晚到了，陈思远祝您身体健康，事事顺心。"
        )  # fmt: skip


def test_selling_and_care_share_one_budget(cast):
    full = person(cast, "联系满了", (5, 24))
    contact(full, DAY - timedelta(20))
    contact(full, DAY - timedelta(2))
    person(cast, "没联系过", (5, 24))
    done = nightly.run()
    assert (done.made, done.left, whose()) == (1, 1, ["没联系过"])
    assert Occasion.objects.get(customer=full).why == "budget"
    # Ten days on there is room, but the day is long past.
    with time_machine.travel(noon_of(DAY + timedelta(11)), tick=False):
        assert nightly.run().made == 0


def test_nobody_asks_how_it_went_who_has_just_talked_with_him(cast):
    talked = person(cast, "联系过了", (1, 1))
    deal(talked, date(2026, 1, 2))
    deal(talked, DAY - timedelta(3))
    contact(talked, DAY - timedelta(1))
    earlier = person(cast, "来之前联系的", (1, 1))
    deal(earlier, date(2026, 1, 2))
    deal(earlier, DAY - timedelta(3))
    contact(earlier, DAY - timedelta(4))
    graded({"联系过了": "B", "来之前联系的": "B"})
    nightly.run()
    assert whose() == ["来之前联系的"] and Occasion.objects.get(state="left").why == "talked"


def test_one_care_task_a_day(cast):
    """The birthday comes before the car's."""
    both = person(cast, "双喜", (5, 24))
    car(both, date(2023, 5, 24))
    graded({"双喜": "A"})
    assert (nightly.run().made, nightly.run().made) == (1, 0)
    assert {row.key: (row.state, row.why) for row in Occasion.objects.all()} == {"birthday": ("waiting", ""), "bought": ("left", "another")}
    with time_machine.travel(noon_of(DAY + timedelta(1)), tick=False):
        assert nightly.run().made == 1
        assert said(tasks()[1], DAY + timedelta(1))[0] == "昨天，双先生的凯美瑞买来满 **3 年**。"


# ── once ─────────────────────────────────────────────────────────────────────


def test_again_is_nothing_and_the_log_holds(cast):
    for place in range(3):
        person(cast, f"客{place}", (5, 24))
    assert nightly.run().made == 3
    before = list(Task.objects.values_list()), list(Occasion.objects.values_list())
    assert nightly.run() == nightly.Morning()
    assert (list(Task.objects.values_list()), list(Occasion.objects.values_list())) == before
    assert verify() is None


def test_missed_mornings_are_made_up_for_while_it_is_worth_it(cast):
    person(cast, "前天生日", (5, 22))
    person(cast, "大前天生日", (5, 21))
    nightly.run()
    assert whose() == ["前天生日"]
    assert said(tasks()[0])[0] == "前天是**前先生的生日**。"


def test_past_its_days_it_is_no_task_any_more(cast):
    person(cast, "张书远", (5, 24))
    nightly.run()
    for days, missed in ((2, 0), (3, 1)):
        with time_machine.travel(noon_of(DAY + timedelta(days)), tick=False):
            assert nightly.run().missed == missed
    [task] = tasks()
    assert (task.state, task.stopped_why, Occasion.objects.get().state) == (TaskState.STOPPED, "timeout", "missed")


def test_a_birthday_put_right_takes_its_task_along(cast):
    who = person(cast, "张书远", (5, 24))
    nightly.run()
    Customer.objects.filter(pk=who.pk).update(birth_day=26)
    with time_machine.travel(noon_of(date(2026, 5, 25)), tick=False):
        done = nightly.run()
        assert (done.made, done.wrong) == (0, 1) and tasks()[0].stopped_why == "signal"
    with time_machine.travel(noon_of(date(2026, 5, 26)), tick=False):
        assert nightly.run().made == 1
        assert Occasion.objects.get().on == date(2026, 5, 26)


def test_a_day_to_come_is_refused(cast):
    person(cast, "张书远", (5, 25))
    with pytest.raises(Refused) as refused:
        nightly.run(date(2026, 5, 25))
    assert refused.value.code == "care.future" and not Occasion.objects.exists() and not Task.objects.exists()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Shanghai", "UTC"])
def test_the_day_is_the_company_s_whatever_the_machine_s_zone(cast, zone):
    """A minute before midnight in Shanghai it is not the day yet, wherever the server stands; a minute after it is."""
    person(cast, "张书远", (4, 8), lunar=True)
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        with time_machine.travel(datetime(2026, 5, 23, 15, 59, tzinfo=UTC), tick=False):
            assert nightly.run().made == 0
        with time_machine.travel(datetime(2026, 5, 23, 16, 1, tzinfo=UTC), tick=False):
            assert nightly.run().made == 1
        with time_machine.travel(datetime(2026, 5, 26, 15, 59, tzinfo=UTC), tick=False):
            assert nightly.run().missed == 0
        with time_machine.travel(datetime(2026, 5, 26, 16, 1, tzinfo=UTC), tick=False):
            assert nightly.run().missed == 1
    finally:
        os.environ.pop("TZ") if before is None else os.environ.__setitem__("TZ", before)
        time.tzset()


def test_no_more_questions_for_many_than_for_few(cast, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked():
        with CaptureQueriesContext(connection) as seen:
            nightly.run()
        return len(seen)

    person(cast, "一位", (5, 24))
    few = asked()
    for place in range(40):
        person(cast, f"客{place}", (5, 24))
    assert asked() <= few + 2
    assert len(tasks()) == 41


def test_a_task_whose_occasion_a_merge_took_away_is_none(cast):
    person(cast, "张书远", (5, 24))
    nightly.run()
    Occasion.objects.all().delete()
    Customer.objects.update(birth_month=None, birth_day=None)
    nightly.run()
    [task] = tasks()
    assert (task.state, task.stopped_why) == (TaskState.STOPPED, "timeout")


def test_who_goes_after_his_task_was_made_is_left_in_peace(cast):
    left, died, quiet = (person(cast, name, (5, 24)) for name in ("张书远", "王淑芬", "李建平"))
    person(cast, "周敏", (5, 24))
    graded({"张书远": "A", "王淑芬": "A", "李建平": "A", "周敏": "A"})
    assert nightly.run().made == 4
    Standing.objects.filter(customer=left).update(stage="E", stage_code="E.told")
    event(died, "died", DAY)
    Customer.objects.filter(pk=quiet.pk).update(do_not_contact=True)
    assert nightly.run().wrong == 3
    assert [task.customer.name for task in tasks() if task.state == TaskState.OPEN] == ["周敏"]
    assert list(Occasion.objects.values_list("customer__name", flat=True)) == ["周敏"]
    again = nightly.run()
    assert (again.made, again.wrong) == (0, 0)


def test_a_fleet_is_not_congratulated_on_each_of_its_cars(cast):
    fleet = person(cast, "杭州云栖物流", kind="organisation", key_account=True)
    car(fleet, date(2023, 5, 24))
    assert nightly.run().made == 0


def test_somebody_is_asked_how_it_went_by_one_only(cast):
    """A playbook under way asks it already."""
    from liuke.work.models import Enrolment

    first = person(cast, "头一次来")
    deal(first, DAY - timedelta(7))
    enrolment = Enrolment.objects.create(customer=first, playbook="first_deal", version=1, signal="first_deal", started_on=DAY)
    Task.objects.create(
        customer=first,
        assignee=cast.lin,
        enrolment=enrolment,
        playbook="first_deal",
        channel="phone",
        minutes=6,
        created_for=DAY,
        due_on=DAY,
    )
    nightly.run()
    assert not tasks() and Occasion.objects.get().why == "busy"
