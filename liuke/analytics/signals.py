"""Which signals of a pack are on, for whom, with the facts they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from .conditions import Condition
from .evidence import Context

SIGNALS = pa.schema([("customer_id", pa.int64()), ("signal", pa.string()), ("evidence", pa.string())])


def evaluate(conditions: Mapping[str, Condition], context: Context, slots: Mapping[str, Mapping[str, Condition]] | None = None) -> pa.Table:
    """One row for each signal that is on: (customer_id, signal, evidence), by signal in the order given, then by customer.

    `evidence` is a JSON object of the slot values: those of `slots[signal]` (name → expression), by default every column that the
    condition reads. Whole numbers are written as such, a missing value as null.
    """
    parts = []
    for key, condition in conditions.items():
        on = np.flatnonzero(condition(context))
        wanted = (slots or {}).get(key)
        values = (
            {name: context.column(name)[on] for name in sorted(condition.names)}
            if wanted is None
            else {name: expression.value(context)[on] for name, expression in wanted.items()}
        )
        texts = [json.dumps({name: _json(column[row]) for name, column in values.items()}, ensure_ascii=False) for row in range(len(on))]
        parts.append(
            pa.table([pa.array(context.ids[on]), pa.array([key] * len(on), pa.string()), pa.array(texts, pa.string())], schema=SIGNALS)
        )
    return pa.concat_tables(parts) if parts else SIGNALS.empty_table()


def _json(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return int(value) if value.is_integer() else round(value, 6)
    return value
