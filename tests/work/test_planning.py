from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.standing.models import Signal, Standing
from liuke.team.models import User
from liuke.work.actions import finish, plan, reassign
from liuke.work.models import Enrolment, Task
from tests.work.cast import DAY


def task_of(customer) -> Task:
    return Task.objects.open().get(customer=customer)


def test_a_signal_becomes_a_task_of_its_playbook(cast):
    zhang = cast.absent("K001", 503_200)
    planned = plan(DAY)
    assert (planned.enrolled, planned.stopped, planned.unassigned) == (1, 0, 0)
    task = task_of(zhang)
    assert (task.assignee, task.playbook, task.step, task.channel, task.minutes) == (cast.siyuan, "overdue_visit", 0, "phone", 10)
    assert (task.value_at_risk_cents, task.value_per_minute_cents) == (503_200, 5032)
    assert task.reasons == [["overdue_visit", {"recency_days": 212, "cycle_days": 74.0}]]
    assert (task.due_on, task.created_for, task.must) == (DAY, DAY, False)
    enrolment = Enrolment.objects.get()
    assert (enrolment.customer, enrolment.playbook, enrolment.version, enrolment.started_on) == (zhang, "overdue_visit", 1, DAY)
    entry = AuditEntry.objects.get(verb="today.plan")
    assert entry.detail == {"as_of": "2026-11-20", "enrolled": 1, "refreshed": 0}


def test_running_twice_makes_nothing_twice(cast):
    for at in range(6):
        cast.absent(f"K{at}")
    plan(DAY)
    before = list(Task.objects.order_by("pk").values()), list(Enrolment.objects.order_by("pk").values())
    again = plan(DAY)
    assert (again.enrolled, again.refreshed, again.stopped) == (0, 0, 0)
    assert (list(Task.objects.order_by("pk").values()), list(Enrolment.objects.order_by("pk").values())) == before


def test_several_signals_of_a_customer_are_one_task_the_strongest_first(cast):
    zhang = cast.absent("K001")
    cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 21})
    cast.signal(zhang, "price_asked_often", 2, **{"count('price_asked', 90)": 3})
    plan(DAY)
    task = task_of(zhang)
    assert task.playbook == "overdue_visit"
    # 15 % ÷ 4 minutes is worth more a minute than 12 % ÷ 8.
    assert [signal for signal, _slots in task.reasons] == ["overdue_visit", "insurance_30", "price_asked_often"]
    assert Enrolment.objects.count() == 1


def test_the_next_day_brings_the_figures_up_to_date(cast):
    zhang = cast.absent("K001", 500_000)
    plan(DAY)
    Signal.objects.update(slots={"recency_days": 213, "cycle_days": 74.0})
    Standing.objects.update(value_at_risk_cents=600_000)
    planned = plan(DAY + timedelta(1))
    assert (planned.enrolled, planned.refreshed) == (0, 1)
    task = task_of(zhang)
    assert (task.value_per_minute_cents, task.reasons[0][1]["recency_days"]) == (6000, 213)
    assert (task.created_for, task.due_on) == (DAY, DAY)


def test_a_task_stops_when_its_cause_is_gone(cast):
    zhang = cast.absent("K001")
    plan(DAY)
    Signal.objects.update(ended_on=DAY)
    assert plan(DAY + timedelta(1)).stopped == 1
    task, enrolment = Task.objects.get(), Enrolment.objects.get()
    assert (task.state, task.stopped_why, enrolment.why, enrolment.ended_on) == ("stopped", "signal", "signal", DAY + timedelta(1))
    cast.signal(zhang)  # and when it comes back, that is a new moment
    assert plan(DAY + timedelta(2)).enrolled == 1


def test_another_signal_of_the_same_playbook_carries_it_on(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 8})
    plan(DAY)
    Signal.objects.update(ended_on=DAY)
    cast.signal(zhang, "insurance_7", 3, **{"days_left('insurance')": 7})
    assert plan(DAY + timedelta(1)).stopped == 0
    assert (task_of(zhang).signal, task_of(zhang).severity, Enrolment.objects.get().signal) == ("insurance_7", 3, "insurance_7")


