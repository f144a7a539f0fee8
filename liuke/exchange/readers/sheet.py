"""One worksheet of .xlsx, row by row: values, formulas without a value, hidden rows, merged cells."""

import re
from xml.parsers import expat

from liuke.exchange.limits import Limits
from liuke.exchange.readers.numbers import plain_number, serial_text
from liuke.exchange.readers.raw import RawRow, RawSheet, Stop
from liuke.exchange.readers.source import DEFECT_ERROR, DEFECT_NO_VALUE, DEFECT_TOO_LONG
from liuke.exchange.words import refuse

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def new_parser() -> expat.XMLParserType:
    """A parser that refuses entity definitions."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65536

    def doctype(*_: object) -> None:
        # No spreadsheet has one; entities that unfold into gigabytes need one.
        raise Stop(refuse("file.broken", what="DTD"))

    parser.StartDoctypeDeclHandler = doctype
    return parser


def unescape(text: str) -> str:
    """Characters that XML cannot hold, as spreadsheets write them (_x000D_)."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class SheetReader:
    """Handlers over one worksheet part. The hot path of the reader: plain attributes, no objects per cell."""

    def __init__(self, strings: list[str], dates: set[int], epoch_1904: bool, limits: Limits, sheet: RawSheet, after: int) -> None:
        self.strings, self.dates, self.epoch_1904, self.limits, self.sheet, self.after = strings, dates, epoch_1904, limits, sheet, after
        self.ready: list[RawRow] = []
        self.columns: dict[str, int] = {}
        self.used: set[int] = set()
        self.number = 0
        self.count = 0
        self.row = RawRow(0)
        self.column = -1
        self.kind = ""
        self.style = 0
        self.text: list[str] = []
        self.taking = self.formula = self.value = self.phonetic = False
        self.parser = new_parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            if reference is None:
                self.column += 1
            else:
                letters = reference.rstrip("0123456789")
                column = self.columns.get(letters)
                self.column = self._column(letters) if column is None else column
            self.kind = attributes.get("t", "n")
            self.style = int(attributes.get("s", "0"))
            self.text.clear()
            self.formula = self.value = False
        elif name == "v":
            self.taking = self.value = True
        elif name == "t":
            self.taking, self.value = not self.phonetic, True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self.number = int(attributes["r"]) if "r" in attributes else self.number + 1
            self.row = RawRow(self.number, hidden=attributes.get("hidden", "0") in ("1", "true"))
            self.column = -1
        elif name == "rPh":
            self.phonetic = True
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v" or name == "t":
            self.taking = False
        elif name == "c":
            self._cell()
        elif name == "row":
            if self.row.cells or self.row.defects:
                self.count += 1
                if self.count > self.limits.rows + 40:
                    raise Stop(refuse("file.too_many_rows", limit=self.limits.rows))
                self.ready.append(self.row)
        elif name == "rPh":
            self.phonetic = False

    def characters(self, data: str) -> None:
        if self.taking:
            self.text.append(data)

    def _cell(self) -> None:
        text = "".join(self.text)
        if len(text) > self.limits.cell:
            self.row.defects.append((DEFECT_TOO_LONG, self.column, text[:40]))
            return
        kind = self.kind
        if self.formula and not text and (not self.value or kind != "str"):
            self.row.defects.append((DEFECT_NO_VALUE, self.column, ""))
            return
        if kind == "s":
            try:
                text = self.strings[int(text)] if text else ""
            except (IndexError, ValueError):
                raise Stop(refuse("file.broken", what="sharedStrings")) from None
        elif kind == "n":
            text = self._number(text.strip())
        elif kind == "e":
            self.row.defects.append((DEFECT_ERROR, self.column, text))
            return
        elif kind == "b":
            text = "TRUE" if text.strip() == "1" else "FALSE"
        elif kind == "d":
            text = text.replace("T", " ").removesuffix("Z")
        else:
            text = unescape(text)
        if text and not text.isspace():
            self.row.cells[self.column] = text
            if self.column not in self.used:
                self.used.add(self.column)
                if len(self.used) > self.limits.columns:
                    raise Stop(refuse("file.too_many_columns", columns=len(self.used), limit=self.limits.columns))

    def _number(self, text: str) -> str:
        if not text:
            return ""
        if self.style in self.dates:
            try:
                return serial_text(float(text), self.epoch_1904) or plain_number(text)
            except ValueError:
                return text
        return plain_number(text)

    def _column(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            if not "A" <= letter <= "Z":
                raise Stop(refuse("file.broken", what="xlsx"))
            number = number * 26 + ord(letter) - 64
        if not 1 <= number <= 16384:
            raise Stop(refuse("file.broken", what="xlsx"))
        self.columns[letters] = number - 1
        return number - 1

    def _merged(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        row = re.sub(r"\D", "", last or first)
        if row and int(row) > self.after:
            self.sheet.merged += 1
            self.sheet.first_merged = self.sheet.first_merged or reference
