"""The month's flow as a picture written on the server: three columns, bands as wide as their customers, each band a link to its list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup, escape

from liuke.standing.flow import CAME, GONE, NEVER, NEW, NOT_YET, OUTCOMES, OVERDUE, Flow
from liuke.standing.labels import Stage

WIDTH, HEIGHT, TOP, NODE, GAP = 780, 372, 30, 8, 9
LEFT, MIDDLE, RIGHT = 118, 396, 636
THEN, NOW = ("C", "B", "A", NEW, "D", "E"), ("C", "B", "A", "D", "E")
OUTCOME_WORDS = {
    CAME: gettext_lazy("本月成交"),
    NOT_YET: gettext_lazy("还没到日子"),
    NEVER: gettext_lazy("建档后从没成交"),
    OVERDUE: gettext_lazy("该来没来"),
    GONE: gettext_lazy("已离网"),
}
OUTCOME_COLOUR = {CAME: "brand", NOT_YET: "line-2", NEVER: "line-2", OVERDUE: "st-d", GONE: "st-e"}
Link = Callable[[str, str, str], str]


@dataclass
class _Node:
    x: float
    top: float
    height: float
    filled_in: float = 0.0
    filled_out: float = 0.0


def then_word(code: str) -> str:
    """A stage's word, or 新建档 for a card that was not there."""
    return _("新建档") if code == NEW else str(Stage(code).label)


def picture(flow: Flow, link: Link, then_label: str, now_label: str) -> Markup:
    """SVG of the flow. `link(then, now, outcome)` gives the address of the list of a band or node ("" for any)."""
    then_sizes = {code: flow.count(then=code) for code in THEN}
    now_sizes = {code: flow.count(now=code) for code in NOW}
    end_sizes = {code: flow.count(outcome=code) for code in OUTCOMES}
    scale = min(_scale(list(sizes.values())) for sizes in (then_sizes, now_sizes, end_sizes))
    columns = [_stack(LEFT, THEN, then_sizes, scale), _stack(MIDDLE, NOW, now_sizes, scale), _stack(RIGHT, OUTCOMES, end_sizes, scale)]
    parts = [_heads(then_label, now_label)]
    for then in THEN:
        for now in NOW:
            n = flow.count(then=then, now=now)
            if n:
                still = then in (now, NEW)
                colour, cls = ("line", "lk-band-still") if still else (f"st-{now.lower()}", "lk-band")
                title = _("%(then)s 到 %(now)s，%(n)s 位") % {"then": then_word(then), "now": then_word(now), "n": f"{n:,}"}
                parts.append(_band(columns[0][then], columns[1][now], n * scale, colour, cls, link(then, now, ""), title))
    for now in NOW:
        for end in OUTCOMES:
            n = flow.count(now=now, outcome=end)
            if n:
                strong = end in (CAME, OVERDUE)
                colour, cls = (OUTCOME_COLOUR[end], "lk-band-soft") if strong else ("line", "lk-band-still")
                title = _("%(now)s，%(outcome)s，%(n)s 位") % {"now": then_word(now), "outcome": OUTCOME_WORDS[end], "n": f"{n:,}"}
                parts.append(_band(columns[1][now], columns[2][end], n * scale, colour, cls, link("", now, end), title))
    for code, node in columns[0].items():
        colour = "ink-3" if code == NEW else f"st-{code.lower()}"
        parts.append(_node(node, colour) + _label(node, then_word(code), then_sizes[code], "", link(code, "", ""), before=True))
    for code, node in columns[1].items():
        change = now_sizes[code] - then_sizes[code]
        sign = "" if flow.before is None or not change else f"{'＋' if change > 0 else '−'}{abs(change):,}"
        parts.append(_node(node, f"st-{code.lower()}") + _label(node, then_word(code), now_sizes[code], sign, link("", code, "")))
    for code, node in columns[2].items():
        parts.append(_node(node, OUTCOME_COLOUR[code]) + _label(node, str(OUTCOME_WORDS[code]), end_sizes[code], "", link("", "", code)))
    name = escape(_("客户从上月末到现在的去向，以及本月来了没有"))
    body = "".join(parts)
    return Markup(f'<svg class="lk-flow" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="group" aria-label="{name}">{body}</svg>')  # noqa: S704


def _scale(sizes: Sequence[int]) -> float:
    drawn = [size for size in sizes if size]
    return (HEIGHT - TOP - 6 - GAP * max(len(drawn) - 1, 0)) / max(sum(drawn), 1)


def _stack(x: float, codes: Sequence[str], sizes: dict[str, int], scale: float) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    top = float(TOP)
    for code in codes:
        if sizes[code]:
            nodes[code] = _Node(x, top, sizes[code] * scale)
            top += sizes[code] * scale + max(GAP, 18 - sizes[code] * scale)
    return nodes


def _band(source: _Node, target: _Node, width: float, colour: str, cls: str, href: str, title: str) -> str:
    y0, y1 = source.top + source.filled_out, target.top + target.filled_in
    source.filled_out += width
    target.filled_in += width
    x0, x1 = source.x + NODE, target.x
    bend, thick = (x0 + x1) / 2, max(width, 0.75)
    path = (
        f"M{x0} {y0:.1f}C{bend} {y0:.1f} {bend} {y1:.1f} {x1} {y1:.1f}"
        f"V{y1 + thick:.1f}C{bend} {y1 + thick:.1f} {bend} {y0 + thick:.1f} {x0} {y0 + thick:.1f}Z"
    )
    return (
        f'<a href="{escape(href)}" aria-label="{escape(title)}">'
        f'<path class="{cls}" d="{path}" fill="var(--{colour})"><title>{escape(title)}</title></path></a>'
    )


def _node(node: _Node, colour: str) -> str:
    return f'<rect x="{node.x}" y="{node.top:.1f}" width="{NODE}" height="{max(node.height, 1):.1f}" fill="var(--{colour})"/>'


def _label(node: _Node, word: str, n: int, change: str, href: str, *, before: bool = False) -> str:
    x, anchor = (node.x - 8, "end") if before else (node.x + NODE + 8, "start")
    y = node.top + max(node.height, 1) / 2 + 4
    extra = f'<tspan class="lk-fq" dx="6">{change}</tspan>' if change else ""
    return (
        f'<a href="{escape(href)}"><text x="{x}" y="{y:.1f}" text-anchor="{anchor}"><tspan class="lk-fm">{escape(word)}</tspan>'
        f'<tspan class="lk-fb" dx="6">{n:,}</tspan>{extra}</text></a>'
    )


def _heads(then_label: str, now_label: str) -> str:
    words = ((LEFT, then_label), (MIDDLE, now_label), (RIGHT, _("本月来了没有")))
    return "".join(f'<text class="lk-fq" x="{x}" y="16">{escape(text)}</text>' for x, text in words)
