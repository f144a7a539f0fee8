"""What a text suggests, as chips: every value of each classification in view, the suggested one outlined, with the words that spoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liuke.complaints.labels import VALUES, Axis, NeedKind, Side
from liuke.complaints.mails import Mail, read_mail
from liuke.complaints.suggesting import SURE_ENOUGH, suggest
from liuke.kernel.refusal import Refused

SHORTEST = 4
"""Fewer characters say nothing yet."""


@dataclass(frozen=True)
class Choice:
    """One classification: (value, word, suggested, chosen) of each value; how sure the suggestion is, and by which words."""

    axis: str
    label: str
    options: tuple[tuple[str, str, bool, bool], ...]
    confidence: float | None = None
    words: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True)
class Wish:
    """One need: its name on the form, its word, the words that spoke for it, whether it was ticked."""

    name: str
    label: str
    side: str
    words: tuple[str, ...]
    on: bool


@dataclass(frozen=True)
class Suggested:
    """`mail`: it is an e-mail pasted whole, and this is its head."""

    axes: tuple[Choice, ...]
    needs: tuple[Wish, ...]
    any: bool
    mail: Mail | None = None


FORM_AXES = (Axis.SEVERITY, Axis.CAUSE, Axis.BEHAVIOUR, Axis.PURPOSE)
"""The way it came is a field of the form already."""


def suggested(text: str, chosen: Mapping[str, str]) -> Suggested:
    """Of a text that is being written; `chosen`: what was clicked so far, by axis, and "needs" with commas. Reads nothing but the model."""
    said, mail = None, read_mail(text)
    text = mail.body if mail else text
    if len(text.strip()) >= SHORTEST:
        try:
            said = suggest(text)
        except Refused:
            said = None
    ticked = {name for name in chosen.get("needs", "").split(",") if name}
    axes = []
    for axis in FORM_AXES:
        one = getattr(said, axis) if said else None
        options = tuple(
            (value, str(word), bool(one and one.value == value), chosen.get(axis) == value) for value, word in VALUES[axis].choices
        )
        axes.append(Choice(axis, str(Axis(axis).label), options, one.confidence if one else None, _quoted(one.words if one else ())))
    needs = []
    for side in Side.values:
        for one in getattr(said, side) if said else ():
            if one.confidence < SURE_ENOUGH:
                continue
            name = f"{side}.{one.value}"
            needs.append(Wish(name, str(NeedKind(one.value).label), side, _quoted(one.words), name in ticked))
    return Suggested(tuple(axes), tuple(needs), said is not None, mail)


def _quoted(words: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece.text for piece in words))[:3]  # type: ignore[attr-defined]
