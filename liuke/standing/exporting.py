"""Standing as a table for other programs: one row a customer, fixed columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa

from liuke.customers.models import Customer
from liuke.kernel.text import neutralise
from liuke.packs.schema import Pack
from liuke.standing.computing import look
from liuke.standing.fitting import at
from liuke.standing.models import Standing
from liuke.standing.queries import run_before
from liuke.standing.reasons import stage_reason
from liuke.standing.rows import standing_rows

CENT = Decimal(100)
MONEY = pa.decimal128(18, 2)
SCHEMA = pa.schema(
    [
        ("customer_no", pa.string()), ("name", pa.string()), ("first_deal", pa.date32()), ("last_deal", pa.date32()),
        ("recency_days", pa.int32()), ("deal_days", pa.int32()), ("amount_all", MONEY), ("amount_12m", MONEY),
        ("r", pa.int8()), ("f", pa.int8()), ("m", pa.int8()), ("cycle_days", pa.float64()), ("elapsed_cycles", pa.float64()),
        ("abc", pa.string()), ("attitude", pa.string()), ("type", pa.string()), ("tags", pa.string()),
        ("stage", pa.string()), ("stage_by_rule", pa.string()), ("stage_reason", pa.string()), ("value_at_risk", MONEY),
        ("amount_last_6m", MONEY), ("amount_6m_before", MONEY), ("expected_12m", MONEY),
        ("leave_share", pa.float64()), ("leave_assumed", pa.bool_()),
        ("leave_by", pa.string()), ("alive_share", pa.float64()), ("expected_deals", pa.float64()),
    ]
)  # fmt: skip
"""Amounts in yuan (two decimals), days as dates, tags joined by ";", stages as letters A–E; empty where there is no deal day."""


def export(as_of: date, pack: Pack) -> pa.Table:
    """Everybody's standing as of a day, computed from the facts as they are now; stored runs before the day carry the shown stage on.

    Ordered by customer number. A text that a spreadsheet would take for a formula is defused.
    """
    computed = look(as_of, pack.thresholds, at(as_of, pack), run_before(as_of))
    rows = standing_rows(0, as_of, computed.rows)
    elapsed = dict(zip(*(computed.rows[name].to_pylist() for name in ("customer_id", "elapsed_cycles")), strict=True))
    names = {pk: (number, name) for pk, number, name in Customer.objects.values_list("pk", "number", "name").iterator(chunk_size=5000)}
    columns: dict[str, list[object]] = {field.name: [] for field in SCHEMA}
    for values in rows.to_pylist():
        row = Standing(**values)
        customer_no, name = names[row.customer_id]
        columns["customer_no"].append(neutralise(customer_no))
        columns["name"].append(neutralise(name))
        columns["recency_days"].append((as_of - row.last_deal).days if row.last_deal else None)
        columns["tags"].append(row.tags.replace(",", ";"))
        columns["elapsed_cycles"].append(elapsed[row.customer_id])
        columns["stage_reason"].append(stage_reason(row, as_of, pack))
        for field, cents in (
            ("amount_all", row.amount_all_cents), ("amount_12m", row.amount_12m_cents), ("value_at_risk", row.value_at_risk_cents),
            ("amount_last_6m", row.last6_cents), ("amount_6m_before", row.prev6_cents), ("expected_12m", row.expected_cents),
        ):  # fmt: skip
            columns[field].append(Decimal(cents) / CENT)
        for field in ("first_deal", "last_deal", "deal_days", "r", "f", "m", "cycle_days", "abc", "attitude", "type"):
            columns[field].append(getattr(row, field))
        for field in ("stage", "stage_by_rule", "leave_share", "leave_assumed", "leave_by", "alive_share", "expected_deals"):
            columns[field].append(getattr(row, field))
    return pa.table({name: pa.array(values, SCHEMA.field(name).type) for name, values in columns.items()}).sort_by("customer_no")
