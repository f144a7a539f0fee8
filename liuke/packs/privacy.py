"""Personal data in a trade: what a customer is asked consent for, and how long what is kept of him stays."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.playbook import Key
from liuke.packs.words import Frozen, Name, Sentence, Words

Kept = Annotated[int, Field(ge=1, le=36600)]
"""Days that something stays."""


class Purpose(Frozen):
    """What a customer may allow or forbid. `basis`: what the company rests on while nobody has asked him.

    `part_of`: withdrawing that purpose withdraws this one too. `needs_consent`: without his word he is left out, not only when he objects.
    """

    key: Key
    name: Name
    basis: Sentence
    part_of: Key | None = None
    needs_consent: bool = False


def _purpose(key: str, name: tuple[str, str], basis: tuple[str, str], part_of: str | None = None) -> Purpose:
    return Purpose(key=key, name=Words(zh=name[0], en=name[1]), basis=Words(zh=basis[0], en=basis[1]), part_of=part_of)


_SERVE = ("为了办好约定的服务，可以找他", "Needed for the service agreed")
_UNTIL_NO = ("一般可以，他说不要就停", "Usually allowed, stops when he says no")
PURPOSES = (
    _purpose("phone", ("打电话", "Telephone"), _SERVE),
    _purpose("wechat", ("发微信", "WeChat"), _SERVE),
    _purpose("marketing", ("优惠和活动", "Offers and events"), _UNTIL_NO),
    _purpose("mail", ("邮寄信函", "Mailings"), _UNTIL_NO, "marketing"),
    _purpose("sms", ("发短信", "Text messages"), _UNTIL_NO, "marketing"),
    _purpose("survey", ("满意度调查", "Surveys"), _UNTIL_NO),
)


class Retention(Frozen):
    """Days after which something is no longer kept; the company may set its own (privacy.RetentionRule)."""

    prospects: Kept = 1095
    interaction_texts: Kept = 1825
    check_out_purposes: Kept = 730
    import_snapshots: Kept = 365
    uploads: Kept = 30
    number_searches: Kept = 90


class Privacy(Frozen):
    purposes: tuple[Purpose, ...] = PURPOSES
    retention: Retention = Retention()

    def purpose(self, key: str) -> Purpose:
        """Raises KeyError."""
        return {purpose.key: purpose for purpose in self.purposes}[key]

    @model_validator(mode="after")
    def _whole(self) -> Privacy:
        keys = [purpose.key for purpose in self.purposes]
        for key in keys:
            if keys.count(key) > 1:
                raise PydanticCustomError("twice", "{key} 用了两次", {"key": key})
        for needed in ("mail", "phone", "wechat", "sms", "survey", "marketing"):
            if needed not in keys:
                raise PydanticCustomError("purpose", "同意事项里少了 {key}", {"key": needed})
        for purpose in self.purposes:
            if purpose.part_of is not None and (purpose.part_of not in keys or purpose.part_of == purpose.key):
                raise PydanticCustomError("purpose", "没有叫 {key} 的同意事项", {"key": purpose.part_of})
            if purpose.part_of is not None and self.purpose(purpose.part_of).part_of is not None:
                raise PydanticCustomError("purpose", "同意事项只分两层，{key} 已经属于别的", {"key": purpose.part_of})
        return self
