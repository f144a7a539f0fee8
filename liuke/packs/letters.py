"""Letters 信: texts a pack brings for mailings. A letter that cares for somebody carries no offer."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from liuke.packs.words import Frozen, Name, Words, slots

LETTER_SLOTS = ("name_title", "name", "last_visit", "staff", "staff_phone", "store")
"""What a letter may name, in the words of a pack; mailing.rules gives them in the reader's."""


def _known(words: Words) -> Words:
    for slot in slots(words.zh):
        if slot not in LETTER_SLOTS:
            raise PydanticCustomError("letter_slot", "信里没有叫 {slot} 的空位", {"slot": slot})
    return words


Text = Annotated[Words, AfterValidator(_known)]


class LetterText(Frozen):
    """One letter: a line above it and its paragraphs, the salutation first. A sentence that names what is not known is left out."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Name
    title: Text
    paragraphs: Annotated[tuple[Text, ...], Field(min_length=2, max_length=12)]
