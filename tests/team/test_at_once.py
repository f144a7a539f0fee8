"""Administrators and those they administer, at once."""

import pytest

from liuke.customers.actions import record_event
from liuke.customers.labels import EventKind
from liuke.customers.models import Event
from liuke.kernel import clock
from liuke.team.actions import change_user
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.places import change_unit
from tests.cast import assemble, card
from tests.threads import at_once, times

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.only_db("pg")
@pytest.mark.parametrize("what", ["person", "unit"])
def test_a_person_or_store_is_changed_while_he_works(what):
    cast = assemble()
    kept = card(cast.chen, "张书远")

    def change(turn):
        if what == "person":
            change_user(cast.root, cast.chen.pk, name=f"陈思远{turn}", role=Role.REP, unit=cast.binjiang)
        else:
            change_unit(cast.root, cast.binjiang.pk, name=f"滨江店{turn}", kind="store", parent=cast.east)

    works = times(25, lambda turn: record_event(cast.chen, kept.pk, EventKind.NEED_MET, clock.today()))
    assert at_once(times(25, change), works) == [[], []]
    assert Event.objects.count() == 25


def test_two_administrators_who_demote_each_other_leave_one():
    cast = assemble()
    other = User.objects.create(username="admin2", name="管理员二", role=Role.ADMIN, unit=cast.group)

    def demote(actor, whom):
        return lambda: change_user(actor, whom.pk, name=whom.name, role=Role.ANALYST, unit=cast.group)

    results = at_once(demote(cast.root, other), demote(other, cast.root))
    assert [each.code for each in results if isinstance(each, Exception)] == ["user.last_admin"], results
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1
