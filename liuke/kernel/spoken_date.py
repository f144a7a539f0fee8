"""Days as people say and type them: 明天下午, 下周三, 12.1, 明年3月5号, 15号, +3, 两周后, 月底. Whatever parse_date reads is read too."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

from liuke.kernel import lunar
from liuke.kernel.clock import months_before
from liuke.kernel.dates import FIRST_YEAR, LAST_YEAR, MAX_LENGTH, parse_date
from liuke.kernel.refusal import Refused, shown
from liuke.kernel.text import strip_invisible

Lean = Literal["next", "past"]

_NEAR = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "今晚": 0, "现在": 0, "明天": 1, "明日": 1, "明早": 1,
    "后天": 2, "大后天": 3, "yesterday": -1, "today": 0, "now": 0, "tomorrow": 1, "tmr": 1,
}  # fmt: skip
_DAYS = {sign: at for at, sign in enumerate("一二三四五六日")} | {str(at + 1): at for at in range(7)} | {"天": 6, "末": 5}
_ENGLISH = {name: at for at, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_EDGES = {"初": True, "头": True, "底": False, "末": False}
_N = rf"(?P<n>[0-9]{{1,4}}|[两半{lunar.NUMERALS}]{{1,3}})"

_WEEKDAY = re.compile(r"(?P<far>上上|上|本|这|下下|下)?(?:个)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末1-7])")
_IN_ENGLISH = re.compile(r"(?P<far>last|this|next)?\s*(?P<day>mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?")
_YEAR = r"(?:(?P<y>去|今|本|明|来|后)年的? ?)?"
_MONTH_DAY = re.compile(_YEAR + r"(?P<m>[0-9]{1,2})(?:\s*[./-]\s*(?P<d>[0-9]{1,2})|月(?P<e>[0-9]{1,2})[日号]?)")
_MONTH_DAY_HAN = re.compile(_YEAR + rf"(?P<m>[{lunar.NUMERALS}]{{1,3}})月(?P<d>[{lunar.NUMERALS}]{{1,3}})[日号]?")
_DAY = re.compile(rf"(?P<far>上|本|这|下下|下)?(?:个?月)?(?P<d>[0-9]{{1,2}}|[{lunar.NUMERALS}]{{1,3}})[日号]")
_PLUS = re.compile(r"(?P<sign>[+-])\s*(?P<n>[0-9]{1,4})\s*(?P<unit>天|日|周|星期|礼拜|个?月|年|d|w|m|y)?")
_LATER = re.compile(rf"(?:过|再过)?{_N}\s*(?P<unit>天|日|个?星期|个?礼拜|周|个?月|年)(?:以|之)?(?P<side>后|前)?")
_EDGE = re.compile(r"(?P<far>上|本|这|下)?(?:个)?(?P<what>月|年)(?P<edge>[初头底末])")
_YEAR_EDGE = re.compile(r"(?P<far>去|今|明|后)年(?P<edge>[初头底末])")
_MONTH_EDGE = re.compile(_YEAR + rf"(?P<m>[0-9]{{1,2}}|[{lunar.NUMERALS}]{{1,3}})月(?P<edge>[初头底末])")
# The time of day is only said: a day is meant, as where parse_date drops it.
_PART = "早上|上午|中午|下午|傍晚|晚上"
_HOUR = "[0-9]{1,2}|二十[一二三]?|十[一二三四五六七八九]?|[一二两三四五六七八九]"
_TIMED = re.compile(rf"(?P<day>.+?)[\s,]*(?:(?:{_PART})?\s*(?:(?:{_HOUR})点(?:半|钟|[0-9]{{1,2}}分?)?|[0-9]{{1,2}}:[0-9]{{2}})|{_PART})")
_YEARS = {"去": -1, "今": 0, "本": 0, "明": 1, "来": 1, "后": 2}
_WEEKS = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2, "last": -1, "this": 0, "next": 1}


def parse_spoken(text: str | None, today: date, *, lean: Lean = "next") -> date | None:
    """The day that was meant on `today`, or None where nothing is written.

    Where the words leave the year, month or week open (12.1, 15号, 周三) it is the nearest such day from today on (`lean` "next") or up to
    today ("past"); today itself is both. 下周三 is the Wednesday of the week after this one, weeks beginning on Monday; 周末 is Saturday.
    Months later on a day that does not exist is the last of the month. A time of day is dropped. Refuses as parse_date does, years outside
    1900–2099 included; who names no day (下周, 改天) is told what can be written.
    """
    typed = text or ""
    if len(typed) > MAX_LENGTH:
        return parse_date(typed)
    said = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", strip_invisible(typed)).replace("−", "-").strip().lower())
    if not said:
        return None
    try:
        found = _spoken(said, today, lean)
    except (OverflowError, ValueError):
        raise Refused("date.year", "年份不对：%(value)s", value=shown(typed)) from None
    if found is None:
        return _written(typed)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Refused("date.year", "年份不对：%(value)s", value=shown(typed))
    return found


def _written(typed: str) -> date | None:
    try:
        return parse_date(typed)
    except Refused as refused:
        if refused.code != "date.unreadable":
            raise
        raise Refused(refused.code, "日期看不懂：%(value)s。可以写明天、下周三、12月1日、+3。", value=shown(typed)) from None


def _spoken(said: str, today: date, lean: Lean) -> date | None:
    if said in _NEAR:
        return today + timedelta(days=_NEAR[said])
    for pattern, read in _READERS:
        if match := pattern.fullmatch(said):
            return read(match, today, lean)
    timed = _TIMED.fullmatch(said)
    return _spoken(timed["day"], today, lean) if timed else None


def _weekday(match: re.Match[str], today: date, lean: Lean) -> date:
    day = _DAYS[match["day"]] if match["day"] in _DAYS else _ENGLISH[match["day"]]
    if match["far"]:
        return today + timedelta(days=day - today.weekday() + 7 * _WEEKS[match["far"]])
    ahead = (day - today.weekday()) % 7
    return today + timedelta(days=ahead if lean == "next" or ahead == 0 else ahead - 7)


def _month_day(match: re.Match[str], today: date, lean: Lean) -> date:
    parts = match.groupdict()
    month, day = (_number(parts[name] or parts.get("e") or "") for name in ("m", "d"))
    if parts["y"]:
        return _first([(today.year + _YEARS[parts["y"]], month, day)], None, lean, match[0])
    steps = range(9) if lean == "next" else range(0, -9, -1)  # the 29th of February comes within eight years
    return _first(((today.year + step, month, day) for step in steps), today, lean, match[0])


def _day(match: re.Match[str], today: date, lean: Lean) -> date:
    day = _number(match["d"])
    if match["far"]:
        there = months_before(today.replace(day=1), -_WEEKS[match["far"]])
        return _first([(there.year, there.month, day)], None, lean, match[0])
    months = (months_before(today.replace(day=1), -step if lean == "next" else step) for step in range(3))
    return _first(((one.year, one.month, day) for one in months), today, lean, match[0])


def _first(days: Iterable[tuple[int, int, int]], today: date | None, lean: Lean, said: str) -> date:
    """The first of (year, month, day) that is a day, and on the right side of today."""
    for year, month, day in days:
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if today is None or (found >= today if lean == "next" else found <= today):
            return found
    raise Refused("date.impossible", "没有这一天：%(value)s", value=shown(said))


def _plus(match: re.Match[str], today: date, lean: Lean) -> date:
    steps = int(match["n"]) * (-1 if match["sign"] == "-" else 1)
    return _moved(today, steps, match["unit"] or "天")


def _later(match: re.Match[str], today: date, lean: Lean) -> date | None:
    unit, side = match["unit"], match["side"]
    if side is None and not match[0].startswith(("过", "再过")):
        if unit in ("日", "月", "年"):  # 15日, 12月, 2026年 name something else than a length of time
            return None
        side = "后" if lean == "next" else "前"
    if match["n"] == "半":
        steps = {"月": 15, "年": 6}.get(unit.removeprefix("个"))
        if steps is None:
            return None
        unit = "天" if unit.endswith("月") else "月"
    else:
        steps = _number(match["n"])
    return _moved(today, -steps if side == "前" else steps, unit)


def _moved(today: date, steps: int, unit: str) -> date:
    plain = unit.removeprefix("个")
    if plain in ("月", "m"):
        return months_before(today, -steps)
    if plain in ("年", "y"):
        return months_before(today, -12 * steps)
    return today + timedelta(days=steps * (7 if plain in ("周", "星期", "礼拜", "w") else 1))


def _edge(match: re.Match[str], today: date, lean: Lean) -> date:
    step = _WEEKS[match["far"]] if match["far"] else 0
    if match["what"] == "年":
        return _end_of_year(today.year + step, _EDGES[match["edge"]])
    return _end_of_month(months_before(today.replace(day=1), -step), _EDGES[match["edge"]])


def _year_edge(match: re.Match[str], today: date, lean: Lean) -> date:
    return _end_of_year(today.year + _YEARS[match["far"]], _EDGES[match["edge"]])


def _month_edge(match: re.Match[str], today: date, lean: Lean) -> date:
    year, month, first = match["y"], _number(match["m"]), _EDGES[match["edge"]]
    if not 1 <= month <= 12:
        raise Refused("date.impossible", "没有这一天：%(value)s", value=shown(match[0]))
    if year:
        return _end_of_month(date(today.year + _YEARS[year], month, 1), first)
    ends = [_end_of_month(date(today.year + step, month, 1), first) for step in (-1, 0, 1)]
    return min(day for day in ends if day >= today) if lean == "next" else max(day for day in ends if day <= today)


def _end_of_month(day: date, first: bool) -> date:
    return day.replace(day=1 if first else calendar.monthrange(day.year, day.month)[1])


def _end_of_year(year: int, first: bool) -> date:
    return date(year, 1, 1) if first else date(year, 12, 31)


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    found = 2 if text == "两" else lunar.numeral(text)
    if found is None:
        raise Refused("date.unreadable", "日期看不懂：%(value)s", value=shown(text))
    return found


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, Lean], date | None]], ...] = (
    (_WEEKDAY, _weekday),
    (_IN_ENGLISH, _weekday),
    (_PLUS, _plus),
    (_MONTH_DAY, _month_day),
    (_MONTH_DAY_HAN, _month_day),
    (_DAY, _day),
    (_EDGE, _edge),
    (_YEAR_EDGE, _year_edge),
    (_MONTH_EDGE, _month_edge),
    (_LATER, _later),
)
