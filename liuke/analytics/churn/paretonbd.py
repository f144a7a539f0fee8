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

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

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

    def start(self, parts: Sequence[History]) -> Floats:
        """f64[4]: log-parameters from which few steps lead to the maximum: usual shapes, rates of the size that the customers show."""
        customers = sum(part.customers for part in parts)
        weeks = sum(float(part.by_age @ part.times) for part in parts) / customers
        deals = sum(float(part.deals_by_age.sum()) for part in parts) / customers
        return np.log([0.6, 0.4 * weeks / deals, 0.6, 0.25 * weeks])

    def sums(self, theta: Floats, history: History) -> Sums:
        """Log-likelihood, gradient f64[4] and Hessian f64[4, 4] by log r, log α, log s, log β, over all customers."""
        shape = Shape(*(float(v) for v in np.exp(theta)))
        total = _Total(shape, history.times)
        for chunk, places, column in _chunks(history, shape, 15):
            rows = history if places is None else history.rows(places)
            if chunk.nodes:
                total.add_by_table(chunk, rows, column)
            else:
                total.add_directly(rows)
        return total.sums(history)

    def alive(self, parameters: Mapping[str, float], history: History) -> Floats:
        """f64[n]: P(still a customer at T | x, t_x, T); the note, section 5."""
        shape = _shape(parameters)
        out = np.empty(len(history))
        for chunk, places, column in _chunks(history, shape, 1):
            rows = history if places is None else history.rows(places)
            if chunk.nodes:
                x, times = chunk.x.astype(np.float64), history.times[chunk.low : chunk.high + 1]
                tails = shape.s * tail_table(x, times, shape, 1, chunk.nodes).ravel()
                fallen = _fallen(x, times, shape).ravel()
            alive = np.empty(len(rows))
            for at in _slices(len(rows), BLOCK):
                start, end, until = rows.recency[at], rows.age[at], history.times[rows.age[at]]
                if chunk.nodes:
                    start, end = (start - chunk.low) * len(x) + column[at], (end - chunk.low) * len(x) + column[at]
                    ratio = np.exp(fallen[start] - fallen[end])
                    gone = tails[start] - ratio * tails[end]
                else:
                    own, begin = rows.frequency[at].astype(np.float64), history.times[start]
                    ratio = np.exp(-shape.decay(own, begin, until))
                    gone = shape.s * direct(own, begin, until, shape, 1)[0]
                here = ratio * (shape.beta + until)
                alive[at] = here / (here + np.maximum(gone, 0.0))
            out[slice(None) if places is None else places] = alive
        return out

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
            integral = direct(x[at], age[at], end[at], shape, 1)[0]
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
    x = history.frequency
    begin = np.concatenate([np.zeros(min(len(x), 1), np.int64), np.flatnonzero(x[1:] != x[:-1]) + 1])
    return begin, x[begin]


