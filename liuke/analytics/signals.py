"""Which signals of a pack are on, for whom, with the facts they rest on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from .conditions import Condition, compile_condition, repeated
from .evidence import Context
from .figures import texts

SIGNALS = pa.schema([("customer_id", pa.int64()), ("signal", pa.string()), ("evidence", pa.string())])


def evaluate(conditions: Mapping[str, Condition], context: Context, slots: Mapping[str, Mapping[str, Condition]] | None = None) -> pa.Table:
    """One row for each signal that is on: (customer_id, signal, evidence), by signal in the order given, then by customer.

    `evidence` is a JSON object of the slot values, as `figures.texts` keeps them: those of `slots[signal]` (name → expression), by default
    every column that the condition reads.
    """
    wanted = {key: (slots or {}).get(key) for key in conditions}
    context.shared = repeated([*conditions.values(), *(slot for each in wanted.values() if each for slot in each.values())])
    parts = []
    for key, condition in conditions.items():
        on = np.flatnonzero(condition(context))
        named = wanted[key]
        if named is None:
            named = {name: compile_condition(name, context.names) for name in condition.names}
        columns = [pa.array(context.ids[on]), pa.array([key], pa.string()).take(pa.array(np.zeros(len(on), np.int64)))]
        parts.append(pa.table([*columns, texts(named, context, on)], schema=SIGNALS))
    return pa.concat_tables(parts) if parts else SIGNALS.empty_table()
