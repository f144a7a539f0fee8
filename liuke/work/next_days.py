"""On which day a customer is contacted next. Pure. Source: domain page 3, Next contact."""

from __future__ import annotations

from datetime import date, timedelta


def next_day(day: date | None, set_by_somebody: bool, last: date | None, days: int) -> date | None:
    """The day of the next contact after the last one: `days` later, by the grade. A day that somebody set and that has not come yet stays,
    and so does one of the grade's that is later still.

    >>> next_day(date(2026, 11, 22), True, date(2026, 11, 22), 30)
    datetime.date(2026, 12, 22)
    """
    if last is None or (day is not None and set_by_somebody and day > last):
        return day
    due = last + timedelta(days)
    return due if day is None or set_by_somebody else max(day, due)


def first_day(last: date | None, days: int, on: date, customer: int) -> date:
    """A first day by the grade for a customer who has none. Those who are past it, or were never contacted, are spread over one interval:
    nobody's list fills up on the day this begins."""
    due = last + timedelta(days) if last else on
    return due if due > on else on + timedelta(1 + customer % days)
