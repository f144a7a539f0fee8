"""The shape of an industry pack. Everything in it is data, frozen, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from liuke.analytics.conditions import Condition, compile_condition
from liuke.packs.care import CareOccasion
from liuke.packs.churn import Churn
from liuke.packs.complaints import Complaints
from liuke.packs.folk import Folk
from liuke.packs.hold_out import HoldOut
from liuke.packs.improvement import Improvement
from liuke.packs.letters import LetterText
from liuke.packs.limits import ByGrade, Capacity, Cards, ContactBudget, Count, PackThresholds, Telling, Visits
from liuke.packs.playbook import (
    OPENING_NAMES,
    OUTCOMES,
    STEP_NAMES,
    FollowUp,
    Invitation,
    Key,
    Next,
    Outcome,
    Playbook,
    Scenario,
    Script,
    Stage,
)
from liuke.packs.practice import ScenarioCard
from liuke.packs.privacy import Privacy
from liuke.packs.routines import Promises, Supervision
from liuke.packs.survey import SurveyForm, Surveys
from liuke.packs.words import Frozen, Name, Sentence, Words

Family = Literal["churn", "growth", "service"]
FieldType = Literal["text", "integer", "decimal", "date", "yes_no", "choice", "plate", "vin"]


T = TypeVar("T", Playbook, Script, ScenarioCard, SurveyForm, "Signal", "ContractKind")


class Choice(Frozen):
    key: Key
    name: Name


class CardField(Frozen):
    """An extra field of a card or of an asset, typed and checked on entry."""

    key: Key
    name: Name
    on: Literal["customer", "organisation", "asset"]
    type: FieldType
    unit: Name | None = None
    minimum: int | None = None
    maximum: int | None = None
    max_length: Annotated[int, Field(ge=1, le=500)] = 100
    choices: tuple[Choice, ...] = ()
    weight: Count = 1  # in the card's completeness; what is served (asset) is no part of its owner's card


class AssetKind(Frozen):
    """What is served: a vehicle, a machine. `spoken`: how it is called in a sentence when its name is not known."""

    key: Key
    name: Name
    spoken: Name


class ContractKind(Frozen):
    """Anything with an expiry. `counted`: it has a number of times left. `renewable`: expiry is a reason to call."""

    key: Key
    name: Name
    counted: bool = False
    renewable: bool = True


class Product(Frozen):
    key: Key
    name: Name
    line: Key
    price_cents: Count | None = None


NOT_DEAD = "not known(days_since('died'))"
NOT_GONE = f"{NOT_DEAD} and not stage_rule_code in ('E.told', 'E.membership', 'E.moved', 'E.closed')"
"""Whom a signal may be about; the codes are those of analytics.lifecycle."""


class Signal(Frozen):
    """A moment to act. It is open while `condition` holds, and closes itself when it no longer does.

    `condition` and each slot of `evidence` are expressions over a customer's columns, contracts and events. Who is gone by word, by
    death, by moving or by closing is asked nothing more: there a signal opens only when it says so (`gone`: to answer, to thank, to learn
    why), and for the dead none does.
    """

    key: Key
    name: Name
    family: Family
    own_condition: Annotated[str, Field(min_length=1, max_length=400, alias="condition")]
    gone: bool = False
    severity: Annotated[int, Field(ge=1, le=3)]
    evidence: Sentence
    playbook: str

    @property
    def condition(self) -> str:
        """What is written in the pack, and that the customer is still there to be asked."""
        return f"({self.own_condition}) and {NOT_DEAD if self.gone else NOT_GONE}"

    def compiled(self, names: Iterable[str]) -> Condition:
        """The condition over the columns `names`, to be evaluated. Raises ConditionError for a column that is not there."""
        return compile_condition(self.condition, names)

    def compiled_slots(self, names: Iterable[str]) -> dict[str, Condition]:
        """Slot of the evidence → its expression: what `words.fill(evidence(lang), values)` needs a value for."""
        known = frozenset(names)
        return {slot: compile_condition(slot, known) for slot in self.evidence.slots}


class Pack(Frozen):
    """One trade: numbers, fields, signals, playbooks, words."""

    key: Key
    name: Name
    thresholds: PackThresholds
    cards: Cards = Cards()
    visit_days: ByGrade = ByGrade()
    visits: Visits = Visits()
    contact_days: ByGrade = ByGrade()
    capacity: Capacity = Capacity()
    contact_budget: ContactBudget = ContactBudget()
    telling: Telling = Telling()
    privacy: Privacy = Privacy()
    promises: Promises = Promises()
    complaints: Complaints = Complaints()
    supervision: Supervision = Supervision()
    folk: Folk = Folk()
    churn: Churn = Churn()
    surveys: Surveys = Surveys()
    improvement: Improvement = Improvement()
    hold_out_share: Annotated[Decimal, Field(gt=0, le=Decimal("0.5"))]
    hold_out: HoldOut = HoldOut()
    effect_note: Sentence
    asset_kind: AssetKind
    contract_kinds: tuple[ContractKind, ...]
    fields: tuple[CardField, ...] = ()
    products: tuple[Product, ...] = ()
    outcomes: dict[Outcome, Next]
    follow_ups: tuple[FollowUp, ...] = ()
    signals: tuple[Signal, ...]
    scripts: tuple[Script, ...]
    invitation: Invitation | None = None
    playbooks: tuple[Playbook, ...]
    letters: tuple[LetterText, ...] = ()
    care: tuple[CareOccasion, ...] = ()
    practice: tuple[ScenarioCard, ...] = ()
    survey_forms: tuple[SurveyForm, ...] = ()

    def signal(self, key: str) -> Signal:
        """Raises KeyError."""
        return _by_key(self.signals, key)

    def playbook(self, key: str) -> Playbook:
        """Raises KeyError."""
        return _by_key(self.playbooks, key)

    def contract_kind(self, key: str) -> ContractKind:
        """Raises KeyError."""
        return _by_key(self.contract_kinds, key)

    def scenario_card(self, key: str) -> ScenarioCard:
        """Raises KeyError."""
        return _by_key(self.practice, key)

    def survey_form(self, key: str) -> SurveyForm:
        """Raises KeyError."""
        return _by_key(self.survey_forms, key)

    def playbooks_for(self, signal_key: str) -> tuple[Playbook, ...]:
        """The signal's own playbook first, then others that name the signal. Raises KeyError for an unknown signal."""
        own = self.playbook(self.signal(signal_key).playbook)
        return (own, *(p for p in self.playbooks if signal_key in p.signals and p.key != own.key))

    def playbooks_for_stage(self, stage: Stage) -> tuple[Playbook, ...]:
        return tuple(p for p in self.playbooks if stage in p.stages)

    def signals_of(self, playbook_key: str) -> tuple[Signal, ...]:
        """The signals that start this playbook."""
        extra = self.playbook(playbook_key).signals
        return tuple(s for s in self.signals if s.playbook == playbook_key or s.key in extra)

    def outcomes_of(self, playbook: Playbook) -> tuple[Outcome, ...]:
        """What may come of a contact; nothing is sold to somebody who complains."""
        return tuple(o for o in OUTCOMES if o != "deal" or self.scenario_of(playbook) != "complaint")

    def script_of(self, playbook: Playbook) -> Script:
        return _by_key(self.scripts, playbook.script)

    def scenario_of(self, playbook: Playbook) -> Scenario:
        return self.script_of(playbook).scenario

    def opening_of(self, playbook: Playbook, known: bool = True) -> tuple[tuple[Words, Words], ...]:
        """The five elements in order: (label, words). `known`: the speaker is the one who looks after this customer."""
        script, own = self.script_of(playbook), playbook.opening
        greet = script.greet if known or script.greet_other is None else script.greet_other
        said = (greet, script.convenient, own.purpose, own.benefit, own.question)
        return tuple(zip(OPENING_NAMES, said, strict=True))

    def step_names(self, playbook: Playbook) -> tuple[Words, ...]:
        """Names of the four steps of its conversation."""
        return STEP_NAMES[self.scenario_of(playbook)]

    def after(self, playbook: Playbook, outcome: Outcome) -> Next:
        """What follows an outcome: the playbook's own rule, else the pack's."""
        return playbook.outcomes.get(outcome) or self.outcomes[outcome]

    def follow_ups_of(self, playbook: Playbook) -> tuple[FollowUp, ...]:
        return playbook.follow_ups or self.follow_ups


def _by_key(items: tuple[T, ...], key: str) -> T:
    for item in items:
        if item.key == key:
            return item
    raise KeyError(key)
