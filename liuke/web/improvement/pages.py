"""改进: what is weak and who mends it, one cycle whole, a new one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.improvement import actions
from liuke.improvement.labels import Phase, Source, Standard
from liuke.improvement.measures import find, name, offered
from liuke.improvement.models import Cycle
from liuke.improvement.queries import VIEWS, Shown, counts, figures_of, of_view, shown
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import colleagues, units_in_scope
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.improvement import words as say
from liuke.web.page import render, say_undo
from liuke.work.words import pick

SHOWN = 50
PLACES = {
    "improvement.title": "title", "improvement.unit": "unit", "improvement.measure": "measure", "improvement.day": "due_on",
    "improvement.days": "days", "improvement.target": "target", "improvement.owner": "owner", "improvement.source": "source",
    "text.too_long": "title",
}  # fmt: skip
ORDER = (Phase.PLAN, Phase.DO, Phase.CHECK, Phase.DONE)


@door("improvement.read")
def index(request: Request) -> HttpResponse:
    """Cycles in one view (?view=)."""
    view, user, today = request.GET.get("view", "open"), request.user, clock.today()
    if view not in VIEWS:
        raise Http404
    counted = counts(user, today)
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 5 and int(asked) else 1
    rows = list(of_view(user, view, today)[(page - 1) * SHOWN : page * SHOWN])
    names = {
        "open": _("在做"),
        "mine": _("我的"),
        "late": _("过了日子"),
        "check": _("在看效果"),
        "done": _("固化了"),
        "dropped": _("不做了"),
    }

    def link(**wanted: str | int) -> str:
        return f"{reverse('improvement')}?{urlencode(wanted)}"

    context = {
        "title": say.title(counted),
        "tabs": tabs(user, "improvement"),
        "views": [(names[each], counted[each], link(view=each), each == view) for each in VIEWS if counted[each] or each in ("open", view)],
        "rows": rows,
        "figures": figures_of(rows),
        "say": say,
        "today": today,
        "total": counted[view],
        "first": (page - 1) * SHOWN + 1,
        "last": min(page * SHOWN, counted[view]),
        "before": link(view=view, page=page - 1) if page > 1 else "",
        "after": link(view=view, page=page + 1) if page * SHOWN < counted[view] else "",
    }
    return render(request, "improvement/list.html", context, nav="improvement", crumb=_("改进"))


def tabs(user: User, on: str) -> list[tuple[str, str, bool]]:
    """The pages of improvement that the user may open."""
    pages = [("improvement", _("改进项"), "improvement.read"), ("angles", _("三角度"), "angle.fill")]
    return [(label, reverse(key), key == on) for key, label, permission in pages if may(user, permission)]


@door("improvement.manage", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Take up a weak point. A page that found one hands over `source` ("satisfaction.item.service.after"), `id`, `unit`, `title`; of
    a survey that is over `days` and `since`: the days of its answers."""
    user, today, numbers = request.user, clock.today(), current_pack().improvement
    form = typed(request.POST) if request.method == "POST" else Form(_handed(request, numbers.days))
    if request.method == "POST":
        row = _open(request, form)
        if row is not None:
            say_undo(request, _("提了一项改进：%(title)s") % {"title": row.title})
            return moved(request, reverse("cycle", args=[row.pk]))
    measure = form.get("measure")
    options = [(key, name(find(key))) for key in offered()]
    if measure and measure not in offered() and (known := _found(measure)):
        options.insert(0, (measure, known))
    context = {
        "form": form,
        "measures": [("", _("请选")), *options],
        "units": [(str(unit.pk), unit.name) for unit in units_in_scope(user).order_by("path")],
        "people": _people(user),
        "sources": Source.choices,
        "today": today,
        "since": _since(form),
        "title": _("提一项改进"),
    }
    trail = [(_("改进"), reverse("improvement")), (_("提一项"), "")]
    return render(request, "improvement/new.html", context, nav="improvement", crumb=trail, status=422 if form.bad else 200)


def _found(key: str) -> str:
    try:
        return name(find(key))
    except Refused:
        return ""


def _handed(request: Request, days: int) -> dict[str, str]:
    """What the page that found the weak point knows already."""
    asked = request.GET.get("source", "")
    family, _dot, _rest = asked.partition(".")
    source = {"complaints": Source.COMPLAINT, "satisfaction": Source.SATISFACTION, "churn": Source.CHURN, "promises": Source.PROMISE}
    measure = request.GET.get("measure", "") or (asked if _found(asked) else "")
    before = request.GET.get("before", "")[:40]
    return {
        "source": str(source.get(family, Source.OWN)),
        "source_id": request.GET.get("id", ""),
        "measure": measure,
        "unit": request.GET.get("unit", "") or str(request.user.unit_id or ""),
        "title": request.GET.get("title", "")[:60],
        "why": _("现在 %(n)s") % {"n": before} if before else "",
        "since": request.GET.get("since", "")[:10],
        "days": handed if (handed := request.GET.get("days", "")).isdigit() and len(handed) < 4 else str(days),
        "owner": str(request.user.pk),
    }


