"""The answers behind an indicator that was asked for, of every wave."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.custody.queries import masked_text
from liuke.kernel import clock
from liuke.kernel.text import as_id
from liuke.satisfaction.labels import INDICATOR_WORDS
from liuke.satisfaction.models import Answer
from liuke.satisfaction.seven import TAKEN, answers_to
from liuke.team.models import Unit
from liuke.team.queries import units_in_scope
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.satisfaction import words as say
from liuke.web.words import thousands

SHOWN = 50


def unit_or_404(request: Request) -> Unit | None:
    """The unit that is asked for (?unit=); None for all in sight."""
    if not request.GET.get("unit"):
        return None
    found = units_in_scope(request.user).filter(pk=as_id(request.GET["unit"]) or 0).first()
    if found is None:
        raise Http404
    return found


def answers_link(of: str, unit: Unit | None, everybody: bool = False) -> str:
    parts = {"of": of, "unit": str(unit.pk) if unit else "", "all": "1" if everybody else ""}
    return f"{reverse('indicator_answers')}?{urlencode({key: value for key, value in parts.items() if value})}"


@door("survey.read")
def answers(request: Request) -> HttpResponse:
    """Which answers an asked indicator counts (?of=), or all that it is taken of (?all=1), under a unit or of all in sight."""
    key, everybody = request.GET.get("of", "reputation"), request.GET.get("all") == "1"
    if key not in TAKEN:
        raise Http404
    unit = unit_or_404(request)
    found = answers_to(request.user, unit, key, clock.today(), everybody)
    page = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    whole = Answer.objects.select_related("invitation__customer", "unit", "by").in_bulk([each.pk for each in page])
    here = answers_link(key, unit, everybody)
    context = {
        "lines": [(each, whole[each.pk]) for each in page if each.pk in whole],
        "say": say,
        "told": masked_text,
        "title": _("%(n)s 份答卷") % {"n": thousands(len(found))},
        "second": _("近一年问来的：%(name)s") % {"name": INDICATOR_WORDS[key]} + (_("，") + unit.name if unit else ""),
        "before": f"{here}&page={page.number - 1}" if page.has_previous() else "",
        "after": f"{here}&page={page.number + 1}" if page.has_next() else "",
        "page": page.number,
    }
    up = reverse("indicators") + (f"?unit={unit.pk}" if unit else "")
    trail = [(_("满意度"), reverse("satisfaction")), (_("七项指标"), up), (str(INDICATOR_WORDS[key]), "")]
    return render(request, "satisfaction/answers.html", context, nav="satisfaction", crumb=trail)


urlpatterns = [path("satisfaction/indicators/answers/", answers, name="indicator_answers")]
