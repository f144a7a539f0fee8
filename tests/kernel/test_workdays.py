"""The Chinese working calendar, against the State Council's notices for 2025 and 2026."""

from datetime import date, datetime, time, timedelta

import pytest

from liuke.kernel.workdays import (
    add_working,
    after_rest,
    at_rest,
    day_of_holiday,
    holiday,
    makes_up_for,
    next_working,
    published,
    working_minutes,
    works,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("on", "off_for", "made_up", "at_work"),
    [
        ("2026-02-14", "", "春节", True),
        ("2026-02-15", "春节", "", False),
        ("2026-02-23", "春节", "", False),
        ("2026-02-24", "", "", True),
        ("2026-02-28", "", "春节", True),
        ("2026-10-01", "国庆节", "", False),
        ("2026-10-08", "", "", True),
        ("2026-10-10", "", "国庆节", True),
        ("2026-10-11", "", "", False),
        ("2026-01-01", "元旦", "", False),
        ("2026-11-20", "", "", True),
        ("2026-11-21", "", "", False),
    ],
)
def test_holidays_and_the_days_worked_for_them(on, off_for, made_up, at_work):
    assert (holiday(day(on)), makes_up_for(day(on)), works(day(on))) == (off_for, made_up, at_work)


@pytest.mark.parametrize(("year", "off"), [(2025, 28), (2026, 33)])
def test_as_many_days_off_as_the_notice_says(year, off):
    days = [date(year, 1, 1) + timedelta(n) for n in range(365)]
    assert sum(bool(holiday(one)) for one in days) == off


def test_the_company_says_otherwise():
    changes = {day("2026-11-20"): False, day("2026-11-21"): True, day("2026-10-01"): True}
    assert (works(day("2026-11-20"), changes), works(day("2026-11-21"), changes)) == (False, True)
    assert at_rest(day("2026-11-20"), 3, changes)
    assert not at_rest(day("2026-10-01"), 3, changes)
    assert not at_rest(day("2026-11-21"), 3)  # a Saturday is a day like others


def test_the_first_days_of_a_holiday_are_quiet():
    assert [at_rest(day("2026-02-14") + timedelta(n), 3) for n in range(5)] == [False, True, True, True, False]
    assert after_rest(day("2026-02-16"), 3) == day("2026-02-18")
    assert after_rest(day("2026-02-16"), 0) == day("2026-02-16")
    assert after_rest(day("2026-01-01"), 5) == day("2026-01-04")  # a holiday of three days is quiet for three
    assert (day_of_holiday(day("2026-10-03")), day_of_holiday(day("2026-10-10"))) == (3, 0)


def test_days_of_work_are_counted():
    assert add_working(day("2026-09-30"), 1) == day("2026-10-08")
    assert add_working(day("2026-10-09"), 1) == day("2026-10-10")
    assert add_working(day("2026-10-01"), 0) == day("2026-10-08")
    assert next_working(day("2026-11-21")) == day("2026-11-23")


def test_minutes_at_work_pass_over_night_and_holiday():
    opens, closes = time(9), time(18)
    begun = datetime(2026, 9, 30, 17, 30)
    assert working_minutes(begun, datetime(2026, 10, 8, 9, 10), opens, closes) == 40
    assert working_minutes(begun, datetime(2026, 9, 30, 17, 45), opens, closes) == 15
    assert working_minutes(begun, begun - timedelta(hours=1), opens, closes) == 0


def test_a_year_that_is_not_published_has_weekends_only():
    assert (published(2026), published(2027)) == (True, False)
    assert (works(day("2027-10-01")), works(day("2027-10-02"))) == (True, False)
