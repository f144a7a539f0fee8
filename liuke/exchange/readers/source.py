"""What every reader gives: sheets of rows of text, each row with the number a person sees in Excel or in an editor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from liuke.exchange.readers.coded import Coded

DEFECT_NO_VALUE = "cell.formula_without_value"
DEFECT_UNDECODABLE = "row.undecodable"
DEFECT_NUL = "row.nul"
DEFECT_QUOTE = "row.quote"
DEFECT_TOO_MANY_CELLS = "row.too_many_cells"
DEFECT_TOO_LONG = "row.too_long"
DEFECT_ERROR = "cell.error_value"


@dataclass(frozen=True)
class Defect:
    """Why a row or a cell cannot be trusted, known before it is parsed. Codes `row.*` refuse the row, whatever the column; `cell.*` only
    where the column is one that is read. `column` counts from 0; None is the row itself."""

    code: str
    column: int | None = None
    written: str = ""


@dataclass
class Batch:
    """Some rows of a sheet: `numbers[i]` is the row number (or the line where the CSV record starts) of `rows[i]`.

    A reader that works by columns gives `columns` instead, and no rows; such a batch has no defects."""

    numbers: Sequence[int]
    rows: list[list[str]]
    defects: dict[int, list[Defect]] = field(default_factory=dict)
    columns: list[Coded] | None = None


@dataclass
class Sheet:
    """One visible sheet and its first rows, enough to find the heading in them."""

    index: int
    name: str
    head: Batch


@dataclass
class Note:
    """Something the reader had to decide, said to the user as a warning (a template of words.WARNINGS and its slots)."""

    code: str
    slots: dict[str, str | int] = field(default_factory=dict)


class Source(Protocol):
    """A file whose kind is known. `heads` may be called once before `batches`; `notes` and `blank` (rows
    with nothing in them that were not even handed over) are complete when the batches ran out."""

    kind: str
    epoch_1904: bool
    notes: list[Note]
    detail: dict[str, str]
    blank: int

    def heads(self) -> list[Sheet]: ...
    def batches(self, sheet: int, width: int) -> Iterator[Batch]: ...
    def close(self) -> None: ...
