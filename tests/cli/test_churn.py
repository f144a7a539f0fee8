"""`liuke churn`: the books of a period as figures and as a table; bad dates in plain words."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import time_machine
import typer
from django.conf import settings
from typer.testing import CliRunner

from liuke.cli import churn as command
from liuke.customers.models import Event
from tests.cast import assemble, card
from tests.churn.conftest import deal


@pytest.fixture
def run(db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    monkeypatch.setattr(settings, "DATA", tmp_path)
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        cast = assemble()
        for n in range(4):
            customer = card(cast.chen if n else cast.zhou, f"客户{n}")
            deal(customer, date(2026, 1, 10), 30_000 if n else 90_000)
        gone = customer.__class__.objects.get(name="客户0")
        Event.objects.create(customer=gone, kind="told_leaving", on=date(2026, 5, 5))
        yield lambda *words: CliRunner().invoke(app, ["churn", *words])


def test_figures(run: Any) -> None:
    answer = run("--from", "2026-02-01", "--to", "2026-10-31", "--json", "--by", "unit")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    groups = told.pop("groups")
    assert told == {
        "from": "2026-02-01", "to": "2026-10-31", "opening": 4, "new": 0, "returned": 0, "lost": 1, "closing": 3, "absolute": 0.25,
        "relative": 0.5, "by": "unit",
    }  # fmt: skip
    assert sorted((row["name"], row["opening"], row["lost"], row["absolute"]) for row in groups) == [
        ("南京江宁店", 1, 1, 1.0),
        ("杭州滨江店", 3, 0, 0.0),
    ]


def test_an_empty_start_has_no_rate(run: Any) -> None:
    told = json.loads(run("--from", "2025-01-01", "--to", "2026-10-31", "--json").stdout)
    assert (told["opening"], told["new"], told["lost"], told["absolute"], told["relative"]) == (0, 4, 1, None, None)


def test_a_table_by_month(run: Any) -> None:
    lines = run("--from", "2026-04-15", "--to", "2026-06-10", "--by", "month").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["2026-04", "2026-05", "2026-06"]
    assert lines[2].split()[1:] == ["4", "0", "0", "1", "3", "25.0%", "50.0%"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-13-01", "--to", "2026-02-01"), "2026-13-01"),
        (("--from", "2026-05-01", "--to", "2026-02-01"), "在开始"),
        (("--from", "2027-05-01", "--to", "2027-06-01"), "还没到"),
        (("--from", "2026-05-01", "--to", "2026-06-01", "--by", "x"), "没有按"),
        (("--from", "", "--to", "2026-06-01"), "不是日期"),
    ],
    ids=["no such month", "backwards", "to come", "by what", "empty"],
)
def test_bad_dates_are_told_plainly(run: Any, words: tuple[str, ...], said: str) -> None:
    answer = run(*words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
