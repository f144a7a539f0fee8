"""Scores, weights, jumps and what is refused. Pure."""

from decimal import Decimal

import pytest

from liuke.kernel.refusal import Refused
from liuke.packs.survey import Bands, Questionnaire, Surveys
from liuke.satisfaction.rules import Scored, asked, band_of, checked_weights, lows, overall_of, page_after, read, score_of, weighted


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": "x"}


def rating(key: str, weight: str = "0", **more) -> dict:
    return {"key": key, "kind": "rating", "indicator": "service.during", "weight": weight, "words": words("好不好"), **more}


def form(*questions: dict) -> Questionnaire:
    return Questionnaire.model_validate({"title": words("问卷"), "questions": list(questions)})


LADDER = form(
    {"key": "nps", "kind": "nps", "indicator": "recommendation", "words": words("愿不愿"), "jumps": [{"when": [0, 1, 2], "to": "why"}]},
    rating("liked", "1", jumps=[{"when": [1, 2, 3, 4, 5], "to": "end"}]),
    {"key": "why", "kind": "text", "required": True, "words": words("为什么")},
)


def test_the_worked_examples():
    assert weighted([(Decimal("0.4"), 5), (Decimal("0.35"), 4), (Decimal("0.25"), 3)]) == Scored(Decimal("4.15"), 3, 3)
    assert weighted([(Decimal("0.5"), 80), (Decimal("0.3"), 60), (Decimal("0.2"), None)]) == Scored(Decimal("72.5"), 2, 3)
    assert weighted([(Decimal("0.5"), None)]) == Scored(None, 0, 1)
    three = form(rating("a", "0.4"), rating("b", "0.35"), rating("c", "0.25"))
    assert score_of(three, {"a": 5, "b": 4, "c": 3}).score == Decimal("4.15")


def test_weights_are_rescaled_or_refused():
    assert checked_weights([Decimal("0.4"), Decimal("0.6")]) == ((Decimal("0.4"), Decimal("0.6")), False)
    assert checked_weights([Decimal(2), Decimal(6)]) == ((Decimal("0.25"), Decimal("0.75")), True)
    for weights, code in (
        ([Decimal(0), Decimal(0)], "weights.zero"),
        ([Decimal(2), Decimal(-1)], "weights.negative"),
        ([], "weights.zero"),
    ):
        with pytest.raises(Refused) as refused:
            checked_weights(weights)
        assert refused.value.code == code


def test_a_band_begins_at_its_edge():
    edges = [("4.5", "excellent"), ("4.49", "good"), ("3", "fair"), ("2.99", "poor"), ("1.99", "very_poor")]
    assert [band_of(Decimal(score), Bands()) for score, _ in edges] == [band for _, band in edges]


def test_jumps_lead_past_what_is_not_asked():
    assert [each.key for each in asked(LADDER, {"nps": 9, "liked": 5})] == ["nps", "liked"]
    assert [each.key for each in asked(LADDER, {"nps": 1})] == ["nps", "why"]
    assert [each.key for each in page_after(LADDER, {})] == ["nps"]
    assert [each.key for each in page_after(LADDER, {"nps": 1}, "nps")] == ["why"]
    assert page_after(LADDER, {"nps": 9, "liked": 4}, "liked") == []


def test_answers_are_read_and_what_was_not_asked_drops_out():
    given = read(LADDER, {"nps": ["9"], "liked": ["4"], "why": ["没人问我"]})
    assert (given.values, given.texts) == ({"nps": 9, "liked": 4}, {})
    assert read(LADDER, {"nps": ["2"], "liked": ["4"], "why": [" 等太久 "]}).texts == {"why": "等太久"}
    pair = form({**rating("p", "1"), "kind": "pair", "dimension": "empathy"})
    assert read(pair, {"p.es": ["5"], "p.ps": ["2"]}).values == {"p": [5, 2]}
    assert score_of(pair, {"p": [5, 2]}).score == 2


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"nps": ["11"]}, "answer.scale"), ({"nps": ["-1"]}, "answer.scale"), ({"nps": ["９"]}, "answer.scale"),
        ({"nps": ["5", "9"]}, "answer.twice"), ({}, "answer.required"), ({"nps": ["9"], "liked": ["6"]}, "answer.scale"),
        ({"nps": ["0"]}, "answer.required"), ({"nps": ["1"], "why": ["长" * 1001]}, "text.too_long"), ({"why": ["a\x00"]}, "text.nul"),
    ],
)  # fmt: skip
def test_what_is_refused(sent, code):
    with pytest.raises(Refused) as refused:
        read(form(*[{**each.model_dump(), "required": each.key in ("nps", "why")} for each in LADDER.questions]), sent)
    assert refused.value.code == code


def test_nothing_and_half_a_pair_are_refused():
    for sent, code in (({}, "answer.empty"), ({"p.es": ["3"]}, "answer.pair")):
        with pytest.raises(Refused) as refused:
            read(form({**rating("p", "1"), "kind": "pair", "dimension": "empathy"}), sent)
        assert refused.value.code == code


def test_low_answers():
    mixed = form(
        rating("a", "1"), {**rating("p", "1"), "kind": "pair", "dimension": "empathy"}, LADDER.questions[0].model_dump() | {"jumps": []}
    )
    assert lows(mixed, {"a": 2, "p": [1, 3], "nps": 6}, Surveys()) == ["a", "nps"]
    assert lows(mixed, {"a": 3, "p": [5, 2], "nps": 7}, Surveys()) == ["p"]
    assert overall_of(mixed, {"a": 4, "p": [5, 5]}) == 5 and overall_of(mixed, {"nps": 3}) is None
