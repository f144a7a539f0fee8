"""Two past rounds of playbooks against customers left alone, whose truth is known: one brings people back, the other does nothing.

Whom a playbook would have concerned follows from the made-up visits; into which group he falls is worked out by the product's own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from liuke.demo.rows import EnteredRow, Life, TalkRow, Visit
from liuke.trials.labels import Arm
from liuke.trials.rules import assign

EXIT = 4.0
STAY_AWAY = ("told", "moved", "died", "closed")
CONTACTED, REACHED, KEEN = 0.93, 0.66, 0.47
"""Of the contacted group: called at all, answered, took it up."""


@dataclass(frozen=True)
class Told:
    """A round as it truly was. cycles: between how many of his own cycles since the last visit it concerns a customer; lift: share of the
    contacted who came because of it; minutes of a contact; days: so long customers entered; share: left alone.

    The truth of both is written here and nowhere else; whoever comes anyway comes of his own made-up rhythm, called or not. Without a lift
    only many people left alone make the interval narrow, so that round ran for a year and left four of ten alone.
    """

    playbook: str
    cycles: tuple[float, float]
    window: int
    people: int
    lift: float
    minutes: int
    days: int
    share: Decimal
    said: str
    missed: str


ROUNDS = (
    Told(
        "overdue_visit",
        (1.75, EXIT),
        45,
        1209,
        0.12,
        8,
        180,
        Decimal("0.1"),
        "问候，说好久没见，车有什么要看的随时来。",
        "没接，晚点再打。",
    ),
    Told("late_visit", (1.25, 1.75), 30, 1500, 0.0, 4, 365, Decimal("0.4"), "提醒到里程了，他说知道了。", "发了提醒，没回。"),
)


@dataclass(frozen=True)
class Round:
    """One of ROUNDS as of a day: the last customers fell into their groups so long before `closed_on` that everybody's days were over."""

    told: Told
    seed: str
    opened_on: date
    last_on: date
    closed_on: date


def rounds(today: date) -> list[Round]:
    """They end before the month of `today`, whose customers are counted elsewhere."""
    made = []
    for told in ROUNDS:
        closed = today.replace(day=1)
        last = closed - timedelta(days=told.window + 1)
        made.append(Round(told, f"{told.playbook[:4]}{today:%y%m%d}", last - timedelta(days=told.days - 1), last, closed))
    return made


Some = list[tuple[int, Life, EnteredRow]]
"""Customers of a round: place among all lives, life, his part."""


def play(lives: Sequence[Life], today: date, random: Random) -> None:
    """Let the rounds take place: who was concerned, his group, the calls, the visits that came of them. Lives are in their last order."""
    for made in rounds(today):
        concerned = [(place, life, one) for place, life in enumerate(lives) if (one := _concerned(life, made)) is not None]
        random.shuffle(concerned)
        people = sorted(concerned[: made.told.people], key=lambda row: (row[2].on, row[0]))
        _grade(people)
        _fall(made, people)
        _call(made, people, random)
        _come(made, people, random)
        for _, life, one in people:
            life.entered.append(one)


def _concerned(life: Life, made: Round) -> EnteredRow | None:
    """The first day of the round on which the playbook concerns this customer."""
    told = made.told
    if life.fixed or life.rep is None or life.fate in STAY_AWAY or not life.visits:
        return None
    days = [visit.on for visit in life.visits]
    for number, day in enumerate(days):
        gaps = [(b - a).days for a, b in pairwise(days[: number + 1])]
        cycle = sorted(gaps)[len(gaps) // 2] if len(gaps) > 2 else life.temper.cycle
        on = max(made.opened_on, day + timedelta(days=round(told.cycles[0] * cycle) + 1))
        following = days[number + 1] if number + 1 < len(days) else None
        if on <= made.last_on and on < day + timedelta(days=round(told.cycles[1] * cycle)) and (following is None or following > on):
            return EnteredRow(told.playbook, on)
    return None


def _grade(people: Some) -> None:
    """A, B, C by what a year of his visits is worth."""

    def worth(row: tuple[int, Life, EnteredRow]) -> float:
        _, life, one = row
        year = sum(one.on - timedelta(days=365) <= visit.on < one.on for visit in life.visits)
        return year * life.temper.level * (2.2 if life.kind == "organisation" else 1.0)

    for place, (_, _, one) in enumerate(sorted(people, key=lambda row: (-worth(row), row[0]))):
        one.stratum = "A" if place < 0.2 * len(people) else "B" if place < 0.5 * len(people) else "C"


def _fall(made: Round, people: Some) -> None:
    """Day by day, as the plan does it."""
    taken: dict[str, int] = {}
    by_day: dict[date, list[tuple[int, EnteredRow]]] = {}
    for place, _, one in people:
        by_day.setdefault(one.on, []).append((place + 1, one))
    for day in sorted(by_day):
        found = assign(made.seed, made.told.share, taken, [(pk, one.stratum) for pk, one in by_day[day]])
        for pk, one in by_day[day]:
            one.arm = found[pk][1]
            taken[one.stratum] = taken.get(one.stratum, 0) + 1


def _call(made: Round, people: Some, random: Random) -> None:
    """Who was called, and what came of it."""
    told = made.told
    for _, life, one in people:
        if one.arm == Arm.ALONE or random.random() > CONTACTED:
            continue
        one.contact = one.on + timedelta(days=random.choice((0, 0, 1, 1, 2, 4)))
        one.outcome = "reached" if random.random() < REACHED else "not_reached"
        one.keen = one.outcome == "reached" and random.random() < KEEN
        at = time(random.choice((10, 11, 14, 15, 16)), random.randint(0, 59))
        words = told.said if one.outcome == "reached" else told.missed
        life.talks.append(TalkRow(one.contact, at, "phone", one.outcome, words, life.rep or 0, answered=one.outcome == "reached"))


def _come(made: Round, people: Some, random: Random) -> None:
    """Who comes anyway comes; of the others as many of those reached as the truth says, those who took it up first."""
    told = made.told
    stay = []
    for _, life, one in people:
        until = one.on + timedelta(days=told.window)
        one.came = next((visit.on for visit in life.visits if one.on < visit.on <= until), None)
        if one.came is None and one.outcome == "reached":
            stay.append((life, one))
    random.shuffle(stay)
    stay.sort(key=lambda pair: not pair[1].keen)
    treated = sum(one.arm == Arm.TREATED for _, _, one in people)
    for life, one in stay[: round(told.lift * treated)]:
        assert one.contact is not None
        left = (one.on + timedelta(days=told.window) - one.contact).days
        one.came = one.contact + timedelta(days=1 + int((left - 1) * random.random() ** 1.6))
        life.visits.append(Visit(one.came, min(max(random.gauss(life.temper.care, 0.5), 1.0), 5.0)))
        life.visits.sort(key=lambda visit: visit.on)
        if life.left is not None:
            life.left = max(life.left, one.came + timedelta(days=5))
