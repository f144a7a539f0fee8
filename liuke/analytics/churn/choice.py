"""Which model says who is leaving: fitted, compared on a past day, chosen, and asked.

1. The purchase models are fitted to the whole base; the best by likelihood stands (Fader, Hardie and Lee 2005), or the one asked for.
2. It is tested where outcomes are known: fitted as of a day one window ago, it says who would not come, and who did not come is known.
   The window is the horizon where the past is three times as long, else a part of it (`landmarks.window_days`).
3. Two corrections, learned on days before that one only, are tested on the same outcomes: two numbers (`logit.calibrate`), and the
   supervised model, whose features are what was known of the customer and what the purchase model said. One takes over only where its
   log-loss is lower by more than one standard error of the difference (and, of the supervised model, AUC is not lower beyond its own).
4. What takes over is learned again with the newest outcomes.

A correction is kept in log-odds: log-odds of leaving within h = the purchase model's for h + (corrected - uncorrected) for the window that
was learned. With the window equal to h that is the corrected value itself; for a longer h it says that what the purchase model gets wrong
about the time that could be looked at, it gets wrong alike about the longer one. Nothing that came after the as-of day is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .additive import Additive
from .bins import Features
from .book import Book
from .features import model_features
from .fit import Fit, NotFitted
from .gammagamma import fit_value, mean_value
from .history import History, of_days
from .landmarks import Landmark, Past, learned, line_of, mean_days, said, window_days
from .logit import Line, log_odds, probability
from .population import InMemory, Population
from .scores import Scores, auc_difference, losses, scores_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BAND, ADDITIVE, ABSENT = "band", "additive", "absent"
LEAST_REPEATERS = 200
LEAST_OUTCOMES = 500
LEAST_OF_EACH = 50


@dataclass(frozen=True)
class Prediction:
    """Of each customer, f64[n]: P(no deal in the horizon), P(still a customer), expected deals in the horizon."""

    leave: Floats
    alive: Floats
    deals: Floats


@dataclass(frozen=True)
class Chosen:
    """What was chosen, and all that was compared.

    key: bgnbd, mbgnbd, paretonbd, additive, or band (the rules take over). why: best_likelihood, asked_for, beats_others;
    asked_not_fitted (best by likelihood instead); or, of band, asked_for or a code of NotFitted. base: the purchase model under
    it. not_fitted: code by model. value: Gamma-Gamma on deal days and net amount a deal day (whole money), None where there is no
    mean to expect. line: correction of the base, None where none is needed. additive: learned, whether it takes over or not.
    window_days, learned_days: of the past test, and the mean of those learned from. past_day: that of the test; outcomes: known
    there, and how many of them left; past: scores there by model. typical: the typical customer's past (`typical.Lived`).
    """

    key: str
    why: str
    fitted_day: int
    horizon_days: int
    customers: int
    repeaters: int
    base: str | None = None
    fits: dict[str, Fit] = field(default_factory=dict)
    not_fitted: dict[str, str] = field(default_factory=dict)
    value: Fit | None = None
    line: Line | None = None
    additive: Additive | None = None
    window_days: int | None = None
    learned_days: float | None = None
    past_day: int | None = None
    outcomes: int = 0
    outcomes_left: int = 0
    past: dict[str, Scores] = field(default_factory=dict)
    typical: dict[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` gives an equal choice."""
        parts = {
            "fits": {key: json.loads(one.to_json()) for key, one in self.fits.items()},
            "value": json.loads(self.value.to_json()) if self.value else None,
            "line": self.line.to_json() if self.line else None,
            "additive": self.additive.to_json() if self.additive else None,
            "past": {key: one.to_json() for key, one in self.past.items()},
        }
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | parts

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Chosen:
        """Raises KeyError, TypeError or ValueError when it is not of a choice."""

        def fit_of(one: Mapping[str, Any]) -> Fit:
            return Fit.from_json(json.dumps(one))

        parts = {
            "fits": {key: fit_of(one) for key, one in raw["fits"].items()},
            "value": fit_of(raw["value"]) if raw["value"] else None,
            "line": Line(**raw["line"]) if raw["line"] else None,
            "additive": Additive.from_json(raw["additive"]) if raw["additive"] else None,
            "past": {key: Scores(**one) for key, one in raw["past"].items()},
        }
        return cls(**{**raw, **parts})


