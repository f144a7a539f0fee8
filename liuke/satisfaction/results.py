"""What a wave's answers say: score, items, gaps, importance and performance, by unit, grade, month. Each answer is read once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from liuke.packs.survey import DIMENSIONS, Question, Questionnaire
from liuke.satisfaction import figures
from liuke.satisfaction.figures import Gap, Mean, Nps, Point, Share
from liuke.satisfaction.models import Answer, Invitation, Wave
from liuke.satisfaction.rules import Scored, Value, rating_of, recommend_of, restored, satisfied_by, score_of
from liuke.team.models import User


@dataclass(frozen=True)
class Row:
    """One answer as figures need it. `scored`: his own weighted score; `open`: from a store's code, nobody knows who; `satisfied`: what
    counts for the share of the satisfied.
    """

    pk: int
    unit: int
    grade: str
    on: date
    via: str
    low: bool
    open: bool
    values: dict[str, Value]
    scored: Scored
    satisfied: Decimal | int | None
    recommend: int | None


def rows(user: User, wave: Wave) -> list[Row]:
    """The answers of a wave that the user may see, the oldest first. One query."""
    form = wave.version.form
    found = Answer.objects.visible_to(user).filter(wave=wave).order_by("at", "pk")
    return [row_of(form, told) for told in found.values_list(*COLUMNS)]


COLUMNS = ("pk", "unit_id", "grade", "on", "via", "low", "invitation_id", "values")


def row_of(form: Questionnaire, told: Sequence[Any]) -> Row:
    """The row of an answer from its COLUMNS."""
    pk, unit, grade, on, via, low, invitation, said = told
    values = restored(said)
    scored, whole, willing = score_of(form, values), satisfied_by(form, values), recommend_of(form, values)
    return Row(pk, unit, grade, on, via, low, invitation is None, values, scored, whole, willing)


def said(found: QuerySet[Answer]) -> list[tuple[Questionnaire, dict[str, Value]]]:
    """The form and the values of each answer, by their order. Two queries, each form read once."""
    told = list(found.order_by("pk").values_list("wave_id", "values"))
    waves = Wave.objects.filter(pk__in={wave for wave, _ in told}).select_related("version")
    forms = {wave.pk: wave.version.form for wave in waves}
    return [(forms[wave], restored(values)) for wave, values in told]


def groups_of(user: User, waves: Sequence[Wave]) -> dict[int, Group]:
    """The figures of each wave's drawn sample in sight, by wave. One query."""
    found = Answer.objects.visible_to(user).filter(wave__in=[wave.pk for wave in waves], invitation__isnull=False)
    told: dict[int, list[tuple[bool, dict[str, Value]]]] = defaultdict(list)
    for pk, low, values in found.order_by("pk").values_list("wave_id", "low", "values"):
        told[pk].append((low, restored(values)))
    made = {}
    for wave in waves:
        if parts := told.get(wave.pk):
            form = wave.version.form
            scores = [Fraction(score) for _, values in parts if (score := score_of(form, values).score) is not None]
            willing = [said for _, values in parts if (said := recommend_of(form, values)) is not None]
            whole = [each for _, values in parts if (each := satisfied_by(form, values)) is not None]
            made[wave.pk] = Group(
                "",
                len(parts),
                sum(low for low, _ in parts),
                figures.mean(scores, wave.population),
                figures.nps(willing),
                figures.csat(whole),
            )
    return made


@dataclass(frozen=True)
class ItemResult:
    """One question: `counts` by value (or place of the option); `mean` of ratings and of 0 to 10."""

    question: Question
    n: int
    counts: tuple[int, ...]
    mean: Mean | None


@dataclass(frozen=True)
class Group:
    """Some of the answers: a unit's, a grade's, a month's."""

    key: str
    n: int
    low: int
    score: Mean | None
    nps: Nps | None
    csat: Share | None


@dataclass(frozen=True)
class Results:
    """`partial`: answers in which something that counts was not answered (its weight went to the rest). `basis`: where the importance of
    `points` comes from (expected, derived, stated); `few`: (question, answers) of what too few answered to stand among them."""

    n: int
    asked: int
    low: int
    partial: int
    of: int
    score: Mean | None
    nps: Nps | None
    csat: Share | None
    items: tuple[ItemResult, ...]
    gaps: tuple[tuple[str, Gap], ...]
    points: tuple[Point, ...]
    cuts: tuple[float, float]
    basis: str
    few: tuple[tuple[str, int], ...]
    by_unit: tuple[Group, ...]
    by_grade: tuple[Group, ...]
    by_month: tuple[Group, ...]


def results(user: User, wave: Wave, least: int, *, open: bool = False) -> Results:
    """Of the drawn sample, or (`open`) of the stores' codes: the two are never added up. Two queries."""
    everything = [row for row in rows(user, wave) if row.open == open]
    asked = 0 if open else Invitation.objects.visible_to(user).filter(wave=wave).count()
    return of_rows(wave.version.form, everything, asked, least, 0 if open else wave.population)


