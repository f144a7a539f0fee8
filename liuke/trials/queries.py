"""Reads of rounds: which are under way, what a new one could find, who fell into which group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet

from liuke.analytics.sequential import detectable, needed
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.standing.models import Signal
from liuke.trials.known import came_back
from liuke.trials.labels import Came
from liuke.trials.models import Assignment, Look, Trial
from liuke.trials.rules import last_day

YEAR = timedelta(365)
MOST_ROWS = 50_000
"""Signals that a rate is worked out from, the newest."""

BASE, ENOUGH = 0.15, 100
"""What is taken for the share that comes back by itself before so many are known."""


@dataclass(frozen=True)
class Expected:
    """What the last year says of a playbook: `people` whom it would have concerned; `base`, the share of them that came back in its window
    (`known`: from this many; 0: a guess)."""

    people: int
    base: float
    known: int


@dataclass(frozen=True)
class Plan:
    """A round that could be opened: customers in all and left alone, the smallest lift that `planned` show four times out of five (NaN:
    none), and how many months it takes at the pace of the last year (None: nobody came)."""

    share: float
    planned: int
    alone: int
    lift: float
    needed: int
    months: float | None


def open_trials() -> dict[str, Trial]:
    """The rounds under way, by playbook."""
    return {trial.playbook: trial for trial in Trial.objects.filter(closed_on__isnull=True)}


def rounds(playbook: str) -> QuerySet[Trial]:
    """Every round of a playbook, the newest first."""
    return Trial.objects.filter(playbook=playbook).order_by("-round")


def verdicts() -> dict[str, Trial]:
    """The newest round of every playbook that has had one."""
    return {trial.playbook: trial for trial in Trial.objects.order_by("round")}


def newest_look(trial: Trial) -> Look | None:
    return Look.objects.filter(trial=trial).order_by("-on").first()


def assigned(trial: Trial) -> dict[str, int]:
    """Customers by group."""
    counts = Assignment.objects.filter(trial=trial).order_by().values_list("arm").annotate(n=Count("pk"))
    return dict(counts)


def came_of(playbook: Playbook) -> tuple[Came, str]:
    """What counts as having come back for this playbook, and the kind of contract."""
    if playbook.success.kind == "renewal" and playbook.contract_kind:
        return Came.RENEWAL, playbook.contract_kind
    return Came.DEAL, ""


def expected(pack: Pack, playbook: Playbook, on: date) -> Expected:
    """Two queries."""
    keys = [signal.key for signal in pack.signals_of(playbook.key)]
    since = on - YEAR
    rows = Signal.objects.filter(key__in=keys, started_on__gt=since, started_on__lte=on)
    first: dict[int, date] = {}
    for customer, started in rows.order_by("-started_on", "-pk").values_list("customer_id", "started_on")[:MOST_ROWS]:
        first[customer] = started
    window = playbook.success.within_days
    over = {customer: started for customer, started in first.items() if on > last_day(started, window)}
    if len(over) < ENOUGH:
        return Expected(len(first), BASE, 0)
    back = came_back(*came_of(playbook), over, rows.values("customer"), window, on)
    return Expected(len(first), sum(day is not None for day, _ in back.values()) / len(over), len(over))


def could(seen: Expected, share: float, planned: int, least: float) -> Plan:
    """What a round of this size would be able to say."""
    base = min(max(seen.base, 0.01), 0.9)
    months = planned / seen.people * 12 if seen.people else None
    return Plan(share, planned, round(planned * share), detectable(planned, base, share), needed(base, least, share), months)


def usual(pack: Pack, seen: Expected) -> Plan:
    """The round that is proposed: the pack's share, as many customers as the smallest lift worth having needs, at most a year's."""
    share, least = float(pack.hold_out_share), float(pack.hold_out.least_lift)
    wanted = could(seen, share, 1, least).needed
    return could(seen, share, max(min(wanted, seen.people), 1), least)
