"""Key customers are talked with in person, regularly."""

from datetime import timedelta

import time_machine

from liuke.satisfaction import interviews
from liuke.satisfaction.models import Interview
from liuke.work.actions import finish, undo
from liuke.work.models import Task
from tests.satisfaction.world import DAY, NOON, bought


def test_a_key_customer_gets_an_interview_every_half_year(cast):
    key = bought(cast.chen, "杭州云栖物流", key_account=True)
    bought(cast.chen, "张书远")
    bought(cast.chen, "不扰", key_account=True, do_not_contact=True)
    assert interviews.plan(DAY) == 1 and interviews.plan(DAY) == 0
    task = Task.objects.get()
    assert (task.kind, task.customer, task.assignee, task.about, task.channel) == (
        "survey",
        key,
        cast.chen,
        "satisfaction.interview",
        "visit",
    )
    result = finish(cast.chen, task.pk, "reached")
    assert Interview.objects.get().state == "done" and interviews.plan(DAY + timedelta(179)) == 0
    undo(cast.chen, result.pk)
    assert Interview.objects.get().state == "waiting"
    finish(cast.chen, task.pk, "reached")
    with time_machine.travel(NOON + timedelta(181), tick=False):
        assert interviews.plan(DAY + timedelta(181)) == 1
    assert Task.objects.get(state="open").reasons == [["interview", {"last": "2026-11-20"}]]


def test_who_is_no_key_customer_any_more_is_not_talked_with(cast):
    key = bought(cast.chen, "杭州云栖物流", key_account=True)
    interviews.plan(DAY)
    key.key_account = False
    key.save()
    interviews.plan(DAY)
    assert Interview.objects.get().state == "dropped" and Task.objects.get().state == "stopped"
