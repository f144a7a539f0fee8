"""Days as people type them, told on 2026-11-22, a Sunday."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused
from liuke.kernel.spoken_date import parse_spoken

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))

# typed, the nearest to come, the nearest gone by
BOTH = [
    ("今天", (2026, 11, 22), (2026, 11, 22)),
    ("明天", (2026, 11, 23), (2026, 11, 23)),
    ("大后天", (2026, 11, 25), (2026, 11, 25)),
    ("前天", (2026, 11, 20), (2026, 11, 20)),
    ("周三", (2026, 11, 25), (2026, 11, 18)),
    ("星期日", (2026, 11, 22), (2026, 11, 22)),
    ("周末", (2026, 11, 28), (2026, 11, 21)),
    ("下周三", (2026, 11, 25), (2026, 11, 25)),
    ("下个星期三", (2026, 11, 25), (2026, 11, 25)),
    ("下下周三", (2026, 12, 2), (2026, 12, 2)),
    ("下周三下午3点", (2026, 11, 25), (2026, 11, 25)),
    ("周三三点半", (2026, 11, 25), (2026, 11, 18)),
    ("本周五", (2026, 11, 20), (2026, 11, 20)),
    ("上周五", (2026, 11, 13), (2026, 11, 13)),
    ("周5", (2026, 11, 27), (2026, 11, 20)),
    ("12.1", (2026, 12, 1), (2025, 12, 1)),
    ("12/1", (2026, 12, 1), (2025, 12, 1)),
    ("12-1", (2026, 12, 1), (2025, 12, 1)),
    ("１２．１", (2026, 12, 1), (2025, 12, 1)),
    ("12月1日", (2026, 12, 1), (2025, 12, 1)),
    ("十二月一号", (2026, 12, 1), (2025, 12, 1)),
    ("11.21", (2027, 11, 21), (2026, 11, 21)),
    ("明年11月21日", (2027, 11, 21), (2027, 11, 21)),
    ("明年3月5号", (2027, 3, 5), (2027, 3, 5)),
    ("去年三月五号", (2025, 3, 5), (2025, 3, 5)),
    ("2.29", (2028, 2, 29), (2024, 2, 29)),
    ("15号", (2026, 12, 15), (2026, 11, 15)),
    ("十五号", (2026, 12, 15), (2026, 11, 15)),
    ("31号", (2026, 12, 31), (2026, 10, 31)),
    ("下月3号", (2026, 12, 3), (2026, 12, 3)),
    ("下月31日", (2026, 12, 31), (2026, 12, 31)),
    ("+3", (2026, 11, 25), (2026, 11, 25)),
    ("−3", (2026, 11, 19), (2026, 11, 19)),
    ("+2周", (2026, 12, 6), (2026, 12, 6)),
    ("+1月", (2026, 12, 22), (2026, 12, 22)),
    ("3天后", (2026, 11, 25), (2026, 11, 25)),
    ("三天", (2026, 11, 25), (2026, 11, 19)),
    ("3天前", (2026, 11, 19), (2026, 11, 19)),
    ("两周后", (2026, 12, 6), (2026, 12, 6)),
    ("过两个星期", (2026, 12, 6), (2026, 12, 6)),
    ("半个月后", (2026, 12, 7), (2026, 12, 7)),
    ("半年后", (2027, 5, 22), (2027, 5, 22)),
    ("月底", (2026, 11, 30), (2026, 11, 30)),
    ("下月底", (2026, 12, 31), (2026, 12, 31)),
    ("10月底", (2027, 10, 31), (2026, 10, 31)),
    ("月初", (2026, 11, 1), (2026, 11, 1)),
    ("年底", (2026, 12, 31), (2026, 12, 31)),
    ("明年底", (2027, 12, 31), (2027, 12, 31)),
    ("tomorrow", (2026, 11, 23), (2026, 11, 23)),
    ("Friday", (2026, 11, 27), (2026, 11, 20)),
    ("next Wed", (2026, 11, 25), (2026, 11, 25)),
    ("2026-12-05", (2026, 12, 5), (2026, 12, 5)),
    ("2026年12月5日", (2026, 12, 5), (2026, 12, 5)),
    ("20261205", (2026, 12, 5), (2026, 12, 5)),
]


@pytest.mark.parametrize(("typed", "ahead", "behind"), BOTH, ids=[row[0] for row in BOTH])
def test_what_is_said_is_the_day_that_is_meant(typed, ahead, behind):
    assert parse_spoken(typed, TODAY) == date(*ahead)
    assert parse_spoken(typed, TODAY, lean="past") == date(*behind)


@pytest.mark.parametrize("typed", ["", "  ", None, "无", "-"])
def test_nothing_is_no_day(typed):
    assert parse_spoken(typed, TODAY) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2.30", "date.impossible"),
        ("13.1", "date.impossible"),
        ("2026-11-31", "date.impossible"),
        ("2月31号", "date.impossible"),
        ("明年2月29日", "date.impossible"),
        ("13月底", "date.impossible"),
        ("0号", "date.impossible"),
        ("+9999年", "date.year"),
        ("下周", "date.unreadable"),
        ("12月", "date.unreadable"),
        ("明年", "date.unreadable"),
        ("三点", "date.unreadable"),
        ("2026年", "date.incomplete"),
        ("5", "date.unreadable"),
        ("改天", "date.unreadable"),
        ("1.2.24", "date.two_digit_year"),
        ("周八", "date.unreadable"),
        ("明天" * 40, "date.unreadable"),
    ],
)
def test_what_names_no_day_is_refused_with_the_rule(typed, code):
    with pytest.raises(Refused) as refused:
        parse_spoken(typed, TODAY)
    assert refused.value.code == code


def test_a_month_later_than_the_31st_is_the_last_of_the_month():
    assert parse_spoken("+1月", date(2026, 1, 31)) == date(2026, 2, 28)
    assert parse_spoken("一个月后", date(2028, 1, 31)) == date(2028, 2, 29)


@given(DAYS, DAYS)
def test_a_whole_date_means_itself_on_any_day(day, today):
    assert parse_spoken(day.isoformat(), today) == day == parse_spoken(f"{day.year}年{day.month}月{day.day}日", today, lean="past")


@given(DAYS, st.integers(0, 3000))
def test_plus_and_minus_count_days(today, n):
    assert parse_spoken(f"+{n}", today) == today + timedelta(days=n) == parse_spoken(f"{n}天后", today)
    assert parse_spoken(f"-{n}", today) == today - timedelta(days=n)


@given(DAYS, st.sampled_from("一二三四五六日"))
def test_a_weekday_is_the_nearest_one_on_its_side(today, sign):
    wanted = "一二三四五六日".index(sign)
    ahead, behind = parse_spoken(f"周{sign}", today), parse_spoken(f"周{sign}", today, lean="past")
    assert ahead.weekday() == behind.weekday() == wanted
    assert 0 <= (ahead - today).days < 7 and 0 <= (today - behind).days < 7
    assert parse_spoken(f"下周{sign}", today) - parse_spoken(f"本周{sign}", today) == timedelta(days=7)


@given(DAYS, DAYS)
def test_a_month_and_day_is_the_nearest_on_its_side(today, day):
    typed = f"{day.month}.{day.day}"
    ahead, behind = parse_spoken(typed, today), parse_spoken(typed, today, lean="past")
    assert behind <= today <= ahead
    assert {(one.month, one.day) for one in (ahead, behind)} == {(day.month, day.day)}
    if (day.month, day.day) != (2, 29):
        assert (ahead - today).days <= 366 and (today - behind).days <= 366


@given(st.text(max_size=80), DAYS)
def test_whatever_is_typed_is_a_day_nothing_or_a_refusal(text, today):
    try:
        found = parse_spoken(text, today)
    except Refused as refused:
        assert refused.code.startswith("date.")
    else:
        assert found is None or 1900 <= found.year <= 2099
