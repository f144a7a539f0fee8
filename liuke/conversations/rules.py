"""How far a conversation got, and what is counted. Pure. Source: domain page 3, Four steps in every conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = 4

TALKED = ("reached", "refused", "deal", "later")
"""The outcomes after which there was a conversation; a call that nobody answered is none."""


def furthest(done: Iterable[int]) -> int:
    """The highest step that was done, 0 when none was. Whoever passes over a step and does the next has got to that one.

    >>> furthest([1, 3])
    3
    """
    return max(done, default=0)


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of `talks` conversations with notes, how many got at least to each of the four steps (`reached`, never rising)."""

    talks: int
    reached: tuple[int, int, int, int]

    @property
    def stopped(self) -> tuple[int, int, int, int, int]:
        """How many stopped before the first step, after the first, second, third, and got through the fourth."""
        steps = (self.talks, *self.reached)
        return tuple(a - b for a, b in zip(steps, (*steps[1:], 0), strict=True))  # type: ignore[return-value]

    @property
    def weakest(self) -> int | None:
        """The step before which most conversations stop (1–4), None where all got through. Of equals the first.

        >>> Funnel(10, (9, 8, 4, 3)).weakest
        3
        """
        lost = self.stopped[:STEPS]
        return lost.index(max(lost)) + 1 if any(lost) else None


def whole(funnels: Sequence[Funnel]) -> Funnel:
    """All of them together."""
    sums = [sum(each.reached[step] for each in funnels) for step in range(STEPS)]
    return Funnel(sum(each.talks for each in funnels), (sums[0], sums[1], sums[2], sums[3]))
