"""Those who say nothing: an estimate from the unit's own surveys, and beside it what the trade says, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from liuke.satisfaction import figures
from liuke.satisfaction.models import Answer
from liuke.satisfaction.results import said
from liuke.satisfaction.rules import overall_of
from liuke.satisfaction.seven import YEAR, came
from liuke.team.folk import Folk, folk
from liuke.team.models import Unit, User
from liuke.team.queries import pack


@dataclass(frozen=True)
class Silent:
    """`unhappy`: share of answers of 1 or 2 in twelve months; `customers` who came, `complained` of these. `people` (low, middle, high):
    unhappy customers by that share; `silent` those less the ones who complained. `folk`: the trade's numbers, `by_folk` what they would
    make of the complaints: (unhappy, silent, serious among the silent, of these lost)."""

    unhappy: figures.Share | None
    customers: int
    complained: int
    folk: tuple[Folk, ...]
    by_folk: tuple[int, int, int, int] | None

    @property
    def people(self) -> tuple[int, int, int] | None:
        if self.unhappy is None:
            return None
        low, middle, high = (round(share * self.customers) for share in (self.unhappy.low, self.unhappy.value, self.unhappy.high))
        return low, middle, high

    @property
    def silent(self) -> tuple[int, int, int] | None:
        found = self.people
        return (
            None
            if found is None
            else (max(found[0] - self.complained, 0), max(found[1] - self.complained, 0), max(found[2] - self.complained, 0))
        )


def silent(user: User, unit: Unit | None, on: date) -> Silent:
    """The estimate for the customers in sight under a unit. Five queries."""
    first = on - timedelta(YEAR - 1)
    within: dict[str, Any] = {"unit__path__startswith": unit.path or "/"} if unit is not None else {}
    rows = Answer.objects.visible_to(user).filter(invitation__isnull=False, on__gte=first, on__lte=on, **within)
    told = [number for form, values in said(rows) if (number := overall_of(form, values)) is not None]
    share = figures.share(sum(number <= 2 for number in told), len(told))
    there = came(user, unit, on)
    complained = sum(one.complained for one in there)
    numbers = tuple(folk(pack(), "complaining"))
    return Silent(share, len(there), complained, numbers, _by_folk(complained, {each.key: each.value for each in numbers}))


def _by_folk(complained: int, value: dict[str, Decimal]) -> tuple[int, int, int, int] | None:
    """Of 25 who are unhappy 24 say nothing, so each who complains stands for 25; 6 of the 24 have a serious problem, 70 % of them go."""
    unhappy, quiet, serious, gone = (value.get(key) for key in ("unhappy", "silent", "serious", "to_rival"))
    if unhappy is None or quiet is None or serious is None or gone is None or unhappy <= quiet or not quiet:
        return None
    each = Decimal(complained) / (unhappy - quiet)
    return round(each * unhappy), round(each * quiet), round(each * serious), round(each * serious * gone / 100)
