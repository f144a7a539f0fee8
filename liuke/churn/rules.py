"""Who is worth what effort, and what may follow what. Pure: numbers in, codes of labels.py out."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.packs.churn import WinBack as Numbers

KEY, ORDINARY, SMALL = "key", "ordinary", "small"
APOLOGISE_FOR = ("details", "integrity", "unfair")
"""Reasons for which we owe an apology before anything is offered."""


def tier_of(value_cents: int, *, key_account: bool, grade_a_cents: int | None, numbers: Numbers) -> tuple[str, str]:
    """(tier, why): a key account, or one whose last year would make grade A today, is key; one under the pack's limit small; the rest
    ordinary. Who harms us is for people to say."""
    if key_account:
        return KEY, "account"
    if grade_a_cents is not None and value_cents >= grade_a_cents > 0:
        return KEY, "grade_a"
    if value_cents < numbers.small_below_cents:
        return SMALL, "small"
    return ORDINARY, "ordinary"


@dataclass(frozen=True)
class Effort:
    """How a tier is contacted: by whom (work.staff), in which way, for how many minutes."""

    who: str
    way: str
    minutes: int


def effort(tier: str, numbers: Numbers) -> Effort:
    """Key: a supervisor goes there. Ordinary: whoever looks after him calls. Small: a message."""
    if tier == KEY:
        return Effort("supervisor", "visit", numbers.visit_minutes)
    if tier == SMALL:
        return Effort("owner", "wechat", max(numbers.minutes // 2, 1))
    return Effort("owner", "phone", numbers.minutes)


def apology_for(reason: str, now: str) -> str:
    """Whether an apology is owed once the reason is known; one that was made stays made."""
    if now == "made":
        return now
    return "owed" if reason in APOLOGISE_FOR else "none"


def state_after(outcome: str, counted: int, most: int, *, asked: bool) -> str:
    """Where a case stands after a contact, `counted` with this one; a contact that the customer asked for is not counted."""
    if outcome == "refused":
        return "refused"
    if outcome == "not_reached" and not asked and counted >= most:
        return "unreachable"
    return "open"


def offer_limit(role_limit: int | None, tier: str, numbers: Numbers) -> int | None:
    """What may be offered without asking: the role's own limit, for a small customer no more than his; None without limit."""
    if tier != SMALL:
        return role_limit
    return numbers.small_limit_cents if role_limit is None else min(role_limit, numbers.small_limit_cents)
