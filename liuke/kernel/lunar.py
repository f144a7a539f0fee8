"""The lunar calendar and Chinese numerals, as far as birthdays and festivals need them. Calendar after Beijing time, by lunar-python."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from lunar_python import LunarMonth, LunarYear

FIRST_YEAR, LAST_YEAR = 1900, 2099

_DIGITS = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
NUMERALS = "".join(_DIGITS) + "十廿卅初"
_MONTHS = {"正": 1, "冬": 11, "腊": 12, "臘": 12}
MONTH_NAMES = "".join(_MONTHS)
MONTH_WORDS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
DAY_WORDS = tuple(
    {10: "初十", 20: "二十", 30: "三十"}.get(day) or "初十廿"[(day - 1) // 10] + "一二三四五六七八九"[day % 10 - 1] for day in range(1, 31)
)


class LunarDay(NamedTuple):
    """A day of the lunar calendar. `leap`: of the month that comes the second time."""

    year: int
    month: int
    day: int
    leap: bool = False


def numeral(text: str) -> int | None:
    """A number up to 99, or a day of the month: 八 8, 十五 15, 初八 8, 廿一 21, 三十 30, 卅 30, also 15. None if it is none."""
    if text.isascii():
        return int(text) if text.isdigit() and len(text) <= 2 else None
    text = text.removeprefix("初").replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _DIGITS.get(text)
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def year_numeral(text: str) -> int | None:
    """Four figures of a year, in Chinese or Arabic: 一九八五, 二〇〇一, 1985."""
    if len(text) != 4:
        return None
    figures = [_DIGITS.get(sign, int(sign) if sign.isascii() and sign.isdigit() else -1) for sign in text]
    return None if min(figures) < 0 else int("".join(map(str, figures)))


def month_numeral(text: str) -> int | None:
    """A month 1–12: 正 1, 冬 11, 腊 12, 十一, 8."""
    month = _MONTHS.get(text) or numeral(text)
    return month if month is not None and 1 <= month <= 12 else None


def leap_month(year: int) -> int:
    """The month of this lunar year that comes twice, or 0."""
    return int(LunarYear.fromYear(year).getLeapMonth())


@lru_cache(maxsize=8192)
def to_solar(year: int, month: int, day: int, leap: bool = False) -> date:
    """The calendar day of a lunar date. A leap month the year has not is the plain one; a 30th the month has not is its last day.

    `year` is the lunar year (its twelfth month ends in January or February of the next), 1900–2099.
    """
    signed = -month if leap and leap_month(year) == month else month
    length = int(LunarMonth.fromYm(year, signed).getDayCount())
    return _first(year, signed).fromordinal(_first(year, signed).toordinal() + min(day, length) - 1)


def length(year: int, month: int, leap: bool = False) -> int:
    """29 or 30 days. A leap month the year has not is the plain one."""
    return int(LunarMonth.fromYm(year, -month if leap and leap_month(year) == month else month).getDayCount())


@lru_cache(maxsize=4096)
def of(day: date) -> LunarDay:
    """The lunar date of a calendar day, 1901–2099."""
    from lunar_python import Solar

    found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return LunarDay(int(found.getYear()), abs(int(found.getMonth())), int(found.getDay()), int(found.getMonth()) < 0)


def spoken(month: int, day: int, leap: bool = False) -> str:
    """四月初八, 闰四月初八, 腊月三十."""
    return f"{'闰' if leap else ''}{MONTH_WORDS[month - 1]}月{DAY_WORDS[day - 1]}"


@lru_cache(maxsize=4096)
def _first(year: int, signed_month: int) -> date:
    from lunar_python import Lunar

    solar = Lunar.fromYmd(year, signed_month, 1).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
