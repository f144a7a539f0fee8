"""The cycle strip: when a customer came, how long lay between, and the beat that was missed.

Above the axis each deal is a stem (height by the root of its amount); below it the gaps are arcs, so a regular customer makes
a rhythm and the open arc from the last deal to the day looked at shows what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import dateformat
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.analytics.thresholds import Thresholds
from liuke.web.words import days, money, monthday, thousands, written

DUE_FROM, DUE_TO = 0.75, 1.25
SHOWN, SHOWN_MINI, SHOWN_NARROW, SHOWN_DAYS, AFTER = 12, 8, 4, 913, 42


@dataclass(frozen=True, slots=True)
class _Scale:
    """Days to pixels."""

    start: date
    end: date
    width: int
    pad: int

    def __call__(self, day: date) -> float:
        return round(self.pad + (day - self.start).days / max((self.end - self.start).days, 1) * (self.width - 2 * self.pad), 1)


def _text(x: float, y: float, words: str, colour: str = "ink-3", anchor: str = "middle", heavy: bool = False) -> str:
    halo = ' paint-order="stroke" stroke="var(--surface)" stroke-width="4" stroke-linejoin="round"'
    weight = ' font-weight="600"' if heavy else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="var(--{colour})" text-anchor="{anchor}"{weight}{halo}>{escape(words)}</text>'
    )


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="var(--{colour})"{more}/>'


def _arc(left: float, right: float, base: float, deep: float, colour: str, more: str) -> str:
    size = f"{(right - left) / 2:.1f} {deep:.1f}"
    return f'<path d="M{left} {base}A{size} 0 0 0 {right} {base}" fill="none" stroke="var(--{colour})"{more}/>'


def _later(day: date, days: float) -> date:
    return day + timedelta(days=round(days))


def _months(start: date, end: date, step: int) -> list[date]:
    found, year, month = [], start.year, 1
    while (first := date(year, month, 1)) <= end:
        if first >= start:
            found.append(first)
        year, month = (year, month + step) if month + step <= 12 else (year + 1, 1)
    return found


def cycle_strip(
    deals: Sequence[tuple[date, int]],
    as_of: date,
    cycle_days: float | None,
    width: int = 820,
    height: int = 236,
    mini: bool = False,
    spread: tuple[int, int] | None = None,
    thresholds: Thresholds | None = None,
) -> Markup:
    """Deals (day, cents) up to `as_of`, the usual days between them, and the size in pixels; `mini`: the 52 px form without words.

    Bands follow the last deal: due (0.75–1.25 cycles), decline and gone where the pack's `thresholds` put them (the standard ones when
    not given). `spread` is the usual range of the customer's own gaps in days. Under 420 px only the last four deals are drawn. Fewer
    than two deals give a sentence instead of a picture.
    """
    limits = thresholds or Thresholds()
    past = sorted((day, cents) for day, cents in deals if day <= as_of)
    if not past:
        return Markup('<span class="lk-q">{}</span>').format(_("还没来过"))
    if len(past) == 1:
        return Markup('<span class="lk-m">{}</span>').format(_("来过 1 次，%(day)s") % {"day": monthday(past[0][0], as_of)})
    narrow = width < 420 and not mini
    last = past[-1][0]
    gone = _later(last, max(float(limits.exit_elapsed) * (cycle_days or 0), limits.exit_days))
    shown = past[-(SHOWN_NARROW if narrow else SHOWN_MINI if mini else SHOWN) :]
    shown = [deal for deal in shown if (as_of - deal[0]).days <= SHOWN_DAYS] if (as_of - shown[-2][0]).days <= SHOWN_DAYS else shown[-2:]
    lead = max((max(gone, as_of) - shown[0][0]).days // 60, 7)
    at = _Scale(shown[0][0] - timedelta(days=lead), max(gone, as_of) + timedelta(days=AFTER), width, 4 if mini else 12)
    picture = _Strip(shown, as_of, cycle_days, at, height, mini, narrow, gone, spread, limits)
    said = {
        "n": thousands(len(past)),
        "day": monthday(last, as_of),
        "as_of": monthday(as_of, as_of),
        "days": thousands((as_of - last).days),
    }
    if cycle_days:
        words = _("%(n)s 次到店，通常 %(cycle)s 天一次；最近一次 %(day)s，到 %(as_of)s %(days)s 天") % (said | {"cycle": round(cycle_days)})
    else:
        words = _("%(n)s 次到店；最近一次 %(day)s，到 %(as_of)s %(days)s 天") % said
    body = picture.bands() + picture.axis() + picture.arcs() + picture.due() + picture.stems() + picture.today()
    return written(
        f'<svg class="lk-strip" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(words)}">{body}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Strip:
    """One strip being drawn; every method gives a layer."""

    deals: Sequence[tuple[date, int]]
    as_of: date
    cycle: float | None
    at: _Scale
    height: int
    mini: bool
    narrow: bool
    gone: date
    spread: tuple[int, int] | None
    limits: Thresholds

    @property
    def decline_days(self) -> float:
        """Days after which the decline begins."""
        return float(self.limits.decline_elapsed) * (self.cycle or 0)

    @property
    def base(self) -> float:
        return self.height * 0.5

    @property
    def top(self) -> int:
        return 2 if self.mini else 22

    @property
    def depth(self) -> float:
        return self.height - self.base - (4 if self.mini else 40)

    @property
    def last(self) -> date:
        return self.deals[-1][0]

    @property
    def elapsed(self) -> int:
        return (self.as_of - self.last).days

    def bands(self) -> str:
        if not self.cycle:
            return ""
        due = self.at(_later(self.last, DUE_FROM * self.cycle)), self.at(_later(self.last, DUE_TO * self.cycle))
        decline = self.at(_later(self.last, self.decline_days)), self.at(self.gone)
        tall = self.base - self.top
        drawn = "".join(
            f'<rect x="{left}" y="{self.top}" width="{max(right - left, 0):.1f}" height="{tall:.1f}" fill="var(--{colour})"/>'
            for (left, right), colour in ((due, "brand-tint"), (decline, "st-d-tint"))
        )
        if self.mini:
            return drawn
        out = self.at(self.gone)
        drawn += _stroke(out, self.top, out, self.base, "st-e", ' stroke-dasharray="2 2"')
        middle = sum(decline) / 2
        words = _("衰退 %(n)s 个周期起") % {"n": self.limits.decline_elapsed} if decline[1] - decline[0] > 130 else _("衰退")
        if decline[1] - decline[0] > 30 and middle - sum(due) / 2 > 30 + 6 * (len(words) - 2):
            drawn += _text(middle, 16, words, "st-d-ink")
        drawn += _text(sum(due) / 2, 16, _("该来"), "brand")
        return drawn + _text(min(out + 4, self.at.width - 26), 16, _("离网"), anchor="start")

    def axis(self) -> str:
        base, wide = self.base, self.at.width
        drawn = _stroke(self.at.pad, base, wide - self.at.pad, base, "line-2")
        if self.mini:
            return drawn
        days = (self.at.end - self.at.start).days
        step = next((step for step in (1, 3, 6) if wide / (days / 30.4 / step) >= 46), 12)
        for first in _months(self.at.start, self.at.end, step):
            x = self.at(first)
            drawn += _stroke(x, base, x, base + 4, "line-2")
            if 20 < x < wide - 20:
                year = first.month == 1
                words = dateformat.format(first, _("Y年") if year else _("n月"))
                drawn += _text(x, self.height - 6, words, "ink-2" if year else "ink-3")
        return drawn

    def arcs(self) -> str:
        base, drawn = self.base, ""
        for (before, _c), (after, _d) in zip(self.deals, self.deals[1:], strict=False):
            left, right = self.at(before), self.at(after)
            half = (right - left) / 2
            deep = min(self.depth * 0.42, half * 0.8)
            drawn += _arc(left, right, base, deep, "st-c", ' stroke-opacity=".45" stroke-width="1.2"')
        left, right = self.at(self.last), self.at(self.as_of)
        half = (right - left) / 2
        late = bool(self.cycle) and self.elapsed >= self.decline_days
        if half > 0:
            deep = min(self.depth, max(half * 1.1, 6))
            drawn += _arc(left, right, base, deep, "st-d" if late else "st-c", ' stroke-width="1.6"')
        if self.mini:
            return drawn
        if self.cycle and not self.narrow:
            words = _("%(days)s 天，%(n)s 个周期") % {"days": thousands(self.elapsed), "n": f"{self.elapsed / self.cycle:.1f}"}
        else:
            words = days(self.elapsed)
        colour, wide = ("st-d-ink" if late else "ink-2"), 8 * len(words)
        if half * 2 > wide + 12:
            drawn += _text((left + right) / 2, base + self.depth * 0.62, words, colour, heavy=True)
        else:
            drawn += _text(right + 8, base + 26, words, colour, "start", heavy=True)
        return drawn + self._usual()

    def _usual(self) -> str:
        if not self.cycle:
            return ""
        slots = {"n": round(self.cycle)}
        if self.spread and not self.narrow:
            slots |= {"low": self.spread[0], "high": self.spread[1]}
            # With few gaps the cycle leans on everybody's, and may lie outside the customer's own.
            within = slots["low"] <= slots["n"] <= slots["high"]
            words = _("通常 %(n)s 天一次，前后 %(low)s–%(high)s 天") if within else _("通常 %(n)s 天一次，自己多在 %(low)s–%(high)s 天")
        else:
            words = _("通常 %(n)s 天一次")
        words = words % slots
        return _text(self.at(self.deals[0][0]), self.base + self.depth * 0.42 + 20, words, anchor="start")

    def due(self) -> str:
        """Hollow dots where visits were due, and the next one if it is near."""
        if not self.cycle:
            return ""
        drawn, radius = "", 2.6 if self.mini else 3.5
        for beat in range(1, 13):
            day = _later(self.last, beat * self.cycle)
            if day > self.as_of + timedelta(days=20) and beat > 1:
                break
            if day <= self.at.end:
                drawn += (
                    f'<circle cx="{self.at(day)}" cy="{self.base}" r="{radius}" fill="var(--surface)" '
                    f'stroke="var(--st-d)" stroke-width="1.2" stroke-dasharray="2 1.5"/>'
                )
        return drawn

    def stems(self) -> str:
        top = self.base - (6 if self.mini else 30)
        most = max(max(cents, 0) for _day, cents in self.deals) or 1
        largest = max(range(len(self.deals)), key=lambda i: self.deals[i][1])
        named = {largest, len(self.deals) - 1}
        if abs(self.at(self.deals[largest][0]) - self.at(self.last)) < 64:
            named = {len(self.deals) - 1}
        drawn = ""
        for i, (day, cents) in enumerate(self.deals):
            x = self.at(day)
            y = round(self.base - max((max(cents, 0) / most) ** 0.5 * top * 0.86, 6), 1)
            thin, radius = ("1", 2) if self.mini else ("1.4", 3.2)
            drawn += _stroke(x, self.base, x, y, "st-c", f' stroke-width="{thin}" stroke-opacity=".7"')
            drawn += f'<circle cx="{x}" cy="{y}" r="{radius}" fill="var(--st-c)"/>'
            if not self.mini and i in named and cents > 0:
                near = day == self.last and self.at(self.as_of) - x < 40
                drawn += _text(x + 4 if near else x, y - 8, money(round(cents / 100) * 100), "ink-2", "end" if near else "middle")
        return drawn

    def today(self) -> str:
        x = self.at(self.as_of)
        drawn = _stroke(x, 0 if self.mini else 26, x, self.base + (6 if self.mini else 10), "ink", ' stroke-width="1.4"')
        if self.mini:
            return drawn
        aside, anchor = (6, "start") if x < self.at.width - 40 else (-6, "end")
        return drawn + _text(x + aside, 40, _("今天"), "ink", anchor, heavy=True)
