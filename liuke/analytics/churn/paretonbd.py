"""Pareto/NBD: deals at a customer's own rate, until a time of leaving that nobody sees.

Schmittlein, Morrison & Colombo 1987, "Counting your customers", Management Science 33(1) 1-24; notation and results of Fader & Hardie
2005, "A note on deriving the Pareto/NBD model and related expressions" (brucehardie.com/notes/009). Deals come as a Poisson process
of rate λ ~ Gamma(r, α), the customer leaves after a time of rate μ ~ Gamma(s, β); r, s > 0 have no unit, α, β > 0 are in weeks.
A customer is x repeat deals, the last at t_x, seen until T.

The likelihood (the note, section 3) is taken before its integral is written as a 2F1; with κ = r + x:

    L = Γ(κ)/Γ(r) α^r β^s { (α + T)^-κ (β + T)^-s  +  s ∫ from t_x to T of (α + τ)^-κ (β + τ)^-(s + 1) dτ }

The braces are a mixture over the time τ of leaving, with a lump at T for "still here", whose share of the whole is P(alive). With u
the derivative of the log of what is summed, the gradient of log L is E[u] and its Hessian E[u'] + E[u uᵀ] - E[u] E[u]ᵀ over that
mixture: exact, from one quadrature (`death.py`), stable for any x, and without the 2F1's cases α > β and α < β.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, zeta

from .death import Chunk, Plan, Shape, columns, direct, tail_table
from .history import History
from .newton import Sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BLOCK = 8_000  # rows at once: what is held of them stays in the processor's cache


class ParetoNBD:
    """The model to the package's `Model`: parameters r, alpha, s, beta, times in weeks."""

    key = "paretonbd"
    names = ("r", "alpha", "s", "beta")

    def sums(self, theta: Floats, history: History) -> Sums:
        """Log-likelihood, gradient f64[4] and Hessian f64[4, 4] by log r, log α, log s, log β, over all customers."""
        shape = Shape(*(float(v) for v in np.exp(theta)))
        total = _Total(shape, history.times)
        for part in _parts(history, shape, 15):
            total.add(part)
        return total.sums(history)

    def alive(self, parameters: Mapping[str, float], history: History) -> Floats:
        """f64[n]: P(still a customer at T | x, t_x, T); the note, section 5."""
        shape = _shape(parameters)
        out = np.empty(len(history.frequency))
        for part in _parts(history, shape, 1):
            out[part.rows] = part.lump / part.whole
        return np.clip(out, 0.0, 1.0)

    def expected(self, parameters: Mapping[str, float], history: History, t: float) -> Floats:
        """f64[n]: deals expected in (T, T + t]; the note, section 6. s = 1 is no special case."""
        shape = _shape(parameters)
        age = history.times[history.age]
        rate = (shape.r + history.frequency) / (shape.alpha + age)
        return self.alive(parameters, history) * rate * _weeks_alive(shape, age, t)

    def silent(self, parameters: Mapping[str, float], history: History, t: float) -> Floats:
        """f64[n]: P(no deal in (T, T + t]), whether gone or only quiet."""
        shape = _shape(parameters)
        first, pair = history.pairs
        x, age = history.frequency[first].astype(np.float64), history.times[history.age[first]]
        end = age + t
        quiet = np.empty(len(first))
        for at in _slices(len(first), BLOCK):
            integral = direct(x[at], age[at], end[at], shape, 1)[:, 0]
            lump = np.exp(-shape.decay(x[at], age[at], end[at])) * (shape.beta + end[at])
            quiet[at] = (lump + shape.s * integral) / (shape.beta + age[at])
        alive = self.alive(parameters, history)
        return np.clip(1.0 - alive * (1.0 - quiet[pair]), 0.0, 1.0)

    def expected_new(self, parameters: Mapping[str, float], t: float) -> float:
        """Repeat deals expected of a new customer in (0, t]; the note, section 4."""
        shape = _shape(parameters)
        return float(shape.r / shape.alpha * _weeks_alive(shape, np.zeros(1), t)[0])


MODEL = ParetoNBD()


def _shape(parameters: Mapping[str, float]) -> Shape:
    return Shape(*(float(parameters[name]) for name in ParetoNBD.names))


