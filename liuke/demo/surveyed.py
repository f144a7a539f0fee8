"""Surveys of the made-up company: two waves that ended, one that asks after each visit and goes on.

The scores on the cards (demo.voices) came from these answers: every answer is one of those facts, its other questions a little higher or
lower as the trade goes (good work, long waits). What was low in the last days waits for somebody to call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event
from liuke.deals.models import Deal
from liuke.packs.survey import Questionnaire
from liuke.satisfaction import links
from liuke.satisfaction.building import body_of
from liuke.satisfaction.drawing import fingerprint
from liuke.satisfaction.labels import Drawn, InterviewState, Via
from liuke.satisfaction.models import Answer, Interview, Invitation, OpenLink, Survey, SurveyVersion, Wave
from liuke.satisfaction.rules import lows
from liuke.satisfaction.settling import ABOUT, follow_up
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User
from liuke.team.queries import pack
from liuke.work.labels import TaskState
from liuke.work.making import make
from liuke.work.models import Result, Task

LEANING = {
    "quality": 0.25, "price": -0.45, "design": 0.0, "packaging": 0.15, "timeliness": -0.75, "before": 0.05, "during": 0.25, "after": -0.4,
    "safety": 0.5, "environment": 0.1, "reputation": 0.1, "staff": 0.3, "time": -0.7, "tangibles": 0.35, "reliability": 0.1,
    "responsiveness": -0.85, "assurance": 0.3, "empathy": -0.35,
}  # fmt: skip
EXPECTED = {"tangibles": 3.9, "reliability": 4.7, "responsiveness": 4.5, "assurance": 4.3, "empathy": 4.0}
ANSWERING = 0.36
WAVES = (
    # ready form, name, drawn, opened and ended so many days ago
    ("three_levels", "上半年满意度", Drawn.GRADE, 262, 224),
    ("servqual", "服务质量五个方面", Drawn.UNIT, 126, 92),
    ("after_service", "服务后回访", Drawn.SERVICE, 24, None),
)
FRESH = 2
CALLED = 0.86


def survey_all(today: date, say: Callable[[str], object]) -> None:
    """Surveys, waves, answers, follow-ups. Nothing where there are some."""
    if Survey.objects.exists():
        return
    random = Random(f"{today.isoformat()} surveyed")  # noqa: S311 - made-up answers
    analyst = User.objects.filter(role=Role.ANALYST, is_active=True).order_by("pk").first()
    group = Unit.objects.get(parent=None)
    with transaction.atomic():
        for key, name, drawn, opened, ended in WAVES:
            form = pack().survey_form(key)
            survey = Survey.objects.create(name=form.name.zh, unit=group, by=analyst)
            version = SurveyVersion.objects.create(survey=survey, number=1, body=body_of(form.form), by=analyst)
            first, last = today - timedelta(opened), today - timedelta(ended) if ended else None
            wave = Wave(version=version, name=name, unit=group, drawn=drawn, opens_on=first, ends_on=last, by=analyst)
            _wave(wave, form.form, random, today)
        recommend = pack().survey_form("recommend")
        survey = Survey.objects.create(name=recommend.name.zh, unit=group, by=analyst)
        SurveyVersion.objects.create(survey=survey, number=1, body=body_of(recommend.form), by=analyst)
        _follow(random, today)
        _interviews(random, today)
    say(f"写好满意度：{Wave.objects.count()} 轮调查，{Answer.objects.count():,} 份答卷。")


def _wave(wave: Wave, form: Questionnaire, random: Random, today: date) -> None:
    last = wave.ends_on or today
    scores = Event.objects.filter(kind=EventKind.SATISFACTION, on__gte=wave.opens_on, on__lte=last, value__isnull=False)
    facts = {(event.customer_id, event.on): event for event in scores.order_by("on", "pk")}
    answered = {customer: event for (customer, _on), event in facts.items()}
    service = wave.drawn == Drawn.SERVICE
    bought = Deal.objects.filter(came=True, on__lt=wave.opens_on, on__gte=wave.opens_on - timedelta(365)).order_by("customer_id")
    others = sorted(set(bought.values_list("customer_id", flat=True)) - set(answered))
    served = dict(Deal.objects.filter(came=True, on__gte=wave.opens_on, on__lt=today).order_by("on").values_list("customer_id", "on"))
    if service:
        others = sorted(set(served) - set(answered))
    silent = random.sample(others, min(len(others), round(len(answered) * (1 - ANSWERING) / ANSWERING)))
    ids = [*answered, *silent]
    cards = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "unit_id"))
    grades = dict(standings(current_run()).filter(customer__in=ids).values_list("customer_id", "abc"))
    if not service:
        wave.margin, wave.population = None, len(others) + len(answered)
        wave.seed, wave.fingerprint = f"{random.getrandbits(64):016x}", fingerprint(ids)
        wave.left_out = {"alone": random.randint(20, 40), "consent": random.randint(30, 60)}
    wave.save()
    agents = dict(User.objects.filter(role=Role.AGENT, is_active=True).values_list("unit_id", "pk"))
    asked, given = [], []
    for pk in sorted(ids):
        event = answered.get(pk)
        salt, digest = links.fresh()
        asked_on = (event.on - timedelta(1) if event else served[pk]) if service else wave.opens_on
        row = Invitation(
            wave=wave, customer_id=pk, unit_id=cards[pk], grade=grades.get(pk) or "C", salt=salt, digest=digest,
            turn=asked_on.isoformat() if service else "", at=_at(max(asked_on, wave.opens_on), time(9, 30)),
            sent_at=_at(max(asked_on, wave.opens_on), time(10, random.randint(0, 59))),
            reminded=0 if event or service else random.choice((1, 2, 2)),
        )  # fmt: skip
        if event:
            row.answered_at = _at(event.on, time(random.randint(9, 20), random.randint(0, 59)))
            phone = random.random() < 0.22
            values, texts = answers_of(form, event.value or 3, event.note, random)
            by = agents.get(cards[pk]) if phone else None
            given.append(_answer(wave, form, values, texts, row, Via.PHONE if by else Via.LINK, by, event.on))
        asked.append(row)
    Invitation.objects.bulk_create(asked)
    by_customer = {row.customer_id: row for row in asked}
    for answer, pk in given:
        answer.invitation = by_customer[pk]
    Answer.objects.bulk_create([answer for answer, _ in given])
    if service:
        _codes(wave, form, random, today)


def _answer(
    wave: Wave, form: Questionnaire, values: dict[str, Any], texts: dict[str, str], row: Invitation, via: str, by: int | None, on: date
) -> tuple[Answer, int]:
    low = bool(lows(form, values, pack().surveys))
    kept: dict[str, Any] = {"values": values, "texts": texts}
    made = Answer(
        wave=wave, unit_id=row.unit_id, grade=row.grade, via=via, by_id=by, at=row.answered_at or row.at, on=on,  **kept, low=low,
        settled_at=row.answered_at or row.at,
    )  # fmt: skip
    return made, row.customer_id


def answers_of(form: Questionnaire, overall: int, note: str, random: Random) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers to every question that go with an overall score, some left out."""
    values: dict[str, Any] = {}
    for each in form.questions:
        lean = LEANING.get(each.key, 0.0)
        if each.indicator == "overall":
            values[each.key] = overall
        elif each.kind != "text" and not each.required and random.random() < 0.07:
            continue
        elif each.kind == "rating":
            values[each.key] = _between(overall + lean + random.gauss(0, 0.6), 1, 5)
        elif each.kind == "pair":
            expected = _between(EXPECTED.get(each.key, 4.2) + random.gauss(0, 0.5), 1, 5)
            values[each.key] = [expected, _between(overall + lean + random.gauss(0, 0.55), 1, 5)]
        elif each.kind == "nps":
            values[each.key] = _between(overall * 2 + random.gauss(-0.7, 1.2), 0, 10)
        elif each.kind == "choice":
            values[each.key] = min(max(round(random.gauss(0.3 + (5 - overall) * 0.35, 0.7)), 0), len(each.options) - 1)
    return values, {form.questions[-1].key: note} if note and form.questions[-1].kind == "text" else {}


