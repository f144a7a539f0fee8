"""Reads .xls (BIFF) through calamine. Runs inside the guarded child process: the library keeps the whole sheet in memory."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from liuke.exchange.limits import Limits
from liuke.exchange.readers.numbers import plain_number
from liuke.exchange.readers.raw import RawRow, RawSheet, Stop
from liuke.exchange.readers.source import DEFECT_TOO_LONG
from liuke.exchange.words import refuse

_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_DATEMODE = 0x22
_EOF = 0x0A


class LegacyWorkbook:
    macros = False

    def __init__(self, path: str, limits: Limits) -> None:
        self.limits = limits
        try:
            self.book = CalamineWorkbook.from_path(path)
        except CalamineError as error:
            raise Stop(refuse("file.broken", what="xls")) from error
        sheets = [(i, meta) for i, meta in enumerate(self.book.sheets_metadata) if meta.typ == SheetTypeEnum.WorkSheet]
        self.order = [i for i, _ in sheets]
        self.sheets = [RawSheet(meta.name, meta.visible == SheetVisibleEnum.Visible) for _, meta in sheets]
        self.epoch_1904 = counts_from_1904(Path(path).read_bytes())

    def rows(self, sheet: int, after: int) -> Iterator[RawRow]:
        try:
            page = self.book.get_sheet_by_index(self.order[sheet])
            start = page.start
            rows = page.to_python(skip_empty_area=True)
        except CalamineError as error:
            raise Stop(refuse("file.broken", what="xls")) from error
        for (top, left), (bottom, _) in page.merged_cell_ranges or []:
            if bottom + 1 > after:
                self.sheets[sheet].merged += 1
                self.sheets[sheet].first_merged = self.sheets[sheet].first_merged or f"{column_name(left)}{top + 1}"
        if start is None:
            return
        top, left = start
        for i, values in enumerate(rows):
            row = RawRow(top + i + 1)
            for j, value in enumerate(values):
                text = _text(value)
                if len(text) > self.limits.cell:
                    row.defects.append((DEFECT_TOO_LONG, left + j, text[:40]))
                elif text and not text.isspace():
                    row.cells[left + j] = text
            if row.cells or row.defects:
                yield row


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return plain_number(repr(value))
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def column_name(index: int) -> str:
    """A, B, …, AA of a column counted from 0."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def counts_from_1904(content: bytes) -> bool:
    """The DATEMODE record of the workbook's globals, which the library uses but does not show."""
    at = content.find(_GLOBALS)
    if at < 0:
        return False
    for _ in range(2000):
        head = content[at : at + 4]
        if len(head) < 4:
            return False
        record, length = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:], "little")
        if record == _DATEMODE:
            return content[at + 4 : at + 6] == b"\x01\x00"
        if record == _EOF:
            return False
        at += 4 + length
    return False
