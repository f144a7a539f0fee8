"""The weekly sample and the accuracy. Pure: no Django, no clock, no input or output."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from liuke.analytics.wilson import wilson

FEW = 30
"""Under so many checked fields a share says more than is known: the two numbers are shown instead (ui.md §8)."""


def week_of(day: date) -> date:
    """The Monday of the week a day lies in."""
    return day - timedelta(days=day.weekday())


def chosen(week: date, owner: int, cards: Iterable[int], rested: Collection[int], n: int) -> list[int]:
    """`n` cards of one owner for a week, at random: those drawn lately (`rested`) only where there are too few others.

    The same week, owner and cards give the same draw, whoever makes it; another week another one.
    """
    random = Random(f"{week.isoformat()}:{owner}")  # noqa: S311 - a draw of cards to call, nothing to guess
    every = sorted(cards)
    fresh = [card for card in every if card not in rested]
    taken = random.sample(fresh, min(n, len(fresh)))
    if len(taken) < n:
        old = [card for card in every if card in rested]
        taken += random.sample(old, min(n - len(taken), len(old)))
    return taken


@dataclass(frozen=True)
class Accuracy:
    """准确率: of `checked` fields `right` were confirmed; `low`–`high` the 95 % interval of the share, None where nothing was checked."""

    checked: int
    right: int
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """0–1; None where nothing was checked."""
        return self.right / self.checked if self.checked else None

    @property
    def few(self) -> bool:
        return self.checked < FEW


def accuracy(checked: int, right: int) -> Accuracy:
    """Source: domain page 1, Truth of the data; the interval is Wilson's (analytics.wilson)."""
    if not checked:
        return Accuracy(0, 0, None, None)
    low, high = wilson(checked, right)
    return Accuracy(checked, right, float(low), float(high))
