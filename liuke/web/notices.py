"""通知: the bell on every page, and the list behind it. What is opened counts as read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.notices import actions
from liuke.notices.labels import kind_of
from liuke.notices.models import Notice
from liuke.notices.queries import bell as bell_of
from liuke.notices.queries import of
from liuke.notices.words import sentence
from liuke.web.doors import Request, door
from liuke.web.page import bell_shown, render, say_undo
from liuke.web.words import monthday, thousands, weekday

PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """One notice as the page shows it."""

    pk: int
    at: str
    text: str
    kind: str
    urgent: bool
    unread: bool
    leads: bool


@door("anyone")
def notices(request: Request) -> HttpResponse:
    """Everything told to the reader, newest first, by day."""
    found = Paginator(of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    unread = bell_of(request.user).unread
    context = {
        "title": _("%(n)s 条没看") % {"n": thousands(unread)} if unread else _("都看过了"),
        "days": _by_day(list(found.object_list)),
        "page": found,
        "unread": unread,
        "newest": max((each.pk for each in found.object_list), default=0),
        "kept": actions.KEPT_DAYS,
    }
    return render(request, "notices/list.html", context, nav="notices", crumb=_("通知"))


def _by_day(rows: Sequence[Notice]) -> list[tuple[str, list[Line]]]:
    return [(day_words(on), [_line(each) for each in some]) for on, some in groupby(rows, lambda each: timezone.localtime(each.at).date())]


def _line(each: Notice) -> Line:
    local = timezone.localtime(each.at)
    text, unread = sentence(each.key, each.slots), each.read_at is None
    return Line(each.pk, f"{local:%H:%M}", text, str(kind_of(each.key).label), each.urgent, unread, bool(each.link))


def day_words(on: date) -> str:
    """今天, 昨天, else 11月20日 周五."""
    today = timezone.localdate()
    if on == today:
        return _("今天")
    return _("昨天") if on == today - timedelta(1) else f"{monthday(on)} {weekday(on)}"


@door("anyone", ("POST",))
def notice_open(request: Request, pk: int) -> HttpResponse:
    """Read one's own notice and go to what it is about."""
    mine = of(request.user).filter(pk=pk).first()
    if mine is None:
        raise Http404
    actions.read(request.user, [mine.pk])
    return redirect(mine.link or "notices")


@door("anyone", ("POST",))
def notices_read(request: Request) -> HttpResponse:
    """All of them, up to the newest that the page showed: what came meanwhile stays unread."""
    upto = request.POST.get("upto", "")
    mine = of(request.user).unread()
    ids = list(mine.filter(pk__lte=int(upto)).values_list("pk", flat=True)) if upto.isdecimal() and len(upto) < 19 else []
    if count := actions.read(request.user, ids):
        say_undo(request, _("%(n)s 条记成看过了") % {"n": thousands(count)})
    return redirect("notices")


@door("anyone")
def notices_bell(request: Request) -> HttpResponse:
    """The bell, asked for while a page is looked at; nothing where it still shows all there is. One query of its own."""
    now, seen = bell_of(request.user), request.GET.get("seen", "")
    if now.mark == seen:
        return HttpResponse(status=204)
    return render(request, "notices/bell.html", {"bell": bell_shown(now), "rings": now.rings_after(seen)}, block="bell")


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/bell/", notices_bell, name="notices_bell"),
    path("notices/read/", notices_read, name="notices_read"),
    path("notices/<int:pk>/", notice_open, name="notice_open"),
]
