from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.churn.history import History, of_days, of_times

ONE = st.tuples(st.integers(0, 5), st.integers(0, 40), st.integers(0, 40)).map(lambda c: (c[0], min(c[1:]) if c[0] else 0, max(c[1:])))
CUSTOMERS = st.lists(ONE, max_size=60)


def columns(customers):
    return np.array(customers, np.int64).reshape(-1, 3).T


def same(a, b):
    return (
        a.frequency.tolist() == b.frequency.tolist()
        and a.weight.tolist() == b.weight.tolist()
        and a.times[a.recency].tolist() == b.times[b.recency].tolist()
        and a.times[a.age].tolist() == b.times[b.age].tolist()
    )


@given(CUSTOMERS)
def test_each_customer_finds_himself_again(customers):
    x, last, age = columns(customers)
    history, place = of_days(x, last, age)
    assert history.frequency[place].tolist() == x.tolist()
    assert (history.times[history.recency[place]] * 7).round(9).tolist() == last.tolist()
    assert (history.times[history.age[place]] * 7).round(9).tolist() == age.tolist()
    assert history.weight.tolist() == np.bincount(place, minlength=len(history)).tolist()
    rows = list(zip(history.frequency.tolist(), history.age.tolist(), history.recency.tolist(), strict=True))
    assert rows == sorted(set(rows))
    assert history.times[0] == 0
    assert history.frequency.dtype == history.weight.dtype == place.dtype == np.int64
    assert history.recency.dtype == history.age.dtype == np.int32


@given(CUSTOMERS)
def test_days_and_times_agree(customers):
    x, last, age = columns(customers)
    by_day, place = of_days(x, last, age)
    by_time, other = of_times(x, last / 7, age / 7)
    assert same(by_day, by_time)
    assert place.tolist() == other.tolist()


@given(CUSTOMERS, st.integers(0, 60))
def test_parts_make_the_whole(customers, cut):
    x, last, age = columns(customers)
    whole = of_days(x, last, age)[0]
    parts = [of_days(x[some], last[some], age[some])[0] for some in (slice(cut), slice(cut, None))]
    assert same(History.merge(parts), whole)


def test_parts_on_different_times_make_the_whole():
    a, b = of_times([1, 0], [0.5, 0], [2.0, 1.5])[0], of_times([1, 2], [0.5, 0.75], [2.0, 1.25])[0]
    assert same(History.merge([a, b]), of_times([1, 0, 1, 2], [0.5, 0, 0.5, 0.75], [2.0, 1.5, 2.0, 1.25])[0])


def test_no_parts_are_no_customers():
    assert History.merge([]).customers == 0


@given(CUSTOMERS)
def test_counts(customers):
    x, last, age = columns(customers)
    history = of_days(x, last, age)[0]
    assert history.customers == len(x)
    assert history.repeaters == (x > 0).sum()
    assert (history.frequency[: history.first_repeat] == 0).all()
    assert (history.frequency[history.first_repeat :] > 0).all()
    assert history.beyond.tolist() == [(x > j).sum() for j in range(x.max(initial=0))]
    assert history.by_age.tolist() == [(age == t).sum() for t in range(len(history.times))]
    assert history.deals_by_age.tolist() == [x[age == t].sum() for t in range(len(history.times))]
    first, pair = history.pairs
    assert history.frequency[first][pair].tolist() == history.frequency.tolist()
    assert history.age[first][pair].tolist() == history.age.tolist()
    assert len(first) == len({(a, b) for a, b in zip(x.tolist(), age.tolist(), strict=True)})


def test_numbers_too_wide_to_pack_are_sorted_all_the_same():
    x = np.array([1 << 40, 3, 1 << 40, 3, 0])
    last, age = np.array([5, 2_000_000, 5, 2_000_000, 0]), np.array([9, 4_000_000, 9, 4_000_000, 4_000_000])
    history, place = of_days(x, last, age)
    assert history.frequency.tolist() == [0, 3, 1 << 40]
    assert history.recency.tolist() == [0, 2_000_000, 5]
    assert history.age.tolist() == [4_000_000, 4_000_000, 9]
    assert history.weight.tolist() == [1, 2, 2]
    assert place.tolist() == [2, 1, 2, 1, 0]


def test_rows():
    history = of_days([0, 0, 1], [0, 0, 3], [5, 5, 9])[0]
    some = history.rows(np.array([1]), np.array([7]))
    assert (some.frequency.tolist(), some.recency.tolist(), some.age.tolist(), some.weight.tolist()) == ([1], [3], [9], [7])
    assert history.rows(np.array([True, False])).weight.tolist() == [2]


@pytest.mark.parametrize(
    ("customer", "says"),
    [
        ((-1, 0, 5), "below 0"),
        ((1, -2, 5), "below 0"),
        ((0, 0, -5), "below 0"),
        ((1, 6, 5), "past T"),
        ((0, 3, 5), "without a repeat"),
    ],
)
def test_what_cannot_be_is_refused(customer, says):
    for make in (of_days, of_times):
        with pytest.raises(ValueError, match=says):
            make(*([value] for value in customer))


@pytest.mark.parametrize("customer", [(1.5, 1, 2), (1, float("nan"), 2), (1, 1, float("inf"))])
def test_what_is_no_number_is_refused(customer):
    with pytest.raises(ValueError, match="numbers"):
        of_times(*([value] for value in customer))


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one of each"):
        of_days([1, 2], [1, 2], [3])
