"""片区: set up by who oversees; whose customers lie in which, and putting many of them in by hand."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.models import Unit
from liuke.team.permissions import may
from liuke.team.queries import units_in_scope
from liuke.visits import areas
from liuke.visits.models import Area, Placement
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.visits.stops import act
from liuke.web.visits.words import tabs
from liuke.web.words import thousands

PAGE = 50
BOTH = ("GET", "POST")
PLACES = {
    "area.unit": "unit", "area.name": "name", "area.known": "name", "area.word": "words",
    "area.middle": "latitude", "area.home": "latitude",
    "text.too_long": "name",
}  # fmt: skip


def _crumb(*last: str) -> list[tuple[str, str]]:
    return [(_("拜访"), reverse("visits")), (_("片区"), reverse("areas") if last else ""), *((word, "") for word in last)]


@door("visit.plan")
def index(request: Request) -> HttpResponse:
    user = request.user
    seen = Customer.objects.visible_to(user)
    rows = list(Area.objects.visible_to(user).select_related("unit").order_by("closed_at", "unit__path", "name"))
    counted = dict(Placement.objects.filter(area__in=rows, customer__in=seen).order_by().values_list("area").annotate(n=Count("pk")))
    without = seen.exclude(pk__in=Placement.objects.filter(area__isnull=False, area__closed_at__isnull=True).values("customer")).count()
    manages = may(user, "area.manage")
    here = set(units_in_scope(user).values_list("pk", flat=True)) if manages else set()
    opened = [area for area in rows if area.closed_at is None]
    context = {
        "title": _("%(n)s 个片区") % {"n": len(opened)} if opened else _("还没有片区"),
        "rows": [(area, counted.get(area.pk, 0), area.unit_id in here) for area in opened],
        "closed": [(area, area.unit_id in here) for area in rows if area.closed_at is not None],
        "without": without,
        "manages": manages,
        "tabs": tabs(user, "areas"),
    }
    return render(request, "visits/areas.html", context, nav="visits", crumb=_crumb())


@door("area.manage", BOTH)
def new(request: Request) -> HttpResponse:
    return _edit(request, None)


@door("area.manage", BOTH)
def edit(request: Request, pk: int) -> HttpResponse:
    area = Area.objects.filter(unit__in=units_in_scope(request.user)).filter(pk=pk).first()
    if area is None:
        raise Http404
    return _edit(request, area)


def _edit(request: Request, area: Area | None) -> HttpResponse:
    units = [(str(pk), name) for pk, name in units_in_scope(request.user).order_by("path").values_list("pk", "name")]
    stores = Unit.objects.filter(pk__in=[pk for pk, _name in units], children__isnull=True).values_list("pk", flat=True)
    form = Form(_as_typed(area) if area else {"unit": str(next(iter(stores), ""))})
    if request.method == "POST":
        form = typed(request.POST)
        wanted = areas.Typed(
            as_id(form.get("unit")),
            form.get("name"),
            form.get("words"),
            form.get("latitude"),
            form.get("longitude"),
            form.get("home") == "1",
        )
        try:
            made = areas.save(request.user, wanted, area.pk if area else None)
        except Area.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            n = Placement.objects.filter(area=made).count()
            said = _("%(name)s里有 %(n)s 位客户") % {"name": made.name, "n": thousands(n)}
            say_undo(request, said, "" if area else reverse("area_close", args=[made.pk]))
            return moved(request, reverse("areas"))
    context = {"form": form, "area": area, "units": units, "title": area.name if area else _("新的片区")}
    crumb = _crumb(area.name if area else _("新的片区"))
    return render(request, "visits/area.html", context, nav="visits", crumb=crumb, status=422 if form.bad else 200)


def _as_typed(area: Area) -> dict[str, str]:
    return {
        "unit": str(area.unit_id), "name": area.name, "words": "，".join(area.terms), "home": "1" if area.home else "",
        "latitude": "" if area.latitude is None else str(area.latitude),
        "longitude": "" if area.longitude is None else str(area.longitude),
    }  # fmt: skip


@door("area.manage", ("POST",))
def close(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        try:
            area = areas.close(request.user, pk)
        except Area.DoesNotExist:
            raise Http404 from None
        return _("停用了%(name)s") % {"name": area.name}, reverse("area_reopen", args=[pk])

    return act(request, done, reverse("areas"))


@door("area.manage", ("POST",))
def reopen(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        try:
            area = areas.reopen(request.user, pk)
        except Area.DoesNotExist:
            raise Http404 from None
        return _("又用上了%(name)s") % {"name": area.name}, reverse("area_close", args=[pk])

    return act(request, done, reverse("areas"))


@door("visit.plan")
def customers(request: Request) -> HttpResponse:
    """Customers of one area (?area=id), or of none (?area=none), to be put elsewhere by hand. No address stands here."""
    user = request.user
    opened = list(Area.objects.visible_to(user).open().select_related("unit").order_by("unit__path", "name"))
    asked = request.GET.get("area", "none")
    area = next((one for one in opened if str(one.pk) == asked), None)
    if area is None and asked != "none":
        raise Http404
    where = Placement.objects.filter(customer=OuterRef("pk"))
    seen = Customer.objects.visible_to(user).annotate(
        placed=Subquery(where.filter(area__closed_at__isnull=True).values("area")[:1]), hand=Subquery(where.values("by_hand")[:1])
    )
    found = seen.filter(placed=area.pk) if area else seen.filter(placed__isnull=True)
    if text := " ".join(request.GET.get("q", "").split())[:40]:
        found = found.filter(Q(name__contains=text) | Q(number=text))
    page = request.GET.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1
    total = found.count()
    base = {"area": asked, **({"q": text} if text else {})}
    context = {
        **SHARED,
        "title": _title(area, total),
        "area": area,
        "asked": asked,
        "q": text,
        "rows": list(found.select_related("unit", "owner").order_by("pinyin", "pk")[(number - 1) * PAGE : number * PAGE]),
        "areas": [*_choices(opened), ("none", _("不放进片区"))],
        "total": total,
        "page": number,
        "before": f"{reverse('area_customers')}?{urlencode({**base, 'page': number - 1})}" if number > 1 else "",
        "after": f"{reverse('area_customers')}?{urlencode({**base, 'page': number + 1})}" if total > number * PAGE else "",
        "here": request.get_full_path(),
    }  # fmt: skip
    return render(request, "visits/area_customers.html", context, nav="visits", crumb=_crumb(area.name if area else _("没有片区的")))


def _choices(rows: list[Area]) -> list[tuple[str, str]]:
    return [(str(area.pk), _("%(name)s，%(unit)s") % {"name": area.name, "unit": area.unit.name}) for area in rows]


def _title(area: Area | None, total: int) -> str:
    n = thousands(total)
    return _("%(name)s有 %(n)s 位客户") % {"name": area.name, "n": n} if area else _("%(n)s 位客户没有片区") % {"n": n}


@door("visit.plan", ("POST",))
def place(request: Request) -> HttpResponse:
    """Put the ticked customers (`pick`) into an area (`to`)."""
    picks = [pk for one in request.POST.getlist("pick") if (pk := as_id(one))]
    to = str(request.POST.get("to", ""))
    where = back_to(request, reverse("area_customers"))
    try:
        if not to:
            raise Refused("area.none", "请选放进哪个片区。")
        done = areas.place(request.user, picks, None if to == "none" else as_id(to) or 0)
    except Area.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    say_undo(request, _("%(n)s 位放好了") % {"n": thousands(done.count)}, reverse("area_place_undo", args=[done.move]))
    return moved(request, where)


@door("visit.plan", ("POST",))
def place_undo(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        return _("%(n)s 位回到了原来的片区") % {"n": thousands(areas.place_undo(request.user, pk))}, ""

    return act(request, done, reverse("areas"))


urlpatterns = [
    path("visits/areas/", index, name="areas"),
    path("visits/areas/new/", new, name="area_new"),
    path("visits/areas/customers/", customers, name="area_customers"),
    path("visits/areas/place/", place, name="area_place"),
    path("visits/areas/moves/<int:pk>/undo/", place_undo, name="area_place_undo"),
    path("visits/areas/<int:pk>/", edit, name="area_edit"),
    path("visits/areas/<int:pk>/close/", close, name="area_close"),
    path("visits/areas/<int:pk>/reopen/", reopen, name="area_reopen"),
]
