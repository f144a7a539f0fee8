from hypothesis import given
from hypothesis import strategies as st

from liuke.conversations.rules import Funnel, furthest, whole

COUNTS = st.lists(st.integers(0, 500), min_size=5, max_size=5).map(lambda some: sorted(some, reverse=True))


def funnel(counts: list[int]) -> Funnel:
    return Funnel(counts[0], (counts[1], counts[2], counts[3], counts[4]))


def test_the_highest_step_that_was_done():
    assert furthest([]) == 0
    assert furthest([1, 2]) == 2
    assert furthest([1, 3]) == 3  # whoever passes over the second has still got to the third


def test_where_most_of_them_stop():
    assert Funnel(10, (9, 8, 4, 3)).stopped == (1, 1, 4, 1, 3)
    assert Funnel(10, (9, 8, 4, 3)).weakest == 3
    assert Funnel(4, (2, 0, 0, 0)).weakest == 1  # of equals the first
    assert Funnel(5, (5, 5, 5, 5)).weakest is None
    assert Funnel(0, (0, 0, 0, 0)).weakest is None


@given(COUNTS)
def test_who_stopped_somewhere_or_went_through_are_all_of_them(counts):
    assert sum(funnel(counts).stopped) == counts[0]
    assert min(funnel(counts).stopped) >= 0


@given(st.lists(COUNTS, max_size=5))
def test_all_together_are_the_sums(many):
    added = whole([funnel(counts) for counts in many])
    assert added.talks == sum(counts[0] for counts in many)
    assert sum(added.stopped) == added.talks
