"""When a customer falls into the pool, who may take one out, and how cards are shared out. Pure. Source: domain page 1."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# ── falling ──────────────────────────────────────────────────────────────────

SILENT, NO_OWNER, OWNER_LEFT = "silent", "no_owner", "owner_left"
STAY, WARN, FALL = "stay", "warn", "fall"


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts for one customer on a day.

    owner: somebody keeps the card; owner_here: and works here. contacted_on: the last day of a contact that came about or of a deal day;
    kept_since: the later of the days he came to this owner, and the card into the system. key: a key account. held: a promise or a call
    he asked for is open, a complaint runs, or a supervisor keeps him out. quiet: he asked not to be contacted (or cannot be), so silence
    is nobody's fault.
    """

    owner: bool
    owner_here: bool
    kept_since: date
    contacted_on: date | None = None
    key: bool = False
    held: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`do`: stay, warn, fall; `why`: silent, no_owner, owner_left ("" for stay); `on`: the day he falls, or fell due."""

    do: str
    why: str = ""
    on: date | None = None


def verdict(facts: Facts, on: date, warned_on: date | None, after_days: int, notice_days: int) -> Verdict:
    """What happens to a customer on a day. `warned_on`: the day of a warning that runs.

    Nobody's customer falls at once: there is nobody to tell. Whose owner left, or who was not contacted for `after_days`, falls when his
    keeper was told at least `notice_days` before; he is told `notice_days` ahead of the last day, or later where a night was missed.
    """
    if facts.key or facts.held:
        return Verdict(STAY)
    if not facts.owner:
        return Verdict(FALL, NO_OWNER, on)
    if not facts.owner_here:
        due = on if warned_on is None else warned_on
        why = OWNER_LEFT
    elif facts.quiet:
        return Verdict(STAY)
    else:
        due = silent_since(facts) + timedelta(after_days)
        why = SILENT
        if on < due - timedelta(notice_days):
            return Verdict(STAY)
    falls = max(due, (warned_on or on) + timedelta(notice_days))
    return Verdict(FALL if warned_on is not None and on >= falls else WARN, why, falls)


def silent_since(facts: Facts) -> date:
    """The day silence is counted from: the last contact, or the day his keeper got him where that is later."""
    return max(facts.kept_since, facts.contacted_on) if facts.contacted_on else facts.kept_since


# ── claiming ─────────────────────────────────────────────────────────────────


def left_of_quota(quota: int, held: int, undone_today: int) -> int:
    """How many more a person may claim: `held` were claimed in the window and are his still, `undone_today` he looked at and put back
    today. What a supervisor gives him does not count."""
    return max(quota - held - undone_today, 0)


def may_claim_from(fell_on: Sequence[date], cooldown_days: int) -> date | None:
    """The first day on which he from whom a customer fell on these days may claim him again; None when he never fell from him."""
    return max(fell_on) + timedelta(cooldown_days) if fell_on else None


# ── sharing out ──────────────────────────────────────────────────────────────

EVENLY, BY_UNIT = "even", "unit"


@dataclass(frozen=True, slots=True)
class Share:
    """A card to be given to somebody: its unit and what is at risk, in cents."""

    customer: int
    unit: int
    value_cents: int


def split(cards: Sequence[Share], receivers: Sequence[int], how: str, units: Mapping[int, int | None] | None = None) -> dict[int, int]:
    """Receiver by customer.

    even: the largest value at risk first, each to whoever has the least value so far; those with nothing at risk to whoever has the
    fewest cards. unit: the same among the receivers of the card's own unit (`units`: unit by receiver), among all where it has none.
    The same cards and receivers give the same answer. `receivers` must not be empty.
    """
    by_unit: dict[int | None, list[int]] = {}
    if how == BY_UNIT:
        for person in receivers:
            by_unit.setdefault((units or {}).get(person), []).append(person)
    value = dict.fromkeys(receivers, 0)
    count = dict.fromkeys(receivers, 0)
    order = {person: place for place, person in enumerate(receivers)}
    given: dict[int, int] = {}
    for card in sorted(cards, key=lambda one: (-max(one.value_cents, 0), one.customer)):
        among: Collection[int] = by_unit.get(card.unit) or receivers
        if card.value_cents > 0:
            to = min(among, key=lambda person: (value[person], count[person], order[person]))
        else:
            to = min(among, key=lambda person: (count[person], value[person], order[person]))
        given[card.customer] = to
        value[to] += max(card.value_cents, 0)
        count[to] += 1
    return given
