"""The whole base, as far as a choice of model asks about it: wherever it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .fit import MODELS, Fit, NotFitted, fit
from .history import History
from .typical import Lived, typical_of

Fits = tuple[dict[str, Fit], dict[str, str]]
"""(fits by the model's key, codes of NotFitted of those that could not be fitted)."""


class Population(Protocol):
    """Customers with a deal day."""

    @property
    def customers(self) -> int: ...

    @property
    def repeaters(self) -> int: ...

    @property
    def typical(self) -> Lived | None: ...

    def fits(self, least_repeaters: int) -> Fits:
        """Every purchase model, fitted to all customers."""
        ...


@dataclass(frozen=True)
class InMemory:
    """A population of histories in memory."""

    parts: Sequence[History]

    @property
    def customers(self) -> int:
        return sum(part.customers for part in self.parts)

    @property
    def repeaters(self) -> int:
        return sum(part.repeaters for part in self.parts)

    @property
    def typical(self) -> Lived | None:
        return typical_of(self.parts)

    def fits(self, least_repeaters: int) -> Fits:
        found: dict[str, Fit] = {}
        wrong: dict[str, str] = {}
        for key, model in MODELS.items():
            try:
                found[key] = fit(model, self.parts, least_repeaters=least_repeaters)
            except NotFitted as error:
                wrong[key] = error.code
        return found, wrong
