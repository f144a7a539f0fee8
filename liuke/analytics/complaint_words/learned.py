"""A small model of the company's own confirmed cases, blended with the suggestion where it is shown to be better.

What is called the rules below is the suggestion as shipped: the rules weighed again by the base model (Suggestion.scores).

Per axis: logistic regression on hashed runs of one to three characters (tf–idf), figures masked. A hash keeps no words, so that no
customer can be read from a model. Cases are cut in five; each fifth is told by a model of the other four, and what the blend gets right
beyond the rules alone must be more than chance (one-sided sign test at 5 %): else the axis stays with the rules.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import comb
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from liuke.analytics.complaint_words.suggestion import AXES, Said, Suggestion

ENOUGH = 200
"""Confirmed cases of an axis before it is learned at all."""
OF_EACH = 15
"""Cases of a value before the model speaks of it; values with fewer stay with the rules."""
MOST = 20_000
"""The newest cases are enough."""
FOLDS = 5
BUCKETS = 2**13
READ = 2_000
_TRUST = tuple((rules, model) for rules in (0.25, 0.5, 1.0) for model in (0.0, 0.25, 0.5, 1.0, 2.0))
"""Weights tried for the logarithms of what the rules and the model say."""
_FLOOR = 0.01

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A text with what the rules gave it (Suggestion.scores) and what people confirmed (axis → value; an axis may be missing)."""

    text: str
    scores: Mapping[str, Mapping[str, float]]
    confirmed: Mapping[str, str]


@dataclass(frozen=True)
class Figures:
    """How an axis did on cases it had not seen. `rules`, `blend`: share right; `gained` cases the blend alone got right, `lost` the rules
    alone; `why`: used, few (not enough cases), one_value, no_better."""

    cases: int
    rules: float | None
    blend: float | None
    gained: int
    lost: int
    why: str


@dataclass(frozen=True)
class AxisModel:
    """`coefficients` f32[values, BUCKETS], `bias` f32[values], `rarity` f32[BUCKETS]; `trust`: weights of the rules and of the model."""

    values: tuple[str, ...]
    coefficients: NDArray[np.float32]
    bias: NDArray[np.float32]
    rarity: NDArray[np.float32]
    trust: tuple[float, float]


@dataclass(frozen=True)
class Model:
    """Axes that are better with it, and the figures of all."""

    axes: dict[str, AxisModel]
    figures: dict[str, Figures]


def fit(cases: Sequence[Case], *, enough: int = ENOUGH, of_each: int = OF_EACH, seed: int = 1) -> Model:
    """The model of the cases, the newest last. An axis without enough of them, or no better with it, has figures only."""
    axes: dict[str, AxisModel] = {}
    figures: dict[str, Figures] = {}
    for axis in AXES:
        told = [case for case in cases if case.confirmed.get(axis) in AXES[axis]][-MOST:]
        counts = Counter(case.confirmed[axis] for case in told)
        values = tuple(value for value in AXES[axis] if counts[value] >= of_each)
        if len(told) < enough or len(values) < 2:
            figures[axis] = Figures(len(told), None, None, 0, 0, "few" if len(told) < enough or not values else "one_value")
            continue
        found, figures[axis] = _axis(axis, told, values, seed)
        if found:
            axes[axis] = found
    return Model(axes, figures)


def _axis(axis: str, told: list[Case], values: tuple[str, ...], seed: int) -> tuple[AxisModel | None, Figures]:
    truth = np.array([case.confirmed[axis] for case in told])
    rules = np.array([[max(case.scores[axis].get(value, 0.0), _FLOOR) for value in AXES[axis]] for case in told])
    texts = [case.text for case in told]
    unseen = np.full((len(told), len(values)), 1 / len(values))
    fold = _folds(truth, seed)
    for number in range(FOLDS):
        inside = (fold != number) & np.isin(truth, values)
        if len(set(truth[inside])) == len(values):
            part = _learn([texts[i] for i in np.flatnonzero(inside)], truth[inside], values)
            unseen[fold == number] = _chances(part, [texts[i] for i in np.flatnonzero(fold == number)])
    right = np.array([AXES[axis].index(value) for value in truth])
    alone = rules.argmax(1) == right
    best, trust, blended = np.inf, (1.0, 0.0), alone
    for pair in _TRUST:
        chance = _blend(rules, unseen, values, AXES[axis], pair)
        loss = float(-np.log(chance[np.arange(len(right)), right]).mean())
        if loss < best:
            best, trust, blended = loss, pair, chance.argmax(1) == right
    gained, lost = int((blended & ~alone).sum()), int((alone & ~blended).sum())
    better = trust[1] > 0 and gained > lost and _by_chance(gained, lost) < 0.05
    figures = Figures(len(told), float(alone.mean()), float(blended.mean()), gained, lost, "used" if better else "no_better")
    if not better:
        return None, figures
    kept = np.isin(truth, values)
    return replace(_learn([texts[i] for i in np.flatnonzero(kept)], truth[kept], values), trust=trust), figures


def _folds(truth: NDArray[np.str_], seed: int) -> NDArray[np.int64]:
    """Every value dealt out evenly over the folds, in an order that is the same on every run."""
    fold = np.zeros(len(truth), np.int64)
    dice = np.random.default_rng(seed)
    for value in sorted(set(truth.tolist())):
        places = dice.permutation(np.flatnonzero(truth == value))
        fold[places] = np.arange(len(places)) % FOLDS
    return fold


