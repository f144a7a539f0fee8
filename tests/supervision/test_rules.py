"""What is due of a supervisor, whose people are whose, which cards are drawn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused
from liuke.supervision.rules import check_day, day_before, draw, missing, nearest, week_of, working_days

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 11, 20), date(2026, 11, 19)),
        (date(2026, 11, 23), date(2026, 11, 20)),
        (date(2026, 10, 8), date(2026, 9, 30)),
        (date(2026, 10, 11), date(2026, 10, 10)),
    ],
    ids=["friday", "monday", "after-the-national-holiday", "after-a-saturday-worked"],
)
def test_the_day_that_is_gone_over_is_the_last_that_was_worked(today, day):
    assert day_before(today) == day


def test_the_company_may_work_on_a_sunday():
    assert day_before(date(2026, 11, 23), {date(2026, 11, 22): True}) == date(2026, 11, 22)


def test_days_of_work_of_a_week():
    assert working_days(date(2026, 11, 16), date(2026, 11, 22)) == [date(2026, 11, 16) + timedelta(n) for n in range(5)]
    assert working_days(date(2026, 11, 16), date(2026, 11, 15)) == []


@pytest.mark.parametrize(("back", "code"), [(0, "debrief.future"), (-1, "debrief.future"), (15, "debrief.old")])
def test_days_that_are_not_gone_over(back, code):
    with pytest.raises(Refused) as refused:
        check_day(FRIDAY - timedelta(back), FRIDAY)
    assert refused.value.code == code


def test_up_to_two_weeks_back():
    assert check_day(FRIDAY - timedelta(14), FRIDAY) is None


cards = st.dictionaries(st.integers(1, 50), st.integers(1, 9), max_size=30)


@given(cards, st.lists(st.integers(1, 80), max_size=60, unique=True), st.integers(1, 10), st.text(max_size=5))
def test_changed_cards_come_first_and_nobody_chooses(changed, others, most, seed):
    drawn = draw(changed, others, most, seed)
    assert drawn == draw(dict(reversed(changed.items())), others[::-1], most, seed)
    assert len(drawn) == min(most, len(set(changed) | set(others)))
    assert len({card for card, _ in drawn}) == len(drawn)
    assert sum(n > 0 for _, n in drawn) == min(most, len(changed))
    assert all(changed.get(card, 0) == n for card, n in drawn)


def test_another_week_draws_others():
    every = range(1, 200)
    assert draw({}, every, 5, "2026-11-16:7") != draw({}, every, 5, "2026-11-23:7")


@pytest.mark.parametrize(
    ("place", "who"),
    [("/1/4/9/", (8,)), ("/1/5/2/", (7,)), ("/1/6/", (10, 11)), ("/2/", ()), ("", ())],
    ids=["region", "group-only", "two-share-it", "elsewhere", "no-unit"],
)
def test_everybody_belongs_to_the_nearest_above(place, who):
    assert nearest(place, [(7, "/1/"), (8, "/1/4/"), (10, "/1/6/"), (11, "/1/6/"), (12, "")]) == who


def test_who_was_left_out_in_order():
    assert missing([3, 1, 2], [1, 9]) == [3, 2]


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)))
def test_a_week_begins_on_monday(day):
    assert week_of(day).weekday() == 0
    assert timedelta(0) <= day - week_of(day) < timedelta(7)
