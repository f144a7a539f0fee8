"""A trade's numbers for winning customers back: who is worth what effort, how often we try, how long we look."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from liuke.packs.limits import Count, Days, Share
from liuke.packs.playbook import OfferLimit
from liuke.packs.words import Frozen


class WinBack(Frozen):
    """`attempts`: contacts made in one case, then it ends as not reached. `first_days`, `second_days`: after a return, until when its money
    is added up. `small_below_cents`: a customer whose last year brought less is small; one of grade A then, or a key account, is key.
    `propose_days`: losses of the last so many days are proposed. `a_day`: proposals a night and person; nobody has more than `waiting`
    cases under way that were proposed. `between_days`: from one unasked contact to the next; `give_up_days` after the last one a case ends.
    `limits_cents`: what a role may offer by itself; `small_limit_cents`: the most that a small customer is offered without asking.
    `minutes`, `visit_minutes`: of one contact. `effect`: share of what he was worth that a contact is reckoned to bring back.
    """

    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    first_days: Annotated[int, Field(ge=1, le=3660)] = 90
    second_days: Annotated[int, Field(ge=1, le=3660)] = 365
    small_below_cents: Count = 100_000
    propose_days: Days = 30
    a_day: Annotated[int, Field(ge=0, le=100)] = 2
    waiting: Annotated[int, Field(ge=0, le=1000)] = 20
    between_days: Annotated[int, Field(ge=1, le=365)] = 15
    give_up_days: Annotated[int, Field(ge=1, le=3660)] = 60
    limits_cents: OfferLimit = OfferLimit(rep=30_000, agent=30_000, supervisor=200_000)
    small_limit_cents: Count = 5_000
    minutes: Annotated[int, Field(ge=1, le=480)] = 10
    visit_minutes: Annotated[int, Field(ge=1, le=480)] = 40
    effect: Share = Decimal("0.10")


class Churn(Frozen):
    win_back: WinBack = WinBack()
