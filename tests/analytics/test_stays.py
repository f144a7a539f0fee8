"""When a customer was a customer: against the law told day by day in plain words, and against insight run every day."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.analytics.days import day_number
from liuke.analytics.grade import grade
from liuke.analytics.stages import Stages, told_since, with_stage
from liuke.analytics.stays import purchases, stays
from liuke.analytics.tables import DEALS, EVENTS, Tables
from liuke.analytics.thresholds import Thresholds

QUICK = Thresholds(exit_days=6, exit_elapsed="2", stage_days=3, default_cycle_days=4)
WORDS = ("told_leaving", "moved_away", "closed_down", "died", "membership_cancelled", "points_used_up", "event_attended")
Deal = tuple[int, int, int, bool]
Deals = list[Deal]
Events = list[tuple[int, int, str]]


def deals_of(rows: Deals) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(DEALS.names, row, strict=True)) for row in rows], DEALS)


def events_of(rows: Events) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(EVENTS.names, (*row, None), strict=True)) for row in rows], EVENTS)


def gone_by_rule(deals: Deals, events: Events, who: int, day: int, t: Thresholds) -> bool:
    """Row E of the lifecycle table as of the end of a day, word for word."""
    mine = sorted({on for of, on, _, came in deals if of == who and came and on <= day})
    told = {kind: [on for of, on, name in events if of == who and name == kind and on <= day] for kind in WORDS}
    if told["died"]:
        return True
    if any(on >= mine[-1] for kind in ("told_leaving", "moved_away", "closed_down") for on in told[kind]):
        return True
    left = told["membership_cancelled"], told["points_used_up"]
    if all(left) and max(max(left[0]), max(left[1])) >= mine[-1]:
        return True
    gaps: dict[int, list[int]] = {}
    for one in {of for of, *_ in deals}:
        days = sorted({on for of, on, _, came in deals if of == one and came and on <= day})
        gaps[one] = [b - a for a, b in pairwise(days)]
    every = [gap for each in gaps.values() for gap in each]
    m_pop = Fraction(median(every)) if every else Fraction(t.default_cycle_days)
    n = len(mine)
    own = Fraction(median(gaps[who])) if gaps[who] else Fraction(0)
    cycle = (t.k * m_pop + (n - 1) * own) / (t.k + n - 1)
    silence = day - mine[-1]
    return silence >= t.exit_days and silence >= Fraction(t.exit_elapsed) * cycle


def told_day_by_day(deals: Deals, events: Events, until: int, t: Thresholds) -> list[tuple[int, int, bool, int | None]]:
    """(customer, began, returned, ended) of each stay, by going through every day."""
    out: list[tuple[int, int, bool, int | None]] = []
    for who in sorted({of for of, *_ in deals}):
        came = {on for of, on, _, has in deals if of == who and has and on <= until}
        here, steady, before, began = False, 0, 0, 0
        for day in range(min(came, default=until + 1), until + 1):
            rule = gone_by_rule(deals, events, who, day, t)
            steady = steady + 1 if rule else 0
            at_once = day in came or any(of == who and on == day for of, on, _ in events)
            if here and rule and (at_once or steady >= t.stage_days):
                out.append((who, began, before > 1, day))
                here = False
            elif not here and not rule and day in came:
                here, began, before = True, day, before + 1
        if here:
            out.append((who, began, before > 1, None))
    return out


def told(table: pa.Table) -> list[tuple[int, int, bool, int | None]]:
    return [(row["customer_id"], row["began_day"], row["returned"], row["ended_day"]) for row in table.to_pylist()]


histories = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40), st.integers(-3, 9), st.booleans()), max_size=18)
lates = st.tuples(st.integers(1, 4), st.integers(0, 40), st.just(5), st.just(True))
words = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40), st.sampled_from(WORDS)), max_size=4)


@settings(max_examples=120)
@given(histories, words)
def test_the_law_day_by_day(deals: Deals, events: Events) -> None:
    assert told(stays(deals_of(deals), events_of(events), QUICK, 45)) == told_day_by_day(deals, events, 45, QUICK)


@settings(max_examples=60)
@given(histories, words, lates, st.integers(0, 40), st.integers(0, 40))
def test_the_books_balance_by_name_whatever_comes_late(deals: Deals, events: Events, late: Deal, a: int, b: int) -> None:
    low, high = sorted((a, b))
    for rows in (deals, [*deals, late]):
        table = told(stays(deals_of(rows), events_of(events), QUICK, 45))

        def here(day: int, table: list[tuple[int, int, bool, int | None]] = table) -> list[int]:
            return sorted(who for who, began, _, ended in table if began <= day and (ended is None or ended > day))

        came = [who for who, began, _, _ in table if low <= began <= high]
        left = [who for who, _, _, ended in table if ended is not None and low <= ended <= high]
        assert sorted(here(low - 1) + came) == sorted(here(high) + left)
        assert len(set(here(high))) == len(here(high))


def test_insight_run_every_day_says_the_same() -> None:
    random = np.random.default_rng(11)
    deals = [(int(random.integers(1, 25)), int(random.integers(0, 60)), 100, True) for _ in range(120)]
    events = [(int(random.integers(1, 25)), int(random.integers(0, 60)), "told_leaving") for _ in range(6)]
    tables = Tables(deals_of(deals), events=events_of(events))
    shown, here, moves = Stages.none(), set[int](), []
    for day in range(66):
        rows, _ = grade(tables, day, QUICK)
        rows, _ = with_stage(rows, shown, day, told_since(tables.events, day - 1, day), QUICK)
        shown = Stages.of_rows(rows)
        now = {int(who) for who, stage, n in zip(shown.ids, shown.shown, shown.deal_days, strict=True) if stage != "E" and n}
        moves += [(day, who, "in") for who in now - here] + [(day, who, "out") for who in here - now]
        here = now
    mine = told(stays(tables.deals, tables.events, QUICK, 65))
    assert sorted(moves) == sorted(
        [(began, who, "in") for who, began, _, _ in mine] + [(ended, who, "out") for who, _, _, ended in mine if ended is not None]
    )
    assert sum(move == "out" for *_, move in moves) > 10


def test_he_leaves_and_returns_three_times() -> None:
    began = [day_number(date(year, 3, 1)) for year in (2018, 2020, 2022, 2024)]
    his = [(7, first + 30 * n, 80_000, True) for first in began for n in range(6)]
    others = [(100 + i, began[0] + 60 * n, 5_000, True) for i in range(20) for n in range(52)]
    rows = stays(deals_of(his + others), events_of([]), Thresholds(), day_number(date(2026, 11, 22)))
    mine = [row for row in rows.to_pylist() if row["customer_id"] == 7]
    assert [(row["began_day"], row["returned"]) for row in mine] == [(first, first != began[0]) for first in began]
    # A year after the last of six visits a month apart, and seven days running.
    assert [row["ended_day"] for row in mine] == [first + 150 + 365 + 6 for first in began]
    assert {(row["cause"], row["cents"]) for row in mine} == {("E.elapsed", 480_000)}


def test_a_loss_brings_its_last_year_and_a_refund_counts() -> None:
    rows = [(1, 0, 10_000, True), (1, 300, 50_000, True), (1, 310, -20_000, False), (1, 360, 1_000, True)]
    lost = stays(deals_of(rows), events_of([(1, 400, "moved_away")]), Thresholds(), 500).to_pylist()
    assert [(row["ended_day"], row["cause"], row["last_day"], row["cents"]) for row in lost] == [(400, "E.moved", 360, 41_000)]


def test_what_was_bought_in_the_year_before() -> None:
    table = deals_of([(1, 0, 900, True), (1, 10, 100, True), (1, 365, 30, True), (2, 20, -5, False), (3, 366, 7, True)])
    # 1971-01-01 is day 365: the year before 1971-01-02 runs from 1970-01-02 (day 1).
    assert purchases(table, np.array([1, 2, 3, 9]), 365).tolist() == [130, -5, 0, 0]
