"""When an occasion comes, and by which way a customer is thought of. Source: domain page 3, Care."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from liuke.kernel import lunar
from liuke.packs.care import Festival

OLDEST_YEARS = 60
"""Anniversaries are kept up to so many years."""


def anniversary(day: date, year: int) -> date:
    """The day in `year` on which something of `day` comes round; of 29 February the 28th in common years, as a birthday (kernel.birthday).

    >>> anniversary(date(2024, 2, 29), 2027)
    datetime.date(2027, 2, 28)
    """
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def anniversaries(day: date, first: date, last: date) -> list[tuple[date, int]]:
    """(day, years) on which something of `day` comes round from `first` to `last`, one year after it at the earliest."""
    found = ((anniversary(day, year), year - day.year) for year in range(first.year, last.year + 1))
    return [(each, years) for each, years in found if first <= each <= last and years >= 1]


def could_come_round(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Ranges of days, one a year back, outside of which nothing comes round from `first` to `last`; the newest first.

    A little too wide at the end of February: `anniversaries` decides.
    """
    for years in range(1, OLDEST_YEARS + 1):
        low = anniversary(first, first.year - years)
        high = anniversary(last, last.year - years)
        yield low, high + timedelta(1) if (high.month, high.day) == (2, 28) else high


def festival_days(festival: Festival, first: date, last: date) -> list[tuple[date, int]]:
    """(day, year) of a festival from `first` to `last`; `year` is the lunar one of a lunar festival."""
    found = []
    for year in range(first.year - 1, last.year + 1):
        if festival.lunar:
            day = lunar.to_solar(year, festival.month, festival.day)
        else:
            day = anniversary(date(2024, festival.month, festival.day), year)
        if first <= day <= last:
            found.append((day, year))
    return found


def days_of(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`."""
    for each in range((last - first).days + 1):
        yield first + timedelta(each)


def way(wanted: str, prefers: str, phone: bool, wechat: bool, refused: frozenset[str]) -> str | None:
    """By which way he is thought of: the one he prefers, else the one that is wanted, else a call or a message; None where none is left.

    `phone`, `wechat`: what stands on his card; `refused`: ways he does not want. Who prefers visits gets what was wanted: nobody calls on
    him for a greeting's sake.
    """
    there = {"phone": phone, "wechat": wechat, "sms": phone, "visit": True}
    for each in (prefers if prefers in ("phone", "wechat", "sms") and wanted != "visit" else wanted, wanted, "phone", "wechat"):
        if there.get(each) and each not in refused:
            return each
    return None
