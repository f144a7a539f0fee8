"""How the corpus becomes the base model (`python -m bench.complaint_model`): the only part that needs scikit-learn, and never at run time.

Value by value: logistic regression on runs of characters, each first weighted by how much likelier it is with the value than without
(Wang and Manning, Baselines and Bigrams, ACL 2012), and on the rules' features. One hand is left out after the other: its sentences, told
by a model of the others, say how sure the model may be and what is stated in docs/decisions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuke.analytics.complaint_words.base import NEEDS, ROWS, TOLD, Base, Floats, chances, heat, spread
from liuke.analytics.complaint_words.decide import weigh
from liuke.analytics.complaint_words.grams import BUCKETS, Grams, grams
from liuke.analytics.complaint_words.suggestion import AXES

CORPUS = Path(__file__).parent / "corpus"
KNOWN = ("two_hundred", "sentences")
"""Hands whose sentences the rules were written by: there the rules look better than they are, so they count less and are never left out."""
PAGE = "page"
"""The domain page's own examples and what follows from them word for word: they must come out, so they count more."""
ALSO_OURS = (PAGE, "workbench")
"""Never left out either; the second was written beside the model to fill its gaps."""
KNOWN_WEIGHT, KNOWN_RULES, PAGE_WEIGHT = 0.3, 0.3, 4.0
HOLD, LOUD, ADDED = 2.0, 6.0, 1.0
"""Of the fit: the strength of its memory (C), how large the runs stand beside the features, and what is added to every count."""
SMALL = 2
"""Weights of a run of at most this many 127ths of the largest are left out of the file."""
UNKNOWN = "unknown"

Told = dict[str, float]


@dataclass(frozen=True)
class Line:
    """A sentence of the corpus by one hand. `labels`: axis → value (channel may be "unknown"), and "needs" → those it speaks of."""

    hand: str
    text: str
    labels: dict[str, Any]


def corpus(folder: Path = CORPUS) -> list[Line]:
    """Every line, file by file; the file's name is the hand."""
    lines = []
    for file in sorted(folder.glob("*.jsonl")):
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            needs = frozenset((*row["emotional"], *row["rational"]))
            lines.append(Line(file.stem, row["text"], {axis: row[axis] for axis in AXES} | {"needs": needs}))
    return lines


def digest(folder: Path = CORPUS) -> str:
    """Of the corpus as it lies there."""
    whole = hashlib.sha256()
    for file in sorted(folder.glob("*.jsonl")):
        whole.update(file.name.encode() + b"\n" + file.read_bytes())
    return whole.hexdigest()


