"""Reads of rounds: which are under way, what a new one could find, who fell into which group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet

from liuke.analytics.sequential import detectable, needed
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.standing.models import Run, Signal
from liuke.trials.known import Known, came_back
from liuke.trials.labels import Came
from liuke.trials.models import Assignment, Look, Trial
from liuke.trials.rules import FEWEST_ALONE, last_day

YEAR = timedelta(365)
MOST_ROWS = 50_000
"""Signals that a rate is worked out from, the newest."""

BASE, ENOUGH = 0.15, 100
"""What is taken for the share that comes back by itself before so many are known."""

LEAST_DAYS = 28
"""Of a shorter history nobody can say how many a month brings."""


@dataclass(frozen=True)
class Expected:
    """What the last `days` (a year, or what history there is) say of a playbook: `people` whom it would have concerned; `base`, the share
    that comes back in its window, of `known` (0: a guess).

    `fresh`: of the people, those whom it came to concern after the first of these days: whoever was there before the history began says
    nothing about the pace. `measured`: the look whose customers left alone are the base; without one it is the share of all the people,
    contacted or not.
    """

    people: int
    base: float
    known: int
    days: int = YEAR.days
    fresh: int = 0
    measured: Look | None = None

    @property
    def of_a_year(self) -> int:
        """How many a year brings, whoever is there already included."""
        more = YEAR.days - self.days
        return self.people + (self.fresh * more // self.days if self.days >= LEAST_DAYS else 0)


@dataclass(frozen=True)
class Plan:
    """A round that could be opened: customers in all and left alone, the smallest lift that `planned` show four times out of five (NaN:
    none), and how many months it takes at the pace of the history (None: nobody came, or too short a history)."""

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


def verdicts() -> dict[str, str]:
    """What the last round that is over said of every playbook that has had one."""
    return dict(Trial.objects.filter(closed_on__isnull=False).order_by("round").values_list("playbook", "verdict"))


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


def met(pack: Pack, playbook: Playbook, on: date) -> list[Known]:
    """Whom a playbook would have concerned in the year before `on`, each as if he had been assigned on the first day; what came of him is
    filled in once his days are over. Neither grade nor group. Two queries."""
    keys = [signal.key for signal in pack.signals_of(playbook.key)]
    rows = Signal.objects.filter(key__in=keys, started_on__gt=on - YEAR, started_on__lte=on)
    first: dict[int, date] = {}
    for customer, started in rows.order_by("-started_on", "-pk").values_list("customer_id", "started_on")[:MOST_ROWS]:
        first[customer] = started
    window = playbook.success.within_days
    people = {customer: Known(customer, "", "", day, on > last_day(day, window)) for customer, day in first.items()}
    over = {customer: one.on for customer, one in people.items() if one.closed}
    for customer, came in came_back(*came_of(playbook), over, rows.values("customer"), window, on).items():
        people[customer].day, people[customer].cents = came
    return list(people.values())


def known_from(on: date) -> date:
    """The first day of the history that `expected` is taken from: whom a playbook came to concern after it tells the pace."""
    began = Run.objects.filter(finished_at__isnull=False).order_by("as_of").values_list("as_of", flat=True).first()
    return max(on - YEAR, began) if began else on - YEAR


def expected(pack: Pack, playbook: Playbook, on: date) -> Expected:
    """Four queries."""
    found = met(pack, playbook, on)
    before = known_from(on)
    people, days, fresh = len(found), (on - before).days, sum(one.on > before for one in found)
    if (look := _measured(playbook)) is not None:
        return Expected(people, look.returned_alone / look.alone, look.alone, days, fresh, look)
    over = [one for one in found if one.closed]
    if len(over) < ENOUGH:
        return Expected(people, BASE, 0, days, fresh)
    return Expected(people, sum(one.day is not None for one in over) / len(over), len(over), days, fresh)


def _measured(playbook: Playbook) -> Look | None:
    """The newest look, at a round that asks the same, with enough customers left alone to say how many come back by themselves."""
    came, kind = came_of(playbook)
    same = Look.objects.filter(
        trial__playbook=playbook.key, trial__came=came, trial__contract_kind=kind, trial__window_days=playbook.success.within_days
    )
    return same.filter(alone__gte=FEWEST_ALONE).select_related("trial").order_by("-on", "-pk").first()


def could(seen: Expected, share: float, planned: int, least: float) -> Plan:
    """What a round of this size would be able to say."""
    base = min(max(seen.base, 0.01), 0.9)
    months = planned / seen.fresh * seen.days / YEAR.days * 12 if seen.fresh and seen.days >= LEAST_DAYS else None
    return Plan(share, planned, round(planned * share), detectable(planned, base, share), needed(base, least, share), months)


def usual(pack: Pack, seen: Expected) -> Plan:
    """The round that is proposed: the pack's share, as many customers as the smallest lift worth having needs, at most a year's."""
    share, least = float(pack.hold_out_share), float(pack.hold_out.least_lift)
    wanted = could(seen, share, 1, least).needed
    return could(seen, share, max(min(wanted, seen.of_a_year), 1), least)
