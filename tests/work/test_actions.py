from datetime import timedelta

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.customers.models import Event
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment
from liuke.work.actions import finish, plan, reassign, undo
from liuke.work.making import Wanted, make
from liuke.work.models import Enrolment, Result, Task
from tests.trials.rounds import a_trial
from tests.work.cast import DAY, NOON


def rows(model):
    return {row["id"]: row for row in model.objects.order_by("pk").values()}


@pytest.fixture
def task(cast) -> Task:
    cast.absent("K001", 500_000)
    plan(DAY)
    return Task.objects.get()


def following(task) -> Task:
    return Task.objects.open().get(customer=task.customer_id, kind="playbook")


def test_nobody_answered_tomorrow_again(cast, task):
    result = finish(cast.siyuan, task.pk, "not_reached", note="响了很久", now=NOON)
    task.refresh_from_db()
    assert (task.state, task.outcome, task.done_on, task.done_at, task.done_by) == ("done", "not_reached", DAY, NOON, cast.siyuan)
    again = following(task)
    assert again == result.next_task
    assert (again.due_on, again.attempt, again.step, again.asked, again.snoozed_until) == (DAY + timedelta(1), 2, 0, False, None)
    contact = Interaction.objects.get()
    assert (contact.way, contact.outcome, contact.summary, contact.two_way, contact.by) == (
        "phone",
        "not_reached",
        "响了很久",
        False,
        cast.siyuan,
    )
    assert Enrolment.objects.get().ended_on is None


def test_reached_starts_the_next_step_on_its_day(cast, task):
    finish(cast.siyuan, task.pk, "reached", now=NOON)
    step = following(task)
    assert (step.step, step.channel, step.minutes, step.due_on) == (1, "wechat", 4, DAY + timedelta(3))
    assert step.value_per_minute_cents == 12_500  # 5,000 yuan × 10 % ÷ 4 minutes


def test_a_choice_makes_the_promise_a_task_of_its_own(cast, task):
    result = finish(cast.siyuan, task.pk, "reached", follow_up="wants_quote", note="要三家的价", now=NOON)
    promise = result.promise_task
    assert (promise.kind, promise.must, promise.due_on, promise.assignee, promise.follow_up, promise.minutes) == (
        "promise", True, DAY + timedelta(2), cast.siyuan, "wants_quote", 5,
    )  # fmt: skip
    assert (following(task).due_on, following(task).step) == (DAY + timedelta(3), 0)


def test_a_choice_that_ends_it_records_its_fact(cast, task):
    finish(cast.siyuan, task.pk, "reached", follow_up="bought_elsewhere", now=NOON)
    event = Event.objects.get()
    assert (event.kind, event.on, event.by) == ("bought_elsewhere", DAY, cast.siyuan)
    assert not Task.objects.open().exists()
    assert (Enrolment.objects.get().why, Enrolment.objects.get().ended_on) == ("done", DAY)


def test_refused_is_left_alone_for_the_packs_days(cast, task):
    finish(cast.siyuan, task.pk, "refused", now=NOON)
    enrolment = Enrolment.objects.get()
    assert (enrolment.why, enrolment.alone_until) == ("refused", DAY + timedelta(90))
    assert plan(DAY + timedelta(5)).left_alone == 1
    assert not Task.objects.open().exists()


def test_a_deal_ends_it(cast, task):
    finish(cast.siyuan, task.pk, "deal", now=NOON)
    assert Enrolment.objects.get().why == "deal"
    assert not Task.objects.open().exists()


@pytest.mark.parametrize(("days", "wait"), [(None, 7), (3, 3)])
def test_another_day_is_the_customers_wish(cast, task, days, wait):
    finish(cast.siyuan, task.pk, "later", days=days, now=NOON)
    later = following(task)
    assert (later.due_on, later.snoozed_until, later.asked) == (DAY + timedelta(wait), DAY + timedelta(wait), True)


