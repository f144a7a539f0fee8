"""Days as int32 numbers since 1970-01-01, and the calendar steps between them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

EPOCH = date(1970, 1, 1)
NO_DAY = -(2**31)
"""Stands for "never" in int32 day columns inside this package; results carry a null instead."""


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def months_before(number: int, months: int) -> int:
    """The same date `months` earlier; a date that does not exist is the last of its month (29 Feb - 12 months is 28 Feb)."""
    return int(months_before_all(np.array([number], np.int32), months)[0])


def months_before_all(numbers: NDArray[np.int32], months: int) -> NDArray[np.int32]:
    """`months_before` for a column of day numbers. Few distinct days occur, so a table over their range is used."""
    if not len(numbers):
        return np.empty(0, np.int32)
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 4 * len(numbers) + 1000:
        return _shift(numbers, months)
    table = _shift(np.arange(low, high + 1, dtype=np.int32), months)
    return np.asarray(table[numbers - low], np.int32)


def _shift(numbers: NDArray[np.int32], months: int) -> NDArray[np.int32]:
    day = numbers.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    of_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    target = month - np.timedelta64(months, "M")
    first = target.astype("datetime64[D]").astype(np.int64)
    length = (target + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    return np.asarray(first + np.minimum(of_month, length - 1), np.int32)
