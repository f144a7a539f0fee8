"""When each unit is open: ordinary complaints run in this time. Holidays and make-up days stand in the working calendar."""

from __future__ import annotations

from datetime import time

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.complaints.hours import forget_hours, set_hours
from liuke.complaints.house import rule
from liuke.complaints.models import DeskHours
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may
from liuke.team.queries import units_in_scope
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.page import render, say_undo
from liuke.web.words import span

NAMED = 3


@door("complaint.manage", ("GET", "POST"))
def hours(request: Request) -> HttpResponse:
    """Each unit in sight with its own hours, or those it has from above."""
    units = list(units_in_scope(request.user).order_by("path"))
    form = typed(request.POST) if request.method == "POST" else Form({})
    if request.method == "POST":
        unit = next((each for each in units if each.pk == as_id(form.get("unit"))), None)
        if unit is None and form.get("unit"):
            raise Http404
        try:
            if unit is None:
                raise Refused("complaint.unit", "请选哪个单位。")
            if form.get("forget"):
                forget_hours(request.user, unit.pk)
                say_undo(request, _("%(unit)s照上一级的时间") % {"unit": unit.name})
            else:
                made = set_hours(request.user, unit.pk, _time(form, "opens"), _time(form, "closes"))
                say_undo(
                    request,
                    _("%(unit)s：%(opens)s 到 %(closes)s") % {"unit": unit.name, "opens": _at(made.opens), "closes": _at(made.closes)},
                )
        except DeskHours.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.note = words(refused)
        else:
            return redirect("complaint_hours")
    own = {row.unit_id: row for row in DeskHours.objects.filter(unit__in=units)}
    numbers = rule()
    context = {
        "rows": [(unit, own.get(unit.pk), form.get("unit") == str(unit.pk)) for unit in units],
        "form": form,
        "opens": numbers.opens,
        "closes": numbers.closes,
        "at": _at,
        "numbers": numbers,
        "answer": span(numbers.answer_minutes),
        "severe": span(numbers.severe_answer_minutes),
        "keepers": _("、").join(calendar_keepers()),
    }
    above = (_("投诉台"), reverse("complaints")) if may(request.user, "complaint.read") else (_("工作日历"), reverse("calendar"))
    crumb = [above, (_("时限和营业时间"), "")]
    return render(
        request,
        "complaints/hours.html",
        context,
        nav="complaints" if may(request.user, "complaint.read") else "calendar",
        crumb=crumb,
        status=422 if form.bad else 200,
    )


def calendar_keepers() -> list[str]:
    """Who writes the working calendar, at most so many names."""
    people = User.objects.filter(is_active=True, role__in=PERMISSIONS["calendar.manage"]).order_by("pk")
    return list(people.values_list("name", flat=True)[:NAMED])


def _time(form: Form, name: str) -> time:
    try:
        return time.fromisoformat(form.get(name).strip()[:5])
    except ValueError:
        raise Refused("complaint.hour", "时间请写成 09:00。") from None


def _at(moment: time) -> str:
    return f"{moment:%H:%M}"


urlpatterns = [path("complaints/hours/", hours, name="complaint_hours")]
