"""Whose row changes because the boundaries around it moved; and how new rows take the place of old ones."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .assign import ABC, letter_of, rich, score
from .cycle import cycle_ratio
from .facts import Facts
from .stages import letters
from .summary import Cuts
from .tables import numbers
from .thresholds import Thresholds

Ints = NDArray[np.int64]


def by_cuts(facts: Facts, rows: pa.Table, then: Cuts, now: Cuts) -> NDArray[np.bool_]:
    """bool a row: a score, the letter or the potential is another by the cuts of now than the row says. Rows without facts are False."""
    ids, known = numbers(rows, "customer_id"), numbers(facts.customers, "customer_id")
    if not len(ids) or not len(known):
        return np.zeros(len(ids), bool)
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)

    def column(name: str) -> Ints:
        return facts.column(name)[place].astype(np.int64)

    days = column("deal_days")
    has = days > 0
    recency = np.where(has, facts.as_of_day - column("last_day"), 0)
    spend, expected = column("amount_12m"), column("expected")
    differs = letters(rows["abc"]) != np.array(ABC)[letter_of(has, spend, now)]
    for name, value, cut in (
        ("r", -recency, tuple(-x for x in now.r)),
        ("f", days, now.f),
        ("m", column("amount_all"), now.m),
    ):
        differs |= has & (score(value, cut) != rows[name].fill_null(0).to_numpy())
    if (then.top_expected, then.top_spend) != (now.top_expected, now.top_spend):
        differs |= rich(has, expected, spend, then) != rich(has, expected, spend, now)
    return np.asarray(differs & (known[place] == ids), bool)


def merged(old: pa.Table, new: pa.Table, ids: Ints) -> pa.Table:
    """`old` with the rows of the customers `ids` (rising) replaced by `new`, in order of customer."""
    if not len(ids):
        return old
    if old.num_rows:
        keep = np.flatnonzero(~np.isin(numbers(old, "customer_id"), ids))
        new = pa.concat_tables([old.take(pa.array(keep)), new.select(old.column_names).cast(old.schema)])
    return new.take(pa.array(np.argsort(numbers(new, "customer_id"), kind="stable")))


def of_the_day(rows: pa.Table, facts: Facts, cuts: Cuts, thresholds: Thresholds) -> pa.Table:
    """Rows with the two columns that move every day as they are on the facts' day; rows and facts are of the same customers."""
    days = facts.column("deal_days").astype(np.int64)
    has = days > 0
    top, bottom = cycle_ratio(np.maximum(days, 1), facts.column("own2").astype(np.int64), cuts.m_pop2, thresholds.k)
    recency = np.where(has, facts.as_of_day - facts.column("last_day").astype(np.int64), 0)
    for name, values in (("recency_days", recency.astype(np.int32)), ("elapsed_cycles", recency * bottom / top)):
        rows = rows.set_column(rows.column_names.index(name), name, pa.array(values, mask=~has))
    return rows
