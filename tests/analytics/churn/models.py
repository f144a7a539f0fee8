"""What the tests of BG/NBD and MBG/NBD share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy.special import betaln, gammaln

from liuke.analytics.churn.history import of_times

NAMES = ("r", "alpha", "a", "b")
LOGS = st.tuples(*[st.floats(-3, 3)] * 4).map(np.array)
ROW = st.tuples(st.integers(0, 40), st.floats(0.01, 60), st.floats(0, 60)).map(lambda c: (c[0], c[1] if c[0] else 0.0, c[1] + c[2]))
ROWS = st.lists(ROW, min_size=1, max_size=12)
EXTREMES = [  # (x, t_x, T) in weeks
    (5_000, 300.0, 300.0),
    (5_000, 1e-6, 1e-6),
    (5_000, 1e-6, 500.0),
    (5_000, 499.0, 500.0),
    (1, 1e-6, 1e-6),
    (1, 1e-6, 3_000.0),
    (1, 3_000.0, 3_000.0),
    (0, 0.0, 0.0),
    (0, 0.0, 1e-6),
    (0, 0.0, 3_000.0),
    (0, 0.0, 1e9),
    (3, 1e9, 1e9),
    (100_000, 1e-6, 5_000.0),
]


def history(rows):
    """(History, inverse) of (x, t_x, T) in weeks."""
    return of_times(*np.array(rows, np.float64).reshape(-1, 3).T)


def parameters(theta):
    return dict(zip(NAMES, np.exp(theta).tolist(), strict=True))


def by_the_paper(theta, rows, starts):
    """Σ ln L with the paper's Beta and Gamma functions, one customer after another: eq. (6), and that of MBG/NBD."""
    r, alpha, a, b = np.exp(theta)
    total = 0.0
    for x, recency, age in rows:
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = rate + betaln(a, b + x + starts) - betaln(a, b) - (r + x) * np.log(alpha + age)
        if x + starts:
            left = rate + betaln(a + 1, b + x + starts - 1) - betaln(a, b) - (r + x) * np.log(alpha + recency)
            stayed = np.logaddexp(stayed, left)
        total += stayed
    return total


def slopes(function, theta, step=1e-4):
    """Derivatives of a function of theta by five-point differences: [k, ...]."""
    out = []
    for k in range(len(theta)):
        e = np.zeros(len(theta))
        e[k] = step
        out.append((8 * (function(theta + e) - function(theta - e)) - (function(theta + 2 * e) - function(theta - 2 * e))) / (12 * step))
    return np.array(out)
