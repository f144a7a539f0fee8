"""Probabilities as log-odds, and their correction by two numbers learned from outcomes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FAR = 30.0  # log-odds beyond this are 0 or 1 to thirteen digits
_PRIOR = 1.0  # how far slope and intercept may stray, in log-odds, without data for it


def log_odds(probability: Floats) -> Floats:
    """log(p / (1 - p)), f64[n], kept within ±FAR."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(np.log(probability) - np.log1p(-probability), -FAR, FAR), np.float64)


def probability(odds: Floats) -> Floats:
    """1 / (1 + e^-z), f64[n], without overflow."""
    e = np.exp(-np.abs(odds))
    return np.where(odds >= 0, 1.0, e) / (1.0 + e)


@dataclass(frozen=True)
class Line:
    """Corrected log-odds = intercept + slope · log-odds."""

    intercept: float = 0.0
    slope: float = 1.0

    def __call__(self, odds: Floats) -> Floats:
        return self.intercept + self.slope * odds

    def to_json(self) -> dict[str, float]:
        """As plain JSON values; `Line(**it)` gives it back."""
        return asdict(self)


def calibrate(odds: Floats, left: Bools, weight: Floats | None = None) -> Line:
    """The line that makes log-odds honest on rows they were not learned from: logistic regression of the outcome on them (Platt
    1999; Cox 1958), by Newton. A weak normal prior around "as they are" keeps it finite when the outcomes are all alike."""
    weight = np.ones(len(odds)) if weight is None else weight
    design = np.stack([np.ones(len(odds)), odds])
    theta = np.array([0.0, 1.0])
    for _ in range(100):
        p = probability(theta @ design)
        gradient = design @ (weight * (left - p)) - (theta - (0.0, 1.0)) / _PRIOR**2
        hessian = (design * (weight * p * (1 - p))) @ design.T + np.eye(2) / _PRIOR**2
        step = np.linalg.solve(hessian, gradient)
        theta = theta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            break
    return Line(float(theta[0]), float(theta[1]))
