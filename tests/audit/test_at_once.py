"""The chain with several writers."""

import pytest
from django.db import transaction

from liuke.audit.actions import record, verify
from liuke.audit.models import AuditEntry
from tests.cast import assemble
from tests.threads import at_once, times


@pytest.mark.django_db(transaction=True)
def test_four_writers_make_one_whole_chain():
    cast = assemble()

    def write(who):
        def one(turn):
            with transaction.atomic():
                record(who, "card.check_out", who.unit, turn=turn)

        return times(25, one)

    assert at_once(*map(write, (cast.chen, cast.zhou, cast.he, cast.zhao))) == [[], [], [], []]
    assert verify() is None
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 101))
    for who in (cast.chen, cast.zhou, cast.he, cast.zhao):
        assert [entry.detail["turn"] for entry in AuditEntry.objects.filter(actor=who.pk).order_by("seq")] == list(range(25))