def _weeks_alive(shape: Shape, age: Floats, t: float) -> Floats:
    """f64[n]: E[weeks as a customer in (T, T + t] | still one at T] = (β + T) (1 - ((β + T) / (β + T + t))^(s - 1)) / (s - 1)."""
    grown = np.log1p(t / (shape.beta + age))
    z = (1.0 - shape.s) * grown
    still = z == 0.0
    weeks: Floats = (shape.beta + age) * grown * np.where(still, 1.0, np.expm1(z) / np.where(still, 1.0, z))
    return weeks


def _distinct(history: History) -> tuple[Ints, Ints]:
    """(the row where each x begins, the x): histories are in order of x."""
    begin = np.flatnonzero(np.diff(history.frequency, prepend=-1))
    return begin, history.frequency[begin]


def _slices(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


@dataclass(frozen=True)
class _Part:
    """Some rows of the histories, in units of f(t_x), whose log is `first`: `lump` stands for "still here", `whole` for the braces of the
    formula; `moments` f64[up to 5, n] are the integrals of the first columns and `table` what all columns are summed from: either the
    integrals themselves, or a table of tails with each row's two `places` in it and the x of its columns."""

    rows: Ints
    kappa: Floats
    end: Ints
    weight: Floats
    ratio: Floats
    first: Floats
    lump: Floats
    whole: Floats
    moments: Floats
    table: Floats
    places: tuple[Ints, Ints] | None
    table_x: Floats


def _parts(history: History, shape: Shape, count: int) -> Iterator[_Part]:
    """The rows in parts of bounded memory, with the first `count` columns of the integrals."""
    if not len(history):
        return
    begin, distinct = _distinct(history)
    rows = np.diff(begin, append=len(history))
    first, last = np.minimum.reduceat(history.recency, begin), np.maximum.reduceat(history.age, begin)
    plan = Plan.of(distinct, rows, first.astype(np.int64), last.astype(np.int64), history.times, shape, count)
    logs = np.log(shape.alpha + history.times), np.log(shape.beta + history.times)
    for chunk in plan.chunks:
        places = np.searchsorted(distinct, chunk.x)
        column = np.repeat(np.arange(len(places)), rows[places])
        ahead = np.cumsum(rows[places]) - rows[places]
        yield from _of_chunk(history, chunk, (begin[places] - ahead)[column] + np.arange(len(column)), column, shape, count, logs)


def _of_chunk(
    history: History, chunk: Chunk, rows: Ints, column: Ints, shape: Shape, count: int, logs: tuple[Floats, Floats]
) -> Iterator[_Part]:
    times, across, x_of_table = history.times, len(chunk.x), chunk.x.astype(np.float64)
    if chunk.nodes:
        table = tail_table(x_of_table, times[chunk.low : chunk.high + 1], shape, count, chunk.nodes).reshape(-1, count)
        front = np.ascontiguousarray(table[:, :5])
    for at in _slices(len(rows), BLOCK):
        here = rows[at]
        x, start, end = (
            history.frequency[here].astype(np.float64),
            history.recency[here].astype(np.int64),
            history.age[here].astype(np.int64),
        )
        kappa = shape.r + x
        fallen = kappa * (logs[0][end] - logs[0][start]) + (shape.s + 1.0) * (logs[1][end] - logs[1][start])
        ratio = np.exp(-fallen)
        places = None
        if chunk.nodes:
            places = ((start - chunk.low) * across + column[at], (end - chunk.low) * across + column[at])
            moments = np.ascontiguousarray((front[places[0]] - ratio[:, None] * front[places[1]]).T)
        else:
            table = direct(x, times[start], times[end], shape, count)
            moments = np.ascontiguousarray(table[:, :5].T)
        np.maximum(moments, 0.0, out=moments)
        lump = ratio * (shape.beta + times[end])
        first = -kappa * logs[0][start] - (shape.s + 1.0) * logs[1][start]
        weight = history.weight[here].astype(np.float64)
        whole = lump + shape.s * moments[0]
        yield _Part(here, kappa, end, weight, ratio, first, lump, whole, moments, table, places, x_of_table)


class _Total:
    """Log-likelihood, gradient and Hessian by r, α, s, β themselves, added up part by part."""

    def __init__(self, shape: Shape, times: Floats) -> None:
        self.shape = shape
        self.columns = columns(times, shape, 15)  # at each time of the grid
        self.value = 0.0
        self.gradient = np.zeros(4)
        self.squares = np.zeros((4, 4))  # of E[u], per customer
        self.inner = np.zeros((3, 15))  # E over the time of leaving of κ^j F
        self.lumps = np.zeros((3, len(times)))  # P(alive) κ^j by T

    def add(self, part: _Part) -> None:
        shape, weight, kappa = self.shape, part.weight, part.kappa
        self.value += float(weight @ (part.first + np.log(part.whole)))
        alive = part.lump / part.whole
        gone = part.moments * (shape.s / part.whole)
        lump = self.columns[:, 1:5][part.end].T * alive
        mean = np.empty((4, len(kappa)))
        np.add(lump[0], gone[1], out=mean[0])
        np.multiply(kappa, lump[2] + gone[3], out=mean[1])
        np.subtract(lump[1] + gone[2], gone[0] / shape.s, out=mean[2])
        np.add(shape.s * lump[3], (shape.s + 1.0) * gone[4], out=mean[3])
        self.gradient -= mean @ weight
        self.squares += (mean * weight) @ mean.T
        counts = weight * alive
        for j in range(3):
            self.lumps[j] += np.bincount(part.end, counts, self.lumps.shape[1])
            counts *= kappa
        share = weight * shape.s / part.whole
        if part.places is None:
            for j in range(3):
                self.inner[j] += share @ part.table
                share = share * kappa
            return
        size = len(part.table)
        held = np.bincount(part.places[0], share, size) - np.bincount(part.places[1], share * part.ratio, size)
        by_x = np.einsum("ix,ixk->xk", held.reshape(-1, len(part.table_x)), part.table.reshape(-1, len(part.table_x), 15))
        self.inner += (shape.r + part.table_x) ** np.arange(3)[:, None] @ by_x

    def sums(self, history: History) -> Sums:
        """By the logs of the parameters; adds what depends on x alone or on nothing."""
        r, alpha, s, beta = (v := np.array([self.shape.r, self.shape.alpha, self.shape.s, self.shape.beta])).tolist()
        begin, distinct = _distinct(history)
        customers = np.add.reduceat(history.weight, begin).astype(np.float64) if len(history) else np.zeros(0)
        total, x = float(customers.sum()), distinct.astype(np.float64)
        value = self.value + float(customers @ (gammaln(r + x) - gammaln(r))) + total * (r * log(alpha) + s * log(beta))
        gradient = self.gradient + np.array([customers @ (digamma(r + x) - digamma(r)), total * r / alpha, 0.0, total * s / beta])
        hessian = self._spread() - self.squares
        hessian[0, 0] += customers @ (zeta(2.0, r + x) - zeta(2.0, r))
        hessian[0, 1] += total / alpha
        hessian[1, 1] -= total * r / alpha**2
        hessian[2, 3] += total / beta
        hessian[3, 3] -= total * s / beta**2
        hessian = np.triu(hessian) + np.triu(hessian, 1).T
        return Sums(value, gradient * v, hessian * np.outer(v, v) + np.diag(gradient * v))

    def _spread(self) -> Floats:
        """E[u uᵀ] + E[u'], upper half, summed over the customers: u = (-A, -κC, 1/s - B, -(s + 1)D) inside, (-A, -κC, -B, -sD) at T."""
        s, inner = self.shape.s, self.inner
        point = self.lumps @ self.columns
        _one, a, b, _c, d, aa, ab, _ac, ad, bb, _bc, bd, _cc, _cd, dd = inner[0]
        c1, ac, bc, cd = inner[1, [3, 7, 10, 13]]
        out = np.zeros((4, 4))
        out[0] = [aa, ac, ab - a / s, (s + 1.0) * ad]
        out[1, 1:] = [inner[2, 12], bc - c1 / s, (s + 1.0) * cd]
        out[2, 2:] = [bb - 2.0 * b / s, (s + 1.0) * (bd - d / s)]  # the 1/s² of the square and of u' cancel
        out[3, 3] = (s + 1.0) ** 2 * dd
        out[0] += [point[0, 5], point[1, 7], point[0, 6], s * point[0, 8]]
        out[1, 1:] += [point[2, 12], point[1, 10], s * point[1, 13]]
        out[2, 2:] += [point[0, 9], s * point[0, 11]]
        out[3, 3] += s**2 * point[0, 14]
        out[0, 1] -= inner[0, 3] + point[0, 3]
        out[1, 1] += inner[1, 12] + point[1, 12]
        out[2, 3] -= d + point[0, 4]
        out[3, 3] += (s + 1.0) * dd + s * point[0, 14]
        return out
