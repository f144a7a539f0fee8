"""What is suggested of a complaint: a value on every axis and two lists of needs, each with its confidence and its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SEVERITIES = ("ordinary", "severe")
CAUSES = ("product_quality", "service", "price", "integrity")
CHANNELS = ("telephone", "email", "on_site", "other")
BEHAVIOURS = ("passive_complaining", "negative_publicity", "angry_venting", "extreme")
PURPOSES = ("suggestion", "criticism", "accusation")
EMOTIONAL = ("welcomed", "taken_seriously", "heard", "understood", "respected", "vent")
RATIONAL = ("solved", "action", "compensation", "person_responsible")

AXES: dict[str, tuple[str, ...]] = {
    "severity": SEVERITIES,
    "cause": CAUSES,
    "channel": CHANNELS,
    "behaviour": BEHAVIOURS,
    "purpose": PURPOSES,
}
"""Every axis of classification and its values, the weaker before the stronger where they have an order."""


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of the text as it was given: text[start:end]."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """One value, how sure it is (0–1, the share of such answers that are right), and the words that spoke for it, in the text's order."""

    value: str
    confidence: float
    words: tuple[Words, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "confidence": round(self.confidence, 3), "words": [piece.text for piece in self.words]}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a text says. `others`: causes beside the main one, the surest first. A value that no word spoke for has no words and is unsure.

    `scores`: of every axis, how likely each of its values is (the model trained on confirmed cases is blended with these); and of "needs",
    all ten. `read`: how many characters were looked at
    (a very long text is read at both its ends).
    """

    severity: Said
    cause: Said
    others: tuple[Said, ...]
    channel: Said
    behaviour: Said
    purpose: Said
    emotional: tuple[Said, ...]
    rational: tuple[Said, ...]
    scores: dict[str, dict[str, float]]
    read: int

    def axes(self) -> Iterator[tuple[str, Said]]:
        """(axis, what is said of it), in the page's order."""
        for axis in AXES:
            yield axis, getattr(self, axis)

    def as_dict(self) -> dict[str, Any]:
        """As the command prints it: plain values, words as text."""
        answer: dict[str, Any] = {axis: said.as_dict() for axis, said in self.axes()}
        answer["cause"]["others"] = [said.as_dict() for said in self.others]
        answer["needs"] = {
            "emotional": [said.as_dict() for said in self.emotional],
            "rational": [said.as_dict() for said in self.rational],
        }
        return answer
