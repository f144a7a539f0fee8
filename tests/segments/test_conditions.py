"""The language of conditions: what is read is written back the same, and everything else is refused by name."""

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.kernel.refusal import Refused
from liuke.packs.loader import load_pack
from liuke.segments.catalogue import catalogue
from liuke.segments.conditions import DEEPEST, MOST, Group, Leaf, inner_ids, leaves, read, write
from liuke.segments.saying import sentence
from tests.segments.trees import trees

with translation.override("zh-hans"):
    KNOWN = catalogue(load_pack("auto_dealer"))
STAGE = {"ask": "stage", "op": "in", "is": ["D"]}
WORDS = st.sampled_from(["all", "any", "none", "ask", "op", "is", "stage", "x"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@settings(max_examples=150, deadline=None)
@given(trees(KNOWN))
def test_what_is_read_is_written_back(data: dict[str, Any]) -> None:
    node = read(data, KNOWN)
    assert read(write(node), KNOWN) == node
    assert sentence(node, KNOWN, {})


@settings(max_examples=150, deadline=None)
@given(ANY_JSON)
def test_anything_else_is_refused_and_nothing_breaks(data: Any) -> None:
    try:
        node = read(data, KNOWN)
    except Refused as refused:
        assert refused.code.startswith(("segment.", "text."))
        assert str(refused)
    else:
        assert list(leaves(node))


REFUSED = {
    "segment.unknown": {"ask": "no_such"},
    "segment.sealed": {"ask": "phone", "op": "contains", "text": "138"},
    "segment.shape": {"both": [STAGE]},
    "segment.empty": {"all": []},
    "segment.missing": {"ask": "stage", "op": "in"},
    "segment.value": {"ask": "stage", "op": "in", "is": ["Z"]},
    "segment.slot": STAGE | {"n": 3},
    "segment.turned": {"ask": "amount_12m", "op": "between", "a": 9, "b": 8},
    "segment.many": {"all": [STAGE] * (MOST + 1)},
}


@pytest.mark.parametrize("code", REFUSED)
def test_refusals_have_names(code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(REFUSED[code], KNOWN)
    assert refused.value.code == code


@pytest.mark.parametrize("key", ["phone", "wechat", "address", "plate", "vin", "last4", "identifier"])
def test_sealed_fields_are_not_in_the_catalogue(key: str) -> None:
    assert key not in KNOWN.entries
    with pytest.raises(Refused) as refused:
        read({"all": [{"ask": key, "op": "is", "text": "13800001234"}]}, KNOWN)
    assert refused.value.code == "segment.sealed"


@pytest.mark.parametrize("key", ["phone.filled", "wechat.filled", "address.filled", "credit_code.filled"])
def test_of_sealed_fields_only_that_they_are_filled(key: str) -> None:
    assert [slot.name for slot in KNOWN.entries[key].slots] == ["op"]
    with pytest.raises(Refused) as refused:
        read({"ask": key, "op": "contains", "text": "138"}, KNOWN)
    assert refused.value.code == "segment.value"


def test_groups_may_lie_in_each_other_so_deep_and_no_deeper() -> None:
    data: dict[str, Any] = STAGE
    for _level in range(DEEPEST):
        data = {"any": [data]}
    assert read(data, KNOWN)
    with pytest.raises(Refused) as refused:
        read({"all": [data]}, KNOWN)
    assert refused.value.code == "segment.deep"
    for _level in range(2000):
        data = {"any": [data]}
    with pytest.raises(Refused):
        read(data, KNOWN)


def test_a_single_condition_is_a_group_of_one() -> None:
    assert read(STAGE, KNOWN) == Group("all", (Leaf("stage", (("op", "in"), ("is", ("D",)))),))


def test_the_segments_inside() -> None:
    data = {"any": [{"ask": "segment", "op": "in", "ids": ["4", "7"]}, {"none": [{"ask": "segment", "op": "not", "ids": ["9"]}]}]}
    assert inner_ids(read(data, KNOWN)) == {4, 7, 9}


SAID = [
    (STAGE, "阶段是衰退"),
    ({"all": [STAGE, {"ask": "amount_12m", "op": "ge", "a": 500_000}]}, "阶段是衰退，并且12 个月净额至少 ¥5,000"),
    ({"any": [STAGE, {"all": [{"ask": "tier", "op": "not", "is": ["gold", "silver"]}, {"ask": "key_account", "op": "yes"}]}]},
     "阶段是衰退，或者（会员不是金卡、银卡，并且大客户）"),
    ({"none": [STAGE, {"ask": "remarks", "op": "contains", "text": "轮胎"}]}, "都不是：阶段是衰退；备注里有“轮胎”"),
    ({"ask": "deals", "measure": "count", "op": "ge", "times": 3, "when": "last", "n": 90, "text": "保养"},
     "近 90 天成交至少 3 次（内容里有“保养”）"),
    ({"ask": "contacts", "has": "no", "when": "last", "n": 30}, "近 30 天没联系过"),
    ({"ask": "contracts", "state": "expires", "n": 60, "kinds": ["insurance"]}, "商业险 60 天内到期，还没续"),
    ({"ask": "events", "has": "times", "kinds": ["satisfaction"], "times": 2, "when": "any", "score": "le", "value": 2},
     "有过“满意度打分”至少 2 次，打分最多 2 分"),
    ({"ask": "birthday", "op": "next", "n": 7}, "今后 7 天内过生日"),
    ({"ask": "unit", "op": "in", "is": ["5"]}, "门店是杭州滨江店"),
    ({"ask": "unit", "op": "in", "is": ["6"]}, "门店是不在您这里"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), SAID)
def test_conditions_in_one_sentence(data: dict[str, Any], said: str) -> None:
    assert sentence(read(data, KNOWN), KNOWN, {("unit", "5"): "杭州滨江店"}) == said
