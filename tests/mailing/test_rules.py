"""A letter has no hole: what cannot be filled takes its sentence with it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused
from liuke.mailing.rules import SLOTS, checked, merged, postcode, worded
from liuke.packs.letters import LETTER_SLOTS
from liuke.packs.loader import load_pack

FULL = {
    "name_title": "张先生",
    "name": "张书远",
    "last_visit": "4月22日",
    "staff": "陈思远",
    "staff_phone": "0571-88886666",
    "store": "杭州滨江店",
}


def test_a_letter_in_full() -> None:
    text = "尊敬的{称呼}：\n您上次来{门店}是{上次来店}，车开着还顺手吗？有事找{业务员}，电话{业务员电话}。\n祝您平安。"
    assert merged(text, FULL) == (
        "尊敬的张先生：",
        "您上次来杭州滨江店是4月22日，车开着还顺手吗？有事找陈思远，电话0571-88886666。",
        "祝您平安。",
    )


def test_a_sentence_that_cannot_be_filled_is_left_out_whole() -> None:
    text = "尊敬的{称呼}：\n您上次来是{上次来店}，车开着还顺手吗？有事找{业务员}。电话是{业务员电话}。\n{业务员}问您好！”\n祝您平安。"
    assert merged(text, FULL | {"last_visit": "", "staff_phone": ""}) == (
        "尊敬的张先生：",
        "有事找陈思远。",
        "陈思远问您好！”",
        "祝您平安。",
    )
    assert merged(text, FULL | {"staff": "", "staff_phone": ""}) == ("尊敬的张先生：", "您上次来是4月22日，车开着还顺手吗？", "祝您平安。")


def test_the_keys_are_understood_beside_the_words() -> None:
    assert merged("Dear { name_title }, come to {store}. Call {staff_phone}. Yours.", FULL | {"staff_phone": ""}) == (
        "Dear 张先生, come to 杭州滨江店. Yours.",
    )


def test_a_figure_with_a_point_is_no_end() -> None:
    assert merged("It is 3.5 km from {last_visit}. Yours.", FULL | {"last_visit": ""}) == ("Yours.",)


def test_what_fills_a_slot_is_set_as_it_is() -> None:
    odd = FULL | {"name": "{姓名}。\\1%s"}
    assert merged("{姓名}来过。", odd) == ("{姓名}。\\1%s来过。",)


values = st.fixed_dictionaries({key: st.sampled_from(["", "甲", "乙丙", "店。"]) for key in SLOTS})
pieces = st.one_of(
    st.sampled_from([f"{{{word}}}" for word in SLOTS.values()]),
    st.text("一二三，、（）abc 12.", max_size=6),
    st.sampled_from(["。", "？", "！”", "\n", "…", ". "]),
)
letters = st.lists(pieces, max_size=25).map("".join)


@given(letters, values)
def test_no_letter_ever_has_a_hole(text: str, known: dict[str, str]) -> None:
    for paragraph in merged(text, known):
        assert paragraph == paragraph.strip() != ""
        assert "{" not in paragraph and "\n" not in paragraph


@given(letters)
def test_with_all_known_nothing_is_lost(text: str) -> None:
    known = dict.fromkeys(SLOTS, "甲")
    filled = re.sub(r"\{[^}]*\}", "甲", text)
    assert "".join(merged(text, known)).replace(" ", "") == filled.replace("\n", "").replace(" ", "")


sentences = st.tuples(st.text("一二三，、", min_size=1, max_size=5), st.sampled_from([None, *SLOTS]), st.sampled_from("。？！…"))


@given(st.lists(st.lists(sentences, min_size=1, max_size=4), max_size=5), values)
def test_exactly_the_sentences_that_name_what_is_not_known_go(
    paragraphs: list[list[tuple[str, str | None, str]]], known: dict[str, str]
) -> None:
    text = "\n".join(
        "".join(f"{words}{{{SLOTS[slot]}}}{mark}" if slot else words + mark for words, slot, mark in each) for each in paragraphs
    )
    expected = [
        "".join(words + (known[slot] if slot else "") + mark for words, slot, mark in each if slot is None or known[slot])
        for each in paragraphs
    ]
    assert merged(text, known) == tuple(paragraph for paragraph in expected if paragraph)


@pytest.mark.parametrize(
    ("title", "body", "code"),
    [
        ("", " \n ", "letter.empty"),
        ("", "您好{称呼。再见。", "letter.brace"),
        ("", "您好称呼}。", "letter.brace"),
        ("{电话}", "您好。", "letter.slot"),
        ("", "您好{}。", "letter.slot"),
        ("", "尊敬的{称呼}：\n您上次来是{上次来店}。", "letter.nothing"),
        ("", "字" * 3001, "text.too_long"),
        ("", "a\x00b", "text.nul"),
    ],
)
def test_what_is_no_letter_is_refused(title: str, body: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(title, body)
    assert refused.value.code == code


def test_what_is_kept_is_clean() -> None:
    assert checked(" 多谢 ", "尊敬的{称呼}：\r\n\r\n  祝您平安。\u200b") == ("多谢", "尊敬的{称呼}：\n\n祝您平安。")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("310051 浙江省杭州市滨江区江南大道 100 号", ("310051", "浙江省杭州市滨江区江南大道 100 号")),
        ("浙江省杭州市滨江区江南大道100号 310051", ("310051", "浙江省杭州市滨江区江南大道100号")),
        ("浙江省杭州市滨江区江南大道100号，邮编：310051", ("310051", "浙江省杭州市滨江区江南大道100号")),
        ("邮政编码 010010，内蒙古呼和浩特市新城区", ("010010", "内蒙古呼和浩特市新城区")),
        ("310051浙江省杭州市滨江区", ("310051", "浙江省杭州市滨江区")),
        ("浙江省杭州市滨江区（310051）", ("310051", "浙江省杭州市滨江区")),
        ("浙江省杭州市滨江区江南大道 100100 号", ("", "浙江省杭州市滨江区江南大道 100100 号")),
        ("100100号院3号楼", ("", "100100号院3号楼")),
        ("13812345678 张书远收", ("", "13812345678 张书远收")),
        ("310051", ("", "310051")),
        ("", ("", "")),
    ],
)
def test_the_postcode_of_an_address(address: str, expected: tuple[str, str]) -> None:
    assert postcode(address) == expected


@given(st.text("0123456789 ，邮编：号路市浙江", max_size=30))
def test_a_postcode_is_taken_once_and_nothing_else(address: str) -> None:
    code, rest = postcode(address)
    assert rest or not address.strip(" ")
    if code:
        assert re.fullmatch(r"[0-8]\d{5}", code) and code in address
        assert sum(map(str.isdigit, rest)) == sum(map(str.isdigit, address)) - 6
    else:
        assert rest == address.strip()


@pytest.mark.parametrize("key", ["auto_dealer", "retail"])
@pytest.mark.parametrize("chinese", [True, False])
def test_the_letters_a_pack_brings_can_be_sent_as_they_are(key: str, chinese: bool) -> None:
    brought = load_pack(key).letters
    assert [letter.key for letter in brought] == ["thanks", "missed", "festival"]
    for letter in brought:
        lang = "zh" if chinese else "en"
        text = worded("\n".join(paragraph(lang) for paragraph in letter.paragraphs), chinese)
        assert checked(letter.title(lang), text)[1] == text
        bare = merged(text, {"name_title": "张先生", "name": "张书远", "store": "杭州滨江店"})
        assert len(bare) >= 3, "with nothing known but the name it still is a letter"
        for word in ("优惠", "折", "券", "赠", "特价", "offer", "discount", "free"):
            assert word not in text.replace("of", ""), "a letter that cares carries no offer"


def test_the_slots_of_packs_are_those_of_letters() -> None:
    assert tuple(SLOTS) == LETTER_SLOTS
