"""Reading what strangers paste: tags, forms of characters, length; the words shown are the text's own."""

import re
from re import _constants as codes
from re import _parser as parser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.analytics.complaint_words import AXES, EMOTIONAL, RATIONAL, classify
from liuke.analytics.complaint_words.amounts import amounts
from liuke.analytics.complaint_words.reading import MANNERS, signs
from liuke.analytics.complaint_words.text import LONGEST, READ_WHOLE, plain
from liuke.kernel.refusal import Refused


@pytest.mark.parametrize("text", ["", "   ", "\n\t \u3000", "\u200b\ufeff", "。。。？！", "<p>&nbsp;</p>", "<script>退钱</script>"])
def test_nothing_said_is_refused(text):
    with pytest.raises(Refused) as refused:
        classify(text)
    assert refused.value.code == "complaint.empty"


def test_too_long_is_refused():
    assert classify("退" * LONGEST).read == READ_WHOLE
    with pytest.raises(Refused) as refused:
        classify("退" * (LONGEST + 1))
    assert (refused.value.code, str(refused.value)) == ("complaint.too_long", "文字太长：50001 个字，最多 50000 个")


def test_both_ends_of_a_long_text_are_read():
    filler = "今天天气不错。" * 6000
    assert classify("刹车失灵。" + filler).severity.value == "severe"
    assert classify(filler + "刹车失灵。").severity.value == "severe"


@pytest.mark.parametrize(
    "text",
    [
        "刹车失灵了，要求退款",
        "<p>刹车<b>失灵</b>了，<br>要求退款</p>",
        "剎車失靈了，要求退款",
        "煞車失靈了，要求退款",
        "刹 车 失 灵 了 ，要 求 退 款",
        "刹车\u200b失灵了😡，要求退款",
        "<div onclick='x'>刹车失灵&nbsp;了，要求退款</div>",
    ],
)
def test_one_text_in_many_forms(text):
    said = classify(text)
    assert said.severity.value == "severe"
    assert [need.value for need in said.rational] == ["compensation"]


def test_words_are_pieces_of_the_text_as_given():
    text = "　<i>煞車</i>　失 靈，&quot;退Ｑ款&quot;。THIS IS THE WORST SERVICE EVER"
    said = classify(text)
    pieces = [word for _, each in said.axes() for word in each.words]
    assert pieces
    assert all(text[word.start : word.end] == word.text for word in pieces)
    assert said.severity.words[0].text == "煞車</i>　失 靈"


def test_bare_signs_of_comparison_are_no_tags():
    assert plain("三斤<两斤，5>4").text == "三斤<两斤,5>4"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("多收1500元", [1500]),
        ("¥1,200.50", [1200.5]),
        ("一万二", [12000]),
        ("三百块", [300]),
        ("两千五", [2500]),
        ("1.5万", [15000]),
        ("3千5", [3500]),
        ("一百零五块", [105]),
        ("2026年3月5日", []),
        ("等了120分钟", []),
        ("第三百号", []),
    ],
)
def test_amounts(text, values):
    assert [amount.value for amount in amounts(text)] == values


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_answered_or_refused(text):
    try:
        said = classify(text)
    except Refused:
        return
    for axis, each in said.axes():
        assert each.value in AXES[axis]
        assert 0 < each.confidence <= 1
        assert all(text[word.start : word.end] == word.text for word in each.words)
        assert sum(said.scores[axis].values()) == pytest.approx(1)
    assert {need.value for need in said.emotional} <= set(EMOTIONAL)
    assert {need.value for need in said.rational} <= set(RATIONAL)


def _unbounded(parsed, found):
    """Every repeat without an end but those of letters, which a blank ends, and of one mark."""
    for code, argument in parsed:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            _, most, inner = argument
            letters = len(inner) == 1 and inner[0][0] is codes.IN and inner[0][1] == [(codes.CATEGORY, codes.CATEGORY_WORD)]
            if most > 60 and not letters:
                found.append(inner)
            _unbounded(inner, found)
        elif code is codes.BRANCH:
            for branch in argument[1]:
                _unbounded(branch, found)
        elif code is codes.SUBPATTERN:
            _unbounded(argument[3], found)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            _unbounded(argument[1], found)
    return found


def test_every_pattern_reads_in_one_go():
    """A repeat without an end inside a pattern is what makes a long text take for ever."""
    patterns = [pattern.pattern for sign in signs() for pattern in (*sign.zh, *sign.en)]
    assert len(patterns) > 200
    assert [pattern[:60] for pattern in patterns if _unbounded(parser.parse(pattern), [])] == []
    assert _unbounded(parser.parse(r"(?:一|二)+块"), []) != []


def test_signs_say_who_they_are():
    names = [sign.name for sign in signs()]
    assert len(set(names)) == len(names)
    assert [sign.name for sign in signs() if not sign.zh and not sign.en and sign.name not in MANNERS] == []
    assert all(re.match(r"[a-z]", name) for name in names)
