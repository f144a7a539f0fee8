"""Writing down a contact with a customer, and taking it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record as audit
from liuke.custody.actions import give_back_with_result
from liuke.customers.models import FactChange
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.interactions.labels import Direction, Outcome, Way
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require

LONGEST = 2000


@transaction.atomic
def record(
    actor: User,
    customer_id: int,
    way: str,
    outcome: str = "",
    summary: str = "",
    *,
    direction: str = Direction.OUT,
    two_way: bool | None = None,
    asked: bool = False,
    at: datetime | None = None,
    permission: str = "interaction.create",
) -> Interaction:
    """Write down a contact. `two_way` is whether the customer answered; left out, it follows from outcome and direction.

    A card the actor has out is given back with it. Refuses unknown ways and outcomes, a time to come, and neither outcome nor words.
    """
    require(actor, permission)
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    if way not in Way.values or direction not in Direction.values or (outcome and outcome not in Outcome.values):
        raise Refused("interaction.way", "请选怎么联系的。")
    words = clean(summary, LONGEST, lines=True)
    if not outcome and not words:
        raise Refused("interaction.empty", "请选结果，或者写一句。")
    when = at or timezone.now()
    if when > timezone.now():
        raise Refused("interaction.future", "时间在现在以后。")
    answered = two_way if two_way is not None else _answered(way, outcome, direction)
    contact = Interaction.objects.create(
        customer=card,
        at=when,
        on=timezone.localtime(when).date(),
        direction=direction,
        way=way,
        two_way=answered,
        asked=asked or direction == Direction.IN,
        outcome=outcome,
        summary=words,
        by=actor,
    )
    FactChange.objects.create(customer=card)
    give_back_with_result(actor, card)
    audit(actor, "interaction.record", card, interaction=contact.pk, way=way, outcome=outcome)
    return contact


@transaction.atomic
def undo(actor: User, interaction_id: int) -> Interaction:
    """Take back what one wrote down oneself; the row stays, marked. Refuses twice; raises Interaction.DoesNotExist for somebody else's."""
    require(actor, "interaction.create")
    contact = Interaction.objects.select_related("customer").get(pk=interaction_id, by=actor)
    visible(actor, contact.customer_id)
    if not Interaction.objects.filter(pk=contact.pk, undone_at__isnull=True).update(undone_at=timezone.now()):
        raise Refused("interaction.undone", "这一笔已经撤销过了。")
    FactChange.objects.create(customer=contact.customer)
    audit(actor, "interaction.undo", contact.customer, interaction=contact.pk)
    return contact


def _answered(way: str, outcome: str, direction: str) -> bool:
    if direction == Direction.IN:
        return True
    if outcome == Outcome.NOT_REACHED:
        return False
    if outcome:
        return True
    return way in (Way.PHONE, Way.VISIT, Way.IN_STORE, Way.MEETING, Way.HOTLINE)