def _slices(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _chunks(history: History, shape: Shape, count: int) -> Iterator[tuple[Chunk, Ints | None, Ints]]:
    """The chunks of the plan, each with its rows (None: all) and the column of each row's x in the chunk's table."""
    if not len(history):
        return
    begin, distinct = _distinct(history)
    rows = np.diff(begin, append=len(history))
    first, last = np.minimum.reduceat(history.recency, begin), np.maximum.reduceat(history.age, begin)
    plan = Plan.of(distinct, rows, first.astype(np.int64), last.astype(np.int64), history.times, shape, count)
    for chunk in plan.chunks:
        places = np.searchsorted(distinct, chunk.x)
        column = np.repeat(np.arange(len(places)), rows[places])
        ahead = np.cumsum(rows[places]) - rows[places]
        whole = len(places) == len(distinct)
        yield chunk, None if whole else (begin[places] - ahead)[column] + np.arange(len(column)), column


def _fallen(x: Floats, times: Floats, shape: Shape) -> Floats:
    """-log f at each time for each x, `(times, x)`, but for what does not depend on the time."""
    return np.log1p(times / shape.alpha)[:, None] * (shape.r + x) + ((shape.s + 1.0) * np.log1p(times / shape.beta))[:, None]


class _Total:
    """Log-likelihood, gradient and Hessian by log r, log α, log s, log β, added up part by part.

    A row's mixture is summed as five numbers, α^r β^s times the braces of the formula, and u times that. With ρ = f(T) / f(t_x), they
    are tail(t_x) + ρ (here(T) - tail(T)): rows whose integrals come from a table look up the two tails.
    The derivatives are of forms that stay finite where r and α, or s and β, go to infinity together (customers who do not differ).
    """

    def __init__(self, shape: Shape, times: Floats) -> None:
        self.shape = shape
        self.times = times
        self.columns = columns(times, shape, 15)  # at each time of the grid
        self.value = 0.0
        self.gradient = np.zeros(4)
        self.squares = np.zeros((4, 4))  # of E[u], per customer
        self.gone = np.zeros((3, 15))  # E of κ^j F over the time of leaving
        self.here = np.zeros((3, len(times)))  # P(alive) κ^j by T

    def add_by_table(self, chunk: Chunk, rows: History, column: Ints) -> None:
        """Rows whose integrals are differences of two entries of a table of tails."""
        shape, grid = self.shape, slice(chunk.low, chunk.high + 1)
        x, times = chunk.x.astype(np.float64), self.times[grid]
        kappa, across, size = shape.r + x, len(x), len(x) * len(times)
        table = tail_table(x, times, shape, 15, chunk.nodes)
        begin = np.concatenate([self._tail(table.swapaxes(0, 1), kappa), -_fallen(x, times, shape)[None]])
        finish = -begin
        finish[:5] += self._here(self.columns[:5, grid, None], kappa)
        begin, finish = begin.reshape(6, size), finish.reshape(6, size)
        start, end = (rows.recency - chunk.low) * across + column, (rows.age - chunk.low) * across + column
        at_start, at_end = np.empty((2, len(column)))
        for at in _slices(len(column), BLOCK):
            numbers, last = begin.take(start[at], axis=1), finish.take(end[at], axis=1)
            ratio = np.exp(-numbers[5] - last[5])
            numbers[:5] += ratio * last[:5]
            at_start[at] = self._count(rows.weight[at].astype(np.float64), numbers)
            np.multiply(at_start[at], ratio, out=at_end[at])
        from_t = np.bincount(end, at_end, size)
        held = (np.bincount(start, at_start, size) - from_t).reshape(-1, across)
        powers = kappa ** np.arange(3)[:, None]
        self.gone += shape.s / shape.beta * (powers @ np.einsum("ix,ikx->xk", held, table))
        self.here[:, grid] += powers @ from_t.reshape(-1, across).T * (1.0 + times / shape.beta)

    def add_directly(self, rows: History) -> None:
        """Rows whose integrals are done one by one."""
        shape = self.shape
        for at in _slices(len(rows), BLOCK):
            x, end = rows.frequency[at].astype(np.float64), rows.age[at]
            begin, until, kappa = self.times[rows.recency[at]], self.times[end], shape.r + x
            table = direct(x, begin, until, shape, 15)
            ratio = np.exp(-shape.decay(x, begin, until))
            numbers = np.empty((6, len(x)))
            numbers[:5] = self._tail(table, kappa) + self._here(self.columns[:5, end], kappa) * ratio
            numbers[5] = -kappa * np.log1p(begin / shape.alpha) - (shape.s + 1.0) * np.log1p(begin / shape.beta)
            share = self._count(rows.weight[at].astype(np.float64), numbers)
            alive = share * ratio * (1.0 + until / shape.beta)
            for j in range(3):
                self.gone[j] += shape.s / shape.beta * table @ (share * kappa**j)
                self.here[j] += np.bincount(end, alive * kappa**j, len(self.times))

    def _tail(self, table: Floats, kappa: Floats) -> Floats:
        """The integrals `(5 or more, …)` as five numbers, `(5, …)`: u = (-rA, κC, 1 - sB, (s + 1)D - 1)."""
        r, s = self.shape.r, self.shape.s
        out: Floats = table[[0, 1, 3, 2, 4]] * (s / self.shape.beta)
        out[1] *= -r
        out[2] *= kappa
        out[3] *= -s
        out[3] += out[0]
        out[4] *= s + 1.0
        out[4] -= out[0]
        return out

    def _here(self, point: Floats, kappa: Floats) -> Floats:
        """ "Still here" at T as five numbers, `(5, …)`, from the columns there: u = (-rA, κC, -sB, sD)."""
        one, a, b, c, d = point / (1.0 - point[4])
        rate = kappa * c
        out = np.empty((5, *rate.shape))
        out[0], out[1], out[2], out[3], out[4] = one, -self.shape.r * a, rate, -self.shape.s * b, self.shape.s * d
        return out

    def _count(self, weight: Floats, numbers: Floats) -> Floats:
        """Take in rows by their five numbers and log f(t_x), `(6, n)`; weight over the first number comes back."""
        whole = numbers[0]
        self.value += float(weight @ (np.log(whole) + numbers[5]))
        mean = numbers[1:5] / whole
        self.gradient += mean @ weight
        self.squares += (mean * weight) @ mean.T
        share: Floats = weight / whole
        return share

    def sums(self, history: History) -> Sums:
        """Adds what depends on x alone: log Γ(r + x)/Γ(r) - x log α, and its derivatives, as sums of r + j over j < x."""
        r, alpha = self.shape.r, self.shape.alpha
        j = np.arange(len(history.beyond))
        deals = float(history.beyond.sum())
        value = self.value + float(history.beyond @ np.log((r + j) / alpha))
        gradient = self.gradient + np.array([history.beyond @ (r / (r + j)), -deals, 0.0, 0.0])
        hessian = self._spread() - self.squares
        hessian[0, 0] += history.beyond @ (r * j / (r + j) ** 2)
        return Sums(value, gradient, np.triu(hessian) + np.triu(hessian, 1).T)

    def _spread(self) -> Floats:
        """E[u uᵀ] + E[u'], upper half, summed over the customers."""
        r, s, gone = self.shape.r, self.shape.s, self.gone
        one, a, b, c, d, aa, ab, _ac, ad, bb, _bc, bd, _cc, _cd, dd = gone[0]
        c1, ac, bc, cc, cd = gone[1, [3, 7, 10, 12, 13]]
        out = np.zeros((4, 4))
        out[0] = [r * (r * aa - a), r * (c - ac), r * (s * ab - a), r * (a - (s + 1.0) * ad)]
        out[1, 1:] = [gone[2, 12] + cc - c1, c1 - s * bc, (s + 1.0) * cd - c1]
        out[2, 2:] = [one - 3.0 * s * b + s * s * bb, (2.0 * s + 1.0) * d - one + s * b - s * (s + 1.0) * bd]
        out[3, 3] = (s + 1.0) * (s + 2.0) * dd - 3.0 * (s + 1.0) * d + one
        here = self.here @ self.columns.T
        _one, a, b, c, d, aa, ab, _ac, ad, bb, _bc, bd, _cc, _cd, dd = here[0]
        c1, ac, bc, cc, cd = here[1, [3, 7, 10, 12, 13]]
        out[0] += [r * (r * aa - a), r * (c - ac), r * s * ab, -r * s * ad]
        out[1, 1:] += [here[2, 12] + cc - c1, -s * bc, s * cd]
        out[2, 2:] += [s * (s * bb - b), s * (d - s * bd)]
        out[3, 3] += s * ((s + 1.0) * dd - d)
        return out
