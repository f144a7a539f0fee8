"""Signals as rows: opened when the pack's condition holds, closed when it no longer does, never doubled.

What is kept of a signal changes only when a fact does (analytics.figures), so that on an ordinary day nearly nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from numpy.typing import NDArray

from liuke.analytics.conditions import Condition, compile_condition
from liuke.analytics.days import day_number
from liuke.analytics.evidence import Context
from liuke.analytics.signals import evaluate
from liuke.analytics.tables import Tables, numbers
from liuke.deals.mirror import fetch
from liuke.packs.schema import Pack
from liuke.packs.words import slots
from liuke.standing import bulk
from liuke.standing.computing import Computed
from liuke.standing.models import Signal

BATCH = 5000
_OPEN = pa.schema([("id", pa.int64()), ("customer_id", pa.int64()), ("key", pa.string()), ("slots", pa.string())])
_ENDED = pa.schema([("id", pa.int64()), ("customer_id", pa.int64()), ("key", pa.string())])
Ints = NDArray[np.int64]


def update_signals(computed: Computed, pack: Pack, customers: Sequence[int] | None = None, since: date | None = None) -> tuple[int, int]:
    """Open, refresh and close signals from what was computed (of everybody, or of `customers`). (opened, closed).

    Call inside the transaction that makes the standing visible. Running it again changes nothing, and facts taken back leave no trace: a
    signal that ended on `since` (the run's day; as_of when not given) or later and holds again goes on as if it had never ended, one
    opened between runs since then and no longer holding never was.
    """
    found = evaluate_signals(computed.rows, computed.others, computed.as_of, pack)
    return keep_signals(found, computed.as_of, pack, customers, since)


def evaluate_signals(rows: pa.Table, others: Tables, as_of: date, pack: Pack) -> pa.Table:
    """The signals that are on as of a day: customer_id, signal, evidence (JSON text). Reads and writes nothing else.

    `rows` as `analytics.assign` gives them, in order of customer_id, of everybody or of one shard; `others` the events and contracts of
    these customers (more does no harm). The answers for shards, one after the other, are the answer for all.
    """
    has = np.asarray(pc.greater(rows["deal_days"], 0).to_numpy(zero_copy_only=False), bool)
    context = Context(rows, others, day_number(as_of), {"has_deal_day": has})
    conditions, evidence = _compiled(pack, context.names)
    return evaluate(conditions, context, evidence)


def keep_signals(
    found: pa.Table, as_of: date, pack: Pack, customers: Sequence[int] | None = None, since: date | None = None
) -> tuple[int, int]:
    """Make the rows say what `evaluate_signals` found, of everybody or of `customers` only; written is what differs. (opened, closed).

    `since` is given between runs: the day of the run that the facts have changed since. For the rest see `update_signals`.
    """
    day = since or as_of
    with transaction.atomic():
        open_, ended = _known(customers, day)
        keys = pc.unique(pa.concat_arrays([_whole(table[name]) for table, name in ((found, "signal"), (open_, "key"), (ended, "key"))]))
        now, before, past = _pairs(found, "signal", keys), _pairs(open_, "key", keys), _pairs(ended, "key", keys)
        at = _places(before, now)
        stay = np.flatnonzero(at >= 0)
        texts = _whole(found["evidence"])
        differ = stay[_differ(texts.take(pa.array(stay)), _whole(open_["slots"]).take(pa.array(at[stay])))]
        fresh = np.flatnonzero(at < 0)
        back = _places(past, now[fresh])
        again, opened = fresh[back >= 0], fresh[back < 0]
        ids, ended_ids = numbers(open_, "id"), numbers(ended, "id")
        _rewrite(np.concatenate([ids[at[differ]], ended_ids[back[back >= 0]]]), texts.take(pa.array(np.concatenate([differ, again]))))
        over = ids[_places(now, before) < 0]
        _end(over, as_of, day)
        _open(found.take(pa.array(opened)), as_of, pack, between=since is not None)
    return len(opened), len(over)


# ── read ─────────────────────────────────────────────────────────────────────


def _known(customers: Sequence[int] | None, day: date) -> tuple[pa.Table, pa.Table]:
    """(the open signals, those that ended on `day` or later: of several of one kind the last to end comes last)."""
    columns, order = 'SELECT id, customer_id, "key"', "ORDER BY ended_on, id"
    open_, ended = [_OPEN.empty_table()], [_ENDED.empty_table()]
    for some in [None] if customers is None else _batches(np.array(customers, np.int64)):
        where = "" if some is None else f" AND customer_id IN ({', '.join(['%s'] * len(some))})"
        ids = [] if some is None else some.tolist()
        table = f"FROM {Signal._meta.db_table} WHERE"
        open_.append(fetch(f"{columns}, CAST(slots AS text) {table} ended_on IS NULL{where}", ids, _OPEN))
        ended.append(fetch(f"{columns} {table} ended_on >= %s{where} {order}", [day.isoformat(), *ids], _ENDED))
    return pa.concat_tables(open_), pa.concat_tables(ended)


def _batches(values: Ints) -> Iterator[Ints]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return pa.array([], column.type) if isinstance(whole, pa.ChunkedArray) else whole


# ── compare ──────────────────────────────────────────────────────────────────


def _pairs(table: pa.Table, key: str, keys: pa.Array) -> Ints:
    """Customer and kind of signal as one number."""
    code = pc.index_in(_whole(table[key]), value_set=keys).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.asarray(numbers(table, "customer_id").astype(np.int64) * max(len(keys), 1) + code, np.int64)


def _places(pairs: Ints, wanted: Ints) -> Ints:
    """Where each of `wanted` stands in `pairs`, the last where it stands more than once; -1 where it does not."""
    if not len(pairs):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(pairs, kind="stable")
    at = np.searchsorted(pairs[order], wanted, side="right") - 1
    place = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (pairs[place] == wanted), place, -1)


def _differ(now: pa.Array, kept: pa.Array) -> Ints:
    """Places where two columns of JSON say different things. Texts are compared as they stand; only unlike ones are read."""
    unlike = np.flatnonzero(pc.not_equal(now, kept).to_numpy(zero_copy_only=False))
    some = pa.array(unlike)
    pairs = zip(now.take(some).to_pylist(), kept.take(some).to_pylist(), strict=True)
    return np.asarray(unlike[np.array([json.loads(a) != json.loads(b) for a, b in pairs], bool)], np.int64)


# ── write ────────────────────────────────────────────────────────────────────


def _rewrite(ids: Ints, texts: pa.Array) -> None:
    """Give rows their figures; one that had ended goes on."""
    if not len(ids):
        return
    value = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    sql = f"UPDATE {Signal._meta.db_table} SET slots = {value}, ended_on = NULL WHERE id = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(zip(texts.to_pylist(), ids.tolist(), strict=True)))


def _end(ids: Ints, as_of: date, day: date) -> None:
    for some in _batches(ids):
        rows = Signal.objects.filter(pk__in=some.tolist())
        rows.filter(at_once=True, started_on__gte=day).delete()
        rows.update(ended_on=as_of)


def _open(found: pa.Table, as_of: date, pack: Pack, *, between: bool) -> None:
    if not found.num_rows:
        return
    of = {signal.key: signal for signal in pack.signals}
    kinds = pc.dictionary_encode(_whole(found["signal"]))
    named = [of[key] for key in kinds.dictionary.to_pylist()]
    rows = {
        "customer_id": found["customer_id"],
        "key": found["signal"],
        "family": pa.array([signal.family for signal in named], pa.string()).take(kinds.indices),
        "severity": pa.array([signal.severity for signal in named], pa.int32()).take(kinds.indices),
        "slots": found["evidence"],
        "first_slots": found["evidence"],
        "at_once": pa.array(np.full(found.num_rows, between)),
        "started_on": pa.array([as_of], pa.date32()).take(pa.array(np.zeros(found.num_rows, np.int64))),
    }
    bulk.insert(Signal._meta.db_table, pa.table(rows).combine_chunks())


# ── the pack's expressions, compiled once ────────────────────────────────────


def _compiled(pack: Pack, names: frozenset[str]) -> tuple[dict[str, Condition], dict[str, dict[str, Condition]]]:
    return _compile(pack.key, tuple((s.key, s.condition, slots(s.evidence.zh)) for s in pack.signals), names)


@lru_cache(maxsize=8)
def _compile(
    pack: str, signals: tuple[tuple[str, str, tuple[str, ...]], ...], names: frozenset[str]
) -> tuple[dict[str, Condition], dict[str, dict[str, Condition]]]:
    conditions = {key: compile_condition(condition, names) for key, condition, _ in signals}
    evidence = {key: {slot: compile_condition(slot, names) for slot in wanted} for key, _, wanted in signals}
    return conditions, evidence
