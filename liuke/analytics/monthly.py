"""Net amount by calendar month."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .days import date_of
from .deal_facts import sum_by
from .tables import DEALS, conform, numbers


def net_by_month(deals: pa.Table, as_of_day: int, months: int = 24, customer_id: int | None = None) -> pa.Table:
    """(customer_id, month as yyyymm, cents): net amount of the last `months` calendar months up to `as_of_day`, refunds included.

    For one customer every month is given, also an empty one; for all only months with a deal. Ordered by customer and month.
    """
    deals = conform(deals, DEALS)
    if customer_id is not None:
        deals = deals.filter(pc.equal(deals["customer_id"], customer_id))
    today = date_of(as_of_day)
    final = today.year * 12 + today.month - 1
    day = numbers(deals, "day")
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    keep = np.flatnonzero((day <= as_of_day) & (month > final - months))
    key = numbers(deals, "customer_id")[keep] * months + (month[keep] - (final - months + 1))
    every = np.arange(months) + customer_id * months if customer_id is not None else np.unique(key)
    cents = sum_by(np.searchsorted(every, key), numbers(deals, "cents")[keep], len(every))
    of = every % months + (final - months + 1)
    yyyymm = (of // 12 * 100 + of % 12 + 1).astype(np.int32)
    return pa.table({"customer_id": (every // months).astype(np.int64), "month": yyyymm, "cents": cents})
