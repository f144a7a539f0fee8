"""回测: a past day, what was said of it, and what happened. Asked for here, computed by a job, told when ready."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.jobs import tasks
from liuke.kernel import clock
from liuke.kernel.dates import parse_date
from liuke.kernel.refusal import Refused
from liuke.standing import backtesting
from liuke.standing.backtest_words import why_words
from liuke.standing.models import Backtest
from liuke.standing.queries import current_run
from liuke.team.queries import pack as pack_in_use
from liuke.web.backtests.renewals import sections
from liuke.web.backtests.showing import BY, in_use, page_of
from liuke.web.doors import Request, door, words
from liuke.web.page import render
from liuke.web.words import days as span_of

EARLIER = 12
HORIZONS = (90, 180, 365, 730)


@door("cockpit.read")
def backtests(request: Request) -> HttpResponse:
    """The newest backtest; before the first one, what will be here."""
    return _page(request, backtesting.finished().first())


@door("cockpit.read")
def backtest(request: Request, pk: int) -> HttpResponse:
    """One backtest, with the way to the earlier ones."""
    tested = Backtest.objects.filter(pk=pk).first()
    if tested is None:
        raise Http404
    if tested.state != Backtest.State.DONE:
        return redirect("backtests")
    return _page(request, tested)


@door("cockpit.read", ("POST",))
def backtest_ask(request: Request) -> HttpResponseBase:
    """Ask for another day. One that waits though its job is gone is put on the queue again."""
    waiting = backtesting.waiting()
    if waiting is not None and not tasks.waits(tasks.run_backtest, waiting.pk):
        tasks.run_backtest.enqueue(waiting.pk)
        return redirect("backtests")
    try:
        day = parse_date(request.POST.get("as_of", ""))
        if day is None:
            return _page(request, None, problem=_("还没有选日子。"))
        with transaction.atomic():  # one that waits without a job would wait for ever
            asked = backtesting.ask(request.user, day, _days(request.POST.get("horizon", "")))
            tasks.run_backtest.enqueue(asked.pk)
    except Refused as refused:
        return _page(request, None, problem=words(refused))
    return redirect("backtests")


@door("cockpit.read")
def backtest_progress(request: Request) -> HttpResponse:
    """Asked every two seconds by the page that waits; when nothing waits any more the page is told to open what came."""
    waiting = backtesting.waiting()
    if waiting is None:
        return HttpResponse(headers={"HX-Redirect": reverse("backtests")})
    return render(request, "backtests/backtest.html", _waits(waiting), block="progress")


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _waits(waiting: Backtest | None) -> dict[str, object]:
    return {"waiting": waiting, "queued": waiting is not None and tasks.waits(tasks.run_backtest, waiting.pk)}


def _refused() -> tuple[Backtest | None, str]:
    """The newest one asked for, where a rule refused it after it was asked, and the rule's words."""
    newest = Backtest.objects.order_by("-pk").first()
    if newest is None or newest.state != Backtest.State.REFUSED:
        return None, ""
    told = newest.result
    if "message" not in told:
        return newest, _("算到一半出了错，已经记下来了。可以再要一次。")
    template, slots = str(told["message"]), told["slots"]
    return newest, words(Refused(newest.refusal, template, **slots))


def _page(request: Request, tested: Backtest | None, problem: str = "") -> HttpResponse:
    today = clock.today()
    by = request.GET.get("by", BY[0])
    if problem:
        tested = backtesting.finished().first()
    refused, refusal = _refused()
    fit = in_use(current_run())
    newest = _newest_day()
    context = {
        "tested": tested,
        "today": today,
        "earlier": backtesting.finished().defer("result")[:EARLIER],
        "refused": refused,
        "refusal": refusal,
        "problem": problem,
        "typed": request.POST.get("as_of") or (newest[0].isoformat() if newest else ""),
        "horizon": request.POST.get("horizon") or (newest[1] if newest else HORIZONS[0]),
        "horizons": [(days, span_of(days)) for days in HORIZONS],
        "possible": newest is not None,
        "fit": fit,
        "fit_why": why_words(fit.why) if fit else "",
        "renewals": sections(fit, pack_in_use()),
        **_waits(backtesting.waiting()),
    }
    if tested is not None:
        context |= page_of(tested, request.user, by if by in BY else BY[0], today, request.GET.get("page"))
    return render(request, "backtests/backtest.html", context, nav="backtests", crumb=_("回测"), status=422 if problem else 200)


def _newest_day() -> tuple[date, int] | None:
    """The latest day whose outcome is known, over a year or, where there is less, over less; with the days."""
    for days in sorted((days for days in HORIZONS if days <= tasks.YEAR), reverse=True):
        if day := backtesting.newest_day(days):
            return day, days
    return None


urlpatterns = [
    path("backtests/", backtests, name="backtests"),
    path("backtests/ask/", backtest_ask, name="backtest_ask"),
    path("backtests/progress/", backtest_progress, name="backtest_progress"),
    path("backtests/<int:pk>/", backtest, name="backtest"),
]
