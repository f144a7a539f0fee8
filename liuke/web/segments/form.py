"""The builder of segments as a form: what was filled in, as conditions, and the other way round.

A node is known by its path: "0" is the outermost group, "0-2" its third part. Fields are called `c.PATH.SLOT`; `c.PATH.join` makes a group,
`c.PATH.ask` a condition. What cannot be read yet stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from liuke.kernel import clock, pinyin
from liuke.kernel.money import parse_amount
from liuke.kernel.refusal import Refused
from liuke.kernel.spoken_date import parse_spoken
from liuke.segments.conditions import JOINS, MOST, Catalogue, Entry, Leaf, Slot, read_leaf
from liuke.segments.saying import KINDS

_FIELD = re.compile(r"c\.(0(?:-[0-9]{1,3}){0,6})\.([a-z]{1,12})")
_DO = re.compile(r"([a-z]+):(0(?:-[0-9]{1,3}){0,6})(?::([\w.]{1,60}))?")
SHORT = 7
"""So many choices stand side by side; more are folded away."""
FIRST = ("stage", "grade", "last_deal", "amount_12m", "deals", "contacts", "contracts", "signals", "unit", "owner", "tier", "birthday")

Sketch = dict[str, Any]
Offers = Mapping[str, Sequence[tuple[str, str]]]


def sketch(data: QueryDict, catalogue: Catalogue) -> Sketch:
    """The form as JSON data of conditions, not yet checked."""
    nodes: dict[str, dict[str, list[str]]] = {}
    for name in data:
        if (match := _FIELD.fullmatch(name)) and len(nodes) < 8 * MOST:
            nodes.setdefault(match[1], {})[match[2]] = data.getlist(name)
    return _group(nodes, "0", catalogue) if "join" in nodes.get("0", {}) else {"all": []}


def _group(nodes: dict[str, dict[str, list[str]]], path: str, catalogue: Catalogue) -> Sketch:
    join = nodes[path]["join"][0]
    below = [one for one in nodes if one.startswith(f"{path}-") and one.count("-") == path.count("-") + 1]
    parts = []
    for one in sorted(below, key=lambda word: int(word.rpartition("-")[2])):
        if "join" in nodes[one]:
            parts.append(_group(nodes, one, catalogue))
        elif "ask" in nodes[one]:
            parts.append(_condition(nodes[one], catalogue))
    return {join if join in JOINS else "all": parts}


def _condition(fields: dict[str, list[str]], catalogue: Catalogue) -> Sketch:
    ask = fields["ask"][0]
    found: Sketch = {"ask": ask}
    entry = catalogue.entries.get(ask)
    for slot in entry.slots if entry else ():
        if not slot.applies(found):
            continue
        if slot.kind in ("choices", "words"):
            if chosen := [one for one in fields.get(slot.name, []) if one]:
                found[slot.name] = chosen
        elif typed := fields.get(slot.name, [""])[0].strip():
            found[slot.name] = _typed(typed, slot)
        elif slot.kind == "choice" and not slot.optional and slot.name not in fields:
            found[slot.name] = slot.options[0][0]
    return found


def _typed(text: str, slot: Slot) -> object:
    """What was typed as the slot keeps it; what cannot be read stays text, and is refused where it is checked."""
    try:
        if slot.kind == "whole":
            if slot.scale == 100:
                return parse_amount(text).cents
            number = Decimal(text.replace(",", "").replace("，", "").removesuffix("%")) * slot.scale
            return int(number) if number == int(number) else text
        if slot.kind == "day":
            day = parse_spoken(text, clock.today(), lean="past")
            return day.isoformat() if day else text
    except (Refused, InvalidOperation, ValueError, OverflowError):
        return text
    return text


def changed(found: Sketch, do: str, catalogue: Catalogue) -> tuple[Sketch, str]:
    """After a button: (the conditions, the path of what is new). `add:PATH:KEY`, `group:PATH`, `drop:PATH`."""
    match = _DO.fullmatch(do)
    if match is None:
        return found, ""
    act, path, key = match[1], match[2], match[3] or ""
    parts = _parts_at(found, path if act != "drop" else path.rpartition("-")[0])
    if parts is None:
        return found, ""
    if act == "add" and key in catalogue.entries:
        parts.append(_condition({"ask": [key]}, catalogue))
        return found, f"{path}-{len(parts) - 1}"
    if act == "group":
        parts.append({"any": []})
        return found, f"{path}-{len(parts) - 1}"
    if act == "drop" and (at := int(path.rpartition("-")[2])) < len(parts):
        del parts[at]
    return found, ""


def _parts_at(found: Sketch, path: str) -> list[Sketch] | None:
    node = found
    for at in path.split("-")[1:]:
        parts = next(iter(node.values())) if "ask" not in node else []
        if int(at) >= len(parts):
            return None
        node = parts[int(at)]
    return None if "ask" in node or not path else next(iter(node.values()))


# ── shown ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Field:
    """One input of a condition. `options`: (code, words, whether chosen); `turns`: other inputs depend on it."""

    name: str
    kind: str
    label: str
    options: tuple[tuple[str, str, bool], ...]
    value: str
    unit: str
    turns: bool
    optional: bool

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")

    @property
    def chosen(self) -> str:
        return _("、").join(word for _code, word, on in self.options if on)


@dataclass(frozen=True)
class Shown:
    """A node of the tree on the page; `wrong` says why a condition does not count yet."""

    path: str
    join: str
    label: str
    fields: tuple[Field, ...]
    wrong: str
    parts: tuple[Shown, ...]
    new: bool
    ask: str = ""

    @property
    def id(self) -> str:
        return f"c-{self.path}"

    @property
    def depth(self) -> int:
        return self.path.count("-")


def show(found: Sketch, catalogue: Catalogue, offers: Offers, new: str = "", path: str = "0") -> Shown:
    """The conditions as the page draws them."""
    if "ask" in found:
        return _shown_leaf(found, catalogue, offers, new, path)
    join, parts = next(iter(found.items()))
    inside = tuple(show(part, catalogue, offers, new, f"{path}-{at}") for at, part in enumerate(parts))
    return Shown(path, join, "", (), "", inside, path == new)


def _shown_leaf(found: Sketch, catalogue: Catalogue, offers: Offers, new: str, path: str) -> Shown:
    entry = catalogue.entries.get(str(found["ask"]))
    if entry is None:
        return Shown(path, "", str(found["ask"]), (), _("没有这个条件了，去掉它。"), (), False, str(found["ask"]))
    fields = tuple(_field(slot, found, entry, offers, path) for slot in entry.slots if slot.applies(found))
    return Shown(path, "", entry.label, fields, wrong(found, catalogue), (), path == new, entry.key)


def _field(slot: Slot, found: Sketch, entry: Entry, offers: Offers, path: str) -> Field:
    value = found.get(slot.name)
    options = slot.options
    if slot.kind == "words":
        options = (*options, *offers.get(KINDS.get(entry.key, ""), ()))
        known = {code for code, _word in options}
        options = (*options, *((one, _("不在您这里")) for one in value or () if isinstance(value, list) and one not in known))
    chosen = set(value) if isinstance(value, list) else {value}
    return Field(
        name=f"c.{path}.{slot.name}",
        kind=slot.kind,
        label=slot.label,
        options=tuple((code, word, code in chosen) for code, word in options),
        value=_written(value, slot),
        unit=slot.unit,
        turns=any(name == slot.name for other in entry.slots for name, _wanted in other.only),
        optional=slot.optional,
    )


def _written(value: object, slot: Slot) -> str:
    if value is None or isinstance(value, list):
        return ""
    if slot.kind == "whole" and isinstance(value, int) and slot.scale > 1:
        return f"{Decimal(value) / slot.scale:f}".removesuffix(".0").removesuffix(".00")
    return str(value)


def wrong(found: Sketch, catalogue: Catalogue) -> str:
    """Why a condition does not count yet; "" when it does."""
    try:
        read_leaf(found, catalogue)
    except Refused as refused:
        return _(refused.message) % refused.slots
    return ""


def sound_part(found: Sketch, catalogue: Catalogue) -> Sketch | None:
    """The conditions without what cannot be read yet, which does not count; None when nothing is left."""
    if "ask" in found:
        return None if wrong(found, catalogue) else found
    join, parts = next(iter(found.items()))
    kept = [one for part in parts if (one := sound_part(part, catalogue)) is not None]
    return {join: kept} if kept else None


def leaves_of(found: Sketch, catalogue: Catalogue, path: str = "0") -> Iterator[tuple[str, Leaf | str]]:
    """(path, condition) of every condition; in its place why it cannot be read yet."""
    if "ask" in found:
        yield path, wrong(found, catalogue) or read_leaf(found, catalogue)
        return
    for at, part in enumerate(next(iter(found.values()))):
        yield from leaves_of(part, catalogue, f"{path}-{at}")


def matching(asked: str, catalogue: Catalogue) -> list[tuple[str, list[Entry]]]:
    """What can be added for what was typed (words or how they sound), by heading; without words the usual ones."""
    typed = asked.replace(" ", "").replace("'", "").lower()[:40]
    if not typed:
        return [("", [catalogue.entries[key] for key in FIRST if key in catalogue.entries])]
    hits = [(rank, entry) for entry in catalogue.entries.values() if (rank := _rank(typed, entry)) is not None]
    found: dict[str, list[Entry]] = {}
    for _place, entry in sorted(hits, key=lambda hit: (hit[0], len(hit[1].label))):
        found.setdefault(entry.heading, []).append(entry)
    return list(found.items())


def _rank(typed: str, entry: Entry) -> int | None:
    """How well an entry fits what was typed, 0 best; None when it does not."""
    label = entry.label.lower().replace(" ", "")
    said = (label, pinyin.full(label), pinyin.initials(label))
    if typed in said:
        return 0
    if any(one.startswith(typed) for one in said):
        return 1
    if len(typed) > 1 and any(typed in one for one in said):
        return 2
    return 3 if len(typed) > 1 and _in_options(typed, entry) else 2 if typed in label else None


def _in_options(typed: str, entry: Entry) -> bool:
    return any(typed in word.lower() for slot in entry.slots if slot.kind in ("choices", "words") for _code, word in slot.options)