def choose(
    book: Book,
    as_of_day: int,
    horizon_days: int,
    *,
    parts: Sequence[History] | Population | None = None,
    asked: str | None = None,
    least_repeaters: int = LEAST_REPEATERS,
    least_outcomes: int = LEAST_OUTCOMES,
) -> Chosen:
    """Choose with what was known at the end of `as_of_day`; nothing later in the book is looked at.

    `parts`: the histories of the whole base, or whatever else knows of it, where the book holds a sample of it. `asked`: a key of Chosen;
    a purchase model is then used as it is, "additive" wherever it can be learned. Never raises for the data: too little of it gives
    the band rule, and why.
    """
    then = book.at(as_of_day)
    if parts is None:
        parts = [of_days(then.frequency, then.recency_days, then.age_days)[0]]
    whole = InMemory(parts) if isinstance(parts, Sequence) else parts
    fits, not_fitted = whole.fits(least_repeaters)
    start = Chosen(
        BAND, "asked_for", as_of_day, horizon_days, whole.customers, whole.repeaters,
        fits=fits, not_fitted=not_fitted, typical=found.to_json() if (found := whole.typical) else None,
        value=_value(then.frequency + 1, then.mean_value, least_repeaters),
    )  # fmt: skip
    if not fits:
        return replace(start, why=next(iter(not_fitted.values())))
    best = max(fits, key=lambda key: fits[key].log_likelihood)
    if asked == BAND:
        return start
    if asked in fits:
        return replace(start, key=asked, base=asked)
    chosen = replace(start, key=best, base=best, why="asked_not_fitted" if asked and asked != ADDITIVE else "best_likelihood")
    return _tested(chosen, book, least_repeaters, least_outcomes, insist=asked == ADDITIVE)


def _value(deal_days: Ints, mean: Floats, least_repeaters: int) -> Fit | None:
    try:
        found = fit_value(deal_days, mean, least_repeaters=least_repeaters)
        mean_value(found.parameters)
    except NotFitted:
        return None
    return found


def _tested(chosen: Chosen, book: Book, least_repeaters: int, least_outcomes: int, *, insist: bool) -> Chosen:
    """The choice after the test on a past day, where there is one."""
    end, horizon = chosen.fitted_day, chosen.horizon_days
    window = window_days(book.first_day, end, horizon)
    if window is None or chosen.base is None:
        return chosen
    past = Past(book, chosen.base, least_repeaters)
    test = past.landmark(end - window, window)
    if test is None or not _enough(test, least_outcomes):
        return chosen
    chosen = replace(
        chosen, window_days=window, past_day=test.moment.day, outcomes=len(test.left), outcomes_left=int(test.left.sum()),
        past=_past_scores(book, test, least_repeaters, chosen.fits),
    )  # fmt: skip
    before = past.landmarks(test.moment.day, window, horizon)
    after = past.landmarks(end, window, horizon)
    if sum(len(mark.left) for mark in before) < least_outcomes or min(_both(before)) < LEAST_OF_EACH:
        return chosen
    plain = probability(test.odds)
    trial = replace(chosen, line=line_of(before), learned_days=mean_days(before), additive=learned(before, most_splits=1))
    straight, supervised = (_leave(trial, test, key) for key in (test.fit.key, ADDITIVE))
    scores = {key: scores_of(leave, test.left) for key, leave in (("line", straight), (ADDITIVE, supervised))}
    chosen = replace(chosen, past=chosen.past | scores, learned_days=mean_days(after), additive=learned(after))
    rival = plain
    if _better(straight, plain, test):
        rival, chosen = straight, replace(chosen, line=line_of(after))
    if insist:
        return replace(chosen, key=ADDITIVE, why="asked_for")
    difference, error = auc_difference(supervised, rival, test.left)
    band, _ = book.band_share(test.moment, test.days)
    if _better(supervised, rival, test) and _better(supervised, band, test) and difference >= -error:
        return replace(chosen, key=ADDITIVE, why="beats_others")
    return chosen


def _both(marks: Sequence[Landmark]) -> tuple[int, int]:
    left = sum(int(mark.left.sum()) for mark in marks)
    return left, sum(len(mark.left) for mark in marks) - left


def _enough(test: Landmark, least_outcomes: int) -> bool:
    return len(test.left) >= least_outcomes and min(_both([test])) >= LEAST_OF_EACH


