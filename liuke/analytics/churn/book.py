"""The past of a base of customers, opened at any day: what was known then, and what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..cycle import Standing, band_of, cycle_ratio
from ..facts import Facts, facts
from ..summary import Cuts, summarise
from ..tables import DEALS, Tables, numbers
from ..thresholds import Thresholds
from .features import features
from .history import History, of_days

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SAMPLE = 50_000
YEAR = 365


@dataclass(frozen=True)
class Moment:
    """The customers with a deal day by the end of `day`, and what was known of them then; n rows, by customer_id.

    frequency: deal days less one; recency_days: from the first to the last; age_days: from the first to `day`; mean_value: net
    amount a deal day, in whole money (cents / 100); band: place of the band of elapsed cycles; year_share: share of that band that
    leaves within 12 months; features: see `features`.
    """

    day: int
    customer_id: Ints
    frequency: Ints
    recency_days: Ints
    age_days: Ints
    mean_value: Floats
    band: Ints
    year_share: Floats
    features: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.customer_id)

    @property
    def absent_days(self) -> Floats:
        """Since the last deal day, f64[n]."""
        return (self.age_days - self.recency_days).astype(np.float64)


def moment(known: Facts, cuts: Cuts, thresholds: Thresholds) -> Moment:
    """From the facts of one lot of customers on one day, and the cuts of the whole base."""
    has = np.flatnonzero(known.column("deal_days") > 0)
    days = known.column("deal_days").astype(np.int64)
    first, last = known.column("first_day").astype(np.int64), known.column("last_day").astype(np.int64)
    top, bottom = cycle_ratio(np.maximum(days, 1), known.column("own2").astype(np.int64), cuts.m_pop2, thresholds.k)
    standing = Standing(days > 0, days, np.where(days > 0, known.as_of_day - last, 0), top, bottom)
    shares = np.array([float(cuts.leave_share(number, thresholds)[0]) for number in range(len(thresholds.bands) + 1)])
    band = band_of(standing.recency, top, bottom, thresholds)[has].astype(np.int64)
    return Moment(
        known.as_of_day,
        known.column("customer_id")[has].astype(np.int64),
        days[has] - 1,
        (last - first)[has],
        (known.as_of_day - first)[has],
        known.column("amount_all")[has] / 100 / days[has],
        band,
        shares[band],
        {name: column[has] for name, column in features(known, standing).items()},
    )


def history(known: Facts) -> History:
    """The purchase histories of one lot of customers, for the models."""
    has = np.flatnonzero(known.column("deal_days") > 0)
    first, last = (known.column(name)[has].astype(np.int64) for name in ("first_day", "last_day"))
    return of_days(known.column("deal_days")[has].astype(np.int64) - 1, last - first, known.as_of_day - first)[0]


class DealDays:
    """Every deal day of every customer, once, to be counted between two days."""

    def __init__(self, deals: pa.Table) -> None:
        came = deals.filter(deals["came"])
        who, day = numbers(came, "customer_id"), numbers(came, "day").astype(np.int64)
        self.low = int(day.min()) if len(day) else 0
        self.high = int(day.max()) if len(day) else 0
        self.ids = np.unique(who)
        self._wide = self.high - self.low + 2
        self._keys = np.unique(np.searchsorted(self.ids, who) * self._wide + day - self.low)

    def __len__(self) -> int:
        return len(self._keys)

    def between(self, customer_id: Ints, day: int, until: int) -> Ints:
        """How many deal days each customer has in (day, until], i64[n]."""
        if not len(self.ids):
            return np.zeros(len(customer_id), np.int64)
        place = np.minimum(np.searchsorted(self.ids, customer_id), len(self.ids) - 1)
        start = place * self._wide - self.low
        after, to = (np.searchsorted(self._keys, start + np.clip(d, self.low - 1, self.high), side="right") for d in (day, until))
        return np.where(self.ids[place] == customer_id, to - after, 0)


class Book:
    """All that is known of some customers (of a large base: a sample, see `sampled`), to be opened at any past day."""

    def __init__(self, tables: Tables, thresholds: Thresholds) -> None:
        self.tables, self.thresholds = tables, thresholds
        self.deal_days = DealDays(tables.deals)
        self._moments: dict[int, Moment] = {}

    @property
    def first_day(self) -> int:
        """The first deal day of all."""
        return self.deal_days.low

    def at(self, day: int) -> Moment:
        """What was known at the end of `day`: later rows are not seen."""
        if day not in self._moments:
            known = facts(self.tables, day, self.thresholds)
            cuts = summarise([known], self.thresholds)
            self._moments[day] = moment(known, cuts, self.thresholds)
        return self._moments[day]

    def band_share(self, then: Moment, days: int) -> tuple[Floats, bool]:
        """(P(no deal day in the next `days`) of each customer by the band rule, f64[n]; whether it is learned for so many days).

        As the rule does for a year: the share of those in the same band so many days before the moment who did not come in between;
        the assumed share where nobody was in the band. False where nobody was there at all: the assumptions speak of a year.
        """
        if days == YEAR:
            return then.year_share, True
        before = self.at(then.day - days) if then.day - days >= self.first_day else None
        if before is None or not len(before):
            return then.year_share, False
        width = len(self.thresholds.bands) + 1
        all_ = np.bincount(before.band, minlength=width)
        gone = np.bincount(before.band, weights=self.came(before, days) == 0, minlength=width)
        assumed = np.array([float(share) for share in self.thresholds.prior_shares])
        return np.where(all_ > 0, gone / np.maximum(all_, 1), assumed)[then.band], True

    def came(self, then: Moment, days: int) -> Ints:
        """Deal days of its customers in the `days` after a moment, i64[n]."""
        return self.deal_days.between(then.customer_id, then.day, then.day + days)


def sampled(customer_id: Ints, share: float) -> NDArray[np.bool_]:
    """Whether each customer is in the sample, by a fixed hash of the id: the same ones on every day, in every shard."""
    if share >= 1:
        return np.ones(len(customer_id), bool)
    z = customer_id.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)  # splitmix64 (Steele, Lea and Flood 2014)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.asarray(z < np.uint64(int(share * 2**64)), bool)


def thin(tables: Tables, share: float) -> Tables:
    """The rows of the customers in the sample."""
    if share >= 1:
        return tables

    def keep(table: pa.Table) -> pa.Table:
        return table.filter(pa.array(sampled(numbers(table, "customer_id"), share)))

    return Tables(**{field.name: keep(getattr(tables, field.name)) for field in fields(Tables)})


def together(parts: Sequence[Tables]) -> Tables:
    """Several lots of customers as one."""
    if not parts:
        return Tables(DEALS.empty_table())
    return Tables(**{field.name: pa.concat_tables([getattr(part, field.name) for part in parts]) for field in fields(Tables)})
