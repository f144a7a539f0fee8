"""满意度: the waves and what they found; drawing a new one; ending one; the stores' codes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.satisfaction import results as reads
from liuke.satisfaction import waves as acts
from liuke.satisfaction.labels import Drawn, LeftOut
from liuke.satisfaction.links import token_of
from liuke.satisfaction.models import Answer, Invitation, OpenLink, Survey, Wave
from liuke.satisfaction.results import Group
from liuke.team.queries import pack, units_in_scope
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.qr import code
from liuke.web.satisfaction import words as say
from liuke.web.satisfaction.results import crumb, wave_or_404
from liuke.web.words import thousands

BOTH = ("GET", "POST")
SHOWN = 30
PLACES = {
    "wave.name": "name", "wave.days": "ends_on", "wave.margin": "margin", "wave.answering": "answering", "survey.unit": "unit",
    "wave.drawn": "drawn", "text.too_long": "name",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One wave in the list."""

    row: Wave
    asked: int
    answered: int
    group: Group | None
    running: bool


@door("survey.read")
def satisfaction(request: Request) -> HttpResponse:
    user, today, numbers = request.user, clock.today(), pack().surveys
    asked_page = request.GET.get("page", "")
    page = int(asked_page) if asked_page.isascii() and asked_page.isdigit() and 0 < len(asked_page) < 4 and int(asked_page) else 1
    seen_waves = Wave.objects.visible_to(user).select_related("version__survey", "unit").order_by("-opens_on", "-pk")
    rows = list(seen_waves[(page - 1) * SHOWN : page * SHOWN + 1])
    more, rows = len(rows) > SHOWN, rows[:SHOWN]
    where = reverse("satisfaction")
    asked = dict(Invitation.objects.visible_to(user).filter(wave__in=rows).order_by().values_list("wave").annotate(n=Count("pk")))
    seen = Answer.objects.visible_to(user).filter(wave__in=rows)
    answered = dict(seen.order_by().values_list("wave").annotate(n=Count("pk", filter=Q(invitation__isnull=False))))
    open_ones = dict(seen.order_by().values_list("wave").annotate(n=Count("pk", filter=Q(invitation__isnull=True))))
    groups = reads.groups_of(user, rows)
    lines = [Line(row, asked.get(row.pk, 0), answered.get(row.pk, 0), groups.get(row.pk), row.open_on(today)) for row in rows]
    known = next((each for each in lines if each.group and each.group.score and each.group.score.n >= numbers.least), None)
    if known and known.group and known.group.score:
        slots = {
            "score": say.two(known.group.score.exact),
            "band": say.likely_band(known.group.score, numbers.bands),
            "name": known.row.name,
        }
        title = _("满意度 %(score)s 分，%(band)s（%(name)s）") % slots
    else:
        title = _("还没有够份数的满意度") if rows else _("还没有问过客户满不满意")
    context = {
        "title": title,
        "tabs": say.tabs(user, "waves"),
        "lines": lines,
        "opens": open_ones,
        "say": say,
        "least": numbers.least,
        "bands": numbers.bands,
        "page": page,
        "before": (f"{where}?page={page - 1}" if page > 2 else where) if page > 1 else "",
        "after": f"{where}?page={page + 1}" if more else "",
        "trend": _trend(lines, known, numbers.least),
    }
    return render(request, "satisfaction/waves.html", context, nav="satisfaction", crumb=_("满意度"))


def _trend(lines: list[Line], known: Line | None, least: int) -> list[float]:
    """The score of the waves that asked with the same survey as the newest with enough answers, the oldest first."""
    same = [each for each in reversed(lines) if known and each.row.version.survey_id == known.row.version.survey_id]
    return [float(each.group.score.exact) for each in same if each.group and each.group.score and each.group.score.n >= least]


