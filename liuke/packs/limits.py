"""A trade's numbers: the thresholds of insight (named in analytics, once), intervals, capacity, contact budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator
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
    """Minutes a day that today's list may fill, by role; and after how many days too late a promise or an appointment goes up."""

    rep: Annotated[int, Field(ge=0, le=600)] = 180
    agent: Annotated[int, Field(ge=0, le=600)] = 300
    supervisor: Annotated[int, Field(ge=0, le=600)] = 60
    raise_days: Annotated[int, Field(ge=1, le=60)] = 2


HourMinute = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ContactBudget(Frozen):
    """Unasked contacts one customer may get in a window, across all playbooks, care included; the quiet hours; the first days of a
    statutory holiday, on which nobody is called for selling; and how often a contact that nobody answers is tried, where no playbook
    says."""

    unasked: Count = 2
    in_days: Annotated[int, Field(ge=1)] = 30
    quiet_from: HourMinute = "21:00"
    quiet_to: HourMinute = "09:00"
    holiday_days: Annotated[int, Field(ge=0, le=10)] = 3
    tries: Annotated[int, Field(ge=1, le=20)] = 3


class Telling(Frozen):
    """Word outside the house: when the day's one message goes, the hours in which nothing is sent, and how often a message is tried."""

    digest_at: HourMinute = "09:05"
    quiet_from: HourMinute = "21:00"
    quiet_to: HourMinute = "08:00"
    tries: Annotated[int, Field(ge=1, le=8)] = 8


class Visits(Frozen):
    """A plan of visits: minutes of one visit, minutes of a day that visits may fill, when the day of visits begins; how one gets about
    (the straight line times `detour` at `speed_kmh`, `near_minutes` at least from door to door); the share of the value at risk a visit
    is reckoned to save, an assumption until it is measured; so many days before a visit its customer is not called as well."""

    minutes: Annotated[int, Field(ge=5, le=480)] = 40
    day_minutes: Annotated[int, Field(ge=10, le=720)] = 150
    day_from: HourMinute = "09:30"
    speed_kmh: Annotated[float, Field(ge=1, le=200)] = 25
    detour: Annotated[float, Field(ge=1, le=5)] = 1.4
    near_minutes: Annotated[int, Field(ge=0, le=120)] = 8
    effect: Share = Decimal("0.05")
    wait_days: Annotated[int, Field(ge=0, le=14)] = 3


CARD_FIELDS = (
    "name", "phone", "gender", "birthday", "wechat", "address", "hobbies", "personality", "family", "occupation", "income_band",
    "education", "channel", "best_time", "avoid", "service_need", "credit_code", "industry", "size", "region", "source",
)  # fmt: skip
"""Fields of every trade's card that may count in its completeness; a pack's own fields carry their weight themselves."""


def _weights(value: dict[str, int]) -> dict[str, int]:
    for name in value:
        if name not in CARD_FIELDS:
            raise PydanticCustomError("weight", "卡上没有叫 {field} 的字段", {"field": name})
    if not any(value.values()):
        raise PydanticCustomError("weights", "至少要有一个字段算进完整度")
    return value


FieldWeights = Annotated[dict[str, Count], AfterValidator(_weights)]


class Weights(Frozen):
    """What each field counts in the completeness of a card, by kind of card; a field that is not named counts nothing."""

    person: FieldWeights = {
        "name": 3, "phone": 3, "birthday": 2, "family": 2, "gender": 1, "wechat": 1, "address": 1, "hobbies": 1, "personality": 1,
        "occupation": 1, "channel": 1, "best_time": 1, "source": 1,
    }  # fmt: skip
    organisation: FieldWeights = {
        "name": 3, "phone": 3, "credit_code": 2, "industry": 1, "size": 1, "region": 1, "address": 1, "source": 1,
    }  # fmt: skip


class Cards(Frozen):
    """Limits of the card's own rules: staleness, check-out, samples, the pool; and what makes a card complete.

    `sample_rest_weeks`: cards drawn in the last so many weeks are drawn again only when an owner has no others. `sample_tries`: calls that
    nobody answers before a card of the sample counts as not reached. `duplicate_block`: of more cards that share something (a switchboard's
    number) not every two are compared.
    """

    stale_days: Days = 180
    checkout_hours: Annotated[int, Field(ge=1, le=240)] = 24
    duplicate_block: Annotated[int, Field(ge=2, le=500)] = 50
    sample_per_owner: Annotated[int, Field(ge=0, le=100)] = 5
    sample_rest_weeks: Annotated[int, Field(ge=0, le=520)] = 26
    sample_tries: Annotated[int, Field(ge=1, le=20)] = 3
    pool_after_days: Annotated[int, Field(ge=1, le=3660)] = 180
    pool_notice_days: Days = 7
    pool_quota: Annotated[int, Field(ge=0, le=1000)] = 20
    pool_quota_days: Annotated[int, Field(ge=1, le=366)] = 30
    pool_cooldown_days: Days = 30
    export_rows: Count = 100
    number_searches: Annotated[int, Field(ge=1)] = 120  # by telephone number, per person and hour
    weights: Weights = Weights()
