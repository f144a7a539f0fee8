"""Pairs of rows that share a key, without comparing all with all. Pure: NumPy arrays in, positions out.

Keys are 64-bit numbers, 0 for none. A block larger than `most` is not paired: it is told, with its size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cpdist

Ints = NDArray[np.int64]
PIECE = 200_000
"""Pairs whose names are compared in one go."""


@dataclass(frozen=True)
class Blocks:
    """`left`, `right`: positions of the rows of each pair; `crowded`: positions of the rows of each block too large to be paired."""

    left: Ints
    right: Ints
    crowded: tuple[Ints, ...]


def key(*parts: object) -> int:
    """A key of what a block shares; the same only within this process. 0 when any part is unknown (None, "")."""
    return 0 if any(part is None or part == "" for part in parts) else hash(parts) or 1


def pair_up(keys: Ints, most: int) -> Blocks:
    """All pairs of rows with the same key, each pair once."""
    order = np.argsort(keys, kind="stable")
    order = order[keys[order] != 0]
    if not len(order):
        return Blocks(_NONE, _NONE, ())
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]]))
    sizes = np.diff(np.append(starts, len(order)))
    left, right = [_NONE], [_NONE]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= most)]).tolist():
        rows = order[starts[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        left.append(rows[:, one].ravel())
        right.append(rows[:, other].ravel())
    crowded = tuple(order[start : start + size] for start, size in zip(starts, sizes, strict=True) if size > most)
    return Blocks(np.concatenate(left), np.concatenate(right), crowded)


def alike(blocks: Blocks, texts: pa.Array, at_least: float, going_on: Callable[[], None] = lambda: None) -> tuple[Ints, Ints]:
    """Of pairs, those whose texts are at least so alike (0–1); a text that is empty is like nothing."""
    keep = np.zeros(len(blocks.left), bool)
    for start in range(0, len(keep), PIECE):
        some = slice(start, start + PIECE)
        one, other = texts.take(pa.array(blocks.left[some])).to_pylist(), texts.take(pa.array(blocks.right[some])).to_pylist()
        keep[some] = _ratios(one, other) >= at_least * 100
        going_on()
    return blocks.left[keep], blocks.right[keep]


def _ratios(one: list[str], other: list[str]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = cpdist(one, other, scorer=ratio, dtype=np.float32, workers=1)
    found[np.array([not a or not b for a, b in zip(one, other, strict=True)], bool)] = 0
    return found


def joined(one: Ints, other: Ints) -> Ints:
    """One key of two; 0 where either is."""
    mixed = (one.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + other.view(np.uint64)).view(np.int64)
    return np.where((one == 0) | (other == 0), 0, np.where(mixed == 0, 1, mixed))


def distinct(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Pairs of ids with the smaller first, each once, in order."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    fresh = np.ones(len(low), bool)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    fresh &= low != high
    return low[fresh], high[fresh]


_NONE = np.empty(0, np.int64)