def _between(number: float, low: int, high: int) -> int:
    return min(max(round(number), low), high)


def _codes(wave: Wave, form: Questionnaire, random: Random, today: date) -> None:
    """Every store has its code; at three of them people scan it."""
    stores = list(Unit.objects.filter(kind=UnitKind.STORE).order_by("pk"))
    rows = []
    for store in stores:
        salt, digest = links.fresh()
        rows.append(OpenLink(wave=wave, unit=store, salt=salt, digest=digest))
    OpenLink.objects.bulk_create(rows)
    given = []
    for row in rows[:3]:
        for _ in range(random.randint(9, 16)):
            on = today - timedelta(random.randint(1, 23))
            values, texts = answers_of(form, random.choices((1, 2, 3, 4, 5), (1, 2, 4, 10, 9))[0], "", random)
            kept: dict[str, Any] = {"values": values, "texts": texts}
            at = _at(on, time(random.randint(9, 18), random.randint(0, 59)))
            given.append(
                Answer(
                    wave=wave, link=row, device=links.device_digest(str(random.getrandbits(64))), unit_id=row.unit_id, via=Via.OPEN, at=at,
                    on=on,  **kept, low=bool(lows(form, values, pack().surveys)), settled_at=at,
                )
            )  # fmt: skip
    Answer.objects.bulk_create(given)


