"""The sentences say what the rule saw, of a few deals as of many, and of whom they are."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from liuke.packs.loader import load_pack
from liuke.standing.models import Standing
from liuke.standing.reasons import attitude_reason, percent_of, risk_reason, stage_reason

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
    row = Standing(attitude=attitude, deal_days=days, last_deal=AS_OF - timedelta(days=round(elapsed * 100)), cycle_days=100.0)
    assert attitude_reason(row, AS_OF, AUTO) == sentence


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("prior", "停在同样周期数的老客户还没有满一年的数据，先假设 68% 不再来；乘以上次成交前一年的消费 ¥7,400。"),
        ("band", "停在同样周期数的老客户，68% 一年内没再来；乘以上次成交前一年的消费 ¥7,400。"),
        ("bgnbd", "流失概率 68% × 预计一年消费 ¥7,400。像这样的 100 位里，约 68 位一年内不再来。"),
        ("additive", "流失概率 68% × 预计一年消费 ¥7,400。像这样的 100 位里，约 68 位一年内不再来。"),
        ("person", "人工判断流失概率 68%，本来算的是 41%；乘以预计一年消费 ¥7,400。"),
    ],
)
def test_money_at_risk_says_where_its_probability_is_from_and_nobodys_sex(by: str, sentence: str) -> None:
    assert risk_reason(Standing(leave_share=0.68, leave_by=by, model_share=0.41, expected_cents=740_000)) == sentence


def test_without_a_deal_there_is_no_money_at_risk() -> None:
    assert risk_reason(Standing()) == "还没有成交，算不出可能失去多少。"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "不到 1%"),
        (0.004, "不到 1%"),
        (0.005, "1%"),
        (0.56, "56%"),
        (0.994, "99%"),
        (0.996, "超过 99%"),
        (1.0, "超过 99%"),
        (None, "—"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(share: float | None, words: str) -> None:
    assert percent_of(share) == words
