"""What moved one customer's probability of leaving: exact Shapley values over a few groups of what is known of him.

The groups are how long he has been away (silence), how often he used to come (often), how long he had been coming (tenure) and, where a
model was learned from outcomes, his money (money) and what happened (events). He is compared with the typical customer of the same base.
A part is the mean, over all orders in which the groups could be exchanged, of what exchanging it does to the probability (Shapley 1953,
"A value for n-person games"; the only split that adds up, treats like groups alike and gives nothing to one that does nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial, fsum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .bins import Features
from .features import FLAGS, MODEL
from .logit import probability
from .typical import Lived

if TYPE_CHECKING:
    from .choice import Chosen

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
SILENCE, OFTEN, TENURE, MONEY, EVENTS = "silence", "often", "tenure", "money", "events"
GROUP_OF: Mapping[str, str] = {
    **dict.fromkeys(FLAGS, EVENTS),
    **dict.fromkeys(("absent_days", "elapsed_cycles", "zombie"), SILENCE),
    **dict.fromkeys(("deal_days", "deal_days_12m", "cycle_days", "rhythm"), OFTEN),
    **dict.fromkeys(("tenure_days",), TENURE),
    **dict.fromkeys(("spend_all", "spend_12m", "spend_change", "mean_deal"), MONEY),
}
"""The group of each learned feature; those in MODEL follow from a customer's whole rhythm, and so belong to three groups."""
Said = Callable[[Ints, Ints, Ints], Floats]
"""(repeat deal days i64[n], days from the first to the last i64[n], days since the first i64[n]) -> f64[n]."""


@dataclass(frozen=True)
class Parts:
    """`share` = `typical` + the sum of `points`, by group: fractions of one, not per cent. `usual` is the typical customer's past."""

    usual: Lived
    typical: float
    share: float
    points: dict[str, float]


def shapley(value: Callable[[Bools], Floats], players: int) -> Floats:
    """f64[players], which add up to value(all) − value(none); `value` takes bool[2^players, players], which players are in."""
    number = np.arange(1 << players)
    inside = (number[:, None] >> np.arange(players) & 1).astype(bool)
    worth = np.asarray(value(inside), np.float64)
    size = inside.sum(axis=1)
    share = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) if s < players else 0.0 for s in range(players + 1)])
    out = np.empty(players)
    for player in range(players):
        without = np.flatnonzero(~inside[:, player])
        out[player] = fsum(share[size[without]] * (worth[without | 1 << player] - worth[without]))
    return out


def exchanged(mine: Lived, typical: Lived, groups: Sequence[str], inside: Bools) -> tuple[Ints, Ints, Ints]:
    """The pasts in which the groups `inside` (bool[n, groups]) are his and the others the typical customer's, as `Said` takes them.

    How often is an interval: over another's time he would have come at his own. Who came once has none, so that there `often` and
    `tenure` are one thing (`rhythm_groups`), exchanged together.
    """

    def chosen(group: str, his: float, usual: float) -> Floats:
        return np.where(inside[:, groups.index(group)], his, usual)

    silence = chosen(SILENCE, mine.silence_days, typical.silence_days)
    if TENURE in groups:
        span = chosen(TENURE, mine.span_days, typical.span_days)
        repeats = np.maximum(1, np.rint(span / chosen(OFTEN, mine.span_days / mine.repeats, typical.span_days / typical.repeats)))
    else:
        span, repeats = chosen(OFTEN, mine.span_days, typical.span_days), chosen(OFTEN, mine.repeats, typical.repeats)
    return repeats.astype(np.int64), span.astype(np.int64), (span + silence).astype(np.int64)


def rhythm_groups(mine: Lived, typical: Lived) -> tuple[str, ...]:
    """The groups of a past that can be told apart between two customers."""
    return (SILENCE, OFTEN, TENURE) if mine.repeats and typical.repeats else (SILENCE, OFTEN)


