"""From the mirror to one table of everybody's standing as of a day, the shown stage included. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from numpy.typing import NDArray

from liuke.analytics.assign import assign
from liuke.analytics.days import date_of, day_number
from liuke.analytics.facts import facts
from liuke.analytics.grade import grade_mirror
from liuke.analytics.stage import shown_all
from liuke.analytics.summary import Cuts
from liuke.analytics.tables import Tables, numbers
from liuke.analytics.thresholds import Thresholds
from liuke.deals.mirror import sync
from liuke.standing.models import Run, Standing
from liuke.standing.reading import tables

Text = NDArray[np.str_]
WORD_KINDS = (
    "told_leaving", "membership_cancelled", "tier_raised", "referral_came", "referral_bought", "died", "moved_away", "closed_down",
    "points_used_up", "event_attended", "package_bought", "long_absent", "regular_visits",
)  # fmt: skip
"""Events that change the shown stage at once: a membership change, a referral, a word from the customer."""


@dataclass(frozen=True)
class Change:
    """The shown stage of one customer changed on a day."""

    customer_id: int
    on: date
    old: str
    new: str
    cause: str


@dataclass(frozen=True)
class Computed:
    """`rows`: one row a customer, columns of `analytics.assign.assign` plus stage, stage_since, rule_since (date32)."""

    as_of: date
    rows: pa.Table
    cuts: Cuts
    others: Tables
    changes: tuple[Change, ...]


@dataclass
class _Stages:
    """The stage columns carried from day to day, by ordered customer id."""

    ids: NDArray[np.int64]
    shown: Text
    rule: Text
    shown_since: NDArray[np.int32]
    rule_since: NDArray[np.int32]
    deal_days: NDArray[np.int64]

    def at(self, ids: NDArray[np.int64]) -> _Stages:
        """The same for these ids; '' and 0 where a customer was not there."""
        place = np.minimum(np.searchsorted(self.ids, ids), max(len(self.ids) - 1, 0))
        known = self.ids[place] == ids if len(self.ids) else np.zeros(len(ids), bool)

        def pick(values: NDArray[Any], empty: int | str) -> NDArray[Any]:
            return np.where(known, values[place], empty) if len(self.ids) else np.full(len(ids), empty)

        return _Stages(
            ids,
            pick(self.shown, "").astype(str),
            pick(self.rule, "").astype(str),
            pick(self.shown_since, 0).astype(np.int32),
            pick(self.rule_since, 0).astype(np.int32),
            pick(self.deal_days, 0).astype(np.int64),
        )


def compute(as_of: date, thresholds: Thresholds, previous: Run | None) -> Computed:
    """Everybody's standing as of a day, following `previous` (the newest run before it, or None for a first one).

    Days without a run since then are gone through too, the last `stage_days` of them, for the shown stage follows the rule's answer of
    each day. Of a longer gap nothing is supposed: the days running are counted from the first day gone through.
    """
    sync()
    others = tables()
    stages = _stages_of(previous)
    changes: list[Change] = []
    days = _days(as_of, previous, thresholds.stage_days)
    if previous and days[0] > previous.as_of + timedelta(days=1):
        stages.rule[:] = ""
    for day in days:
        rows, cuts = grade_mirror(settings.MIRROR, others, day_number(day), thresholds)
        rows, stages, changed = _with_stage(rows, stages, day, previous, others, thresholds)
        changes += changed
    return Computed(as_of, rows, cuts, others, tuple(changes))


def compute_some(customers: list[int], as_of: date, cuts: Cuts, thresholds: Thresholds, previous: Run | None) -> Computed:
    """The standing of a few customers against stored cuts; deals are read from the rows, not from the mirror."""
    some = tables(customers)
    rows = assign(facts(some, day_number(as_of), thresholds), cuts, thresholds)
    rows, _, changes = _with_stage(rows, _stages_of(previous, customers), as_of, previous, some, thresholds)
    return Computed(as_of, rows, cuts, some, tuple(changes))


def _days(as_of: date, previous: Run | None, stage_days: int) -> list[date]:
    last = day_number(as_of)
    first = last if previous is None else max(day_number(previous.as_of) + 1, last - stage_days + 1)
    return [date_of(day) for day in range(min(first, last), last + 1)]


def _stages_of(run: Run | None, customers: list[int] | None = None) -> _Stages:
    names = ("customer_id", "stage", "stage_by_rule", "stage_since", "rule_since", "deal_days")
    query = Standing.objects.filter(run=run).order_by("customer_id")
    if customers is not None:
        query = query.filter(customer_id__in=customers)
    rows = list(query.values_list(*names)) if run else []
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    since, rule_since = (np.array([day_number(day) for day in columns[i]], np.int32) for i in (3, 4))
    ids, deal_days = np.array(columns[0], np.int64), np.array(columns[5], np.int64)
    return _Stages(ids, np.array(columns[1], str), np.array(columns[2], str), since, rule_since, deal_days)


def _with_stage(
    rows: pa.Table, before: _Stages, day: date, previous: Run | None, others: Tables, thresholds: Thresholds
) -> tuple[pa.Table, _Stages, list[Change]]:
    rows = rows.sort_by("customer_id")
    ids, deal_days = numbers(rows, "customer_id"), numbers(rows, "deal_days").astype(np.int64)
    rule = np.array(rows["stage_by_rule"].to_pylist(), str)
    old = before.at(ids)
    event = (deal_days > old.deal_days) | np.isin(ids, _with_word(others, day, previous))
    stage, since, rule_since, cause = shown_all(
        old.shown, old.rule, old.rule_since, rule, day_number(day), event, old.shown_since, thresholds.stage_days
    )
    now = _Stages(ids, stage, rule, since, rule_since, deal_days)
    codes = rows["stage_rule_code"]
    changes = [
        Change(int(ids[i]), day, str(old.shown[i]), str(stage[i]), codes[int(i)].as_py())
        for i in np.flatnonzero((cause != "") & (cause != "first_run") & (stage != old.shown))
    ]
    table = rows.append_column("stage", pa.array(stage.tolist(), pa.string()))
    table = table.append_column("stage_since", pa.array(since).cast(pa.date32()))
    return table.append_column("rule_since", pa.array(rule_since).cast(pa.date32())), now, changes


def _with_word(others: Tables, day: date, previous: Run | None) -> NDArray[np.int64]:
    """Customers of whom something was recorded that dates from after the previous run."""
    events, until = others.events, day_number(day)
    since = day_number(previous.as_of) if previous else until - 1
    days = numbers(events, "day")
    told = np.isin(np.array(events["kind"].to_pylist(), str), WORD_KINDS) if len(events) else np.empty(0, bool)
    return np.unique(numbers(events, "customer_id")[(days > since) & (days <= until) & told])
