"""Who is due, what a week holds and in which order, where an address lies. No database."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused
from liuke.visits import rules
from liuke.visits.routing import MOST_STOPS, Days, Point, Stop, Travel, distance_km, minutes_of, place
from liuke.visits.rules import Ground, Known, area_of, due, first_come, middle_of, week_of, words_of, worth

EVERY = {"A": 30, "B": 60, "C": 180}
TODAY = date(2026, 11, 20)
SUNDAY = date(2026, 11, 29)
CAR = Travel(25, 1.4, 8)
A, B, C = Point(30.2050, 120.2105), Point(30.1870, 120.2010), Point(30.2600, 120.1500)
MORNING = 9 * 60 + 30


def known(pk: int = 1, grade: str = "A", last: int | None = 40, **fields) -> Known:
    return Known(pk, grade, date(2024, 1, 5), None if last is None else TODAY - timedelta(last), **fields)


# ── due ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("grade", "last", "is_due"),
    [("A", 21, True), ("A", 20, False), ("B", 51, True), ("B", 50, False), ("C", 171, True), ("C", 170, False), ("", 171, True)],
)
def test_due_by_grade_from_the_last_visit_on(grade, last, is_due):
    found = due(known(grade=grade, last=last), EVERY, SUNDAY)
    assert (found is not None) == is_due
    if found is not None:
        assert found.on == TODAY - timedelta(last) + timedelta(EVERY[grade or "C"])


def test_who_was_never_visited_is_due_from_the_day_he_came_on():
    found = due(known(last=None), EVERY, SUNDAY)
    assert found is not None and found.on == date(2024, 2, 4)


def test_a_key_account_is_visited_by_plan_and_never_by_grade():
    assert due(known(key_account=True, last=900), EVERY, SUNDAY) is None
    assert due(known(key_account=True, promised=SUNDAY + timedelta(1)), EVERY, SUNDAY) is None
    found = due(known(key_account=True, promised=SUNDAY), EVERY, SUNDAY)
    assert found is not None and (found.on, found.every) == (SUNDAY, None)


def test_worth_is_the_value_at_risk_up_to_twice_for_a_whole_interval_late():
    late = due(known(last=60, at_risk_cents=100_00), EVERY, SUNDAY)
    fresh = due(known(last=30, at_risk_cents=100_00), EVERY, SUNDAY)
    half = due(known(last=45, at_risk_cents=100_00), EVERY, SUNDAY)
    assert [worth(one, TODAY) for one in (late, fresh, half) if one] == [200_00, 100_00, 150_00]


def test_key_accounts_first_then_by_worth():
    found = [
        due(known(1, last=60, at_risk_cents=100_00), EVERY, SUNDAY),
        due(known(2, last=30, at_risk_cents=150_00), EVERY, SUNDAY),
        due(known(3, key_account=True, promised=SUNDAY), EVERY, SUNDAY),
        due(known(4, "B", last=600), EVERY, SUNDAY),
        due(known(5, "A", last=600), EVERY, SUNDAY),
    ]
    assert [one.known.id for one in first_come([one for one in found if one], TODAY)] == [3, 1, 2, 5, 4]


# ── a week ───────────────────────────────────────────────────────────────────


def test_the_great_circle():
    assert distance_km(A, A) == 0
    assert round(distance_km(Point(31.2304, 121.4737), Point(39.9042, 116.4074))) == 1067  # 上海 to 北京
    assert minutes_of(0, CAR) == 8
    assert minutes_of(5, CAR) == 17


def test_a_day_goes_where_it_is_near():
    stops = [Stop(1, 40, A), Stop(2, 40, C), Stop(3, 40, A), Stop(4, 40, C)]
    routes = place(stops, A, Days((0, 1), MORNING, 130), CAR).routes
    assert [set(route.stops) for route in routes] in ([{1, 3}, {2, 4}], [{2, 4}, {1, 3}])
    # Two there and back take longer than this: one of them is left, and nothing else for its sake.
    placed = place(stops, A, Days((0, 1), MORNING, 110), CAR)
    assert sorted(map(len, (route.stops for route in placed.routes))) == [1, 2] and len(placed.left) == 1


def test_only_what_the_minutes_hold_and_the_least_worth_are_left():
    stops = [Stop(pk, 40, A) for pk in range(1, 8)]
    placed = place(stops, A, Days((0,), MORNING, 150), CAR)
    assert [set(route.stops) for route in placed.routes] == [{1, 2, 3}]
    assert placed.left == (4, 5, 6, 7)


def test_an_agreed_hour_is_kept_to_the_minute():
    stops = [Stop(1, 40, A), Stop(2, 40, B, 1, 15 * 60), Stop(3, 40, B)]
    routes = {route.day: route for route in place(stops, A, Days((0, 1), MORNING, 200), CAR).routes}
    assert dict(zip(routes[1].stops, routes[1].starts, strict=True))[2] == 15 * 60


def test_two_agreed_for_one_hour_cannot_both_be_kept():
    placed = place([Stop(1, 40, A, 0, 600), Stop(2, 40, B, 0, 610)], A, Days((0,), MORNING, 200), CAR)
    assert [route.stops for route in placed.routes] == [(1,)] and placed.left == (2,)


def test_a_stop_with_its_day_is_on_it_or_left():
    placed = place([Stop(1, 40, A, 3), Stop(2, 40, A)], A, Days((3,), MORNING, 60), CAR)
    assert [(route.day, len(route.stops)) for route in placed.routes] == [(3, 1)]


def test_the_same_stops_give_the_same_answer():
    stops = [Stop(pk, 40, Point(30.2 + pk % 5 / 100, 120.2 + pk % 7 / 100)) for pk in range(1, 31)]
    days = Days((0, 1, 2, 3, 4), MORNING, 150)
    assert place(stops, A, days, CAR) == place(stops, A, days, CAR)


def test_more_than_forty_are_refused_by_the_search_and_left_by_the_plan():
    many = [Stop(pk, 5, A) for pk in range(MOST_STOPS + 3)]
    with pytest.raises(ValueError, match="43"):
        place(many, A, Days((0,), MORNING, 600), CAR)
    placed, _grouped = rules.plan(many, A, Days((0,), MORNING, 700), CAR)
    assert {40, 41, 42} <= set(placed.left)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([A, B, C, None]), st.sampled_from([None, 0, 2]), st.sampled_from([None, 600, 900])), max_size=12))
def test_every_stop_is_placed_once_or_left(rows):
    stops = [Stop(pk, 40, point, day, hour if day is not None else None) for pk, (point, day, hour) in enumerate(rows)]
    days = Days((0, 1, 2), MORNING, 150)
    placed, _grouped = rules.plan(stops, None, days, CAR)
    there = [pk for route in placed.routes for pk in route.stops]
    assert sorted([*there, *placed.left]) == list(range(len(stops)))
    for route in placed.routes:
        assert len(route.stops) == len(route.starts) and list(route.starts) == sorted(route.starts)
        assert all(stops[pk].day in (None, route.day) for pk in route.stops)


def test_without_any_coordinates_stops_stand_by_area_and_it_is_said():
    stops = [Stop(1, 40, area=7), Stop(2, 40, area=9), Stop(3, 40, area=7), Stop(4, 40, area=9)]
    placed, grouped = rules.plan(stops, None, Days((0, 1), MORNING, 100), CAR)
    assert grouped
    assert [route.stops for route in placed.routes] == [(1, 3), (2, 4)]


def test_one_day_keeps_every_stop_whatever_the_minutes():
    stops = [Stop(pk, 200, A if pk % 2 else B, at=600 if pk in (4, 5) else None) for pk in range(1, 6)]
    route = rules.one_day(stops, A, 2, MORNING, CAR)
    assert sorted(route.stops) == [1, 2, 3, 4, 5]
    assert dict(zip(route.stops, route.starts, strict=True))[4] == 600


def test_minutes_become_hours_on_the_five():
    assert [rules.clock_time(minute) for minute in (578, 580, 1439)] == [time(9, 40), time(9, 40), time(23, 55)]


@pytest.mark.parametrize(
    ("week", "code"),
    [
        (date(2026, 11, 24), "visit.week"),
        (date(2026, 11, 9), "visit.past"),
        (date(2027, 1, 18), "visit.far"),
    ],
)
def test_weeks_that_cannot_be_planned(week, code):
    with pytest.raises(Refused) as problem:
        rules.refuse_week(week, TODAY)
    assert problem.value.code == code
    rules.refuse_week(week_of(TODAY), TODAY)
    rules.refuse_week(date(2027, 1, 11), TODAY)


# ── areas ────────────────────────────────────────────────────────────────────

GROUNDS = [
    Ground(1, "/1/", ("滨江区",)),
    Ground(2, "/1/2/", ("滨盛路", "江南大道")),
    Ground(3, "/1/3/", ("滨盛路",)),
]


@pytest.mark.parametrize(
    ("address", "path", "area"),
    [
        ("杭州市滨江区滨盛路 8 号", "/1/2/", 2),
        ("杭州市滨江区 江 南 大 道 3 号", "/1/2/", 2),
        ("杭州市滨江区长河路 3 号", "/1/2/", 1),
        ("杭州市滨江区滨盛路 8 号", "/1/3/", 3),
        ("上海市", "/1/2/", None),
        ("", "/1/2/", None),
        ("滨江区", "/9/", None),
    ],
)
def test_an_address_lies_where_the_longest_word_is(address, path, area):
    assert area_of(address, path, GROUNDS) == area


def test_words_and_middles_as_typed():
    assert words_of("滨盛路，闻涛路 滨盛路、江南大道") == ("滨盛路", "闻涛路", "江南大道")
    assert middle_of("30.2", " 120.1") == Point(30.2, 120.1)
    assert middle_of("", " ") is None


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: words_of("路"), "area.word"),
        (lambda: words_of("很" * 21), "area.word"),
        (lambda: words_of("，".join(f"路名{n}" for n in range(61))), "area.word"),
        (lambda: middle_of("30.2", ""), "area.middle"),
        (lambda: middle_of("杭州", "120"), "area.middle"),
        (lambda: middle_of("91", "120"), "area.middle"),
        (lambda: middle_of("nan", "120"), "area.middle"),
    ],
    ids=["one sign", "too long", "too many", "half", "no number", "off the earth", "not a number"],
)
def test_areas_that_make_no_sense(call, code):
    with pytest.raises(Refused) as problem:
        call()
    assert problem.value.code == code
