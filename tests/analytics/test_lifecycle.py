"""Stages: by an event alone, by deals, and when a condition ends."""

from __future__ import annotations

from typing import Any

import pytest

from liuke.analytics.days import months_before
from liuke.analytics.tables import Tables
from tests.analytics.bases import TODAY, cards, contracts, deals, events, graded, regular

YEAR_AGO = months_before(TODAY, 12)
CARD = cards((1, TODAY - 30))


def rule(*rows: tuple[int, int, float], more: list[Any] | None = None, **tables: Any) -> str:
    return str(graded(Tables(deals(*rows), CARD, events(*(more or [])), **tables))[1]["stage_rule_code"])


@pytest.mark.parametrize(
    ("recorded", "stage", "code"),
    [
        (["tier_raised"], "B", "B.tier"),
        (["regular_visits"], "C", "C.visits"),
        (["package_bought"], "B", "B.package"),
        (["referral_bought"], "C", "C.referral"),
        (["event_attended"], "B", "B.event"),
        (["points_used_up", "membership_cancelled"], "E", "E.membership"),
        (["long_absent"], "D", "D.absent"),
        ([], "A", "A.prospect"),
        (["told_leaving"], "E", "E.told"),
        (["died"], "E", "E.died"),
        (["moved_away"], "E", "E.moved"),
        (["closed_down"], "E", "E.closed"),
        (["points_drained"], "D", "D.points"),
        (["points_used_up"], "A", "A.prospect"),
        (["membership_cancelled"], "A", "A.prospect"),
        (["referral_came"], "A", "A.prospect"),
    ],
)
def test_table_of_what_happened_on_a_card_without_deals(recorded: list[str], stage: str, code: str) -> None:
    row = graded(Tables(deals(), CARD, events(*[(1, TODAY - 3, kind) for kind in recorded])))[1]
    assert (row["stage_by_rule"], row["stage_rule_code"]) == (stage, code)
    assert row["evidence_day"] == (TODAY - 3 if not code.startswith("A") else None)


@pytest.mark.parametrize("kind", ["tier_raised", "package_bought", "event_attended", "referral_bought", "regular_visits"])
def test_growth_by_an_event_lasts_12_months(kind: str) -> None:
    assert rule(more=[(1, YEAR_AGO + 1, kind)])[0] in "BC"
    assert rule(more=[(1, YEAR_AGO, kind)]) == "A.prospect"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("told_leaving", "E.told"),
        ("moved_away", "E.moved"),
        ("closed_down", "E.closed"),
        ("long_absent", "D.absent"),
        ("points_drained", "D.points"),
    ],
)
def test_the_next_deal_day_ends_it(kind: str, code: str) -> None:
    event = [(1, TODAY - 20, kind)]
    assert rule((1, TODAY - 30, 10), more=event) == code
    assert rule((1, TODAY - 20, 10), more=event) == code, "a deal of the same day does not"
    assert rule((1, TODAY - 19, 10), more=event) == "A.first"
    assert rule((1, TODAY - 19, -10), more=event) == code, "a refund is no deal day"
    assert rule((1, TODAY - 19, 0), more=event) == "A.first", "a service visit is one"


def test_a_cancelled_membership_counts_from_the_later_of_the_two() -> None:
    both = [(1, TODAY - 20, "points_used_up"), (1, TODAY - 10, "membership_cancelled")]
    assert rule((1, TODAY - 15, 10), more=both) == "E.membership"
    assert rule((1, TODAY - 9, 10), more=both) == "A.first"


def test_a_death_never_ends() -> None:
    assert rule((1, TODAY - 1, 10), more=[(1, TODAY - 20, "died")]) == "E.died"


