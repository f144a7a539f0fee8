"""Reads the tables of an HTML page, which is what many systems call .xls. Runs inside the guarded child process."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from liuke.exchange.limits import Limits
from liuke.exchange.readers.encoding import BOMS, MARK, tell
from liuke.exchange.readers.raw import RawRow, RawSheet, Stop
from liuke.exchange.readers.source import DEFECT_TOO_LONG, DEFECT_UNDECODABLE
from liuke.exchange.words import refuse

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", re.I)
_SILENT = {"script", "style", "title", "xml"}
_SCIENTIFIC = re.compile(r"\s*[0-9](\.[0-9]+)?E\+?[0-9]+\s*", re.I)


class Page:
    """Each outermost table is a sheet; a row's number counts the rows of its table from 1."""

    epoch_1904 = False
    macros = False

    def __init__(self, path: str, limits: Limits) -> None:
        content = Path(path).read_bytes()
        text = content.decode(_encoding(Path(path), content), "liuke_mark")
        parser = _Tables(limits)
        parser.feed(text)
        parser.close()
        parser.finish()
        self.tables = [table for table in parser.tables if table.rows]
        if not self.tables:
            raise Stop(refuse("file.not_a_table", what="HTML"))
        self.sheets = [RawSheet("", True, table.spans, table.first_span) for table in self.tables]

    def rows(self, sheet: int, after: int) -> Iterator[RawRow]:
        yield from self.tables[sheet].rows


def _encoding(path: Path, content: bytes) -> str:
    if any(content.startswith(bom) for bom, _ in BOMS):
        return tell(path).encoding
    said = _CHARSET.search(content[:4096])
    name = said[1].decode().lower() if said else ""
    if name in ("gb2312", "gbk", "gb18030", "gb_2312-80"):
        return "gb18030"
    return "utf-8" if name in ("utf-8", "utf8") else tell(path).encoding


class _Table:
    def __init__(self) -> None:
        self.rows: list[RawRow] = []
        self.count = 0
        self.spans = 0
        self.first_span = ""
        # Column → rows still covered by a cell that started above.
        self.covered: dict[int, int] = {}


class _Tables(HTMLParser):
    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.limits = limits
        self.tables: list[_Table] = []
        self.table: _Table | None = None
        self.depth = 0
        self.row: RawRow | None = None
        self.column = 0
        self.text: list[str] | None = None
        self.span = (1, 1)
        self.kept = ""
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.table = _Table()
                self.tables.append(self.table)
        elif self.table is None or self.depth != 1:
            return
        elif tag == "tr":
            self._end_row()
            self.table.count += 1
            self.row, self.column = RawRow(self.table.count), 0
        elif tag in ("td", "th"):
            self._end_cell()
            if self.row is None:
                self.table.count += 1
                self.row, self.column = RawRow(self.table.count), 0
            given = {name.lower(): value or "" for name, value in attrs}
            self.text = []
            self.span = (_size(given.get("colspan")), _size(given.get("rowspan")))
            self.kept = given.get("x:num") or ""
        elif tag in ("br", "p", "div") and self.text:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "table":
            if self.depth == 1:
                self._end_row()
                self.table = None
            self.depth = max(0, self.depth - 1)
        elif self.depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self.depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent:
            self.text.append(data)

    def finish(self) -> None:
        """Pages that end in the middle of a table still have the rows so far."""
        self._end_row()

    def _end_cell(self) -> None:
        if self.text is None or self.row is None or self.table is None:
            return
        text = "".join(self.text).replace("\xa0", " ").strip()
        if self.kept and _SCIENTIFIC.fullmatch(text):
            # Excel writes what it shows as text and what it means into x:num.
            text = self.kept
        self.text = None
        while self.table.covered.get(self.column, 0) > 0:
            self.column += 1
        if len(text) > self.limits.cell:
            self.row.defects.append((DEFECT_TOO_LONG, self.column, text[:40]))
        elif MARK in text:
            self.row.defects.append((DEFECT_UNDECODABLE, self.column, text.replace(MARK, "?")[:200]))
        elif text:
            self.row.cells[self.column] = text
        across, down = self.span
        if (across > 1 or down > 1) and text:
            self.table.spans += 1
            self.table.first_span = self.table.first_span or f"第 {self.row.number} 行"
        if down > 1:
            for column in range(self.column, self.column + across):
                self.table.covered[column] = down
        self.column += across
        if self.column > 16384:
            raise Stop(refuse("file.too_many_columns", columns=self.column, limit=self.limits.columns))

    def _end_row(self) -> None:
        self._end_cell()
        if self.row is None or self.table is None:
            return
        if self.row.cells or self.row.defects:
            self.table.rows.append(self.row)
        if len(self.table.rows) > self.limits.rows + 40:
            raise Stop(refuse("file.too_many_rows", limit=self.limits.rows))
        self.row = None
        self.table.covered = {column: left - 1 for column, left in self.table.covered.items() if left > 1}


def _size(text: str | None) -> int:
    return min(1000, max(1, int(text))) if text and text.strip().isdigit() else 1
