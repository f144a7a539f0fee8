"""Small pictures written on the server as SVG: they print, need no script, and follow the theme by custom properties.

Sizes stand in SVG attributes, never in style, so that a strict content policy holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from liuke.customers import labels
from liuke.standing.backtest_words import model_line
from liuke.standing.labels import Stage
from liuke.web.rhythm import cycle_strip
from liuke.web.words import written

# The lifecycle as the moon: it waxes, is full, wanes, is dark. The form carries the meaning, colour only repeats it.
MOON = {
    "A": "M7 1.5A5.5 5.5 0 0 1 7 12.5A2.6 5.5 0 0 0 7 1.5Z",
    "B": "M7 1.5A5.5 5.5 0 0 1 7 12.5Z",
    "C": "M7 1.5A5.5 5.5 0 0 1 7 12.5A5.5 5.5 0 0 1 7 1.5Z",
    "D": "M7 1.5A5.5 5.5 0 0 0 7 12.5A1.6 5.5 0 0 1 7 1.5Z",
    "E": "",
}
TIERS, tier_word = labels.TIERS, labels.tier_word
TAPE = {"done": "line-2", "clock": "bad", "must": "st-d", "on": "brand", "": "brand-line", "free": "none"}
DECLINE_AT = 1.75


def moons() -> Markup:
    """The five signs, once a page; moon() refers to them, so that a list of fifty rows does not draw each anew."""
    signs = []
    for code, path in MOON.items():
        colour, dash = f"var(--st-{code.lower()})", ' stroke-dasharray="2 1.6"' if code == "E" else ""
        fill = f'<path d="{path}" fill="{colour}"/>' if path else ""
        ring = f'<circle cx="7" cy="7" r="5.5" fill="none" stroke="{colour}" stroke-width="1.2"{dash}/>'
        signs.append(f'<symbol id="lk-moon-{code}" viewBox="0 0 14 14">{ring}{fill}</symbol>')
    return written(f'<svg width="0" height="0" class="lk-hide" aria-hidden="true">{"".join(signs)}</svg>')


def moon(code: str) -> Markup:
    """The sign of a lifecycle stage A–E, 13 × 13; its word must stand beside it. Raises ValueError for another code."""
    return written(f'<svg class="lk-moon" width="13" height="13" aria-hidden="true"><use href="#lk-moon-{Stage(code).value}"/></svg>')


def stage_word(code: str) -> str:
    """获取 … 离网 for A … E. Raises ValueError for another code."""
    return str(Stage(code).label)


def tier_swatch(tier: str) -> str:
    """The code of the little card for a tier, whether the code or its word is on the card; "" for a trade's own tier."""
    return tier if tier in TIERS else next((code for code, word in TIERS.items() if tier == str(word)), "")


def logo() -> Markup:
    """The product's sign, in the brand colour by CSS."""
    return written(
        '<svg class="lk-logo" width="22" height="22" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.6" '
        'stroke-linecap="round" aria-hidden="true"><path d="M19.6 8.2A8.6 8.6 0 1 0 20.6 12"/>'
        '<circle cx="12" cy="12" r="2.6" fill="currentColor" stroke="none"/></svg>'
    )


def cycles_bar(cycles: float | None, stage: str = "", width: int = 64) -> Markup:
    """Elapsed cycles as a bar (full at 4) with a tick at 1.75, and the figure; — without a cycle."""
    if cycles is None:
        return written('<span class="lk-cyc lk-q">—</span>')
    scale = width / 4
    colour = f"st-{stage.lower()}" if stage else ("st-d" if cycles >= DECLINE_AT else "st-c")
    length = round(min(max(cycles, 0), 4) * scale, 1)
    return written(
        f'<span class="lk-cyc"><svg width="{width}" height="12" aria-hidden="true">'
        f'<rect y="5" width="{width}" height="2" fill="var(--line)"/>'
        f'<rect y="4" width="{length}" height="4" rx="1" fill="var(--{colour})"/>'
        f'<line x1="{DECLINE_AT * scale:.1f}" x2="{DECLINE_AT * scale:.1f}" y1="1" y2="11" stroke="var(--ink-3)"/></svg>'
        f"<span>{cycles:.1f}</span></span>"
    )


