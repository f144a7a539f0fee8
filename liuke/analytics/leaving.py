"""The probability of leaving within 12 months, what the next 12 months would bring, and their product, the value at risk.

By the churn model in use; without one (too little data) by the share of those at the same point of their cycle a year before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cycle import Standing
from .review import asked_at
from .summary import Cuts
from .thresholds import Thresholds

if TYPE_CHECKING:
    from .churn.predict import Churn
    from .facts import Facts

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BY = ("", "prior", "band", "person", "bgnbd", "mbgnbd", "paretonbd", "additive")
PERCENT = 100


@dataclass(frozen=True)
class Leaving:
    """One entry a customer. `share`: what counts; `model_share`: before a person's word; `by`: place in BY. `alive` and `deals`
    (P(still a customer), deal days expected in 12 months) are NaN without a model. `expected` and `at_risk` in cents."""

    share: Floats
    model_share: Floats
    by: Ints
    alive: Floats
    deals: Floats
    expected: Ints
    at_risk: Ints


def leaving(facts: Facts, standing: Standing, band: Ints, cuts: Cuts, thresholds: Thresholds, churn: Churn | None) -> Leaving:
    """Of every customer; of one without a deal day nothing is known (share 0, by ""), unless a person has said something.

    Value at risk = share × max(0, expected), rounded half up to the cent. Source: the insight page.
    """
    found = _by_band(facts, standing, band, cuts, thresholds) if churn is None else _by_model(facts, standing, churn)
    said = facts.column("override")
    known = np.flatnonzero(~np.isnan(said) & standing.has)
    if len(known):
        found.share[known], found.by[known] = said[known], BY.index("person")
        found.at_risk[known] = _times(np.rint(said[known] * PERCENT).astype(np.int64), found.expected[known])
    return found


def _by_band(facts: Facts, standing: Standing, band: Ints, cuts: Cuts, thresholds: Thresholds) -> Leaving:
    n = len(facts)
    expected = facts.column("expected").astype(np.int64)
    share, by, money = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for number in range(len(thresholds.bands) + 1):
        mine = np.flatnonzero(standing.has & (band == number))
        exact, is_prior = cuts.leave_share(number, thresholds)
        share[mine], by[mine] = float(exact), BY.index("prior" if is_prior else "band")
        whole, rest = np.divmod(np.maximum(expected[mine], 0), exact.denominator)  # keeps the product inside 64 bits
        money[mine] = whole * exact.numerator + (2 * rest * exact.numerator + exact.denominator) // (2 * exact.denominator)
    nothing = np.full(n, np.nan)
    return Leaving(share, share.copy(), by, nothing, nothing, expected, money)


def _by_model(facts: Facts, standing: Standing, churn: Churn) -> Leaving:
    n = len(facts)
    has = np.flatnonzero(standing.has)
    silence = asked_at(standing)[has]
    predicted = churn.predict(facts, has, silence, standing)
    percent, share, by = np.zeros(n, np.int64), np.zeros(n), np.zeros(n, np.int64)
    alive, deals, expected = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, np.int64)
    # No more decimals than the model carries: so a row stays as it is while nothing of note changes.
    percent[has] = np.rint(predicted.leave * PERCENT)
    share[has], by[has] = percent[has] / PERCENT, BY.index(churn.key)
    alive[has], deals[has] = np.round(predicted.alive, 2), two_digits(predicted.deals)
    expected[has] = np.rint(deals[has] * churn.value_of_a_deal(facts, has))
    return Leaving(share, share.copy(), by, alive, deals, expected, _times(percent, expected))


def two_digits(number: Floats) -> Floats:
    """12, 3.4, 0.34, 0.05: two digits, and two decimals at the most."""
    return np.where(number >= 10, np.round(number), np.where(number >= 1, np.round(number, 1), np.round(number, 2)))


def _times(percent: Ints, cents: Ints) -> Ints:
    whole, rest = np.divmod(np.maximum(cents, 0), PERCENT)
    return np.asarray(whole * percent + (rest * percent + PERCENT // 2) // PERCENT, np.int64)
