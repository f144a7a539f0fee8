"""The stage that is shown: it follows the rule's answer slowly, so that a customer does not flicker between two stages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CAUSES = ("", "first_run", "event", "steady")


@dataclass(frozen=True)
class Shown:
    """`since`: day the shown stage began; `rule_since`: first day of the rule's present answer without a break.
    `cause`: '' when the shown stage stays, else 'first_run', 'event' or 'steady' (the same answer long enough)."""

    stage: str
    since: int
    rule_since: int
    cause: str


def shown(
    prev_shown: str | None,
    prev_rule: str | None,
    rule_since: int | None,
    rule_now: str,
    as_of: int,
    had_event: bool,
    *,
    shown_since: int | None = None,
    stage_days: int = 7,
) -> Shown:
    """The stage to show on day `as_of`, given what was shown and what the rule said at the previous run.

    A first run (`prev_shown` None) takes the rule's answer. Later the rule's new answer is taken at once when `had_event` (a deal that
    is no refund, a membership change, a referral or a word from the customer, after the previous run's day), else when it has been
    the same for `stage_days` days running, both ends counted. `shown_since` is the day the shown stage began (as_of when unknown).
    """
    if prev_shown is None:
        return Shown(rule_now, as_of, as_of, "first_run")
    steady_since = rule_since if prev_rule == rule_now and rule_since is not None else as_of
    if rule_now != prev_shown:
        if had_event:
            return Shown(rule_now, as_of, steady_since, "event")
        if as_of - steady_since + 1 >= stage_days:
            return Shown(rule_now, as_of, steady_since, "steady")
    return Shown(prev_shown, as_of if shown_since is None else shown_since, steady_since, "")


def shown_all(
    prev_shown: NDArray[np.str_],
    prev_rule: NDArray[np.str_],
    rule_since: NDArray[np.int32],
    rule_now: NDArray[np.str_],
    as_of: int,
    had_event: NDArray[np.bool_],
    shown_since: NDArray[np.int32],
    stage_days: int = 7,
) -> tuple[NDArray[np.str_], NDArray[np.int32], NDArray[np.int32], NDArray[np.str_]]:
    """`shown` for columns: (stage, since, rule_since, cause). A customer without a previous run has '' in `prev_shown`."""
    first = prev_shown == ""
    steady_since = np.where(~first & (prev_rule == rule_now), rule_since, as_of).astype(np.int32)
    differs = ~first & (rule_now != prev_shown)
    steady = differs & ~had_event & (as_of - steady_since + 1 >= stage_days)
    cause = np.select([first, differs & had_event, steady], [1, 2, 3], 0)
    changed = cause > 0
    return (
        np.where(changed, rule_now, prev_shown),
        np.where(changed, as_of, shown_since).astype(np.int32),
        steady_since,
        np.array(CAUSES)[cause],
    )
