"""Conditions on columns: of the card, of insight's row. Each maker gives what stands in an entry of the catalogue.

A column that is empty fits nothing but "empty"; so a condition and its contrary share out everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

from django.db.models import Q

from liuke.customers import freshness
from liuke.kernel.birthday import Birthday
from liuke.segments.algebra import Cards, Cond, Row
from liuke.segments.conditions import Leaf, Node
from liuke.standing.flow import outcome
from liuke.standing.labels import Stage
from liuke.standing.models import Run
from liuke.standing.queries import Cycles
from liuke.team.models import Unit, User


@dataclass(frozen=True)
class Asked:
    """For whom and for when a condition is put: `today` for what happened, the run's day for insight's figures. `user` is the reader
    (None: the person at the terminal), `trees` the conditions of other segments that are asked about."""

    today: date
    run: Run | None
    user: User | None
    trees: Mapping[int, Node]
    left: int | None = None
    """How many customers the conditions on columns leave, where that is known; tells which way round the rest is quicker."""

    @property
    def as_of(self) -> date:
        return self.run.as_of if self.run else self.today


Make: TypeAlias = Callable[[Leaf, Asked], Cond]
Sort: TypeAlias = "type[Row] | type[Cards]"


def period(leaf: Leaf, column: str, today: date) -> Q:
    """Condition on a column of days; an empty Q for any day. `last`: in the last n days, today included; `before`: earlier than that."""
    n = timedelta(days=leaf.number("n") or 0)
    when = leaf.word("when")
    if when == "last":
        return Q(**{f"{column}__gte": today - n, f"{column}__lte": today})
    if when == "before":
        return Q(**{f"{column}__lt": today - n})
    if when == "next":
        return Q(**{f"{column}__gte": today, f"{column}__lte": today + n})
    if when == "between":
        found = Q()
        if first := leaf.day("from"):
            found &= Q(**{f"{column}__gte": first})
        if last := leaf.day("to"):
            found &= Q(**{f"{column}__lte": last})
        return found
    return Q()


def size(leaf: Leaf, column: str, scale: float = 1) -> Q:
    """Condition on a column of numbers: at least, at most, between."""
    a, b = leaf.number("a"), leaf.number("b")
    found = Q()
    if a is not None and leaf.word("op") in ("ge", "between"):
        found &= Q(**{f"{column}__gte": a / scale if scale != 1 else a})
    top = b if leaf.word("op") == "between" else a if leaf.word("op") == "le" else None
    if top is not None:
        found &= Q(**{f"{column}__lte": top / scale if scale != 1 else top})
    return found


def text(column: str) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        op, words = leaf.word("op"), leaf.word("text")
        if op == "contains":
            return Cards(Q(**{f"{column}__icontains": words}))
        return Cards({"is": Q(**{column: words}), "empty": Q(**{column: ""}), "filled": ~Q(**{column: ""})}[op])

    return make


def filled(column: str) -> Make:
    """Whether a text, a sealed one too, is there at all."""
    return lambda leaf, _asked: Cards(Q(**{column: ""}) if leaf.word("op") == "empty" else ~Q(**{column: ""}))


def choice(column: str, sort: Sort = Cards) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        found = Q(**{f"{column}__in": leaf.words("is")})
        return sort(~found if leaf.word("op") == "not" else found)

    return make


def tag(leaf: Leaf, _asked: Asked) -> Cond:
    """Insight's tags stand in one column with commas; no code is part of another."""
    found = Q(pk__in=[])
    for code in leaf.words("is"):
        found |= Q(tags__contains=code)
    return Row(~found if leaf.word("op") == "not" else found)


def flag(column: str) -> Make:
    return lambda leaf, _asked: Cards(Q(**{column: leaf.word("op") == "yes"}))


def number(column: str, sort: Sort = Cards, scale: float = 1) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        op = leaf.word("op")
        if op in ("empty", "filled"):
            return sort(Q(**{f"{column}__isnull": op == "empty"}))
        return sort(size(leaf, column, scale))

    return make


def day(column: str, sort: Sort = Cards) -> Make:
    def make(leaf: Leaf, asked: Asked) -> Cond:
        when = leaf.word("when")
        if when in ("empty", "filled"):
            return sort(Q(**{f"{column}__isnull": when == "empty"}))
        return sort(period(leaf, column, asked.as_of if sort is Row else asked.today) & Q(**{f"{column}__isnull": False}))

    return make


