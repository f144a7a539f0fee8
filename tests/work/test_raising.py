"""What should not have waited goes up to whoever supervises, once, and he is told."""

from datetime import timedelta

import pytest
from django.utils import translation

from liuke.notices import words as notice_words
from liuke.notices.models import Notice
from liuke.work.actions import plan
from liuke.work.models import Task
from liuke.work.queries import today
from liuke.work.raising import raise_overdue, raised
from tests.work.cast import DAY


@pytest.fixture
def late(cast) -> Task:
    """A complaint that 陈思远 has left for two days."""
    urgent = cast.customer("K003", name="刘建军")
    cast.signal(urgent, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 1})
    plan(DAY)
    Task.objects.update(assignee=cast.siyuan, due_on=DAY - timedelta(2))
    return Task.objects.get()


def test_it_goes_up_once_to_the_nearest_supervisor_who_is_told(cast, late):
    assert raise_overdue(DAY) == 1
    late.refresh_from_db()
    assert (late.raised_to, late.raised_on, late.assignee) == (cast.hejing, DAY, cast.siyuan)
    notice = Notice.objects.get()
    assert (notice.user, notice_words.sentence(notice.key, notice.slots)) == (cast.hejing, "1 件不能等的事过了 2 天还没做。")
    with translation.override("en"):
        assert notice_words.sentence(notice.key, notice.slots)
    assert raise_overdue(DAY) == 0
    assert list(raised(cast.hejing)) == [late]
    assert [item.task for item in today(cast.hejing, DAY).raised] == [late]
    assert not today(cast.siyuan, DAY).raised


def test_a_supervisors_own_goes_to_the_manager_and_his_own_stays(cast, late):
    Task.objects.update(assignee=cast.hejing)
    assert raise_overdue(DAY) == 1
    assert Task.objects.get().raised_to == cast.guoping
    Task.objects.update(assignee=cast.guoping, raised_on=None, raised_to=None)
    assert raise_overdue(DAY) == 0


def test_what_is_not_that_late_or_can_wait_stays(cast, late):
    Task.objects.update(due_on=DAY - timedelta(1))
    assert raise_overdue(DAY) == 0
    Task.objects.update(due_on=DAY - timedelta(9), must=False)
    assert raise_overdue(DAY) == 0
    assert not Notice.objects.exists()


def test_it_leaves_the_supervisors_list_when_it_is_done(cast, late):
    raise_overdue(DAY)
    Task.objects.update(state="done")
    assert not today(cast.hejing, DAY).raised
