"""Phase 3: grades, type, stage and value at risk of each customer, from the facts and the cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .cycle import Standing, band_of, compare, cycle_ratio
from .days import NO_DAY
from .facts import Facts
from .leaving import BY, leaving
from .lifecycle import RULES, lifecycle
from .review import due_after, next_day
from .summary import Cuts
from .thresholds import Thresholds

if TYPE_CHECKING:
    from .churn.predict import Churn

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
TYPES = ("marginal", "key", "fan", "potential", "zombie", "general")
ATTITUDES = ("", "none", "switcher", "loyal")
ABC = ("A", "B", "C")
_LAST_DAY = 2**31 - 1
_TAGS = [",".join(name for bit, name in enumerate(TYPES[:5]) if code >> bit & 1) or "general" for code in range(32)]
_KINDS = [next((i for i in range(5) if code >> i & 1), 5) for code in range(32)]


def assign(facts: Facts, cuts: Cuts, thresholds: Thresholds, churn: Churn | None = None) -> pa.Table:
    """One row a customer, in order of customer_id; the columns are those built below, money in cents, days as day numbers.

    r, f, m, cycle_days, elapsed_cycles, recency_days, first_day, last_day, due_day, band, leave_share, model_share are null without a deal
    day, alive_share and expected_deals also without a model; mean and median deal without a sale; evidence_day and evidence_kind where the
    rule rests on no event. Tags are joined by commas. `next_day`: nothing in the row but recency_days and elapsed_cycles changes before
    that day without new facts, other cuts or another model (null: never). `churn` None: the probability of leaving goes by the cuts.
    `cuts` may be of an earlier day or of a base that lacks the customer. Source: the insight page.
    """
    column = facts.column
    days = column("deal_days").astype(np.int64)
    last = column("last_day").astype(np.int64)
    has = days > 0
    top, bottom = cycle_ratio(np.maximum(days, 1), column("own2").astype(np.int64), cuts.m_pop2, thresholds.k)
    standing = Standing(has, days, np.where(has, facts.as_of_day - last, 0), top, bottom)
    band = band_of(standing.recency, top, bottom, thresholds)
    spend, expected = column("amount_12m").astype(np.int64), column("expected").astype(np.int64)
    letter = letter_of(has, spend, cuts)
    kinds = _kinds(facts, has, letter, spend, expected, cuts)
    rule, evidence_day = lifecycle(facts, standing, thresholds)
    codes = [code for code, _ in RULES]
    contract = np.array([code == "D.contract" for code in codes])[rule]
    left = leaving(facts, standing, band, cuts, thresholds, churn)
    after = next_day(standing, last, thresholds)
    none = ~has
    no_sale = column("sales") == 0
    return pa.table(
        {
            "customer_id": facts.customers["customer_id"],
            "opened_day": pa.array(column("opened_day")),
            "first_day": pa.array(column("first_day"), mask=none),
            "last_day": pa.array(column("last_day"), mask=none),
            "recency_days": pa.array(standing.recency.astype(np.int32), mask=none),
            "deal_days": pa.array(column("deal_days")),
            "deal_days_12m": pa.array(column("deal_days_12m")),
            "amount_all_cents": facts.customers["amount_all"],
            "amount_12m_cents": facts.customers["amount_12m"],
            "last6_cents": facts.customers["last6"],
            "prev6_cents": facts.customers["prev6"],
            "prev6_days": facts.customers["prev6_days"],
            "mean_deal_cents": pa.array(column("mean_deal"), mask=no_sale),
            "median_deal_cents": pa.array(column("median_deal"), mask=no_sale),
            "r": pa.array(score(-standing.recency, tuple(-x for x in cuts.r)), mask=none),
            "f": pa.array(score(days, cuts.f), mask=none),
            "m": pa.array(score(column("amount_all").astype(np.int64), cuts.m), mask=none),
            "cycle_days": pa.array(top / bottom, mask=none),
            "elapsed_cycles": pa.array(standing.recency * bottom / top, mask=none),
            "abc": _words(letter, ABC),
            "attitude": _words(_attitude(facts, standing, thresholds), ATTITUDES),
            "type": _words(np.array(_KINDS)[kinds], TYPES),
            "tags": _words(kinds, _TAGS),
            "stage_by_rule": _words(rule, [code[0] for code in codes]),
            "stage_rule_code": _words(rule, codes),
            "evidence_day": pa.array(evidence_day, mask=evidence_day == NO_DAY),
            "evidence_kind": pc.if_else(pa.array(contract), facts.customers["contract_kind"], None),
            "expected_12m_cents": pa.array(left.expected),
            "band": pa.array(band.astype(np.int8), mask=none),
            "leave_share": pa.array(left.share, mask=none),
            "leave_by": _words(left.by, BY),
            "model_share": pa.array(left.model_share, mask=none),
            "alive_share": pa.array(left.alive, mask=np.isnan(left.alive)),
            "expected_deals": pa.array(left.deals, mask=np.isnan(left.deals)),
            "value_at_risk_cents": pa.array(left.at_risk),
            "due_day": pa.array(np.where(has, last + due_after(standing), 0).astype(np.int32), mask=none),
            "next_day": pa.array(np.where(has, np.minimum(after, _LAST_DAY), 0).astype(np.int32), mask=none),
            "key_account": facts.customers["key_account"],
            "owner_left": facts.customers["owner_left"],
        }
    )


def _words(code: NDArray[np.integer], words: tuple[str, ...] | list[str]) -> pa.Array:
    names = pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int8)), pa.array(words, pa.string()))
    return names.cast(pa.string())


def score(value: Ints, passed: tuple[int, ...]) -> NDArray[np.int8]:
    """1 and one more for each boundary that is passed."""
    out = np.ones(len(value), np.int8)
    for boundary in passed:
        out += value > boundary
    return out


def letter_of(has: Bools, spend: Ints, cuts: Cuts) -> Ints:
    """0, 1, 2 for A, B, C: the letter of the place among all by 12 months' net amount; C for nothing spent."""
    positive = has & (spend > 0)
    out = np.full(len(spend), 2, np.int64)
    out[positive & (spend >= (cuts.abc_b or 0))] = 1
    out[positive & (spend >= (cuts.abc_a or 0))] = 0
    return out


