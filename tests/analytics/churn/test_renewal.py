"""Contracts into relations and renewals: a table worked by hand, a slow reading of the same rule, and what a model says of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.churn import renewal, sbg
from liuke.analytics.churn.relations import Relations, State, relations
from liuke.analytics.days import day_number
from liuke.analytics.tables import CONTRACTS
from tests.analytics.bases import contracts

GRACE = 30
TODAY = 20_000


def told(of: Relations) -> list[tuple[Any, ...]]:
    """(customer, kind, asset, first day, last day, term, state, ends settled, renewed ahead) a relation."""
    kinds = [of.kinds[place] for place in of.kind]
    columns = (of.customer_id, kinds, of.asset_id, of.first_day, of.end, of.term, map(State, of.state), of.decided, of.renewed_ahead)
    return list(zip(*columns, strict=True))


def year(customer: int, start: int, **more: Any) -> dict[str, Any]:
    """A contract of 100 days."""
    return {"customer_id": customer, "start_day": start, "end_day": start + 99} | more


T = TODAY
HAND = contracts(
    # 1: three terms without a gap, the third runs
    year(1, T - 250), year(1, T - 150), year(1, T - 50),
    # 2: renewed on the last day of the grace, then lost
    year(2, T - 400), year(2, T - 400 + 99 + 30),
    # 3: a day too late: two relations, the first lost, the second lost as well
    year(3, T - 400), year(3, T - 400 + 99 + 31),
    # 4: the end passed 30 days ago: not lost yet; 5: 31 days ago
    year(4, T - 129), year(5, T - 130),
    # 6: the vehicle was sold on the way; 7: sold long after it was not renewed; 8: sold, nobody knows when
    year(6, T - 250, asset_id=9, asset_gone=True, ended_day=T - 200),
    year(7, T - 350, asset_id=9, asset_gone=True, ended_day=T - 20),
    year(8, T - 350, asset_id=9, asset_gone=True),
    # 9: cancelled half-way, and it was not taken up again
    year(9, T - 80, ended_day=T - 40),
    # 10: two vehicles; the renewal of one is no renewal of the other
    year(10, T - 200, asset_id=1), year(10, T - 100, asset_id=2),
    # 11: the renewal was written down without the vehicle
    year(11, T - 150, asset_id=4), year(11, T - 50),
    # 12: renewed early, and a short one beside it
    year(12, T - 170), year(12, T - 90), year(12, T - 60, end_day=T - 20),
    # 13: renewed ahead; 14: ends tomorrow by a word that comes tomorrow; 15: never ran
    year(13, T - 90), year(13, T + 10), year(14, T - 90, ended_day=T + 1), year(15, T - 90, ended_day=T - 91),
    # 16: another kind
    year(16, T - 300, kind="warranty"), year(16, T - 200, kind="insurance"),
)  # fmt: skip

RUNNING, DUE, LOST, ENDED = State
HAND_TOLD = [
    (1, "insurance", -1, T - 250, T + 49, 3, RUNNING, 2, False),
    (2, "insurance", -1, T - 400, T - 172, 2, LOST, 2, False),
    (3, "insurance", -1, T - 400, T - 301, 1, LOST, 1, False),
    (3, "insurance", -1, T - 270, T - 171, 1, LOST, 1, False),
    (4, "insurance", -1, T - 129, T - 30, 1, DUE, 0, False),
    (5, "insurance", -1, T - 130, T - 31, 1, LOST, 1, False),
    (6, "insurance", 9, T - 250, T - 200, 1, ENDED, 0, False),
    (7, "insurance", 9, T - 350, T - 251, 1, LOST, 1, False),
    (8, "insurance", 9, T - 350, T - 251, 1, ENDED, 0, False),
    (9, "insurance", -1, T - 80, T - 40, 1, LOST, 1, False),
    (10, "insurance", 1, T - 200, T - 101, 1, LOST, 1, False),
    (10, "insurance", 2, T - 100, T - 1, 1, DUE, 0, False),
    (11, "insurance", 4, T - 150, T + 49, 2, RUNNING, 1, False),
    (12, "insurance", -1, T - 170, T + 9, 2, RUNNING, 1, False),
    (13, "insurance", -1, T - 90, T + 9, 1, RUNNING, 0, True),
    (14, "insurance", -1, T - 90, T + 9, 1, RUNNING, 0, False),
    (16, "insurance", -1, T - 200, T - 101, 1, LOST, 1, False),
    (16, "warranty", -1, T - 300, T - 201, 1, LOST, 1, False),
]


def test_relations_by_hand():
    assert told(relations(HAND, TODAY, GRACE)) == HAND_TOLD


def test_the_order_of_the_rows_does_not_matter():
    mixed = HAND.take(pa.array(np.random.default_rng(3).permutation(HAND.num_rows)))
    assert told(relations(mixed, TODAY, GRACE)) == HAND_TOLD


def test_the_table_by_hand():
    found = renewal.renewals(HAND, TODAY, GRACE).kinds
    assert list(found) == ["insurance", "warranty"]
    insurance = found["insurance"]
    assert (insurance.at_risk, insurance.lost) == ((11, 2), (7, 1))
    assert insurance.states == {"running": 5, "due": 2, "lost": 8, "ended": 2}
    assert (insurance.renewed_ahead, insurance.term_days) == (1, 100)
    assert (insurance.fit, insurance.why) == (None, "few_customers")
    assert (found["warranty"].at_risk, found["warranty"].lost) == ((1,), (1,))
    first, second = insurance.as_json()["terms"]
    assert first == {
        "term": 1, "at_risk": 11, "lost": 7, "retention": pytest.approx(4 / 11),
        "low": pytest.approx(0.1517, abs=5e-5), "high": pytest.approx(0.6462, abs=5e-5),
    }  # fmt: skip
    assert (second["at_risk"], second["lost"]) == (2, 1)


def test_of_each_year_of_start_by_itself():
    starts = [day_number(np.datetime64(text).item()) for text in ("2020-12-31", "2021-01-01", "2023-01-01")]
    rows = [year(who, start) for who, start in enumerate(starts)] + [year(0, starts[0] + 100)]
    found = renewal.renewals(contracts(*rows), TODAY, GRACE).kinds["insurance"]
    assert found.years == {"2020": ((1, 1), (0, 1)), "2021": ((1,), (1,)), "2023": ((1,), (1,))}
    assert (found.at_risk, found.lost) == ((3, 1), (2, 1))


def test_an_end_is_settled_when_the_grace_has_passed_however_it_went():
    rows = [year(1, T - 110), year(1, T - 10), year(2, T - 129), year(2, T - 20), year(3, T - 130), year(3, T - 20)]
    assert [row[7] for row in told(relations(contracts(*rows), TODAY, GRACE))] == [0, 0, 1]


def test_nothing_in_nothing_out():
    empty = renewal.renewals(CONTRACTS.empty_table(), TODAY, GRACE)
    assert empty.kinds == {} and renewal.Renewals.from_json(empty.to_json()) == empty
    assert renewal.outlook(empty, relations(CONTRACTS.empty_table(), TODAY, GRACE), TODAY, 365).num_rows == 0
    later = renewal.renewals(contracts(year(1, TODAY + 5)), TODAY, GRACE)
    assert later.kinds == {}


# ── a slow reading of the rule ───────────────────────────────────────────────
DAY = st.integers(TODAY - 60, TODAY + 20)
CONTRACT = st.fixed_dictionaries(
    {
        "customer_id": st.integers(1, 2),
        "kind": st.sampled_from(["a", "b"]),
        "start_day": DAY,
        "end_day": DAY,
        "ended_day": st.none() | DAY,
        "asset_gone": st.booleans(),
        "asset_id": st.none() | st.integers(1, 2),
    }
)
SHORT = 5


def slowly(rows: list[dict[str, Any]], as_of: int, grace: int) -> list[tuple[Any, ...]]:
    lots: dict[tuple[int, str, int], list[dict[str, Any]]] = {}
    for row in rows:
        whose = (row["customer_id"], row["kind"])
        named = {r["asset_id"] for r in rows if (r["customer_id"], r["kind"]) == whose and r["asset_id"] is not None}
        asset = row["asset_id"] if row["asset_id"] is not None else named.pop() if len(named) == 1 else -1
        past = row["ended_day"] is not None and row["ended_day"] <= as_of
        stop = min(row["end_day"], row["ended_day"]) if past else row["end_day"]
        gone = row["asset_gone"] and (past or row["ended_day"] is None)
        if stop >= row["start_day"]:
            lots.setdefault((*whose, asset), []).append(
                {**row, "stop": stop, "left": (row["ended_day"] if past else stop) if gone else None}
            )
    answer = []
    for key in sorted(lots):
        chains: list[list[dict[str, Any]]] = []
        in_order = sorted(lots[key], key=lambda r: (r["start_day"], -r["stop"]))
        for row in (r for r in in_order if r["start_day"] <= as_of):
            if not chains or row["start_day"] > chains[-1][-1]["stop"] + grace:
                chains.append([row])
            elif row["stop"] > chains[-1][-1]["stop"]:
                chains[-1].append(row)
        for i, chain in enumerate(chains):
            last = chain[-1]
            end, over = last["stop"], last["stop"] + grace < as_of
            if last["left"] is not None and last["left"] <= end + grace:
                state = ENDED
            else:
                state = LOST if over else DUE if end < as_of else RUNNING
            settled = sum(r["stop"] + grace < as_of for r in chain)
            ahead = (
                i == len(chains) - 1 and state != ENDED and any(as_of < r["start_day"] <= end + grace and r["stop"] > end for r in in_order)
            )
            settled = len(chain) if state == LOST else min(settled, len(chain) - 1)
            answer.append((*key, chain[0]["start_day"], end, len(chain), state, settled, ahead))
    return answer


@given(st.lists(CONTRACT, max_size=12))
def test_relations_as_read_slowly(rows):
    assert told(relations(contracts(*rows), TODAY, SHORT)) == slowly(rows, TODAY, SHORT)


@given(st.lists(CONTRACT, max_size=25))
def test_the_risk_sets_balance(rows):
    of = relations(contracts(*rows), TODAY, SHORT)
    for kind, found in renewal.renewals(contracts(*rows), TODAY, SHORT).kinds.items():
        mine = [row for row in told(of) if row[1] == kind]
        assert sum(found.states.values()) == len(mine) and sum(found.lost) == found.states["lost"]
        entering = len(mine)
        for k, (risk, lost) in enumerate(zip(found.at_risk, found.lost, strict=True)):
            assert risk == entering - sum(row[7] == k and not (row[6] == LOST and row[5] == k) for row in mine)
            assert 0 <= lost <= risk
            entering = risk - lost
        assert entering == sum(row[7] == len(found.at_risk) and row[6] != LOST for row in mine)
        for column, whole in enumerate((found.at_risk, found.lost)):
            by_year = [np.pad(pair[column], (0, len(whole) - len(pair[column]))) for pair in found.years.values()]
            assert not whole or np.sum(by_year, axis=0).tolist() == list(whole)


@given(st.lists(CONTRACT, max_size=25))
def test_shards_add_up(rows):
    shards = [[row for row in rows if row["customer_id"] == who] for who in (1, 2)]
    counts = [renewal.count(relations(contracts(*shard), TODAY, SHORT), SHORT) for shard in shards if shard]
    merged = {kind: reduce(add, [c[kind] for c in counts if kind in c]) for kind in {kind for c in counts for kind in c}}
    assert renewal.fit_kinds(merged, TODAY, SHORT) == renewal.renewals(contracts(*rows), TODAY, SHORT)


@given(st.lists(CONTRACT, max_size=12), st.integers(0, 40))
def test_what_is_lost_stays_lost(rows, days):
    known = [row for row in rows if not row["asset_gone"]]
    before = {row[:5] for row in told(relations(contracts(*known), TODAY - 40, SHORT)) if row[6] == LOST}
    after = {row[:5] for row in told(relations(contracts(*known), TODAY - 40 + days, SHORT)) if row[6] == LOST}
    assert before <= after


# ── with a model ─────────────────────────────────────────────────────────────
def base(customers: int = 4000, alpha: float = 0.9, beta: float = 2.5, *, since: int = 3000) -> pa.Table:
    """Customers of yearly contracts who came over the last `since` days; a few renew some days late."""
    random = np.random.default_rng(7)
    start, terms = TODAY - random.integers(0, since, customers), random.geometric(random.beta(alpha, beta, customers))
    who, first, number = np.arange(customers), start, np.zeros(customers, np.int64)
    lots = []
    while len(who):
        lots.append((who, first))
        number = number + 1
        first = first + 365 + np.where(random.random(len(who)) < 0.2, random.integers(0, 20, len(who)), 0)
        on = (number < terms[who]) & (first <= TODAY)
        who, first, number = who[on], first[on], number[on]
    customer, begins = (np.concatenate(column) for column in zip(*lots, strict=True))
    n = len(customer)
    columns = [customer, ["insurance"] * n, begins.astype(np.int32), (begins + 364).astype(np.int32), pa.nulls(n), [False] * n, pa.nulls(n)]
    return pa.table([*columns, pa.nulls(n)], names=CONTRACTS.names).cast(CONTRACTS)


@pytest.fixture(scope="module")
def modelled() -> tuple[renewal.Renewals, Relations]:
    table = base()
    return renewal.renewals(table, TODAY, GRACE), relations(table, TODAY, GRACE)


def test_the_model_is_found_again(modelled):
    kind = modelled[0].kinds["insurance"]
    assert kind.fit is not None and kind.term_days == 365
    for name, true in (("alpha", 0.9), ("beta", 2.5)):
        assert abs(kind.fit.parameters[name] - true) < 3 * kind.fit.standard_errors[name]
    rows = kind.as_json()["terms"]
    assert sum(row["low"] <= row["fitted"] <= row["high"] for row in rows) >= len(rows) - 1
    assert renewal.Renewals.from_json(modelled[0].to_json()) == modelled[0]


def test_leaving_within_some_days(modelled):
    kind = modelled[0].kinds["insurance"]
    p = kind.fit.parameters

    def still(ends: int, survived: int) -> float:
        return float(sbg.survival(p, ends, survived=survived))

    found = kind.leaves_within([1, 1, 3, 3, 3], [10, 11, 0, 0, 0], 10)
    assert found == pytest.approx([1 - still(1, 0), 0, *[1 - still(1, 2)] * 3])
    assert kind.leaves_within(3, 10, 10 + 365) == pytest.approx(1 - still(2, 2))
    assert kind.leaves_within(3, 10, 9 + 365) == pytest.approx(1 - still(1, 2))
    # Signed ahead: the next end is certain, the one after it is not.
    assert kind.leaves_within(3, 10, 374, ahead=True) == 0
    assert kind.leaves_within(3, 10, 375, ahead=True) == pytest.approx(1 - still(1, 3))
    # In the grace it grows surer day by day, and never quite sure.
    waiting = kind.leaves_within(2, -np.arange(GRACE + 1), 60)
    assert waiting[1] == pytest.approx((1 - still(1, 1)) / (1 - still(1, 1) + still(1, 1) * kind.late[1]))
    assert (np.diff(waiting[1:]) > 0).all() and waiting[-1] < 1
    assert kind.renewals(1, 1) == pytest.approx(1 - kind.leaving(1)) and kind.renewals(4) > kind.renewals(1)


def test_value_is_the_discounted_sum(modelled):
    kind = modelled[0].kinds["insurance"]
    by_hand = sum(
        300 * float(sbg.survival(kind.fit.parameters, j, survived=1)) * 1.1 ** -((100 + 365 * (j - 1)) / 365.25) for j in range(1, 400)
    )
    assert kind.value(2, 300, 0.1, 100) == pytest.approx(by_hand, rel=1e-4)
    with pytest.raises(ValueError, match="yearly_rate"):
        kind.value(2, 300, 0)


def test_outlook(modelled):
    known, of = modelled
    table = renewal.outlook(known, of, TODAY, 365)
    states = known.kinds["insurance"].states
    assert table.schema == renewal.OUTLOOK and table.num_rows == states["running"] + states["due"]
    leaves = table["leaves"].to_numpy()
    assert np.isfinite(leaves).all() and leaves.min() >= 0 and leaves.max() <= 1
    # Everybody's next end but of the renewed ahead comes within a year: as many leave as the sum says, nearly.
    row = table.slice(0, 1).to_pylist()[0]
    kind = known.kinds["insurance"]
    assert row["leaves"] == pytest.approx(float(kind.leaves_within(row["term"], row["days_left"], 365)))
    assert row["asset_id"] is None and row["kind"] == "insurance"


def test_without_a_model_the_outlook_says_nothing():
    known = renewal.renewals(HAND, TODAY, GRACE)
    table = renewal.outlook(known, relations(HAND, TODAY, GRACE), TODAY, 365)
    assert table.num_rows == 7 and table["leaves"].null_count == table["renewals"].null_count == 7
    assert [row["customer_id"] for row in table.to_pylist() if row["renewed_ahead"]] == [13]
    blind = renewal.outlook(known, relations(HAND, TODAY, GRACE), TODAY, 365, ahead=False)
    assert not any(blind["renewed_ahead"].to_pylist())
    with pytest.raises(ValueError, match="few_customers"):
        known.kinds["insurance"].leaving(1)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda who: [year(who, T - 250), year(who, T - 150), year(who, T - 50)], "nobody_left"),
        (lambda who: [year(who, T - 250)], "nobody_repeats"),
        (lambda who: [year(who, T - 250)] + [year(who, T - 150)] * (who > 50) + [year(who, T - 50)] * (who > 50), None),
        (lambda who: [year(who, T - 180)] + [year(who, T - 80)] * (who > 50), "one_term"),
        (lambda who: [year(who, T - 50)], "no_customers"),
    ],
)
def test_why_there_is_no_model(make: Callable[[int], list[dict[str, Any]]], why: str | None):
    kind = renewal.renewals(contracts(*[row for who in range(200) for row in make(who)]), TODAY, GRACE).kinds["insurance"]
    assert kind.why == why and (kind.fit is None) == (why is not None)
