"""核查: the week's sample, one card beside it with the customer on the telephone; how true and how full the cards are."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, details
from liuke.customers.fields import CHOICES
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.permissions import may
from liuke.team.queries import company
from liuke.team.queries import pack as pack_in_use
from liuke.verification import actions, queries
from liuke.verification.actions import PERMISSION, Said
from liuke.verification.labels import Answer, State
from liuke.verification.models import SampleCard, SampleWeek
from liuke.verification.rules import week_of
from liuke.web.customers.truth import field_label, value_of
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.verification.words import about, work_second, work_title
from liuke.web.words import monthday
from liuke.work.rules import quiet

SHOWN = 200
EVERY = "all"


@door("verification.read")
def index(request: Request) -> HttpResponse:
    """The week's cards, one of them open (?open=). Who does not call himself opens with the figures, and comes here from a number."""
    if not request.GET and not may(request.user, PERMISSION):
        return redirect("verification_report")
    return _work(request, number_of(request.GET.get("open", "")))


def address(sample: SampleWeek | None, state: str = State.WAITING, owner: int = 0, opened: int = 0) -> str:
    """The page of a week's cards in one state (EVERY: all), with one open beside them."""
    past = sample is not None and sample.week != week_of(clock.today())
    asked = {"week": sample.week.isoformat() if sample and past else "", "state": str(state), "owner": owner or "", "open": opened or ""}
    return f"{reverse('verification')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _work(
    request: Request,
    opened: int = 0,
    form: Form | None = None,
    problem: str = "",
    sample: SampleWeek | None = None,
    block: str | None = None,
) -> HttpResponse:
    user, today, pack = request.user, clock.today(), pack_in_use()
    every = queries.weeks()
    if sample is None:
        asked = request.GET.get("week", "")
        sample = next((one for one in every if one.week.isoformat() == asked), None) if asked else None
        sample = sample or next((one for one in every if one.week == week_of(today)), None)
    asked = request.GET.get("state", "")
    state = asked if asked in (*State.values, EVERY) else State.WAITING
    owner = number_of(request.GET.get("owner", ""))
    checks = may(user, PERMISSION)
    rows = list(queries.cards(user, sample, "" if state == EVERY else state, owner)[:SHOWN]) if sample else []
    progress = queries.progress(user, sample)
    found = _card(request, opened) if opened and checks else None
    now = timezone.localtime()
    context = {
        **SHARED,
        "sample": sample,
        "this_week": sample is None or sample.week == week_of(today),
        "weeks": every,
        "rows": rows,
        "more": len(rows) == SHOWN,
        "progress": progress,
        "states": _states(sample, progress, state, owner),
        "shown": state,
        "today": today,
        "title": work_title(sample, progress, today),
        "second": work_second(sample, progress),
        "address": lambda opened=0: address(sample, state, owner, opened),
        "open": _open(request, found, form, problem) if found else None,
        "quiet": quiet(now.time(), pack.contact_budget.quiet_from, pack.contact_budget.quiet_to),
        "budget": pack.contact_budget,
        "checks": checks,
        "tabs": tabs("verification"),
        "per_owner": pack.cards.sample_per_owner,
        "firm": firm.name if (firm := company()) else "",
        "weeks_of": lambda weeks: [(one.week.isoformat(), _("%(day)s那周") % {"day": monthday(one.week)}) for one in weeks],
    }
    return render(
        request, "verification/work.html", context, nav="verification", crumb=_("核查"), block=block, status=422 if problem else 200
    )


def _states(sample: SampleWeek | None, progress: queries.Progress, shown: str, owner: int) -> list[tuple[str, int, str, bool]]:
    counts = {State.WAITING: progress.waiting, State.DONE: progress.done, State.UNREACHED: progress.unreached}
    found = [(str(state.label), n, address(sample, state, owner), shown == state) for state, n in counts.items()]
    return [*found, (_("全部"), progress.cards, address(sample, EVERY, owner), shown == EVERY)]


def tabs(on: str) -> list[tuple[str, str, bool]]:
    week = (_("每周要核的"), address(None), on == "verification")
    return [week, (_("准确率和完整度"), reverse("verification_report"), on == "verification_report")]


