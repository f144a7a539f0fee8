"""Fitting a model to purchase histories by maximum likelihood, and what a fit is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .history import History
from .newton import Maximum, Sums, maximise

Floats = NDArray[np.float64]
Parameters = Mapping[str, float]

ENOUGH = 20_000  # repeat histories from which a start is good enough for a few steps on the whole
VAGUE = 10.0  # standard error of a log-parameter from which the likelihood is flat there


class Model(Protocol):
    """A model of purchases and leaving. Each model's module holds one as `MODEL`; times are weeks."""

    @property
    def key(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, each above 0, in the order of theta."""
        ...

    def start(self, parts: Sequence[History]) -> Floats:
        """Log-parameters from which to begin the climb, given the customers or some that stand for them."""
        ...

    def sums(self, theta_log: Floats, history: History) -> Sums:
        """Log-likelihood of all customers with its derivatives by the logarithms of the parameters."""
        ...

    def alive(self, parameters: Parameters, history: History) -> Floats:
        """f64[n]: P(still a customer at T | x, t_x, T)."""
        ...

    def expected(self, parameters: Parameters, history: History, t: float) -> Floats:
        """f64[n]: expected deals in (T, T + t]."""
        ...

    def silent(self, parameters: Parameters, history: History, t: float) -> Floats:
        """f64[n]: P(no deal in (T, T + t])."""
        ...

    def expected_new(self, parameters: Parameters, t: float) -> float:
        """Expected repeat deals of a new customer in (0, t]."""
        ...


class NotFitted(Exception):
    """There is no fit; `code` is why: no_customers, one_day (no time has passed for anyone), nobody_repeats, few_repeaters,
    no_convergence; of renewals (sbg) also few_customers, nobody_left, one_term; no_mean where a fit has no mean to expect (gammagamma)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Fit:
    """Parameters that make the histories likeliest. Standard errors come from the inverse of the negative Hessian (by
    log-parameters, then the delta method); None where the likelihood is flat there. `evaluations`: passes over all customers."""

    key: str
    parameters: dict[str, float]
    standard_errors: dict[str, float | None]
    log_likelihood: float
    customers: int
    repeaters: int
    evaluations: int
    largest_gradient: float

    def to_json(self) -> str:
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Fit:
        return cls(**json.loads(text))


class _Models(Mapping[str, Model]):
    """Models by key, each imported when it is first asked for."""

    keys_in_order = ("bgnbd", "mbgnbd", "paretonbd")

    def __getitem__(self, key: str) -> Model:
        if key not in self.keys_in_order:
            raise KeyError(key)
        module: Any = import_module(f"{__package__}.{key}")
        model: Model = module.MODEL
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_in_order)

    def __len__(self) -> int:
        return len(self.keys_in_order)


MODELS: Mapping[str, Model] = _Models()


def fit(model: Model, parts: Sequence[History], *, least_repeaters: int = 0) -> Fit:
    """Fit to all customers of `parts`, whose likelihoods, gradients and Hessians are summed.

    Raises NotFitted. `least_repeaters`: with fewer customers who came again there is no fit.
    """
    totals = Totals(
        sum(part.customers for part in parts), sum(part.repeaters for part in parts), any(part.times[part.age].any() for part in parts)
    )

    def sums(theta: Floats, of: Sequence[History]) -> Sums:
        total = model.sums(theta, of[0])
        for part in of[1:]:
            total = total + model.sums(theta, part)
        return total

    def whole(theta: Floats) -> Sums:
        return sums(theta, parts)

    few = thinned(parts)
    return fit_sums(model, totals, whole, few, None if few is parts else lambda theta: sums(theta, few), least_repeaters)


@dataclass(frozen=True)
class Totals:
    """Of all customers: how many, how many came again, and whether any time has passed for anyone."""

    customers: int
    repeaters: int
    aged: bool


def fit_sums(
    model: Model,
    totals: Totals,
    whole: Callable[[Floats], Sums],
    some: Sequence[History],
    near: Callable[[Floats], Sums] | None,
    least_repeaters: int,
) -> Fit:
    """The climb itself, wherever the sums come from. `whole`: over all customers; `near`: over the few of `some`, that stand for them and
    from whose maximum the climb goes on; None where they are all. Raises NotFitted."""
    if not totals.customers:
        raise NotFitted("no_customers")
    if not totals.aged:
        raise NotFitted("one_day")
    if not totals.repeaters:
        raise NotFitted("nobody_repeats")
    if totals.repeaters < least_repeaters:
        raise NotFitted("few_repeaters")
    # Far out an exponential may overflow: the sums are then not finite, and the search turns back.
    with np.errstate(all="ignore"):
        start = model.start(some)
        found = maximise(whole, start if near is None else maximise(near, start).theta)
        if near is not None and not found.converged:
            found = maximise(whole, start)
    if not found.converged:
        raise NotFitted("no_convergence")
    values = np.exp(found.theta)
    return Fit(
        model.key,
        dict(zip(model.names, values.tolist(), strict=True)),
        dict(zip(model.names, standard_errors(found, values), strict=True)),
        found.sums.value,
        totals.customers,
        totals.repeaters,
        found.evaluations,
        found.sums.largest_gradient,
    )


def standard_errors(found: Maximum, values: Floats) -> list[float | None]:
    """Of each parameter; None where the information matrix is not positive definite, or says next to nothing of it."""
    information = -found.sums.hessian
    try:
        np.linalg.cholesky(information)
        variance = np.diag(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return [None] * len(values)
    good = (variance > 0) & (variance < VAGUE**2)
    return [float(value * np.sqrt(v)) if ok else None for value, v, ok in zip(values, variance, good, strict=True)]


def thinned(parts: Sequence[History]) -> Sequence[History]:
    """About ENOUGH of the histories with x > 0, each standing for those left out, and all with x = 0 (there are few); `parts`
    itself when it is not large."""
    repeats = sum(len(part) - part.first_repeat for part in parts)
    stride = repeats // ENOUGH
    if stride < 4:
        return parts
    return [every(part, stride) for part in parts]


def every(part: History, stride: int) -> History:
    """Every `stride`-th history with x > 0, standing for those left out, and all with x = 0."""
    keep = np.concatenate([np.arange(part.first_repeat), np.arange(part.first_repeat, len(part), stride)])
    weight = part.weight[keep]
    weight[part.first_repeat :] *= stride
    return part.rows(keep, weight)