def of_model(leave: Said, mine: Lived, typical: Lived) -> Parts:
    """Of a model of purchase histories; `leave` is its probability of no deal in the time to come."""
    groups = rhythm_groups(mine, typical)

    def value(inside: Bools) -> Floats:
        return leave(*exchanged(mine, typical, groups, inside))

    return _parts(value, groups, typical)


def of_learned(base: float, moved: Mapping[str, float], rhythm: Callable[[Ints, Ints, Ints], Floats], mine: Lived, typical: Lived) -> Parts:
    """Of a model learned from outcomes, a sum of log-odds: `base` of the average customer, `moved` by feature how far it moves his
    (`Additive.parts`), and `rhythm`, of any past, what the features in MODEL add, which a model of purchase histories gave it.

    The typical customer has the typical past and is otherwise the average one.
    """
    told = [group for group in (MONEY, EVENTS) if any(GROUP_OF.get(name, EVENTS) == group for name in moved if name not in MODEL)]
    past = rhythm_groups(mine, typical)
    groups = (*past, *told)
    fixed = np.zeros(len(groups))
    for name, by in moved.items():
        if name not in MODEL:
            group = GROUP_OF.get(name, EVENTS)
            fixed[groups.index(group if group in groups else OFTEN)] += by

    def value(inside: Bools) -> Floats:
        return probability(base + inside @ fixed + rhythm(*exchanged(mine, typical, groups, inside)))

    return _parts(value, groups, typical)


def parts_of(chosen: Chosen, mine: Lived, features: Features | None) -> Parts | None:
    """Of the choice in use; `features` f64[1] each, his, where it is the supervised model. None where it knows no typical customer."""
    from .choice import ADDITIVE, parts, predict  # with it come the special functions, which no page needs to start

    if chosen.typical is None:
        return None
    usual = Lived(**chosen.typical)
    if chosen.key != ADDITIVE:
        return of_model(lambda repeats, span, age: predict(chosen, repeats, span, age, None, chosen.horizon_days).leave, mine, usual)
    if features is None:
        raise ValueError("the supervised model needs the features of the customer")

    def asked(repeats: Ints, span: Ints, age: Ints) -> dict[str, Floats]:
        known = {name: np.repeat(np.asarray(column), len(age)) for name, column in features.items()}
        return parts(chosen, repeats, span, age, known, chosen.horizon_days)

    def rhythm(repeats: Ints, span: Ints, age: Ints) -> Floats:
        found = asked(repeats, span, age)
        return np.asarray(np.sum([found[name] for name in MODEL if name in found], axis=0), np.float64)

    his = asked(*(np.array([days]) for days in (mine.repeats, mine.span_days, mine.span_days + mine.silence_days)))
    moved = {name: float(column[0]) for name, column in his.items()}
    return of_learned(moved.pop("base"), moved, rhythm, mine, usual)


def _parts(value: Callable[[Bools], Floats], groups: Sequence[str], usual: Lived) -> Parts:
    ends = np.zeros((2, len(groups)), bool)
    ends[1] = True
    typical, share = value(ends).tolist()
    return Parts(usual, typical, share, dict(zip(groups, shapley(value, len(groups)).tolist(), strict=True)))


def rounded(points: Mapping[str, float], total: int) -> dict[str, int]:
    """Percentage points, whole, that add up to `total`: each rounded down, what is missing given to the largest remainders.

    `total` must be near the sum of `points` times 100 (it is a difference of two rounded per cents).
    """
    exact = {name: 100 * value for name, value in points.items()}
    whole = {name: int(np.floor(value)) for name, value in exact.items()}
    short = total - sum(whole.values())
    order = sorted(whole, key=lambda name: whole[name] - exact[name])  # the largest remainder first
    for place in range(abs(short)):
        name = order[place % len(order)] if short > 0 else order[-1 - place % len(order)]
        whole[name] += 1 if short > 0 else -1
    return whole
