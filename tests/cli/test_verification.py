"""`liuke verification sample` and `report`."""

import json

import pytest
import time_machine
import typer
from typer.testing import CliRunner

from liuke.cli import verification as command
from liuke.verification.labels import State
from liuke.verification.models import SampleCard, SampleWeek
from tests.cast import assemble, card
from tests.verification.conftest import NOON


@pytest.fixture
def run(db):
    cast = assemble()
    for place in range(7):
        card(cast.chen, f"客户{place}", f"1380000100{place}")
    card(cast.zhou, "刘建军", "13800003333", wechat="liu", family="有个女儿")
    app = typer.Typer()
    command.register(app)
    with time_machine.travel(NOON):
        yield lambda *words: CliRunner().invoke(app, ["verification", *words])


def test_a_sample_is_drawn_once(run):
    assert run("sample").stdout == "2026-11-02 那周：6 张，2 位业务员\n"
    again = run("sample", "--week", "2026-11-08")
    assert (again.stdout, again.stderr) == ("2026-11-02 那周：6 张，2 位业务员\n", "这一周抽过了。\n")
    assert SampleWeek.objects.count() == 1


@pytest.mark.parametrize(("week", "told"), [("下个月", "“下个月”不是日期。"), ("2026-11-09", "那一周还没到，到星期一再抽。")])
def test_what_is_no_week_is_refused(run, week, told):
    answer = run("sample", "--week", week)
    assert (answer.exit_code, answer.stderr.strip()) == (2, told)
    assert SampleWeek.objects.count() == 0


def test_the_report_in_words_and_as_json(run):
    run("sample")
    SampleCard.objects.filter(owner__username="chensiyuan").update(state=State.DONE, checked=20, right=17)
    SampleCard.objects.filter(owner__username="zhouqianwen").update(state=State.DONE, checked=5, right=5)
    answer = run("report")
    assert answer.stdout.splitlines() == [
        "2026-08-10 起抽的卡，完整度是 2026-11-04 11:00 数的",
        "陈思远  杭州滨江店  准确 85.0%（76.7%–90.7%）  7 张卡，完整 32%",
        "周倩文  南京江宁店  准确 5 ÷ 5，样本太少  1 张卡，完整 47%",
    ]
    rows = json.loads(run("report", "--json").stdout)["rows"]
    assert [(row["username"], row["checked"], row["right"], row["cards"], row["under_60"]) for row in rows] == [
        ("chensiyuan", 100, 85, 7, 7),
        ("zhouqianwen", 5, 5, 1, 1),
    ]
    assert rows[0]["low"] == pytest.approx(0.7672, abs=1e-4)
    assert "华东区  启程汽车服务集团  准确 85.7%" in run("report", "--units").stdout


def test_an_empty_company_has_an_empty_report(db):
    app = typer.Typer()
    command.register(app)
    answer = CliRunner().invoke(app, ["verification", "report"])
    assert answer.exit_code == 0, answer.output
