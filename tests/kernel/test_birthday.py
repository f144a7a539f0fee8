from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.birthday import Birthday, parse_birthday
from liuke.kernel.refusal import Refused


@pytest.mark.parametrize(
    ("cell", "birthday"),
    [
        ("1985-08-15", Birthday(1985, 8, 15)),
        (date(1985, 8, 15), Birthday(1985, 8, 15)),
        ("19850815", Birthday(1985, 8, 15)),
        (31274, Birthday(1985, 8, 15)),
        ("8-15", Birthday(None, 8, 15)),
        ("8月15日", Birthday(None, 8, 15)),
        ("0815", Birthday(None, 8, 15)),
        ("2-29", Birthday(None, 2, 29)),
        ("1985", Birthday(1985, None, None)),
        (1985, Birthday(1985, None, None)),
        ("1985年", Birthday(1985, None, None)),
        ("1985年3月", Birthday(1985, 3, None)),
        ("农历八月十五", Birthday(None, 8, 15, True)),
        ("八月十五", Birthday(None, 8, 15, True)),
        ("农历8月15", Birthday(None, 8, 15, True)),
        ("农历1985-8-15", Birthday(1985, 8, 15, True)),
        ("1985-8-15(农历)", Birthday(1985, 8, 15, True)),
        ("一九八五年八月十五", Birthday(1985, 8, 15, True)),
        ("正月初一", Birthday(None, 1, 1, True)),
        ("冬月廿一", Birthday(None, 11, 21, True)),
        ("腊月三十", Birthday(None, 12, 30, True)),
        ("闰四月初三", Birthday(None, 4, 3, True, True)),
        ("农历2020年闰四月初一", Birthday(2020, 4, 1, True, True)),
        ("公历八月十五日", Birthday(None, 8, 15)),
        ("", None),
        ("无", None),
        (None, None),
        ("1900-01-00", None),
        ("1970-01-01", None),
    ],
)
def test_reads(cell: object, birthday: Birthday | None) -> None:
    assert parse_birthday(cell) == birthday


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2-30", "birthday.impossible"),
        ("13-1", "birthday.impossible"),
        ("腊月三十一", "birthday.impossible"),
        ("农历1985年闰四月初一", "birthday.leap_month"),
        ("1985-2-29", "date.impossible"),
        ("85-3-5", "date.two_digit_year"),
        ("农历", "birthday.unreadable"),
        ("八月", "birthday.unreadable"),
        ("农历公历8-15", "birthday.calendar"),
        (8.15, "date.unreadable"),
        ("1" * 65, "birthday.unreadable"),
    ],
)
def test_refuses(cell: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_birthday(cell)
    assert refused.value.code == code


def test_nobody_is_born_tomorrow() -> None:
    assert parse_birthday("2024-03-05", latest=date(2024, 3, 5)) == Birthday(2024, 3, 5)
    for cell in ("2024-03-06", "2025", "农历2024年八月十五"):
        with pytest.raises(Refused) as refused:
            parse_birthday(cell, latest=date(2024, 3, 5))
        assert refused.value.code == "birthday.future"


@pytest.mark.parametrize(
    ("birthday", "year", "day"),
    [
        (Birthday(None, 2, 29), 2024, date(2024, 2, 29)),
        (Birthday(None, 2, 29), 2025, date(2025, 2, 28)),
        (Birthday(None, 8, 15, True), 2025, date(2025, 10, 6)),
        # 腊月 of lunar 2023 has 30 days; of 2024 and 2025 only 29.
        (Birthday(None, 12, 30, True), 2023, date(2024, 2, 9)),
        (Birthday(None, 12, 30, True), 2024, date(2025, 1, 28)),
        # 2025 has a second sixth month, 2024 none, 2020 a second fourth.
        (Birthday(None, 6, 1, True, True), 2025, date(2025, 7, 25)),
        (Birthday(None, 6, 1, True), 2025, date(2025, 6, 25)),
        (Birthday(None, 6, 1, True, True), 2024, date(2024, 7, 6)),
        (Birthday(None, 4, 1, True, True), 2020, date(2020, 5, 23)),
    ],
)
def test_celebrated(birthday: Birthday, year: int, day: date) -> None:
    assert birthday.in_year(year) == day


def test_the_next_lunar_birthday_may_be_of_the_year_before() -> None:
    assert Birthday(None, 12, 30, True).next_on(date(2025, 1, 15)) == date(2025, 1, 28)
    assert Birthday(None, 12, 30, True).next_on(date(2025, 1, 29)) == date(2026, 2, 16)
    assert Birthday(None, 3, 5).next_on(date(2025, 3, 6)) == date(2026, 3, 5)
    assert Birthday(1985, None, None).next_on(date(2025, 1, 1)) is None


@pytest.mark.parametrize(
    ("birthday", "on", "age"),
    [
        (Birthday(1985, 8, 15), date(2025, 8, 14), 39),
        (Birthday(1985, 8, 15), date(2025, 8, 15), 40),
        (Birthday(2004, 2, 29), date(2025, 2, 28), 21),
        (Birthday(2004, 2, 29), date(2024, 2, 28), 19),
        (Birthday(1985, None, None), date(2025, 1, 1), 40),
        (Birthday(1985, 3, None), date(2025, 3, 31), 39),
        (Birthday(1985, 3, None), date(2025, 4, 1), 40),
        (Birthday(None, 8, 15), date(2025, 1, 1), None),
        (Birthday(2030, 1, 1), date(2025, 1, 1), None),
        # 农历1985年八月十五 was 29 September 1985.
        (Birthday(1985, 8, 15, True), date(2025, 9, 28), 39),
        (Birthday(1985, 8, 15, True), date(2025, 9, 29), 40),
    ],
)
def test_age(birthday: Birthday, on: date, age: int | None) -> None:
    assert birthday.age(on) == age


@given(st.integers(1, 12), st.integers(1, 30), st.booleans(), st.dates(date(1901, 1, 1), date(2097, 12, 31)))
def test_a_lunar_birthday_comes_every_year(month: int, day: int, leap: bool, on: date) -> None:
    found = Birthday(None, month, day, True, leap).next_on(on)
    assert found is not None and 0 <= (found - on).days <= 385


@given(
    st.one_of(st.integers(), st.floats(), st.text(max_size=70), st.text("0123456789-/.年月日农历公闰正冬腊初一二三十廿〇()", max_size=16))
)
def test_reads_or_refuses_and_nothing_else(cell: object) -> None:
    try:
        birthday = parse_birthday(cell)
    except Refused as refused:
        assert refused.code.partition(".")[0] in ("birthday", "date") and str(refused)
        return
    if birthday is not None:
        assert birthday.in_year(2023) is None or birthday.day is not None
        assert (birthday.age(date(2025, 1, 1)) is None) or birthday.year is not None
