"""Signals as rows: opened when the pack's condition holds, closed when it no longer does, never doubled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow.compute as pc
from django.db.models import F, Q

from liuke.analytics.conditions import Condition, compile_condition
from liuke.analytics.days import day_number
from liuke.analytics.evidence import Context
from liuke.analytics.signals import evaluate
from liuke.packs.schema import Pack
from liuke.packs.words import slots
from liuke.standing.computing import Computed
from liuke.standing.models import Signal

BATCH = 1000


def update_signals(computed: Computed, pack: Pack, customers: Sequence[int] | None = None, since: date | None = None) -> tuple[int, int]:
    """Open, refresh and close signals from what was computed (of everybody, or of `customers` between runs). (opened, closed).

    Call inside the transaction that makes the standing visible. Running it again changes nothing, and facts taken back leave no trace: a
    signal that ended on `since` (the run's day; as_of when not given) or later and holds again goes on as if it had never ended, one
    opened between runs since then and no longer holding never was.
    """
    day = since or computed.as_of
    context = _context(computed)
    conditions, evidence = _compiled(pack, context.names)
    found = evaluate(conditions, context, evidence)
    now = {
        (customer, key): json.loads(text)
        for customer, key, text in zip(*(found[name].to_pylist() for name in ("customer_id", "signal", "evidence")), strict=True)
    }
    rows = Signal.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=day))
    if customers is not None:
        rows = rows.filter(customer__in=customers)
    # Of several of one kind the open one, else the one that ended last.
    known = {(row.customer_id, row.key): row for row in rows.order_by(F("ended_on").asc(nulls_last=True), "pk")}
    changed, ended, never = [], [], []
    for pair, row in known.items():
        values = now.get(pair)
        if values is not None and (row.ended_on is not None or row.slots != values):
            row.slots, row.ended_on = values, None
            changed.append(row)
        elif values is None and row.ended_on is None:
            if row.at_once and row.started_on >= day:
                never.append(row.pk)
            else:
                row.ended_on = computed.as_of
                ended.append(row)
    Signal.objects.bulk_update(changed, ["slots", "ended_on"], batch_size=BATCH)
    Signal.objects.bulk_update(ended, ["ended_on"], batch_size=BATCH)
    for start in range(0, len(never), BATCH):
        Signal.objects.filter(pk__in=never[start : start + BATCH]).delete()
    of = {signal.key: signal for signal in pack.signals}
    opened = [
        Signal(
            customer_id=customer,
            key=key,
            family=of[key].family,
            severity=of[key].severity,
            slots=values,
            first_slots=values,
            started_on=computed.as_of,
            at_once=customers is not None,
        )
        for (customer, key), values in now.items()
        if (customer, key) not in known
    ]
    Signal.objects.bulk_create(opened, batch_size=BATCH)
    return len(opened), len(ended) + len(never)


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


