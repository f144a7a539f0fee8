from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from liuke.analytics import mirror
from liuke.analytics.days import date_of, day_number
from liuke.analytics.grade import grade, grade_mirror
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.bases import deals
from tests.analytics.samples import base

JAN, FEB = date(2025, 1, 31), date(2025, 2, 3)
LATE = day_number(date(2030, 1, 1))


def rows(folder: Path, upto: int = LATE) -> list[tuple[int, int, int]]:
    return [(row["customer_id"], row["day"], row["cents"]) for row in mirror.read(folder, upto).to_pylist()]


def parquet(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".parquet" in path.name)


def store(folder: Path, tables: Tables) -> None:
    months: dict[str, list[int]] = {}
    for place, day in enumerate(tables.deals["day"].to_pylist()):
        months.setdefault(f"{date_of(day):%Y-%m}", []).append(place)
    for month, places in months.items():
        mirror.write_month(folder, month, 1, tables.deals.take(pa.array(places)))


def test_a_month_is_replaced_and_the_old_file_goes(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-01", 1, deals((2, JAN, 1), (1, JAN, 2)))
    mirror.write_month(tmp_path, "2025-02", 2, deals((1, FEB, 3)))
    mirror.write_month(tmp_path, "2025-01", 5, deals((7, JAN, 4)))
    assert rows(tmp_path) == [(7, day_number(JAN), 400), (1, day_number(FEB), 300)]
    assert parquet(tmp_path) == ["2025-01.000000000005.parquet", "2025-02.000000000002.parquet"]
    assert mirror.live(tmp_path)["2025-01"] == mirror.Month(5, "2025-01.000000000005.parquet", 1)


def test_read_up_to_a_day(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-02", 1, deals((1, FEB, 1), (1, date(2025, 2, 4), 2)))
    assert len(rows(tmp_path, day_number(FEB))) == 1
    assert len(rows(tmp_path, day_number(FEB) - 1)) == 0
    assert len(rows(tmp_path, day_number(date(2025, 2, 28)))) == 2
    assert len(rows(tmp_path, day_number(JAN))) == 0


def test_the_same_again_changes_nothing_and_an_older_one_is_refused(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-01", 3, deals((1, JAN, 1)))
    mirror.write_month(tmp_path, "2025-01", 3, deals((1, JAN, 9)))
    assert rows(tmp_path) == [(1, day_number(JAN), 100)]
    mirror.write_month(tmp_path, "2025-01", 2, deals((1, JAN, 9)))
    assert rows(tmp_path) == [(1, day_number(JAN), 900)], "any other mark is another state, the smaller too: a backup was put back"


def test_a_month_the_database_does_not_know_goes(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-01", 3, deals((1, JAN, 1)))
    mirror.write_month(tmp_path, "2025-02", 4, deals((1, FEB, 2)))
    mirror.drop_month(tmp_path, "2025-01")
    mirror.drop_month(tmp_path, "2024-12")
    assert list(mirror.live(tmp_path)) == ["2025-02"]
    assert parquet(tmp_path) == ["2025-02.000000000004.parquet"]


@pytest.mark.parametrize(
    ("month", "mark", "said"),
    [("2025-13", 1, "YYYY-MM"), ("../../x", 1, "YYYY-MM"), ("2025-02", 1, "does not belong"), ("2025-01", -1, "mark")],
)
def test_nonsense_is_refused_and_nothing_changes(tmp_path: Path, month: str, mark: int, said: str) -> None:
    mirror.write_month(tmp_path, "2025-01", 0, deals((1, JAN, 1)))
    with pytest.raises(ValueError, match=said):
        mirror.write_month(tmp_path, month, mark, deals((1, JAN, 2)))
    assert rows(tmp_path) == [(1, day_number(JAN), 100)]
    assert parquet(tmp_path) == ["2025-01.000000000000.parquet"]


def test_a_month_without_deals_is_empty(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-01", 1, deals((1, JAN, 1)))
    mirror.write_month(tmp_path, "2025-01", 2, deals())
    assert (rows(tmp_path), parquet(tmp_path)) == ([], [])
    assert mirror.live(tmp_path)["2025-01"] == mirror.Month(2, None, 0)


def test_nothing_written_yet(tmp_path: Path) -> None:
    assert rows(tmp_path / "none") == []
    assert mirror.live(tmp_path / "none") == {}


def test_a_broken_manifest_is_said(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"months": {"2025-01": {"mark": 1}}}')
    with pytest.raises(ValueError, match="broken"):
        mirror.live(tmp_path)


@pytest.mark.parametrize("crash_at", range(4))
def test_a_crash_at_any_step_leaves_old_or_new_and_the_next_write_cleans(tmp_path: Path, crash_at: int) -> None:
    mirror.write_month(tmp_path, "2025-01", 1, deals((1, JAN, 1)))
    # the child dies, as by kill -9, at its n-th rename or removal: before the file, before the manifest, before the clean-up
    child = f"""
import os, sys
from liuke.analytics import mirror
from tests.analytics.bases import deals
from datetime import date
calls = 0
def dying(real):
    def step(*args, **kwargs):
        global calls
        if calls == {crash_at}:
            os._exit(9)
        calls += 1
        return real(*args, **kwargs)
    return step
os.replace = dying(os.replace)
os.unlink = dying(os.unlink)
mirror.write_month(sys.argv[1], "2025-01", 2, deals((1, date(2025, 1, 31), 2)))
"""
    root = Path(__file__).parents[2]
    code = subprocess.run(
        [sys.executable, "-c", child, str(tmp_path)], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False
    ).returncode
    assert code == (9 if crash_at < 3 else 0)
    assert rows(tmp_path) == [(1, day_number(JAN), 100 if crash_at < 2 else 200)]
    mirror.write_month(tmp_path, "2025-01", 3, deals((1, JAN, 3)))
    assert rows(tmp_path) == [(1, day_number(JAN), 300)]
    assert parquet(tmp_path) == ["2025-01.000000000003.parquet"]


def test_what_is_being_read_is_not_removed(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-01", 1, deals((1, JAN, 1)))
    with mirror.snapshot(tmp_path) as months:
        mirror.write_month(tmp_path, "2025-01", 2, deals((1, JAN, 2)))
        assert mirror.read(tmp_path, LATE, months=months)["cents"].to_pylist() == [100]
        assert len(parquet(tmp_path)) == 2
    mirror.write_month(tmp_path, "2025-02", 3, deals((1, FEB, 3)))
    assert parquet(tmp_path) == ["2025-01.000000000002.parquet", "2025-02.000000000003.parquet"]


def test_manifest_names_what_is_live(tmp_path: Path) -> None:
    mirror.write_month(tmp_path, "2025-01", 1, deals((1, JAN, 1)))
    assert json.loads((tmp_path / "manifest.json").read_text()) == {
        "months": {"2025-01": {"mark": 1, "file": "2025-01.000000000001.parquet", "rows": 1}}
    }


@pytest.mark.parametrize("shard_rows", [400, 10_000_000])
def test_grades_from_the_mirror_are_those_from_memory(tmp_path: Path, shard_rows: int) -> None:
    as_of = day_number(date(2025, 3, 31))
    tables = base(11, 800, as_of)
    store(tmp_path, tables)
    expected, cuts = grade(tables, as_of, Thresholds())
    found, found_cuts = grade_mirror(tmp_path, tables.without_deals(), as_of, Thresholds(), shard_rows=shard_rows)
    assert found_cuts == cuts
    assert found.to_pylist() == expected.to_pylist()


def test_a_range_of_customers_is_read_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "_GROUP_ROWS", 10)
    who = np.repeat(np.arange(50), 3)
    mirror.write_month(tmp_path, "2025-01", 1, deals(*[(int(number), JAN, 1) for number in who]))
    found = mirror.read(tmp_path, LATE, customers=(7, 9))
    assert found["customer_id"].to_pylist() == [7, 7, 7, 8, 8, 8]


def test_grades_of_an_empty_mirror(tmp_path: Path) -> None:
    table, cuts = grade_mirror(tmp_path, Tables(deals()), LATE, Thresholds())
    assert (table.num_rows, cuts.n) == (0, 0)
