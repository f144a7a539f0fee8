"""大客户访谈: every key customer is talked with in person so often (⚙); the talk is a task, its outcome settles it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.labels import EventKind
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Event
from liuke.interactions.labels import Outcome, Way
from liuke.kernel.batches import batches
from liuke.satisfaction.labels import InterviewState
from liuke.satisfaction.models import Interview
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.team.queries import pack
from liuke.work.labels import Ended, TaskKind
from liuke.work.making import Wanted, make, stop
from liuke.work.models import Result, Task

ABOUT = "satisfaction.interview"
AFTER = {Outcome.REACHED: InterviewState.DONE, Outcome.REFUSED: InterviewState.DECLINED}


def plan(on: date) -> int:
    """Interviews that have become due, each with its task; those of who is no key customer any more end. How many were made."""
    numbers, run = pack().surveys, current_run()
    since = on - timedelta(numbers.interview_days)
    _drop()
    lately = Interview.objects.filter(Q(state=InterviewState.WAITING) | Q(settled_on__gt=since), customer=OuterRef("pk"))
    gone = standings(run).filter(customer=OuterRef("pk"), stage="E")
    died = Event.objects.filter(customer=OuterRef("pk"), kind=EventKind.DIED)
    due = Customer.objects.filter(~Exists(lately), ~Exists(gone), ~Exists(died), key_account=True, do_not_contact=False)
    made = 0
    for some in batches(list(due.order_by("pk").values_list("pk", flat=True))):
        with transaction.atomic():
            lock_cards(some)
            still = set(Customer.objects.filter(~Exists(lately), pk__in=some).values_list("pk", flat=True))
            last = dict(
                Interview.objects.filter(customer__in=still, state=InterviewState.DONE)
                .order_by().values_list("customer").annotate(last=Max("settled_on"))
            )  # fmt: skip
            rows = Interview.objects.bulk_create([Interview(customer_id=pk, due_on=on) for pk in sorted(still)])
            wanted = [
                Wanted(
                    kind=TaskKind.SURVEY,
                    customer=row.customer_id,
                    due_on=on,
                    channel=Way.VISIT,
                    minutes=numbers.interview_minutes,
                    reasons=[["interview", {"last": last[row.customer_id].isoformat()} if row.customer_id in last else {"first": True}]],
                    about=ABOUT,
                    about_id=row.pk,
                    severity=2,
                    effect=numbers.effect,
                )
                for row in rows
            ]
            tasks = make(wanted, None, on)
            # Without room in his contact budget, or with nobody to go: no interview this time, and it is asked for again tomorrow.
            there = {task.about_id for task in tasks}
            Interview.objects.filter(pk__in=[row.pk for row in rows if row.pk not in there]).delete()
            if tasks:
                record(None, "survey.interviews", None, as_of=on.isoformat(), made=len(tasks))
            made += len(tasks)
    return made


def _drop() -> None:
    """Interviews of who is no key customer any more, and tasks whose interview is gone (a merge had two)."""
    held = Interview.objects.filter(pk=OuterRef("about_id"), state=InterviewState.WAITING)
    left = Task.objects.open().filter(~Exists(held), about=ABOUT)
    for some in batches([pk for pk in left.values_list("about_id", flat=True) if pk is not None]):
        with transaction.atomic():
            stop(ABOUT, some, Ended.CANCELLED)
    waiting = Interview.objects.filter(Q(customer__key_account=False) | Q(customer__do_not_contact=True), state=InterviewState.WAITING)
    for some in batches(list(waiting.values_list("pk", flat=True))):
        with transaction.atomic():
            stop(ABOUT, some, Ended.CANCELLED)
            Interview.objects.filter(pk__in=some, state=InterviewState.WAITING).update(state=InterviewState.DROPPED)


def finished(actor: User, task: Task, result: Result) -> None:
    """The outcome of an interview's task; a follow-up of a low answer has nothing more to write."""
    if task.about == ABOUT and (state := AFTER.get(Outcome(result.outcome))):
        waiting = Interview.objects.filter(pk=task.about_id or 0, state=InterviewState.WAITING)
        waiting.update(state=state, settled_on=timezone.localtime(result.at).date())


def undone(actor: User, task: Task, result: Result) -> None:
    """It waits again, unless another one for him waits."""
    if task.about != ABOUT:
        return
    row = Interview.objects.filter(pk=task.about_id or 0, state__in=AFTER.values()).first()
    if row and not Interview.objects.filter(customer=row.customer_id, state=InterviewState.WAITING).exists():
        Interview.objects.filter(pk=row.pk).update(state=InterviewState.WAITING, settled_on=None)
