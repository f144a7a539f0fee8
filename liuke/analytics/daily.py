"""A day's run over shards: a whole one from the mirror, or one that goes on from the last snapshot. Both give the same rows.

Facts of a customer change only when something new is known of him, or something enters or leaves a window (`windows`). A row changes
only with its facts, with the cuts around it, when the rule's answer waits to be shown, or on its `next_day` (`review`). The rest is
left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from . import mirror, snapshot
from .assign import assign
from .changed import by_cuts, merged
from .churn.predict import Churn
from .facts import Facts, facts
from .fingerprint import fingerprints
from .snapshot import OTHERS, Shard, Snapshot, only
from .stages import Stages, letters, told_since, with_stage
from .summary import Cuts, summarise
from .tables import SHARD_ROWS, Tables, numbers
from .thresholds import Thresholds
from .windows import crossed, opened_by_deal

Ints = NDArray[np.int64]
Part = TypeVar("Part")
Result = TypeVar("Result")
THREADS = 2
_ALL_DAYS = 2_932_000
"""A day number beyond every deal: the mirror is read to its end, later days are left out by `facts`."""
MOVING = frozenset({"customer_id", "recency_days", "elapsed_cycles", "next_day", "band"})
"""Columns of a row that are not kept of it: they follow from the others and the day."""


@dataclass(frozen=True)
class Rules:
    """What judgements rest on besides facts. `settings` names it all."""

    thresholds: Thresholds
    churn: Churn | None
    settings: str


@dataclass(frozen=True)
class Run:
    """A finished day: its snapshot, the changes of the shown stage (as `stages.with_stage` gives them), and the customers whose rows
    are other than in the snapshot it went on from (None: everybody)."""

    snapshot: Snapshot
    changes: pa.Table
    dirty: Ints | None


def whole(
    root: Path,
    name: str,
    mirror_folder: str | PathLike[str],
    others: Tables,
    as_of_day: int,
    rules: Rules,
    before: Stages,
    previous_day: int | None,
    notes: dict[str, Any],
    *,
    shard_rows: int = SHARD_ROWS,
    threads: int = THREADS,
) -> Run:
    """Everybody's rows from the mirror and `others`; a new snapshot that goes back to nothing."""
    with mirror.snapshot(mirror_folder) as months:
        bounds = mirror.customer_ranges(mirror_folder, months, as_of_day, others, shard_rows)

        def load(number: int) -> None:
            known = mirror.shard(mirror_folder, months, others, _ALL_DAYS, bounds[number])
            order = np.argsort(numbers(known.deals, "customer_id"), kind="stable")  # months are in order already: a merge
            known = known.with_deals(known.deals.take(pa.array(order)))
            snapshot.write_base(root, name, number, known.deals)
            found = facts(known, as_of_day, rules.thresholds)
            snapshot.write_facts(root, name, number, found, known.without_deals(), np.empty(0, np.int64))
            snapshot.write_rows(root, name, number, pa.table({"customer_id": pa.array([], pa.int64())}))

        _over(load, range(len(bounds)), threads)
    fresh = _with_cuts(Snapshot(root, name, name, as_of_day, tuple(bounds), _NO_CUTS, rules.settings, notes), rules)
    return _judged(fresh, None, [None] * len(bounds), rules, before, previous_day, threads)


def onward(
    last: Snapshot,
    name: str,
    to_day: int,
    changed: Ints,
    known: Tables,
    rules: Rules,
    before: Stages,
    notes: dict[str, Any],
    *,
    threads: int = THREADS,
) -> Run:
    """The rows of a later day (or of the same one), going on from `last`.

    `changed`: rising ids of all customers of whom anything but the date changed since, `known` what is known of them now (nothing, where
    one is gone). `before`: the stages of those among them whose rows were refreshed since.
    """
    root = last.root
    bounds = _stretched(last.bounds, changed)

    def facts_of(number: int) -> Ints:
        shard, (low, high) = last.shard(number), bounds[number]
        mine = changed[(changed >= low) & (changed < high)]
        new = known.only(low, high)
        tables = Tables(*(merged(getattr(shard.tables, key), getattr(new, key), mine) for key in OTHERS))
        now = Shard(low, high, shard.base, np.union1d(shard.replaced, mine), tables, shard.facts, shard.rows)
        late = np.union1d(_crossed(now, last.as_of_day, to_day, rules.thresholds), mine)
        old, fresh = facts(shard.of(late), last.as_of_day, rules.thresholds), facts(now.of(late), to_day, rules.thresholds)
        whole_facts = Facts(
            to_day,
            merged(shard.facts.customers, fresh.customers, late),
            _changed_counts(shard.facts.gaps, old.gaps, fresh.gaps),
            _changed_counts(shard.facts.gaps_then, old.gaps_then, fresh.gaps_then),
        )
        snapshot.write_facts(root, name, number, whole_facts, tables, now.replaced)
        snapshot.write_rows(root, name, number, shard.rows)
        return late

    late = _over(facts_of, range(len(bounds)), threads)
    fresh = _with_cuts(Snapshot(root, name, last.base, to_day, bounds, _NO_CUTS, rules.settings, notes), rules)
    return _judged(fresh, last, late, rules, before, last.as_of_day, threads)


