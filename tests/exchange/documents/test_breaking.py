"""Lines as Chinese is set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.exchange.documents.breaking import lines


def measure(text: str) -> float:
    """Half a unit for a Latin sign, one for a Chinese."""
    return sum(0.5 if sign.isascii() else 1.0 for sign in text)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("一二三四五六", 3, ["一二三", "四五六"]),
        ("一二三，四五", 3, ["一二", "三，四", "五"]),
        ("一二“三四”五", 4, ["一二“三", "四”五"]),
        ("一二三“四", 4, ["一二三", "“四"]),
        ("一二三。”四", 4, ["一二", "三。”四"]),
        ("打 0571-88886666 找我", 9, ["打 0571-88886666", "找我"]),
        ("共 ¥1,286,400.00 元", 7, ["共", "¥1,286,400.00", "元"]),
        ("一二\n\n三", 5, ["一二", "", "三"]),
        ("abcdefghij", 2, ["abcd", "efgh", "ij"]),
        ("", 5, [""]),
    ],
)
def test_where_a_line_ends(text: str, width: float, expected: list[str]) -> None:
    assert lines(text, width, measure) == expected


@given(st.text("一二三，。“”（）、 ab12.", max_size=60), st.integers(2, 20))
def test_nothing_is_lost_and_nothing_sticks_out(text: str, width: int) -> None:
    found = lines(text, width, measure)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(measure(line) <= width for line in found)


@given(st.lists(st.sampled_from(["一", "二三", "四，", "（五）", "六。”"]), max_size=30).map("".join), st.integers(5, 20))
def test_no_closing_mark_begins_a_line_and_no_opening_one_ends_it(text: str, width: int) -> None:
    found = lines(text, width, measure)
    assert not any(line.startswith(tuple("，。”）")) for line in found)
    assert not any(line.endswith(("（", "“")) for line in found)
