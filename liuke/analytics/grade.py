"""All three phases over shards of bounded memory: from tables in memory, or from the Parquet mirror."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import PathLike
from typing import TypeVar

import pyarrow as pa

from . import mirror
from .assign import assign
from .churn.predict import Churn
from .facts import Facts, facts
from .summary import Cuts, summarise
from .tables import SHARD_ROWS, Tables
from .thresholds import Thresholds

Part = TypeVar("Part")


def grade(
    tables: Tables, as_of_day: int, thresholds: Thresholds, *, shard_rows: int = SHARD_ROWS, churn: Churn | None = None
) -> tuple[pa.Table, Cuts]:
    """(one row a customer as of the day as `assign.assign` gives it, the cuts). Later rows are not seen."""
    return _phases(tables.shards(shard_rows), lambda shard: shard, as_of_day, thresholds, churn, 1)


def grade_mirror(
    folder: str | PathLike[str],
    others: Tables,
    as_of_day: int,
    thresholds: Thresholds,
    *,
    shard_rows: int = SHARD_ROWS,
    threads: int = 2,
    churn: Churn | None = None,
) -> tuple[pa.Table, Cuts]:
    """`grade` with the deals of the mirror in `folder`; `others` brings the cards, events, contacts and contracts.

    One shard a thread is in memory at a time.
    """

    with mirror.snapshot(folder) as months:  # what is live now stays readable until the last shard is read
        ranges = mirror.customer_ranges(folder, months, as_of_day, others, shard_rows)
        return _phases(ranges, partial(mirror.shard, folder, months, others, as_of_day), as_of_day, thresholds, churn, threads)


def _phases(
    shards: Iterable[Part],
    load: Callable[[Part], Tables],
    as_of_day: int,
    thresholds: Thresholds,
    churn: Churn | None,
    threads: int,
) -> tuple[pa.Table, Cuts]:
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda shard: facts(load(shard), as_of_day, thresholds), shards))
        whole = summarise(parts, thresholds)
        return pa.concat_tables(pool.map(lambda part: assign(part, whole, thresholds, churn), _drained(parts))), whole


def _drained(parts: list[Facts]) -> Iterator[Facts]:
    while parts:
        yield parts.pop(0)
