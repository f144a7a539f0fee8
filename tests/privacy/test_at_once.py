"""Two at one card at once: one erasure, no ring, nothing written on a card that was erased meanwhile."""

import pytest

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.customers.actions import edit
from liuke.customers.models import Customer
from liuke.customers.organisations import descendants, set_parent
from liuke.kernel.refusal import Refused
from liuke.privacy.consent import record_consent
from liuke.privacy.erasing import erase
from liuke.privacy.models import Consent, PersonalRequest
from tests.cast import assemble, card
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_erasures_at_once_are_one():
    cast = assemble()
    person = card(cast.chen, "张书远", "13812345678")
    came = at_once(
        lambda: erase(cast.fang, person.pk, "客户来信要求", person.number),
        lambda: erase(cast.zhao, person.pk, "客户来电要求", person.number),
    )
    assert sorted(type(one).__name__ for one in came) == ["PersonalRequest", "Refused"]
    assert next(one.code for one in came if isinstance(one, Refused)) == "erase.twice"
    assert (PersonalRequest.objects.count(), AuditEntry.objects.filter(verb="privacy.erase").count()) == (1, 1)
    assert verify() is None


def test_an_edit_and_an_erasure_at_once_leave_nothing_of_him():
    cast = assemble()
    person = card(cast.chen, "张书远", "13812345678")
    at_once(
        lambda: erase(cast.fang, person.pk, "客户来信要求", person.number),
        lambda: edit(cast.chen, person.pk, {"hobbies": "钓鱼", "phone": "13900001111"}, person.version),
        lambda: record_consent(cast.chen, person.pk, "mail", False, "spoken", note="张书远说的"),
    )
    person.refresh_from_db()
    assert (person.erased, person.hobbies, person.phone, person.phones.count()) == (True, "", "", 0)
    assert not any(row.note for row in Consent.objects.all())
    assert verify() is None


def test_two_changes_each_right_by_itself_make_no_ring():
    cast = assemble()
    a, b, c, d = (card(cast.chen, name, kind="organisation") for name in "甲乙丙丁")
    Customer.objects.filter(pk=b.pk).update(parent=c)
    Customer.objects.filter(pk=d.pk).update(parent=a)
    came = at_once(lambda: set_parent(cast.chen, a.pk, b.number), lambda: set_parent(cast.he, c.pk, d.number))
    assert sum(isinstance(one, Refused) and one.code == "parent.cycle" for one in came) == 1
    assert all(one.pk not in descendants([one.pk]) for one in (a, b, c, d))
