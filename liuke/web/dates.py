"""What day was meant by what was typed: the line below a date field, asked for on leaving it."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path
from django.utils.html import escape
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.spoken_date import Lean, parse_spoken
from liuke.web.doors import Request, door, words
from liuke.web.words import ago, monthday, weekday


@door("anyone")
def spoken_day(request: Request, lean: Lean) -> HttpResponse:
    """The day as a sentence, the refusal in its words, or nothing. The field sends its text under its own name, the only one there."""
    typed = next(iter(request.GET.values()), "")
    today = clock.today()
    try:
        day = parse_spoken(str(typed), today, lean=lean)
    except Refused as refused:
        return HttpResponse(escape(words(refused)))
    if day is None:
        return HttpResponse()
    said = {"day": monthday(day, today), "weekday": weekday(day), "when": ago(day, today)}
    return HttpResponse(escape(_("%(day)s，%(weekday)s，%(when)s") % said))


urlpatterns = [
    path("dates/next/", spoken_day, {"lean": "next"}, name="spoken_day_next"),
    path("dates/past/", spoken_day, {"lean": "past"}, name="spoken_day_past"),
]
