"""Taking a card out and giving it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.models import CheckOut
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack


@transaction.atomic
def check_out(actor: User, customer_id: int, purpose: str, *, permission: str = "card.check_out") -> CheckOut:
    """Take a card out for a stated purpose: its numbers are open to the borrower for the pack's hours. One already out stays so.

    Refuses an empty purpose or one of a single sign; raises Customer.DoesNotExist for a card out of sight. `permission`: another than the
    usual one, for whoever may open a number for one kind of work only (verification).
    """
    require(actor, permission)
    lock_cards([customer_id])  # two clicks make one check-out
    card = visible(actor, customer_id)
    reason = clean(purpose, 200)
    if not reason:
        raise Refused("check_out.purpose", "请写借来做什么。")
    if len(reason) < 2:
        raise Refused("check_out.purpose", "写得太短，看不出借来做什么。")
    now = timezone.now()
    out = CheckOut.objects.filter(user=actor, customer=card, returned_at__isnull=True, until__gt=now).order_by("-at").first()
    if out is not None:
        return out
    out = CheckOut.objects.create(
        customer=card, user=actor, purpose=reason, at=now, until=now + timedelta(hours=pack().cards.checkout_hours)
    )
    # The log is for ever and names nobody: the purpose stays with the check-out, where it can be taken out.
    record(actor, "card.check_out", card, check_out=out.pk, until=out.until)
    return out


@transaction.atomic
def give_back(actor: User, check_out_id: int) -> CheckOut:
    """Return a card one has out. Twice is no harm; raises CheckOut.DoesNotExist for somebody else's."""
    require(actor, "customer.read")  # whoever could take it out, for whatever work, may give it back
    out = CheckOut.objects.select_related("customer").get(pk=check_out_id, user=actor)
    _return(actor, out.customer, [out])
    return out


def give_back_with_result(actor: User, card: Customer) -> None:
    """Writing down what came of it returns the card. Inside the caller's transaction."""
    _return(actor, card, list(CheckOut.objects.filter(user=actor, customer=card, returned_at__isnull=True)))


def _return(actor: User, card: Customer, outs: list[CheckOut]) -> None:
    ids = [out.pk for out in outs]
    # Claimed by a conditional update, so that two clicks make one entry.
    if ids and CheckOut.objects.filter(pk__in=ids, returned_at__isnull=True).update(returned_at=timezone.now()):
        record(actor, "card.give_back", card, check_outs=ids)


def return_all(actor: User | None, customer_ids: Sequence[int], users: Sequence[int] | None = None) -> int:
    """Cards that change hands come back from whoever has them out (from these users only, when given). How many check-outs ended.

    Inside the caller's transaction, the cards held; one entry of the log for all. `actor` None is the system.
    """
    opened = CheckOut.objects.filter(returned_at__isnull=True)
    if users is not None:
        opened = opened.filter(user__in=users)
    ids: list[int] = []
    for some in batches(customer_ids):
        ids += opened.filter(customer__in=some).values_list("pk", flat=True)
    for some in batches(ids):
        CheckOut.objects.filter(pk__in=some, returned_at__isnull=True).update(returned_at=timezone.now())
    if ids:
        record(actor, "card.give_back_all", None, check_outs=ids)
    return len(ids)
