"""Verbs of rounds: open one, let customers fall into groups, end it."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from liuke.audit.actions import record
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.trials.labels import Arm, Verdict
from liuke.trials.models import Assignment, Trial
from liuke.trials.queries import came_of, expected, open_trials, usual
from liuke.trials.rules import FEWEST_ALONE
from liuke.trials.rules import assign as fall

MOST_PLANNED = 1_000_000


def may_hold_out(playbook: Playbook) -> bool:
    """Complaints, promises and safety are never measured by leaving somebody alone."""
    return playbook.hold_out and not playbook.must


@transaction.atomic
def open_trial(actor: User | None, pack: Pack, key: str, *, percent: int | None = None, planned: int | None = None) -> Trial:
    """Begin a round: from the next plan on a share of those whom the playbook concerns is left alone.

    percent: of customers left alone, planned: customers in both groups; by default what `queries.usual` proposes. `actor` None is whoever
    works at the machine itself. Refuses a playbook that must not be held out, a second round at a time, and one too small to say anything.
    """
    if actor is not None:
        require(actor, "trial.manage")
    try:
        playbook = pack.playbook(key)
    except KeyError:
        raise Refused("trial.playbook", "没有叫“%(key)s”的打法。", key=key[:40]) from None
    if not may_hold_out(playbook):
        raise Refused("trial.never", "投诉、承诺和安全的事不留对照，谁都要联系。")
    today = clock.today(settings.TIME_ZONE)
    seen = expected(pack, playbook, today)
    proposed = usual(pack, seen)
    percent = round(proposed.share * 100) if percent is None else percent
    if not 1 <= percent <= 50:
        raise Refused("trial.share", "对照比例请填 1 到 50 的整数。")
    planned = proposed.planned if planned is None else planned
    if planned > MOST_PLANNED:
        raise Refused("trial.planned", "人数最多 100 万。")
    if planned * min(percent, 100 - percent) < FEWEST_ALONE * 100:
        raise Refused("trial.few", "对照组不到 %(n)s 位，看不出什么，白白冷落了他们。请多排些人，或提高比例。", n=FEWEST_ALONE)
    rounds = Trial.objects.filter(playbook=key)
    if rounds.filter(closed_on__isnull=True).exists():
        raise Refused("trial.open", "这个打法的对照正在进行，一次只开一轮。")
    came, kind = came_of(playbook)
    trial = Trial.objects.create(
        playbook=key,
        round=(rounds.aggregate(m=Max("round"))["m"] or 0) + 1,
        version=playbook.version,
        share=Decimal(percent) / 100,
        planned=planned,
        window_days=playbook.success.within_days,
        came=came,
        contract_kind=kind,
        least=pack.hold_out.least_lift,
        base=Decimal(str(round(seen.base, 3))),
        seed=secrets.token_hex(8),
        opened_on=today,
        opened_by=actor,
    )
    record(actor, "trial.open", trial, playbook=key, round=trial.round, percent=percent, planned=planned)
    return trial


def open_due(pack: Pack) -> list[Trial]:
    """Open the first round of every playbook that has never had one and is to have one, where a year brings enough customers for it to say
    anything. Running it again opens nothing twice; later rounds are opened by the operations centre."""
    had = set(Trial.objects.values_list("playbook", flat=True))
    today = clock.today(settings.TIME_ZONE)
    opened = []
    for playbook in pack.playbooks:
        if playbook.key in had or playbook.off or not may_hold_out(playbook):
            continue
        proposed = usual(pack, expected(pack, playbook, today))
        if proposed.alone >= FEWEST_ALONE:
            try:
                opened.append(open_trial(None, pack, playbook.key, planned=proposed.planned))
            except Refused:  # somebody opened it meanwhile, or it has just become too small
                continue
    return opened


@transaction.atomic
def close_trial(actor: User | None, trial_id: int, verdict: str, on: date | None = None) -> bool:
    """End a round with what was found; its verdict is final. False where it had ended. By a person: Verdict.TOO_EARLY means undecided."""
    if actor is not None:
        require(actor, "trial.manage")
    day = on or clock.today(settings.TIME_ZONE)
    open_one = Trial.objects.filter(pk=trial_id, closed_on__isnull=True)
    if not open_one.update(closed_on=day, closed_by=actor, verdict=Verdict(verdict)):
        return False
    trial = Trial.objects.get(pk=trial_id)
    record(actor, "trial.close", trial, playbook=trial.playbook, round=trial.round, verdict=verdict)
    return True


def assign(
    wanted: Mapping[str, Iterable[tuple[int, str]]], on: date, trials: Mapping[str, Trial] | None = None
) -> dict[tuple[str, int], Assignment]:
    """Let customers fall into the groups of the rounds under way: (playbook, customer id) → assignment, in the caller's transaction.

    wanted: by playbook, (customer id, grade). Whoever has a group in the round keeps it; once `planned` customers have one nobody else gets
    one. Two at once take turns at the round's row. Four queries and one per 900 customers and round.
    """
    running = open_trials() if trials is None else trials
    asked = {running[key].pk: (running[key], list(people)) for key, people in wanted.items() if key in running}
    if not asked:
        return {}
    locked = {trial.pk: trial for trial in Trial.objects.select_for_update().filter(pk__in=asked, closed_on__isnull=True).order_by("pk")}
    taken: dict[int, dict[str, int]] = defaultdict(dict)
    counts = Assignment.objects.filter(trial__in=locked).order_by().values_list("trial", "stratum").annotate(n=Count("pk"))
    for trial_id, stratum, n in counts:
        taken[trial_id][stratum] = n
    found: dict[tuple[str, int], Assignment] = {}
    made: list[Assignment] = []
    for pk, (trial, people) in asked.items():
        if pk not in locked:
            continue
        ids = [customer for customer, _ in people]
        there = [one for some in batches(ids) for one in Assignment.objects.filter(trial=trial, customer__in=some)]
        known = {one.customer_id for one in there}
        new = sorted({pair for pair in people if pair[0] not in known})
        room = max(trial.planned - sum(taken[pk].values()), 0)
        fallen = fall(trial.seed, trial.share, taken[pk], new)
        fresh = [
            Assignment(trial=trial, customer_id=customer, stratum=stratum, arm=arm, on=on)
            for customer, (stratum, arm) in list(fallen.items())[:room]
        ]
        made += fresh
        found.update({(trial.playbook, one.customer_id): one for one in (*there, *fresh)})
    Assignment.objects.bulk_create(made)
    return found


def left_alone(assignment: Assignment | None) -> bool:
    return assignment is not None and assignment.arm == Arm.ALONE
