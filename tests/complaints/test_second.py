"""One person alone does not end what is severe, what cost more than he may give, or what was opened again; nothing is done there and then
that is not; nobody is asked before the day without a reason."""

from datetime import timedelta

import pytest

from liuke.complaints import agreeing, classifying, closing, outcomes, second, swapping
from liuke.complaints.models import Agreement, CallBack, CaseNote, Complaint, ComplaintNeed
from liuke.complaints.saying import line
from liuke.notices.models import Notice
from liuke.promises.models import Promise
from liuke.team.models import User
from liuke.work import actions as day
from liuke.work import promising
from liuke.work.models import Task
from tests.complaints.conftest import NOON, classified, enter, tick, told
from tests.complaints.test_way import refuse

TODAY = NOON.date()


def ended(cast, row, by=None, **call):
    """All that closing asks for but another pair of eyes; asked by who told it, unless said otherwise."""
    for promise in Promise.objects.open():
        promising.settle(cast.linqian, promise.pk, True)
    tick(cast.linqian, row, "follow_up")
    closing.call_back(by or cast.linqian, row.pk, True, words="不响了", **call)
    for need in ComplaintNeed.objects.filter(complaint=row):
        classifying.judge_need(cast.linqian, need.pk, True)
    return closing.decide_cause(cast.linqian, row.pk, root_cause="阀体", decision="none", why="件已换代")


def approved(cast, row):
    tick(cast.linqian, row, "accept", "clarify")
    classified(cast.linqian, row)
    one = agreeing.propose(cast.linqian, row.pk, "赔工时费", TODAY, amount_cents=131_000)
    agreeing.decide(cast.hejing, one.pk, True)
    agreeing.agree(cast.linqian, one.pk)
    tick(cast.linqian, row, "resolve")
    return closing.tell_solution(cast.linqian, row.pk)


def opened_again(cast, row):
    row = closing.call_back(cast.linqian, told(cast, row).pk, False, words="又响了")
    agreeing.agree(cast.linqian, agreeing.propose(cast.linqian, row.pk, "换变速箱", TODAY + timedelta(2)).pk)
    tick(cast.linqian, row, "resolve")
    return closing.tell_solution(cast.linqian, row.pk)


WAYS = {"severe": lambda cast, xu: told(cast, enter(cast, xu, severity="severe")),
        "approved": lambda cast, xu: approved(cast, enter(cast, xu)),
        "again": lambda cast, xu: opened_again(cast, enter(cast, xu))}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_who_told_it_does_not_ask_and_close_alone(cast, xu, way):
    row = ended(cast, WAYS[way](cast, xu), wished=True)
    assert Notice.objects.unread().get(key="complaint.confirm").user == cast.hejing
    assert [each.code for each in closing.lacking(row, cast.linqian)] == ["second"] and closing.lacking(row, cast.hejing) == []
    refuse("complaint.second_look", lambda: closing.close(cast.linqian, row.pk))
    Complaint.objects.filter(pk=row.pk).update(second=cast.siyuan)
    refuse("complaint.second_look", lambda: closing.close(cast.siyuan, row.pk))  # a salesperson is not of the desk
    assert closing.close(cast.hejing, row.pk).closed_by == cast.hejing
    assert not Notice.objects.unread().filter(key="complaint.confirm").exists()


@pytest.mark.parametrize("who", ["supervisor", "desk"])
def test_asked_by_another_who_told_it_may_close(cast, xu, who):
    other = cast.hejing if who == "supervisor" else User.objects.create(username="sunli", name="孙丽", role="agent", unit=cast.store)
    row = ended(cast, told(cast, enter(cast, xu, severity="severe")), other, wished=True)
    assert not Notice.objects.filter(key="complaint.confirm").exists()
    assert closing.close(cast.linqian, row.pk).closed_by == cast.linqian


def test_handing_it_over_makes_nobody_another(cast, xu):
    """What counts is who owned it, and who spoke, when the solution was told."""
    row = told(cast, enter(cast, xu, severity="severe"))
    swapping.swap_person(cast.linqian, row.pk, cast.hejing.pk)
    row = ended(cast, row, wished=True)
    refuse("complaint.second_look", lambda: closing.close(cast.linqian, row.pk))
    assert closing.close(cast.hejing, row.pk).closed_at == NOON


def test_whose_it_was_is_no_other_where_a_colleague_told_it(cast, xu):
    row = told(cast, enter(cast, xu, severity="severe"))
    Complaint.objects.update(told_by=cast.hejing)
    ended(cast, row, wished=True)
    refuse("complaint.second_look", lambda: closing.close(cast.linqian, row.pk))


def test_a_manager_who_told_it_is_no_other_while_there_are_others(cast, xu):
    row = told(cast, enter(cast, xu, severity="severe"))
    Complaint.objects.update(told_by=cast.guoping)
    CallBack.objects.update(owner=cast.guoping)
    ended(cast, row, cast.guoping, wished=True)
    refuse("complaint.second_look", lambda: closing.close(cast.guoping, row.pk))


