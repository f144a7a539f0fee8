"""Customers left alone on purpose: chosen before any contact, left alone for what they were chosen for, and for nothing else."""

from datetime import timedelta

import pytest

from liuke.customers.models import Customer
from liuke.standing.models import Signal, Standing
from liuke.team.queries import pack
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment, Trial
from liuke.work.actions import finish, plan
from liuke.work.labels import Level
from liuke.work.models import Enrolment, Task
from liuke.work.next_contact import keep
from tests.threads import at_once
from tests.trials.rounds import KEY, a_trial, crowd, later
from tests.work.cast import DAY, Company, company


def absent(cast: Company, many: int, **fields) -> list[Customer]:
    people = crowd(cast, many, **fields)
    for each in people:
        cast.standing(each, 100_000, abc="ABC"[each.pk % 3])
        cast.signal(each)
    return people


def arms() -> dict[int, str]:
    return dict(Assignment.objects.values_list("customer_id", "arm"))


def one_alone(cast: Company) -> Customer:
    """A customer who falls into the group that is left alone: the round has nobody else."""
    trial = a_trial()
    person = cast.absent("K001")
    Assignment.objects.create(trial=trial, customer=person, stratum="A", arm=Arm.ALONE, on=DAY)
    assert plan(DAY).held_out == 1
    return person


def test_a_tenth_is_left_alone_in_every_grade_and_written_down(cast: Company) -> None:
    trial = a_trial()
    absent(cast, 90)
    planned = plan(DAY)
    assert (planned.enrolled, planned.held_out) == (81, 9)
    assert Assignment.objects.filter(trial=trial, on=DAY).count() == 90
    for grade in "ABC":
        assert Assignment.objects.filter(stratum=grade, arm=Arm.ALONE).count() == 3
    alone = Enrolment.objects.filter(assignment__arm=Arm.ALONE)
    assert alone.count() == 9 and not Task.objects.filter(enrolment__in=alone).exists()
    assert not Task.objects.filter(customer__in=alone.values("customer")).exists()
    treated = Enrolment.objects.filter(assignment__arm=Arm.TREATED)
    assert Task.objects.filter(enrolment__in=treated).count() == 81
    for enrolment in Enrolment.objects.select_related("assignment"):
        assert enrolment.assignment is not None and enrolment.assignment.customer_id == enrolment.customer_id


def test_running_twice_and_the_next_day_make_nothing_twice(cast: Company) -> None:
    a_trial()
    absent(cast, 60)
    plan(DAY)
    before, tasks = arms(), Task.objects.count()
    again, tomorrow = plan(DAY), plan(later(1))
    assert (again.enrolled, again.held_out, tomorrow.enrolled, tomorrow.held_out, tomorrow.stopped) == (0, 0, 0, 0, 0)
    assert (arms(), Task.objects.count(), Enrolment.objects.count()) == (before, tasks, 60)


@pytest.mark.django_db(transaction=True)
def test_two_plans_at_once_make_one_assignment_each() -> None:
    cast = company()
    a_trial()
    absent(cast, 40)
    came = at_once(lambda: plan(DAY), lambda: plan(DAY))
    assert [one for one in came if isinstance(one, Exception)] == []
    assert Assignment.objects.count() == 40 == Enrolment.objects.count()
    assert Task.objects.count() == Assignment.objects.filter(arm=Arm.TREATED).count()


def test_no_other_playbook_takes_him_up_for_the_same_day(cast: Company) -> None:
    zhang = one_alone(cast)
    cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 21})  # open that day too: one task would have served both
    assert plan(later(1)).enrolled == 0
    assert not Task.objects.filter(customer=zhang).exists()


def test_a_later_signal_is_another_matter(cast: Company) -> None:
    zhang = one_alone(cast)
    new = cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 21})
    Signal.objects.filter(pk=new.pk).update(started_on=later(5))
    assert plan(later(5)).enrolled == 1
    task = Task.objects.get(customer=zhang)
    assert task.playbook == "insurance_before" and [signal for signal, _ in task.reasons] == ["insurance_30"]
    assert Enrolment.objects.filter(customer=zhang, ended_on=None).count() == 2


def test_a_later_signal_of_the_same_playbook_is_the_same_matter(cast: Company) -> None:
    """Insurance within 60 days, then within 30: one playbook, one group, and nobody else's tasks suffer."""
    trial = a_trial(playbook="insurance_before")
    person = cast.customer("K001")
    cast.standing(person, 500_000)
    first = cast.signal(person, "insurance_60", 2, **{"days_left('insurance')": 50})
    Assignment.objects.create(trial=trial, customer=person, stratum="A", arm=Arm.ALONE, on=DAY)
    assert plan(DAY).held_out == 1
    Signal.objects.filter(pk=first.pk).update(ended_on=later(25))
    second = cast.signal(person, "insurance_30", 2, **{"days_left('insurance')": 25})
    other = cast.absent("K002")
    Signal.objects.filter(pk=second.pk).update(started_on=later(25))
    Signal.objects.filter(customer=other).update(started_on=later(25))
    planned = plan(later(25))
    assert (planned.enrolled, planned.held_out) == (1, 0)
    assert Enrolment.objects.filter(customer=person).count() == 1 and not Task.objects.filter(customer=person).exists()
    assert Task.objects.filter(customer=other).exists()


