"""One figure of satisfaction by its name, for a unit and a time: what an improvement cycle takes before and after, by the same definition.

Names: "score", "csat", "nps", "gap.<dimension>", "item.<indicator>" (packs.survey.INDICATORS). The store's codes are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from liuke.packs.survey import DIMENSIONS, ITEMS, SCALE, Questionnaire
from liuke.satisfaction import figures
from liuke.satisfaction.models import Answer
from liuke.satisfaction.results import said
from liuke.satisfaction.rules import Value, rating_of, recommend_of, satisfied_by, score_of
from liuke.team.models import Unit, User

SOURCE = "satisfaction"
KEYS = ("score", "csat", "nps", *(f"gap.{each}" for each in DIMENSIONS), *(f"item.{each}" for each in ("overall", *ITEMS, "reputation")))


@dataclass(frozen=True)
class Measure:
    """`value` None without an answer. `margin`: half the 95 % interval in the unit of the value, None where everybody said the
    same; more is better in all of them.

    `scale`: the least and the most it can be.
    """

    key: str
    value: float | None
    n: int
    margin: float | None
    scale: tuple[float, float]


def known(key: str) -> bool:
    return key in KEYS


def measure(user: User, key: str, unit: Unit | None, first: date, last: date) -> Measure:
    """The figure over the answers in sight from `first` to `last`, under a unit (None: all in sight). Two queries. Raises KeyError."""
    if key not in KEYS:
        raise KeyError(key)
    found = Answer.objects.visible_to(user).filter(invitation__isnull=False, on__gte=first, on__lte=last)
    if unit is not None:
        found = found.filter(unit__path__startswith=unit.path or "/")
    rows = said(found)
    name, _, part = key.partition(".")
    if name == "nps":
        told = figures.nps([willing for form, values in rows if (willing := recommend_of(form, values)) is not None])
        return Measure(key, told.value if told else None, told.n if told else 0, (told.margin or None) if told else None, (-100.0, 100.0))
    if name == "csat":
        share = figures.csat([whole for form, values in rows if (whole := satisfied_by(form, values)) is not None])
        reach = max(share.high - share.value, share.value - share.low) * 100 if share else None
        return Measure(key, share.value * 100 if share else None, share.n if share else 0, reach, (0.0, 100.0))
    scale = (-4.0, 4.0) if name == "gap" else tuple(map(float, SCALE["rating"]))
    mean = figures.mean(_numbers(rows, name, part))
    return Measure(key, mean.value if mean else None, mean.n if mean else 0, (mean.margin or None) if mean else None, (scale[0], scale[1]))


def _numbers(rows: list[tuple[Questionnaire, dict[str, Value]]], name: str, part: str) -> Iterator[Fraction]:
    for form, values in rows:
        if name == "score":
            if (score := score_of(form, values).score) is not None:
                yield Fraction(score)
            continue
        for each in form.questions:
            said = values.get(each.key)
            if name == "gap" and each.dimension == part and isinstance(said, list):
                yield Fraction(said[1] - said[0])
            elif (
                name == "item" and each.indicator == part and each.kind in ("rating", "pair") and (got := rating_of(each, said)) is not None
            ):
                yield Fraction(got)
