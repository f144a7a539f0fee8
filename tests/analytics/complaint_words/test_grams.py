"""Runs of characters: where they stand, the same for what means the same, fast."""

import numpy as np
import pytest

from liuke.analytics.complaint_words.grams import BUCKETS, READ, grams


def held(text):
    return set(grams(text).buckets.tolist())


def test_runs_say_where_they_stand():
    found = grams("刹车坏")
    spans = sorted(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    # an edge of the text is a character too, and takes no room
    assert spans == [(0, 0), *[(0, 1)] * 2, *[(0, 2)] * 2, *[(0, 3)] * 3, (1, 2), *[(1, 3)] * 2, *[(2, 3)] * 2, (3, 3)]
    assert ((found.buckets >= 0) & (found.buckets < BUCKETS)).all()


def test_figures_count_by_their_length():
    assert held("多收120元") == held("多收999元")
    assert held("多收120元") != held("多收1200元")


def test_latin_letters_are_read_as_words():
    # the edge, the word, and its first letters, which both have
    assert [len(held(word)) for word in ("replacement", "replaced")] == [3, 3]
    assert len(held("replacement") & held("replaced")) == 2
    pair = grams("no reply")
    assert (0, 8) in set(zip(pair.starts.tolist(), pair.ends.tolist(), strict=True))


def test_of_a_long_text_both_ends_are_read():
    text = "甲" * READ + "乙" * READ
    assert held("甲甲甲甲") & held("乙乙乙乙") < held(text)
    assert grams(text).ends.max() == len(text)


@pytest.mark.parametrize("text", ["a", "好", "😡", " "])
def test_the_shortest_text_has_runs(text):
    assert len(grams(text).buckets) >= 1


def test_the_same_everywhere():
    """A bucket is part of the shipped file: it may not move."""
    assert np.unique(grams("刹车 ok").buckets).tolist() == [3205, 8709, 10711, 11763, 16536, 17967, 18214, 25947, 26952, 31771, 32427]