def test_the_grades_reminder_leaves_him_alone_too(cast: Company) -> None:
    """The treated have their playbook's task in that time: whom nothing reminds of must not be called instead."""
    person = one_alone(cast)
    Customer.objects.filter(pk=person.pk).update(next_contact_on=later(5))
    assert keep(later(5)).reminded == 0 and not Task.objects.filter(customer=person).exists()
    Customer.objects.filter(pk=person.pk).update(next_contact_by=cast.siyuan)
    assert keep(later(5)).reminded == 1, "a day that somebody agreed with him is kept"


@pytest.mark.parametrize("key", ["complaint_open", "satisfaction_fell"])
def test_what_is_never_held_out_goes_on(cast: Company, key: str) -> None:
    """A complaint must not wait; a fallen score is asked after, whoever was left alone for whatever else."""
    zhang = one_alone(cast)
    cast.signal(zhang, key, 3)
    assert plan(later(1)).enrolled == 1
    assert Task.objects.get(customer=zhang).playbook == pack().playbooks_for(key)[0].key
    assert Enrolment.objects.get(customer=zhang, playbook=KEY).ended_on is None


def test_complaints_have_no_groups_at_all(cast: Company) -> None:
    a_trial(playbook="complaint_open")
    people = crowd(cast, 30)
    for each in people:
        cast.standing(each, 1000)
        cast.signal(each, "complaint_open", 3)
    assert (plan(DAY).enrolled, Assignment.objects.count()) == (30, 0)


def test_key_accounts_are_left_out_unless_the_pack_says_so(cast: Company, monkeypatch) -> None:
    a_trial()
    absent(cast, 20, key_account=True)
    assert (plan(DAY).enrolled, Assignment.objects.count()) == (20, 0)
    theirs = pack()
    theirs = theirs.model_copy(update={"hold_out": theirs.hold_out.model_copy(update={"key_accounts": True})})
    monkeypatch.setattr("liuke.work.planning.current_pack", lambda: theirs)
    absent(cast, 30, start=500, key_account=True)  # ten of every grade: one of them
    assert (plan(later(1)).held_out, Assignment.objects.count()) == (3, 30)


def test_his_days_over_he_rests_and_keeps_his_group(cast: Company) -> None:
    zhang = one_alone(cast)
    assert plan(later(60)).stopped == 0
    assert plan(later(61)).stopped == 1
    enrolment = Enrolment.objects.get(customer=zhang)
    assert (enrolment.ended_on, enrolment.why) == (later(61), "timeout")
    rest = pack().playbook(KEY).stop.rest_days
    assert plan(later(62)).enrolled == 0
    planned = plan(later(61 + rest))  # the same round: the same group
    assert (planned.enrolled, planned.held_out) == (0, 1)
    assert Assignment.objects.count() == 1


def test_the_round_over_he_is_looked_at_like_anybody(cast: Company) -> None:
    zhang = one_alone(cast)
    Trial.objects.update(closed_on=later(10), verdict="works")
    assert plan(later(10)).stopped == 1
    assert Enrolment.objects.get(customer=zhang).why == "cancelled"
    assert plan(later(11)).enrolled == 1
    assert Enrolment.objects.get(customer=zhang, ended_on=None).assignment is None


def test_back_by_himself_or_objecting_ends_it(cast: Company) -> None:
    zhang = one_alone(cast)
    Signal.objects.update(ended_on=later(3))
    plan(later(3))
    assert Enrolment.objects.get().why == "signal"
    Signal.objects.all().delete()
    cast.signal(zhang)
    Signal.objects.update(started_on=later(4))
    assert plan(later(4)).held_out == 1
    Customer.objects.update(do_not_contact=True)
    plan(later(5))
    assert Enrolment.objects.order_by("-pk")[0].why == "quiet"


def test_the_treated_keep_their_group_through_everything(cast: Company) -> None:
    trial = a_trial()
    zhang = cast.absent("K001")
    Assignment.objects.create(trial=trial, customer=zhang, stratum="A", arm=Arm.TREATED, on=DAY)
    plan(DAY)
    task = Task.objects.get()
    finish(cast.siyuan, task.pk, "refused")
    enrolment = Enrolment.objects.get()
    assert enrolment.ended_on is not None and enrolment.assignment is not None
    assert Assignment.objects.get().arm == "treated"


def test_as_many_queries_for_fifty_as_for_ten(cast: Company, django_assert_max_num_queries) -> None:
    a_trial()
    absent(cast, 10)
    with django_assert_max_num_queries(44):
        plan(DAY)
    absent(cast, 50, start=100)
    with django_assert_max_num_queries(44):
        plan(later(1))


@pytest.mark.parametrize(
    ("stage", "key", "level"),
    [
        ("C", "regular_customer", Level.BEFORE),
        ("A", "first_deal", Level.BEFORE),
        ("C", "late_visit", Level.FIRST_SIGN),
        ("B", "price_asked_often", Level.FIRST_SIGN),
        ("D", "overdue_visit", Level.LOSS_BEGAN),
        ("E", "told_leaving", Level.BEYOND),
    ],
)
def test_the_level_of_the_save_is_that_of_the_day_it_began(cast: Company, stage: str, key: str, level: str) -> None:
    zhang = cast.customer("K001")
    cast.standing(zhang, 1000, stage=stage, stage_by_rule=stage)
    cast.signal(zhang, key, 2)
    plan(DAY)
    assert Enrolment.objects.get().level == level
    Standing.objects.update(stage="D")
    plan(DAY + timedelta(1))
    assert Enrolment.objects.get().level == level


def test_of_whom_insight_has_said_nothing_there_is_no_level(cast: Company) -> None:
    cast.signal(cast.customer("K001"))
    plan(DAY)
    assert Enrolment.objects.get().level == ""