def test_who_objects_is_left_alone(cast):
    zhang = cast.absent("K001", do_not_contact=True)
    planned = plan(DAY)
    assert (planned.enrolled, planned.left_alone) == (0, 1)
    assert not Task.objects.exists()
    wang = cast.absent("K002", name="王淑芬")
    plan(DAY)
    type(wang).objects.filter(pk=wang.pk).update(do_not_contact=True)
    assert plan(DAY + timedelta(1)).stopped == 1
    assert Task.objects.get(customer=wang).stopped_why == "quiet"
    assert not Task.objects.filter(customer=zhang).exists()


def test_without_an_active_owner_the_supervisor_gets_it(cast):
    orphan = cast.absent("K001")
    type(orphan).objects.update(owner=None)
    left = cast.absent("K002", owner=cast.xiaomei, unit=cast.other)
    User.objects.filter(pk=cast.xiaomei.pk).update(is_active=False)
    gone = cast.absent("K003")
    plan(DAY)
    assert task_of(orphan).assignee == task_of(left).assignee == cast.hejing
    assert task_of(gone).assignee == cast.siyuan
    User.objects.filter(pk=cast.siyuan.pk).update(left_on=DAY)
    plan(DAY)
    assert task_of(gone).assignee == cast.hejing


def test_without_a_supervisor_the_manager_without_anybody_nobody(cast):
    zhang = cast.absent("K001")
    User.objects.filter(pk__in=[cast.siyuan.pk, cast.hejing.pk]).update(is_active=False)
    plan(DAY)
    assert task_of(zhang).assignee == cast.guoping
    wang = cast.absent("K002")
    User.objects.filter(pk=cast.guoping.pk).update(is_active=False)
    assert plan(DAY).unassigned == 1
    assert not Task.objects.filter(customer=wang).exists()


def test_only_what_must_not_wait_displaces_a_playbook_under_way(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "late_visit", 1, recency_days=90, cycle_days=74.0)
    plan(DAY)
    cast.signal(zhang, "overdue_visit", 3)
    plan(DAY)
    assert task_of(zhang).playbook == "late_visit"
    cast.signal(zhang, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 1})
    plan(DAY)
    assert (task_of(zhang).playbook, task_of(zhang).must) == ("complaint_open", True)
    assert Enrolment.objects.get(playbook="late_visit").why == "stronger"
    assert Task.objects.filter(customer=zhang).count() == 2


def test_a_playbook_nobody_has_begun_gives_way_to_what_is_worth_clearly_more(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "tier_raised", 1, **{"days_since('tier_raised')": 3})
    plan(DAY)
    cast.signal(zhang, "insurance_7", 3, **{"days_left('insurance')": 7})
    planned = plan(DAY + timedelta(1))
    assert (planned.enrolled, planned.stopped) == (1, 1)
    # 15 % ÷ 4 minutes against 3 % ÷ 3.
    assert (task_of(zhang).playbook, task_of(zhang).value_per_minute_cents) == ("insurance_before", 3750)
    assert Enrolment.objects.get(playbook="tier_raised").why == "stronger"
    for days in range(1, 8):  # and there it stays
        again = plan(DAY + timedelta(days))
        assert (again.enrolled, again.stopped) == (0, 0)


@pytest.mark.parametrize("begun", ["contact", "supervisor"])
def test_a_playbook_that_was_begun_goes_on(cast, begun):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "late_visit", 1, recency_days=90, cycle_days=74.0)
    plan(DAY)
    if begun == "contact":
        finish(cast.siyuan, task_of(zhang).pk, "not_reached")
    else:
        reassign(cast.hejing, [task_of(zhang).pk], cast.linqian.pk)
    cast.signal(zhang, "insurance_7", 3, **{"days_left('insurance')": 7})
    plan(DAY + timedelta(1))
    assert task_of(zhang).playbook == "late_visit"


@pytest.mark.parametrize("signal", ["complaint_open", "satisfaction_low", "first_deal", "advice_asked"])
def test_care_and_complaints_are_the_agents_the_rest_the_owners(cast, signal):
    zhang = cast.customer("K001")
    cast.signal(zhang, signal, 3, recency_days=1)
    plan(DAY)
    assert task_of(zhang).assignee == cast.linqian
    wang = cast.absent("K002")
    there = cast.customer("K003", unit=cast.other, owner=cast.xiaomei)  # no agent at that store
    cast.signal(there, signal, 3, recency_days=1)
    plan(DAY)
    assert (task_of(wang).assignee, task_of(there).assignee) == (cast.siyuan, cast.xiaomei)


