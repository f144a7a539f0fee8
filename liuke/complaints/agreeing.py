"""What we would do for the customer: put forward, agreed to by who may, taken by him, and then a promise."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.complaints.crisis import check_hands
from liuke.complaints.handling import check_feelings_first
from liuke.complaints.house import day_of, limit_of, today
from liuke.complaints.keeping import audit, colleague, finish, held, log
from liuke.complaints.labels import AgreementState, Approval, NoteKind
from liuke.complaints.models import LINE, Agreement, Complaint
from liuke.complaints.rules import above, check_amount, check_on_the_spot
from liuke.complaints.telling import ask_approval, given_cents, settle_approval, tell_about, total_cents
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.promises.models import Promise
from liuke.promises.rules import check_day
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.work import promising
from liuke.work.models import Task

ABOUT = "complaints.agreement"
HANDS = 40
STANDING = (AgreementState.PROPOSED, AgreementState.AGREED)


@transaction.atomic
def propose(
    actor: User,
    complaint_id: int,
    text: str,
    due_on: date,
    *,
    keeper_id: int | None = None,
    hands: str = "",
    sure: bool = True,
    grounds: str = "",
    amount_cents: int = 0,
) -> Agreement:
    """Put one thing forward: what, by when, by whom, at what cost, and whether we can do it for sure (else: by then we say when).

    Above what the actor may give on one complaint altogether it waits for somebody above. Refused before the accept steps are done, and
    for a stranger anything but what is done on the spot: a promise needs a card.
    """
    row = held(actor, complaint_id)
    check_feelings_first(row)
    check_hands(row, actor)
    words = clean(text, LINE)
    if not words:
        raise Refused("complaint.agreement", "请写答应什么。")
    if row.told_at is not None:
        raise Refused("complaint.told_already", "方案已经告诉客户了；要加一件，先撤回告知。")
    check_amount(amount_cents)
    check_day(due_on, today())
    if row.customer_id is None and due_on > today():  # nobody is asked to approve what cannot be promised to anybody
        raise Refused("complaint.stranger", "先认出是哪位客户，才好记下答应他的事。")
    keeper = colleague(actor, keeper_id, row) if keeper_id else row.owner or actor
    if Agreement.objects.filter(complaint=row, text=words, due_on=due_on, state__in=STANDING).exists():
        raise Refused("complaint.agreement_twice", "这一件已经有了，日子也一样。")
    made = Agreement.objects.create(
        complaint=row, turn=row.turn, text=words, due_on=due_on, keeper=keeper, hands=clean(hands, HANDS), sure=sure,
        grounds=clean(grounds, LINE), amount_cents=amount_cents, by=actor, at=timezone.now(),
    )  # fmt: skip
    if amount_cents and above(total_cents(row), limit_of(actor)):
        Agreement.objects.filter(pk=made.pk).update(approval=Approval.WAITING)
        made.approval = Approval.WAITING
        ask_approval(made, actor)
    log(row, actor, NoteKind.PROPOSED, text=words, agreement=made.pk, cents=amount_cents, waits=made.approval == Approval.WAITING)
    audit(actor, "complaint.propose", row, agreement=made.pk, cents=amount_cents or None, approval=str(made.approval) or None)
    finish(row, actor)
    return _again(made)


@transaction.atomic
def decide(actor: User, agreement_id: int, agreed: bool, *, note: str = "") -> Agreement:
    """Say yes or no to what it costs. Refuses one's own, one that does not wait, and a sum above the actor's own limit."""
    require(actor, "complaint.approve")
    found, row = _agreement(actor, agreement_id)
    if found.by_id == actor.pk:
        raise Refused("complaint.own", "自己拟的不能自己批。")
    if above(total_cents(row), limit_of(actor)):
        raise Refused("complaint.limit", "这件投诉加起来超过您能批的金额，请上一级来批。")
    state = Approval.APPROVED if agreed else Approval.REFUSED
    waiting = Agreement.objects.filter(pk=found.pk, approval=Approval.WAITING, state=AgreementState.PROPOSED)
    decided = {"approval": state, "decided_by": actor, "decided_at": timezone.now(), "decided_note": clean(note, LINE)}
    gone: dict[str, Any] = {} if agreed else {"state": AgreementState.WITHDRAWN}
    if not waiting.update(**decided, **gone):
        raise Refused("complaint.decided_already", "这一件已经有人批过了，或者不用批。")
    log(row, actor, NoteKind.APPROVAL, agreement=found.pk, agreed=agreed, cents=found.amount_cents, text=note)
    audit(actor, "complaint.approve" if agreed else "complaint.refuse", row, agreement=found.pk, cents=found.amount_cents)
    tell_about(row, "approved" if agreed else "refused", [found.by_id, row.owner_id], actor)
    settle_approval(row)
    finish(row, actor)
    return _again(found)


@transaction.atomic
def take_back_decision(actor: User, agreement_id: int) -> Agreement:
    """Undo one's own yes or no, before the customer has taken it: it waits again."""
    require(actor, "complaint.approve")
    found, row = _agreement(actor, agreement_id)
    mine = Agreement.objects.filter(pk=found.pk, decided_by=actor)
    yes = mine.filter(approval=Approval.APPROVED, state=AgreementState.PROPOSED)
    no = mine.filter(approval=Approval.REFUSED, state=AgreementState.WITHDRAWN)
    before = {"approval": Approval.WAITING, "decided_by": None, "decided_at": None, "decided_note": "", "state": AgreementState.PROPOSED}
    if not (yes.update(**before) or no.update(**before)):
        raise Refused("complaint.not_decided", "这一件不是您批的，或者客户已经点头了。")
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.APPROVAL))
    audit(actor, "complaint.undecide", row, agreement=found.pk)
    ask_approval(_again(found), actor)
    finish(row, actor)
    return _again(found)