def sparkline(values: Sequence[float], width: int = 120, height: int = 28, colour: str = "ink-3") -> Markup:
    """A trend beside its figure, last point marked; silent for screen readers, for the figure says it. Under two values draw nothing."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    points = [
        (round(2 + i / (len(values) - 1) * (width - 6), 1), round(height - 4 - (v - low) / ((high - low) or 1) * (height - 8), 1))
        for i, v in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return written(
        f'<svg class="lk-spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true">'
        f'<polyline points="{line}" fill="none" stroke="var(--{escape(colour)})" stroke-width="1.4"/>'
        f'<circle cx="{x}" cy="{y}" r="2.6" fill="var(--{escape(colour)})"/></svg>'
    )


def interval(low: float, middle: float, high: float, floor: float = -15, top: float = 30, width: int = 200) -> Markup:
    """A difference in percentage points with its 95 % interval, on the scale floor…top; filled when it excludes 0, hollow grey when not."""
    height, sure = 24, low > 0 or high < 0
    colour, fill = ("var(--brand)", "var(--brand)") if sure else ("var(--ink-3)", "var(--surface)")

    def at(value: float) -> float:
        return round((min(max(value, floor), top) - floor) / (top - floor) * (width - 12) + 6, 1)

    words = _("差 %(middle)s 点，95%% 区间 %(low)s 到 %(high)s") % {"middle": f"{middle:g}", "low": f"{low:g}", "high": f"{high:g}"}
    ends = "".join(
        f'<line x1="{at(v)}" x2="{at(v)}" y1="{height // 2 - 4}" y2="{height // 2 + 4}" stroke="{colour}" stroke-width="1.2"/>'
        for v in (low, high)
    )
    return written(
        f'<svg class="lk-ci" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(words)}">'
        f'<line x1="{at(0)}" x2="{at(0)}" y1="0" y2="{height}" stroke="var(--line-2)"/>'
        f'<line x1="{at(low)}" x2="{at(high)}" y1="12" y2="12" stroke="{colour}" stroke-width="2" stroke-opacity=".55"/>{ends}'
        f'<circle cx="{at(middle)}" cy="12" r="4" fill="{fill}" stroke="{colour}" stroke-width="1.6"/></svg>'
    )


def bar(share: float, tone: str = "", height: int = 10) -> Markup:
    """A bar as wide as its share (0–1) of the space it stands in; tone "" brand, a–e a stage, pale, line."""
    colour = {"": "brand", "pale": "brand-line", "line": "line-2"}.get(tone, f"st-{tone}" if tone in "abcde" else "brand")
    wide = round(min(max(share, 0.0), 1.0) * 100, 2)
    return written(
        f'<svg class="lk-bar" width="100%" height="{height}" aria-hidden="true">'
        f'<rect width="{wide}%" height="{height}" rx="2" fill="var(--{colour})"/></svg>'
    )


def signed_bar(points: int, most: int, width: int = 96, height: int = 8) -> Markup:
    """A part of a probability, percentage points: to the right in orange what raises it, to the left in the brand colour what lowers it.

    All bars of one picture share `most`, the largest; the line of nothing stands in the middle. Silent, for the figure stands beside it.
    """
    half = width / 2
    length = round(min(abs(points) / max(most, 1), 1.0) * (half - 1), 1)
    start, colour = (half, "st-d") if points > 0 else (round(half - length, 1), "brand")
    drawn = f'<rect x="{start}" width="{length}" height="{height}" rx="1" fill="var(--{colour})"/>' if length else ""
    return written(
        f'<svg class="lk-sbar" width="{width}" height="{height + 4}" viewBox="0 -2 {width} {height + 4}" aria-hidden="true">{drawn}'
        f'<line x1="{half}" x2="{half}" y1="-2" y2="{height + 2}" stroke="var(--line-2)"/></svg>'
    )


def tape(cells: Iterable[tuple[str, float, str]], label: str) -> Markup:
    """The day as one row of cells (kind, minutes, name); kind done, clock, must, on, "" (waiting), free. `label` says it in words.

    The cells share the width by their minutes. Raises KeyError for another kind.
    """
    row = [(TAPE[kind], max(float(minutes), 0.0), name) for kind, minutes, name in cells]
    total = sum(minutes for _colour, minutes, _name in row) or 1.0
    body, start = [], 0.0
    for colour, minutes, name in row:
        x, wide = round(start / total * 100, 3), round(minutes / total * 100, 3)
        paint = 'class="lk-free"' if colour == "none" else f'fill="var(--{colour})"'
        body.append(
            f'<svg x="{x}%" width="{wide}%" height="12"><rect width="100%" height="12" rx="2" {paint}>'
            f"<title>{escape(name)}</title></rect></svg>"
        )
        start += minutes
    gaps = [f'<rect x="{round(edge / total * 100, 3)}%" width="2" height="12" fill="var(--paper)"/>' for edge in _edges(row)]
    return written(
        f'<svg class="lk-tape" width="100%" height="12" role="img" aria-label="{escape(label)}">{"".join(body)}{"".join(gaps)}</svg>'
    )


def _edges(row: Sequence[tuple[str, float, str]]) -> list[float]:
    edges, start = [], 0.0
    for _colour, minutes, _name in row[:-1]:
        start += minutes
        edges.append(start)
    return edges


GLOBALS: dict[str, Callable[..., Any]] = {
    "bar": bar,
    "cycle_strip": cycle_strip,
    "cycles_bar": cycles_bar,
    "interval": interval,
    "logo": logo,
    "model_line": model_line,
    "moon": moon,
    "moons": moons,
    "sparkline": sparkline,
    "stage_word": stage_word,
    "tape": tape,
    "tier_word": tier_word,
    "tier_swatch": tier_swatch,
}
