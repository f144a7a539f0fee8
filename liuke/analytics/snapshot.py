"""Everybody's facts and judgements as of a day, kept on disk between runs in shards of customers, so that a day's run touches what changed.

A folder a run, named by the run; its manifest is written last, so that a folder without one is a crash's and is swept away. The deals of
the whole run a snapshot goes back to lie in a folder of their own (`deals-NAME`), by customer, and are never written again; customers
whose deals changed since have theirs in the run's folder (`tables.deals`), where they count instead (`replaced`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from numpy.typing import NDArray

from .facts import Facts
from .summary import Cuts
from .tables import Tables, numbers

Ints = NDArray[np.int64]
OTHERS = ("deals", "customers", "events", "contacts", "contracts", "overrides")
_MANIFEST, _SIGNALS = "manifest.json", "signals.arrow"


@dataclass(frozen=True)
class Shard:
    """The customers low <= id < high. `base`: their deals as of the whole run, in order of customer; `rows`: as `daily` makes them."""

    low: int
    high: int
    base: pa.Table
    replaced: Ints
    tables: Tables
    facts: Facts
    rows: pa.Table

    def of(self, ids: Ints) -> Tables:
        """All tables of these customers (rising ids) as they are known now."""
        still = ids[~np.isin(ids, self.replaced)]
        deals = pa.concat_tables([_gather(self.base, still), only(self.tables.deals, ids)])
        return Tables(deals, *(only(getattr(self.tables, name), ids) for name in OTHERS[1:]))


@dataclass(frozen=True)
class Snapshot:
    """What is known of a run. `settings`: what the judgements rest on besides facts and cuts (rules, model), as a text to compare;
    `notes`: small things the caller wants back next time."""

    root: Path
    name: str
    base: str
    as_of_day: int
    bounds: tuple[tuple[int, int], ...]
    cuts: Cuts
    settings: str
    notes: dict[str, Any]

    def shard(self, number: int) -> Shard:
        """Read by memory map: what is not looked at is not loaded."""
        folder, (low, high) = self.root / self.name, self.bounds[number]

        def table(name: str) -> pa.Table:
            return feather.read_table(folder / f"{number:05d}.{name}.arrow", memory_map=True)

        counts = table("gaps")
        facts = Facts(self.as_of_day, table("facts"), numbers(counts, "gaps"), numbers(counts, "gaps_then"))
        base = feather.read_table(self.root / f"deals-{self.base}" / f"{number:05d}.arrow", memory_map=True)
        tables = Tables(*(table(name) for name in OTHERS))
        return Shard(low, high, base, numbers(table("replaced"), "customer_id"), tables, facts, table("rows"))

    def shards(self) -> Iterator[Shard]:
        """One after the other."""
        return (self.shard(number) for number in range(len(self.bounds)))

    def signals(self) -> pa.Table | None:
        """The signals that were on, as `write_signals` kept them; None where they were not."""
        path = self.root / self.name / _SIGNALS
        return feather.read_table(path, memory_map=True) if path.is_file() else None

    def rows_of(self, ids: Ints) -> pa.Table:
        """The rows of these customers (rising ids)."""
        return pa.concat_tables([only(shard.rows, ids) for shard in self.shards()])


def opened(root: Path, name: str) -> Snapshot | None:
    """The snapshot of that name; None when there is none, or one that another version wrote."""
    try:
        raw = json.loads((root / name / _MANIFEST).read_text("utf-8"))
        cuts = Cuts.from_json(json.dumps(raw.pop("cuts")))
        bounds = tuple((int(low), int(high)) for low, high in raw.pop("bounds"))
        found = Snapshot(root=root, cuts=cuts, bounds=bounds, **raw)
        return found if (root / f"deals-{found.base}").is_dir() else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_manifest(snapshot: Snapshot) -> None:
    """Declare the folder complete."""
    raw = {name: getattr(snapshot, name) for name in ("name", "base", "as_of_day", "bounds", "settings", "notes")}
    text = json.dumps({**raw, "cuts": json.loads(snapshot.cuts.to_json())})
    path = snapshot.root / snapshot.name / _MANIFEST
    path.with_suffix(".tmp").write_text(text, "utf-8")
    path.with_suffix(".tmp").replace(path)


def write_base(root: Path, name: str, number: int, deals: pa.Table) -> None:
    """Keep a shard's deals, ordered by customer."""
    folder = root / f"deals-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    _write(deals, folder / f"{number:05d}.arrow")


def write_facts(root: Path, name: str, number: int, facts: Facts, tables: Tables, replaced: Ints) -> None:
    """Keep a shard's facts and tables."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    wide = max(len(facts.gaps), len(facts.gaps_then))
    gaps = {key: np.pad(value, (0, wide - len(value))) for key, value in (("gaps", facts.gaps), ("gaps_then", facts.gaps_then))}
    for key, table in {
        "facts": facts.customers,
        "gaps": pa.table(gaps),
        "replaced": pa.table({"customer_id": replaced}),
        **{key: getattr(tables, key) for key in OTHERS},
    }.items():
        _write(table, folder / f"{number:05d}.{key}.arrow")


def write_rows(root: Path, name: str, number: int, rows: pa.Table) -> None:
    """Keep a shard's judgements."""
    _write(rows, root / name / f"{number:05d}.rows.arrow")


def write_signals(kept: Snapshot, found: pa.Table) -> None:
    """Keep the signals of everybody beside the rows."""
    _write(found, kept.root / kept.name / _SIGNALS)


def sweep(root: Path, keep: Snapshot | None) -> None:
    """Remove every folder that `keep` does not need."""
    needed = {keep.name, f"deals-{keep.base}"} if keep else set()
    for path in root.iterdir() if root.is_dir() else ():
        if path.is_dir() and path.name not in needed:
            shutil.rmtree(path, ignore_errors=True)


def only(table: pa.Table, ids: Ints) -> pa.Table:
    """The rows of these customers."""
    if not table.num_rows or not len(ids):
        return table.slice(0, 0)
    return table.take(pa.array(np.flatnonzero(np.isin(numbers(table, "customer_id"), ids))))


def _gather(table: pa.Table, ids: Ints) -> pa.Table:
    """The rows of rising ids from a table in order of customer."""
    column = numbers(table, "customer_id")
    start, end = np.searchsorted(column, ids), np.searchsorted(column, ids, side="right")
    count = end - start
    first = np.cumsum(count) - count
    return table.take(pa.array(np.arange(int(count.sum())) + np.repeat(start - first, count)))


def _write(table: pa.Table, path: Path) -> None:
    """Beside, then over: a file that is mapped somewhere may be replaced, but never written to."""
    beside = path.with_suffix(".tmp")
    feather.write_feather(table.combine_chunks(), str(beside), compression="uncompressed")
    beside.replace(path)
