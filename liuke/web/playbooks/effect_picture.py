"""The two groups day by day, each with its band, and the difference in each store, as pictures written on the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from markupsafe import Markup, escape

from liuke.analytics.effect import difference
from liuke.analytics.wilson import wilson
from liuke.trials.labels import Arm
from liuke.trials.models import Look
from liuke.web.words import days as days_words
from liuke.web.words import percent, thousands, written

WIDE, NARROW = (720, 340), (326, 260)
LEFT, TOP, BOTTOM = 40, 12, 28
WORDS, WORDS_NARROW = 128, 92
LINE = 15
STORE = (150, 20)

Place = Callable[[float], float]


def curves(seen: Look, days: int, size: tuple[int, int] = WIDE) -> Markup:
    """Share that was back by each day, of those whose days are over; the bands are 95 % score intervals of each share by itself."""
    width, height = size
    right = width - (WORDS if size == WIDE else WORDS_NARROW)
    lines = [
        (Arm.TREATED, "brand", "brand-line", "", seen.treated, seen.returned),
        (Arm.ALONE, "ink-2", "line-2", ' stroke-dasharray="5 4"', seen.alone, seen.returned_alone),
    ]
    bands = {arm: _band(seen.curve.get(arm, []), n, days) for arm, _, _, _, n, _ in lines}
    top = _top(max((high for rows in bands.values() for _, _, high in rows), default=0.1))

    def x(day: float) -> float:
        return round(LEFT + day / days * (right - LEFT), 1)

    def y(share: float) -> float:
        return round(height - BOTTOM - share / top * (height - TOP - BOTTOM), 1)

    parts = [_axes(x, y, top, days)]
    for arm, colour, tint, dash, n, _back in reversed(lines):
        rows = bands[arm]
        if not n:
            continue
        over = " ".join(f"{x(day)},{y(high)}" for day, (_, _, high) in enumerate(rows))
        under = " ".join(f"{x(day)},{y(low)}" for day, (_, low, _) in reversed(list(enumerate(rows))))
        line = " ".join(f"{x(day)},{y(share)}" for day, (share, _, _) in enumerate(rows))
        parts.append(f'<polygon points="{over} {under}" fill="var(--{tint})" opacity="0.45"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="var(--{colour})" stroke-width="1.8"{dash}/>')
    parts.append(_ends(lines, bands, x(days), y, height))
    return written(
        f'<svg class="lk-flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(in_words(seen))}">{"".join(parts)}</svg>'
    )


def in_words(seen: Look) -> str:
    """The picture for who cannot see it."""
    slots = {
        "treated": percent(seen.returned / seen.treated) if seen.treated else "—",
        "alone": percent(seen.returned_alone / seen.alone) if seen.alone else "—",
    }
    return _("一天天回来的比例：联系组最后 %(treated)s，对照组最后 %(alone)s；逐日的数在下面的表里") % slots


def daily(seen: Look, days: int) -> list[tuple[int, str, str]]:
    """The picture as a table: (day, share of the contacted, share of the others), a dozen rows."""
    step = max(ceil(days / 12), 1)
    rows = []
    for day in [*range(step, days, step), days]:
        shares = [
            percent(seen.curve[arm][day - 1] / n) if n and len(seen.curve.get(arm, [])) >= day else "—"
            for arm, n in ((Arm.TREATED, seen.treated), (Arm.ALONE, seen.alone))
        ]
        rows.append((day, shares[0], shares[1]))
    return rows


def _band(back: Sequence[int], n: int, days: int) -> list[tuple[float, float, float]]:
    """(share, low, high) by day, from day 0."""
    counts = [0, *back[:days]]
    if not n:
        return [(0.0, 0.0, 0.0)] * len(counts)
    low, high = wilson([n] * len(counts), counts)
    return [(0.0, 0.0, 0.0), *((count / n, float(a), float(b)) for count, a, b in list(zip(counts, low, high, strict=True))[1:])]


def _top(most: float) -> float:
    """The first round share above everything drawn."""
    step = 0.05 if most <= 0.3 else 0.1 if most <= 0.6 else 0.2
    return max(step * ceil(most / step - 1e-9), step)


def _axes(x: Place, y: Place, top: float, days: int) -> str:
    drawn = []
    step = 0.05 if top <= 0.2 else 0.1 if top <= 0.6 else 0.2
    for n in range(round(top / step) + 1):
        share = n * step
        drawn.append(f'<line x1="{x(0)}" x2="{x(days)}" y1="{y(share)}" y2="{y(share)}" stroke="var(--line{"-2" if not n else ""})"/>')
        drawn.append(f'<text class="lk-fq" x="{x(0) - 6}" y="{y(share) + 4}" text-anchor="end">{share * 100:g}%</text>')
    every = max(ceil(days / 6 / 5) * 5, 1)
    for day in range(0, days + 1, every):
        text = days_words(day) if day else pgettext("图", "分组")
        anchor = "start" if not day else "middle"
        drawn.append(f'<text class="lk-fq" x="{x(day)}" y="{y(0) + 18}" text-anchor="{anchor}">{escape(text)}</text>')
    return "".join(drawn)


def _ends(lines: Sequence[Any], bands: Mapping[Arm, Any], at: float, y: Place, height: int) -> str:
    """The two names with their shares at the right, kept apart, and the stroke between the two lines."""
    ends = [(arm, n, back, bands[arm][-1][0]) for arm, _, _, _, n, back in lines if n]
    if not ends:
        return ""
    drawn = []
    wanted = sorted(((y(share), arm, n, back, share) for arm, n, back, share in ends), key=lambda row: row[0])
    places = [min(max(row[0], TOP + 10), height - BOTTOM - LINE) for row in wanted]
    if len(places) == 2 and places[1] - places[0] < 3 * LINE:
        middle = min(max(sum(places) / 2, TOP + 10 + 1.5 * LINE), height - BOTTOM - 2.5 * LINE)
        places = [middle - 1.5 * LINE, middle + 1.5 * LINE]
    if len(wanted) == 2:
        drawn.append(f'<line x1="{at}" x2="{at}" y1="{wanted[0][0]}" y2="{wanted[1][0]}" stroke="var(--ink)" stroke-width="1.4"/>')
    for place, (_at, arm, n, back, share) in zip(places, wanted, strict=True):
        colour = "brand" if arm == Arm.TREATED else "ink"
        name = escape(f"{Arm(arm).label} {percent(share)}")
        count = escape(f"{thousands(back)} ÷ {thousands(n)}")
        drawn.append(f'<text x="{at + 8}" y="{place:.1f}"><tspan class="lk-fb" fill="var(--{colour})">{name}</tspan></text>')
        drawn.append(f'<text class="lk-fq" x="{at + 8}" y="{place + LINE:.1f}">{count}</text>')
    return "".join(drawn)


def store(treated: int, returned: int, alone: int, returned_alone: int, most: float) -> tuple[Markup, float, bool]:
    """(picture, difference, whether its interval excludes 0) of one store; Newcombe's interval at 95 %. All pictures of a table share
    `most`, the largest bound. Both groups have people."""
    seen = difference(treated, returned, alone, returned_alone)
    width, height = STORE
    middle = height / 2

    def x(share: float) -> float:
        return round(width / 2 + share / (most or 1.0) * (width / 2 - 6), 1)

    sure = seen.low > 0 or seen.high < 0
    colour, fill = ("brand", "brand") if sure else ("ink-3", "surface")
    low, high = x(seen.low), x(seen.high)
    ends = "".join(f'<line x1="{at}" x2="{at}" y1="{middle - 4}" y2="{middle + 4}"/>' for at in (low, high))
    drawn = (
        f'<line x1="{x(0)}" x2="{x(0)}" y1="0" y2="{height}" stroke="var(--line-2)"/>'
        f'<g stroke="var(--{colour})" stroke-width="1.4"><line x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>{ends}'
        f'<circle cx="{x(seen.effect)}" cy="{middle}" r="4" fill="var(--{fill})"/></g>'
    )
    return (
        written(f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true">{drawn}</svg>'),
        seen.effect,
        sure,
    )


def widest(rows: Sequence[Sequence[int]]) -> float:
    """The largest bound of the stores' intervals: rows of (unit, contacted, back, alone, back)."""
    found = [difference(*row[1:]) for row in rows]
    return max((max(abs(one.low), abs(one.high)) for one in found), default=1.0)
