"""What is kept of a figure stays the same from day to day, and says on each day what reckoning it anew would say."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.conditions import compile_condition
from liuke.analytics.evidence import Context
from liuke.analytics.figures import figure, texts
from liuke.analytics.tables import Tables
from tests.analytics.bases import contracts, deals, events

DAY = 20_777


def context(day: int = DAY) -> Context:
    """1: bought 212 days before DAY, every 74; insured to DAY + 21. 2: never bought, on file for 40 days; insurance ended 8 days ago."""
    recency = pa.array([212 + day - DAY, None], pa.int32())
    cycle = pa.array([74.0, None])
    graded = pa.table(
        {
            "customer_id": [1, 2],
            "opened_day": pa.array([DAY - 900, DAY - 40], pa.int32()),
            "recency_days": recency,
            "cycle_days": cycle,
            "elapsed_cycles": pa.array([(212 + day - DAY) / 74, None]),
            "deal_days": pa.array([4, 0], pa.int32()),
            "last6_cents": pa.array([100_000, 0]),
            "stage": ["D", "A"],
            "contract": ["商业险", None],
            "key_account": [True, False],
        }
    )
    tables = Tables(
        deals(),
        events=events((1, DAY - 30, "rival_seen"), (1, DAY - 3, "satisfaction", 2)),
        contracts=contracts({"customer_id": 1, "end_day": DAY + 21}, {"customer_id": 2, "end_day": DAY - 8}),
    )
    return Context(graded, tables, day)


def kept(*expressions: str, day: int = DAY) -> list[dict[str, object]]:
    where = context(day)
    compiled = {text: compile_condition(text, where.names) for text in expressions}
    return [json.loads(text) for text in texts(compiled, where, np.arange(2)).to_pylist()]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("recency_days", {"since": DAY - 212}, None),
        ("opened_days", {"since": DAY - 900}, {"since": DAY - 40}),
        ("days_since('rival_seen')", {"since": DAY - 30}, None),
        ("days_left('insurance')", {"until": DAY + 21}, None),
        ("days_expired('insurance')", None, {"since": DAY - 8}),
        ("elapsed_cycles", {"cycle": 74, "since": DAY - 212}, None),
        ("recency_days / 30", {"cycle": 30, "since": DAY - 212}, None),
        ("2 * days_left('insurance')", {"cycle": 0.5, "until": DAY + 21}, None),
        ("recency_days - cycle_days", {"since": DAY - 138}, None),
        ("days_since('rival_seen') + days_left('insurance')", 51, None),
        ("recency_days - days_since('rival_seen')", 182, None),
        ("recency_days * days_since('rival_seen')", 6360, None),
        ("days_left('insurance') - 30", -9, None),
        ("recency_days > 200", True, False),
        ("cycle_days", 74, None),
        ("last6_cents / deal_days", 25_000, None),
        ("last6_cents / 7", 14285.714286, 0),
        ("stage", "D", "A"),
        ("contract", "商业险", None),
        ("key_account", True, False),
    ],
)
def test_what_is_kept(text: str, first: object, second: object) -> None:
    assert [row[text] for row in kept(text)] == [first, second]


def test_every_slot_of_a_sentence_in_the_order_of_the_database() -> None:
    where = context()
    wanted = {name: compile_condition(name, where.names) for name in ("recency_days", "deal_days", "stage", "cycle_days")}
    told = texts(wanted, where, np.array([0])).to_pylist()
    assert told == [f'{{"stage": "D", "deal_days": 4, "cycle_days": 74, "recency_days": {{"since": {DAY - 212}}}}}']
    assert texts({}, where, np.array([0, 1])).to_pylist() == ["{}", "{}"]
    assert texts(wanted, where, np.array([], np.int64)).to_pylist() == []


@pytest.mark.parametrize(
    ("value", "day", "shown"),
    [
        ({"since": 100}, 100, 0),
        ({"since": 100}, 112, 12),
        ({"since": 100}, 99, None),
        ({"since": 100.5}, 102, 1.5),
        ({"until": 100}, 79, 21),
        ({"until": 100}, 100, 0),
        ({"until": 100}, 101, None),
        ({"cycle": 71.333333, "since": 100}, 207, 1.5),
        (212, 5, 212),
        (None, 5, None),
        ("D", 5, "D"),
    ],
)
def test_a_figure_on_a_day(value: object, day: int, shown: object) -> None:
    assert figure(value, day) == shown


TERMS = (
    "recency_days",
    "opened_days",
    "elapsed_cycles",
    "days_since('rival_seen')",
    "days_left('insurance')",
    "cycle_days",
    "deal_days",
    "30",
)
EXPRESSIONS = st.recursive(
    st.sampled_from(TERMS),
    lambda part: st.tuples(part, st.sampled_from("+-*/"), part).map(lambda three: f"({' '.join(three)})"),
    max_leaves=5,
)


@given(EXPRESSIONS, st.integers(1, 20))
def test_what_is_kept_one_day_says_the_right_thing_on_another(text: str, later: int) -> None:
    """Where a count is kept, it is the same the next day, and its figure is what the expression comes to."""
    now, then = kept(text)[0][text], kept(text, day=DAY + later)[0][text]
    plain = float(compile_condition(text, context().names).value(context(DAY + later))[0])
    if isinstance(now, dict):
        told = figure(now, DAY + later)
        assert (now == then and told is not None and math.isclose(told, plain, rel_tol=1e-5, abs_tol=1e-5)) or plain < 0
    today = float(compile_condition(text, context().names).value(context())[0])
    shown = figure(now, DAY)
    if math.isfinite(today):
        assert isinstance(shown, int | float) and math.isclose(shown, today, rel_tol=1e-5, abs_tol=1e-5)
    else:
        assert shown is None
