"""Every morning: whose day it is becomes a task, what is past its days is no task any more. Running it twice does nothing twice.

Everything hangs on the company's own calendar day: nothing is made before its day, and after missed nights what is still worth doing is
made up for. Customers are walked in batches, each of them one transaction with a fixed number of statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from liuke.audit.actions import record
from liuke.care.finding import Found, find
from liuke.care.judging import Verdict, facts_of, verdict
from liuke.care.keeping import occasions
from liuke.care.labels import LeftWhy, OccasionState
from liuke.care.models import Occasion
from liuke.care.saying import reasons_of
from liuke.customers.fields import birthday_of
from liuke.customers.labels import EventKind
from liuke.customers.locks import lock_cards
from liuke.customers.models import Event
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.packs import Pack
from liuke.packs.care import CareOccasion
from liuke.standing.models import Run
from liuke.standing.queries import current_run, standings
from liuke.team.queries import pack as current_pack
from liuke.work.labels import Ended, TaskKind
from liuke.work.making import Wanted, make, stop
from liuke.work.models import Task
from liuke.work.staff import Staff

ABOUT = "care.occasion"


@dataclass
class Morning:
    """What a morning did: tasks made, customers left in peace this time, occasions whose days were over, tasks whose day was wrong."""

    made: int = 0
    left: int = 0
    missed: int = 0
    wrong: int = 0


def run(on: date | None = None) -> Morning:
    """Bring care to the state of a day (today when left out). Refuses a day to come."""
    today = clock.today(settings.TIME_ZONE)
    day = on or today
    if day > today:
        raise Refused("care.future", "%(day)s 还没到。", day=day.isoformat())
    pack, insight, staff, done = current_pack(), current_run(), Staff(day), Morning()
    kept = occasions(pack)
    _mend(done)
    _leave_in_peace(insight, done)
    for occasion in kept:
        shift = timedelta(occasion.days)
        found = find(occasion, day - timedelta(occasion.late_days) - shift, day - shift, insight)
        for some in batches(found):
            _batch(some, occasion, day, pack, insight, staff, done)
    _over(day, done)
    return done


def _batch(found: Sequence[Found], occasion: CareOccasion, on: date, pack: Pack, run: Run | None, staff: Staff, done: Morning) -> None:
    """Judge these and write what follows, in one transaction."""
    with transaction.atomic():
        ids = sorted({each.customer for each in found})
        lock_cards(ids)
        facts = facts_of(ids, occasion, on, run)
        rows = {(row.customer_id, row.turn): row for row in Occasion.objects.filter(key=occasion.key, customer__in=ids)}
        fresh: list[Occasion] = []
        again: dict[int, tuple[Occasion, str]] = {}
        wanted: dict[tuple[int, str], tuple[Found, Verdict]] = {}
        for each in found:
            row = rows.get((each.customer, each.turn))
            if row is not None and row.state != OccasionState.LEFT:
                continue
            said = verdict(facts[each.customer], occasion, each, staff) if each.customer in facts else None
            if said is None:
                continue
            if row is None:
                due = each.on + timedelta(occasion.days)
                row = Occasion(
                    customer_id=each.customer, key=occasion.key, turn=each.turn, on=each.on, due_on=due,
                    until=due + timedelta(occasion.late_days), level=said.level,
                )  # fmt: skip
                fresh.append(row)
            elif said.why == row.why:
                continue
            else:
                again[row.pk] = (row, row.why)
            row.why, row.state = said.why, OccasionState.LEFT if said.why else OccasionState.WAITING
            rows[each.customer, each.turn] = row
            if not said.why:
                facts[each.customer].another = True
                wanted[each.customer, each.turn] = (each, said)
        Occasion.objects.bulk_create(fresh)
        tasks = make([_wanted(rows[key].pk, occasion, *asked, pack) for key, asked in wanted.items()], None, on)
        made = {task.about_id for task in tasks}
        # The budget is counted where tasks are made: whoever has had his contacts by now gets none.
        full = [rows[key] for key in wanted if rows[key].pk not in made]
        for row in full:
            row.why, row.state = LeftWhy.BUDGET, OccasionState.LEFT
        new = {row.pk for row in fresh}
        changed = [row for row, before in again.values() if row.why != before] + [row for row in full if row.pk in new]
        Occasion.objects.bulk_update(changed, ["why", "state"], batch_size=300)
        left = sum(row.state == OccasionState.LEFT for row in {row.pk: row for row in (*fresh, *changed)}.values())
        done.made += len(made)
        done.left += left
        if made or left:
            record(None, "care.morning", None, about=occasion.key, as_of=on.isoformat(), made=len(made), left=left)


def _wanted(row: int, occasion: CareOccasion, found: Found, said: Verdict, pack: Pack) -> Wanted:
    level = occasion.levels[said.level]
    return Wanted(
        kind=TaskKind.CARE,
        customer=found.customer,
        due_on=found.on + timedelta(occasion.days),
        channel=said.way,
        minutes=level.minutes,
        reasons=reasons_of(occasion, level, found, pack),
        about=ABOUT,
        about_id=row,
        who=level.who,
        effect=occasion.effect,
    )


def _mend(done: Morning) -> None:
    """A birthday that was put right after its task was made: the task goes, and the right day brings its own."""
    waiting = Occasion.objects.filter(state=OccasionState.WAITING, key__in=_birthdays()).select_related("customer")
    wrong = []
    for row in waiting:
        birthday = birthday_of(row.customer)
        if birthday is None or birthday.in_year(int(row.turn)) != row.on:
            wrong.append(row.pk)
    for some in batches(wrong):
        with transaction.atomic():
            done.wrong += stop(ABOUT, some, Ended.SIGNAL)
            Occasion.objects.filter(pk__in=some, state=OccasionState.WAITING).delete()


def _leave_in_peace(run: Run | None, done: Morning) -> None:
    """Who left after his task was made, died or asked to be left alone: the task goes, and nothing stays to be done."""
    of = OuterRef("customer")
    gone = Exists(standings(run).filter(customer=of, stage="E")) | Exists(Event.objects.filter(customer=of, kind=EventKind.DIED))
    waiting = Occasion.objects.filter(gone | Q(customer__do_not_contact=True), state=OccasionState.WAITING)
    for some in batches(list(waiting.values_list("pk", flat=True))):
        with transaction.atomic():
            done.wrong += stop(ABOUT, some, Ended.CANCELLED)
            Occasion.objects.filter(pk__in=some, state=OccasionState.WAITING).delete()


def _birthdays() -> list[str]:
    return [each.key for each in current_pack().care if each.kind == "birthday"]


def _over(on: date, done: Morning) -> None:
    """What is past its last day is no task any more; nor is one whose occasion is gone (a merge had it twice)."""
    waiting = Occasion.objects.filter(pk=OuterRef("about_id"), state=OccasionState.WAITING, until__gte=on)
    over = Task.objects.open().filter(~Exists(waiting), kind=TaskKind.CARE, about=ABOUT)
    past = Occasion.objects.filter(state=OccasionState.WAITING, until__lt=on)
    counted: Counter[str] = Counter()
    with transaction.atomic():
        for some in batches([pk for pk in over.values_list("about_id", flat=True) if pk is not None]):
            stop(ABOUT, some, Ended.TIMEOUT)
        for rows in batches(list(past.values_list("pk", flat=True))):
            missed = Occasion.objects.filter(pk__in=rows, state=OccasionState.WAITING)
            counted["missed"] += missed.update(state=OccasionState.MISSED, settled_on=on)
        if counted["missed"]:
            record(None, "care.missed", None, as_of=on.isoformat(), missed=counted["missed"])
    done.missed += counted["missed"]
