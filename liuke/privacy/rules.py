"""What stands in the way of an erasure, and what of a text gives a person away. Pure: no Django, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable

from liuke.kernel.refusal import Refused

ERASED = "已删除 %(number)s"
"""What a card is called once the person is gone from it."""
_COVER = "＊"
_GAP = r"[\s\-－—()（）.+]*"
SHORTEST = 2
"""A single character is in every other word: it gives nobody away and is not looked for."""


def check_hold(*, complaint: bool, contracts: int, allowed: bool) -> None:
    """Refused while a complaint is open: what was said in it is needed. A contract that runs holds it up until somebody says that
    the customer wants it all the same (`allowed`)."""
    if complaint:
        raise Refused("erase.complaint", "这位客户的投诉还没结，结案以后再删除。")
    if contracts and not allowed:
        raise Refused("erase.contract", "还有 %(n)s 份合约没到期。客户清楚以后仍要删，请在下面勾上。", n=contracts)


class Traces:
    """The words by which a person is known (names, numbers, plates, addresses), looked for in texts that stay."""

    def __init__(self, words: Iterable[str], numbers: Iterable[str] = ()) -> None:
        """`numbers`: telephones and their like, found however their figures are grouped, with or without a country's code."""
        found = sorted({word.strip() for word in words if len(word.strip()) >= SHORTEST}, key=lambda word: (-len(word), word))
        parts = [re.escape(word) for word in found]
        figures = ("".join(sign for sign in number if sign.isdigit()) for number in numbers)
        bare = {number.removeprefix("86") if len(number) > 11 else number for number in figures}
        self.numbers = sorted(number for number in bare if len(number) >= 7)
        """The telephones, without a country's code."""
        self.words = found
        told = [rf"(?:\+?86{_GAP})?{_GAP.join(number)}" for number in self.numbers]
        parts += told
        self._number = re.compile("|".join(told)) if told else None
        self._pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def found_in(self, text: str) -> bool:
        return bool(self._pattern and self._pattern.search(text))

    def number_in(self, text: str) -> bool:
        """Whether one of the telephones stands in it."""
        return bool(self._number and self._number.search(text))

    def out_of(self, text: str) -> str:
        """The text with every trace covered."""
        return self._pattern.sub(_COVER, text) if self._pattern else text
