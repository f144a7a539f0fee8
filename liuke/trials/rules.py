"""Into which group a customer falls: exactly the share in every grade, the same whoever works it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import blake2b

TREATED, ALONE = "treated", "alone"
"""The two groups, keys of labels.Arm."""

LEAST_BLOCK = 4
"""Shorter blocks would let anybody who sees three customers guess the next."""

FEWEST_ALONE = 50
"""With fewer left alone a round can hardly say anything, and they would be left alone for nothing."""


def block_of(share: Decimal) -> tuple[int, int]:
    """(customers of a block, of them left alone) for a share over 0 and under 1: the smallest block of at least LEAST_BLOCK with exactly
    this share.

    >>> block_of(Decimal("0.1")), block_of(Decimal("0.15")), block_of(Decimal("0.5"))
    ((10, 1), (20, 3), (4, 2))
    """
    exact = Fraction(share)
    times = -(-LEAST_BLOCK // exact.denominator)
    return exact.denominator * times, exact.numerator * times


def order(seed: str, customer: int) -> bytes:
    """Where a customer stands among those who become eligible with him: a hash keyed by the round's seed, of nothing but his id."""
    return _hash(seed, "customer", customer)


def arm_at(seed: str, stratum: str, place: int, share: Decimal) -> str:
    """The group of place number `place` (from 0) of a stratum's sequence: in each block the places with the smallest hashes of
    (seed, stratum, block, place) are left alone (permuted blocks)."""
    size, held = block_of(share)
    block, within = divmod(place, size)
    ranked = sorted(range(size), key=lambda each: _hash(seed, stratum, block, each))
    return ALONE if within in ranked[:held] else TREATED


def assign(seed: str, share: Decimal, taken: Mapping[str, int], customers: Iterable[tuple[int, str]]) -> dict[int, tuple[str, str]]:
    """Customer id → (stratum, group) for new customers (id, stratum), given how many places of each stratum are `taken` already.

    The order in which they are given does not matter.
    """
    next_place = dict(taken)
    found: dict[int, tuple[str, str]] = {}
    for customer, stratum in sorted(set(customers), key=lambda pair: (order(seed, pair[0]), pair[1])):
        place = next_place.get(stratum, 0)
        next_place[stratum] = place + 1
        found[customer] = (stratum, arm_at(seed, stratum, place, share))
    return found


def last_day(on: date, window_days: int) -> date:
    """The last day that counts for a customer assigned `on`; the day after he is known."""
    return on + timedelta(window_days)


def _hash(seed: str, *parts: object) -> bytes:
    return blake2b("|".join(map(str, parts)).encode(), key=seed.encode(), digest_size=16).digest()
