"""Writing rows into a file with constant memory: xlsx by XlsxWriter, csv by the csv module.

No text is ever run as a formula: in xlsx every text is written as a text, in csv an apostrophe goes before it (kernel.text.neutralise).
Numbers stay numbers. Who made the file for what stands in it: xlsx has a sheet 说明 and the reader's name on the head and foot of every
printed page; csv ends with one line that says the same (at the end, so that the first line is the heading for whoever reads it).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import xlsxwriter
from django.utils import timezone

from liuke.custody.labels import Encoding, FileFormat
from liuke.exchange.exports.registry import Column, Value, Values
from liuke.kernel.text import neutralise

CELL = 32_767
"""The most characters of an Excel cell."""
HEAD = 200
"""The most of a page's head or foot (Excel takes 255 signs)."""


class Writer(Protocol):
    def row(self, values: Values) -> None: ...

    def close(self, about: Sequence[tuple[str, str]]) -> None: ...


def writer(path: Path, columns: Sequence[Column], format: str, encoding: str, mark: str, title: str) -> Writer:
    """A file with its heading. `mark`: who exported it and when, for the head and foot of each page."""
    if format == FileFormat.XLSX:
        return _Book(path, columns, mark, title)
    return _Text(path, columns, encoding)


def local(value: datetime) -> datetime:
    """A moment on the company's clock, without its zone."""
    return timezone.localtime(value).replace(tzinfo=None, microsecond=0)


def yuan(cents: int) -> str:
    """1280.50, -13.00: an amount as a number a spreadsheet reads."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


class _Text:
    def __init__(self, path: Path, columns: Sequence[Column], encoding: str) -> None:
        codec = "gb18030" if encoding == Encoding.GB18030 else "utf-8-sig"
        self._file = path.open("w", encoding=codec, errors="replace", newline="")
        self._kinds = [column.kind for column in columns]
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow([neutralise(str(column.heading)) for column in columns])

    def row(self, values: Values) -> None:
        self._writer.writerow([_plain(kind, value) for kind, value in zip(self._kinds, values, strict=True)])

    def close(self, about: Sequence[tuple[str, str]]) -> None:
        self._writer.writerow([neutralise("；".join(f"{label}：{text}" for label, text in about))])
        self._file.close()


def _plain(kind: str, value: Value) -> str:
    if value is None:
        return ""
    if kind == "text":
        return neutralise(str(value))
    if kind == "money":
        return yuan(int(value))  # type: ignore[arg-type]
    if kind == "date" and isinstance(value, date):
        return value.isoformat()
    if kind == "time" and isinstance(value, datetime):
        return local(value).isoformat(sep=" ")
    return str(value)


class _Book:
    def __init__(self, path: Path, columns: Sequence[Column], mark: str, title: str) -> None:
        plain = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
        # Its working files hold the same rows: they lie in the same closed folder, not in the system's.
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent), **plain})
        self._sheet = self._book.add_worksheet(str(title)[:31] or "1")
        self._mark = mark
        bold = self._book.add_format({"bold": True, "bottom": 1})
        self._formats = {
            "money": self._book.add_format({"num_format": "#,##0.00"}),
            "date": self._book.add_format({"num_format": "yyyy-mm-dd"}),
            "time": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        self._kinds = [column.kind for column in columns]
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, column.width)
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, str(column.heading), bold)
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        _printed(self._sheet, mark)
        self._at = 0

    def row(self, values: Values) -> None:
        self._at += 1
        sheet, at = self._sheet, self._at
        for place, value in enumerate(values):
            if value is None or value == "":
                continue
            kind = self._kinds[place]
            if kind == "text":
                sheet.write_string(at, place, str(value)[:CELL])
            elif kind == "money":
                sheet.write_number(at, place, int(value) / 100, self._formats["money"])  # type: ignore[arg-type]
            elif kind == "number":
                sheet.write_number(at, place, value)
            else:
                moment = local(value) if isinstance(value, datetime) else value
                sheet.write_datetime(at, place, moment, self._formats[kind])

    def close(self, about: Sequence[tuple[str, str]]) -> None:
        notes = self._book.add_worksheet("说明")
        notes.set_column(0, 0, 14)
        notes.set_column(1, 1, 80)
        _printed(notes, self._mark)
        for at, (label, text) in enumerate(about):
            notes.write_string(at, 0, label)
            notes.write_string(at, 1, text[:CELL])
        self._book.close()


def _printed(sheet: xlsxwriter.worksheet.Worksheet, mark: str) -> None:
    text = mark[:HEAD].replace("&", "&&")  # a single & begins a code of the printed page
    sheet.set_header(f"&C{text}")
    sheet.set_footer(f"&L{text}&R&P / &N")
