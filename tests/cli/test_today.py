"""`liuke today`: columns are fixed, so that anybody can check."""

import json

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli import today as command
from liuke.work.actions import plan
from tests.work.cast import DAY, company


@pytest.fixture
def run(db):
    cast = company()
    cast.linqian.is_active = False  # a store without an agent: complaints go to the owner
    cast.linqian.save()
    cast.absent("K001", 503_200)
    urgent = cast.customer("K002", name="刘建军")
    cast.signal(urgent, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 1})
    cast.absent("K003", 300_000, name="郑海涛")
    plan(DAY)
    cast.siyuan.minutes_per_day = 25
    cast.siyuan.save()
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    return lambda *words: CliRunner().invoke(app, ["today", *words])


def test_json_has_the_fixed_columns_in_the_order_of_the_day(run):
    answer = run("chensiyuan", "--date", "2026-11-20", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == [
        {
            "customer_no": "K002",
            "reason": "昨天的严重投诉还没结。",
            "playbook": "complaint_open",
            "minutes": 15,
            "value_per_minute": 0.0,
            "must": True,
        },
        {
            "customer_no": "K001",
            "reason": "212天没来，通常74天一次。",
            "playbook": "overdue_visit",
            "minutes": 10,
            "value_per_minute": 50.32,
            "must": False,
        },
    ]


def test_the_text_says_who_was_left(run):
    answer = run("chensiyuan", "--date", "2026年11月20日")
    assert answer.stdout.splitlines()[0] == "2026-11-20 陈思远：2 件，25 分钟，上限 25 分钟，已做 0 件"
    assert "排到以后 1 件：今天排不下 1 件" in answer.stdout


@pytest.mark.parametrize("words", [("nobody",), ("chensiyuan", "--date", "someday")])
def test_what_cannot_be_answered_ends_with_two(run, words):
    answer = run(*words)
    assert (answer.exit_code, answer.stdout) == (2, "")
