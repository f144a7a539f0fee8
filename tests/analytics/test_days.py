from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.days import date_of, day_number, months_before, months_before_all


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2025, 2, 28), 12, date(2024, 2, 28)),
        (date(2025, 8, 31), 6, date(2025, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 3, 31), 24, date(2023, 3, 31)),
        (date(1970, 1, 1), 12, date(1969, 1, 1)),
    ],
)
def test_same_date_earlier_or_the_last_of_its_month(day: date, months: int, before: date) -> None:
    assert date_of(months_before(day_number(day), months)) == before


@given(st.lists(st.dates(date(1900, 1, 1), date(2200, 12, 31)), min_size=1, max_size=20), st.integers(1, 60))
def test_a_column_is_shifted_as_each_of_its_days(days: list[date], months: int) -> None:
    def slow(day: date) -> date:
        at = day.year * 12 + day.month - 1 - months
        first = date(at // 12, at % 12 + 1, 1)
        following = (first + timedelta(days=31)).replace(day=1)
        return first + timedelta(days=min(day.day, (following - first).days) - 1)

    column = np.array([day_number(day) for day in days], np.int32)
    assert [date_of(x) for x in months_before_all(column, months)] == [slow(day) for day in days]