def _past_scores(book: Book, test: Landmark, least_repeaters: int, fits: Mapping[str, Fit]) -> dict[str, Scores]:
    """Of every purchase model as it was fitted then, and of the rules."""
    out = {}
    then = test.moment
    for key in fits:
        found = test.fit if key == test.fit.key else Past(book, key, least_repeaters).fitted(then.day)
        if found is not None:
            _, [(silent, _)] = said(found, then.frequency, then.recency_days, then.age_days, test.days)
            out[key] = scores_of(silent, test.left)
    band, learned_band = book.band_share(then, test.days)
    out[BAND] = scores_of(band, test.left, probability=learned_band)
    out[ABSENT] = scores_of(then.absent_days, test.left, probability=False)
    return out


def _better(a: Floats, b: Floats, test: Landmark) -> bool:
    """Whether the log-loss of `a` is lower than that of `b` by more than one standard error of the difference."""
    difference = losses(b, test.left) - losses(a, test.left)
    return bool(difference.mean() > difference.std() / len(difference) ** 0.5)


def _leave(chosen: Chosen, test: Landmark, key: str) -> Floats:
    """What a choice learned before says at the test, by the purchase model fitted on its day."""
    asked = replace(chosen, key=key, base=test.fit.key, fits={test.fit.key: test.fit})
    then = test.moment
    return predict(asked, then.frequency, then.recency_days, then.age_days, then.features, test.days).leave


def predict(
    chosen: Chosen, frequency: Ints, recency_days: Ints, age_days: Ints, features: Features | None, horizon_days: float
) -> Prediction:
    """Of customers by their deal days less one, days from the first to the last of them and from the first to now (whole numbers [n]).

    `features`: FLAGS and NUMBERS of `features`; needed by the supervised model alone. P(alive) is the purchase model's, and so is how many
    deals come if any does: where P(no deal) is corrected, E(deals) = (1 - corrected) · E(deals) / (1 - uncorrected) follows it.
    Raises ValueError where the band rule was chosen, or features are missing.
    """
    odds, correction, alive, deals = _corrected(chosen, frequency, recency_days, age_days, features, horizon_days)
    leave = probability(odds + sum(correction.values()))
    if correction:
        deals = deals * (1 - leave) / np.maximum(probability(-odds), np.finfo(np.float64).tiny)
    return Prediction(leave, alive, deals)


def parts(
    chosen: Chosen, frequency: Ints, recency_days: Ints, age_days: Ints, features: Features | None, horizon_days: float
) -> dict[str, Floats]:
    """As `predict`, in parts whose sum is the log-odds of leaving, f64[n] each: by feature where the supervised model was chosen
    (against the average customer; "leave_odds" is the purchase model's part), and "base" for the rest."""
    odds, correction, _, _ = _corrected(chosen, frequency, recency_days, age_days, features, horizon_days)
    return correction | {"leave_odds": correction.get("leave_odds", 0.0) + odds}


def _corrected(
    chosen: Chosen, frequency: Ints, recency_days: Ints, age_days: Ints, features: Features | None, horizon_days: float
) -> tuple[Floats, dict[str, Floats], Floats, Floats]:
    """(log-odds of the purchase model, what is added to them, P(alive), deals)."""
    if chosen.base is None or chosen.key == BAND:
        raise ValueError("the band rule was chosen: there is no model to ask")
    found, window = chosen.fits[chosen.base], chosen.learned_days
    if window is None or (chosen.key != ADDITIVE and chosen.line is None):
        alive, [(silent, deals)] = said(found, frequency, recency_days, age_days, horizon_days)
        return log_odds(silent), {}, alive, deals
    spans = (horizon_days,) if window == horizon_days else (horizon_days, window)
    alive, ahead = said(found, frequency, recency_days, age_days, *spans)
    odds, deals, then = log_odds(ahead[0][0]), ahead[0][1], model_features(*ahead[-1])
    if chosen.key != ADDITIVE:
        assert chosen.line is not None
        return odds, {"base": chosen.line(then["leave_odds"]) - then["leave_odds"]}, alive, deals
    if features is None or chosen.additive is None:
        raise ValueError("the supervised model needs the features of the customers")
    moved = chosen.additive.parts({**features, **then})
    moved["leave_odds"] = moved.get("leave_odds", 0.0) - then["leave_odds"]
    return odds, {"base": np.full(len(odds), chosen.additive.base), **moved}, alive, deals
