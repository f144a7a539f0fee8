"""效果: what a playbook did, against customers left alone on purpose; every number opens its customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Min
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.playbooks.queries import pack as pack_in_use
from liuke.team.models import Unit
from liuke.team.permissions import may
from liuke.trials.actions import may_hold_out
from liuke.trials.before import AWAY, SATISFACTION, SPENT, UNALIKE
from liuke.trials.labels import Arm, Verdict
from liuke.trials.models import Look, Trial
from liuke.trials.queries import Expected, Plan, assigned, could, expected, newest_look, rounds, usual
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.playbooks import effect_picture as picture
from liuke.web.playbooks import effect_words as said
from liuke.web.playbooks.listing import playbook_tabs
from liuke.web.words import FEWEST, NOTHING, money, part_of, thousands
from liuke.work.effects import effects_of
from liuke.work.measuring import CONTACTED, GIVEN, KEEN, REACHED
from liuke.work.rows import playbook_of
from liuke.work.words import pick

MOST_TYPED = 9_999_999


@dataclass(frozen=True)
class Step:
    """One line of the funnel: how many, beside which words, which list."""

    label: str
    n: int
    of: str
    arm: str
    what: str


@dataclass(frozen=True)
class Store:
    """One store: how many of how many were back, in each group; the difference as a picture where both groups are large enough to say."""

    unit: int
    name: str
    counts: tuple[tuple[str, str], ...]
    art: Any = ""
    text: str = ""
    sure: bool = False


@door("effect.read")
def playbook_effect(request: Request, key: str) -> HttpResponse:
    """The newest round, or the one asked for (?round=); before the first, what one could find."""
    return effect_page(request, key)


def effect_page(request: Request, key: str, problem: str = "") -> HttpResponse:
    pack = pack_in_use()
    playbook, every = found(pack, key)
    trial = round_asked(request, every)
    seen = newest_look(trial) if trial else None
    today = clock.today()
    effect = effects_of(pack).get(key)
    manages = may(request.user, "trial.manage")
    context: dict[str, Any] = {
        "key": key,
        "tabs": playbook_tabs(request.user, key, "effect") if playbook else [],
        "playbook": playbook,
        "name": pick(playbook.name) if playbook else key,
        "trial": trial,
        "seen": seen,
        "today": today,
        "rounds": every,
        "never": playbook is not None and not may_hold_out(playbook),
        "effect": effect,
        "problem": problem,
        "asks": manages and playbook is not None and may_hold_out(playbook) and all(one.closed_on for one in every),
        "stops": manages and trial is not None and trial.closed_on is None,
    }
    if context["asks"]:
        context |= asked_for(request, pack, playbook)  # type: ignore[arg-type]
    if trial is not None:
        context |= _of_round(trial, seen, playbook, pack, today)
    crumb = [(_("打法"), reverse("playbooks")), (context["name"], "")]
    return render(request, "playbooks/effect.html", context, nav="playbooks", crumb=crumb, status=422 if problem else 200)


def found(pack: Pack, key: str) -> tuple[Playbook | None, list[Trial]]:
    """The playbook and its rounds; one that the pack has no longer is still there with its rounds."""
    playbook, every = playbook_of(pack, key), list(rounds(key))
    if playbook is None and not every:
        raise Http404
    return playbook, every


def round_asked(request: Request, every: list[Trial]) -> Trial | None:
    asked = request.GET.get("round", "")
    if not asked:
        return every[0] if every else None
    for trial in every:
        if str(trial.round) == asked:
            return trial
    raise Http404


def asked_for(request: Request, pack: Pack, playbook: Playbook) -> dict[str, Any]:
    """The form of a new round, with what it could find."""
    given = request.POST or request.GET
    seen = expected(pack, playbook, clock.today())
    proposed = usual(pack, seen)
    share = typed(given.get("percent", ""), round(proposed.share * 100))
    planned = typed(given.get("planned", ""), max(proposed.planned, proposed.needed))
    words = _plan_said(pack, seen, share, planned)
    return {"percent": share, "planned": planned, "plan_said": words, "expected": seen, "key": playbook.key}


def _plan_said(pack: Pack, seen: Expected, share: int, planned: int) -> str:
    least = float(pack.hold_out.least_lift)
    if not 1 <= share <= 50 or planned < 1:
        return _("比例填 1 到 50，人数填 1 以上。")
    plan: Plan = could(seen, share / 100, planned, least)
    return said.plan_words(plan, seen.fresh, seen.days, least)


def typed(text: str, otherwise: int) -> int:
    """A whole number as typed; what is none is 0, which every rule refuses."""
    if not text:
        return otherwise
    return min(int(text), MOST_TYPED) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _of_round(trial: Trial, seen: Look | None, playbook: Playbook | None, pack: Pack, today: date) -> dict[str, Any]:
    counts = assigned(trial)
    context: dict[str, Any] = {
        "finding": said.finding(trial, seen),
        "facts": said.facts(trial, playbook, pack, today),
        "how": said.how(trial, seen),
        "assigned": counts,
        "all": sum(counts.values()),
        "came": said.came_words(trial),
    }
    if seen is None or seen.effect is None:
        first = trial.assignments.aggregate(m=Min("on"))["m"]
        return context | {"first_known": first + timedelta(trial.window_days + 1) if first else None}
    steps = _steps(seen)
    return context | {
        "wide": picture.curves(seen, trial.window_days),
        "narrow": picture.curves(seen, trial.window_days, picture.NARROW),
        "daily": picture.daily(seen, trial.window_days),
        "before": [_before(row) for row in seen.before],
        "alike": said.alike_words(seen.before, UNALIKE, (trial.verdict or seen.verdict) == Verdict.WORKS),
        "money": _money(seen),
        "steps": steps,
        "most": max(step.n for step in steps) or 1,
        "drop": _drop(steps),
        "stores": (stores := _stores(seen)),
        "drawn": any(store.art for store in stores),
    }


def _before(row: list[Any]) -> tuple[str, str, str, str]:
    what, first, second, _apart = row
    names = {SATISFACTION: _("事前：上次满意度"), AWAY: _("事前：几天没来"), SPENT: _("事前：前一年消费")}
    return names[what], what, before_words(what, first), before_words(what, second)


def before_words(what: str, value: float | None) -> str:
    """A mean of one of the three, or one customer's, with as many places as it carries."""
    if value is None:
        return NOTHING
    return {SATISFACTION: f"{value:.1f}", AWAY: thousands(value), SPENT: money(round(value / 100) * 100)}[what]


