"""What comes of a greeting: done for this year, not wanted any more, tried again; and taking it back."""

from datetime import date, timedelta

import pytest
import time_machine

from liuke.care import nightly
from liuke.care.models import Occasion
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.work.actions import finish, undo
from liuke.work.labels import TaskState
from liuke.work.models import Task
from tests.care.test_nightly import tasks
from tests.care.world import DAY, noon_of, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(cast):
    person(cast, "张书远", (5, 24))
    nightly.run()
    [made] = tasks()
    return made


def test_done_for_this_year_and_back(cast, task):
    result = finish(cast.chen, task.pk, "reached", note="他很高兴")
    row = Occasion.objects.get()
    assert (row.state, row.settled_on) == ("done", DAY)
    assert Interaction.objects.get().asked is False  # it uses the contact budget, as any other
    assert nightly.run().made == 0
    undo(cast.chen, result.pk)
    row.refresh_from_db()
    assert (row.state, row.settled_on) == ("waiting", None)
    assert nightly.run().made == 0 and Task.objects.open().count() == 1


def test_who_does_not_want_it_gets_it_no_more(cast, task):
    result = finish(cast.chen, task.pk, "refused")
    assert Occasion.objects.get().state == "declined"
    with time_machine.travel(noon_of(date(2027, 5, 24)), tick=False):
        assert nightly.run().made == 0 and Occasion.objects.count() == 1
    undo(cast.chen, result.pk)
    with time_machine.travel(noon_of(date(2027, 5, 24)), tick=False):
        assert nightly.run().made == 1


def test_not_reached_is_tried_again_until_its_last_day(cast, task):
    finish(cast.chen, task.pk, "not_reached")
    [again] = Task.objects.open()
    assert (again.due_on, again.about_id) == (DAY + timedelta(1), task.about_id)
    with time_machine.travel(noon_of(DAY + timedelta(3)), tick=False):
        assert nightly.run().missed == 1
        again.refresh_from_db()
        assert (again.state, again.stopped_why) == (TaskState.STOPPED, "timeout")


def test_the_day_he_named_is_kept(cast, task):
    finish(cast.chen, task.pk, "later", days=7)
    with time_machine.travel(noon_of(DAY + timedelta(7)), tick=False):
        assert nightly.run().missed == 0
        [again] = Task.objects.open()
        finish(cast.chen, again.pk, "reached")
        assert Occasion.objects.get().state == "done"


def test_a_greeting_ends_in_no_deal(cast, task):
    with pytest.raises(Refused) as refused:
        finish(cast.chen, task.pk, "deal")
    assert refused.value.code == "today.outcome"
    assert Occasion.objects.get().state == "waiting" and not Interaction.objects.exists()
