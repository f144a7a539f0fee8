"""问卷: the questionnaires, made from ready ones or written, question by question."""

from __future__ import annotations

from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.packs.survey import DIMENSIONS, INDICATORS
from liuke.playbooks.rules import Faulty
from liuke.satisfaction import building
from liuke.satisfaction.labels import DIMENSION_WORDS, KIND_WORDS
from liuke.satisfaction.models import Survey, SurveyVersion, Wave
from liuke.team.permissions import may
from liuke.team.queries import pack, units_in_scope
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.satisfaction import survey_form as fields
from liuke.web.satisfaction import words as say
from liuke.web.words import thousands
from liuke.work.words import pick

BOTH = ("GET", "POST")
PLACES = {"survey.name": "name", "survey.unit": "unit", "text.too_long": "name"}


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("满意度"), reverse("satisfaction")), (_("问卷"), reverse("surveys") if more else ""), *more]


@door("survey.read")
def surveys(request: Request) -> HttpResponse:
    rows = list(Survey.objects.visible_to(request.user).select_related("unit", "by").order_by("put_away_at", "-pk"))
    newest = dict(SurveyVersion.objects.filter(survey__in=rows).order_by().values_list("survey").annotate(n=Max("number")))
    used = dict(Wave.objects.filter(version__survey__in=rows).order_by().values_list("version__survey").annotate(n=Count("pk")))
    use = sum(row.put_away_at is None for row in rows)
    context = {
        "title": _("%(n)s 份问卷在用") % {"n": thousands(use)} if use else _("还没有问卷"),
        "tabs": say.tabs(request.user, "surveys"),
        "rows": rows,
        "newest": newest,
        "used": used,
    }
    return render(request, "satisfaction/surveys.html", context, nav="satisfaction", crumb=_trail())


def _survey_or_404(request: Request, pk: int) -> Survey:
    found = Survey.objects.visible_to(request.user).select_related("unit").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@door("survey.edit", BOTH)
def survey_new(request: Request) -> HttpResponse:
    """From a ready-made form of the pack, or with one question to begin with."""
    form = typed(request.POST) if request.method == "POST" else Form({"unit": str(request.user.unit_id or "")})
    if request.method == "POST":
        ready, unit = form.get("form"), as_id(form.get("unit")) or 0
        begun = None if ready else {"title": {"zh": form.get("name")[:14] or "问卷", "en": ""}, "questions": [_first()]}
        try:
            made = building.create(request.user, form.get("name"), unit, begun, ready)
        except Faulty as faulty:
            form.note = _("；").join(fields.errors_of(faulty)[0]) or words(faulty)
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            say_undo(request, _("“%(name)s”做好了，看一遍再用") % {"name": made.name}, reverse("survey_put_away", args=[made.pk]))
            return moved(request, reverse("survey", args=[made.pk]))
    context = {
        "form": form,
        "ready": pack().survey_forms,
        "units": [(str(unit.pk), unit.name) for unit in units_in_scope(request.user).order_by("path")],
        "pick": pick,
        "title": _("做一份问卷"),
    }
    return render(
        request,
        "satisfaction/survey_new.html",
        context,
        nav="satisfaction",
        crumb=_trail((_("做一份"), "")),
        status=422 if form.bad else 200,
    )


def _first() -> dict[str, object]:
    said = {"zh": "总的来说，您满意吗？", "en": ""}
    return {"key": "q1", "kind": "rating", "indicator": "overall", "weight": "1", "words": said}


@door("survey.read", BOTH)
def survey(request: Request, pk: int) -> HttpResponse:
    """Read by everybody who reads surveys; written by who may."""
    row = _survey_or_404(request, pk)
    now = building.newest(row)
    writes = may(request.user, "survey.edit") and row.put_away_at is None
    head, rows, name = fields.head_of(now.form), fields.rows_of(now.form), row.name
    whole: list[str] = []
    of: dict[int, list[str]] = {}
    at: dict[str, str] = {}
    seen = str(now.number)
    if request.method == "POST":
        head = {key: str(value) for key, value in request.POST.items() if key.endswith(("-zh", "-en")) and not key.startswith("q")}
        rows, name, seen = fields.typed_rows(request.POST), request.POST.get("name", ""), request.POST.get("seen", "")
        if act := request.POST.get("act", ""):
            rows = fields.changed(rows, act)
        else:
            try:
                body = fields.body_of(head, rows)
                made = building.save(request.user, pk, name, body, int(seen) if seen.isdigit() and len(seen) < 6 else -1)
            except Faulty as faulty:
                whole, of, at = fields.errors_of(faulty)
            except Refused as refused:
                whole = [words(refused)]
            else:
                said = _("存好了，第 %(n)s 版；正在收的还是原来那一版") if made.number > now.number else _("存好了")
                say_undo(request, said % {"n": made.number})
                return moved(request, reverse("survey", args=[pk]))
    context = {
        "row": row,
        "now": now,
        "form": now.form,
        "frozen": building.frozen(now),
        "writes": writes,
        "name": name,
        "seen": seen,
        "head": head,
        "rows": rows,
        "whole": whole,
        "of": of,
        "at": at,
        "kinds": list(KIND_WORDS.items()),
        "indicators": [("", _("不算指标"))] + [(key, say.indicator_words(key)) for key in INDICATORS],
        "dimensions": [("", _("请选"))] + [(key, DIMENSION_WORDS[key]) for key in DIMENSIONS],
        "say": say,
        "pick": pick,
    }
    crumb = _trail((row.name, ""))
    return render(request, "satisfaction/survey.html", context, nav="satisfaction", crumb=crumb, status=422 if whole or of or at else 200)


@door("survey.edit", ("POST",))
def survey_put_away(request: Request, pk: int) -> HttpResponse:
    return _switch(request, pk, True)


@door("survey.edit", ("POST",))
def survey_take_out(request: Request, pk: int) -> HttpResponse:
    return _switch(request, pk, False)


def _switch(request: Request, pk: int, away: bool) -> HttpResponse:
    try:
        row = (building.put_away if away else building.take_out)(request.user, pk)
    except Survey.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("surveys"))
    said = _("“%(name)s”收起来了") if away else _("“%(name)s”拿出来了")
    say_undo(request, said % {"name": row.name}, reverse("survey_take_out" if away else "survey_put_away", args=[pk]))
    return moved(request, reverse("surveys"))


urlpatterns = [
    path("satisfaction/surveys/", surveys, name="surveys"),
    path("satisfaction/surveys/new/", survey_new, name="survey_new"),
    path("satisfaction/surveys/<int:pk>/", survey, name="survey"),
    path("satisfaction/surveys/<int:pk>/away/", survey_put_away, name="survey_put_away"),
    path("satisfaction/surveys/<int:pk>/out/", survey_take_out, name="survey_take_out"),
]
