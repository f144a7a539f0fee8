"""What a page shows of a file: its columns with their first values as they are read, telephones and their like masked. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self, cast

from liuke.exchange.datasets.field import Dataset, Field
from liuke.exchange.parsers import Bad, Column, Reading, phone_ends
from liuke.exchange.readers import open_source
from liuke.exchange.table import Table
from liuke.kernel.masks import mask_address, mask_id, mask_wechat
from liuke.kernel.phone import mask_phone
from liuke.kernel.plate import mask_plate
from liuke.kernel.refusal import Refused, shown

_LONG_NUMBER = re.compile(r"[0-9０-９]{9,}[Xx]?")  # telephones, identity cards, bank accounts


@dataclass
class ColumnSeen:
    """One column: its heading, the field it goes to ("" for none), its first value as it is written and as it is read (kind, value)."""

    heading: str
    field: str
    written: str = ""
    read: tuple[str, Any] = ("", "")


@dataclass
class Seen:
    """`refused`: a sample of the refused rows as (row, column, written, code, message, slots). `problem`: (code, message, slots) of why the
    file cannot be loaded as its columns are matched now; without `columns` it cannot be used at all. `given`: heading → field, as a person
    said. `undone`: what an undo did."""

    columns: list[ColumnSeen] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    heading_row: int = 0
    missing: list[list[str]] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    problem: list[Any] | None = None
    refused: list[list[Any]] = field(default_factory=list)
    changes: list[list[Any]] = field(default_factory=list)
    right: dict[str, int] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    right_whole: bool = True
    undone: dict[str, Any] | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        columns = [ColumnSeen(each["heading"], each["field"], each["written"], tuple(each["read"])) for each in kept["columns"]]
        return cls(**{**kept, "columns": columns})


def look(table: Table, today: date, found: Seen) -> None:
    """Fills what the heading and the first rows tell."""
    match = table.heading.match
    codes = {j: code for code, columns in [*match.columns.items(), *match.doubled.items()] for j in columns}
    head = table.heading.sheet.head
    first = [row for row, number in zip(head.rows, head.numbers, strict=True) if number > table.heading.row]
    for j, heading in enumerate(table.headings):
        written = next((row[j].strip() for row in first if j < len(row) and row[j].strip()), "")
        if not heading.strip() and not written:
            continue
        each = table.dataset.field(codes[j]) if j in codes else None
        found.columns.append(ColumnSeen(heading.strip(), codes.get(j, ""), veiled(each, written), _as_read(each, written, table, today)))
    found.heading_row = table.heading.row
    found.missing = [list(group) for group in match.missing(table.dataset)]
    found.doubled = list(match.doubled)


def _as_read(each: Field | None, written: str, table: Table, today: date) -> tuple[str, Any]:
    """(kind, value) for the page to write: "bad" with a refusal; "same" where it stands as it is written."""
    if each is None or not written or (each.kind == "choice" and not each.choices):
        return "same", ""
    value = Column(each, Reading(today, table.epoch, table.wan(each.code)))[written]
    if isinstance(value, Bad):
        return "bad", plain(value.refused)
    if value is None:
        return "empty", ""
    match each.kind:
        case "phone":
            return "text", "、".join(map(mask_phone, value)) if isinstance(value, tuple) else ""
        case "date":
            return "date", str(value)
        case "moment":
            day, hour, minute = cast(tuple[date, int, int], value)
            return "moment", [day.isoformat(), f"{hour:02}:{minute:02}"]
        case "amount":
            return "money", value
        case "plate":
            return "text", mask_plate(str(value))
    return "same", ""


def veiled(each: Field | None, text: str) -> str:
    """What a page may repeat of a cell: one line, cut short, no telephone or the like in full."""
    line = shown(text, 40)
    if each is not None:
        match each.kind, each.code:
            case "phone", _:
                digits = re.sub(r"\D", "", line)
                return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 8 else phone_ends(text)
            case "plate", _:
                return line[:2] + "****" if len(line) > 3 else "****"
            case "credit_code", _:
                return mask_id(line)
            case _, "address":
                return mask_address(line)
            case _, "wechat":
                return mask_wechat(line)
    return _LONG_NUMBER.sub(lambda hit: f"{hit[0][:3]}****{hit[0][-2:]}", line)


def look_bare(path: Path, dataset: Dataset, found: Seen) -> None:
    """The columns of a file none of whose headings is known: the first row of two cells and more is taken for the heading."""
    source = open_source(path)
    try:
        for sheet in source.heads():
            rows = sheet.head.rows
            at = next((i for i, row in enumerate(rows) if sum(1 for cell in row if cell.strip()) >= 2), None)
            if at is None:
                continue
            for j, heading in enumerate(rows[at]):
                written = next((row[j].strip() for row in rows[at + 1 :] if j < len(row) and row[j].strip()), "")
                if heading.strip():
                    found.columns.append(ColumnSeen(shown(heading, 100), "", veiled(None, written), ("same", "")))
            found.heading_row = sheet.head.numbers[at]
            found.missing = [list(group) for group in dataset.needs]
            return
    finally:
        source.close()


def plain(refused: Refused) -> list[Any]:
    """[code, message, slots]: a refusal as it is kept, to be told in any language."""
    return [refused.code, refused.message, refused.slots]