def of_rows(form: Questionnaire, found: Sequence[Row], asked: int, least: int, population: int = 0) -> Results:
    """The results of these answers."""
    points, cuts, basis, few = _points(form, found, least)
    whole = group("", found, population)
    return Results(
        n=len(found),
        asked=asked,
        low=whole.low,
        partial=sum(0 < row.scored.answered < row.scored.of for row in found),
        of=len(form.weighted),
        score=whole.score,
        nps=whole.nps,
        csat=whole.csat,
        items=tuple(_item(each, found) for each in form.questions if each.kind != "text"),
        gaps=tuple(_gaps(form, found)),
        points=tuple(points),
        cuts=cuts,
        basis=basis,
        few=tuple(few),
        by_unit=_by(found, lambda row: str(row.unit)),
        by_grade=_by(found, lambda row: row.grade),
        by_month=_by(found, lambda row: f"{row.on:%Y-%m}"),
    )


def group(key: str, found: Sequence[Row], population: int = 0) -> Group:
    """The figures of some answers."""
    scores = [Fraction(row.scored.score) for row in found if row.scored.score is not None]
    return Group(
        key,
        len(found),
        sum(row.low for row in found),
        figures.mean(scores, population),
        figures.nps([row.recommend for row in found if row.recommend is not None]),
        figures.csat([row.satisfied for row in found if row.satisfied is not None]),
    )


def _by(found: Sequence[Row], key: Callable[[Row], str]) -> tuple[Group, ...]:
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        parts[key(row)].append(row)
    return tuple(group(name, parts[name]) for name in sorted(parts) if name)


def _item(question: Question, found: Iterable[Row]) -> ItemResult:
    said = [number for row in found if (number := rating_of(question, row.values.get(question.key))) is not None]
    counts = Counter(said)
    numbers = said if question.kind in ("rating", "nps", "pair") else []
    return ItemResult(question, len(said), tuple(counts[value] for value in question.values), figures.mean(numbers))


def _gaps(form: Questionnaire, found: Sequence[Row]) -> Iterable[tuple[str, Gap]]:
    for dimension in DIMENSIONS:
        keys = [each.key for each in form.questions if each.dimension == dimension]
        pairs: list[Any] = [row.values[key] for row in found for key in keys if isinstance(row.values.get(key), list)]
        if (gap := figures.gap(pairs)) is not None:
            yield dimension, gap


def _points(form: Questionnaire, found: Sequence[Row], least: int) -> tuple[list[Point], tuple[float, float], str, list[tuple[str, int]]]:
    """Importance against performance of the items that at least `least` rated, and (key, answers) of the others.

    Where expectation was asked for, importance is the mean expectation, so that the picture and the gaps say the same. Else it is derived:
    how closely an item goes with the overall answer, or where none was asked for with the mean of the other items (Pearson's r), where at
    least `least` answered both and every item varies; else it is the weight that was stated. Nothing where all are equally important: no
    picture could say what comes first."""
    asked_for = [each for each in form.questions if each.kind in ("rating", "pair") and each.indicator != "overall"]
    pairs = [each for each in asked_for if each.kind == "pair"]
    told = {item.key: _of(item, found) for item in pairs or asked_for}
    items = [item for item in pairs or asked_for if len(told[item.key]) >= least]
    few = [(key, len(said)) for key, said in told.items() if 0 < len(said) < least]
    if len(items) < 2:
        return [], (0.0, 0.0), "stated", few
    if pairs:
        basis, importance = "expected", {item.key: _expected(item, found) for item in items}
    else:
        basis, importance = _importance(form, items, found, least)
    rows_ = [(item.key, importance[item.key], sum(told[item.key]) / len(told[item.key])) for item in items]
    if max(row[1] for row in rows_) - min(row[1] for row in rows_) < 1e-9:
        return [], (0.0, 0.0), basis, few
    points, cut_i, cut_p = figures.quadrants(rows_)
    return points, (cut_i, cut_p), basis, few


def _expected(item: Question, found: Sequence[Row]) -> float:
    said = [pair[0] for row in found if isinstance(pair := row.values.get(item.key), list)]
    return sum(said) / len(said)


def _importance(form: Questionnaire, items: Sequence[Question], found: Sequence[Row], least: int) -> tuple[str, dict[str, float]]:
    beside = {item.key: list(_beside(form, item, items, found)) for item in items}
    related = {key: r for key, both in beside.items() if len(both) >= least and (r := figures.correlation(both)) is not None}
    if len(related) == len(items):
        return "derived", related
    whole = form.weights or Decimal(1)
    return "stated", {item.key: float(item.weight / whole) for item in items}


def _of(item: Question, found: Sequence[Row]) -> list[int]:
    return [said for row in found if (said := rating_of(item, row.values.get(item.key))) is not None]


def _beside(form: Questionnaire, item: Question, items: Sequence[Question], found: Sequence[Row]) -> Iterator[tuple[float, float]]:
    """(what was said of an item, what it is held against) of everybody who said both."""
    whole = next((each.key for each in form.questions if each.indicator == "overall" and each.kind == "rating"), None)
    for row in found:
        said = rating_of(item, row.values.get(item.key))
        if said is None:
            continue
        if whole is not None:
            if isinstance(middle := row.values.get(whole), int):
                yield float(said), float(middle)
        elif row.recommend is not None:
            yield float(said), float(row.recommend)
        elif rest := [other for each in items if each is not item and (other := rating_of(each, row.values.get(each.key))) is not None]:
            yield float(said), sum(rest) / len(rest)
