"""The night's job: what nobody did within the days of grace is broken, before insight looks at the day."""

from datetime import timedelta

import pytest

from liuke.jobs import tasks
from liuke.jobs.timetable import TIMETABLE
from liuke.kernel import clock
from liuke.promises.models import Promise
from liuke.work.promising import make_promise
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def test_it_runs_before_insight():
    when = {entry.name: entry.when for entry in TIMETABLE}
    assert (when["promises"], when["insight"]) == ("20 5 * * *", "30 5 * * *")


def test_the_job_says_how_many_and_does_it_once():
    cast = assemble()
    today = clock.today()
    for days in (8, 7):
        given = today - timedelta(days)
        make_promise(cast.chen, card(cast.chen, f"客户{days}").pk, "发报价", given, today=given)
    assert tasks.break_promises.func() == 1
    assert tasks.break_promises.func() == 0
    assert sorted(Promise.objects.values_list("state", flat=True)) == ["broken", "open"]
