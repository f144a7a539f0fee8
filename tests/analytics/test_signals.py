from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from liuke.analytics.conditions import compile_condition
from liuke.analytics.evidence import Context
from liuke.analytics.signals import SIGNALS, evaluate
from tests.analytics.test_conditions import GRADED, TABLES, TODAY


def test_each_signal_that_is_on_with_its_evidence() -> None:
    where = Context(GRADED, TABLES, TODAY, {"balance": np.array([1.5, np.nan, 2.0])})
    rules = {
        "not_back": "elapsed_cycles >= 1.25 and deal_days > 1",
        "insurance_ends": "0 <= days_left('insurance') <= 400",
        "never": "deal_days > 99",
        "rich": "balance > 1 or stage == 'D'",
    }
    slots = {"insurance_ends": {"days": compile_condition("days_left('insurance')", where.names)}}
    found = evaluate({key: compile_condition(text, where.names) for key, text in rules.items()}, where, slots)
    rows = [(row["customer_id"], row["signal"], json.loads(row["evidence"])) for row in found.to_pylist()]
    assert rows == [
        (2, "not_back", {"deal_days": 9, "elapsed_cycles": 2}),
        (1, "insurance_ends", {"days": {"until": TODAY + 30}}),
        (3, "insurance_ends", {"days": {"until": TODAY + 370}}),
        (1, "rich", {"balance": 1.5, "stage": "A"}),
        (2, "rich", {"balance": None, "stage": "D"}),
        (3, "rich", {"balance": 2, "stage": None}),
    ]


def test_no_signals_make_an_empty_table() -> None:
    assert evaluate({}, Context(GRADED, TABLES, TODAY)).schema == SIGNALS


def test_shard_by_shard_it_is_the_same() -> None:
    rules = {"not_back": "elapsed_cycles >= 0.5", "told": "stage in ('A', 'D') and not stage == 'A'", "asked": "not stage == 'A'"}

    def found(rows: pa.Table) -> list[dict[str, object]]:
        where = Context(rows, TABLES, TODAY)
        return evaluate({key: compile_condition(text, where.names) for key, text in rules.items()}, where).to_pylist()

    apart = [row for at in range(3) for row in found(GRADED.slice(at, 1))]
    together = found(GRADED)
    assert sorted(apart, key=str) == sorted(together, key=str)
    assert [(row["customer_id"], row["signal"]) for row in together] == [
        (1, "not_back"),
        (2, "not_back"),
        (2, "told"),
        (2, "asked"),
        (3, "asked"),
    ]
