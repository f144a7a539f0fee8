"""A backtest from the asking to the result: refused by name, computed once, kept as plain figures."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
import pytest
import time_machine

from liuke.analytics import mirror
from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.jobs import tasks
from liuke.kernel.refusal import Refused
from liuke.packs.loader import load_pack
from liuke.standing import backtesting
from liuke.standing.backtest_groups import green_lost, groups, override_scores, said
from liuke.standing.models import Backtest, LeaveOverride
from liuke.standing.queries import known_until
from liuke.team.models import Unit, User
from tests.standing.conftest import AS_OF, Bought, bought, chen_siyuan, mirror_folder, store

__all__ = ["bought", "chen_siyuan", "mirror_folder", "store"]
pytestmark = pytest.mark.django_db
AUTO = load_pack("auto_dealer")
YEAR_AGO = AS_OF - timedelta(days=365)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=True):
        yield


def refused(as_of: date, horizon: int, user: User | None = None) -> Refused:
    before = (Backtest.objects.count(), AuditEntry.objects.count())
    with pytest.raises(Refused) as told:
        backtesting.ask(user, as_of, horizon)
    assert (Backtest.objects.count(), AuditEntry.objects.count()) == before
    assert str(told.value)
    return told.value


# ── what is refused, by the name of its rule ──


def test_without_a_deal_nothing_can_be_tested(bought: Bought) -> None:
    bought("没买过")
    bought("只退过", 500, cents=-10_000)
    assert refused(YEAR_AGO, 365).code == "backtest.no_deals"
    assert backtesting.newest_day(365) is None
    assert tasks.monthly_backtest.call() == 0
    assert not Backtest.objects.exists()


def test_days_that_cannot_be(bought: Bought) -> None:
    bought("张书远", 800, 3)
    first = AS_OF - timedelta(days=800)
    assert refused(AS_OF + timedelta(days=1), 365).code == "backtest.future"
    assert refused(first - timedelta(days=1), 365).code == "backtest.before_first"
    assert refused(YEAR_AGO + timedelta(days=1), 365).code == "backtest.outcome"
    for days in (29, 731, 0, -5):
        assert refused(YEAR_AGO, days).code == "backtest.horizon"
    for day, days in ((YEAR_AGO, 365), (first, 730), (first, 30), (AS_OF - timedelta(days=30), 30)):
        backtesting.check(day, days)


def test_what_is_known_ends_a_week_after_the_last_deal(bought: Bought) -> None:
    bought("张书远", 800, 100)
    assert known_until() == AS_OF - timedelta(days=93)
    latest = AS_OF - timedelta(days=93 + 365)
    assert backtesting.newest_day(365) == latest
    backtesting.check(latest, 365)
    told = refused(latest + timedelta(days=1), 365)
    last = (AS_OF - timedelta(days=100)).isoformat()
    assert (told.code, told.slots["until"], told.slots["latest"]) == ("backtest.outcome", last, latest.isoformat())
    assert backtesting.newest_day(730) is None, "that long ago nobody had bought anything"
    for day in (latest, AS_OF - timedelta(days=2000), AS_OF):
        assert refused(day, 730).code == "backtest.too_short", "no day is offered that would be refused too"


def test_all_deals_on_one_day_span_nothing(bought: Bought) -> None:
    for i in range(3):
        bought(f"客户{i}", 200)
    told = refused(AS_OF - timedelta(days=200), 90)
    assert (told.code, str(told)) == ("backtest.too_short", "成交还不够 90 天，没有一天看得到往后 90 天的结果。")
    assert backtesting.newest_day(90) is None


def test_one_at_a_time_and_written_down(bought: Bought, chen_siyuan: User) -> None:
    bought("张书远", 800, 3)
    made = backtesting.ask(chen_siyuan, YEAR_AGO, 365)
    assert (made.state, made.pack, made.by) == (Backtest.State.WAITING, "auto_dealer", chen_siyuan)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.object, entry.detail) == (
        "backtest.ask", chen_siyuan.pk, made.pk, {"as_of": YEAR_AGO.isoformat(), "days": 365},
    )  # fmt: skip
    assert refused(YEAR_AGO, 90).code == "backtest.waiting"
    made.state = Backtest.State.DONE
    made.save()
    backtesting.ask(chen_siyuan, YEAR_AGO, 90)


# ── the result ──


def crowd(unit: Unit, owner: User, many: int) -> None:
    """Customers who come for a while, each at a rhythm of their own, and stop; the same ones every time."""
    rng = np.random.default_rng(11)
    cards = []
    for i in range(many):
        made = Customer(number=f"S{i:04}", name=f"客户{i}", unit=unit, owner=owner, opened_on=AS_OF - timedelta(days=1500))
        made.index()
        cards.append(made)
    Customer.objects.bulk_create(cards)
    deals = []
    for made in cards:
        day, gap = -1500 + rng.integers(0, 500), rng.gamma(2.0, 40.0) + 5
        while day < 0:
            on = AS_OF + timedelta(days=int(day))
            deals.append(Deal(customer=made, on=on, amount_cents=int(rng.gamma(3, 20_000)) + 1, came=True))
            if rng.random() < 0.08:
                break
            day += 1 + rng.exponential(gap)
    Deal.objects.bulk_create(deals)
    touch_months({deal.on for deal in deals})


def test_a_result_adds_up(store: Unit, chen_siyuan: User) -> None:
    crowd(store, chen_siyuan, 400)
    made = backtesting.ask(None, YEAR_AGO, 365)
    backtesting.work_off(made.pk)
    made.refresh_from_db()
    assert (made.state, made.refusal) == (Backtest.State.DONE, "")
    result = made.result
    came_after = Deal.objects.filter(on__gt=YEAR_AGO, on__lte=AS_OF, came=True)
    known = set(Deal.objects.filter(on__lte=YEAR_AGO, came=True).values_list("customer", flat=True))
    left = known - set(came_after.values_list("customer", flat=True))
    assert (result["customers"], result["left"]) == (len(known), len(left))
    assert result["models"][0]["actual_deals"] == came_after.filter(customer__in=known).values("customer", "on").distinct().count()
    (unit,) = result["groups"]["unit"]
    assert (unit["key"], unit["customers"]) == (store.pk, len(known))
    assert unit["actual"] == pytest.approx(len(left) / len(known))
    assert [row["key"] for row in result["groups"]["owner"]] == [chen_siyuan.pk]
    assert sum(row["customers"] for row in result["groups"]["grade"]) == len(known)
    assert sum(b["n"] for b in result["calibration"]) == len(known)
    assert {row["customer"] for row in result["green_lost"]} <= left
    by_key = {row["model"]: row for row in result["models"]}
    assert {"absent", "band", result["chosen"]} <= set(by_key)
    assert by_key[result["chosen"]]["auc"] > 0.6
    assert "NaN" not in json.dumps(result)
    assert "客户" not in json.dumps(result, ensure_ascii=False), "no names are kept"


def test_the_past_does_not_know_what_came_after(store: Unit, chen_siyuan: User) -> None:
    """Of two customers alike until the day, one coming after it and one not, the same is said."""
    crowd(store, chen_siyuan, 300)
    said_before = backtesting.compute_backtest(YEAR_AGO, 365, AUTO)
    Deal.objects.filter(on__gt=YEAR_AGO + timedelta(days=30)).delete()
    touch_months({AS_OF - timedelta(days=days) for days in range(0, 336, 15)})
    Deal.objects.create(customer=Customer.objects.first(), on=AS_OF, amount_cents=100, came=True)
    touch_months([AS_OF])
    said_after = backtesting.compute_backtest(YEAR_AGO, 365, AUTO)
    assert said_after["left"] > said_before["left"]
    assert [b["predicted"] for b in said_after["calibration"]] == pytest.approx([b["predicted"] for b in said_before["calibration"]])


@pytest.mark.parametrize("case", ["one", "nobody_repeats", "one_day"])
def test_where_nothing_can_be_learned_the_rules_take_over(bought: Bought, case: str) -> None:
    days = {"one": [(800, 700, 3)], "nobody_repeats": [(800,), (700,), (500,), (3,)], "one_day": [(800,), (800,), (3,)]}[case]
    for i, when in enumerate(days):
        bought(f"客户{i}", *when)
    result = backtesting.compute_backtest(AS_OF - timedelta(days=450), 365, AUTO)
    assert result["chosen"] in ("band", "prior")
    assert result["why"]
    assert any(row["model"] == "absent" for row in result["models"])
    assert "NaN" not in json.dumps(result)


def test_of_a_large_base_a_sample_is_looked_at(store: Unit, chen_siyuan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(store, chen_siyuan, 300)
    monkeypatch.setattr(backtesting, "MOST", 150)
    monkeypatch.setattr(mirror, "shards", partial(mirror.shards, rows=200))
    result = backtesting.compute_backtest(YEAR_AGO, 365, AUTO)
    assert result["sampled_of"] == 300
    assert 100 < result["customers"] < 200
    again = backtesting.compute_backtest(YEAR_AGO, 365, AUTO)
    assert again == result, "the same ones every time"


# ── worked off once, and told when not ──


def test_worked_off_once(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    bought("张书远", 800, 3)
    made = backtesting.ask(None, YEAR_AGO, 365)
    calls = []
    monkeypatch.setattr(backtesting, "compute_backtest", lambda *asked: calls.append(asked) or {"day": YEAR_AGO})
    tasks.run_backtest.call(made.pk)
    tasks.run_backtest.call(made.pk)
    made.refresh_from_db()
    assert (len(calls), made.state, made.result) == (1, Backtest.State.DONE, {"day": "2025-11-20"})
    assert made.finished_at is not None
    assert backtesting.work_off(987_654) is None


def test_facts_taken_back_meanwhile_refuse_it_by_name(bought: Bought) -> None:
    bought("张书远", 800, 3)
    made = backtesting.ask(None, YEAR_AGO, 365)
    Deal.objects.all().delete()
    backtesting.work_off(made.pk)
    made.refresh_from_db()
    assert (made.state, made.refusal) == (Backtest.State.REFUSED, "backtest.no_deals")
    assert made.result == {"message": "还没有成交，没有可以回测的日子。", "slots": {}}


def test_a_fault_does_not_block_the_next_one(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    bought("张书远", 800, 3)
    made = backtesting.ask(None, YEAR_AGO, 365)

    def broken(*asked: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(backtesting, "compute_backtest", broken)
    with pytest.raises(ZeroDivisionError):
        backtesting.work_off(made.pk)
    made.refresh_from_db()
    assert (made.state, made.refusal, made.result) == (Backtest.State.REFUSED, "backtest.failed", {})
    backtesting.ask(None, YEAR_AGO, 365)


def test_once_a_month_by_itself(bought: Bought) -> None:
    bought("张书远", 800, 3)
    pk = tasks.monthly_backtest.call()
    made = Backtest.objects.get(pk=pk)
    assert (made.as_of, made.horizon_days, made.by, made.state) == (YEAR_AGO, 365, None, Backtest.State.WAITING)
    assert tasks.waits(tasks.run_backtest, pk)
    assert tasks.monthly_backtest.call() == 0, "one waits"
    assert Backtest.objects.count() == 1


# ── groups, those called safe, people's own judgements ──


def test_groups_by_key() -> None:
    leave, left = np.array([0.1, 0.9, 0.4, 0.6, 0.5]), np.array([False, True, True, False, True])
    assert groups(["B", "A", "A", "B", None], leave, left) == [
        {"key": "A", "customers": 2, "predicted": pytest.approx(0.65), "actual": 1.0, "auc": None},
        {"key": "B", "customers": 2, "predicted": pytest.approx(0.35), "actual": 0.0, "auc": None},
    ]
    (one,) = groups([7, 7, 7, 7, None], leave, left)
    assert one["auc"] == 0.75
    assert groups([], leave[:0], left[:0]) == []


def test_who_was_said_to_leave_and_who_was_called_safe() -> None:
    ids, cents = np.array([1, 2, 3, 4]), np.array([100, 900, 900, 50])
    leave, left = np.array([0.1, 0.19999, 0.05, 0.2]), np.array([True, True, True, True])
    assert green_lost(ids, leave, left, cents) == [
        {"customer": 2, "leave": 0.1999, "amount_cents": 900},
        {"customer": 3, "leave": 0.05, "amount_cents": 900},
        {"customer": 1, "leave": 0.1, "amount_cents": 100},
    ]
    assert green_lost(ids, leave, ~left, cents) == []
    assert said(np.array([0.5, 0.49, 0.9]), np.array([True, True, False])) == {"customers": 2, "left": 1}


def test_people_against_the_model(bought: Bought, chen_siyuan: User) -> None:
    card = bought("张书远", 800, 3)
    assert override_scores() == {"scored": 0, "brier_person": None, "brier_model": None}

    def judged(share: float, model: float | None, left: bool | None) -> None:
        LeaveOverride.objects.create(
            customer=card, share=share, model_share=model, reason="要搬家", by=chen_siyuan, on=YEAR_AGO, expires_on=AS_OF, left=left
        )

    judged(0.9, 0.4, True)
    judged(0.2, 0.6, False)
    judged(0.5, None, True)
    judged(0.5, 0.5, None)
    assert override_scores() == {"scored": 2, "brier_person": pytest.approx(0.025), "brier_model": pytest.approx(0.36)}