def _by_chance(gained: int, lost: int) -> float:
    """The chance of at least `gained` heads in gained + lost throws of a fair coin."""
    throws = gained + lost
    if throws > 1000:
        return float(np.exp(-((gained - lost) ** 2) / (2 * throws)))  # Hoeffding's bound: never below the exact one
    return float(sum(comb(throws, heads) for heads in range(gained, throws + 1)) / 2**throws)


# Executors of Spark import this folder too, and have no scikit-learn: it is imported where a model is learned or asked.


def _counts(texts: list[str]) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    vectors = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=BUCKETS, alternate_sign=False, norm=None)
    counted = vectors.transform([re.sub(r"\d", "0", text[:READ]) for text in texts])
    counted.data = 1 + np.log(counted.data)
    return counted


def _weighted(counted: Any, rarity: NDArray[np.float32]) -> Any:
    from sklearn.preprocessing import normalize

    return normalize(counted.multiply(rarity.astype(np.float64)).tocsr())


def _learn(texts: list[str], truth: NDArray[np.str_], values: tuple[str, ...]) -> AxisModel:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

    counted = _counts(texts)
    seen = np.asarray((counted > 0).sum(0)).ravel()
    rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    with threadpool_limits(1):  # so small a sum is only slowed down by more threads
        model = LogisticRegression(C=4.0, tol=1e-3, max_iter=300).fit(_weighted(counted, rarity), truth)
    order = [list(model.classes_).index(value) for value in values]
    if len(values) == 2:
        both = np.vstack([-model.coef_[0], model.coef_[0]]) / 2
        lift = np.array([-model.intercept_[0], model.intercept_[0]]) / 2
    else:
        both, lift = model.coef_, model.intercept_
    return AxisModel(values, both[order].astype(np.float32), lift[order].astype(np.float32), rarity, (1.0, 1.0))


def _chances(model: AxisModel, texts: list[str]) -> Floats:
    """f64[texts, values]: what the model alone says."""
    if not texts:
        return np.zeros((0, len(model.values)))
    heat = _weighted(_counts(texts), model.rarity) @ model.coefficients.T.astype(np.float64) + model.bias
    heat = np.exp(heat - heat.max(1, keepdims=True))
    return np.asarray(heat / heat.sum(1, keepdims=True), np.float64)


def _blend(rules: Floats, learned: Floats, values: tuple[str, ...], every: tuple[str, ...], trust: tuple[float, float]) -> Floats:
    """Both opinions by their weights; values the model does not know keep what the rules give them."""
    chance = np.power(rules, trust[0])
    chance /= chance.sum(1, keepdims=True)
    places = [every.index(value) for value in values]
    share = chance[:, places].sum(1, keepdims=True)
    mixed = chance[:, places] * np.power(np.maximum(learned, _FLOOR), trust[1])
    chance[:, places] = mixed / mixed.sum(1, keepdims=True) * share
    return chance


def predict(model: Model, text: str) -> dict[str, dict[str, float]]:
    """What the model alone says of the axes it knows: value → chance."""
    return {axis: dict(zip(each.values, map(float, _chances(each, [text])[0]), strict=True)) for axis, each in model.axes.items()}


def blended(model: Model, said: Suggestion, text: str) -> Suggestion:
    """The suggestion with the model's opinion in it. The words stay those that the rules found for the value that now stands first; a value
    which no rule spoke for has none."""
    changed: dict[str, Said] = {}
    for axis, each in model.axes.items():
        rules = np.array([[max(said.scores[axis][value], _FLOOR) for value in AXES[axis]]])
        chance = _blend(rules, _chances(each, [text]), each.values, AXES[axis], each.trust)[0]
        first = int(chance.argmax())
        before: Said = getattr(said, axis)
        value = AXES[axis][first]
        words = before.words if value == before.value else next((other.words for other in said.others if other.value == value), ())
        changed[axis] = Said(value, float(chance[first]), words)
    if not changed:
        return said
    others = tuple(other for other in said.others if "cause" not in changed or other.value != changed["cause"].value)
    if "cause" in changed and changed["cause"].value != said.cause.value and said.cause.words:
        others = (said.cause, *others)
    return replace(said, **changed, others=others)  # type: ignore[arg-type]


def to_bytes(model: Model) -> bytes:
    """The model as one file of plain arrays."""
    arrays: dict[str, NDArray[np.float32]] = {}
    for axis, each in model.axes.items():
        arrays |= {f"{axis}.coefficients": each.coefficients, f"{axis}.bias": each.bias, f"{axis}.rarity": each.rarity}
    head = {
        "axes": {axis: {"values": each.values, "trust": each.trust} for axis, each in model.axes.items()},
        "figures": {axis: asdict(each) for axis, each in model.figures.items()},
    }
    out = io.BytesIO()
    np.savez_compressed(out, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def from_bytes(data: bytes) -> Model:
    """What to_bytes wrote. ValueError or KeyError where it is none."""
    try:
        opened = np.load(io.BytesIO(data), allow_pickle=False)
    except (OSError, EOFError, BadZipFile) as fault:
        raise ValueError("no model") from fault
    with opened as file:
        head = json.loads(file["head"].tobytes())
        axes = {
            axis: AxisModel(
                tuple(each["values"]),
                file[f"{axis}.coefficients"],
                file[f"{axis}.bias"],
                file[f"{axis}.rarity"],
                (float(each["trust"][0]), float(each["trust"][1])),
            )
            for axis, each in head["axes"].items()
        }
    return Model(axes, {axis: Figures(**each) for axis, each in head["figures"].items()})