@door("survey.edit", BOTH)
def wave_new(request: Request) -> HttpResponse:
    user, today = request.user, clock.today()
    begun = {
        "drawn": Drawn.RANDOM, "unit": str(user.unit_id or ""), "opens_on": today.isoformat(), "ends_on": "+14", "margin": "5",
        "answering": "30", "survey": request.GET.get("survey", ""),
    }  # fmt: skip
    form = typed(request.POST) if request.method == "POST" else Form(begun)
    sized = None
    if request.method == "POST" and (wish := _wish(form)) is not None:
        try:
            if "look" in request.POST:
                sized = acts.preview(user, wish) if wish.drawn not in (Drawn.SERVICE, Drawn.OPEN) else None
            else:
                made = acts.launch(user, wish)
                said = _("“%(name)s”开始了") % {"name": made.name}
                say_undo(request, said, reverse("wave_close", args=[made.pk]))
                return moved(request, reverse("wave_people" if made.seed else "wave", args=[made.pk]))
        except Survey.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, PLACES)
    surveys = Survey.objects.visible_to(user).filter(put_away_at__isnull=True).order_by("name")
    context = {
        "form": form,
        "surveys": [("", _("请选"))] + [(str(one.pk), one.name) for one in surveys],
        "units": [(str(unit.pk), unit.name) for unit in units_in_scope(user).order_by("path")],
        "ways": Drawn.choices,
        "sized": sized,
        "left_words": dict(LeftOut.choices),
        "say": say,
        "title": _("开始一轮调查"),
    }
    trail = [(_("满意度"), reverse("satisfaction")), (_("开始一轮"), "")]
    return render(request, "satisfaction/wave_new.html", context, nav="satisfaction", crumb=trail, status=422 if form.bad else 200)


def _wish(form: Form) -> acts.Wish | None:
    """None with the faults in the form."""
    survey, unit = as_id(form.get("survey")), as_id(form.get("unit"))
    opens = form.day("opens_on", _("请写哪天开始。"))
    ends = form.day("ends_on")
    if survey is None:
        form.errors["survey"] = _("请选一份问卷。")
    drawn = form.get("drawn")
    margin = _number(form, "margin") if form.get("margin").strip() and drawn not in (Drawn.SERVICE, Drawn.OPEN) else None
    count = form.whole("count", _("请填整数。"))
    answering = _number(form, "answering") if form.get("answering").strip() else Decimal(30)
    if survey is None or opens is None or form.bad or answering is None:
        return None
    return acts.Wish(
        survey=survey, name=form.get("name"), unit=unit or 0, drawn=drawn, opens_on=opens, ends_on=ends,
        margin=margin / 100 if margin is not None and count is None else None, count=count, answering=float(answering / 100),
        codes=form.get("codes") == "1",
    )  # fmt: skip


def _number(form: Form, name: str) -> Decimal | None:
    try:
        found = Decimal(form.get(name).strip().removesuffix("%"))
    except InvalidOperation:
        form.errors[name] = _("请填数字。")
        return None
    if not found.is_finite():
        form.errors[name] = _("请填数字。")
        return None
    return found


@door("survey.edit", ("POST",))
def wave_close(request: Request, pk: int) -> HttpResponse:
    return _switch(request, pk, True)


@door("survey.edit", ("POST",))
def wave_reopen(request: Request, pk: int) -> HttpResponse:
    return _switch(request, pk, False)


def _switch(request: Request, pk: int, end: bool) -> HttpResponse:
    try:
        row = (acts.close if end else acts.reopen)(request.user, pk)
    except Wave.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("wave", args=[pk]))
    said = _("“%(name)s”结束了，不再收") if end else _("“%(name)s”接着收")
    say_undo(request, said % {"name": row.name}, reverse("wave_reopen" if end else "wave_close", args=[pk]))
    return moved(request, reverse("wave", args=[pk]))


@door("survey.read")
def codes(request: Request, pk: int) -> HttpResponse:
    """The code of each store in sight, to print and hang up."""
    row = wave_or_404(request, pk)
    found = OpenLink.objects.filter(wave=row, unit__in=units_in_scope(request.user)).select_related("unit").order_by("unit__path")
    lines = []
    for one in found:
        link = public_link(request, token_of(one))
        lines.append((one.unit, link, code(link, _("%(unit)s的问卷码") % {"unit": one.unit.name})))
    if not lines:
        raise Http404
    context = {"row": row, "lines": lines, "title": _("%(n)s 家店的问卷码") % {"n": thousands(len(lines))}}
    return render(request, "satisfaction/codes.html", context, nav="satisfaction", crumb=crumb(row, (_("店里的码"), "")))


def public_link(request: HttpRequest, token: str) -> str:
    """The address that a customer opens."""
    where = reverse("survey_ask", args=[token])
    return f"{settings.SITE_URL}{where}" if settings.SITE_URL else request.build_absolute_uri(where)


urlpatterns = [
    path("satisfaction/", satisfaction, name="satisfaction"),
    path("satisfaction/waves/new/", wave_new, name="wave_new"),
    path("satisfaction/waves/<int:pk>/close/", wave_close, name="wave_close"),
    path("satisfaction/waves/<int:pk>/reopen/", wave_reopen, name="wave_reopen"),
    path("satisfaction/waves/<int:pk>/codes/", codes, name="wave_codes"),
]
