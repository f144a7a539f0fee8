"""What the models would have said on a past day, with what was known on it, against what happened after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuke.kernel.refusal import Refused

from ..days import date_of
from ..tables import Tables
from ..thresholds import Thresholds
from .book import SAMPLE, Book, Moment, thin
from .choice import ABSENT, ADDITIVE, BAND, Chosen, choose, predict
from .history import of_days
from .outcome import check_outcome
from .scores import Bin, Scores, calibration, scores_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Tested:
    """One model's figures; deals it expected, None of a rule."""

    model: str
    scores: Scores
    predicted_deals: float | None


@dataclass(frozen=True)
class Backtest:
    """Of all customers with a deal day by the as-of day, in order of customer_id: `leave` is what the chosen model said, `absent_days`
    the days since the last deal day, `left` whether there was no deal day in (as of, as of + horizon], `deals` how many there were. No bins
    where the chosen one gives no probability over the horizon."""

    chosen: Chosen
    tested: tuple[Tested, ...]
    bins: tuple[Bin, ...]
    customer_id: Ints
    leave: Floats
    absent_days: Floats
    left: Bools
    deals: Ints

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, with keys that stay."""
        return {
            "as_of": date_of(self.chosen.fitted_day).isoformat(),
            "horizon_days": self.chosen.horizon_days,
            "customers": len(self.left),
            "left": int(self.left.sum()),
            "chosen": self.chosen.key,
            "why": self.chosen.why,
            "models": [
                {
                    "model": one.model,
                    "auc": one.scores.auc,
                    "lift_10": one.scores.lift_10,
                    "brier": one.scores.brier,
                    "ece": one.scores.ece,
                    "predicted_deals": one.predicted_deals,
                    "actual_deals": int(self.deals.sum()),
                    "chosen": one.model == self.chosen.key,
                }
                for one in self.tested
            ],
            "calibration": [{"n": b.n, "predicted": b.predicted, "actual": b.actual, "low": b.low, "high": b.high} for b in self.bins],
        }


def backtest(
    tables: Tables,
    as_of_day: int,
    horizon_days: int,
    thresholds: Thresholds,
    *,
    known_until: int | None = None,
    asked: str | None = None,
    sample: int = SAMPLE,
) -> Backtest:
    """Everything is fitted and chosen with what was known at the end of `as_of_day`; only then the outcome is looked at.

    `known_until`: the last day whose deals are all in `tables`; without it the caller knows that they reach to the end of the horizon.
    `asked`: as `choose`. `sample`: customers at most that the supervised model is learned from. The models: those of purchases that
    could be fitted, "additive" where it could be learned, "band" (the rule that stands in for them) and "absent" (longest absent
    first; no probability).
    Raises Refused: "backtest.horizon", "backtest.before_first" (no deal day by then), and those of `check_outcome`.
    """
    if horizon_days < 1:
        raise Refused("backtest.horizon", "往后看的天数至少是 1。")
    book = Book(tables, thresholds)
    if known_until is not None and len(book.deal_days):
        check_outcome(as_of_day, horizon_days, book.first_day, book.deal_days.high, known_until)
    then = book.at(as_of_day)
    if not len(then):
        raise Refused("backtest.before_first", "%(day)s 还没有成交，选有成交以后的日子。", day=date_of(as_of_day).isoformat())
    chosen = choose(
        _sampled(book, sample), as_of_day, horizon_days, parts=[of_days(then.frequency, then.recency_days, then.age_days)[0]], asked=asked
    )
    said = _said(chosen, then, horizon_days)
    band, learned = book.band_share(then, horizon_days)
    deals = book.came(then, horizon_days)
    left = deals == 0
    tested = [Tested(key, scores_of(leave, left), expected) for key, (leave, expected) in said.items()]
    tested.append(Tested(BAND, scores_of(band, left, probability=learned), None))
    tested.append(Tested(ABSENT, scores_of(then.absent_days, left, probability=False), None))
    leave = band if chosen.key == BAND else said[chosen.key][0]
    bins = calibration(leave, left) if learned or chosen.key != BAND else ()
    return Backtest(chosen, tuple(tested), bins, then.customer_id, leave, then.absent_days, left, deals)


def _sampled(book: Book, most: int) -> Book:
    """A book of about `most` of its customers; itself where it has no more."""
    have = len(book.deal_days.ids)
    return book if have <= most else Book(thin(book.tables, most / have), book.thresholds)


def _said(chosen: Chosen, then: Moment, horizon_days: int) -> dict[str, tuple[Floats, float]]:
    """By model, the rules left out: (f64[n] probability of leaving, sum of expected deals). The chosen one with its correction, the
    others as fitted."""
    out = {}
    keys = [*chosen.fits, *([ADDITIVE] if chosen.additive else [])]
    for key in keys:
        if key == chosen.key:
            one = chosen
        elif key == ADDITIVE:
            one = replace(chosen, key=key)
        else:
            one = replace(chosen, key=key, base=key, line=None)
        found = predict(one, then.frequency, then.recency_days, then.age_days, then.features, horizon_days)
        out[key] = found.leave, float(found.deals.sum())
    return out
