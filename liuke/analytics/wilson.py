"""How sure a share is that was counted."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z = NormalDist().inv_cdf(0.975)
"""Of a two-sided 95 % interval."""


def wilson(n: ArrayLike, x: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(low, high), of the shape of n and x: the 95 % score interval of the share x / n, n >= 1 (E. B. Wilson 1927, Journal of the
    American Statistical Association 22: 209–212). It stays inside [0, 1], and ends there at a share of 0 or 1.
    """
    count, of = np.asarray(x, np.float64), np.asarray(n, np.float64)
    middle, below = 2 * count + Z * Z, 2 * (of + Z * Z)
    reach = Z * np.sqrt(Z * Z + 4 * np.maximum(count * (of - count) / of, 0))
    # At the ends the bound is the share itself: what is left after subtracting is the rounding.
    return np.where(count <= 0, 0.0, (middle - reach) / below), np.where(count >= of, 1.0, (middle + reach) / below)
