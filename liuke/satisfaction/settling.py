"""What follows from an answer: the score as a fact on the card (insight rests on it), and a follow-up where it was low."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.labels import EventKind
from liuke.customers.models import Event, FactChange
from liuke.interactions.labels import Way
from liuke.kernel import clock
from liuke.notices.actions import tell
from liuke.packs.survey import Surveys
from liuke.satisfaction.models import Answer
from liuke.satisfaction.rules import lows, overall_of, rating_of, recommend_of, restored
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.queries import pack
from liuke.work.labels import TaskKind
from liuke.work.making import Wanted, make
from liuke.work.models import Task

ABOUT = "satisfaction.answer"
BATCH = 25


@dataclass
class Settled:
    answers: int = 0
    facts: int = 0
    tasks: int = 0


def settle() -> Settled:
    """Everything that waits, a few at a time so that nobody who answers meanwhile waits long. May run twice at once."""
    done = Settled()
    while found := _settle(BATCH, None, done):
        if found < BATCH:
            break
    return done


def settle_one(answer_id: int) -> Settled:
    """One answer, inside the caller's transaction."""
    done = Settled()
    _settle(1, answer_id, done)
    return done


@transaction.atomic
def _settle(most: int, pk: int | None, done: Settled) -> int:
    waiting = Answer.objects.filter(settled_at__isnull=True).select_for_update(of=("self",), skip_locked=True)
    if pk is not None:
        waiting = waiting.filter(pk=pk)
    rows = list(waiting.select_related("wave__version", "invitation__customer").order_by("pk")[:most])
    if not rows:
        return 0
    numbers, now = pack().surveys, timezone.now()
    events = [event for row in rows for event in _facts(row)]
    Event.objects.bulk_create(events)
    FactChange.objects.bulk_create([FactChange(customer_id=customer) for customer in sorted({event.customer_id for event in events})])
    made = make([wanted for row in rows if (wanted := follow_up(row, numbers)) is not None], None, clock.today())
    Answer.objects.filter(pk__in=[row.pk for row in rows]).update(settled_at=now)
    _tell_stores([row for row in rows if row.low and row.link_id is not None])
    for wave, count in sorted(Counter(row.wave_id for row in rows).items()):
        record(None, "survey.answers", None, wave=wave, answers=count)
    done.answers, done.facts, done.tasks = done.answers + len(rows), done.facts + len(events), done.tasks + len(made)
    return len(rows)


def _tell_stores(rows: Sequence[Answer]) -> None:
    """Of a low answer by a store's code nobody knows whose it is: the store's agents are told, once a day, how many there are."""
    for wave, unit, on in sorted({(row.wave_id, row.unit_id, row.on) for row in rows}):
        agents = User.objects.filter(is_active=True, role=Role.AGENT, unit=unit).values_list("pk", flat=True)
        today = Answer.objects.filter(wave=wave, unit=unit, on=on, low=True, link__isnull=False)
        slots = {"unit": Unit.objects.values_list("name", flat=True).get(pk=unit), "n": today.count()}
        link = f"/satisfaction/waves/{wave}/answers/?of=open&low=1&unit={unit}"
        tell(agents, "survey.low_open", slots=slots, link=link, about=f"satisfaction.open:{wave}:{unit}:{on.isoformat()}")


def _facts(row: Answer) -> list[Event]:
    """satisfaction 1 to 5 and recommend 0 to 10, on the customer's card. None for a store's code, or where the person was taken out."""
    if row.invitation is None or row.invitation.customer.erased:
        return []
    form, values = row.wave.version.form, restored(row.values)
    told = next((text for text in dict(row.texts or {}).values() if text), "")[:300]
    found: list[Event] = []
    for kind, value in ((EventKind.SATISFACTION, overall_of(form, values)), (EventKind.RECOMMEND, recommend_of(form, values))):
        if value is not None:
            note = told.replace("\n", " ") if not found else ""
            found.append(Event(customer_id=row.invitation.customer_id, kind=kind, on=row.on, value=value, note=note, by_id=row.by_id))
    return found


def follow_up(row: Answer, numbers: Surveys) -> Wanted | None:
    """The task that a low answer opens: must be done, within a day, and uses no contact budget (the customer spoke first)."""
    if not row.low or row.invitation is None or row.invitation.customer.erased:
        return None
    form, values = row.wave.version.form, restored(row.values)
    return Wanted(
        kind=TaskKind.SURVEY,
        customer=row.invitation.customer_id,
        due_on=row.on + timedelta(numbers.follow_days),
        channel=Way.PHONE,
        minutes=numbers.follow_minutes,
        reasons=reasons_of(form, values, lows(form, values, numbers), row),
        about=ABOUT,
        about_id=row.pk,
        who=numbers.follow_who,
        asked=True,
        must=True,
        severity=3,
        effect=numbers.effect,
    )


def followed() -> QuerySet[Task]:
    """The follow-ups that are open: nothing is sold to their customers meanwhile, and the low score opens no playbook beside them."""
    return Task.objects.open().filter(kind=TaskKind.SURVEY, about=ABOUT)


def reasons_of(form: Any, values: dict[str, Any], low: Sequence[str], row: Answer) -> list[list[Any]]:
    """The figures of the task's sentence: of the lowest answer its question and value, and how many were low."""
    if not low:
        return [["low", {"on": row.on.isoformat(), "n": 0}]]
    of = {key: (rating_of(form.question(key), values[key]) or 0, form.question(key)) for key in low}
    key = min(low, key=lambda each: (of[each][0] / max(of[each][1].values), low.index(each)))
    value, question = of[key]
    words = {"zh": question.words.zh, "en": question.words.en}
    slots = {"on": row.on.isoformat(), "words": words, "value": value, "top": max(question.values), "n": len(low), "told": bool(row.texts)}
    return [["low", slots]]
