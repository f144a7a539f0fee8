"""Care against selling counts the contacts that the budget counts, each of them once."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q

from liuke.care.balance import balance, contacts
from liuke.interactions.models import Interaction
from liuke.standing.models import Signal
from liuke.team.queries import pack
from liuke.visits import changing, going, planning
from liuke.work import actions as work
from liuke.work.budget import made
from liuke.work.making import Wanted, make
from liuke.work.models import Task
from tests.visits.world import NOON, TODAY, met, world


@pytest.fixture
def town(db):
    with time_machine.travel(NOON, tick=False):
        yield world()


def greet(town, customer, outcome="reached", **fields) -> None:
    values = {"kind": "care", "due_on": TODAY, "channel": "wechat", "minutes": 3, "about": "care.occasion", "about_id": customer.pk}
    with transaction.atomic():
        task = make([Wanted(customer=customer.pk, **values, **fields)], None, TODAY)[0]
    work.finish(town.cast.chen, task.pk, outcome)


def sell(town, customer) -> Task:
    slots = {"recency_days": 212, "cycle_days": 74.0}
    Signal.objects.create(customer=customer, key="overdue_visit", family="churn", severity=3, slots=slots, started_on=TODAY)
    work.plan(TODAY)
    return Task.objects.get(customer=customer, kind="playbook")


def counted(town) -> tuple[int, int, int]:
    whole = balance(town.cast.he, TODAY, pack())[0]
    for side, n in (("care", whole.care), ("selling", whole.selling), ("other", whole.other)):
        assert contacts(town.cast.he, TODAY, pack(), side, None)[0] == n
    assert whole.care + whole.selling + whole.other == made(Q(), TODAY, pack().contact_budget.in_days).count()
    return whole.care, whole.selling, whole.other


def test_what_the_budget_does_not_count_is_in_no_balance(town):
    people = [town.customer(f"客户{n}") for n in range(4)]
    greet(town, people[0])
    greet(town, people[1], "not_reached")
    greet(town, people[2], asked=True)
    work.finish(town.cast.chen, sell(town, people[3]).pk, "reached")
    assert counted(town) == (1, 1, 0)
    work.undo(town.cast.chen, Task.objects.get(customer=people[0], state="done").results.get().pk)
    assert counted(town) == (0, 1, 0)


def test_what_was_written_down_on_the_card_counts_as_it_does_in_the_budget(town):
    one = town.customer("张书远")
    met(one, 30, way="phone", asked=False)
    met(one, 31, way="phone", asked=False)
    met(one, 3, way="phone", asked=False, direction="in")
    assert counted(town) == (0, 0, 1)
    number, rows = contacts(town.cast.he, TODAY, pack(), "other", town.cast.binjiang.pk)
    assert (number, rows[0].task, rows[0].contact.on) == (1, None, TODAY - timedelta(30))
    assert contacts(town.cast.he, TODAY, pack(), "other", town.cast.jiangning.pk) == (0, [])


def test_a_visit_at_which_the_playbooks_contact_was_made_is_one_contact_and_selling(town):
    one = town.customer("张书远")
    task = sell(town, one)
    visit = changing.add(town.cast.chen, town.cast.chen.pk, one.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    going.finish(town.cast.chen, visit.pk, "reached", "谈了保养")
    assert (Interaction.objects.count(), counted(town)) == (1, (0, 1, 0))
    assert contacts(town.cast.he, TODAY, pack(), "selling", None)[1][0].task == task
