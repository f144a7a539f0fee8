"""A stranger is recognised: his complaint goes to his card, and back if that was wrong."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from liuke.complaints.keeping import ABOUT, again, audit, finish, forget_events, held, log, opened_event
from liuke.complaints.labels import NoteKind
from liuke.complaints.models import Complaint
from liuke.complaints.turns import call_back_task
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Phone
from liuke.customers.phones import with_number
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.kernel.phone import parse_phones
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.work.labels import Ended
from liuke.work.making import stop

MOST = 5


def matches(actor: User, row: Complaint) -> list[Customer]:
    """Cards in sight with a number that the stranger gave. At most three queries."""
    try:
        numbers = [number.e164 for number in parse_phones(row.stranger_contact)]
    except Refused:
        return []
    if not numbers or row.customer_id is not None:
        return []
    known = Phone.objects.filter(with_number(numbers)).values_list("customer_id", flat=True)
    return list(Customer.objects.visible_to(actor).filter(pk__in=list(known)).select_related("unit", "owner").order_by("pk")[:MOST])


@transaction.atomic
def link(actor: User, complaint_id: int, customer_id: int) -> Complaint:
    """It is this customer's. Promises can be made to him from now on; a severe one stands among his facts."""
    lock_cards([customer_id])
    row = held(actor, complaint_id)
    if row.customer_id is not None:
        raise Refused("complaint.linked", "这件投诉已经认到卡上了。")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    row.customer = card
    if row.severe:
        opened_event(row, actor, row.raised_at or row.received_at)
    log(row, actor, NoteKind.LINKED, linked=True)
    audit(actor, "complaint.link", row)
    waiting = row.call_backs.filter(turn=row.turn, satisfied__isnull=True).first()
    finish(row, actor, calling_back=waiting is not None)
    if waiting is not None:
        call_back_task(row, waiting, actor)
    return again(row)


@transaction.atomic
def unlink(actor: User, complaint_id: int) -> Complaint:
    """It was not he. Refuses once something was promised to him on the strength of it."""
    row = held(actor, complaint_id)
    if row.customer_id is None or not (row.stranger_name or row.stranger_contact or row.source == "public"):
        raise Refused("complaint.not_linked", "这件投诉不是认出来的，不能分开。")
    if row.agreements.filter(promise__isnull=False).exists() or row.told_at is not None:
        raise Refused("complaint.promised", "已经答应过这位客户的事，不能分开。")
    forget_events(row, "event_opened")
    stop(ABOUT, [row.pk], Ended.UNDONE)
    audit(actor, "complaint.unlink", row)
    log(row, actor, NoteKind.LINKED, timezone.now(), linked=False)
    row.customer, row.deal, row.asset = None, None, None
    row.save()
    return again(finish(row, actor))


@transaction.atomic
def contact_of(actor: User, complaint_id: int) -> str:
    """How a stranger said he can be reached, whole: to who handles his complaint, on the record."""
    row = held(actor, complaint_id)
    audit(actor, "complaint.contact_read", row)
    return str(row.stranger_contact)