@transaction.atomic
def nudge(actor: User, agreement_id: int) -> Agreement:
    """Ask those above once more. Refuses what does not wait."""
    found, row = _agreement(actor, agreement_id)
    if found.approval != Approval.WAITING or found.state != AgreementState.PROPOSED:
        raise Refused("complaint.not_waiting", "这一件不在等批。")
    ask_approval(found, actor)
    audit(actor, "complaint.nudge", row, agreement=found.pk)
    return found


@transaction.atomic
def agree(actor: User, agreement_id: int, *, done: bool = False) -> Agreement:
    """The customer takes it: from now on it is a promise with a task. `done`: it was done on the spot, and nothing is left to promise.

    Refuses what waits for approval, a stranger, to whom no promise can be written down, and `done` for what is dated another day than
    today or costs more than the actor may give by himself.
    """
    found, row = _agreement(actor, agreement_id)
    check_feelings_first(row)
    check_hands(row, actor)
    if found.approval == Approval.WAITING:
        raise Refused("complaint.waiting", "这一件还在等批，批了才好答应客户。")
    if row.customer_id is None and not done:
        raise Refused("complaint.stranger", "先认出是哪位客户，才好记下答应他的事。")
    taken = Agreement.objects.filter(pk=found.pk, state=AgreementState.PROPOSED)
    if done and found.state == AgreementState.PROPOSED:
        check_on_the_spot(found.due_on, today(), given_cents(row), found.amount_cents, limit_of(actor))
    if not taken.update(state=AgreementState.AGREED, settled_at=timezone.now(), settled_by=actor):
        raise _settled()
    if not done:
        assert row.customer_id is not None
        made = promising.make_promise(actor, row.customer_id, found.text, found.due_on, sure=found.sure, about=ABOUT, about_id=found.pk)
        if found.keeper_id != actor.pk:  # who said it to the customer is not always who keeps it
            Promise.objects.filter(pk=made.pk).update(keeper=found.keeper_id)
            Task.objects.open().filter(about=promising.ABOUT, about_id=made.pk).update(assignee=found.keeper_id)
        Agreement.objects.filter(pk=found.pk).update(promise=made)
    log(row, actor, NoteKind.AGREED, agreement=found.pk, done=done)
    audit(actor, "complaint.agree", row, agreement=found.pk, done=done or None)
    finish(row, actor)
    return _again(found)


