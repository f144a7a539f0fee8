"""What was said against what happened, as a picture written on the server: a point for each tenth of the customers, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.web.words import written

WIDE, NARROW = (744, 430), (326, 320)
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 44
TICKS = (0, 0.25, 0.5, 0.75, 1)


def off(point: Mapping[str, Any]) -> bool:
    """Whether what was said lies outside the 95 % interval of what happened."""
    return not point["low"] <= point["predicted"] <= point["high"]


def picture(bins: Sequence[Mapping[str, Any]], size: tuple[int, int] = WIDE) -> Markup:
    """SVG, `size` wide and high. Filled points: said and happened agree within the interval; hollow ones: they do not."""
    width, height = size

    def x(share: float) -> float:
        return round(LEFT + share * (width - LEFT - RIGHT), 1)

    def y(share: float) -> float:
        return round(height - BOTTOM - share * (height - TOP - BOTTOM), 1)

    parts = [_axes(x, y)]
    for point in bins:
        at, hollow = x(point["predicted"]), off(point)
        colour = "ink-2" if hollow else "brand"
        low, high = y(point["low"]), y(point["high"])
        ends = "".join(f'<line x1="{at - 4:.1f}" x2="{at + 4:.1f}" y1="{end}" y2="{end}"/>' for end in (low, high))
        parts.append(
            f'<g stroke="var(--{colour})" stroke-width="1.4"><title>{escape(point_words(point))}</title>'
            f'<line x1="{at}" x2="{at}" y1="{low}" y2="{high}"/>{ends}'
            f'<circle cx="{at}" cy="{y(point["actual"])}" r="4.5" fill="var(--{"surface" if hollow else colour})"/></g>'
        )
    return written(
        f'<svg class="lk-flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(in_words(bins))}">{"".join(parts)}</svg>'
    )


def point_words(point: Mapping[str, Any]) -> str:
    """One point as a sentence."""
    slots = {"n": f"{point['n']:,}", "said": _percent(point["predicted"]), "left": _percent(point["actual"])}
    return _("%(n)s 位，说 %(said)s 会走，走了 %(left)s") % slots


def in_words(bins: Sequence[Mapping[str, Any]]) -> str:
    """The picture for who cannot see it."""
    agree = sum(1 for point in bins if not off(point))
    return _("说会走的比例和真走了的比例，%(bins)s 档里 %(agree)s 档对得上；逐档的数在下面的表里") % {"bins": len(bins), "agree": agree}


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _axes(x: Any, y: Any) -> str:
    left, right, bottom = x(0), x(1), y(0)
    lines = []
    for tick in TICKS:
        share = f"{tick * 100:g}%"
        lines.append(f'<line x1="{left}" x2="{right}" y1="{y(tick)}" y2="{y(tick)}" stroke="var(--line)"/>')
        lines.append(f'<text class="lk-fq" x="{left - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{share}</text>')
        if tick:
            lines.append(
                f'<text class="lk-fq" x="{x(tick)}" y="{bottom + 18:.1f}" text-anchor="{"end" if tick == 1 else "middle"}">{share}</text>'
            )
    lines.append(
        f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{y(1)}" stroke="var(--ink-3)" stroke-width="1.4" stroke-dasharray="4 4"/>'
    )
    words = (
        (left + 8, y(1) + 16, "start", _("真走了多少")),
        (right, bottom + 36, "end", _("说会走多少")),
        (left + (right - left) * 0.3, y(0.62), "middle", _("说少了")),
        (left + (right - left) * 0.74, y(0.36), "middle", _("说多了")),
    )
    lines += [
        f'<text class="lk-fq" x="{at:.1f}" y="{down:.1f}" text-anchor="{anchor}">{escape(text)}</text>' for at, down, anchor, text in words
    ]
    return "".join(lines)
