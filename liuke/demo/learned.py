"""What staff learned from: cases they wrote up, role plays with a colleague, a look at oneself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from liuke.coaching.cases import text_of
from liuke.coaching.labels import QUESTIONS, CaseState, PracticeState
from liuke.coaching.models import Case, Practice, PracticeStep, TrustCheck
from liuke.demo.case_words import CASES, REMARKS
from liuke.demo.company import Store
from liuke.packs import Pack
from liuke.team.models import User

PRACTICES = 12
SIYUAN, QIANWEN, LINQIAN = "陈思远", "周倩文", "林倩"
SELF_CHECKS = ((SIYUAN, (26, 12)), (QIANWEN, (19,)), (LINQIAN, (33, 5)), ("丁磊", (8,)))


def write_lessons(stores: Sequence[Store], pack: Pack, today: date, random: Random) -> None:
    """Cases of the last months, one waiting to be published; role plays of the last weeks, one going on; self-checks. Inside the caller's
    transaction."""
    staff = {person.name: person for store in stores for person in (*store.reps, store.agent)}
    publisher = User.objects.filter(name="何静").first()
    for number, told in enumerate(CASES):
        _case(told, staff.get(told["by"]), publisher, today - timedelta(95 - 14 * number), number == len(CASES) - 1)
    _practices(stores, pack, today, random)
    for name, days in SELF_CHECKS:
        if name in staff:
            for back in days:
                answers = {element: [random.choice((2, 3, 3, 3, 4)) for _asked in asked] for element, asked in QUESTIONS.items()}
                made = TrustCheck.objects.create(user=staff[name], on=today - timedelta(back), answers=answers)
                TrustCheck.objects.filter(pk=made.pk).update(at=_at(today - timedelta(back), 18, 5))


def _case(told: dict[str, Any], author: User | None, publisher: User | None, on: date, waits: bool) -> None:
    if author is None or publisher is None:
        return
    words = {key: value for key, value in told.items() if key not in ("by", "playbooks", "steps")}
    words["steps"] = list(told["steps"])
    made = Case.objects.create(
        **words, author=author, playbooks=f" {' '.join(told['playbooks'])} ", search=text_of(words).lower(),
        state=CaseState.SUBMITTED if waits else CaseState.PUBLISHED, published_by=None if waits else publisher,
    )  # fmt: skip
    at = _at(on, 17, 40)
    Case.objects.filter(pk=made.pk).update(made_at=at, changed_at=at, published_at=None if waits else at + timedelta(hours=15))


def _practices(stores: Sequence[Store], pack: Pack, today: date, random: Random) -> None:
    cards = list(pack.practice)
    for number in range(PRACTICES + 1):
        store = stores[(0, 0, 1, 0, 3, 6)[number % 6]]
        people = [person for person in (*store.reps, store.agent) if person.is_active]
        trainee = people[number % len(people)]
        checker = random.choice([person for person in people if person.pk != trainee.pk])
        card, goes_on = cards[(number * 3) % len(cards)], number == PRACTICES
        if goes_on:
            trainee, checker = (next(person for person in stores[0].reps if person.name == name) for name in (QIANWEN, SIYUAN))
        on = today - timedelta(0 if goes_on else 2 + number * 3)
        better = min(0.55 + 0.035 * (PRACTICES - number), 0.95)
        ticks = [[random.random() < better - 0.1 * (step == 1) for _tick in range(n)] for step, n in enumerate(card.ticks)]
        if goes_on:
            ticks = [ticks[0], *([False] * n for n in card.ticks[1:])]
        made = Practice.objects.create(
            card=card.key, scenario=card.scenario, trainee=trainee, checker=checker, unit=store.unit, on=on, ticks=ticks,
            state=PracticeState.OPEN if goes_on else PracticeState.DONE, remark="" if goes_on else REMARKS[number % len(REMARKS)],
            finished_at=None if goes_on else _at(on, 17, 55),
        )  # fmt: skip
        if goes_on:
            continue
        Practice.objects.filter(pk=made.pk).update(started_at=_at(on, 17, 30))
        PracticeStep.objects.bulk_create(
            PracticeStep(practice=made, step=at, ticked=sum(row), of=len(row)) for at, row in enumerate(ticks, 1)
        )


def _at(on: date, hour: int, minute: int) -> datetime:
    return datetime.combine(on, time(hour, minute), ZoneInfo(settings.TIME_ZONE))
