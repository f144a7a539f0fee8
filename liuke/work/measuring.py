"""Every night: look at the rounds under way; end those that have an answer, and reckon with it from the next plan on."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from liuke.audit.actions import record
from liuke.kernel import clock
from liuke.packs import Pack
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack as current_pack
from liuke.trials.actions import close_trial
from liuke.trials.labels import Arm, Verdict
from liuke.trials.looking import look
from liuke.trials.models import Look, Trial
from liuke.trials.queries import newest_look
from liuke.work.actions import keep_effect
from liuke.work.labels import TaskState
from liuke.work.models import Task
from liuke.work.rows import playbook_of


def spent(trial: Trial, pack: Pack, on: date) -> tuple[int, int]:
    """(minutes, cents) that contacts of the round's playbook have taken with those whose days are over. One query."""
    over = Task.objects.filter(
        enrolment__assignment__trial=trial,
        enrolment__assignment__arm=Arm.TREATED,
        enrolment__assignment__on__lt=on - timedelta(trial.window_days),
        playbook=trial.playbook,
        state=TaskState.DONE,
    )
    minutes = int(over.aggregate(n=Sum("minutes"))["n"] or 0)
    return minutes, minutes * pack.hold_out.minute_cents


def look_at_all(on: date | None = None) -> list[Look]:
    """One look at every round under way; running it again the same day looks at nothing twice. The looks that were taken."""
    day, pack = on or clock.today(settings.TIME_ZONE), current_pack()
    taken = []
    for trial in Trial.objects.filter(closed_on__isnull=True, opened_on__lte=day).order_by("pk"):
        with transaction.atomic():
            seen = look_at(trial, pack, day)
            if seen is not None:
                taken.append(seen)
    if taken:
        with transaction.atomic():
            record(None, "trial.look", None, on=day.isoformat(), rounds=len(taken), ended=sum(one.final for one in taken))
    return taken


def look_at(trial: Trial, pack: Pack, on: date) -> Look | None:
    """One look at one round, in the caller's transaction; an answer ends it."""
    minutes, cents = spent(trial, pack, on)
    seen = look(trial, on, minutes=minutes, cost_cents=cents)
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
