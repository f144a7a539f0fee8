"""What counts as kept, late and broken; which days can be promised; the share that was kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused
from liuke.promises import rules
from liuke.promises.labels import State
from liuke.promises.rules import Tally, came_of, check_day, check_new_day, needs_approval, overdue_before, tally

FRIDAY = date(2026, 11, 20)
days = st.integers(-400, 400).map(lambda n: FRIDAY + timedelta(n))


@pytest.mark.parametrize(
    ("done", "state"),
    [(-3, "kept"), (0, "kept"), (1, "late"), (7, "late"), (8, "broken")],
    ids=["before", "on-the-day", "a-day-after", "last-day-of-grace", "after-it"],
)
def test_by_the_day_it_was_done(done, state):
    assert came_of(FRIDAY, FRIDAY + timedelta(done), 7) == state


def test_without_grace_the_next_day_is_broken():
    assert [came_of(FRIDAY, FRIDAY + timedelta(n), 0) for n in (0, 1)] == ["kept", "broken"]


@given(days, days, st.integers(0, 60))
def test_the_night_breaks_exactly_what_could_not_be_late_any_more(due, today, grace):
    assert (due < overdue_before(today, grace)) == (came_of(due, today, grace) == "broken")


@pytest.mark.parametrize(("due", "code"), [(-1, "promise.past"), (367, "promise.far")], ids=["yesterday", "beyond-a-year"])
def test_a_day_nobody_can_answer_for(due, code):
    with pytest.raises(Refused) as refused:
        check_day(FRIDAY + timedelta(due), FRIDAY)
    assert refused.value.code == code


def test_yesterday_is_named_in_the_refusal():
    with pytest.raises(Refused, match="答应的日子2026-11-19已经过去了"):
        check_day(date(2026, 11, 19), FRIDAY)


@pytest.mark.parametrize("due", [0, 1, 366])
def test_today_and_a_year_ahead_are_taken(due):
    assert check_day(FRIDAY + timedelta(due), FRIDAY) is None


@pytest.mark.parametrize(
    ("today", "new", "code"),
    [(1, 5, "promise.passed"), (0, 0, "promise.same_day"), (-2, -3, "promise.past")],
    ids=["the-old-day-is-gone", "the-same-day", "a-day-that-is-gone"],
)
def test_another_day_has_to_be_agreed_in_time(today, new, code):
    with pytest.raises(Refused) as refused:
        check_new_day(FRIDAY, FRIDAY + timedelta(new), FRIDAY + timedelta(today))
    assert refused.value.code == code


def test_on_its_own_day_another_may_still_be_agreed():
    assert check_new_day(FRIDAY, FRIDAY + timedelta(3), FRIDAY) is None


@pytest.mark.parametrize(
    ("cents", "limit", "before", "asked"),
    [(30_000, 30_000, 0, False), (30_001, 30_000, 0, True), (10**9, None, 10**9, False), (1, 30_000, 30_000, True), (0, 0, 90_000, False)],
    ids=["at", "above", "no-limit", "together", "costs-nothing"],
)
def test_above_the_limit_somebody_is_asked(cents, limit, before, asked):
    assert needs_approval(cents, limit, before) is asked


def test_the_names_of_the_states_are_those_of_the_rows():
    assert {rules.KEPT, rules.LATE, rules.BROKEN} < set(State.values)
    assert set(Tally.__slots__) == {*State.values, "again"}


def test_few_have_no_share():
    assert Tally(kept=17, late=3, broken=1).share is None
    assert Tally(kept=27, late=2, broken=1).share == pytest.approx(0.9)
    assert Tally(open=5).share is None


@given(st.lists(st.sampled_from(State.values), max_size=60))
def test_the_states_add_up(states):
    counted = tally((state, 1, 0) for state in states)
    assert counted.total == len(states)
    assert counted.settled + counted.open + counted.moved + counted.dropped == len(states)
    assert sum((tally([(state, 1, 0)]) for state in states), Tally()) == counted
