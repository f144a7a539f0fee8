import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.masks import mask_address, mask_bank, mask_id, mask_mail, mask_name, mask_wechat


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王伟", "王*"),
        ("王小明", "王*明"),
        ("欧阳锋", "欧阳*"),
        ("欧阳文山", "欧阳*山"),
        ("迪丽热巴", "迪*巴"),
        ("John Smith", "J***"),
        ("王", "*"),
        ("", ""),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("浙江省杭州市西湖区文三路 90 号", "浙江省杭州市西湖区***"),
        ("北京市朝阳区建国路1号", "北京市朝阳区***"),
        ("上海市浦东新区张江路1号", "上海市浦东新区***"),
        ("内蒙古自治区呼和浩特市赛罕区", "内蒙古自治区呼和浩特市赛罕区***"),
        ("浙江省义乌市稠城街道", "浙江省义乌市***"),
        ("西湖区文三路90号", "西湖区***"),
        ("浙江省杭州市文三路3号阳光小区", "浙江省杭州市***"),
        ("文三路小区3号楼", "***"),
        ("幸福里社区5栋", "***"),
        ("苏州工业园区星湖街", "***"),
        ("12号", "***"),
        ("", ""),
    ],
)
def test_addresses_to_the_district(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_accounts_and_numbers() -> None:
    assert (mask_wechat("zhao_88"), mask_wechat("z"), mask_wechat("")) == ("z***", "***", "")
    assert (mask_mail("anna@x.com"), mask_mail("anna"), mask_mail("")) == ("a***@x.com", "***", "")
    assert (mask_id("110101199003070012"), mask_id("110"), mask_id("")) == ("110****0012", "****", "")
    assert (mask_bank("6222 0212 3456 7890"), mask_bank("1234")) == ("****7890", "****")


@given(st.text(max_size=40), st.text("王欧阳司马明0123456789 -", max_size=20))
def test_masks_never_show_more_than_they_may(anything: str, likely: str) -> None:
    for text in (anything, likely):
        assert len(mask_name(text).replace("*", "")) <= 3
        assert len(mask_wechat(text).replace("*", "")) <= 1
        assert len(mask_id(text).replace("*", "")) <= 7
        assert len(mask_bank(text).replace("*", "")) <= 4
        assert not any(sign in "0123456789" for sign in mask_address(text))


@given(st.text("浙江省杭州市西湖区文三路九十号小区1234567890 ", max_size=30))
def test_no_address_shows_a_street_or_a_number(address: str) -> None:
    assert not any(sign in "路号0123456789" for sign in mask_address(address))
