"""The supervised model: gradient boosting of one feature at a time, kept as a table of log-odds for each feature.

Every tree asks about one feature only, so their sum is a function of each feature plus a constant: a generalised additive model (Lou,
Caruana and Gehrke 2012, "Intelligible models"). It is stored as plain numbers, predicts with NumPy alone, and what moved a
customer's probability is read off exactly. scikit-learn is needed to learn, never to predict.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bins import Binning, Codes, Features, Numbers, Words, binning
from .logit import calibrate, log_odds, probability

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_BLOCK = 1 << 15
_PARTS = 5
_ROUNDS = 600
_PATIENCE = 20
_MANY = 60_000
SETTINGS: Mapping[str, Any] = {
    "max_leaf_nodes": 2, "min_samples_leaf": 20, "max_bins": 255,
}  # fmt: skip


@dataclass(frozen=True)
class Additive:
    """Log-odds of leaving = base + Σ over features of table[bin of the value]; each table has mean 0 over the rows learned from.

    rows, left: how many customers it was learned from, and how many of them left; rounds: trees.
    """

    names: tuple[str, ...]
    bins: tuple[Binning, ...]
    tables: tuple[Floats, ...]
    base: float
    rows: int
    left: int
    rounds: int

    def log_odds(self, features: Features) -> Floats:
        """f64[n]. Raises KeyError for a feature that is missing; others are not looked at."""
        columns = [np.asarray(features[name]) for name in self.names]
        n = len(columns[0]) if columns else max((len(column) for column in features.values()), default=0)
        out = np.full(n, self.base)
        for low in range(0, n, _BLOCK):  # a block stays in the cache while every feature adds to it
            part = slice(low, low + _BLOCK)
            for column, bins, table in zip(columns, self.bins, self.tables, strict=True):
                out[part] += table[bins.codes(column[part])]
        return out

    def predict(self, features: Features) -> Floats:
        """Probability of leaving, f64[n]."""
        return probability(self.log_odds(features))

    def parts(self, features: Features) -> dict[str, Floats]:
        """By feature, how far it moves each customer's log-odds from the average customer's, f64[n]: with `base` they add up to
        `log_odds`."""
        return {
            name: table[bins.codes(np.asarray(features[name]))]
            for name, bins, table in zip(self.names, self.bins, self.tables, strict=True)
        }  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` gives an equal model."""
        features = [
            {"name": name, "table": table.tolist()} | ({"words": list(b.words)} if isinstance(b, Words) else {"edges": list(b.edges)})
            for name, b, table in zip(self.names, self.bins, self.tables, strict=True)
        ]
        return {"base": self.base, "rows": self.rows, "left": self.left, "rounds": self.rounds, "features": features}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Additive:
        """Raises KeyError or ValueError when it is not of such a model."""
        bins: list[Binning] = []
        for feature in raw["features"]:
            found = Words(tuple(feature["words"])) if "words" in feature else Numbers(tuple(float(x) for x in feature["edges"]))
            if len(feature["table"]) != found.size or any(a >= b for a, b in pairwise(feature.get("edges", ()))):
                raise ValueError(f"table of {feature['name']} does not fit its bins")
            bins.append(found)
        tables = tuple(np.array(feature["table"], np.float64) for feature in raw["features"])
        names = tuple(str(feature["name"]) for feature in raw["features"])
        return cls(names, tuple(bins), tables, float(raw["base"]), int(raw["rows"]), int(raw["left"]), int(raw["rounds"]))


