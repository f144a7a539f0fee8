"""One wave: what it found, and the answers behind every number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.custody.queries import masked_text
from liuke.customers.models import Customer
from liuke.improvement.labels import Source
from liuke.improvement.models import Cycle
from liuke.kernel import clock
from liuke.packs.survey import Questionnaire
from liuke.satisfaction import results as reads
from liuke.satisfaction.figures import level, weakest
from liuke.satisfaction.labels import DIMENSION_WORDS, INDICATOR_WORDS, QUADRANT_WORDS, VERDICT_WORDS
from liuke.satisfaction.models import Answer, OpenLink, Wave
from liuke.satisfaction.results import Results, Row
from liuke.satisfaction.rules import asked, asks_overall, lows, rating_of, restored, score_of
from liuke.satisfaction.settling import ABOUT
from liuke.satisfaction.weak import weak_points
from liuke.team.permissions import may
from liuke.team.queries import pack
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.satisfaction import words as say
from liuke.web.satisfaction.quadrant_picture import quadrant_picture
from liuke.web.satisfaction.steps import Loop, steps
from liuke.web.words import part_of, signed, thousands
from liuke.work.models import Task
from liuke.work.words import pick

SHOWN = 50
MAX_PAGE = 400


def wave_or_404(request: Request, pk: int) -> Wave:
    found = Wave.objects.visible_to(request.user).select_related("version__survey", "unit").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def crumb(wave: Wave, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("满意度"), reverse("satisfaction")), (wave.name, reverse("wave", args=[wave.pk]) if more else ""), *more]


@door("survey.read")
def wave(request: Request, pk: int) -> HttpResponse:
    row = wave_or_404(request, pk)
    numbers, form = pack().surveys, row.version.form
    sample = request.GET.get("of", "") == "open"
    found = reads.results(request.user, row, numbers.least, open=sample)
    other = Answer.objects.visible_to(request.user).filter(wave=row, invitation__isnull=not sample).count()
    names = {each.key: item_name(form, each.key) for each in form.questions}
    address = _address(row, sample)
    today, scope = clock.today(), request.user.scope_unit
    unit = row.unit_id if scope is not None and (row.unit.path or "").startswith(scope.path or "-") else None
    mends = may(request.user, "improvement.manage")
    loop = _loop(request, row, say.improve("satisfaction.score", unit, "", "", row, today) if mends and found.n else "")
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "found": found,
        "say": say,
        "pick": pick,
        "least": numbers.least,
        "bands": numbers.bands,
        "title": _title(found, form, names, numbers.least),
        "names": names,
        "units": say.unit_names(found.by_unit),
        "address": address,
        "sample": sample,
        "other": other,
        "codes": OpenLink.objects.filter(wave=row).exists(),
        "dimension": DIMENSION_WORDS,
        "verdict": VERDICT_WORDS,
        "quadrant": QUADRANT_WORDS,
        "picture": quadrant_picture(found.points, found.cuts, names, 520, 320) if found.points else "",
        "picture_m": quadrant_picture(found.points, found.cuts, names, 330, 300) if found.points else "",
        "loop": loop,
        "steps": steps(row, found, loop, numbers.least, row.open_on(today)),
        "past": row.past(today),
        "whole": asks_overall(form),
        "trend": [float(each.score.exact) for each in found.by_month if each.score and each.score.n >= numbers.least],
        # The stores' codes are no part of the figure a cycle takes, so none begins from them.
        "weak": _weak(found, row, unit) if mends and not sample else [],
        "part_of": part_of,
    }
    return render(request, "satisfaction/wave.html", context, nav="satisfaction", crumb=crumb(row))


def item_name(form: Questionnaire, key: str) -> str:
    """A question by its indicator in one word where no other asks for the same, else its own words cut short."""
    question = form.question(key)
    if question.dimension:
        return str(DIMENSION_WORDS[question.dimension])
    same = [each for each in form.questions if each.indicator == question.indicator]
    if question.indicator and len(same) == 1:
        return str(INDICATOR_WORDS[question.indicator])
    text = pick(question.words)
    return text if len(text) <= 16 else text[:15] + "…"


def _title(found: Results, form: Questionnaire, names: dict[str, str], least: int) -> str:
    """The finding."""
    if not found.n:
        return _("还没有人答")
    if found.n < least:
        return _("收到 %(n)s 份，还太少，先看个数") % {"n": found.n}
    if found.score is None or found.score.n < least:
        head = _("NPS %(nps)s") % {"nps": say.nps_words(found.nps, least)} if found.nps else _("收到 %(n)s 份") % {"n": thousands(found.n)}
    else:
        head = _("满意度 %(score)s 分，%(band)s") % {
            "score": say.two(found.score.exact),
            "band": say.likely_band(found.score, pack().surveys.bands),
        }
    if found.gaps:
        return _title_of_gaps(found, head, least)
    weak = _("、").join([names[point.key] for point in found.points if point.quadrant == "improve"][:2])
    return _("%(head)s；最该先改：%(weak)s") % {"head": head, "weak": weak} if weak else head


def _title_of_gaps(found: Results, head: str, least: int) -> str:
    """By the worst gap; with the second where their intervals overlap."""
    short = weakest(found.gaps, least)
    if not short:
        return head
    slots = {"head": head, "weak": _dimension(short[0][0])}
    if len(short) > 1 and level(short[0][1], short[1][1]):
        return _("%(head)s；最该先改：%(weak)s或%(other)s，分不出先后") % {**slots, "other": _dimension(short[1][0])}
    return _("%(head)s；最该先改：%(weak)s") % slots


def _dimension(key: str) -> str:
    return str(DIMENSION_WORDS[key])


def _weak(found: Results, row: Wave, unit: int | None) -> list[tuple[str, str, str]]:
    """(name, its figure now, where a cycle begins from it) of what is weakest."""
    rows, gaps = [], dict(found.gaps)
    for each in weak_points(found, pack().surveys.least, pack().surveys.bands):
        family, _dot, part = each.measure.partition(".")
        words = DIMENSION_WORDS[part] if family == "gap" else INDICATOR_WORDS[part or family]
        now = say.gap_words(gaps[part]) if family == "gap" else signed(round(each.value)) if family == "nps" else say.two(each.value)
        rows.append((str(words), now, say.improve(f"satisfaction.{each.measure}", unit, now, str(words), row, clock.today())))
    return rows


def _loop(request: Request, row: Wave, begin: str) -> Loop:
    """What was made of the answers in sight. Three queries."""
    low = Answer.objects.visible_to(request.user).filter(wave=row, low=True)
    states = dict(Task.objects.filter(about=ABOUT, about_id__in=low.values("pk")).order_by("pk").values_list("about_id", "state"))
    settled = dict(low.filter(invitation__isnull=False).order_by().values_list("pk", "settled_at"))
    counts = Counter(states.values())
    none = [at for pk, at in settled.items() if pk not in states]
    cycles = Cycle.objects.visible_to(request.user).filter(source=Source.SATISFACTION, source_id=row.pk).order_by("-pk")
    addresses = tuple(reverse("cycle", args=[pk]) for pk in cycles.values_list("pk", flat=True))
    soon = sum(at is None for at in none)
    return Loop(counts["open"], counts["done"], counts["stopped"], soon, len(none) - soon, addresses, begin)


def _address(row: Wave, sample: bool) -> Callable[..., str]:
    where = reverse("wave_answers", args=[row.pk])

    def address(**asked: object) -> str:
        kept = {key: str(value) for key, value in asked.items() if value not in ("", None)} | ({"of": "open"} if sample else {})
        return f"{where}?{urlencode(kept)}" if kept else where

    return address


# ── the answers behind ───────────────────────────────────────────────────────


@door("survey.read")
def answers(request: Request, pk: int) -> HttpResponse:
    """unit, grade, month, low, task (none: without a follow-up), partial, nps (up, mid, down), csat, q and v (a question and its value),
    of=open.
    """
    row = wave_or_404(request, pk)
    form, get = row.version.form, request.GET
    sample = get.get("of", "") == "open"
    kept = [each for each in reads.rows(request.user, row) if each.open == sample and _matches(each, form, get)]
    if get.get("task") == "none":
        there = set(Task.objects.filter(about=ABOUT, about_id__in=[each.pk for each in kept]).values_list("about_id", flat=True))
        kept = [each for each in kept if each.pk not in there]
    page = int(get["page"]) if get.get("page", "").isdigit() and 1 <= int(get["page"][:4]) <= MAX_PAGE else 1
    part = list(reversed(kept))[(page - 1) * SHOWN : page * SHOWN]
    rows = {
        one.pk: one for one in Answer.objects.filter(pk__in=[each.pk for each in part]).select_related("invitation__customer", "unit", "by")
    }
    address = _address(row, sample)
    asked_for = {key: get[key] for key in ("unit", "grade", "month", "low", "nps", "csat", "partial", "q", "v", "task") if get.get(key)}
    context = {
        "row": row,
        "lines": [(each, rows[each.pk]) for each in part],
        "say": say,
        "told": masked_text,
        "title": _("%(n)s 份答卷") % {"n": thousands(len(kept))},
        "second": _asked_words(form, asked_for),
        "before": address(**asked_for, page=page - 1 if page > 2 else "") if page > 1 else "",
        "after": address(**asked_for, page=page + 1) if len(kept) > page * SHOWN else "",
        "page": page,
    }
    return render(request, "satisfaction/answers.html", context, nav="satisfaction", crumb=crumb(row, (_("答卷"), "")))


def _matches(each: Row, form: Questionnaire, get: Any) -> bool:
    if get.get("unit") and str(each.unit) != get["unit"]:
        return False
    if get.get("grade") and each.grade != get["grade"]:
        return False
    if get.get("month") and f"{each.on:%Y-%m}" != get["month"]:
        return False
    if get.get("low") and not each.low:
        return False
    willing = each.recommend
    bounds = {"up": range(9, 11), "mid": range(7, 9), "down": range(7)}.get(get.get("nps", ""))
    if bounds is not None and (willing is None or willing not in bounds):
        return False
    if get.get("csat") and (each.satisfied is None or (each.satisfied >= 4) != (get["csat"] == "up")):
        return False
    if get.get("partial") and not 0 < each.scored.answered < each.scored.of:
        return False
    key = get.get("q", "")
    if key:
        try:
            said = rating_of(form.question(key), each.values.get(key))
        except KeyError:
            return False
        return said is not None and get.get("v", "") in ("", str(said))
    return True


def _asked_words(form: Questionnaire, asked_for: dict[str, str]) -> str:
    if key := asked_for.get("q"):
        try:
            question = form.question(key)
        except KeyError:
            return ""
        value = asked_for.get("v", "")
        said = say.value_words(question, int(value)) if value.isdigit() else _("答了")
        return _("“%(question)s”%(said)s") % {"question": pick(question.words), "said": said}
    if asked_for.get("partial"):
        return _("算分的题没答全的。")
    if asked_for.get("low"):
        return _("有低分的：打分 2 分及以下，或推荐意愿 6 分及以下。")
    return ""


@door("survey.read")
def answer(request: Request, pk: int) -> HttpResponse:
    """One answer, question by question; his words with long numbers covered."""
    found = Answer.objects.visible_to(request.user).select_related(
        "wave__version__survey", "wave__unit", "invitation__customer", "unit", "by"
    )
    one = found.filter(pk=pk).first()
    if one is None or not Wave.objects.visible_to(request.user).filter(pk=one.wave_id).exists():
        raise Http404
    form, values = one.wave.version.form, restored(one.values)
    task = Task.objects.visible_to(request.user).filter(about=ABOUT, about_id=one.pk).order_by("-pk").first()
    customer: Customer | None = one.invitation.customer if one.invitation else None
    context = {
        "one": one,
        "customer": customer,
        "lines": [(each, values.get(each.key), dict(one.texts or {}).get(each.key, "")) for each in form.questions],
        "asked": {each.key for each in asked(form, values)},
        "scored": score_of(form, values),
        "lows": lows(form, values, pack().surveys),
        "task": task,
        "told": masked_text,
        "say": say,
        "pick": pick,
    }
    return render(request, "satisfaction/answer.html", context, nav="satisfaction", crumb=crumb(one.wave, (_("一份答卷"), "")))


urlpatterns = [
    path("satisfaction/waves/<int:pk>/", wave, name="wave"),
    path("satisfaction/waves/<int:pk>/answers/", answers, name="wave_answers"),
    path("satisfaction/answers/<int:pk>/", answer, name="survey_answer"),
]
