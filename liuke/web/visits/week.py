"""一周计划: the draft, each day's stops, confirming and taking back; who is due, and putting one of them in by hand."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.kernel.workdays import works
from liuke.team.calendar import changes
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as pack_in_use
from liuke.visits import changing, planning
from liuke.visits.labels import OPEN, PlanState, VisitState
from liuke.visits.models import Area, VisitPlan
from liuke.visits.queries import due_list, hidden_of, plan_of, planners, visits_of
from liuke.visits.rules import DAYS, Due, week_of
from liuke.visits.words import reason, reasons_of
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door
from liuke.web.entry import typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.visits.stops import act, hour_of
from liuke.web.visits.words import DayRows, left_rows, rows_of, standing_rows, tabs, week_words
from liuke.web.words import day as day_words
from liuke.web.words import monthday, sentences, thousands, weekday

SHOWN = 50


def _whose(request: Request) -> User:
    """Whose week: ?user=, for who may look at it; else one's own, or the first of those below."""
    asked = as_id(str(request.POST.get("user") or request.GET.get("user") or ""))
    if asked and asked != request.user.pk:
        found = planners(request.user).filter(pk=asked).first()
        if found is None:
            raise Http404
        return found
    if may(request.user, "visit.plan"):
        return request.user
    first = planners(request.user).first()
    if first is None:
        raise Http404
    return first


def _week(request: Request) -> date:
    try:
        return week_of(date.fromisoformat(str(request.POST.get("of") or request.GET.get("of") or "")))
    except ValueError:
        return week_of(clock.today())


def address(week: date, user: User, viewer: User) -> str:
    whose = "" if user.pk == viewer.pk else f"&user={user.pk}"
    return f"{reverse('visit_week')}?of={week.isoformat()}{whose}"


@door("visit.read")
def week(request: Request) -> HttpResponse:
    viewer, user, first, today = request.user, _whose(request), _week(request), clock.today()
    last, calendar = first + timedelta(days=DAYS - 1), changes()
    visits = visits_of(viewer, user, first, last)
    rows = rows_of(visits, today)
    stops = standing_rows(rows)
    plan = plan_of(user, first)
    days = [
        DayRows(day, tuple(row for row in stops if row.visit.on == day), not works(day, calendar))
        for day in (first + timedelta(days=n) for n in range(DAYS))
    ]
    people = [(one.pk, one.name) for one in planners(viewer)] if may(viewer, "visit.oversee") else []
    acts = may(viewer, "visit.plan") and first >= week_of(today)
    drafted = bool(plan and plan.state == PlanState.DRAFT and any(row.visit.state == VisitState.DRAFT for row in stops))
    context = {
        **SHARED,
        "title": _title(plan, len(stops), sum(row.visit.state == VisitState.DONE for row in stops), first, today),
        "second": _second(plan, user, viewer),
        "plan": plan,
        "days": [day for day in days if day.rows or (not day.rest and (day.on >= today or drafted))],
        "dropped": left_rows(rows),
        "hidden": hidden_of(user, first, last) if user.pk == viewer.pk else [],
        "user": user,
        "mine": user.pk == viewer.pk,
        "people": people,
        "week": first,
        "before": address(first - timedelta(days=DAYS), user, viewer),
        "after": address(first + timedelta(days=DAYS), user, viewer),
        "span": _("%(first)s 到 %(last)s") % {"first": monthday(first), "last": monthday(last)},
        "here": address(first, user, viewer),
        "acts": acts,
        "drafted": drafted,
        "set": bool(plan and plan.state == PlanState.SET),
        "begun": any(row.visit.state not in (VisitState.DRAFT, VisitState.PLANNED) for row in stops),
        "minutes": plan.day_minutes if plan else pack_in_use().visits.day_minutes,
        "today": today,
        "tabs": tabs(viewer, "visit_week"),
        "states": VisitState,
        "open_states": OPEN,
    }
    return render(request, "visits/week.html", context, nav="visits", crumb=[(_("拜访"), reverse("visits")), (_("一周计划"), "")])


def _title(plan: VisitPlan | None, n: int, done: int, first: date, today: date) -> str:
    when = week_words(first, today)
    if not n:
        return _("%(week)s还没有排拜访") % {"week": when}
    if plan is not None and plan.state == PlanState.DRAFT:
        return _("%(week)s的草稿：%(n)s 家，还没排定") % {"week": when, "n": n}
    if done:
        return _("%(week)s去 %(n)s 家，去过 %(done)s 家") % {"week": when, "n": n, "done": done}
    return _("%(week)s去 %(n)s 家") % {"week": when, "n": n}


def _second(plan: VisitPlan | None, user: User, viewer: User) -> str:
    whose = "" if user.pk == viewer.pk else _("%(who)s的计划。") % {"who": user.name}
    if plan is not None and plan.grouped:
        return sentences(whose, _("片区还没有填纬度和经度，只能把同一片区的排在一起，路上的先后请自己定。"))
    if plan is not None and plan.visits.exists():
        return sentences(whose, _("先后按片区之间的直线距离排，约好时间的不动。"))
    return whose


