"""The base model: the shipped file, what it says, and the words it shows."""

from itertools import pairwise

import pytest

from liuke.analytics.complaint_words import AXES, classify
from liuke.analytics.complaint_words.base import FILE, NEEDS, chances, from_bytes, heat, pieces, shipped, to_bytes
from liuke.analytics.complaint_words.grams import grams
from liuke.analytics.complaint_words.text import plain


def test_small_and_there_and_back():
    data = FILE.read_bytes()
    assert len(data) <= 300_000
    assert to_bytes(from_bytes(data)) == data


@pytest.mark.parametrize("data", [b"", b"not a model", b"PK\x03\x04broken"])
def test_what_is_no_model_is_told(data):
    with pytest.raises((ValueError, KeyError)):
        from_bytes(data)


def test_chances_of_an_axis_are_shares_and_needs_stand_alone():
    base, text = shipped(), "等了半天没人理，退钱！"
    said = chances(base, heat(base, grams(text), {}))
    assert {axis: set(said[axis]) for axis in AXES} == {axis: set(values) for axis, values in AXES.items()}
    assert [sum(said[axis].values()) for axis in AXES] == pytest.approx([1.0] * len(AXES))
    assert set(said["needs"]) == set(NEEDS)
    assert all(0 < chance < 1 for chance in said["needs"].values())


def test_a_feature_it_does_not_know_is_left_aside():
    base, runs = shipped(), grams("等了半天")
    assert heat(base, runs, {"sign.of the day after": 9.0}).tolist() == heat(base, runs, {}).tolist()
    assert heat(base, runs, {"manner.exclamations": 0.5}).tolist() != heat(base, runs, {}).tolist()


def test_the_words_that_weighed_most_are_pieces_of_the_text():
    text = plain("上周买的电饭锅，煮出来全是夹生的").text
    found = pieces(shipped(), text, grams(text), "cause", "product_quality")
    assert found
    assert found == sorted(found)
    assert all(0 <= start < end <= len(text) and text[start:end].strip() == text[start:end] for start, end in found)
    assert all(left[1] <= right[0] for left, right in pairwise(found))
    assert not any(mark in text[start:end] for start, end in found for mark in "，,。")


def test_nothing_is_shown_where_nothing_spoke():
    assert pieces(shipped(), "嗯", grams("嗯"), "behaviour", "extreme") == []


def test_latin_words_are_shown_whole():
    text = "the kettle leaks whenever it boils"
    for start, end in pieces(shipped(), text, grams(text), "cause", "product_quality"):
        assert (text[start - 1 : start] or " ") == (text[end : end + 1] or " ") == " "


@pytest.mark.parametrize("text", ["把门锁调好", "师傅把墙砸错了一面", "把大门的锁调一下吧，关不严"])
def test_work_on_a_thing_is_no_deed_against_it(text):
    said = classify(text)
    assert (said.severity.value, said.behaviour.value) == ("ordinary", "passive_complaining")
