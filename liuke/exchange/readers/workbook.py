"""Reads .xlsx and .xlsm row by row. Runs inside the guarded child process.

A streaming reader of our own rather than a library, because what a check must know stands beside the values: formulas without a stored
value, hidden rows, merged cells. Memory does not grow with the sheet, nor with a single cell far away from the others.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator

from liuke.exchange.limits import Limits
from liuke.exchange.readers.raw import RawRow, RawSheet
from liuke.exchange.readers.sheet import SheetReader, new_parser, unescape

_DATE_IDS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_BLOCK = 1 << 18


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
                strings.append(unescape("".join(text)))

        def characters(data: str) -> None:
            if state["t"]:
                text.append(data)

        self._parse(self.shared, start, end, characters)
        self._strings = strings
        return strings

    def rows(self, sheet: int, after: int) -> Iterator[RawRow]:
        """Rows that have a value, in order; merged ranges ending below row `after` are counted in the sheet's RawSheet."""
        part = self._parts[sheet]
        reader = SheetReader(self._shared_strings(), self.dates, self.epoch_1904, self.limits, self.sheets[sheet], after)
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
        parser = new_parser()
        parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
        if end is not None:
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        if characters is not None:
            parser.CharacterDataHandler = characters
        with self.zip.open(real) as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)
