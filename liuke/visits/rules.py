"""Whose visit is due, what a week holds, where an address lies. No database, no clock. Source: domain page 3, Visits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from liuke.kernel.refusal import Refused
from liuke.visits.routing import MOST_STOPS, Days, Placed, Point, Route, Stop, Travel, place

WEEKS_AHEAD = 8
"""So far a week can be planned."""
DAYS = 7
_SPACE = re.compile(r"\s+")


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


# ── who is due ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one customer. `last`: the last visit that met him; `since`: on file since; `promised`: the day set for the next
    contact; `grade` "" where insight has none yet. Money in cents."""

    id: int
    grade: str
    since: date
    last: date | None = None
    key_account: bool = False
    promised: date | None = None
    at_risk_cents: int = 0
    area: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One whose visit is due on `on`. `every`: the grade's days, None for a key account, who is visited by plan."""

    known: Known
    on: date
    every: int | None

    def overdue(self, day: date) -> int:
        """Days past the day, 0 when it is still to come."""
        return max((day - self.on).days, 0)


def due(known: Known, every: Mapping[str, int], until: date) -> Due | None:
    """Whether this one is due by a day: so many days after the last visit (after he came on file, without one) as his grade says, C where
    there is none; a key account on the day that was set for the next contact, and never by grade."""
    if known.key_account:
        return Due(known, known.promised, None) if known.promised is not None and known.promised <= until else None
    days = every[known.grade or "C"]
    on = (known.last or known.since) + timedelta(days=days)
    return Due(known, on, days) if on <= until else None


