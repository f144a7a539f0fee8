"""Boundaries found by counts over ranges against the plain way: sort all values and walk."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liuke.analytics import boundary
from liuke.analytics.boundary import Question, Search, Span, added, count, narrow, spans_of

MONEY = st.integers(-(10**15), 10**15)
WHOLE = MONEY | st.integers(-40, 40) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**53, 2**53 + 1, 2**62, 2**63 - 1])
SHARES = st.sampled_from([Fraction(1, 5), Fraction(4, 5), Fraction(19, 20), Fraction(333, 1000), Fraction(1), Fraction(1, 10**6)])


def by_sorting(values: list[int], question: Question) -> int | None:
    """The definition, with whole numbers of any size."""
    pairs = [(x, x if question.by_amount else 1) for x in values if not question.by_amount or x > 0]
    need, reached = question.share * sum(weight for _, weight in pairs), 0
    for value, weight in sorted(pairs, reverse=question.from_top):
        reached += weight
        if reached >= need:
            return value
    return None


def answers(shards: list[list[int]], questions: list[Question]) -> tuple[list[int | None], int]:
    """(answers, passes)."""
    searches, passes = [Search(question) for question in questions], 0
    while spans := spans_of(searches):
        sums: list[np.ndarray] = []
        for shard in shards:
            sums = added(sums, count({"x": np.array(shard, np.int64)}, spans))
        narrow(searches, spans, sums)
        passes += 1
    return [search.answer for search in searches], passes


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(WHOLE, max_size=12), min_size=1, max_size=4), SHARES)
@example([[10**15] * 5, [10**15 - 1] * 4, [-(10**15)]], Fraction(1, 5))
@example([[2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1]], Fraction(1, 2))
def test_the_value_is_that_of_sorting_all(shards: list[list[int]], share: Fraction) -> None:
    questions = [Question("x", share, top, amount) for top in (False, True) for amount in (False, True)]
    found, passes = answers(shards, questions)
    values = [x for shard in shards for x in shard]
    assert found == [by_sorting(values, question) for question in questions]
    assert passes <= 6


def test_many_customers_with_ties_and_a_long_tail_take_three_passes() -> None:
    rng = np.random.default_rng(3)
    some = np.exp(rng.normal(14, 2, 40_000)).astype(np.int64)
    spent = np.concatenate([some, np.full(9_000, 1_000_000), np.zeros(500, np.int64), [10**10]])
    shards = [part.tolist() for part in np.array_split(rng.permutation(spent), 7)]
    questions = [Question("x", Fraction(step, 5)) for step in range(1, 5)]
    questions += [Question("x", Fraction(4, 5), from_top=True), Question("x", Fraction(95, 100), from_top=True, by_amount=True)]
    found, passes = answers(shards, questions)
    assert found == [by_sorting(spent.tolist(), question) for question in questions]
    assert passes == 3


def test_money_beyond_64_bits_is_added_exactly() -> None:
    values = [9 * 10**18] * 5 + [1, 2]
    question = Question("x", Fraction(sum(values) - 2, sum(values)), from_top=True, by_amount=True)
    assert answers([values, values], [question])[0] == [by_sorting(values * 2, question)]
    high, low = Span("x", True).count(np.array(values))
    assert sum((x << 32) + y for x, y in zip(high.tolist(), low.tolist(), strict=True)) == sum(values)
    assert int(low.max()) < 2**32, "so that the low parts of billions of shards add"


def test_what_a_shard_gives_back_does_not_grow_with_its_customers() -> None:
    spans = [Span("x", False), Span("x", True), Span("x", False, -(2**62), 2**62)]
    sizes = {tuple(map(len, count({"x": np.arange(n, dtype=np.int64)}, spans))) for n in (0, 1, 100_000)}
    assert len(sizes) == 1
    assert sum(sizes.pop()) * 8 < 140_000, "bytes of three questions"


@given(WHOLE.filter(bool) | st.just(0))
def test_a_value_lies_in_its_range_and_the_ranges_are_narrow(value: int) -> None:
    span = Span("x", False)
    place = int(np.flatnonzero(span.count(np.array([value]))[0])[0])
    low, high = span.bounds(place)
    assert low <= value <= high
    assert (high - low) * 32 <= max(abs(low), abs(high))
    if high < 2**63 - 1:
        assert span.bounds(place + 1)[0] == high + 1, "no value between two ranges"


def test_nobody_has_no_boundary() -> None:
    by_amount = Question("x", Fraction(1, 5), from_top=True, by_amount=True)
    assert answers([[], []], [Question("x", Fraction(1, 5)), by_amount]) == ([None, None], 1)
    assert answers([[0, -5]], [by_amount]) == ([None], 1)


def test_sums_of_different_length_add() -> None:
    one, other = [np.array([1, 2, 3])], [np.array([10])]
    assert [x.tolist() for x in added(one, other)] == [[11, 2, 3]]
    assert [x.tolist() for x in boundary.added([], other)] == [[10]]
    with pytest.raises(ValueError, match="longer"):
        added(one, other * 2)
