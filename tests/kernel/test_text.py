import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused, shown
from liuke.kernel.text import as_id, clean, clean_identifier, neutralise


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("  王\u200b 伟\u202e ", "王 伟"), ("a\tb\r\nc", "a b c"), ("王\x07伟", "王伟"), ("Ａ１", "Ａ１"), ("", ""), ("王\u3000伟", "王 伟")],
)
def test_cleans(text: str, cleaned: str) -> None:
    assert clean(text, 10) == cleaned


def test_notes_keep_their_lines() -> None:
    assert clean(" 一 \r\n\r\n二  三 ", 20, lines=True) == "一\n\n二 三"


def test_identifiers_are_plain() -> None:
    assert clean_identifier(" ＡＢ１２\u200b－３ ", 10) == "AB12-3"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("王\x00", "text.nul", "文字里有空字符（NUL），请重新填写"),
        ("\udcff", "text.undecodable", "文字是乱码，请检查文件编码"),
        ("\ufffd", "text.undecodable", "文字是乱码，请检查文件编码"),
        ("王" * 5000, "text.too_long", "文字太长：5000 个字，最多 200 个"),
    ],
)
def test_refuses(text: str, code: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(text, 200)
    assert (refused.value.code, str(refused.value)) == (code, message)


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x"]
)
def test_formulas_are_defused(text: str) -> None:
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize("text", ["王伟", "a=1", "", "1+1", "'=1"])
def test_other_text_is_left_alone(text: str) -> None:
    assert neutralise(text) == text


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for read in (clean, clean_identifier):
        try:
            once = read(text, 200)
        except Refused as refused:
            assert refused.code.startswith("text.")
        else:
            assert read(once, 200) == once and len(once) <= 200


@given(st.text(max_size=30))
def test_nothing_defused_begins_like_a_formula(text: str) -> None:
    assert not neutralise(text).lstrip().startswith(tuple("=+-@＝＋－＠"))


def test_a_refusal_fills_its_slots_and_survives_another_process() -> None:
    refused = pickle.loads(pickle.dumps(Refused("x.y", "少了 %(n)s 位", n=2)))
    assert (refused.code, refused.message, refused.slots, str(refused)) == ("x.y", "少了 %(n)s 位", {"n": 2}, "少了 2 位")
    assert refused.filled("%(n)s digits missing") == "2 digits missing"


def test_a_cell_in_a_message_is_one_short_line() -> None:
    assert shown("a\nb") == "a b"
    assert shown("王" * 100) == "王" * 23 + "…"


@pytest.mark.parametrize(("text", "pk"), [("1", 1), ("12", 12), ("007", 7), ("9" * 15, 10**15 - 1)])
def test_reads_an_id(text: str, pk: int) -> None:
    assert as_id(text) == pk


@pytest.mark.parametrize(
    "text", ["", "0", "000", "-1", "+1", " 1", "1\n", "1.0", "1e3", "1_0", "K000001", "９", "²", "٣", "一", "1" + "0" * 15]
)
def test_what_is_no_id(text: str) -> None:
    assert as_id(text) is None


@given(st.text(max_size=20))
def test_an_id_is_positive_and_short(text: str) -> None:
    assert (pk := as_id(text)) is None or (0 < pk < 10**15 and int(text) == pk)


@given(st.integers(1, 10**15 - 1))
def test_an_id_reads_itself(pk: int) -> None:
    assert as_id(str(pk)) == pk
