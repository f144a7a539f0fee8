"""A trade's numbers: the thresholds of insight (named in analytics, once), intervals, capacity, contact budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from liuke.analytics.thresholds import Thresholds
from liuke.packs.words import Frozen

Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[Decimal, Field(ge=0, le=1)]


def _thresholds(value: Any) -> Thresholds:
    """From a mapping of names. The faults carry `field`, so that the loader can point at the line."""
    if isinstance(value, Thresholds):
        return value
    if not isinstance(value, dict):
        raise PydanticCustomError("mapping", "要写成 名称: 数值")
    defaults = Thresholds()
    numbers: dict[str, Any] = {}
    for name, number in value.items():
        if name not in Thresholds.names():
            raise PydanticCustomError("threshold", "没有叫 {field} 的阈值", {"field": name})
        default = getattr(defaults, name)
        if isinstance(default, tuple):
            numbers[name] = tuple(str(item) for item in number) if isinstance(number, list) else number
        else:
            # A ratio stays the text that was written (1.75 is exact); `2` for a ratio is text too.
            numbers[name] = str(number) if isinstance(default, str) and isinstance(number, int) else number
    try:
        return Thresholds(**numbers)
    except ValueError as error:
        field = str(error).split(":")[0].split(",")[0]
        raise PydanticCustomError("threshold", "这个数不合规则（{reason}）", {"field": field, "reason": str(error)}) from error


PackThresholds = Annotated[Thresholds, PlainValidator(_thresholds)]


class ByGrade(Frozen):
    """Days by ABC grade."""

    A: Annotated[int, Field(ge=1)] = 30
    B: Annotated[int, Field(ge=1)] = 60
    C: Annotated[int, Field(ge=1)] = 180

    def days(self, grade: Literal["A", "B", "C"]) -> int:
        return {"A": self.A, "B": self.B, "C": self.C}[grade]


class Capacity(Frozen):
    """Minutes a day that today's list may fill, by role."""

    rep: Annotated[int, Field(ge=0, le=600)] = 180
    agent: Annotated[int, Field(ge=0, le=600)] = 300
    supervisor: Annotated[int, Field(ge=0, le=600)] = 60


HourMinute = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ContactBudget(Frozen):
    """Unasked contacts one customer may get in a window, across all playbooks, care included; and the quiet hours."""

    unasked: Count = 2
    in_days: Annotated[int, Field(ge=1)] = 30
    quiet_from: HourMinute = "21:00"
    quiet_to: HourMinute = "09:00"


class Cards(Frozen):
    """Limits of the card's own rules: staleness, check-out, samples, the pool."""

    stale_days: Days = 180
    checkout_hours: Annotated[int, Field(ge=1, le=240)] = 24
    sample_per_owner: Count = 5
    pool_after_days: Days = 180
    pool_notice_days: Days = 7