@pytest.mark.parametrize(("why", "days", "again"), [("done", 119, False), ("done", 120, True), ("signal", 1, True), ("deal", 1, False)])
def test_a_playbook_rests_after_a_contact(cast, why, days, again):
    zhang = cast.absent("K001")
    Enrolment.objects.create(
        customer=zhang, playbook="overdue_visit", version=1, signal="overdue_visit", started_on=DAY, ended_on=DAY, why=why
    )
    assert plan(DAY + timedelta(days)).enrolled == int(again)


def test_a_refusal_silences_every_playbook_for_its_days(cast):
    zhang = cast.absent("K001")
    Enrolment.objects.create(
        customer=zhang, playbook="late_visit", version=1, signal="late_visit", started_on=DAY, ended_on=DAY, why="refused",
        alone_until=DAY + timedelta(90),
    )  # fmt: skip
    assert plan(DAY + timedelta(90)).left_alone == 1
    assert plan(DAY + timedelta(91)).enrolled == 1


def test_a_customer_called_today_is_not_called_again_for_another_reason(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    Enrolment.objects.create(customer=zhang, playbook="late_visit", version=1, signal="x", started_on=DAY, ended_on=DAY, why="done")
    cast.signal(zhang)
    assert plan(DAY).enrolled == 0
    assert plan(DAY + timedelta(1)).enrolled == 1


def test_time_runs_out_only_for_those_who_were_contacted(cast):
    called, never = cast.absent("K001"), cast.absent("K002")
    plan(DAY)
    enrolment = Enrolment.objects.get(customer=called)
    Task.objects.create(
        customer=called, assignee=cast.siyuan, enrolment=enrolment, playbook="overdue_visit", signal="overdue_visit", channel="phone",
        minutes=5, created_for=DAY, due_on=DAY, state="done", outcome="not_reached", done_on=DAY, done_at=timezone.now(),
    )  # fmt: skip
    assert plan(DAY + timedelta(45)).stopped == 0
    assert plan(DAY + timedelta(46)).stopped == 1
    assert Enrolment.objects.get(customer=called).why == "timeout"
    assert Enrolment.objects.get(customer=never).ended_on is None


def test_a_supervisors_choice_of_person_stays(cast):
    zhang = cast.absent("K001")
    plan(DAY)
    Task.objects.update(assignee=cast.linqian, assigned_by=cast.hejing)
    Signal.objects.update(slots={"recency_days": 213, "cycle_days": 74.0})
    plan(DAY + timedelta(1))
    assert task_of(zhang).assignee == cast.linqian
    type(zhang).objects.update(unit=cast.other)  # whom she may not see any more
    plan(DAY + timedelta(1))
    assert (task_of(zhang).assignee, task_of(zhang).assigned_by) == (cast.siyuan, None)


def test_a_signal_of_another_pack_is_not_acted_on(cast):
    zhang = cast.customer("K001")
    cast.signal(zhang, "no_such_signal", 3, x=1)
    assert plan(DAY).enrolled == 0


def test_a_signal_of_a_later_day_waits(cast):
    cast.absent("K001")
    assert plan(date(2026, 11, 19)).enrolled == 0


def test_only_the_customers_asked_for(cast):
    zhang, wang = cast.absent("K001"), cast.absent("K002")
    assert plan(DAY, [wang.pk]).enrolled == 1
    assert [task.customer for task in Task.objects.all()] == [wang]
    assert plan(DAY).enrolled == 1
    assert task_of(zhang).customer == zhang


def test_as_many_queries_for_fifty_as_for_five(cast):
    counts = []
    cast.absent("N0")
    plan(DAY)  # somebody is in a playbook already: whether it has succeeded is asked too
    for many in (5, 50):
        for at in range(many):
            cast.absent(f"N{many}-{at}")
        with CaptureQueriesContext(connection) as first:
            plan(DAY)
        Signal.objects.update(slots={"recency_days": many, "cycle_days": 74.0})
        with CaptureQueriesContext(connection) as second:
            plan(DAY)
        # SQLite takes rows in batches of a thousand values: those inserts are one statement each, however few.
        counts.append([sum(not query["sql"].startswith("INSERT") for query in seen) for seen in (first, second)])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 38
