"""Conditions in words: one sentence for a whole segment, one phrase for each condition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils import dateformat
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.kernel.money import format_cents
from liuke.segments.conditions import Catalogue, Entry, Leaf, Node, Slot

Names = Mapping[tuple[str, str], str]
"""What an id in a slot is called, for this reader: (kind, id) → name; kinds are unit, owner, segment."""
KINDS = {"unit": "unit", "owner": "owner", "deals": "unit", "segment": "segment"}


def sentence(node: Node, catalogue: Catalogue, names: Names) -> str:
    """The conditions as one Chinese sentence (or English): 阶段是衰退，并且 12 个月净额至少 ¥5,000."""
    return _said(node, catalogue, names, outer=True)


def _said(node: Node, catalogue: Catalogue, names: Names, outer: bool = False) -> str:
    if isinstance(node, Leaf):
        return phrase(node, catalogue, names)
    parts = [_said(part, catalogue, names) for part in node.parts]
    if node.join == "none":
        text = _("都不是：%(parts)s") % {"parts": _("；").join(parts)} if len(parts) > 1 else _("不是：%(parts)s") % {"parts": parts[0]}
    elif len(parts) == 1:
        return _said(node.parts[0], catalogue, names, outer)
    else:
        text = (_("，并且") if node.join == "all" else _("，或者")).join(parts)
    return text if outer else _("（%(text)s）") % {"text": text}


def phrase(leaf: Leaf, catalogue: Catalogue, names: Names) -> str:
    """One condition in words."""
    entry = catalogue.entry(leaf.ask)
    return str(entry.say(leaf, entry, names))


def chosen(leaf: Leaf, entry: Entry, slot: str, names: Names) -> str:
    """The words of what is chosen in a slot: 衰退、离网."""
    known = {code: word for one in entry.slots if one.name == slot for code, word in one.options}
    kind = KINDS.get(entry.key, "")
    said = [known.get(one) or names.get((kind, one)) or (_("不在您这里") if one.isdigit() else one) for one in leaf.words(slot)]
    return _("、").join(said)


def amount(value: int, slot: Slot) -> str:
    """A number as people write it: ¥5,000, 1.5 个周期."""
    if slot.scale == 100:
        return format_cents(value)
    plain = Decimal(value) / slot.scale
    written = f"{plain:,}" if slot.scale > 1 else str(value) if slot.unit == _("年") else f"{value:,}"
    if slot.unit == "%":
        return f"{written}%"
    return _("%(n)s %(unit)s") % {"n": written, "unit": slot.unit} if slot.unit else written


def slot_of(entry: Entry, name: str) -> Slot:
    return next(one for one in entry.slots if one.name == name)


def option(leaf: Leaf, entry: Entry, name: str) -> str:
    return dict(slot_of(entry, name).options).get(leaf.word(name), "")


def _day(value: date) -> str:
    return dateformat.format(value, _("n月j日") if value.year == clock.today().year else _("Y年n月j日"))


def time(leaf: Leaf) -> str:
    """近 90 天, 90 天以前, 3月1日到5月31日; "" for any time."""
    first, last = leaf.day("from"), leaf.day("to")
    when, n = leaf.word("when"), leaf.number("n")
    if when == "between" and first and last:
        return _("%(first)s到%(last)s") % {"first": _day(first), "last": _day(last)}
    return {
        "last": _("近 %(n)s 天") % {"n": n},
        "before": _("%(n)s 天以前") % {"n": n},
        "next": _("今后 %(n)s 天") % {"n": n},
    }.get(when, "")


def text(leaf: Leaf, entry: Entry, _names: Names) -> str:
    slots = {"label": entry.label, "text": leaf.word("text")}
    return {
        "contains": _("%(label)s里有“%(text)s”"),
        "is": _("%(label)s就是“%(text)s”"),
        "filled": _("填了%(label)s"),
        "empty": _("没填%(label)s"),
    }[leaf.word("op")] % slots


def choice(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {"label": entry.label, "values": chosen(leaf, entry, "is", names)}
    return (_("%(label)s不是%(values)s") if leaf.word("op") == "not" else _("%(label)s是%(values)s")) % slots


def flag(leaf: Leaf, entry: Entry, _names: Names) -> str:
    return entry.label if leaf.word("op") == "yes" else _("不是“%(label)s”") % {"label": entry.label}


def number(leaf: Leaf, entry: Entry, _names: Names) -> str:
    op, a, b = leaf.word("op"), leaf.number("a"), leaf.number("b")
    slot = slot_of(entry, "a")
    slots = {"label": entry.label, "a": amount(a or 0, slot), "b": amount(b or 0, slot)}
    return {
        "ge": _("%(label)s至少 %(a)s"),
        "le": _("%(label)s最多 %(a)s"),
        "between": _("%(label)s在 %(a)s 到 %(b)s 之间"),
        "filled": _("有%(label)s"),
        "empty": _("没有%(label)s"),
    }[op] % slots


def day(leaf: Leaf, entry: Entry, _names: Names) -> str:
    when = leaf.word("when")
    if when in ("filled", "empty"):
        return (_("有%(label)s") if when == "filled" else _("没有%(label)s")) % {"label": entry.label}
    return _("%(label)s在%(time)s") % {"label": entry.label, "time": time(leaf)}


def birthday(leaf: Leaf, entry: Entry, names: Names) -> str:
    op = leaf.word("op")
    if op == "next":
        return _("今后 %(n)s 天内过生日") % {"n": leaf.number("n")}
    if op == "month":
        return _("生日在%(months)s") % {"months": chosen(leaf, entry, "months", names)}
    return _("填了生日") if op == "filled" else _("没填生日")


def _which(leaf: Leaf, entry: Entry, names: Names, *slots: str) -> str:
    """（电话、上门；接通）, or nothing."""
    said = [chosen(leaf, entry, slot, names) for slot in slots if leaf.words(slot)]
    if leaf.word("text"):
        said.insert(0, f"{slot_of(entry, 'text').label}“{leaf.word('text')}”")
    return _("（%(what)s）") % {"what": _("；").join(said)} if said else ""


def deal(leaf: Leaf, entry: Entry, names: Names) -> str:
    measure, op = leaf.word("measure"), leaf.word("op")
    a = leaf.number("times" if measure == "count" else "a") or 0
    slots = {
        "time": time(leaf),
        "which": _which(leaf, entry, names, "kinds", "units"),
        "a": f"{a:,}" if measure == "count" else format_cents(a),
    }
    if measure in ("yes", "no"):
        return (_("%(time)s成交过%(which)s") if measure == "yes" else _("%(time)s没成交%(which)s")) % slots
    return {
        "count ge": _("%(time)s成交至少 %(a)s 次%(which)s"),
        "count le": _("%(time)s成交最多 %(a)s 次%(which)s"),
        "sum ge": _("%(time)s成交合计至少 %(a)s%(which)s"),
        "sum le": _("%(time)s成交合计最多 %(a)s%(which)s"),
        "max ge": _("%(time)s最大一笔至少 %(a)s%(which)s"),
        "max le": _("%(time)s最大一笔最多 %(a)s%(which)s"),
    }[f"{measure} {op}"] % slots


def event(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {"time": time(leaf), "kinds": chosen(leaf, entry, "kinds", names), "n": leaf.number("times"), "value": leaf.number("value")}
    said = {
        "yes": _("%(time)s有过“%(kinds)s”"),
        "no": _("%(time)s没有过“%(kinds)s”"),
        "times": _("%(time)s有过“%(kinds)s”至少 %(n)s 次"),
    }[leaf.word("has")] % slots
    if leaf.word("score"):
        said += (_("，打分最多 %(value)s 分") if leaf.word("score") == "le" else _("，打分至少 %(value)s 分")) % slots
    return said


def contact(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {"time": time(leaf), "which": _which(leaf, entry, names, "ways", "outcomes", "direction")}
    return (_("%(time)s联系过%(which)s") if leaf.word("has") == "yes" else _("%(time)s没联系过%(which)s")) % slots


def contract(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {"kinds": chosen(leaf, entry, "kinds", names) or entry.label, "n": leaf.number("n")}
    return {
        "expires": _("%(kinds)s %(n)s 天内到期，还没续"),
        "expired": _("%(kinds)s近 %(n)s 天到期了，没续"),
        "running": _("%(kinds)s正在有效"),
        "none": _("没有有效的%(kinds)s"),
    }[leaf.word("state")] % slots


def asset(leaf: Leaf, entry: Entry, names: Names) -> str:
    said = _which(leaf, entry, names, "kinds")
    op, a, b = leaf.word("op"), leaf.number("a"), leaf.number("b")
    years = {"ge": _("，%(a)s 年以后的"), "le": _("，%(a)s 年以前的"), "between": _("，%(a)s 到 %(b)s 年的")}
    year = years[op] % {"a": a, "b": b} if op else ""
    return (_("有持有物%(which)s") if leaf.word("has") == "yes" else _("没有持有物%(which)s")) % {"which": said + year}


def signal(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {"keys": chosen(leaf, entry, "keys", names), "n": leaf.number("n")}
    return {
        "open": _("信号“%(keys)s”亮着"),
        "none": _("信号“%(keys)s”没亮"),
        "opened": _("信号“%(keys)s”近 %(n)s 天亮起"),
        "ended": _("信号“%(keys)s”近 %(n)s 天熄掉"),
    }[leaf.word("state")] % slots


def task(leaf: Leaf, _entry: Entry, _names: Names) -> str:
    return {
        "open": _("有要做的任务"),
        "late": _("有过了期的任务"),
        "done": _("近 %(n)s 天做过任务") % {"n": leaf.number("n")},
        "none": _("没有要做的任务"),
    }[leaf.word("state")]


def stage_change(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {
        "time": time(leaf),
        "old": chosen(leaf, entry, "old", names) or _("别的阶段"),
        "new": chosen(leaf, entry, "new", names) or _("别的阶段"),
    }
    return _("%(time)s从%(old)s变成%(new)s") % slots


def inner(leaf: Leaf, entry: Entry, names: Names) -> str:
    slots = {"names": chosen(leaf, entry, "ids", names)}
    return (_("在分组“%(names)s”里") if leaf.word("op") == "in" else _("不在分组“%(names)s”里")) % slots
