"""A visit from the draft to the card given back, and every way it can go wrong."""

from datetime import time, timedelta

import pytest
from django.db import transaction

from liuke.custody.models import CheckOut
from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.notices.words import sentence
from liuke.team.models import User
from liuke.visits import changing, going, nightly, planning
from liuke.visits.labels import VisitState
from liuke.visits.models import Area, Visit
from liuke.visits.queries import Reading, reading_rate
from liuke.work import actions as work
from liuke.work.handing import give_back, reassign_all
from liuke.work.models import Task
from tests.visits.world import NEXT, NOON, TODAY, met, names, planned


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
    assert (task.channel, task.assignee, task.must, task.about) == ("visit", town.cast.chen, True, "visits.visit")


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
    assert reading_rate([town.cast.chen.pk, town.cast.lin.pk], TODAY, TODAY) == {town.cast.chen.pk: Reading(1, 1)}
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


# ── the draft ────────────────────────────────────────────────────────────────


def test_a_draft_takes_who_is_worth_most_and_keeps_what_was_put_in_by_hand(town):
    people = [town.customer(f"客户{n:02d}", 100_000 - n * 1000, address="滨盛路 8 号") for n in range(12)]
    hand = changing.add(town.cast.chen, town.cast.chen.pk, people[11].pk, NEXT + timedelta(2))
    made = planning.draft(town.cast.chen, town.cast.chen.pk, NEXT, day_minutes=100)
    assert (made.placed, made.left) == (9, 2)  # two a day, the first of them put in by hand
    assert {v.customer.name for v in Visit.objects.filter(by_hand=False)} == {f"客户{n:02d}" for n in range(9)}
    again = planning.draft(town.cast.chen, town.cast.chen.pk, NEXT, day_minutes=50)
    assert again.placed == 4
    hand.refresh_from_db()
    assert (hand.on, hand.state) == (NEXT + timedelta(2), VisitState.DRAFT)


def test_who_is_not_drafted(town):
    town.customer("走了的", stage="E")
    town.customer("不打扰的", do_not_contact=True)
    town.customer("大客户", key_account=True)
    town.customer("别人的", owner=town.cast.zhou)
    town.customer("上周去过", abc="A")
    met(Customer.objects.get(name="上周去过"), 7)
    full = town.customer("联系满了")
    for days in (3, 9):
        met(full, days, way="phone", asked=False)
    town.customer("该去的")
    assert planning.draft(town.cast.chen, town.cast.chen.pk, NEXT).placed == 1
    assert names(Visit.objects.all()) == ["该去的"]


def test_without_coordinates_it_is_said_that_areas_only_are_kept_together(town, zhang):
    Area.objects.update(home=False, latitude=None, longitude=None)
    assert planning.draft(town.cast.chen, town.cast.chen.pk, NEXT).plan.grouped


def test_a_confirmed_week_can_be_taken_back_until_somebody_set_out(town, zhang):
    made = planning.draft(town.cast.chen, town.cast.chen.pk, NEXT)
    planning.confirm(town.cast.chen, made.plan.pk)
    assert refused(planning.confirm, town.cast.chen, made.plan.pk).code == "visit.empty"
    assert refused(planning.draft, town.cast.chen, town.cast.chen.pk, NEXT).code == "visit.set"
    planning.reopen(town.cast.chen, made.plan.pk)
    assert (planned(zhang).state, Task.objects.get().state) == (VisitState.DRAFT, "stopped")
    planning.confirm(town.cast.chen, made.plan.pk)
    Visit.objects.update(state=VisitState.STARTED)
    assert refused(planning.reopen, town.cast.chen, made.plan.pk).code == "visit.begun"
    assert Task.objects.filter(state="open").count() == 1


def test_a_week_loses_who_cannot_be_visited_when_it_is_confirmed(town, zhang):
    town.customer("田伟")
    quiet = town.customer("孙莉")
    made = planning.draft(town.cast.chen, town.cast.chen.pk, NEXT)
    Customer.objects.filter(pk=quiet.pk).update(do_not_contact=True)
    Customer.objects.filter(pk=zhang.pk).update(owner=town.cast.lin)
    done = planning.confirm(town.cast.chen, made.plan.pk)
    assert done.count == 1
    assert {(v.customer.name, v.dropped_why) for v in Visit.objects.filter(state="dropped")} == {("张书远", "moved"), ("孙莉", "quiet")}
    assert Task.objects.filter(state="open").count() == 1


@pytest.mark.parametrize(
    ("on", "fields", "code"),
    [
        (TODAY - timedelta(1), {}, "visit.past"),
        (TODAY + timedelta(90), {}, "visit.far"),
        (TODAY, {"at": time(5)}, "visit.hour"),
        (TODAY, {"asked": True}, "visit.asked"),
    ],
    ids=["past", "far", "hour", "asked"],
)
def test_days_and_hours_that_cannot_be(town, zhang, on, fields, code):
    assert refused(changing.add, town.cast.chen, town.cast.chen.pk, zhang.pk, on, **fields).code == code
    assert not Visit.objects.exists()


