"""How days, spans, numbers and money are written on a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import get_language, gettext_noop, ngettext, pgettext
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.kernel.money import format_cents

N_ = gettext_noop
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
NOTHING = "—"
FEWEST = 30
"""Of fewer no share is written, but how many of how many."""


def _today(today: date | None) -> date:
    return today if today is not None else timezone.localdate()


def _day(value: date) -> date:
    if isinstance(value, datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return value


def monthday(value: date | None, today: date | None = None) -> str:
    """11月20日; 2027年3月14日 when it is not this year; — when there is none."""
    if value is None:
        return NOTHING
    when = _day(value)
    return dateformat.format(when, _("n月j日") if when.year == _today(today).year else _("Y年n月j日"))


def day(value: date | None, today: date | None = None) -> str:
    """今天, 昨天, 明天, else as monthday."""
    if value is None:
        return NOTHING
    gap = (_day(value) - _today(today)).days
    near = {0: pgettext("句中", "今天"), -1: pgettext("句中", "昨天"), 1: pgettext("句中", "明天")}.get(gap)
    return near or monthday(value, today)


def moment(value: datetime | None, today: date | None = None) -> str:
    """今天 15:40, 11月20日 06:00; an aware time is shown on the local clock."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(local, today)} {local:%H:%M}"


def weekday(value: date) -> str:
    """周一 … 周日."""
    return _(WEEKDAYS[_day(value).weekday()])


def ago(value: date | int | None, today: date | None = None) -> str:
    """212 天前; 今天; 3 天后 for what is to come. Takes a day, or the number of days since."""
    if value is None:
        return NOTHING
    days = value if isinstance(value, int) else (_today(today) - _day(value)).days
    if days == 0:
        return pgettext("句中", "今天")
    if days > 0:
        return ngettext("%(n)s 天前", "%(n)s 天前", days) % {"n": thousands(days)}
    return ngettext("%(n)s 天后", "%(n)s 天后", -days) % {"n": thousands(-days)}


def days(n: int) -> str:
    """1 天, 212 天."""
    return ngettext("%(n)s 天", "%(n)s 天", n) % {"n": thousands(n)}


def minutes_each(n: int) -> str:
    """48 分钟, 90 分钟: a length that is not to be read as a time of day."""
    return ngettext("%(n)s 分钟", "%(n)s 分钟", n) % {"n": n}


def sentences(*said: str) -> str:
    """Whole sentences one after the other, with a blank between them in English."""
    return ("" if (get_language() or "zh").startswith("zh") else " ").join(one for one in said if one)


def span(minutes: int) -> str:
    """48 分钟; 2 小时 20 分; 3 小时. `minutes` is not negative."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return ngettext("%(n)s 分钟", "%(n)s 分钟", rest) % {"n": rest}
    return _("%(h)s 小时 %(m)s 分") % {"h": hours, "m": rest} if rest else ngettext("%(n)s 小时", "%(n)s 小时", hours) % {"n": hours}


def thousands(value: int | float | Decimal | None, places: int = 0) -> str:
    """1,267; a minus is − and not a hyphen; — when there is none."""
    if value is None:
        return NOTHING
    text = f"{value:,.{places}f}"
    return "−" + text[1:] if text.startswith("-") else text


def signed(value: int | float | Decimal | None, places: int = 0) -> str:
    """＋9.6, −0.4, 0."""
    if value is None:
        return NOTHING
    text = thousands(value, places)
    return "＋" + text if value > 0 else text


def money(cents: int | None, exact: bool = True) -> str:
    """¥6,820 or, with fen, ¥6,820.50; — when there is none. `exact` False writes large sums short, as brief() does."""
    if cents is None:
        return NOTHING
    return format_cents(int(cents)) if exact else brief(cents)


def brief(cents: int | None) -> str:
    """For sentences: ¥26.8 万 (¥268k in English) from ten thousand yuan on, whole yuan below."""
    if cents is None:
        return NOTHING
    whole = int((Decimal(int(cents)) / 100).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(whole) < 10_000:
        return format_cents(whole * 100)
    if (get_language() or "zh").startswith("zh"):
        return format_cents(int(cents), "short")
    unit, size = ("M", 1_000_000) if abs(whole) >= 999_950 else ("k", 1000)
    text = f"{(Decimal(abs(whole)) / size).quantize(Decimal('0.1'), ROUND_HALF_UP):,}".removesuffix(".0")
    return f"{'−' if whole < 0 else ''}¥{text}{unit}"


def percent(share: float | None, places: int = 1) -> str:
    """23.6%; `share` is a fraction of one."""
    return NOTHING if share is None else f"{thousands(share * 100, places)}%"


def part_of(part: int, whole: int, places: int = 1) -> str:
    """23.6%; 17 ÷ 21 of fewer than FEWEST; — of nobody."""
    if 0 < whole < FEWEST:
        return f"{thousands(part)} ÷ {thousands(whole)}"
    return percent(part / whole if whole else None, places)


def marked(text: str, query: str) -> Markup:
    """`text` with each occurrence of `query` in <mark>, everything escaped."""
    if not query:
        return escape(text)
    parts = re.split(f"({re.escape(query)})", text, flags=re.IGNORECASE)
    return Markup("").join(Markup("<mark>{}</mark>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def written(text: str) -> Markup:
    """Markup that our own code has put together, every foreign part of it escaped before: the one place where text is declared safe."""
    return Markup(text)  # noqa: S704 -- see above


_FIGURE = re.compile(r"\*\*(.+?)\*\*")


def strong(text: object) -> Markup:
    """A reason with its facts set heavier: `**212 天**没来` → <b>212 天</b>没来. All else is escaped."""
    safe = str(escape(text))
    return written(_FIGURE.sub(r"<b>\1</b>", safe))


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "brief": brief,
    "day": day,
    "days": days,
    "marked": marked,
    "minutes": minutes_each,
    "moment": moment,
    "money": money,
    "monthday": monthday,
    "part_of": part_of,
    "percent": percent,
    "sentences": lambda said: sentences(*said),
    "signed": signed,
    "span": span,
    "strong": strong,
    "thousands": thousands,
    "weekday": weekday,
}
