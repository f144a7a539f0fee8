"""Who is still in the books so many months after joining, one line a year of joining, as a picture written on the server."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.churn.retention import Cohort
from liuke.web.words import percent, thousands, written

WIDE, NARROW = (760, 300), (326, 260)
LEFT, TOP, BOTTOM = 44, 12, 40
WORDS, WORDS_NARROW = 76, 46
COLOURS = ("ink-3", "st-e", "st-a", "st-b", "st-c", "brand")
LINE = 15
HALO = 'paint-order="stroke" stroke="var(--surface)" stroke-width="4"'
"""A year may stand upon another year's line."""


def curves(cohorts: Sequence[Cohort], size: tuple[int, int] = WIDE) -> Markup:
    """SVG of the cohorts that have two points at least; "" when there is none."""
    drawn = [one for one in cohorts if len(one.points) > 1]
    if not drawn:
        return Markup("")
    width, height = size
    right = width - (WORDS if size == WIDE else WORDS_NARROW)
    last = max(one.points[-1][0] for one in drawn)
    low = min(here / one.customers for one in drawn for _m, here in one.points)
    floor = max(0.0, int(low * 10) / 10 if low > 0.5 else 0.0)

    def x(month: float) -> float:
        return round(LEFT + month / last * (right - LEFT), 1)

    def y(share: float) -> float:
        return round(height - BOTTOM - (share - floor) / (1 - floor) * (height - TOP - BOTTOM), 1)

    parts = []
    step = 0.1 if floor >= 0.5 else 0.2
    for place in range(round((1 - floor) / step) + 1):
        tick = floor + place * step
        parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{y(tick)}" y2="{y(tick)}" stroke="var(--line{"-2" if not place else ""})"/>')
        parts.append(f'<text class="lk-fq" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick * 100:.0f}%</text>')
    every = 12 if last > 24 or size == NARROW else 6
    for month in range(0, last + 1, every):
        words = (_("头一次来") if size == WIDE else "0") if not month else _("%(n)s 个月") % {"n": month}
        anchor = "start" if not month else "middle"
        parts.append(f'<text class="lk-fq" x="{x(month)}" y="{height - BOTTOM + 18}" text-anchor="{anchor}">{escape(words)}</text>')
    ends: list[float] = []
    for place, one in enumerate(drawn):
        colour = COLOURS[len(COLOURS) - len(drawn) + place]
        points = " ".join(f"{x(month)},{y(here / one.customers)}" for month, here in one.points)
        month, here = one.points[-1]
        at = y(here / one.customers)
        while any(abs(at - other) < LINE for other in ends):
            at += 1
        ends.append(at)
        told = escape(line_words(one))
        label = f'<text class="lk-fq" x="{x(month) + 6}" y="{at + 4:.1f}" {HALO}>{escape(str(one.year))}</text>'
        line = f'<polyline points="{points}" fill="none" stroke="var(--{colour})" stroke-width="1.8"/>'
        parts.append(f"<g><title>{told}</title>{line}{label}</g>")
    name = escape(_("每年新来的客户，过了几个月还在的比例；逐点的数在表里"))
    return written(
        f'<svg class="lk-flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{name}">'
        f"{''.join(parts)}</svg>"
    )


def line_words(one: Cohort) -> str:
    """One line as a sentence."""
    month, here = one.points[-1]
    slots = {"year": one.year, "month": month, "share": percent(here / one.customers), "here": here, "n": one.customers}
    return _("%(year)s 年来的，过了 %(month)s 个月还在 %(share)s（%(here)s ÷ %(n)s）") % slots


def points_table(one: Cohort) -> list[tuple[int, str]]:
    """(months, share with its count), half-yearly."""
    return [(month, f"{percent(here / one.customers)}（{thousands(here)}）") for month, here in one.points if month % 6 == 0 and month]
