"""One number a row that differs, for all that matters, when any of the row's values does."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Marks = NDArray[np.uint64]
_ODD, _NULL = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x632BE59BD9B4E019)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def fingerprints(rows: pa.Table, names: Iterable[str]) -> Marks:
    """u64[n] of these columns, in this order: the same in every process. 64 bits, mixed as splitmix64 does (Steele, Lea & Flood 2014)."""
    out = np.zeros(rows.num_rows, np.uint64)
    with np.errstate(over="ignore"):
        for name in names:
            out = _mixed(out * _ODD + _bits(rows[name]))
    return out


def _mixed(value: Marks) -> Marks:
    value = (value ^ (value >> np.uint64(30))) * _MIX[0]
    value = (value ^ (value >> np.uint64(27))) * _MIX[1]
    return np.asarray(value ^ (value >> np.uint64(31)), np.uint64)


def _bits(column: pa.ChunkedArray) -> Marks:
    if not len(column):
        return np.empty(0, np.uint64)
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        coded = pc.dictionary_encode(column).combine_chunks()
        words = [int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big") for word in coded.dictionary.to_pylist()]
        table = np.array([*words, int(_NULL)], np.uint64)
        return np.asarray(table[coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)])
    if pa.types.is_floating(column.type):
        # Rounded figures: adding 0.0 makes the two zeros one.
        plain = (column.fill_null(0.0).to_numpy() + 0.0).view(np.uint64)
    elif pa.types.is_boolean(column.type):
        plain = column.fill_null(False).to_numpy(zero_copy_only=False).astype(np.uint64)
    else:
        plain = column.fill_null(0).to_numpy().astype(np.int64).view(np.uint64)
    if not column.null_count:
        return np.asarray(plain, np.uint64)
    return np.asarray(np.where(column.is_valid().to_numpy(zero_copy_only=False), plain, _NULL), np.uint64)
