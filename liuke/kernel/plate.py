"""Number plates 车牌 of the mainland, blue and yellow (5 signs) and new-energy (6 signs)."""

from __future__ import annotations

import re
import unicodedata

from liuke.kernel.refusal import Refused
from liuke.kernel.text import strip_invisible

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SIGN = "A-HJ-NP-Z0-9"
_PLATE = re.compile(
    rf"[{PROVINCES}][A-Z]"
    rf"(?:[{_SIGN}]{{4}}[{_SIGN}挂学警港澳领]"
    # GA 36-2018: new energy, small cars with the letter first (the second place may be a letter), large ones with it last.
    rf"|[A-HJK][{_SIGN}][0-9]{{4}}|[0-9]{{5}}[A-HJK])"
)
_EMPTY = frozenset(("", "无", "无牌", "未上牌", "暂无", "-", "/", "0"))


def parse_plate(text: str) -> str | None:
    """The plate as one word in capitals ("浙A7B23Q"), or None for an empty cell. Refuses plate.form.

    The letters I and O, which no serial has, are read as the figures 1 and 0.
    """
    word = re.sub(r"[-\s·•‧・.●]", "", unicodedata.normalize("NFKC", strip_invisible(text)).upper())
    if word in _EMPTY or re.sub(r"\s", "", text) in _EMPTY:
        return None
    word = word[:2] + word[2:].replace("O", "0").replace("I", "1")
    if not _PLATE.fullmatch(word):
        raise Refused("plate.form", "车牌看不懂，应像 浙A·12345 或 浙A·D12345")
    return word


def show_plate(plate: str) -> str:
    """As it stands on the car: 浙A·7B23Q."""
    return f"{plate[:2]}·{plate[2:]}" if _PLATE.fullmatch(plate) else plate


def mask_plate(plate: str) -> str:
    """What others may see: 浙A·7****Q, the stars always four; anything that is no plate is four stars."""
    return f"{plate[:2]}·{plate[2]}****{plate[-1]}" if _PLATE.fullmatch(plate) else "****"
