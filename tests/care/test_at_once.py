"""Two workers in one morning: one greeting each, within one budget."""

import pytest

from liuke.audit.actions import verify
from liuke.care import actions, gatherings, nightly
from liuke.care.models import CareRule, Gathering, Guest, Occasion
from liuke.customers.models import Event
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.work.models import Task
from tests.care.world import person
from tests.cast import assemble
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def noon():
    """Threads have a clock of their own."""


def test_two_workers_make_each_greeting_once():
    cast, today = assemble(), clock.today()
    for place in range(30):
        person(cast, f"客{place}", (today.month, today.day))
    first, second = at_once(nightly.run, nightly.run)
    assert not isinstance(first, Exception) and not isinstance(second, Exception), (first, second)
    assert first.made + second.made == 30
    assert Task.objects.open().count() == Occasion.objects.filter(state="waiting").count() == 30
    assert len(set(Task.objects.values_list("customer_id", flat=True))) == 30
    assert verify() is None


def test_two_who_write_one_rule():
    cast = assemble()
    results = at_once(*[lambda who=who: actions.switch_rule(who, "birthday", False, 0) for who in (cast.xu, cast.zhao)])
    assert [each.code for each in results if isinstance(each, Refused)] == ["care.newer"], results
    assert CareRule.objects.count() == 1


def test_a_guest_is_asked_once_and_comes_once():
    cast = assemble()
    one = person(cast, "张书远")
    made = gatherings.create(cast.he, "茶会", clock.today(), cast.binjiang.pk)
    results = at_once(*[lambda: gatherings.invite(cast.chen, made.pk, [one.pk])] * 3)
    assert not [each for each in results if isinstance(each, Exception)], results
    assert Guest.objects.filter(gathering=Gathering.objects.get()).count() == 1
    guest = Guest.objects.get()
    results = at_once(*[lambda: gatherings.came(cast.chen, guest.pk)] * 3)
    assert [each.code for each in results if isinstance(each, Refused)] == ["gathering.twice"] * 2, results
    assert Event.objects.filter(kind="event_attended").count() == 1
