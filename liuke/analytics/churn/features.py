"""What was known of a customer at the end of a day, as columns that a model can learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cycle import Standing
from ..days import NO_DAY
from ..facts import Facts
from .logit import log_odds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FLAGS = (
    "complaint", "unhappy", "need", "fan", "elsewhere", "zombie", "key_account", "owner_left", "contract_lapsed", "told_leaving",
    "points_drained", "tier_raised", "package_bought", "event_attended", "referral_bought",
)  # fmt: skip
NUMBERS = (
    "absent_days", "elapsed_cycles", "cycle_days", "deal_days", "deal_days_12m", "tenure_days", "rhythm",
    "spend_all", "spend_12m", "spend_change", "mean_deal",
)  # fmt: skip
MODEL = ("leave_odds", "log_deals")
NAMES = (*NUMBERS, *FLAGS, *MODEL)
"""Every feature, by a name that stays. FLAGS are 0 or 1; NUMBERS and MODEL any number, NaN where there is none."""
RISING = frozenset({"absent_days", "elapsed_cycles", "leave_odds"})
"""The longer a customer stays away, the likelier that he is gone: nothing learned from chance may say otherwise."""

_EVENTS = {
    "told_leaving": "told", "points_drained": "points", "tier_raised": "tier", "package_bought": "package",
    "event_attended": "attended", "referral_bought": "referral", "contract_lapsed": "contract_end",
}  # fmt: skip
_UNTIL_DEAL = ("told_leaving", "points_drained")


def features(facts: Facts, standing: Standing, recency: Ints | None = None) -> dict[str, Floats]:
    """FLAGS and NUMBERS of every customer in `facts`, f64[n] each; `standing` as `assign` makes it (same rows, same order).

    absent_days: since the last deal day; elapsed_cycles: the same in the customer's own cycles; tenure_days: since the first deal
    day; rhythm: the longest of the last intervals, in cycles; money in cents, net; spend_change: from -1 (all in the 6 months before
    the last 6) to 1 (all in the last 6). NUMBERS are NaN without a deal day. That a contract lapsed and the like are flags: how long
    ago is what absence already says. `recency` i64[n]: days since the last deal day to go by, in place of those of `standing`.
    """
    has, n = standing.has, len(facts)
    recency = standing.recency if recency is None else recency
    cycle = np.where(has, standing.top / standing.bottom, 1.0)
    last, first = facts.column("last_day").astype(np.float64), facts.column("first_day").astype(np.float64)
    longest = facts.column("mature_gap").astype(np.float64)
    late, early = facts.column("last6").astype(np.float64), facts.column("prev6").astype(np.float64)
    both = np.abs(late) + np.abs(early)
    out: dict[str, Floats] = {
        "absent_days": recency.astype(np.float64),
        "elapsed_cycles": recency / cycle,
        "cycle_days": cycle,
        "deal_days": standing.days.astype(np.float64),
        "deal_days_12m": facts.column("deal_days_12m").astype(np.float64),
        "tenure_days": last - first + recency,
        "rhythm": np.where(longest > 0, longest / cycle, np.nan),
        "spend_all": facts.column("amount_all").astype(np.float64),
        "spend_12m": facts.column("amount_12m").astype(np.float64),
        "spend_change": (late - early) / np.where(both > 0, both, 1.0),
        "mean_deal": np.where(facts.column("sales") > 0, facts.column("mean_deal"), np.nan),
    }
    for name in NUMBERS:
        out[name][~has] = np.nan
    for name in FLAGS:
        if name in _EVENTS:
            day = facts.column(_EVENTS[name])
            stands = day != NO_DAY
            if name in _UNTIL_DEAL:
                stands &= facts.column("last_day") <= day
            out[name] = stands.astype(np.float64)
        else:
            out[name] = facts.column(name).astype(np.float64)
    assert all(len(column) == n for column in out.values())
    return out


def model_features(silent: Floats, expected: Floats) -> dict[str, Floats]:
    """MODEL features from what a fitted model says of the window that is learned: f64[n] P(no deal), expected deals."""
    return {"leave_odds": log_odds(silent), "log_deals": np.log(np.maximum(expected, 1e-12))}
