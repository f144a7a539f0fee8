"""A trade's numbers. Each threshold of the rules is named here once, with the default of the domain pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from liuke.packs.words import Frozen

Days = Annotated[int, Field(ge=0, le=3660)]
Months = Annotated[int, Field(ge=1, le=120)]
Count = Annotated[int, Field(ge=0)]
# Decimal, not float: 1.75 cycles is reached at 1.75, never at 1.7499999.
Share = Annotated[Decimal, Field(ge=0, le=1)]
Cycles = Annotated[Decimal, Field(gt=0, le=100)]


class Thresholds(Frozen):
    """Limits of metrics, gradings, types and stages. Shares and cycles are exact decimals; windows in days or months."""

    # purchase cycle
    default_cycle_days: Annotated[int, Field(ge=1, le=3660)]
    cycle_prior_weight: Count = 2
    # ABC by amount
    abc_window_months: Months = 12
    abc_a_share: Share = Decimal("0.80")
    abc_b_share: Share = Decimal("0.95")
    # attitude
    loyal_deal_days: Count = 4
    loyal_intervals: Count = 3
    loyal_elapsed_cycles: Cycles = Decimal("1.5")
    switcher_months: Months = 24
    switcher_deal_days: Count = 3
    switcher_elapsed_cycles: Cycles = Decimal(2)
    # type
    marginal_satisfaction: Count = 2
    marginal_days: Days = 180
    fan_referrals: Count = 1
    fan_recommend: Count = 9
    fan_months: Months = 24
    potential_need_months: Months = 12
    potential_top_share: Share = Decimal("0.20")
    zombie_months: Months = 12
    zombie_prospect_days: Days = 90
    # stage E
    exit_cycles: Cycles = Decimal(4)
    exit_days: Days = 365
    # stage D
    decline_cycles: Cycles = Decimal("1.75")
    decline_days: Days = 60
    decline_spend_share: Share = Decimal("0.5")
    decline_prev_deal_days: Count = 3
    decline_contract_days: Days = 30
    decline_points: Count = 500
    decline_points_share: Share = Decimal("0.05")
    decline_points_days: Days = 7
    # stage C
    mature_deal_days: Count = 4
    mature_intervals: Count = 3
    on_cycle_factor: Cycles = Decimal("1.5")
    mature_referral_months: Months = 12
    # stage B
    growth_deal_days: Count = 2
    growth_event_months: Months = 12
    # a new answer of the rule is shown after so many days running
    stage_steady_days: Days = 7
    # value at risk by the plain rule
    risk_band_cycles: tuple[Cycles, ...] = (Decimal(1), Decimal("1.75"), Decimal("2.5"), Decimal(4))
    risk_return_months: Months = 12
    # churn models
    model_min_repeat_customers: Count = 200
    supervised_min_outcomes: Count = 500

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.abc_a_share >= self.abc_b_share:
            raise PydanticCustomError("abc_order", "abc_a_share 要小于 abc_b_share")
        if self.decline_cycles >= self.exit_cycles:
            raise PydanticCustomError("cycles_order", "decline_cycles 要小于 exit_cycles")
        if list(self.risk_band_cycles) != sorted(set(self.risk_band_cycles)):
            raise PydanticCustomError("bands_order", "risk_band_cycles 要从小到大")
        return self


class ByGrade(Frozen):
    """Days by ABC grade."""

    A: Annotated[int, Field(ge=1)] = 30
    B: Annotated[int, Field(ge=1)] = 60
    C: Annotated[int, Field(ge=1)] = 180

    def days(self, grade: Literal["A", "B", "C"]) -> int:
        return {"A": self.A, "B": self.B, "C": self.C}[grade]


class Capacity(Frozen):
    """Minutes a day that today's list may fill, by role."""

    rep: Annotated[int, Field(ge=0, le=600)] = 180
    agent: Annotated[int, Field(ge=0, le=600)] = 300
    supervisor: Annotated[int, Field(ge=0, le=600)] = 60


HourMinute = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ContactBudget(Frozen):
    """Unasked contacts one customer may get in a window, across all playbooks, care included; and the quiet hours."""

    unasked: Count = 2
    in_days: Annotated[int, Field(ge=1)] = 30
    quiet_from: HourMinute = "21:00"
    quiet_to: HourMinute = "09:00"


class Cards(Frozen):
    """Limits of the card's own rules: staleness, check-out, samples, the pool."""

    stale_days: Days = 180
    checkout_hours: Annotated[int, Field(ge=1, le=240)] = 24
    sample_per_owner: Count = 5
    pool_after_days: Days = 180
    pool_notice_days: Days = 7
