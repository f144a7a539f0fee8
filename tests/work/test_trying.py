"""A contact that nobody answers is tried so often, then it ends or goes up; and a list is not the only way to a customer's budget."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from liuke.care.models import Occasion
from liuke.customers.actions import set_next_contact
from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.notices.words import sentence
from liuke.promises.models import Promise
from liuke.team.queries import pack
from liuke.work.actions import finish, plan, undo
from liuke.work.following import came_of, choices
from liuke.work.making import Wanted, make
from liuke.work.models import Enrolment, Result, Task
from liuke.work.next_contact import keep
from liuke.work.promising import make_promise, renegotiate
from tests.work.cast import DAY, NOON


def later(days):
    return DAY + timedelta(days)


def ask(customer, **fields) -> Task:
    values = {"kind": "next", "due_on": DAY, "channel": "phone", "minutes": 3, "about": "customers.customer", "about_id": customer.pk}
    with transaction.atomic():
        return make([Wanted(customer=customer.pk, **(values | fields))], None, DAY)[0]


def not_reached(user, times) -> list[Result]:
    found = []
    for ahead in range(times):
        with time_machine.travel(NOON + timedelta(ahead)):
            found.append(finish(user, Task.objects.open().get().pk, "not_reached"))
    return found


def talked(customer, *days_ago):
    for n in days_ago:
        Interaction.objects.create(customer=customer, at=NOON - timedelta(n), on=later(-n), way="phone", outcome="reached")


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


# ── so often ─────────────────────────────────────────────────────────────────


def test_a_reminder_is_tried_three_times_and_then_the_grade_says_the_day(cast):
    zhang = cast.customer("K001", next_contact_on=DAY, next_contact_by=cast.hejing)
    cast.standing(zhang, 100_000)
    with time_machine.travel(NOON):
        assert keep(DAY).reminded == 1
    tries = not_reached(cast.siyuan, 2)
    last = Task.objects.open().get()
    assert (last.attempt, last.due_on, last.kind) == (3, later(2), "next")
    assert choices(pack(), None, last, later(2))["not_reached"][0].label == "试了 3 次没联系上，不再试"
    assert choices(pack(), None, tries[0].task, DAY)["not_reached"][0].label == "明天再打"
    with time_machine.travel(NOON + timedelta(2)):
        result = finish(cast.siyuan, last.pk, "not_reached")
        assert came_of(result, later(2)) == "没接，试了 3 次没联系上，不再试"
        zhang.refresh_from_db()
        assert (zhang.next_contact_on, zhang.next_contact_by) == (later(32), None)
        assert (keep(later(2)).reminded, Task.objects.open().count()) == (0, 0)
        undo(cast.siyuan, result.pk)
        zhang.refresh_from_db()
        assert (zhang.next_contact_on, zhang.next_contact_by) == (DAY, cast.hejing)
        assert Task.objects.open().get() == last


def test_a_greeting_that_nobody_takes_is_missed(cast):
    zhang = cast.customer("K001")
    row = Occasion.objects.create(
        customer=zhang, key="birthday", turn="2026", on=DAY, due_on=DAY, until=later(1), level="A", state="waiting"
    )  # fmt: skip
    task = ask(zhang, kind="care", about="care.occasion", about_id=row.pk)
    third = not_reached(cast.siyuan, 3)[-1]
    row.refresh_from_db()
    assert (row.state, row.settled_on, Task.objects.open().count()) == ("missed", later(2), 0)
    with time_machine.travel(NOON + timedelta(2)):
        undo(cast.siyuan, third.pk)
    row.refresh_from_db()
    assert (row.state, row.settled_on, Task.objects.open().get().about_id) == ("waiting", None, task.about_id)


def test_a_promise_goes_up_after_three_tries_and_stays_to_be_kept(cast, noon):
    zhang = cast.customer("K001")
    make_promise(cast.siyuan, zhang.pk, "把报价发给他", DAY)
    third = not_reached(cast.siyuan, 3)[-1]
    task = Task.objects.open().get()
    assert (task.attempt, task.raised_to, task.raised_on, Promise.objects.get().state) == (4, cast.hejing, later(2), "open")
    notice = Notice.objects.get(user=cast.hejing, key="today.tried")
    assert sentence(notice.key, notice.slots) == "张书远的一件不能等的事试了 3 次没联系上，请您看看。"
    assert notice.link == f"/today/{task.pk}/"
    assert third.next_task == task
    with time_machine.travel(NOON + timedelta(3)):
        finish(cast.siyuan, task.pk, "not_reached")
    assert Notice.objects.filter(key="today.tried").count() == 1  # once
    assert Task.objects.open().get().raised_to == cast.hejing


def test_a_day_the_customer_named_begins_the_count_anew(cast):
    ask(cast.customer("K001"))
    not_reached(cast.siyuan, 2)
    with time_machine.travel(NOON + timedelta(2)):
        made = finish(cast.siyuan, Task.objects.open().get().pk, "later", days=3).next_task
    assert (made.attempt, made.asked, made.snoozed_until) == (1, True, later(5))
    with time_machine.travel(NOON + timedelta(5)):
        tried = finish(cast.siyuan, made.pk, "not_reached").next_task
    assert (tried.asked, tried.snoozed_until, tried.attempt) == (True, None, 2)


# ── beyond the budget ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcome", "taken"), [("reached", False), ("deal", False), ("later", False), ("refused", True), ("not_reached", True)]
)
def test_an_outcome_by_address_asks_the_budget_too(cast, noon, outcome, taken):
    zhang = cast.absent("K001")
    plan(DAY)
    talked(zhang, 3, 20)
    task = Task.objects.get()
    if taken:  # an objection is heard whatever the budget, and nobody was spoken to otherwise
        assert finish(cast.siyuan, task.pk, outcome).outcome == outcome
        return
    with pytest.raises(Refused) as refused:
        finish(cast.siyuan, task.pk, outcome)
    assert (refused.value.code, str(refused.value)) == ("today.budget", "这位客户近 30 天已联系满 2 次。他自己找来的，请记在卡上。")
    task.refresh_from_db()
    assert (task.state, Enrolment.objects.get().ended_on) == ("open", None)
    assert (Interaction.objects.count(), Result.objects.count()) == (2, 0)


@pytest.mark.parametrize("fields", [{"asked": True}, {"must": True}], ids=["asked", "must"])
def test_what_he_asked_for_is_written_down_whatever_the_budget(cast, noon, fields):
    zhang = cast.absent("K001")
    plan(DAY)
    talked(zhang, 3, 20)
    Task.objects.update(**fields)
    assert finish(cast.siyuan, Task.objects.get().pk, "reached").interaction.asked is True


# ── undoing keeps what came since ────────────────────────────────────────────


def test_an_outcome_stays_whose_promise_was_moved_since(cast, noon):
    cast.absent("K001")
    plan(DAY)
    result = finish(cast.siyuan, Task.objects.get().pk, "reached", follow_up="wants_quote")
    first = Promise.objects.get()
    moved = renegotiate(cast.siyuan, first.pk, first.due_on + timedelta(3))
    before = list(Task.objects.order_by("pk").values()), list(Promise.objects.order_by("pk").values())
    with pytest.raises(Refused) as refused:
        undo(cast.siyuan, result.pk)
    assert (refused.value.code, str(refused.value)) == ("today.promise", "那时答应的事后来客户同意改期，请先到承诺上撤销那一步。")
    assert (list(Task.objects.order_by("pk").values()), list(Promise.objects.order_by("pk").values())) == before
    result.refresh_from_db()
    assert (result.undone_at, Interaction.objects.get().undone_at, Promise.objects.get(pk=moved.pk).state) == (None, None, "open")


@pytest.mark.parametrize("by", ["hejing", "grade"])
def test_a_day_set_since_outlives_the_undoing(cast, noon, by):
    zhang = cast.absent("K001", next_contact_on=later(-1))
    plan(DAY)
    result = finish(cast.siyuan, Task.objects.get().pk, "reached")
    assert Customer.objects.get().next_contact_on == later(30)
    if by == "hejing":
        set_next_contact(cast.hejing, zhang.pk, later(30))
    else:  # another contact moved it on
        Customer.objects.update(next_contact_on=later(60))
    undo(cast.siyuan, result.pk)
    assert Customer.objects.values_list("next_contact_on", "next_contact_by__username").get() == (
        (later(30), "hejing") if by == "hejing" else (later(60), None)
    )
