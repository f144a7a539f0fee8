"""A load that holds cards while somebody writes something on them."""

import pytest
from django.db import transaction

from liuke.audit.actions import record, verify
from liuke.customers.actions import record_event
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event
from liuke.exchange.load_deals import locked
from liuke.kernel import clock
from tests.cast import assemble, card
from tests.threads import at_once, times


@pytest.mark.only_db("pg")
@pytest.mark.django_db(transaction=True)
def test_rows_held_for_a_load_stop_nobody_who_holds_the_log():
    cast = assemble()
    kept = card(cast.chen, "张书远")

    def load(turn):
        with transaction.atomic():
            [row] = locked(Customer.objects.filter(pk=kept.pk)).values("id", "version")
            Customer.objects.filter(pk=row["id"]).update(version=row["version"] + 1)
            record(cast.zhao, "import.load", turn=turn)

    events = times(25, lambda turn: record_event(cast.lin, kept.pk, EventKind.NEED_MET, clock.today()))
    assert at_once(times(25, load), events) == [[], []]
    kept.refresh_from_db()
    assert (kept.version, Event.objects.count()) == (26, 25)
    assert verify() is None
