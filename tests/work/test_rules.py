from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.work.rules import FOR_EVER, Candidate, Reason, day, follow, quiet, strongest_first, takes_over, value_per_minute

TODAY = date(2026, 11, 20)


def task(id, minutes=10, per_minute=1000, **fields):
    values = {
        "customer": id,
        "number": f"K{id:03d}",
        "minutes": minutes,
        "value_per_minute_cents": per_minute,
        "value_at_risk_cents": per_minute * minutes,
        "due_on": TODAY,
    }
    return Candidate(id, **(values | fields))


def ids(tasks):
    return [each.id for each in tasks]


def whys(made):
    return {left.task.id: left.why for left in made.left}


@pytest.mark.parametrize(
    ("at_risk", "effect", "minutes", "cents"),
    [
        (503_200, "0.148", 12, 6206),  # 5,032 yuan × 14.8 % ÷ 12 minutes = 62.06 yuan
        (100, "0.05", 10, 1),  # half a cent goes up
        (0, "0.10", 10, 0),
        (99, "0.05", 10, 0),
    ],
)
def test_value_per_minute(at_risk, effect, minutes, cents):
    assert value_per_minute(at_risk, Decimal(effect), minutes) == cents


# ── the day ──


def test_most_worth_per_minute_first_until_the_day_is_full():
    made = day([task(1, 10, 1400), task(2, 12, 6200), task(3, 4, 4700), task(4, 10, 4100)], 30, {}, TODAY)
    assert ids(made.chosen) == [2, 3, 4]
    assert whys(made) == {1: "cut"}
    assert (made.minutes, made.free_minutes) == (26, 4)
    assert (made.cut_cents, made.filled) == (1400, False)


def test_an_offer_waits_for_the_introduction_what_must_not_wait_or_was_asked_for_does_not():
    made = day(
        [task(1, introduce=True), task(2, introduce=True, must=True), task(3, introduce=True, asked=True), task(4)], 60, {1: 9}, TODAY
    )
    assert sorted(ids(made.chosen)) == [2, 3, 4]
    assert whys(made) == {1: "introduce"}


def test_ties_go_by_value_at_risk_then_by_number():
    tied = [
        task(1, value_at_risk_cents=100, number="K9"),
        task(2, value_at_risk_cents=900, number="K8"),
        task(3, value_at_risk_cents=100, number="K1"),
    ]
    assert ids(day(tied, 60, {}, TODAY).chosen) == [2, 3, 1]


def test_a_task_too_long_for_the_rest_is_passed_over_and_a_shorter_one_taken():
    made = day([task(1, 20, 5000), task(2, 15, 4000), task(3, 5, 3000), task(4, 5, 2999)], 25, {}, TODAY)
    assert ids(made.chosen) == [1, 3]
    # Worth 40.00 and not taken; that 3, worth less, fills the rest does not make 2 "too long".
    assert whys(made) == {2: "cut", 4: "cut"}
    assert (made.cut_cents, made.filled) == (4000, True)


def test_tiny_fillers_do_not_move_the_cut():
    long = [task(number, 10, 2000) for number in range(3, 60)]
    made = day([task(1, 20, 5000), task(2, 10, 4000), *long, task(90, 1, 1)], 32, {}, TODAY)
    assert ids(made.chosen) == [1, 2, 90]
    assert {left.why for left in made.left} == {"cut"}
    assert (made.cut_cents, made.filled) == (2000, True)


def test_longer_than_the_whole_day_is_too_long():
    made = day([task(1, 90, 5000), task(2, 20, 4000)], 60, {}, TODAY)
    assert (ids(made.chosen), whys(made), made.cut_cents) == ([2], {1: "no_room"}, None)


def test_what_must_not_wait_comes_first_even_beyond_the_capacity():
    urgent = [task(1, 40, 0, must=True), task(2, 40, 0, must=True, due_on=TODAY - timedelta(2)), task(3, 5, 9000)]
    made = day(urgent, 60, {}, TODAY)
    assert ids(made.chosen) == [2, 1]
    assert whys(made) == {3: "cut"}
    assert (made.minutes, made.free_minutes) == (80, 0)


def test_the_graver_of_two_urgent_ones_of_a_day_comes_first():
    made = day([task(1, must=True, severity=2, per_minute=9000), task(2, must=True, severity=3)], 60, {}, TODAY)
    assert ids(made.chosen) == [2, 1]


def test_what_was_done_today_counts_against_the_capacity():
    made = day([task(1, 10), task(2, 10, 900)], 60, {}, TODAY, spent_minutes=45)
    assert ids(made.chosen) == [1]
    assert made.free_minutes == 5


def test_why_a_customer_is_left_alone():
    tasks = [
        task(1),
        task(2, do_not_contact=True, must=True),
        task(3, snoozed_until=TODAY + timedelta(3)),
        task(4, snoozed_until=TODAY, asked=True),
        task(5),
        task(6, asked=True),
        task(7, must=True),
    ]
    made = day(tasks, 600, {1: 2, 4: 2, 5: 1, 6: 5, 7: 3}, TODAY)
    assert whys(made) == {1: "contacted", 2: "do_not_contact", 3: "later"}
    assert ids(made.chosen) == [7, 4, 5, 6]
    assert made.cut_cents is None


CANDIDATES = st.lists(
    st.builds(
        task,
        id=st.integers(1, 10_000),
        minutes=st.integers(1, 240),
        per_minute=st.integers(0, 100_000),
        must=st.booleans(),
        asked=st.booleans(),
        do_not_contact=st.booleans(),
        severity=st.integers(1, 3),
        due_on=st.integers(-40, 0).map(lambda days: TODAY + timedelta(days)),
        snoozed_until=st.none() | st.integers(-5, 5).map(lambda days: TODAY + timedelta(days)),
    ),
    max_size=40,
    unique_by=lambda each: each.id,
)


