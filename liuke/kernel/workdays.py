"""The Chinese working calendar: statutory holidays and the days worked to make up for them, as published, by lunar-python.

A year that has not been published yet (`published`) is weekdays and weekends only. A company may say otherwise for single days
(`changes`: day → whether it works); what it says comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from lunar_python.util import HolidayUtil

Changes = Mapping[date, bool]
NONE: Changes = {}
SATURDAY = 5
_SAID = {"元旦节": "元旦"}


@lru_cache(maxsize=64)
def _year(year: int) -> dict[date, tuple[str, bool]]:
    """day → (holiday, whether it is worked to make up for it) of the days that a year's notice names."""
    days = HolidayUtil.getHolidays(year)
    return {date.fromisoformat(day.getDay()): (_SAID.get(day.getName(), day.getName()), day.isWork()) for day in days}


def published(year: int) -> bool:
    """Whether the holidays of this year are known."""
    return bool(_year(year))


def holiday(day: date) -> str:
    """The statutory holiday this day is off for, "" for any other day.

    >>> holiday(date(2026, 10, 7)), holiday(date(2026, 10, 10))
    ('国庆节', '')
    """
    name, worked = _year(day.year).get(day, ("", False))
    return "" if worked else name


def makes_up_for(day: date) -> str:
    """The statutory holiday that is made up for by working on this day (a Saturday or Sunday), else "".

    >>> makes_up_for(date(2026, 10, 10))
    '国庆节'
    """
    name, worked = _year(day.year).get(day, ("", False))
    return name if worked else ""


def works(day: date, changes: Changes = NONE) -> bool:
    """Whether people work on this day.

    >>> works(date(2026, 10, 8)), works(date(2026, 10, 10)), works(date(2026, 10, 7)), works(date(2026, 10, 11))
    (True, True, False, False)
    """
    if day in changes:
        return changes[day]
    name, worked = _year(day.year).get(day, ("", False))
    return worked if name else day.weekday() < SATURDAY


def day_of_holiday(day: date) -> int:
    """Which day of its statutory holiday this is, from 1; 0 for any other day.

    >>> day_of_holiday(date(2026, 2, 15)), day_of_holiday(date(2026, 2, 17)), day_of_holiday(date(2026, 2, 28))
    (1, 3, 0)
    """
    name, count = holiday(day), 0
    while name and holiday(day - timedelta(count)) == name:
        count += 1
    return count


def at_rest(day: date, first: int, changes: Changes = NONE) -> bool:
    """Whether nobody is bothered on this day: one of the `first` days of a statutory holiday, or a day the company itself takes off.

    Weekends are days like others: shops are open, and customers have time. A day the company works is never one of rest.
    """
    return not changes[day] if day in changes else 1 <= day_of_holiday(day) <= first


def after_rest(day: date, first: int, changes: Changes = NONE) -> date:
    """The day itself, or the first after it that is not one of rest.

    >>> after_rest(date(2026, 2, 15), 3)
    datetime.date(2026, 2, 18)
    """
    while at_rest(day, first, changes):
        day += timedelta(1)
    return day


def next_working(day: date, changes: Changes = NONE) -> date:
    """The day itself, or the first after it on which people work."""
    while not works(day, changes):
        day += timedelta(1)
    return day


def add_working(day: date, days: int, changes: Changes = NONE) -> date:
    """The `days`-th day of work after `day`; 0 is the day itself or the next on which people work.

    >>> add_working(date(2026, 9, 30), 1)
    datetime.date(2026, 10, 8)
    """
    found = next_working(day, changes) if days == 0 else day
    for _turn in range(days):
        found = next_working(found + timedelta(1), changes)
    return found


def working_minutes(start: datetime, end: datetime, opens: time, closes: time, changes: Changes = NONE) -> int:
    """Whole minutes between two local times in which people were at work, `opens` to `closes` on each day of work; 0 when end <= start."""
    total, day = timedelta(), start.date()
    while day <= end.date():
        if works(day, changes):
            from_, to = datetime.combine(day, opens, start.tzinfo), datetime.combine(day, closes, start.tzinfo)
            total += max(min(end, to) - max(start, from_), timedelta())
        day += timedelta(1)
    return int(total.total_seconds() // 60)