def test_who_wants_quiet_is_visited_only_when_he_asks(town, zhang):
    Customer.objects.filter(pk=zhang.pk).update(do_not_contact=True)
    assert refused(changing.add, town.cast.chen, town.cast.chen.pk, zhang.pk, NEXT).code == "visit.quiet"
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, NEXT, at=time(10), asked=True)
    assert planning.confirm(town.cast.chen, visit.plan_id).count == 1


def test_out_of_sight_is_not_there(town):
    other = town.customer("葛建华", owner=town.cast.ding)
    with pytest.raises(Customer.DoesNotExist):
        changing.add(town.cast.chen, town.cast.chen.pk, other.pk, NEXT)
    with pytest.raises(User.DoesNotExist):
        changing.add(town.cast.chen, town.cast.zhou.pk, other.pk, NEXT)
    with pytest.raises(User.DoesNotExist):
        planning.draft(town.cast.he, town.cast.ding.pk, NEXT)
    assert not Visit.objects.exists()


# ── one visit ────────────────────────────────────────────────────────────────


def test_moved_agreed_left_out_and_put_back(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, NEXT)
    planning.confirm(town.cast.chen, visit.plan_id)
    made, before = changing.move(town.cast.chen, visit.pk, NEXT + timedelta(8), at=time(14, 30), asked=True)
    task, later = Task.objects.get(), NEXT + timedelta(7)
    assert (made.week, made.plan.week, task.due_on) == (later, later, made.on)
    assert task.must and task.asked
    assert (before.on, before.at) == (NEXT, None)
    changing.move(town.cast.chen, visit.pk, before.on, at=before.at, asked=before.asked)
    assert (Task.objects.get().must, Task.objects.get().asked) == (True, False)
    changing.leave_out(town.cast.chen, visit.pk)
    assert refused(changing.leave_out, town.cast.chen, visit.pk).code == "visit.dropped"
    assert Task.objects.get().state == "stopped"
    back = changing.put_back(town.cast.chen, visit.pk)
    assert (back.state, Task.objects.filter(state="open").count()) == (VisitState.PLANNED, 1)
    assert refused(changing.put_back, town.cast.chen, visit.pk).code == "visit.not_dropped"


def test_only_the_cards_of_today_go_along(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, NEXT)
    assert refused(going.take, town.cast.chen, visit.pk).code == "visit.unset"
    planning.confirm(town.cast.chen, visit.plan_id)
    assert refused(going.take, town.cast.chen, visit.pk).code == "visit.other_day"
    assert refused(going.start, town.cast.chen, visit.pk).code == "visit.other_day"
    assert refused(going.take_today, town.cast.chen).code == "visit.none"
    assert not CheckOut.objects.exists()
    assert not going.card_opened(town.cast.chen, zhang.pk)


