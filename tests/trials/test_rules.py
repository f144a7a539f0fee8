"""Exactly the share in every grade, the same whoever works it out, and nobody can guess the next."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.trials.labels import Arm
from liuke.trials.rules import arm_at, assign, block_of

TENTH = Decimal("0.10")


@pytest.mark.parametrize(
    ("share", "block"),
    [("0.10", (10, 1)), ("0.20", (5, 1)), ("0.50", (4, 2)), ("0.15", (20, 3)), ("0.01", (100, 1)), ("0.25", (4, 1)), ("0.33", (100, 33))],
)
def test_the_smallest_block_of_exactly_the_share(share: str, block: tuple[int, int]) -> None:
    assert block_of(Decimal(share)) == block


@given(st.integers(1, 50), st.text("0123456789abcdef", min_size=1, max_size=16), st.sampled_from("ABC"), st.integers(0, 50))
def test_every_block_leaves_exactly_the_share_alone(percent: int, seed: str, stratum: str, block: int) -> None:
    share = Decimal(percent) / 100
    size, held = block_of(share)
    arms = [arm_at(seed, stratum, block * size + place, share) for place in range(size)]
    assert arms.count(Arm.ALONE) == held


def test_the_same_whoever_works_it_out_in_whatever_order() -> None:
    people = [(pk, "ABC"[pk % 3]) for pk in range(300)]
    once = assign("seed", TENTH, {}, people)
    assert assign("seed", TENTH, {}, reversed([*people, *people])) == once
    assert Counter(once.values()) == {(grade, arm): n for grade in "ABC" for arm, n in ((Arm.ALONE, 10), (Arm.TREATED, 90))}
    other = assign("other seed", TENTH, {}, people)
    assert other != once
    assert {pk for pk in other if other[pk][1] == Arm.ALONE} != {pk for pk in once if once[pk][1] == Arm.ALONE}


def test_day_by_day_gives_the_share_too() -> None:
    taken: Counter[str] = Counter()
    arms: Counter[str] = Counter()
    for day in range(50):
        found = assign("seed", TENTH, taken, [(1000 * day + n, "A") for n in range(day % 7)])
        taken.update(stratum for stratum, _ in found.values())
        arms.update(arm for _, arm in found.values())
    assert taken["A"] == sum(day % 7 for day in range(50)) == 147
    assert arms[Arm.ALONE] in (14, 15)


def test_the_place_in_a_block_is_not_always_the_same() -> None:
    places = Counter(place for block in range(500) for place in range(10) if arm_at("seed", "A", 10 * block + place, TENTH) == Arm.ALONE)
    assert len(places) == 10 and all(25 <= n <= 80 for n in places.values())


def test_the_group_has_nothing_to_do_with_the_customers_number() -> None:
    found = assign("seed", TENTH, {}, [(pk, "A") for pk in range(10_000)])
    alone = sorted(pk for pk, (_, arm) in found.items() if arm == Arm.ALONE)
    assert len(alone) == 1000
    assert 4700 < sum(alone) / 1000 < 5300
    assert 60 < sum(pk % 10 == 0 for pk in alone) < 140
