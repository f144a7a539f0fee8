"""The model of confirmed cases: nothing from few, nothing where it is no better, better where the house has ways of its own."""

import json

import pytest

from liuke.analytics.complaint_words import AXES, classify
from liuke.analytics.complaint_words.fitting import CORPUS
from liuke.analytics.complaint_words.learned import Case, blended, fit, from_bytes, predict, to_bytes

ROWS = [json.loads(line) for line in (CORPUS / "two_hundred.jsonl").read_text(encoding="utf-8").splitlines()]
OWN = "洗车卡"  # what this house calls a matter of integrity whatever is said of it


@pytest.fixture(scope="module")
def cases():
    return [Case(row["text"], classify(row["text"]).scores, {axis: row[axis] for axis in AXES}) for row in ROWS]


@pytest.fixture(scope="module")
def of_the_house(cases):
    told = [f"{OWN}的事：{row['text']}" if place % 2 else row["text"] for place, row in enumerate(ROWS)]
    return [
        Case(text, case.scores, {"cause": "integrity" if OWN in text else case.confirmed["cause"]})
        for text, case in zip(told, cases, strict=True)
    ]


@pytest.fixture(scope="module")
def model(of_the_house):
    return fit(of_the_house)


def test_too_few_teach_nothing(cases):
    model = fit(cases[:199])
    assert model.axes == {}
    assert {axis: figures.why for axis, figures in model.figures.items()} == dict.fromkeys(AXES, "few")


def test_where_the_rules_are_as_good_they_stay(cases):
    figures = fit(cases).figures
    assert figures["behaviour"].why == "no_better"
    assert figures["behaviour"].cases == 200
    assert figures["channel"].why == "few"  # most of these texts tell no channel


def test_one_value_alone_is_nothing_to_tell_apart(cases):
    same = [Case(case.text, case.scores, {"purpose": "criticism"}) for case in cases]
    assert fit(same).figures["purpose"].why == "one_value"


def test_a_custom_of_the_house_is_learned(model):
    figures = model.figures["cause"]
    assert figures.why == "used"
    assert figures.blend > figures.rules + 0.08
    assert figures.gained > figures.lost
    text = f"{OWN}的事，等了半天"
    said = classify(text)
    assert said.cause.value == "service"
    after = blended(model, said, text)
    assert after.cause.value == "integrity"
    assert predict(model, text)["cause"]["integrity"] == max(predict(model, text)["cause"].values())
    assert [other.value for other in after.others][:1] == ["service"]
    assert after.severity == said.severity


def test_a_rare_value_is_left_to_the_rules(of_the_house):
    seen = [case for case in of_the_house if case.confirmed["cause"] != "price"]
    rare = [case for case in of_the_house if case.confirmed["cause"] == "price"][:5]
    model = fit([*seen, *rare], enough=150)
    assert model.axes["cause"].values == ("product_quality", "service", "integrity")
    text = "洗个车要一百二，太贵了"
    assert blended(model, classify(text), text).cause.value == "price"


def test_the_same_cases_make_the_same_model(of_the_house, model):
    assert to_bytes(fit(of_the_house)) == to_bytes(model)


def test_there_and_back(model):
    data = to_bytes(model)
    again = from_bytes(data)
    assert again.figures == model.figures
    assert predict(again, "等了半天") == predict(model, "等了半天")
    assert len(data) < 1_000_000
    assert OWN.encode() not in data


@pytest.mark.parametrize("data", [b"", b"not a model", b"PK\x03\x04broken"])
def test_what_is_no_model_is_told(data):
    with pytest.raises((ValueError, KeyError)):
        from_bytes(data)
