"""When a customer comes, comes later, stays away, comes back: the days of his visits, one life at a time."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random

from liuke.demo.rows import Life, Temper, Visit
from liuke.demo.seasons import Seasons

CYCLE_DAYS, CYCLE_SPREAD = 205.0, 0.42
SHORTEST, LONGEST = 38.0, 420.0
LEAVE = 0.168
FIRST_VISIT = 1.6
"""Leaving after the first visit is that much likelier than later."""
FIRST_WAIT = 1.15
BAD_DAY = 0.09
"""Something went wrong on that visit: a long wait, a price nobody explained."""
COMES_BACK = 0.10
FATES = (("drop", 186), ("told", 6), ("moved", 4), ("died", 1))
FATES_ORGANISATION = (("drop", 86), ("told", 7), ("closed", 7))


def temper(random: Random, level: float, tidy: float, quality: float, organisation: bool) -> Temper:
    """A character. `quality` is how good the store's work is, -0.3 to 0.3."""
    steady = random.random()
    spread = random.uniform(0.06, 0.2) if steady < 0.47 else random.uniform(0.2, 0.38) if steady < 0.75 else random.uniform(0.38, 0.75)
    cycle = random.lognormvariate(math.log(CYCLE_DAYS * (0.45 if organisation else 1.0)), CYCLE_SPREAD)
    slower = random.random()
    drift = 1.0 if slower < 0.72 else random.uniform(1.04, 1.16) if slower < 0.9 else random.uniform(0.93, 0.98)
    return Temper(
        cycle=min(max(cycle, SHORTEST), LONGEST),
        spread=spread,
        drift=drift,
        care=min(max(random.gauss(4.25 + quality, 0.5), 2.2), 5.0),
        leave=LEAVE * random.lognormvariate(0, 0.35),
        price=random.random(),
        level=level,
        tidy=tidy,
    )


def live(life: Life, first: date, seasons: Seasons, today: date, before: int = 0) -> None:
    """Fill in the visits up to today, the one that comes next, and the end, if it came to one. `before`: visits made before `first`."""
    random, t = life.random, life.temper
    on, interval, number = first, t.cycle, before
    while True:
        mood = min(max(random.gauss(t.care, 0.6) - (random.uniform(0.8, 2.6) if random.random() < BAD_DAY else 0.0), 1.0), 5.0)
        if on > today:
            life.due = Visit(on, mood)
            return
        life.visits.append(Visit(on, mood))
        number += 1
        wait = interval * random.lognormvariate(0, t.spread) * (FIRST_WAIT if number == 1 else 1.0)
        interval *= t.drift
        if random.random() < hazard(t, mood, number):
            if random.random() >= COMES_BACK:
                _end(life, on, wait, today)
                return
            wait += t.cycle * random.uniform(1.2, 3.0)
        on = max(seasons.near(random, on + timedelta(days=round(wait))), on + timedelta(days=6))


def hazard(t: Temper, mood: float, number: int) -> float:
    """The chance that the visit just made was the last: more after a bad one, after a first one, for whoever minds the price."""
    share = t.leave * math.exp(0.6 * (4.25 - mood)) * (0.75 + 0.5 * t.price)
    return min(share * (FIRST_VISIT if number == 1 else 1.0 if number < 4 else 0.8), 0.9)


def _end(life: Life, on: date, wait: float, today: date) -> None:
    """He leaves some time before the next visit would have been due; whether he lets us know is his fate."""
    fates = FATES if life.kind == "person" else FATES_ORGANISATION
    left = on + timedelta(days=max(3, round(wait * life.random.uniform(0.15, 1.0))))
    if left > today:
        left = min(on + timedelta(days=5), today)
    life.left = left
    life.fate = life.random.choices([name for name, _ in fates], [weight for _, weight in fates])[0]


def settle_month(lives: list[Life], today: date, wanted: int, seasons: Seasons, random: Random) -> None:
    """Exactly `wanted` customers with a visit in the month of `today` up to that day.

    Too many: some have not come yet. Too few: those due next came a little earlier. Raises ValueError when the lives do not give so many.
    """
    first = today.replace(day=1)
    came = [life for life in lives if life.last is not None and life.last >= first]
    movable = [life for life in came if not life.fixed]
    surplus = len(came) - wanted
    if surplus > len(movable):
        raise ValueError(f"{len(came)} active, {wanted} wanted, {len(movable)} may be moved")
    if surplus > 0:
        for life in random.sample(movable, surplus):
            put_off(life, first, today)
        return
    ready = sorted((life for life in lives if not life.fixed and life.due and life not in came), key=lambda life: life.due.on)  # type: ignore[union-attr]
    if len(ready) < -surplus:
        raise ValueError(f"{len(came)} active, {wanted} wanted, {len(ready)} due")
    days = [first + timedelta(n) for n in range((today - first).days + 1)]
    weights = [seasons.busy(day) + 0.05 for day in days]
    for life in ready[:-surplus] if surplus else []:
        assert life.due is not None
        life.due.on = random.choices(days, weights)[0]
        life.visits.append(life.due)
        life.due = None
        life.opened = min(life.opened, life.visits[0].on)


def put_off(life: Life, first: date, today: date) -> None:
    """The visits of this month have not taken place yet; whoever would have left after one of them has not left."""
    kept = [visit for visit in life.visits if visit.on < first]
    later = life.visits[len(kept)]
    life.visits = kept
    later.on = today + timedelta(days=1 + (later.on - first).days % 20)
    life.due, life.left, life.fate = later, None, ""
