"""What insight computed of customers, as rows of the standing table."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from liuke.standing.models import FOREVER

_PLAIN = (
    "deal_days", "amount_all_cents", "amount_12m_cents", "last6_cents", "prev6_cents", "r", "f", "m", "cycle_days", "abc", "attitude",
    "type", "tags", "stage", "stage_by_rule", "leave_share", "leave_by", "model_share", "alive_share", "expected_deals",
    "value_at_risk_cents",
)  # fmt: skip
_DAYS = {
    "first_deal": "first_day", "last_deal": "last_day", "due_on": "due_day", "stage_since": "stage_since", "rule_since": "rule_since",
    "evidence_on": "evidence_day",
}  # fmt: skip


def standing_rows(book: int, since: date, rows: pa.Table) -> pa.Table:
    """The columns of the standing table that hold from `since` on, from rows as `analytics.stages.with_stage` gives them."""
    many = rows.num_rows

    def every(value: object, type_: pa.DataType) -> pa.Array:
        return pa.repeat(pa.scalar(value, type_), many)

    columns = {
        "book_id": every(book, pa.int64()),
        "customer_id": rows["customer_id"],
        "since": every(since, pa.date32()),
        "until": every(FOREVER, pa.date32()),
        **{name: rows[of].cast(pa.date32()) for name, of in _DAYS.items()},
        **{name: rows[name] for name in _PLAIN},
        "stage_code": rows["stage_rule_code"],
        "evidence_kind": pc.fill_null(rows["evidence_kind"], ""),
        "expected_cents": rows["expected_12m_cents"],
    }
    return pa.table(columns).combine_chunks()
