"""Text into lines of a width, as Chinese is set: after any character, but no closing mark begins a line and no opening mark ends one."""

from __future__ import annotations

import re
from collections.abc import Callable

_CLOSING = "，。、；：？！）》」』】〕〉”’…—·％%,.;:?!)]}〗〙"
_OPENING = "（《「『【〔〈“‘([{¥￥〖〘"
# A word or a figure with what belongs to it; blanks; else one character. Marks are glued on below.
_UNIT = re.compile(r"[0-9A-Za-zÀ-ɏ+@#_'’/.,:＋−\-]*[0-9A-Za-zÀ-ɏ]|\s+|.", re.DOTALL)


def units(text: str) -> list[str]:
    """The pieces between which a line may end."""
    found: list[str] = []
    for piece in _UNIT.findall(text):
        if found and (piece[0] in _CLOSING or found[-1][-1] in _OPENING) and not found[-1].isspace() and not piece.isspace():
            found[-1] += piece
        else:
            found.append(piece)
    return found


def lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines of a text; each line break in it begins a new one. A piece wider than a line is cut where it must be."""
    found: list[str] = []
    for paragraph in text.split("\n"):
        line, room = "", width
        for unit in units(paragraph):
            wide = measure(unit)
            if wide <= room:
                line, room = line + unit, room - wide
                continue
            if unit.isspace():  # a blank at the end of a line is the end of it
                found.append(line)
                line, room = "", width
                continue
            if line:
                found.append(line.rstrip())
            line, room = "", width
            for sign in unit:
                wide = measure(sign)
                if wide > room and line:
                    found.append(line)
                    line, room = "", width
                line, room = line + sign, room - wide
        found.append(line.rstrip())
    return found
