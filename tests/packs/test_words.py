"""Text in two languages: its slots, how numbers are set, how long it is."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from liuke.packs.words import Words, fill, slots, zh_length


def test_slots_in_order():
    assert slots("{recency_days}天没来，通常{ cycle_days }天一次。") == ("recency_days", "cycle_days")
    assert slots("没有空位") == ()


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("amount_12m_cents", 142_050, "¥1,421"),
        ("last6_cents", -38_000, "−¥380"),
        ("last6_cents", 0, "¥0"),
        ("prev6_cents / prev6_days", 26_666.67, "¥267"),
        ("cycle_days", 74.5, "75"),
        ("recency_days", 1212.0, "1,212"),
        ("elapsed_cycles", 2.85, "2.9"),
        ("elapsed_cycles", Decimal("1.75"), "1.8"),
        ("name_title", "张先生", "张先生"),
    ],
)
def test_numbers_are_set_as_a_reader_wants_them(name: str, value: object, shown: str):
    assert fill(f"是{{{name}}}。", {name: value}) == f"是{shown}。"


def test_an_empty_slot_is_never_shown():
    with pytest.raises(KeyError, match="cycle_days"):
        fill("通常{cycle_days}天一次。", {"cycle_days": None})
    with pytest.raises(KeyError, match="cycle_days"):
        fill("通常{cycle_days}天一次。", {})


def test_a_slot_counts_as_two_characters():
    assert zh_length("{recency_days}天没来。") == 6


def test_the_language_is_chosen_by_the_caller():
    words = Words(zh="好久没来", en="Not back for long")
    assert (words(), words("en")) == ("好久没来", "Not back for long")


@pytest.mark.parametrize("zh", ["您好,请问", "您好，请问?", "他说:好", "{name_title}:您好"])
def test_half_width_punctuation_beside_han_is_refused(zh: str):
    with pytest.raises(ValidationError, match="中文旁边要用全角标点"):
        Words(zh=zh, en="x" if "{" not in zh else "{name_title}")


def test_times_and_amounts_keep_their_half_width_signs():
    assert Words(zh="上午10:00–11:30，¥1,420。", en="10:00–11:30, ¥1,420.").zh == "上午10:00–11:30，¥1,420。"


@pytest.mark.parametrize(
    ("text", "days", "said"),
    [
        ("{days_since('x')}天前的严重投诉还没结。", 1, "昨天的严重投诉还没结。"),
        ("**{days_since('x')}天前**的严重投诉还没结。", 1, "**昨天**的严重投诉还没结。"),
        ("第一次来是{days_since('x')}天前。", 0, "第一次来是今天。"),
        ("商业险{days_left('x')}天后到期。", 1, "商业险明天到期。"),
        ("{days_since('x')}天前来问过建议。", 21, "21天前来问过建议。"),
        ("{days_since('x')}天前来问过建议。", 11, "11天前来问过建议。"),
        ("Mentioned a wish {days_since('x')} days ago, not met yet.", 1, "Mentioned a wish yesterday, not met yet."),
        ("The cover ends in {days_left('x')} days and is not renewed.", 1, "The cover ends tomorrow and is not renewed."),
        ("{recency_days}天没来。", 1, "1天没来。"),
    ],
)
def test_a_day_away_has_a_name(text: str, days: int, said: str):
    assert fill(text, lambda _slot: days) == said
