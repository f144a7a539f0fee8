"""What a case may say, what a practice came to, what a self-check comes to. Pure. Source: domain page 3, Trust, Practice, Cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SHORTEST_NAME = 2
"""A single character is in every other word: it names nobody."""

_FIGURES = re.compile(r"\d(?:[\s()（）.+·‐‑‒–—―－-]{0,3}\d){6,}")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-./年])(?:0?[1-9]|1[0-2])[-./月](?:0?[1-9]|[12]\d|3[01])(?!\d)")
_PLATE = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][·\s]?[A-Za-z0-9]{5,6}")


def names_somebody(text: str, names: Iterable[str] = ()) -> str:
    """What in a text tells who the customer was: a telephone number or another long one, a plate, one of `names`; "" when nothing does.

    >>> names_somebody("王淑芬说太贵", ["王淑芬"])
    '王淑芬'
    """
    undated = _DATE.sub("，", text)
    for pattern in (_FIGURES, _PLATE):
        if found := pattern.search(undated):
            return found[0]
    lower = text.lower()
    return next((name for name in names if len(name) >= SHORTEST_NAME and name.lower() in lower), "")


@dataclass(frozen=True, slots=True)
class Score:
    """Of `of` things to tick, `done` were."""

    done: int
    of: int


def scored(ticks: object, per_step: Sequence[int]) -> tuple[Score, ...]:
    """The score of each step. `ticks`: for each step a list of true and false; what is missing was not ticked, what is too much is not
    counted.

    >>> scored([[True, False], [True]], (2, 2))
    (Score(done=1, of=2), Score(done=1, of=2))
    """
    rows = ticks if isinstance(ticks, list) else []
    found = []
    for at, of in enumerate(per_step):
        row = rows[at] if at < len(rows) and isinstance(rows[at], list) else []
        found.append(Score(sum(1 for tick in row[:of] if tick is True), of))
    return tuple(found)


def with_ticks(ticks: object, step: int, marked: Iterable[int], per_step: Sequence[int]) -> list[list[bool]]:
    """The ticks with one step's (from 1) replaced by the places (from 0) that are marked."""
    rows = ticks if isinstance(ticks, list) else []
    kept = [list(rows[at]) if at < len(rows) and isinstance(rows[at], list) else [False] * of for at, of in enumerate(per_step)]
    places = set(marked)
    kept[step - 1] = [place in places for place in range(per_step[step - 1])]
    return kept


def means(answers: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """The mean answer of each element, 1 to 4."""
    return {element: sum(given) / len(given) for element, given in answers.items() if given}