def _open(request: Request, card: SampleCard, form: Form | None, problem: str) -> dict[str, object]:
    """What the pane needs for one card: the person, how to reach him, the fields with their values and what was typed."""
    customer, pack = card.customer, pack_in_use()
    shown = details(request.user, customer)
    asked = queries.questions(customer, pack) if card.state == State.WAITING else []
    return {
        "card": card,
        "customer": customer,
        "details": shown,
        "form": form or Form({"version": str(customer.version)}),
        "problem": problem,
        "questions": [(name, field_label(name, pack), value_of(customer, name, shown), _choices(name)) for name in asked],
        "answers": [(Answer.RIGHT, _("对")), (Answer.WRONG, _("不对")), (Answer.UNREACHED, _("没问到"))],
        "said": list(card.checks.select_related("change").order_by("pk")) if card.state == State.DONE else [],
        "label": lambda name: field_label(name, pack),
        "tries_left": pack.cards.sample_tries - card.tries,
        "about": as_told(shown.clear)(about(customer)),
    }


def _choices(name: str) -> list[tuple[str, str]]:
    return [("", _("请选")), *[(code, str(word)) for code, word in CHOICES[name].choices]] if name in CHOICES else []


@door(PERMISSION, ("GET", "POST"))
def card(request: Request, pk: int) -> HttpResponse:
    """One card beside the list (a fragment, or the whole page); a POST writes down what the customer said."""
    found = _card(request, pk)
    if request.method != "POST":
        if request.htmx:
            return _work(request, pk, sample=found.sample, block="case")
        return redirect(address(found.sample, opened=pk))
    form = typed(request.POST)
    said = {
        name.removeprefix("said_"): Said(value, form.get(name.replace("said_", "value_", 1)))
        for name, value in form.values.items()
        if name.startswith("said_")
    }
    version = int(form.get("version")) if form.get("version").isdecimal() and len(form.get("version")) < 10 else 0
    try:
        done = actions.save(request.user, pk, said, version)
    except Refused as refused:
        form.refuse(refused)
        return _work(request, pk, form, words(refused), found.sample)
    text = _("%(name)s：问了 %(n)s 项，%(right)s 项对") % {"name": found.customer.name, "n": done.checked, "right": done.right}
    say_undo(request, text)
    return moved(request, _next(request, found))


@door(PERMISSION, ("POST",))
def number(request: Request, pk: int) -> HttpResponse:
    """Open the whole number, wechat and address for the call."""
    found = _card(request, pk)
    try:
        actions.open_number(request.user, pk)
    except Refused as refused:
        return _work(request, pk, problem=words(refused), sample=found.sample)
    return moved(request, address(found.sample, opened=pk))


@door(PERMISSION, ("POST",))
def missed(request: Request, pk: int) -> HttpResponse:
    found = _card(request, pk)
    try:
        tried = actions.missed(request.user, pk)
    except Refused as refused:
        return _work(request, pk, problem=words(refused), sample=found.sample)
    slots = {"name": found.customer.name, "n": tried.tries}
    again = _("%(name)s：没接，明天再打") % slots
    say_undo(request, _("%(name)s：打了 %(n)s 次没接，记为没联系上") % slots if tried.state == State.UNREACHED else again)
    return moved(request, _next(request, found))


@door(PERMISSION, ("POST",))
def draw(request: Request) -> HttpResponse:
    """Draw this week's sample now, where Monday's job has not."""
    made = actions.draw(actor=request.user)
    say_undo(request, _("抽好了，这周 %(n)s 张") % {"n": made.cards.count()})
    return redirect(address(made))


def _next(request: Request, after: SampleCard) -> str:
    """The next card that waits in the same week, else the list."""
    following = queries.cards(request.user, after.sample, State.WAITING).exclude(pk=after.pk).filter(next_on=None).first()
    return address(after.sample, opened=following.pk if following else 0)


def _card(request: Request, pk: int) -> SampleCard:
    found = (
        queries.seen(request.user).select_related("customer", "customer__unit", "owner", "unit", "sample", "done_by").filter(pk=pk).first()
    )
    if found is None:
        raise Http404
    return found


def number_of(text: str) -> int:
    return as_id(text) or 0


urlpatterns = [
    path("verification/", index, name="verification"),
    path("verification/draw/", draw, name="verification_draw"),
    path("verification/cards/<int:pk>/", card, name="verification_card"),
    path("verification/cards/<int:pk>/number/", number, name="verification_number"),
    path("verification/cards/<int:pk>/missed/", missed, name="verification_missed"),
]
