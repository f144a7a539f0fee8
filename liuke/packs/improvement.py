"""A trade's numbers for improving."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from liuke.packs.limits import Days
from liuke.packs.words import Frozen


class Improvement(Frozen):
    """`days`: how long a figure is looked at, before and after, unless the plan says otherwise. `service_edge`: from this score (1 to 5) on
    an axis of service is good. `angle_days`: how far back looks at the service count. `least_sheets`: fewer give no state."""

    days: Days = 30
    service_edge: Annotated[Decimal, Field(gt=1, le=5)] = Decimal("3.5")
    angle_days: Days = 180
    least_sheets: Annotated[int, Field(ge=1, le=100)] = 3