def worth(one: Due, day: date) -> int:
    """What the order goes by, in cents: the value at risk, up to twice as much for one that is a whole interval late.

    >>> a = Due(Known(1, "A", date(2026, 1, 1), at_risk_cents=100_00), date(2026, 11, 1), 30)
    >>> worth(a, date(2026, 11, 16)), worth(a, date(2027, 11, 1)), worth(a, date(2026, 10, 1))
    (15000, 20000, 10000)
    """
    late = min(one.overdue(day), one.every) if one.every else 0
    return one.known.at_risk_cents + (one.known.at_risk_cents * late // one.every if one.every else 0)


def first_come(found: Iterable[Due], day: date) -> list[Due]:
    """In the order in which they get a place: key accounts whose day has come, then by worth, grade, the longer overdue."""
    return sorted(found, key=lambda one: (one.every is not None, -worth(one, day), one.known.grade or "D", one.on, one.known.id))


# ── a week ───────────────────────────────────────────────────────────────────


def plan(stops: Sequence[Stop], start: Point | None, days: Days, travel: Travel) -> tuple[Placed, bool]:
    """Stops into days; whether they stand by area only because nobody knows where any of them is. `stops`: most worth first.

    Those that have their day come before all others; more than MOST_STOPS are left.
    """
    ordered = sorted(stops, key=lambda stop: stop.day is None)
    kept, over = ordered[:MOST_STOPS], [stop.id for stop in ordered[MOST_STOPS:]]
    if all(stop.point is None for stop in kept):
        placed = by_area(kept, days, travel)
        return Placed(placed.routes, (*placed.left, *over)), bool(kept)
    placed = place(kept, start, days, travel)
    return Placed(placed.routes, (*placed.left, *over)), False


def by_area(stops: Sequence[Stop], days: Days, travel: Travel) -> Placed:
    """Without a map: one area after another, the one worth most first, day by day until the minutes are full."""
    areas = {stop.area: place for place, stop in reversed(list(enumerate(stops)))}
    held: dict[int, list[Stop]] = {day: [stop for stop in stops if stop.day == day] for day in days.days}
    left: list[int] = [stop.id for stop in stops if stop.day is not None and stop.day not in held]
    for stop in sorted((stop for stop in stops if stop.day is None), key=lambda stop: areas[stop.area]):
        room = next((day for day in days.days if _minutes([*held[day], stop], travel) <= days.minutes), None)
        if room is None:
            left.append(stop.id)
        else:
            held[room].append(stop)
    return Placed(tuple(_one_after_another(day, held[day], days, travel) for day in days.days if held[day]), tuple(left))


def _minutes(stops: Sequence[Stop], travel: Travel) -> int:
    return sum(stop.minutes + travel.near for stop in stops)


def _one_after_another(day: int, stops: Sequence[Stop], days: Days, travel: Travel) -> Route:
    """Those with an hour at their hour, the others by area in the time before, between and after."""
    fixed = sorted((stop for stop in stops if stop.at is not None), key=lambda stop: stop.at or 0)
    free = [stop for stop in stops if stop.at is None]
    ids: list[int] = []
    starts: list[int] = []
    now = days.begins
    while fixed or free:
        nearest = fixed[0].at if fixed else None
        if free and (nearest is None or now + travel.near + free[0].minutes + travel.near <= nearest):
            stop, now = free[0], now + travel.near
            free = free[1:]
        elif fixed:
            stop, now = fixed[0], max(fixed[0].at or 0, 0)
            fixed = fixed[1:]
        else:  # pragma: no cover -- either list has one
            break
        ids.append(stop.id)
        starts.append(now)
        now += stop.minutes
    return Route(day, tuple(ids), tuple(starts), 0.0)


def one_day(stops: Sequence[Stop], start: Point | None, day: int, begins: int, travel: Travel) -> Route:
    """All stops of one day in order, whatever the minutes; what cannot keep its hour stands at its hour all the same."""
    whole = Days((day,), begins, 24 * 60)
    pinned = [Stop(s.id, s.minutes, s.point, day, s.at, s.area) for s in stops]
    if len(stops) > MOST_STOPS or all(stop.point is None for stop in pinned):
        return _one_after_another(day, sorted(pinned, key=lambda stop: stop.area or 0), whole, travel)
    placed = place(pinned, start, whole, travel)
    found = placed.routes[0] if placed.routes else Route(day, (), (), 0.0)
    if not placed.left:
        return found
    missing = {stop.id: stop for stop in pinned if stop.id in placed.left}
    last = found.starts[-1] if found.starts else begins
    both = [*zip(found.starts, found.stops, strict=True), *((last if s.at is None else s.at, s.id) for s in missing.values())]
    both.sort(key=lambda pair: pair[0])
    return Route(day, tuple(pk for _, pk in both), tuple(at for at, _ in both), found.km)


def minute_of(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute


def clock_time(minute: int) -> time:
    """A minute of the day as a time, to the next five minutes: nobody sets out at 9:58."""
    rounded = min((minute + 4) // 5 * 5, 23 * 60 + 55)
    return time(rounded // 60, rounded % 60)


def refuse_week(week: date, today: date) -> None:
    """Refuses a day that is no Monday, a week gone by, one too far ahead."""
    if week.weekday():
        raise Refused("visit.week", "一周从周一开始。")
    if week < week_of(today):
        raise Refused("visit.past", "过去的日子不能再排。")
    if week > week_of(today) + timedelta(weeks=WEEKS_AHEAD):
        raise Refused("visit.far", "最多排到 %(n)s 周以后。", n=WEEKS_AHEAD)


# ── areas ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ground:
    """An area as addresses are read: whose customers (the path of its unit), and the words."""

    id: int
    path: str
    words: tuple[str, ...]


def area_of(address: str, path: str, grounds: Iterable[Ground]) -> int | None:
    """In which area an address of a customer of the unit at `path` lies: the one with the longest word that stands in it, then that of the
    unit nearest to the customer. None where no word does."""
    plain = _SPACE.sub("", address).lower()
    found = [
        (len(word), len(ground.path), -ground.id)
        for ground in grounds
        if path.startswith(ground.path)
        for word in ground.words
        if plain and _SPACE.sub("", word).lower() in plain
    ]
    return -max(found)[2] if found else None


WORDS_MOST, WORD_LONGEST = 60, 20


def words_of(text: str) -> tuple[str, ...]:
    """The words typed for an area, parted by commas, spaces or lines. Refuses one of a single sign, one too long, too many."""
    found = tuple(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", text) if word))
    for word in found:
        if len(word) < 2:
            raise Refused("area.word", "“%(word)s”只有一个字，会对上太多地址。", word=word)
        if len(word) > WORD_LONGEST:
            raise Refused("area.word", "“%(word)s”太长了，写路名、小区名就行。", word=word[:WORD_LONGEST])
    if len(found) > WORDS_MOST:
        raise Refused("area.word", "一个片区最多写 %(n)s 个词。", n=WORDS_MOST)
    return found


def middle_of(latitude: str, longitude: str) -> Point | None:
    """The middle of an area as typed, None when both are empty. Refuses one without the other, and what is no place on earth."""
    if not latitude.strip() and not longitude.strip():
        return None
    try:
        point = Point(float(latitude), float(longitude))
    except ValueError:
        raise Refused("area.middle", "纬度、经度请填小数，例如 30.2084 和 120.2120，两个都填或者都不填。") from None
    if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
        raise Refused("area.middle", "纬度在 −90 到 90 之间，经度在 −180 到 180 之间。")
    return point
