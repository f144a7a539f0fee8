"""What a card is found by, and what may stand on it. Pure: no Django, no clock, no input or output."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from liuke.kernel import pinyin

_NOT_CODE = re.compile(r"[\W_]+")
_PLATE = re.compile(r"([\u4e00-\u9fff])([A-Z][A-Z0-9]{5,6})")


def code(text: str) -> str:
    """A number or plate as one search word: made plain and lower case, nothing but letters and digits ("浙A·7123Q" → "浙a7123q")."""
    return _NOT_CODE.sub("", unicodedata.normalize("NFKC", text).lower())


def alias_words(alias: str) -> list[str]:
    """The words an alias is found by. A plate also without its province and by its last five characters, as people say it on the phone."""
    whole = code(alias)
    if not whole:
        return []
    words = [whole]
    if _PLATE.fullmatch(whole.upper()):
        words += [whole[1:], whole[2:]]
    return words


def index_text(name: str, number: str, aliases: str) -> str:
    """The text of the search index for one card: the words of name and number (kernel.pinyin), then each alias as words of its own.

    A plate is one word with its province, so that looking for 京 by name does not find every car of Beijing.
    """
    words = [word for line in aliases.splitlines() for word in alias_words(line)]
    return " ".join([pinyin.search_tokens(name, number), *words]).strip()


def completeness(filled: Mapping[str, bool], weights: Mapping[str, int]) -> float:
    """Weighted share of filled fields, 0–1. Source: domain page 1, Truth of the data. Weights must not all be 0."""
    return sum(weight for name, weight in weights.items() if filled.get(name)) / sum(weights.values())
