"""The three phases on Apache Spark: `mapInArrow` of the functions that run in the process, and no other arithmetic.

1. All tables go through one shuffle by customer; each partition is read in order of customer and handed to `facts` in bounded lots, so it
   never has to fit in memory. The facts lie as Parquet in the work folder, for the next phases and for the models.
2. `summary.cuts_of` asks its few questions: each a job that reads some columns of the facts and gives one row of sums back.
3. `assign` per batch, with the cuts and the churn model sent to every executor once.

The driver holds nothing that grows with the customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from ..assign import assign
from ..boundary import Ints, added
from ..facts import Facts, facts
from ..summary import READS, Ask, Cuts, cuts_of
from ..tables import OPTIONAL, Tables
from ..thresholds import Thresholds
from . import rows

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from ..churn.predict import Churn

Source: TypeAlias = "str | Sequence[str] | pa.Table | DataFrame"
Batches = Iterable[pa.RecordBatch]
LOT_ROWS = 1_000_000
"""Rows, of all tables together, that the kernel gets at once."""
_FEW = 32
"""Up to so many partitions send their sums to the driver; more are added by one task first."""


@dataclass(frozen=True)
class SparkFacts:
    """The facts of all customers as of a day, as a Spark frame (columns: `rows.facts_schema`). A `summary.Parts`."""

    frame: DataFrame
    as_of_day: int
    thresholds: Thresholds

    def total(self, ask: Ask, reads: Sequence[str] = READS) -> list[Ints]:
        """`ask` sees only the columns `reads`."""
        day, columns = self.as_of_day, [*reads, *rows.GAPS]

        def answer(batches: Batches) -> Iterator[pa.RecordBatch]:
            out: list[Ints] = []
            for batch in batches:
                out = added(out, ask(rows.facts_of(pa.Table.from_batches([batch]), day)))
            yield from _row(out)

        answers = self.frame.select(columns).mapInArrow(answer, _SUMS)
        if self._many:
            answers = answers.repartition(1).mapInArrow(lambda batches: _row(_added(batches)), _SUMS)
        nobody = ask(rows.facts_of(rows.facts_schema().empty_table().select(columns), day))
        return added(nobody, _added(answers.toArrow().to_batches()))

    @cached_property
    def _many(self) -> bool:
        return bool(self.frame.rdd.getNumPartitions() > _FEW)


@dataclass(frozen=True)
class Graded:
    """`frame`: one row a customer, in no order, columns as of `assign.assign`; computed when it is read or written."""

    frame: DataFrame
    cuts: Cuts
    facts: SparkFacts


def grade_spark(
    session: SparkSession,
    deals: Source,
    others: Tables | Mapping[str, Source],
    as_of_day: int,
    thresholds: Thresholds,
    *,
    work: str,
    churn: Churn | None = None,
    partitions: int | None = None,
) -> Graded:
    """The same rows as `grade.grade`, of any number of customers, as of `as_of_day` (later rows are not seen).

    `deals`: Parquet files or folders, or a frame; `others`: the other tables likewise, by their names in `Tables`, or a `Tables`
    in memory whose deals do not count. `work`: a folder that every executor can write; the facts stay in it until the next run
    of the day. `partitions` of the shuffle by customer; None leaves it to Spark. Raises KeyError for a column that is missing, and
    what the kernel raises inside Spark's own error.
    """
    found = facts_spark(session, deals, others, as_of_day, thresholds, work=work, partitions=partitions)
    cuts = cuts_of(found, thresholds)
    return Graded(assign_spark(found, cuts, thresholds, churn), cuts, found)


def facts_spark(
    session: SparkSession,
    deals: Source,
    others: Tables | Mapping[str, Source],
    as_of_day: int,
    thresholds: Thresholds,
    *,
    work: str,
    partitions: int | None = None,
    lot_rows: int = LOT_ROWS,
) -> SparkFacts:
    """Phase 1, arguments as `grade_spark`: the facts, written to `work` and read from there."""
    everything = together(session, deals, others, as_of_day)
    by_customer = everything.repartition(partitions, rows.WHO) if partitions else everything.repartition(rows.WHO)
    schema = rows.facts_schema()

    def kernel(batches: Batches) -> Iterator[pa.RecordBatch]:
        for lot in rows.whole_customers(batches, lot_rows):
            part = facts(rows.tables_of(lot), as_of_day, thresholds)
            yield from rows.rows_of_facts(part).cast(schema).to_batches()

    found = by_customer.sortWithinPartitions(rows.WHO).mapInArrow(kernel, rows.ddl(schema))
    path = f"{work.rstrip('/')}/facts-{as_of_day}"
    found.write.mode("overwrite").parquet(path)
    return SparkFacts(session.read.schema(rows.ddl(schema)).parquet(path), as_of_day, thresholds)


def assign_spark(found: SparkFacts, cuts: Cuts, thresholds: Thresholds, churn: Churn | None = None) -> DataFrame:
    """Phase 3: grades, stage and value at risk by the cuts, and by the churn model if there is one."""
    by = (cuts, thresholds, churn)
    schema = assign(_nobody(found.as_of_day), *by).schema
    sent = found.frame.sparkSession.sparkContext.broadcast(by)
    day = found.as_of_day

    def kernel(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            part = rows.facts_of(pa.Table.from_batches([batch]), day)
            yield from assign(part, *sent.value).cast(schema).to_batches()

    return found.frame.mapInArrow(kernel, rows.ddl(schema))


def rows_in_order(frame: DataFrame) -> pa.Table:
    """The rows of a frame of `grade_spark` in memory, in order of customer: what the process would have given."""
    return frame.toArrow().sort_by(rows.WHO)


def together(session: SparkSession, deals: Source, others: Tables | Mapping[str, Source], as_of_day: int) -> DataFrame:
    """The rows of all tables as `rows` describes them; deals up to the day only. Arguments as `grade_spark`."""
    given = {name: getattr(others, name) for name in rows.SCHEMAS} if isinstance(others, Tables) else dict(others)
    if unknown := given.keys() - rows.SCHEMAS.keys():
        raise KeyError(f"no such table: {', '.join(sorted(unknown))}")
    given["deals"] = deals
    frames = []
    for tag, name in enumerate(rows.SCHEMAS):
        source = given.get(name)
        if source is None or (isinstance(source, pa.Table) and not source.num_rows):
            continue
        frame = frame_of(session, source)
        if name == "deals":
            frame = frame.where(frame["day"] <= as_of_day)
        frames.append(frame.select(*_slotted(frame, name, tag)))
    if not frames:
        raise KeyError("no table has a row")
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionAll(frame)
    return whole


def frame_of(session: SparkSession, source: Any) -> DataFrame:
    """A table, files or a frame, as a frame."""
    if isinstance(source, pa.Table):
        return session.createDataFrame(source)
    if isinstance(source, str):
        return session.read.parquet(source)
    if isinstance(source, Sequence):
        return session.read.parquet(*source)
    frame: DataFrame = source
    return frame


def _slotted(frame: DataFrame, name: str, tag: int) -> list[Column]:
    """The columns of a table as the slots of a row."""
    from pyspark.sql import functions as f

    place = {slot: column for column, slot in rows.slots()[name].items()}
    columns = set(frame.columns)
    if missing := (set(place.values()) | {rows.WHO}) - columns - OPTIONAL:
        raise KeyError(f"missing columns: {', '.join(sorted(missing))}")

    def filled(slot: str) -> Column:
        column = place.get(slot)
        value = frame[column] if column in columns else f.lit(None)
        return value.cast(rows.slot_type(slot))

    if set(place) - set(rows.top()):
        rest = f.array(*[filled(slot).cast("string") for slot in rows.inner()])
    else:
        rest = f.lit(None).cast("array<string>")
    who = frame[rows.WHO].cast("bigint").alias(rows.WHO)
    top = [filled(slot).alias(slot) for slot in rows.top()]
    return [f.lit(tag).cast("tinyint").alias(rows.TAG), who, *top, rest.alias(rows.REST)]


_SUMS = "sums array<binary>"


def _row(sums: Sequence[Ints]) -> Iterator[pa.RecordBatch]:
    """Sums as one row; none where there was nothing to ask."""
    if sums:
        yield pa.record_batch({"sums": pa.array([[rows.packed(part) for part in sums]], pa.list_(pa.binary()))})


def _added(batches: Batches) -> list[Ints]:
    out: list[Ints] = []
    for batch in batches:
        for parts in batch.column("sums"):
            out = added(out, [rows.unpacked(part.as_py()) for part in parts])
    return out


def _nobody(as_of_day: int) -> Facts:
    return rows.facts_of(rows.facts_schema().empty_table(), as_of_day)
