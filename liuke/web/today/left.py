"""Who was left for another day, by reason."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.playbooks.queries import pack as current_pack
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.today.place import Place, colleague
from liuke.web.today.words import Words
from liuke.work.labels import LeftWhy
from liuke.work.queries import LEFT_SHOWN, left_items, left_untasked, today
from liuke.work.rows import playbook_of
from liuke.work.words import lang

MOST_PAGES = 10_000


@door("today.work")
def left(request: Request) -> HttpResponse:
    """Who was left for another day, by reason (?why=)."""
    return _left(request, Place(request.user, request.user))


@door("today.oversee")
def of_left(request: Request, user: int) -> HttpResponse:
    return _left(request, colleague(request, user))


def _left(request: Request, place: Place) -> HttpResponse:
    why = request.GET.get("why", "")
    if why and why not in LeftWhy.values:
        raise Http404
    on = clock.today()
    list_ = today(place.person, on, place.viewer)
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isdecimal() and 1 <= int(asked) <= MOST_PAGES else 1
    count, rows = left_items(place.person, on, why, place.viewer, page)
    tabs = [(_("全部"), list_.left_count, place.left(), not why)]
    tabs += [(str(LeftWhy(part.why).label), part.count, place.left(part.why), part.why == why) for part in list_.left]
    context = {
        "list": list_,
        "place": place,
        "tabs": tabs,
        "count": count,
        "rows": rows,
        "untasked": left_untasked(place.person, place.viewer) if why in ("", LeftWhy.CONTACTED) and page == 1 else [],
        "playbook_name": playbook_name,
        "first": (page - 1) * LEFT_SHOWN + 1,
        "last": (page - 1) * LEFT_SHOWN + len(rows),
        "before": place.left(why, page - 1) if page > 1 else "",
        "after": place.left(why, page + 1) if page * LEFT_SHOWN < count else "",
        "words": Words(list_, place.person if not place.mine else None, 0),
    }
    crumb = [(_("今日"), place.home()), (_("排到以后"), "")]
    return render(request, "today/left.html", context, nav="today", crumb=crumb, to_do=list_.to_do if place.mine else None)


def playbook_name(key: str) -> str:
    """What a playbook is called in the pack in use; "" for one it does not know."""
    found = playbook_of(current_pack(), key)
    return found.name(lang()) if found else ""


urlpatterns = [
    path("today/left/", left, name="today_left"),
    path("today/of/<int:user>/left/", of_left, name="today_of_left"),
]
