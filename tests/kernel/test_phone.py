import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.phone import Phone, last4, mask_phone, parse_phones, show_phone
from liuke.kernel.refusal import Refused

MOBILE = Phone("+8613812345678", "mobile")
OTHER = Phone("+8613912345678", "mobile")
LAND = Phone("+8657188886666", "landline")


@pytest.mark.parametrize(
    "cell",
    [
        "13812345678",
        13812345678,
        13812345678.0,
        "13812345678.0",
        "１３８１２３４５６７８",
        "138 1234 5678",
        "138-1234-5678",
        "+86 138 1234 5678",
        "+8613812345678",
        "008613812345678",
        "86-13812345678",
        "(+86)13812345678",
        "\u202d13812345678\u202c",
        "\ufeff138\u200b12345678",
        "'13812345678",
        "手机：13812345678",
        "013812345678",
        "13812345678 ",
        "13812345678/无",
        "13812345678，13812345678",
    ],
)
def test_one_mobile_in_many_dresses(cell: object) -> None:
    assert parse_phones(cell) == [MOBILE]


@pytest.mark.parametrize(
    "cell",
    [
        "0571-88886666",
        "(0571)88886666",
        "0571 8888 6666",
        "057188886666",
        "0571/88886666",
        57188886666,
        "+86 571 88886666",
        "+86 (0)571-88886666",
    ],
)
def test_one_landline_in_many_dresses(cell: object) -> None:
    assert parse_phones(cell) == [LAND]


@pytest.mark.parametrize(
    "cell", ["0571-88886666-801", "0571-88886666转801", "0571-88886666 ext. 801", "0571-88886666 分机801", "+8657188886666;ext=801"]
)
def test_an_extension_is_kept(cell: str) -> None:
    assert parse_phones(cell) == [Phone("+8657188886666;ext=801", "landline")]


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("400-123-4567", Phone("+864001234567", "service")),
        ("8008201234", Phone("+868008201234", "service")),
        ("+852 9123 4567", Phone("+85291234567", "foreign")),
        ("0085291234567", Phone("+85291234567", "foreign")),
        ("010-88886666", Phone("+861088886666", "landline")),
        ("0991-2812345", Phone("+869912812345", "landline")),
    ],
)
def test_other_kinds(cell: str, phone: Phone) -> None:
    assert parse_phones(cell) == [phone]


@pytest.mark.parametrize(
    ("cell", "phones"),
    [
        ("13812345678/13912345678", [MOBILE, OTHER]),
        ("13912345678、13812345678", [OTHER, MOBILE]),
        ("13812345678,13912345678", [MOBILE, OTHER]),
        ("13812345678 13912345678", [MOBILE, OTHER]),
        ("138 1234 5678 139 1234 5678", [MOBILE, OTHER]),
        ("13812345678 0571 88886666", [MOBILE, LAND]),
        ("13812345678\n13912345678", [MOBILE, OTHER]),
        ("0571-88886666、88886667", [LAND, Phone("+8657188886667", "landline")]),
    ],
)
def test_several_in_one_cell_all_kept_the_first_first(cell: str, phones: list[Phone]) -> None:
    assert parse_phones(cell) == phones


@pytest.mark.parametrize("cell", ["", " ", "无", "-", "--", "—", "0", 0, 0.0, None, "/", "暂无", "N/A", "\u200b"])
def test_nothing_there(cell: object) -> None:
    assert parse_phones(cell) == []


@pytest.mark.parametrize(
    ("cell", "code", "text"),
    [
        ("1.38E+10", "phone.scientific", "号码已被 Excel 截断，请按文本重填"),
        ("1.38123E+10", "phone.scientific", "号码已被 Excel 截断，请按文本重填"),
        (13800000000.0, "phone.scientific", "号码已被 Excel 截断，请按文本重填"),
        ("13800000000", "phone.scientific", "号码已被 Excel 截断，请按文本重填"),
        ("138****5678", "phone.masked", "号码已打码，请填完整号码"),
        ("138xxxx5678", "phone.masked", "号码已打码，请填完整号码"),
        ("1381234567", "phone.short", "手机号少了 1 位"),
        ("138123456789", "phone.long", "手机号多了 1 位"),
        ("88886666", "phone.area_code", "座机缺区号，请写成 0571-88886666 的样子"),
        ("张三13812345678", "phone.unreadable", "电话号码看不懂，请核对"),
        ("3812345678", "phone.unreadable", "电话号码看不懂，请核对"),
        (13812345678.5, "phone.unreadable", "电话号码看不懂，请核对"),
        (-13812345678, "phone.unreadable", "电话号码看不懂，请核对"),
        (True, "phone.unreadable", "电话号码看不懂，请核对"),
        ("13812345678/1391234567", "phone.short", "手机号少了 1 位"),
        ("1" * 201, "phone.too_long", "电话一格太长，请只填号码"),
    ],
)
def test_refuses_with_the_reason(cell: object, code: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_phones(cell)
    assert (refused.value.code, str(refused.value)) == (code, text)


@pytest.mark.parametrize(
    ("e164", "mask", "shown", "four"),
    [
        ("+8613812345678", "138****5678", "138 1234 5678", "5678"),
        ("+8657188886666;ext=801", "0571-****66", "0571-88886666 转 801", "6666"),
        ("+869912812345", "0991-****45", "0991-2812345", "2345"),
        ("+864001234567", "400-****67", "400-123-4567", "4567"),
        ("+85291234567", "+852 ****67", "+852 9123 4567", "4567"),
        ("什么", "****", "什么", ""),
    ],
)
def test_shows_and_hides(e164: str, mask: str, shown: str, four: str) -> None:
    assert (mask_phone(e164), show_phone(e164), last4(e164)) == (mask, shown, four)


mobiles = st.from_regex(r"\A1[3-9][0-9]{9}\Z").filter(lambda m: not m.endswith("00000000"))


@given(mobiles)
def test_every_mobile_reads_back_and_shows_seven_digits(number: str) -> None:
    (phone,) = parse_phones(number)
    assert phone == Phone("+86" + number, "mobile")
    assert parse_phones(phone.e164) == parse_phones(show_phone(phone.e164)) == [phone]
    assert re.fullmatch(r"[0-9]{3}\*{4}[0-9]{4}", mask_phone(phone.e164))


@given(st.text("0123456789+;ext=* ", max_size=24))
def test_a_mask_never_shows_more_than_it_may(text: str) -> None:
    assert sum(sign.isdigit() for sign in mask_phone(text)) <= 7


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=60),
        st.text("0123456789+-/、, .()转extE*无", max_size=60),
        st.dates(),
    )
)
def test_reads_or_refuses_and_what_is_read_is_in_normal_form(cell: object) -> None:
    try:
        phones = parse_phones(cell)
    except Refused as refused:
        assert refused.code.startswith("phone.")
        assert not re.search(r"[0-9]{7}", str(refused).replace("88886666", ""))
        return
    for phone in phones:
        assert re.fullmatch(r"\+[0-9]{7,15}(;ext=[0-9]{1,6})?", phone.e164)
        assert parse_phones(phone.e164) == [phone]
