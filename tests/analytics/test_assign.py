"""Grading: the worked examples and every edge of the rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from liuke.analytics.assign import assign
from liuke.analytics.days import day_number, months_before
from liuke.analytics.facts import facts
from liuke.analytics.grade import grade
from liuke.analytics.summary import Cuts, summarise
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.bases import TODAY, cards, contacts, deals, events, graded, regular

YEAR_AGO = months_before(TODAY, 12)


def letters(*yuan: float) -> str:
    rows = graded(Tables(deals(*[(who, TODAY, money) for who, money in enumerate(yuan, 1)])))
    return "".join(rows[who]["abc"] for who in range(1, len(yuan) + 1))


def test_worked_example_of_abc() -> None:
    assert letters(100, 60, 20, 10, 5, 5) == "AABBCC"


def test_equal_amounts_get_the_better_letter_whatever_their_order() -> None:
    assert letters(50, 50, 50, 50) == "AAAA"
    assert letters(10, 80, 10) == "BAB"


def test_shares_are_of_positive_amounts_and_the_rest_is_c() -> None:
    rows = graded(Tables(deals((1, TODAY, 80), (2, TODAY, 20), (3, TODAY, 5), (3, TODAY, -905), (4, YEAR_AGO, 999))))
    assert [rows[who]["abc"] for who in (1, 2, 3, 4)] == ["A", "B", "C", "C"]
    assert rows[4]["amount_12m_cents"] == 0, "the same date a year before is not in the last 12 months"


def test_rfm_scores_with_ties_alike() -> None:
    rows = graded(Tables(deals(*[(who, TODAY - who, yuan) for who, yuan in enumerate([10, 10, 20, 30, 40, 50, 50, 60, 70, 80], 1)])))
    assert [rows[who]["m"] for who in range(1, 11)] == [1, 1, 2, 2, 3, 3, 3, 4, 5, 5]
    assert [rows[who]["r"] for who in range(1, 11)] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert {rows[who]["f"] for who in range(1, 11)} == {1}


def test_without_a_deal_day_no_scores_grade_c_stage_a() -> None:
    row = graded(Tables(deals((2, TODAY, 5), (3, TODAY, -5)), cards((1, TODAY), (2, TODAY))))
    for who, attitude in ((1, ""), (3, "none")):
        empty = ("r", "f", "m", "cycle_days", "elapsed_cycles", "recency_days", "first_day", "last_day", "band", "leave_share")
        assert [row[who][name] for name in empty] == [None] * len(empty)
        assert (row[who]["abc"], row[who]["stage_by_rule"], row[who]["attitude"]) == ("C", "A", attitude)
        assert row[who]["value_at_risk_cents"] == 0


def test_a_customer_opened_later_is_not_there_yet_but_a_deal_opens_a_card() -> None:
    base = Tables(deals((2, TODAY - 9, 5), (3, TODAY + 1, 5)), cards((1, TODAY + 1), (2, TODAY + 30)))
    rows = graded(base)
    assert list(rows) == [2]
    assert rows[2]["opened_day"] == TODAY - 9


def test_two_cards_of_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="two cards"):
        graded(Tables(deals(), cards((1, TODAY), (1, TODAY))))


LOYAL = regular(1, 60, 5, TODAY - 90)  # 90 days are 1.5 cycles


@pytest.mark.parametrize(
    ("rows", "more", "attitude"),
    [
        (LOYAL, (), "loyal"),
        (regular(1, 60, 5, TODAY - 91), (), "none"),
        (regular(1, 60, 5, TODAY - 120), (), "none"),
        (regular(1, 60, 5, TODAY - 121), (), "switcher"),
        (LOYAL, ((1, TODAY - 900, "bought_elsewhere"),), "switcher"),
        (LOYAL, ((1, TODAY + 1, "bought_elsewhere"),), "loyal"),
        (regular(1, 60, 2, TODAY), ((1, TODAY, "bought_elsewhere"),), "none"),
        (regular(1, 60, 3, TODAY), (), "none"),
        (regular(1, 60, 3, TODAY), ((1, TODAY, "bought_elsewhere"),), "switcher"),
        ([*regular(1, 60, 5, TODAY - 90), (1, TODAY, 5)], (), "none"),  # an interval of exactly 1.5 cycles is off cycle
        ([*regular(1, 60, 5, TODAY - 89), (1, TODAY, 5)], (), "loyal"),
    ],
)
def test_attitude(rows: list[tuple[int, int, float]], more: tuple[Any, ...], attitude: str) -> None:
    assert graded(Tables(deals(*rows), events=events(*more)))[1]["attitude"] == attitude


def kind(*more: Any, card: int = TODAY - 10, **tables: Any) -> tuple[str, str]:
    """Type and tags of 林倩's customer 1, who has no deals, beside one who has."""
    base = Tables(deals((2, TODAY, 100), (3, YEAR_AGO, 100)), cards((1, card)), events(*more), **tables)
    row = graded(base)[1]
    return row["type"], row["tags"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], "general"),
        ([(1, TODAY - 3000, "severe_complaint_opened")], "marginal"),
        ([(1, TODAY - 9, "severe_complaint_opened"), (1, TODAY, "severe_complaint_closed")], "general"),
        ([(1, TODAY - 180, "satisfaction", 2)], "marginal"),
        ([(1, TODAY - 181, "satisfaction", 2)], "general"),
        ([(1, TODAY - 20, "satisfaction", 1), (1, TODAY - 10, "satisfaction", 3)], "general"),
        ([(1, TODAY - 20, "referral_came")], "fan"),
        ([(1, months_before(TODAY, 24), "referral_came")], "general"),
        ([(1, months_before(TODAY, 24) + 1, "recommend", 9)], "fan"),
        ([(1, TODAY, "recommend", 8)], "general"),
        ([(1, YEAR_AGO + 1, "need_recorded")], "potential"),
        ([(1, YEAR_AGO, "need_recorded")], "general"),
        ([(1, TODAY - 50, "need_recorded"), (1, TODAY - 20, "need_met")], "general"),
        ([(1, TODAY - 50, "need_recorded", 7), (1, TODAY - 20, "need_met", 8)], "potential"),
    ],
)
def test_type_by_events(more: list[Any], expected: str) -> None:
    assert kind(*more) == (expected, expected)


