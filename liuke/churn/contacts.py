"""The contacts of a win-back case are tasks of the day: made one at a time within the budget, and what comes of one moves the case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.churn.labels import Apology, Reason, State, Tier
from liuke.churn.models import Attempt, LossReason, WinBack
from liuke.churn.rules import effort, state_after
from liuke.interactions.labels import Outcome
from liuke.kernel.batches import batches
from liuke.kernel.money import format_cents
from liuke.packs import Pack
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.work import words
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.making import Wanted, make, stop
from liuke.work.models import Result, Task

ABOUT = "churn.winback"
REASON = "winback"
OUTCOMES = (Outcome.REACHED, Outcome.NOT_REACHED, Outcome.REFUSED, Outcome.DEAL, Outcome.LATER)


def counted(case: WinBack) -> int:
    """Contacts that count against the most there may be."""
    return case.attempts.filter(undone_at=None, number__gt=0).count()


def wanted(case: WinBack, due_on: date, known: LossReason | None) -> Wanted:
    """The next contact of an open case, as a task."""
    numbers = current_pack().churn.win_back
    how = effort(case.tier, numbers)
    slots: dict[str, Any] = {
        "tier": case.tier, "cents": case.value_cents, "lost_on": case.lost_on.isoformat(), "reason": known.reason if known else "",
        "sorry": case.apology == Apology.OWED,
    }  # fmt: skip
    return Wanted(
        kind=TaskKind.WIN_BACK,
        customer=case.customer_id,
        due_on=due_on,
        channel=how.way,
        minutes=how.minutes,
        reasons=[[REASON, slots]],
        about=ABOUT,
        about_id=case.pk,
        assignee=case.owner_id,
        severity=2 if case.tier == Tier.KEY else 1,
        effect=numbers.effect,
    )


def next_one(case: WinBack, by: int | None, on: date) -> Task | None:
    """Plan the next contact where there is room for it: one under way, attempts left, budget. Inside the caller's transaction."""
    most = current_pack().churn.win_back.attempts
    if case.state != State.OPEN or case.tier == Tier.HARMFUL or counted(case) >= most:
        return None
    known = LossReason.objects.filter(customer=case.customer_id, lost_on=case.lost_on, withdrawn_at=None).first()
    made = make([wanted(case, on, known)], by, on)
    _worth(made)
    return made[0] if made else None


def tries(pack: Pack) -> tuple[int, int]:
    """(contacts in all, days from one that nobody answered to the next): nobody is pressed, and the budget of a month is kept."""
    return pack.churn.win_back.attempts, pack.churn.win_back.between_days


def _worth(made: Sequence[Task]) -> None:
    """Who left has no money at risk: what he brought in his last year is what there is to win. A task counts the contacts before it."""
    before: dict[int, int] = {}
    for some in batches([task.about_id for task in made]):
        rows = Attempt.objects.filter(case__in=some, undone_at=None, number__gt=0).order_by()
        before |= dict(rows.values_list("case").annotate(n=Count("pk")))
    for task in made:
        task.attempt = before.get(task.about_id or 0, 0) + 1
        cents = int(words.slots_of(task.reasons, REASON).get("cents", 0))
        task.value_at_risk_cents = max(cents, 0)
        task.value_per_minute_cents = max(int(cents * task.effect / task.minutes), 0)
    Task.objects.bulk_update(list(made), ["attempt", "value_at_risk_cents", "value_per_minute_cents"])


def make_many(cases: Sequence[tuple[WinBack, LossReason | None]], on: date) -> int:
    """The same for many at night; ten queries for 900 of them."""
    made = make([wanted(case, on, known) for case, known in cases], None, on)
    _worth(made)
    return len(made)


def stop_all(case: WinBack) -> None:
    """Nobody need contact him any more. Inside the caller's transaction."""
    stop(ABOUT, [case.pk], Ended.CANCELLED)


def to(case: WinBack, person: int, by: int) -> None:
    """The open contact goes along with the case."""
    Task.objects.open().filter(about=ABOUT, about_id=case.pk).update(assignee=person, assigned_by=by)


# ── what comes of a contact ──────────────────────────────────────────────────


def finished(actor: User, task: Task, result: Result) -> None:
    """The contact is written down with the case; a no ends it, and so does the last try that nobody answers."""
    case = WinBack.objects.select_for_update(of=("self",)).filter(pk=task.about_id or 0).first()
    if case is None or case.state != State.OPEN:
        _no_more(result)
        return
    most = current_pack().churn.win_back.attempts
    n = counted(case) + 1
    after = state_after(result.outcome, n, most, asked=task.asked)
    Attempt.objects.create(
        case=case, number=0 if task.asked else n, on=timezone.localtime(result.at).date(), way=task.channel, outcome=result.outcome,
        by=actor, result=result, before=case.state,
    )  # fmt: skip
    values: dict[str, Any] = {"state": after}
    if after != State.OPEN:
        values |= {"ended_on": timezone.localtime(result.at).date(), "ended_by": actor}
    WinBack.objects.filter(pk=case.pk).update(version=F("version") + 1, **values)
    if after != State.OPEN:
        _no_more(result)
    record(actor, "winback.contact", case.customer, case=case.pk, outcome=result.outcome, state=after)


