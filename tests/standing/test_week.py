"""What changed since last week, in sentences that one may say aloud."""

from datetime import date

import pyarrow as pa
import pytest
from django.utils import translation

from liuke.analytics.days import day_number
from liuke.analytics.tables import DEALS, EVENTS, Tables
from liuke.standing.models import Run, Standing
from liuke.standing.week import changed_since

NOW, WEEK_AGO = date(2026, 11, 20), date(2026, 11, 13)
NOTHING = Tables(DEALS.empty_table())


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def row(share, last=date(2026, 7, 4), days=5, cycle=70.0, by="bgnbd", said=None):
    """`share` as it was reckoned, `said` by a person."""
    leave = share if said is None else said
    return Standing(model_share=share, leave_share=leave, last_deal=last, deal_days=days, cycle_days=cycle, leave_by=by)


def said(now, then, fits=(1, 1), before=WEEK_AGO, mine=NOTHING):
    return changed_since(now, then, Run(as_of=NOW, fit_id=fits[0]), Run(as_of=before, fit_id=fits[1]), mine)


def told(*events):
    rows = [{"customer_id": 1, "day": day_number(NOW) - ago, "kind": kind, "value": value} for kind, ago, value in events]
    return Tables(DEALS.empty_table(), events=pa.Table.from_pylist(rows, EVENTS))


def test_a_week_more_and_a_cycle_full():
    """139 days now, 132 a week ago, at one in 70: 1.99 and 1.89; a day more and it is the second."""
    assert said(row(0.56), row(0.41)) == ["上周 41%，这周 56%：又 7 天没来，现在 1.9 个周期。"]
    assert said(row(0.56, cycle=69.0), row(0.41, cycle=69.0)) == ["上周 41%，这周 56%：又 7 天没来，过了 2 个周期。"]


def test_unchanged_it_says_so():
    assert said(row(0.561), row(0.558, last=date(2026, 7, 4))) == ["上周 56%，这周还是 56%：又 7 天没来，现在 1.9 个周期。"]


def test_he_came():
    assert said(row(0.08, last=date(2026, 11, 18), days=6), row(0.41)) == ["上周 41%，这周 8%：11月18日来过。"]


def test_a_run_longer_ago_is_named_by_its_day():
    assert said(row(0.56), row(0.2), before=date(2026, 10, 31)) == ["10月31日 20%，这周 56%：又 20 天没来，现在 1.9 个周期。"]


def test_nothing_to_compare_with():
    assert changed_since(row(0.5), None, Run(as_of=NOW), None, NOTHING) == []
    assert said(row(0.5), None) == said(row(0.5), row(None)) == ["上周还没有成交，没有可比的。"]


@pytest.mark.parametrize(
    ("now", "then", "fits", "second"),
    [
        (row(0.5), row(0.4, by="band"), (1, None), "其间换了算法，原来用同样周期数的老客户，现在用BG/NBD 模型。"),
        (row(0.5), row(0.4), (2, 1), "其间模型重算过。"),
        (row(0.5), row(0.4, by="person", said=0.9), (1, 1), "原来有人改成 90%，现在不算数了。"),
        (row(0.5, by="person", said=0.2), row(0.4), (2, 1), "其间有人改成 20%，现在按改的算。"),
        (row(0.5, by="person", said=0.2), row(0.4, by="person", said=0.1), (1, 1), "其间有人改成 20%，现在按改的算。"),
    ],
)
def test_reckoned_otherwise(now, then, fits, second):
    """The first sentence compares what was reckoned, whatever people say."""
    assert said(now, then, fits) == ["上周 40%，这周 50%：又 7 天没来，现在 1.9 个周期。", second]
    assert said(row(0.5, by="person", said=0.2), row(0.4, by="person", said=0.2), (2, 1))[1:] == []


@pytest.mark.parametrize(
    ("events", "second"),
    [
        ([("severe_complaint_opened", 3, None)], ["其间有一起严重投诉。"]),
        ([("severe_complaint_opened", 6, None), ("severe_complaint_closed", 1, None)], ["其间严重投诉结了。"]),
        ([("satisfaction", 0, 2)], ["其间满意度打了 2 分。"]),
        ([("satisfaction", 7, 2)], []),  # known a week ago
        ([("recommend", 2, 9)], []),
    ],
)
def test_what_was_recorded_in_between(events, second):
    assert said(row(0.5), row(0.4), mine=told(*events))[1:] == second
