"""What may be given: within the limit at once, above it when somebody who may give as much has said yes; nothing before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.work.actions import plan
from liuke.work.models import OfferRequest, Task
from liuke.work.offers import ask, decide, withdraw
from tests.threads import at_once
from tests.work.cast import DAY, company


@pytest.fixture
def task(cast) -> Task:
    cast.absent("K001")
    plan(DAY)
    return Task.objects.get()


def refused(verb, *given, **more) -> str:
    before = list(OfferRequest.objects.values()), AuditEntry.objects.count(), Notice.objects.count()
    with pytest.raises(Refused) as told:
        verb(*given, **more)
    assert (list(OfferRequest.objects.values()), AuditEntry.objects.count(), Notice.objects.count()) == before
    return told.value.code


def test_within_ones_own_limit_it_may_be_given_at_once(cast, task):
    made = ask(cast.siyuan, task.pk, 20_000, "一次免费全车检查")
    assert (made.state, made.decided_by, made.limit_cents, made.customer) == ("agreed", cast.siyuan, 20_000, task.customer)
    entry = AuditEntry.objects.get(verb="offer.give")
    assert entry.detail == {"request": made.pk, "playbook": "overdue_visit", "cents": 20_000}
    assert not Notice.objects.exists()


def test_above_it_the_supervisor_decides_and_the_asker_is_told(cast, task):
    made = ask(cast.siyuan, task.pk, 20_001, "检查加工时八折")
    assert (made.state, made.decided_by) == ("asked", None)
    assert Notice.objects.get().user == cast.hejing
    done = decide(cast.hejing, made.pk, True)
    assert (done.state, done.decided_by) == ("agreed", cast.hejing)
    assert Notice.objects.filter(user=cast.siyuan, key="offer.decided").count() == 1
    assert not Notice.objects.unread().filter(user=cast.hejing).exists()  # nobody is asked any more
    assert refused(decide, cast.guoping, made.pk, False, "太多") == "offer.decided"


def test_what_he_was_given_lately_counts_too_whoever_gave_it_in_whichever_playbook(cast, task):
    ask(cast.siyuan, task.pk, 15_000, "一次免费检查")
    assert ask(cast.siyuan, task.pk, 5_000, "雨刮一对").state == "agreed"
    third = ask(cast.siyuan, task.pk, 1, "再加一点")
    assert (third.state, Notice.objects.get().user) == ("asked", cast.hejing)
    OfferRequest.objects.filter(state="agreed").update(playbook="late_visit", amount_cents=60_000)
    assert refused(decide, cast.hejing, third.pk, True) == "offer.limit"  # with it he would have had more than 1,000 yuan
    OfferRequest.objects.filter(state="agreed").update(at=timezone.now() - timedelta(31))
    assert decide(cast.hejing, third.pk, True).state == "agreed"


def test_above_the_supervisors_only_the_manager(cast, task):
    made = ask(cast.siyuan, task.pk, 100_001, "换一套轮胎")
    assert Notice.objects.get().user == cast.guoping
    assert refused(decide, cast.hejing, made.pk, True) == "offer.limit"
    assert decide(cast.guoping, made.pk, False, "先免费检查，看了再说").reason == "先免费检查，看了再说"
    assert OfferRequest.objects.get().state == "refused"


def test_what_is_refused(cast, task):
    assert refused(ask, cast.siyuan, task.pk, 0, "检查") == "offer.amount"
    assert refused(ask, cast.siyuan, task.pk, 10_000_000_000, "检查") == "offer.amount"
    assert refused(ask, cast.siyuan, task.pk, 100, " ") == "offer.text"
    assert refused(ask, cast.wentao, task.pk, 100, "检查") == "permission"
    with pytest.raises(Task.DoesNotExist):
        ask(cast.xiaomei, task.pk, 100, "检查")
    made = ask(cast.siyuan, task.pk, 30_000, "检查")
    assert refused(ask, cast.siyuan, task.pk, 100, "检查") == "offer.waiting"
    assert refused(decide, cast.hejing, made.pk, False) == "offer.reason"
    assert refused(decide, cast.siyuan, made.pk, True) == "permission"
    mine = withdraw(cast.siyuan, made.pk)
    assert mine.state == "withdrawn"
    assert refused(withdraw, cast.siyuan, made.pk) == "offer.decided"


def test_ones_own_is_not_ones_own_to_decide(cast, task):
    made = ask(cast.hejing, task.pk, 200_000, "换一套轮胎")
    assert refused(decide, cast.hejing, made.pk, True) == "offer.own"
    assert decide(cast.guoping, made.pk, True).state == "agreed"


def test_a_playbook_that_gives_nothing(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "late_visit", 1)
    plan(DAY)
    assert refused(ask, cast.siyuan, Task.objects.get().pk, 100, "检查") == "offer.none"


def test_who_is_out_of_sight_decides_nothing(cast, task):
    made = ask(cast.siyuan, task.pk, 30_000, "检查")
    type(cast.hejing).objects.filter(pk=cast.hejing.pk).update(unit=cast.other)
    away = type(cast.hejing).objects.get(pk=cast.hejing.pk)
    with pytest.raises(OfferRequest.DoesNotExist):
        decide(away, made.pk, True)


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once() -> None:
    cast = company()
    cast.absent("K001")
    plan(DAY)
    made = ask(cast.siyuan, Task.objects.get().pk, 30_000, "检查")
    came = at_once(lambda: decide(cast.hejing, made.pk, True), lambda: decide(cast.guoping, made.pk, False, "不给"))
    assert [one.code for one in came if isinstance(one, Refused)] == ["offer.decided"]
    assert AuditEntry.objects.filter(verb__in=["offer.agree", "offer.refuse"]).count() == 1
