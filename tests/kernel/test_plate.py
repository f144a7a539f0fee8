import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.plate import mask_plate, parse_plate, show_plate
from liuke.kernel.refusal import Refused


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("浙A·7B23Q", "浙A7B23Q"),
        ("浙a 7b23q", "浙A7B23Q"),
        ("浙Ａ－７Ｂ２３Ｑ", "浙A7B23Q"),
        ("浙A·D12345", "浙AD12345"),
        ("苏E12345D", "苏E12345D"),
        ("浙AO1234", "浙A01234"),
        ("粤Z1234港", "粤Z1234港"),
        ("", None),
        ("无", None),
        ("未上牌", None),
    ],
)
def test_reads(text: str, plate: str | None) -> None:
    assert parse_plate(text) == plate


@pytest.mark.parametrize("text", ["浙A1234", "浙A123456", "A12345", "美A12345", "浙112345", "浙AL12345", "浙A12345678"])
def test_refuses(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_plate(text)
    assert refused.value.code == "plate.form"


def test_shows_and_hides() -> None:
    assert (show_plate("浙A7B23Q"), mask_plate("浙A7B23Q"), mask_plate("浙AD12345")) == ("浙A·7B23Q", "浙A·7****Q", "浙A·D****5")
    assert mask_plate("什么") == "****"


@given(st.from_regex(r"\A[京浙苏粤][A-Z](?:[A-HJ-NP-Z0-9]{5}|[DF][0-9]{5})\Z"))
def test_every_plate_reads_back_and_shows_two_signs_of_its_serial(plate: str) -> None:
    assert parse_plate(plate) == parse_plate(show_plate(plate)) == plate
    assert re.fullmatch(r".[A-Z]·.\*{4}.", mask_plate(plate))


@given(st.text(max_size=20))
def test_reads_or_refuses(text: str) -> None:
    try:
        plate = parse_plate(text)
    except Refused as refused:
        assert refused.code == "plate.form"
    else:
        assert plate is None or len(plate) in (7, 8)
