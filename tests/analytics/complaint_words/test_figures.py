"""What is right on labelled sentences may not get worse. Neither set is unseen: what unseen ones come to is said in docs/decisions."""

import json
from pathlib import Path

import pytest

from liuke.analytics.complaint_words import AXES, EMOTIONAL, RATIONAL, classify

HERE = Path(__file__).parent
FLOORS = {
    "two_hundred": {"severity": 0.97, "cause": 0.94, "channel": 0.94, "behaviour": 0.97, "purpose": 0.96, "needs": 0.86},
    "sentences": {"severity": 0.96, "cause": 0.86, "channel": 0.92, "behaviour": 0.95, "purpose": 0.95, "needs": 0.77},
}


def rows(name):
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_floors(name):
    hit = dict.fromkeys(AXES, 0)
    told = dict.fromkeys(AXES, 0)
    both = named = wanted = 0
    for row in rows(name):
        said = classify(row["text"])
        for axis, each in said.axes():
            if row[axis] != "unknown":
                told[axis] += 1
                hit[axis] += each.value == row[axis]
        got, want = {each.value for each in (*said.emotional, *said.rational)}, {*row["emotional"], *row["rational"]}
        both, named, wanted = both + len(got & want), named + len(got), wanted + len(want)
    figures = {axis: hit[axis] / told[axis] for axis in AXES} | {"needs": 2 * both / (named + wanted)}
    assert {what: round(figure, 3) for what, figure in figures.items() if figure < FLOORS[name][what]} == {}


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_labels_are_of_the_page(name):
    found = rows(name)
    assert len(found) >= 200
    assert len({row["text"] for row in found}) == len(found)
    assert [row["text"] for row in found for axis in AXES if row[axis] not in (*AXES[axis], "unknown")] == []
    assert [row["text"] for row in found if not (set(row["emotional"]) <= set(EMOTIONAL) and set(row["rational"]) <= set(RATIONAL))] == []
