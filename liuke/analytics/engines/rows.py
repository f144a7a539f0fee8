"""The tables of `liuke.analytics.tables` as one stream of rows, and facts as rows: what travels between Spark and the kernel.

All tables go through one shuffle, so that every row of a customer arrives together. A row has a tag (which table), the customer, and
slots by type. A deal, of which there are many, fills only the slots that are columns; the others are texts in one list, which costs a
deal nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..boundary import Ints
from ..facts import Facts, facts
from ..tables import DEALS, Tables, numbers
from ..thresholds import Thresholds

TAG, WHO, REST = "tag", "customer_id", "rest"
SCHEMAS: dict[str, pa.Schema] = {field.name: getattr(Tables(DEALS.empty_table()), field.name).schema for field in fields(Tables)}
"""All tables by name; a tag is a place among them."""
GAPS = ("gaps", "gaps_then")
"""Columns of the facts' rows that carry the counts of a whole batch's intervals, in its first row."""
_SQL = {
    "int64": "bigint", "int32": "int", "int16": "smallint", "int8": "tinyint", "bool": "boolean", "string": "string", "double": "double",
    "float": "float", "binary": "binary",
}  # fmt: skip


@cache
def slots() -> dict[str, dict[str, str]]:
    """Per table: the slot of each column, customer_id apart."""
    found: dict[str, dict[str, str]] = {}
    for table, schema in SCHEMAS.items():
        used: dict[str, int] = {}
        found[table] = {}
        for field in schema:
            if field.name != WHO:
                kind = str(field.type)
                found[table][field.name] = f"{kind}_{used.get(kind, 0)}"
                used[kind] = used.get(kind, 0) + 1
    return found


def top() -> list[str]:
    """The slots a deal needs."""
    return sorted(slots()["deals"].values())


def inner() -> list[str]:
    """The slots that only other tables need."""
    return sorted({slot for table in slots().values() for slot in table.values()} - set(top()))


def sql_type(kind: pa.DataType) -> str:
    """Spark's name of a type. Raises KeyError for one that is not used here."""
    return _SQL[str(kind)]


def slot_type(slot: str) -> str:
    """Spark's name of the type of a slot."""
    return _SQL[slot.rsplit("_", 1)[0]]


def ddl(schema: pa.Schema) -> str:
    """A schema in Spark's words."""
    return ", ".join(f"`{field.name}` {sql_type(field.type)}" for field in schema)


def tables_of(rows: pa.Table) -> Tables:
    """The tables whose rows these are, in the order of the tags."""
    rows = rows.combine_chunks()
    tag, found = numbers(rows, TAG), {}
    for number, (name, schema) in enumerate(SCHEMAS.items()):
        place = slots()[name]
        some = rows.take(pa.array(np.flatnonzero(tag == number)))
        columns = {}
        for field in schema:
            slot = place.get(field.name, WHO)
            if slot in some.column_names:
                columns[field.name] = some[slot]
            else:  # one list as long as the next
                at = np.arange(some.num_rows) * len(inner()) + inner().index(slot)
                columns[field.name] = pc.list_flatten(some[REST]).combine_chunks().take(pa.array(at)).cast(field.type)
        found[name] = pa.table(columns).cast(schema)
    return Tables(**found)


def whole_customers(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Batches in order of customer as tables of about `rows` rows that never divide a customer."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.num_rows
        if size < rows:
            continue
        table = pa.Table.from_batches(held)
        ids = table[WHO].combine_chunks().to_numpy()
        border = int(np.searchsorted(ids, ids[-1]))  # the last customer may go on in the next batch
        if border:
            yield table.slice(0, border)
        held, size = table.slice(border).combine_chunks().to_batches(), table.num_rows - border
    if size:
        yield pa.Table.from_batches(held)


def facts_schema() -> pa.Schema:
    """Columns of a facts row: those of `Facts.customers` and GAPS."""
    empty = facts(Tables(DEALS.empty_table()), 0, Thresholds())
    return rows_of_facts(empty).schema


def rows_of_facts(part: Facts) -> pa.Table:
    """One shard's facts as rows."""
    table = part.customers
    for name, counts in zip(GAPS, (part.gaps, part.gaps_then), strict=True):
        first = [packed(counts)][: table.num_rows]
        column = [pa.array(first, pa.binary()), pa.nulls(table.num_rows - len(first), pa.binary())]
        table = table.append_column(name, pa.chunked_array([pa.concat_arrays(column)]))
    return table


def facts_of(rows: pa.Table, as_of_day: int) -> Facts:
    """Facts again, of rows in any batches; some columns may be left out."""
    counts = [_total(rows[name]) for name in GAPS]
    return Facts(as_of_day, rows.drop_columns(list(GAPS)), *counts)


def packed(counts: NDArray[Any]) -> bytes:
    """Whole numbers as bytes."""
    return np.ascontiguousarray(counts, "<i8").tobytes()


def unpacked(data: bytes) -> Ints:
    """The whole numbers of `packed`."""
    return np.frombuffer(data, "<i8").astype(np.int64, copy=False)


def _total(column: pa.ChunkedArray) -> Ints:
    parts = [unpacked(data.as_py()) for data in column.drop_null()]
    out = np.zeros(max(map(len, parts), default=0), np.int64)
    for part in parts:
        out[: len(part)] += part
    return out