def _open(request: Request, form: Form) -> Cycle | None:
    due, target, days = form.day("due_on", _("请写到几号。")), number_of(form, "target"), form.whole("days", _("请填整数。"))
    if form.bad or due is None or target is None:
        return None
    try:
        return actions.open_cycle(
            request.user, title=form.get("title"), unit_id=as_id(form.get("unit")) or 0, measure=form.get("measure"), target=target,
            due_on=due, owner_id=as_id(form.get("owner")) or 0, why=form.get("why"), source=form.get("source"),
            source_id=as_id(form.get("source_id")), days=days, since=_since(form),
        )  # fmt: skip
    except Refused as refused:
        form.refuse(refused, PLACES)
        return None


def _since(form: Form) -> date | None:
    """The first day of the survey that showed it, which is the first of the figure before; only of a figure that surveys give."""
    if not form.get("measure").startswith("satisfaction."):
        return None
    try:
        return date.fromisoformat(form.get("since"))
    except ValueError:
        return None


def number_of(form: Form, name: str) -> Decimal | None:
    """A number typed in a field; 85% is 85. None with its error where it is none."""
    try:
        return Decimal(form.get(name).strip().rstrip("%").rstrip("％").replace(",", ""))
    except InvalidOperation:
        form.errors[name] = _("目标请写一个数。")
        return None


def _people(user: User) -> list[tuple[str, str]]:
    rows = colleagues(user).select_related("unit").order_by("unit__path", "name")
    return [
        (str(one.pk), _("，").join(each for each in (one.name, one.unit.name if one.unit else "") if each))
        for one in rows
        if may(one, "improvement.read")
    ]


@door("improvement.read")
def cycle(request: Request, pk: int) -> HttpResponse:
    """One cycle: plan, do, check, act, with its figure before and after."""
    return page(request, pk)


def page(request: Request, pk: int, form: Form | None = None, form_of: str = "") -> HttpResponse:
    """The page of a cycle; `form` with its faults stands where `form_of` says."""
    try:
        found = shown(request.user, pk)
    except Cycle.DoesNotExist:
        raise Http404 from None
    row, user = found.row, request.user
    manages = may(user, "improvement.manage")
    empty = Form({})
    tasks = [each for each in found.tasks if each.turn == row.turn]
    context: dict[str, Any] = {
        "it": found,
        "row": row,
        "tasks": tasks,
        "earlier": [each for each in found.tasks if each.turn < row.turn],
        "left": sum(each.done_on is None and each.dropped_on is None for each in tasks),
        "stages": stages(found),
        "say": say,
        "verdict": say.verdict(found),
        "unmet": say.missed(row, found.after),
        "behind": lambda one: say.behind(row, one, user),
        "manages": manages,
        "may_tick": lambda task: manages or task.assignee_id == user.pk,
        "people": _people(user) if manages else [],
        "standards": Standard.choices,
        "playbooks": [("", _("不是打法"))] + [(each.key, pick(each.name)) for each in current_pack().playbooks] if manages else [],
        "standard_name": next((pick(each.name) for each in current_pack().playbooks if each.key == row.standard_key), ""),
        "today": clock.today(),
        "form_for": lambda key: form if form is not None and key == form_of else empty,
        "title": row.title,
        "source_url": reverse("complaint", args=[row.source_id]) if row.source == Source.COMPLAINT and row.source_id else "",
    }
    trail = [(_("改进"), reverse("improvement")), (row.title, "")]
    bad = form is not None and form.bad
    return render(request, "improvement/cycle.html", context, nav="improvement", crumb=trail, status=422 if bad else 200)


def stages(found: Shown) -> list[tuple[str, str, str]]:
    """The four steps of the cycle: (label, "ok" done, "on" here, "no" to come, a line)."""
    row = found.row
    here = ORDER.index(Phase(row.phase)) if row.phase in ORDER else -1
    done = sum(task.done_on is not None for task in found.tasks if task.turn == row.turn)
    of = sum(task.dropped_on is None for task in found.tasks if task.turn == row.turn)
    lines = [
        say.target(row),
        _("%(of)s 条做了 %(n)s 条") % {"of": of, "n": done} if of else _("还没写做什么"),
        _checked(found),
        row.standard_text or _("改在打法、话术或规定里"),
    ]
    missed = (ORDER.index(Phase.CHECK),) if row.phase == Phase.DONE and say.missed(row, found.after) else ()
    labels = (_("计划"), _("做"), _("检查"), _("固化"))
    return [
        (label, "no" if place in missed else "ok" if place < here or row.phase == Phase.DONE else "on" if place == here else "no", line)
        for place, (label, line) in enumerate(zip(labels, lines, strict=True))
    ]


def _checked(found: Shown) -> str:
    if found.after:
        told = say.figure(found.after, found.row.kind)
        return _("%(now)s，没到目标") % {"now": told} if say.missed(found.row, found.after) else told
    if found.ready_on and found.ready_on <= clock.today():
        return _("看满了，可以量了")
    return _("做完看满 %(n)s 天") % {"n": found.row.days}


urlpatterns = [
    path("improvement/", index, name="improvement"),
    path("improvement/new/", new, name="improvement_new"),
    path("improvement/<int:pk>/", cycle, name="cycle"),
]
