"""Answers and the score they make. Pure. Source: domain page 4, Satisfaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.survey import END, Bands, Question, Questionnaire, Surveys

MOST_WORDS = 1000
Value = int | list[int]
"""What is kept of one answer: a number (of a choice the place of the option), or of a pair [expected, perceived]."""


# ── the weighted score ───────────────────────────────────────────────────────


@dataclass(frozen=True)
class Scored:
    """`score` None where nothing that counts was answered; `answered` of `of` items made it."""

    score: Decimal | None
    answered: int
    of: int


def weighted(items: Iterable[tuple[Decimal, Decimal | int | None]]) -> Scored:
    """Σ weight × rating over (weight, rating) pairs; what was not answered (None) drops out and the weights of the rest are rescaled.

    >>> weighted([(Decimal("0.4"), 5), (Decimal("0.35"), 4), (Decimal("0.25"), 3)]).score
    Decimal('4.15')
    >>> weighted([(Decimal("0.5"), 80), (Decimal("0.3"), 60), (Decimal("0.2"), None)])
    Scored(score=Decimal('72.5'), answered=2, of=3)
    """
    rows = list(items)
    there = [(weight, Decimal(rating)) for weight, rating in rows if rating is not None]
    whole = sum((weight for weight, _ in there), Decimal(0))
    total = sum((weight * rating for weight, rating in there), Decimal(0))
    return Scored(_plain(total / whole) if whole > 0 else None, len(there), len(rows))


def _plain(number: Decimal) -> Decimal:
    """Without zeros at the end: 4.1500 is 4.15."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def checked_weights(weights: Sequence[Decimal]) -> tuple[tuple[Decimal, ...], bool]:
    """(the weights as they count, whether they had to be rescaled to add up to 1). Refuses weights.negative, weights.zero."""
    if any(weight < 0 for weight in weights):
        raise Refused("weights.negative", "权重不能是负数。")
    whole = sum(weights, Decimal(0))
    if whole == 0:
        raise Refused("weights.zero", "权重加起来是 0，算不出得分。")
    return (tuple(weights), False) if whole == 1 else (tuple(weight / whole for weight in weights), True)


def rating_of(question: Question, value: Value | None) -> int | None:
    """What of an answer counts as a rating: of a pair the perceived one."""
    return value[1] if isinstance(value, list) else value


def score_of(form: Questionnaire, values: Mapping[str, Value]) -> Scored:
    """The weighted score of one person's answers, 1 to 5."""
    return weighted((each.weight, rating_of(each, values.get(each.key))) for each in form.weighted)


def band_of(score: Decimal, bands: Bands) -> str:
    """excellent, good, fair, poor, or very_poor."""
    for name in ("excellent", "good", "fair", "poor"):
        if score >= getattr(bands, name):
            return name
    return "very_poor"


def overall_of(form: Questionnaire, values: Mapping[str, Value]) -> int | None:
    """One whole number from 1 to 5 for all of it: the overall question's, else the score rounded half up. None without a rating."""
    for each in form.questions:
        if each.kind == "rating" and each.indicator == "overall" and isinstance(said := values.get(each.key), int):
            return said
    found = score_of(form, values).score
    return int(found.quantize(Decimal(1), ROUND_HALF_UP)) if found is not None else None


def asks_overall(form: Questionnaire) -> bool:
    return bool(_overall(form))


def satisfied_by(form: Questionnaire, values: Mapping[str, Value]) -> Decimal | int | None:
    """What the share of the satisfied is taken of: his rating of all of it where the form asks for one, else his score, not rounded."""
    whole = _overall(form)
    if not whole:
        return score_of(form, values).score
    return next((said for key in whole if isinstance(said := values.get(key), int)), None)


def recommend_of(form: Questionnaire, values: Mapping[str, Value]) -> int | None:
    """The answer to the first 0 to 10 question; None without one."""
    said = [values[each.key] for each in form.questions if each.kind == "nps" and each.key in values]
    return said[0] if said and isinstance(said[0], int) else None


def lows(form: Questionnaire, values: Mapping[str, Value], numbers: Surveys) -> list[str]:
    """The questions that were answered so low that somebody has to ask: a rating up to 2, 0 to 6 of 10 (both ⚙)."""
    found = []
    for each in form.questions:
        said = rating_of(each, values.get(each.key))
        if said is None or each.kind not in ("rating", "pair", "nps"):
            continue
        if said <= (numbers.low_nps if each.kind == "nps" else numbers.low_rating):
            found.append(each.key)
    return found


# ── which questions are asked, and what was answered ─────────────────────────