def learn(
    features: Features,
    left: Bools,
    weight: Floats | None = None,
    *,
    group: NDArray[np.int64] | None = None,
    rising: Collection[str] = (),
    seed: int = 0,
    most_splits: int = 2,
) -> Additive:
    """Learn from past outcomes: features by name (n rows), bool[n]. Rows of one `group` (a customer seen on several days) are
    never on both sides of a split. A table of a feature in `rising` never falls. A feature that is the same for all is left out.

    In five parts: each is predicted by trees grown on the other four, which gives the number of rounds (where the loss on the
    unseen part is least) and, on the same unseen rows, the calibration. The model is the mean of the five, which is steadier than
    any of them; of few rows it is the mean over two such splits. Same input and seed, same model. Raises
    ValueError unless both outcomes occur at least five times.
    """
    left = np.asarray(left, bool)
    if min(left.sum(), (~left).sum()) < _PARTS:
        raise ValueError("learning needs at least five of each outcome")
    weight = np.ones(len(left)) if weight is None else np.asarray(weight, np.float64)
    every = {name: np.asarray(column) for name, column in features.items()}
    binned = {name: binning(column) for name, column in every.items()}
    coded = {name: b.codes(every[name]) for name, b in binned.items()}
    names = tuple(name for name, code in coded.items() if (code != code[0]).any())
    bins, codes = tuple(binned[name] for name in names), [coded[name] for name in names]
    if not names:
        share = float(weight @ left / weight.sum())
        return Additive((), (), (), float(log_odds(np.array([share]))[0]), len(left), int(left.sum()), 0)
    rows, sign = _rows(codes, bins), [int(name in rising) for name in names]
    splits = int(np.clip(_MANY // len(left), 1, most_splits))
    unseen, tables, base, rounds = np.zeros(len(left)), [np.zeros(b.size) for b in bins], 0.0, 0
    for split in range(splits):
        part = _split(left, group, seed + split)
        for number in range(_PARTS):
            mine = part == number
            model = boost(rows, bins, left, weight, mine, sign, seed)
            start, found = tables_of(model, bins)
            unseen[mine] += (start + sum(table[code[mine]] for table, code in zip(found, codes, strict=True))) / splits
            base, rounds = base + start / (_PARTS * splits), rounds + model.n_iter_
            tables = [a + b / (_PARTS * splits) for a, b in zip(tables, found, strict=True)]
    line = calibrate(unseen, left, weight)
    total, shift = weight.sum(), 0.0
    for i, code in enumerate(codes):
        mean = float(np.bincount(code, weights=weight, minlength=bins[i].size) @ tables[i] / total)
        tables[i], shift = (tables[i] - mean) * line.slope, shift + mean
    return Additive(names, bins, tuple(tables), line.intercept + line.slope * (base + shift), len(left), int(left.sum()), rounds)


def _split(left: Bools, group: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    """Part 0..4 of each row, with (nearly) the same share of leavers in each."""
    rng = np.random.default_rng(seed)
    key, first, inverse = np.unique(np.arange(len(left)) if group is None else group, return_index=True, return_inverse=True)
    order = np.lexsort((rng.random(len(key)), left[first]))
    part = np.empty(len(key), np.int64)
    part[order] = np.arange(len(key)) % _PARTS
    return part[inverse]


def boost(rows: Floats, bins: tuple[Binning, ...], left: Bools, weight: Floats, held: Bools, sign: list[int], seed: int) -> Any:
    """Boosted trees of one feature each, grown on the rows not `held` until the loss on those stops falling."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    words = [isinstance(b, Words) for b in bins]
    model = HistGradientBoostingClassifier(
        **SETTINGS, learning_rate=0.15, max_iter=_ROUNDS, interaction_cst="no_interactions",
        categorical_features=words, monotonic_cst=sign, random_state=seed, early_stopping=True, n_iter_no_change=_PATIENCE, tol=1e-7,
        scoring="loss",
    )  # fmt: skip
    with one_thread():
        model.fit(rows[~held], left[~held], weight[~held], X_val=rows[held], y_val=left[held], sample_weight_val=weight[held])
    return model


def one_thread() -> AbstractContextManager[Any]:
    """Trees of one feature leave several threads too little to do: they would only wait for one another."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="openmp")
    return limits


def _rows(codes: list[Codes], bins: tuple[Binning, ...]) -> Floats:
    """The codes as columns of f64[n, features], missing as NaN."""
    rows = np.empty((len(codes[0]), len(codes)), order="F")
    for i, (code, b) in enumerate(zip(codes, bins, strict=True)):
        rows[:, i] = code
        rows[code == b.size - 1, i] = np.nan
    return rows


def tables_of(model: Any, bins: tuple[Binning, ...]) -> tuple[float, list[Floats]]:
    """(log-odds where every code is 0, what each code of each feature adds to that), read off by asking the trees."""
    wide = len(bins)
    ask = [np.zeros((1, wide), np.uint8)]
    for i, b in enumerate(bins):
        block = np.zeros((b.size, wide), np.uint8)
        block[:, i] = np.arange(b.size)
        ask.append(block)
    every = np.concatenate(ask)
    with one_thread():
        answer = model.decision_function(_rows(list(every.T), bins))
    base, tables, at = float(answer[0]), [], 1
    for b in bins:
        tables.append(np.asarray(answer[at : at + b.size] - base, np.float64))
        at += b.size
    return base, tables
