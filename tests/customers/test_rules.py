"""What may stand on a card."""

import pytest

from liuke.customers.rules import tier_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("金", "gold"),
        ("金卡", "gold"),
        (" Gold ", "gold"),
        ("铂金卡", "platinum"),
        ("银卡", "silver"),
        ("普通会员", "ordinary"),
        ("钻石", "钻石"),
        ("", ""),
    ],
)
def test_a_tier_is_one_however_it_is_written(written: str, code: str) -> None:
    assert tier_code(written) == code
