"""Care in the packs: warm, short, without an offer in any of its words, and never with a hole in it."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from liuke.care.saying import greeting
from liuke.packs import Pack, PackError, available, load_pack
from liuke.packs.care import GREETING_SLOTS, SLOTS
from liuke.packs.loader import FOLDER, parse_pack
from liuke.packs.reading import read
from liuke.packs.words import all_words, zh_length
from liuke.work.words import Filling

OFFERS = "优惠 打折 折 券 免费 赠 礼品 促销 特价 下单 充值 续保 续费 购买 推荐 价 ¥ 积分 benefit offer".split()
OFFERS_EN = ("offer", "discount", "coupon", "free", "gift", "sale", "price", "buy", "renew", "benefit")


@pytest.fixture(params=available())
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(request.param)


def test_every_kind_of_day_is_there(pack: Pack):
    kinds = {occasion.kind for occasion in pack.care}
    assert kinds >= {"birthday", "joined", "first_deal", "festival", "contract", "new_member", "after_service"}
    feasts = {occasion.key: occasion.festival.model_dump() for occasion in pack.care if occasion.festival}
    assert feasts["spring_festival"] == {"month": 1, "day": 1, "lunar": True}
    assert feasts["lantern_festival"] == {"month": 1, "day": 15, "lunar": True}
    assert feasts["dragon_boat"] == {"month": 5, "day": 5, "lunar": True}
    assert feasts["mid_autumn"] == {"month": 8, "day": 15, "lunar": True}
    assert feasts["national_day"] == {"month": 10, "day": 1, "lunar": False}


def test_no_offer_in_any_word_that_is_said(pack: Pack):
    for occasion in pack.care:
        for path, words in all_words(occasion):
            if path[0] in ("greeting", "greeting_late"):
                assert not [word for word in OFFERS if word in words.zh], words.zh
                assert not [word for word in OFFERS_EN if re.search(rf"\b{word}", words.en.lower())], words.en
                assert set(words.slots) <= {*GREETING_SLOTS, *SLOTS[occasion.kind]}
                assert zh_length(words.zh) <= 60


def test_every_level_has_somebody_and_some_minutes(pack: Pack):
    for occasion in pack.care:
        assert occasion.levels.keys() <= {"key", "A", "B", "C"}, occasion.key
        assert all(level.minutes <= 5 for level in occasion.levels.values())


def filling(**known: object) -> Filling:
    plain = {"name_title": "", "staff": "陈思远", "store": "滨江店", "asset": "车", "contract": None, "contract_end": None}
    return Filling(**{**plain, "recency_days": None, "benefit": None, **known})


FACTS = {
    "birthday": {}, "festival": {}, "new_member": {}, "after_service": {}, "joined": {"years": 3}, "first_deal": {"years": 3},
    "bought": {"years": 3, "asset": "凯美瑞"}, "contract": {"contract": {"zh": "商业险", "en": "Insurance"}, "ends": "2027-06-30"},
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_missing_name_leaves_no_hole(pack: Pack, language: str):
    with translation.override(language):
        for occasion in pack.care:
            for said in filter(None, (occasion.greeting, occasion.greeting_late)):
                slots = {"kind": occasion.kind, **FACTS[occasion.kind]}
                both = {"zh": said.zh, "en": said.en}
                for name in ("", "张先生" if language == "zh-hans" else "Mr Zhang"):
                    text = greeting(both, slots, filling(name_title=name))
                    assert text and "{" not in text and "}" not in text, text
                    assert not re.search(r"^[，,。、\s]|[，,]\s*[，,。.]|  |None", text), text
                    assert not name or name in text


def test_what_is_not_known_is_not_said():
    said = {"zh": "{name_title}，{asset}跟着您满{years}年了。", "en": "{name_title}, {years} years with your {asset}."}
    assert greeting(said, {"kind": "bought", "years": 3, "asset": ""}, filling(name_title="张先生")) == ""
    assert greeting(said, {"kind": "bought", "years": 3, "asset": "{凯}美瑞"}, filling()) == "凯美瑞跟着您满3年了。"


BAD = {
    "an-offer": ("greeting", {"zh": "{name_title}，生日当月保养打八折。", "en": "{name_title}, hello."}, "日常关怀里不提八折"),
    "an-offer-in-english": (
        "greeting",
        {"zh": "{name_title}，您好。", "en": "{name_title}, a discount for you."},
        "日常关怀里不提discount",
    ),
    "a-slot-of-offers": ("greeting", {"zh": "{name_title}，{benefit}。", "en": "{name_title}, {benefit}."}, "这里填不出 {benefit}"),
    "a-slot-of-another-kind": ("greeting", {"zh": "{name_title}满{years}年。", "en": "{name_title} {years}."}, "这里填不出 {years}"),
    "a-voucher-as-a-present": ("levels", {"A": {"gift": {"zh": "一张保养券", "en": "A voucher"}}}, "关怀送的是心意，不提券"),
    "no-level": ("levels", {}, "至少 1 项"),
    "an-unknown-level": ("levels", {"D": {}}, "写法不对"),
    "no-such-day": ("festival", {"month": 2, "day": 30}, "没有这一天"),
    "a-festival-of-none": ("festival", {"month": 2, "day": 3}, "节日要写 festival，别的不写"),
    "contracts-of-none": ("contract_kinds", ["insurance"], "合约日要写 contract_kinds，别的不写"),
    "far-too-late": ("late_days", 31, "不能大于 30"),
}


@pytest.mark.parametrize("which", BAD)
def test_what_care_may_not_be_is_refused_at_its_line(which: str):
    field, value, said = BAD[which]
    data: Any = read((FOLDER / "auto_dealer.yaml").read_bytes())[0]
    [birthday] = [one for one in data["care"] if one["key"] == "birthday"]
    birthday[field] = value
    source = json.dumps(data, ensure_ascii=False).encode()
    with pytest.raises(PackError) as refused:
        parse_pack(source, Path("mine.yaml"))
    assert any(said in problem.message and problem.field.startswith("care[") for problem in refused.value.problems), str(refused.value)


def test_the_level_that_holds(pack: Pack):
    occasion = next(one for one in pack.care if one.key == "birthday")
    with_gold = occasion.model_copy(update={"levels": {**occasion.levels, "tier_gold": occasion.levels["A"]}})
    assert with_gold.level_of(True, "gold", "C") == "key"
    assert with_gold.level_of(False, "gold", "C") == "tier_gold"
    assert with_gold.level_of(False, "silver", "B") == "B"
    assert with_gold.level_of(False, "", "") == "C"
    feast = next(one for one in pack.care if one.key == "mid_autumn")
    assert feast.level_of(False, "", "C") is None


def test_nobody_is_wished_a_day_that_does_not_come(pack: Pack):
    from liuke.care.rules import festival_days

    days = {
        occasion.key: festival_days(occasion.festival, date(2026, 1, 1), date(2026, 12, 31)) for occasion in pack.care if occasion.festival
    }
    assert days["spring_festival"] == [(date(2026, 2, 17), 2026)]
    assert days["lantern_festival"] == [(date(2026, 3, 3), 2026)]
    assert days["dragon_boat"] == [(date(2026, 6, 19), 2026)]
    assert days["mid_autumn"] == [(date(2026, 9, 25), 2026)]
    assert days["national_day"] == [(date(2026, 10, 1), 2026)]
    assert days["new_year"] == [(date(2026, 1, 1), 2026)]
