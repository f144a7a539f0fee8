"""A promise and its task: made together, ended together; one that waits for approval has no task. Doors and higher rooms call these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.notices.actions import tell
from liuke.packs.playbook import FollowUp
from liuke.playbooks.queries import pack as current_pack
from liuke.promises import actions, nightly
from liuke.promises.labels import Approval, State
from liuke.promises.models import Promise
from liuke.promises.queries import given_cents, limit_of
from liuke.promises.rules import needs_approval
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may
from liuke.work.labels import Ended, TaskKind
from liuke.work.making import Wanted, make, stop
from liuke.work.models import Result, Task
from liuke.work.rules import PROMISE_MINUTES
from liuke.work.ways import wished
from liuke.work.words import pick

ABOUT = "promises.promise"
_ENDS_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((State.KEPT, State.LATE, State.BROKEN), (Outcome.REACHED, Outcome.DEAL)),
    State.WITHDRAWN: (Outcome.REFUSED,),
    State.RENEGOTIATED: (Outcome.LATER,),
}


@transaction.atomic
def make_promise(
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
    """promises.actions.promise, with its task for who gave it; one above his limit is brought to those who may agree instead."""
    made = actions.promise(
        actor, customer_id, text, due_on, sure=sure, about=about, about_id=about_id, amount_cents=amount_cents, today=today
    )
    if made.approval == Approval.WAITING:
        _ask(made)
    else:
        _task(made, actor.pk, made.made_on)
    return made


@transaction.atomic
def take_back(actor: User, promise_id: int) -> Promise:
    """promises.actions.take_back; nothing is to be done any more."""
    back = actions.take_back(actor, promise_id)
    stop(ABOUT, [back.pk], Ended.UNDONE)
    return back


@transaction.atomic
def settle(actor: User, promise_id: int, done: bool, *, note: str = "", on: date | None = None) -> Promise:
    """promises.actions.settle; its task is done with."""
    return _over(actions.settle(actor, promise_id, done, note=note, on=on))


@transaction.atomic
def withdraw(actor: User, promise_id: int, *, note: str = "") -> Promise:
    """promises.actions.withdraw; its task is done with."""
    return _over(actions.withdraw(actor, promise_id, note=note))


@transaction.atomic
def renegotiate(actor: User, promise_id: int, due_on: date, *, note: str = "") -> Promise:
    """promises.actions.renegotiate; the task moves to the new day. The new promise."""
    return _moved(actor, actions.renegotiate(actor, promise_id, due_on, note=note))


@transaction.atomic
def make_sure(actor: User, promise_id: int, due_on: date, *, note: str = "") -> Promise:
    """promises.actions.make_sure; the task moves to the new day. The new promise."""
    return _moved(actor, actions.make_sure(actor, promise_id, due_on, note=note))


@transaction.atomic
def reopen(actor: User, promise_id: int) -> Promise:
    """promises.actions.reopen; there is a task for it again, unless it waits for a word.

    Refuses what ended by an outcome on the day's list: it is undone there.
    """
    state = Promise.objects.standing().filter(pk=promise_id).values_list("state", flat=True).first()
    done = Task.objects.filter(about=ABOUT, about_id=promise_id, results__undone_at__isnull=True)
    if done.filter(results__outcome__in=_ENDS_BY.get(state or "", ())).exists():
        raise Refused("promise.by_task", "这是在今日里记的结果，请到那件事上撤销。")
    after = list(Promise.objects.open().filter(previous=promise_id).values_list("pk", flat=True))
    back = actions.reopen(actor, promise_id)
    stop(ABOUT, after, Ended.UNDONE)
    if back.approval != Approval.WAITING:
        _task(back, actor.pk, _today())
    return back


@transaction.atomic
def decide(actor: User, promise_id: int, agreed: bool, *, note: str = "") -> Promise:
    """promises.actions.decide; who gave it is told, and a yes makes its task."""
    found = actions.decide(actor, promise_id, agreed, note=note)
    if agreed:
        _task(found, actor.pk, _today())
    key = "promise.approved" if agreed else "promise.refused"
    slots = {"who": actor.name, "customer": found.customer.name}
    tell([found.keeper_id], key, slots=slots, link=_link(found), about=f"{ABOUT}:{found.pk}", customer=found.customer_id)
    return found


@transaction.atomic
def take_back_decision(actor: User, promise_id: int) -> Promise:
    """promises.actions.take_back_decision; a task that a yes made goes."""
    back = actions.take_back_decision(actor, promise_id)
    stop(ABOUT, [back.pk], Ended.UNDONE)
    return back


@transaction.atomic
def break_overdue(today: date | None = None) -> int:
    """What nobody did within the days of grace is broken; its task goes, and the pack's playbook for broken promises takes over. How many.

    What nobody agreed to by its day is dropped (not counted). To be run before insight looks at the day. Twice is no harm.
    """
    day = today or _today()
    broken = nightly.break_overdue(day)
    stop(ABOUT, [one.pk for one in broken], Ended.TIMEOUT)
    _tell_keepers(broken, "promise.broken")
    lapsed = nightly.lapse(day)
    stop(ABOUT, [one.pk for one in lapsed], Ended.CANCELLED)
    _tell_keepers(lapsed, "promise.lapsed")
    return len(broken)


def _tell_keepers(rows: Sequence[Promise], key: str) -> None:
    for one in rows:
        slots = {"customer": one.customer.name}
        tell([one.keeper_id], key, slots=slots, link=_link(one), about=f"{ABOUT}:{one.pk}", customer=one.customer_id)


# ── from the day's list ──────────────────────────────────────────────────────


def chosen(actor: User, task: Task, choice: FollowUp, on: date) -> Task | None:
    """The promise that a choice after a contact makes, as its task. Inside the caller's transaction."""
    assert choice.promise is not None
    made = make_promise(
        actor, task.customer_id, pick(choice.promise), on + timedelta(choice.promise_days), about="work.task", about_id=task.pk, today=on
    )
    waiting = Task.objects.open().filter(about=ABOUT, about_id=made.pk)
    # It keeps what it came from: the playbook that goes on, the customer's worth and how grave it was.
    waiting.update(
        follow_up=choice.key, enrolment=task.enrolment_id, playbook=task.playbook, step=task.step, signal=task.signal,
        severity=task.severity, value_at_risk_cents=task.value_at_risk_cents, effect=task.effect,
    )  # fmt: skip
    return waiting.first()


