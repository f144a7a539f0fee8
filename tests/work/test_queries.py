from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.customers.models import Contact, Customer
from liuke.deals.models import Asset, Contract
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.packs import Words
from liuke.team.queries import pack
from liuke.work import words
from liuke.work.actions import finish, plan
from liuke.work.detail import detail
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from liuke.work.queries import capacity_of, contacts, left_items, left_untasked, nav_count, today
from tests.work.cast import DAY, NOON


def talk(cast, customer, days_ago, **fields):
    on = DAY - timedelta(days_ago)
    values = {"way": "phone", "outcome": "reached", "by": cast.siyuan, "on": on, "at": timezone.now()}
    return Interaction.objects.create(customer=customer, **(values | fields))


def numbers(items):
    return [item.customer.number for item in items]


def test_the_navigation_and_the_page_count_alike(cast):
    for number in ("K001", "K002", "K003"):
        cast.absent(number)
    plan(DAY)
    assert nav_count(cast.siyuan, DAY) == today(cast.siyuan, DAY).to_do == (3, False)
    finish(cast.siyuan, Task.objects.filter(assignee=cast.siyuan).first().pk, "refused", now=NOON)
    assert nav_count(cast.siyuan, DAY) == today(cast.siyuan, DAY).to_do
    assert nav_count(cast.siyuan, DAY)[0] == 2


def test_the_list_in_its_order_with_what_is_left_and_why(cast):
    cast.absent("K001", 500_000)
    cast.absent("K002", 900_000)
    urgent = cast.customer("K003")
    cast.signal(urgent, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 1})
    tired = cast.absent("K004", 800_000)
    talk(cast, tired, 30)
    talk(cast, tired, 3)
    put_off = cast.absent("K005")
    plan(DAY)
    Task.objects.filter(customer=put_off).update(snoozed_until=DAY + timedelta(4), asked=True)
    quiet = cast.absent("K006")
    plan(DAY)
    Task.objects.filter(customer=urgent).update(assignee=cast.siyuan, assigned_by=cast.hejing)
    Customer.objects.filter(pk=quiet.pk).update(do_not_contact=True)
    cast.siyuan.minutes_per_day = 25
    list_ = today(cast.siyuan, DAY)
    assert (numbers(list_.must), numbers(list_.chosen)) == (["K003"], ["K002"])
    assert [(left.why, left.count) for left in list_.left] == [("cut", 1), ("contacted", 1), ("later", 1), ("do_not_contact", 1)]
    assert (list_.count, list_.minutes, list_.capacity, list_.day.free_minutes, list_.day.cut_cents) == (2, 25, 25, 0, 5000)
    assert (list_.left_count, numbers(left_items(cast.siyuan, DAY, "cut")[1])) == (4, ["K001"])
    count, rows = left_items(cast.siyuan, DAY)
    assert (count, numbers(rows)) == (3, ["K001", "K005", "K006"])
    untasked = left_untasked(cast.siyuan)
    assert [(row.customer.number, row.key, row.until) for row in untasked] == [("K004", "overdue_visit", DAY + timedelta(1))]


def test_what_was_done_stays_and_takes_its_minutes(cast):
    cast.absent("K001", 500_000)
    cast.absent("K002", 900_000)
    plan(DAY)
    cast.siyuan.minutes_per_day = 15
    result = finish(cast.siyuan, Task.objects.get(customer__number="K002").pk, "reached", now=NOON)
    list_ = today(cast.siyuan, DAY)
    assert (numbers(list_.done), list_.done[0].result) == (["K002"], result)
    assert (list_.spent, list_.remaining, list_.saved_cents) == (10, 0, 90_000)
    assert [(left.why, left.count) for left in list_.left] == [("cut", 1)]


def test_the_reason_and_the_words_are_made_for_the_reader(cast):
    zhang = cast.absent("K001", 503_200)
    cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 21})
    plan(DAY)
    item = today(cast.siyuan, DAY).chosen[0]
    assert item.reason == "**212天**没来，通常**74天**一次；商业险**21天后**到期，还没续。"
    assert item.say == "好久没见您了，车最近开着还好吗？"
    with translation.override("en"):
        item = today(cast.siyuan, DAY).chosen[0]
    assert item.reason == ("**212 days** without a visit, usually every **74 days**. The insurance ends in **21 days** and is not renewed.")
    assert item.say == "We have not seen you for a while, how has the car been?"


