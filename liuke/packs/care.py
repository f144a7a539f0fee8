"""Care 关怀: the days on which one thinks of a customer, for whom, in which words. Care is never a sales pitch: it carries no offer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.playbook import Channel, Key
from liuke.packs.saying import Said
from liuke.packs.words import Frozen, Line, Name, Sentence, all_words, braced, slots_outside

OccasionKind = Literal["birthday", "joined", "first_deal", "bought", "festival", "contract", "new_member", "after_service"]
CareWho = Literal["owner", "agent", "supervisor", "manager"]
LevelKey = Annotated[str, Field(pattern=r"^(key|tier_[a-z0-9_]{1,20}|[ABC])$")]

YEARLY = ("birthday", "joined", "first_deal", "bought", "festival")
"""Kinds that come once a year; the others come once for a deal or a contract."""

SLOTS: dict[str, tuple[str, ...]] = {
    "birthday": (),
    "joined": ("years",),
    "first_deal": ("years",),
    "bought": ("years", "asset"),
    "festival": (),
    "contract": ("contract", "contract_end"),
    "new_member": ("asset",),
    "after_service": ("asset",),
}
"""What a greeting of each kind may leave open, besides GREETING_SLOTS."""
GREETING_SLOTS = ("name_title", "staff", "store")

# What a greeting may not even mention, in either language; a present is given, not announced.
SELLING = re.compile(
    "优惠|打折|[一二三四五六七八九]折|特价|促销|活动价|免费|赠|礼品|礼物|券|下单|充值|储值|续费|续保|办理|购买|推荐|套餐|积分|抽奖|价格|报价|¥|[0-9〇一二三四五六七八九十百千万]元",
)
SELLING_EN = re.compile(
    r"\b(?:offers?|discounts?|deals?|coupons?|vouchers?|free|gifts?|sale|prices?|buy|purchase|renew\w*|upgrade|promotions?|points|package)\b",
    re.IGNORECASE,
)
# What is given may be a present, but nothing that has to be bought with.
PRESENT = re.compile("优惠|打折|[一二三四五六七八九]折|特价|促销|券|充值|储值|立减|满减")


class Festival(Frozen):
    """A day of the year, of the sun or of the moon. The 30th of a lunar month of 29 days is its last day."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    lunar: bool = False

    @model_validator(mode="after")
    def _there_is_such_a_day(self) -> Festival:
        most = 30 if self.lunar or self.month in (4, 6, 9, 11) else 29 if self.month == 2 else 31
        if self.day > most:
            raise PydanticCustomError("festival_day", "没有这一天")
        return self


class CareLevel(Frozen):
    """How an occasion is kept for one level of customers: who, how, how long it takes, what is given."""

    who: CareWho = "owner"
    channel: Channel = "wechat"
    minutes: Annotated[int, Field(ge=1, le=240)] = 2
    gift: Sentence | None = None


class CareOccasion(Frozen):
    """One occasion. `days`: when it is kept, before (−) or after (+) the day itself; `late_days`: how long after that it is still worth it.

    `levels`: by key account ("key"), tier ("tier_gold") or grade; who has no level of his own is left in peace. `festival` only of a
    festival, `contract_kinds` and `contract_date` only of contracts; `after`: which deals an after-service call follows. `greeting_late` is
    said after the day. `effect`: the share of the value at risk it is reckoned to save, an assumption. `on`: whether it is kept at all.
    """

    key: Key
    name: Name
    kind: OccasionKind
    on: bool = True
    days: Annotated[int, Field(ge=-30, le=120)] = 0
    late_days: Annotated[int, Field(ge=0, le=30)] = 2
    festival: Festival | None = None
    gender: Literal["male", "female"] | None = None
    contract_kinds: tuple[str, ...] = ()
    contract_date: Literal["starts", "ends"] = "starts"
    after: Literal["service", "any"] = "service"
    effect: Annotated[Decimal, Field(ge=0, le=Decimal("0.2"))] = Decimal("0.05")
    greeting: Line
    greeting_late: Line | None = None
    levels: Annotated[dict[LevelKey, CareLevel], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_its_kind(self) -> CareOccasion:
        if (self.kind == "festival") != (self.festival is not None):
            raise PydanticCustomError("care_festival", "节日要写 festival，别的不写")
        if (self.kind == "contract") != bool(self.contract_kinds):
            raise PydanticCustomError("care_contract", "合约日要写 contract_kinds，别的不写")
        if self.kind in ("new_member", "after_service") and self.days < 1:
            raise PydanticCustomError("care_after", "成交或服务以后的问候，days 至少是 1")
        return self

    def level_of(self, key_account: bool, tier: str, grade: str) -> str | None:
        """The level that holds for a customer: a key account's, his tier's, his grade's; None where he is left in peace.

        Of whom insight has said nothing yet counts as C.
        """
        for name in ("key" if key_account else "", f"tier_{tier}" if tier else "", grade or "C"):
            if name in self.levels:
                return name
        return None


def faults(occasion: CareOccasion, contract_kinds: set[str]) -> Iterator[tuple[tuple[str | int, ...], Said]]:
    """What an occasion must keep with the rest of its pack and with itself: (path, sentence). No offer, no slot that cannot be filled."""
    for at, kind in enumerate(occasion.contract_kinds):
        if kind not in contract_kinds:
            yield ("contract_kinds", at), Said("没有叫 %(key)s 的合约", key=kind)
    allowed = (*GREETING_SLOTS, *SLOTS[occasion.kind])
    for name in ("greeting", "greeting_late"):
        for path, words in all_words(getattr(occasion, name), (name,)):
            for where, slot in slots_outside(words, allowed):
                yield (*path, where), Said("这里填不出 %(slot)s，能用的有 %(allowed)s", slot=braced([slot]), allowed=braced(allowed))
            for lang, pattern in (("zh", SELLING), ("en", SELLING_EN)):
                if found := pattern.search(getattr(words, lang)):
                    yield (*path, lang), Said("日常关怀里不提%(word)s", word=found.group())
    for key, level in occasion.levels.items():
        for path, words in all_words(level.gift, ("levels", key, "gift")):
            if found := PRESENT.search(words.zh):
                yield (*path, "zh"), Said("关怀送的是心意，不提%(word)s", word=found.group())
            for where, slot in slots_outside(words, ()):
                yield (*path, where), Said("这里没有东西可填，去掉 %(slot)s", slot=braced([slot]))
