"""What answers say, with how sure it is. Pure. Source: domain page 4, Satisfaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from liuke.analytics.wilson import Z, wilson


@dataclass(frozen=True)
class Mean:
    """Mean of `n` ratings, and the half width of its 95 % interval (None for fewer than 2); exact is the mean as a fraction."""

    n: int
    exact: Fraction
    margin: float | None

    @property
    def value(self) -> float:
        return float(self.exact)


def mean(ratings: Iterable[int | float | Fraction], population: int = 0) -> Mean | None:
    """None without a rating. Normal approximation with the sample's own spread, and the finite population correction where known
    (Cochran 1977, section 2.6)."""
    numbers = [Fraction(each) for each in ratings]
    n = len(numbers)
    if not n:
        return None
    middle = sum(numbers, Fraction(0)) / n
    if n < 2:
        return Mean(n, middle, None)
    spread = float(sum(((each - middle) ** 2 for each in numbers), Fraction(0)) / (n - 1))
    return Mean(n, middle, Z * sqrt(spread / n) * finite(n, population))


def finite(n: int, population: int) -> float:
    """The finite population correction; 1 where the population is not known or smaller than what answered."""
    return sqrt((population - n) / (population - 1)) if population > n and population > 1 else 1.0


@dataclass(frozen=True)
class Share:
    """`count` of `n`, with Wilson's 95 % interval."""

    count: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.count / self.n


def share(count: int, n: int) -> Share | None:
    if not n:
        return None
    low, high = wilson(n, count)
    return Share(count, n, float(low), float(high))


def csat(ratings: Sequence[int | Decimal]) -> Share | None:
    """The share of 4 and more among ratings from 1 to 5."""
    return share(sum(each >= 4 for each in ratings), len(ratings))


@dataclass(frozen=True)
class Nps:
    """Promoters (9, 10) less detractors (0 to 6) in points from −100 to 100; `margin` half the width of the 95 % interval."""

    promoters: int
    passives: int
    detractors: int
    value: float
    margin: float | None

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors


def nps(answers: Sequence[int]) -> Nps | None:
    """None without an answer. Variance of a difference of shares of one sample: (p + d − (p − d)²) ÷ n."""
    n = len(answers)
    if not n:
        return None
    up, down = sum(each >= 9 for each in answers), sum(each <= 6 for each in answers)
    points = (up - down) / n
    spread = (up + down) / n - points * points
    return Nps(up, n - up - down, down, points * 100, Z * sqrt(max(spread, 0) / n) * 100 if n > 1 else None)


@dataclass(frozen=True)
class Gap:
    """Perceived less expected of one dimension; `verdict`: exceeds, satisfied, unacceptable, from the exact means.

    `sure`: whether 0 lies outside the interval of the gap (of each person's own difference)."""

    n: int
    expected: Fraction
    perceived: Fraction
    margin: float | None

    @property
    def value(self) -> Fraction:
        return self.perceived - self.expected

    @property
    def verdict(self) -> str:
        return "exceeds" if self.value > 0 else "unacceptable" if self.value < 0 else "satisfied"

    @property
    def sure(self) -> bool:
        return self.margin is not None and abs(float(self.value)) > self.margin


def gap(pairs: Sequence[Sequence[int]]) -> Gap | None:
    """Of (expected ES, perceived PS) pairs: PS − ES. Source: Parasuraman, Zeithaml, Berry 1988; the three verdicts of domain page 4."""
    if not pairs:
        return None
    differences = mean([pair[1] - pair[0] for pair in pairs])
    n = len(pairs)
    expected, perceived = Fraction(sum(pair[0] for pair in pairs), n), Fraction(sum(pair[1] for pair in pairs), n)
    return Gap(n, expected, perceived, differences.margin if differences else None)


def weakest(gaps: Iterable[tuple[str, Gap]], least: int) -> list[tuple[str, Gap]]:
    """The dimensions below what is expected, the worst gap first; only those of which at least `least` said both."""
    short = [(key, gap) for key, gap in gaps if gap.n >= least and gap.value < 0]
    return sorted(short, key=lambda each: each[1].value)


def level(worse: Gap, better: Gap) -> bool:
    """Whether the intervals of two gaps overlap, so that it cannot be said which is the worse."""
    return worse.margin is None or better.margin is None or float(better.value - worse.value) <= worse.margin + better.margin


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's r of (x, y); None for fewer than 3 pairs or where one of them never changes."""
    n = len(pairs)
    if n < 3:
        return None
    middle_x, middle_y = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    xx = sum((x - middle_x) ** 2 for x, _ in pairs)
    yy = sum((y - middle_y) ** 2 for _, y in pairs)
    xy = sum((x - middle_x) * (y - middle_y) for x, y in pairs)
    return xy / sqrt(xx * yy) if xx > 1e-12 and yy > 1e-12 else None


@dataclass(frozen=True)
class Point:
    """One item in the picture of importance and performance; `quadrant`: improve (important, poor), keep, spare (neither), enough."""

    key: str
    importance: float
    performance: float
    quadrant: str


def quadrants(rows: Sequence[tuple[str, float, float]]) -> tuple[list[Point], float, float]:
    """(points, cut of importance, cut of performance) of (key, importance, performance): cut at the means.

    Source: J. A. Martilla, J. C. James 1977, Importance-Performance Analysis, Journal of Marketing 41: 77–79.
    """
    if not rows:
        return [], 0.0, 0.0
    cut_i, cut_p = sum(row[1] for row in rows) / len(rows), sum(row[2] for row in rows) / len(rows)
    names = {(True, False): "improve", (True, True): "keep", (False, False): "spare", (False, True): "enough"}
    return [Point(key, i, p, names[i >= cut_i, p >= cut_p]) for key, i, p in rows], cut_i, cut_p