def following(form: Questionnaire, index: int, value: Value | None) -> int:
    """The place of the question after this answer; len(questions) at the end."""
    for jump in form.questions[index].jumps:
        if isinstance(value, int) and value in jump.when:
            return len(form.questions) if jump.to == END else next(n for n, each in enumerate(form.questions) if each.key == jump.to)
    return index + 1


def asked(form: Questionnaire, values: Mapping[str, Value]) -> list[Question]:
    """The questions that somebody who answered so came by."""
    found, at = [], 0
    while at < len(form.questions):
        found.append(form.questions[at])
        at = following(form, at, values.get(form.questions[at].key))
    return found


def _overall(form: Questionnaire) -> list[str]:
    return [each.key for each in form.questions if each.kind == "rating" and each.indicator == "overall"]


def jumped(form: Questionnaire, values: Mapping[str, Value], texts: Mapping[str, str]) -> list[Question]:
    """The questions that were answered although the other answers jump over them."""
    came_by = {each.key for each in asked(form, values)}
    return [each for each in form.questions if (each.key in values or each.key in texts) and each.key not in came_by]


def page_after(form: Questionnaire, values: Mapping[str, Value], done: str = "") -> list[Question]:
    """The questions to show next: those after the question `done` ("": from the start) up to one whose answer decides the way."""
    keys = [each.key for each in form.questions]
    at = following(form, keys.index(done), values.get(done)) if done in keys else 0
    shown: list[Question] = []
    while at < len(form.questions):
        shown.append(form.questions[at])
        if form.questions[at].jumps:
            break
        at += 1
    return shown


@dataclass(frozen=True)
class Given:
    """Answers that can be kept."""

    values: dict[str, Value]
    texts: dict[str, str]


def read(form: Questionnaire, sent: Mapping[str, Sequence[str]], *, whole: bool = True, strict: bool = False) -> Given:
    """What was sent (field → texts; a pair's fields end in .es and .ps), checked. Answers to questions that this way does not come by are
    left out, or where `strict` refused. `whole`: nothing more will be asked.

    Refuses answer.scale (a rating of 11), answer.twice, answer.pair, answer.jumped, answer.required, answer.empty, text.*.
    """
    values, texts = _said(form, sent)
    came_by = asked(form, values)
    keys = {each.key for each in came_by}
    if strict and (over := jumped(form, values, texts)):
        raise Refused("answer.jumped", "照前面的回答，这一题跳过了，答了也不会存。请清空这一题，或者改前面的回答。", field=over[0].key)
    values = {key: value for key, value in values.items() if key in keys}
    texts = {key: text for key, text in texts.items() if key in keys}
    if whole:
        for each in came_by:
            if each.required and each.key not in values and each.key not in texts:
                raise Refused("answer.required", "这一题要答。", field=each.key)
        if not values and not texts:
            raise Refused("answer.empty", "还没有答，请至少答一题。")
    return Given(values, texts)


def left_out(form: Questionnaire, sent: Mapping[str, Sequence[str]]) -> list[Question]:
    """The questions of which `read` leaves the answer out. Refuses as it does."""
    return jumped(form, *_said(form, sent))


def _said(form: Questionnaire, sent: Mapping[str, Sequence[str]]) -> tuple[dict[str, Value], dict[str, str]]:
    values: dict[str, Value] = {}
    texts: dict[str, str] = {}
    for each in form.questions:
        if each.kind == "text":
            if text := _words(sent, each.key):
                texts[each.key] = text
        elif each.kind == "pair":
            both = [_number(each, _one(sent, f"{each.key}.{part}")) for part in ("es", "ps")]
            if None not in both:
                values[each.key] = [number for number in both if number is not None]
            elif both != [None, None]:
                raise Refused("answer.pair", "期望和感受请都打分，或者都空着。", field=each.key)
        elif (number := _number(each, _one(sent, each.key))) is not None:
            values[each.key] = number
    return values, texts


def _words(sent: Mapping[str, Sequence[str]], field: str) -> str:
    try:
        return clean(_one(sent, field), MOST_WORDS, lines=True)
    except Refused as refused:
        raise Refused(refused.code, refused.message, **{**refused.slots, "field": field}) from None


def _one(sent: Mapping[str, Sequence[str]], field: str) -> str:
    said = [text for text in sent.get(field, ()) if text.strip()]
    if len(said) > 1:
        raise Refused("answer.twice", "一题只能选一个。", field=field.partition(".")[0])
    return said[0].strip() if said else ""


def _number(question: Question, text: str) -> int | None:
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
    if number is None or number not in question.values:
        raise Refused("answer.scale", "没有“%(value)s”这个答案，请重新选。", value=text[:12], field=question.key)
    return number


def restored(said: Any) -> dict[str, Value]:
    """Answers as JSON gave them back."""
    return dict(said) if isinstance(said, dict) else {}
