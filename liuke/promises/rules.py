"""What counts as kept, kept late and broken, and the share that was kept. Pure. Source: domain page 3, Promises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from liuke.kernel.refusal import Refused

KEPT, LATE, BROKEN = "kept", "late", "broken"

TEXT, NOTE = 200, 300
LONGEST = 366
"""Days ahead that a promise may lie; what is further off nobody can answer for."""

MOST_CENTS = 100_000_000_00
FEW = 30
"""Under so many no share is named (“17 ÷ 21”): a percentage of so few says more than is known."""


def came_of(due_on: date, done_on: date, late_days: int) -> str:
    """How a promise that was done ends: on its day or before it is kept, up to `late_days` after it kept late, later than that broken.

    >>> came_of(date(2026, 11, 20), date(2026, 11, 21), 7)
    'late'
    """
    if done_on <= due_on:
        return KEPT
    return LATE if done_on <= last_day(due_on, late_days) else BROKEN


def last_day(due_on: date, late_days: int) -> date:
    """The last day on which doing it still counts as kept late; on the next one it is broken."""
    return due_on + timedelta(late_days)


def overdue_before(today: date, late_days: int) -> date:
    """A promise due before this day is broken today."""
    return today - timedelta(late_days)


def check_day(due_on: date, today: date) -> None:
    """Refused for a day that is gone (nobody can keep it any more) and one too far off to answer for."""
    if due_on < today:
        raise Refused("promise.past", "答应的日子%(day)s已经过去了，请写今天或以后的一天。", day=due_on)
    if due_on > today + timedelta(LONGEST):
        raise Refused("promise.far", "%(day)s太远了，一年以内的事才好答应。", day=due_on)


def check_new_day(due_on: date, new: date, today: date) -> None:
    """Refused for a new day once the old one has passed: the customer was not told in time. Late stays late, broken stays broken."""
    if today > due_on:
        raise Refused("promise.passed", "原来的日子%(day)s已经过了，不算改期：办了记办晚了，没办记没办成。", day=due_on)
    check_day(new, today)
    if new == due_on:
        raise Refused("promise.same_day", "日子没有变，不用改期。")


def needs_approval(amount_cents: int, limit_cents: int | None, before_cents: int = 0) -> bool:
    """Whether somebody above has to agree first. A limit of None is none. `before_cents`: what the same customer was promised lately, by
    anybody: many small promises are one big one. What costs nothing needs nobody.

    >>> needs_approval(20_000, 30_000), needs_approval(20_000, 30_000, 15_000), needs_approval(0, 30_000, 90_000)
    (False, True, False)
    """
    return limit_cents is not None and amount_cents > 0 and amount_cents + before_cents > limit_cents


@dataclass(frozen=True, slots=True)
class Tally:
    """How many promises stand how. Those that count for the rate are kept, late and broken; the others are no answer yet, or none. `moved`:
    how often another day was agreed on; `again`: of the kept, those whose day had been moved before."""

    kept: int = 0
    late: int = 0
    broken: int = 0
    open: int = 0
    moved: int = 0
    dropped: int = 0
    again: int = 0

    @property
    def settled(self) -> int:
        return self.kept + self.late + self.broken

    @property
    def total(self) -> int:
        return self.settled + self.open + self.moved + self.dropped

    @property
    def share(self) -> float | None:
        """Kept ÷ (kept + late + broken); None where nothing was settled yet, and where they are too FEW for a share."""
        return self.kept / self.settled if self.settled >= FEW else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def tally(states: Iterable[tuple[str, int, int]]) -> Tally:
    """From (state, how many, how many of them were moved before); a state may come more than once. TypeError for one that there is not."""
    counted: dict[str, int] = {}
    for state, count, moved in states:
        counted[state] = counted.get(state, 0) + count
        if state == KEPT:
            counted["again"] = counted.get("again", 0) + moved
    return Tally(**counted)
