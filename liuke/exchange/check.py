"""The dry run of the cells: every row of a table read into values, or refused with its number, its column and the reason. Pure."""

import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from liuke.exchange.datasets.field import Field
from liuke.exchange.parsers import Bad, Column, Reading
from liuke.exchange.readers.coded import Coded
from liuke.exchange.report import Progress, Refusal, silent
from liuke.exchange.table import Chunk, Table
from liuke.exchange.words import refuse
from liuke.kernel.refusal import Refused

Values = dict[str, Any]
RowRule = Callable[[Values], Refused | None]


class Cells:
    """The columns of a table that are read, each with its memory of texts already understood."""

    def __init__(self, table: Table, today: date, fields: dict[str, Field] | None = None) -> None:
        self.table = table
        self.fields: list[tuple[Field, list[int], list[Column]]] = []
        for code, columns in table.columns.items():
            field = (fields or {}).get(code) or table.dataset.field(code)
            reading = Reading(today, table.epoch, table.wan(code))
            self.fields.append((field, columns, [Column(field, reading) for _ in columns]))
        self.rounded = 0
        self.first_rounded = 0
        self.empty: dict[str, Refused] = {
            field.code: refuse("required.missing", column=field.label) for field, _, _ in self.fields if field.required
        }

    def read(self, chunk: Chunk) -> tuple[dict[str, list[Any]], dict[int, Refusal]]:
        """Values by field code, and the rows that are refused (place in the chunk → the first reason, columns in the file's order)."""
        values: dict[str, list[Any]] = {}
        bad: dict[int, tuple[int, Refusal]] = {}
        numbers = chunk.numbers

        def note(i: int, column: int, refusal: Refusal) -> None:
            if i not in bad or column < bad[i][0]:
                bad[i] = (column, refusal)

        headings = self.table.headings
        # First what is wrong with the cells themselves: a formula without a value is told as that, not as a missing cell.
        read = {j for _, places, _ in self.fields for j in places}
        for i, defects in chunk.defects.items():
            for defect in defects:
                if defect.code.startswith("row.") or defect.column in read:
                    place = -1 if defect.code.startswith("row.") else defect.column or 0
                    name = headings[defect.column] if defect.column is not None and defect.column < len(headings) else ""
                    note(i, place, Refusal(numbers[i], name, defect.written, refuse(defect.code, value=defect.written)))
        for field, places, memories in self.fields:
            for j, memory in zip(places, memories, strict=True):
                texts = chunk.cells[j]
                found, wrong = _understood(memory, texts)
                for i in wrong:
                    value = found[i]
                    note(i, j, Refusal(numbers[i], headings[j], value.written, value.refused))
                    found[i] = None
                if memory.rounded:
                    self._count_rounded(memory, texts, numbers)
                known = values.get(field.code)
                values[field.code] = found if known is None else [_joined(a, b) for a, b in zip(known, found, strict=True)]
            if field.required and None in values[field.code]:
                for i, value in enumerate(values[field.code]):
                    if value is None:
                        note(i, places[0], Refusal(numbers[i], headings[places[0]], "", self.empty[field.code]))
        return values, {i: refusal for i, (_, refusal) in bad.items()}

    def _count_rounded(self, memory: Column, texts: Sequence[str], numbers: Sequence[int]) -> None:
        for i, text in enumerate(texts):
            if text in memory.rounded:
                self.rounded += 1
                self.first_rounded = self.first_rounded or numbers[i]


def _understood(memory: Column, texts: Sequence[str]) -> tuple[list[Any], list[int]]:
    """The values of a column of texts, and the places of the Bad ones. Distinct texts are read once."""
    if isinstance(texts, Coded):
        read = [memory[text] for text in texts.values]
        wrong = texts.where([k for k, value in enumerate(read) if type(value) is Bad]) if memory.bad else []
        return texts.spread(read), wrong
    found = [memory[text] for text in texts]
    return found, [i for i, value in enumerate(found) if type(value) is Bad] if memory.bad else []


def _joined(first: Any, second: Any) -> Any:
    """Several columns of one field (手机, 座机): what the first has, then what is new in the next."""
    if first is None or second is None:
        return second if first is None else first
    return (*first, *(each for each in second if each not in first))


class Rows:
    """Rows that were read, in order; beyond some megabytes they wait in a temporary file rather than in memory."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=1 << 24)  # noqa: SIM115 - closed by close()
        self.chunks = 0
        self.count = 0

    def add(self, rows: list[tuple[int, Values]]) -> None:
        if rows:
            pickle.dump(rows, self.file, protocol=5)
            self.chunks += 1
            self.count += len(rows)

    def __iter__(self) -> Iterator[tuple[int, Values]]:
        self.file.seek(0)
        for _ in range(self.chunks):
            # Written a moment ago by this very process.
            yield from pickle.load(self.file)  # noqa: S301

    def close(self) -> None:
        self.file.close()


def check_rows(cells: Cells, rule: RowRule, progress: Progress = silent) -> tuple[Rows, list[Refusal], int]:
    """(rows as values of the fields that are not empty, refusals, number of rows) of a table whose rows stand for themselves."""
    rows, refusals, count = Rows(), [], 0
    for chunk in cells.table.chunks():
        values, bad = cells.read(chunk)
        count += len(chunk.numbers)
        codes = list(values)
        good: list[tuple[int, Values]] = []
        for i, line in enumerate(zip(*values.values(), strict=True)):
            if i in bad:
                refusals.append(bad[i])
                continue
            found = {code: value for code, value in zip(codes, line, strict=True) if value is not None}
            refused = rule(found)
            if refused is None:
                good.append((chunk.numbers[i], found))
            else:
                refusals.append(Refusal(chunk.numbers[i], "", "", refused))
        rows.add(good)
        progress("read", count)
    return rows, refusals, count
