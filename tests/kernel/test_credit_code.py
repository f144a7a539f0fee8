import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.credit_code import check_sign, parse_credit_code
from liuke.kernel.refusal import Refused

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("code", ["91330100799655058B", "9144030071526726XG", "914403001922038216"])
def test_published_codes_of_large_companies_pass(code: str) -> None:
    assert parse_credit_code(code) == code


def test_case_width_and_blanks_do_not_matter() -> None:
    assert parse_credit_code(" ９1330100 799655058b ") == "91330100799655058B"
    assert parse_credit_code("无") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9133", "credit_code.length"),
        ("9133010079965505IB", "credit_code.signs"),
        ("91AA0100799655058B", "credit_code.signs"),
        ("91330100799655058A", "credit_code.check"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_credit_code(text)
    assert refused.value.code == code


@given(st.text(SIGNS, min_size=9, max_size=9), st.integers(0, 16), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_always_noticed(body: str, place: int, sign: str) -> None:
    first = "91330100" + body
    check = check_sign(first)
    other = first[:place] + sign + first[place + 1 :]
    assert (check_sign(other) == check) == (other == first)


@given(st.text(max_size=24))
def test_reads_or_refuses(text: str) -> None:
    try:
        code = parse_credit_code(text)
    except Refused as refused:
        assert refused.code.startswith("credit_code.")
    else:
        assert code is None or len(code) == 18
