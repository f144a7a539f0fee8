"""Contracts as conditions see them: each asset by itself, the old answer where there is one asset or none."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.evidence import FUNCTIONS, Context
from liuke.analytics.tables import CONTRACTS, Tables, conform
from tests.analytics.bases import TODAY, contracts, deals, graded, regular


def answers(*agreed: dict[str, Any], kind: str = "insurance") -> tuple[int | None, int | None]:
    """(days_left, days_expired) of customer 1."""
    where = Context(pa.table({"customer_id": [1]}), Tables(deals(), contracts=contracts(*agreed)), TODAY)
    left, expired = (FUNCTIONS[name].compute(where, kind)[0] for name in ("days_left", "days_expired"))
    return (None if left != left else int(left), None if expired != expired else int(expired))


def until(days: int, asset: int | None = None, **more: Any) -> dict[str, Any]:
    return {"end_day": TODAY + days, "asset_id": asset, **more}


GONE = {"asset_gone": True, "ended_day": TODAY - 1}


@pytest.mark.parametrize(
    ("agreed", "found"),
    [
        pytest.param([until(15, 1), until(314, 2)], (15, None), id="the second vehicle does not hide the first"),
        pytest.param([until(15, 1), until(380, 1), until(314, 2)], (314, None), id="of each asset the last end counts"),
        pytest.param([until(15, 1), until(380, 1, start_day=TODAY + 16), until(314, 2)], (314, None), id="renewed ahead"),
        pytest.param([until(15, 1), until(380, 1, kind="compulsory"), until(314, 2)], (15, None), id="another kind renews nothing"),
        pytest.param([until(-8, 1), until(314, 2)], (314, 8), id="one expired, the other runs"),
        pytest.param([until(-8, 1), until(-40, 2)], (None, 8), id="the most recently expired"),
        pytest.param([until(-8, 1), until(300, 1), until(-40, 2)], (300, 40), id="the renewed one does not count as expired"),
        pytest.param([until(-8, 1, **GONE), until(314, 2)], (314, None), id="a vehicle that left is not expired"),
        pytest.param([until(15, 1, **GONE), until(314, 2)], (314, None), id="a vehicle that left does not end"),
        pytest.param([until(15, 1), until(380)], (380, None), id="a renewal without the only asset"),
        pytest.param([until(15), until(380, 1)], (380, None), id="an old one without the only asset"),
        pytest.param([until(15), until(380, 1), until(200, 2, **GONE)], (380, None), id="the only asset left"),
        pytest.param([until(15), until(380, 1), until(200, 2)], (15, None), id="without an asset beside two"),
        pytest.param([until(15), until(380)], (380, None), id="no assets"),
        pytest.param([until(-8), until(-40)], (None, 8), id="no assets, both over"),
        pytest.param([until(0, 1)], (0, None), id="the last day still runs"),
        pytest.param([until(-1, 1)], (None, 1), id="the day after it is over"),
        pytest.param([until(-8, 1, customer_id=2)], (None, None), id="somebody else's"),
        pytest.param([], (None, None), id="none"),
    ],
)
def test_each_asset_by_itself(agreed: list[dict[str, Any]], found: tuple[int | None, int | None]) -> None:
    assert answers(*agreed) == found


DAYS = st.integers(-50, 50)
ANY = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from([1, 1, 1, 2]),
        "start_day": DAYS.map(lambda day: TODAY + day),
        "end_day": DAYS.map(lambda day: TODAY + day),
        "ended_day": st.none() | DAYS.map(lambda day: TODAY + day),
        "asset_gone": st.booleans(),
        "asset_id": st.sampled_from([None, 4, 5, 6]),
    }
)


def plainly(agreed: list[dict[str, Any]]) -> tuple[int | None, int | None]:
    """The same in words of one customer."""
    left = [c for c in agreed if c["customer_id"] == 1 and not (c["asset_gone"] and (c["ended_day"] is None or c["ended_day"] <= TODAY))]
    assets = {c["asset_id"] for c in left} - {None}
    groups: dict[int | None, list[dict[str, Any]]] = {}
    for c in left:
        groups.setdefault(min(assets) if c["asset_id"] is None and len(assets) == 1 else c["asset_id"], []).append(c)
    soonest, latest = [], []
    for group in groups.values():
        going = [c for c in group if c["end_day"] >= TODAY and (c["ended_day"] is None or c["ended_day"] > TODAY)]
        past = [c for c in group if c not in going and c["start_day"] <= TODAY]
        stops = [min(c["end_day"], c["ended_day"] if c["ended_day"] is not None else c["end_day"]) for c in going or past]
        if stops:
            (soonest if going else latest).append(max(stops))
    return min(soonest) - TODAY if soonest else None, TODAY - max(latest) if latest else None


@given(st.lists(ANY, max_size=7))
def test_any_contracts_as_counted_by_hand(agreed: list[dict[str, Any]]) -> None:
    assert answers(*agreed) == plainly(agreed)


@given(st.lists(ANY, max_size=7), st.sampled_from([None, 4]))
def test_one_asset_is_as_good_as_none(agreed: list[dict[str, Any]], asset: int | None) -> None:
    one = [{**contract, "asset_id": asset} for contract in agreed]
    left, expired = answers(*one)
    assert (left, expired) == answers(*({**contract, "asset_id": None} for contract in agreed))
    assert left is None or expired is None


def test_who_has_no_assets_may_leave_the_column_out() -> None:
    table = contracts(until(15), until(380)).drop_columns(["asset_id"])
    assert conform(table, CONTRACTS)["asset_id"].null_count == 2
    where = Context(pa.table({"customer_id": [1]}), Tables(deals(), contracts=table), TODAY)
    assert FUNCTIONS["days_left"].compute(where, "insurance").tolist() == [380]
    with pytest.raises(KeyError, match=r"missing columns: remaining'$"):
        conform(table.drop_columns(["remaining"]), CONTRACTS)


def test_the_stage_goes_by_kind_not_by_asset() -> None:
    sold = deals(*regular(1, 60, 4, TODAY))
    agreed = contracts(until(-40, 1), until(314, 2))
    assert graded(Tables(sold, contracts=agreed))[1]["stage_rule_code"] == "C.regular"
