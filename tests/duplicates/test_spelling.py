import pytest

from liuke.duplicates.spelling import address_key, company_core, sound_of
from liuke.kernel.pinyin import sort_key


@pytest.mark.parametrize(
    "address",
    [
        "浙江省杭州市滨江区江南大道288号1幢2单元301室",
        "杭州市滨江区江南大道２８８号１幢２单元３０１",
        "杭州滨江江南大道288-1-2-301",
        "中国浙江 杭州市 滨江区 江南大道288号 一幢二单元301室",
    ],
)
def test_one_house_has_one_key(address: str) -> None:
    assert address_key(address) == "杭州滨江江南大道288-1-2-301"


@pytest.mark.parametrize(
    ("one", "other"),
    [("江南大道288号", "江南大道289号"), ("江南大道288号1幢", "江南大道288号11幢"), ("北京市朝阳区建国路88号", "上海市徐汇区建国路88号")],
)
def test_two_houses_have_two(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize("address", ["", "杭州", "江南大道", "杭州市滨江区"])
def test_a_street_is_nobodys_address(address: str) -> None:
    assert address_key(address) == ""


def test_a_municipality_with_and_without_its_sign() -> None:
    assert address_key("上海市浦东新区张江路100弄5号") == address_key("上海浦东张江路100弄5号") == "上海浦东张江路100-5"


def test_what_tells_a_company_from_others() -> None:
    assert company_core("杭州启程汽车服务有限公司") == company_core("启程汽车服务（杭州）有限公司") == ("启程汽车服务", frozenset({"杭州"}))
    assert company_core("浙江省启程汽车服务集团股份有限公司") == ("启程汽车服务", frozenset())
    assert company_core("杭州公司") == ("杭州", frozenset())


@pytest.mark.parametrize(("name", "sound"), [("张三", "zhang san"), ("John Smith", "john smith"), ("王Lily", "wang lily")])
def test_the_sound_from_the_sort_key(name: str, sound: str) -> None:
    assert sound_of(sort_key(name), name) == sound
