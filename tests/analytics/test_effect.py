"""The interval is the published one; the effect that is reckoned with lies between assumption and measurement."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from liuke.analytics.effect import difference, shrunk, wilson


@pytest.mark.parametrize(
    ("treated", "returned", "alone", "returned_alone", "low", "high"),
    [  # Newcombe 1998, Table II, method 10
        (70, 56, 80, 48, 0.0524, 0.3339),
        (10, 9, 10, 3, 0.1705, 0.8090),
        (7, 6, 7, 2, 0.0582, 0.8062),
        (56, 5, 29, 0, -0.0381, 0.1926),
        (10, 0, 20, 0, -0.1611, 0.2775),
        (10, 0, 10, 0, -0.2775, 0.2775),
        (10, 10, 20, 0, 0.6791, 1.0000),
        (10, 10, 10, 0, 0.6075, 1.0000),
    ],
)
def test_the_interval_is_the_published_one(treated: int, returned: int, alone: int, returned_alone: int, low: float, high: float) -> None:
    seen = difference(treated, returned, alone, returned_alone)
    assert (round(seen.low, 4), round(seen.high, 4)) == (low, high)
    assert seen.effect == pytest.approx(returned / treated - returned_alone / alone)


def test_the_score_interval_of_one_share() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17: 857–872, Table I, method 3)."""
    assert wilson(263, 81) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(5, 0)[0] == 0 and wilson(5, 5)[1] == 1


@pytest.mark.parametrize("counts", [(0, 0, 5, 1), (5, 1, 0, 0), (5, 6, 5, 1), (5, 1, 5, 6), (5, -1, 5, 1), (5, 1, 5, -1)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="each side"):
        difference(*counts)


SIDE = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(SIDE, SIDE)
def test_the_interval_holds_the_difference_and_turns_with_it(treated: tuple[int, int], alone: tuple[int, int]) -> None:
    seen, turned = difference(*treated, *alone), difference(*alone, *treated)
    assert -1 <= seen.low <= seen.effect + 1e-12 and seen.effect <= seen.high + 1e-12 and seen.high <= 1
    assert (seen.low, seen.high) == pytest.approx((-turned.high, -turned.low), abs=1e-12)
    assert seen.variance > 0


@given(SIDE, SIDE, st.floats(0, 1))
def test_what_is_reckoned_with_lies_between(treated: tuple[int, int], alone: tuple[int, int], assumed: float) -> None:
    seen = difference(*treated, *alone)
    used = shrunk(assumed, seen)
    assert max(min(assumed, seen.effect), 0) - 1e-12 <= used <= max(assumed, seen.effect, 0) + 1e-12


@given(st.integers(1, 500), st.floats(0.01, 1))
def test_a_measured_nothing_pulls_down_the_more_the_more_were_measured(n: int, assumed: float) -> None:
    few, many = shrunk(assumed, difference(4 * n, n, 4 * n, n)), shrunk(assumed, difference(40 * n, 10 * n, 40 * n, 10 * n))
    assert 0 <= many < few < assumed


@given(SIDE, SIDE)
def test_harm_is_nothing_and_no_assumption_is_beyond_evidence(treated: tuple[int, int], alone: tuple[int, int]) -> None:
    seen = difference(*treated, *alone)
    assert shrunk(0, seen) >= 0
    assume(seen.effect > 0)
    assert shrunk(0, seen) > 0


def test_much_evidence_outweighs_any_assumption() -> None:
    assert shrunk(0.10, difference(100_000, 30_000, 100_000, 10_000)) == pytest.approx(0.2, abs=2e-4)
    assert shrunk(0.10, difference(100_000, 10_000, 100_000, 30_000)) == 0
    assert shrunk(0.10, difference(2, 2, 2, 0)) == pytest.approx(0.10, abs=0.03)
