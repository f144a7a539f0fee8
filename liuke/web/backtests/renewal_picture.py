"""Who is still there after each renewal, as a picture written on the server: points for what was seen, a line for the model."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.web.words import percent, written

WIDE, NARROW = (560, 250), (326, 230)
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 44
TICKS = (0, 0.25, 0.5, 0.75, 1)


def picture(seen: Sequence[float], model: Sequence[float], size: tuple[int, int] = WIDE) -> Markup:
    """SVG, `size` wide and high. `seen`, `model`: share still there after renewal 0, 1, 2 …; `model` may go on where nobody has come yet,
    dashed there, or be empty."""
    width, height = size
    last = max(len(seen), len(model), 2) - 1

    def x(place: int) -> float:
        return round(LEFT + 8 + place / last * (width - LEFT - RIGHT - 16), 1)

    def y(share: float) -> float:
        return round(height - BOTTOM - share * (height - TOP - BOTTOM), 1)

    parts = []
    for tick in TICKS:
        parts.append(f'<line x1="{LEFT}" x2="{width - RIGHT}" y1="{y(tick)}" y2="{y(tick)}" stroke="var(--line)"/>')
        parts.append(f'<text class="lk-fq" x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick * 100:g}%</text>')
    for place in range(last + 1):
        parts.append(f'<text class="lk-fq" x="{x(place)}" y="{height - BOTTOM + 18}" text-anchor="middle">{place}</text>')
    end = f'x="{width - RIGHT}" y="{height - BOTTOM + 36}" text-anchor="end"'
    below = _("续过几次")
    parts.append(f'<text class="lk-fq" {end}>{escape(below)}</text>')
    known = max(len(seen), 1)
    for line, dashes in ((model[:known], ""), (model[known - 1 :], ' stroke-dasharray="4 4"')):
        if len(line) > 1:
            start = known - 1 if dashes else 0
            points = " ".join(f"{x(start + place)},{y(share)}" for place, share in enumerate(line))
            parts.append(f'<polyline points="{points}" fill="none" stroke="var(--ink-3)" stroke-width="1.4"{dashes}/>')
    for place, share in enumerate(seen):
        told = escape(point_words(place, share, model[place] if model else None))
        parts.append(f'<g><title>{told}</title><circle cx="{x(place)}" cy="{y(share)}" r="4.5" fill="var(--brand)"/></g>')
    return written(
        f'<svg class="lk-flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(in_words(seen, model))}">{"".join(parts)}</svg>'
    )


def point_words(place: int, share: float, model: float | None) -> str:
    """One point as a sentence."""
    slots = {"n": place, "share": percent(share), "model": percent(model)}
    if not place:
        return _("一开始都在")
    if model is None:
        return _("续过 %(n)s 次的还有 %(share)s") % slots
    return _("续过 %(n)s 次的还有 %(share)s，模型算 %(model)s") % slots


def in_words(seen: Sequence[float], model: Sequence[float]) -> str:
    """The picture for who cannot see it."""
    last = len(seen) - 1
    slots = {"n": last, "share": percent(seen[last]), "ends": len(model) - 1, "model": percent(model[-1] if model else None)}
    if not model:
        return _("从开始起，续过 %(n)s 次的还有 %(share)s；逐次的数在表里") % slots
    return _("从开始起，续过 %(n)s 次的还有 %(share)s；照模型，续过 %(ends)s 次的还有 %(model)s。逐次的数在表里") % slots
