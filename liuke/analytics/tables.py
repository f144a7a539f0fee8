"""The input: six Arrow tables in any row order, and their split by customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

DEALS = pa.schema([("customer_id", pa.int64()), ("day", pa.int32()), ("cents", pa.int64()), ("came", pa.bool_())])
"""One row a deal. `cents` is negative for a refund; `came`: the row makes a deal day."""
CUSTOMERS = pa.schema([("customer_id", pa.int64()), ("opened_day", pa.int32()), ("key_account", pa.bool_()), ("owner_left", pa.bool_())])
EVENTS = pa.schema([("customer_id", pa.int64()), ("day", pa.int32()), ("kind", pa.string()), ("value", pa.int64())])
CONTACTS = pa.schema([("customer_id", pa.int64()), ("day", pa.int32()), ("two_way", pa.bool_())])
CONTRACTS = pa.schema(
    [
        ("customer_id", pa.int64()), ("kind", pa.string()), ("start_day", pa.int32()), ("end_day", pa.int32()),
        ("ended_day", pa.int32()), ("asset_gone", pa.bool_()), ("remaining", pa.int32()), ("asset_id", pa.int64()),
    ]
)  # fmt: skip
"""`ended_day`: cancelled, or the asset left, on that day; `remaining`: times left in a package; `asset_id`: what the contract
hangs on, null for none (the whole column may be left out)."""
OVERRIDES = pa.schema([("customer_id", pa.int64()), ("from_day", pa.int32()), ("until_day", pa.int32()), ("share", pa.float64())])
"""What a person says of the probability of leaving, from a day to another, both inclusive; the periods of
one customer do not overlap."""
SHARD_ROWS = 1_250_000
"""Deals a shard; working memory is about 100 bytes a deal and thread."""
OPTIONAL = frozenset({"asset_id"})


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly the columns of `schema`, in its types; an OPTIONAL one left out is all null. Raises KeyError for
    another column missing, ArrowInvalid for a value that does not fit."""
    missing = [name for name in schema.names if name not in table.column_names]
    if unknown := [name for name in missing if name not in OPTIONAL]:
        raise KeyError(f"missing columns: {', '.join(unknown)}")
    for name in missing:
        table = table.append_column(name, pa.nulls(table.num_rows, schema.field(name).type))
    return table.select(schema.names).cast(schema)


@dataclass(frozen=True)
class Tables:
    """Deals, cards, events, contacts, contracts and overrides, of all customers or of some; column shapes as in the schemas above."""

    deals: pa.Table
    customers: pa.Table = field(default_factory=CUSTOMERS.empty_table)
    events: pa.Table = field(default_factory=EVENTS.empty_table)
    contacts: pa.Table = field(default_factory=CONTACTS.empty_table)
    contracts: pa.Table = field(default_factory=CONTRACTS.empty_table)
    overrides: pa.Table = field(default_factory=OVERRIDES.empty_table)

    def __post_init__(self) -> None:
        for name, schema in _SCHEMAS.items():
            table = getattr(self, name)
            object.__setattr__(self, name, schema.empty_table() if table is None else conform(table, schema))

    def only(self, low: int, high: int) -> Tables:
        """The rows of customers low <= customer_id < high."""
        return Tables(**{name: _between(getattr(self, name), low, high) for name in _SCHEMAS})

    def without_deals(self) -> Tables:
        """The same with an empty deals table."""
        return self.with_deals(DEALS.empty_table())

    def with_deals(self, deals: pa.Table) -> Tables:
        """The same with these deals."""
        return Tables(deals, self.customers, self.events, self.contacts, self.contracts, self.overrides)

    def shards(self, rows: int) -> Iterator[Tables]:
        """Customer by customer ranges of about `rows` deals each (a customer is never split)."""
        bounds = cut_points(numbers(self.deals, "customer_id"), numbers(self.customers, "customer_id"), rows)
        if len(bounds) == 2:
            yield self
            return
        for low, high in pairwise(bounds):
            yield self.only(low, high)


_SCHEMAS = {
    "deals": DEALS, "customers": CUSTOMERS, "events": EVENTS, "contacts": CONTACTS, "contracts": CONTRACTS, "overrides": OVERRIDES,
}  # fmt: skip


def cut_points(deal_ids: NDArray[np.int64], card_ids: NDArray[np.int64], rows: int) -> list[int]:
    """Bounds of customer_id ranges that hold about `rows` rows each, lowest id first, the last one exclusive."""
    ids = np.concatenate([deal_ids, card_ids])
    if not len(ids):
        return [0, 1]
    parts = max(1, -(-len(ids) // rows))
    sample = np.sort(ids if len(ids) <= 1_000_000 else ids[:: len(ids) // 1_000_000])
    inner = np.unique(sample[[len(sample) * i // parts for i in range(1, parts)]]) if parts > 1 else sample[:0]
    low, high = int(ids.min()), int(ids.max()) + 1
    return [low, *[int(x) for x in inner if low < x < high], high]


def _between(table: pa.Table, low: int, high: int) -> pa.Table:
    column = table["customer_id"]
    return table.filter(pc.and_(pc.greater_equal(column, low), pc.less(column, high)))


def numbers(table: pa.Table, name: str) -> NDArray[Any]:
    """A column without nulls as a NumPy array (no copy when it is in one piece)."""
    column = table[name]
    return np.asarray(column.chunk(0).to_numpy(zero_copy_only=False) if column.num_chunks == 1 else column.to_numpy())
