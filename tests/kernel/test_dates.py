from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.dates import parse_date
from liuke.kernel.refusal import Refused

DAY = date(2024, 3, 5)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-05",
        "2024/3/5",
        "2024.3.5",
        "2024年3月5日",
        "2024年3月5",
        "2024 年 3 月 5 号",
        "20240305",
        20240305,
        20240305.0,
        45356,
        45356.75,
        "45356",
        "45356.5",
        "2024-03-05 08:26:00",
        "2024/3/5 0:00",
        "2024-03-05T16:30:00.000+08:00",
        "2024年3月5日 8时26分",
        "2024-3-5 下午3:20",
        "20240305082600",
        "2024-03-05 星期二",
        "２０２４－０３－０５",
        "二〇二四年三月五日",
        DAY,
        datetime(2024, 3, 5, 23, 59),
        datetime(2024, 3, 4, 18, tzinfo=UTC),
        "2024-03-04T18:00:00Z",
        "\u200e2024-03-05",
    ],
)
def test_one_day_in_many_dresses(cell: object) -> None:
    assert parse_date(cell) == DAY


def test_the_other_epoch() -> None:
    assert parse_date(43894, epoch=1904) == parse_date("43894", epoch=1904) == DAY
    assert parse_date(43894) == date(2020, 3, 4)


@pytest.mark.parametrize(
    ("cell", "day"), [(20000, date(1954, 10, 3)), ("20000", date(1954, 10, 3)), (60000, date(2064, 4, 8)), ("60000", date(2064, 4, 8))]
)
def test_serials_reach_from_20000_to_60000(cell: object, day: date) -> None:
    assert parse_date(cell) == day


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        None,
        "无",
        "-",
        "0",
        0,
        "0000-00-00",
        "0000-00-00 00:00:00",
        "1900-01-00",
        "1900/1/0 0:00:00",
        "1970-01-01",
        date(1970, 1, 1),
        "1900-01-01",
    ],
)
def test_placeholders_are_nothing(cell: object) -> None:
    assert parse_date(cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2023-02-29", "date.impossible"),
        ("2024-13-01", "date.impossible"),
        ("20240230", "date.impossible"),
        ("12/1/2010 8:26", "date.order"),
        ("5-3-2024", "date.order"),
        ("Mar 5, 2024", "date.order"),
        ("1-Mar-2024", "date.order"),
        ("24-3-5", "date.two_digit_year"),
        ("5/3/24", "date.two_digit_year"),
        ("20245-03-01", "date.year"),
        ("20245年3月1日", "date.year"),
        ("1899-05-01", "date.year"),
        ("2100-01-01", "date.year"),
        ("2024-03", "date.incomplete"),
        ("2024", "date.incomplete"),
        ("3月5日", "date.incomplete"),
        ("####", "date.hashes"),
        ("明天", "date.unreadable"),
        ("2024-3/5", "date.unreadable"),
        ("2024-3-512:30", "date.unreadable"),
        ("19999", "date.unreadable"),
        ("60001", "date.unreadable"),
        (19999, "date.unreadable"),
        (60001, "date.unreadable"),
        (True, "date.unreadable"),
        (float("nan"), "date.unreadable"),
        (float("inf"), "date.unreadable"),
        ("1" * 65, "date.unreadable"),
    ],
)
def test_refuses_with_the_reason(cell: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_date(cell)
    assert refused.value.code == code


def test_a_deal_is_not_of_tomorrow() -> None:
    assert parse_date("2024-03-05", latest=DAY) == DAY
    with pytest.raises(Refused, match="日期 2024-03-06 还没到"):
        parse_date("2024-03-06", latest=DAY)


@given(st.dates(date(1954, 10, 3), date(2064, 4, 8)).filter(lambda d: d != date(1970, 1, 1)))
def test_every_form_of_a_day_gives_the_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert {
        parse_date(form) for form in (day, day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", serial, str(serial))
    } == {day}


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates(),
        st.datetimes(timezones=st.none() | st.timezones()),
        st.text(max_size=70),
    ),
    st.sampled_from([1900, 1904]),
)
def test_reads_or_refuses_and_nothing_else(cell: object, epoch: int) -> None:
    _reads_or_refuses(cell, epoch)


@given(st.text("0123456789-/.年月日: TZ+上午一二〇十#", max_size=24))
def test_reads_or_refuses_what_looks_like_a_date(cell: str) -> None:
    _reads_or_refuses(cell, 1900)


def _reads_or_refuses(cell: object, epoch: int) -> None:
    try:
        day = parse_date(cell, epoch=epoch)
    except Refused as refused:
        assert refused.code.startswith("date.") and str(refused)
    else:
        assert day is None or (type(day) is date and 1900 <= day.year <= 2099)
