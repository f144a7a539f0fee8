"""Why customers left: asked and written down by people, one reason a loss; what facts on the card say by themselves counts as known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from liuke.analytics.days import date_of
from liuke.audit.actions import record
from liuke.churn import cases
from liuke.churn.books import Books, Period
from liuke.churn.labels import Cause, Reason, Why
from liuke.churn.models import LossReason, Stay
from liuke.customers.locks import lock_cards
from liuke.customers.queries import visible
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.standing.models import FOREVER
from liuke.team.models import User
from liuke.team.permissions import may, require

FACTS: dict[str, tuple[str, str]] = {
    Cause.DIED: (Reason.NATURAL, Why.DIED),
    Cause.MOVED: (Reason.NATURAL, Why.MOVED),
    Cause.CLOSED: (Reason.NATURAL, ""),
}
"""What a fact on the card says of the loss; nobody needs to ask."""


@dataclass(frozen=True)
class Split:
    """The losses of a period: known by reason and by the trade's classes, and those of whom nobody knows why."""

    lost: int
    reasons: dict[str, int]
    whys: dict[str, int]

    @property
    def known(self) -> int:
        return sum(self.reasons.values())

    @property
    def classed(self) -> int:
        return sum(self.whys.values())


def why_each(books: Books, period: Period) -> list[tuple[int, str, str]]:
    """(place in the books, reason, the trade's class) of each loss of the period, the dearest first; "" where nobody knows. One query."""
    told, out = reasons_in(period), []
    for place in books.names("lost", period).tolist():
        reason, why = told.get((int(books.who[place]), date_of(int(books.ended[place]))), ("", ""))
        if not reason:
            reason, why = FACTS.get(books.cause[place], ("", ""))
        out.append((place, str(reason), str(why)))
    return out


def split(books: Books, period: Period) -> Split:
    """Of the losses that the reader sees."""
    each = why_each(books, period)
    reasons = Counter(reason for _place, reason, _why in each)
    whys = Counter(why for _place, _reason, why in each)
    return Split(len(each), {code: reasons[code] for code in Reason.values}, {code: whys[code] for code in Why.values})


def reasons_in(period: Period) -> dict[tuple[int, date], tuple[str, str]]:
    """(customer, day of the loss) → (reason, the trade's class), as people wrote it down."""
    rows = LossReason.objects.filter(withdrawn_at=None, lost_on__gte=period.start, lost_on__lte=period.end)
    return {(customer, on): (reason, why) for customer, on, reason, why in rows.values_list("customer_id", "lost_on", "reason", "why")}


def reasons_of(customers: list[int]) -> dict[tuple[int, date], LossReason]:
    """The standing reasons of these customers, by customer and day of the loss."""
    found: dict[tuple[int, date], LossReason] = {}
    for some in batches(customers):
        for row in LossReason.objects.filter(withdrawn_at=None, customer__in=some).select_related("by"):
            found[row.customer_id, row.lost_on] = row
    return found


def loss_of(user: User, customer_id: int, lost_on: date) -> Stay:
    """One loss of a customer in sight. Raises Stay.DoesNotExist."""
    found: Stay = Stay.objects.visible_to(user).select_related("customer", "customer__unit").get(customer=customer_id, ended_on=lost_on)
    return found


@transaction.atomic
def record_reason(
    actor: User, customer_id: int, lost_on: date, reason: str, why: str = "", words: str = "", asked_on: date | None = None
) -> LossReason:
    """Write down why a customer went; what stood there before stays on record, withdrawn.

    Raises Customer.DoesNotExist out of sight; refuses loss.unknown (he did not leave that day), loss.reason, loss.why, loss.asked_on.
    """
    require(actor, "churn.reason")
    visible(actor, customer_id)
    lock_cards([customer_id])
    if not Stay.objects.filter(customer=customer_id, ended_on=lost_on).exclude(ended_on=FOREVER).exists():
        raise Refused("loss.unknown", "账上没有这位客户在 %(day)s 走了这一笔。", day=lost_on.isoformat())
    if reason not in Reason.values:
        raise Refused("loss.reason", "请选客户为什么走。")
    if why and why not in Why.values:
        raise Refused("loss.why", "请选是哪一类。")
    today = clock.today(settings.TIME_ZONE)
    day = asked_on or today
    if day > today:
        raise Refused("loss.asked_on", "问到的日子在今天以后。")
    standing = LossReason.objects.filter(customer=customer_id, lost_on=lost_on, withdrawn_at=None)
    standing.update(withdrawn_at=timezone.now())
    made = LossReason(customer_id=customer_id, lost_on=lost_on, reason=reason, why=why, words=clean(words, 300), asked_on=day, by=actor)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise Refused("loss.at_once", "刚才有人也记了原因，请看一眼再改。") from None
    cases.reason_known(customer_id, lost_on)
    record(actor, "churn.reason", made.customer, reason=reason, why=why, lost_on=lost_on.isoformat())
    return made


@transaction.atomic
def withdraw_reason(actor: User, reason_id: int) -> LossReason:
    """Take a reason back: the own one, or anybody's in sight for who oversees. Raises LossReason.DoesNotExist; refuses loss.withdrawn."""
    require(actor, "churn.reason")
    rows: Any = LossReason.objects.visible_to(actor).select_related("customer")
    found = (rows if may(actor, "winback.oversee") else rows.filter(by=actor)).get(pk=reason_id)
    if not LossReason.objects.filter(pk=found.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        raise Refused("loss.withdrawn", "这一条已经撤回过了。")
    cases.reason_known(found.customer_id, found.lost_on)
    record(actor, "churn.reason_undo", found.customer, reason=found.reason, lost_on=found.lost_on.isoformat())
    return LossReason.objects.get(pk=found.pk)
