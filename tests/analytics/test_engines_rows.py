"""What travels between Spark and the kernel: facts as rows, tables in one stream, lots that never divide a customer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.engines import rows
from liuke.analytics.facts import facts
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.bases import TODAY
from tests.analytics.samples import base


def stream(ids: list[int], size: int) -> list[pa.RecordBatch]:
    return pa.table({rows.WHO: pa.array(sorted(ids), pa.int64()), "row": np.arange(len(ids))}).to_batches(max_chunksize=size)


@given(st.lists(st.integers(1, 6), max_size=40), st.integers(1, 12), st.integers(1, 15))
def test_lots_keep_every_row_and_divide_no_customer(ids: list[int], size: int, lot: int) -> None:
    lots = list(rows.whole_customers(stream(ids, size), lot))
    assert [n for part in lots for n in part["row"].to_pylist()] == list(range(len(ids)))
    seen = [set(part[rows.WHO].to_pylist()) for part in lots]
    assert sum(map(len, seen)) == len(set(ids))


def test_lots_are_bounded_where_customers_are_small() -> None:
    lots = list(rows.whole_customers(stream(list(range(10_000)), 100), 700))
    assert max(part.num_rows for part in lots) < 800
    assert len(lots) > 10


def test_facts_come_back_from_their_rows_in_any_batches() -> None:
    tables = base(4, 700, TODAY)
    parts = [facts(part, TODAY, Thresholds()) for part in tables.shards(400)]
    together = pa.concat_tables([rows.rows_of_facts(part) for part in parts])
    whole = facts(tables, TODAY, Thresholds())
    back = rows.facts_of(together, TODAY)
    assert repr(back.customers.to_pylist()) == repr(whole.customers.to_pylist()), "by text: a number that is not one equals itself"
    assert (back.gaps.tolist(), back.gaps_then.tolist()) == (whole.gaps.tolist(), whole.gaps_then.tolist())
    divided = [rows.facts_of(pa.Table.from_batches([batch]), TODAY) for batch in together.to_batches(max_chunksize=37)]
    assert sum(int(part.gaps.sum()) for part in divided) == int(whole.gaps.sum())
    assert rows.rows_of_facts(whole).schema == rows.facts_schema()


def test_tables_come_back_from_one_stream() -> None:
    tables = base(9, 300, TODAY)
    parts = []
    for tag, name in enumerate(rows.SCHEMAS):
        table, slots = getattr(tables, name), rows.slots()[name]
        place = {slot: column for column, slot in slots.items()}
        kinds = {slot: rows.SCHEMAS["deals"].field(column).type for column, slot in rows.slots()["deals"].items()}
        n = table.num_rows
        top = {slot: table[place[slot]] if slot in place else pa.nulls(n, kinds[slot]) for slot in rows.top()}
        texts = [table[place[slot]].cast(pa.string()).to_pylist() if slot in place else [None] * n for slot in rows.inner()]
        rest = list(map(list, zip(*texts, strict=True))) if set(place) - set(rows.top()) else [None] * n
        columns = {rows.TAG: pa.array([tag] * n, pa.int8()), rows.WHO: table[rows.WHO], **top}
        parts.append(pa.table({**columns, rows.REST: pa.array(rest, pa.list_(pa.string()))}))
    back = rows.tables_of(pa.concat_tables(parts))
    for name in rows.SCHEMAS:
        assert getattr(back, name).equals(getattr(tables, name)), name
    assert set(rows.slots()["deals"].values()) == set(rows.top()), "a deal needs no list"


def test_no_rows_are_no_customers() -> None:
    none = Tables(rows.SCHEMAS["deals"].empty_table())
    empty = rows.rows_of_facts(facts(none, TODAY, Thresholds()))
    back = rows.facts_of(empty, TODAY)
    assert (len(back), back.gaps.tolist()) == (0, [])
    assert list(rows.whole_customers([], 10)) == []


def test_a_type_that_spark_is_not_told_of_is_refused() -> None:
    assert rows.ddl(pa.schema([("a", pa.int64()), ("b", pa.string()), ("c", pa.bool_())])) == "`a` bigint, `b` string, `c` boolean"
    with pytest.raises(KeyError, match="timestamp"):
        rows.ddl(pa.schema([("a", pa.timestamp("us"))]))
