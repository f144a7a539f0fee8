"""What would lower it: the same facts with one thing added, judged again; only what applies, and only what lowers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from liuke.analytics.churn.what_if import Lower, judge
from liuke.analytics.summary import Cuts
from liuke.analytics.tables import CONTRACTS, CUSTOMERS, DEALS, EVENTS, Tables
from liuke.analytics.thresholds import Thresholds

DAY = 20_000
RULES = Thresholds()
CUTS = Cuts(
    as_of_day=DAY, n=100, m_pop2=180, m_pop_default=False, r=(), f=(), m=(), abc_a=None, abc_b=None, top_expected=None, top_spend=None,
    left=(1, 20, 30, 0, 9), sampled=(50, 50, 40, 0, 10),
)  # fmt: skip


@dataclass(frozen=True)
class Predicted:
    leave: np.ndarray
    alive: np.ndarray
    deals: np.ndarray


class Flags:
    """A model that counts what is wrong with a customer: 10 % for each, and 1 % a day away."""

    key = "bgnbd"

    def predict(self, facts, places, silence_days, standing):
        wrong = sum(facts.column(name).astype(float) for name in ("complaint", "unhappy", "need", "owner_left"))
        wrong = wrong + (facts.column("contract_end") > -1e6)
        leave = (0.1 * wrong)[places] + np.minimum(silence_days, 40) / 100
        return Predicted(leave, 1 - leave, 2 - leave)

    def value_of_a_deal(self, facts, places):
        return np.full(len(places), 10_000.0)


def tables(deals=(210, 140, 70), events=(), contracts=(), owner_left=False):
    """One customer, 7; days before DAY."""

    def table(schema, rows):
        return pa.Table.from_pylist([{"customer_id": 7, **row} for row in rows], schema)

    return Tables(
        deals=table(DEALS, [{"day": DAY - days, "cents": 50_000, "came": True} for days in deals]),
        customers=table(CUSTOMERS, [{"opened_day": DAY - 900, "key_account": False, "owner_left": owner_left}]),
        events=table(EVENTS, [{"day": DAY - days, "kind": kind, "value": value} for kind, days, value in events]),
        contracts=table(
            CONTRACTS,
            [{"kind": kind, "start_day": DAY - ago - 365, "end_day": DAY - ago, "asset_gone": False} for kind, ago in contracts],
        ),
    )


def of(mine, churn=None):
    found = judge(mine, DAY, CUTS, RULES, churn)
    assert found is not None
    return found


def test_a_deal_today_puts_him_at_the_start_of_his_cycle():
    """Cycle (2·90 + 2·70) / 4 = 80 days: 144 days away are 1.8 cycles, where 30 of 40 left; who has just come, 1 of 50."""
    found = of(tables((284, 214, 144)))
    assert (found.share, found.band) == (0.75, 2)
    assert found.lower == (Lower("deal", 0.02),)
    assert (found.known.as_of_day, len(found.known)) == (DAY, 1)


def test_who_came_today_cannot_come_today():
    assert of(tables((140, 70, 0))).lower == ()


def test_without_a_deal_day_there_is_nothing():
    assert judge(tables(()), DAY, CUTS, RULES, None) is None
    assert judge(Tables(DEALS.empty_table()), DAY, CUTS, RULES, None) is None


def test_only_what_applies_is_named_most_effective_first():
    ill = tables(
        events=[
            ("severe_complaint_opened", 50, None), ("severe_complaint_opened", 9, None), ("severe_complaint_closed", 20, None),
            ("satisfaction", 9, 2), ("need_recorded", 100, 3), ("need_recorded", 30, 4), ("need_met", 20, 3),
        ],
        contracts=[("insurance", 60)],
        owner_left=True,
    )  # fmt: skip
    found = of(ill, Flags())
    assert found.share == 0.9  # five things wrong, away for long
    assert found.lower[0].what == "deal"
    assert {one.what for one in found.lower[1:]} == {"complaint", "unhappy", "need", "contract", "owner"}
    assert [one.share for one in found.lower[1:]] == pytest.approx([0.8] * 5)


@pytest.mark.parametrize(
    ("what", "mine"),
    [
        ("complaint", tables(events=[("severe_complaint_opened", 9, None)])),
        ("unhappy", tables(events=[("satisfaction", 0, 1)])),  # given today, and asked again today
        ("need", tables(events=[("need_recorded", 9, None), ("need_recorded", 9, None)])),
        ("contract", tables(contracts=[("insurance", 60), ("insurance", 800)])),
        ("owner", tables(owner_left=True)),
    ],
)
def test_each_alone_helps(what, mine):
    assert [one for one in of(mine, Flags()).lower if one.what == what] == [Lower(what, pytest.approx(0.4))]


def test_all_that_has_lapsed_is_renewed():
    mine = tables(contracts=[("warranty", 400), ("insurance", 60), ("insurance", 800)])
    found = of(mine, Flags())
    assert found.lapsed == ("insurance", "warranty")
    assert [one for one in found.lower if one.what == "contract"] == [Lower("contract", pytest.approx(0.4))]
    assert of(tables(contracts=[("insurance", -30)])).lapsed == ()


def test_under_half_a_point_is_not_worth_saying():
    class Nearly(Flags):
        def predict(self, facts, places, silence_days, standing):
            leave = 0.3 + facts.column("complaint")[places] * 0.004
            return Predicted(leave, leave, leave)

    assert of(tables(events=[("severe_complaint_opened", 9, None)]), Nearly()).lower == ()
