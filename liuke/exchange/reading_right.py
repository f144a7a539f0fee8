"""What was read right although it was written in its own way: counted by rule, so that a person can see that nothing was guessed. Pure."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from liuke.exchange.datasets.field import Field
from liuke.exchange.parsers import Bad, Column, Reading
from liuke.exchange.table import Chunk, Table
from liuke.kernel.birthday import Birthday
from liuke.kernel.plate import show_plate

ROWS = 20_000
"""How many rows are looked at: enough to tell what is in a file, cheap for one of a million rows."""

_PLAIN_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}|[48]00-?[0-9]{3}-?[0-9]{4}")
_NUMBER_CELL = re.compile(r"[0-9.]+[eE]\+?[0-9]+|[0-9]+\.0+")
_PLAIN_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")


@dataclass
class ReadRight:
    """`counts`: rule → cells. `dates`: ways dates are written, each with one example. `whole`: every row was looked at."""

    counts: Counter[str] = field(default_factory=Counter)
    dates: dict[str, str] = field(default_factory=dict)
    whole: bool = True


def read_right(table: Table, today: date, limit: int = ROWS) -> ReadRight:
    """Looks at the first `limit` rows of a freshly opened table. Raises Refused `file.*`."""
    found = ReadRight()
    watched: list[tuple[int, Field, Column]] = []
    for code, columns in table.columns.items():
        each = table.dataset.field(code)
        if each.kind in RULES:
            watched.extend((j, each, Column(each, Reading(today, table.epoch, table.wan(code)))) for j in columns)
    seen = 0
    for chunk in table.chunks():
        for j, each, memory in watched:
            _count(chunk, j, each, memory, limit - seen, found)
        seen += len(chunk.numbers)
        if seen >= limit:
            found.whole = False
            break
    if len(found.dates) < 2 and not any(_SERIAL.fullmatch(example) for example in found.dates.values()):
        del found.counts["dates"]
    return found


def _count(chunk: Chunk, j: int, each: Field, memory: Column, room: int, found: ReadRight) -> None:
    rule = RULES[each.kind]
    for text, times in Counter(islice(chunk.cells[j], max(room, 0))).items():
        bare = text.strip()
        if not bare:
            continue
        value = memory[text]
        if value is None or type(value) is Bad:
            continue
        name = rule(bare, value)
        if name:
            found.counts[name] += times
        if each.kind in ("date", "moment"):
            found.counts["dates"] += times
            if len(found.dates) < 20:
                found.dates.setdefault(re.sub(r"[0-9]+", "9", bare), bare)


def _phone(text: str, value: object) -> str:
    if isinstance(value, tuple) and len(value) > 1:
        return "phones"
    if _PLAIN_PHONE.fullmatch(text):
        return ""
    return "phone_number_cell" if _NUMBER_CELL.fullmatch(text) else "phone"


def _amount(text: str, value: object) -> str:
    return "" if _PLAIN_AMOUNT.fullmatch(text) else "amount"


def _plate(text: str, value: object) -> str:
    return "" if text in (value, show_plate(str(value))) else "plate"


def _birthday(text: str, value: object) -> str:
    return "lunar" if isinstance(value, Birthday) and value.lunar else ""


def _nothing(text: str, value: object) -> str:
    return ""


RULES: dict[str, Callable[[str, object], str]] = {
    "phone": _phone,
    "amount": _amount,
    "exact": _amount,
    "plate": _plate,
    "birthday": _birthday,
    "date": _nothing,
    "moment": _nothing,
}