def finished(actor: User, task: Task, result: Result) -> None:
    """An outcome of a promise's task ends the promise: done, not wanted any more, or (in time) moved to another day.

    On the day it comes in, whatever time the sender put on it, so that nobody makes his own late one good; who approves may backdate.
    """
    if task.about != ABOUT or task.about_id is None or result.outcome == Outcome.NOT_REACHED:
        return
    day = timezone.localtime(result.at).date() if may(actor, "promise.approve") else _today()
    found = Promise.objects.standing().get(pk=task.about_id)
    if result.outcome == Outcome.LATER:
        if result.next_task is None or day > found.due_on or result.next_task.due_on == found.due_on or result.next_task.due_on < day:
            return  # late is late: the promise stands as it was, and one tries again
        made = actions.renegotiate(actor, found.pk, result.next_task.due_on, today=day)
        Task.objects.filter(pk=result.next_task.pk).update(about_id=made.pk, reasons=_reasons(made), created_for=day)
    elif result.outcome == Outcome.REFUSED:
        actions.withdraw(actor, found.pk, today=day)
    else:
        actions.settle(actor, found.pk, True, today=day)


def undone(actor: User, task: Task, result: Result) -> None:
    """An outcome was taken back: so is what it did to the promise."""
    if task.about != ABOUT or task.about_id is None or result.outcome == Outcome.NOT_REACHED:
        return
    found = Promise.objects.standing().get(pk=task.about_id)
    if found.state != State.OPEN:
        actions.reopen(actor, found.pk)


def unpromise(task: Task) -> None:
    """The choice that made this promise was taken back. Inside the caller's transaction. Refuses where it was moved or settled since."""
    if task.about != ABOUT or task.about_id is None:
        return
    found = Promise.objects.standing().filter(pk=task.about_id)
    if not found.filter(state=State.OPEN).update(undone_at=timezone.now()) and (later := found.first()):
        state = str(State(later.state).label)
        raise Refused("today.promise", "那时答应的事后来%(state)s，请先到承诺上撤销那一步。", state=state)


# ── tasks and word ───────────────────────────────────────────────────────────


def _reasons(made: Promise) -> list[list[Any]]:
    return [["promise", {"text": made.text, "sure": made.sure, "by": made.by_id, "name": made.by.name}]]


def _task(made: Promise, by: int, on: date) -> None:
    wanted = Wanted(
        kind=TaskKind.PROMISE,
        customer=made.customer_id,
        due_on=made.due_on,
        channel=wished(made.customer_id),
        minutes=PROMISE_MINUTES,
        reasons=_reasons(made),
        about=ABOUT,
        about_id=made.pk,
        assignee=made.keeper_id,
        asked=True,
        must=True,
    )
    make([wanted], by, on)
    # What was promised on another day says so, whenever its task was made.
    Task.objects.open().filter(about=ABOUT, about_id=made.pk).update(created_for=made.made_on)


def _over(found: Promise) -> Promise:
    stop(ABOUT, [found.pk], Ended.DONE if found.state in (State.KEPT, State.LATE) else Ended.CANCELLED)
    return found


def _moved(actor: User, made: Promise) -> Promise:
    assert made.previous_id is not None
    stop(ABOUT, [made.previous_id], Ended.CANCELLED)
    _task(made, actor.pk, made.made_on)
    return made


def _ask(made: Promise) -> None:
    """Bring a promise to those who may agree to what it costs."""
    people = approvers(made)
    slots = {"who": made.by.name, "customer": made.customer.name}
    tell(
        [person.pk for person in people], "promise.waiting", slots=slots, link=_link(made), about=f"{ABOUT}:{made.pk}",
        customer=made.customer_id,
    )  # fmt: skip


def approvers(made: Promise) -> list[User]:
    """Who may agree to this promise: sees the customer, is above the amount, and neither gave it nor has to keep it. Two queries."""
    pack, path = current_pack(), made.customer.unit.path or ""
    above = [f"/{'/'.join(path.strip('/').split('/')[:n])}/" for n in range(1, path.count("/"))]
    roles = PERMISSIONS["promise.approve"]
    placed = Q(scope__path__in=above) | Q(scope=None, unit__path__in=above)
    found = User.objects.filter(placed, is_active=True, role__in=roles).exclude(pk__in=[made.by_id, made.keeper_id]).order_by("pk")
    before = given_cents(made.customer_id, _today(), pack, made.pk)
    fit = [person for person in found if not needs_approval(made.amount_cents, limit_of(person, pack), before)]
    # The nearest first: a supervisor where the amount is within his limit, else a manager.
    near = [person for person in fit if person.role != Role.MANAGER]
    return near or fit


def _link(made: Promise) -> str:
    return f"/promises/{made.pk}/"


def _today() -> date:
    return clock.today(settings.TIME_ZONE)