def test_zombie() -> None:
    assert kind(card=TODAY - 89)[0] == "general"
    assert kind(card=TODAY - 90)[0] == "zombie", "never bought, 90 days after opening"
    silent = Tables(deals((1, YEAR_AGO, 1), (2, YEAR_AGO, 1), (3, YEAR_AGO + 1, 1), (4, YEAR_AGO, 1), (4, YEAR_AGO + 1, -1)))
    talked = Tables(silent.deals, contacts=contacts((1, TODAY, False), (2, YEAR_AGO + 1, True)))
    assert ["zombie" in row["tags"] for row in graded(talked).values()] == [True, False, False, False]


def test_first_match_is_the_type_and_all_are_tags() -> None:
    more = [(1, TODAY, "severe_complaint_opened"), (1, TODAY, "referral_came"), (1, TODAY, "need_recorded")]
    base = Tables(deals((1, TODAY, 100)), events=events(*more))
    assert graded(base)[1]["tags"] == "marginal,key,fan,potential"
    assert graded(base)[1]["type"] == "marginal"
    row = graded(Tables(deals(), cards((1, TODAY - 400, True))))[1]
    assert (row["type"], row["tags"]) == ("key", "key,zombie")


def test_potential_by_expected_value() -> None:
    # ten customers; 1 spent most in the year up to the last deal, and nothing in these 12 months
    base = Tables(deals((1, TODAY - 400, 900), *[(who, TODAY - 10, 10 * who) for who in range(2, 11)]))
    rows = graded(base)
    assert [who for who in rows if "potential" in rows[who]["tags"]] == [1]
    assert rows[1]["expected_12m_cents"] == 90_000


def test_value_at_risk_by_the_share_of_past_customers_in_the_band() -> None:
    # a year ago both 1 and 2 had been seen that day (band 0); 2 did not come again in 12 months
    rows = graded(Tables(deals((1, YEAR_AGO, 100), (2, YEAR_AGO, 50), (1, TODAY, 33.33))))
    one, two = rows[1], rows[2]
    assert (one["band"], one["leave_share"], one["leave_by"], one["value_at_risk_cents"]) == (0, 0.5, "band", 1667)
    assert (two["band"], two["leave_share"], two["leave_by"], two["value_at_risk_cents"]) == (1, 0.25, "prior", 1250)


def test_expected_value_ends_on_the_last_deal_day_and_is_never_counted_below_zero() -> None:
    last = day_number(date(2024, 2, 29))
    first = day_number(date(2023, 2, 28))
    rows = graded(Tables(deals((1, first, 1), (1, first + 1, 10), (1, last, 100), (1, last + 1, -70), (2, last, 5), (2, last, -9))))
    assert rows[1]["expected_12m_cents"] == 11_000
    assert rows[2]["expected_12m_cents"] == -400
    assert rows[2]["value_at_risk_cents"] == 0


def test_change_of_spend_windows() -> None:
    half = months_before(TODAY, 6)
    row = graded(Tables(deals((1, YEAR_AGO, 1), (1, YEAR_AGO + 1, 2), (1, half, 4), (1, half + 1, 8), (1, TODAY, 16), (1, TODAY + 1, 32))))[
        1
    ]
    assert (row["prev6_cents"], row["last6_cents"], row["amount_12m_cents"], row["deal_days_12m"]) == (600, 2400, 3000, 4)
    assert (row["amount_all_cents"], row["deal_days"]) == (3100, 5)


def test_amounts_beyond_what_a_double_holds_stay_exact() -> None:
    rows = [(1, TODAY - day, 45_035_996_273_704.97) for day in range(5)]
    row = graded(Tables(deals(*rows)))[1]
    assert row["amount_all_cents"] == 5 * round(45_035_996_273_704.97 * 100)


def test_nobody_at_all() -> None:
    table, cuts = grade(Tables(deals()), TODAY, Thresholds())
    assert (table.num_rows, cuts.n, cuts.m_pop_default) == (0, 0, True)


def test_cuts_go_through_json_and_refuse_what_they_are_not() -> None:
    _, cuts = grade(Tables(deals(*LOYAL)), TODAY, Thresholds())
    assert Cuts.from_json(cuts.to_json()) == cuts
    with pytest.raises(ValueError, match="object"):
        Cuts.from_json("[]")
    with pytest.raises(TypeError):
        Cuts.from_json('{"n": 1}')


def test_a_customer_the_cuts_do_not_know_is_graded_at_once() -> None:
    known = facts(Tables(deals(*regular(1, 60, 5, TODAY), (2, TODAY - 30, 1000))), TODAY, Thresholds())
    cuts = summarise([known], Thresholds())
    new = facts(Tables(deals((9, TODAY + 1, 5000))), TODAY + 1, Thresholds())
    row = assign(new, cuts, Thresholds()).to_pylist()[0]
    assert (row["abc"], row["r"], row["m"], row["stage_rule_code"], row["cycle_days"]) == ("A", 3, 5, "A.first", 60.0)
