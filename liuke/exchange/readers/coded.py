"""A column of text in which equal cells are one string: what there is once, and for each row which of it."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


class Coded(Sequence[str]):
    """`values` are distinct texts, `codes` (int32, one a row) their places."""

    __slots__ = ("codes", "values")

    def __init__(self, values: list[str], codes: NDArray[np.int32]) -> None:
        self.values, self.codes = values, codes

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, i: int) -> str: ...
    @overload
    def __getitem__(self, i: slice) -> "Coded": ...
    def __getitem__(self, i: int | slice) -> "str | Coded":
        return Coded(self.values, self.codes[i]) if isinstance(i, slice) else self.values[self.codes[i]]

    def __iter__(self) -> Iterator[str]:
        return map(self.values.__getitem__, self.codes.tolist())

    def where(self, wanted: list[int]) -> list[int]:
        """The rows whose code is one of these, in order."""
        if not wanted:
            return []
        marks = np.zeros(len(self.values), dtype=bool)
        marks[wanted] = True
        return [int(i) for i in np.flatnonzero(marks[self.codes])]

    def spread(self, read: list[Any]) -> list[Any]:
        """What was made of each distinct text, for each row."""
        return list(map(read.__getitem__, self.codes.tolist()))
