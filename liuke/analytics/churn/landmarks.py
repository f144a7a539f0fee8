"""Past days ("landmarks", van Houwelingen 2007) with known outcomes: what was known of each customer then, and who came after.

A model of a long horizon needs a past longer than that. Where there is none, a shorter window is looked at: what a purchase model got
wrong about the next 60 days, given what was known, is the best guess of what it gets wrong about the next 180 (see `choice`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .additive import Additive, learn
from .book import Book, Moment
from .features import RISING, model_features
from .fit import MODELS, Fit, NotFitted, fit
from .history import WEEK, of_days
from .logit import Line, calibrate, log_odds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEAST_WINDOW = 14
MOST_WINDOWS = 12
MOST_ROWS = 120_000
LANDMARKS = 12


@dataclass(frozen=True)
class Landmark:
    """A past moment, what a model fitted then said of the `days` after it (odds f64[n] of no deal), and whether nobody came, bool[n]."""

    moment: Moment
    days: int
    fit: Fit
    odds: Floats
    features: dict[str, Floats]
    left: Bools


def window_days(first_day: int, as_of_day: int, horizon_days: int) -> int | None:
    """The longest whole part of the horizon that fits three times between the two days: once as a past to know, once to learn what
    came after, once to test that. None when that is too short to say anything."""
    span = as_of_day - first_day
    if span <= 0:
        return None
    parts = max(1, -(-3 * horizon_days // span))
    days = horizon_days // parts
    return days if days >= LEAST_WINDOW and parts <= MOST_WINDOWS else None


def said(found: Fit, frequency: Ints, recency_days: Ints, age_days: Ints, *spans: float) -> tuple[Floats, list[tuple[Floats, Floats]]]:
    """(P(alive) of each customer, (P(no deal in the days to come), expected deals in them) for each of `spans`, in days), f64[n] each,
    from a fitted model; each distinct history is asked once."""
    model = MODELS[found.key]
    distinct, place = of_days(frequency, recency_days, age_days)
    ahead = [
        (model.silent(found.parameters, distinct, days / WEEK)[place], model.expected(found.parameters, distinct, days / WEEK)[place])
        for days in spans
    ]
    return model.alive(found.parameters, distinct)[place], ahead


class Past:
    """Landmarks of one book for one purchase model, each fitted once."""

    def __init__(self, book: Book, key: str, least_repeaters: int) -> None:
        self.book, self.key, self._least = book, key, least_repeaters
        self._fits: dict[int, Fit | None] = {}

    def fitted(self, day: int) -> Fit | None:
        """The model as it would have been fitted on that day; None where it could not be."""
        if day not in self._fits:
            then = self.book.at(day)
            history, _ = of_days(then.frequency, then.recency_days, then.age_days)
            try:
                self._fits[day] = fit(MODELS[self.key], [history], least_repeaters=self._least)
            except NotFitted:
                self._fits[day] = None
        return self._fits[day]

    def landmark(self, day: int, days: int) -> Landmark | None:
        """What was said on `day` of the `days` after it, and what came; None where there was no model."""
        if (found := self.fitted(day)) is None:
            return None
        then = self.book.at(day)
        _, [(silent, deals)] = said(found, then.frequency, then.recency_days, then.age_days, days)
        known = then.features | model_features(silent, deals)
        return Landmark(then, days, found, log_odds(silent), known, self.book.came(then, days) == 0)

    def landmarks(self, end: int, window: int, horizon: int) -> list[Landmark]:
        """Up to LANDMARKS days, a quarter of a window apart, each with at least three quarters of one behind it; the outcome of each
        is all that is known of it by `end`: at least a window, at most the horizon."""
        found = []
        for back in range(LANDMARKS):
            day = end - window - back * window // 4
            if day - self.book.first_day < 0.75 * window:
                break
            if (one := self.landmark(day, min(horizon, end - day))) is None:
                break
            found.append(one)
        return newest(found)


def newest(marks: Sequence[Landmark]) -> list[Landmark]:
    """The newest of them that hold at most MOST_ROWS rows together, at least one: they are most like today."""
    rows = np.cumsum([len(mark.left) for mark in marks])
    return list(marks[: max(1, int(np.searchsorted(rows, MOST_ROWS, side="right")))])


def learned(marks: Sequence[Landmark], most_splits: int = 2) -> Additive:
    """The supervised model of these days."""
    columns = {name: np.concatenate([mark.features[name] for mark in marks]) for name in marks[0].features}
    left = np.concatenate([mark.left for mark in marks])
    return learn(columns, left, group=np.concatenate([mark.moment.customer_id for mark in marks]), rising=RISING, most_splits=most_splits)


def line_of(marks: Sequence[Landmark]) -> Line:
    """The correction of the purchase model's log-odds that these days ask for."""
    return calibrate(np.concatenate([mark.odds for mark in marks]), np.concatenate([mark.left for mark in marks]))


def mean_days(marks: Sequence[Landmark]) -> float:
    """The mean length of the outcomes looked at, over their rows."""
    return sum(mark.days * len(mark.left) for mark in marks) / sum(len(mark.left) for mark in marks)
