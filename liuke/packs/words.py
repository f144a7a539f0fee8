"""Text in two languages, its slots, and the house rules of wording that every pack must keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

Lang = Literal["zh", "en"]

HAN = "\u3400-\u9fff"
SLOT = re.compile(r"\{([^{}]+)\}")
_HALF_WIDTH = re.compile(rf"[{HAN}}}][,;:?!]|[,;:?!][{HAN}{{]")
# What a slot counts, in English: "1 days" becomes "1 day".
_ONE = re.compile(r"(?<![\d.,])(1 (?:day|time|point|visit|month|cycle|complaint|year))s\b")
# What is one day away has a name of its own.
_NEAR: dict[Lang, tuple[tuple[re.Pattern[str], tuple[str, str]], ...]] = {
    "zh": ((re.compile(r"(?<![\d.,])([01])天前"), ("今天", "昨天")), (re.compile(r"(?<![\d.,])([01])天后"), ("今天", "明天"))),
    "en": (
        (re.compile(r"(?<![\d.,])([01]) days? ago\b"), ("today", "yesterday")),
        (re.compile(r"\bin ([01]) days?\b"), ("today", "tomorrow")),
    ),
}
_SPACED = re.compile(rf"[{HAN}，。；：？}}\d] +[{HAN}]|[{HAN}，。；：？] +[{HAN}{{\d]")


class Frozen(BaseModel):
    """Base of everything in a pack: cannot be changed, knows no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def slots(text: str) -> tuple[str, ...]:
    """The slots of a template in order: "{recency_days} 天没来" → ("recency_days",)."""
    return tuple(name.strip() for name in SLOT.findall(text))


def zh_length(text: str) -> int:
    """Characters of a Chinese template, each slot counted as two (the usual width of what fills it)."""
    return len(SLOT.sub("〇〇", text))


def fill(text: str, value: Callable[[str], object] | Mapping[str, object]) -> str:
    """Fill a template. `value` gives what a slot holds: by name, or, in evidence, by expression.

    Numbers are set as ui.md asks: a slot that names `_cents` as whole yuan with thousands (¥1,420), other
    numbers without more decimals than needed (one at most, half up). A day away is named: 昨天, tomorrow.
    Raises KeyError for a slot without a value.
    """
    get: Callable[[str], object] = value.__getitem__ if isinstance(value, Mapping) else value
    filled = SLOT.sub(lambda m: _shown(m.group(1).strip(), get(m.group(1).strip())), text)
    for pattern, names in (*_NEAR["zh"], *_NEAR["en"]):
        filled = pattern.sub(lambda m, names=names: names[int(m.group(1))], filled)  # type: ignore[misc]
    return _ONE.sub(r"\1", filled)


def _shown(name: str, value: object) -> str:
    if value is None:
        raise KeyError(name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    number = Decimal(str(value))
    if "_cents" in name:
        yuan = (number / 100).quantize(Decimal(1), ROUND_HALF_UP)
        return f"{'−' if yuan < 0 else ''}¥{abs(yuan):,}"
    # Days are whole to a reader; only a count of cycles is read with one decimal.
    step = Decimal("0.1") if "cycles" in name else Decimal(1)
    rounded = number.quantize(step, ROUND_HALF_UP)
    sign = "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):,}"


class Words(Frozen):
    """One thing said in Chinese and in English, with the same slots in both.

    A pack says all in both. What a company writes itself (validated with the context {"own": True}) it may leave without English: then the
    Chinese is what an English reader gets. Its two need not have the same slots: each is filled by itself, and an English that was there
    already keeps nobody from changing the Chinese.
    """

    zh: str
    en: str

    def __call__(self, lang: Lang = "zh") -> str:
        return self.zh if lang == "zh" else self.en or self.zh

    @property
    def slots(self) -> tuple[str, ...]:
        return slots(self.zh)

    @model_validator(mode="after")
    def _house_rules(self, info: ValidationInfo) -> Words:
        own = bool(info.context and info.context.get("own"))
        for lang, text in (("zh", self.zh), ("en", self.en)):
            if not text and own and lang == "en":
                continue
            if not text:
                raise PydanticCustomError("words_missing", "缺少{lang}文字", {"lang": "中文" if lang == "zh" else "英文"})
            if "!" in text or "！" in text:
                raise PydanticCustomError("words_exclamation", "不用感叹号：{text}", {"text": text})
        if "「" in self.zh or "」" in self.zh:
            raise PydanticCustomError("words_quote", "建议说的话由页面加「」，这里不写：{text}", {"text": self.zh})
        if _HALF_WIDTH.search(self.zh):
            raise PydanticCustomError("words_half_width", "中文旁边要用全角标点：{text}", {"text": self.zh})
        if _SPACED.search(self.zh):
            raise PydanticCustomError("words_spaced", "中文里不打空格：{text}", {"text": self.zh})
        if re.search(rf"[{HAN}]", self.en):
            raise PydanticCustomError("words_han_in_en", "英文里有汉字：{text}", {"text": self.en})
        if not own and set(slots(self.zh)) != set(slots(self.en)):
            raise PydanticCustomError("words_slots", "中英文的空位不一样：{text}", {"text": self.zh})
        return self


def braced(slots: Iterable[str]) -> str:
    """{name_title} {staff}: slots as they are written."""
    return " ".join(f"{{{slot}}}" for slot in slots)


def slots_outside(words: Words, allowed: Iterable[str]) -> Iterator[tuple[Lang, str]]:
    """The slots of either language that are not allowed, each once: (where it stands, slot)."""
    told = set(allowed)
    for lang in ("zh", "en"):
        for slot in slots(getattr(words, lang)):
            if slot not in told:
                told.add(slot)
                yield lang, slot


def _at_most(limit: int) -> Callable[[Words], Words]:
    def check(words: Words) -> Words:
        if (length := zh_length(words.zh)) > limit:
            raise PydanticCustomError(
                "words_long", "中文 {length} 字，最多 {limit} 字：{text}", {"length": length, "limit": limit, "text": words.zh}
            )
        return words

    return check


# ui.md §8: a sentence holds at most 40 characters; a name stays a name; a script line is read aloud in one breath or two.
Name = Annotated[Words, AfterValidator(_at_most(14))]
Sentence = Annotated[Words, AfterValidator(_at_most(40))]
Line = Annotated[Words, AfterValidator(_at_most(60))]


def all_words(part: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Words]]:
    """Every Words inside a part of a pack, with its path."""
    if isinstance(part, Words):
        yield path, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from all_words(getattr(part, name), (*path, name))
    elif isinstance(part, Mapping):
        for key, item in part.items():
            yield from all_words(item, (*path, key))
    elif isinstance(part, tuple | list):
        for index, item in enumerate(part):
            yield from all_words(item, (*path, index))
