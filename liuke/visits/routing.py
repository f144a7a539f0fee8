"""A sensible order of stops: which of them on which day, one after another. Pure; straight-line distances, PyVRP finds the order.

Time is one line of whole minutes from the first day's midnight on: day 2, 09:30 is 2 × 1440 + 570. A stop that has a day, or an hour on
a day, is one with a window on that line, and a day is a vehicle with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

DAY, HOUR = 1440, 60
MOST_STOPS = 40
"""Of one plan. More are not planned, so that the search stays a matter of a second."""
ITERATIONS = 400
"""Of the search: a number and no time, so that every machine finds the same order."""
SEED = 20
EARTH_KM = 6371.0
METRES = 1000
STAY = 300_000
"""What leaving a stop out costs, in metres; the place in the order of worth makes the rest."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit to be placed. `day` 0–6 when it has its day, `at` (minutes after midnight) when it has its hour too.

    `point` None: nobody knows where it is; such a stop is reckoned to be as far from any other as the known ones are on average.
    """

    id: int
    minutes: int
    point: Point | None = None
    day: int | None = None
    at: int | None = None
    area: int | None = None


@dataclass(frozen=True, slots=True)
class Travel:
    """How one gets about. `detour`: road ÷ straight line; `near`: minutes from door to door within one area, and the least of any way."""

    speed_kmh: float
    detour: float
    near: int


@dataclass(frozen=True, slots=True)
class Days:
    """Which days (0 Monday) may be used, from which minute of the day on, and how many minutes of each."""

    days: tuple[int, ...]
    begins: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Route:
    """One day: stop ids in order, with the minute of the day at which each begins; and how far it is, there and back."""

    day: int
    stops: tuple[int, ...]
    starts: tuple[int, ...]
    km: float


@dataclass(frozen=True, slots=True)
class Placed:
    """`left`: the ids that found no place, in the order they came in."""

    routes: tuple[Route, ...]
    left: tuple[int, ...]


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance (haversine).

    >>> round(distance_km(Point(30.2084, 120.2120), Point(30.2741, 120.1551)), 1)
    9.1
    """
    p, q = radians(a.latitude), radians(b.latitude)
    half = sin((q - p) / 2) ** 2 + cos(p) * cos(q) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def minutes_of(km: float, travel: Travel) -> int:
    """Whole minutes for a straight line of so many kilometres, `travel.near` at least."""
    return max(travel.near, round(km * travel.detour / travel.speed_kmh * 60))


def _usual_km(points: Sequence[Point]) -> float:
    """How far it is from one known place to another, on average: what a stop is reckoned to be away of which nobody knows where it is."""
    ways = [distance_km(a, b) for i, a in enumerate(points) for b in points[:i]]
    return sum(ways) / len(ways) if ways else 0.0


def place(stops: Sequence[Stop], start: Point | None, days: Days, travel: Travel) -> Placed:
    """Put stops into days, each in order, so that little is driven; `stops` stand in the order of their worth, the most first.

    When the minutes do not hold all of them the last are left. A stop with its day is on that day or left, one with its hour too is at that
    hour or left; on a day with an hour in it the time between is free for other work, and only visits and short ways count against its
    minutes. The same stops give the same answer on every machine. `start`: where one sets out; the way home is one's own time.
    Raises ValueError over MOST_STOPS.
    """
    if len(stops) > MOST_STOPS:
        raise ValueError(f"{len(stops)} stops")
    if not stops or not days.days:
        return Placed((), tuple(stop.id for stop in stops))
    # A quarter of a second and 30 MB: only where a route is asked for.
    from pyvrp import Model, PenaltyParams, Solution, SolveParams
    from pyvrp.stop import MaxIterations

    model, known = Model(), [stop.point for stop in stops if stop.point is not None]
    home = start or (middle(known) if known else None)
    here = model.add_location(0, 0)
    depot = model.add_depot(here)
    there = []
    for worth, stop in enumerate(stops):
        there.append(model.add_location(worth + 1, 0))
        early, late = _window(stop, days)
        model.add_client(
            there[-1],
            delivery=stop.minutes + travel.near,
            service_duration=stop.minutes,
            tw_early=early,
            tw_late=late,
            prize=STAY + (len(stops) - worth) * STAY // MOST_STOPS,
            required=False,
        )
    for day in days.days:
        fixed = [stop for stop in stops if stop.day == day and stop.at is not None]
        begins = min([days.begins, *(stop.at - HOUR for stop in fixed if stop.at is not None)])
        # Who has no hour to keep goes from one to the next without a pause.
        model.add_vehicle_type(
            1,
            capacity=days.minutes + travel.near,
            start_depot=depot,
            end_depot=depot,
            tw_early=day * DAY + max(begins, 0),
            tw_late=(day + 1) * DAY - 1,
            shift_duration=DAY if fixed else days.minutes,
        )
    points, ends = [home, *(stop.point for stop in stops)], [here, *there]
    usual = _usual_km([point for point in points if point is not None])
    for i, frm in enumerate(ends):
        for j, to in enumerate(ends):
            if i != j:
                a, b = points[i], points[j]
                km = usual if a is None or b is None else distance_km(a, b)
                model.add_edge(frm, to, round(km * travel.detour * METRES), minutes_of(km, travel) if j else 0)
    # Breaking a window costs more than any stop is worth, from the first try on.
    strict = SolveParams(penalty=PenaltyParams(solutions_between_updates=25, min_penalty=STAY / 10, max_penalty=STAY * 10))
    first = Solution(model.data(), _one_by_one(model.data(), len(stops), len(days.days)))
    found = model.solve(MaxIterations(ITERATIONS), SEED, collect_stats=False, display=False, params=strict, initial_solution=first)
    return _read(found.best, stops)


def _one_by_one(data: Any, stops: int, days: int) -> list[Any]:
    """A plan to begin with that breaks nothing: each stop, in order of worth, goes where it fits first, at the end or before."""
    from pyvrp import Route

    held: list[list[int]] = [[] for _ in range(days)]
    for stop in range(stops):
        for day in range(days):
            tries = ([*held[day][:at], stop, *held[day][at:]] for at in range(len(held[day]), -1, -1))
            fits = next((order for order in tries if Route(data, order, day).is_feasible()), None)
            if fits is not None:
                held[day] = fits
                break
    return [Route(data, order, day) for day, order in enumerate(held) if order]


def _window(stop: Stop, days: Days) -> tuple[int, int]:
    """When the visit may begin, on the line of all days."""
    if stop.day is None:
        return min(days.days) * DAY, (max(days.days) + 1) * DAY
    if stop.at is None:
        return stop.day * DAY, (stop.day + 1) * DAY - 1
    return stop.day * DAY + stop.at, stop.day * DAY + stop.at


def _read(best: Any, stops: Sequence[Stop]) -> Placed:
    routes: list[Route] = []
    placed: set[int] = set()
    # One that breaks its windows all the same is no plan: its stops find no place.
    for route in (each for each in best.routes() if each.is_feasible()):
        order = [act for act in route.schedule() if act.is_client()]
        ids = tuple(stops[act.idx].id for act in order)
        placed |= set(ids)
        starts = tuple(act.start_time % DAY for act in order)
        routes.append(Route(order[0].start_time // DAY, ids, starts, round(route.distance() / METRES, 1)))
    return Placed(tuple(sorted(routes, key=lambda each: each.day)), tuple(stop.id for stop in stops if stop.id not in placed))


def middle(points: Sequence[Point]) -> Point:
    """The middle of points that lie near each other."""
    return Point(sum(p.latitude for p in points) / len(points), sum(p.longitude for p in points) / len(points))
