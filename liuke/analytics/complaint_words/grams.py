"""A text as numbers for the base model: hashed runs of one to four characters, and words of Latin letters alone and in pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BUCKETS = 2**15
RUNS = 4
READ = 2_000
"""Characters looked at; of a longer text three quarters from the start and a quarter from the end."""
_STEM = 5
_WORD = re.compile(r"[a-z][a-z']*")
_DIGITS = str.maketrans("123456789", "000000000")
_FIRST, _SECOND, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
_EDGE = "\n"


@dataclass(frozen=True, slots=True)
class Grams:
    """Every run of a text: its bucket, and the span text[start:end] it stands in. i64[runs] each, in no order."""

    buckets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def grams(text: str) -> Grams:
    """The runs of a plain text (text.plain). Figures count by how many digits they have; a hash keeps no words."""
    parts = [(0, text)] if len(text) <= READ else [(0, text[: READ * 3 // 4]), (len(text) - READ // 4, text[-READ // 4 :])]
    found = [each for start, part in parts for each in (*_runs(part, start), _words(part, start))]
    hashes, starts, ends = (np.concatenate(each) for each in zip(*found, strict=True))
    return Grams((_mixed(hashes) >> np.uint64(64 - BUCKETS.bit_length() + 1)).astype(np.int64), starts, ends)


_Part = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]


def _runs(text: str, offset: int) -> list[_Part]:
    """Runs of one to four characters with no Latin letter in them; the text's edges are characters too."""
    chars = np.frombuffer((_EDGE + text.translate(_DIGITS) + _EDGE).encode("utf-32-le"), np.uint32).astype(np.uint64)
    letters = np.concatenate(([0], np.cumsum((chars >= ord("a")) & (chars <= ord("z")))))
    found: list[_Part] = []
    hashes = np.zeros(len(chars) + 1, np.uint64)
    for size in range(1, min(RUNS, len(chars)) + 1):
        hashes = _mixed(hashes[:-1] + chars[size - 1 :] + np.uint64(size))
        places = np.flatnonzero(letters[size:] == letters[:-size])
        starts = np.maximum(places - 1, 0)
        found.append((hashes[places], starts + offset, np.minimum(places - 1 + size, len(text)) + offset))
    return found


def _words(text: str, offset: int) -> _Part:
    """Words, long ones also by their first letters, and pairs of neighbours."""
    words = [(hit.group(), hit.start() + offset, hit.end() + offset) for hit in _WORD.finditer(text)]
    found = [*words, *((f"{word[:_STEM]}*", start, end) for word, start, end in words if len(word) > _STEM)]
    found += [(f"{left} {right}", start, end) for (left, start, _), (right, _, end) in pairwise(words)]
    hashes = np.array([crc32(word.encode()) for word, _, _ in found], np.uint64)
    return hashes, np.array([start for _, start, _ in found], np.int64), np.array([end for _, _, end in found], np.int64)


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread over all bits, overflow and all."""
    spread = hashes * _FIRST
    return np.asarray((spread ^ (spread >> _SHIFT)) * _SECOND, np.uint64)
