"""The sentences say what the rule saw, of a few deals as of many, and of whom they are."""

from datetime import date

import pytest
from django.utils import translation

from liuke.packs.loader import load_pack
from liuke.standing.models import Standing
from liuke.standing.reasons import attitude_reason, risk_reason, stage_reason

AUTO = load_pack("auto_dealer")
AS_OF = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (2, "来过 2 次，还没形成稳定节奏。"),
        (3, "来过 3 次，还没形成稳定节奏。"),
        (4, "来过 4 次，最近几次间隔不齐。"),
        (17, "来过 17 次，最近几次间隔不齐。"),
    ],
)
def test_growing_with_few_and_with_many_visits(days: int, sentence: str) -> None:
    assert stage_reason(Standing(stage_code="B.deals", deal_days=days), AS_OF, AUTO) == sentence


@pytest.mark.parametrize(
    ("attitude", "days", "elapsed", "sentence"),
    [
        ("none", 1, 3.0, "来过 1 次，还看不出偏好。"),
        ("none", 3, 1.0, "来过 3 次，还看不出偏好。"),
        ("none", 17, 0.4, "来过 17 次，间隔不齐，也没有在别处买的记录。"),
        ("none", 17, 1.8, "来过 17 次，现在已过 1.8 个周期，没有在别处买的记录。"),
        ("switcher", 5, 2.9, "来过 5 次，现在已过 2.9 个周期（过了 2 个算）。"),
        ("switcher", 5, 2.0, "来过 5 次，在别处买过。"),
        ("switcher", 5, 0.3, "来过 5 次，在别处买过。"),
    ],
)
def test_attitude_says_which_of_the_two_it_was(attitude: str, days: int, elapsed: float, sentence: str) -> None:
    assert attitude_reason(Standing(attitude=attitude, deal_days=days, elapsed_cycles=elapsed), AUTO) == sentence


@pytest.mark.parametrize("assumed", [False, True])
def test_money_at_risk_names_its_year_and_nobodys_sex(assumed: bool) -> None:
    said = risk_reason(Standing(leave_share=0.68, leave_assumed=assumed, expected_cents=740_000))
    assert "68%" in said
    assert "乘以上次成交前一年的消费 ¥7,400" in said
    assert "他" not in said
