"""Importance against performance as a picture: SVG from the server, labels on the points, cut lines drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.satisfaction.figures import Point
from liuke.satisfaction.labels import QUADRANT_WORDS
from liuke.web.words import written

EDGE = 28


def quadrant_picture(points: Sequence[Point], cuts: tuple[float, float], names: Mapping[str, str], width: int, height: int) -> Markup:
    """Performance to the right, importance up. What is important and poor stands top left, in the colour of leaving."""
    importance, performance = [each.importance for each in points], [each.performance for each in points]

    def scaled(values: list[float], value: float, size: int) -> float:
        low, high = min(*values, value), max(*values, value)
        reach = (high - low) or 1.0
        return EDGE + (value - low + reach * 0.12) / (reach * 1.24) * (size - 2 * EDGE)

    def x(value: float) -> float:
        return round(scaled(performance, value, width), 1)

    def y(value: float) -> float:
        return round(height - scaled(importance, value, height), 1)

    cut_x, cut_y = x(cuts[1]), y(cuts[0])
    parts = [
        f'<line x1="{cut_x}" x2="{cut_x}" y1="8" y2="{height - 20}" stroke="var(--line-2)"/>',
        f'<line x1="8" x2="{width - 8}" y1="{cut_y}" y2="{cut_y}" stroke="var(--line-2)"/>',
    ]
    grey = 'fill="var(--ink-3)" font-size="12"'
    corners = (
        ("improve", 10, 18, "start"),
        ("keep", width - 10, 18, "end"),
        ("spare", 10, height - 26, "start"),
        ("enough", width - 10, height - 26, "end"),
    )
    for key, corner_x, corner_y, anchor in corners:
        parts.append(f'<text x="{corner_x}" y="{corner_y}" text-anchor="{anchor}" {grey}>{escape(str(QUADRANT_WORDS[key]))}</text>')
    taken: list[tuple[float, float]] = []
    for each in sorted(points, key=lambda point: -point.importance):
        at_x, at_y = x(each.performance), y(each.importance)
        label_y = at_y + 4.0
        while any(abs(label_y - other_y) < 14 and abs(at_x - other_x) < 90 for other_x, other_y in taken):
            label_y += 14
        taken.append((at_x, label_y))
        bad = each.quadrant == "improve"
        left = at_x > width - 100
        colour = "var(--st-d)" if bad else "var(--ink-2)"
        parts.append(f'<circle cx="{at_x}" cy="{at_y}" r="4.5" fill="{colour}"/>')
        parts.append(
            f'<text x="{at_x + (-9 if left else 9)}" y="{label_y}" text-anchor="{"end" if left else "start"}" font-size="12"'
            f' fill="{"var(--st-d-ink)" if bad else "var(--ink)"}">{escape(names.get(each.key, each.key))}</text>'
        )
    right, up = escape(_("做得越好越靠右")), escape(_("越重要越靠上"))
    parts.append(f'<text x="{width - 10}" y="{height - 6}" text-anchor="end" {grey}>{right}</text>')
    parts.append(f'<text x="10" y="{height - 6}" {grey}>{up}</text>')
    label = escape(_("重要性和表现，%(n)s 项，下面有同样的表") % {"n": len(points)})
    return written(
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )
