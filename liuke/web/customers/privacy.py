"""On a card: what the customer allows, his own data as a file, and taking him out of it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.duplicates.queries import maybe_the_same
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.privacy.consent import record_consent, undo_consent
from liuke.privacy.erasing import erase, preview
from liuke.privacy.labels import RequestKind, Source
from liuke.privacy.models import Consent
from liuke.privacy.queries import requests, rule
from liuke.privacy.subject_file import subject_file
from liuke.web.customers.consent_words import panel
from liuke.web.customers.one import card_or_404, parents
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo

RECENT_FILES = 5
LEFT_OVER = "left_over"
"""Key of the session: by erased card, the cards that may be the same person. The pairs themselves go with the erasure, and nothing on file
leads from an erased card to one that is not."""


def _with_person(request: Request, pk: int) -> Customer:
    """The card, 404 where the person was taken out of it: nothing is asked or given out about nobody."""
    card = card_or_404(request, pk)
    if card.erased:
        raise Http404
    return card


@door("customer.read")
def card_consents(request: Request, pk: int) -> HttpResponse:
    """Everything a customer ever said of what he allows, and the form for his next word."""
    return _consents(request, _with_person(request, pk), Form({"on": clock.today().isoformat(), "source": Source.SPOKEN}))


@door("consent.record", ("POST",))
def consent_new(request: Request, pk: int) -> HttpResponse:
    """Write down his word on one purpose."""
    card = card_or_404(request, pk)
    form = typed(request.POST)
    on = form.day("on", _("请填日期。"), lean="past")
    if not form.bad:
        try:
            made = record_consent(request.user, pk, form.get("purpose"), form.get("given") == "1", form.get("source"), on, form.get("note"))
        except Customer.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, {"consent.future": "on", "text.too_long": "note"})
        else:
            name = next(line.name for line in panel(request.user, card).lines if line.key == made.purpose)
            said = _("%(name)s：同意%(what)s") if made.given else _("%(name)s：不同意%(what)s")
            say_undo(request, said % {"name": card.name, "what": name}, reverse("consent_undo", args=[made.pk]))
            return moved(request, back_to(request, reverse("customer", args=[pk]) + "#lk-consents"))
    return _consents(request, card, form)


def _consents(request: Request, card: Customer, form: Form) -> HttpResponse:
    rows = Consent.objects.filter(customer=card).select_related("by").order_by("-on", "-pk")
    shown = panel(request.user, card)
    context = {"card": card, "form": form, "panel": shown, "rows": list(rows), "names": {line.key: line.name for line in shown.lines}}
    crumb = parents(request.user, card, _("同意与偏好"))
    return render(request, "customers/consents.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


@door("consent.record", ("POST",))
def consent_undo(request: Request, pk: int) -> HttpResponse:
    try:
        row = undo_consent(request.user, pk)
    except (Consent.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("customers"))
    say_undo(request, _("撤销了%(name)s的这一条") % {"name": row.customer.name})
    return moved(request, reverse("customer", args=[row.customer_id]))  # no place on the page: the browser would not fetch it again


@door("privacy.manage", ("GET", "POST"))
def personal_file(request: Request, pk: int) -> HttpResponse:
    """The customer's own data: made when asked for and handed to who asked; nothing of it stays on the server."""
    card = _with_person(request, pk)
    form = typed(request.POST) if request.method == "POST" else Form({})
    if request.method == "POST":
        try:
            body = subject_file(request.user, pk, form.get("reason"))
        except Customer.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, {"file.reason": "reason", "text.too_long": "reason"})
        else:
            headers = {
                "Content-Disposition": f'attachment; filename="liuke-{card.pk}.zip"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
            return HttpResponse(body, content_type="application/zip", headers=headers)
    made = list(requests(request.user, RequestKind.FILE).filter(customer=card)[:RECENT_FILES])
    context = {"card": card, "form": form, "made": made}
    crumb = parents(request.user, card, _("他的全部资料"))
    return render(request, "customers/personal_file.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


@door("privacy.manage", ("GET", "POST"))
def erasure(request: Request, pk: int) -> HttpResponse:
    """Take the person out of the card: first what it will do, then the number typed and the reason, then there is no way back."""
    card = card_or_404(request, pk)
    form = typed(request.POST) if request.method == "POST" else Form({})
    others = maybe_the_same(request.user, pk)
    if request.method == "POST":
        try:
            erase(request.user, pk, form.get("reason"), form.get("number"), allowed=form.get("allowed") == "1")
        except Customer.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(
                refused,
                {"erase.number": "number", "erase.reason": "reason", "erase.reason_tells": "reason", "text.too_long": "reason"},
            )
        else:
            say_undo(request, _("%(number)s的个人信息已经删除") % {"number": card.number})
            if not others:
                return moved(request, reverse("customer", args=[pk]))
            request.session[LEFT_OVER] = {**request.session.get(LEFT_OVER, {}), str(pk): [other.pk for other in others]}
            return moved(request, reverse("erasure", args=[pk]))
    try:
        seen = preview(request.user, pk)
    except Refused as refused:  # done already
        form.refuse(refused)
        seen, others = None, _left_over(request, pk)
    context = {"card": card, "form": form, "seen": seen, "days": rule("uploads").days, "others": others}
    crumb = parents(request.user, card, _("删除个人信息"))
    return render(request, "customers/erasure.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


def _left_over(request: Request, pk: int) -> list[Customer]:
    """The cards this reader was told of when he erased one, those still in sight and not erased since."""
    ids = request.session.get(LEFT_OVER, {}).get(str(pk), [])
    seen = {card.pk: card for card in Customer.objects.visible_to(request.user).filter(pk__in=ids)} if ids else {}
    return [seen[one] for one in ids if one in seen and not seen[one].erased]


urlpatterns = [
    path("customers/<int:pk>/consents/", card_consents, name="card_consents"),
    path("customers/<int:pk>/consents/new/", consent_new, name="consent_new"),
    path("consents/<int:pk>/undo/", consent_undo, name="consent_undo"),
    path("customers/<int:pk>/personal-file/", personal_file, name="personal_file"),
    path("customers/<int:pk>/erasure/", erasure, name="erasure"),
]
