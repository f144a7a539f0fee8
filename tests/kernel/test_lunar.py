"""Lunar days against an almanac, and birthdays found from the day instead of from the cards."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.kernel import lunar
from liuke.kernel.birthday import Birthday, celebrated_on

# The Hong Kong Observatory's conversion tables, and the public holidays of the State Council.
ALMANAC = {
    date(2024, 2, 9): (2023, 12, 30, False), date(2024, 2, 10): (2024, 1, 1, False),
    date(2025, 1, 28): (2024, 12, 29, False), date(2025, 1, 29): (2025, 1, 1, False),
    date(2026, 2, 16): (2025, 12, 29, False), date(2026, 2, 17): (2026, 1, 1, False), date(2026, 3, 3): (2026, 1, 15, False),
    date(2026, 6, 19): (2026, 5, 5, False), date(2026, 9, 25): (2026, 8, 15, False), date(2027, 2, 6): (2027, 1, 1, False),
    date(2027, 6, 9): (2027, 5, 5, False), date(2027, 9, 15): (2027, 8, 15, False),
    date(2020, 4, 30): (2020, 4, 8, False), date(2020, 5, 30): (2020, 4, 8, True), date(2026, 5, 24): (2026, 4, 8, False),
    date(2025, 7, 25): (2025, 6, 1, True), date(2033, 12, 22): (2033, 11, 1, True), date(2034, 2, 19): (2034, 1, 1, False),
}  # fmt: skip


@pytest.mark.parametrize("day", ALMANAC, ids=str)
def test_the_almanac(day: date):
    year, month, on, leap = ALMANAC[day]
    assert lunar.of(day) == (year, month, on, leap)
    assert lunar.to_solar(year, month, on, leap) == day


def test_the_years_with_a_leap_fourth_month():
    found = [year for year in range(1950, 2099) if lunar.leap_month(year) == 4]
    assert found == [1963, 1974, 1982, 2001, 2012, 2020, 2058, 2069, 2077, 2088, 2096]


def test_five_years_without_a_thirtieth_of_the_twelfth_month():
    last = {year: lunar.to_solar(year, 12, 30) for year in range(2023, 2031)}
    assert last == {
        2023: date(2024, 2, 9), 2024: date(2025, 1, 28), 2025: date(2026, 2, 16), 2026: date(2027, 2, 5), 2027: date(2028, 1, 25),
        2028: date(2029, 2, 12), 2029: date(2030, 2, 2), 2030: date(2031, 1, 22),
    }  # fmt: skip
    assert [year for year in last if lunar.length(year, 12) == 30] == [2023, 2029]


@pytest.mark.parametrize(
    ("day", "words"), [((4, 8, True), "闰四月初八"), ((12, 30, False), "腊月三十"), ((11, 20, False), "冬月二十"),
                       ((8, 29, False), "八月廿九")], ids=str
)  # fmt: skip
def test_as_it_is_said(day, words):
    assert lunar.spoken(*day) == words


DAYS = st.dates(date(1902, 1, 1), date(2097, 12, 31))


@given(DAYS)
def test_there_and_back(day: date):
    assert lunar.to_solar(*lunar.of(day)) == day


@given(DAYS)
def test_whoever_is_found_celebrates_on_that_day(day: date):
    for by_moon, month, of_month, leap in celebrated_on(day):
        year = lunar.of(day).year if by_moon else day.year
        assert Birthday(None, month, of_month, by_moon, leap).in_year(year) == day


SUN = st.tuples(st.just(False), st.integers(1, 12), st.integers(1, 31), st.just(False)).filter(
    lambda each: each[2] <= (29 if each[1] == 2 else 30 if each[1] in (4, 6, 9, 11) else 31)
)
MOON = st.tuples(st.just(True), st.integers(1, 12), st.integers(1, 30), st.booleans())


@given(st.one_of(SUN, MOON), st.integers(1902, 2096))
def test_every_birthday_is_found_on_its_day_and_on_no_other(which, year):
    by_moon, month, of_month, leap = which
    birthday = Birthday(None, month, of_month, by_moon, leap)
    day = birthday.in_year(year)
    assert day is not None and which in celebrated_on(day)
    assert which not in celebrated_on(day - timedelta(1)) and which not in celebrated_on(day + timedelta(1))


@settings(deadline=None, max_examples=25)  # a whole year each; the first call reads the calendar of years
@given(MOON, st.integers(1950, 2050))
def test_a_lunar_birthday_comes_once_in_a_lunar_year(which, year):
    begins, ends = lunar.to_solar(year, 1, 1), lunar.to_solar(year + 1, 1, 1)
    days = [begins + timedelta(each) for each in range((ends - begins).days)]
    assert sum(which in celebrated_on(day) for day in days) == 1


def test_the_leap_eighth_of_the_fourth_month():
    born = Birthday(1982, 4, 8, lunar=True, leap=True)
    assert {year: born.in_year(year) for year in (2012, 2020, 2021, 2026, 2058)} == {
        2012: date(2012, 5, 28), 2020: date(2020, 5, 30), 2021: date(2021, 5, 19), 2026: date(2026, 5, 24), 2058: date(2058, 5, 29),
    }  # fmt: skip
    assert (True, 4, 8, True) not in celebrated_on(date(2020, 4, 30))  # the plain fourth month of a year that has both


def test_the_29th_of_february():
    leapling = (False, 2, 29, False)
    assert leapling in celebrated_on(date(2027, 2, 28)) and leapling not in celebrated_on(date(2027, 3, 1))
    assert leapling in celebrated_on(date(2028, 2, 29)) and leapling not in celebrated_on(date(2028, 2, 28))
