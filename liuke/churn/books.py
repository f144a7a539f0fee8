"""流失账: opening + new + returned − lost = closing, by name, for any period; both rates from that one list; the names behind each number.

Figures and lists are read from the same rows by the same conditions, so a number and its list never differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from numpy.typing import NDArray

from liuke.analytics import mirror
from liuke.analytics.days import day_number
from liuke.analytics.stays import purchases
from liuke.analytics.tables import numbers
from liuke.churn.keeping import shown
from liuke.churn.profile import Profile, profile
from liuke.customers.models import Customer
from liuke.customers.queries import sees_all
from liuke.deals.mirror import fetch, sync
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.team.models import User

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
FIELDS = ("grade", "type", "unit", "owner", "cohort", "month")
PARTS = ("opening", "new", "returned", "lost", "closing")
NOBODY = -1
_CARDS = pa.schema([("customer_id", pa.int64()), ("of", pa.int64())])


@dataclass(frozen=True)
class Period:
    """From the beginning of `start` to the end of `end`."""

    start: date
    end: date

    @property
    def eve(self) -> date:
        return self.start - timedelta(days=1)

    def months(self) -> list[Period]:
        """Its calendar months, the first and the last cut to it."""
        out, first = [], self.start
        while first <= self.end:
            following = clock.months_before(first.replace(day=1), -1)
            out.append(Period(first, min(following - timedelta(days=1), self.end)))
            first = following
        return out


def period_of(start: date, end: date, today: date) -> Period:
    """Refuses a period that ends before it begins (churn.backwards) or has not begun (churn.future); one that is not over ends today."""
    if end < start:
        raise Refused("churn.backwards", "结束的日子 %(end)s 在开始 %(start)s 之前。", start=start.isoformat(), end=end.isoformat())
    if start > today:
        raise Refused("churn.future", "%(day)s 还没到。", day=start.isoformat())
    if start.year < 1970:
        raise Refused("churn.early", "1970 年以前没有账，请写晚一点的日子。")
    return Period(start, min(end, today))


@dataclass(frozen=True)
class Balance:
    """The books of a period, of everybody or of one group. `bought_all_cents`: net amount of the 12 months before the period of all at its
    start; `bought_lost_cents`: of those lost in it; `value_cents`: what the lost brought in their own last year."""

    key: str
    opening: int
    new: int
    returned: int
    lost: int
    closing: int
    bought_all_cents: int
    bought_lost_cents: int
    value_cents: int

    @property
    def absolute(self) -> Fraction | None:
        """Lost ÷ customers at the start; None where there were none."""
        return Fraction(self.lost, self.opening) if self.opening else None

    @property
    def relative(self) -> Fraction | None:
        """Absolute × (mean purchase of the lost ÷ mean purchase of all at the start); None where nothing was bought."""
        if self.absolute is None or self.bought_all_cents <= 0:
            return None
        if not self.lost:
            return Fraction(0)
        return self.absolute * (Fraction(self.bought_lost_cents, self.lost) / Fraction(self.bought_all_cents, self.opening))


def years_of(days: Ints) -> Ints:
    """The calendar years of day numbers."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970, np.int64)


