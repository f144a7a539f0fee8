from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.batches import SIZE, batches


@pytest.mark.parametrize(
    ("count", "lengths"), [(0, []), (1, [1]), (SIZE - 1, [SIZE - 1]), (SIZE, [SIZE]), (SIZE + 1, [SIZE, 1]), (2 * SIZE, [SIZE, SIZE])]
)
def test_every_batch_is_full_but_the_last(count: int, lengths: list[int]) -> None:
    assert [len(some) for some in batches(range(count))] == lengths


def test_fits_the_smallest_database() -> None:
    assert SIZE == 900


@pytest.mark.parametrize("values", [[1, 2, 3], (1, 2, 3), array("q", [1, 2, 3]), {1: "a", 2: "b", 3: "c"}, iter([1, 2, 3])])
def test_takes_whatever_can_be_gone_through(values: object) -> None:
    assert list(batches(values, 2)) == [[1, 2], [3]]  # type: ignore[call-overload]


def test_reads_no_further_than_it_gives() -> None:
    left = iter(range(10))
    assert next(batches(left, 3)) == [0, 1, 2]
    assert next(left) == 3


@given(st.lists(st.integers()), st.integers(1, 7))
def test_nothing_is_lost_or_moved(values: list[int], size: int) -> None:
    found = list(batches(values, size))
    assert [one for some in found for one in some] == values
    assert all(len(some) == size for some in found[:-1]) and all(1 <= len(some) <= size for some in found)
