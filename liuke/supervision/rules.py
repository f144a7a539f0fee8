"""When a card review and a talk over the day are due, whose they are, which cards are drawn. Pure. Source: domain page 7, nine habits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import blake2b

from liuke.kernel.refusal import Refused
from liuke.kernel.workdays import NONE, Changes, works

REMARK = 300
FIRST_LOOK = 30
"""Days of changes that the first review of a salesperson looks back on."""

DEBRIEF_BACK = 14
"""Days back that a day can still be gone over: later nobody remembers it."""


def week_of(day: date) -> date:
    """The Monday of its week.

    >>> week_of(date(2026, 11, 22))
    datetime.date(2026, 11, 16)
    """
    return day - timedelta(day.weekday())


def day_before(today: date, changes: Changes = NONE) -> date:
    """The last day of work before today: what is gone over this morning. Without one in DEBRIEF_BACK days, yesterday.

    >>> day_before(date(2026, 11, 23))
    datetime.date(2026, 11, 20)
    """
    for back in range(1, DEBRIEF_BACK + 1):
        if works(found := today - timedelta(back), changes):
            return found
    return today - timedelta(1)


def working_days(first: date, last: date, changes: Changes = NONE) -> list[date]:
    """The days of work from `first` to `last`, both included."""
    return [day for n in range((last - first).days + 1) if works(day := first + timedelta(n), changes)]


def check_day(day: date, today: date) -> None:
    """Refused for a day that is not over, and one so far back that there is nothing to say any more."""
    if day >= today:
        raise Refused("debrief.future", "这一天还没过完，明天再过。")
    if day < today - timedelta(DEBRIEF_BACK):
        raise Refused("debrief.old", "超过 %(n)s 天的事不再补过。", n=DEBRIEF_BACK)


def draw(changed: Mapping[int, int], others: Iterable[int], most: int, seed: str) -> list[tuple[int, int]]:
    """The cards of one review, (card, changes since the last one): changed cards first, filled up with others.

    By a hash of the seed and the card, so that nobody chooses and a second draw is the same.
    """

    def lot(card: int) -> bytes:
        return blake2b(f"{seed}:{card}".encode(), digest_size=8).digest()

    first = sorted(changed, key=lot)[:most]
    rest = sorted((card for card in others if card not in changed), key=lot)[: most - len(first)]
    return [(card, changed.get(card, 0)) for card in (*first, *rest)]


def nearest(place: str, above: Iterable[tuple[int, str]]) -> tuple[int, ...]:
    """Of supervisors as (who, path of what they oversee) those nearest above a unit's path; several where they share it.

    >>> nearest("/1/4/9/", [(7, "/1/"), (8, "/1/4/"), (9, "/1/5/")])
    (8,)
    """
    over = [(len(path), who) for who, path in above if path and place.startswith(path)]
    deepest = max((length for length, _ in over), default=0)
    return tuple(sorted(who for length, who in over if length == deepest))


def missing(due: Sequence[int], done: Iterable[int]) -> list[int]:
    """Those due that were not done, in the order given."""
    there = set(done)
    return [one for one in due if one not in there]
