"""What goes on today's list, in which order, and what follows a contact. Source: domain page 3, Playbooks and The worklist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

PROMISE_MINUTES = 5
"""A promise is kept in a message or a short call; the pack says nothing of it."""

HAND_OVER_MINUTES = 5
"""Telling a customer who looks after him from now on."""

INTRODUCE_DAYS = 3
"""So long an offer waits until the customer was told who looks after him now; then it waits no more."""

HAND_OVER_EFFECT = Decimal("0.02")
"""Share of the value at risk that telling him is reckoned to save: an assumption, nobody has measured it. It gives these calls an order
among themselves, and a place behind every playbook of a pack."""

FOR_EVER = date(9999, 12, 31)


def value_per_minute(value_at_risk_cents: int, effect: Decimal, minutes: int) -> int:
    """Expected value saved per minute, in cents, halves up: value at risk × effect ÷ minutes. `minutes` is at least 1.

    >>> value_per_minute(503_200, Decimal("0.148"), 12)
    6206
    """
    return int((Decimal(value_at_risk_cents) * effect / minutes).quantize(Decimal(1), ROUND_HALF_UP))


# ── the day ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Candidate:
    """One open task that could be done today. Money in cents; `asked`: the customer asked for this contact, so it uses no budget;
    `introduce`: an offer to a customer who is to be told first who looks after him now; `sells`: it keeps off a holiday; `ahead`: how many
    unasked contacts with this customer others have to make, that are worth more; `most`: how many a month he wishes for at most;
    `visited`: he is visited these days, so that nobody calls him as well."""

    id: int
    customer: int
    number: str
    minutes: int
    value_per_minute_cents: int
    value_at_risk_cents: int
    due_on: date
    must: bool = False
    severity: int = 1
    asked: bool = False
    do_not_contact: bool = False
    snoozed_until: date | None = None
    introduce: bool = False
    sells: bool = False
    ahead: int = 0
    most: int | None = None
    visited: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A task left for another day. `why`: a key of labels.LeftWhy."""

    task: Candidate
    why: str


@dataclass(frozen=True, slots=True)
class Day:
    """`chosen` in the order of doing, `left` in the order it would have had; together every candidate exactly once.

    free_minutes: what is left of the capacity, never below 0. cut_cents: the most a minute of any task left because of `cut` is worth
    (None when there is none): "最高的每分钟 ¥14". filled: whether one worth less, but shorter, was taken nevertheless.
    """

    chosen: tuple[Candidate, ...]
    left: tuple[Left, ...]
    free_minutes: int
    cut_cents: int | None = None
    filled: bool = False

    @property
    def minutes(self) -> int:
        return sum(task.minutes for task in self.chosen)


def day(
    tasks: Iterable[Candidate],
    capacity_minutes: int,
    contacts_last_30_days: Mapping[int, int],
    today: date,
    *,
    spent_minutes: int = 0,
    contact_budget: int = 2,
    holiday: bool = False,
) -> Day:
    """Choose and order one person's day.

    First what must not wait, by its day (oldest first), whatever the capacity: a promise due, a complaint or a visit that is planned is
    not weighed against minutes, and uses no contact budget here (an answer uses none; a visit's place was taken before). Then by
    expected value saved per minute, largest first (ties: value at risk, then customer number), until `capacity_minutes`, less the
    `spent_minutes` of what was done today, is full. A task that is too long for what is left is skipped and later, shorter ones are
    taken: stopping at it would let one long visit at the top empty the day.
    The day's cut is where the first one no longer fitted: all that is left is worth no more a minute, but short ones that filled the rest
    may be worth less. Only a task longer than the whole day is `no_room`, every other one is `cut`.

    contacts_last_30_days: unasked contacts by customer id, visits that are planned among them. Ahead of capacity, in this order:
    do_not_contact, later (snoozed beyond today), visit (what sells, to one who is visited these days; not what must not wait or he asked
    for), introduce (likewise), holiday (what sells, on a holiday's days of rest; likewise), contacted (no room in the budget, or in what he
    wishes for: contacts made, what others do ahead of it, and what of his is on this list already; not for what he asked for).
    """
    must: list[Candidate] = []
    open_: list[Candidate] = []
    left: list[Left] = []
    for task in tasks:
        if task.do_not_contact:
            left.append(Left(task, "do_not_contact"))
        elif task.snoozed_until is not None and task.snoozed_until > today:
            left.append(Left(task, "later"))
        elif task.must:
            must.append(task)
        elif task.visited and task.sells and not task.asked:
            left.append(Left(task, "visit"))
        elif task.introduce and not task.asked:
            left.append(Left(task, "introduce"))
        elif holiday and task.sells and not task.asked:
            left.append(Left(task, "holiday"))
        else:
            open_.append(task)
    must.sort(key=_by_clock)
    had, wanted = dict(contacts_last_30_days), open_
    open_ = []
    for task in sorted(wanted, key=by_value):
        if task.asked:
            open_.append(task)
        elif had.get(task.customer, 0) + task.ahead >= lower(contact_budget, task.most):
            left.append(Left(task, "contacted"))
        else:
            had[task.customer] = had.get(task.customer, 0) + 1
            open_.append(task)
    free = capacity_minutes - spent_minutes - sum(task.minutes for task in must)
    chosen: list[Candidate] = []
    passed: list[Candidate] = []
    for task in open_:
        if task.minutes <= free:
            chosen.append(task)
            free -= task.minutes
        else:
            passed.append(task)
    over = [Left(task, "no_room" if task.minutes > capacity_minutes else "cut") for task in passed]
    most = max((item.task.value_per_minute_cents for item in over if item.why == "cut"), default=None)
    left.sort(key=lambda item: by_value(item.task))
    filled = most is not None and any(task.value_per_minute_cents < most for task in chosen)
    return Day((*must, *chosen), (*over, *left), max(free, 0), most, filled)