class Sheet:
    """The corpus as arrays: what is fitted on, and what is fitted."""

    def __init__(self, lines: Sequence[Line]) -> None:
        from scipy import sparse

        told = [weigh(line.text) for line in lines]
        self.runs: list[Grams] = [grams(each.read.text) for each in told]
        self.told: list[Told] = [each.features for each in told]
        self.hands = np.array([line.hand for line in lines])
        self.known = np.isin(self.hands, KNOWN)
        self.count = np.select([self.known, self.hands == PAGE], [KNOWN_WEIGHT, PAGE_WEIGHT], 1.0)
        self.names = {name: place for place, name in enumerate(sorted({name for each in self.told for name in each}))}
        self.features = np.zeros((len(lines), len(self.names)))
        for row, each in enumerate(self.told):
            for name, value in each.items():
                self.features[row, self.names[name]] = value * (KNOWN_RULES if self.known[row] else 1.0)
        parts = [spread(runs) for runs in self.runs]
        ends = np.cumsum([0, *(len(buckets) for buckets, _ in parts)])
        shape = (len(lines), BUCKETS)
        self.amounts = sparse.csr_matrix(
            (np.concatenate([each for _, each in parts]), np.concatenate([each for each, _ in parts]), ends), shape=shape
        )
        self.labels = [line.labels for line in lines]

    def truth(self, row: tuple[str, str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(whether it is so, whether anything was said of it), line by line."""
        axis, value = row
        if axis == "needs":
            return np.array([value in each["needs"] for each in self.labels]), np.ones(len(self.labels), bool)
        if axis == TOLD:
            return np.array([each["channel"] != UNKNOWN for each in self.labels]), np.ones(len(self.labels), bool)
        said = np.array([each[axis] for each in self.labels])
        return said == value, said != UNKNOWN


def learn(sheet: Sheet, kept: NDArray[np.bool_]) -> Base:
    """The model of some lines, its chances as the fit gives them."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

    runs, weights, bias = np.zeros((BUCKETS, len(ROWS))), np.zeros((len(sheet.names), len(ROWS))), np.zeros(len(ROWS))
    extra = sparse.csr_matrix(sheet.features)
    for column, row in enumerate(ROWS):
        so, said = sheet.truth(row)
        inside = np.flatnonzero(kept & said)
        ratio = LOUD * _ratio(sheet.amounts[inside], so[inside])
        seen = sparse.hstack([sheet.amounts[inside].multiply(ratio), extra[inside]]).tocsr()
        with threadpool_limits(1):  # so small a sum is only slowed down by more threads
            model = LogisticRegression(C=HOLD, tol=1e-3, max_iter=400)
            model.fit(seen, so[inside], sample_weight=sheet.count[inside])
        runs[:, column] = model.coef_[0, :BUCKETS] * ratio
        weights[:, column], bias[column] = model.coef_[0, BUCKETS:], model.intercept_[0]
    step = np.maximum(np.abs(runs).max(0), 1e-9) / 127
    small = np.rint(runs / step).astype(np.int8)
    small[np.abs(small) <= SMALL] = 0
    return Base(small, step.astype(np.float32), weights.astype(np.float32), bias.astype(np.float32), sheet.names, {}, 0.5, "", {})


def _ratio(amounts: Any, so: NDArray[np.bool_]) -> Floats:
    """f64[BUCKETS]: the logarithm of how much likelier a run is in a line where it is so."""
    seen = amounts > 0
    with_, without = (np.asarray(seen[np.flatnonzero(each)].sum(0)).ravel() + ADDED for each in (so, ~so))
    return np.asarray(np.log(with_ / (so.sum() + 2 * ADDED)) - np.log(without / ((~so).sum() + 2 * ADDED)), np.float64)


@dataclass(frozen=True)
class LeftOut:
    """`heats` f64[lines, ROWS] of lines told by models that had not seen their hand; `lines`: which of the sheet's they are."""

    lines: NDArray[np.int64]
    heats: Floats


def leave_out(sheet: Sheet, note: Callable[[str], None] = lambda hand: None) -> LeftOut:
    """Every hand that may be left out, told by the others."""
    lines, heats = [], []
    for hand in sorted(set(sheet.hands) - {*KNOWN, *ALSO_OURS}):
        note(hand)
        base = learn(sheet, sheet.hands != hand)
        for line in np.flatnonzero(sheet.hands == hand):
            lines.append(line)
            heats.append(heat(base, sheet.runs[line], sheet.told[line]))
    return LeftOut(np.array(lines), np.array(heats))


def settled(base: Base, sheet: Sheet, left: LeftOut, name: str) -> Base:
    """The model with its chances made such as are kept on hands left out, and with the figures of those."""
    softened: dict[str, Any] = {}
    for axis in AXES:
        right, heats = _of(axis, sheet, left)
        softened[axis] = min(np.linspace(0.4, 2.0, 33).tolist(), key=lambda power: _surprise(heats, right, power))
    for need in NEEDS:
        column = ROWS.index(("needs", need))
        softened[need] = _line(left.heats[:, column], sheet.truth(ROWS[column])[0][left.lines])
    made = replace(base, softened=softened, digest=name)
    told = [chances(made, heats) for heats in left.heats]
    wanted = np.array([[need in sheet.labels[line]["needs"] for need in NEEDS] for line in left.lines])
    likely = np.array([[each["needs"][need] for need in NEEDS] for each in told])
    named = max(np.linspace(0.25, 0.6, 36).tolist(), key=lambda least: f1(wanted, likely >= least))
    figures: dict[str, Any] = {}
    for axis in AXES:
        said = [(each[axis], sheet.labels[line][axis]) for each, line in zip(told, left.lines, strict=True)]
        figures[axis] = float(np.mean([max(each, key=lambda value: each[value]) == value for each, value in said if value != UNKNOWN]))
    figures |= {"needs": float(f1(wanted, likely >= named)), "lines": len(left.lines)}
    return replace(made, named=named, figures=figures)


def f1(wanted: NDArray[np.bool_], named: NDArray[np.bool_]) -> float:
    """The harmonic mean of precision and recall of all that is named."""
    return float(2 * (wanted & named).sum() / max(wanted.sum() + named.sum(), 1))


def _of(axis: str, sheet: Sheet, left: LeftOut) -> tuple[NDArray[np.int64], Floats]:
    """(the place of the right value, the heats of all) of the lines that say something of the axis."""
    columns = [ROWS.index((axis, value)) for value in AXES[axis]]
    told = [
        (AXES[axis].index(value), heats)
        for line, heats in zip(left.lines, left.heats, strict=True)
        if (value := sheet.labels[line][axis]) != UNKNOWN
    ]
    return np.array([place for place, _ in told]), np.array([heats[columns] for _, heats in told])


def _surprise(heats: Floats, right: NDArray[np.int64], power: float) -> float:
    """The mean logarithm of what the right value was given."""
    chance = (1 / (1 + np.exp(-heats))) ** power
    chance /= chance.sum(1, keepdims=True)
    return float(-np.log(chance[np.arange(len(right)), right]).mean())


def _line(heats: Floats, so: NDArray[np.bool_]) -> tuple[float, float]:
    """(factor, shift) that make heats chances (Platt)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e3).fit(heats[:, None], so)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
