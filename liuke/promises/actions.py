"""Verbs of a promise: give it, end it in one of four ways, and take each of them back. Its task is work.promising's business."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Event, FactChange
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.promises import guards
from liuke.promises.labels import Approval, State
from liuke.promises.models import Promise
from liuke.promises.queries import given_cents, limit_of
from liuke.promises.rules import MOST_CENTS, NOTE, TEXT, came_of, check_day, check_new_day, needs_approval
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import pack as current_pack

BROKEN_EVENT = "promise_broken"


@transaction.atomic
def promise(
    actor: User,
    customer_id: int,
    text: str,
    due_on: date,
    *,
    sure: bool = True,
    about: str = "",
    about_id: int | None = None,
    amount_cents: int = 0,
    today: date | None = None,
) -> Promise:
    """Write down what was promised to a customer, by the day it was promised for. `today`: the day it was given (of all these verbs: done).

    Not `sure`: by `due_on` we say whether and when it can be done. Above the actor's limit, together with what the customer was promised
    lately, it waits for somebody's word. Refuses a day that is gone or more than a year off, no words, an amount that is none, and the same
    promise twice; raises Customer.DoesNotExist.
    """
    require(actor, "promise.make")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    words = clean(text, TEXT)
    if not words:
        raise Refused("promise.empty", "请写答应了什么。")
    day = today or _today()
    check_day(due_on, day)
    if not 0 <= amount_cents <= MOST_CENTS:
        raise Refused("promise.amount", "要花的钱请写 0 到 1 亿元。")
    lock_cards([card.pk])
    same = Promise.objects.open().filter(customer=card, by=actor, text=words, due_on=due_on, about=about, about_id=about_id)
    if same.exists():
        raise Refused("promise.twice", "这件事已经答应过了，日子也一样。")
    pack = current_pack()
    waits = needs_approval(amount_cents, limit_of(actor, pack), given_cents(card.pk, day, pack))
    made = Promise.objects.create(
        customer=card,
        by=actor,
        keeper=actor,
        text=words,
        made_on=day,
        due_on=due_on,
        sure=sure,
        about=about,
        about_id=about_id,
        amount_cents=amount_cents,
        approval=Approval.WAITING if waits else Approval.NONE,
    )
    record(actor, "promise.make", card, promise=made.pk, due=due_on, sure=sure, cents=amount_cents or None, approval=made.approval or None)
    return made


@transaction.atomic
def take_back(actor: User, promise_id: int) -> Promise:
    """It was a slip: nothing was promised. The row stays, marked. Only by who gave it, on the same day, while it is open; refuses else."""
    found = _held(actor, promise_id)
    if found.by_id != actor.pk or found.made_on != _today():
        raise Refused("promise.slip", "只有答应的人当天可以撤销；过后请记“不用办了”。")
    if found.previous_id is not None:
        raise Refused("promise.follows", "这是改期来的，请撤销改期。")
    if not Promise.objects.open().filter(pk=found.pk).update(undone_at=timezone.now()):
        raise _settled()
    record(actor, "promise.take_back", found.customer, promise=found.pk)
    return _again(found)


@transaction.atomic
def settle(actor: User, promise_id: int, done: bool, *, note: str = "", on: date | None = None, today: date | None = None) -> Promise:
    """Done, or not to be done any more and it was not: kept, kept late or broken by the day it happened (`on`, else today).

    An earlier day only by who approves promises, so that nobody makes his own late one good. Refuses one that is settled or waits for
    approval, a day to come or before it was given.
    """
    found = _held(actor, promise_id)
    now = today or _today()
    day = on or now
    if day > now or day < found.made_on:
        raise Refused("promise.day", "日子请写在答应那天和今天之间。")
    if day != now and not may(actor, "promise.approve"):
        raise Refused("promise.backdate", "补记以前的日子，请主管来记。")
    _given(found)
    state = came_of(found.due_on, day, current_pack().promises.late_days) if done else State.BROKEN
    return _end(found, state, actor, day, note)


@transaction.atomic
def withdraw(actor: User, promise_id: int, *, note: str = "", today: date | None = None) -> Promise:
    """The customer does not want it any more. Refuses one that is settled.

    Once its day is gone only by who approves promises, so that nobody takes his own late one out of the rate. One that waits was never
    given: it goes at any time.
    """
    found, day = _held(actor, promise_id), today or _today()
    if found.state == State.OPEN and found.approval != Approval.WAITING and day > found.due_on and not may(actor, "promise.approve"):
        raise Refused(
            "promise.late_drop",
            "答应的日子%(day)s已经过了：办了记办晚了，没办记没办成；客户不要了，请主管来记。",
            day=found.due_on,
        )
    return _end(found, State.WITHDRAWN, actor, day, note)


@transaction.atomic
def renegotiate(actor: User, promise_id: int, due_on: date, *, note: str = "", today: date | None = None) -> Promise:
    """The customer agreed to another day, before the old one had passed. The promise that takes its place.

    Refuses once the old day is gone (late is late), a day that is gone or the same, and one that is settled.
    """
    found = _held(actor, promise_id)
    _given(found)
    day = today or _today()
    check_new_day(found.due_on, due_on, day)
    return _follow(actor, found, State.RENEGOTIATED, due_on, found.sure, note, day)


@transaction.atomic
def make_sure(actor: User, promise_id: int, due_on: date, *, note: str = "", today: date | None = None) -> Promise:
    """We said whether and when: what was not sure is kept (or late) with that, and a sure promise takes its place."""
    found = _held(actor, promise_id)
    if found.sure:
        raise Refused("promise.sure", "这件事已经给过准话了。")
    _given(found)
    day = today or _today()
    check_day(due_on, day)
    return _follow(actor, found, came_of(found.due_on, day, current_pack().promises.late_days), due_on, True, note, day)


@transaction.atomic
def reopen(actor: User, promise_id: int) -> Promise:
    """Take back how it ended, with the promise that followed and the event it left; it is open as before.

    What the night found broken is opened again only by who approves promises. Refuses an open one, and one whose follower went on.
    """
    found = _held(actor, promise_id)
    if found.state == State.OPEN:
        raise Refused("promise.open", "这件事还没了结，不用撤销。")
    if found.approval == Approval.REFUSED:
        raise Refused("promise.refused", "这件事上面没批；要办的话，请改过再答应一次。")
    if found.settled_by_id is None and not may(actor, "promise.approve"):
        raise Refused("promise.night", "过期没办的，请主管来改。")
    guards.ask(found)
    after = Promise.objects.standing().filter(previous=found)
    if after.exclude(state=State.OPEN).exists():
        raise Refused("promise.gone_on", "改过期的那一件已经了结了，请先撤销那一件。")
    was = found.state
    back = Promise.objects.standing().filter(pk=found.pk, state=was)
    if not back.update(state=State.OPEN, settled_on=None, settled_by=None, note="", event=None):
        raise _settled()
    after.update(undone_at=timezone.now())
    if found.event is not None:
        Event.objects.filter(pk=found.event).delete()
        FactChange.objects.create(customer_id=found.customer_id)
    record(actor, "promise.reopen", found.customer, promise=found.pk, outcome=was)
    return _again(found)


@transaction.atomic
def decide(actor: User, promise_id: int, agreed: bool, *, note: str = "") -> Promise:
    """Say yes or no to what a promise costs. A no ends it: it was never given to the customer.

    Refuses one's own (given or to be kept), one above the actor's own limit, one that does not wait, and a yes once its day is gone.
    """
    require(actor, "promise.approve")
    found = _held(actor, promise_id)
    if found.by_id == actor.pk:
        raise Refused("promise.own", "自己答应的不能自己批。")
    if found.keeper_id == actor.pk:
        raise Refused("promise.own", "自己来办的不能自己批。")
    lock_cards([found.customer_id])
    today, pack = _today(), current_pack()
    if needs_approval(found.amount_cents, limit_of(actor, pack), given_cents(found.customer_id, today, pack, found.pk)):
        raise Refused("promise.limit", "连同近 %(days)s 天答应他的，超过您能批的金额，请上一级来批。", days=pack.promises.limit_days)
    if agreed:
        check_day(found.due_on, today)
    values = {"approval": Approval.APPROVED} if agreed else {"approval": Approval.REFUSED, "state": State.WITHDRAWN, "settled_on": today}
    waiting = Promise.objects.waiting().filter(pk=found.pk)
    by = {} if agreed else {"settled_by": actor, "note": clean(note, NOTE)}
    if not waiting.update(decided_by=actor, decided_at=timezone.now(), **values, **by):
        raise Refused("promise.decided", "这件事已经有人批过了，或者不用批。")
    record(actor, "promise.approve" if agreed else "promise.refuse", found.customer, promise=found.pk, cents=found.amount_cents)
    return _again(found)


@transaction.atomic
def take_back_decision(actor: User, promise_id: int) -> Promise:
    """Undo one's own yes or no: it waits again. Refuses somebody else's, and once it was settled after a yes."""
    require(actor, "promise.approve")
    found = _held(actor, promise_id)
    mine = Promise.objects.standing().filter(pk=found.pk, decided_by=actor)
    refused = mine.filter(approval=Approval.REFUSED, state=State.WITHDRAWN)
    agreed = mine.filter(approval=Approval.APPROVED, state=State.OPEN)
    before = {"approval": Approval.WAITING, "decided_by": None, "decided_at": None}
    if not (agreed.update(**before) or refused.update(**before, state=State.OPEN, settled_on=None, settled_by=None, note="")):
        raise Refused("promise.undecided", "这件事不是您批的，或者已经办完了。")
    record(actor, "promise.undecide", found.customer, promise=found.pk)
    return _again(found)


# ── one way to end one ───────────────────────────────────────────────────────


def _held(actor: User, promise_id: int) -> Promise:
    """One the actor may act on. Raises Promise.DoesNotExist for any other."""
    require(actor, "promise.make")
    found = Promise.objects.in_hand_of(actor).select_related("customer").get(pk=promise_id)
    refuse_erased(found.customer.erased)
    return found


def _given(found: Promise) -> None:
    if found.approval == Approval.WAITING:
        raise Refused("promise.waiting", "这件事还在等批，批了才算答应。")


def _settled() -> Refused:
    return Refused("promise.settled", "这件事刚才已经有人了结了。")


def close(found: Promise, state: str, actor: User | None, day: date, note: str) -> bool:
    """End an open promise, once. A broken one leaves an event on its customer, which insight rests on."""
    closing = Promise.objects.open().filter(pk=found.pk, approval=found.approval)
    if not closing.update(state=state, settled_on=day, settled_by=actor, note=clean(note, NOTE)):
        return False
    if state == State.BROKEN:
        event = Event.objects.create(customer_id=found.customer_id, kind=BROKEN_EVENT, on=day, by=actor)
        Promise.objects.filter(pk=found.pk).update(event=event.pk)
        FactChange.objects.create(customer_id=found.customer_id)
    return True


def _end(found: Promise, state: str, actor: User, day: date, note: str) -> Promise:
    if not close(found, state, actor, day, note):
        raise _settled()
    record(actor, "promise.settle", found.customer, promise=found.pk, outcome=state, on=day)
    return _again(found)


def _follow(actor: User, found: Promise, state: str, due_on: date, sure: bool, note: str, today: date) -> Promise:
    if not close(found, state, actor, today, note):
        raise _settled()
    made = Promise.objects.create(
        customer=found.customer,
        by=actor,
        keeper=found.keeper,
        text=found.text,
        made_on=today,
        due_on=due_on,
        sure=sure,
        previous=found,
        moves=found.moves + (state == State.RENEGOTIATED),
        about=found.about,
        about_id=found.about_id,
        amount_cents=found.amount_cents,
        approval=found.approval,
    )
    record(actor, "promise.move", found.customer, promise=found.pk, next=made.pk, due=due_on, outcome=state)
    return made


def _again(found: Promise) -> Promise:
    return Promise.objects.select_related("customer", "by", "keeper").get(pk=found.pk)


def _today() -> date:
    return clock.today(settings.TIME_ZONE)
