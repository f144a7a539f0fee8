"""A run from rows to rows: what is written, when it becomes visible, how the shown stage follows, what a refusal leaves."""

from datetime import date, timedelta
from unittest import mock

import pyarrow.compute as pc
import pytest
import time_machine

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FactChange
from liuke.deals.mirror import touch_months
from liuke.kernel.refusal import Refused
from liuke.packs.loader import load_pack
from liuke.standing import actions, bulk
from liuke.standing.explaining import explain
from liuke.standing.exporting import export
from liuke.standing.models import Run, Signal, StageChange, Standing
from liuke.standing.queries import current_run, standings
from liuke.standing.reasons import risk_reason, signal_reason
from liuke.standing.turn import turn
from tests.standing.conftest import AS_OF, Bought, deal, happened, insured
from tests.standing_rows import a_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
AUTO = load_pack("auto_dealer")


@pytest.fixture
def clock():
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        yield


def standing(name: str) -> Standing:
    return standings(current_run()).get(customer__name=name)


def test_a_run_writes_what_the_rules_say(bought: Bought) -> None:
    bought("张书远", 434, 360, 286, 212, cents=100_000)
    bought("何美玲", 190, 128, 66, 4, cents=50_000)
    bought("吴启明", 9, cents=30_000)
    bought("马晓燕")
    run = actions.run(AS_OF, AUTO)
    assert (run.customers, run.as_of) == (4, AS_OF)
    # intervals 74 ×3, 62 ×3: the median of all is 68; (2·68 + 3·74) / 5 = 71.6
    zhang = standing("张书远")
    assert zhang.cycle_days == pytest.approx(71.6)
    assert (zhang.stage, zhang.stage_code, zhang.deal_days, zhang.last_deal) == ("D", "D.elapsed", 4, AS_OF - timedelta(days=212))
    assert (zhang.amount_all_cents, zhang.amount_12m_cents) == (400_000, 300_000)
    assert (standing("何美玲").stage, standing("何美玲").attitude) == ("C", "loyal")
    assert (standing("吴启明").stage, standing("吴启明").r) == ("A", 2)
    never = standing("马晓燕")
    assert (never.stage, never.stage_code, never.abc, never.r, never.cycle_days, never.attitude) == ("A", "A.prospect", "C", None, None, "")


def test_rows_of_an_unfinished_run_do_not_exist(bought: Bought) -> None:
    bought("张书远", 212)
    actions.run(AS_OF - timedelta(days=1), AUTO)
    with mock.patch.object(bulk, "insert", side_effect=OSError("disk full")), pytest.raises(OSError, match="disk full"):
        actions.run(AS_OF, AUTO)
    assert current_run().as_of == AS_OF - timedelta(days=1)
    assert Run.objects.count() == 1
    assert Standing.objects.count() == 1
    assert actions.run(AS_OF, AUTO).customers == 1


def test_a_day_computed_again_replaces_its_rows(bought: Bought) -> None:
    card = bought("张书远", 212)
    actions.run(AS_OF, AUTO)
    deal(card, 3)
    actions.run(AS_OF, AUTO)
    assert Run.objects.count() == 1
    assert Standing.objects.count() == 1
    assert standing("张书远").deal_days == 2


def test_a_day_asked_for_by_hand_stays_so_when_it_is_run_again(bought: Bought) -> None:
    bought("张书远", 212)
    actions.run(AS_OF, AUTO, keep=True)
    actions.run(AS_OF, AUTO)
    assert Run.objects.get().kept


def test_a_day_to_come_is_refused_and_nothing_is_written(bought: Bought) -> None:
    bought("张书远", 212)
    with pytest.raises(Refused) as refused:
        actions.run(AS_OF + timedelta(days=1), AUTO)
    assert refused.value.code == "insight.future"
    assert not Run.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.only_db("sqlite")