def test_the_script_is_filled_from_the_card(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    Asset.objects.create(customer=zhang, name="北辰 7")
    Asset.objects.create(customer=zhang, name="旧车", gone_on=DAY)
    Contract.objects.create(customer=zhang, kind="insurance", starts_on=date(2025, 12, 12), ends_on=date(2026, 12, 11))
    cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 21})
    plan(DAY)
    found = detail(cast.siyuan, Task.objects.get().pk, DAY)
    first = found.script[0]
    assert first.name and first.lines[0][0] == "问候"
    assert [part.text for part in first.lines[0][1] if part.slot] == ["张先生", "杭州滨江店", "陈思远", "北辰 7"]
    assert found.contract is not None and found.contract.ends_on == date(2026, 12, 11)


def test_a_line_with_a_hole_is_not_read_aloud(cast):
    filling = words.Filling("张先生", "陈思远", "滨江店", "车", None, None, None, None)
    holed = Words(zh="您的{contract}{contract_end}到期。", en="Your {contract} ends on {contract_end}.")
    whole = Words(zh="{name_title}，哪天方便？", en="{name_title}, which day suits you?")
    assert words.line(holed, filling) is None
    assert words.line(whole, filling) == (words.Part("张先生", True), words.Part("，哪天方便？"))
    assert (words.say([holed, whole], filling), words.say([holed], filling)) == ("张先生，哪天方便？", "")


@pytest.mark.parametrize(
    ("name", "gender", "kind", "said"),
    [
        ("张书远", "male", "person", "张先生"),
        ("欧阳娜娜", "female", "person", "欧阳女士"),
        ("王淑芬", "", "person", "王淑芬"),
        ("杭州云栖物流", "", "organisation", ""),
        ("杭州云栖物流", "male", "organisation", ""),
        ("John Smith", "male", "person", "John Smith先生"),
    ],
)
def test_how_a_customer_is_addressed(name, gender, kind, said):
    assert words.name_title(Customer(name=name, gender=gender, kind=kind)) == said


def greeting(user, task) -> str:
    return "".join(part.text for part in detail(user, task.pk, DAY).script[0].lines[0][1])


def test_only_the_owner_says_that_he_looks_after_the_customer(cast):
    zhang = cast.absent("K001")
    Asset.objects.create(customer=zhang, name="北辰 7")
    plan(DAY)
    task = Task.objects.get()
    assert greeting(cast.siyuan, task) == "张先生您好，我是杭州滨江店的陈思远，您那台北辰 7归我照看。"
    Task.objects.update(assignee=cast.linqian, assigned_by=cast.hejing)
    assert greeting(cast.linqian, task) == "张先生您好，我是杭州滨江店的林倩，想跟您说说车的事。"


def test_at_an_organisation_the_contact_is_greeted(cast):
    fleet = cast.absent("K001", name="杭州云栖物流", kind="organisation")
    Asset.objects.create(customer=fleet, name="北辰 7")
    plan(DAY)
    task = Task.objects.get()
    assert greeting(cast.siyuan, task) == "您好，我是杭州滨江店的陈思远，想跟您说说车的事。"
    with translation.override("en"):
        assert greeting(cast.siyuan, task) == "Hello, this is 陈思远 from 杭州滨江店, calling about your car."
    Contact.objects.create(customer=fleet, name="王建国", title="车队经理")
    Contact.objects.create(customer=fleet, name="李秀兰")
    assert greeting(cast.siyuan, task) == "王建国您好，我是杭州滨江店的陈思远，想跟您说说车的事。"


@pytest.mark.parametrize("signal", ["complaint_open", "satisfaction_low"])
def test_nothing_is_sold_to_who_complains(cast, signal):
    cast.signal(cast.customer("K001"), signal, 3)
    plan(DAY)
    task = Task.objects.get()
    choices = detail(cast.linqian, task.pk, DAY).choices
    assert list(choices) == ["reached", "not_reached", "refused", "later"]
    assert [choice.label for choice in choices["reached"]][1:] == ["商定了办法", "等我们回话", "他说行了"]
    for outcome, follow_up in (("deal", ""), ("reached", "wants_quote"), ("reached", "bought_elsewhere")):
        with pytest.raises(Refused):
            finish(cast.linqian, task.pk, outcome, follow_up=follow_up, now=NOON)
    task.refresh_from_db()
    assert (task.state, Interaction.objects.count()) == ("open", 0)


def test_which_contacts_use_the_budget(cast):
    zhang = cast.customer("K001")
    talk(cast, zhang, 30)
    talk(cast, zhang, 31)
    talk(cast, zhang, 1, outcome="not_reached")
    talk(cast, zhang, 1, asked=True)
    talk(cast, zhang, 1, direction="in")
    talk(cast, zhang, 1, undone_at=timezone.now())
    talk(cast, zhang, 0, way="wechat")
    assert contacts([zhang.pk], DAY) == {zhang.pk: 2}


