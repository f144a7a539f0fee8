"""The weak points of a wave, worst first: each by the measure an improvement cycle takes before and after (satisfaction.measures). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from liuke.packs.survey import Bands
from liuke.satisfaction.figures import weakest
from liuke.satisfaction.measures import known
from liuke.satisfaction.results import ItemResult, Results

MOST = 5


@dataclass(frozen=True)
class Weak:
    """`measure` as satisfaction.measures names it; `value` as it is now, a gap, a mean of ratings, or NPS in points."""

    measure: str
    value: Fraction | float


def weak_points(found: Results, least: int, bands: Bands) -> list[Weak]:
    """Gaps below what is expected; what is important and done less well than the rest; items and the whole below the edge of "good"; an
    NPS with more detractors than promoters. Only of what at least `least` said, at most MOST."""
    kept: dict[str, Weak] = {}
    for each in _weak(found, least, bands):
        if known(each.measure):
            kept.setdefault(each.measure, each)
    return list(kept.values())[:MOST]


def _weak(found: Results, least: int, bands: Bands) -> Iterator[Weak]:
    for key, gap in weakest(found.gaps, least):
        yield Weak(f"gap.{key}", gap.value)
    rated = [each for each in found.items if each.question.kind == "rating" and each.question.indicator and each.n >= least]
    first = {point.key for point in found.points if point.quadrant == "improve"}
    for each in sorted(rated, key=lambda one: (one.question.key not in first, _mean(one))):
        if each.question.key in first or _mean(each) < bands.good:
            yield Weak(f"item.{each.question.indicator}", _mean(each))
    if found.nps is not None and found.nps.n >= least and found.nps.value < 0:
        yield Weak("nps", found.nps.value)
    if found.score is not None and found.score.n >= least and found.score.exact < bands.good:
        yield Weak("score", found.score.exact)


def _mean(item: ItemResult) -> Fraction:
    return item.mean.exact if item.mean else Fraction(0)