def _judged(
    fresh: Snapshot,
    last: Snapshot | None,
    late: list[Ints] | list[None],
    rules: Rules,
    before: Stages,
    previous_day: int | None,
    threads: int,
) -> Run:
    cuts, day = fresh.cuts, fresh.as_of_day
    everybody = last is None or last.settings != fresh.settings or _moves_everybody(last.cuts, cuts, rules)

    def judge(number: int) -> tuple[pa.Table, Ints]:
        shard, touched = fresh.shard(number), late[number]
        rows = shard.rows
        if everybody or last is None or touched is None:
            part = shard.facts
            due = numbers(part.customers, "customer_id")
        else:
            waiting = numbers(rows, "customer_id")[_waiting(rows, day) | by_cuts(shard.facts, rows, last.cuts, cuts)]
            due = np.union1d(touched, waiting)
            part = Facts(day, only(shard.facts.customers, due), shard.facts.gaps, shard.facts.gaps_then)
        earlier = before if last is None else Stages.of_rows(only(rows, due)).overlaid(before.at(np.intersect1d(before.ids, due)))
        told = told_since(shard.tables.events, day - 1 if previous_day is None else previous_day, day)
        new, changes = with_stage(assign(part, cuts, rules.thresholds, rules.churn), earlier, day, told, rules.thresholds)
        new = new.append_column("mark", pa.array(fingerprints(new, _kept(new))))
        gone = touched if touched is not None else np.empty(0, np.int64)
        dirty = _different(rows, new)
        snapshot.write_rows(fresh.root, fresh.name, number, merged(rows, new, np.union1d(due, gone)) if last else new)
        return changes, dirty

    found = _over(judge, range(len(fresh.bounds)), threads)
    snapshot.write_manifest(fresh)
    changes = pa.concat_tables([part for part, _ in found])
    return Run(fresh, changes, None if last is None else np.concatenate([dirty for _, dirty in found]))


def _with_cuts(fresh: Snapshot, rules: Rules) -> Snapshot:
    return replace(fresh, cuts=summarise([shard.facts for shard in fresh.shards()], rules.thresholds))


def _moves_everybody(then: Cuts, now: Cuts, rules: Rules) -> bool:
    """Whether every cycle, or the shares that the rules go by, are other than they were."""
    if (then.m_pop2, then.m_pop_default) != (now.m_pop2, now.m_pop_default):
        return True
    return rules.churn is None and (then.left, then.sampled) != (now.left, now.sampled)


def _waiting(rows: pa.Table, day: int) -> NDArray[np.bool_]:
    """Rows whose day has come, or whose shown stage is not yet the rule's."""
    if not rows.num_rows:
        return np.empty(0, bool)
    come = rows["next_day"].fill_null(2**31 - 1).to_numpy() <= day
    return np.asarray(come | (letters(rows["stage"]) != letters(rows["stage_by_rule"])), bool)


def _kept(rows: pa.Table) -> list[str]:
    return [name for name in rows.column_names if name not in MOVING]


def _different(old: pa.Table, new: pa.Table) -> Ints:
    """Ids in `new` whose mark is not the one they had."""
    ids, marks = numbers(new, "customer_id"), numbers(new, "mark")
    if not old.num_rows:
        return ids
    known, had = numbers(old, "customer_id"), numbers(old, "mark")
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.asarray(ids[(known[place] != ids) | (had[place] != marks)], np.int64)


def _crossed(shard: Shard, then: int, now: int, thresholds: Thresholds) -> Ints:
    """Of a shard, by the deals that still count (those of `replaced` customers are in `changed` anyway, or were in an earlier one)."""
    found = crossed(shard.tables.with_deals(shard.base), then, now, thresholds)
    newer = crossed(Tables(shard.tables.deals), then, now, thresholds)
    return np.union1d(np.union1d(found, newer), opened_by_deal(shard.facts.customers, then, now, thresholds))


def _changed_counts(all_: Ints, old: Ints, new: Ints) -> Ints:
    out = np.zeros(max(len(all_), len(old), len(new)), np.int64)
    out[: len(all_)] += all_
    out[: len(old)] -= old
    out[: len(new)] += new
    return out


def _stretched(bounds: tuple[tuple[int, int], ...], ids: Ints) -> tuple[tuple[int, int], ...]:
    """The same ranges, the first and the last made to hold these ids."""
    if not len(ids):
        return bounds
    out = list(bounds)
    out[0] = (min(out[0][0], int(ids[0])), out[0][1])
    out[-1] = (out[-1][0], max(out[-1][1], int(ids[-1]) + 1))
    return tuple(out)


def _over(work: Callable[[Part], Result], parts: Iterable[Part], threads: int) -> list[Result]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))


_NO_CUTS = Cuts(0, 0, 0, True, (), (), (), None, None, None, None, (), ())
