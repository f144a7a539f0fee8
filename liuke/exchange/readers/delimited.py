"""CSV and its cousins: comma, semicolon, tab or bar; quotes checked, so that one stray quote cannot swallow half a file."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from liuke.exchange.limits import Limits
from liuke.exchange.readers.coded import Coded
from liuke.exchange.readers.encoding import MARK, tell
from liuke.exchange.readers.source import (
    DEFECT_NUL,
    DEFECT_QUOTE,
    DEFECT_TOO_LONG,
    DEFECT_TOO_MANY_CELLS,
    DEFECT_UNDECODABLE,
    Batch,
    Defect,
    Note,
    Sheet,
)
from liuke.exchange.words import refuse

SEPARATORS = (",", "\t", ";", "|")
BATCH = 8192
HEAD = 40
BLOCK = 1 << 20


class Delimited:
    kind = "csv"
    epoch_1904 = False
    blank = 0

    def __init__(self, path: Path, limits: Limits, folder: object = None) -> None:
        self.path, self.limits, self.folder = path, limits, folder
        self.notes: list[Note] = []
        told = tell(path)
        self.encoding, self.clean = told.encoding, told.clean
        self.separator, self.skip = self._separator()
        self.detail = {"encoding": self.encoding, "separator": self.separator}

    def close(self) -> None:
        """Nothing is kept open between calls."""

    def _open(self) -> TextIO:
        return self.path.open("r", encoding=self.encoding, errors="liuke_mark", newline="")

    def _separator(self) -> tuple[str, int]:
        """The separator that gives most records of a sample the same number of columns, and how many lines to pass over (`sep=;`)."""
        with self._open() as file:
            lines = [line for _, line in zip(range(60), iter(lambda: file.readline(1 << 20), ""), strict=False)]
        if lines and lines[0].strip("\ufeff\r\n").lower().startswith("sep=") and len(lines[0].strip("\ufeff\r\n")) == 5:
            return lines[0].strip("\ufeff\r\n")[4], 1
        best = (0.0, 0, ",")
        csv.field_size_limit(self.limits.cell)
        for separator in SEPARATORS:
            counts = Counter(len(row) for row in _tried(lines, separator) if row)
            told = sum(counts.values())
            counts.pop(1, None)
            if not counts:
                continue
            columns, times = max(counts.items(), key=lambda item: (item[1], item[0]))
            if (round(times / told, 1), columns) > best[:2]:
                best = (round(times / told, 1), columns, separator)
        return best[2], 0

    def heads(self) -> list[Sheet]:
        for batch in self._records(HEAD, None):
            return [Sheet(0, "", batch)]
        raise refuse("file.empty")

    def batches(self, sheet: int, width: int) -> Iterator[Batch]:
        rows = 0
        for batch in self._by_columns(width) if self._plain() else self._records(BATCH, width):
            rows += len(batch.numbers)
            if rows > self.limits.rows + HEAD:
                raise refuse("file.too_many_rows", limit=self.limits.rows)
            yield batch

    def _plain(self) -> bool:
        """Whether lines can be handed to the column reader as they are: UTF-8 throughout, line ends of this century."""
        with self.path.open("rb") as file:
            start = file.read(1 << 16)
        return self.clean and self.encoding in ("utf-8", "utf-8-sig") and (b"\r" not in start or b"\n" in start)

    def _by_columns(self, width: int) -> Iterator[Batch]:
        """Blocks of lines by columns where every line is a whole record of the right width; the others record by record."""
        with self.path.open("rb") as file:
            if self.encoding == "utf-8-sig":
                file.read(3)
            start = 1
            for _ in range(self.skip):
                file.readline()
                start += 1
            while block := file.readlines(BLOCK):
                columns = read_columns(block, self.separator, width, self.limits.cell)
                if columns is not None:
                    yield Batch(range(start, start + len(block)), [], columns=columns)
                    start += len(block)
                    continue
                # Record by record until the lines of this block are used up; a record may run on into the next.
                lines = _Lines(block, file)
                yield from self._read(lines, start, BATCH, width, lines.used_up)
                start += lines.given

    def _records(self, size: int, width: int | None) -> Iterator[Batch]:
        with self._open() as file:
            for _ in range(self.skip):
                file.readline()
            yield from self._read(file, self.skip + 1, size, width, lambda: False)

    def _read(self, lines: Iterable[str], start: int, size: int, width: int | None, enough: Callable[[], bool]) -> Iterator[Batch]:
        """Records from lines, the first of which has the number `start`; stops between two records when `enough` says so."""
        csv.field_size_limit(self.limits.cell)
        reader = csv.reader(lines, delimiter=self.separator, strict=True)
        before = start - 1
        batch = Batch([], [])
        numbers: list[int] = []
        ended = False
        while not ended:
            try:
                for row in reader:
                    numbers.append(start)
                    batch.rows.append(row)
                    start = before + reader.line_num + 1
                    if len(row) > self.limits.columns and len([cell for cell in row if cell.strip()]) > self.limits.columns:
                        raise refuse("file.too_many_columns", columns=len(row), limit=self.limits.columns)
                    if len(batch.rows) >= size:
                        batch.numbers = numbers
                        yield self._judged(batch, width)
                        batch, numbers = Batch([], []), []
                    if enough():
                        ended = True
                        break
                else:
                    ended = True
            except csv.Error as error:
                # A quote that runs over several lines and ends in the middle of a cell was opened by mistake where the record starts.
                line = before + reader.line_num
                if line > start or "unexpected end" in str(error):
                    raise refuse("file.unclosed_quote", line=start) from error
                code = DEFECT_TOO_LONG if "field limit" in str(error) else DEFECT_QUOTE
                batch.defects[len(batch.rows)] = [Defect(code)]
                numbers.append(start)
                batch.rows.append([])
                start = line + 1
                ended = enough()
        if batch.rows:
            batch.numbers = numbers
            yield self._judged(batch, width)

    def _judged(self, batch: Batch, width: int | None) -> Batch:
        if not self.clean:
            for i, row in enumerate(batch.rows):
                for j, cell in enumerate(row):
                    if MARK in cell:
                        batch.defects.setdefault(i, []).append(Defect(DEFECT_UNDECODABLE, j, cell.replace(MARK, "?")[:200]))
                    elif "\0" in cell:
                        batch.defects.setdefault(i, []).append(Defect(DEFECT_NUL, j, cell.replace("\0", "?")[:200]))
        if width is not None and set(map(len, batch.rows)) != {width}:
            for i, row in enumerate(batch.rows):
                if len(row) < width:
                    row.extend([""] * (width - len(row)))
                elif len(row) > width:
                    # More cells than the heading: a separator inside a value has pushed the others one to the right.
                    if any(cell.strip() for cell in row[width:]):
                        batch.defects.setdefault(i, []).append(Defect(DEFECT_TOO_MANY_CELLS, None, self.separator.join(row)[:200]))
                    del row[width:]
        return batch


class _Lines:
    """Text lines of a block of bytes and, if a record needs them, of what follows it in the file."""

    def __init__(self, block: list[bytes], file: BinaryIO) -> None:
        self.block, self.file = block, file
        self.at = 0
        self.given = 0
        self.within = False

    def __iter__(self) -> Iterator[str]:
        while True:
            if self.at < len(self.block):
                raw = self.block[self.at]
            elif not (raw := self.file.readline()):
                return
            self.at += 1
            # A carriage return alone ends a line too.
            lines = list(io.StringIO(raw.decode(), newline=""))
            for left, line in zip(reversed(range(len(lines))), lines, strict=True):
                self.given += 1
                self.within = left > 0
                yield line

    def used_up(self) -> bool:
        return self.at >= len(self.block) and not self.within


def read_columns(block: list[bytes], separator: str, width: int, longest: int) -> list[Coded] | None:
    """The columns of lines that are a record each; None where any of them is not, or is not plainly so.

    Lines with a quote are tried one by one with the strict reader first: only what it takes for one whole record of the right width is
    left to the column reader, which is more forgiving.
    """
    text = b"".join(block)
    if text.count(b"\r") != text.count(b"\r\n") or width < 2:
        return None
    if b'"' in text:
        for line in block:
            if b'"' in line:
                try:
                    rows = list(csv.reader([line.decode()], delimiter=separator, strict=True))
                except csv.Error:
                    return None
                if len(rows) != 1 or len(rows[0]) != width:
                    return None
    if max(map(len, block)) > longest:
        return None
    names = [str(j) for j in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
                null_values=[],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(block):
        return None
    columns = []
    for j in range(width):
        column = table.column(j).combine_chunks()
        if column.null_count:
            return None
        columns.append(Coded(column.dictionary.to_pylist(), _codes(column.indices)))
    return columns


def _codes(indices: pa.Int32Array) -> NDArray[np.int32]:
    """The numbers of an Arrow array without nulls (its own conversion loads pandas where that is installed)."""
    return np.frombuffer(indices.buffers()[1], dtype=np.int32)[indices.offset : indices.offset + len(indices)]


def _tried(lines: list[str], separator: str) -> Iterator[list[str]]:
    """The records of a sample as they would be with this separator; a quote that is amiss ends the trial."""
    try:
        yield from csv.reader(lines, delimiter=separator)
    except csv.Error:
        return