def test_capacity_by_person_and_role(cast):
    assert [capacity_of(person, pack()) for person in (cast.siyuan, cast.linqian, cast.hejing, cast.guoping)] == [180, 300, 60, 60]
    cast.siyuan.minutes_per_day = 0
    assert capacity_of(cast.siyuan, pack()) == 0


def test_sight(cast):
    cast.absent("K001")
    plan(DAY)
    task = Task.objects.get()
    seen = {
        name
        for name in ("siyuan", "xiaomei", "linqian", "hejing", "guoping", "wentao")
        if task in Task.objects.visible_to(getattr(cast, name))
    }
    assert seen == {"siyuan", "hejing", "guoping", "wentao"}
    Customer.objects.update(owner=cast.xiaomei, unit=cast.other)  # given away: the old owner sees neither the customer nor the task
    assert today(cast.siyuan, DAY).count == 0
    assert today(cast.siyuan, DAY, viewer=cast.hejing).count == 0


def test_the_next_task_after_one(cast):
    for at in range(3):
        cast.absent(f"K{at}", 900_000 - at * 100_000)
    plan(DAY)
    list_ = today(cast.siyuan, DAY)
    first, second, third = [item.task for item in list_.chosen]
    assert [list_.after(task).task for task in (first, second, third, None)] == [second, third, first, first]
    finish(cast.siyuan, second.pk, "deal", now=NOON)
    assert today(cast.siyuan, DAY).after(second).task == third
    Task.objects.exclude(pk=first.pk).delete()
    assert today(cast.siyuan, DAY).after(first) is None


def test_as_many_queries_for_fifty_as_for_five(cast):
    cast.siyuan.minutes_per_day = 600
    counts, rows = [], []
    for many in (5, 45):
        for at in range(many):
            cast.absent(f"N{many}-{at}")
        plan(DAY)
        finish(cast.siyuan, Task.objects.open().order_by("pk")[0].pk, "deal", now=NOON)
        with CaptureQueriesContext(connection) as asked:
            rows.append(today(cast.siyuan, DAY).count)
        with CaptureQueriesContext(connection) as left:
            left_items(cast.siyuan, DAY)
        counts.append((len(asked), len(left)))
    assert rows == [5, 50]
    assert counts[0] == counts[1]


def told(cast, customer, on):
    return Task.objects.create(
        kind=TaskKind.HAND_OVER, customer=customer, assignee=cast.siyuan, channel="phone", minutes=5, created_for=on, due_on=on,
        reasons=[["handover", {"from": "周晓梅", "until": ""}]],
    )  # fmt: skip


def test_who_is_new_to_one_is_told_before_the_offer(cast):
    zhang = cast.absent("K001", 900_000)
    cast.absent("K002", 500_000)
    plan(DAY)
    offer = Task.objects.get(customer=zhang)
    telling = told(cast, zhang, DAY)
    list_ = today(cast.siyuan, DAY)
    assert [(item.customer.number, item.task.kind) for item in list_.chosen] == [("K002", "playbook"), ("K001", "handover")]
    assert [(left.why, left.count) for left in list_.left] == [("introduce", 1)]
    assert [item.task for item in left_items(cast.siyuan, DAY, "introduce")[1]] == [offer]
    assert nav_count(cast.siyuan, DAY) == list_.to_do == (2, False)
    Task.objects.filter(pk=telling.pk).update(state="done", done_on=DAY)
    assert numbers(today(cast.siyuan, DAY).chosen) == ["K001", "K002"]
    Task.objects.filter(pk=telling.pk).update(state="stopped", done_on=None)
    assert numbers(today(cast.siyuan, DAY).chosen) == ["K001", "K002"]


def test_the_offer_waits_three_days_at_most(cast):
    zhang = cast.absent("K001")
    plan(DAY)
    told(cast, zhang, DAY)
    waits = [any(left.why == "introduce" for left in today(cast.siyuan, DAY + timedelta(days)).left) for days in range(5)]
    assert waits == [True, True, True, False, False]


@pytest.mark.parametrize("fields", [{"kind": "promise"}, {"must": True}, {"asked": True}])
def test_promises_what_must_not_wait_and_what_he_asked_for_stay(cast, fields):
    zhang = cast.absent("K001")
    plan(DAY)
    Task.objects.update(**fields)
    told(cast, zhang, DAY)
    list_ = today(cast.siyuan, DAY)
    assert (list_.count, list_.left) == (2, ())
