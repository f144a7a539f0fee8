"""The base model, learned from our own labelled sentences and shipped as one small file: it weighs the rules' answers and the words again.

Linear, value by value: a bias, one weight for every feature (features.py) and one for every bucket of runs of characters (grams.py), so
that what spoke for a value can be shown. Made by `python -m bench.complaint_model`; needs numpy alone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from liuke.analytics.complaint_words.grams import Grams
from liuke.analytics.complaint_words.suggestion import AXES, EMOTIONAL, RATIONAL

FILE = Path(__file__).parent / "base.npz"
NEEDS = EMOTIONAL + RATIONAL
TOLD = "told"
"""The row that says whether a text tells its channel at all."""
ROWS = (*((axis, value) for axis in AXES for value in AXES[axis]), *(("needs", need) for need in NEEDS), (TOLD, "channel"))
"""What the columns of the weights speak for, in order."""
FOUND, DULL = 0.35, 0.02
"""What a piece of the text must add to a value's logit to be shown, where every character in it costs DULL."""
PIECES = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Base:
    """`runs` i8[BUCKETS, ROWS] times `step` f32[ROWS]; `weights` f32[features, ROWS], `bias` f32[ROWS]; `names`: feature → its line.

    `softened`: of every axis what its logarithms are multiplied by, and of every need (factor, shift), so that a stated chance is kept on
    hands not seen; `named`: how likely a need must be to be named; `digest` of the corpus; `figures`: what came out on hands left out.
    """

    runs: NDArray[np.int8]
    step: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    names: dict[str, int]
    softened: dict[str, Any]
    named: float
    digest: str
    figures: dict[str, Any]


@cache
def shipped() -> Base:
    """The model of this release."""
    return from_bytes(FILE.read_bytes())


def spread(runs: Grams) -> tuple[NDArray[np.int64], Floats]:
    """(buckets, how much of each): logarithms of counts, of length 1 in all."""
    buckets, counts = np.unique(runs.buckets, return_counts=True)
    amount = 1 + np.log(counts)
    return buckets, amount / np.sqrt((amount**2).sum())


def heat(base: Base, runs: Grams, told: Mapping[str, float]) -> Floats:
    """f64[ROWS]: the logit of every value and need. Features the model does not know are left aside."""
    buckets, amount = spread(runs)
    known = [(base.names[name], value) for name, value in told.items() if value and name in base.names]
    lines = np.array([line for line, _ in known], np.int64)
    values = np.array([value for _, value in known])
    return np.asarray(amount @ base.runs[buckets] * base.step + values @ base.weights[lines] + base.bias, np.float64)


def chances(base: Base, heats: Floats) -> dict[str, dict[str, float]]:
    """Axis → value → chance, and "needs" → need → chance; also "told" → channel."""
    single = 1 / (1 + np.exp(-heats))
    found: dict[str, dict[str, float]] = {}
    for (axis, value), chance in zip(ROWS, single.tolist(), strict=True):
        found.setdefault(axis, {})[value] = chance
    for axis in AXES:
        kept = {value: max(chance, 1e-6) ** base.softened.get(axis, 1.0) for value, chance in found[axis].items()}
        whole = sum(kept.values())
        found[axis] = {value: chance / whole for value, chance in kept.items()}
    # Extreme behaviour is severe, by the page.
    found["severity"]["ordinary"] *= 1 - found["behaviour"]["extreme"]
    found["severity"]["severe"] = 1 - found["severity"]["ordinary"]
    for place, (axis, need) in enumerate(ROWS):
        if axis == "needs":
            factor, shift = base.softened.get(need, (1.0, 0.0))
            found[axis][need] = float(1 / (1 + np.exp(-(factor * heats[place] + shift))))
    return found


def pieces(base: Base, text: str, runs: Grams, axis: str, value: str) -> list[tuple[int, int]]:
    """The spans of the plain text that spoke loudest for a value against the others of its axis, at most PIECES; [] where nothing did."""
    column = ROWS.index((axis, value))
    weights = base.runs[:, column] * base.step[column]
    buckets, amount = spread(runs)
    counts = np.bincount(runs.buckets, minlength=1)
    share = np.zeros(len(base.runs))
    share[buckets] = weights[buckets] * amount / counts[buckets]
    each = share[runs.buckets] / np.maximum(runs.ends - runs.starts, 1)
    change = np.zeros(len(text) + 1)
    inside = runs.ends > runs.starts
    np.add.at(change, runs.starts[inside], each[inside])
    np.add.at(change, runs.ends[inside], -each[inside])
    said = np.cumsum(change[:-1]) - DULL
    said[[char in _STOPS for char in text]] = -np.inf
    found: list[tuple[int, int]] = []
    while len(found) < PIECES and (best := _loudest(said)) is not None:
        start, end = best
        said[start:end] = -np.inf
        found.append(_whole_words(text, start, end))
    return sorted(set(found))


_STOPS = frozenset("。,!?;:\n…")


def _loudest(said: Floats) -> tuple[int, int] | None:
    """The span with the largest sum, where it is more than FOUND."""
    best, sum_, start, span = FOUND, 0.0, 0, None
    for place, value in enumerate(said.tolist()):
        if sum_ <= 0 or sum_ == -np.inf:
            sum_, start = 0.0, place
        sum_ += value
        if sum_ > best and place > start:
            best, span = sum_, (start, place + 1)
    return span


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, grown to the ends of Latin words and of figures, without blanks at its ends."""
    latin = "abcdefghijklmnopqrstuvwxyz'0123456789"
    while start > 0 and text[start] in latin and text[start - 1] in latin:
        start -= 1
    while end < len(text) and text[end - 1] in latin and text[end] in latin:
        end += 1
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    return start, end


def to_bytes(base: Base) -> bytes:
    """The model as one file of plain arrays, the same bytes for the same model."""
    head = {each: getattr(base, each) for each in ("names", "softened", "named", "digest", "figures")}
    out = io.BytesIO()
    np.savez_compressed(
        out,
        head=np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8),
        runs=np.ascontiguousarray(base.runs),
        step=base.step,
        weights=base.weights,
        bias=base.bias,
    )
    return out.getvalue()


def from_bytes(data: bytes) -> Base:
    """What to_bytes wrote. ValueError or KeyError where it is none."""
    try:
        opened = np.load(io.BytesIO(data), allow_pickle=False)
    except (OSError, EOFError, BadZipFile) as fault:
        raise ValueError("no model") from fault
    with opened as file:
        head = json.loads(file["head"].tobytes())
        return Base(file["runs"], file["step"], file["weights"], file["bias"], **head)
