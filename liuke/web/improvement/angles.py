"""三角度: each store's service as customers, colleagues and mystery visitors see it, by procedure and person; filling in a sheet."""

from __future__ import annotations

from math import dist

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.improvement.angles import Place, fill, places, take_back
from liuke.improvement.labels import Angle, Service
from liuke.improvement.models import AngleSheet
from liuke.improvement.rules import PERSON, PROCEDURE
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.playbooks.queries import pack as current_pack
from liuke.team.permissions import may
from liuke.team.queries import units_in_scope
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.improvement.pages import tabs
from liuke.web.page import render, say_undo

ITEM_WORDS = {
    "greeted": gettext_lazy("进门就有人招呼"),
    "on_time": gettext_lazy("说几点就是几点"),
    "explained": gettext_lazy("要做什么先讲清楚"),
    "priced": gettext_lazy("价格先说，不另加"),
    "handed_over": gettext_lazy("交车照单子过一遍"),
    "friendly": gettext_lazy("态度热情"),
    "listened": gettext_lazy("听人把话说完"),
    "offered": gettext_lazy("没开口就来帮"),
    "cared": gettext_lazy("记得人，问得到点上"),
    "thanked": gettext_lazy("走的时候有人送"),
}
ADVICE = {
    Service.INDIFFERENT: gettext_lazy("流程和人都弱：先把最基本的几步定下来，带着做。"),
    Service.BY_THE_BOOK: gettext_lazy("步步都对，人没温度：练开场和倾听。"),
    Service.FRIENDLY: gettext_lazy("人热情，事常漏：把交接和时间做成单子。"),
    Service.EXCELLENT: gettext_lazy("都好：把做法写成案例给别的店。"),
}
PLACES_OF = {"angle.unit": "unit", "angle.which": "angle", "angle.day": "on", "text.too_long": "note"}


RINGS, ROUND, CLEAR = (12, 20, 28), ((1, 0), (-1, 0), (0, -1), (0, 1), (0.7, -0.7), (-0.7, -0.7), (0.7, 0.7), (-0.7, 0.7)), 16
"""How far from its dot, and on which side of it, a number may stand; so far apart they are easily read."""


@door("angle.fill")
def index(request: Request) -> HttpResponse:
    """Where each store stands; who only fills in sees his own sheets."""
    user, today, numbers = request.user, clock.today(), current_pack().improvement
    reads = may(user, "angle.read")
    rows = places(user, today, numbers) if reads else []
    known = [place for place in rows if place.state]
    context = {
        "title": _title(known, reads),
        "tabs": tabs(user, "angles"),
        "rows": rows,
        "known": known,
        "reads": reads,
        "angles": [(angle.value, angle.label) for angle in Angle],
        "states": {state.value: state.label for state in Service},
        "advice": {state.value: ADVICE[state] for state in Service},
        "numbers": numbers,
        "mine": list(
            AngleSheet.objects.filter(by=user, undone_at=None).select_related("unit").order_by("-on", "-pk")[:10]
        ),
        "dots": labelled([(place.unit.name, *dot(place)) for place in known]),
        "numbered": {place.unit.pk: n for n, place in enumerate(known, 1)},
        "told": lambda score: told(score, float(numbers.service_edge)),
        "edge": at(float(numbers.service_edge)),
    }  # fmt: skip
    return render(request, "improvement/angles.html", context, nav="improvement", crumb=_("三角度"))


def at(score: float) -> float:
    """Where a score of 1 to 5 lies on an axis of 300."""
    return round((score - 1) / 4 * 300, 1)


def dot(place: Place) -> tuple[float, float]:
    """(across, down) of a store in the picture; procedure to the right, person up."""
    return at(place.procedure or 1), 300 - at(place.person or 1)


def told(score: float, edge: float) -> str:
    """3.46: with two places, and never as good as the edge where it is not."""
    rounded = round(score, 2)
    return f"{rounded - 0.01 if score < edge <= rounded else rounded:.2f}"


def labelled(dots: list[tuple[str, float, float]]) -> list[tuple[int, str, float, float, float, float]]:
    """(number, name, dot, where its number stands): beside its dot, where it covers neither another number nor a dot."""
    taken: list[tuple[float, float]] = []
    made = []
    for n, (name, x, y) in enumerate(dots, 1):
        others = [(x_, y_) for place, (_name, x_, y_) in enumerate(dots, 1) if place != n]
        spots = [(x + reach * dx, y + reach * dy) for reach in RINGS for dx, dy in ROUND]
        at = max(spots, key=lambda spot: min([CLEAR, *(dist(spot, each) for each in (*taken, *others))]))
        taken.append(at)
        made.append((n, name, x, y, round(at[0], 1), round(at[1], 1)))
    return made


def _title(known: list[Place], reads: bool) -> str:
    if not reads:
        return _("看看自己店的服务")
    if not known:
        return _("还没有哪家店看得出是哪一型")
    good = sum(place.state == Service.EXCELLENT for place in known)
    return _("看得出的 %(n)s 家店里，%(good)s 家是优质服务型") % {"n": len(known), "good": good}


@door("angle.fill", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """One look at a store: marks from 1 to 5 of what was seen."""
    user, mystery = request.user, may(request.user, "angle.read")
    begun = {"unit": str(user.unit_id or ""), "angle": "mystery" if mystery else "staff"}
    form = typed(request.POST) if request.method == "POST" else Form(begun)
    if request.method == "POST":
        on = form.day("on", lean="past")
        marks = {item: int(form.get(item)) for item in (*PROCEDURE, *PERSON) if form.get(item) in ("1", "2", "3", "4", "5")}
        if not form.bad:
            try:
                made = fill(user, as_id(form.get("unit")) or 0, form.get("angle"), marks, on=on, note=form.get("note"))
            except Refused as refused:
                form.refuse(refused, PLACES_OF)
            else:
                say_undo(request, _("记下了，谢谢"), reverse("angle_take_back", args=[made.pk]))
                return moved(request, reverse("angles"))
    stores = units_in_scope(user).filter(children__isnull=True).order_by("path") if mystery else []
    units = [(str(unit.pk), unit.name) for unit in stores] or ([(str(user.unit_id), user.unit.name)] if user.unit else [])
    context = {
        "form": form,
        "units": units,
        "ways": [(Angle.MYSTERY.value, Angle.MYSTERY.label), (Angle.STAFF.value, Angle.STAFF.label)] if mystery else [],
        "sides": [
            (_("流程"), [(item, ITEM_WORDS[item]) for item in PROCEDURE]),
            (_("人"), [(item, ITEM_WORDS[item]) for item in PERSON]),
        ],
        "title": _("评一次服务"),
    }  # fmt: skip
    trail = [(_("三角度"), reverse("angles")), (_("评一次"), "")]
    return render(request, "improvement/angle_new.html", context, nav="improvement", crumb=trail, status=422 if form.bad else 200)


@door("angle.fill", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    try:
        take_back(request.user, pk)
    except AngleSheet.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, str(refused))
    else:
        say_undo(request, _("撤销了这次评分"))
    return moved(request, reverse("angles"))


urlpatterns = [
    path("angles/", index, name="angles"),
    path("angles/new/", new, name="angle_new"),
    path("angles/<int:pk>/take-back/", undo, name="angle_take_back"),
]
