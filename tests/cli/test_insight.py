"""`liuke insight`: a day is computed, taken away as a table that no spreadsheet can be led astray by, and explained."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import time_machine
import typer
from django.conf import settings
from typer.testing import CliRunner

from liuke.cli import insight as command
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.standing.exporting import SCHEMA
from liuke.standing.models import Run
from tests.cast import assemble, card

DAY = date(2026, 11, 20)
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def run(db, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    cast = assemble()
    for name, number, on in (("张书远", "C1", date(2026, 11, 16)), (FORMULA, "+C2", date(2026, 10, 2))):
        Deal.objects.create(customer=card(cast.chen, name, number=number), on=on, amount_cents=123_450, came=True)
        touch_months([on])
    app = typer.Typer()
    command.register(app)
    with time_machine.travel(f"{DAY}T10:00:00+08:00", tick=False):
        yield lambda *words: CliRunner().invoke(app, ["insight", *words])


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_name_that_is_a_formula_is_defused_in_the_table(run, tmp_path: Path):
    answer = run("export", "--as-of", "2026-11-20")
    assert (answer.exit_code, answer.stderr) == (0, "")
    table = rows(answer.stdout)
    assert list(table[0]) == SCHEMA.names
    assert [(row["customer_no"], row["name"]) for row in table] == [("'+C2", "'" + FORMULA), ("C1", "张书远")]
    assert [(row["last_deal"], row["recency_days"], row["amount_12m"], row["stage"]) for row in table] == [
        ("2026-10-02", "49", "1234.50", "A"),
        ("2026-11-16", "4", "1234.50", "A"),
    ]
    assert not Run.objects.exists(), "an export keeps nothing"
    file = tmp_path / "table.csv"
    answer = run("export", "--as-of", "2026-11-20", "--out", str(file))
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert rows(file.read_text("utf-8")) == table
    file = tmp_path / "table.parquet"
    assert run("export", "--as-of", "2026-11-20", "--format", "parquet", "--out", str(file)).exit_code == 0
    assert pq.read_table(file)["name"].to_pylist() == ["'" + FORMULA, "张书远"]


def test_a_run_is_kept_when_its_day_was_asked_for(run):
    answer = run("run", "--json")
    ruled = {"pack": "auto_dealer", "customers": 2, "model": "band", "model_why": "nobody_repeats"}
    assert json.loads(answer.stdout) == {"as_of": "2026-11-20", "planned": True, "model_fitted_on": "2026-11-20", **ruled}
    answer = run("run", "--as-of", "2026-10-31", "--json")
    assert json.loads(answer.stdout) == {"as_of": "2026-10-31", "planned": False, "model_fitted_on": "2026-10-31", **ruled}
    assert list(Run.objects.order_by("as_of").values_list("as_of", "kept")) == [(date(2026, 10, 31), True), (DAY, False)]


def test_one_customer_is_explained(run):
    answer = run("explain", "C1", "--as-of", "2026-11-20", "--json")
    said = json.loads(answer.stdout)
    assert (said["facts"]["customer_no"], said["facts"]["last_deal"], said["facts"]["recency_days"]) == ("C1", "2026-11-16", 4)
    assert said["reasons"][0]["about"] == "stage"
    assert "只来过 1 次" in said["reasons"][0]["text"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "C9"), "没有编号为“C9”的客户。"),
        (("run", "--as-of", "someday"), "someday"),
        (("run", "--as-of", "2026-11-21"), "基准日 2026-11-21 还没到。"),
        (("export", "--format", "xlsx"), "--format 只认 csv 和 parquet。"),
        (("export", "--format", "parquet"), "parquet 要用 --out 写到文件。"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_kept(run, words, said):
    answer = run(*words)
    assert (answer.exit_code, answer.stdout, said in answer.stderr) == (2, "", True)
    assert not Run.objects.exists()
