"""`liuke complaints due`: due at the right minute, whatever way it is asked; what cannot be read is said plainly."""

import json

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli import complaints as command
from liuke.complaints.models import DeskHours
from liuke.team.models import CalendarDay, Company, Unit


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
    assert "2027 年的放假和调休还没公布" in answer.stderr


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
