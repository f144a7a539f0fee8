"""Every night: look at the rounds under way; end those that have an answer, and reckon with it from the next plan on."""

from __future__ import annotations

import logging
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from liuke.audit.actions import record
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.packs import Pack
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.trials.actions import close_trial, open_due
from liuke.trials.labels import Arm, Verdict
from liuke.trials.looking import look
from liuke.trials.models import Look, Trial
from liuke.trials.queries import newest_look
from liuke.trials.rules import last_day
from liuke.work.actions import keep_effect
from liuke.work.labels import OfferState, TaskState
from liuke.work.models import OfferRequest, Result, Task
from liuke.work.rows import playbook_of

log = logging.getLogger(__name__)

CONTACTED, REACHED, KEEN = "contacted", "reached", "keen"
"""How far contacts came with a customer: some contact was made, he was reached, he took up what was said."""
GIVEN = "given"
"""Customers to whom something was given."""


def keen_choices(pack: Pack, key: str) -> frozenset[str]:
    """The choices after `reached` that lead on: the customer took up what was said."""
    playbook = playbook_of(pack, key)
    choices = pack.follow_ups_of(playbook) if playbook else ()
    return frozenset(choice.key for choice in choices if choice.promise is not None or choice.next.do == "next_step")


def contacts_of(trial: Trial, pack: Pack) -> dict[int, tuple[date, int, set[str]]]:
    """Customer id → (assigned on, minutes of the round's contacts, steps) of those who were contacted. Two queries."""
    done = Task.objects.filter(
        enrolment__assignment__trial=trial, enrolment__assignment__arm=Arm.TREATED, playbook=trial.playbook, state=TaskState.DONE
    )
    keen = keen_choices(pack, trial.playbook)
    chosen = set(
        Result.objects.filter(task__in=done, undone_at__isnull=True, follow_up__in=keen).values_list("task__customer_id", flat=True)
    )
    found: dict[int, tuple[date, int, set[str]]] = {}
    for customer, on, minutes, outcome in done.values_list("customer_id", "enrolment__assignment__on", "minutes", "outcome").iterator():
        day, so_far, steps = found.get(customer, (on, 0, set()))
        steps.add(CONTACTED)
        if outcome in (Outcome.REACHED, Outcome.DEAL):
            steps.add(REACHED)
        if outcome == Outcome.DEAL or (outcome == Outcome.REACHED and customer in chosen):
            steps.add(KEEN)
        found[customer] = (day, so_far + minutes, steps)
    return found


def given_in(trial: Trial) -> dict[int, tuple[date, int]]:
    """Customer id → (assigned on, cents) of what was given to the contacted in the round: offers that were agreed. One query."""
    agreed = OfferRequest.objects.filter(
        state=OfferState.AGREED, enrolment__assignment__trial=trial, enrolment__assignment__arm=Arm.TREATED, playbook=trial.playbook
    )
    rows = agreed.order_by().values_list("customer_id", "enrolment__assignment__on").annotate(cents=Sum("amount_cents"))
    return {customer: (on, cents) for customer, on, cents in rows}


def spent(trial: Trial, pack: Pack, on: date) -> tuple[int, int, dict[str, int]]:
    """(minutes, cents given, customers by step) of the round's contacts with those whose days are over."""
    minutes, steps = 0, dict.fromkeys((CONTACTED, REACHED, KEEN), 0)
    given = sum(cents for day, cents in given_in(trial).values() if on > last_day(day, trial.window_days))
    for day, taken, reached in contacts_of(trial, pack).values():
        if on > last_day(day, trial.window_days):
            minutes += taken
            for step in reached:
                steps[step] += 1
    return minutes, given, steps


def look_at_all(on: date | None = None) -> list[Look]:
    """One look at every round under way; running it again the same day looks at nothing twice. The looks that were taken.

    One that cannot be looked at keeps neither the others waiting nor those that are due to open: the first fault is raised at the end.
    """
    day, pack = on or clock.today(settings.TIME_ZONE), current_pack()
    taken: list[Look] = []
    faults: list[Exception] = []
    for trial in Trial.objects.filter(closed_on__isnull=True, opened_on__lte=day).order_by("pk"):
        try:
            with transaction.atomic():
                seen = look_at(trial, pack, day)
        except Exception as fault:
            log.exception("round %s of %s could not be looked at", trial.round, trial.playbook)
            faults.append(fault)
            continue
        if seen is not None:
            taken.append(seen)
    if taken:
        with transaction.atomic():
            record(None, "trial.look", None, on=day.isoformat(), rounds=len(taken), ended=sum(one.final for one in taken))
    if faults:
        open_due(pack)
        raise faults[0]
    return taken


def look_at(trial: Trial, pack: Pack, on: date) -> Look | None:
    """One look at one round, in the caller's transaction; an answer ends it."""
    minutes, given, steps = spent(trial, pack, on)
    cost = minutes * pack.hold_out.minute_cents + given
    seen = look(trial, on, minutes=minutes, cost_cents=cost, given_cents=given, steps=steps)
    if seen is not None and seen.final:
        _end(None, trial, seen, pack)
    return seen


@transaction.atomic
def stop_trial(actor: User, trial_id: int) -> Trial:
    """End a round by hand before it has an answer, with what is known today; nothing where it is over. Raises Trial.DoesNotExist."""
    require(actor, "trial.manage")
    trial = Trial.objects.select_for_update().get(pk=trial_id)
    if trial.closed_on is None:
        pack = current_pack()
        look_at(trial, pack, clock.today(settings.TIME_ZONE))
        _end(actor, trial, newest_look(trial), pack)
        trial.refresh_from_db()
    return trial


def _end(actor: User | None, trial: Trial, seen: Look | None, pack: Pack) -> None:
    """Once: whoever comes second, after a verdict, changes nothing."""
    on = seen.on if seen is not None and actor is None else None
    if not close_trial(actor, trial.pk, seen.verdict if seen is not None else Verdict.TOO_EARLY, on):
        return
    if seen is not None and seen.treated and seen.alone and playbook_of(pack, trial.playbook) is not None:
        keep_effect(
            actor,
            trial.playbook,
            treated=seen.treated,
            returned=seen.returned,
            alone=seen.alone,
            returned_alone=seen.returned_alone,
            source=f"对照第 {trial.round} 轮",
            measured_on=seen.on,
        )
