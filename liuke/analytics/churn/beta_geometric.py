"""What BG/NBD and MBG/NBD have in common: deals at a customer's own rate λ ~ Gamma(r, α), and after each of them he leaves with a
probability of his own, p ~ Beta(a, b). In MBG/NBD he may leave at time zero too, once: `starts` is 1 there, 0 in BG/NBD.

With s = starts, one customer's likelihood is (s = 0: Fader, Hardie & Lee 2005, eq. (6); s = 1: Batislam, Denizel & Filiztekin 2007)

    L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x) · B(a, b+x+s)/B(a, b) · (1 + [x+s > 0]·e^D)
    D = ln a − ln(b+x+s−1) + (r+x)·ln((α+T)/(α+t_x))

and P(alive) = 1/(1 + e^D). For whole x the Gamma functions are products, so over all customers their logarithms are sums over j of
the customers with x > j: exact, without cancellation, and of the length of the largest x. ln(α+T) and ln(α+t_x) come from a table
over the times. Only e^D is left to do for each distinct history. Derivatives are by ln r, ln α, ln a, ln b, in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from .dropout import deals_to_come
from .fit import Parameters
from .history import History
from .newton import Sums

Floats = NDArray[np.float64]

BLOCK = 1 << 13


@dataclass(frozen=True)
class BetaGeometric:
    """The model; see `fit.Model` for shapes and units."""

    key: str
    starts: int
    names: tuple[str, ...] = ("r", "alpha", "a", "b")

    def start(self, parts: Sequence[History]) -> Floats:
        """f64[4]: all parameters 1, whoever the customers are."""
        return np.zeros(len(self.names))

    def sums(self, theta_log: Floats, history: History) -> Sums:
        """f64, f64[4], f64[4, 4]: log-likelihood and its derivatives by ln r, ln α, ln a, ln b."""
        r, alpha, a, b = np.exp(theta_log).tolist()
        return self._products(r, alpha, a, b, history) + self._left(r, alpha, a, b, history)

    def alive(self, parameters: Parameters, history: History) -> Floats:
        """f64[n] in [0, 1]: 1 / (1 + e^D) (Fader, Hardie & Lee 2008, "Computing P(alive) using the BG/NBD model")."""
        r, alpha, a, b = (parameters[name] for name in self.names)
        growth = np.log1p(history.times / alpha)
        rise = (growth[history.age] - growth[history.recency]) * (r + history.frequency)
        out = np.ones(len(history))
        may = slice(0 if self.starts else history.first_repeat, None)
        x = history.frequency[may]
        out[may] = expit(np.log(b + (x + (self.starts - 1))) - np.log(a) - rise[may])
        return out

    def expected(self, parameters: Parameters, history: History, t: float) -> Floats:
        """f64[n]: E[Y(t) | x, t_x, T], deals in the next t weeks (Fader, Hardie & Lee 2005, eq. (10)), for any a > 0."""
        return np.asarray(self.alive(parameters, history) * self._while_alive(parameters, history, t), np.float64)

    def silent(self, parameters: Parameters, history: History, t: float) -> Floats:
        """f64[n] in [0, 1]: 1 − P(alive)·(1 − ((α+T)/(α+T+t))^(r+x))."""
        first, pair = history.pairs
        wait = np.log1p(t / (parameters["alpha"] + history.times[history.age[first]]))
        comes = -np.expm1(-(parameters["r"] + history.frequency[first]) * wait)
        return np.asarray(1.0 - self.alive(parameters, history) * comes[pair], np.float64)

    def expected_new(self, parameters: Parameters, t: float) -> float:
        """E[X(t)] (Fader, Hardie & Lee 2005, eq. (9)), for any a > 0."""
        r, alpha, a, b = (parameters[name] for name in self.names)
        mean = deals_to_come(np.array([r]), np.array([t / alpha]), a, np.array([b + self.starts]))[0]
        return float(mean * (b / (a + b)) ** self.starts)

    def _while_alive(self, parameters: Parameters, history: History, t: float) -> Floats:
        """f64[n]: deals in the next t weeks of one who is still a customer, found once for each distinct (x, T)."""
        r, alpha, a, b = (parameters[name] for name in self.names)
        first, pair = history.pairs
        x = history.frequency[first].astype(np.float64)
        y = t / (alpha + history.times[history.age[first]])
        return np.asarray(deals_to_come(r + x, y, a, b + x + self.starts)[pair], np.float64)

    def _products(self, r: float, alpha: float, a: float, b: float, history: History) -> Sums:
        """Of the likelihood without its last factor: sums over j and over the times."""
        times, beyond = history.times, history.beyond
        come = r + np.arange(len(beyond))
        once, twice = float(beyond @ (1 / come)), float(beyond @ (1 / come**2))
        growth, passed = np.log1p(times / alpha), times / (alpha + times)  # −ln of α/(α+T), and its share that has passed
        bend = passed * (1 - passed)
        ages, deals = history.by_age, history.deals_by_age
        value = beyond @ np.log(come) - r * (ages @ growth) - deals @ (np.log(alpha) + growth)
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[0] = r * (once - ages @ growth)
        gradient[1] = r * (ages @ passed) - deals @ (1 - passed)
        hessian[0, 0] = gradient[0] - r * r * twice
        hessian[0, 1] = hessian[1, 0] = r * (ages @ passed)
        hessian[1, 1] = -((r * ages + deals) @ bend)

        stayed = np.concatenate([[float(history.customers)] * self.starts, beyond])
        low = b + np.arange(len(stayed))
        high = a + low
        both = a * b / (low * high)
        value -= stayed @ np.log1p(a / low)
        gradient[2] = -(stayed @ (a / high))
        gradient[3] = stayed @ both
        hessian[2, 2] = -(stayed @ (a * low / high**2))
        hessian[2, 3] = hessian[3, 2] = stayed @ (a * b / high**2)
        hessian[3, 3] = stayed @ (both * (1 - b / low - b / high))
        return Sums(float(value), gradient, hessian)

    def _left(self, r: float, alpha: float, a: float, b: float, history: History) -> Sums:
        """Of ln(1 + e^D), over the histories that may have ended; block by block, so that everything stays in the cache."""
        growth, passed = np.log1p(history.times / alpha), history.times / (alpha + history.times)
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for begin in range(0 if self.starts else history.first_repeat, len(history), BLOCK):
            rows = slice(begin, begin + BLOCK)
            age, recency = history.age[rows].astype(np.intp), history.recency[rows].astype(np.intp)
            x, weight = history.frequency[rows].astype(np.float64), history.weight[rows].astype(np.float64)
            rise = growth[age]
            rise -= growth[recency]
            at_age, at_last = passed[age], passed[recency]
            fall = at_last - at_age
            shape = r + x
            low = b + (x + (self.starts - 1))
            d = np.log(a / low)
            d += shape * rise
            e = np.exp(-np.abs(d))
            over = 1 + e  # of ln(1 + e^D) the part ln(1 + e^−|D|) is wanted to 1e-16 of one, not of itself
            value += float(weight @ np.log(over)) + float(weight @ np.maximum(d, 0))
            weight /= over
            left = weight * np.where(d > 0, 1.0, e)  # weight × the probability of having left
            slopes = np.empty((4, len(x)))
            np.multiply(rise, r, out=slopes[0])
            np.multiply(shape, fall, out=slopes[1])
            slopes[2] = 1.0
            share = np.divide(-b, low, out=slopes[3])
            e /= over
            e *= weight
            gradient += slopes @ left
            hessian += (slopes * e) @ slopes.T
            hessian[0, 0] += r * float(left @ rise)
            cross = r * float(left @ fall)
            hessian[0, 1] += cross
            hessian[1, 0] += cross
            hessian[1, 1] += float(left @ (slopes[1] * (at_age + at_last - 1)))
            hessian[3, 3] += float(left @ (share * (1 + share)))
        return Sums(value, gradient, hessian)
