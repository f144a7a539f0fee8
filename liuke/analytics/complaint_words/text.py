"""A text as it came made plain for reading: tags out, forms of one character made one, and where each character stood."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from liuke.analytics.complaint_words.suggestion import Words
from liuke.kernel.refusal import Refused

LONGEST = 50_000
READ_WHOLE = 24_000
"""Longer texts are read at both ends: this many characters of plain text in all, two thirds of them from the start."""

_MARK = re.compile(r"<[/!?a-zA-Z][^<>]*>|&#?\w{1,31};")
_UNREAD = re.compile(r"<(script|style)\b[^<>]*>", re.IGNORECASE)
_UNSEEN = {"Cf", "Cc", "Mn", "Cs", "Co", "Cn"}
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` in small letters and simplified characters; `at[i]` is where text[i] stood in `given`; `shouted` are spans of `text`."""

    given: str
    text: str
    at: list[int]
    shouted: tuple[tuple[int, int], ...]

    def words(self, start: int, end: int) -> Words:
        """The piece of the given text that text[start:end] was made of."""
        first, last = self.at[start], self.at[end - 1] + 1
        return Words(first, last, self.given[first:last])


@cache
def _simplified() -> dict[str, str]:
    pairs = (Path(__file__).parent / "signs" / "traditional.txt").read_text(encoding="utf-8").split()
    return {pair[0]: pair[1] for pair in pairs}


@cache
def _one(char: str) -> str:
    """The plain form of a character: one character, or none for what cannot be seen."""
    if unicodedata.category(char) in _UNSEEN and char not in "\n\r\t":
        return ""
    plain = unicodedata.normalize("NFKC", char)
    plain = plain if len(plain) == 1 else char
    low = plain.lower()
    low = low if len(low) == 1 else plain
    if low == "’":
        return "'"
    return _simplified().get(low, low)


def plain(given: str) -> Plain:
    """The text made plain. Refuses complaint.empty where no word is left, complaint.too_long over 50,000 characters."""
    if len(given) > LONGEST:
        raise Refused("complaint.too_long", "文字太长：%(length)s 个字，最多 %(limit)s 个", length=len(given), limit=LONGEST)
    chars: list[str] = []
    at: list[int] = []
    raw: list[str] = []
    for piece, start, moves in _pieces(given):
        for place, char in enumerate(piece):
            low = _one(char)
            if not low:
                continue
            if low.isspace():
                low = "\n" if low in "\n\r" else " "
                if chars and chars[-1] in " \n":
                    if low == "\n":
                        chars[-1] = "\n"
                    continue
            elif len(chars) > 1 and chars[-1] == " " and _HAN.match(low) and _HAN.match(chars[-2]):
                # Chinese has no blanks between words: those a person put there are not to be seen.
                del chars[-1], at[-1], raw[-1]
            chars.append(low)
            at.append(start + place if moves else start)
            raw.append(char)
    text = "".join(chars)
    if not any(unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "So" for char in set(text)):
        raise Refused("complaint.empty", "没有文字，请写下客户说了什么")
    at, text, joined = _ends(at, text, "".join(raw))
    return Plain(given, text, at, _shouted(joined))


def _pieces(given: str) -> list[tuple[str, int, bool]]:
    """(text, where it stood, whether its characters stand one by one) of everything that is not a tag."""
    if "<" not in given and "&" not in given:
        return [(given, 0, True)]
    pieces: list[tuple[str, int, bool]] = []
    place = 0
    lower = given.lower() if len(given.lower()) == len(given) else given
    for mark in _MARK.finditer(given):
        if mark.start() < place:
            continue
        pieces.append((given[place : mark.start()], place, True))
        place = mark.end()
        found = mark.group()
        if found[0] == "&":
            pieces.append((html.unescape(found), mark.start(), False))
            continue
        pieces.append((" ", mark.start(), False))
        if unread := _UNREAD.match(found):
            close = lower.find(f"</{unread.group(1).lower()}", place)
            place = len(given) if close < 0 else close
    pieces.append((given[place:], place, True))
    return pieces


def _ends(at: list[int], text: str, raw: str) -> tuple[list[int], str, str]:
    if len(text) <= READ_WHOLE:
        return at, text, raw
    head, tail = READ_WHOLE * 2 // 3, READ_WHOLE // 3
    # The first character of the tail gives way to a line break, so that no pattern reads across the gap.
    return at[:head] + at[-tail:], text[:head] + "\n" + text[1 - tail :], raw[:head] + "\n" + raw[1 - tail :]


_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z][A-Z']{1,20}(?:[\s,]{1,3}[A-Z][A-Z']{1,20}){1,30}(?![a-z])")


def _shouted(raw: str) -> tuple[tuple[int, int], ...]:
    """Two and more words in capitals, twelve letters at least: not the name of a part."""
    return tuple(hit.span() for hit in _CAPITALS.finditer(raw) if sum(char.isalpha() for char in hit.group()) >= 12)


_QUOTE = re.compile(r"[“「『\"]([^“”「」『』\"\n]{1,200})[”」』\"]")


def quotes(text: str) -> list[tuple[int, int]]:
    """Spans inside quotation marks, in order."""
    return [hit.span(1) for hit in _QUOTE.finditer(text)]


def inside(spans: list[tuple[int, int]], start: int) -> tuple[int, int] | None:
    """The span that `start` stands in, of spans in order that do not overlap."""
    place = bisect_left(spans, (start + 1, -1)) - 1
    return spans[place] if place >= 0 and spans[place][0] <= start < spans[place][1] else None
