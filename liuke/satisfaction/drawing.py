"""How many to ask, and whom: the size for a margin, its share among strata, the draw by lot. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import ceil, sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def sample_size(population: int, margin: float, share: float = 0.5) -> int:
    """Answers needed so that a share is known to ± `margin` (0.05: five points) with 95 % confidence, out of `population`.

    n0 = z² p (1 − p) ÷ e², and with the finite population correction n = n0 ÷ (1 + (n0 − 1) ÷ N). Source: W. G. Cochran, Sampling
    Techniques, 3rd edition 1977, section 4.4 (4.1 and 4.2). `share` 0.5 is the most uncertain, hence the safe one.

    >>> sample_size(5000, 0.05), sample_size(100, 0.05), sample_size(1_000_000, 0.05)
    (357, 80, 384)
    """
    if population <= 0:
        return 0
    if not 0 < margin < 1:
        raise ValueError("a margin lies between 0 and 1")
    first = Z * Z * share * (1 - share) / (margin * margin)
    return min(ceil(round(first / (1 + (first - 1) / population), 9)), population)


def margin_of(answers: int, population: int = 0, share: float = 0.5) -> float:
    """The margin that so many answers give, the other way round; with a finite population correction where `population` is known."""
    if answers <= 0:
        return 1.0
    spread = Z * sqrt(share * (1 - share) / answers)
    return spread * sqrt((population - answers) / (population - 1)) if population > answers and population > 1 else spread


def invited(wanted: int, answering: float, population: int) -> int:
    """How many to ask so that `wanted` answer, when the share `answering` does."""
    return min(ceil(round(wanted / answering, 9)), population) if answering > 0 else population


def shared_out(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """`total` shared among strata in proportion to their sizes, in whole numbers (largest remainder; equals by name). Never more than
    there are; who is in the list at all gets one at least while there is one to give.

    >>> shared_out({"A": 10, "B": 30, "C": 60}, 10)
    {'A': 1, 'B': 3, 'C': 6}
    """
    everybody = sum(sizes.values())
    total = min(total, everybody)
    if not total:
        return dict.fromkeys(sizes, 0)
    exact = {name: Decimal(size) * total / everybody for name, size in sizes.items()}
    found = {name: int(part) for name, part in exact.items()}
    rest = sorted(sizes, key=lambda name: (-(exact[name] - found[name]), name))
    for name in rest[: total - sum(found.values())]:
        found[name] += 1
    for name in sorted(sizes):
        biggest = max(found, key=lambda other: (found[other], other))
        if sizes[name] and not found[name] and found[biggest] > 1:
            found[name], found[biggest] = 1, found[biggest] - 1
    return found


def by_lot(ids: Iterable[int], seed: str) -> list[int]:
    """The ids in the order of the lot: by SHA-256 of seed and id. Who knows the seed can draw again, and nobody can choose."""
    return sorted(ids, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).digest())


def draw(strata: Mapping[str, Sequence[int]], total: int, seed: str) -> list[int]:
    """Whom to ask, stratum by stratum."""
    counts = shared_out({name: len(ids) for name, ids in strata.items()}, total)
    return [pk for name in sorted(strata) for pk in by_lot(strata[name], seed)[: counts[name]]]


def fingerprint(ids: Iterable[int]) -> str:
    """What is written down of a draw, so that it can be checked."""
    return hashlib.sha256(",".join(str(pk) for pk in sorted(ids)).encode()).hexdigest()