def lower(budget: int, wish: int | None) -> int:
    """How many unasked contacts a customer may get: the budget, or what he wishes for where that is less."""
    return budget if wish is None else min(budget, wish)


def by_value(task: Candidate) -> tuple[int, int, str, int]:
    return (-task.value_per_minute_cents, -task.value_at_risk_cents, task.number, task.id)


def _by_clock(task: Candidate) -> tuple[date, int, int, int, str, int]:
    return (task.due_on, -task.severity, *by_value(task))


def quiet(now: time, quiet_from: str, quiet_to: str) -> bool:
    """Whether `now` lies in the quiet hours "HH:MM"–"HH:MM", which may pass midnight; the end itself is no longer quiet."""
    start, end = time.fromisoformat(quiet_from), time.fromisoformat(quiet_to)
    return start <= now < end if start <= end else now >= start or now < end


# ── from signals to tasks ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reason:
    """An open signal of a customer with the playbook it asks for. `slots`: the figures of its sentence."""

    signal: str
    playbook: str
    severity: int
    must: bool
    value_per_minute_cents: int
    slots: Mapping[str, object] = field(default_factory=dict)


CLEARLY_MORE = Decimal("1.5")
"""How many times as much per minute another reason must be worth to take over from a playbook nobody has begun."""


def takes_over(running: Reason, other: Reason) -> bool:
    """Whether `other` takes the place of a playbook in which nobody has contacted the customer yet.

    It must be as grave and worth clearly more per minute, so that two reasons never take turns from day to day: neither can be
    CLEARLY_MORE than the other at once. The first choice (strongest_first) is never overruled by the same figures. A stage by itself
    (severity 0) gives way to every signal.
    """
    if not running.severity and other.severity:
        return other.playbook != running.playbook
    if other.playbook == running.playbook or other.severity < running.severity or not other.value_per_minute_cents:
        return False
    return other.value_per_minute_cents >= CLEARLY_MORE * running.value_per_minute_cents


def level(stage: str, churning: bool) -> str:
    """How far gone a customer is when he is taken up, a key of labels.Level (2-insight, 扁鹊四层): D loss has begun, E beyond; before that,
    whether a signal of churn (a late visit is one) is open. "" where insight has not said anything of him.

    >>> level("C", churning=True), level("A", churning=False), level("D", churning=True)
    ('sign', 'before', 'loss')
    """
    if not stage:
        return ""
    return {"D": "loss", "E": "beyond"}.get(stage, "sign" if churning else "before")


def strongest_first(reasons: Iterable[Reason]) -> list[Reason]:
    """What must not wait, the graver, the more worth per minute, by name: the first becomes the task, the rest are named with it."""
    return sorted(reasons, key=lambda r: (not r.must, -r.severity, -r.value_per_minute_cents, r.signal))


# ── what follows a contact ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Follow:
    """What comes after an outcome: another task (`step`, `attempt`, `due_on`, `asked`), or the end (`ended`, a key of labels.Ended).

    `then`: the key of another playbook that begins after the end, on `then_on` at the earliest.
    """

    step: int = 0
    attempt: int = 1
    due_on: date | None = None
    asked: bool = False
    ended: str = ""
    alone_until: date | None = None
    then: str = ""
    then_on: date | None = None


def follow(
    do: str,
    days: int,
    outcome: str,
    *,
    step: int,
    attempt: int,
    step_days: Sequence[int],
    started_on: date,
    today: date,
    max_attempts: int,
    max_days: int,
    then: str = "",
) -> Follow:
    """Where a playbook goes after an outcome. `do`, `days`, `then`: the pack's rule for it (`then`: the other playbook that follows);
    `step_days`: day offsets of the playbook's steps.

    A next step comes on its own day, tomorrow at the earliest. Only contacts nobody answered count as attempts. A day the customer named
    (`later`) is kept even past the playbook's time; everything else ends with it.
    """
    if do == "leave_alone":
        return Follow(ended="refused", alone_until=today + timedelta(days) if days else FOR_EVER)
    if do == "playbook":
        return Follow(ended="deal" if outcome == "deal" else "done", then=then, then_on=today + timedelta(max(days, 1)))
    if do == "stop":
        return Follow(ended="deal" if outcome == "deal" else "done")
    if do == "next_step":
        if step + 1 >= len(step_days):
            return Follow(ended="done")
        due = max(started_on + timedelta(step_days[step + 1]), today + timedelta(1))
        if due > started_on + timedelta(max(max_days, step_days[step + 1])):
            return Follow(ended="timeout")
        return Follow(step + 1, 1, due)
    due = today + timedelta(max(days, 1))
    if outcome == "later":
        return Follow(step, attempt, due, asked=True)
    if outcome == "not_reached":
        if attempt >= max_attempts:
            return Follow(ended="attempts")
        attempt += 1
    if due > started_on + timedelta(max_days):
        return Follow(ended="timeout")
    return Follow(step, attempt, due)