def test_a_step_twice_back_and_a_result_twice(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    going.start(town.cast.chen, visit.pk)
    assert refused(going.start, town.cast.chen, visit.pk).code == "visit.step"
    assert refused(changing.move, town.cast.chen, visit.pk, NEXT).code == "visit.gone_on"
    going.step_back(town.cast.chen, visit.pk)
    assert refused(going.step_back, town.cast.chen, visit.pk).code == "visit.no_step"
    assert refused(going.finish, town.cast.chen, visit.pk, "reached", " ").code == "visit.note"
    going.finish(town.cast.chen, visit.pk, "deal", "续了保险")
    assert refused(going.finish, town.cast.chen, visit.pk, "deal", "续了保险").code == "today.taken"
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("outcome", ["reached", "deal", "refused"])
def test_closed_from_the_days_list_it_says_what_was_spoken_of_too(town, zhang, outcome):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    task = Task.objects.get(kind="visit")
    problem = refused(work.finish, town.cast.chen, task.pk, outcome, note=" 好 ")
    assert (problem.code, str(problem)) == ("visit.note", "去过了，请写一句谈了什么。")
    assert (planned(zhang).state, Task.objects.get(kind="visit").state) == (VisitState.PLANNED, "open")
    assert not Interaction.objects.exists()
    work.finish(town.cast.chen, task.pk, outcome, note="谈了保养套餐")
    assert (planned(zhang).state, planned(zhang).read_at) == (VisitState.DONE, None)
    going.card_opened(town.cast.chen, zhang.pk)  # too late: he had been there
    assert reading_rate([town.cast.chen.pk], TODAY, TODAY) == {town.cast.chen.pk: Reading(1, 0)}


def test_nobody_in_needs_no_words_from_the_days_list(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    work.finish(town.cast.chen, Task.objects.get(kind="visit").pk, "not_reached")
    visit.refresh_from_db()
    assert (visit.state, visit.outcome) == (VisitState.DONE, "not_reached")


def test_put_off_by_the_customer_is_a_visit_of_that_day(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    going.finish(town.cast.chen, visit.pk, "later", days=7)
    following = Visit.objects.latest("pk")
    assert (following.on, following.asked, following.week, following.state) == (TODAY + timedelta(7), True, NEXT, VisitState.PLANNED)


def test_where_a_colleague_has_him_next_week_there_is_no_second_visit(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    changing.add(town.cast.lin, town.cast.lin.pk, zhang.pk, NEXT + timedelta(3))
    going.finish(town.cast.chen, visit.pk, "later", days=7)
    assert Visit.objects.filter(state__in=("planned", "started")).count() == 0
    assert not Task.objects.filter(state="open").exists()


def test_an_erased_customer_drops_out(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    Customer.objects.filter(pk=zhang.pk).update(do_not_contact=True, extra={"erased": "2026-11-20"})
    assert str(refused(going.take, town.cast.chen, visit.pk)) == "客户的个人信息已经删除，这次拜访已经从计划里去掉。"
    assert planned(zhang).dropped_why == "erased"
    assert not CheckOut.objects.exists()


def test_a_hand_over_takes_the_visits_along_and_back(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY, at=time(16), asked=True)
    planning.confirm(town.cast.chen, visit.plan_id)
    going.card_opened(town.cast.chen, zhang.pk)
    going.start(town.cast.chen, visit.pk)
    others = [changing.add(town.cast.chen, town.cast.chen.pk, town.customer(name).pk, TODAY) for name in ("田伟", "孙莉")]
    for place, other in zip((5, 4), others, strict=True):  # an order of his own, which no route would give
        Visit.objects.filter(pk=other.pk).update(position=place, begins=time(20 - place))
    lins = [changing.add(town.cast.lin, town.cast.lin.pk, town.customer(name).pk, TODAY) for name in ("郑海涛", "何美玲")]
    for place, other in zip((3, 2), lins, strict=True):
        Visit.objects.filter(pk=other.pk).update(position=place, begins=time(20 - place))
    every = [visit, *others]
    before = list(Visit.objects.order_by("pk").values())
    with transaction.atomic():
        moved = reassign_all(town.cast.chen.pk, [one.customer_id for one in every], town.cast.lin.pk)
    assert moved["visits.visit"] == [(one.pk, one.customer_id) for one in every]
    row = planned(zhang)
    assert (row.user, row.plan.user, row.state, row.at, row.read_at) == (town.cast.lin, town.cast.lin, VisitState.PLANNED, time(16), None)
    assert {task.assignee for task in Task.objects.all()} == {town.cast.lin}
    assert sorted(Visit.objects.filter(user=town.cast.lin, at=None).values_list("position", flat=True)) != [2, 3, 4, 5], "put in order"
    with transaction.atomic():
        assert give_back("visits.visit", [one.pk for one in every], town.cast.lin.pk, town.cast.chen.pk) == 3
    assert list(Visit.objects.order_by("pk").values()) == before


def test_what_the_receiver_changed_comes_back_changed(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    going.start(town.cast.chen, visit.pk)
    with transaction.atomic():
        reassign_all(town.cast.chen.pk, [zhang.pk], town.cast.lin.pk)
    changing.move(town.cast.lin, visit.pk, TODAY, at=time(16))
    with transaction.atomic():
        assert give_back("visits.visit", [visit.pk], town.cast.lin.pk, town.cast.chen.pk) == 1
    row = planned(zhang)
    assert (row.user, row.state, row.at, row.started_at, row.position) == (town.cast.chen, VisitState.PLANNED, time(16), None, 0)


def test_the_night_lets_go_what_cannot_be_and_follows_the_tasks(town, zhang):
    tian, sun = town.customer("田伟"), town.customer("孙莉")
    for one in (zhang, tian, sun):
        visit = changing.add(town.cast.chen, town.cast.chen.pk, one.pk, NEXT)
    planning.confirm(town.cast.chen, visit.plan_id)
    Customer.objects.filter(pk=zhang.pk).update(owner=town.cast.zhou)
    work.reassign(town.cast.he, [Task.objects.get(customer=tian).pk], town.cast.lin.pk)
    Task.objects.filter(customer=sun).update(state="stopped")
    assert nightly.tend(TODAY) == 3
    assert [(planned(one).state, planned(one).dropped_why, planned(one).user.name) for one in (zhang, tian, sun)] == [
        ("dropped", "moved", "陈思远"), ("planned", "", "林倩"), ("dropped", "stopped", "陈思远"),
    ]  # fmt: skip
    assert Notice.objects.get(user=town.cast.chen).key == "visits.gone"
    assert nightly.tend(TODAY) == 0


def test_drafts_of_the_coming_week_are_made_once_and_told(town, zhang):
    assert nightly.draft_weeks(TODAY) == 1
    assert nightly.draft_weeks(TODAY) == 0
    notice = Notice.objects.get()
    assert (notice.user, notice.link) == (town.cast.chen, "/visits/week/?of=2026-11-23")
    assert sentence(notice.key, notice.slots) == "11月23日那一周的拜访排好了草稿，1 家，请您看一遍再排定。"
