"""Two people at one complaint: one number each, one close, one approval, and no door left ajar."""

from datetime import timedelta

import pytest

from liuke.audit.actions import verify
from liuke.complaints import agreeing, classifying, closing, handling, minutely
from liuke.complaints.models import Agreement, Complaint, ComplaintNeed, Escalation
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.promises.models import Promise
from liuke.work import promising
from tests.complaints.conftest import classified, enter, tick
from tests.threads import at_once
from tests.work.cast import company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def noon():
    """Threads have a clock of their own."""


def codes(results):
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)], results
    return sorted(each.code for each in results if isinstance(each, Refused))


@pytest.fixture
def cast():
    return company()


@pytest.fixture
def xu(cast):
    return cast.customer("K000001", "徐国华")


def ready(cast, xu, asked_by=None, **fields):
    """Everything is there but closing."""
    row = enter(cast, xu, **fields)
    tick(cast.linqian, row, "accept", "clarify")
    classified(cast.linqian, row)
    one = agreeing.propose(cast.linqian, row.pk, "换阀体", row.received_at.date() + timedelta(2))
    agreeing.agree(cast.linqian, one.pk)
    tick(cast.linqian, row, "resolve")
    closing.tell_solution(cast.linqian, row.pk)
    promising.settle(cast.linqian, Promise.objects.get().pk, True)
    tick(cast.linqian, row, "follow_up")
    closing.call_back(asked_by or cast.linqian, row.pk, True, words="问过了", wished=True)
    for need in ComplaintNeed.objects.filter(complaint=row):
        classifying.judge_need(cast.linqian, need.pk, True)
    return closing.decide_cause(cast.linqian, row.pk, root_cause="阀体", decision="none", why="换代了")


def test_each_has_a_number_of_its_own(cast, xu):
    results = at_once(*[lambda n=n: enter(cast, xu, text=f"第{n}件") for n in range(4)])
    assert codes(results) == []
    assert len({row.number for row in Complaint.objects.all()}) == 4
    assert verify() is None


def test_the_same_form_twice_is_one(cast, xu):
    results = at_once(*[lambda: enter(cast, xu, key="form")] * 3)
    assert set(codes(results)) <= {"complaint.twice"}
    assert Complaint.objects.count() == 1


def test_closed_once(cast, xu):
    row = ready(cast, xu)
    results = at_once(*[lambda: closing.close(cast.linqian, row.pk)] * 3)
    assert codes(results) == ["complaint.closed"] * 2


@pytest.mark.parametrize("turn", range(3))
def test_never_closed_with_something_open(cast, xu, turn):
    row, promise = ready(cast, xu), Promise.objects.get()
    results = at_once(
        lambda: closing.close(cast.linqian, row.pk),
        [
            lambda: promising.reopen(cast.linqian, promise.pk),
            lambda: handling.add_step(cast.linqian, row.pk, "follow_up", "寄旧件"),
            lambda: classifying.add_need(cast.linqian, row.pk, "emotional", "vent"),
        ][turn],
    )
    assert len(codes(results)) == 1
    row.refresh_from_db()
    assert (row.closed_at is None) == bool(closing.lacking(row))


def test_two_have_looked_or_it_is_open(cast, xu):
    """The call-back that somebody else made is taken back while who told the solution closes on the strength of it."""
    row, others = ready(cast, xu, cast.hejing, severity="severe"), cast.hejing
    results = at_once(lambda: closing.close(cast.linqian, row.pk), lambda: closing.undo_call_back(others, row.pk))
    assert len(codes(results)) == 1
    row.refresh_from_db()
    assert (row.closed_at is None) == (row.satisfied is None)


def test_one_word_on_one_sum(cast, xu):
    row = enter(cast, xu)
    tick(cast.linqian, row, "accept")
    one = agreeing.propose(cast.linqian, row.pk, "赔工时费", row.received_at.date() + timedelta(1), amount_cents=131_000)
    results = at_once(lambda: agreeing.decide(cast.hejing, one.pk, True), lambda: agreeing.decide(cast.guoping, one.pk, False))
    assert codes(results) == ["complaint.decided_already"]
    results = at_once(
        *[
            lambda n=n: agreeing.propose(cast.linqian, row.pk, f"送{n}", row.received_at.date() + timedelta(1), amount_cents=40_000)
            for n in range(2)
        ]
    )
    assert codes(results) == []
    assert Agreement.objects.filter(approval="waiting").count() >= 1


def test_two_workers_tell_once(cast, xu):
    row = enter(cast, xu)
    results = at_once(*[lambda: minutely.run(row.answer_due + timedelta(days=30))] * 2)
    assert codes(results) == []
    assert sum(each.told for each in results) == Escalation.objects.count() == 4
    assert Notice.objects.filter(key="complaint.late").count() == 4
