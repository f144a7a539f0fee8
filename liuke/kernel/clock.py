"""Days: which one is today, and where a window of months begins. Analytics counts days as int32 since 1970-01-01."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=16)
def _zone(tz: str) -> ZoneInfo:
    return ZoneInfo(tz)


def today(tz: str = DEFAULT_ZONE) -> date:
    """The calendar day it is now in the time zone `tz`."""
    return datetime.now(_zone(tz)).date()


def start_of(day: date, tz: str = DEFAULT_ZONE) -> datetime:
    """The first moment of a day in the time zone `tz`. Conditions on moments are asked with it: a database that has to make a day of
    every row's moment first can use no index."""
    return datetime.combine(day, time.min, _zone(tz))


def months_before(day: date, n: int) -> date:
    """The same date `n` months before; one that does not exist is the last of its month. A negative `n` goes forward.

    >>> months_before(date(2024, 3, 31), 1)
    datetime.date(2024, 2, 29)
    """
    index = day.year * 12 + day.month - 1 - n
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def window_start(as_of: date, months: int) -> date:
    """The day a window of `months` months is *later than*: a deal counts when `window_start < day <= as_of`.

    "The last 12 months" of 2024-02-29 are later than 2023-02-28, up to and with 2024-02-29.
    """
    return months_before(as_of, months)


def in_window(day: date, as_of: date, months: int) -> bool:
    """Whether `day` lies in the last `months` months, the as-of date included."""
    return window_start(as_of, months) < day <= as_of


def to_day(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def from_day(number: int) -> date:
    """The date `number` days after 1970-01-01. Raises `ValueError` or `OverflowError` outside the years 1–9999."""
    return date.fromordinal(number + _EPOCH)