def _money(seen: Look) -> list[tuple[str, str, str, bool]]:
    """(words, amount, the list behind it, whether it is the sum), a customer; last the whole with its interval."""
    if seen.extra_cents is None or not seen.treated:
        return []
    given = round(seen.given_cents / seen.treated)
    each = round(seen.cost_cents / seen.treated) - given
    net, low, high = said.net_cents(seen)
    minutes = _("花费，每位（%(n)s 分钟）") % {"n": f"{seen.minutes / seen.treated:.1f}"}
    whole = _("%(sum)s（%(low)s 到 %(high)s）") % {
        "sum": money(net * seen.treated, exact=False),
        "low": money(low * seen.treated, exact=False),
        "high": money(high * seen.treated, exact=False),
    }
    return [
        (_("多成交，每位"), _whole(seen.extra_cents), "known", False),
        (minutes, _whole(-each), CONTACTED, False),
        (_("优惠，每位"), _whole(-given), GIVEN, False),
        (_("多成交减花费，每位") if low > 0 or high < 0 else _("多成交减花费，每位（说不准）"), _whole(net), "known", low > 0 or high < 0),
        (_("合计"), whole, "known", False),
    ]


def _whole(cents: int) -> str:
    """Whole yuan: the data carry no more."""
    return money(round(cents / 100) * 100)


def _steps(seen: Look) -> list[Step]:
    """How far it came with those whose days are over."""
    treated, steps = seen.treated, seen.steps

    contacted, reached, keen = (int(steps.get(key, 0)) for key in (CONTACTED, REACHED, KEEN))
    return [
        Step(_("符合条件"), treated + seen.alone, "", "", "known"),
        Step(_("联系组"), treated, _("留对照 %(n)s") % {"n": thousands(seen.alone)}, Arm.TREATED, "known"),
        Step(_("联系过"), contacted, part_of(contacted, treated, 0), Arm.TREATED, CONTACTED),
        Step(_("接通"), reached, part_of(reached, contacted, 0), Arm.TREATED, REACHED),
        Step(_("有意向"), keen, part_of(keen, reached, 0), Arm.TREATED, KEEN),
        Step(_("回来了"), seen.returned, _("联系组的 %(share)s") % {"share": part_of(seen.returned, treated, 0)}, Arm.TREATED, "back"),
    ]


def _drop(steps: list[Step]) -> str:
    """Where most are lost on the way."""
    pairs = [(after.n / before.n, after.label) for before, after in pairwise(steps[1:-1]) if before.n]
    return min(pairs)[1] if pairs else ""


def _stores(seen: Look) -> list[Store]:
    """The stores with both groups: those of enough people by their difference, then the others by size. One query."""
    rows = [row for row in seen.stores if row[1] and row[3]]
    names = dict(Unit.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "name"))
    enough = [row for row in rows if min(row[1], row[3]) >= FEWEST]
    most = picture.widest(enough)
    told: list[tuple[float, Store]] = []
    for row in rows:
        unit, treated, returned, alone, returned_alone = row
        counts = tuple((f"{thousands(back)} ÷ {thousands(n)}", arm) for back, n, arm in (
            (returned, treated, Arm.TREATED), (returned_alone, alone, Arm.ALONE)
        ))  # fmt: skip
        if row in enough:
            art, effect, sure = picture.store(treated, returned, alone, returned_alone, most)
            told.append((-effect, Store(unit, names.get(unit, ""), counts, art, said.difference_words(effect), sure)))
        else:
            told.append((1.0 + 1 / treated, Store(unit, names.get(unit, ""), counts)))
    return [store for _rank, store in sorted(told, key=lambda pair: pair[0])]


urlpatterns = [path("playbooks/<slug:key>/effect/", playbook_effect, name="playbook_effect")]
