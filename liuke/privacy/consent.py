"""Writing down what a customer allows and forbids."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.privacy.labels import ASKED
from liuke.privacy.models import Consent
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack


@transaction.atomic
def record_consent(
    actor: User, customer_id: int, purpose: str, given: bool, source: str, on: date | None = None, note: str = ""
) -> Consent:
    """Write down a customer's word on a purpose of the pack: given, or withdrawn, which counts at once. `on`: the day he said so.

    Refuses consent.purpose, consent.source, consent.future, customer.erased, permission; raises Customer.DoesNotExist for a card out of
    sight.
    """
    require(actor, "consent.record")
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    if purpose not in {each.key for each in pack().privacy.purposes}:
        raise Refused("consent.purpose", "请选客户同意或不同意的是哪一项。")
    if source not in ASKED:
        raise Refused("consent.source", "请选客户是怎么说的。")
    today = clock.today()
    day = on or today
    if day > today:
        raise Refused("consent.future", "日期在今天以后。")
    made = Consent.objects.create(customer=card, purpose=purpose, given=given, source=source, on=day, note=clean(note, 200), by=actor)
    record(actor, "consent.record", card, consent=made.pk, about=purpose, given=given, source=source, on=day)
    return made


@transaction.atomic
def undo_consent(actor: User, consent_id: int) -> Consent:
    """Take back what one wrote down by mistake; the row stays, marked, and what stood before counts again.

    Refuses twice; raises Consent.DoesNotExist for somebody else's.
    """
    require(actor, "consent.record")
    row = Consent.objects.select_related("customer").get(pk=consent_id, by=actor)
    visible(actor, row.customer_id)
    if not Consent.objects.filter(pk=row.pk, undone_at__isnull=True).update(undone_at=timezone.now()):
        raise Refused("consent.undone", "这一条已经撤销过了。")
    record(actor, "consent.undo", row.customer, consent=row.pk, about=row.purpose, given=row.given)
    return row
