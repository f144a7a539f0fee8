"""Win-back: tier by worth, reason before offers, sorry first, limits, contacts counted, two at once, ways back; the night's part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine

from liuke.audit.models import AuditEntry
from liuke.churn import cases, nightly, offering
from liuke.churn.labels import Apology, State, Tier
from liuke.churn.models import Attempt, Stay, WinBack, WinBackOffer
from liuke.churn.queries import rates
from liuke.churn.reasons import record_reason
from liuke.churn.rules import effort, state_after, tier_of
from liuke.customers.models import Customer
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs.churn import WinBack as Numbers
from liuke.playbooks.queries import pack
from liuke.team.models import User
from liuke.work import actions as work
from liuke.work.following import choices
from liuke.work.labels import OfferState, TaskKind, TaskState
from liuke.work.models import Task
from tests.cast import Cast
from tests.churn.conftest import TODAY, Came, deal, told

pytestmark = pytest.mark.django_db
Lost = Callable[..., Stay]


def refused(code: str, run: Callable[[], object]) -> None:
    before = list(WinBack.objects.values()), AuditEntry.objects.count(), Task.objects.count()
    with pytest.raises(Refused) as caught:
        run()
    assert caught.value.code == code
    assert (list(WinBack.objects.values()), AuditEntry.objects.count(), Task.objects.count()) == before


def opened(actor: User, loss: Stay) -> WinBack:
    return cases.open_case(actor, loss.customer_id, loss.ended_on)


def task_of(case: WinBack) -> Task:
    return Task.objects.open().get(about="churn.winback", about_id=case.pk)


@pytest.mark.parametrize(
    ("cents", "key_account", "grade_a", "tier"),
    [
        (0, True, None, Tier.KEY),
        (90_000, False, 90_000, Tier.KEY),
        (99_999, False, 200_000, Tier.SMALL),
        (100_000, False, None, Tier.ORDINARY),
    ],
)
def test_the_tier_follows_the_worth(cents: int, key_account: bool, grade_a: int | None, tier: str) -> None:
    assert tier_of(cents, key_account=key_account, grade_a_cents=grade_a, numbers=Numbers())[0] == tier


def test_each_tier_has_its_effort() -> None:
    assert [effort(tier, Numbers()).way for tier in (Tier.KEY, Tier.ORDINARY, Tier.SMALL)] == ["visit", "phone", "wechat"]
    assert effort(Tier.KEY, Numbers()).who == "supervisor"
    assert [state_after(Outcome.NOT_REACHED, n, 3, asked=False) for n in (1, 2, 3)] == [State.OPEN, State.OPEN, State.UNREACHABLE]
    assert state_after(Outcome.NOT_REACHED, 3, 3, asked=True) == State.OPEN


def test_from_the_loss_to_the_return(cast: Cast, lost: Lost) -> None:
    loss = lost("张书远", cents=60_000)
    case = opened(cast.chen, loss)
    assert (case.tier, case.owner, case.value_cents, case.state) == (Tier.ORDINARY, cast.chen, 180_000, State.OPEN)
    task = task_of(case)
    assert (task.kind, task.channel, task.assignee, task.value_at_risk_cents) == (TaskKind.WIN_BACK, "phone", cast.chen, 180_000)
    refused("winback.reason", lambda: offering.offer(cast.chen, case.pk, "price", "工时八折", 20_000))
    record_reason(cast.chen, loss.customer_id, loss.ended_on, "details", "indifference", "没人理我")
    case.refresh_from_db()
    assert case.apology == Apology.OWED
    refused("winback.sorry", lambda: offering.offer(cast.chen, case.pk, "price", "工时八折", 20_000))
    cases.apologise(cast.chen, case.pk, True)
    made = offering.offer(cast.chen, case.pk, "price", "工时八折", 20_000)
    assert made.state == OfferState.AGREED
    work.finish(cast.chen, task.pk, Outcome.REACHED)
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "reached")]
    deal(loss.customer, TODAY, 33_000)
    night = nightly.run()
    case.refresh_from_db()
    assert (night.returned, case.state, case.returned_on, case.first_cents) == (1, State.RETURNED, TODAY, None)
    assert not Task.objects.open().filter(about="churn.winback").exists()
    assert nightly.run().returned == 0
    (whole,) = rates(WinBack.objects.all())["all"]
    assert (whole.tried, whole.returned, whole.cost_cents) == (1, 1, 20_000)


def test_money_after_90_and_365_days_is_counted_and_the_return_can_be_void(cast: Cast, came: Came) -> None:
    who = came("张书远", date(2025, 1, 1), date(2025, 3, 1), date(2025, 5, 1))
    told(who, date(2025, 6, 1))
    back = date(2025, 8, 1)
    for days, cents in ((0, 100), (89, 20), (90, 3_000), (364, 400_000), (365, 5)):
        deal(who, back + timedelta(days), cents)
    deal(who, back + timedelta(10), -50)
    case = WinBack.objects.create(
        customer=who, lost_on=date(2025, 6, 1), tier=Tier.ORDINARY, owner=cast.chen, opened_on=date(2025, 6, 2), state="open"
    )
    nightly.run()
    case.refresh_from_db()
    assert (case.state, case.returned_on, case.first_cents, case.second_cents) == (State.RETURNED, back, 70, 403_070)
    touch_months(Deal.objects.filter(customer=who, on__gte=back).values_list("on", flat=True))
    Deal.objects.filter(customer=who, on__gte=back).delete()
    assert nightly.run().not_returned == 1
    case.refresh_from_db()
    assert (case.state, case.returned_on, case.first_cents) == (State.OPEN, None, None)


def test_each_return_has_its_own_money_and_moves_with_a_late_deal(cast: Cast, came: Came) -> None:
    who = came("张书远", date(2024, 1, 1))
    ways = {"customer": who, "tier": Tier.ORDINARY, "owner": cast.chen, "opened_on": TODAY, "state": State.OPEN}
    for lost_on, back, cents in ((date(2024, 2, 1), date(2024, 4, 1), 700), (date(2025, 2, 1), date(2025, 4, 1), 90)):
        told(who, lost_on)
        deal(who, back, cents)
        WinBack.objects.create(lost_on=lost_on, **ways)
        nightly.run()
    money = WinBack.objects.order_by("lost_on").values_list("returned_on", "first_cents", "second_cents")
    assert list(money) == [(date(2024, 4, 1), 700, 700), (date(2025, 4, 1), 90, 90)]
    deal(who, date(2025, 3, 1), 5)
    nightly.run()
    assert list(money.all()) == [(date(2024, 4, 1), 700, 705), (date(2025, 3, 1), 95, 95)]


def test_three_tries_without_an_answer_end_it_and_undo_opens_it_again(cast: Cast, lost: Lost) -> None:
    case = opened(cast.chen, lost("张书远"))
    for n in range(3):
        with time_machine.travel(f"{TODAY + timedelta(15 * n)}T10:00:00+08:00", tick=False):
            task = task_of(case)
            assert (task.due_on, task.attempt) == (TODAY + timedelta(15 * n), n + 1)
            (said,) = choices(pack(), None, task, clock.today())[Outcome.NOT_REACHED]
            assert said.label == ("12月5日再打", "12月20日再打", "试了 3 次没联系上，不再试")[n]
            result = work.finish(cast.chen, task.pk, Outcome.NOT_REACHED)
    with time_machine.travel(f"{TODAY + timedelta(30)}T10:05:00+08:00", tick=False):
        case.refresh_from_db()
        assert (case.state, case.ended_on) == (State.UNREACHABLE, TODAY + timedelta(30))
        assert not Task.objects.open().filter(about="churn.winback").exists()
        refused("winback.attempts", lambda: cases.reopen(cast.chen, case.pk))
        work.undo(cast.chen, result.pk)
        case.refresh_from_db()
        assert (case.state, case.ended_on, task_of(case).pk) == (State.OPEN, None, task.pk)


def test_who_does_not_answer_is_left_alone_for_weeks(cast: Cast, lost: Lost) -> None:
    case = opened(cast.chen, lost("张书远"))
    work.finish(cast.chen, task_of(case).pk, Outcome.NOT_REACHED)
    assert task_of(case).due_on == TODAY + timedelta(15)


def test_a_no_ends_it_and_it_can_be_taken_up_again(cast: Cast, lost: Lost) -> None:
    case = opened(cast.chen, lost("张书远"))
    work.finish(cast.chen, task_of(case).pk, Outcome.REFUSED)
    case.refresh_from_db()
    assert case.state == State.REFUSED
    cases.reopen(cast.chen, case.pk)
    assert task_of(case).state == TaskState.OPEN


def test_above_the_limit_somebody_else_decides(cast: Cast, lost: Lost) -> None:
    loss = lost("张书远", cents=60_000)
    case = opened(cast.chen, loss)
    record_reason(cast.chen, loss.customer_id, loss.ended_on, "rival")
    refused("offer.amount", lambda: offering.offer(cast.chen, case.pk, "price", "八折", -1))
    asked = offering.offer(cast.chen, case.pk, "service", "免费大保养", 150_000)
    assert asked.state == OfferState.ASKED
    refused("offer.waiting", lambda: offering.offer(cast.chen, case.pk, "gift", "机油一桶", 1_000))
    refused("permission", lambda: offering.decide(cast.chen, asked.pk, True))
    refused("offer.reason", lambda: offering.decide(cast.he, asked.pk, False))
    offering.decide(cast.he, asked.pk, True)
    refused("offer.decided", lambda: offering.decide(cast.zhao, asked.pk, False, "太多了"))
    offering.withdraw(cast.chen, asked.pk)
    big = offering.offer(cast.chen, case.pk, "made", "送一年保养", 250_000)
    refused("offer.limit", lambda: offering.decide(cast.he, big.pk, True))
    offering.decide(cast.zhao, big.pk, True)
    assert list(WinBackOffer.objects.order_by("pk").values_list("state", flat=True)) == [OfferState.WITHDRAWN, OfferState.AGREED]


def test_a_small_customer_is_offered_little(cast: Cast, lost: Lost) -> None:
    loss = lost("小客", cents=20_000)
    case = opened(cast.chen, loss)
    assert (case.tier, task_of(case).channel) == (Tier.SMALL, "wechat")
    record_reason(cast.chen, loss.customer_id, loss.ended_on, "market")
    assert offering.offer(cast.chen, case.pk, "gift", "玻璃水", 5_001).state == OfferState.ASKED


def test_only_a_manager_lets_go(cast: Cast, lost: Lost) -> None:
    case = opened(cast.chen, lost("张书远"))
    refused("winback.why", lambda: cases.set_tier(cast.chen, case.pk, Tier.HARMFUL))
    cases.set_tier(cast.chen, case.pk, Tier.HARMFUL, "打骂员工")
    assert not Task.objects.open().filter(about="churn.winback").exists()
    refused("permission", lambda: cases.let_go(cast.he, case.pk, "打骂员工"))
    refused("winback.why", lambda: cases.let_go(cast.zhao, case.pk, " "))
    cases.let_go(cast.zhao, case.pk, "两次打骂员工")
    case.refresh_from_db()
    assert (case.state, case.ended_by) == (State.LET_GO, cast.zhao)
    refused("permission", lambda: cases.reopen(cast.chen, case.pk))
    assert cases.reopen(cast.zhao, case.pk).state == State.OPEN


def test_of_two_at_once_the_first_counts(cast: Cast, lost: Lost) -> None:
    case = opened(cast.chen, lost("张书远"))
    stale = WinBack.objects.get(pk=case.pk)
    cases.end(cast.he, case.pk, State.REFUSED, "说了不来")
    with pytest.raises(Refused) as caught:
        cases.change(stale, state=State.DROPPED)
    assert caught.value.code == "winback.taken"
    refused("winback.over", lambda: cases.end(cast.chen, case.pk, State.UNREACHABLE, "打不通"))
    refused("winback.twice", lambda: opened(cast.chen, Stay.objects.get(customer=case.customer_id)))


def test_out_of_sight_is_not_there(cast: Cast, lost: Lost) -> None:
    loss = lost("张书远")
    with pytest.raises(Customer.DoesNotExist):
        opened(cast.ding, loss)
    case = opened(cast.chen, loss)
    for actor in (cast.ding, cast.zhou):
        with pytest.raises(WinBack.DoesNotExist):
            cases.drop(actor, case.pk, "不做")
    refused("permission", lambda: cases.drop(cast.xu, case.pk, "不做"))


def test_the_night_proposes_the_dearest_within_capacity(cast: Cast, lost: Lost, came: Came) -> None:
    worth = {lost(f"客户{n}", cents=10_000 * (n + 1)).customer_id: n for n in range(4)}
    quiet = lost("别打扰", cents=900_000).customer
    Customer.objects.filter(pk=quiet.pk).update(do_not_contact=True)
    gone = came("去世", TODAY - timedelta(50), cents=900_000)
    told(gone, TODAY - timedelta(4), "died")
    assert nightly.run().proposed == 2
    assert sorted(worth[pk] for pk in WinBack.objects.values_list("customer_id", flat=True)) == [2, 3]
    assert nightly.run().proposed == 0
    case = WinBack.objects.order_by("-value_cents").first()
    assert case is not None
    cases.start(cast.chen, case.pk)
    assert task_of(case).assignee == cast.chen
    refused("winback.started", lambda: cases.start(cast.chen, case.pk))


def test_a_loss_that_was_none_ends_its_case(cast: Cast, lost: Lost) -> None:
    loss = lost("张书远")
    case = opened(cast.chen, loss)
    loss.customer.events.all().delete()
    assert nightly.run().void == 1
    case.refresh_from_db()
    assert case.state == State.DROPPED


def test_cases_go_with_the_customer(cast: Cast, lost: Lost) -> None:
    case = opened(cast.chen, lost("张书远"))
    moved = work.reassign_all(cast.chen.pk, [case.customer_id], cast.lin.pk)
    assert "churn.winback" in moved
    case.refresh_from_db()
    assert (case.owner, task_of(case).assignee) == (cast.lin, cast.lin)