def _no_more(result: Result) -> None:
    if result.next_task is not None:
        Task.objects.open().filter(pk=result.next_task.pk).update(state=TaskState.STOPPED, stopped_why=Ended.DONE)
        result.next_task = None
        result.save(update_fields=["next_task"])


def undone(actor: User, task: Task, result: Result) -> None:
    """An outcome was taken back: the case stands as before it, unless it was ended otherwise meanwhile."""
    attempt = Attempt.objects.filter(result=result, undone_at=None).select_related("case", "case__customer").first()
    if attempt is None:
        return
    Attempt.objects.filter(pk=attempt.pk).update(undone_at=timezone.now())
    case = attempt.case
    mine = WinBack.objects.filter(pk=case.pk, state__in=(State.REFUSED, State.UNREACHABLE), end_note="", ended_by=actor)
    if result.outcome in (Outcome.REFUSED, Outcome.NOT_REACHED):
        mine.update(state=attempt.before, ended_on=None, ended_by=None)
    WinBack.objects.filter(pk=case.pk).update(version=F("version") + 1)
    if WinBack.objects.filter(pk=case.pk).exclude(state=State.OPEN).exists():
        stop(ABOUT, [case.pk], Ended.CANCELLED)
    record(actor, "winback.contact_undo", case.customer, case=case.pk, outcome=result.outcome)


def given(tasks: Sequence[Task], to: int) -> None:
    """A supervisor gave the contact to somebody else: so is the case. Inside the caller's transaction."""
    ids = [task.about_id for task in tasks if task.about == ABOUT and task.about_id is not None]
    for some in batches(ids):
        WinBack.objects.running().filter(pk__in=some).update(owner=to, version=F("version") + 1)


# ── how its task speaks ──────────────────────────────────────────────────────


def reason(task: Task, pack: Pack, on: date, reader: int) -> str:
    """**3月2日**走了，最后一年买了 **¥4,200**：**还没问到为什么**。"""
    slots = words.slots_of(task.reasons, REASON)
    if not slots:
        return gettext("走了的客户，去请回来")
    told = {
        "day": words.spoken_day(date.fromisoformat(slots["lost_on"]), on),
        "money": format_cents(slots["cents"]),
        "why": Reason(slots["reason"]).label if slots.get("reason") else "",
    }
    if told["why"]:
        said = gettext("**%(day)s**算走了，最后一年买了 **%(money)s**，走的原因是**%(why)s**。") % told
    else:
        said = gettext("**%(day)s**算走了，最后一年买了 **%(money)s**，**还没问到为什么**。") % told
    return words.join([said, gettext("先道歉，再谈别的。")]) if slots.get("sorry") else said


def say(task: Task, filling: words.Filling) -> str:
    """The one next thing to say: ask why, or say sorry, before anything is offered."""
    slots = words.slots_of(task.reasons, REASON)
    who = filling.name_title
    hello = gettext("%(who)s您好，") % {"who": who} if who else gettext("您好，")
    if slots.get("sorry"):
        return hello + gettext("上次是我们没做好，先跟您说声对不起。")
    if not slots.get("reason"):
        return hello + gettext("好久没见您来了，是我们哪里没做好吗？")
    return hello + gettext("您上次说的事我们记着，想当面听您说说。")


def settled(task: Task, outcome: str) -> str:
    """How it ends after this outcome."""
    if outcome == Outcome.REFUSED:
        return gettext("不回来，挽回结束")
    if outcome == Outcome.DEAL:
        return gettext("成交进了账，挽回就结束")
    if outcome == Outcome.NOT_REACHED:
        return gettext("联系够了，不再打扰")
    return gettext("记进挽回")


# ── hand-over ────────────────────────────────────────────────────────────────


class Winners:
    """Running cases go with the customer (work.handing.Mover)."""

    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        moving = list(WinBack.objects.running().filter(owner=old, customer__in=customers).values_list("pk", "customer_id"))
        for some in batches(moving):
            WinBack.objects.running().filter(pk__in=[pk for pk, _ in some], owner=old).update(owner=new, version=F("version") + 1)
        return moving

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        return WinBack.objects.running().filter(pk__in=ids, owner=holder).update(owner=to, version=F("version") + 1)
