"""A trade's numbers for measuring playbooks against customers left alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from liuke.packs.words import Frozen


class HoldOut(Frozen):
    """`least_lift`: the smallest lift worth having, as a share (0.05: five points); a round is planned to find it. `minute_cents`: what a
    minute of staff costs. `key_accounts`: whether key accounts may be left alone too."""

    least_lift: Annotated[Decimal, Field(gt=0, le=Decimal("0.5"))] = Decimal("0.05")
    minute_cents: Annotated[int, Field(ge=0, le=100_000)] = 125
    key_accounts: bool = False
