"""The stage by rule (生命周期) and the rule that gave it: the first that fits, from E up to A."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cycle import Standing, compare
from .days import NO_DAY
from .thresholds import Thresholds

if TYPE_CHECKING:
    from .facts import Facts

RULES: tuple[tuple[str, str | None], ...] = (
    ("E.told", "told"),
    ("E.membership", "membership"),
    ("E.died", "died"),
    ("E.moved", "moved"),
    ("E.closed", "closed"),
    ("E.elapsed", None),
    ("D.elapsed", None),
    ("D.spend", None),
    ("D.contract", "contract_end"),
    ("D.points", "points"),
    ("D.absent", "absent"),
    ("C.regular", None),
    ("C.referral", "referral"),
    ("C.visits", "visits"),
    ("B.deals", None),
    ("B.tier", "tier"),
    ("B.package", "package"),
    ("B.event", "attended"),
    ("A.first", None),
    ("A.prospect", None),
)
"""Code of each rule, in the order they are asked, and the facts column with the day it rests on. The first letter is the stage."""

_UNTIL_DEAL = {"E.told", "E.membership", "E.moved", "E.closed", "D.points", "D.absent"}


def lifecycle(facts: Facts, standing: Standing, thresholds: Thresholds) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(place in RULES, day the rule rests on or NO_DAY) per customer."""
    last = facts.column("last_day")
    by_deals = _by_deals(facts, standing, thresholds)
    rule = np.full(len(facts), len(RULES) - 1, np.int64)
    evidence = np.full(len(facts), NO_DAY, np.int32)
    for place in range(len(RULES) - 2, -1, -1):  # a higher rule overwrites the lower ones
        code, name = RULES[place]
        if name is None:
            fits = by_deals[code]
            evidence[fits] = NO_DAY
        else:
            day = facts.column(name)
            fits = day != NO_DAY
            if code in _UNTIL_DEAL:  # a later deal day ends it; one on the same day does not
                fits &= last <= day
            evidence[fits] = day[fits]
        rule[fits] = place
    return rule, evidence


def _by_deals(facts: Facts, standing: Standing, thresholds: Thresholds) -> dict[str, NDArray[np.bool_]]:
    has, days, recency, top, bottom = standing.has, standing.days, standing.recency, standing.top, standing.bottom
    last6, prev6 = facts.column("last6").astype(np.int64), facts.column("prev6").astype(np.int64)
    ratio = thresholds.ratio("decline_spend_ratio")
    gap = facts.column("mature_gap").astype(np.int64)
    return {
        "E.elapsed": has & (compare(recency, top, bottom, thresholds.ratio("exit_elapsed")) >= 0) & (recency >= thresholds.exit_days),
        "D.elapsed": has & (compare(recency, top, bottom, thresholds.ratio("decline_elapsed")) >= 0) & (recency >= thresholds.decline_days),
        "D.spend": (facts.column("prev6_days") >= thresholds.decline_prev_days)
        & (prev6 > 0)
        & (last6 * ratio.denominator <= prev6 * ratio.numerator),
        "C.regular": (days >= thresholds.mature_days) & (compare(gap, top, bottom, thresholds.ratio("on_cycle")) < 0),
        "B.deals": days >= thresholds.growth_days,
        "A.first": has,
    }
