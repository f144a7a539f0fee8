"""A trade's numbers for what people promise and what their supervisors look after."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liuke.packs.limits import Days
from liuke.packs.playbook import OfferLimit
from liuke.packs.words import Frozen


class Promises(Frozen):
    """`late_days`: so long after its day a promise that is done counts as kept late, then it is broken. `rate_days`: the kept rate looks
    at what was settled within. `limits_cents`: what a role may promise without asking; a manager has no limit. What one customer was
    promised (or given as an offer) in `limit_days` counts together."""

    late_days: Days = 7
    rate_days: Annotated[int, Field(ge=1, le=3660)] = 90
    limits_cents: OfferLimit = OfferLimit(rep=30_000, agent=30_000, supervisor=200_000)
    limit_days: Annotated[int, Field(ge=1, le=366)] = 30


class Supervision(Frozen):
    """`review_cards`: cards with changes drawn for the weekly review of one salesperson. `weeks_shown`: how far back the page
    looks that says what supervisors did."""

    review_cards: Annotated[int, Field(ge=1, le=50)] = 5
    weeks_shown: Annotated[int, Field(ge=1, le=52)] = 4