@door("visit.plan", ("POST",))
def draft(request: Request) -> HttpResponse:
    user, first = _whose(request), _week(request)
    form = typed(request.POST)
    minutes = form.whole("minutes", _("一天的拜访请填 10 到 720 分钟。"))

    def done() -> tuple[str, str]:
        if form.bad:
            raise Refused("visit.minutes", "一天的拜访请填 10 到 720 分钟。")
        made = planning.draft(request.user, user.pk, first, day_minutes=minutes)
        if not made.placed and not made.left:
            return _("这一周没有该去的客户"), ""
        said = _("排了 %(n)s 家") % {"n": made.placed}
        if made.left:
            said = _("排了 %(n)s 家，另有 %(left)s 家这一周排不下") % {"n": made.placed, "left": thousands(made.left)}
        return said, reverse("visit_discard", args=[made.plan.pk])

    return act(request, done, address(first, user, request.user))


@door("visit.plan", ("POST",))
def confirm(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        made = planning.confirm(request.user, pk)
        said = ngettext("排定了 %(n)s 家，到那天会在今日里", "排定了 %(n)s 家，到那天会在今日里", made.count) % {"n": made.count}
        if made.dropped:
            said += _("；%(n)s 家去不成，原因写在下面") % {"n": len(made.dropped)}
        return said, reverse("visit_reopen", args=[pk])

    return act(request, done, reverse("visit_week"))


@door("visit.plan", ("POST",))
def reopen(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        planning.reopen(request.user, pk)
        return _("又是草稿了，任务已经收回"), ""

    return act(request, done, reverse("visit_week"))


@door("visit.plan", ("POST",))
def discard(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        n = planning.discard(request.user, pk)
        return _("扔掉了草稿里的 %(n)s 家") % {"n": n}, ""

    return act(request, done, reverse("visit_week"))


# ── who is due ───────────────────────────────────────────────────────────────


@door("visit.plan")
def due(request: Request) -> HttpResponse:
    user, first, today, pack = _whose(request), _week(request), clock.today(), pack_in_use()
    last = max(first, week_of(today)) + timedelta(days=DAYS - 1)
    listed = due_list(user, last, today, pack)
    shown = [*listed.due[:SHOWN]]
    if request.GET.get("full"):
        shown = [*listed.full[:SHOWN]]
    cards = Customer.objects.visible_to(user).filter(pk__in=[one.known.id for one in shown]).select_related("unit").in_bulk()
    areas = Area.objects.in_bulk([one.known.area for one in shown if one.known.area])

    def row(one: Due) -> tuple[Customer, Due, str, str]:
        area = areas.get(one.known.area or 0)
        return cards[one.known.id], one, reason(reasons_of(one), today), area.name if area else ""

    days = [day for n in range(2 * DAYS) if (day := max(first, week_of(today)) + timedelta(days=n)) >= today]
    calendar = changes()
    usual = next((day for day in days if day > today and works(day, calendar)), days[0])
    context = {
        **SHARED,
        "title": _("%(n)s 位客户该去了") % {"n": thousands(len(listed.due))} if listed.due else _("没有该去而没排的客户"),
        "rows": [row(one) for one in shown if one.known.id in cards],
        "total": len(listed.due),
        "full": len(listed.full),
        "shows_full": bool(request.GET.get("full")),
        "planned": listed.planned,
        "shown": SHOWN,
        "days": [(day.isoformat(), _("%(weekday)s，%(day)s") % {"weekday": weekday(day), "day": monthday(day)}) for day in days],
        "usual": usual.isoformat(),
        "user": user,
        "mine": user.pk == request.user.pk,
        "week": last - timedelta(days=DAYS - 1),
        "every": pack.visit_days,
        "tabs": tabs(request.user, "visit_due"),
        "here": request.get_full_path(),
        "budget": pack.contact_budget,
    }
    return render(request, "visits/due.html", context, nav="visits", crumb=[(_("拜访"), reverse("visits")), (_("该去的"), "")])


@door("visit.plan", ("POST",))
def add(request: Request) -> HttpResponse:
    """Put a customer (`customer`) into a day (`on`), agreed on an hour (`at`) or not."""
    user = _whose(request)
    form = typed(request.POST)
    customer, on, at = as_id(form.get("customer")), form.day("on", _("请选哪天。")), hour_of(form)
    where = back_to(request, reverse("visit_week"))
    if form.bad or on is None or customer is None:
        say_undo(request, next(iter(form.errors.values()), _("请选客户。")))
        return moved(request, where)

    def done() -> tuple[str, str]:
        made = changing.add(request.user, user.pk, customer, on, at=at, asked=form.get("asked") == "1")
        said = _("%(name)s排在%(day)s") % {"name": made.customer.name, "day": f"{weekday(on)}，{day_words(on)}"}
        return said, reverse("visit_drop", args=[made.pk])

    return act(request, done, where)


urlpatterns = [
    path("visits/week/", week, name="visit_week"),
    path("visits/week/draft/", draft, name="visit_draft"),
    path("visits/plans/<int:pk>/confirm/", confirm, name="visit_confirm"),
    path("visits/plans/<int:pk>/reopen/", reopen, name="visit_reopen"),
    path("visits/plans/<int:pk>/discard/", discard, name="visit_discard"),
    path("visits/due/", due, name="visit_due"),
    path("visits/add/", add, name="visit_add"),
]
