"""Kinds of rows that a merge does not simply move. A model that is unique by its card must stand here; a test sees to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Q

from liuke.customers.models import Customer, Event
from liuke.duplicates.labels import PairState
from liuke.duplicates.models import DuplicatePair
from liuke.duplicates.moving import Model, Moving, Policy, move_all
from liuke.kernel import clock
from liuke.standing.models import Signal
from liuke.trials.actions import left_alone
from liuke.trials.models import Assignment
from liuke.trials.rules import last_day
from liuke.work.labels import Ended, OfferState, TaskKind, TaskState
from liuke.work.models import Enrolment, OfferRequest, Task


def computed(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """What insight made: kept aside, and made anew from the facts of both."""
    for name in names:
        moving.remove(moving.of(model, name))


def signals(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Open ones are computed; those that ended are history."""
    moving.remove(Signal.objects.filter(customer=moving.away, ended_on__isnull=True))
    moving.move(model, "customer", moving.of(model, "customer"))


def phones(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Behind the survivor's own, in order; `fields.choose_first` then says which is the first."""
    if twins := moving.twins(model, "customer"):
        moving.drop_twins(model, twins)
    behind = (moving.of(model, "customer", moving.keep).aggregate(last=Max("position"))["last"] or 0) + 1
    for row in moving.of(model, "customer"):
        moving.change([row], position=behind + row.position)
    moving.move(model, "customer", moving.of(model, "customer"))


def changes(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """The other card's history counts versions of that card: on the survivor it must not look like an edit made meanwhile."""
    moving.change(list(moving.of(model, "customer")), version=0)
    moving.move(model, "customer", moving.of(model, "customer"))


def subsidiaries(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Units under the card that goes come under the survivor, but for the survivor itself (fields.no_circle)."""
    moving.move(model, "parent", Customer.objects.filter(parent=moving.away).exclude(pk=moving.keep.pk))


def transfer_rows(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """One row of a transfer for one card."""
    transfers = dict(moving.of(model, "customer", moving.keep).values_list("transfer", "pk"))
    twice = moving.of(model, "customer").filter(transfer__in=list(transfers))
    moving.drop_twins(model, {row.pk: transfers[row.transfer_id] for row in twice})
    moving.move(model, "customer", moving.of(model, "customer"))


def assignments(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Of two groups in one round the survivor's stands: he is one customer. First what is under way is made to agree with it."""
    enrolments(moving, Enrolment, ("customer",))
    move_all(moving, model, names)


def groups(moving: Moving) -> dict[int, Assignment]:
    """Round id → the group the survivor will have in it."""
    rows = Assignment.objects.filter(customer__in=[moving.keep.pk, moving.away.pk]).select_related("trial")
    return {row.trial_id: row for row in sorted(rows, key=lambda row: row.customer_id == moving.keep.pk)}


def enrolments(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """A customer goes through one playbook at a time: of those under way the one that brings most stays, the others end with their task.

    Where the survivor is left alone on purpose, what nobody asked for in that playbook ends, and of his being left alone one row goes on.
    One that he is not left alone for any more, his group being another, ends too.
    """
    both, today = [moving.keep.pk, moving.away.pk], clock.today()
    open_ = Enrolment.objects.filter(customer__in=both, ended_on__isnull=True).select_related("assignment__trial")
    running = list(open_.order_by("pk"))
    tasks = {
        task.enrolment_id: task for task in Task.objects.open().filter(customer__in=both, kind=TaskKind.PLAYBOOK, enrolment__in=running)
    }
    fallen = groups(moving)

    def is_alone(one: Enrolment) -> bool:
        """Left alone by the survivor's group, whatever the other card's was."""
        return one.assignment is not None and left_alone(fallen.get(one.assignment.trial_id, one.assignment))

    def began(one: Enrolment) -> tuple[bool, int]:
        return one.customer_id != moving.keep.pk, one.pk

    waits = [one for one in running if one.pk not in tasks and left_alone(one.assignment)]
    alone = sorted((one for one in waits if is_alone(one)), key=began)
    days = [(row.trial, row.on) for row in fallen.values() if left_alone(row)]
    days += [(one.assignment.trial, one.started_on) for one in alone if one.assignment]
    quiet = {trial.playbook for trial, on in days if trial.closed_on is None and today <= last_day(on, trial.window_days)}

    def unasked(one: Enrolment) -> bool:
        task = tasks.get(one.pk)
        return task is None or not (task.asked or task.must)

    def rank(one: Enrolment) -> tuple[bool, bool, int, int]:
        task = tasks.get(one.pk)
        return task is not None, task is not None and task.must, task.value_per_minute_cents if task else 0, -one.pk

    others = [one for one in running if one not in waits]
    gone = [one for one in others if one.playbook in quiet and unasked(one)]
    stays = max((one for one in others if one not in gone), key=rank, default=None)
    over = [one for one in others if one not in gone and one != stays]
    taken = {stays.playbook} if stays else set()
    for one in alone:
        if one.playbook in taken:
            over.append(one)
        taken.add(one.playbook)
    gone += [one for one in waits if one not in alone]
    for why, ends in ((Ended.STRONGER, over), (Ended.CANCELLED, gone)):
        stopped = Task.objects.open().filter(kind=TaskKind.PLAYBOOK, enrolment__in=ends)
        moving.change(list(stopped), state=TaskState.STOPPED, stopped_why=why)
        moving.change(ends, ended_on=today, why=why)
    if stays and is_alone(stays):  # he is contacted in it all the same, so it is no row of those left alone
        moving.change([stays], assignment_id=None)
    moving.move(model, "customer", moving.of(model, "customer"))


def tasks(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Promises stay promises; of what a customer has once (a contact of a playbook, being told who looks after him) one stays open."""
    enrolments(moving, Enrolment, ("customer",))
    both = Task.objects.open().filter(customer__in=[moving.keep.pk, moving.away.pk])
    playbooks = both.filter(kind=TaskKind.PLAYBOOK).order_by("-must", "-value_per_minute_cents", "pk")
    moving.change(list(playbooks)[1:], state=TaskState.STOPPED, stopped_why=Ended.STRONGER)
    told = sorted(both.filter(kind=TaskKind.HAND_OVER), key=lambda task: task.customer_id != moving.keep.pk)
    moving.change(told[1:], state=TaskState.STOPPED, stopped_why=Ended.STRONGER)
    moving.move(model, "customer", moving.of(model, "customer"))


def with_tasks(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Done by `tasks`, whichever of the two comes first."""


def offers(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Of two that wait for a word in the same playbook the survivor's waits on, and the other is not wanted any more."""
    waiting = OfferRequest.objects.waiting()
    asked = waiting.filter(customer=moving.keep).values("playbook")
    moving.change(list(waiting.filter(customer=moving.away, playbook__in=asked)), state=OfferState.WITHDRAWN)
    moving.move(model, "customer", moving.of(model, "customer"))


def met(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Both cards at one meeting: the survivor was there, and what either said stands with him."""
    twins = moving.twins(model, "customer")
    rows: dict[int, Any] = model._base_manager.in_bulk([*twins, *twins.values()])
    for gone, stays in twins.items():
        said = [rows[stays].said, *([rows[gone].said] if rows[gone].said not in rows[stays].said else [])]
        who = rows[stays].who or rows[gone].who
        moving.change([rows[stays]], said="\n".join(each for each in said if each), who=who)
    moving.drop_twins(model, twins)
    moving.move(model, "customer", moving.of(model, "customer"))


def asked_twice(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Both cards asked in one wave: one answer stands, the survivor's if there is one, and he is asked no more."""
    twins = moving.twins(model, "customer")
    rows: dict[int, Any] = model._base_manager.in_bulk([*twins, *twins.values()])
    for gone, stays in twins.items():
        if rows[gone].answered_at is not None and rows[stays].answered_at is None:
            moving.change([rows[stays]], answered_at=rows[gone].answered_at)
    moving.drop_twins(model, twins)
    moving.move(model, "customer", moving.of(model, "customer"))


def needs(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """The same need told on both cards is one: the other's goes, and the fact that it left."""
    if twins := moving.twins(model, "customer"):
        facts = list(moving.of(model, "customer").filter(pk__in=list(twins)).values_list("event", flat=True))
        moving.remove(Event.objects.filter(pk__in=[pk for pk in facts if pk]))
        moving.drop_twins(model, twins)
    moving.move(model, "customer", moving.of(model, "customer"))


def win_backs(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """Of two cases under way the survivor's goes on; the other is not done any more, and neither is its contact."""
    running = model._base_manager.filter(state__in=("proposed", "open"))
    over = list(running.filter(customer=moving.away)) if running.filter(customer=moving.keep).exists() else []
    contacts = Task.objects.open().filter(about="churn.winback", about_id__in=[case.pk for case in over])
    moving.change(list(contacts), state=TaskState.STOPPED, stopped_why=Ended.STRONGER)
    moving.change(over, state="dropped", ended_on=clock.today())
    moving.move(model, "customer", moving.of(model, "customer"))


def pairs(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """The pair itself is settled. The other card's pairs become the survivor's; of two with one card, a decision outlives a question."""
    keep, away = moving.keep.pk, moving.away.pk
    rows = list(DuplicatePair.objects.filter(Q(a=away) | Q(b=away)).order_by("pk"))
    known = {(row.b_id if row.a_id == keep else row.a_id): row for row in DuplicatePair.objects.filter(Q(a=keep) | Q(b=keep))}
    gone = []
    for row in rows:
        other = row.b_id if row.a_id == away else row.a_id
        if other == keep:
            gone.append(row.pk)
        elif other in known:
            gone.append(row.pk)
            if row.state == PairState.APART and known[other].state != PairState.APART:
                moving.change(
                    [known[other]],
                    state=row.state,
                    decided_by_id=row.decided_by_id,
                    decided_at=row.decided_at,
                    decided_reasons=row.decided_reasons,
                )
    moving.remove(DuplicatePair.objects.filter(pk__in=gone))
    for row in rows:
        if row.pk not in gone:
            other = row.b_id if row.a_id == away else row.a_id
            moving.change([row], a_id=min(keep, other), b_id=max(keep, other))


COMPUTED = frozenset(
    {
        "standing.standing", "standing.signal", "standing.stagechange", "customers.factchange", "duplicates.duplicatepair", "churn.stay",
        "churn.bookchange",
    }
)  # fmt: skip
"""Kinds of rows that nobody wrote: a merge does not count them."""

POLICIES: dict[str, Policy] = {
    "customers.customer": subsidiaries,
    "customers.phone": phones,
    "customers.fieldchange": changes,
    "customers.transferrow": transfer_rows,
    "standing.standing": computed,
    "standing.signal": signals,
    "standing.stagechange": move_all,  # of two changes on one day the survivor's stays
    "work.enrolment": with_tasks,
    "work.task": tasks,
    "work.offerrequest": offers,
    "work.budgetleft": computed,
    "trials.assignment": assignments,
    "conversations.need": needs,
    "duplicates.duplicatepair": pairs,
    "duplicates.merge": move_all,  # unique by the card that went, which stays as it is
    "keepers.poolentry": move_all,  # the survivor's open stay in the pool goes on
    "keepers.poolexclusion": move_all,
    "privacy.personalrequest": move_all,
    "care.occasion": move_all,  # what both had, they had once
    "care.guest": move_all,
    "satisfaction.invitation": asked_twice,
    "satisfaction.interview": move_all,  # of two that wait the survivor's is held
    "churn.stay": computed,
    "churn.bookchange": move_all,  # of two in one reckoning the survivor's stays
    "churn.lossreason": move_all,  # of two of one day the survivor's stands
    "churn.winback": win_backs,
    "visits.placement": move_all,  # the survivor's area stands
    "visits.visit": move_all,  # of two in one week the survivor's is made
    "visits.meetingguest": met,
    "supervision.reviewedcard": move_all,  # of two in one review the survivor's stays
    "verification.samplecard": move_all,  # what was checked goes over to the survivor's card of that week
}
