"""The customers behind the numbers of a playbook's effect: of a round by group and what became of them, and of whom it would concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.packs import Pack
from liuke.playbooks.queries import pack as pack_in_use
from liuke.trials.before import AWAY, SATISFACTION, SPENT, values
from liuke.trials.known import Known, known
from liuke.trials.labels import Arm
from liuke.trials.models import Trial
from liuke.trials.queries import expected, known_from, met, newest_look
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.playbooks.effect import before_words, found, round_asked
from liuke.web.words import minutes_each, money, thousands
from liuke.work.measuring import CONTACTED, GIVEN, KEEN, REACHED, contacts_of, given_in
from liuke.work.words import pick

PAGE = 50
STATES = ("all", "known", "back", "waiting")
FRESH = "fresh"
"""Whom it came to concern after the first day of the history; the others were there already."""
STEPS = (CONTACTED, REACHED, KEEN)
BEFORE = (SATISFACTION, AWAY, SPENT)


@door("effect.read")
def playbook_effect_list(request: Request, key: str) -> HttpResponse:
    """The customers behind a number of a round (?arm=, what=, unit=), of those whom the reader may see."""
    pack = pack_in_use()
    playbook, every = found(pack, key)
    trial = round_asked(request, every)
    arm, what, unit = (request.GET.get(name, "") for name in ("arm", "what", "unit"))
    what = what or "all"
    if trial is None or arm not in ("", *Arm.values) or what not in (*STATES, *STEPS, GIVEN, *BEFORE):
        raise Http404
    seen = newest_look(trial)
    people = [one for one in known(trial, seen.on if seen else clock.today()) if arm in ("", one.arm)]
    more = _more(trial, pack, what, people)
    people = _such(people, what if what in STATES else "known") if more is None or what in BEFORE else [
        one for one in people if one.closed and one.customer in more
    ]  # fmt: skip
    cards = Customer.objects.visible_to(request.user).filter(pk__in=trial.assignments.values("customer"))
    if unit:
        cards = cards.filter(unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 18 else 0)
    rows = _rows(people, cards.values_list("pk", "name", "unit__name", "owner__name"))
    labels = {
        "all": _("分到的"), "known": _("满天数的"), "back": _("回来了的"), "waiting": _("还没满天数的"), CONTACTED: _("联系过的"),
        REACHED: _("接通的"), KEEN: _("有意向的"), GIVEN: _("给过优惠的"),
    }  # fmt: skip
    who = Arm(arm).label if arm else _("两组")
    title = _("%(arm)s，%(what)s：%(n)s 位") % {"arm": who, "what": labels.get(what, labels["known"]), "n": thousands(len(rows))}
    context = {
        "second": _("第 %(n)s 轮。") % {"n": trial.round},
        "hidden": len(people) - len(rows) if not unit else 0,
        "query": {"round": trial.round, "arm": arm, "what": what, "unit": unit},
        "address": reverse("playbook_effect_list", args=[key]),
        "more": _more_head(what),
        "told": more or {},
        "arms": dict(Arm.choices),
    }
    return _page(request, key, pick(playbook.name) if playbook else key, title, rows, context)


@door("effect.read")
def playbook_effect_met(request: Request, key: str) -> HttpResponse:
    """Whom the playbook would have concerned in the history that its next round is reckoned from (?what=all, known, back), or its pace
    (fresh)."""
    pack = pack_in_use()
    playbook, _every = found(pack, key)
    what = request.GET.get("what", "all")
    if playbook is None or what not in (*STATES[:3], FRESH):
        raise Http404
    today = clock.today()
    people = met(pack, playbook, today)
    if what == FRESH:
        since = known_from(today)
        people = [one for one in people if one.on > since]
    else:
        people = _such(people, what)
    cards = Customer.objects.visible_to(request.user)
    rows = _rows(people, cards.filter(pk__in=[one.customer for one in people]).values_list("pk", "name", "unit__name", "owner__name"))
    slots = {"days": thousands(expected(pack, playbook, today).days), "n": thousands(len(rows))}
    title = {
        "all": _("近 %(days)s 天碰上的：%(n)s 位"), "known": _("近 %(days)s 天碰上、满了天数的：%(n)s 位"),
        "back": _("近 %(days)s 天碰上、回来了的：%(n)s 位"), FRESH: _("近 %(days)s 天新碰上的：%(n)s 位"),
    }[what] % slots  # fmt: skip
    context = {
        "second": "", "hidden": len(people) - len(rows), "query": {"what": what}, "address": reverse("playbook_effect_met", args=[key]),
        "arms": {}, "more": "", "told": {},
    }  # fmt: skip
    return _page(request, key, pick(playbook.name), title, rows, context)


def _such(people: Iterable[Known], what: str) -> list[Known]:
    if what == "all":
        return list(people)
    if what == "waiting":
        return [one for one in people if not one.closed]
    return [one for one in people if one.closed and (what == "known" or one.day is not None)]


def _more(trial: Trial, pack: Pack, what: str, people: Iterable[Known]) -> dict[int, str] | None:
    """What a number is made of, in words by customer; None where the list says it already."""
    if what in STEPS:
        return {one: minutes_each(taken) for one, (_on, taken, steps) in contacts_of(trial, pack).items() if what in steps}
    if what == GIVEN:
        return {one: money(cents) for one, (_on, cents) in given_in(trial).items()}
    if what in BEFORE:
        there = {one.customer: one for one in people if one.closed}
        return {one: before_words(what, value) for one, value in values(trial, there)[what].items()} if there else {}
    return None


def _more_head(what: str) -> str:
    if what in STEPS:
        return _("花了")
    names = {GIVEN: _("给了"), SATISFACTION: _("上次满意度"), AWAY: _("几天没来"), SPENT: _("前一年消费")}
    return names.get(what, "")


def _rows(people: Iterable[Known], cards: Iterable[Any]) -> list[tuple[Any, ...]]:
    """(customer of the round, name, unit, who looks after him) of those in sight, the first who came back first."""
    shown = {row[0]: row[1:] for row in cards}
    rows = [(one, *shown[one.customer]) for one in people if one.customer in shown]
    rows.sort(key=lambda row: (row[0].day is None, row[0].day or 0, row[1]))
    return rows


def _page(request: Request, key: str, name: str, title: str, rows: list[Any], more: Mapping[str, Any]) -> HttpResponse:
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    crumb = [(_("打法"), reverse("playbooks")), (name, reverse("playbook_effect", args=[key])), (title, "")]
    context = {"key": key, "page": page, "title": title, **more}
    return render(request, "playbooks/effect_list.html", context, nav="playbooks", crumb=crumb)


urlpatterns = [
    path("playbooks/<slug:key>/effect/list/", playbook_effect_list, name="playbook_effect_list"),
    path("playbooks/<slug:key>/effect/met/", playbook_effect_met, name="playbook_effect_met"),
]
