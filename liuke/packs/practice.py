"""Practice 角色扮演: scenario cards. A colleague plays the customer on the card, the trainee works through the script and is ticked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from liuke.packs.playbook import Key, Scenario
from liuke.packs.words import Frozen, Line, Name, Sentence

STEPS = 4


class Persona(Frozen):
    """Who the customer is: as one colleague would tell the other. `attitude`: at first, before a word is said."""

    age: Annotated[int, Field(ge=16, le=99)]
    gender: Literal["male", "female"]
    character: Sentence
    buys: Sentence
    attitude: Sentence


class PracticeStep(Frozen):
    """One of the four steps. `says`: what the customer says in it, in order (the first comes first, the rest if he is not heard).
    `ticks`: what a good answer does, each to be seen or not seen by whoever listens."""

    says: Annotated[tuple[Line, ...], Field(min_length=1, max_length=4)]
    ticks: Annotated[tuple[Sentence, ...], Field(min_length=2, max_length=5)]


class ScenarioCard(Frozen):
    """情景卡: one customer to practise on. `need`: what he does not say by himself (隐性需求); the trainee sees it only afterwards."""

    key: Key
    name: Name
    scenario: Scenario
    persona: Persona
    need: Sentence
    steps: Annotated[tuple[PracticeStep, ...], Field(min_length=STEPS, max_length=STEPS)]

    @property
    def ticks(self) -> tuple[int, ...]:
        """How many things there are to tick in each step."""
        return tuple(len(step.ticks) for step in self.steps)
