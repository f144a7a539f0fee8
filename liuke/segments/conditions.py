"""What a segment asks for: conditions joined by all, any, none. Pure: no Django, no clock, no input or output.

As JSON a group is `{"all": [...]}`, `{"any": [...]}` or `{"none": [...]}`, a condition `{"ask": KEY, SLOT: VALUE, ...}`. What may be asked,
and which slots a condition has, says a catalogue of entries (segments.catalogue); everything else is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias, cast

from liuke.kernel.refusal import Refused, shown
from liuke.kernel.text import as_id, clean

Join = Literal["all", "any", "none"]
JOINS: tuple[Join, ...] = ("all", "any", "none")
DEEPEST = 5
MOST = 40
MOST_CHOSEN = 60
LONGEST = 60
Value: TypeAlias = "str | int | tuple[str, ...]"
_WORD = re.compile(r"[\w.:-]{1,60}")


@dataclass(frozen=True)
class Leaf:
    """One condition: what is asked (a key of the catalogue), and the values of its slots in the catalogue's order."""

    ask: str
    values: tuple[tuple[str, Value], ...] = ()

    def get(self, slot: str) -> Value | None:
        return dict(self.values).get(slot)

    def word(self, slot: str) -> str:
        """A slot that holds one word; "" where it is empty."""
        value = self.get(slot)
        return value if isinstance(value, str) else ""

    def words(self, slot: str) -> tuple[str, ...]:
        """A slot that holds several words; () where it is empty."""
        value = self.get(slot)
        return value if isinstance(value, tuple) else ()

    def number(self, slot: str) -> int | None:
        value = self.get(slot)
        return value if isinstance(value, int) else None

    def day(self, slot: str) -> date | None:
        return date.fromisoformat(word) if (word := self.word(slot)) else None

    def ids(self, slot: str) -> list[int]:
        return [pk for one in self.words(slot) if (pk := as_id(one))]


@dataclass(frozen=True)
class Group:
    """Several conditions: all of them hold, any of them, or none."""

    join: Join
    parts: tuple[Node, ...]


Node: TypeAlias = "Leaf | Group"


@dataclass(frozen=True)
class Slot:
    """One thing to fill in. `only`: it is there when another slot has one of these values. Numbers are whole; `scale` of them make one
    unit as people type it (100: cents). `words` takes any code of fitting form (a pack's keys, ids), of which `options` are offered."""

    name: str
    kind: Literal["choice", "choices", "words", "text", "whole", "day"]
    label: str = ""
    options: tuple[tuple[str, str], ...] = ()
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    low: int = 0
    high: int = 10**15
    scale: int = 1
    unit: str = ""
    optional: bool = False

    def applies(self, values: Mapping[str, object]) -> bool:
        return all(values.get(name) in wanted for name, wanted in self.only)


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: what can be asked, under which heading, its slots. `make` turns a leaf into a condition of the
    database (segments.algebra), `say` into words."""

    key: str
    heading: str
    label: str
    slots: tuple[Slot, ...]
    make: Any = field(compare=False, default=None)
    say: Any = field(compare=False, default=None)
    column: bool = True
    """Whether it asks for a column of the card or of insight's row, and not for what hangs on it."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be asked, in order; `sealed` are fields that exist and that nobody may ask about."""

    entries: Mapping[str, Entry]
    sealed: frozenset[str] = frozenset()

    @property
    def columns(self) -> frozenset[str]:
        """Keys of what is asked of columns."""
        return frozenset(key for key, entry in self.entries.items() if entry.column)

    def entry(self, key: str) -> Entry:
        """Refuses segment.sealed and segment.unknown."""
        if key in self.entries:
            return self.entries[key]
        if key in self.sealed:
            raise Refused("segment.sealed", "“%(key)s”是遮住的，不能拿来筛选。", key=shown(key))
        raise Refused("segment.unknown", "没有“%(key)s”这个条件。", key=shown(key))


