"""Features as small whole numbers: each column cut into a few bins, a bin of its own for what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Column = NDArray[Any]
Features = Mapping[str, Column]
"""By name: f64[n] (flags and whole numbers too; NaN for missing), or text[n] (None or "" for missing)."""
Codes = NDArray[np.uint8]
MOST = 64


@dataclass(frozen=True)
class Numbers:
    """Bin i holds edges[i-1] <= value < edges[i]; there are len(edges) + 1 of them, and the last code is for missing."""

    edges: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many codes there are, that of missing included."""
        return len(self.edges) + 2

    def codes(self, column: Column) -> Codes:
        """u8[n] of f64[n]."""
        value = np.asarray(column, np.float64)
        out = np.searchsorted(np.array(self.edges), value, side="right").astype(np.uint8)
        out[np.isnan(value)] = self.size - 1
        return out

    @classmethod
    def of(cls, column: Column) -> Numbers:
        """Cut half-way between the values where there are few, else at quantiles: at most MOST bins."""
        value = np.asarray(column, np.float64)
        value = np.sort(value[np.isfinite(value)])
        if not len(value):
            return cls(())
        distinct = value[np.append(True, value[1:] != value[:-1])]
        if len(distinct) <= MOST:
            edges = distinct[:-1] / 2 + distinct[1:] / 2
        else:
            edges = np.unique(value[np.arange(1, MOST) * len(value) // MOST])
            edges = edges[edges > value[0]]
        return cls(tuple(float(x) for x in edges))


@dataclass(frozen=True)
class Words:
    """A code for each of the most frequent words, then one for any other word, then one for missing."""

    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many codes there are, those of other words and of missing included."""
        return len(self.words) + 2

    def codes(self, column: Column) -> Codes:
        """u8[n] of text[n]."""
        encoded = _encoded(column)
        number = {word: i for i, word in enumerate(self.words)}
        table = [self.size - 1 if not word else number.get(word, self.size - 2) for word in encoded.dictionary.to_pylist()]
        table.append(self.size - 1)
        place = encoded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(np.array(table, np.uint8)[place], np.uint8)

    @classmethod
    def of(cls, column: Column) -> Words:
        """The most frequent words, of equally frequent ones the first in order."""
        encoded = _encoded(column)
        counts = pc.value_counts(encoded.indices.drop_null())
        names = encoded.dictionary.to_pylist()
        found = [(-row["counts"], names[row["values"]]) for row in counts.to_pylist() if names[row["values"]]]
        return cls(tuple(word for _, word in sorted(found)[: MOST - 2]))


Binning = Numbers | Words


def is_text(column: Column) -> bool:
    """Whether a column holds words."""
    return column.dtype.kind in "OUST"


def binning(column: Column) -> Binning:
    """The bins for a column, from its values."""
    return Words.of(column) if is_text(column) else Numbers.of(column)


def _encoded(column: Column) -> pa.DictionaryArray:
    encoded = pc.dictionary_encode(pa.array(column, pa.string()))
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