def _follow(random: Random, today: date) -> None:
    """Who answered low was called the day after; what came in the last days is still to do."""
    rows = Answer.objects.filter(low=True, invitation__isnull=False).select_related("wave__version", "invitation__customer").order_by("pk")
    numbers, staff = pack().surveys, {}
    for unit, pk in User.objects.filter(role=Role.AGENT, is_active=True).values_list("unit_id", "pk"):
        staff[unit] = pk
    fresh = [row for row in rows if row.on >= today - timedelta(FRESH)]
    make([wanted for row in fresh if (wanted := follow_up(row, numbers)) is not None], None, today)
    past = []
    for row in rows:
        wanted = follow_up(row, numbers)
        who = staff.get(row.unit_id)
        if row in fresh or wanted is None or who is None or random.random() > CALLED:
            continue
        at = _at(row.on + timedelta(1), time(random.randint(9, 16), random.randint(0, 59)))
        past.append(
            Task(
                kind=wanted.kind, customer_id=wanted.customer, assignee_id=who, about=ABOUT, about_id=row.pk, reasons=wanted.reasons,
                channel=wanted.channel, minutes=wanted.minutes, must=True, severity=3, created_for=row.on, due_on=wanted.due_on, asked=True,
                state=TaskState.DONE, outcome=random.choices(("reached", "refused"), (9, 1))[0], done_on=at.date(), done_at=at,
                done_by_id=who,
            )
        )  # fmt: skip
    Task.objects.bulk_create(past)
    Result.objects.bulk_create(
        [
            Result(task=task, outcome=task.outcome, by_id=task.done_by_id, at=task.done_at)
            for task in past
            if task.done_at and task.done_by_id
        ]
    )


def _interviews(random: Random, today: date) -> None:
    """Key customers were talked with within half a year, but for a few."""
    keys: Iterable[int] = Customer.objects.filter(key_account=True).order_by("pk").values_list("pk", flat=True)
    made = []
    for place, pk in enumerate(keys):
        if place % 9 == 4:
            continue
        on = today - timedelta(random.randint(15, 150))
        made.append(Interview(customer_id=pk, due_on=on, state=InterviewState.DONE, settled_on=on))
    Interview.objects.bulk_create(made)


def _at(on: date, at: time) -> datetime:
    return datetime.combine(on, at, ZoneInfo(settings.TIME_ZONE))