@given(CANDIDATES, st.integers(0, 600), st.dictionaries(st.integers(1, 10_000), st.integers(0, 4)), st.integers(0, 300))
def test_nothing_is_lost_and_the_day_is_never_overfull(tasks, capacity, contacts, spent):
    made = day(tasks, capacity, contacts, TODAY, spent_minutes=spent)
    assert sorted(ids(made.chosen) + [left.task.id for left in made.left]) == sorted(ids(tasks))
    urgent = sum(each.minutes for each in made.chosen if each.must)
    assert made.minutes <= max(urgent, capacity - spent)
    assert made.free_minutes == max(capacity - spent - made.minutes, 0)
    by_worth = [each.value_per_minute_cents for each in made.chosen if not each.must]
    assert by_worth == sorted(by_worth, reverse=True)
    for left in made.left:
        if left.why in ("cut", "no_room"):
            assert left.task.minutes > made.free_minutes
        if left.why == "cut":
            assert left.task.value_per_minute_cents <= made.cut_cents
            assert left.task.minutes <= capacity
        if left.why == "no_room":
            assert left.task.minutes > capacity


@given(CANDIDATES, st.integers(0, 600), st.randoms())
def test_the_order_of_the_rows_does_not_matter(tasks, capacity, random):
    tasks = [replace(each, number=f"K{each.id}") for each in tasks]
    mixed = list(tasks)
    random.shuffle(mixed)
    assert day(tasks, capacity, {}, TODAY).chosen == day(mixed, capacity, {}, TODAY).chosen


@pytest.mark.parametrize(
    ("clock", "answer"), [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("08:59", True), ("09:00", False)]
)
def test_quiet_hours_pass_midnight(clock, answer):
    assert quiet(time.fromisoformat(clock), "21:00", "09:00") is answer


def test_quiet_hours_within_a_day():
    assert quiet(time(13, 0), "12:00", "14:00") and not quiet(time(14, 0), "12:00", "14:00")


# ── the strongest signal ──


def test_the_strongest_signal_is_the_task():
    urgent = Reason("complaint_open", "complaint_open", 1, True, 0)
    grave = Reason("overdue_visit", "overdue_visit", 3, False, 10)
    worth = Reason("insurance_30", "insurance_before", 2, False, 900)
    less = Reason("price_asked_often", "price_asked", 2, False, 20)
    assert strongest_first([less, worth, grave, urgent]) == [urgent, grave, worth, less]


# ── what follows ──


def after(do, days, outcome, **fields):
    values = {
        "step": 0,
        "attempt": 1,
        "step_days": [0, 3, 14],
        "started_on": TODAY,
        "today": TODAY,
        "max_attempts": 3,
        "max_days": 30,
    }
    return follow(do, days, outcome, **(values | fields))


def test_the_next_step_comes_on_its_day_and_never_today():
    came = after("next_step", 0, "reached")
    assert (came.step, came.due_on, came.attempt) == (1, TODAY + timedelta(3), 1)
    late = after("next_step", 0, "reached", started_on=TODAY - timedelta(9))
    assert late.due_on == TODAY + timedelta(1)


def test_after_the_last_step_the_playbook_is_done():
    assert after("next_step", 0, "reached", step=2).ended == "done"


def test_nobody_answered_until_the_attempts_are_used_up():
    again = after("retry", 1, "not_reached")
    assert (again.step, again.attempt, again.due_on) == (0, 2, TODAY + timedelta(1))
    assert after("retry", 1, "not_reached", attempt=3).ended == "attempts"


def test_a_retry_beyond_the_playbooks_time_ends_it_unless_the_customer_named_the_day():
    started = TODAY - timedelta(29)
    assert after("retry", 7, "reached", started_on=started).ended == "timeout"
    asked = after("retry", 7, "later", started_on=started)
    assert (asked.due_on, asked.asked, asked.attempt) == (TODAY + timedelta(7), True, 1)


def test_who_objects_is_left_alone():
    assert after("leave_alone", 90, "refused").alone_until == date(2027, 2, 18)
    assert after("leave_alone", 0, "refused").alone_until == FOR_EVER
    assert after("leave_alone", 90, "refused").ended == "refused"


@pytest.mark.parametrize(("outcome", "why"), [("deal", "deal"), ("reached", "done")])
def test_stopping(outcome, why):
    assert after("stop", 0, outcome).ended == why


def because(playbook, severity, per_minute, must=False) -> Reason:
    return Reason(f"{playbook}_signal", playbook, severity, must, per_minute)


@pytest.mark.parametrize(
    ("other", "takes"),
    [
        (because("b", 1, 1500), True),
        (because("b", 1, 1499), False),
        (because("b", 3, 1500), True),
        (because("a", 3, 9000), False),  # the same playbook
    ],
)
def test_what_is_clearly_worth_more_takes_over(other, takes):
    assert takes_over(because("a", 1, 1000), other) is takes


def test_the_less_grave_does_not_take_over_nor_does_what_is_worth_nothing():
    assert not takes_over(because("a", 2, 1000), because("b", 1, 9000))
    assert not takes_over(because("a", 1, 0), because("b", 1, 0))


REASONS = st.builds(because, st.sampled_from("abcd"), st.integers(1, 3), st.integers(0, 10_000))


@given(REASONS, REASONS)
def test_two_reasons_never_take_turns(one, other):
    assert not (takes_over(one, other) and takes_over(other, one))


@given(st.lists(REASONS, min_size=1, max_size=6))
def test_the_first_choice_is_not_overruled_by_the_same_figures(reasons):
    first, *rest = strongest_first(reasons)
    assert not any(takes_over(first, each) for each in rest)
