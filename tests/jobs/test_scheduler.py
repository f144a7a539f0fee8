"""The timetable: due entries are enqueued once, missed ones once, orphans of a dead worker again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django_tasks_db.models import DBTaskResult

from liuke.jobs import scheduler, tasks
from liuke.jobs.models import Schedule
from liuke.jobs.timetable import TIMETABLE, Entry

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
EVE = datetime(2026, 11, 20, 22, 0, tzinfo=SHANGHAI)
DAILY = (Entry("insight", "30 5 * * *", tasks.run_insight),)


def test_times_are_the_companys_own() -> None:
    assert DAILY[0].after(EVE) == datetime(2026, 11, 21, 5, 30, tzinfo=SHANGHAI)


def test_the_first_tick_only_writes_down_when_next() -> None:
    assert scheduler.tick(EVE, DAILY) == []
    assert Schedule.objects.get().due_at == datetime(2026, 11, 21, 5, 30, tzinfo=SHANGHAI)
    assert DBTaskResult.objects.count() == 0


def test_a_due_entry_is_enqueued_once() -> None:
    scheduler.tick(EVE, DAILY)
    morning = datetime(2026, 11, 21, 5, 30, 5, tzinfo=SHANGHAI)
    assert scheduler.tick(morning, DAILY) == ["insight"]
    assert scheduler.tick(morning, DAILY) == []
    assert DBTaskResult.objects.count() == 1


def test_an_entry_is_due_on_the_second() -> None:
    scheduler.tick(EVE, DAILY)
    due = datetime(2026, 11, 21, 5, 30, tzinfo=SHANGHAI)
    assert scheduler.tick(due - timedelta(seconds=1), DAILY) == []
    assert DBTaskResult.objects.count() == 0
    assert scheduler.tick(due, DAILY) == ["insight"]
    assert scheduler.tick(due, DAILY) == []
    assert DBTaskResult.objects.count() == 1
    assert Schedule.objects.get().due_at == due + timedelta(days=1)


def test_an_entry_missed_for_a_week_runs_once() -> None:
    scheduler.tick(EVE, DAILY)
    assert scheduler.tick(EVE + timedelta(days=7), DAILY) == ["insight"]
    assert scheduler.tick(EVE + timedelta(days=7), DAILY) == []
    assert Schedule.objects.get().due_at == datetime(2026, 11, 28, 5, 30, tzinfo=SHANGHAI)


def test_of_two_schedulers_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler.tick(EVE, DAILY)
    morning = datetime(2026, 11, 21, 6, 0, tzinfo=SHANGHAI)
    stale = Schedule.objects.get()
    assert scheduler.tick(morning, DAILY) == ["insight"]
    monkeypatch.setattr(Schedule.objects, "get_or_create", lambda **kwargs: (stale, False))
    assert scheduler.tick(morning, DAILY) == []
    assert DBTaskResult.objects.count() == 1


@pytest.mark.only_db("sqlite")
def test_a_job_whose_worker_died_is_done_again() -> None:
    tasks.witness_audit.enqueue()
    DBTaskResult.objects.update(status="RUNNING", started_at=EVE)
    assert scheduler.requeue_orphans(EVE) == 1
    assert DBTaskResult.objects.ready().count() == 1


@pytest.mark.only_db("pg")
def test_a_running_job_is_left_alone_for_an_hour() -> None:
    tasks.witness_audit.enqueue()
    DBTaskResult.objects.update(status="RUNNING", started_at=EVE)
    assert scheduler.requeue_orphans(EVE + timedelta(minutes=59)) == 0
    assert scheduler.requeue_orphans(EVE + timedelta(minutes=61)) == 1


def test_names_of_the_timetable_are_distinct() -> None:
    names = [entry.name for entry in TIMETABLE]
    assert len(set(names)) == len(names)
