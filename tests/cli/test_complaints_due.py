"""`liuke complaints due`: due at the right minute, whatever way it is asked; what cannot be read is said plainly."""

import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli import complaints as command
from liuke.complaints.models import DeskHours
from liuke.team.models import CalendarDay, CalendarYear, Company, Unit, User


@pytest.fixture
def run(db):
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    return lambda *words: CliRunner().invoke(app, ["complaints", "due", *words])


def due(answer):
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    return said["first_answer_due"][5:16], said["resolution_due"] and said["resolution_due"][5:16]


@pytest.mark.parametrize("received", ["2026-09-30T17:30", "2026-09-30 17:30:00", "2026-09-30T17:30+08:00", "2026-09-30T09:30Z"])
def test_with_an_offset_and_without(run, received):
    assert due(run("--received", received, "--severity", "ordinary", "--json")) == ("10-08T10:30", "10-10T18:00")


def test_pauses_in_either_way_of_writing(run):
    asked = ("--received", "2026-11-17T10:00", "--severity", "ordinary", "--json")
    two = ("2026-11-18T14:00/2026-11-18T16:30", "2026-11-19T20:00/2026-11-20T10:00")
    for words in (("--pause", two[0], "--pause", two[1]), ("--pause", *two), ("--pause", " ".join(two))):
        assert due(run(*asked, *words)) == ("11-17T12:00", "11-23T12:30")
    assert due(run(*asked, "--raised", "2026-11-17T10:20")) == ("11-17T10:50", "11-18T10:20")
    still = run(*asked, "--pause", "2026-11-18T13:00/")
    assert due(still) == ("11-17T12:00", None) and json.loads(still.stdout)["left_minutes"] == 23 * 60


def test_by_the_companys_own_calendar_and_hours(run):
    Company.objects.create(name="启程")
    store = Unit.objects.create(name="滨江店", kind="store")
    CalendarDay.objects.create(on="2026-11-18", works=False)
    DeskHours.objects.create(unit=store, opens="10:00", closes="20:00")
    asked = ("--received", "2026-11-17T17:30", "--severity", "ordinary", "--json")
    assert due(run(*asked)) == ("11-19T10:30", "11-23T18:00")
    assert due(run(*asked, "--unit", "滨江店")) == ("11-17T19:30", "11-23T20:00")


def test_in_words_and_a_year_that_is_not_known(run):
    answer = run("--received", "2026-12-31T17:30", "--severity", "一般", "--told", "2026-12-30T10:00")
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[0] == "首次答复  2027-01-01 10:30"
    assert "没有公司资料，按通用的时限和营业时间 09:00–18:00 算" in answer.stderr
    assert "2027 年的放假和调休还没公布" in answer.stderr


def test_some_days_of_a_year_do_not_make_it_known(run):
    Company.objects.create(name="启程")
    CalendarDay.objects.create(on="2027-01-01", works=False)
    asked = ("--received", "2026-12-31T17:30", "--json")
    said = json.loads(run(*asked).stdout)
    assert (said["first_answer_due"][:16], said["unknown_years"]) == ("2027-01-04T10:30", [2027])
    assert said["assumed"] == [
        "2027 年的放假和调休还没公布，公司日历里写了 1 天照算，其余先按周一到周五算；在工作日历里写全并点“都写全了”，才算知道。"
    ]
    CalendarYear.objects.create(year=2027, by=User.objects.create(username="xuwentao"))
    said = json.loads(run(*asked).stdout)
    assert (said["unknown_years"], said["assumed"]) == ([], [])


def test_a_folder_without_a_company_stays_empty(tmp_path):
    """Its own process: a database is there for every test."""
    command = (sys.executable, "-m", "liuke.cli.main", "complaints", "due", "--received", "2026-11-17T10:00", "--json")
    own = {key: value for key, value in os.environ.items() if key != "LIUKE_DATABASE_URL"} | {"LIUKE_DATA": str(tmp_path)}
    said = subprocess.run(command, env=own, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(said.stdout)["calendar"] == "state"
    assert not list(tmp_path.glob("*.sqlite3*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--received", "昨天"), "看不懂受理的时间"),
        (("--received", "2026-09-30"), "看不懂受理的时间"),
        (("--received", "1026-09-30T10:00"), "2000 年到 2099 年"),
        (("--received", "2026-11-17T10:00", "--severity", "urgent"), "没有“urgent”这种程度"),
        (("--received", "2026-11-17T10:00", "--pause", "2026-11-18T10:00"), "看不懂暂停"),
        (("--received", "2026-11-17T10:00", "--pause", "2026-11-18T10:00/2026-11-18T09:00"), "暂停的结束不能早于开始"),
        (("--received", "2026-11-17T10:00", "--pause", "2026-11-16T10:00/2026-11-18T09:00"), "暂停不能早于受理"),
        (("--received", "2026-11-17T10:00", "--raised", "2026-11-17T09:00"), "改为严重的时间不能早于受理"),
        (
            ("--received", "2026-11-17T10:00", "--pause", "2026-11-18T10:00/2026-11-18T12:00,2026-11-18T11:00/2026-11-18T13:00"),
            "两段暂停不能重叠",
        ),
    ],
)
def test_what_cannot_be_read_is_said(run, words, said):
    answer = run(*words, "--json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr
