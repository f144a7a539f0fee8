"""Signals as rows: opened when the pack's condition holds, closed when it no longer does, never doubled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow.compute as pc

from liuke.analytics.conditions import Condition, compile_condition
from liuke.analytics.days import day_number
from liuke.analytics.evidence import Context
from liuke.analytics.signals import evaluate
from liuke.packs.schema import Pack
from liuke.packs.words import slots
from liuke.standing.computing import Computed
from liuke.standing.models import Signal

BATCH = 1000


def update_signals(computed: Computed, pack: Pack, customers: Sequence[int] | None = None) -> tuple[int, int]:
    """Open, refresh and close signals from what was computed (of everybody, or of `customers`). (opened, closed).

    Call inside the transaction that makes the standing visible. Running it again for the same day changes nothing.
    """
    context = _context(computed)
    conditions, evidence = _compiled(pack, context.names)
    found = evaluate(conditions, context, evidence)
    now = {
        (customer, key): json.loads(text)
        for customer, key, text in zip(*(found[name].to_pylist() for name in ("customer_id", "signal", "evidence")), strict=True)
    }
    open_rows = Signal.objects.filter(ended_on__isnull=True)
    if customers is not None:
        open_rows = open_rows.filter(customer__in=customers)
    known = {(row.customer_id, row.key): row for row in open_rows}
    ended = [row for pair, row in known.items() if pair not in now]
    changed = []
    for pair, row in known.items():
        signal_slots = now.get(pair)
        if signal_slots is not None and signal_slots != row.slots:
            row.slots = signal_slots
            changed.append(row)
    for row in ended:
        row.ended_on = computed.as_of
    Signal.objects.bulk_update(changed, ["slots"], batch_size=BATCH)
    Signal.objects.bulk_update(ended, ["ended_on"], batch_size=BATCH)
    of = {signal.key: signal for signal in pack.signals}
    opened = [
        Signal(
            customer_id=customer,
            key=key,
            family=of[key].family,
            severity=of[key].severity,
            slots=values,
            started_on=computed.as_of,
        )
        for (customer, key), values in now.items()
        if (customer, key) not in known
    ]
    Signal.objects.bulk_create(opened, batch_size=BATCH)
    return len(opened), len(ended)


def _context(computed: Computed) -> Context:
    rows = computed.rows
    has = np.asarray(pc.greater(rows["deal_days"], 0).to_numpy(zero_copy_only=False), bool)
    return Context(rows, computed.others, day_number(computed.as_of), {"has_deal_day": has})


def _compiled(pack: Pack, names: frozenset[str]) -> tuple[dict[str, Condition], dict[str, dict[str, Condition]]]:
    return _compile(pack.key, tuple((s.key, s.condition, slots(s.evidence.zh)) for s in pack.signals), names)


@lru_cache(maxsize=8)
def _compile(
    pack: str, signals: tuple[tuple[str, str, tuple[str, ...]], ...], names: frozenset[str]
) -> tuple[dict[str, Condition], dict[str, dict[str, Condition]]]:
    conditions = {key: compile_condition(condition, names) for key, condition, _ in signals}
    evidence = {key: {slot: compile_condition(slot, names) for slot in wanted} for key, _, wanted in signals}
    return conditions, evidence


