"""拜访: today's stops in order; one stop from the card taken along to the result written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.custody.queries import as_told, details
from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.visits import changing, going
from liuke.visits.labels import AHEAD, OPEN, Came, PlanState, VisitState
from liuke.visits.models import Placement, Visit, VisitPlan
from liuke.visits.queries import drafts_waiting, hidden_of, open_outs, overdue_visits, visits_of
from liuke.visits.rules import week_of
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.visits.words import Row, days_offered, left_rows, rows_of, sketch, standing_rows, tabs
from liuke.web.words import N_
from liuke.web.words import day as day_words
from liuke.work import actions as work
from liuke.work.following import came_of
from liuke.work.models import Result, Task

NO_SUCH = (
    Visit.DoesNotExist, VisitPlan.DoesNotExist, Placement.DoesNotExist, User.DoesNotExist, Customer.DoesNotExist, Task.DoesNotExist,
    Result.DoesNotExist,
)  # fmt: skip
LATER = ((1, N_("明天")), (3, N_("3 天后")), (7, N_("下周")), (14, N_("两周后")))


@door("visit.plan")
def index(request: Request) -> HttpResponse:
    """Today, for who goes himself."""
    user, today = request.user, clock.today()
    visits = visits_of(user, user, today, today)
    late = overdue_visits(user, today)
    rows = rows_of([*visits, *late], today)
    here, before = rows[: len(visits)], rows[len(visits) :]
    stops = standing_rows([row for row in here if row.visit.state != VisitState.DRAFT])
    context = {
        **SHARED,
        "title": _title(stops),
        "stops": stops,
        "left": left_rows(here),
        "late": [row for row in before if not row.gone],
        "hidden": hidden_of(user, today, today),
        "outs": open_outs(user, visits),
        "sketch": sketch(stops),
        "draft": drafts_waiting(user, today),
        "week": week_of(today),
        "today": today,
        "tabs": tabs(user, "visits"),
        "to_take": [row for row in stops if row.visit.state == VisitState.PLANNED],
        "states": VisitState,
    }
    return render(request, "visits/today.html", context, nav="visits", crumb=_("拜访"))


def _title(stops: list[Row]) -> str:
    waiting = sum(row.visit.state in OPEN for row in stops)
    if not stops:
        return _("今天没有要拜访的客户")
    if not waiting:
        return ngettext("今天的 %(n)s 家都去过了", "今天的 %(n)s 家都去过了", len(stops)) % {"n": len(stops)}
    if waiting == len(stops):
        return ngettext("今天去 %(n)s 家", "今天去 %(n)s 家", waiting) % {"n": waiting}
    return _("今天去 %(n)s 家，还剩 %(left)s 家") % {"n": len(stops), "left": waiting}


# ── one visit ──


def _visit_or_404(request: Request, pk: int) -> Visit:
    seen = Visit.objects.visible_to(request.user).select_related(
        "customer", "customer__unit", "user", "plan", "area", "check_out", "result"
    )
    visit = seen.filter(pk=pk).first()
    if visit is None:
        raise Http404
    return visit


def _page(request: Request, visit: Visit, form: Form) -> HttpResponse:
    user, today = request.user, clock.today()
    row = rows_of([visit], today)[0]
    seen = details(user, visit.customer)
    context = {
        **SHARED,
        "row": row,
        "visit": visit,
        "card": visit.customer,
        "details": seen,
        "told": as_told(seen.clear),
        "form": form,
        "mine": visit.user_id == user.pk,
        "today": today,
        "states": VisitState,
        "ahead": visit.state in AHEAD,
        "open": visit.state in OPEN,
        "set": visit.plan.state == PlanState.SET,
        "came": Came.choices,
        "later": [(str(days), _(label)) for days, label in LATER],
        "days": days_offered(visit.week, today),
        "note": visit.result.note if visit.result else "",
    }
    crumb = [(_("拜访"), reverse("visits")), (visit.customer.name, "")]
    return render(request, "visits/visit.html", context, nav="visits", crumb=crumb, status=422 if form.bad else 200)


@door("visit.plan")
def visit(request: Request, pk: int) -> HttpResponse:
    return _page(request, _visit_or_404(request, pk), Form({"outcome": Came.REACHED, "days": "7", "deal": "1"}))


def act(request: Request, done: Callable[[], tuple[str, str]], where: str) -> HttpResponse:
    """Do it, say it (words, way back); a refusal is said on the page one came from; one that lost its customer leads to the list."""
    try:
        said, undo = done()
    except going.Gone as gone:
        say_undo(request, words(gone))
        return moved(request, reverse("visits"))
    except NO_SUCH:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, back_to(request, where))
    say_undo(request, said, undo)
    return moved(request, back_to(request, where))


@door("visit.plan", ("POST",))
def take_today(request: Request) -> HttpResponse:
    def done() -> tuple[str, str]:
        n = going.take_today(request.user)
        return ngettext("借出了今天要去的 %(n)s 张卡", "借出了今天要去的 %(n)s 张卡", n) % {"n": n}, ""

    return act(request, done, reverse("visits"))


@door("visit.plan", ("POST",))
def take(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        return _("借出了%(name)s的卡，写完结果自动归还") % {"name": going.take(request.user, pk).customer.name}, ""

    return act(request, done, reverse("visit", args=[pk]))


@door("visit.plan", ("POST",))
def start(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        made = going.start(request.user, pk)
        said = _("出发去%(name)s那里") if made.read_at else _("出发去%(name)s那里，还没先看卡，记下了")
        return said % {"name": made.customer.name}, reverse("visit_step_back", args=[pk])

    return act(request, done, reverse("visit", args=[pk]))


@door("visit.plan", ("POST",))
def arrive(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        said = _("到了%(name)s那里") % {"name": going.arrive(request.user, pk).customer.name}
        return said, reverse("visit_step_back", args=[pk])

    return act(request, done, reverse("visit", args=[pk]))


@door("visit.plan", ("POST",))
def step_back(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        return _("撤销了%(name)s的这一步") % {"name": going.step_back(request.user, pk).customer.name}, ""

    return act(request, done, reverse("visit", args=[pk]))


@door("visit.plan", ("POST",))
def finish(request: Request, pk: int) -> HttpResponse:
    found = _visit_or_404(request, pk)
    form = typed(request.POST)
    days = form.whole("days", _("请选改到哪天。")) if form.get("outcome") == Outcome.LATER else None
    next_on = form.day("next")
    if not form.bad:
        try:
            result = going.finish(request.user, pk, form.get("outcome"), form.get("note"), days=days, next_on=next_on)
        except going.Gone as gone:
            say_undo(request, words(gone))
            return moved(request, reverse("visits"))
        except NO_SUCH:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, {
                "visit.note": "note", "text.too_long": "note", "next_contact.past": "next", "today.outcome": "outcome",
                "today.days": "days",
            })  # fmt: skip
        else:
            said = _("%(name)s：%(came)s") % {"name": found.customer.name, "came": came_of(result, clock.today())}
            say_undo(request, said, reverse("visit_result_undo", args=[result.pk]))
            enters = result.outcome == Outcome.DEAL and form.get("deal") == "1" and may(request.user, "deal.create")
            return moved(request, reverse("deal_new", args=[found.customer_id]) if enters else reverse("visits"))
    return _page(request, found, form)


@door("visit.plan", ("POST",))
def result_undo(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        return _("撤销了%(name)s的结果") % {"name": work.undo(request.user, pk).customer.name}, ""

    return act(request, done, reverse("visits"))


# ── another day, an hour, not at all ──


def hour_of(form: Form, name: str = "at") -> time | None:
    """The hour typed in a field, "15:00"; anything else is its error."""
    text = form.get(name).strip().replace("：", ":")
    if not text:
        return None
    try:
        return time.fromisoformat(text if len(text) > 4 else f"0{text}")
    except ValueError:
        form.errors[name] = _("时间请写成 15:00。")
        return None


@door("visit.plan", ("POST",))
def move(request: Request, pk: int) -> HttpResponse:
    """To another day (`on`), with an agreed hour (`at`) or none; `asked`: the customer wanted it."""
    found = _visit_or_404(request, pk)
    form = typed({**request.GET.dict(), **request.POST.dict()})
    on, at = form.day("on", _("请选哪天。")), hour_of(form)
    if form.bad or on is None:
        return _page(request, found, form)

    def done() -> tuple[str, str]:
        made, before = changing.move(request.user, pk, on, at=at, asked=form.get("asked") == "1")
        hour = f"{before.at:%H:%M}" if before.at else ""
        undo = reverse("visit_move", args=[pk]) + f"?on={before.on.isoformat()}&at={hour}&asked={'1' if before.asked else ''}"
        said = _("%(name)s改到%(day)s") % {"name": made.customer.name, "day": day_words(made.on)}
        if made.at:
            said = _("%(name)s约在%(day)s%(hour)s") % {"name": made.customer.name, "day": day_words(made.on), "hour": f"{made.at:%H:%M}"}
        return said, undo if before.on >= clock.today() else ""

    return act(request, done, reverse("visit", args=[pk]))


@door("visit.plan", ("POST",))
def leave_out(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        made = changing.leave_out(request.user, pk)
        return _("%(name)s不去了") % {"name": made.customer.name}, reverse("visit_put_back", args=[pk])

    return act(request, done, _week_of(request, pk))


@door("visit.plan", ("POST",))
def put_back(request: Request, pk: int) -> HttpResponse:
    def done() -> tuple[str, str]:
        return _("%(name)s又在计划里了") % {"name": changing.put_back(request.user, pk).customer.name}, ""

    return act(request, done, _week_of(request, pk))


def _week_of(request: Request, pk: int) -> str:
    found: tuple[date, int] | None = Visit.objects.visible_to(request.user).filter(pk=pk).values_list("week", "user_id").first()
    if found is None:
        return reverse("visits")
    return f"{reverse('visit_week')}?of={found[0].isoformat()}" + ("" if found[1] == request.user.pk else f"&user={found[1]}")


urlpatterns = [
    path("visits/", index, name="visits"),
    path("visits/take/", take_today, name="visit_take_today"),
    path("visits/results/<int:pk>/undo/", result_undo, name="visit_result_undo"),
    path("visits/<int:pk>/", visit, name="visit"),
    path("visits/<int:pk>/take/", take, name="visit_take"),
    path("visits/<int:pk>/start/", start, name="visit_start"),
    path("visits/<int:pk>/arrive/", arrive, name="visit_arrive"),
    path("visits/<int:pk>/back/", step_back, name="visit_step_back"),
    path("visits/<int:pk>/result/", finish, name="visit_finish"),
    path("visits/<int:pk>/move/", move, name="visit_move"),
    path("visits/<int:pk>/drop/", leave_out, name="visit_drop"),
    path("visits/<int:pk>/put-back/", put_back, name="visit_put_back"),
]
