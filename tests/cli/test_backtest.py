"""`liuke backtest`: a table and sentences for people, JSON for programs, one sentence where it cannot be."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
import typer
from typer.testing import CliRunner

from liuke.cli import backtest as command
from liuke.cli import main
from liuke.standing import backtesting
from liuke.standing.models import Backtest
from liuke.team.models import User
from tests.standing.backtests import group, model, result
from tests.standing.conftest import Bought, bought, chen_siyuan, mirror_folder, store

__all__ = ["bought", "chen_siyuan", "mirror_folder", "store"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=True):
        yield lambda *words: CliRunner().invoke(app, ["backtest", *words])


def test_people_get_a_table_and_sentences(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtesting, "compute_backtest", lambda *asked: result())
    answer = run("--as-of", "2025-11-20", "--horizon", "365")
    assert (answer.exit_code, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["*", "BG/NBD", "模型", "0.810", "2.20", "0.1500", "0.0210", "1,204", "1,187"],
        ["同样周期数的老客户", "0.770", "1.90", "0.1700", "0.0600", "—", "1,187"],
        ["最久没来的排前面", "0.740", "1.70", "—", "—", "—", "1,187"],
    ]
    assert lines[4:6] == ["", "去年11月说会走的人里，十个走了八个。"]
    assert "概率可以直接用" in lines[7]
    assert not Backtest.objects.exists(), "the command keeps nothing"


def test_programs_get_all_of_it(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtesting, "compute_backtest", lambda *asked: result())
    answer = run("--as-of", "2025-11-20", "--horizon", "365", "--json")
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, result())


def grouped(pk: int, lost: int, chen_siyuan: User) -> dict[str, Any]:
    groups = {
        "grade": [group("A", 20, 0.4, 0.75), group("B", 380, 0.4, 0.41)],
        "unit": [group(chen_siyuan.unit_id, 400, 0.4, 0.41), group(987_654, 40, 0.4, 0.41)],
        "owner": [group(chen_siyuan.pk, 400, 0.4, 0.41)],
    }
    return result(groups=groups, green_lost=[{"customer": pk, "leave": 0.1999, "amount_cents": 682_000}] * lost)


def test_customers_and_groups_have_names(run, bought: Bought, chen_siyuan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    card = bought("张书远", 800, 3)
    monkeypatch.setattr(backtesting, "compute_backtest", lambda *asked: grouped(card.pk, 25, chen_siyuan))
    told = json.loads(run("--as-of", "2025-11-20", "--json").stdout)
    assert told["green_lost"][0] == {
        "customer": card.pk, "leave": 0.1999, "amount_cents": 682_000, "customer_no": card.number, "name": "张书远",
    }  # fmt: skip
    names = {by: [(row["key"], row["name"]) for row in rows] for by, rows in told["groups"].items()}
    assert names == {
        "grade": [("A", "A 级"), ("B", "B 级")],
        "unit": [(chen_siyuan.unit_id, chen_siyuan.unit.name), (987_654, None)],
        "owner": [(chen_siyuan.pk, "陈思远")],
    }
    lines = [line.split() for line in run("--as-of", "2025-11-20").stdout.splitlines()]
    assert "A 级 20 8.0 ÷ 20 15 ÷ 20 —".split() in lines
    assert "B 级 380 40.0% 41.0% 0.800".split() in lines
    assert [chen_siyuan.unit.name, "400", "40.0%", "41.0%", "0.800"] in lines
    assert lines.count([card.number, "张书远", "19%", "¥6,820"]) == 20


def test_a_model_that_could_not_be_fitted_is_a_line_and_a_reason(run, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [model("band", 0.7, 1.5, brier=0.2, ece=0.09), model("absent", 0.74, 1.7)]
    told = result(models=models, chosen="band", why="few_repeaters", not_fitted={"bgnbd": "few_repeaters"})
    monkeypatch.setattr(backtesting, "compute_backtest", lambda *asked: told)
    answer = run("--as-of", "2025-11-20")
    assert "* 同样周期数的老客户" in answer.stdout
    assert "最久没来的排前面" in answer.stdout
    assert "回头客不到 200 位" in answer.stdout


def test_one_customer_is_no_reason_to_fail(run, bought: Bought) -> None:
    bought("张书远", 800, 700, 3)
    answer = run("--as-of", "2025-06-01", "--horizon", "365", "--json")
    assert answer.exit_code == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["customers"], told["left"]) == (1, 1)
    assert "NaN" not in answer.stdout
    answer = run("--as-of", "2025-06-01", "--horizon", "365")
    assert answer.exit_code == 0
    assert "最久没来的排前面" in answer.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-of", "someday"), "someday"),
        (("--as-of", "2027-01-01"), "2027-01-01 还没到，只能回测过去的一天。"),
        (("--as-of", "2020-01-01"), "2020-01-01 还没有成交，第一笔在 2024-09-11，选那天以后的日子。"),
        (("--as-of", "2026-06-01"), "2026-06-01 往后 365 天，结果还没全出来"),
        (("--as-of", "2025-11-20", "--horizon", "7"), "往后看的天数要在 30 到 730 之间。"),
        (("--as-of", ""), "不是日期"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_cannot_be_is_one_sentence(run, bought: Bought, words, said, form) -> None:
    bought("张书远", 800, 700, 3)
    answer = run(*words, *form)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_before_any_deal(run, store) -> None:
    answer = run("--as-of", "2025-11-20")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (2, "", "还没有成交，没有可以回测的日子。\n")


def test_it_is_one_of_the_commands() -> None:
    assert "backtest" in main.GROUPS
