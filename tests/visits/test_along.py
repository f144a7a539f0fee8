"""One who is visited these days is not called as well: what comes of the visit is what came of the call. A visit counts as a contact."""

from datetime import time, timedelta

import pytest
import time_machine

from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.standing.models import Signal
from liuke.visits import changing, going, planning
from liuke.visits.models import Visit
from liuke.work import actions as work
from liuke.work.detail import detail
from liuke.work.models import Enrolment, Result, Task
from liuke.work.queries import today
from tests.visits.world import NEXT, NOON, TODAY, met


def refused(call, *args, **fields) -> Refused:
    with pytest.raises(Refused) as problem:
        call(*args, **fields)
    return problem.value


@pytest.fixture
def zhang(town) -> Customer:
    """张书远, of whom a playbook wants a call today."""
    made = town.customer("张书远", 700_000, address="杭州市滨江区滨盛路 8 号")
    slots = {"recency_days": 212, "cycle_days": 74.0}
    Signal.objects.create(customer=made, key="overdue_visit", family="churn", severity=3, slots=slots, started_on=TODAY)
    work.plan(TODAY)
    return made


def visit_on(town, customer, on, **fields) -> Visit:
    visit = changing.add(town.cast.chen, town.cast.chen.pk, customer.pk, on, **fields)
    if visit.state == "draft":
        planning.confirm(town.cast.chen, visit.plan_id)
    return visit


def call() -> Task:
    return Task.objects.filter(kind="playbook").latest("pk")


def listed(town, on=TODAY):
    made = today(town.cast.chen, on)
    return [item.task.kind for item in (*made.must, *made.chosen)], {part.why: part.count for part in made.left}


# ── on the list ──────────────────────────────────────────────────────────────


def test_a_visit_planned_without_an_hour_is_never_cut_from_its_day(town, zhang):
    town.cast.chen.minutes_per_day = 5  # no room for anything
    visit_on(town, zhang, TODAY)
    assert listed(town) == (["visit"], {"visit": 1})


def test_who_is_visited_these_days_is_not_called_as_well(town, zhang):
    assert listed(town) == (["playbook"], {})
    visit = visit_on(town, zhang, TODAY + timedelta(3))
    assert listed(town) == ([], {"visit": 1})
    changing.leave_out(town.cast.chen, visit.pk)
    assert listed(town) == (["playbook"], {})


def test_what_there_is_to_speak_of_stands_with_the_visit(town, zhang):
    visit_on(town, zhang, TODAY)
    item = today(town.cast.chen, TODAY).must[0]
    assert item.reason == detail(town.cast.chen, item.task.pk, TODAY).item.reason
    assert item.reason.startswith("A级客户，**30天**去一次，还没去过；") and "**212天**没来" in item.reason


def test_a_visit_far_off_or_long_not_made_holds_no_call_back(town, zhang):
    visit_on(town, zhang, TODAY + timedelta(4))
    assert listed(town)[0] == ["playbook"]
    Task.objects.filter(kind="visit").update(due_on=TODAY - timedelta(4))
    assert listed(town)[0] == ["visit", "playbook"]
    Task.objects.filter(kind="visit").update(due_on=TODAY - timedelta(3))
    assert listed(town) == (["visit"], {"visit": 1})


@pytest.mark.parametrize("fields", [{"must": True}, {"asked": True}], ids=["must", "asked"])
def test_what_must_not_wait_and_what_he_asked_for_is_called_all_the_same(town, zhang, fields):
    Task.objects.update(**fields)
    visit = visit_on(town, zhang, TODAY)
    assert sorted(listed(town)[0]) == ["playbook", "visit"]
    going.finish(town.cast.chen, visit.pk, "reached", "谈了保养")
    assert call().state == "open"


# ── what comes of it ─────────────────────────────────────────────────────────


