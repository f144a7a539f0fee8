"""效果: what a playbook did, against customers left alone on purpose; every number opens its customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Min
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.playbooks.queries import pack as pack_in_use
from liuke.team.models import Unit
from liuke.team.permissions import may
from liuke.trials.actions import may_hold_out
from liuke.trials.before import AWAY, SATISFACTION, SPENT, UNALIKE
from liuke.trials.known import known
from liuke.trials.labels import Arm, Verdict
from liuke.trials.models import Look, Trial
from liuke.trials.queries import Expected, Plan, assigned, could, expected, newest_look, rounds, usual
from liuke.web import effect_picture as picture
from liuke.web import effect_words as said
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.playbooks import playbook_tabs
from liuke.web.words import NOTHING, money, percent, thousands
from liuke.work.effects import effects_of
from liuke.work.measuring import CONTACTED, KEEN, REACHED, contacts_of
from liuke.work.rows import playbook_of
from liuke.work.words import pick

PAGE = 50
WHAT = ("all", "known", "back", "waiting", CONTACTED, REACHED, KEEN)
MOST_TYPED = 9_999_999


@dataclass(frozen=True)
class Step:
    """One line of the funnel: how many, beside which words, which list."""

    label: str
    n: int
    of: str
    arm: str
    what: str


@door("effect.read")
def playbook_effect(request: Request, key: str) -> HttpResponse:
    """The newest round, or the one asked for (?round=); before the first, what one could find."""
    return effect_page(request, key)


def effect_page(request: Request, key: str, problem: str = "") -> HttpResponse:
    pack = pack_in_use()
    playbook, every = _found(pack, key)
    trial = _round(request, every)
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


def _found(pack: Pack, key: str) -> tuple[Playbook | None, list[Trial]]:
    """The playbook and its rounds; one that the pack has no longer is still there with its rounds."""
    playbook, every = playbook_of(pack, key), list(rounds(key))
    if playbook is None and not every:
        raise Http404
    return playbook, every


def _round(request: Request, every: list[Trial]) -> Trial | None:
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
    return {"percent": share, "planned": planned, "plan_said": _plan_said(pack, seen, share, planned), "seen_said": _base_said(seen)}


def _plan_said(pack: Pack, seen: Expected, share: int, planned: int) -> str:
    least = float(pack.hold_out.least_lift)
    if not 1 <= share <= 50 or planned < 1:
        return _("比例填 1 到 50，人数填 1 以上。")
    plan: Plan = could(seen, share / 100, planned, least)
    return said.plan_words(plan, least)


def _base_said(seen: Expected) -> str:
    slots = {"n": thousands(seen.people), "base": percent(seen.base, 0), "known": thousands(seen.known)}
    if seen.known:
        return _("近一年有 %(n)s 位碰上，其中 %(known)s 位已满天数，%(base)s 回来了。") % slots
    return _("近一年有 %(n)s 位碰上，还不知道多少会自己回来，先按 %(base)s 估。") % slots


def typed(text: str, otherwise: int) -> int:
    """A whole number as typed; what is none is 0, which every rule refuses."""
    if not text:
        return otherwise
    return min(int(text), MOST_TYPED) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _of_round(trial: Trial, seen: Look | None, playbook: Playbook | None, pack: Pack, today: date) -> dict[str, Any]:
    counts = assigned(trial)
    found = said.finding(trial, seen)
    context: dict[str, Any] = {
        "finding": found,
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
        "stores": _stores(seen),
    }


def _before(row: list[Any]) -> tuple[str, str, str]:
    what, first, second, _apart = row

    def shown(value: float | None) -> str:
        if value is None:
            return NOTHING
        return {SATISFACTION: f"{value:.1f}", AWAY: thousands(value), SPENT: money(round(value / 100) * 100)}[what]

    names = {SATISFACTION: _("事前：上次满意度"), AWAY: _("事前：几天没来"), SPENT: _("事前：前一年消费")}
    return names[what], shown(first), shown(second)


def _money(seen: Look) -> list[tuple[str, str, bool]]:
    """(words, amount, whether it is the sum), a customer; last the whole with its interval."""
    if seen.extra_cents is None or not seen.treated:
        return []
    each = round(seen.cost_cents / seen.treated)
    net, low, high = said.net_cents(seen)
    minutes = _("花费，每位（%(n)s 分钟）") % {"n": f"{seen.minutes / seen.treated:.1f}"}
    whole = _("%(sum)s（%(low)s 到 %(high)s）") % {
        "sum": money(net * seen.treated, exact=False),
        "low": money(low * seen.treated, exact=False),
        "high": money(high * seen.treated, exact=False),
    }
    return [
        (_("多收，每位"), _whole(seen.extra_cents), False),
        (minutes, _whole(-each), False),
        (_("净赚，每位") if low > 0 or high < 0 else _("净赚，每位（说不准）"), _whole(net), low > 0 or high < 0),
        (_("合计"), whole, False),
    ]


def _whole(cents: int) -> str:
    """Whole yuan: the data carry no more."""
    return money(round(cents / 100) * 100)


def _steps(seen: Look) -> list[Step]:
    """How far it came with those whose days are over."""
    treated, steps = seen.treated, seen.steps

    def of(n: int, base: int) -> str:
        return percent(n / base, 0) if base else ""

    contacted, reached, keen = (int(steps.get(key, 0)) for key in (CONTACTED, REACHED, KEEN))
    return [
        Step(_("符合条件"), treated + seen.alone, "", "", "known"),
        Step(_("联系组"), treated, _("留对照 %(n)s") % {"n": thousands(seen.alone)}, Arm.TREATED, "known"),
        Step(_("联系过"), contacted, of(contacted, treated), Arm.TREATED, CONTACTED),
        Step(_("接通"), reached, of(reached, contacted), Arm.TREATED, REACHED),
        Step(_("有意向"), keen, of(keen, reached), Arm.TREATED, KEEN),
        Step(_("回来了"), seen.returned, _("联系组的 %(share)s") % {"share": of(seen.returned, treated)}, Arm.TREATED, "back"),
    ]


def _drop(steps: list[Step]) -> str:
    """Where most are lost on the way."""
    pairs = [(after.n / before.n, after.label) for before, after in pairwise(steps[1:-1]) if before.n]
    return min(pairs)[1] if pairs else ""


def _stores(seen: Look) -> list[tuple[int, str, Any, str, bool]]:
    """(unit, name, picture, difference, sure) of the stores with both groups, the largest difference first. One query."""
    rows = [row for row in seen.stores if row[1] and row[3]]
    names = dict(Unit.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "name"))
    most = picture.widest(rows)
    drawn = [(unit, names.get(unit, ""), *picture.store(n1, x1, n0, x0, most)) for unit, n1, x1, n0, x0 in rows]
    drawn.sort(key=lambda row: -row[3])
    return [(unit, name, art, said.difference_words(effect), sure) for unit, name, art, effect, sure in drawn]


# ── the list behind a number ─────────────────────────────────────────────────


@door("effect.read")
def playbook_effect_list(request: Request, key: str) -> HttpResponse:
    """The customers behind a number of a round (?arm=, what=, unit=), of those whom the reader may see."""
    pack = pack_in_use()
    playbook, every = _found(pack, key)
    trial = _round(request, every)
    arm, what, unit = (request.GET.get(name, "") for name in ("arm", "what", "unit"))
    what = what or "all"
    if trial is None or arm not in ("", *Arm.values) or what not in WHAT:
        raise Http404
    seen = newest_look(trial)
    people = [one for one in known(trial, seen.on if seen else clock.today()) if arm in ("", one.arm)]
    if what in ("known", "back"):
        people = [one for one in people if one.closed and (what == "known" or one.day is not None)]
    elif what == "waiting":
        people = [one for one in people if not one.closed]
    elif what != "all":
        steps = contacts_of(trial, pack)
        people = [one for one in people if one.closed and one.customer in steps and what in steps[one.customer][2]]
    cards = Customer.objects.visible_to(request.user).filter(pk__in=trial.assignments.values("customer"))
    if unit:
        cards = cards.filter(unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 18 else 0)
    shown = {row[0]: row[1:] for row in cards.values_list("pk", "name", "unit__name", "owner__name")}
    rows = [(one, *shown[one.customer]) for one in people if one.customer in shown]
    rows.sort(key=lambda row: (row[0].day is None, row[0].day or 0, row[1]))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    name = pick(playbook.name) if playbook else key
    labels = {
        "all": _("分到的"), "known": _("满天数的"), "back": _("回来了的"), "waiting": _("还没满天数的"), CONTACTED: _("联系过的"),
        REACHED: _("接通的"), KEEN: _("有意向的"),
    }  # fmt: skip
    context = {
        "key": key,
        "trial": trial,
        "page": page,
        "title": _("%(arm)s，%(what)s：%(n)s 位")
        % {"arm": Arm(arm).label if arm else _("两组"), "what": labels[what], "n": thousands(page.paginator.count)},
        "hidden": len(people) - len(rows) if not unit else 0,
        "query": {"round": trial.round, "arm": arm, "what": what, "unit": unit},
        "arms": dict(Arm.choices),
    }
    crumb = [(_("打法"), reverse("playbooks")), (name, reverse("playbook_effect", args=[key])), (context["title"], "")]
    return render(request, "playbooks/effect_list.html", context, nav="playbooks", crumb=crumb)


urlpatterns = [
    path("playbooks/<slug:key>/effect/", playbook_effect, name="playbook_effect"),
    path("playbooks/<slug:key>/effect/list/", playbook_effect_list, name="playbook_effect_list"),
]
