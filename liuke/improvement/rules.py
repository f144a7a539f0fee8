"""What holds for a cycle of improvement and for the four states of service. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

TITLE, TEXT, LINE = 60, 2000, 200

PROCEDURE = ("greeted", "on_time", "explained", "priced", "handed_over")
"""On the axis of procedure: noticed at once, on time, what is done explained, the price said before, handed over by the list."""
PERSON = ("friendly", "listened", "offered", "cared", "thanked")
"""On the axis of the person: friendly, listened to, offered help unasked, cared for as a person, seen off."""
ITEMS = PROCEDURE + PERSON
LEAST, MOST = 1, 5


@dataclass(frozen=True)
class Window:
    """The days a figure is taken over, first and last."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def before(opened: date, days: int) -> Window:
    """The days up to the eve of the plan.

    >>> before(date(2026, 11, 20), 30)
    Window(first=datetime.date(2026, 10, 21), last=datetime.date(2026, 11, 19))
    """
    return Window(opened - timedelta(days), opened - timedelta(1))


def after(done: date, days: int) -> Window:
    """As many days, from the morrow of the last thing done.

    >>> after(date(2026, 11, 20), 30)
    Window(first=datetime.date(2026, 11, 21), last=datetime.date(2026, 12, 20))
    """
    return Window(done + timedelta(1), done + timedelta(days))


def begun(opened: date, days: int, since: date | None) -> Window:
    """The days of the figure before: from `since` (the first day of the survey that showed it) where that many days of it are over.

    >>> begun(date(2026, 11, 20), 30, date(2026, 3, 5)).last
    datetime.date(2026, 4, 3)
    >>> begun(date(2026, 11, 20), 30, date(2026, 11, 1)) == before(date(2026, 11, 20), 30)
    True
    """
    if since is None or since + timedelta(days) > opened:
        return before(opened, days)
    return Window(since, since + timedelta(days - 1))


def first_check(done: date, days: int) -> date:
    """The first day on which the figure after can be taken, when all is done on a day.

    >>> first_check(date(2026, 11, 20), 30)
    datetime.date(2026, 12, 21)
    """
    return after(done, days).last + timedelta(1)


def reached(value: float, target: float, better: str) -> bool:
    """Whether a figure is where it was to get to.

    >>> reached(4.2, 4.2, "higher"), reached(3, 2, "lower")
    (True, False)
    """
    return value >= target if better == "higher" else value <= target


def improved(was: float, now: float, better: str) -> bool:
    """Whether it moved the right way at all."""
    return now > was if better == "higher" else now < was


def beyond_error(was: float, was_margin: float | None, now: float, now_margin: float | None) -> bool | None:
    """Whether the difference of two independent figures is larger than its 95 % interval; None where a margin is not known.

    Margins are half widths of 95 % intervals; those of a difference add as squares.

    >>> beyond_error(3.8, 0.2, 4.3, 0.2), beyond_error(3.8, 0.4, 4.1, 0.4), beyond_error(12, None, 3, None)
    (True, False, None)
    """
    if was_margin is None or now_margin is None:
        return None
    return (now - was) ** 2 > was_margin**2 + now_margin**2


def share_margin(n: int, of: int) -> float | None:
    """Half the 95 % interval of a share in percentage points, as Agresti and Coull (1998) have it: two successes and two failures more."""
    if not of:
        return None
    share = (n + 2) / (of + 4)
    return 100 * 1.96 * float((share * (1 - share) / (of + 4)) ** 0.5)


def count_margin(n: int) -> float:
    """Half the 95 % interval of a count, taken for a Poisson's (variance n + 1)."""
    return 1.96 * float((n + 1) ** 0.5)


def service(procedure: float, person: float, edge: float) -> str:
    """The state of a unit's service by its two scores (1 to 5); from `edge` on a score is good.

    >>> service(4.0, 3.0, 3.5), service(3.0, 4.0, 3.5), service(4.0, 4.0, 3.5), service(3.4, 3.4, 3.5)
    ('by_book', 'friendly', 'excellent', 'indifferent')
    """
    good = (procedure >= edge, person >= edge)
    return {(False, False): "indifferent", (True, False): "by_book", (False, True): "friendly", (True, True): "excellent"}[good]
