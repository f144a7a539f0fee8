"""联谊: made, customers asked, who came is a fact on the card; every step can be taken back."""

from datetime import date, timedelta

import pytest
import time_machine

from liuke.audit.actions import verify
from liuke.care import gatherings as acts
from liuke.care import guests as reads
from liuke.care.models import Gathering, Guest
from liuke.customers.models import Event, FactChange
from liuke.kernel.refusal import Refused
from tests.care.world import DAY, noon_of, person
from tests.cast import card

SATURDAY = date(2026, 5, 30)


@pytest.fixture
def tea(cast) -> Gathering:
    return acts.create(cast.he, " 端午茶会 ", SATURDAY, cast.binjiang.pk, "滨江店二楼")


def refused(act, code):
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code


def test_from_the_invitation_to_who_came(cast, tea):
    assert (tea.name, tea.place, tea.unit) == ("端午茶会", "滨江店二楼", cast.binjiang)
    people = [person(cast, name) for name in ("张书远", "王淑芬")]
    alone = person(cast, "别打扰", do_not_contact=True)
    far = card(cast.ding, "葛建华")
    done = acts.invite(cast.chen, tea.pk, [*(one.pk for one in people), alone.pk, far.pk])
    assert (len(done.guests), done.known, done.alone) == (2, 0, 1)
    again = acts.invite(cast.he, tea.pk, [people[0].pk])
    assert (again.guests, again.known) == ((), 1)
    with time_machine.travel(noon_of(SATURDAY), tick=False):
        acts.came(cast.lin, done.guests[0])
        event = Event.objects.get()
        assert (event.customer, event.kind, event.on, event.note) == (people[0], "event_attended", SATURDAY, "端午茶会")
        [shown] = reads.gatherings(cast.chen)
        assert (shown.asked, shown.came) == (2, 1)
        refused(lambda: acts.came(cast.lin, done.guests[0]), "gathering.twice")
        refused(lambda: acts.uninvite(cast.lin, done.guests[0]), "gathering.came")
        refused(lambda: acts.cancel(cast.he, tea.pk), "gathering.came")
        FactChange.objects.all().delete()
        acts.undo_came(cast.lin, done.guests[0])
        assert not Event.objects.exists() and FactChange.objects.get().customer_id == people[0].pk
        refused(lambda: acts.undo_came(cast.lin, done.guests[0]), "gathering.not_came")
    assert verify() is None


def test_not_before_the_day_nor_after_it(cast, tea):
    guest = acts.invite(cast.chen, tea.pk, [person(cast, "张书远").pk]).guests[0]
    refused(lambda: acts.came(cast.chen, guest), "gathering.not_yet")
    with time_machine.travel(noon_of(SATURDAY + timedelta(1)), tick=False):
        refused(lambda: acts.invite(cast.chen, tea.pk, [person(cast, "王淑芬").pk]), "gathering.over")
        acts.came(cast.chen, guest)
    assert Event.objects.get().on == SATURDAY


def test_cancelled_and_back(cast, tea):
    guest = acts.invite(cast.chen, tea.pk, [person(cast, "张书远").pk]).guests[0]
    acts.cancel(cast.he, tea.pk)
    refused(lambda: acts.cancel(cast.he, tea.pk), "gathering.cancelled")
    refused(lambda: acts.invite(cast.chen, tea.pk, [person(cast, "王淑芬").pk]), "gathering.cancelled")
    acts.restore(cast.he, tea.pk)
    refused(lambda: acts.restore(cast.he, tea.pk), "gathering.running")
    acts.uninvite(cast.chen, guest)
    assert not Guest.objects.exists()


def test_what_is_refused_leaves_nothing(cast):
    refused(lambda: acts.create(cast.he, "  ", SATURDAY, cast.binjiang.pk), "gathering.name")
    refused(lambda: acts.create(cast.he, "茶会", DAY - timedelta(1), cast.binjiang.pk), "gathering.past")
    refused(lambda: acts.create(cast.he, "茶会", SATURDAY, cast.beijing.pk), "gathering.unit")
    refused(lambda: acts.create(cast.chen, "茶会", SATURDAY, cast.binjiang.pk), "permission")
    assert not Gathering.objects.exists()


def test_too_many_and_nobody(cast, tea, monkeypatch):
    monkeypatch.setattr(acts, "MOST", 1)
    people = [person(cast, name).pk for name in ("张书远", "王淑芬")]
    refused(lambda: acts.invite(cast.chen, tea.pk, people), "gathering.many")
    refused(lambda: acts.invite(cast.chen, tea.pk, []), "gathering.nobody")
    refused(lambda: acts.invite(cast.zhou, tea.pk, people), "gathering.nobody") if cast.zhou.unit == cast.binjiang else None
    assert not Guest.objects.exists()


def test_whose_it_is(cast, tea):
    """Of one's unit, what is below it and what is above it; customers of others are not there."""
    group = acts.create(cast.zhao, "年会", SATURDAY, cast.group.pk)
    assert set(Gathering.objects.visible_to(cast.chen)) == {tea, group}
    assert set(Gathering.objects.visible_to(cast.ding)) == {group}
    assert set(Gathering.objects.visible_to(cast.zhao)) == {tea, group}
    assert not Gathering.objects.visible_to(cast.root).exists()
    guest = acts.invite(cast.chen, group.pk, [person(cast, "张书远").pk]).guests[0]
    with pytest.raises(Guest.DoesNotExist):
        acts.uninvite(cast.ding, guest)
    assert list(reads.guests(cast.ding, group)) == [] and len(reads.guests(cast.chen, group)) == 1


def test_customers_are_offered_by_name_not_by_telephone(cast, tea):
    one = person(cast, "张书远", phone="13800001234")
    person(cast, "张别打", do_not_contact=True)
    card(cast.ding, "张远方")
    assert reads.found(cast.chen, tea, "张") == [one]
    assert reads.found(cast.chen, tea, "zsy") == [one]
    assert reads.found(cast.chen, tea, one.number) == [one]
    assert reads.found(cast.chen, tea, "13800001234") == [] == reads.found(cast.chen, tea, "1234")
    acts.invite(cast.chen, tea.pk, [one.pk])
    assert reads.found(cast.chen, tea, "张") == []
