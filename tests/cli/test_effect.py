"""`liuke effect`: kept, listed, withdrawn; refused in plain words."""

import json

import pytest
import time_machine
import typer
from typer.testing import CliRunner

from liuke.cli import effect as command
from liuke.work.models import MeasuredEffect
from tests.work.cast import NOON

GIVEN = ("--treated", "70", "--returned", "56", "--alone", "80", "--returned-alone", "48")


@pytest.fixture
def run(db):
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    with time_machine.travel(NOON, tick=False):
        yield lambda *words: CliRunner().invoke(app, ["effect", *words])


def test_kept_and_listed(run):
    assert run("list").stdout == ""
    answer = run("add", "overdue_visit", *GIVEN, "--source", "2026Q3 对照组")
    assert answer.exit_code == 0
    kept = MeasuredEffect.objects.get()
    assert f"记下了（编号 {kept.pk}）：80.0%（70 位）对 60.0%（80 位），差 20.0 点，95% 区间 5.2 到 33.4。" in answer.stderr
    assert "下一次排今天的事起按" in answer.stderr
    rows = json.loads(run("list", "--json").stdout)
    assert [(row["used"] > row["assumed"], row.pop("used"))[0] for row in rows] == [True]
    assert rows == [
        {
            "id": kept.pk,
            "playbook": "overdue_visit",
            "measured_on": "2026-11-20",
            "treated": 70,
            "returned": 56,
            "alone": 80,
            "returned_alone": 48,
            "effect": 0.2,
            "low": 0.052431,
            "high": 0.333873,
            "assumed": 0.1,
            "source": "2026Q3 对照组",
            "withdrawn": False,
        }
    ]
    line = run("list").stdout
    assert "overdue_visit" in line and "2026Q3 对照组" in line


def test_an_older_one_counts_too(run):
    run("add", "overdue_visit", *GIVEN)
    answer = run("add", "overdue_visit", *GIVEN, "--date", "2026-10-01")
    assert "连同以前一共测过 2 次" in answer.stderr
    rows = json.loads(run("list", "--json").stdout)
    assert [row["measured_on"] for row in rows] == ["2026-11-20", "2026-10-01"]
    assert rows[0]["used"] == rows[1]["used"] > rows[0]["assumed"]
    assert "不再用" not in run("list").stdout


def test_withdrawn(run):
    run("add", "overdue_visit", *GIVEN)
    number = str(MeasuredEffect.objects.get().pk)
    assert run("withdraw", number).exit_code == 0
    assert "已撤回" in run("list").stdout
    assert [(row["withdrawn"], row["used"]) for row in json.loads(run("list", "--json").stdout)] == [(True, None)]
    again = run("withdraw", number)
    assert (again.exit_code, again.stderr.strip()) == (2, "这一次的效果已经撤回过了。")
    assert run("withdraw", "999999").exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no_such", *GIVEN), "没有叫“no_such”的打法"),
        (("overdue_visit", "--treated", "5", "--returned", "6", "--alone", "5", "--returned-alone", "1"), "回来的比总人数还多"),
        (("overdue_visit", "--treated", "0", "--returned", "0", "--alone", "5", "--returned-alone", "1"), "两边都要有人"),
        (("overdue_visit", *GIVEN, "--date", "明年"), "明年"),
    ],
)
def test_refused_in_plain_words(run, words, said):
    answer = run("add", *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert not MeasuredEffect.objects.exists()


def test_simulated_with_the_truth_known(run):
    answer = run("simulate", "--rounds", "200", "--json")
    assert answer.exit_code == 0
    rows = {(row["share"], row["base"]): row for row in json.loads(answer.stdout)}
    assert len(rows) == 12
    assert all(row["false_works"] <= 0.1 and row["covered"] >= 0.88 for row in rows.values())
    assert rows[0.1, 0.1]["found"] > 0.7 and rows[0.1, 0.1]["needed"] == 3458
    table = run("simulate", "--rounds", "20", "--lift", "0.2")
    assert len(table.stdout.strip().splitlines()) == 13 and "多回来 20.0 点" in table.stderr
    assert run("simulate", "--rounds", "1").exit_code == 2
