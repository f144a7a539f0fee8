from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.money import ROUNDED, Parsed, format_cents, parse_amount, parse_exact
from liuke.kernel.refusal import Refused


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("12.50", 1250),
        ("0", 0),
        ("-13", -1300),
        ("￥1,280.50", 128050),
        ("¥ 6,820", 682000),
        ("6820元", 682000),
        ("１２．５", 1250),
        ("人民币 88", 8800),
        ("1,234,567.89", 123456789),
        ("26.8万", 26800000),
        ("¥26.8 万元", 26800000),
        ("1.2亿", 12_000_000_000),
        ("（1,280）", -128000),
        ("(¥5)", -500),
        ("−¥6,820", -682000),
        ("¥−5", -500),
        ("－5", -500),
        ("12.500", 1250),
        ("\u202a5\u202c", 500),
        (12, 1200),
        (12.5, 1250),
        (0.1 + 0.2, 30),
        (1e5, 10_000_000),
        (Decimal("3.10"), 310),
        ("0.000001万", 1),
    ],
)
def test_reads_amounts_as_shops_write_them(cell: object, cents: int) -> None:
    assert parse_amount(cell) == Parsed(cents, None)


@pytest.mark.parametrize(
    ("cell", "cents"), [("12.345", 1235), (1.005, 101), ("-12.345", -1235), ("12.344", 1234), ("0.004", 0), (2.675, 268)]
)
def test_a_third_decimal_is_rounded_half_up_with_a_warning(cell: object, cents: int) -> None:
    assert parse_amount(cell) == Parsed(cents, ROUNDED)


@pytest.mark.parametrize(
    ("cell", "cents"), [("26.8", 26800000), (26.8, 26800000), ("¥26.8", 26800000), ("26.8万", 26800000), ("-3", -3000000)]
)
def test_a_heading_in_wan_multiplies_once(cell: object, cents: int) -> None:
    assert parse_amount(cell, in_wan=True) == Parsed(cents, None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "amount.empty"),
        (None, "amount.empty"),
        ("  ", "amount.empty"),
        ("$5", "amount.currency"),
        ("5 USD", "amount.currency"),
        ("100日元", "amount.currency"),
        ("€5", "amount.currency"),
        ("12.345,60", "amount.separators"),
        ("12,5", "amount.separators"),
        ("壹佰元整", "amount.capitals"),
        ("三百", "amount.capitals"),
        ("1.2E+05", "amount.scientific"),
        ("免费", "amount.unreadable"),
        ("-", "amount.unreadable"),
        ("1,23,456", "amount.unreadable"),
        ("12 34", "amount.unreadable"),
        (True, "amount.unreadable"),
        (float("nan"), "amount.unreadable"),
        (float("inf"), "amount.unreadable"),
        ("(-5)", "amount.sign"),
        ("9" * 20, "amount.too_large"),
        (10**400, "amount.too_large"),
        ("100000000000.01", "amount.too_large"),
        ("1" * 61, "amount.unreadable"),
        ("٣", "amount.unreadable"),
    ],
)
def test_refuses_what_it_is_not_sure_of(cell: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_amount(cell)
    assert refused.value.code == code


def test_yuan_under_a_heading_in_wan_contradicts_it() -> None:
    with pytest.raises(Refused, match="表头是万元，单元格却写了元：5元"):
        parse_amount("5元", in_wan=True)


@pytest.mark.parametrize(
    ("cell", "value"), [("2.55", "2.55"), ("0.00125", "0.00125"), (0.1 + 0.2, "0.3"), ("-11062.06", "-11062.06"), ("1.2万", "12000")]
)
def test_prices_and_quantities_stay_exact(cell: object, value: str) -> None:
    assert parse_exact(cell) == Decimal(value)


def test_thirteen_decimals_are_no_price() -> None:
    with pytest.raises(Refused) as refused:
        parse_exact("0.1234567890123")
    assert refused.value.code == "amount.decimals"


@pytest.mark.parametrize(
    ("cents", "full", "short"),
    [
        (682000, "¥6,820", "¥6,820"),
        (128050, "¥1,280.50", "¥1,280.50"),
        (5, "¥0.05", "¥0.05"),
        (-1300, "−¥13", "−¥13"),
        (999999, "¥9,999.99", "¥9,999.99"),
        (1000000, "¥10,000", "¥1 万"),
        (26800000, "¥268,000", "¥26.8 万"),
        (-94000000, "−¥940,000", "−¥94 万"),
        (26850000, "¥268,500", "¥26.9 万"),
        (99949999, "¥999,499.99", "¥99.9 万"),
        (99950000, "¥999,500", "¥100 万"),
        (231000000, "¥2,310,000", "¥231 万"),
        (9999499999, "¥99,994,999.99", "¥9,999 万"),
        (9999500000, "¥99,995,000", "¥1 亿"),
        (12345678900, "¥123,456,789", "¥1.2 亿"),
    ],
)
def test_formats(cents: int, full: str, short: str) -> None:
    assert (format_cents(cents), format_cents(cents, "short")) == (full, short)


@given(st.integers(-(10**13), 10**13))
def test_what_is_formatted_reads_back(cents: int) -> None:
    assert parse_amount(format_cents(cents)) == Parsed(cents, None)


@given(st.integers(-(10**13), 10**13))
def test_a_number_cell_of_whole_cents_is_read_exactly(cents: int) -> None:
    assert parse_amount(cents / 100) == Parsed(cents, None)


@given(st.integers(-(10**9), 10**9), st.integers(0, 9))
def test_rounding_is_half_up_by_size(cents: int, third: int) -> None:
    text = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}{third}"
    size = abs(cents) + (third >= 5)
    assert parse_amount(text).cents == (-size if cents < 0 else size)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=80),
    st.text("0123456789.,-()¥￥万元eE+ −壹", max_size=30),
    st.binary(),
)


@given(ANYTHING, st.booleans())
def test_reads_or_refuses_and_nothing_else(cell: object, in_wan: bool) -> None:
    try:
        assert isinstance(parse_amount(cell, in_wan=in_wan).cents, int)
    except Refused as refused:
        assert refused.code.startswith("amount.") and str(refused)
    try:
        assert parse_exact(cell).is_finite()
    except Refused as refused:
        assert refused.code.startswith("amount.")
