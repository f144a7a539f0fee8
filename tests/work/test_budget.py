"""The contact budget: whoever wants a contact, however many at once, and however long it goes on."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction

from liuke.interactions.labels import Direction
from liuke.interactions.models import Interaction
from liuke.packs.limits import ContactBudget
from liuke.team.queries import pack
from liuke.work.actions import finish, plan
from liuke.work.budget import Spent, forget_left
from liuke.work.making import Wanted, make
from liuke.work.models import BudgetLeft, Task
from liuke.work.queries import today
from tests.threads import at_once
from tests.work.cast import DAY, NOON, Company, company

TWELVE = 12


def talk(customer, days_ago, **fields):
    return Interaction.objects.create(
        customer=customer, at=NOON - timedelta(days_ago), on=DAY - timedelta(days_ago), **{"way": "phone", "outcome": "reached", **fields}
    )


def wanted(customer, n, **fields) -> Wanted:
    values = {"kind": "care", "due_on": DAY, "channel": "wechat", "minutes": 3, "about": "care.occasion", "about_id": n, **fields}
    return Wanted(customer=customer.pk, **values)


def ask(*asked: Wanted, on: date = DAY) -> list[Task]:
    with transaction.atomic():
        return make(asked, None, on)


def many(cast: Company, customers: int) -> list:
    """Customers who give a reason for twelve different playbooks on one day."""
    keys = {}
    for signal in pack().signals:
        playbook = pack().playbooks_for(signal.key)[0]
        if not playbook.must:
            keys.setdefault(playbook.key, signal.key)
    chosen = list(keys.values())[:TWELVE]
    assert len(chosen) == TWELVE
    people = []
    for at in range(customers):
        one = cast.customer(f"M{at}")
        cast.standing(one, 100_000 + at)
        for key in chosen:
            cast.signal(one, key, 1)
        people.append(one)
    return people


def had(customer) -> list[date]:
    return list(
        Interaction.objects.filter(customer=customer, asked=False, direction=Direction.OUT).order_by("on").values_list("on", flat=True)
    )


def unasked(customer) -> int:
    return Task.objects.open().filter(customer=customer, asked=False, must=False).count()


@pytest.mark.django_db(transaction=True)
def test_twelve_playbooks_and_care_at_once_by_two_workers_stay_within_the_budget():
    cast = company()
    people = many(cast, 6)
    one_had, two_had = people[0], people[1]
    talk(one_had, 3)
    talk(two_had, 3)
    talk(two_had, 20)
    care = [wanted(each, 100 * each.pk + n) for n in range(TWELVE) for each in people]
    came = at_once(
        lambda: plan(DAY),
        lambda: ask(*care),
        lambda: plan(DAY),
        lambda: ask(*care[::-1]),
        lambda: ask(*(wanted(each, each.pk) for each in people)),
    )
    assert [one for one in came if isinstance(one, Exception)] == []
    assert [unasked(each) for each in people] == [1, 0, 2, 2, 2, 2]
    assert BudgetLeft.objects.filter(customer=two_had, kind="care").count() == TWELVE + 1
    assert BudgetLeft.objects.filter(customer=two_had).first().until == DAY + timedelta(11)  # the older of the two leaves the window


@pytest.mark.django_db
def test_for_ninety_days_nobody_has_more_than_his_share(cast):
    people = many(cast, 4)
    budget = pack().contact_budget
    for ahead in range(90):
        on = DAY + timedelta(ahead)
        with time_machine.travel(NOON + timedelta(ahead)):
            plan(on)
            ask(*(wanted(each, 1000 * each.pk + ahead, due_on=on, assignee=cast.linqian.pk) for each in people), on=on)
            for person in (cast.siyuan, cast.linqian):
                for item in today(person, on).chosen:
                    finish(person, item.task.pk, ("reached", "not_reached", "later")[(item.task.pk + ahead) % 3])
    windows = defaultdict(int)
    for each in people:
        days = had(each)
        reached = [
            day for day in days if Interaction.objects.filter(customer=each, on=day, asked=False).exclude(outcome="not_reached").exists()
        ]
        assert len(reached) >= 4, "the budget was used"
        for day in reached:
            within = Interaction.objects.filter(customer=each, asked=False, on__gte=day - timedelta(budget.in_days), on__lte=day).exclude(
                outcome="not_reached"
            )
            windows[each.pk] = max(windows[each.pk], within.count())
    assert set(windows.values()) == {budget.unasked}


def test_a_plan_leaves_who_had_his_share_and_says_until_when(cast):
    tired = cast.absent("K001", 800_000)
    talk(tired, 25)
    talk(tired, 3)
    planned = plan(DAY)
    assert (planned.enrolled, planned.budget) == (0, 1)
    left = BudgetLeft.objects.get()
    assert (left.customer, left.assignee, left.kind, left.key, left.until) == (
        tired,
        cast.siyuan,
        "playbook",
        "overdue_visit",
        DAY + timedelta(6),
    )
    assert not Task.objects.exists()
    assert (today(cast.siyuan, DAY).untasked, today(cast.siyuan, DAY).left_count) == (1, 1)
    assert plan(DAY + timedelta(6)).enrolled == 1
    assert not BudgetLeft.objects.exists()


def test_who_was_left_is_asked_for_by_whoever_looks_after_him_now(cast):
    tired = cast.absent("K001", 800_000)
    talk(tired, 25)
    talk(tired, 3)
    plan(DAY)
    type(tired).objects.filter(pk=tired.pk).update(owner=cast.xiaomei, unit=cast.other)
    plan(DAY + timedelta(1))
    left = BudgetLeft.objects.get()
    assert (left.assignee, left.wanted_on) == (cast.xiaomei, DAY)
    assert (today(cast.siyuan, DAY).untasked, today(cast.xiaomei, DAY).untasked) == (0, 1)


def test_what_must_not_wait_and_what_was_asked_for_use_no_budget(cast):
    tired = cast.absent("K001")
    talk(tired, 25)
    talk(tired, 3)
    made = ask(wanted(tired, 1, must=True), wanted(tired, 2, asked=True), wanted(tired, 3))
    assert [task.about_id for task in made] == [1, 2]
    assert [left.key for left in BudgetLeft.objects.all()] == ["care.occasion:3"]


def test_the_first_that_asks_gets_the_room_and_the_rest_are_told_until_it_is_theirs(cast):
    fresh = cast.customer("K001")
    assert [task.about_id for task in ask(wanted(fresh, 1), wanted(fresh, 2), wanted(fresh, 3))] == [1, 2]
    assert BudgetLeft.objects.get().until is None  # open tasks alone fill it
    Task.objects.filter(about_id=1).update(state="stopped")
    assert [task.about_id for task in ask(wanted(fresh, 3))] == [3]
    assert not BudgetLeft.objects.exists()


def test_two_lists_do_not_spend_the_same_room(cast):
    """One contact is left to a customer: of two people who have something for him, the one who saves more calls."""
    shared = cast.absent("K001", 500_000)
    plan(DAY)
    ask(wanted(shared, 1, assignee=cast.linqian.pk))
    talk(shared, 2)
    assert [item.task.kind for item in today(cast.siyuan, DAY).chosen] == ["playbook"]
    agent = today(cast.linqian, DAY)
    assert ([item.task.kind for item in agent.chosen], [left.why for left in agent.left]) == ([], ["contacted"])


def test_one_list_counts_what_is_on_it(cast):
    one = cast.absent("K001", 500_000)
    plan(DAY)
    ask(wanted(one, 1))
    talk(one, 2)
    mine = today(cast.siyuan, DAY)
    assert ([item.task.kind for item in mine.chosen], [(left.why, left.count) for left in mine.left]) == (["playbook"], [("contacted", 1)])


@pytest.mark.parametrize(
    ("days", "open_", "until"),
    [([], 0, None), ([1], 0, None), ([1, 20], 0, 11), ([1, 20], 1, 30), ([1, 20, 29], 0, 11), ([1], 1, 30), ([], 2, None), ([5], 2, None)],
    ids=["nothing", "room", "two", "two-and-open", "three", "one-and-open", "open-only", "open-fill"],
)
def test_when_there_is_room_again(days, open_, until):
    found = Spent([DAY - timedelta(n) for n in days], open_).until(ContactBudget())
    assert found == (None if until is None else DAY + timedelta(until))


def test_what_nobody_asks_for_again_is_forgotten(cast):
    BudgetLeft.objects.create(customer=cast.customer("K001"), assignee=cast.siyuan, kind="care", key="care.occasion:1", wanted_on=DAY)
    assert forget_left(DAY + timedelta(30), 30) == 0
    assert forget_left(DAY + timedelta(31), 30) == 1
