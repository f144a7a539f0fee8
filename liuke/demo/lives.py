"""Five thousand customers of a made-up company, each with a life of his own: the same for the same day, down to the last letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from liuke.demo import bills, birthdays, cards, known, rounds, talks, voices
from liuke.demo.rhythm import live, settle_month, temper
from liuke.demo.rows import Life, Place
from liuke.demo.seasons import Seasons
from liuke.demo.twins import make_twins
from liuke.demo.words import COUNTS, REGIONS, REPS
from liuke.kernel.clock import months_before

SEED = "启程"
CUSTOMERS = 5000
ACTIVE = 200
"""Customers with a deal day in the month of the anchor, up to it."""
MONTHS = 43
ORGANISATIONS = 0.04
PROSPECTS = 0.108
BEFORE = 0.22
"""Share of the customers who came before the deals on file begin."""
TREND = 0.92
"""Below 1: a little more new customers of late."""
GONE_AGO = 26
"""So many days ago one of the reps left."""
TIDINESS = (0.95, 0.82, 0.9, 0.66, 0.55, 0.74, 0.48)


def outline(today: date) -> list[Place]:
    """The nine stores as the generator sees them. The last rep of the last store has left."""
    stores = [store for region in REGIONS.values() for store in region]
    places = [Place(name, plate, count, reps) for (name, plate), count, reps in zip(stores, COUNTS, REPS, strict=True)]
    last = places[-1]
    places[-1] = Place(last.name, last.plate, last.customers, last.reps, last.reps - 1, today - timedelta(days=GONE_AGO))
    return places


def generate(today: date, places: Sequence[Place]) -> list[Life]:
    """All customers as of `today`, oldest card first: CUSTOMERS in all, ACTIVE with a visit this month, nothing later."""
    start = months_before(today, MONTHS).replace(day=1)
    seasons = Seasons(start, today + timedelta(days=500))
    lives = known.people(today, places)
    for store, place in enumerate(places):
        already = sum(life.store == store for life in lives)
        lives += [_life(store, place, n, start, today, seasons) for n in range(place.customers - already)]
    settle_month(lives, today, ACTIVE, seasons, Random(f"{SEED} {today} month"))  # noqa: S311
    lives.sort(key=lambda life: life.opened)
    registry = cards.Registry(places)
    for life in lives:
        if life.fixed:
            registry.keep(life)
    for life in lives:
        if not life.fixed:
            registry.describe(life, today)
    birthdays.keep_birthdays(lives, today)
    make_twins(lives, Random(f"{SEED} {today} twins"))  # noqa: S311
    rounds.play(lives, today, Random(f"{SEED} {today} rounds"))  # noqa: S311
    for life in lives:
        bills.fill(life, today)
        if not life.fixed:
            bills.insure(life, today)
        voices.fill(life, today)
        talks.fill(life, today)
    bills.number(lives, places)
    return lives


def _life(store: int, place: Place, n: int, start: date, today: date, seasons: Seasons) -> Life:
    """One customer of a store: where he came from, what he is like, and his visits."""
    random = Random(f"{SEED} {today} {store} {n}")  # noqa: S311
    organisation = random.random() < ORGANISATIONS
    rep = _owner(random, store, place)
    tidy = TIDINESS[(store * 5 + (rep or 0)) % len(TIDINESS)]
    level = random.choices((0.75, 0.95, 1.15, 1.45), (3, 5, 4, 2))[0]
    quality = 0.22 * ((store * 7 % 9) / 4 - 1)
    life = Life(random, store, rep, "organisation" if organisation else "person", temper(random, level, tidy, quality, organisation), today)
    span = (today - start).days
    if random.random() < PROSPECTS:
        life.opened = today - timedelta(days=int(span * random.random() ** 1.5))
        return life
    if random.random() < BEFORE:
        first = start + timedelta(days=int(life.temper.cycle * random.random()))
        life.opened = first - timedelta(days=random.randint(30, 1500))
        before = 1 + (first - life.opened).days // round(life.temper.cycle)
    else:
        first = seasons.near(random, start + timedelta(days=int(span * random.random() ** TREND)))
        first = min(max(first, start), today)
        life.opened = first - timedelta(days=random.randint(1, 40) if random.random() < 0.25 else 0)
        before = 0
    live(life, first, seasons, today, before)
    return life


def _owner(random: Random, store: int, place: Place) -> int | None:
    """Who looks after him; the first rep of the first store has half the cards, and a few customers have nobody."""
    if random.random() < 0.007:
        return None
    weights = [5.3 if store == 0 and rep == 0 else 1.0 + 0.12 * rep for rep in range(place.reps)]
    return random.choices(range(place.reps), weights)[0]