def test_where_there_is_nobody_else_only_the_managers_own_eyes_are_enough(cast, xu):
    row = ended(cast, told(cast, enter(cast, xu, severity="severe")), wished=True)
    User.objects.filter(pk__in=(cast.hejing.pk, cast.guoping.pk)).update(is_active=False)
    refuse("complaint.second_nobody", lambda: closing.close(cast.linqian, row.pk))
    CallBack.objects.update(owner=cast.guoping)
    Complaint.objects.update(told_by=cast.guoping)
    User.objects.filter(pk=cast.linqian.pk).update(is_active=False)
    assert second.seen_twice(Complaint.objects.get(), cast.guoping)


def test_an_ordinary_one_one_person_ends(cast, xu):
    row = ended(cast, told(cast, enter(cast, xu), amount_cents=40_000))
    assert closing.close(cast.linqian, row.pk).closed_by == cast.linqian


# ── before its day ──


def test_before_the_day_a_severe_one_is_asked_only_where_he_wished_it(cast, xu, noon):
    row = told(cast, enter(cast, xu, severity="severe"))
    refuse("complaint.back_early", lambda: closing.call_back(cast.hejing, row.pk, True, wished=True))
    refuse("complaint.back_wish", lambda: closing.call_back(cast.hejing, row.pk, True, words="问过了"))
    assert closing.call_back(cast.hejing, row.pk, True, words="他出差，让今天打", wished=True).satisfied
    last = CaseNote.objects.latest("pk")
    assert line(last, {}, TODAY) == "客户自己要提前回访，满意：他出差，让今天打"
    closing.undo_call_back(cast.hejing, row.pk)
    noon.shift(timedelta(days=3))
    assert closing.call_back(cast.hejing, row.pk, True).satisfied and CallBack.objects.get().wished is False


def test_that_he_is_not_content_is_heard_at_any_time(cast, xu):
    row = told(cast, enter(cast, xu, severity="severe"))
    assert closing.call_back(cast.linqian, row.pk, False, words="又响了").turn == 1


def test_putting_it_off_never_brings_it_forward(cast, xu):
    told(cast, enter(cast, xu))
    due = CallBack.objects.get().due_on
    task = Task.objects.open().get(about="complaints.callback")
    result = day.finish(cast.linqian, task.pk, "later", days=1)
    assert (result.next_task.due_on < due, CallBack.objects.get().due_on) == (True, due)
    day.undo(cast.linqian, result.pk)
    assert CallBack.objects.get().due_on == due == outcomes.planned_on(NOON)


# ── there and then ──


def offer(cast, row, cents=0, days=0, text="送洗车", actor=None):
    return agreeing.propose(actor or cast.linqian, row.pk, text, TODAY + timedelta(days), amount_cents=cents)


def test_done_there_and_then_is_dated_today_and_within_the_limit(cast, xu):
    row = enter(cast, xu)
    tick(cast.linqian, row, "accept")
    later = offer(cast, row, days=1)
    refuse("complaint.spot_day", lambda: agreeing.agree(cast.linqian, later.pk, done=True))
    agreeing.withdraw(cast.linqian, later.pk)
    agreeing.agree(cast.linqian, offer(cast, row, 30_000).pk, done=True)
    more = agreeing.decide(cast.hejing, offer(cast, row, 30_000, text="送保养").pk, True)
    refuse("complaint.spot_limit", lambda: agreeing.agree(cast.linqian, more.pk, done=True))  # with what he gave already
    large = offer(cast, row, 200_000, text="赔代步车", actor=cast.hejing)
    refuse("complaint.spot_limit", lambda: agreeing.agree(cast.linqian, large.pk, done=True))  # his limit, not who put it forward
    agreeing.agree(cast.linqian, offer(cast, row, text="当面道歉").pk, done=True)  # costs nothing
    assert agreeing.agree(cast.linqian, more.pk).promise is not None


def test_what_waits_is_taken_back_and_asks_nobody_any_more(cast, xu):
    row = enter(cast, xu)
    tick(cast.linqian, row, "accept")
    first, more = offer(cast, row, 40_000), offer(cast, row, 40_000, text="送保养")
    assert more.approval == "waiting"
    assert agreeing.withdraw(cast.linqian, more.pk).state == "withdrawn"
    assert not Notice.objects.unread().filter(key="complaint.approve").exists()
    refuse("complaint.decided_already", lambda: agreeing.decide(cast.hejing, more.pk, True))
    agreeing.withdraw(cast.linqian, first.pk)
    assert agreeing.restore(cast.linqian, more.pk).approval == ""  # alone it is within the limit
    assert Agreement.objects.filter(approval="waiting").count() == 0
