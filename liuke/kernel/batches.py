"""Many values in pieces that one statement takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SIZE = 900
"""SQLite as it is built in some places takes 999 values a statement."""


def batches(values: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in order, in lists of `size`, the last one shorter; none of nothing. (itertools.batched comes with Python 3.12.)"""
    left = iter(values)
    while piece := list(islice(left, size)):
        yield piece
