"""One person, two clicks: one check-out, one return."""

import pytest

from liuke.audit.models import AuditEntry
from liuke.custody import actions
from liuke.custody.models import CheckOut
from tests.cast import assemble, card
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def written(verb):
    return AuditEntry.objects.filter(verb=verb).count()


def test_two_check_outs_at_once_are_one():
    cast = assemble()
    kept = card(cast.chen, "张书远", "13812345678")
    results = at_once(*[lambda: actions.check_out(cast.chen, kept.pk, "下午去拜访")] * 4)
    assert {each.pk for each in results} == {CheckOut.objects.get().pk}
    assert written("card.check_out") == 1


def test_two_check_ins_at_once_are_one():
    cast = assemble()
    kept = card(cast.chen, "张书远", "13812345678")
    out = actions.check_out(cast.chen, kept.pk, "下午去拜访")
    results = at_once(*[lambda: actions.give_back(cast.chen, out.pk)] * 4)
    assert [each.pk for each in results] == [out.pk] * 4
    assert CheckOut.objects.get().returned_at is not None
    assert written("card.give_back") == 1
