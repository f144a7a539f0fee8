from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.conditions import ConditionError, Context, compile_condition
from liuke.analytics.tables import Tables
from tests.analytics.bases import TODAY, contracts, deals, events

GRADED = pa.table(
    {
        "customer_id": [1, 2, 3],
        "opened_day": pa.array([TODAY - 5, TODAY - 50, TODAY - 500], pa.int32()),
        "stage": ["A", "D", None],
        "elapsed_cycles": pa.array([0.5, 2.0, None]),
        "deal_days": pa.array([1, 9, 0], pa.int32()),
        "key_account": [True, False, False],
    }
)
TABLES = Tables(
    deals(),
    events=events(
        (1, TODAY - 30, "satisfaction", 5), (1, TODAY - 3, "satisfaction", 3),
        (2, TODAY - 3, "satisfaction", 4), (2, TODAY - 3, "satisfaction", 2),
        (1, TODAY - 90, "price_asked"), (1, TODAY - 91, "price_asked"), (3, TODAY + 1, "price_asked"), (9, TODAY, "price_asked"),
    ),
    contracts=contracts(
        {"customer_id": 1, "end_day": TODAY + 30}, {"customer_id": 2, "end_day": TODAY - 8}, {"customer_id": 2, "end_day": TODAY - 400},
        {"customer_id": 3, "end_day": TODAY - 1}, {"customer_id": 3, "start_day": TODAY + 5, "end_day": TODAY + 370},
        {"customer_id": 1, "kind": "package", "end_day": TODAY + 9, "remaining": 1},
        {"customer_id": 1, "kind": "package", "end_day": TODAY, "remaining": 2},
        {"customer_id": 2, "kind": "package", "end_day": TODAY - 1, "remaining": 5},
    ),
)  # fmt: skip


def context() -> Context:
    return Context(GRADED, TABLES, TODAY)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("elapsed_cycles >= 2", [2]),
        ("elapsed_cycles < 2", [1]),
        ("not elapsed_cycles < 2", [2, 3]),
        ("known(elapsed_cycles) and not elapsed_cycles < 2", [2]),
        ("elapsed_cycles != 2", [1]),
        ("0 < elapsed_cycles <= 2.0", [1, 2]),
        ("stage == 'D' or key_account", [1, 2]),
        ("stage in ('A', 'D')", [1, 2]),
        ("stage not in ['A']", [2]),
        ("stage != 'A'", [2]),
        ("stage == 5", []),
        ("stage", [1, 2]),
        ("deal_days", [1, 2]),
        ("deal_days * 2 - 1 == 1", [1]),
        ("deal_days / 0 > 1", [1, 2]),
        ("-deal_days < -5", [2]),
        ("opened_days >= 50", [2, 3]),
        ("days_left('insurance') == 30", [1]),
        ("0 <= days_left('insurance') <= 60", [1]),
        ("known(days_left('insurance'))", [1, 3]),
        ("days_expired('insurance') == 8", [2]),
        ("known(days_expired('insurance'))", [2]),
        ("days_left('unheard of') > -99999", []),
        ("remaining('package') == 3", [1]),
        ("known(remaining('package'))", [1]),
        ("days_since('price_asked') == 90", [1]),
        ("count('price_asked') == 2", [1]),
        ("count('price_asked', 90) == 1", [1]),
        ("count('price_asked') == 0", [2, 3]),
        ("last_value('satisfaction') <= previous_value('satisfaction') - 2", [1, 2]),
        ("last_value('satisfaction') == 2 and previous_value('satisfaction') == 4", [2]),
        ("last_value('satisfaction', 2) > 0", []),
        ("last_value('satisfaction', 3) > 0", [1, 2]),
        ("elapsed_cycles >= 2\n and deal_days > 3", [2]),
        ("True", [1, 2, 3]),
    ],
)
def test_condition_holds_for(text: str, who: list[int]) -> None:
    where = context()
    assert where.ids[compile_condition(text, where.names)(where)].tolist() == who


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 1, "empty"),
        ("elapsed_cycle > 1", 1, "unknown name elapsed_cycle"),
        ("deal_days > 1 and lapsed", 19, "unknown name lapsed"),
        ("stage == '流失' and lapsed", 19, "unknown name lapsed"),
        ("deal_days >", 12, "not understood"),
        ("deal_days = 1", 11, "not understood"),
        ("days_left(insurance)", 11, "days_left takes"),
        ("days_left()", 1, "days_left takes"),
        ("count('price_asked', 1.5)", 22, "count takes"),
        ("count('price_asked', True)", 22, "count takes"),
        ("days_left(kind='x')", 1, "days_left takes"),
        ("__import__('os')", 1, "unknown function __import__"),
        ("stage.upper()", 1, "unknown function stage.upper"),
        ("().__class__", 1, "Attribute is not part"),
        ("[x for x in (1, 2)]", 1, "ListComp is not part"),
        ("2 ** 9", 1, "BinOp is not part"),
        ("deal_days is 1", 14, "Is is not part"),
        ("stage in 'AD'", 10, "'in' needs a list"),
        ("stage in (deal_days, 1)", 11, "only plain values"),
        ("deal_days > 9999999999999999", 13, "number too large"),
        ("deal_days > None", 13, "Constant is not part"),
        ("lambda: 1", 1, "Lambda is not part"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, position: int, said: str) -> None:
    with pytest.raises(ConditionError, match="^" + said.replace("(", r"\(")) as caught:
        compile_condition(text, context().names)
    assert caught.value.position == position


@pytest.mark.parametrize("text", ["(" * 400 + "1" + ")" * 400, "not " * 249 + "1", "x" * 1001, "1\x00"])
def test_monsters_are_refused_or_answered(text: str) -> None:
    try:
        assert compile_condition(text, ())(context()).shape == (3,)
    except ConditionError as error:
        assert error.position >= 1


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_an_error_with_a_place(text: str) -> None:
    where = context()
    try:
        found = compile_condition(text, where.names)
    except ConditionError as error:
        assert error.position >= 1
    else:
        assert found(where).dtype == bool


LEAF = st.sampled_from(
    ["elapsed_cycles", "deal_days", "stage", "key_account", "1", "2.5", "'D'", "count('price_asked')", "days_left('insurance')"]
)
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or", "<", ">=", "==", "!=", "+", "-", "*", "/"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        )
        | inner.map(lambda part: f"(not {part})")
    ),
    max_leaves=8,
)


@given(TREE)
def test_whatever_is_well_formed_gives_a_yes_or_no_for_each(text: str) -> None:
    where = context()
    answer = compile_condition(text, where.names)(where)
    assert (answer.dtype, answer.shape) == (bool, (3,))
    opposite = compile_condition(f"not {text}", where.names)(where)
    assert (answer != opposite).all()


def test_columns_read_are_told() -> None:
    assert compile_condition("deal_days > 1 and stage == 'A'", context().names).names == {"deal_days", "stage"}


def test_customers_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="in order"):
        Context(pa.table({"customer_id": [2, 1]}), TABLES, TODAY)