def test_a_promise_is_kept_or_tried_again(cast, task):
    promise = finish(cast.siyuan, task.pk, "reached", follow_up="booked", now=NOON).promise_task
    missed = finish(cast.siyuan, promise.pk, "not_reached", now=NOON)
    assert (missed.next_task.kind, missed.next_task.due_on, missed.next_task.must) == ("promise", DAY + timedelta(1), True)
    kept = finish(cast.siyuan, missed.next_task.pk, "reached", now=NOON)
    assert kept.next_task is None
    assert not Task.objects.open().exists()
    assert [contact.asked for contact in Interaction.objects.order_by("pk")] == [False, True, True]


CASES = [
    ("not_reached", ""), ("reached", ""), ("reached", "wants_quote"), ("reached", "bought_elsewhere"), ("refused", ""), ("deal", ""),
    ("later", ""),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "follow_up"), CASES)
def test_undo_puts_every_row_back(cast, task, outcome, follow_up):
    tasks, enrolments, events = rows(Task), rows(Enrolment), rows(Event)
    result = finish(cast.siyuan, task.pk, outcome, follow_up=follow_up, note="一句", now=NOON)
    assert rows(Task) != tasks
    assert undo(cast.siyuan, result.pk) == task
    assert {pk: row for pk, row in rows(Task).items() if pk in tasks} == tasks
    assert all(row["state"] == "stopped" and row["stopped_why"] == "undone" for pk, row in rows(Task).items() if pk not in tasks)
    assert (rows(Enrolment), rows(Event)) == (enrolments, events)
    result.refresh_from_db()
    assert (result.undone_by, result.note) == (cast.siyuan, "一句")
    assert Interaction.objects.get().undone_at is not None
    assert list(AuditEntry.objects.filter(verb__startswith="today.").order_by("seq").values_list("verb", flat=True)) == [
        "today.plan", "today.outcome", "today.undo",
    ]  # fmt: skip
    second = finish(cast.siyuan, task.pk, "deal", now=NOON)  # and it can be done again
    assert Result.objects.count() == 2 and second.undone_at is None


def test_undo_refuses_twice(cast, task):
    result = finish(cast.siyuan, task.pk, "not_reached", now=NOON)
    undo(cast.siyuan, result.pk)
    before = rows(Task), rows(Enrolment), rows(Result), AuditEntry.objects.count()
    with pytest.raises(Refused) as refused:
        undo(cast.siyuan, result.pk)
    assert refused.value.code == "today.undone"
    assert (rows(Task), rows(Enrolment), rows(Result), AuditEntry.objects.count()) == before


def test_undo_refuses_when_the_next_step_was_done(cast, task):
    result = finish(cast.siyuan, task.pk, "not_reached", now=NOON)
    finish(cast.siyuan, following(task).pk, "reached", now=NOON)
    before = rows(Task), rows(Result), rows(Interaction)
    with pytest.raises(Refused) as refused:
        undo(cast.siyuan, result.pk)
    assert refused.value.code == "today.gone_on"
    assert (rows(Task), rows(Result), rows(Interaction)) == before


def test_undo_refuses_when_a_new_task_was_planned(cast, task):
    result = finish(cast.siyuan, task.pk, "deal", now=NOON)
    cast.signal(task.customer, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 0})
    plan(DAY)
    before = rows(Task), rows(Result), rows(Enrolment)
    with pytest.raises(Refused) as refused:
        undo(cast.siyuan, result.pk)
    assert refused.value.code == "today.newer"
    assert (rows(Task), rows(Result), rows(Enrolment)) == before


def test_nobody_undoes_for_another(cast, task):
    result = finish(cast.siyuan, task.pk, "deal", now=NOON)
    with pytest.raises(Result.DoesNotExist):
        undo(cast.hejing, result.pk)
    result.refresh_from_db()
    assert result.undone_at is None


def test_two_tabs_close_it_once(cast, task):
    finish(cast.siyuan, task.pk, "not_reached", now=NOON)
    before = rows(Task), rows(Result), rows(Interaction), AuditEntry.objects.count()
    with pytest.raises(Refused) as refused:
        finish(cast.siyuan, task.pk, "deal", now=NOON)
    assert refused.value.code == "today.taken"
    assert (rows(Task), rows(Result), rows(Interaction), AuditEntry.objects.count()) == before


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"outcome": "maybe"}, "today.outcome"),
        ({"outcome": "reached", "follow_up": "no_such"}, "today.follow_up"),
        ({"outcome": "deal", "follow_up": "booked"}, "today.follow_up"),
        ({"outcome": "later", "days": 0}, "today.days"),
        ({"outcome": "later", "days": 400}, "today.days"),
    ],
)
def test_what_is_not_offered_is_refused(cast, task, asked, code):
    before = rows(Task), rows(Enrolment)
    with pytest.raises(Refused) as refused:
        finish(cast.siyuan, task.pk, now=NOON, **asked)
    assert refused.value.code == code
    assert (rows(Task), rows(Enrolment)) == before
    assert not Result.objects.exists() and not Interaction.objects.exists()


