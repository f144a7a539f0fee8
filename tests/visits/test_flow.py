"""A visit from the draft to the card given back, and every way it can go wrong."""

from datetime import time, timedelta

import pytest

from liuke.custody.models import CheckOut
from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.visits import changing, going, planning
from liuke.visits.labels import VisitState
from liuke.visits.models import Visit
from liuke.work import actions as work
from liuke.work.models import Task
from tests.visits.world import NEXT, NOON, TODAY, names, planned


def refused(call, *args, **fields) -> Refused:
    with pytest.raises(Refused) as problem:
        call(*args, **fields)
    return problem.value


@pytest.fixture
def zhang(town) -> Customer:
    return town.customer("张书远", 700_000, address="杭州市滨江区滨盛路 8 号", phone="13800001234")


def test_a_week_from_draft_to_tasks(town, zhang):
    town.customer("田伟", 300_000, address="长河路 3 号")
    made = planning.draft(town.cast.chen, town.cast.chen.pk, NEXT)
    assert (made.placed, made.left) == (2, 0)
    assert not Task.objects.filter(kind="visit").exists()
    assert {(v.customer.name, v.area.name) for v in Visit.objects.all()} == {("张书远", "滨盛路片"), ("田伟", "长河片")}
    done = planning.confirm(town.cast.chen, made.plan.pk)
    assert (done.count, done.dropped) == (2, ())
    task = Task.objects.get(kind="visit", customer=zhang)
    assert (task.channel, task.assignee, task.must, task.about) == ("visit", town.cast.chen, False, "visits.visit")


def test_the_road(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY, at=time(15), asked=True)
    planning.confirm(town.cast.chen, visit.plan_id)
    task = Task.objects.get(kind="visit")
    assert (task.must, task.asked, task.due_on) == (True, True, TODAY)
    assert going.take_today(town.cast.chen) == 1
    out = CheckOut.objects.get()
    assert (out.purpose, planned(zhang).check_out) == ("拜访", out)
    assert going.card_opened(town.cast.chen, zhang.pk)
    assert not going.card_opened(town.cast.chen, zhang.pk)
    going.start(town.cast.chen, visit.pk)
    going.arrive(town.cast.chen, visit.pk)
    result = going.finish(town.cast.chen, visit.pk, "reached", "谈了保养套餐", next_on=TODAY + timedelta(20))
    row = planned(zhang)
    assert (row.state, row.outcome, row.result, row.read_at) == (VisitState.DONE, "reached", result, NOON)
    contact = Interaction.objects.get()
    assert (contact.way, contact.two_way, contact.summary) == ("visit", True, "谈了保养套餐")
    out.refresh_from_db()
    assert out.returned_at is not None
    zhang.refresh_from_db()
    assert zhang.next_contact_on == TODAY + timedelta(20)
    work.undo(town.cast.chen, result.pk)
    assert (planned(zhang).state, planned(zhang).outcome) == (VisitState.ARRIVED, "")


def test_who_was_not_in_is_visited_again(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    result = going.finish(town.cast.chen, visit.pk, "not_reached")
    assert [(v.state, v.on, v.after_id) for v in Visit.objects.order_by("pk")] == [
        (VisitState.DONE, TODAY, None), (VisitState.PLANNED, TODAY + timedelta(1), visit.pk)
    ]  # fmt: skip
    second = Visit.objects.latest("pk")
    assert Task.objects.get(state="open").about_id == second.pk
    work.undo(town.cast.chen, result.pk)
    second.refresh_from_db()
    assert (second.state, second.dropped_why) == (VisitState.DROPPED, "undone")
    assert Task.objects.get(state="open").about_id == visit.pk


def test_a_customer_who_changed_hands_drops_out_and_nothing_is_half_done(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    Customer.objects.filter(pk=zhang.pk).update(owner=town.cast.zhou, unit=town.cast.jiangning)
    problem = refused(going.start, town.cast.chen, visit.pk)
    assert str(problem) == "客户换了人负责，这次拜访已经从计划里去掉。"
    visit.refresh_from_db()
    assert (visit.state, visit.dropped_why, visit.started_at) == (VisitState.DROPPED, "moved", None)
    assert Task.objects.get().state == "stopped"
    assert not CheckOut.objects.exists() and not Interaction.objects.exists()


def test_two_who_plan_the_same_customer_in_one_week(town, zhang):
    changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, NEXT)
    problem = refused(changing.add, town.cast.lin, town.cast.lin.pk, zhang.pk, NEXT + timedelta(2))
    assert (problem.code, str(problem)) == ("visit.taken", "这一周陈思远已经排了拜访这位客户。")
    assert Visit.objects.count() == 1
    assert names(Visit.objects.all()) == ["张书远"]
