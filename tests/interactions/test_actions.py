from datetime import timedelta

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FactChange
from liuke.interactions import actions
from liuke.interactions.labels import Direction, Outcome, Way
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def kept(cast):
    return card(cast.chen, "张书远")


@pytest.mark.parametrize(
    ("way", "outcome", "direction", "answered"),
    [
        (Way.PHONE, Outcome.REACHED, Direction.OUT, True),
        (Way.PHONE, Outcome.NOT_REACHED, Direction.OUT, False),
        (Way.SMS, "", Direction.OUT, False),
        (Way.WECHAT, "", Direction.IN, True),
        (Way.VISIT, "", Direction.OUT, True),
    ],
)
def test_whether_the_customer_answered(cast, kept, way, outcome, direction, answered):
    contact = actions.record(cast.chen, kept.pk, way, outcome, "说了几句", direction=direction)
    assert (contact.two_way, contact.asked, contact.by) == (answered, direction == Direction.IN, cast.chen)
    assert FactChange.objects.get().customer == kept
    assert "说了" not in str(AuditEntry.objects.get().detail)


def test_undone_once_by_the_author(cast, kept):
    contact = actions.record(cast.chen, kept.pk, Way.PHONE, Outcome.REACHED)
    with pytest.raises(Interaction.DoesNotExist):
        actions.undo(cast.he, contact.pk)
    assert actions.undo(cast.chen, contact.pk).pk == contact.pk
    contact.refresh_from_db()
    assert contact.undone_at is not None
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="已经撤销"):
        actions.undo(cast.chen, contact.pk)
    assert AuditEntry.objects.count() == entries


def test_refusals_change_nothing(cast, kept):
    for who, way, outcome, words, extra, error in [
        (cast.xu, Way.PHONE, Outcome.REACHED, "", {}, Refused),
        (cast.ding, Way.PHONE, Outcome.REACHED, "", {}, Customer.DoesNotExist),
        (cast.chen, "pigeon", Outcome.REACHED, "", {}, Refused),
        (cast.chen, Way.PHONE, "", " ", {}, Refused),
        (cast.chen, Way.PHONE, "", "字" * 2001, {}, Refused),
        (cast.chen, Way.PHONE, "", "好", {"at": timezone.now() + timedelta(hours=1)}, Refused),
    ]:
        with pytest.raises(error):
            actions.record(who, kept.pk, way, outcome, words, **extra)
    assert (Interaction.objects.count(), FactChange.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)
