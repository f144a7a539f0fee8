"""A day's run that goes on from the last one gives the very rows of one that begins anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.analytics import daily, mirror, snapshot
from liuke.analytics.changed import of_the_day
from liuke.analytics.cycle import Standing
from liuke.analytics.days import date_of, day_number, months_before
from liuke.analytics.facts import Facts
from liuke.analytics.stages import Stages
from liuke.analytics.tables import Tables, numbers
from liuke.analytics.thresholds import Thresholds
from tests.analytics.samples import base

TODAY = day_number(date(2026, 2, 27))
"""Two days before the end of a February: the windows of the days after it leap."""


@dataclass(frozen=True)
class Prediction:
    leave: np.ndarray
    alive: np.ndarray
    deals: np.ndarray


class Model:
    """A churn model that a test can see through: twenty days of silence are one point in a hundred, a deal more two points less."""

    key = "mbgnbd"

    def predict(self, facts: Facts, has: np.ndarray, silence: np.ndarray, standing: Standing) -> Prediction:
        leave = np.clip(0.05 + silence / 2000 - 0.02 * standing.days[has], 0.01, 0.99)
        return Prediction(leave, 1 - leave, 12 * (1 - leave))

    def value_of_a_deal(self, facts: Facts, has: np.ndarray) -> np.ndarray:
        return np.maximum(facts.column("amount_all")[has] / np.maximum(facts.column("sales")[has], 1), 0)


RULES = daily.Rules(Thresholds(default_cycle_days=45, zombie_months=9, zombie_prospect_days=400), Model(), "one|1")  # type: ignore[arg-type]
"""Silence as long as no other window, and shorter than that of a prospect: each edge of it is seen by itself."""
BY_BAND = replace(RULES, churn=None)


@pytest.fixture(autouse=True, scope="module")
def quick_disk() -> Iterator[None]:
    """Hundreds of months are written here: that they outlive a power cut is another test's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        yield