class Books:
    """The stays of the customers a user may see (of everybody without one), ready to be added up. `ids`: of these only."""

    def __init__(self, user: User | None = None, unit_path: str = "") -> None:
        table = shown()
        everybody = user is None or (sees_all(user) and not unit_path)
        if not everybody:
            assert user is not None
            seen = Customer.objects.visible_to(user)
            if unit_path:
                seen = seen.filter(unit__path__startswith=unit_path)
            ids = np.fromiter(seen.values_list("pk", flat=True).iterator(chunk_size=50_000), np.int64)
            table = table.filter(pa.array(np.isin(numbers(table, "customer_id"), ids)))
        self.who: Ints = numbers(table, "customer_id").astype(np.int64)
        self.began: Ints = numbers(table, "began").astype(np.int64)
        self.ended: Ints = numbers(table, "ended").astype(np.int64)
        self.returned: Flags = np.asarray(numbers(table, "returned"), bool)
        self.cents: Ints = numbers(table, "cents").astype(np.int64)
        self.cause: list[str] = table["cause"].to_pylist()
        self._bought: dict[date, Ints] = {}
        self._profiles: dict[date, Profile] = {}
        self._cards: dict[str, Ints] = {}

    def part(self, name: str, period: Period) -> Flags:
        """Which stays make a part of the balance."""
        start, end = day_number(period.start), day_number(period.end)
        if name == "opening":
            return (self.began < start) & (self.ended >= start)
        if name == "closing":
            return (self.began <= end) & (self.ended > end)
        if name == "lost":
            return (self.ended >= start) & (self.ended <= end)
        came = (self.began >= start) & (self.began <= end)
        return came & (self.returned if name == "returned" else ~self.returned)

    def bought(self, period: Period) -> Ints:
        """Net amount of the 12 months before the period, of the customer of each stay."""
        if period.eve not in self._bought:
            sync()
            ids, place = np.unique(self.who, return_inverse=True)
            eve = day_number(period.eve)
            self._bought[period.eve] = purchases(mirror.read(settings.MIRROR, eve), ids, eve)[place]
        return self._bought[period.eve]

    def groups(self, by: str, period: Period) -> tuple[Any, list[str]]:
        """(place of each stay's group in the keys, the keys). Of a period, a customer is in one group only, so that each group's books
        balance: grade and type are those of the eve of the period ("" for who had no deal yet), unit and owner those of his card now."""
        if by in ("grade", "type"):
            if period.eve not in self._profiles:
                self._profiles[period.eve] = profile(period.eve)
            of = self._profiles[period.eve].of(by, self.who)
        elif by == "cohort":
            ids, place = np.unique(self.who, return_inverse=True)
            first = np.full(len(ids), np.iinfo(np.int64).max, np.int64)
            np.minimum.at(first, place, self.began)
            of = years_of(first).astype(str)[place]
        else:
            of = self._card(by).astype(str)
        keys, place = np.unique(of, return_inverse=True)
        return place, keys.tolist()

    def _card(self, name: str) -> Ints:
        if name not in self._cards:
            # Of one column alone the index has all that is asked; the cards themselves are wide.
            column = {"unit": "unit_id", "owner": "owner_id"}[name]
            table = fetch(f"SELECT id, {column} FROM customers_customer", [], _CARDS)  # noqa: S608 - our own column
            ids, values = (table[key].fill_null(NOBODY).to_numpy() for key in _CARDS.names)
            order = np.argsort(ids)
            place = np.searchsorted(ids, self.who, sorter=order)
            self._cards[name] = np.asarray(values[order[place]], np.int64)
        return self._cards[name]

    def balance(self, period: Period) -> Balance:
        """Of all together."""
        return self._balances(period, np.zeros(len(self.who), np.int64), [""])[0]

    def by(self, field: str, period: Period) -> list[Balance]:
        """One balance a group (a calendar month: one a month, each with its own opening), in order of their keys; groups without anybody
        in the period are left out."""
        if field == "month":
            return [self._named(self.balance(month), f"{month.start:%Y-%m}") for month in period.months()]
        place, keys = self.groups(field, period)
        found = self._balances(period, place, keys)
        return [each for each in found if each.opening or each.new or each.returned or each.lost]

    @staticmethod
    def _named(balance: Balance, key: str) -> Balance:
        return Balance(**{**vars(balance), "key": key})

    def _balances(self, period: Period, place: Any, keys: Sequence[str]) -> list[Balance]:
        wide = len(keys)
        masks = {name: self.part(name, period) for name in PARTS}
        counts = {name: np.bincount(place[mask], minlength=wide) for name, mask in masks.items()}
        bought = self.bought(period)

        def summed(mask: Flags, cents: Ints) -> Ints:
            out = np.zeros(wide, np.int64)
            np.add.at(out, place[mask], cents[mask])
            return out

        money = summed(masks["opening"], bought), summed(masks["lost"], bought), summed(masks["lost"], self.cents)
        return [Balance(key, *(int(counts[name][i]) for name in PARTS), *(int(sums[i]) for sums in money)) for i, key in enumerate(keys)]

    def names(self, what: str, period: Period, by: str = "", key: str = "") -> Ints:
        """Places of the stays behind a number (of one group), the newest day first where it is a day, else the dearest first."""
        mask = self.part(what, period)
        if by and by != "month":
            place, keys = self.groups(by, period)
            mask = mask & (place == keys.index(key) if key in keys else np.zeros(len(mask), bool))
        found = np.flatnonzero(mask)
        if what == "lost":
            return found[np.lexsort((self.who[found], -self.cents[found]))]
        if what in ("new", "returned"):
            return found[np.lexsort((self.who[found], -self.began[found]))]
        return found[np.lexsort((self.who[found], -self.bought(period)[found]))]