def test_the_visit_is_the_playbooks_contact_and_the_next_step_follows(town, zhang):
    visit, first = visit_on(town, zhang, TODAY), call()
    result = going.finish(town.cast.chen, visit.pk, "reached", "谈了保养")
    first.refresh_from_db()
    assert (first.state, first.outcome, first.done_by, first.done_on) == ("done", "reached", town.cast.chen, TODAY)
    assert Interaction.objects.count() == 1
    own = Result.objects.get(task=first)
    assert (own.along, own.interaction, own.next_task.step) == (result, result.interaction, 1)
    assert own.next_task.due_on > TODAY
    problem = refused(work.undo, town.cast.chen, own.pk)
    assert (problem.code, Result.objects.get(pk=own.pk).undone_at) == ("today.along", None)
    work.undo(town.cast.chen, result.pk)
    first.refresh_from_db()
    assert (first.state, first.outcome, first.done_on) == ("open", "", None)
    assert Task.objects.get(pk=own.next_task_id).state == "stopped"
    assert Result.objects.filter(undone_at=None).count() == 0
    again = going.finish(town.cast.chen, visit.pk, "refused", "说不用了")
    enrolment = Enrolment.objects.get()
    assert (enrolment.why, Result.objects.get(along=again).ended_enrolment) == ("refused", True)
    work.undo(town.cast.chen, again.pk)
    enrolment.refresh_from_db()
    first.refresh_from_db()
    assert (enrolment.ended_on, first.state) == (None, "open")


def test_the_visit_is_not_taken_back_once_the_playbooks_next_step_is_done(town, zhang):
    visit = visit_on(town, zhang, TODAY)
    result = going.finish(town.cast.chen, visit.pk, "reached", "谈了保养")
    work.finish(town.cast.chen, call().pk, "not_reached")
    assert refused(work.undo, town.cast.chen, result.pk).code == "today.gone_on"
    visit.refresh_from_db()
    assert (visit.state, Interaction.objects.filter(undone_at=None).count()) == ("done", 2)
    assert Result.objects.filter(undone_at=None).count() == 3


def test_nobody_in_is_no_contact_of_the_playbook(town, zhang):
    visit, first = visit_on(town, zhang, TODAY), call()
    going.finish(town.cast.chen, visit.pk, "not_reached")
    first.refresh_from_db()
    assert (first.state, first.attempt) == ("open", 1)
    assert listed(town) == ([], {"visit": 1})  # it waits for the next try, tomorrow


def test_put_off_by_the_customer_the_call_waits_for_the_day_he_named(town, zhang):
    visit = visit_on(town, zhang, TODAY)
    going.finish(town.cast.chen, visit.pk, "later", days=7)
    waits = call()
    assert (waits.due_on, waits.asked, waits.step, waits.state) == (TODAY + timedelta(7), False, 0, "open")
    assert listed(town) == ([], {"later": 1})  # the visit
    with time_machine.travel(NOON + timedelta(7)):
        assert listed(town, TODAY + timedelta(7)) == (["visit"], {"visit": 1})


def test_a_step_that_is_far_off_has_a_day_of_its_own(town, zhang):
    visit = visit_on(town, zhang, TODAY)
    Task.objects.filter(kind="playbook").update(due_on=TODAY + timedelta(4))
    going.finish(town.cast.chen, visit.pk, "reached", "谈了保养")
    assert (call().state, call().step) == ("open", 0)


def test_a_deal_made_on_the_spot_is_the_playbooks(town, zhang):
    visit = visit_on(town, zhang, TODAY)
    going.finish(town.cast.chen, visit.pk, "deal", "续了保险")
    assert (Enrolment.objects.get().why, Task.objects.open().count()) == ("deal", 0)


# ── the budget ───────────────────────────────────────────────────────────────


