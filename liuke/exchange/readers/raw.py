"""What the readers inside the guarded child hand to its main loop."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from liuke.kernel.refusal import Refused


class Stop(Exception):
    """Reading ends here; carries the refusal of the whole file."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


@dataclass
class RawSheet:
    name: str
    visible: bool
    merged: int = 0
    first_merged: str = ""


@dataclass(slots=True)
class RawRow:
    """Only the cells that have something: column (from 0) → text."""

    number: int
    cells: dict[int, str] = field(default_factory=dict)
    defects: list[tuple[str, int, str]] = field(default_factory=list)
    hidden: bool = False


class Book(Protocol):
    epoch_1904: bool
    macros: bool
    sheets: list[RawSheet]

    def rows(self, sheet: int, after: int) -> Iterator[RawRow]: ...
