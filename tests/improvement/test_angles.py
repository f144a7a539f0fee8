"""Three angles, four states: each unit is placed by procedure and person."""

from itertools import combinations
from math import dist

import pytest

from liuke.improvement import angles
from liuke.improvement.models import AngleSheet
from liuke.kernel.refusal import Refused
from liuke.packs.improvement import Improvement
from liuke.web.improvement.angles import labelled, told
from tests.improvement.conftest import TODAY

NUMBERS = Improvement(least_sheets=1)


def marks(procedure: int, person: int) -> dict[str, int]:
    return {"greeted": procedure, "on_time": procedure, "friendly": person, "listened": person}


@pytest.mark.parametrize(
    ("procedure", "person", "state"), [(5, 2, "by_book"), (2, 5, "friendly"), (4, 4, "excellent"), (2, 2, "indifferent")]
)
def test_a_unit_is_placed_on_two_axes(cast, procedure, person, state):
    angles.fill(cast.lin, cast.binjiang.pk, "staff", marks(procedure, person))
    angles.fill(cast.he, cast.binjiang.pk, "mystery", marks(procedure, person))
    found = {place.unit.name: place for place in angles.places(cast.he, TODAY, NUMBERS)}
    assert set(found) == {"杭州滨江店", "南京江宁店"}
    store = found["杭州滨江店"]
    assert (store.procedure, store.person, store.state) == (procedure, person, state)
    assert {angle: seen.n for angle, seen in store.angles.items()} == {"customer": 0, "staff": 1, "mystery": 1}
    assert found["南京江宁店"].state == ""


def test_an_angle_counts_once_however_many_look(cast):
    angles.fill(cast.he, cast.binjiang.pk, "mystery", marks(1, 1))
    for colleague in (cast.lin, cast.chen):
        angles.fill(colleague, cast.binjiang.pk, "staff", marks(5, 5))
    store = angles.places(cast.he, TODAY, NUMBERS)[0]
    assert (store.procedure, store.person) == (3, 3)


@pytest.mark.parametrize(
    ("who", "unit", "angle", "given", "code"),
    [
        ("lin", "jiangning", "staff", marks(3, 3), "angle.unit"),
        ("lin", "binjiang", "mystery", marks(3, 3), "permission"),
        ("he", "beijing", "mystery", marks(3, 3), "angle.unit"),
        ("lin", "binjiang", "customer", marks(3, 3), "angle.which"),
        ("lin", "binjiang", "staff", marks(6, 3), "angle.mark"),
        ("lin", "binjiang", "staff", {"greeted": 3}, "angle.empty"),
    ],
)
def test_refused_and_nothing_written(cast, who, unit, angle, given, code):
    with pytest.raises(Refused) as told:
        angles.fill(getattr(cast, who), getattr(cast, unit).pk, angle, given)
    assert told.value.code == code
    assert not AngleSheet.objects.exists()


def test_once_a_day_and_taken_back(cast):
    made = angles.fill(cast.lin, cast.binjiang.pk, "staff", marks(3, 3))
    with pytest.raises(Refused):
        angles.fill(cast.lin, cast.binjiang.pk, "staff", marks(4, 4))
    with pytest.raises(AngleSheet.DoesNotExist):
        angles.take_back(cast.chen, made.pk)
    angles.take_back(cast.lin, made.pk)
    assert angles.places(cast.he, TODAY, NUMBERS)[0].state == ""
    assert angles.fill(cast.lin, cast.binjiang.pk, "staff", marks(4, 4)).pk != made.pk


def test_numbers_stand_apart_and_no_score_looks_better_than_its_state():
    assert [told(score, 3.5) for score in (3.46, 3.4999, 3.5, 3.7049)] == ["3.46", "3.49", "3.50", "3.70"]
    spots = [each[4:] for each in labelled([(str(n), 200.0 + n, 100.0) for n in range(9)])]
    assert min(dist(one, two) for one, two in combinations(spots, 2)) >= 10
