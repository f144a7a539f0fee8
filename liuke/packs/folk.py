"""Folk numbers: what the trade teaches, as reference constants. Teaching material with its source; never mixed into a measured figure.

The company may write its own in their place (team.folk).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.playbook import Key
from liuke.packs.words import Frozen, Name, Sentence, Words

MOST = 1_000_000
Unit = Literal["percent", "people", "times"]


class FolkNumber(Frozen):
    """`value`: per cent, people or times, as `unit` says. `group`: the saying it belongs to."""

    key: Key
    group: Literal["leaving", "complaining", "costs"]
    name: Name
    unit: Unit
    value: Annotated[Decimal, Field(ge=0, le=MOST)]
    source: Sentence


_COURSE = Words(zh="客户关系培训课上的说法，没有出处可查", en="As taught in trade courses; no study is named")


def _number(key: str, group: Literal["leaving", "complaining", "costs"], zh: str, en: str, unit: Unit, value: int) -> FolkNumber:
    return FolkNumber(key=key, group=group, name=Words(zh=zh, en=en), unit=unit, value=Decimal(value), source=_COURSE)


NUMBERS = (
    _number("died", "leaving", "去世", "Died", "percent", 1),
    _number("moved", "leaving", "搬走", "Moved away", "percent", 3),
    _number("taste", "leaving", "喜好变了", "Taste changed", "percent", 4),
    _number("better_fit", "leaving", "别处更合适", "A better fit elsewhere", "percent", 10),
    _number("product", "leaving", "对产品不满意", "Unhappy with the product", "percent", 14),
    _number("indifference", "leaving", "没人在意他的需求", "Indifference to needs", "percent", 68),
    _number("unhappy", "complaining", "不满意的客户", "Unhappy customers", "people", 25),
    _number("silent", "complaining", "其中不说的", "Of them silent", "people", 24),
    _number("serious", "complaining", "不说的里问题严重的", "Serious among silent", "people", 6),
    _number("to_rival", "complaining", "问题严重的会去对手那里", "Of these go to a rival", "percent", 70),
    _number("tell_least", "complaining", "每人至少告诉", "Each tells at least", "people", 10),
    _number("tell_most", "complaining", "每人最多告诉", "Each tells at most", "people", 20),
    _number("new_costs", "costs", "争取新客户比留住老的贵", "New customer costs", "times", 5),
)
KEYS = tuple(number.key for number in NUMBERS)


class Folk(Frozen):
    numbers: tuple[FolkNumber, ...] = NUMBERS

    def number(self, key: str) -> FolkNumber:
        """Raises KeyError."""
        return {number.key: number for number in self.numbers}[key]

    @model_validator(mode="after")
    def _whole(self) -> Folk:
        keys = [number.key for number in self.numbers]
        if sorted(keys) != sorted(KEYS):
            raise PydanticCustomError("folk", "参考数字要齐：{keys}", {"keys": "、".join(KEYS)})
        return self
