"""Playbooks of a stage: only where nothing else is asked, only as many as a day has room for, and they give way."""

from datetime import timedelta

import pytest

from liuke.interactions.models import Interaction
from liuke.standing.models import Standing
from liuke.team.models import User
from liuke.work.actions import plan
from liuke.work.models import Enrolment, Task
from liuke.work.queries import today
from tests.work.cast import DAY, NOON


def calm(cast, number: str, stage: str = "C", at_risk: int = 10_000, **fields):
    customer = cast.customer(number, **{key: fields.pop(key) for key in ("owner", "unit", "do_not_contact") if key in fields})
    code = {"A": "A.first", "B": "B.repeat", "C": "C.cycle", "D": "D.elapsed", "E": "E.elapsed"}[stage]
    cast.standing(customer, at_risk, **{"stage": stage, "stage_by_rule": stage, "stage_code": code, **fields})
    return customer


@pytest.mark.parametrize("stage", ["A", "B", "C", "D", "E"])
def test_every_stage_has_a_playbook_that_begins_without_a_signal(cast, stage):
    calm(cast, "K001", stage)
    assert plan(DAY).enrolled == 1
    task, enrolment = Task.objects.get(), Enrolment.objects.get()
    assert (task.signal, enrolment.signal, task.severity, task.must) == (f"stage.{stage}", f"stage.{stage}", 0, False)
    assert cast.run and task.reasons == [[f"stage.{stage}", {"recency_days": 212, "cycle_days": 74.0}]]
    item = next(iter(today(task.assignee, DAY).chosen))
    assert "{" not in item.reason and item.say


def test_the_sentence_is_the_stages(cast):
    calm(cast, "K001", "D")
    calm(cast, "K002", "A", last_deal=None, first_deal=None, deal_days=0, cycle_days=None)
    plan(DAY)
    said = {item.customer.number: item.reason for item in today(cast.siyuan, DAY).chosen}
    assert said == {"K001": "在走，**212天**没来，通常**74天**一次。", "K002": "刚认识，建了卡，还没来过。"}


def test_who_was_spoken_to_or_came_or_objects_or_is_gone_by_word_is_let_be(cast):
    spoken, came = calm(cast, "K001"), calm(cast, "K002", last_deal=DAY - timedelta(29))
    Interaction.objects.create(customer=spoken, at=NOON - timedelta(10), on=DAY - timedelta(10))
    calm(cast, "K003", do_not_contact=True)
    calm(cast, "K004", "E", stage_code="E.told")
    assert plan(DAY).enrolled == 0
    Standing.objects.filter(customer=came).update(last_deal=DAY - timedelta(30))
    assert plan(DAY).enrolled == 1


def test_a_signal_is_not_pushed_out_and_no_more_is_begun_than_the_day_holds(cast):
    for at in range(60):
        calm(cast, f"K{at:03}", at_risk=1_000 * at)
    User.objects.filter(pk=cast.siyuan.pk).update(minutes_per_day=20)
    cast.absent("N001")  # ten minutes
    plan(DAY)
    minutes = sum(task.minutes for task in Task.objects.filter(assignee=cast.siyuan))
    assert minutes <= 20
    begun = Task.objects.filter(signal="stage.C").order_by("-value_at_risk_cents")
    assert begun and begun[0].value_at_risk_cents == 59_000  # those with most at risk first
    left = today(cast.siyuan, DAY).left_count
    assert left == 0


def test_twice_a_day_begins_nothing_twice(cast):
    for at in range(5):
        calm(cast, f"K{at:03}")
    first = plan(DAY)
    assert (first.enrolled, plan(DAY).enrolled) == (5, 0)


def test_a_signal_takes_the_place_of_a_stage_nobody_has_begun(cast):
    zhang = calm(cast, "K001")
    plan(DAY)
    cast.signal(zhang, "late_visit", 1)
    plan(DAY)
    assert {(each.playbook, each.why) for each in Enrolment.objects.all()} == {("steady", "stronger"), ("late_visit", "")}


def test_it_ends_with_the_stage(cast):
    zhang = calm(cast, "K001")
    plan(DAY)
    assert plan(DAY + timedelta(1)).stopped == 0
    Standing.objects.filter(customer=zhang).update(stage="B", stage_by_rule="B")
    assert plan(DAY + timedelta(2)).stopped == 1
    assert Enrolment.objects.get().why == "signal"


def test_a_plan_for_a_few_begins_none(cast):
    zhang = calm(cast, "K001")
    assert plan(DAY, [zhang.pk]).enrolled == 0