@transaction.atomic
def decline(actor: User, agreement_id: int) -> Agreement:
    """The customer does not take it."""
    return _end(actor, agreement_id, AgreementState.DECLINED)


@transaction.atomic
def withdraw(actor: User, agreement_id: int) -> Agreement:
    """We do not put it forward after all; the customer was not told."""
    return _end(actor, agreement_id, AgreementState.WITHDRAWN)


@transaction.atomic
def restore(actor: User, agreement_id: int) -> Agreement:
    """Undo how it ended: it is put forward as before. One that was taken only on the same day by who said so, its promise untouched."""
    found, row = _agreement(actor, agreement_id)
    if found.approval == Approval.REFUSED:
        raise Refused("complaint.was_refused", "这一件没批，请改过再拟一次。")
    if row.told_at is not None or found.turn != row.turn:
        raise Refused("complaint.told_already", "方案已经告诉客户了；要改，先撤回告知。")
    if found.state == AgreementState.AGREED:
        if found.settled_by_id != actor.pk or found.settled_at is None or day_of(found.settled_at) != today():
            raise Refused("complaint.slip", "只有记的人当天可以撤销。")
        if found.promise_id is not None:
            # Only who gave a promise takes it back, and only what he has in hand.
            if not Promise.objects.open().filter(pk=found.promise_id).update(keeper=actor):
                raise Refused("complaint.promise_over", "这件承诺已经办了或者改期了，不能撤销。")
            promising.take_back(actor, found.promise_id)
    ended = Agreement.objects.filter(pk=found.pk).exclude(state=AgreementState.PROPOSED)
    if not ended.update(state=AgreementState.PROPOSED, settled_at=None, settled_by=None, promise=None):
        raise Refused("complaint.proposed", "这一件还没谈定，不用撤销。")
    if found.amount_cents and _asks_again(found, row, actor):
        Agreement.objects.filter(pk=found.pk).update(approval=Approval.WAITING, decided_by=None, decided_at=None)
        ask_approval(_again(found), actor)
    elif found.approval == Approval.WAITING:  # what made the sum too large was dropped meanwhile
        Agreement.objects.filter(pk=found.pk).update(approval=Approval.NONE)
    log(row, actor, NoteKind.UNDONE, what=str(NoteKind.AGREED))
    audit(actor, "complaint.agreement_restore", row, agreement=found.pk)
    finish(row, actor)
    return _again(found)


def _asks_again(found: Agreement, row: Complaint, actor: User) -> bool:
    """What was put forward since may have made the sum more than was agreed to."""
    total = total_cents(row)
    agreed = found.decided_by if found.approval == Approval.APPROVED else None
    return above(total, limit_of(actor)) and (agreed is None or above(total, limit_of(agreed)))


def _end(actor: User, agreement_id: int, state: str) -> Agreement:
    found, row = _agreement(actor, agreement_id)
    over = Agreement.objects.filter(pk=found.pk, state=AgreementState.PROPOSED)
    if not over.update(state=state, settled_at=timezone.now(), settled_by=actor):
        raise _settled()
    log(row, actor, NoteKind.AGREED, agreement=found.pk, state=str(state))
    audit(actor, "complaint.agreement_end", row, agreement=found.pk, outcome=str(state))
    settle_approval(row)
    finish(row, actor)
    return _again(found)


def _agreement(actor: User, agreement_id: int) -> tuple[Agreement, Complaint]:
    """Raises Agreement.DoesNotExist out of sight."""
    seen = Complaint.objects.visible_to(actor)
    row = held(actor, Agreement.objects.values_list("complaint_id", flat=True).get(pk=agreement_id, complaint__in=seen))
    return _again(Agreement(pk=agreement_id)), row


def _again(one: Agreement) -> Agreement:
    return Agreement.objects.select_related("complaint", "complaint__customer__unit", "complaint__unit", "keeper", "by", "decided_by").get(
        pk=one.pk
    )


def _settled() -> Refused:
    return Refused("complaint.settled", "这一件刚才已经谈定了。")
