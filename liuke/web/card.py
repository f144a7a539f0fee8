"""The customer card: who this is, how often he comes, why he is judged so, all that happened; next contact and check-out in one click."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.care.calendar import next_of
from liuke.custody import actions as custody
from liuke.custody.queries import check_outs_of
from liuke.customers import actions
from liuke.duplicates.queries import merged_into
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.privacy.queries import erased_on
from liuke.segments import timeline as time
from liuke.segments.card import Card, whole
from liuke.segments.organisation import organisation
from liuke.segments.wording import signal_name
from liuke.standing.labels import Attitude, CustomerType
from liuke.standing.queries import current_run
from liuke.team.queries import pack as pack_in_use
from liuke.visits.going import card_opened
from liuke.web.care.words import coming_words
from liuke.web.churn.on_card import on_card as churn_on_card
from liuke.web.complaints.card import on_card as complaints_on_card
from liuke.web.conversations.need_panel import on_card as needs_on_card
from liuke.web.customers.consent_words import panel as consent_panel
from liuke.web.customers.lending import OTHER, choices, chosen, first
from liuke.web.customers.next_contact import next_days
from liuke.web.customers.one import card_or_404, parents
from liuke.web.customers.playbooks import on_card as playbooks_on_card
from liuke.web.customers.truth import truth
from liuke.web.customers.words import SHARED, person
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.promises.listing import on_card as promises_on_card
from liuke.web.satisfaction.on_card import on_card as surveyed_on_card
from liuke.web.supervision.card_reviews import on_card as remarks_on_card
from liuke.web.today.keeping import keep
from liuke.web.words import day as day_words

CHECK_OUTS_SHOWN = 100


@door("customer.read")
def card(request: Request, pk: int) -> HttpResponse:
    try:
        found = card_or_404(request, pk)
    except Http404:
        return to_survivor(request, pk)
    card_opened(request.user, found.pk)
    pack, run = pack_in_use(), current_run()
    kind, page = request.GET.get("kind", ""), request.GET.get("page", "1")
    it = whole(request.user, found, run, pack, kind, int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 4 else 1)
    context = {
        **SHARED,
        "it": it,
        "card": found,
        "row": it.standing,
        "run": run,
        "today": clock.today(),
        "person": person,
        "truth": truth(request.user, found, pack),
        "drawn_days": lambda it: [(day.on, day.cents) for day in it.days],
        "signal_name": lambda key: signal_name(key, pack),
        "why": why_rows(it),
        "risk": [(reason.about, reason.text) for reason in it.why if reason.about == "risk" and it.standing and it.standing.stage != "E"],
        "next_days": next_days(found, it.standing, pack),
        "thresholds": pack.thresholds,
        "chips": timeline_chips(it.history),
        "attitude": dict(Attitude.choices),
        "types": dict(CustomerType.choices),
        "consents": consent_panel(request.user, found),
        "playbooks": playbooks_on_card(request.user, found),
        "talked": needs_on_card(request.user, found),
        "remarks": remarks_on_card(request.user, found),
        "complaints": complaints_on_card(request.user, found),
        "surveyed": surveyed_on_card(request.user, found),
        "promises": promises_on_card(request.user, found, pack),
        "churn": churn_on_card(request.user, found),
        "care_coming": next_of(found, clock.today(), pack) if not found.erased else [],
        "care_words": coming_words,
        "of": organisation(request.user, found, run, it.details),
    }
    if request.htmx and request.htmx.target == "lk-timeline":
        return render(request, "customers/card.html", context, block="timeline")
    if found.erased:
        context["erased"] = erased_on(found)
    page = "customers/erased.html" if found.erased else "customers/card.html"
    answer = render(request, page, context, nav="customers", crumb=parents(request.user, found))
    return keep(answer, request, it.details.until) if it.details.clear else answer


def to_survivor(request: Request, pk: int) -> HttpResponse:
    """The old address of a card that was made part of another leads there, for who may see that one. Else there is nothing."""
    done = merged_into(request.user, pk)
    if done is None:
        raise Http404
    say_undo(request, _("这张卡 %(day)s并到了%(name)s") % {"day": day_words(done.at), "name": done.keep.name})
    return redirect("customer", done.keep_id)


def why_rows(it: Card) -> list[tuple[str, str]]:
    """(judgement, sentence) in the order of the page; money at risk has a place of its own."""
    return [(reason.about, reason.text) for reason in it.why if reason.about != "risk"]


def timeline_chips(history: time.Timeline) -> list[tuple[str, str, int, bool]]:
    """(kind, word, count, on) of the timeline's filter; kinds with nothing in them are left out."""
    names = {
        "deals": _("成交"), "contacts": _("接触"), "events": _("事件"), "stages": _("阶段与信号"), "contracts": _("合约"),
        "changes": _("改动"),
    }  # fmt: skip
    found = [(kind, names[kind], history.counts[kind], history.kind == kind) for kind in time.KINDS if history.counts[kind]]
    return [("", _("全部"), history.total, not history.kind), *found]


