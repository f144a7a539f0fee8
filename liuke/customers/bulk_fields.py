"""Which fields of a card may be changed for many at once, and how what was typed for them is read.

Not the name, numbers, codes, birthdays or anything sealed: those are each customer's own. The keeper changes by a transfer (handover).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from liuke.customers.completeness import EXTRA, ON, extra_field
from liuke.customers.extra_fields import read_extra, shown_extra
from liuke.customers.fields import CHOICES, FLAGS, READERS, as_text, label
from liuke.customers.labels import Kind
from liuke.kernel.dates import parse_date
from liuke.kernel.refusal import Refused
from liuke.kernel.spoken_date import parse_spoken
from liuke.packs.schema import CardField, Pack

Shape = Literal["text", "choice", "flag", "number", "day"]
FIXED: dict[str, Shape] = {
    "tier": "text",
    "source": "text",
    "region": "text",
    "industry": "text",
    "size": "text",
    "key_account": "flag",
    "early_adopter": "flag",
    "do_not_contact": "flag",
    "next_contact_on": "day",
    "channel": "choice",
    "service_need": "choice",
    "monthly_contacts": "number",
}
INSIGHT = frozenset(("key_account",))
"""Fields that insight rests on (analytics.tables)."""
_SHAPES: dict[str, Shape] = {
    "integer": "number",
    "decimal": "number",
    "date": "day",
    "yes_no": "choice",
    "choice": "choice",
    "text": "text",
}


@dataclass(frozen=True)
class BulkField:
    """A field that can be set for many. `options`: (value, words) of a choice. `extra`: the pack's own field behind it."""

    key: str
    shape: Shape
    extra: CardField | None = None

    def name(self, lang: Literal["zh", "en"] = "zh") -> str:
        return self.extra.name(lang) if self.extra else label(self.key)

    def options(self, lang: Literal["zh", "en"] = "zh") -> tuple[tuple[str, str], ...]:
        if self.extra is not None and self.extra.type == "yes_no":
            return (("1", shown_extra(self.extra, True, lang)), ("0", shown_extra(self.extra, False, lang)))
        if self.extra is not None:
            return tuple((choice.key, choice.name(lang)) for choice in self.extra.choices)
        return tuple((str(code), str(word)) for code, word in CHOICES[self.key].choices) if self.key in CHOICES else ()

    @property
    def column(self) -> str:
        """The column of the card that holds it."""
        return "extra" if self.extra else self.key

    @property
    def nothing(self) -> Any:
        """The value of a field that is cleared."""
        return False if self.shape == "flag" else None if self.extra or self.shape in ("number", "day") else ""

    def fits(self, kind: str) -> bool:
        """Whether a card of this kind has the field."""
        return self.extra is None or ON[Kind(kind)] == self.extra.on

    def value_in(self, stored: Any) -> Any:
        """The value in what the column holds."""
        return (stored or {}).get(self.extra.key) if self.extra else stored

    def history(self, value: Any) -> str:
        """A value as the history of changes keeps it: for the pack's own fields no is told from nothing."""
        return "0" if self.extra and value is False else as_text(value)

    def words(self, value: Any, lang: Literal["zh", "en"] = "zh") -> str:
        """A value as a page shows it; "" for nothing. A day stays ISO, a flag is "1"."""
        if self.extra is not None:
            return shown_extra(self.extra, value, lang)
        return dict(self.options(lang)).get(str(value), as_text(value)) if self.shape == "choice" else as_text(value)


def every(pack: Pack) -> tuple[BulkField, ...]:
    """All of them, the pack's own last."""
    own = [field for field in pack.fields if field.on in ON.values() and field.type in _SHAPES]
    return (
        *(BulkField(key, shape) for key, shape in FIXED.items()),
        *(BulkField(f"{EXTRA}{field.key}", _SHAPES[field.type], field) for field in own),
    )


def field_of(key: str, pack: Pack) -> BulkField:
    """The field of this key. Refuses any other, sealed ones and names among them, as one that there is not."""
    if key in FIXED:
        return BulkField(key, FIXED[key])
    extra = extra_field(pack, key)
    if extra is None or extra.type not in _SHAPES:
        raise Refused("bulk.field", "这一项不能一起改。")
    return BulkField(key, _SHAPES[extra.type], extra)


def read(field: BulkField, typed: str, clear: bool, today: date) -> Any:
    """The value to set. `clear` empties the field; to be cleared it must be said, an empty entry is refused (bulk.value)."""
    if clear:
        return field.nothing
    if not typed.strip():
        raise Refused("bulk.value", "请填要改成什么，或者选清空。")
    if field.key == "next_contact_on":
        day = parse_spoken(typed, today)
        if day is not None and day < today:
            raise Refused("next_contact.past", "下次联系不能早于今天。")
        value: Any = day
    elif field.key in FLAGS:
        value = typed == "1"
    elif field.extra is not None:
        value = read_extra(field.extra, typed, today)
    else:
        value = READERS[field.key](typed)
    if value == field.nothing and field.shape != "flag":
        raise Refused("bulk.value", "请填要改成什么，或者选清空。")
    return value


def kept(field: BulkField, value: Any) -> Any:
    """A value as JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def unkept(field: BulkField, value: Any) -> Any:
    """A value out of JSON, as the card's column wants it."""
    return parse_date(value) if field.key == "next_contact_on" and value else value
