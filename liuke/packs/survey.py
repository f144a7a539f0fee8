"""Surveys 满意度调查: what a questionnaire may ask, its ready-made forms, and a trade's numbers for asking."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.limits import Days, Share
from liuke.packs.playbook import Key
from liuke.packs.saying import Said
from liuke.packs.words import Frozen, Line, Name, Sentence

QuestionKind = Literal["rating", "choice", "nps", "text", "pair"]
Dimension = Literal["tangibles", "reliability", "responsiveness", "assurance", "empathy"]
DIMENSIONS: tuple[Dimension, ...] = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
"""Of service quality, in the order of the domain page. Source: Parasuraman, Zeithaml, Berry 1988 (SERVQUAL)."""

LEVELS: dict[str, tuple[str, ...]] = {
    "product": ("quality", "price", "design", "packaging", "timeliness"),
    "service": ("before", "during", "after"),
    "social": ("safety", "environment"),
}
"""The three levels and their items."""
ITEMS = tuple(f"{level}.{item}" for level, items in LEVELS.items() for item in items)
SEVEN_ASKED = ("reputation", "awareness", "repurchase", "price_sensitivity", "complaint", "recommendation")
"""Of the seven indicators those that a question can ask for."""
INDICATORS = ("overall", *ITEMS, *SEVEN_ASKED)
Indicator = Literal[
    "overall", "product.quality", "product.price", "product.design", "product.packaging", "product.timeliness", "service.before",
    "service.during", "service.after", "social.safety", "social.environment", "reputation", "awareness", "repurchase", "price_sensitivity",
    "complaint", "recommendation",
]  # fmt: skip
assert Indicator.__args__ == INDICATORS  # type: ignore[attr-defined]

SCALE = {"rating": (1, 5), "nps": (0, 10), "pair": (1, 5)}
"""Lowest and highest value of a kind; more is better."""
WEIGHTED = ("rating", "pair")
"""Kinds that count in the weighted score: all on the scale of 1 to 5 (of a pair the perceived one counts)."""
END = "end"
MOST_QUESTIONS = 40
MOST_WEIGHT, WEIGHT_PLACES = 1000, 4
"""What a weight may be that is written from now on; `faults` tells, so that what is kept can still be read."""


class Option(Frozen):
    key: Key
    name: Name


class Jump(Frozen):
    """After one of these answers (values, or places of options from 0) the next question is `to`, a later one, or "end"."""

    when: Annotated[tuple[int, ...], Field(max_length=12)]
    to: str

    @model_validator(mode="after")
    def _is_read(self) -> Jump:
        if not self.when:
            raise PydanticCustomError("words_jump", "看不懂“{line}”", {"line": self.to})
        return self


class Question(Frozen):
    """One question. `weight` counts in the score of kinds WEIGHTED; `dimension` belongs to a pair (expected, perceived)."""

    key: Key
    kind: QuestionKind
    words: Line
    indicator: Indicator | None = None
    dimension: Dimension | None = None
    weight: Decimal = Decimal(0)
    options: Annotated[tuple[Option, ...], Field(max_length=12)] = ()
    required: bool = False
    jumps: Annotated[tuple[Jump, ...], Field(max_length=6)] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Question:
        if (self.kind == "choice") != (len(self.options) > 1):
            raise PydanticCustomError("survey_options", "选择题至少要两个选项，别的题不写选项")
        if (self.kind == "pair") != (self.dimension is not None):
            raise PydanticCustomError("survey_dimension", "期望和感受成对的题要写是哪一个维度，别的题不写")
        if self.indicator is None and self.kind in ("rating", "nps", "pair"):
            raise PydanticCustomError("survey_indicator", "打分的题要写是哪个指标")
        if self.weight < 0:
            raise PydanticCustomError("survey_weight", "权重不能是负数", {"field": "weight"})
        if self.weight and self.kind not in WEIGHTED:
            raise PydanticCustomError("survey_weight", "只有打 1–5 分的题可以有权重", {"field": "weight"})
        return self

    @property
    def values(self) -> range:
        """Every value an answer may have; empty for a text."""
        if self.kind == "choice":
            return range(len(self.options))
        low, high = SCALE.get(self.kind, (0, -1))
        return range(low, high + 1)


class Questionnaire(Frozen):
    """The questions in order, with what is said before and after. All faults that one question cannot see are told by `faults`."""

    title: Name
    intro: Line | None = None
    thanks: Sentence | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]

    def question(self, key: str) -> Question:
        """Raises KeyError."""
        return {each.key: each for each in self.questions}[key]

    @property
    def weighted(self) -> tuple[Question, ...]:
        """The questions that count in the score."""
        return tuple(each for each in self.questions if each.kind in WEIGHTED and each.weight > 0)

    @property
    def weights(self) -> Decimal:
        """What the weights add up to; a score divides by it."""
        return sum((each.weight for each in self.weighted), Decimal(0))


def faults(form: Questionnaire) -> Iterator[tuple[tuple[str | int, ...], Said]]:
    """What a questionnaire must keep as a whole: keys once, weights above 0, jumps forward. (path, sentence)."""
    place = {each.key: index for index, each in reversed(list(enumerate(form.questions)))}
    for index, each in enumerate(form.questions):
        if each.weight > MOST_WEIGHT or each.weight != round(each.weight, WEIGHT_PLACES):
            yield (
                ("questions", index, "weight"),
                Said("权重请写 0 到 %(most)s 的数，最多 %(places)s 位小数", most=MOST_WEIGHT, places=WEIGHT_PLACES),
            )
        if place[each.key] != index:
            yield ("questions", index, "key"), Said("%(key)s 用了两次", key=each.key)
        for number, jump in enumerate(each.jumps):
            where = ("questions", index, "jumps", number)
            if jump.to != END and jump.to not in place:
                yield where, Said("没有 %(key)s 这道题，跳不过去", key=jump.to)
            elif jump.to != END and place[jump.to] <= index:
                yield where, Said("只能往后跳，%(key)s 在这道题前面", key=jump.to)
            if wrong := [value for value in jump.when if value not in each.values]:
                yield where, Said("这道题没有 %(value)s 这个答案", value=wrong[0])
    if any(each.kind in WEIGHTED for each in form.questions) and form.weights <= 0:
        yield ("questions",), Said("权重加起来是 0，算不出得分")


class SurveyForm(Frozen):
    """A ready-made questionnaire of the trade."""

    key: Key
    name: Name
    purpose: Sentence
    form: Questionnaire


class Bands(Frozen):
    """From which score (1 to 5, more is better) on a band begins; below the last it is very poor."""

    excellent: Decimal = Decimal("4.5")
    good: Decimal = Decimal("4.0")
    fair: Decimal = Decimal("3.0")
    poor: Decimal = Decimal("2.0")


class Surveys(Frozen):
    """Numbers for asking. `rest_days`: nobody is drawn twice within; `bought_days`: who had a deal within is asked; `reminders` so many,
    one every `remind_days`; `low_rating`, `low_nps`: an answer up to it opens a follow-up, due within `follow_days`; `interview_days`:
    key customers are talked with in person so often; `after_days`: how long after a service one still asks; `least`: with fewer answers
    counts are shown, no shares. `effect`: share of the value at risk a follow-up is reckoned to save, an assumption."""

    rest_days: Days = 90
    bought_days: Annotated[int, Field(ge=1, le=3660)] = 365
    reminders: Annotated[int, Field(ge=0, le=5)] = 2
    remind_days: Annotated[int, Field(ge=1, le=30)] = 3
    low_rating: Annotated[int, Field(ge=1, le=4)] = 2
    low_nps: Annotated[int, Field(ge=0, le=9)] = 6
    follow_days: Annotated[int, Field(ge=0, le=7)] = 1
    follow_minutes: Annotated[int, Field(ge=1, le=240)] = 10
    follow_who: Literal["owner", "agent", "supervisor"] = "agent"
    effect: Share = Decimal("0.10")
    interview_days: Annotated[int, Field(ge=7, le=3660)] = 180
    interview_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    after_days: Annotated[int, Field(ge=1, le=30)] = 3
    least: Annotated[int, Field(ge=2, le=1000)] = 30
    bands: Bands = Bands()
