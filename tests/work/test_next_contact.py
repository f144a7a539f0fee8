"""The next contact: by the grade where nobody set one, moved by any contact, and it reminds."""

from datetime import date, timedelta

import pytest
import time_machine

from liuke.customers.models import Customer
from liuke.interactions import actions as interactions
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.standing.models import Standing
from liuke.work import next_contact
from liuke.work.actions import catch_up, finish, plan, undo
from liuke.work.models import BudgetLeft, Task
from liuke.work.next_contact import Kept, keep, set_next
from liuke.work.next_days import first_day, next_day
from liuke.work.queries import today
from tests.work.cast import DAY, NOON


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON):
        yield


def known(cast, number, grade="B", talked=None, **fields) -> Customer:
    """A current customer whom nobody has to be won back, last talked to so many days ago."""
    made = cast.customer(number, **fields)
    cast.standing(made, 300_000, abc=grade, stage="C")
    if talked is not None:
        Interaction.objects.create(customer=made, at=NOON - timedelta(talked), on=DAY - timedelta(talked), way="phone", outcome="reached")
    return made


def next_of(customer) -> tuple[date | None, int | None]:
    return Customer.objects.values_list("next_contact_on", "next_contact_by").get(pk=customer.pk)


def test_everybody_current_has_a_day_by_the_grade(cast):
    often, seldom = known(cast, "K1", "A", talked=10), known(cast, "K2", "C", talked=10)
    never, late = known(cast, "K3", "B"), known(cast, "K4", "B", talked=400)
    left = cast.customer("K5")
    cast.standing(left, 0, abc="C", stage="E")
    quiet = known(cast, "K6", do_not_contact=True)
    assert keep(DAY) == Kept(dated=4)
    assert next_of(often) == (DAY + timedelta(20), None)
    assert next_of(seldom) == (DAY + timedelta(170), None)
    for one in (never, late):  # spread over one interval, so that no list fills up on the day this begins
        assert next_of(one) == (DAY + timedelta(1 + one.pk % 60), None)
    assert (next_of(left), next_of(quiet)) == ((None, None), (None, None))
    assert keep(DAY) == Kept()


def test_it_reminds_on_its_day_and_says_why(cast):
    by_grade, by_hand = known(cast, "K1", "B", talked=61), known(cast, "K2")
    Customer.objects.filter(pk=by_grade.pk).update(next_contact_on=DAY - timedelta(1))
    set_next(cast.siyuan, by_hand.pk, DAY)
    assert keep(DAY) == Kept(reminded=2)
    said = {item.customer.number: item.reason for item in today(cast.siyuan, DAY).chosen}
    assert said == {"K1": "B级客户，**60天**联系一次，上次是**9月20日**。", "K2": "陈思远定的：**11月20日**再联系。"}
    assert keep(DAY) == Kept()
    task = Task.objects.get(customer=by_grade)
    assert (task.kind, task.assignee, task.about_id, task.asked, task.must, task.minutes) == (
        "next",
        cast.siyuan,
        by_grade.pk,
        False,
        False,
        5,
    )


def test_who_leaves_after_the_reminder_was_made_is_left_in_peace(cast):
    left, quiet, stays = known(cast, "K1"), known(cast, "K2"), known(cast, "K3")
    for one in (left, quiet, stays):
        set_next(cast.siyuan, one.pk, DAY)
    assert keep(DAY) == Kept(reminded=3)
    Standing.objects.filter(customer=left).update(stage="E", stage_code="E.moved")
    Customer.objects.filter(pk=quiet.pk).update(do_not_contact=True)
    assert keep(DAY) == Kept(settled=2)
    assert list(Task.objects.open().values_list("customer", flat=True)) == [stays.pk]
    assert keep(DAY) == Kept()


def test_what_the_grade_asks_for_waits_where_something_else_is_open(cast):
    absent = cast.absent("K1")
    plan(DAY)
    Customer.objects.filter(pk=absent.pk).update(next_contact_on=DAY)
    assert keep(DAY).reminded == 0
    set_next(cast.siyuan, absent.pk, DAY)  # somebody's own day reminds all the same
    assert keep(DAY).reminded == 1


