"""Two ways, one answer: the kernel against plain SQL, row by row and column by column."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.analytics.assign import assign
from liuke.analytics.days import day_number
from liuke.analytics.facts import facts
from liuke.analytics.grade import grade
from liuke.analytics.summary import summarise
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.bases import contacts, contracts, deals, events
from tests.analytics.engines import by_duckdb, by_sqlite, same
from tests.analytics.samples import KINDS, base

DAYS = (date(2024, 2, 29), date(2025, 3, 31), date(2025, 8, 31), date(2026, 11, 21))
RETAIL = Path(__file__).parents[2].parent / "shared" / "data" / "online_retail.csv.gz"


@pytest.mark.parametrize("as_of", [day_number(day) for day in DAYS], ids=[day.isoformat() for day in DAYS])
def test_random_base_is_the_same_on_sqlite_and_duckdb(as_of: int) -> None:
    tables, thresholds = base(as_of, 3000, as_of), Thresholds()
    ours, _ = grade(tables, as_of, thresholds)
    seen = set(ours["stage_rule_code"].to_pylist())
    assert len(seen) == 20, "the sample reaches every rule"
    assert set(ours["type"].to_pylist()) == {"marginal", "key", "fan", "potential", "zombie", "general"}
    assert set(ours["attitude"].to_pylist()) == {"", "none", "switcher", "loyal"}
    same(ours, by_sqlite(tables, as_of, thresholds))
    same(ours, by_duckdb(tables, as_of, thresholds))
    same(ours, by_duckdb(tables, as_of, thresholds, native_median=True))


LEAP = day_number(date(2024, 2, 29))
WHO = st.integers(1, 5)
DAY = st.integers(0, 800).map(lambda ago: LEAP - ago) | st.sampled_from([LEAP + 1, LEAP - 365, LEAP - 366, LEAP - 182, LEAP - 60])
SOME = st.tuples(WHO, DAY, st.sampled_from([-50.5, 0, 0.01, 10, 10, 99.99]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(SOME, max_size=40),
    st.lists(st.tuples(WHO, DAY, st.sampled_from(KINDS), st.integers(1, 10)), max_size=12),
    st.lists(st.tuples(WHO, DAY, st.booleans()), max_size=4),
    st.lists(
        st.fixed_dictionaries(
            {"customer_id": WHO, "start_day": DAY, "end_day": DAY, "ended_day": st.none() | DAY, "asset_gone": st.booleans()},
        ),
        max_size=5,
    ),
)
def test_any_small_base_is_the_same_on_sqlite(sold: list[Any], happened: list[Any], talked: list[Any], agreed: list[Any]) -> None:
    tables = Tables(deals(*sold), None, events(*happened), contacts(*talked), contracts(*agreed))
    ours, _ = grade(tables, LEAP, Thresholds())
    same(ours, by_sqlite(tables, LEAP, Thresholds()))


def test_thresholds_of_a_pack_are_the_same_on_sqlite() -> None:
    as_of = day_number(date(2025, 12, 31))
    thresholds = Thresholds(
        k=3, default_cycle_days=60, abc_a="0.7", abc_b="0.9", loyal_days=5, loyal_intervals=2, on_cycle="1.25", loyal_elapsed="1",
        switcher_days=2, switcher_elapsed="1.5", satisfaction_days=90, satisfaction_low=3, zombie_months=6, zombie_prospect_days=30,
        fan_months=12, potential_share="0.33",
        exit_elapsed="3", exit_days=180, decline_elapsed="1.333", decline_days=30, decline_spend_ratio="0.75", decline_prev_days=2,
        contract_grace_days=60, mature_days=6, mature_intervals=4, growth_days=3,
        bands=("0.5", "1.25"), prior_leave_shares=("0.1", "0.2", "0.305"),
    )  # fmt: skip
    tables = base(7, 1500, as_of)
    ours, _ = grade(tables, as_of, thresholds)
    same(ours, by_sqlite(tables, as_of, thresholds))


@pytest.mark.parametrize("years", [1, 6])
def test_bands_nobody_was_in_take_the_prior_on_both(years: int) -> None:
    as_of = day_number(date(2025, 5, 31)) - 365 * years
    tables = base(3, 120, day_number(date(2025, 5, 31)))
    ours, cuts = grade(tables, as_of, Thresholds())
    assert 0 in cuts.sampled
    same(ours, by_sqlite(tables, as_of, Thresholds()))


def test_shards_add_to_the_same_answer() -> None:
    as_of = day_number(date(2025, 3, 31))
    tables = base(5, 2000, as_of)
    whole, cuts = grade(tables, as_of, Thresholds())
    parts, part_cuts = grade(tables, as_of, Thresholds(), shard_rows=700)
    assert len(list(tables.shards(700))) > 10
    assert part_cuts == cuts
    assert parts.to_pylist() == whole.to_pylist()


def test_one_customer_again_with_the_stored_cuts_is_the_same() -> None:
    as_of = day_number(date(2025, 3, 31))
    tables, thresholds = base(5, 400, as_of), Thresholds()
    parts = facts(tables, as_of, thresholds)
    cuts = type(summarise([parts], thresholds)).from_json(summarise([parts], thresholds).to_json())
    whole = {row["customer_id"]: row for row in assign(parts, cuts, thresholds).to_pylist()}
    for number in list(whole)[::7]:
        alone = assign(facts(tables.only(number, number + 1), as_of, thresholds), cuts, thresholds).to_pylist()
        assert alone == [whole[number]]


@pytest.mark.skipif(not RETAIL.exists(), reason="shared/data/online_retail.csv.gz is not here")
def test_online_retail_is_the_same_on_sqlite_and_duckdb() -> None:
    cents: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    when: dict[tuple[int, str], int] = {}
    with gzip.open(RETAIL, "rt", encoding="utf-8", errors="replace") as file:
        for line in csv.DictReader(file):
            if not line["CustomerID"]:
                continue
            key = (int(float(line["CustomerID"])), line["InvoiceNo"])
            cents[key] += Decimal(line["Quantity"]) * Decimal(line["UnitPrice"]) * 100
            when.setdefault(key, day_number(_day(line["InvoiceDate"])))
    assert (len(cents), len({who for who, _ in cents})) == (22_190, 4_372)
    refund = [number.startswith("C") for _, number in cents]
    money = [int(value.quantize(Decimal(1))) for value in cents.values()]
    deals = pa.table(
        {
            "customer_id": [who for who, _ in cents],
            "day": pa.array([when[key] for key in cents], pa.int32()),
            "cents": money,
            "came": [value > 0 and not back for value, back in zip(money, refund, strict=True)],
        }
    )
    as_of, thresholds = day_number(date(2011, 12, 9)), Thresholds(default_cycle_days=60)
    tables = Tables(deals)
    ours, _ = grade(tables, as_of, thresholds)
    assert ours.num_rows == 4_372
    same(ours, by_sqlite(tables, as_of, thresholds))
    same(ours, by_duckdb(tables, as_of, thresholds, native_median=True))


def _day(text: str) -> date:
    first = text.split(" ")[0]
    if "-" in first:
        return date.fromisoformat(first)
    return datetime.strptime(first, "%m/%d/%Y").date()
