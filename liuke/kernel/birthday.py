"""Birthdays: of the sun or of the moon, with or without a year."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from liuke.kernel import lunar
from liuke.kernel.dates import FIRST_YEAR, LAST_YEAR, parse_date
from liuke.kernel.refusal import Refused, shown
from liuke.kernel.text import strip_invisible

MAX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Birthday:
    """What is known of a birthday. With `lunar`, year, month and day are of the lunar calendar, and `leap` says 闰."""

    year: int | None
    month: int | None
    day: int | None
    lunar: bool = False
    leap: bool = False

    def in_year(self, year: int) -> date | None:
        """The day it is celebrated in `year`, or None while month or day is unknown.

        29 February is celebrated on the 28th in common years. A lunar birthday is that of the lunar year `year`, whose last two months may
        lie in January or February of the next year: for "which birthday comes next" ask `next_on`. The 30th of a month of 29 days is
        its last day; one born in a leap month has the plain month in years without it.
        """
        if self.month is None or self.day is None:
            return None
        if self.lunar:
            return lunar.to_solar(year, self.month, self.day, self.leap)
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))

    def next_on(self, day: date) -> date | None:
        """The first celebration on or after `day`, or None while month or day is unknown. `day` in 1901–2097 for lunar ones."""
        for year in (day.year - 1, day.year, day.year + 1) if self.lunar else (day.year, day.year + 1):
            found = self.in_year(year)
            if found is None or found >= day:
                return found
        raise AssertionError("a birthday comes every year")

    def born(self) -> date | None:
        """The day of birth in the common calendar, if all of it is known."""
        return None if self.year is None else self.in_year(self.year)

    def age(self, on: date) -> int | None:
        """Full years 周岁 on that day; None without a year, or before the birth.

        Of a lunar birthday too they are counted by the common calendar. With the year alone it is the difference of the years, with
        year and month a month counts once it is over: it may then be one off.
        """
        if self.year is None:
            return None
        born = self.born()
        if born is not None:
            age = on.year - born.year - (on < Birthday(None, born.month, born.day)._in(on.year))
        else:
            age = on.year - self.year - (self.month is not None and on.month <= self.month)
        return age if age >= 0 else None

    def _in(self, year: int) -> date:
        found = self.in_year(year)
        assert found is not None
        return found


Celebrated = tuple[bool, int, int, bool]
"""What a card says of a birthday, but for the year: lunar, month, day, leap."""


def celebrated_on(day: date) -> frozenset[Celebrated]:
    """Every birthday whose celebration (Birthday.in_year) falls on this day, 1901–2097: so they are found without looking at all cards.

    On 28 February of a common year also those of the 29th; on the last day of a lunar month of 29 days also those of the 30th; in a
    plain month whose year has no leap one also those born in the leap month.
    """
    found = {(False, day.month, day.day, False)}
    if (day.month, day.day) == (2, 28) and monthrange(day.year, 2)[1] == 28:
        found.add((False, 2, 29, False))
    on = lunar.of(day)
    leaps = {on.leap} if on.leap or lunar.leap_month(on.year) == on.month else {False, True}
    days = {on.day, 30} if on.day == 29 and lunar.length(on.year, on.month, on.leap) == 29 else {on.day}
    return frozenset(found | {(True, on.month, each, leap) for each in days for leap in leaps})


_LUNAR = re.compile(r"\(?(?:农历|農曆|阴历|旧历|夏历|lunar|农)\)?[:\s]*")
_SOLAR = re.compile(r"\(?(?:公历|阳历|新历|国历|西历|solar)\)?[:\s]*")
_N = rf"[0-9]{{1,2}}|[{lunar.NUMERALS}]{{1,3}}"
_YEAR = rf"[0-9]{{4}}|[{lunar.NUMERALS}]{{4}}"
_IN_WORDS = re.compile(
    rf"(?:(?P<y>{_YEAR})\s*年\s*)?(?P<leap>闰|閏)?\s*(?P<m>{_N}|[{lunar.MONTH_NAMES}])\s*月\s*(?:(?P<d>{_N})\s*[日号]?)?"
)
_IN_FIGURES = re.compile(r"(?:(?P<y>[0-9]{4})(?P<s>[-/.])(?P<leap>闰)?)?(?P<m>[0-9]{1,2})(?(s)(?P=s)|[-/.])(?P<d>[0-9]{1,2})")
_MONTH_DAY_RUN = re.compile(r"(?P<m>0[1-9]|1[0-2])(?P<d>[0-9]{2})")
_YEAR_ALONE = re.compile(rf"(?P<y>{_YEAR})\s*年?(?:生|出生)?")
_YEAR_MONTH = re.compile(r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})")
_HAN_NUMERAL = re.compile(f"[{lunar.NUMERALS}{lunar.MONTH_NAMES}闰閏]")


def parse_birthday(cell: object, *, epoch: int = 1900, latest: date | None = None) -> Birthday | None:
    """The birthday a cell names, or None where it is empty or a placeholder.

    Every form of `parse_date`; 农历 or Chinese numerals are lunar (农历八月十五, 闰四月初三, 腊月三十); 公历 says otherwise. Month and
    day without a year (8-15, 8月15日, 0815), a year alone (1985), year and month too. Refuses, with codes birthday.* and date.*:
    days that no year has, a leap month that year has not, a known day of birth after `latest`.
    """
    found = _parse(cell, epoch)
    if found is not None and latest is not None:
        born = found.born()
        if (born or date(found.year or FIRST_YEAR, 1, 1)) > latest:
            raise Refused("birthday.future", "生日在今天以后：%(value)s", value=shown(cell))
    return found


def _parse(cell: object, epoch: int) -> Birthday | None:
    if not isinstance(cell, str):
        if isinstance(cell, int | float) and not isinstance(cell, bool) and FIRST_YEAR <= cell <= LAST_YEAR and cell == int(cell):
            return Birthday(int(cell), None, None)
        return _solar(parse_date(cell, epoch=epoch))
    if len(cell) > MAX_LENGTH:
        raise Refused("birthday.unreadable", "生日看不懂：%(value)s", value=shown(cell))
    text = unicodedata.normalize("NFKC", strip_invisible(cell)).strip().strip("'").strip().lower()
    said_lunar, said_solar = bool(_LUNAR.search(text)), bool(_SOLAR.search(text))
    if said_lunar and said_solar:
        raise Refused("birthday.calendar", "生日又写农历又写公历：%(value)s", value=shown(cell))
    text = _SOLAR.sub("", _LUNAR.sub("", text)).strip()
    if text in ("除夕", "大年三十", "年三十"):
        return Birthday(None, 12, 30, lunar=True)
    by_moon = said_lunar or (not said_solar and bool(_HAN_NUMERAL.search(text)))
    match = _IN_WORDS.fullmatch(text) or _IN_FIGURES.fullmatch(text) or _MONTH_DAY_RUN.fullmatch(text) or _YEAR_MONTH.fullmatch(text)
    if match:
        return _made(match.groupdict(), by_moon, cell)
    match = _YEAR_ALONE.fullmatch(text)
    if match:
        year = lunar.year_numeral(match["y"])
        if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
            return _solar(parse_date(text, epoch=epoch)) if text == "0000" else _refuse("birthday.unreadable", cell)
        return Birthday(year, None, None, said_lunar)
    if not said_lunar:
        return _solar(parse_date(text, epoch=epoch))
    run = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
    return _made(dict(zip("ymd", run.groups(), strict=True)), True, cell) if run else _refuse("birthday.unreadable", cell)


def _solar(day: date | None) -> Birthday | None:
    return None if day is None else Birthday(day.year, day.month, day.day)


def _refuse(code: str, cell: object) -> NoReturn:
    if code == "birthday.impossible":
        raise Refused("birthday.impossible", "没有这一天：%(value)s", value=shown(cell))
    raise Refused("birthday.unreadable", "生日看不懂：%(value)s", value=shown(cell))


def _made(parts: dict[str, str | None], by_moon: bool, cell: object) -> Birthday | None:
    year = None if not parts.get("y") else lunar.year_numeral(parts["y"] or "")
    month = lunar.month_numeral(parts["m"] or "")
    day = lunar.numeral(parts["d"] or "") if parts.get("d") else None
    leap = bool(parts.get("leap"))
    if not by_moon and year is not None and day is not None:
        return _solar(parse_date(f"{year:04d}-{lunar.numeral(parts['m'] or '') or 0}-{day}"))
    if parts.get("y") and (year is None or not FIRST_YEAR <= year <= LAST_YEAR):
        _refuse("birthday.unreadable", cell)
    if month is None or (parts.get("d") and not day) or (day or 1) > (30 if by_moon else monthrange(2024, month)[1]):
        _refuse("birthday.impossible", cell)
    if leap and year is not None and lunar.leap_month(year) != month:
        raise Refused("birthday.leap_month", "%(year)s 年没有闰 %(month)s 月", year=year, month=month)
    if day is None and year is None:
        _refuse("birthday.unreadable", cell)
    return Birthday(year, month, day, by_moon, leap)
