"""Reads .xlsx and .xlsm row by row. Runs inside the guarded child process.

A streaming reader of our own rather than a library, because what a check must know stands beside the values: formulas without a stored
value, hidden rows, merged cells. Memory does not grow with the sheet, nor with a single cell far away from the others.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from xml.parsers import expat

from liuke.exchange.limits import Limits
from liuke.exchange.readers.raw import RawRow, RawSheet, Stop
from liuke.exchange.readers.source import DEFECT_ERROR, DEFECT_NO_VALUE, DEFECT_TOO_LONG
from liuke.exchange.words import refuse

_DATE_IDS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BLOCK = 1 << 18
_EPOCH_1900 = datetime(1899, 12, 31)  # noqa: DTZ001 - a calendar day, of no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001


class Workbook:
    """One open workbook: visible sheets in order, whether its days count from 1904, and rows of any sheet."""

    def __init__(self, path: str, limits: Limits) -> None:
        self.limits = limits
        self.zip = zipfile.ZipFile(path)
        self.names = {name.lower(): name for name in self.zip.namelist()}
        self.epoch_1904 = False
        self.macros = any(name.endswith("vbaproject.bin") for name in self.names)
        self.sheets: list[RawSheet] = []
        self._parts: list[str] = []
        self._strings: list[str] | None = None
        self._read_workbook()
        self.dates = self._read_styles()

    def _read_workbook(self) -> None:
        main = next((target for kind, target in self._relations("").values() if kind.endswith("/officeDocument")), "xl/workbook.xml")
        relations = self._relations(main)
        found: list[tuple[str, str, bool]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self.epoch_1904 = attributes.get("date1904", "0") in ("1", "true", "on")
            elif name == "sheet":
                link = next((value for key, value in attributes.items() if key.endswith(":id") or key == "id"), "")
                found.append((attributes.get("name", ""), link, attributes.get("state", "visible") == "visible"))

        self._parse(main, start)
        self.shared = next((target for kind, target in relations.values() if kind.endswith("/sharedStrings")), "xl/sharedStrings.xml")
        self.styles = next((target for kind, target in relations.values() if kind.endswith("/styles")), "xl/styles.xml")
        for name, link, visible in found:
            kind, part = relations.get(link, ("", ""))
            if kind.endswith("/worksheet") and part.lower() in self.names:
                self.sheets.append(RawSheet(name, visible))
                self._parts.append(part)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "").replace("\\", "/")
                full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[attributes.get("Id", "")] = (attributes.get("Type", ""), full)

        self._parse(posixpath.join(folder, "_rels", f"{name}.rels"), start)
        return found

    def _read_styles(self) -> set[int]:
        """Numbers of the cell styles that show a number as a day."""
        custom: dict[int, bool] = {}
        dates: set[int] = set()
        state = {"in": False, "at": 0}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                code = _NOT_FORMAT.sub("", attributes.get("formatCode", "")).lower()
                custom[int(attributes.get("numFmtId", "0"))] = "general" not in code and any(mark in code for mark in "ydmhs年月日")
            elif name == "cellXfs":
                state["in"] = True
            elif name == "xf" and state["in"]:
                number = int(attributes.get("numFmtId", "0"))
                if custom.get(number, number in _DATE_IDS):
                    dates.add(state["at"])
                state["at"] += 1

        def end(name: str) -> None:
            if name == "cellXfs":
                state["in"] = False

        self._parse(self.styles, start, end)
        return dates

    def _shared_strings(self) -> list[str]:
        if self._strings is not None:
            return self._strings
        strings: list[str] = []
        text: list[str] = []
        # Phonetic runs (rPh) are hints for reading aloud, not part of the text.
        state = {"t": False, "phonetic": False}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "t":
                state["t"] = not state["phonetic"]
            elif name == "rPh":
                state["phonetic"] = True
            elif name == "si":
                text.clear()

        def end(name: str) -> None:
            if name == "t":
                state["t"] = False
            elif name == "rPh":
                state["phonetic"] = False
            elif name == "si":
                strings.append(_unescape("".join(text)))

        def characters(data: str) -> None:
            if state["t"]:
                text.append(data)

        self._parse(self.shared, start, end, characters)
        self._strings = strings
        return strings

    def rows(self, sheet: int, after: int) -> Iterator[RawRow]:
        """Rows that have a value, in order; merged ranges ending below row `after` are counted in the sheet's RawSheet."""
        part = self._parts[sheet]
        reader = _SheetReader(self._shared_strings(), self.dates, self.epoch_1904, self.limits, self.sheets[sheet], after)
        with self.zip.open(self.names[part.lower()]) as file:
            while block := file.read(_BLOCK):
                reader.parser.Parse(block, False)
                if reader.ready:
                    yield from reader.ready
                    reader.ready.clear()
            reader.parser.Parse(b"", True)
        yield from reader.ready

    def _parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        characters: Callable[[str], None] | None = None,
    ) -> None:
        real = self.names.get(part.lower())
        if real is None:
            return
        parser = _parser()
        parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
        if end is not None:
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        if characters is not None:
            parser.CharacterDataHandler = characters
        with self.zip.open(real) as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65536

    def doctype(*_: object) -> None:
        # No spreadsheet has one; entities that unfold into gigabytes need one.
        raise Stop(refuse("file.broken", what="DTD"))

    parser.StartDoctypeDeclHandler = doctype
    return parser


class _SheetReader:
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
        self.parser = _parser()
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
            text = _unescape(text)
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


def plain_number(text: str) -> str:
    """The number as Excel shows it in full: at most 15 digits, no exponent. Beyond 15 digits it is left in scientific notation, so that
    whoever reads it as a number of something (a phone, a card) sees that digits are lost."""
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 15:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or number in (float("inf"), float("-inf")):
        return text
    if abs(number) >= 1e15:
        return f"{number:.14E}"
    shown = format(Decimal(f"{number:.15g}"), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def serial_text(serial: float, epoch_1904: bool) -> str | None:
    """`2024-03-05` or `2024-03-05 08:26:00` of a cell shown as a date; None where no calendar has the day. Day 0 is Excel's 1900-01-00."""
    if not 0 <= serial < 2958466:
        return None
    days, seconds = int(serial), round((serial - int(serial)) * 86400)
    if epoch_1904:
        moment = _EPOCH_1904 + timedelta(days=days, seconds=seconds)
    elif days == 0:
        return "1900-01-00" if not seconds else f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    elif days == 60:
        return "1900-02-29"
    else:
        # Excel believes 1900 was a leap year: up to February its days are one later.
        moment = _EPOCH_1900 + timedelta(days=days - (days >= 60), seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S") if seconds else f"{moment:%Y-%m-%d}"


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