def cycles(leaf: Leaf, _asked: Asked) -> Cond:
    """Cycles since the last deal day, in tenths; needs rows with the alias `cycles`."""
    return Row(Q(last_deal__isnull=False, cycle_days__gt=0) & size(leaf, "cycles", 10))


def came(leaf: Leaf, _asked: Asked) -> Cond:
    """Whether he came this month and, if not, why; needs rows with the alias `outcome`."""
    found = Q(outcome__in=leaf.words("is"))
    return Row(~found if leaf.word("op") == "not" else found)


def at_risk(leaf: Leaf, _asked: Asked) -> Cond:
    """Whoever left is no longer a risk, as in the list."""
    return Row(size(leaf, "value_at_risk_cents") & ~Q(stage=Stage.EXIT))


ALIASES = {"cycles": Cycles, "outcome": outcome}
"""What rows of insight are given beside their columns, of the run's day."""


def unit(leaf: Leaf, _asked: Asked) -> Cond:
    """Of these units and everything under them."""
    paths = list(Unit.objects.filter(pk__in=leaf.ids("is")).values_list("path", flat=True))
    below = Q(pk__in=[])
    for path in paths:
        below |= Q(path__startswith=path)
    inside = list(Unit.objects.filter(below).values_list("pk", flat=True))
    found = Q(unit__in=inside)
    return Cards(~found if leaf.word("op") == "not" else found)


def owner(leaf: Leaf, asked: Asked) -> Cond:
    """`none`: nobody, or somebody who left; `me`: the reader."""
    ids, found = leaf.ids("is"), Q(pk__in=[])
    if "me" in leaf.words("is") and asked.user is not None:
        ids.append(asked.user.pk)
    if ids:
        found |= Q(owner__in=ids)
    if "none" in leaf.words("is"):
        found |= Q(owner=None) | Q(owner__in=list(User.objects.filter(is_active=False).values_list("pk", flat=True)))
    return Cards(~found if leaf.word("op") == "not" else found)


def stale(leaf: Leaf, asked: Asked) -> Cond:
    """Not confirmed for the pack's number of days (customers.freshness)."""
    found = freshness.stale(asked.today)
    return Cards(found if leaf.word("op") == "yes" else ~found)


def linked(column: str) -> Make:
    """Whether the card names another one."""
    return lambda leaf, _asked: Cards(Q(**{f"{column}__isnull": leaf.word("op") != "yes"}))


# ── birthdays ────────────────────────────────────────────────────────────────


def birthday(leaf: Leaf, asked: Asked) -> Cond:
    known = Q(birth_month__isnull=False, birth_day__isnull=False)
    op = leaf.word("op")
    if op == "filled":
        return Cards(known)
    if op == "empty":
        return Cards(~known)
    last = asked.today + timedelta(days=leaf.number("n") or 0) if op == "next" else asked.today
    months = tuple(int(one) for one in leaf.words("months"))
    ranges = _solar_months(months) if op == "month" else _celebrated(asked.today, last)
    found = Q(pk__in=[])
    for lunar, leap, month, low, high in ranges:
        part = Q(birth_lunar=lunar, birth_month=month, birth_day__gte=low, birth_day__lte=high)
        found |= part & Q(birth_leap=leap) if lunar else part
    return Cards(found)


_Range: TypeAlias = "tuple[bool, bool, int, int, int]"


def _solar_months(months: tuple[int, ...]) -> tuple[_Range, ...]:
    """Birthdays written in these months, of the sun or of the moon as they are written."""
    return tuple((lunar, leap, month, 1, 31) for month in months for lunar, leap in ((False, False), (True, False), (True, True)))


@lru_cache(maxsize=64)
def _celebrated(first: date, last: date) -> tuple[_Range, ...]:
    """All month-days celebrated from `first` to `last`, as runs of days: (lunar, leap, month, from, to). kernel.birthday says when."""
    found = []
    for lunar, leap in ((False, False), (True, False), (True, True)):
        for month in range(1, 13):
            days = [
                day
                for day in range(1, (30 if lunar else 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31) + 1)
                if (next_on := Birthday(None, month, day, lunar, leap).next_on(first)) is not None and next_on <= last
            ]
            for _key, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0]):
                one = [day for _, day in run]
                found.append((lunar, leap, month, one[0], one[-1]))
    return tuple(found)
