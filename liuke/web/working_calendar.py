"""日历: the year as the state published it, and the days on which this company does otherwise. A click on a day turns it round."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from liuke.kernel import clock, workdays
from liuke.kernel.refusal import Refused
from liuke.playbooks.queries import pack as current_pack
from liuke.team.calendar import FIRST_YEAR, LAST_YEAR, complete_year, days_of, forget_day, known_years, reopen_year, set_day
from liuke.team.models import CalendarDay, CalendarYear
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.words import day as day_words


@dataclass(frozen=True)
class Day:
    """One square: whether people work, the holiday it is off for or worked for, and what the company says of it (None: nothing)."""

    on: date
    works: bool
    holiday: str
    made_up: str
    own: CalendarDay | None

    @property
    def says(self) -> str:
        """What a reader hears of it beside its number."""
        if self.own is not None:
            state = _("本公司上班") if self.works else _("本公司休息")
            return f"{state} {self.own.name}".rstrip()
        if self.holiday:
            return self.holiday
        return _("%(holiday)s调休上班") % {"holiday": self.made_up} if self.made_up else (_("上班") if self.works else _("休息"))


@door("calendar.manage")
def year(request: Request) -> HttpResponse:
    """The year (?year=, else this one) in twelve months, and the company's own days of it."""
    asked = request.GET.get("year", "")
    shown = int(asked) if asked.isdecimal() and FIRST_YEAR <= int(asked) <= LAST_YEAR else clock.today().year
    own = {row.on: row for row in days_of(shown)}
    changes = {row.on: row.works for row in own.values()}
    months = []
    for month in range(1, 13):
        weeks = [
            [
                None
                if on.month != month
                else Day(on, workdays.works(on, changes), workdays.holiday(on), workdays.makes_up_for(on), own.get(on))
                for on in week
            ]
            for week in calendar.Calendar().monthdatescalendar(shown, month)
        ]
        months.append((month, weeks))
    off = sum(day is not None and not day.works for _month, weeks in months for week in weeks for day in week)
    days = (date(shown, 12, 31) - date(shown, 1, 1)).days + 1
    context = {
        "year": shown,
        "months": months,
        "own": list(own.values()),
        "published": workdays.published(shown),
        "known": shown in known_years(),
        "title": _("%(year)s 年上班 %(on)s 天，休息 %(off)s 天") % {"year": shown, "on": days - off, "off": off},
        "holiday_days": current_pack().contact_budget.holiday_days,
        "today": clock.today(),
        "week": [pgettext("星期", name) for name in "一二三四五六日"],
    }
    return render(request, "calendar/calendar.html", context, nav="calendar", crumb=_("工作日历"))


@door("calendar.manage", ("POST",))
def change(request: Request) -> HttpResponse:
    """Turn a day round (`on`, ISO), with a `name` if one is given; a day that was changed before goes back to the state's calendar.

    `works` (1 or 0) says which it shall be: what the undo line posts. ?year= is where to go on.
    """
    try:
        on = date.fromisoformat(str(request.POST.get("on", request.GET.get("on", ""))))
    except ValueError:
        return HttpResponse(status=400)
    where = f"{reverse('calendar')}?{urlencode({'year': on.year})}"
    works, name = request.GET.get("works", ""), request.POST.get("name", "") or request.GET.get("name", "")
    own = CalendarDay.objects.filter(on=on).first()
    try:
        if works:
            set_day(request.user, on, works == "1", name)
            back: dict[str, str] = {"on": on.isoformat()}
        elif own is not None:
            forget_day(request.user, on)
            back = {"on": on.isoformat(), "works": "1" if own.works else "0", "name": own.name}
        else:
            set_day(request.user, on, not workdays.works(on), name)
            back = {"on": on.isoformat()}
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    now = CalendarDay.objects.filter(on=on).first()
    at_work = now.works if now else workdays.works(on)
    said = _("%(day)s：上班") if at_work else _("%(day)s：休息")
    if now is None:
        said = _("%(day)s：照国家的日历，上班") if at_work else _("%(day)s：照国家的日历，休息")
    say_undo(request, said % {"day": day_words(on)}, f"{reverse('calendar_change')}?{urlencode(back)}")
    return moved(request, where)


@door("calendar.manage", ("POST",))
def whole(request: Request) -> HttpResponse:
    """All days of a year (?year=) that is not published are written down; ?open=1: not yet after all."""
    asked = request.GET.get("year", "")
    if not (asked.isascii() and asked.isdigit() and FIRST_YEAR <= int(asked) <= LAST_YEAR):
        return HttpResponse(status=400)
    which, opens = int(asked), request.GET.get("open") == "1"
    try:
        if opens:
            reopen_year(request.user, which)
        else:
            complete_year(request.user, which)
    except Refused as refused:
        say_undo(request, words(refused))
    except CalendarYear.DoesNotExist:
        say_undo(request, _("%(year)s 年还没补全。") % {"year": which})
    else:
        said = _("%(year)s 年还没补全") if opens else _("%(year)s 年补全了")
        back = {"year": which} if opens else {"year": which, "open": 1}
        say_undo(request, said % {"year": which}, f"{reverse('calendar_whole')}?{urlencode(back)}")
    return moved(request, f"{reverse('calendar')}?{urlencode({'year': which})}")


urlpatterns = [
    path("calendar/", year, name="calendar"),
    path("calendar/day/", change, name="calendar_change"),
    path("calendar/year/", whole, name="calendar_whole"),
]