def test_an_hour_does_not_make_a_visit_asked_for(town):
    full = town.customer("田伟")
    for days in (3, 9):
        met(full, days, way="phone", asked=False)
    changing.add(town.cast.chen, town.cast.chen.pk, full.pk, NEXT, at=time(10))
    done = planning.confirm(town.cast.chen, Visit.objects.get().plan_id)
    assert (done.count, [visit.dropped_why for visit in done.dropped]) == (0, ["budget"])
    assert not Task.objects.exists()


def test_a_planned_visit_holds_its_place_and_counts_when_it_is_made(town, zhang):
    met(zhang, 3, way="phone", asked=False)
    Task.objects.update(state="stopped")
    visit = visit_on(town, zhang, TODAY + timedelta(10), at=time(10))
    Task.objects.filter(kind="playbook").update(state="open")
    assert listed(town) == ([], {"contacted": 1})  # one made, one planned: the call would be the third
    problem = refused(work.finish, town.cast.chen, call().pk, "reached")
    assert (problem.code, Interaction.objects.count(), call().state) == ("today.budget", 1, "open")
    changing.move(town.cast.chen, visit.pk, TODAY, at=time(15))
    going.finish(town.cast.chen, visit.pk, "reached", "谈了保养")
    contact = Interaction.objects.latest("pk")
    assert (contact.way, contact.asked) == ("visit", False)


def test_a_visit_he_asked_for_stays_so_unless_there_is_room(town):
    full = town.customer("田伟")
    visit = visit_on(town, full, NEXT, at=time(10), asked=True)
    for days in (3, 9):
        met(full, days, way="phone", asked=False)
    problem = refused(changing.move, town.cast.chen, visit.pk, NEXT, at=time(11))
    assert problem.code == "visit.budget"
    visit.refresh_from_db()
    assert (visit.at, visit.asked, Task.objects.get().asked) == (time(10), True, True)
    changing.move(town.cast.chen, visit.pk, NEXT, at=time(11), asked=True)
    with time_machine.travel(NOON + timedelta(3)):
        going.finish(town.cast.chen, visit.pk, "not_reached")
    assert Task.objects.open().get().asked is True


def test_a_day_set_with_the_result_goes_back_with_it(town, zhang):
    Customer.objects.filter(pk=zhang.pk).update(next_contact_on=TODAY - timedelta(1), next_contact_by=town.cast.lin)
    visit = visit_on(town, zhang, TODAY)
    result = going.finish(town.cast.chen, visit.pk, "reached", "谈了保养", next_on=TODAY + timedelta(20))
    zhang.refresh_from_db()
    assert (zhang.next_contact_on, zhang.next_contact_by) == (TODAY + timedelta(20), town.cast.chen)
    work.undo(town.cast.chen, result.pk)
    zhang.refresh_from_db()
    assert (zhang.next_contact_on, zhang.next_contact_by) == (TODAY - timedelta(1), town.cast.lin)


# ── tried, but not without end ───────────────────────────────────────────────


def test_a_door_that_stays_shut_is_tried_three_times(town, zhang):
    visit_on(town, zhang, TODAY)
    for ahead in range(3):
        with time_machine.travel(NOON + timedelta(ahead)):
            going.finish(town.cast.chen, Visit.objects.latest("pk").pk, "not_reached")
    assert [row.state for row in Visit.objects.order_by("pk")] == ["done"] * 3
    assert not Task.objects.open().filter(kind="visit").exists()
    with time_machine.travel(NOON + timedelta(2)):
        assert listed(town, TODAY + timedelta(2))[0] == ["playbook"]  # now he is called


def test_moving_into_a_week_in_which_a_colleague_has_him_is_refused(town, zhang):
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    changing.add(town.cast.lin, town.cast.lin.pk, zhang.pk, NEXT + timedelta(2))
    problem = refused(changing.move, town.cast.chen, visit.pk, NEXT)
    assert (problem.code, str(problem)) == ("visit.taken", "这一周林倩已经排了拜访这位客户。")
    visit.refresh_from_db()
    assert (visit.on, visit.plan.user, Visit.objects.count()) == (TODAY, town.cast.chen, 2)