def around(seed: int, customers: int, day: int) -> Tables:
    """A random base, with words of people that begin or end about the day, and some customers whose silence is about to be one: of
    those the last thing known is a deal, or a talk, or that a card was opened."""
    rng, tables = np.random.default_rng(seed), base(seed, customers, day)
    silent = months_before(day, RULES.thresholds.zombie_months)
    deal, talk, card = (np.arange(8) + 3 * customers + 8 * number + 1 for number in range(3))
    who, on = np.concatenate([deal, deal, talk]), np.concatenate([silent + rng.integers(-6, 6, 8), np.full(16, day - 900)])
    deals = pa.table({"customer_id": who, "day": on, "cents": np.full(24, 5000), "came": np.ones(24, bool)})
    talks = pa.table({"customer_id": talk, "day": silent + rng.integers(-6, 6, 8), "two_way": np.ones(8, bool)})
    no = np.zeros(8, bool)
    cards = pa.table({"customer_id": card, "opened_day": silent + rng.integers(-6, 6, 8), "key_account": no, "owner_left": no})
    said = rng.choice(ids := np.unique(numbers(tables.deals, "customer_id")), len(ids) // 3, replace=False)
    since = day + rng.integers(-6, 6, len(said))
    words = pa.table(
        {
            "customer_id": said,
            "from_day": pa.array(since, pa.int32()),
            "until_day": pa.array(since + rng.choice([0, 1, 3, 90], len(said)), pa.int32()),
            "share": rng.choice([0.0, 0.33, 1.0], len(said)),
        }
    )
    return Tables(
        pa.concat_tables([tables.deals, deals.cast(tables.deals.schema)]),
        pa.concat_tables([tables.customers, cards.cast(tables.customers.schema)]),
        tables.events,
        pa.concat_tables([tables.contacts, talks.cast(tables.contacts.schema)]),
        tables.contracts,
        words,
    )


def filled(folder: Path, deals: pa.Table) -> Path:
    """A mirror with these deals."""
    months = np.array([f"{date_of(int(day)):%Y-%m}" for day in numbers(deals, "day")])
    for month in np.unique(months):
        mirror.write_month(folder, str(month), 1, deals.filter(pa.array(months == month)))
    return folder


def anew(
    where: Path, tables: Tables, day: int, before: Stages, since: int | None, *, rows: int = 400, rules: daily.Rules = RULES
) -> daily.Run:
    filled(where / "mirror", tables.deals)
    return daily.whole(
        where / "insight", f"w{day}", where / "mirror", tables.without_deals(), day, rules, before, since, {"n": 1}, shard_rows=rows
    )


def rows_of(run: daily.Run, *, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """All rows as of the run's day."""
    parts = [of_the_day(shard.rows, shard.facts, run.snapshot.cuts, RULES.thresholds) for shard in run.snapshot.shards()]
    table = pa.concat_tables(parts)
    return [{name: value for name, value in row.items() if name not in without} for row in table.to_pylist()]


def said(rows: list[dict[str, Any]]) -> dict[int, tuple[Any, ...]]:
    return {row["customer_id"]: tuple(value for name, value in row.items() if name not in daily.MOVING | {"mark"}) for row in rows}


def edited(tables: Tables, rng: np.random.Generator, day: int) -> tuple[Tables, np.ndarray]:
    """What is known a day later: some deals more, some taken back or changed, new cards, cards gone, words; and of whom."""
    ids = np.unique(np.concatenate([numbers(tables.customers, "customer_id"), numbers(tables.deals, "customer_id")]))
    some = np.sort(rng.choice(ids, max(1, len(ids) // 30), replace=False))
    gone, new = some[:1], np.array([ids.max() + 1, ids.max() + 2])
    deals = tables.deals
    keep = ~np.isin(numbers(deals, "customer_id"), some) | (rng.random(len(deals)) < 0.8)
    keep &= ~np.isin(numbers(deals, "customer_id"), gone)
    many = 3 * len(some) + 4
    who = rng.choice(np.concatenate([some[1:], new]), many)
    more = pa.table(
        {
            "customer_id": who,
            "day": pa.array(day - rng.choice([-2, 0, 0, 1, 3, 40, 180, 366, 500], many), pa.int32()),
            "cents": rng.choice([100, 5000, -300, 250000], many),
            "came": pa.array(np.ones(many, bool)),
        }
    )
    more = more.set_column(3, "came", pa.array(numbers(more, "cents") > 0))
    cards = tables.customers.filter(pa.array(~np.isin(numbers(tables.customers, "customer_id"), gone)))
    opened = pa.table(
        {
            "customer_id": new,
            "opened_day": pa.array([day, day - 30], pa.int32()),
            "key_account": [True, False],
            "owner_left": [False, False],
        }
    )
    word = pa.table(
        {
            "customer_id": rng.choice(some[1:], 3) if len(some) > 1 else some[:0],
            "day": pa.array([day, day - 1, day - 300][: 3 if len(some) > 1 else 0], pa.int32()),
            "kind": pa.array(["told_leaving", "tier_raised", "satisfaction"][: 3 if len(some) > 1 else 0]),
            "value": pa.array([None, None, 1][: 3 if len(some) > 1 else 0], pa.int64()),
        }
    )
    changed = replace(
        tables,
        deals=pa.concat_tables([deals.filter(pa.array(keep)), more.cast(deals.schema)]),
        customers=pa.concat_tables([cards, opened.cast(cards.schema)]),
        events=pa.concat_tables([tables.events, word.cast(tables.events.schema)]),
    )
    return changed, np.union1d(some, new)


def known_of(tables: Tables, ids: np.ndarray) -> Tables:
    return Tables(*(snapshot.only(getattr(tables, name), ids) for name in snapshot.OTHERS))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(30, 260), st.sampled_from([RULES, RULES, BY_BAND]))
def test_going_on_gives_the_rows_of_beginning_anew(
    tmp_path_factory: pytest.TempPathFactory, seed: int, customers: int, rules: daily.Rules
) -> None:
    where, rng = tmp_path_factory.mktemp("daily"), np.random.default_rng(seed)
    tables = around(seed, customers, TODAY + 3)
    run = anew(where / "go", tables, TODAY, Stages.none(), None, rules=rules)
    for step in range(1, 6):
        day = TODAY + step
        tables, some = edited(tables, rng, day)
        earlier = run
        before = Stages.of_rows(pa.concat_tables([shard.rows for shard in earlier.snapshot.shards()]))
        run = daily.onward(earlier.snapshot, f"d{day}", day, some, known_of(tables, some), rules, Stages.none(), {})
        fresh = anew(where / f"new{step}", tables, day, before, day - 1, rows=300, rules=rules)
        assert run.snapshot.cuts == fresh.snapshot.cuts
        assert rows_of(run) == rows_of(fresh)
        assert run.changes.sort_by("customer_id").to_pylist() == fresh.changes.sort_by("customer_id").to_pylist()
        was, now = said(rows_of(earlier)), said(rows_of(run))
        assert run.dirty is not None
        assert set(run.dirty.tolist()) == {number for number, row in now.items() if was.get(number) != row}, "those and no others"
    reopened = snapshot.opened(where / "go" / "insight", run.snapshot.name)
    assert reopened == run.snapshot


def test_a_day_without_news_touches_few(tmp_path: Path) -> None:
    tables = base(7, 600, TODAY)
    run = anew(tmp_path, tables, TODAY, Stages.none(), None)
    nothing = np.empty(0, np.int64)
    onward = daily.onward(run.snapshot, "next", TODAY + 1, nothing, known_of(tables, nothing), RULES, Stages.none(), {})
    assert onward.dirty is not None
    assert 0 < len(onward.dirty) < 120, "only those whose day has come"


def test_other_rules_move_everybody_and_what_is_unfinished_is_swept(tmp_path: Path) -> None:
    tables = base(3, 200, TODAY)
    run = anew(tmp_path, tables, TODAY, Stages.none(), None)
    nothing = np.empty(0, np.int64)
    other = replace(RULES, thresholds=replace(RULES.thresholds, decline_days=20), settings="two|")
    moved = daily.onward(run.snapshot, "next", TODAY + 1, nothing, known_of(tables, nothing), other, Stages.none(), {})
    by_rule = {row["customer_id"]: row["stage_by_rule"] for row in rows_of(moved)}
    assert by_rule != {row["customer_id"]: row["stage_by_rule"] for row in rows_of(run)}
    root = tmp_path / "insight"
    (root / "half").mkdir()
    assert snapshot.opened(root, "half") is None
    snapshot.sweep(root, moved.snapshot)
    assert {path.name for path in root.iterdir()} == {"next", f"deals-w{TODAY}"}
    assert snapshot.opened(root, "next") == moved.snapshot