@door("card.check_out", ("GET", "POST"))
def check_out(request: Request, pk: int) -> HttpResponse:
    """Borrow the card: say what for, then the whole numbers are open for the pack's hours."""
    found = card_or_404(request, pk)
    where = back_to(request, reverse("customer", args=[pk]))
    asked, offered = request.GET.get("purpose", ""), choices(request.user, found)
    form = typed(request.POST) if request.method == "POST" else Form({"purpose": asked, "what": OTHER if asked else first(offered)})
    if request.method == "POST":
        try:
            out = custody.check_out(request.user, pk, chosen(form, offered))
        except Refused as refused:
            form.refuse(refused, {"check_out.purpose": "purpose"})
        else:
            say_undo(request, _("借出了%(name)s的卡") % {"name": found.name}, reverse("check_out_return", args=[out.pk]))
            return moved(request, where)
    context = {
        "card": found,
        "form": form,
        "back": where,
        "hours": pack_in_use().cards.checkout_hours,
        "offered": offered,
    }
    crumb = parents(request.user, found, _("借卡"))
    return render(request, "customers/check_out.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


@door("customer.read")
def card_check_outs(request: Request, pk: int) -> HttpResponse:
    """Who took this card out, when and what for."""
    found = card_or_404(request, pk)
    rows = list(check_outs_of(found)[:CHECK_OUTS_SHOWN])
    return render(
        request, "customers/check_outs.html", {"card": found, "rows": rows, "most": CHECK_OUTS_SHOWN}, nav="customers",
        crumb=parents(request.user, found, _("谁借过这张卡")),
    )  # fmt: skip


@door("customer.edit", ("POST",))
def confirmation(request: Request, pk: int) -> HttpResponse:
    """Gone through with the customer today: right as it stands. The undo line puts the day before back (?undo=1&on=)."""
    found = card_or_404(request, pk)
    where = back_to(request, reverse("customer", args=[pk]))
    if "undo" in request.GET:
        try:
            before = date.fromisoformat(text) if (text := request.GET.get("on", "")) else None
            actions.take_back_confirmation(request.user, pk, before)
        except ValueError:
            return HttpResponse(status=400)
        except Refused as refused:
            say_undo(request, words(refused))
        else:
            say_undo(request, _("%(name)s：撤销了，核实日期还是原来的") % {"name": found.name})
        return moved(request, where)
    try:
        before = actions.confirm(request.user, pk)
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    asked = urlencode({"undo": "1", "on": before.isoformat() if before else "", "back": where})
    say_undo(request, _("%(name)s的资料记为今天核实") % {"name": found.name}, f"{reverse('confirmation', args=[pk])}?{asked}")
    return moved(request, where)


urlpatterns = [
    path("customers/<int:pk>/", card, name="customer"),
    path("customers/<int:pk>/check-outs/new/", check_out, name="check_out"),
    path("customers/<int:pk>/check-outs/", card_check_outs, name="card_check_outs"),
    path("customers/<int:pk>/confirmation/", confirmation, name="confirmation"),
]
