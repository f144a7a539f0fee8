from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.deal_facts import medians_doubled, sorted_pairs, sum_by

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 50) | st.integers(0, 2**62)), min_size=1, max_size=40)


@given(PAIRS)
def test_pairs_are_in_order_however_wide(pairs: list[tuple[int, int]]) -> None:
    index, value = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    first, second = sorted_pairs(index, value, 7)
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == sorted(pairs)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**55), 2**55)), max_size=40))
def test_sums_are_whole_and_exact(pairs: list[tuple[int, int]]) -> None:
    index, cents = np.array([i for i, _ in pairs], np.int64), np.array([c for _, c in pairs], np.int64)
    assert sum_by(index, cents, 4).tolist() == [sum(c for i, c in pairs if i == who) for who in range(4)]


def test_median_doubled_of_even_and_odd_counts() -> None:
    assert medians_doubled(np.array([0, 0, 2, 2, 2]), np.array([7, 4, 9, 1, 3]), 4).tolist() == [11, 0, 6, 0]