def read(data: object, catalogue: Catalogue) -> Node:
    """The conditions of JSON data, checked. Refuses, with codes segment.*: another shape, what the catalogue does not have or keeps
    sealed, a value that does not fit its slot, an empty group, more than DEEPEST groups in each other, more than MOST conditions."""
    if not isinstance(data, dict) or "ask" in data:
        data = {"all": [data]}
    found = _read(data, catalogue, 1)
    if (n := sum(1 for _ in leaves(found))) > MOST:
        raise Refused("segment.many", "条件太多：%(n)s 个，最多 %(most)s 个。", n=n, most=MOST)
    return found


def _read(data: object, catalogue: Catalogue, depth: int) -> Node:
    if not isinstance(data, dict):
        raise Refused("segment.shape", "条件的写法看不懂：%(value)s", value=shown(data))
    if "ask" in data:
        return read_leaf(data, catalogue)
    if len(data) != 1 or (join := next(iter(data))) not in JOINS or not isinstance(data[join], list):
        raise Refused("segment.shape", "条件的写法看不懂：%(value)s", value=shown(list(data)))
    if depth > DEEPEST:
        raise Refused("segment.deep", "条件套得太深，最多 %(most)s 层。", most=DEEPEST)
    if not data[join]:
        raise Refused("segment.empty", "这一组里还没有条件。")
    if len(data[join]) > MOST:
        raise Refused("segment.many", "条件太多：%(n)s 个，最多 %(most)s 个。", n=len(data[join]), most=MOST)
    return Group(cast(Join, join), tuple(_read(part, catalogue, depth + 1) for part in data[join]))


def read_leaf(data: Mapping[str, object], catalogue: Catalogue) -> Leaf:
    """One condition of JSON data, checked."""
    entry = catalogue.entry(data["ask"] if isinstance(data["ask"], str) else "")
    known: dict[str, Value] = {}
    for slot in entry.slots:
        if not slot.applies(known):
            continue
        value = data.get(slot.name)
        if value is None or value in ("", [], ()):
            if not slot.optional:
                raise Refused("segment.missing", "“%(label)s”还没填完。", label=entry.label)
            continue
        known[slot.name] = _value(value, slot, entry)
    if extra := [name for name in data if name != "ask" and name not in known]:
        raise Refused("segment.slot", "“%(label)s”没有“%(slot)s”这一项。", label=entry.label, slot=shown(extra[0]))
    low, high = known.get("a"), known.get("b")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise Refused("segment.turned", "“%(label)s”的两头反了。", label=entry.label)
    if isinstance(first := known.get("from"), str) and isinstance(last := known.get("to"), str) and first > last:
        raise Refused("segment.turned", "“%(label)s”的两头反了。", label=entry.label)
    return Leaf(entry.key, tuple(known.items()))


def _value(value: object, slot: Slot, entry: Entry) -> Value:
    bad = Refused("segment.value", "“%(label)s”填的“%(value)s”不行。", label=entry.label, value=shown(value))
    if slot.kind in ("choices", "words"):
        many = (value,) if isinstance(value, str) else value
        if not isinstance(many, list | tuple) or len(many) > MOST_CHOSEN or not all(isinstance(one, str) for one in many):
            raise bad
        codes = {code for code, _ in slot.options}
        if not all(one in codes if slot.kind == "choices" else _WORD.fullmatch(one) for one in many):
            raise bad
        return tuple(dict.fromkeys(many))
    if slot.kind == "whole":
        if isinstance(value, bool) or not isinstance(value, int) or not slot.low <= value <= slot.high:
            raise bad
        return value
    if not isinstance(value, str):
        raise bad
    if slot.kind == "choice":
        if value not in {code for code, _ in slot.options}:
            raise bad
        return value
    if slot.kind == "day":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise bad from None
    text = clean(value, LONGEST)
    if not text:
        raise bad
    return text


def write(node: Node) -> dict[str, Any]:
    """The conditions as JSON data; `read` gives the same conditions back."""
    if isinstance(node, Leaf):
        return {"ask": node.ask} | {name: list(value) if isinstance(value, tuple) else value for name, value in node.values}
    return {node.join: [write(part) for part in node.parts]}


def leaves(node: Node) -> Iterator[Leaf]:
    """Every condition, in reading order."""
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.parts:
            yield from leaves(part)


def inner_ids(node: Node) -> set[int]:
    """The other segments that are asked about."""
    return {number for leaf in leaves(node) if leaf.ask == "segment" for number in leaf.ids("ids")}
