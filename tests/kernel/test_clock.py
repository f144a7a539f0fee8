from datetime import UTC, date, datetime

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.clock import from_day, in_window, months_before, start_of, to_day, today, window_start


def test_today_is_the_day_in_the_zone() -> None:
    with time_machine.travel("2024-03-04T18:00:00Z", tick=False):
        assert (today(), today("UTC")) == (date(2024, 3, 5), date(2024, 3, 4))


def test_a_day_begins_in_the_zone() -> None:
    assert start_of(date(2024, 3, 5)) == datetime(2024, 3, 4, 16, tzinfo=UTC)
    assert start_of(date(2024, 3, 31), "Europe/Berlin") == datetime(2024, 3, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "n", "before"),
    [
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2023, 3, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2011, 12, 9), 12, date(2010, 12, 9)),
        (date(2024, 1, 15), 1, date(2023, 12, 15)),
        (date(2024, 1, 31), -1, date(2024, 2, 29)),
        (date(2024, 5, 5), 0, date(2024, 5, 5)),
    ],
)
def test_months_before(day: date, n: int, before: date) -> None:
    assert months_before(day, n) == before


def test_a_window_is_later_than_its_start_and_ends_on_the_day() -> None:
    as_of = date(2011, 12, 9)
    assert window_start(as_of, 12) == date(2010, 12, 9)
    days = [date(2010, 12, 9), date(2010, 12, 10), date(2011, 12, 9), date(2011, 12, 10)]
    assert [in_window(day, as_of, 12) for day in days] == [False, True, True, False]


def test_days_are_counted_from_1970() -> None:
    assert (to_day(date(1970, 1, 1)), to_day(date(2011, 12, 9)), from_day(15317)) == (0, 15317, date(2011, 12, 9))


@given(st.dates())
def test_day_numbers_go_back(day: date) -> None:
    assert from_day(to_day(day)) == day


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 240))
def test_same_day_or_the_last_of_the_month(day: date, n: int) -> None:
    before = months_before(day, n)
    assert (day.year - before.year) * 12 + day.month - before.month == n
    assert before.day == day.day or (before.day < day.day and from_day(to_day(before) + 1).day == 1)
