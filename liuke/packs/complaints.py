"""Complaints 投诉: opening hours and limits of the clocks, what a role may give by itself, and the steps of each stage. All of it is ⚙."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.limits import Count, HourMinute
from liuke.packs.playbook import Key, OfferLimit
from liuke.packs.words import Frozen, Name, Sentence, Words

ComplaintStage = Literal["accept", "clarify", "resolve", "follow_up"]

BY_ITSELF = ("classify", "solve", "inform", "call_back", "sum_up")
"""Steps that are ticked by what they stand for: all five confirmed, each way agreed with him, the solution told, the customer content,
cause and decision written."""


class ComplaintStep(Frozen):
    """One thing to tick. Those named in BY_ITSELF tick themselves."""

    key: Key
    stage: ComplaintStage
    name: Sentence


def _step(stage: ComplaintStage, key: str, zh: str, en: str) -> ComplaintStep:
    return ComplaintStep(key=key, stage=stage, name=Words(zh=zh, en=en))


STEPS = (
    _step("accept", "listen", "听他说完，不打断，不辩解", "Let him finish, without interrupting or arguing"),
    _step("accept", "ask", "问清经过：什么事、什么时候、跟谁", "Ask what happened, when and with whom"),
    _step("accept", "soothe", "表示理解，为给他添的麻烦道歉", "Show that you understand, and apologise for the trouble"),
    _step("accept", "confirm", "复述一遍他要什么，请他点头", "Say back what he wants, and have him confirm it"),
    _step("clarify", "judge", "判断责任在不在我们", "Judge whether it is our responsibility"),
    _step("clarify", "analyse", "查原因和背景，不推，不躲", "Look for the cause and the background; do not dodge"),
    _step("clarify", "explain", "把查到的照实告诉他", "Tell him what was found, as it is"),
    _step("clarify", "classify", "定下五种分类", "Settle the five classifications"),
    _step("resolve", "solve", "跟他商定办法，他点头才算", "Agree the solution with him; it counts once he says yes"),
    _step("resolve", "inform", "把方案告诉他：办什么、几号好、谁负责", "Tell him what will be done, by when and by whom"),
    _step("follow_up", "see_through", "看着答应的事一件件办完", "See everything that was agreed through to its end"),
    _step("follow_up", "call_back", "回访，问他满意不满意", "Call back and ask whether he is content"),
    _step("follow_up", "sum_up", "写明原因，定改进还是不改进", "Write down the cause, and decide whether to improve"),
)


class Complaints(Frozen):
    """`answer_minutes`, `resolve_days`: an ordinary complaint's limits, in working time (by close of that working day after the day of
    receipt); `severe_answer_minutes`, `severe_resolve_hours`: a severe one's, by the wall clock. `call_back_days` after the solution was
    told. `severe_money_cents`, `severe_share`: from which money, and which share of the deal, a complaint is severe. `repeat_days`: a
    purchase so soon after it counts as repeated. `departments`: whom it may be given to; others can be written by hand."""

    opens: HourMinute = "09:00"
    closes: HourMinute = "18:00"
    answer_minutes: Annotated[int, Field(ge=1, le=6000)] = 120
    resolve_days: Annotated[int, Field(ge=1, le=60)] = 3
    severe_answer_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    severe_resolve_hours: Annotated[int, Field(ge=1, le=720)] = 24
    call_back_days: Annotated[int, Field(ge=1, le=60)] = 3
    limits_cents: OfferLimit = OfferLimit(rep=20_000, agent=50_000, supervisor=300_000)
    severe_money_cents: Count = 100_000
    severe_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    repeat_days: Annotated[int, Field(ge=1, le=3660)] = 180
    departments: tuple[Name, ...] = (
        Words(zh="售后", en="After-sales"),
        Words(zh="销售", en="Sales"),
        Words(zh="客服", en="Customer service"),
        Words(zh="财务", en="Finance"),
    )
    steps: tuple[ComplaintStep, ...] = STEPS

    @property
    def hours(self) -> tuple[time, time]:
        """When a unit is open on a working day."""
        return time.fromisoformat(self.opens), time.fromisoformat(self.closes)

    @model_validator(mode="after")
    def _whole(self) -> Complaints:
        if self.opens >= self.closes:
            raise PydanticCustomError("complaint_hours", "关门要比开门晚")
        keys = [step.key for step in self.steps]
        if len(set(keys)) != len(keys):
            raise PydanticCustomError("complaint_steps", "步骤的名称有重复的")
        for stage in ("accept", "clarify", "resolve", "follow_up"):
            if not any(step.stage == stage for step in self.steps):
                raise PydanticCustomError("complaint_stage", "每个阶段至少要有一步")
        return self
