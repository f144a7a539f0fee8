"""挽回在哪一层: the figure on the cockpit, and the list behind it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.packs import Pack
from liuke.playbooks.queries import pack as pack_in_use
from liuke.team.models import User
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.words import percent, thousands
from liuke.work.labels import Level
from liuke.work.rows import playbook_of
from liuke.work.saves import DAYS, EARLY, by_level, saves
from liuke.work.words import pick

PAGE = 50


def levels(user: User) -> dict[str, Any]:
    """What cockpit/levels.html needs: the four levels with their saves, the share of the first two, all of them."""
    counted = by_level(user, clock.today())
    whole = sum(counted.values())
    early = sum(counted[level] for level in EARLY)
    return {
        "saved_at": [(level, str(Level(level).label), n) for level, n in counted.items()],
        "saved": whole,
        "saved_most": max([*counted.values(), 1]),
        "saved_early": percent(early / whole, 0) if whole else "",
        "saved_days": DAYS,
    }


@door("cockpit.read")
def saves_list(request: Request) -> HttpResponse:
    """Those who came back after we turned to them (?level=)."""
    level = request.GET.get("level", "")
    if level not in ("", *Level.values):
        raise Http404
    found = saves(request.user, clock.today(), level).select_related("customer", "customer__unit", "customer__owner")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    pack = pack_in_use()
    n = thousands(page.paginator.count)
    title = _("近 %(days)s 天挽回 %(n)s 位") % {"days": DAYS, "n": n}
    if level:
        title = _("%(level)s时挽回的，近 %(days)s 天 %(n)s 位") % {"level": Level(level).label, "days": DAYS, "n": n}
    context = {
        "title": title,
        "page": page,
        "level": level,
        "rows": [(one, Level(one.level).label, _name(pack, one.playbook)) for one in page],
    }
    return render(request, "cockpit/saves.html", context, nav="cockpit", crumb=[(_("驾驶舱"), "/cockpit/"), (_("挽回"), "")])


def _name(pack: Pack, key: str) -> str:
    playbook = playbook_of(pack, key)
    return pick(playbook.name) if playbook else key


urlpatterns = [path("saves/", saves_list, name="saves")]
