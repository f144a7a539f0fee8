"""The customer's receipt: a link nobody can guess, and what it shows him. No names of his or of staff."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from liuke.complaints.house import day_of
from liuke.complaints.models import CallBack, Complaint
from liuke.complaints.rules import spoken_number
from liuke.kernel import clock
from liuke.kernel.refusal import Refused

LONGEST = 60


@dataclass(frozen=True)
class Receipt:
    """How a complaint stands, as the customer reads it; `number` as the desk says it. `resolve_due` None: we wait for him or are done."""

    number: str
    unit: str
    received_at: datetime
    stage: str
    answered_at: datetime | None
    answer_due: datetime
    resolve_due: datetime | None
    waiting_for_him: bool
    told_at: datetime | None
    call_back_on: date | None
    closed_on: date | None


def fresh_receipt() -> tuple[str, str]:
    """(token, what it is found by). 192 bits by chance."""
    token = secrets.token_urlsafe(24)
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """A token is long and by chance, so that its plain hash tells nothing of it."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def by_receipt(token: str) -> Receipt | None:
    """What the link shows; None for no such link, one that was taken back, or of a customer whose data was erased. Two queries."""
    if not 0 < len(token) <= LONGEST:
        return None
    row = Complaint.objects.standing().select_related("unit", "customer").filter(receipt_digest=digest_of(token)).first()
    if row is None or (row.customer is not None and row.customer.erased):
        return None
    back = CallBack.objects.filter(complaint=row, turn=row.turn, satisfied__isnull=True).values_list("due_on", flat=True).first()
    return Receipt(
        number=spoken_number(row.number, clock.today()),
        unit=row.unit.name,
        received_at=row.received_at,
        stage=str(row.stage),
        answered_at=row.answered_at,
        answer_due=row.answer_due,
        resolve_due=row.resolve_due if row.told_at is None and row.closed_at is None else None,
        waiting_for_him=row.told_at is None and row.closed_at is None and row.resolve_due is None,
        told_at=row.told_at,
        call_back_on=back,
        closed_on=day_of(row.closed_at) if row.closed_at else None,
    )


def receipt_link(row: Complaint) -> str:
    """The address of the customer's page."""
    if not row.receipt:
        raise Refused("complaint.no_receipt", "这件投诉没有回执。")
    return f"/complaints/receipt/{row.receipt}/"
