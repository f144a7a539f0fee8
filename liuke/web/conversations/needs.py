"""需求: what the customer wants, in his words; recorded beside the script or on the card, confirmed, closed; each with a way back."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.conversations import needs, queries
from liuke.conversations.labels import NeedState
from liuke.conversations.models import Need
from liuke.custody.queries import as_told
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.web.conversations.need_panel import panel
from liuke.web.conversations.talks import talk_behind
from liuke.web.customers.one import card_or_404, parents
from liuke.web.doors import Request, door, words
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.shell import Undo

SHOWN = 100


@door("need.record", ("GET", "POST"))
def new(request: Request, pk: int) -> HttpResponse:
    """Record a need of a customer; `task`: beside which it was heard."""
    customer = card_or_404(request, pk)
    task = as_id(request.POST.get("task", "")) or 0
    if request.method != "POST":
        return _page(request, customer)
    talk = talk_behind(request.user, task) if task else None
    if talk is not None and talk.customer != pk:
        raise Http404
    try:
        made = needs.record_need(
            request.user, pk, request.POST.get("words", ""), request.POST.get("kind", ""), confirmed=request.POST.get("confirmed") == "1",
            talk=talk,
        )  # fmt: skip
    except Refused as refused:
        return _refused(request, customer, task, refused)
    return _answer(request, customer, task, _("记下了%(name)s的需求"), reverse("need_withdraw", args=[made.pk]))


@door("need.record", ("POST",))
def confirm(request: Request, pk: int) -> HttpResponse:
    """The customer said that it is so; `no`: take that back."""
    yes = "no" not in request.GET
    return _act(
        request, pk, lambda: needs.confirm_need(request.user, pk, yes),
        _("%(name)s：跟他确认过了") if yes else _("%(name)s：改回没确认"),
        f"{reverse('need_confirm', args=[pk])}?no" if yes else "",
    )  # fmt: skip


@door("need.record", ("POST",))
def close(request: Request, pk: int) -> HttpResponse:
    """It is met, or no longer wanted."""
    state, how = request.POST.get("state", ""), request.POST.get("how", "")
    said = _("%(name)s：需求满足了") if state == NeedState.MET else _("%(name)s：这个需求客户不要了")
    return _act(request, pk, lambda: needs.close_need(request.user, pk, state, how), said, reverse("need_reopen", args=[pk]))


@door("need.record", ("POST",))
def reopen(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: needs.reopen_need(request.user, pk), _("%(name)s：撤销了，需求还没了结"))


@door("need.record", ("POST",))
def withdraw(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: needs.withdraw_need(request.user, pk), _("%(name)s：撤销了这个需求"))


@door("talk.read")
def index(request: Request) -> HttpResponse:
    """The needs of one's customers, by state."""
    asked = request.GET.get("state", NeedState.OPEN)
    state = asked if asked in NeedState.values else NeedState.OPEN
    counts = queries.need_counts(request.user)
    rows = list(queries.needs(request.user, state)[: SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "state": state,
        "count": counts.get(NeedState.OPEN, 0),
        "told": as_told(False),
        "tabs": [(str(label), counts.get(code, 0), f"{reverse('needs')}?state={code}", code == state) for code, label in NeedState.choices],
    }
    crumb = [(_("谈话走到哪"), reverse("talks")), (_("需求"), "")]
    return render(request, "conversations/need_list.html", context, nav="coaching", crumb=crumb)


# ── one way to answer ────────────────────────────────────────────────────────


def _act(request: Request, need_id: int, do: Callable[[], Need], said: str, undo: str = "") -> HttpResponse:
    seen = Need.objects.visible_to(request.user).standing().select_related("customer", "customer__unit").filter(pk=need_id).first()
    if seen is None:
        raise Http404
    task = as_id(request.POST.get("task", "")) or 0
    try:
        do()
    except Need.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        return _refused(request, seen.customer, task, refused)
    return _answer(request, seen.customer, task, said, undo)


def _answer(request: Request, customer: Customer, task: int, said: str, undo: str = "") -> HttpResponse:
    line = said % {"name": customer.name}
    if not request.htmx:
        say_undo(request, line, undo)
        return moved(request, back_to(request, reverse("customer", args=[customer.pk])))
    # The undo line posts for itself: then the list comes beside it.
    apart = request.htmx.target == "lk-undo"
    context = {"panel": panel(request.user, customer, task, apart=apart), "undo": Undo(line, undo)}
    return render(request, "conversations/needs.html", context, block="undone" if apart else "answer")


def _refused(request: Request, customer: Customer, task: int, refused: Refused) -> HttpResponse:
    if request.htmx:
        apart = request.htmx.target == "lk-undo"
        context = {"panel": panel(request.user, customer, task, words(refused), apart), "undo": Undo(words(refused))}
        return render(request, "conversations/needs.html", context, block="undone" if apart else "needs", status=200 if apart else 422)
    return _page(request, customer, words(refused))


def _page(request: Request, customer: Customer, problem: str = "") -> HttpResponse:
    context = {"panel": panel(request.user, customer, problem=problem), "card": customer, "undo": None}
    crumb = parents(request.user, customer, _("需求"))
    return render(request, "conversations/needs.html", context, nav="customers", crumb=crumb, status=422 if problem else 200)


urlpatterns = [
    path("needs/", index, name="needs"),
    path("customers/<int:pk>/needs/", new, name="need_new"),
    path("needs/<int:pk>/confirmation/", confirm, name="need_confirm"),
    path("needs/<int:pk>/closing/", close, name="need_close"),
    path("needs/<int:pk>/reopening/", reopen, name="need_reopen"),
    path("needs/<int:pk>/withdrawal/", withdraw, name="need_withdraw"),
]
