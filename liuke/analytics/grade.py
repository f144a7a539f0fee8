"""All three phases over shards of bounded memory: from tables in memory, or from the Parquet mirror."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import PathLike

import pyarrow as pa

from . import mirror
from .assign import assign
from .facts import Facts, facts
from .summary import Cuts, summarise
from .tables import Tables
from .thresholds import Thresholds

SHARD_ROWS = 1_500_000
"""Deals a shard; working memory is about 100 bytes a deal and thread."""


def grade(tables: Tables, as_of_day: int, thresholds: Thresholds, *, shard_rows: int = SHARD_ROWS) -> tuple[pa.Table, Cuts]:
    """(one row a customer as of the day as `assign.assign` gives it, the cuts). Later rows are not seen."""
    return _phases([(lambda shard=shard: shard) for shard in tables.shards(shard_rows)], as_of_day, thresholds, 1)


def grade_mirror(
    folder: str | PathLike[str], others: Tables, as_of_day: int, thresholds: Thresholds, *, shard_rows: int = SHARD_ROWS, threads: int = 2
) -> tuple[pa.Table, Cuts]:
    """`grade` with the deals of the mirror in `folder`; `others` brings the cards, events, contacts and contracts.

    One shard a thread is in memory at a time.
    """

    def load(low: int, high: int) -> Tables:
        rest = others.only(low, high)
        return Tables(mirror.read(folder, as_of_day, customers=(low, high)), rest.customers, rest.events, rest.contacts, rest.contracts)

    bounds = mirror.customer_ranges(folder, as_of_day, others, shard_rows)
    return _phases([(lambda low=low, high=high: load(low, high)) for low, high in bounds], as_of_day, thresholds, threads)


def _phases(loads: Iterable[Callable[[], Tables]], as_of_day: int, thresholds: Thresholds, threads: int) -> tuple[pa.Table, Cuts]:
    def one(load: Callable[[], Tables]) -> Facts:
        return facts(load(), as_of_day, thresholds)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(one, loads))
        whole = summarise(parts, thresholds)
        return pa.concat_tables(pool.map(lambda part: assign(part, whole, thresholds), _drained(parts))), whole


def _drained(parts: list[Facts]) -> Iterator[Facts]:
    while parts:
        yield parts.pop(0)
