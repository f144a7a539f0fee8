"""CSV and its cousins: comma, semicolon, tab or bar; quotes checked, so that one stray quote cannot swallow half a file."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from liuke.exchange.limits import Limits
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
        """The separator that gives most sample lines the same number of columns, and how many lines to pass over (`sep=;`)."""
        with self._open() as file:
            lines = [line for _, line in zip(range(60), iter(lambda: file.readline(1 << 20), ""), strict=False)]
        if lines and lines[0].strip("\ufeff\r\n").lower().startswith("sep=") and len(lines[0].strip("\ufeff\r\n")) == 5:
            return lines[0].strip("\ufeff\r\n")[4], 1
        best = (0.0, 0, ",")
        for separator in SEPARATORS:
            counts = Counter(_count(line, separator) for line in lines if line.strip())
            counts.pop(0, None)
            if not counts:
                continue
            columns, times = max(counts.items(), key=lambda item: (item[1], item[0]))
            share = round(times / max(1, sum(1 for line in lines if line.strip())), 1)
            if (share, columns) > best[:2]:
                best = (share, columns, separator)
        return best[2], 0

    def heads(self) -> list[Sheet]:
        for batch in self._records(HEAD, None):
            return [Sheet(0, "", batch)]
        raise refuse("file.empty")

    def batches(self, sheet: int, width: int) -> Iterator[Batch]:
        rows = 0
        for batch in self._records(BATCH, width):
            rows += len(batch.rows)
            if rows > self.limits.rows + HEAD:
                raise refuse("file.too_many_rows", limit=self.limits.rows)
            yield batch

    def _records(self, size: int, width: int | None) -> Iterator[Batch]:
        csv.field_size_limit(self.limits.cell)
        with self._open() as file:
            for _ in range(self.skip):
                file.readline()
            reader = csv.reader(file, delimiter=self.separator, strict=True)
            batch, start = Batch([], []), self.skip + 1
            ended = False
            while not ended:
                try:
                    for row in reader:
                        batch.numbers.append(start)
                        batch.rows.append(row)
                        start = self.skip + reader.line_num + 1
                        if len(row) > self.limits.columns and len([cell for cell in row if cell.strip()]) > self.limits.columns:
                            raise refuse("file.too_many_columns", columns=len(row), limit=self.limits.columns)
                        if len(batch.rows) >= size:
                            yield self._judged(batch, width)
                            batch = Batch([], [])
                    else:
                        ended = True
                except csv.Error as error:
                    # A quote that runs over several lines and ends in the middle of a cell was opened by mistake where the record starts.
                    line = self.skip + reader.line_num
                    if line > start or "unexpected end" in str(error):
                        raise refuse("file.unclosed_quote", line=start) from error
                    code = DEFECT_TOO_LONG if "field limit" in str(error) else DEFECT_QUOTE
                    batch.defects[len(batch.rows)] = [Defect(code)]
                    batch.numbers.append(start)
                    batch.rows.append([])
                    start = line + 1
            if batch.rows:
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


def _count(line: str, separator: str) -> int:
    """Separators outside quotes."""
    return sum(part.count(separator) for part in line.split('"')[::2])
