"""The cuts of a base: against sorting the customers' facts, and however they are divided."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.analytics.facts import Facts, facts
from liuke.analytics.summary import READS, Ask, Cuts, InProcess, cuts_of, summarise
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.bases import TODAY, deals, regular
from tests.analytics.samples import base

WHO = st.integers(1, 12)
DEAL = st.tuples(WHO, st.integers(0, 900).map(lambda ago: TODAY - ago), st.sampled_from([-5e12, -20, 0, 0.01, 1, 1, 30, 99.99, 1e13]))


def fifths(values: list[int]) -> tuple[int, ...]:
    """The values above which the score goes up: the first, rising, that has step fifths of all at or below it."""
    order = sorted(values)
    return tuple(order[-(-step * len(order) // 5) - 1] for step in range(1, 5)) if order else ()


def least(values: list[int], weights: list[int], share: Fraction) -> int | None:
    """The least value of which those above have less than the share."""
    fit = [v for v in set(values) if Fraction(sum(w for x, w in zip(values, weights, strict=True) if x > v)) < share * sum(weights)]
    return min(fit, default=None)


def by_sorting(parts: Facts, thresholds: Thresholds) -> dict[str, Any]:
    rows = [row for row in parts.customers.to_pylist() if row["deal_days"]]
    spend, expected = [row["amount_12m"] for row in rows], [row["expected"] for row in rows]
    positive, one = [x for x in spend if x > 0], [1] * len(rows)
    share = thresholds.ratio("potential_share")
    return {
        "n": len(rows),
        "r": tuple(-x for x in fifths([row["last_day"] - TODAY for row in rows])),
        "f": fifths([row["deal_days"] for row in rows]),
        "m": fifths([row["amount_all"] for row in rows]),
        "abc_a": least(positive, positive, thresholds.ratio("abc_a")),
        "abc_b": least(positive, positive, thresholds.ratio("abc_b")),
        "top_expected": least(expected, one, share),
        "top_spend": least(spend, one, share),
    }


@settings(max_examples=80, deadline=None)
@given(st.lists(DEAL, max_size=40))
def test_any_small_base_has_the_cuts_of_sorting_it(sold: list[tuple[int, int, float]]) -> None:
    parts = facts(Tables(deals(*sold)), TODAY, Thresholds())
    cuts = summarise([parts], Thresholds())
    expected = by_sorting(parts, Thresholds())
    assert {name: getattr(cuts, name) for name in expected} == expected


def test_a_larger_base_has_the_cuts_of_sorting_it_however_it_is_divided() -> None:
    tables, thresholds = base(17, 2500, TODAY), Thresholds(abc_a="0.7", abc_b="0.9", potential_share="0.33")
    whole = facts(tables, TODAY, thresholds)
    cuts = summarise([whole], thresholds)
    expected = by_sorting(whole, thresholds)
    assert {name: getattr(cuts, name) for name in expected} == expected
    divided = [facts(part, TODAY, thresholds) for part in tables.shards(300)]
    assert len(divided) > 20
    assert summarise(divided, thresholds) == cuts


def test_it_is_enough_to_answer_questions_that_can_be_sent() -> None:
    """Whatever can hand out a question and add the answers is an engine; nothing else of the facts is seen."""

    class Elsewhere:
        as_of_day = TODAY
        asked = 0
        most_bytes = 0

        def total(self, ask: Ask) -> list[Any]:
            self.asked += 1
            sums = InProcess(narrow, threads=1).total(pickle.loads(pickle.dumps(ask)))
            self.most_bytes = max(self.most_bytes, sum(part.nbytes for part in sums))
            return sums

    tables, thresholds = base(18, 900, TODAY), Thresholds()
    divided = [facts(part, TODAY, thresholds) for part in tables.shards(200)]
    narrow = [replace(part, customers=part.customers.select(READS)) for part in divided]
    elsewhere = Elsewhere()
    assert cuts_of(elsewhere, thresholds) == summarise(divided, thresholds)
    assert 2 <= elsewhere.asked <= 4
    assert elsewhere.most_bytes < 400_000


def test_no_facts_and_facts_of_two_days_are_refused() -> None:
    one, other = (facts(Tables(deals(*regular(1, 30, 3, TODAY))), day, Thresholds()) for day in (TODAY, TODAY + 1))
    with pytest.raises(ValueError, match="no facts"):
        summarise([], Thresholds())
    with pytest.raises(ValueError, match="two days"):
        summarise([one, other], Thresholds())


def test_a_base_without_a_deal_day_has_no_boundaries() -> None:
    cuts = summarise([facts(Tables(deals((1, TODAY, -5))), TODAY, Thresholds())], Thresholds())
    assert cuts == Cuts(TODAY, 0, 360, True, (), (), (), None, None, None, None, (0,) * 5, (0,) * 5)