@pytest.mark.parametrize(
    ("gap", "times", "recency", "code"),
    [
        (30, 5, 119, "D.elapsed"),  # 3.97 cycles
        (30, 5, 120, "D.elapsed"),  # 4 cycles, yet not 365 days
        (100, 5, 399, "D.elapsed"),
        (100, 5, 400, "E.elapsed"),
        (20, 5, 59, "C.regular"),  # 2.95 cycles, yet not 60 days
        (20, 5, 60, "D.elapsed"),
        (40, 4, 69, "C.regular"),
        (40, 4, 70, "D.elapsed"),
        (40, 3, 69, "B.deals"),
    ],
)
def test_by_elapsed_cycles(gap: int, times: int, recency: int, code: str) -> None:
    assert rule(*regular(1, gap, times, TODAY - recency)) == code


@pytest.mark.parametrize(
    ("earlier", "later", "code"),
    [
        ([100, 100, 100], [150], "D.spend"),
        ([100, 100, 100], [150.01], "B.deals"),
        ([100, 200], [10], "B.deals"),  # two deal days before are too few
        ([100, 100, 100], [10, 200], "B.deals"),
        ([100, 100, 100, -300], [0], "B.deals"),  # nothing net before: no decline
        ([100, 100, 0], [100], "D.spend"),  # a service visit is a deal day
    ],
)
def test_by_spend(earlier: list[float], later: list[float], code: str) -> None:
    half = months_before(TODAY, 6)
    # long irregular steps, so that no other rule applies
    before = [(1, half - 60 * i - (20 if i == 1 else 0), yuan) for i, yuan in enumerate(earlier)]
    assert rule(*before, *[(1, TODAY - i, yuan) for i, yuan in enumerate(later)]) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([{"end_day": TODAY - 31}], "D.contract"),
        ([{"end_day": TODAY - 30}], "A.prospect"),
        ([{"end_day": TODAY - 31}, {"end_day": TODAY}], "A.prospect"),
        ([{"end_day": TODAY - 31}, {"end_day": TODAY + 9, "start_day": TODAY + 1}], "D.contract"),
        ([{"end_day": TODAY - 31}, {"end_day": TODAY + 9, "kind": "package"}], "D.contract"),
        ([{"end_day": TODAY - 31}, {"end_day": TODAY + 9, "ended_day": TODAY}], "D.contract"),
        ([{"end_day": TODAY - 31, "asset_gone": True}], "A.prospect"),
        ([{"end_day": TODAY - 31, "asset_gone": True, "ended_day": TODAY + 1}], "D.contract"),
        ([{"end_day": TODAY + 300, "ended_day": TODAY - 31}], "D.contract"),
        ([{"end_day": TODAY + 300, "ended_day": TODAY - 30}], "A.prospect"),
    ],
)
def test_by_contract(changes: list[dict[str, Any]], code: str) -> None:
    assert rule(contracts=contracts(*changes)) == code


def test_the_contract_that_ended_last_is_named() -> None:
    both = contracts({"end_day": TODAY - 90, "kind": "package"}, {"end_day": TODAY - 40, "kind": "insurance"})
    row = graded(Tables(deals(), CARD, contracts=both))[1]
    assert (row["evidence_kind"], row["evidence_day"]) == ("insurance", TODAY - 40)


def test_a_deal_does_not_renew_a_contract() -> None:
    assert rule((1, TODAY, 10), contracts=contracts({"end_day": TODAY - 31})) == "D.contract"


def test_last_three_intervals_decide_what_is_regular() -> None:
    early = [(1, TODAY - 200 - 90, 10), *regular(1, 50, 4, TODAY - 50)]
    assert rule(*early) == "C.regular", "the first interval, of 90 days, is past"
    assert rule(*regular(1, 50, 4, TODAY - 50), (1, TODAY + 25, 10), more=[]) == "C.regular", "a later deal is not seen"
    assert rule(*regular(1, 50, 4, TODAY - 75), (1, TODAY, 10)) == "B.deals", "75 days are 1.5 cycles, not under"
    assert rule(*regular(1, 50, 4, TODAY - 74), (1, TODAY, 10)) == "C.regular"