def test_anothers_task_is_not_there(cast, task):
    before = rows(Task)
    for person in (cast.xiaomei, cast.linqian):
        with pytest.raises(Task.DoesNotExist):
            finish(person, task.pk, "deal", now=NOON)
    with pytest.raises(Refused):  # the analyst may look, not work
        finish(cast.wentao, task.pk, "deal", now=NOON)
    assert rows(Task) == before and not Interaction.objects.exists()


def test_the_supervisor_may_do_it_for_the_rep(cast, task):
    result = finish(cast.hejing, task.pk, "reached", now=NOON)
    assert result.by == cast.hejing
    assert following(task).assignee == cast.siyuan


def test_a_contact_counts_from_now_when_no_time_is_given(cast, task):
    result = finish(cast.siyuan, task.pk, "reached")
    assert abs((timezone.now() - result.at).total_seconds()) < 60


# ── reassigning ──


def test_the_supervisor_gives_a_task_to_somebody_who_sees_the_customer(cast, task):
    assert reassign(cast.hejing, [task.pk], cast.linqian.pk) == 1
    task.refresh_from_db()
    assert (task.assignee, task.assigned_by) == (cast.linqian, cast.hejing)
    assert AuditEntry.objects.get(verb="today.reassign").detail == {"task": task.pk, "old": cast.siyuan.pk, "new": cast.linqian.pk}
    assert reassign(cast.hejing, [task.pk], cast.linqian.pk) == 0


@pytest.mark.parametrize(
    ("who", "to", "code"),
    [
        ("hejing", "xiaomei", "today.unseen"),
        ("hejing", "guoping", "today.colleague"),
        ("guoping", "wentao", "permission"),
        ("siyuan", "linqian", "permission"),
        ("wentao", "linqian", "permission"),
    ],
)
def test_reassigning_refuses(cast, task, who, to, code):
    before = rows(Task)
    with pytest.raises(Refused) as refused:
        reassign(getattr(cast, who), [task.pk], getattr(cast, to).pk)
    assert refused.value.code == code
    assert rows(Task) == before


def test_an_outcome_stays_once_he_is_left_alone_in_the_same_playbook(cast, task):
    result = finish(cast.siyuan, task.pk, "refused", now=NOON)
    Enrolment.objects.create(
        customer=task.customer, playbook=task.playbook, version=1, signal="overdue_visit", started_on=DAY,
        assignment=Assignment.objects.create(trial=a_trial(), customer=task.customer, stratum="A", arm=Arm.ALONE, on=DAY),
    )  # fmt: skip
    before = {model: rows(model) for model in (Task, Enrolment, Result, Interaction)}
    with pytest.raises(Refused) as problem:
        undo(cast.siyuan, result.pk)
    assert problem.value.code == "today.newer"
    assert {model: rows(model) for model in before} == before


def test_an_outcome_stays_once_the_same_thing_has_a_newer_task(cast):
    lu = cast.customer("K9", "陆明")
    wanted = Wanted("next", lu.pk, DAY, "phone", 5, about="visits.meeting", about_id=7, assignee=cast.siyuan.pk, asked=True)
    (first,) = make([wanted], cast.siyuan.pk, DAY)
    result = finish(cast.siyuan, first.pk, "refused", now=NOON)
    make([wanted], cast.siyuan.pk, DAY)
    before = {model: rows(model) for model in (Task, Result, Interaction)}
    with pytest.raises(Refused) as problem:
        undo(cast.siyuan, result.pk)
    assert problem.value.code == "today.newer"
    assert {model: rows(model) for model in before} == before
