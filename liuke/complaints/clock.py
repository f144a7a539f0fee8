"""The limits of a complaint. Pure: all times come in from outside, local and aware. Source: domain page 4, Complaints, rule 4.

An ordinary complaint runs in working time (`Hours` on each day that the calendar works), a severe one by the wall clock, day and night.
A limit that falls on closing time is due then. Only the resolution clock stands still while we wait for the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from liuke.kernel.refusal import Refused
from liuke.kernel.workdays import NONE, Changes, add_working, next_working, published, works
from liuke.packs.complaints import Complaints

Stretch = tuple[datetime, datetime | None]
"""A pause, from and to; to None while it still stands."""

ORDINARY, SEVERE = "ordinary", "severe"
FIRST_YEAR, LAST_YEAR = 2000, 2099


@dataclass(frozen=True)
class Hours:
    """When a unit is open, and on which days the company does otherwise than the state's calendar says. `known`: years of which the state
    has published nothing, that the company has written down whole."""

    opens: time = time(9)
    closes: time = time(18)
    changes: Changes = field(default_factory=lambda: NONE)
    known: frozenset[int] = frozenset()

    @property
    def day(self) -> timedelta:
        """How long one working day is."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def opening(self, day: date, like: datetime) -> datetime:
        return datetime.combine(day, self.opens, like.tzinfo)

    def closing(self, day: date, like: datetime) -> datetime:
        return datetime.combine(day, self.closes, like.tzinfo)

    def begin(self, moment: datetime) -> datetime:
        """The moment itself while open, else the next opening. At closing time it is closed."""
        day = moment.date()
        if works(day, self.changes):
            if moment < self.opening(day, moment):
                return self.opening(day, moment)
            if moment < self.closing(day, moment):
                return moment
        return self.opening(next_working(day + timedelta(1), self.changes), moment)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments; none when end <= start."""
        total, day = timedelta(), start.date()
        while day <= end.date():
            if works(day, self.changes):
                total += max(min(end, self.closing(day, end)) - max(start, self.opening(day, start)), timedelta())
            day += timedelta(1)
        return total

    def after(self, start: datetime, length: timedelta) -> datetime:
        """The first moment at which so much working time has passed since `start`; on a closing time, not the next opening."""
        at, left = start, length
        while left > timedelta():
            at = self.begin(at)
            room = self.closing(at.date(), at) - at
            if left <= room:
                return at + left
            at, left = at + room, left - room
        return at


@dataclass(frozen=True)
class Limits:
    """What is due when. `resolve_due` None: the clock stands still, with `left` to go (working time for an ordinary complaint). The manager
    hears of a limit at `…_manager` if nothing was done until then, the supervisor at the limit itself. `unknown_years`: the holidays of
    these years are not published, so that working days in them are weekdays until the company has written them down whole.
    """

    answer_due: datetime
    answer_manager: datetime
    resolve_due: datetime | None
    resolve_manager: datetime | None
    left: timedelta | None
    unknown_years: tuple[int, ...]


def limits(
    received: datetime,
    severity: str,
    hours: Hours,
    rule: Complaints,
    *,
    raised: datetime | None = None,
    pauses: Sequence[Stretch] = (),
) -> Limits:
    """The limits of a complaint received at a moment.

    `raised`: from when on it is severe, where it was ordinary before; its severe limits count from then and are never later than the
    ordinary ones. `pauses` in any order. Refuses pauses that overlap or end before they begin, and what happened before it was received.
    """
    spans = check_pauses(pauses, received)
    before = limits(received, severity, hours, rule, pauses=pauses) if raised is not None and severity != SEVERE else None
    if raised is not None and raised < received:
        raise Refused("complaint.raised_before", "改为严重的时间不能早于受理。")
    begun = hours.begin(received)
    answer = hours.after(begun, timedelta(minutes=rule.answer_minutes))
    last = hours.closing(add_working(begun.date(), rule.resolve_days, hours.changes), received)
    due, left = _stood(last, spans, hours.worked, hours.after)
    severe = severity == SEVERE or raised is not None
    if severe:
        since = raised or received
        answer = min(answer, since + timedelta(minutes=rule.severe_answer_minutes))
        after = [(max(start, since), end) for start, end in spans if end is None or end > since]
        at_once, rest = _stood(since + timedelta(hours=rule.severe_resolve_hours), after, _between, _plus)
        due, left = _sooner((at_once, rest), (due, left))
    answer_manager = _half_more(answer, timedelta(minutes=rule.severe_answer_minutes if severe else rule.answer_minutes), severe, hours)
    resolve_manager = None if due is None else _half_more(due, resolve_length(severe, hours, rule), severe, hours)
    if before is not None and raised is not None:
        answer_manager = _not_before(raised, answer_manager, before.answer_manager) or answer_manager
        resolve_manager = _not_before(raised, resolve_manager, before.resolve_manager)
    return Limits(
        answer,
        answer_manager,
        due,
        resolve_manager,
        left,
        unknown_years(received, due or answer, hours.known),
    )


def resolve_length(severe: bool, hours: Hours, rule: Complaints) -> timedelta:
    """How long a resolution may take: hours by the wall clock, or so many whole working days."""
    return timedelta(hours=rule.severe_resolve_hours) if severe else hours.day * rule.resolve_days


def check_pauses(pauses: Sequence[Stretch], received: datetime) -> list[Stretch]:
    """In order. Refuses an end before the beginning, one before the receipt, two that overlap, and one after an open one."""
    found = sorted(pauses, key=lambda each: each[0])
    free: datetime | None = received
    for start, end in found:
        if end is not None and end < start:
            raise Refused("complaint.pause_order", "暂停的结束不能早于开始。")
        if start < received:
            raise Refused("complaint.pause_before", "暂停不能早于受理。")
        if free is None or start < free:
            raise Refused("complaint.pause_overlap", "两段暂停不能重叠。")
        free = end
    return found


def call_back_on(told: date, rule: Complaints, changes: Changes = NONE) -> date:
    """The day on which to ask whether he is content: so many days after he was told, moved to a working day."""
    return next_working(told + timedelta(rule.call_back_days), changes)


def unknown_years(first: datetime, last: datetime, known: frozenset[int] = frozenset()) -> tuple[int, ...]:
    """Years from the first to the last moment whose make-up days are not known, neither published nor written down whole by the company:
    some days of a year do not make it known."""
    return tuple(year for year in range(first.year, last.year + 1) if not published(year) and year not in known)


def _stood(
    due: datetime,
    pauses: Sequence[Stretch],
    measure: Callable[[datetime, datetime], timedelta],
    shift: Callable[[datetime, timedelta], datetime],
) -> tuple[datetime | None, timedelta | None]:
    """A limit moved by what was paused before it came; (None, what is left) while a pause stands. One that begins once the limit has come
    changes nothing any more: late stays late."""
    for start, end in pauses:
        if start >= due:
            break
        if end is None:
            return None, measure(start, due)
        if paused := measure(start, end):
            due = shift(due, paused)
    return due, None


def _sooner(
    one: tuple[datetime | None, timedelta | None], other: tuple[datetime | None, timedelta | None]
) -> tuple[datetime | None, timedelta | None]:
    """Of two clocks the one that comes first. Both stand still: the first one's rest, by the wall clock."""
    if one[0] is None or other[0] is None:
        return one if one[0] is not None or other[0] is None else other
    return min(one, other, key=lambda each: each[0])  # type: ignore[arg-type, return-value]


def _half_more(due: datetime, length: timedelta, severe: bool, hours: Hours) -> datetime:
    """When half the limit more has passed."""
    return due + length / 2 if severe else hours.after(due, length / 2)


def _not_before(raised: datetime, severe: datetime | None, ordinary: datetime | None) -> datetime | None:
    """When the manager hears of it: by the ordinary clock where that had come before it was raised, else by the severe one, which says
    nothing of the time before."""
    if severe is None:
        return None
    return ordinary if ordinary is not None and ordinary <= raised else max(severe, raised)


def _between(start: datetime, end: datetime) -> timedelta:
    return max(end - start, timedelta())


def _plus(moment: datetime, length: timedelta) -> datetime:
    return moment + length
