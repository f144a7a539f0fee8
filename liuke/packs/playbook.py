"""Playbooks 打法 and scripts 话术: what to do for a signal or a stage, and the words for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.limits import Days
from liuke.packs.words import Frozen, Line, Name, Sentence, Words

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Stage = Literal["A", "B", "C", "D", "E"]
Channel = Literal["phone", "wechat", "sms", "visit"]
Who = Literal["owner", "agent", "supervisor"]
Scenario = Literal["general", "complaint", "care", "offer", "retention"]
Outcome = Literal["reached", "not_reached", "refused", "deal", "later"]
Do = Literal["next_step", "retry", "stop", "leave_alone", "playbook"]
MOST_BRANCHES = 8
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_STEPS: dict[Scenario, tuple[str, str]] = {
    "general": ("建立关系 倾听需求 提供建议 跟进执行", "Build the relationship|Listen for the need|Suggest|Follow up"),
    "complaint": ("管理情绪 倾听需求 商定办法 跟进执行", "Manage feelings|Listen|Agree a solution|Follow up"),
    "care": ("建立信任 寻找服务机会 真诚服务 礼貌结束", "Build trust|Look for a chance to serve|Sincere service|Close politely"),
    "offer": ("建立信任 引导需求 产品推荐 获得承诺", "Build trust|Lead to the need|Recommend|Obtain a commitment"),
    "retention": ("建立信任 引导需求 竞争挽留 获得承诺", "Build trust|Lead to the need|Win against the rival|Obtain a commitment"),
}
STEP_NAMES: dict[Scenario, tuple[Words, ...]] = {
    scenario: tuple(Words(zh=a, en=b) for a, b in zip(zh.split(), en.split("|"), strict=True)) for scenario, (zh, en) in _STEPS.items()
}
"""The four steps of a conversation by scenario (3-action, 维系挽留四步法)."""

OPENING_NAMES: tuple[Words, ...] = tuple(
    Words(zh=zh, en=en)
    for zh, en in (("问候", "Greet"), ("方便吗", "Is it convenient"), ("为什么打", "Why I call"), ("对您", "For you"), ("问一句", "Ask"))
)
"""The five elements of an opening, in order."""


class Branch(Frozen):
    """When the customer says this, answer so."""

    when: Sentence
    say: Line


class Block(Frozen):
    """One of the four steps: what is said, and answers to what may come back. `tip`: what to keep in mind, not said."""

    tip: Sentence | None = None
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=4)]
    branches: Annotated[tuple[Branch, ...], Field(max_length=MOST_BRANCHES)] = ()


class Written(Frozen):
    """How a message begins and ends; between them stands what the playbook's step says."""

    hello: Line
    close: Line


class Invitation(Frozen):
    """邀约: an invitation to somebody who is a customer already. First a follow-up call; the event and the gift are told second."""

    follow_up: Annotated[tuple[Line, ...], Field(min_length=1, max_length=3)]
    invite: Annotated[tuple[Line, ...], Field(min_length=1, max_length=3)]
    branches: Annotated[tuple[Branch, ...], Field(max_length=MOST_BRANCHES)] = ()


class Script(Frozen):
    """The four steps for one scenario, shared by playbooks. The first step begins with the playbook's opening.

    `greet`: by the one who looks after the customer; `greet_other`: by anybody else, and where there is no one thing to speak of (a fleet).
    """

    key: Key
    name: Name
    scenario: Scenario
    greet: Line
    greet_other: Line | None = None
    convenient: Sentence
    wechat: Written | None = None
    sms: Written | None = None
    blocks: Annotated[tuple[Block, ...], Field(min_length=4, max_length=4)]


class Opening(Frozen):
    """What an opening says of this occasion: purpose with a prepared reason, what is in it for the customer, a question."""

    purpose: Line
    benefit: Line
    question: Sentence


class Step(Frozen):
    """One contact: so many days after the playbook starts."""

    day: Annotated[int, Field(ge=0, le=365)]
    channel: Channel
    minutes: Annotated[int, Field(ge=1, le=240)]
    who: Who = "owner"
    say: Sentence


class Next(Frozen):
    """What follows an outcome. `days`: for retry, when; for leave_alone, how long (0: until told otherwise); for playbook, how long the
    customer is let be before the other one (`playbook`, its key) begins."""

    do: Do
    days: Days = 0
    playbook: Key | None = None

    @model_validator(mode="after")
    def _whole(self) -> Next:
        if self.do == "retry" and self.days < 1:
            raise PydanticCustomError("retry_days", "再试要写几天以后", {"field": "days"})
        if self.do == "playbook" and self.playbook is None:
            raise PydanticCustomError("next_playbook", "要写接着用哪个打法", {"field": "playbook"})
        if self.do != "playbook" and self.playbook is not None:
            raise PydanticCustomError("next_no_playbook", "只有接着用另一个打法时才写打法", {"field": "playbook"})
        return self


class FollowUp(Frozen):
    """A choice after `reached`: what the customer said, what follows, the promise it makes, the fact it records."""

    key: Key
    name: Name
    next: Next
    promise: Sentence | None = None
    promise_days: Days = 0
    event: str | None = None


class Stop(Frozen):
    """When a playbook ends by itself; `rest_days`: how long until it may start again for the same customer."""

    max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    days: Annotated[int, Field(ge=1, le=365)] = 30
    rest_days: Days = 90


class Success(Frozen):
    kind: Literal["deal", "renewal", "contact", "score", "closed"]
    within_days: Annotated[int, Field(ge=1, le=365)]


class Effect(Frozen):
    """Share of value at risk that the playbook saves. `measured` false: an assumption until a hold-out group has shown it."""

    share: Annotated[Decimal, Field(ge=0, le=1)]
    measured: bool = False


class OfferLimit(Frozen):
    """What each role may give by itself, in cents; above it goes for approval. Manager: no limit."""

    rep: Annotated[int, Field(ge=0)] = 0
    agent: Annotated[int, Field(ge=0)] = 0
    supervisor: Annotated[int, Field(ge=0)] = 0


class Offer(Frozen):
    """What may be offered; its text fills {benefit}."""

    benefit: Sentence
    limits_cents: OfferLimit


class Playbook(Frozen):
    """Steps, words, limits and success for a signal, a stage or a campaign.

    `stages`: it is started for a customer of that stage in whose case nothing else is to be done. `off`: it is started for nobody any more;
    who is in it goes on to its end.
    """

    key: Key
    name: Name
    version: Annotated[int, Field(ge=1)] = 1
    off: bool = False
    signals: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    contract_kind: str | None = None
    goal: Sentence
    success: Success
    effect: Effect
    must: bool = False
    hold_out: bool = True
    script: str
    opening: Opening
    branches: Annotated[tuple[Branch, ...], Field(max_length=MOST_BRANCHES)] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=8)]
    outcomes: dict[Outcome, Next] = Field(default_factory=dict)
    follow_ups: Annotated[tuple[FollowUp, ...], Field(max_length=8)] = ()
    stop: Stop = Stop()
    offer: Offer | None = None

    @property
    def minutes(self) -> int:
        """Minutes of the first step: what its place in today's list is reckoned with."""
        return self.steps[0].minutes

    @model_validator(mode="after")
    def _steps_in_order(self) -> Playbook:
        days = [step.day for step in self.steps]
        if days != sorted(set(days)):
            raise PydanticCustomError("steps_order", "步骤的天数要从小到大，不能重复", {"field": "steps"})
        return self
