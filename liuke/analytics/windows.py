"""Which customers' facts change between two days although nothing new is known of them: something enters or leaves a window.

Every window of `deal_facts` and `state` is written here once more, as the day before which (inclusive) something is outside it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .days import months_before
from .tables import Tables, numbers
from .thresholds import Thresholds

Ints = NDArray[np.int64]


def edges(as_of_day: int, thresholds: Thresholds) -> dict[str, tuple[int, ...]]:
    """By table, the edges as of a day: a row whose day lies in (edge then, edge now] is seen otherwise now than then."""
    year = months_before(as_of_day, 12)
    silent = months_before(as_of_day, thresholds.zombie_months)
    satisfied = as_of_day - thresholds.satisfaction_days - 1
    return {
        "deals": (as_of_day, months_before(as_of_day, 6), year, silent),
        "opened": (as_of_day, silent, as_of_day - thresholds.zombie_prospect_days),
        "events": (as_of_day, year, months_before(as_of_day, thresholds.fan_months), satisfied),
        "contacts": (as_of_day, silent),
        "contracts": (as_of_day, as_of_day - 1, as_of_day - thresholds.contract_grace_days - 1),
        "overrides": (as_of_day, as_of_day - 1),
    }


def crossed(tables: Tables, then: int, now: int, thresholds: Thresholds) -> Ints:
    """Ids of the customers whose facts as of day `now` may differ from those as of `then` with the same tables; rising, distinct."""
    before, after = edges(then, thresholds), edges(now, thresholds)

    def ids(table: pa.Table, *columns: tuple[str, str]) -> Ints:
        if not table.num_rows:
            return np.empty(0, np.int64)
        found = np.zeros(table.num_rows, bool)
        for name, column in columns:
            found |= _between(_days(table, column), before[name], after[name])
        return np.asarray(numbers(table, "customer_id")[found], np.int64)

    return np.unique(
        np.concatenate(
            [
                ids(tables.deals, ("deals", "day")),
                ids(tables.customers, ("opened", "opened_day")),
                ids(tables.events, ("events", "day")),
                ids(tables.contacts, ("contacts", "day")),
                ids(tables.contracts, ("contracts", "start_day"), ("contracts", "end_day"), ("contracts", "ended_day")),
                ids(tables.overrides, ("overrides", "from_day"), ("overrides", "until_day")),
            ]
        )
    )


def opened_by_deal(facts: pa.Table, then: int, now: int, thresholds: Thresholds) -> Ints:
    """Ids of those whose opening day (their first deal, where it is earlier than the card's) crosses an edge of `opened`."""
    found = _between(numbers(facts, "opened_day"), edges(then, thresholds)["opened"], edges(now, thresholds)["opened"])
    return np.asarray(numbers(facts, "customer_id")[found], np.int64)


def _between(days: NDArray[np.int32], then: tuple[int, ...], now: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether low < day <= high for any pair of edges. By a table over the days between the lowest and the highest edge."""
    pairs = [(low, high) for low, high in zip(then, now, strict=True) if high > low]
    if not pairs:
        return np.zeros(len(days), bool)
    first, last = min(low for low, _ in pairs) + 1, max(high for _, high in pairs)
    inside = np.zeros(last - first + 3, bool)  # the first and the last place stand for all the days before and after
    for low, high in pairs:
        inside[low + 1 - first + 1 : high + 1 - first + 1] = True
    return np.asarray(inside[np.clip(days, first - 1, last + 1) - (first - 1)], bool)


def _days(table: pa.Table, name: str) -> NDArray[np.int32]:
    return np.asarray(table[name].fill_null(2**31 - 1).to_numpy(), np.int32)
