"""Dates as people and spreadsheets write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NoReturn
from zoneinfo import ZoneInfo

from liuke.kernel import lunar
from liuke.kernel.refusal import Refused, shown
from liuke.kernel.text import strip_invisible

FIRST_YEAR, LAST_YEAR = 1900, 2099
MAX_LENGTH = 64

_ZERO = {1900: date(1899, 12, 30).toordinal(), 1904: date(1904, 1, 1).toordinal()}
_PLACEHOLDER_DAYS = frozenset((date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1904, 1, 1), date(1970, 1, 1), date(1, 1, 1)))
_NOTHING = frozenset(("", "-", "--", "—", "——", "/", "无", "没有", "暂无", "未知", "不详", "未填", "n/a", "na", "null", "none", "0", "0.0"))
_YEAR_FIRST = re.compile(
    r"(?P<y>[0-9]{4})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})\s*[日号]?"
    r"(?:\s*(?:星期|周|礼拜)[一二三四五六日天])?"
    # The time of day: it is only looked at where a zone follows.
    r"(?:(?:(?<=[日号])|t|\s+)\s*(?P<time>(?:上午|下午|am|pm)?\s*[0-9]{1,2}[:时点][0-9]{1,2}(?:[:分][0-9]{1,2}(?:\.[0-9]+)?秒?|分)?\s*(?:am|pm)?))?"
    r"\s*(?P<zone>z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})?"
)
_DASHED = re.compile(r"(?<=[0-9])\s*[年月]\s*(?=[0-9])")
_RUN = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?:[t ]*[0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?)?")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_IN_CHINESE = re.compile(rf"(?P<y>[{lunar.NUMERALS}]{{4}})年(?P<m>[{lunar.NUMERALS}]{{1,3}})月(?P<d>[{lunar.NUMERALS}]{{1,3}})[日号]?")


def parse_date(cell: object, *, epoch: int = 1900, latest: date | None = None) -> date | None:
    """The day a cell names, or None where it is empty or a placeholder (0000-00-00, 1900-01-00, 1970-01-01, 无, -).

    Takes dates and datetimes (one with a time zone is read in Shanghai), serials of the workbook's `epoch` (1900 or 1904; 20000–60000,
    also as text), 2024年3月5日, 2024/3/5, 2024.3.5, 20240305, each with a time of day, which is dropped. Refuses, with codes date.*: day
    or month first, two-digit years, days that do not exist, years outside 1900–2099, incomplete dates, and days after `latest`.
    """
    if type(cell) is str:
        day = _from_text(cell, epoch) if len(cell) <= MAX_LENGTH else _refuse(cell)
    else:
        day = _from_cell(cell, epoch)
    if latest is not None and day is not None and day > latest:
        raise Refused("date.future", "日期 %(value)s 还没到", value=day.isoformat())
    return day


def _refuse(cell: object) -> NoReturn:
    raise Refused("date.unreadable", "日期看不懂：%(value)s", value=shown(cell))


def _from_cell(cell: object, epoch: int) -> date | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return _kept(_in_shanghai(cell), cell)
    if isinstance(cell, date):
        return _kept(cell, cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if cell == 0:
            return None
        if 20_000 <= cell <= 60_000:
            return _kept(date.fromordinal(_ZERO[epoch] + int(cell)), cell)
        if 19_000_101 <= cell <= 20_991_231 and cell == int(cell):
            return _from_text(str(int(cell)), epoch)
    _refuse(cell)


def _in_shanghai(moment: datetime) -> date:
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(ZoneInfo("Asia/Shanghai")).date()
    except OverflowError:
        return moment.date()


def _kept(day: date, cell: object) -> date | None:
    if day in _PLACEHOLDER_DAYS:
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refused("date.year", "年份不对：%(value)s", value=shown(cell))
    return day


@lru_cache(maxsize=65_536)
def _from_text(cell: str, epoch: int) -> date | None:
    text = unicodedata.normalize("NFKC", strip_invisible(cell)).strip().strip("'").strip().lower()
    if text in _NOTHING:
        return None
    match = _YEAR_FIRST.fullmatch(_DASHED.sub("-", text) if "年" in text else text) or _RUN.fullmatch(text)
    if match:
        return _zoned(match, cell, _real(int(match["y"]), int(match["m"]), int(match["d"]), cell))
    if _SERIAL.fullmatch(text) and 20_000 <= float(text) <= 60_000:
        return _kept(date.fromordinal(_ZERO[epoch] + int(float(text))), cell)
    match = _IN_CHINESE.fullmatch(text)
    if match:
        year, month, day = lunar.year_numeral(match["y"]), lunar.numeral(match["m"]), lunar.numeral(match["d"])
        if year is not None and month is not None and day is not None:
            return _real(year, month, day, cell)
    raise _why(text, cell)


def _real(year: int, month: int, day: int, cell: object) -> date | None:
    if (year == 0 or year == 1900) and (month == 0 or day == 0):
        return None
    try:
        return _kept(date(year, month, day), cell)
    except ValueError:
        raise Refused("date.impossible", "没有这一天：%(value)s", value=shown(cell)) from None


def _zoned(match: re.Match[str], cell: str, day: date | None) -> date | None:
    """A stamp with Z or an offset names a moment: its day is the day in Shanghai."""
    found = match.groupdict()
    zone, clock = found.get("zone"), found.get("time")
    if day is None or not zone:
        return day
    hours = re.search(r"([0-9]{1,2}):([0-9]{2})", clock or "")
    if hours is None or int(hours[1]) > 23 or int(hours[2]) > 59 or re.search("[ap]m|[上下]午", clock or ""):
        _refuse(cell)
    offset = timedelta(0)
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    moment = datetime(day.year, day.month, day.day, int(hours[1]), int(hours[2])) - offset + timedelta(hours=8)  # noqa: DTZ001
    return _kept(moment.date(), cell)


def _why(text: str, cell: str) -> Refused:
    value = shown(cell)
    if set(text) == {"#"}:
        return Refused("date.hashes", "单元格显示成 ####，请把列拉宽后重新导出")
    if re.match(r"[0-9]{5,}\s*[-/.年]", text):
        return Refused("date.year", "年份不对：%(value)s", value=value)
    if re.match(r"[0-9]{1,2}\s*[-/. ]\s*(?:[0-9]{1,2}|[a-z]{3,9})\s*[-/. ,]\s*[0-9]{4}(?![0-9])|[a-z]{3,9}\.? *[0-9]", text):
        return Refused("date.order", "日期要年在前，如 2024-3-5：%(value)s", value=value)
    if re.match(r"'?[0-9]{1,2}\s*[-/.年]\s*[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}", text):
        return Refused("date.two_digit_year", "年份要写四位，如 2024-3-5：%(value)s", value=value)
    if re.fullmatch(r"[0-9]{4}(?:\s*[-/.年]\s*(?:[0-9]{1,2}\s*月?)?)?|[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}\s*[日号]?", text):
        return Refused("date.incomplete", "日期不完整，年月日都要写：%(value)s", value=value)
    return Refused("date.unreadable", "日期看不懂：%(value)s", value=value)
