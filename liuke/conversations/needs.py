"""Verbs of needs: record one in the customer's words, confirm it, close it with how, and back again.

The facts on the card that insight reads follow the state, through the card's own verb: an open need has its need_recorded, one that is met
its need_met beside it; one the customer no longer wants has neither, for it is no chance any more.
"""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.conversations.actions import Talk, hold
from liuke.conversations.labels import NeedKind, NeedState
from liuke.conversations.models import Need
from liuke.customers.actions import record_event
from liuke.customers.labels import EventKind
from liuke.customers.models import Event, FactChange
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require

WORDS = 300


@transaction.atomic
def record_need(
    actor: User,
    customer_id: int,
    words: str,
    kind: str = NeedKind.STATED,
    *,
    confirmed: bool = False,
    on: date | None = None,
    talk: Talk | None = None,
    contact: Interaction | None = None,
) -> Need:
    """Write down what the customer wants, in his words; `talk` or `contact`: in which he said it. Insight knows it at once.

    Refuses no words, an unknown kind, a day to come, the same words while they are open. Raises Customer.DoesNotExist out of sight.
    """
    require(actor, "need.record")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    said = clean(words, WORDS)
    if not said:
        raise Refused("need.words", "请写客户的原话，一句就行。")
    if kind not in NeedKind.values:
        raise Refused("need.kind", "请选客户自己说的，还是您问出来的。")
    day = on or clock.today()
    event = record_event(actor, card.pk, EventKind.NEED_RECORDED, day, note=said)
    held = hold(actor, talk) if talk else None
    try:
        with transaction.atomic():
            need = Need.objects.create(
                customer=card, kind=kind, words=said, confirmed=confirmed, conversation=held, event=event, by=actor, on=day,
                interaction=contact or (held.interaction if held else None),
            )  # fmt: skip
    except IntegrityError:
        raise Refused("need.twice", "这个需求已经记过了，还没了结。") from None
    record(actor, "need.record", card, need=need.pk, kind=kind, confirmed=confirmed)
    return need


@transaction.atomic
def confirm_need(actor: User, need_id: int, yes: bool = True) -> Need:
    """The customer said that it is so (or that was noted by mistake). Refuses a need that is closed."""
    need = _seen(actor, need_id)
    if Need.objects.filter(pk=need.pk, state=NeedState.OPEN, undone_at=None).update(confirmed=yes) == 0:
        raise _settled()
    record(actor, "need.confirm", need.customer, need=need.pk, yes=yes)
    need.confirmed = yes
    return need


@transaction.atomic
def close_need(actor: User, need_id: int, state: str, how: str = "") -> Need:
    """It is met, or the customer no longer wants it; `how` says how, or why. Refuses another state, met without how, one that is closed."""
    need = _seen(actor, need_id)
    said = clean(how, WORDS)
    if state not in (NeedState.MET, NeedState.DECLINED):
        raise Refused("need.state", "请选满足了，还是客户不要了。")
    if state == NeedState.MET and not said:
        raise Refused("need.how", "请写怎么满足的，一句就行。")
    today = clock.today()
    if not Need.objects.filter(pk=need.pk, state=NeedState.OPEN, undone_at=None).update(
        state=state, how=said, closed_by=actor, closed_on=today
    ):
        raise _settled()
    if state == NeedState.MET:
        event = record_event(actor, need.customer_id, EventKind.NEED_MET, today, note=said)
        Need.objects.filter(pk=need.pk).update(met_event=event)
    else:
        _drop(need.event)
    record(actor, "need.close", need.customer, need=need.pk, state=state)
    need.refresh_from_db()
    return need


@transaction.atomic
def reopen_need(actor: User, need_id: int) -> Need:
    """Take the closing back: the need is open as before, and the facts too. Refuses one that is open, or open again in the same words."""
    need = _seen(actor, need_id)
    closed = Need.objects.filter(pk=need.pk, undone_at=None).exclude(state=NeedState.OPEN)
    try:
        with transaction.atomic():
            done = closed.update(state=NeedState.OPEN, how="", closed_by=None, closed_on=None)
    except IntegrityError:
        raise Refused("need.twice", "这个需求已经记过了，还没了结。") from None
    if not done:
        raise Refused("need.open", "这个需求还没了结。")
    if need.state == NeedState.MET:
        _drop(need.met_event)
    else:
        event = record_event(actor, need.customer_id, EventKind.NEED_RECORDED, need.on, note=need.words)
        Need.objects.filter(pk=need.pk).update(event=event)
    record(actor, "need.reopen", need.customer, need=need.pk)
    need.refresh_from_db()
    return need


@transaction.atomic
def withdraw_need(actor: User, need_id: int) -> Need:
    """Take back what one recorded oneself; the row stays, marked, and the fact goes. Refuses twice and one that is closed; raises
    Need.DoesNotExist for somebody else's."""
    need = _seen(actor, need_id)
    if need.by_id != actor.pk:
        raise Need.DoesNotExist
    if not Need.objects.filter(pk=need.pk, state=NeedState.OPEN, undone_at=None).update(undone_at=timezone.now()):
        raise _settled()
    _drop(need.event)
    record(actor, "need.withdraw", need.customer, need=need.pk)
    need.refresh_from_db()
    return need


def from_fact(actor: User, customer_id: int, kind: str, on: date, note: str) -> Event | None:
    """A need told as a fact of the card: the same row as one told beside the script, so that no list lacks it. A need that is met closes
    the oldest that is open. None for facts of other kinds, and where there is nothing to tell by: the card's own verb takes them."""
    if kind == EventKind.NEED_RECORDED and clean(note, WORDS):
        return record_need(actor, customer_id, note, on=on).event
    if kind == EventKind.NEED_MET and clean(note, WORDS) and on == clock.today():
        oldest = Need.objects.visible_to(actor).standing().filter(customer=customer_id, state=NeedState.OPEN).order_by("on", "pk").first()
        return close_need(actor, oldest.pk, NeedState.MET, note).met_event if oldest else None
    return None


def _seen(actor: User, need_id: int) -> Need:
    require(actor, "need.record")
    need = Need.objects.visible_to(actor).standing().select_related("customer", "event", "met_event").get(pk=need_id)
    refuse_erased(need.customer.erased)
    return need


def _drop(event: Event | None) -> None:
    """Take a fact off the card again."""
    if event is not None and Event.objects.filter(pk=event.pk).delete()[0]:
        FactChange.objects.create(customer_id=event.customer_id)


def _settled() -> Refused:
    return Refused("need.closed", "这个需求刚才已经了结了。")
