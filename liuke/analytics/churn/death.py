"""The integral that Pareto/NBD needs, over the unknown time τ at which a customer left, to about 13 digits.

With κ = r + x and f(τ) = (α + τ)^-κ · (β + τ)^-(s + 1), everything here is ∫ f(τ) / f(start) · F(τ) dτ, relative to the integrand at the
start, so that nothing over- or underflows however large κ is. The columns of F are, with A = log(1 + τ/α), B = log(1 + τ/β),
C = τ / (α + τ), D = τ / (β + τ): `1 | A B C D | AA AB AC AD BB BC BD CC CD DD`; one asks for the first 1, 5 or 15 of them.

Two ways to the same numbers. `direct` takes any rows: Gauss-Legendre in log(min(α, β) + τ), where the integrand is analytic within
π of the real line, on panels short enough for 12 nodes. `tail_table` takes a grid of times and a few x: cell by cell with the fewest
nodes that do, then summed backwards; the integral between two times of the grid is a difference of two entries. `Plan` says which
x go which way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COLUMNS = (1, 5, 15)
PAIRS = [(i, j) for i in range(4) for j in range(i, 4)]  # of A B C D, in the order of the columns
# A cell needs n nodes when its decay (κ + s + 1 times a width in logs) and its width are at most these: an error under 1e-13.
NODES = (3, 4, 6, 8, 12)
DECAY = (0.07, 0.35, 1.5, 4.0, 11.0)
WIDTH = (0.1, 0.2, 0.6, 1.0, 2.0)
_RULE = {n: ((1.0 + z) / 2.0, w / 2.0) for n in NODES for z, w in [np.polynomial.legendre.leggauss(n)]}
DIRECT_ROW = 40  # the work of one row done directly, in nodes of one column of a table
CALL = 20_000  # that of one more table, or of one more call for a few rows
STEP = 0.1  # of one more time in a table, in rows done directly
FLOATS = 3_000_000  # held at once


@dataclass(frozen=True)
class Shape:
    """r, α (of the rate of deals), s, β (of the rate of leaving); times in the unit of α and β."""

    r: float
    alpha: float
    s: float
    beta: float

    def decay(self, x: Floats, start: Floats, end: Floats) -> Floats:
        """log(f(start) / f(end)), not negative; shapes broadcast."""
        gone: Floats = (self.r + x) * np.log1p((end - start) / (self.alpha + start))
        return gone + (self.s + 1.0) * np.log1p((end - start) / (self.beta + start))


def columns(time: Floats, shape: Shape, count: int) -> Floats:
    """F at each time: `(count, *time.shape)`."""
    out = np.empty((count, *time.shape))
    out[0] = 1.0
    if count > 1:
        np.log1p(time / shape.alpha, out=out[1])
        np.log1p(time / shape.beta, out=out[2])
        np.divide(time, shape.alpha + time, out=out[3])
        np.divide(time, shape.beta + time, out=out[4])
    if count > 5:
        for k, (i, j) in enumerate(PAIRS):
            np.multiply(out[1 + i], out[1 + j], out=out[5 + k])
    return out


def direct(x: Floats, start: Floats, end: Floats, shape: Shape, count: int) -> Floats:
    """The integrals from start to end (>= start, in the unit of α), one row each: `(count, n)`. Memory grows with n."""
    out = np.zeros((count, len(x)))
    nodes, weights = _RULE[12]
    least = min(shape.alpha, shape.beta)
    rows = np.flatnonzero(end > start)
    kappa, begin, now, last = shape.r + x[rows], start[rows], start[rows], end[rows]
    while len(rows):
        # A panel ends where either factor has fallen by e^4, or the variable has grown by 1; with κ < 4 the latter comes first.
        wide = np.minimum(
            (shape.alpha + now) * np.expm1(4.0 / np.maximum(kappa, 4.0)), (shape.beta + now) * np.expm1(4.0 / (shape.s + 1.0))
        )
        then = np.minimum(now + np.minimum(wide, (least + now) * np.expm1(1.0)), last)
        width = np.log1p((then - now) / (least + now))
        ahead = (least + now)[:, None] * np.expm1(width[:, None] * nodes)
        time = now[:, None] + ahead
        offset = (now - begin)[:, None] + ahead
        fallen = kappa[:, None] * np.log1p(offset / (shape.alpha + begin)[:, None])
        fallen += (shape.s + 1.0) * np.log1p(offset / (shape.beta + begin)[:, None])
        value = np.exp(-fallen) * (least + time) * (width[:, None] * weights)
        out[:, rows] += _moments(value, time, shape, count)
        # What is left is under 1e-17 of what there is once f has fallen by far more than the variable has grown.
        left = shape.decay(kappa - shape.r, begin, then) - np.log1p((then - begin) / (least + begin))
        on = np.flatnonzero((then < last) & (then > now) & (left < 50.0))
        rows, kappa, begin, now, last = rows[on], kappa[on], begin[on], then[on], last[on]
    return out


def _moments(value: Floats, time: Floats, shape: Shape, count: int) -> Floats:
    """Sum of value · F(time) over the nodes of each row, `(count, n)`, without holding F."""
    out = np.empty((count, len(value)))
    out[0] = value.sum(axis=1)
    if count > 1:
        base = np.log1p(time / shape.alpha), np.log1p(time / shape.beta), time / (shape.alpha + time), time / (shape.beta + time)
        for i, of in enumerate(base):
            weighted = value * of
            out[1 + i] = weighted.sum(axis=1)
            for j in range(i, 4 if count > 5 else i):
                out[5 + PAIRS.index((i, j))] = np.einsum("nk,nk->n", weighted, base[j])
    return out


def tail_table(x: Floats, times: Floats, shape: Shape, count: int, nodes: int) -> Floats:
    """`(times, count, x)`: the integrals from each time to the last one. `nodes` is one of NODES and must do for every cell."""
    if len(times) == 1:
        return np.zeros((1, count, len(x)))
    at, weights = _RULE[nodes]
    least = min(shape.alpha, shape.beta)
    begin, end = times[:-1], times[1:]
    width = np.log1p((end - begin) / (least + begin))[:, None]
    ahead = (least + begin)[:, None] * np.expm1(width * at)
    rest = np.log((least + begin[:, None] + ahead) * width * weights)
    rest -= (shape.s + 1.0) * np.log1p(ahead / (shape.beta + begin)[:, None])
    value = np.log1p(ahead / (shape.alpha + begin)[:, None])[:, :, None] * -(shape.r + x)
    value += rest[:, :, None]
    np.exp(value, out=value)
    # The sum backwards goes block by block: within all blocks at once, then from each block to the one before.
    cells, across = len(begin), len(x)
    size = int(np.sqrt(cells))
    blocks = -(-cells // size)
    out = np.zeros((blocks * size + 1, count, across))
    np.matmul(columns(begin[:, None] + ahead, shape, count).transpose(1, 0, 2), value, out=out[:cells])
    ends = np.append(np.arange(1, blocks) * size, cells)[np.arange(cells) // size]
    ratio, fall = np.ones((2, blocks * size, 1, across))
    ratio[:cells, 0] = np.exp(-shape.decay(x, begin[:, None], end[:, None]))
    fall[:cells, 0] = np.exp(-shape.decay(x, begin[:, None], times[ends][:, None]))
    ratio, fall, sums = (of.reshape(blocks, size, -1, across) for of in (ratio, fall, out[:-1]))
    for i in range(size - 2, -1, -1):
        sums[:, i] += sums[:, i + 1] * ratio[:, i]
    for block in range(blocks - 2, -1, -1):
        sums[block] += sums[block + 1, 0] * fall[block]
    return out[: cells + 1]


@dataclass(frozen=True)
class Chunk:
    """x that share a table over the times from place `low` to place `high` of the grid, inclusive; with `nodes` 0, rows to be done
    directly."""

    x: Ints
    low: int
    high: int
    nodes: int


@dataclass(frozen=True)
class Plan:
    """Which x go by which table, and which directly: by the work, and by what the quadrature can do."""

    chunks: tuple[Chunk, ...]

    @staticmethod
    def of(x: Ints, rows: Ints, first: Ints, last: Ints, times: Floats, shape: Shape, count: int) -> Plan:
        """x rising, with so many rows each that start at place `first` or later and end at `last` or earlier."""
        need = _needed(x.astype(np.float64), first, times, shape)
        cells = last - first + 1
        can = need < len(NODES)
        cost = np.array([*NODES, 0])[need] * cells
        dear = cost - DIRECT_ROW * rows
        if dear[can & (dear > 0)].sum() > CALL:
            can &= dear <= 0
        if rows[can].sum() <= STEP * len(times):
            can[:] = False
        most = int(need[can].max(initial=0))
        if (NODES[most] * cells - cost)[can].sum() <= CALL:
            need[can] = most
        tabled = np.flatnonzero(can)
        chunks = []
        order = tabled[np.lexsort((first[tabled], need[tabled]))]
        while len(order):
            kind = NODES[need[order[0]]]
            low = np.minimum.accumulate(first[order])
            high = np.maximum.accumulate(last[order])
            size = np.arange(1, len(order) + 1) * (high - low + 1) * max(count, kind)
            take = max(1, int(np.count_nonzero((size <= FLOATS) & (need[order] == need[order[0]]))))
            chunks.append(Chunk(np.sort(x[order[:take]]), int(low[take - 1]), int(high[take - 1]), kind))
            order = order[take:]
        if not can.all():
            chunks.append(Chunk(x[~can], 0, len(times) - 1, 0))
        return Plan(tuple(chunks))


def _needed(x: Floats, first: Ints, times: Floats, shape: Shape) -> Ints:
    """The place in NODES that does for every cell from `first` on, or len(NODES) when none does."""
    begin, end = times[:-1], times[1:]

    def widest(origin: float) -> Floats:
        width = np.log1p((end - begin) / (origin + begin))
        worst: Floats = np.append(np.maximum.accumulate(width[::-1])[::-1], 0.0)[first]
        return worst

    alpha, beta = widest(shape.alpha), widest(shape.beta)
    decay = (shape.r + x) * alpha + (shape.s + 1.0) * beta
    return np.maximum(np.searchsorted(DECAY, decay), np.searchsorted(WIDTH, np.maximum(alpha, beta)))
