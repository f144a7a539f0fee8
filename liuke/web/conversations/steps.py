"""谈话走到哪: how far conversations get in the four steps, where they stop, by playbook, unit, person; the list behind every number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.conversations import queries
from liuke.conversations.labels import Chance
from liuke.conversations.queries import GROUPS, Line
from liuke.conversations.rules import STEPS, Funnel, whole
from liuke.custody.queries import as_told
from liuke.kernel import clock
from liuke.kernel.text import as_id
from liuke.team.models import Unit
from liuke.team.permissions import may
from liuke.team.queries import names_of
from liuke.team.queries import pack as current_pack
from liuke.web.coaching.words import step_names, tabs
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.work.rows import playbook_of
from liuke.work.words import pick

PERIODS = (30, 90, 365)
SHOWN = 100
FEW = 30
"""Under so many a share says nothing: then both counts are written (ui.md §8)."""


@door("talk.read")
def index(request: Request) -> HttpResponse:
    """Results by group; whoever sees only his own sees them by playbook."""
    user = request.user
    oversees = may(user, "today.oversee")
    by, since, until, days = _asked(request, oversees)
    lines = queries.results(user, since, until, by)
    all_of = whole([line.funnel for line in lines])
    context = {
        "lines": lines,
        "all": all_of,
        "by": by,
        "title": _title(all_of),
        "name": lambda line: _name(line, by),
        "steps": range(1, STEPS + 1),
        "share": _share,
        "link": lambda line=None, **asked: _list(by, line, days, **asked),
        "stops": _stops,
        "chances": (sum(line.chances for line in lines), sum(line.asked for line in lines)),
        "groups": [(words, _here(one, days), one == by) for one, words in _groups().items()] if oversees else [],
        "periods": [(_("近 %(n)s 天") % {"n": n}, _here(by, n), n == days) for n in PERIODS],
        "tabs": tabs(user, "talks"),
        "needs": queries.need_counts(user).get("open", 0),
    }
    return render(request, "conversations/results.html", context, nav="coaching", crumb=_("谈话走到哪"))


@door("talk.read")
def listed(request: Request) -> HttpResponse:
    """The conversations behind a figure."""
    user = request.user
    by, since, until, days = _asked(request, may(user, "today.oversee"))
    key = request.GET.get("key", "")[:40]
    if by != "playbook":
        key = str(as_id(key) or "")
    least, stopped = _step(request, "least") or 0, _step(request, "stopped")
    chance = request.GET.get("chance", "")
    chance = chance if chance in Chance.values else ""
    found = queries.listed(user, since, until, by=by, key=key, least=least, stopped=stopped, chance=chance)
    rows = list(found[: SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "title": _listed_title(by, key, least, stopped, chance),
        "days": days,
        "told": as_told(False),
        "playbook": _playbook,
        "names": step_names,
    }
    crumb = [(_("谈话走到哪"), _here(by, days)), (_("名单"), "")]
    return render(request, "conversations/list.html", context, nav="coaching", crumb=crumb)


def _asked(request: Request, oversees: bool) -> tuple[str, date, date, int]:
    asked = request.GET.get("by", "")
    by = asked if asked in GROUPS and oversees else "playbook"
    days = next((n for n in PERIODS if str(n) == request.GET.get("days", "")), PERIODS[1])
    today = clock.today()
    return by, today - timedelta(days=days), today, days


def _step(request: Request, name: str) -> int | None:
    asked = request.GET.get(name, "")
    return int(asked) if asked in {str(step) for step in range(STEPS + 1)} else None


def _groups() -> dict[str, str]:
    return {"playbook": _("按打法"), "unit": _("按单位"), "person": _("按人")}


def _here(by: str, days: int) -> str:
    asked: dict[str, str | int] = {"by": by, "days": days}
    return f"{reverse('talks')}?{urlencode(asked)}"


def _list(by: str, line: Line | None, days: int, **asked: str | int) -> str:
    filled: dict[str, str | int] = {"by": by, "key": line.key if line else "", "days": days, **asked}
    return f"{reverse('talk_list')}?{urlencode({name: value for name, value in filled.items() if value != ''})}"


def _playbook(key: str) -> str:
    found = playbook_of(current_pack(), key)
    return pick(found.name) if found else key or _("没有打法")


def _name(line: Line, by: str) -> str:
    return _playbook(line.key) if by == "playbook" else line.name


def _share(part: int, of: int) -> str:
    """68%; with few, 17 ÷ 21."""
    return f"{part} ÷ {of}" if of < FEW else f"{100 * part / of:.0f}%"


def _stops(funnel: Funnel) -> str:
    """Where most of them stop, in one sentence."""
    if funnel.weakest is None:
        return _("都走完了四步")
    lost = funnel.stopped[funnel.weakest - 1]
    if funnel.weakest == 1:
        return _("第 1 步就停的最多，%(n)s 次") % {"n": lost}
    return _("走完第 %(step)s 步就停的最多，%(n)s 次") % {"step": funnel.weakest - 1, "n": lost}


def _title(funnel: Funnel) -> str:
    if not funnel.talks:
        return _("还没有记过步骤的谈话")
    slots: Mapping[str, object] = {"n": f"{funnel.talks:,}", "done": _share(funnel.reached[-1], funnel.talks), "stops": _stops(funnel)}
    return _("%(n)s 次谈话，走完四步的 %(done)s；%(stops)s") % slots


def _listed_title(by: str, key: str, least: int, stopped: int | None, chance: str) -> str:
    whose = ""
    if key:
        whose = _playbook(key) if by == "playbook" else _of(by, int(key))
    said = _("谈话")
    if stopped is not None:
        said = _("走完第 %(n)s 步停下的谈话") % {"n": stopped} if stopped else _("一步也没记做到的谈话")
    elif least:
        said = _("走到第 %(n)s 步的谈话") % {"n": least}
    elif chance == Chance.YES:
        said = _("看到了服务机会的谈话")
    return _("%(whose)s：%(what)s") % {"whose": whose, "what": said} if whose else said


def _of(by: str, key: int) -> str:
    if by == "person":
        return names_of([key]).get(key, "")
    return Unit.objects.filter(pk=key).values_list("name", flat=True).first() or ""


urlpatterns = [
    path("conversations/", index, name="talks"),
    path("conversations/list/", listed, name="talk_list"),
]
