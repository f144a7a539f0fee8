"""Who falls when, and how cards are shared out."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.keepers.rules import (
    BY_UNIT,
    EVENLY,
    FALL,
    NO_OWNER,
    OWNER_LEFT,
    SILENT,
    STAY,
    WARN,
    Facts,
    Share,
    Verdict,
    left_of_quota,
    may_claim_from,
    split,
    verdict,
)

START = date(2026, 1, 1)
AFTER, NOTICE = 180, 7
KEPT = Facts(owner=True, owner_here=True, kept_since=START)


def said(facts: Facts, days: int, warned: int | None = None) -> Verdict:
    """After so many days, warned after so many."""
    return verdict(facts, START + timedelta(days), None if warned is None else START + timedelta(warned), AFTER, NOTICE)


@pytest.mark.parametrize(
    ("facts", "days", "warned", "expected"),
    [
        (KEPT, 172, None, (STAY, "", None)),
        (KEPT, 173, None, (WARN, SILENT, 180)),
        (KEPT, 175, 173, (WARN, SILENT, 180)),
        (KEPT, 179, 173, (WARN, SILENT, 180)),
        (KEPT, 180, 173, (FALL, SILENT, 180)),
        (KEPT, 400, None, (WARN, SILENT, 407)),  # the nights before were missed: he is still told a week ahead
        (KEPT, 407, 400, (FALL, SILENT, 407)),
        (Facts(True, True, START, contacted_on=START + timedelta(10)), 182, None, (STAY, "", None)),
        (Facts(True, True, START, contacted_on=START + timedelta(10)), 183, None, (WARN, SILENT, 190)),
        (Facts(True, True, START, contacted_on=START - timedelta(10)), 173, None, (WARN, SILENT, 180)),  # his own time counts
        (Facts(True, True, START, key=True), 400, 173, (STAY, "", None)),
        (Facts(True, True, START, held=True), 400, 173, (STAY, "", None)),
        (Facts(True, True, START, quiet=True), 400, 173, (STAY, "", None)),
        (Facts(False, False, START), 0, None, (FALL, NO_OWNER, 0)),
        (Facts(False, False, START, quiet=True), 0, None, (FALL, NO_OWNER, 0)),
        (Facts(False, False, START, key=True), 0, None, (STAY, "", None)),
        (Facts(False, False, START, held=True), 0, None, (STAY, "", None)),
        (Facts(True, False, START), 3, None, (WARN, OWNER_LEFT, 10)),
        (Facts(True, False, START), 9, 3, (WARN, OWNER_LEFT, 10)),
        (Facts(True, False, START), 10, 3, (FALL, OWNER_LEFT, 10)),
    ],
)
def test_who_falls_when(facts, days, warned, expected):
    do, why, on = expected
    assert said(facts, days, warned) == Verdict(do, why, None if on is None else START + timedelta(on))


days = st.integers(0, 900)


@given(
    contacts=st.sets(days, max_size=40),
    nights=st.sets(days, min_size=1, max_size=300),
    after=st.integers(1, 300),
    notice=st.integers(0, 60),
)
def test_nobody_falls_while_contacted_nor_without_notice(contacts, nights, after, notice):
    """A life of contacts against the nights that ran, some of them missed: how it must never end."""
    notice = min(notice, after)
    warned: int | None = None
    for night in sorted(nights):
        last = max((day for day in contacts if day <= night), default=None)
        facts = Facts(True, True, START, contacted_on=None if last is None else START + timedelta(last))
        came = verdict(facts, START + timedelta(night), None if warned is None else START + timedelta(warned), after, notice)
        if came.do == FALL:
            assert warned is not None and night - warned >= notice
            assert night - (last or 0) >= after
            return
        if came.do == STAY:
            assert night - (last or 0) < after - notice
            warned = None
        elif warned is None:
            warned = night


@given(quota=st.integers(0, 50), steps=st.lists(st.sampled_from(["claim", "release", "undo"]), max_size=200))
def test_the_quota_is_never_exceeded(quota, steps):
    held = undone = 0
    for step in steps:
        if step == "claim" and left_of_quota(quota, held, undone) > 0:
            held += 1
        elif step == "release" and held:
            held -= 1
        elif step == "undo" and held:
            held, undone = held - 1, undone + 1
        assert held + undone <= quota


def test_the_cool_down_counts_from_the_last_fall():
    assert may_claim_from([], 30) is None
    assert may_claim_from([START, START + timedelta(5)], 30) == START + timedelta(35)


# ── sharing out ──


def test_evenly_is_by_value_and_then_by_number():
    cards = [Share(1, 9, 900), Share(2, 9, 500), Share(3, 9, 400), Share(4, 9, 0), Share(5, 9, 0), Share(6, 9, -300)]
    assert split(cards, [71, 72], EVENLY) == {1: 71, 2: 72, 3: 72, 4: 71, 5: 71, 6: 72}


def test_by_unit_stays_in_the_store_where_somebody_is():
    cards = [Share(1, 8, 900), Share(2, 9, 500), Share(3, 9, 400), Share(4, 5, 100)]
    # 8 has one receiver, 9 another; nobody of 5 is among them, so that all are.
    assert split(cards, [71, 72], BY_UNIT, {71: 8, 72: 9}) == {1: 71, 2: 72, 3: 72, 4: 71}


@given(
    values=st.lists(st.integers(-1000, 100_000), max_size=120),
    receivers=st.lists(st.integers(1, 40), min_size=1, max_size=8, unique=True),
    how=st.sampled_from([EVENLY, BY_UNIT]),
)
def test_everybody_is_given_once_and_the_loads_are_close(values, receivers, how):
    cards = [Share(place, place % 3, value) for place, value in enumerate(values)]
    units = {person: person % 3 for person in receivers}
    given = split(cards, receivers, how, units)
    assert set(given) == {card.customer for card in cards} and set(given.values()) <= set(receivers)
    assert given == split(list(reversed(cards)), receivers, how, units)
    if how == EVENLY and values:
        loads = [sum(max(card.value_cents, 0) for card in cards if given[card.customer] == person) for person in receivers]
        assert max(loads) - min(loads) <= max(max(values), 0)
    if how == BY_UNIT:
        for card in cards:
            near = [person for person in receivers if units[person] == card.unit]
            assert not near or given[card.customer] in near
