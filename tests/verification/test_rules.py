"""The draw and the accuracy, by themselves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.verification.rules import accuracy, chosen, week_of

MONDAY = date(2026, 11, 2)


def test_a_week_begins_on_monday():
    assert [week_of(date(2026, 11, day)) for day in (2, 4, 8, 9)] == [MONDAY, MONDAY, MONDAY, date(2026, 11, 9)]


@given(cards=st.sets(st.integers(1, 60)), rested=st.sets(st.integers(1, 60)), n=st.integers(0, 12), owner=st.integers(1, 5))
def test_a_draw(cards, rested, n, owner):
    drawn = chosen(MONDAY, owner, cards, rested, n)
    assert len(drawn) == len(set(drawn)) == min(n, len(cards))
    assert set(drawn) <= cards
    if set(drawn) & rested:  # only where the others were all taken
        assert cards - rested <= set(drawn)
    assert drawn == chosen(MONDAY, owner, sorted(cards, reverse=True), rested, n)


def test_another_week_is_another_draw():
    weeks = {tuple(chosen(date(2026, 11, 2 + 7 * n), 1, range(1000), set(), 5)) for n in range(4)}
    assert len(weeks) == 4


def test_every_card_comes_up_alike():
    seen = [0] * 20
    for owner in range(4000):
        for card in chosen(MONDAY, owner, range(20), set(), 5):
            seen[card] += 1
    assert min(seen) > 880 and max(seen) < 1120  # 1000 each, standard deviation 27


def test_accuracy_with_its_interval():
    found = accuracy(81, 74)
    assert (found.share, found.few) == (74 / 81, False)
    assert (found.low, found.high) == pytest.approx((0.8322, 0.9575), abs=1e-4)  # Wilson, n = 81, x = 74
    assert accuracy(21, 17).few
    nothing = accuracy(0, 0)
    assert (nothing.share, nothing.low, nothing.high) == (None, None, None)
