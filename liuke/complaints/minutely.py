"""What a minute brings: limits that have passed are told upwards once, and on its day a call-back is brought to mind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from liuke.complaints.clock import resolve_length
from liuke.complaints.house import Desks, day_of, local, rule
from liuke.complaints.keeping import limits_of, log, set_clocks, set_task
from liuke.complaints.labels import Limit, NoteKind, Told
from liuke.complaints.models import CallBack, Complaint, Escalation, Pause
from liuke.complaints.second import nearest, wants_another
from liuke.complaints.telling import link, manager_of, supervisor_of, tell_about
from liuke.customers.locks import lock_cards
from liuke.kernel.batches import batches
from liuke.notices.actions import tell
from liuke.work.staff import Staff


@dataclass
class Minute:
    """What it did: limits told, call-backs brought to mind, limits that changed with the calendar."""

    told: int = 0
    call_backs: int = 0
    moved: int = 0


def run(now: datetime | None = None) -> Minute:
    """Bring the running clocks to a moment (now). Twice is no harm: each level hears of a limit once."""
    at, done = now or timezone.now(), Minute()
    done.moved = follow_calendar()
    done.told = escalate(at)
    done.call_backs = remind(at)
    return done


def escalate(now: datetime) -> int:
    """Every limit that has passed: the supervisor at once, the manager when half the limit more has passed. How many were told.

    One transaction for each batch; the number of queries does not grow with the complaints but for those that are told.
    """
    late = Q(answered_at__isnull=True, answer_due__lte=now, turn=0) | Q(told_at__isnull=True, resolve_due__lte=now)
    ids = list(Complaint.objects.open().filter(late).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    told, staff, desks = 0, Staff(day_of(now)), Desks()
    for some in batches(ids):
        with transaction.atomic():
            rows = Complaint.objects.open().filter(late, pk__in=some).select_related("unit", "customer__unit").order_by("pk")
            known = {
                (pk, limit, level, turn)
                for pk, limit, level, turn in Escalation.objects.filter(complaint__in=some).values_list(
                    "complaint_id", "limit", "level", "turn"
                )
            }
            for row in rows:
                for limit, level, due in _due(row, now, desks):
                    if (row.pk, limit, level, row.turn) not in known:
                        told += _tell(row, limit, level, due, now, staff)
    return told


def _due(row: Complaint, now: datetime, desks: Desks) -> list[tuple[str, str, datetime]]:
    """The limits that have passed, with who has to hear of each."""
    found: list[tuple[str, str, datetime]] = []
    numbers, hours = rule(), desks.at(row.unit.path or "")
    answer = numbers.severe_answer_minutes if row.severe else numbers.answer_minutes
    running = []
    if row.answered_at is None and row.turn == 0:
        running.append((Limit.ANSWER, row.answer_due, 60 * answer))
    if row.told_at is None and row.resolve_due is not None:
        running.append((Limit.RESOLVE, row.resolve_due, int(resolve_length(row.severe, hours, numbers).total_seconds())))
    for limit, due, seconds in running:
        if now < due:
            continue
        found.append((limit, Told.SUPERVISOR, due))
        # Half the limit more, by the clock it runs on.
        passed = (now - due) if row.severe else hours.worked(local(due), local(now))
        if passed.total_seconds() * 2 >= seconds:
            found.append((limit, Told.MANAGER, due))
    return found


def _tell(row: Complaint, limit: str, level: str, due: datetime, now: datetime, staff: Staff) -> int:
    """Once: the row says so before anybody is told."""
    boss = manager_of(row, staff) if level == Told.MANAGER else supervisor_of(row, staff)
    _made, new = Escalation.objects.get_or_create(
        complaint=row, limit=limit, level=level, turn=row.turn, defaults={"due_at": due, "at": now, "to_id": boss}
    )
    if not new:
        return 0
    log(row, None, NoteKind.ESCALATED, now, limit=str(limit), level=str(level), to=boss)
    if boss is not None:
        slots = {"number": row.number, "limit": str(limit), "level": str(level), "due": due.isoformat()}
        about = f"complaint:{row.pk}:{limit}:{level}:{row.turn}"
        tell([boss], "complaint.late", slots=slots, link=link(row), urgent=True, about=about, customer=row.customer_id)
    return 1


def remind(now: datetime) -> int:
    """The call-backs whose day has come are told to who handles them, once, and of what two have to look at to another. How many."""
    day, count = day_of(now), 0
    waiting = CallBack.objects.filter(satisfied__isnull=True, due_on__lte=day, complaint__closed_at=None, complaint__undone_at=None)
    fresh = waiting.filter(reminded_on__isnull=True).select_related("complaint__unit", "complaint__customer__unit").order_by("pk")
    for some in batches(list(fresh.values_list("pk", flat=True))):
        with transaction.atomic():
            for each in fresh.filter(pk__in=some):
                if CallBack.objects.filter(pk=each.pk, reminded_on__isnull=True).update(reminded_on=day):
                    row = each.complaint
                    other = nearest(row, each) if wants_another(row) else None
                    tell_about(row, "call_back", [row.owner_id, other], None)
                    count += 1
    return count


def follow_calendar() -> int:
    """A day that the company has put into its calendar moves the limits of what is open. How many. Three queries where nothing changed."""
    rows = list(Complaint.objects.open().filter(told_at__isnull=True).select_related("unit").order_by("pk"))
    if not rows:
        return 0
    pauses: dict[int, list[Pause]] = defaultdict(list)
    for some in batches([row.pk for row in rows]):
        for each in Pause.objects.filter(complaint__in=some).order_by("from_at"):
            pauses[each.complaint_id].append(each)
    desks, moved = Desks(), 0
    for row in rows:
        if _other(row, pauses[row.pk], desks):
            moved += _move(row.pk, desks)
    return moved


def _other(row: Complaint, pauses: list[Pause], desks: Desks) -> bool:
    """Whether a limit that is still to come is not what the calendar says now."""
    found = limits_of(row, pauses, desks, row.told_at)
    answer = limits_of(row, pauses, desks, row.answered_at).answer_due if row.turn == 0 else row.answer_due
    return (row.answer_due, row.resolve_due) != (answer, found.resolve_due)


def _move(pk: int, desks: Desks) -> int:
    with transaction.atomic():
        lock_cards(pk for pk in Complaint.objects.filter(pk=pk).values_list("customer_id", flat=True) if pk is not None)
        row = Complaint.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, closed_at=None, told_at=None).first()
        if row is None:
            return 0
        row = Complaint.objects.select_related("unit", "customer").get(pk=pk)
        before = (row.answer_due, row.resolve_due)
        set_clocks(row, desks)
        if before == (row.answer_due, row.resolve_due):
            return 0
        row.save(update_fields=["answer_due", "resolve_due"])
        set_task(row, None)
        return 1
