"""Maximum of a sum of log-likelihoods by Newton's method with safeguards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP = 2.0  # longest step in one log-parameter
FAR = 40.0  # |log-parameter| past which the maximum lies at infinity
HALVINGS = 40


@dataclass(frozen=True)
class Sums:
    """Log-likelihood f64, gradient f64[k] and Hessian f64[k, k] of some customers; those of all are their sum."""

    value: float
    gradient: Floats
    hessian: Floats

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.value + other.value, self.gradient + other.gradient, self.hessian + other.hessian)

    @property
    def largest_gradient(self) -> float:
        return float(np.abs(self.gradient).max())

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all() and np.isfinite(self.hessian).all())


@dataclass(frozen=True)
class Maximum:
    """Where the search ended; `converged` when every partial derivative is as good as zero."""

    theta: Floats
    sums: Sums
    evaluations: int
    converged: bool


def tolerance(value: float) -> float:
    """Largest partial derivative that counts as zero: 1e-7, more only where rounding of a sum as large as `value` is more."""
    return 1e-7 * max(1.0, abs(value) * 1e-8)


def ascent(sums: Sums) -> Floats:
    """Newton's step with every curvature taken as downward, so that it always climbs; at most STEP in any coordinate."""
    curvature, axes = np.linalg.eigh(-0.5 * (sums.hessian + sums.hessian.T))
    size = np.abs(curvature)
    step = axes @ ((axes.T @ sums.gradient) / np.maximum(size, max(1e-13 * size.max(), 1e-14)))
    return np.asarray(step * min(1.0, STEP / max(float(np.abs(step).max()), 1e-300)), np.float64)


def maximise(evaluate: Callable[[Floats], Sums], start: Floats, *, most: int = 100) -> Maximum:
    """Climb from `start` f64[k] until no partial derivative is above `tolerance` (five times that, where no rise is left to see); at
    most `most` evaluations.

    A step is halved until the value rises (or, within rounding of the value, the gradient falls). Does not raise: a search that
    starts at, or gets stuck beside, values that are not finite ends with `converged` False.
    """
    theta = np.array(start, np.float64)
    here = evaluate(theta)
    evaluations = 1
    while here.finite and here.largest_gradient > tolerance(here.value) and np.abs(theta).max() < FAR:
        step = ascent(here)
        slope = float(here.gradient @ step)
        slack = 1e-9 + 1e-13 * abs(here.value)  # a sum of large terms that cancel is not known better
        if slope < slack and np.abs(step).max() > 1e-3 and here.largest_gradient <= 5 * tolerance(here.value):
            break  # on the way to a maximum at infinity, where nothing more can be gained that could be seen
        for halving in range(HALVINGS):
            if evaluations >= most:
                return Maximum(theta, here, evaluations, False)
            part = 0.5**halving
            there = evaluate(theta + part * step)
            evaluations += 1
            if there.finite and (
                there.value > here.value + 1e-4 * part * slope
                or (there.value >= here.value - slack and there.largest_gradient < here.largest_gradient)
            ):
                break
        else:
            return Maximum(theta, here, evaluations, False)
        theta, here = theta + part * step, there
    return Maximum(theta, here, evaluations, here.finite and here.largest_gradient <= 5 * tolerance(here.value))