def _attitude(facts: Facts, standing: Standing, thresholds: Thresholds) -> Ints:
    """Place in ATTITUDES. Whoever was ever loyal has enough deal days for a switcher (validated in the thresholds)."""
    top, bottom, recency = standing.top, standing.bottom, standing.recency
    gap = facts.column("loyal_gap").astype(np.int64)
    elsewhere = facts.column("elsewhere").astype(bool)
    on_cycle = compare(gap, top, bottom, thresholds.ratio("on_cycle")) < 0
    not_past = compare(recency, top, bottom, thresholds.ratio("loyal_elapsed")) <= 0
    lapsed = compare(recency, top, bottom, thresholds.ratio("switcher_elapsed")) > 0
    out = np.asarray(facts.column("last_row") != NO_DAY, np.int64)
    out[(standing.days >= thresholds.switcher_days) & (elsewhere | lapsed)] = 2
    out[(standing.days >= thresholds.loyal_days) & on_cycle & not_past & ~elsewhere] = 3
    return out


def _kinds(facts: Facts, has: Bools, letter: Ints, spend: Ints, expected: Ints, cuts: Cuts) -> Ints:
    """Bits of the types that fit, in the order of TYPES."""
    flag = {name: facts.column(name).astype(bool) for name in ("complaint", "unhappy", "key_account", "fan", "need", "zombie")}
    fits = (
        flag["complaint"] | flag["unhappy"],
        (letter == 0) | flag["key_account"],
        flag["fan"],
        flag["need"] | rich(has, expected, spend, cuts),
        flag["zombie"],
    )
    out = np.zeros(len(has), np.int64)
    for bit, fit in enumerate(fits):
        out |= fit.astype(np.int64) << bit
    return out


def rich(has: Bools, expected: Ints, spend: Ints, cuts: Cuts) -> Bools:
    """Worth much by what he used to spend in a year, but not by the last 12 months."""
    return np.asarray(has & (expected >= _bound(cuts.top_expected)) & ~(spend >= _bound(cuts.top_spend)), bool)


def _bound(least: int | None) -> int:
    return -(2**63) if least is None else least