def test_a_reminder_needs_room_in_the_budget(cast):
    tired = known(cast, "K1", talked=3)
    Interaction.objects.create(customer=tired, at=NOON - timedelta(20), on=DAY - timedelta(20), way="phone", outcome="reached")
    set_next(cast.siyuan, tired.pk, DAY)
    assert keep(DAY).reminded == 0
    left = BudgetLeft.objects.get()
    assert (left.kind, left.key, left.until) == ("next", f"customers.customer:{tired.pk}", DAY + timedelta(11))


def test_a_contact_moves_it_and_its_undo_puts_it_back(cast):
    zhang = known(cast, "K1", "B", talked=70)
    set_next(cast.siyuan, zhang.pk, DAY)
    keep(DAY)
    result = finish(cast.siyuan, Task.objects.get().pk, "reached")
    assert next_of(zhang) == (DAY + timedelta(60), None)
    assert (result.next_moved, result.next_was, result.next_was_by) == (True, DAY, cast.siyuan)
    undo(cast.siyuan, result.pk)
    assert next_of(zhang) == (DAY, cast.siyuan.pk)


def test_nobody_answered_moves_nothing(cast):
    zhang = known(cast, "K1")
    set_next(cast.siyuan, zhang.pk, DAY)
    keep(DAY)
    result = finish(cast.siyuan, Task.objects.get().pk, "not_reached")
    assert next_of(zhang) == (DAY, cast.siyuan.pk)
    assert (result.next_task.due_on, result.next_task.kind) == (DAY + timedelta(1), "next")


def test_a_contact_written_on_the_card_moves_it_and_takes_the_reminder_away(cast):
    zhang = known(cast, "K1", "A", talked=40)
    Customer.objects.filter(pk=zhang.pk).update(next_contact_on=DAY)
    keep(DAY)
    assert Task.objects.open().count() == 1
    interactions.record(cast.siyuan, zhang.pk, "wechat", "reached", "聊了两句")
    next_contact.follow_contacts([zhang.pk], DAY)
    assert next_of(zhang) == (DAY + timedelta(30), None)
    assert not Task.objects.open().exists()


def test_a_later_day_takes_the_reminder_away_and_a_past_one_is_refused(cast):
    zhang = known(cast, "K1")
    set_next(cast.siyuan, zhang.pk, DAY)
    keep(DAY)
    with pytest.raises(Refused) as refused:
        set_next(cast.siyuan, zhang.pk, DAY - timedelta(1))
    assert (refused.value.code, Task.objects.open().count(), next_of(zhang)[0]) == ("next_contact.past", 1, DAY)
    assert set_next(cast.siyuan, zhang.pk, DAY + timedelta(3)) == DAY
    assert not Task.objects.open().exists()


def test_nobody_is_reminded_to_sell_on_new_years_eve(cast):
    eve = date(2026, 2, 16)
    zhang = known(cast, "K1")
    Customer.objects.filter(pk=zhang.pk).update(next_contact_on=eve)
    keep(eve)
    assert Task.objects.get().due_on == date(2026, 2, 18)


def test_the_pure_rules():
    assert next_day(DAY + timedelta(9), True, DAY, 60) == DAY + timedelta(9)  # a day somebody set stays
    assert next_day(DAY, True, DAY, 60) == DAY + timedelta(60)
    assert next_day(DAY + timedelta(90), False, DAY, 60) == DAY + timedelta(90)
    assert next_day(DAY, False, None, 60) == DAY
    assert first_day(DAY - timedelta(10), 60, DAY, 7) == DAY + timedelta(50)
    assert first_day(None, 60, DAY, 67) == DAY + timedelta(8)


@pytest.mark.django_db
def test_the_minute_job_brings_it_up_to_date(cast, monkeypatch):
    zhang = known(cast, "K1", "A")
    Customer.objects.filter(pk=zhang.pk).update(next_contact_on=DAY)
    interactions.record(cast.siyuan, zhang.pk, "phone", "reached")
    monkeypatch.setattr("liuke.standing.actions.catch_up", lambda ids: [zhang.pk])
    catch_up()
    assert next_of(zhang)[0] == DAY + timedelta(30)