def test_two_runs_at_once_are_refused(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    bought("张书远", 212)
    marks = set(FactChange.objects.values_list("pk", flat=True))
    monkeypatch.setattr(actions, "PATIENCE", 0)
    with turn() as mine:
        assert mine
        with pytest.raises(Refused) as refused:
            actions.run(AS_OF, AUTO)
        assert actions.catch_up() == []
    assert refused.value.code == "insight.busy"
    assert not Standing.objects.exists()
    assert set(FactChange.objects.filter(caught_up=False).values_list("pk", flat=True)) == marks


def test_what_a_dead_process_left_is_cleared(bought: Bought) -> None:
    bought("张书远", 212)
    a_run(AS_OF, finished=False)
    assert actions.run(AS_OF, AUTO).customers == 1
    assert Run.objects.count() == 1


def regular_until_130_days_ago(bought: Bought) -> None:
    """Cycle 74 from three equal intervals: 1.75 cycles are reached 130 days after the last deal, which is AS_OF."""
    deal(bought("张书远", 352, 278, 204, cents=20_000), 130, 50_000)


def test_the_shown_stage_follows_after_seven_days(bought: Bought) -> None:
    regular_until_130_days_ago(bought)
    first = AS_OF - timedelta(days=1)
    actions.run(first, AUTO)
    assert standing("张书远").stage == "C"
    shown = []
    for day in range(8):
        with time_machine.travel(f"{AS_OF + timedelta(days=day)}T10:00:00+08:00", tick=False):
            actions.run(AS_OF + timedelta(days=day), AUTO)
            row = standing("张书远")
            shown.append(row.stage + row.stage_by_rule)
    assert shown == ["CD"] * 6 + ["DD"] * 2
    change = StageChange.objects.get()
    assert (change.on, change.old, change.new, change.cause) == (AS_OF + timedelta(days=6), "C", "D", "D.elapsed")


def test_missed_days_count_as_if_they_had_been_run(bought: Bought) -> None:
    regular_until_130_days_ago(bought)
    actions.run(AS_OF - timedelta(days=1), AUTO)
    later = AS_OF + timedelta(days=20)
    with time_machine.travel(f"{later}T10:00:00+08:00", tick=False):
        actions.run(later, AUTO)
    assert standing("张书远").stage == "D"


def test_nothing_is_supposed_of_a_long_gap(bought: Bought) -> None:
    """The rule said D before the gap and says C on the last two of the seven days looked at: five days of D are not seven."""
    card = bought("张书远", 352, 278, 204, cents=20_000)
    deal(card, 130, 50_000)
    early = AS_OF - timedelta(days=1)
    actions.run(early, AUTO)
    late = AS_OF + timedelta(days=40)
    Standing.objects.update(stage_by_rule="D", rule_since=early)
    happened(card, "regular_visits", -39)
    deal(card, -39, 50_000)
    with time_machine.travel(f"{late}T10:00:00+08:00", tick=False):
        actions.run(late, AUTO)
    assert (standing("张书远").stage, standing("张书远").stage_by_rule) == ("C", "C")


def test_explain_says_what_the_run_and_the_export_say(bought: Bought) -> None:
    card = bought("张书远", 434, 360, 286, 212)
    bought("何美玲", 190, 128, 66, 4)
    actions.run(AS_OF - timedelta(days=60), AUTO)
    for stored in (False, True):
        if stored:
            actions.run(AS_OF, AUTO)
        facts = explain(card, AS_OF, AUTO)["facts"]
        exported = export(AS_OF, AUTO).filter(pc.equal(export(AS_OF, AUTO)["customer_no"], card.number)).to_pylist()[0]
        for name in ("stage", "stage_by_rule", "r", "f", "m", "abc", "type", "deal_days", "recency_days", "leave_share"):
            assert facts[name] == exported[name], name
        assert facts["value_at_risk"] == str(exported["value_at_risk"])


def test_an_assumed_share_is_said_to_be_one(bought: Bought) -> None:
    bought("吴启明", 9)
    actions.run(AS_OF, AUTO)
    assert standing("吴启明").leave_assumed
    assert "先假设" in risk_reason(standing("吴启明"))
    Standing.objects.update(leave_by="band")
    assert "先假设" not in risk_reason(standing("吴启明"))


def test_a_deal_changes_the_stage_at_once_and_a_refund_does_not(bought: Bought) -> None:
    zhang, he = bought("张书远", 434, 360, 286, 212), bought("何美玲", 434, 360, 286, 212)
    actions.run(AS_OF - timedelta(days=1), AUTO)
    deal(zhang, 0, 90_000)
    deal(he, 0, -50_000)
    actions.run(AS_OF, AUTO)
    assert standing("张书远").stage == "B", "five deal days, the last interval far off the rhythm"
    assert standing("何美玲").stage == "D"


def test_one_customer_is_refreshed_against_the_cuts_of_the_run(bought: Bought) -> None:
    zhang = bought("张书远", 434, 360, 286, 212)
    bought("何美玲", 190, 128, 66, 4)
    actions.run(AS_OF, AUTO)
    before = Standing.objects.get(customer__name="何美玲")
    deal(zhang, 0, 90_000)
    FactChange.objects.create(customer=zhang)
    assert actions.catch_up() == [zhang.pk]
    assert not FactChange.objects.filter(caught_up=False).exists()
    row = standing("张书远")
    assert (row.last_deal, row.deal_days, row.stage) == (AS_OF, 5, "B")
    assert Standing.objects.get(customer__name="何美玲").pk == before.pk
    assert Standing.objects.count() == 2


def test_a_mark_that_comes_during_a_run_stays(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    card = bought("张书远", 212)
    FactChange.objects.create(customer=card)
    compute = actions.compute

    def meanwhile(*args: object) -> object:
        computed = compute(*args)
        FactChange.objects.create(customer=card)
        return computed

    monkeypatch.setattr(actions, "compute", meanwhile)
    actions.run(AS_OF, AUTO)
    assert FactChange.objects.count() == 1


def test_another_pack_moves_nobodys_day(bought: Bought) -> None:
    bought("张书远", 434, 360, 286, 212)
    actions.run(AS_OF, AUTO)
    signals = list(Signal.objects.values())
    actions.run(AS_OF, load_pack("retail"))
    assert list(Signal.objects.values()) == signals
    assert not StageChange.objects.exists()


def test_signals_open_stay_and_close(bought: Bought) -> None:
    zhang = bought("张书远", 434, 360, 286, 212)
    insured(zhang, 21)
    actions.run(AS_OF, AUTO)
    open_now = set(Signal.objects.filter(ended_on=None).values_list("key", flat=True))
    assert {"overdue_visit", "insurance_30"} <= open_now
    actions.run(AS_OF, AUTO)
    assert Signal.objects.count() == len(open_now), "the same day again opens nothing twice"
    deal(zhang, 0)
    actions.run(AS_OF, AUTO)
    assert Signal.objects.get(key="overdue_visit").ended_on == AS_OF
    assert Signal.objects.get(key="insurance_30").ended_on is None


def history(card: Customer) -> list[list[dict[str, object]]]:
    """All that is kept of a customer's standing, without the ids of rows and since when each holds."""
    kept = (standings(current_run()), StageChange.objects.order_by("on"), Signal.objects.order_by("key", "started_on"))
    return [[{k: v for k, v in row.items() if k not in ("id", "since")} for row in rows.filter(customer=card).values()] for rows in kept]


@pytest.mark.parametrize("run_day", [0, 1], ids=["run today", "run yesterday"])
def test_a_deal_taken_back_leaves_no_trace(bought: Bought, run_day: int) -> None:
    zhang = bought("张书远", 434, 360, 286, 212)
    insured(zhang, 21)
    for days_ago in (2, 1, 0):
        actions.run(AS_OF - timedelta(days=run_day + days_ago), AUTO)
    StageChange.objects.create(customer=zhang, on=AS_OF - timedelta(days=39), old="C", new="D", cause="D.elapsed")
    before = history(zhang)
    assert {signal["key"] for signal in before[2]} >= {"overdue_visit", "insurance_30"}
    for _ in range(2):
        made = deal(zhang, 0, 90_000)
        actions.refresh([zhang.pk])
        assert (standing("张书远").stage, standing("张书远").stage_since) == ("B", AS_OF)
        assert StageChange.objects.get(on=AS_OF).old == "D"
        assert Signal.objects.get(key="overdue_visit").ended_on == AS_OF
        made.delete()
        actions.refresh([zhang.pk])
        assert history(zhang) == before


def test_a_whole_run_forgets_what_was_taken_back_too(bought: Bought) -> None:
    zhang = bought("张书远", 434, 360, 286, 212)
    for days_ago in (1, 0):
        actions.run(AS_OF - timedelta(days=days_ago), AUTO)
    before = history(zhang)[1:]
    made = deal(zhang, 0, 90_000)
    actions.run(AS_OF, AUTO)
    assert StageChange.objects.get().new == "B"
    made.delete()
    touch_months([AS_OF])
    actions.run(AS_OF, AUTO)
    assert history(zhang)[1] == before[0] == []
    assert [row for row in history(zhang)[2] if row["ended_on"] is None] == before[1]


def test_a_signal_keeps_the_figures_of_its_first_day(bought: Bought) -> None:
    bought("张书远", 434, 360, 286, 212)
    first = AS_OF - timedelta(days=30)
    actions.run(first, AUTO)
    actions.run(AS_OF, AUTO)
    signal = Signal.objects.get(key="overdue_visit")
    assert signal.started_on == first
    assert "182" in signal_reason(signal, AUTO, at_start=True)
    assert "212" in signal_reason(signal, AUTO)


def test_a_day_run_again_keeps_changes_made_between(bought: Bought) -> None:
    """A change of the shown stage by a deal of the morning is still there after the next night."""
    zhang = bought("张书远", 434, 360, 286, 213)
    for days_ago in (9, 1):
        actions.run(AS_OF - timedelta(days=days_ago), AUTO)
    deal(zhang, 0, 90_000)
    actions.refresh([zhang.pk])
    kept = history(zhang)[1]
    assert [(row["old"], row["new"]) for row in kept] == [("D", "B")]
    actions.run(AS_OF, AUTO)
    assert history(zhang)[1] == kept


def test_the_same_number_of_queries_for_five_and_fifty(bought: Bought, django_assert_max_num_queries) -> None:
    for n in range(5):
        bought(f"客户{n}", 200 + n, 100 + n)
    actions.run(AS_OF - timedelta(days=2), AUTO)
    with django_assert_max_num_queries(60) as few:
        actions.run(AS_OF - timedelta(days=1), AUTO)
    for n in range(45):
        bought(f"又{n}", 200 + n % 5, 100 + n % 5)
    with django_assert_max_num_queries(60) as many:
        actions.run(AS_OF, AUTO)
    assert len(many) <= len(few) + 6, "three months of the mirror written again, nothing per customer"


def test_old_daily_runs_are_thinned_to_month_ends(bought: Bought) -> None:
    bought("张书远", 212)
    days = [date(2026, 8, 30), date(2026, 8, 31), date(2026, 9, 1), AS_OF]
    for day in days:
        actions.run(day, AUTO)
    assert set(Run.objects.values_list("as_of", flat=True)) == {date(2026, 8, 31), date(2026, 9, 1), AS_OF}


def test_thinning_leaves_month_ends_the_last_days_and_what_was_asked_for() -> None:
    def made(day: date, *, kept: bool = False, finished: bool = True) -> Run:
        return a_run(day, finished=finished, kept=kept)

    asked_for, month_end, edge = made(date(2026, 8, 10), kept=True), made(date(2026, 8, 31)), made(AS_OF - timedelta(days=40))
    last_finished, unfinished = made(date(2026, 9, 29)), made(date(2026, 9, 30), finished=False)
    later = made(date(2026, 10, 31))
    for day in (date(2026, 8, 11), date(2026, 9, 28), AS_OF - timedelta(days=41)):
        made(day)
    assert actions.thin(AS_OF) == 3
    assert set(Run.objects.all()) == {asked_for, month_end, edge, last_finished, unfinished, later}
    assert actions.thin(AS_OF) == 0


def test_a_day_asked_for_outlives_the_thinning(bought: Bought) -> None:
    card = bought("张书远", 212)
    assert actions.run(date(2026, 8, 30), AUTO, keep=True).kept
    for day in (date(2026, 8, 31), AS_OF):
        actions.run(day, AUTO)
    kept = Run.objects.get(as_of=date(2026, 8, 30))
    assert standings(kept).get(customer=card).since == kept.as_of


def test_an_event_alone_decides(bought: Bought) -> None:
    cases = {
        "tier_raised": "B",
        "regular_visits": "C",
        "package_bought": "B",
        "referral_bought": "C",
        "event_attended": "B",
        "long_absent": "D",
    }
    for kind in cases:
        happened(bought(kind), kind, 10)
    left = bought("left")
    happened(left, "points_used_up", 12)
    happened(left, "membership_cancelled", 10)
    actions.run(AS_OF, AUTO)
    assert {kind: standing(kind).stage for kind in cases} == cases
    assert standing("left").stage == "E"
