"""A stand-in meets the plan: for as long as he covers, what is to be done is his, and afterwards the keeper's again."""

from datetime import timedelta

import pytest
import time_machine

from liuke.keepers import handing
from liuke.keepers.sharing import Asked
from liuke.standing.models import Signal
from liuke.work.actions import finish, plan, reassign
from liuke.work.models import Task
from liuke.work.queries import today
from tests.cast import card
from tests.keepers.world import DAY, NOON, insight

BACK = DAY + timedelta(14)


def signal(customer, key: str = "overdue_visit") -> None:
    slots = {"recency_days": 212, "cycle_days": 74.0}
    Signal.objects.create(customer=customer, key=key, family="churn", severity=3, slots=slots, started_on=DAY)


def open_tasks() -> dict[str, str]:
    return dict(Task.objects.open().filter(kind="playbook").values_list("customer__name", "assignee__name"))


@pytest.fixture
def covered(cast):
    """陈思远 has a call to make to 张书远, and is covered by 周倩文 before anything is known of 葛建华 and 何美玲."""
    zhang, ge, he = (card(cast.chen, name) for name in ("张书远", "葛建华", "何美玲"))
    insight({"张书远": 500_000})
    signal(zhang)
    plan(DAY)
    assert open_tasks() == {"张书远": "陈思远"}
    made = handing.hand_over(cast.he, Asked(person=cast.chen.pk, to=[cast.zhou.pk], kind="cover", until=BACK))
    signal(ge)
    signal(he)
    plan(DAY)
    return made


def test_what_comes_up_meanwhile_is_the_stand_ins(cast, covered):
    assert open_tasks() == dict.fromkeys(("张书远", "葛建华", "何美玲"), "周倩文")
    again = list(Task.objects.order_by("pk").values())
    assert plan(DAY).refreshed == 0
    assert list(Task.objects.order_by("pk").values()) == again
    assert len(today(cast.zhou, DAY).chosen) == 3
    assert today(cast.chen, DAY).chosen == ()


def test_when_the_keeper_is_back_the_plan_gives_him_all_that_is_open(cast, covered):
    done = Task.objects.get(customer__name="张书远")
    following = finish(cast.zhou, done.pk, "reached").next_task
    given = Task.objects.get(customer__name="何美玲")
    reassign(cast.he, [given.pk], cast.lin.pk)
    with time_machine.travel(NOON + timedelta(14), tick=False):
        assert handing.end_covers() == 1
        plan(BACK)
        assert open_tasks() == {"张书远": "陈思远", "葛建华": "陈思远", "何美玲": "林倩"}  # what a supervisor gave out stays given
        following.refresh_from_db()
        assert (following.assignee, following.step, done.assignee_id) == (cast.chen, 1, cast.zhou.pk)
        before = list(Task.objects.order_by("pk").values())
        plan(BACK)
        assert list(Task.objects.order_by("pk").values()) == before
