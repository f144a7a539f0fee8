from __future__ import annotations

from datetime import date
from fractions import Fraction
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.cycle import compare, cycle_ratio, median_doubled
from liuke.analytics.days import day_number
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.bases import TODAY, deals, graded, regular


def test_worked_example_five_deal_days_with_90_and_60_make_70_days() -> None:
    top, bottom = cycle_ratio(np.array([5]), np.array([120]), 180, 2)
    assert Fraction(int(top[0]), int(bottom[0])) == 70
    assert compare(np.array([140]), top, bottom, Fraction(2)).tolist() == [0]


def test_worked_example_on_a_base_of_that_median() -> None:
    # 何静 comes every 60 days; three who come every 90 or more make 90 the median of all ten intervals
    base = [*regular(1, 60, 5, TODAY - 140), *regular(2, 90, 3, TODAY), *regular(3, 90, 3, TODAY), *regular(4, 200, 3, TODAY)]
    row = graded(Tables(deals(*base)))[1]
    assert (row["cycle_days"], row["elapsed_cycles"], row["recency_days"]) == (70.0, 2.0, 140)
    assert (row["stage_rule_code"], row["attitude"]) == ("D.elapsed", "none")  # 2 cycles are not past 2 cycles


def test_one_deal_day_has_the_cycle_of_all() -> None:
    row = graded(Tables(deals(*regular(1, 80, 2, TODAY), (2, TODAY - 40, 10))))[2]
    assert (row["cycle_days"], row["elapsed_cycles"]) == (80.0, 0.5)


@pytest.mark.parametrize("days", [180, 60])
def test_where_nobody_repeats_the_pack_says(days: int) -> None:
    row = graded(Tables(deals((1, TODAY - 30, 10))), thresholds=Thresholds(default_cycle_days=days))[1]
    assert row["cycle_days"] == float(days)


def test_several_deals_of_one_day_are_one_deal_day_and_refunds_none() -> None:
    day = day_number(date(2025, 5, 1))
    row = graded(Tables(deals((1, day, 10), (1, day, 20), (1, day + 3, -20), (1, day + 5, 0))))[1]
    assert (row["deal_days"], row["amount_all_cents"], row["last_day"]) == (2, 1000, day + 5)
    assert (row["mean_deal_cents"], row["median_deal_cents"]) == (1500, 1500)


@given(st.lists(st.integers(0, 60), max_size=40))
def test_median_by_counts_is_the_median(values: list[int]) -> None:
    assert median_doubled(np.bincount(np.array(values, np.int64))) == (2 * median(values) if values else 0)


@pytest.mark.parametrize(("recency", "code"), [(104, "C.regular"), (105, "D.elapsed")])
def test_1_75_cycles_are_reached_at_1_75(recency: int, code: str) -> None:
    row = graded(Tables(deals(*regular(1, 60, 5, TODAY - recency))))[1]
    assert row["cycle_days"] == 60.0
    assert row["stage_rule_code"] == code
