"""Phase 1: the facts of every customer as of a day. Needs only that all rows of a customer are in one call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .days import NO_DAY
from .deal_facts import Column, Ints, deal_facts
from .state import state
from .tables import Tables, numbers
from .thresholds import Thresholds


@dataclass(frozen=True)
class Facts:
    """One shard's facts. `customers`: one row a customer, ordered by customer_id, whole numbers and flags only; days are
    `NO_DAY` where there is none. `gaps[g]`: how many intervals are `g` days long; `gaps_then`: of those ended by the same
    date a year before."""

    as_of_day: int
    customers: pa.Table
    gaps: Ints
    gaps_then: Ints

    def column(self, name: str) -> Column:
        """A column as a NumPy array (copied only when it is not one piece, or of flags)."""
        return numbers(self.customers, name)

    def __len__(self) -> int:
        return int(self.customers.num_rows)


def facts(tables: Tables, as_of_day: int, thresholds: Thresholds) -> Facts:
    """Facts as of `as_of_day` (inclusive; later rows are not seen) of all customers whose card was opened, or first deal made, by then.

    Raises ValueError when a customer has two cards. Source: the metrics of the insight page.
    """
    index, ids, columns = _population(tables, as_of_day)
    deals = tables.deals
    day, cents, came = numbers(deals, "day"), numbers(deals, "cents"), numbers(deals, "came")
    if len(day) and int(day.max()) > as_of_day:
        known = np.flatnonzero(day <= as_of_day)
        day, cents, came = day[known], cents[known], came[known]
    found = deal_facts(index, day.astype(np.int32, copy=False), cents, came, len(ids), as_of_day, thresholds)
    columns |= found.columns
    opened, first_row = columns["opened_day"], columns["first_row"]
    columns["opened_day"] = np.where((first_row != NO_DAY) & ((opened == NO_DAY) | (first_row < opened)), first_row, opened)
    columns |= state(ids, columns, tables, as_of_day, thresholds)
    return Facts(as_of_day, pa.table({"customer_id": ids, **columns}), found.gaps, found.gaps_then)


def _population(tables: Tables, as_of_day: int) -> tuple[Ints, Ints, dict[str, Column]]:
    """(customer index of every deal up to the day, ids in order, columns of the card)."""
    cards = tables.customers
    card_ids, opened = numbers(cards, "customer_id"), numbers(cards, "opened_day")
    deal_ids, day = numbers(tables.deals, "customer_id"), numbers(tables.deals, "day")
    if len(day) and int(day.max()) > as_of_day:
        deal_ids = deal_ids[day <= as_of_day]
    open_ids = card_ids[opened <= as_of_day]
    low = min((int(x.min()) for x in (deal_ids, card_ids) if len(x)), default=0)
    span = max((int(x.max()) for x in (deal_ids, card_ids) if len(x)), default=-1) + 1 - low
    if span <= 4 * (len(deal_ids) + len(card_ids)) + 1000:  # ids are close together: a table of places beats a sort
        present = np.zeros(span, bool)
        present[deal_ids - low] = True
        present[open_ids - low] = True
        ids = np.flatnonzero(present) + low
        place = np.cumsum(present) - 1
        index = place[deal_ids - low]
    else:
        ids = np.union1d(np.unique(deal_ids), open_ids)
        index = np.searchsorted(ids, deal_ids)
    columns: dict[str, Column] = {"opened_day": np.full(len(ids), NO_DAY, np.int32)}
    order = np.argsort(card_ids, kind="stable")
    if len(order) and (card_ids[order][1:] == card_ids[order][:-1]).any():
        raise ValueError("two cards with one customer_id")
    at = np.searchsorted(ids, card_ids[order])
    keep = (at < len(ids)) & (ids[np.minimum(at, len(ids) - 1)] == card_ids[order]) if len(ids) else np.zeros(len(order), bool)
    rows, at = order[keep], at[keep]
    columns["opened_day"][at] = opened[rows]
    for flag in ("key_account", "owner_left"):
        columns[flag] = np.zeros(len(ids), bool)
        columns[flag][at] = numbers(cards, flag)[rows]
    return index, ids, columns
