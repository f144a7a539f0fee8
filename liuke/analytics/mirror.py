"""The columnar mirror of the deals: one Parquet file a month of deal, immutable, and a manifest that says which are live.

A month is written anew when its deals change: file first, made durable, then the manifest is switched in one rename, then
what is no longer live is removed. A crash at any point leaves the old answer or the new one, and at most a stray file,
which the next write removes. Rows lie in order of customer and day, so that a range of customers is read by itself.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .days import date_of
from .tables import DEALS, SHARD_ROWS, Tables, conform, numbers

Folder = str | PathLike[str]
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_FILE = re.compile(r"\d{4}-\d{2}\.\d{12}\.parquet(\.tmp)?")
_MANIFEST = "manifest.json"
MARKS = 10**12
"""How many marks there are."""
_GROUP_ROWS = 16_384
_DELTA = {"customer_id": "DELTA_BINARY_PACKED", "cents": "DELTA_BINARY_PACKED"}
"""Rows in order of customer differ little from one to the next: smaller than zstd, and read in half the time."""


@dataclass(frozen=True)
class Month:
    """A live month: the mark of the state it was written from, its file (None when the month has no deals), its rows."""

    mark: int
    file: str | None
    rows: int


def live(folder: Folder) -> dict[str, Month]:
    """The live months by 'YYYY-MM', in order; empty when nothing was written yet. Raises ValueError for a broken manifest."""
    path = Path(folder) / _MANIFEST
    try:
        raw = json.loads(path.read_text("utf-8"))
        return {name: Month(**entry) for name, entry in sorted(raw["months"].items())}
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"mirror: {path.name} is broken: {error}") from error


def write_month(folder: Folder, month: str, mark: int, table: pa.Table) -> None:
    """Replace the deals of `month` ('YYYY-MM') by `table` (columns as `tables.DEALS`), atomically and durably.

    `mark` (0 to MARKS − 1) names the state of the deals, and differs for every state; writing the live one again changes nothing, so a
    repeated job does no harm. Raises ValueError for a bad mark or month, or a deal of another month.
    """
    if not _MONTH.fullmatch(month):
        raise ValueError(f"month: YYYY-MM is needed, not {month!r}")
    if isinstance(mark, bool) or not 0 <= mark < MARKS:
        raise ValueError(f"mark: a whole number from 0 to {MARKS - 1} is needed, not {mark!r}")
    table = conform(table, DEALS).sort_by([("customer_id", "ascending"), ("day", "ascending")])
    days = numbers(table, "day")
    for day in {int(days.min()), int(days.max())} if len(days) else ():
        if f"{date_of(day):%Y-%m}" != month:
            raise ValueError(f"a deal of {date_of(day)} does not belong to {month}")
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root / "write.lock", exclusive=True):
        months = live(root)
        known = months.get(month)
        if known and mark == known.mark:
            return
        name = f"{month}.{mark:012d}.parquet" if len(days) else None
        if name:
            _durable(root / name, lambda path: _write(table, path))
        months[month] = Month(mark, name, len(days))
        _switch(root, months)


def drop_month(folder: Folder, month: str) -> None:
    """Take a month out of the mirror, durably; nothing happens when it is not there."""
    root = Path(folder)
    with _lock(root / "write.lock", exclusive=True):
        months = live(root)
        if months.pop(month, None):
            _switch(root, months)


def _switch(root: Path, months: dict[str, Month]) -> None:
    """Make these months the live ones, and remove what no longer is."""
    text = json.dumps({"months": {key: vars(value) for key, value in sorted(months.items())}}, indent=1)
    _durable(root / _MANIFEST, lambda path: path.write_text(text, "utf-8"))
    _sweep(root, months)


def read(folder: Folder, upto_day: int, *, customers: tuple[int, int] | None = None, months: dict[str, Month] | None = None) -> pa.Table:
    """The deals up to `upto_day` (inclusive), columns as `tables.DEALS`; with `customers` only low <= customer_id < high.

    Rows are in order of customer within a month, months in order. `months` is a `snapshot`, for several reads of one state.
    """
    if months is None:
        with snapshot(folder) as months:
            return read(folder, upto_day, customers=customers, months=months)
    return pa.concat_tables([DEALS.empty_table(), *(_read_file(path, upto_day, customers) for path in _files(folder, months, upto_day))])


@contextmanager
def snapshot(folder: Folder) -> Iterator[dict[str, Month]]:
    """The live months; none of their files is removed while the block runs."""
    root = Path(folder)
    if not root.is_dir():
        yield {}
        return
    with _lock(root / "read.lock", exclusive=False):
        yield live(root)


def customer_ranges(folder: Folder, months: dict[str, Month], upto_day: int, others: Tables, rows: int) -> list[tuple[int, int]]:
    """Ranges (low, high exclusive) of customer_id with about `rows` deals each, which hold all customers of the mirror and `others`."""
    points: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    total, low, high = 0, [], []
    for name in ("customers", "events", "contacts", "contracts"):
        ids = numbers(getattr(others, name), "customer_id")
        if len(ids):
            low.append(int(ids.min()))
            high.append(int(ids.max()))
    for path in _files(folder, months, upto_day):
        meta = pq.read_metadata(path)
        for group in range(meta.num_row_groups):
            of = meta.row_group(group).column(0).statistics
            low.append(of.min)
            high.append(of.max)
            total += meta.row_group(group).num_rows
            points.append(np.linspace(of.min, of.max, 33))
    if not low:
        return [(0, 1)]
    parts = max(1, -(-total // rows))
    inner = np.unique(np.quantile(np.concatenate(points), np.arange(1, parts) / parts).astype(np.int64)) if parts > 1 else ()
    edges = [min(low), *[int(x) for x in inner if min(low) < x <= max(high)], max(high) + 1]
    return list(pairwise(edges))


def shard(folder: Folder, months: dict[str, Month], others: Tables, upto_day: int, bounds: tuple[int, int]) -> Tables:
    """All tables of a range of customers: their deals up to `upto_day` from the mirror, the rest from `others`."""
    return others.only(*bounds).with_deals(read(folder, upto_day, customers=bounds, months=months))


def shards(folder: Folder, others: Tables, upto_day: int, rows: int = SHARD_ROWS) -> Iterator[Tables]:
    """Everybody, range by range of about `rows` deals each, one after the other of one state of the mirror."""
    with snapshot(folder) as months:
        for bounds in customer_ranges(folder, months, upto_day, others, rows):
            yield shard(folder, months, others, upto_day, bounds)


def _files(folder: Folder, months: dict[str, Month], upto_day: int) -> list[Path]:
    last = f"{date_of(upto_day):%Y-%m}"
    return [Path(folder) / month.file for name, month in months.items() if month.file and name <= last]


def _read_file(path: Path, upto_day: int, customers: tuple[int, int] | None) -> pa.Table:
    with pq.ParquetFile(path, memory_map=True) as file:
        if customers is None:
            table = file.read()
        else:
            table = _read_range(file, *customers)
    table = table.cast(DEALS)
    if f"{date_of(upto_day + 1):%Y-%m}" == path.name[:7]:  # the month goes on after the day
        table = table.filter(pa.array(numbers(table, "day") <= upto_day))
    return table


def _read_range(file: pq.ParquetFile, low: int, high: int) -> pa.Table:
    meta = file.metadata
    stats = [meta.row_group(group).column(0).statistics for group in range(meta.num_row_groups)]
    table = file.read_row_groups([group for group, of in enumerate(stats) if of.max >= low and of.min < high], use_threads=False)
    start, end = np.searchsorted(numbers(table, "customer_id"), [low, high])
    return table.slice(start, end - start)


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=_GROUP_ROWS, compression="none", use_dictionary=["day", "came"], column_encoding=_DELTA)


def _durable(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside, force to disk, rename over, force the folder's entry to disk."""
    beside = path.with_name(path.name + ".tmp")
    write(beside)
    with open(beside, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(beside, path)
    if sys.platform != "win32":
        entry = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def _sweep(root: Path, months: dict[str, Month]) -> None:
    """Remove what is no longer live, unless somebody is reading: then the next write does."""
    kept = {month.file for month in months.values()}
    try:
        with _lock(root / "read.lock", exclusive=True, wait=False):
            for path in root.iterdir():
                if _FILE.fullmatch(path.name) and path.name not in kept:
                    path.unlink()
    except (BlockingIOError, PermissionError):
        return


@contextmanager
def _lock(path: Path, *, exclusive: bool, wait: bool = True) -> Iterator[None]:
    with open(path, "a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            if exclusive and wait:  # readers need none here: an open file cannot be removed
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
        yield  # closing the file gives the lock back
