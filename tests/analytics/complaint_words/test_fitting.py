"""The corpus and how the model comes from it."""

import numpy as np
import pytest

from liuke.analytics.complaint_words.base import NEEDS, ROWS, chances, heat, shipped
from liuke.analytics.complaint_words.decide import weigh
from liuke.analytics.complaint_words.fitting import ALSO_OURS, KNOWN, UNKNOWN, Sheet, corpus, digest, f1, learn
from liuke.analytics.complaint_words.grams import grams
from liuke.analytics.complaint_words.suggestion import AXES

LINES = corpus()


def test_every_line_is_of_the_page():
    for axis, values in AXES.items():
        allowed = {*values, UNKNOWN} if axis == "channel" else {*values}
        assert [line.text for line in LINES if line.labels[axis] not in allowed] == []
    assert [line.text for line in LINES if not line.labels["needs"] <= set(NEEDS)] == []
    assert [line.text for line in LINES if line.text != line.text.strip() or not line.text] == []


def test_no_line_is_there_twice():
    assert len({line.text for line in LINES}) == len(LINES) >= 2500
    hands = {line.hand for line in LINES}
    assert hands >= {*KNOWN, *ALSO_OURS}
    assert len(hands - {*KNOWN, *ALSO_OURS}) >= 6


def test_the_shipped_model_is_of_this_corpus():
    """Else: python -m bench.complaint_model."""
    assert shipped().digest == digest()


@pytest.fixture(scope="module")
def sheet():
    return Sheet([line for line in LINES if line.hand in ("page", "first_hand")])


def test_what_is_learned_is_told_again(sheet):
    base = learn(sheet, np.ones(len(sheet.hands), bool))
    told = [chances(base, heat(base, runs, each)) for runs, each in zip(sheet.runs, sheet.told, strict=True)]
    right = [max(each["cause"], key=each["cause"].get) == labels["cause"] for each, labels in zip(told, sheet.labels, strict=True)]
    assert np.mean(right) > 0.9


def test_the_same_lines_make_the_same_model(sheet):
    kept = sheet.hands == "first_hand"
    first, again = learn(sheet, kept), learn(sheet, kept)
    assert (first.runs == again.runs).all()
    assert (first.weights == again.weights).all()


def test_the_shipped_model_knows_the_features_of_today():
    """A sign that was added or renamed has no weight before the model is made again."""
    names = {name for line in LINES[::10] for name in weigh(line.text).features}
    assert names - set(shipped().names) == set()


def test_a_known_hand_counts_less(sheet):
    text = LINES[[line.hand for line in LINES].index("two_hundred")].text
    known = Sheet([line for line in LINES if line.text == text])
    name, value = max(weigh(text).features.items(), key=lambda item: abs(item[1]))
    assert known.features[0, known.names[name]] == pytest.approx(0.3 * value)
    assert len(ROWS) == heat(shipped(), grams(text), {}).size


def test_f1():
    assert f1(np.array([[True, True], [False, True]]), np.array([[True, False], [True, True]])) == pytest.approx(2 / 3)
