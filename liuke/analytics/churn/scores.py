"""How good a prediction was: order (AUC, lift), closeness (Brier, log-loss) and honesty (calibration), exact, without NaN.

Everywhere `left` is bool[n] (True: did not come in the time looked at), a score is f64[n], larger for "more likely to leave", and a
probability is a score in [0, 1]. A figure that is not defined (nobody; all of one kind) is None.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..wilson import wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BINS = 10
_SURE = 1e-12  # a probability of exactly 0 or 1 that was wrong costs -log(1e-12), not infinity


@dataclass(frozen=True)
class Bin:
    """Customers of like probability: how many, mean predicted, share that left, and its 95 % Wilson interval."""

    n: int
    predicted: float
    actual: float
    low: float
    high: float


@dataclass(frozen=True)
class Scores:
    """The figures of one prediction. `brier`, `ece` and `log_loss` are None for a score that is no probability."""

    customers: int
    left: int
    auc: float | None
    lift_10: float | None
    brier: float | None = None
    ece: float | None = None
    log_loss: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def _groups(score: Floats, left: Bools) -> tuple[Floats, Floats, Floats]:
    """(distinct scores, rising; how many customers have each; how many of them left)."""
    score = np.asarray(score, np.float64)
    if not np.isfinite(score).all():
        raise ValueError("a score that is not a finite number")
    if len(score) != len(left):
        raise ValueError(f"{len(score)} scores for {len(left)} customers")
    order = np.argsort(score, kind="stable")
    value, gone = score[order], np.asarray(left, np.float64)[order]
    if not len(value):
        return value, value, value
    start = np.flatnonzero(np.append(True, value[1:] != value[:-1]))
    return value[start], np.diff(np.append(start, len(value))).astype(np.float64), np.add.reduceat(gone, start)


def auc(score: Floats, left: Bools) -> float | None:
    """P(a customer who left scores above one who did not), ties counting half (Mann and Whitney 1947, by ranks)."""
    _, n, gone = _groups(score, left)
    stayed = n - gone
    pairs = gone.sum() * stayed.sum()
    if not pairs:
        return None
    below = np.cumsum(stayed) - stayed
    return float((gone * (below + stayed / 2)).sum() / pairs)


def lift(score: Floats, left: Bools, share: float = 0.1) -> float | None:
    """Share of leavers among the `share` with the highest scores, over the share among all.

    The top is exactly `share · n` customers, a fraction of one included; of equal scores at the border as many count as fit, in
    expectation over a random order of them.
    """
    _, n, gone = _groups(score, left)
    total = n.sum()
    if not gone.sum():
        return None
    top = total * share
    n, gone = n[::-1], gone[::-1]
    taken = np.clip(top - (np.cumsum(n) - n), 0, n)
    return float((gone * taken / n).sum() / top / (gone.sum() / total))


def brier(probability: Floats, left: Bools) -> float | None:
    """Mean squared difference between probability and outcome (Brier 1950)."""
    return float(np.mean((probability - left) ** 2)) if len(left) else None


def losses(probability: Floats, left: Bools) -> Floats:
    """-log of the probability given to what happened, f64[n]."""
    safe = np.clip(probability, _SURE, 1 - _SURE)
    return np.asarray(-np.log(np.where(left, safe, 1 - safe)), np.float64)


def log_loss(probability: Floats, left: Bools) -> float | None:
    """Mean of `losses`."""
    return float(losses(probability, left).mean()) if len(left) else None


def calibration(probability: Floats, left: Bools, bins: int = BINS) -> tuple[Bin, ...]:
    """Bins of (nearly) equal size by probability, lowest first; equal probabilities stay together, in the bin where their middle
    falls, so there may be fewer bins, never an empty one."""
    value, n, gone = _groups(probability, left)
    if not len(value):
        return ()
    middle = np.cumsum(n) - n / 2
    place = np.minimum((middle * bins / n.sum()).astype(np.int64), bins - 1)
    count, left_in, sums = (np.bincount(place, weights=w, minlength=bins) for w in (n, gone, n * value))
    some = np.flatnonzero(count)
    count, left_in, predicted = count[some], left_in[some], sums[some] / count[some]
    columns = (predicted, left_in / count, *wilson(count, left_in))
    return tuple(Bin(int(of), *map(float, row)) for of, *row in zip(count, *columns, strict=True))


def expected_calibration_error(bins: tuple[Bin, ...]) -> float | None:
    """Mean distance between predicted and actual over the bins, by customers."""
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.predicted - b.actual) for b in bins) / total if total else None


def scores_of(score: Floats, left: Bools, *, probability: bool = True) -> Scores:
    """All figures of one prediction; without those of a probability when it is none. Raises ValueError for a score that is not
    finite, or a probability outside [0, 1]."""
    score, left = np.asarray(score, np.float64), np.asarray(left, bool)
    ordered = Scores(len(left), int(left.sum()), auc(score, left), lift(score, left))
    if not probability:
        return ordered
    if len(score) and not (score.min() >= 0 and score.max() <= 1):
        raise ValueError("a probability outside 0 to 1")
    ece = expected_calibration_error(calibration(score, left))
    return Scores(
        ordered.customers, ordered.left, ordered.auc, ordered.lift_10, brier(score, left), ece, log_loss(score, left),
    )  # fmt: skip


def auc_difference(a: Floats, b: Floats, left: Bools) -> tuple[float, float]:
    """(AUC of `a` less AUC of `b` on the same customers, its standard error): DeLong, DeLong and Clarke-Pearson (1988), by ranks as
    in Sun and Xu (2014). (0, 0) where an AUC is not defined."""
    left = np.asarray(left, bool)
    if left.all() or not left.any():
        return 0.0, 0.0
    gone, stayed = (_placed(a, left)[i] - _placed(b, left)[i] for i in (0, 1))
    variance = gone.var() / len(gone) + stayed.var() / len(stayed)
    return float(gone.mean()), float(variance**0.5)


def _placed(score: Floats, left: Bools) -> tuple[Floats, Floats]:
    """(of each who left, the share of the others below him; of each other, the share of those who left above him), ties half."""
    gone, stayed = np.sort(score[left]), np.sort(score[~left])
    below = (np.searchsorted(stayed, score[left]) + np.searchsorted(stayed, score[left], side="right")) / (2 * len(stayed))
    above = (np.searchsorted(gone, score[~left]) + np.searchsorted(gone, score[~left], side="right")) / (2 * len(gone))
    return below, 1 - above
