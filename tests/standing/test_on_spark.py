"""`insight run --engine spark` stores the rows that this process would."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from liuke.packs.loader import load_pack
from liuke.standing import actions
from liuke.standing.models import Run, Signal
from liuke.standing.queries import standings
from tests.standing.conftest import AS_OF, Bought, happened, insured

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AUTO = load_pack("auto_dealer")


def rows(run: Run) -> list[dict[str, object]]:
    kept = standings(run).order_by("customer_id").values()
    return [{name: value for name, value in row.items() if name not in ("id", "book_id")} for row in kept]


def test_a_run_on_spark_leaves_the_same_rows_and_signals(bought: Bought, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spark = pytest.importorskip("pyspark.sql")
    if not shutil.which("java"):
        pytest.skip("Java is not installed")
    monkeypatch.setenv("LIUKE_SPARK_MASTER", "local[1]")
    monkeypatch.chdir(tmp_path)  # Java stays for the whole process, where it was started: there must be none of our code in that place
    rng = random.Random(5)
    cards = [bought(f"客户{n}", *sorted(rng.sample(range(1, 900), rng.randint(0, 8)), reverse=True)) for n in range(40)]
    happened(cards[3], "told_leaving", 5)
    insured(cards[4], 21)
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF - timedelta(days=2), AUTO)
        here = actions.run(AS_OF, AUTO)
        said, signals = rows(here), sorted(Signal.objects.values_list("customer_id", "key", "started_on", "ended_on"), key=str)
        there = actions.run(AS_OF, AUTO, engine="spark")
    spark.SparkSession.getActiveSession().stop()  # another module's session starts elsewhere, with settings of its own
    assert rows(there) == [{**row, "since": AS_OF} for row in said]
    assert sorted(Signal.objects.values_list("customer_id", "key", "started_on", "ended_on"), key=str) == signals
    assert there.snapshot == ""
