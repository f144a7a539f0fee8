"""邮寄: choose whom and which letter, see the first ones and who is left out, then ask."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody import exporting
from liuke.custody.labels import Encoding
from liuke.custody.queries import masked_text
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.masks import mask_address
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.mailing import actions, queries
from liuke.mailing.labels import Reason
from liuke.mailing.models import Letter
from liuke.mailing.recipients import Recipient, Sorted, chosen, recipients
from liuke.mailing.rules import BODY, NAME, SLOTS, TITLE, checked, merged
from liuke.segments import filters
from liuke.segments.filters import Filter
from liuke.segments.queries import saved_views
from liuke.segments.wording import language
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.queries import pack
from liuke.web.customers.conditions import chips
from liuke.web.customers.listing import address
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.page import render, say_undo
from liuke.web.words import thousands

SHOWN, SAMPLES = 200, 3
PLACES = {
    "letter.name": "name", "letter.empty": "body", "letter.brace": "body", "letter.slot": "body", "letter.nothing": "body",
    "text.too_long": "body", "text.nul": "body",
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One letter as it will be, its address masked."""

    name: str
    address: str
    title: str
    paragraphs: tuple[str, ...]


@door("mailing.make", ("GET", "POST"))
def mailing_new(request: Request) -> HttpResponse:
    """Whom (the address' conditions) and what (the letter): how many, who not and why, the first letters; then ask, or keep the letter."""
    user, wanted = request.user, filters.read(request.GET.dict())
    ready = queries.ready_letters(user)
    form = typed(request.POST.dict()) if request.method == "POST" else _begun(request, ready)
    act = request.POST.get("act", "")
    if act == "keep":
        _keep(request, form)
    elif act == "make":
        try:
            made = actions.ask(
                user, wanted, _said(wanted, user), _draft(form), seen=form.whole("seen", "") or 0, encoding=form.get("encoding") or "utf-8"
            )
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            return redirect("mailing", made.pk)
    found, samples = _looked(user, wanted, form)
    counted = found.counts if found else {}
    context = {
        "wanted": wanted,
        "address": address,
        "said": _said(wanted, user),
        "views": _views(user, wanted),
        "ready": [(letter, _with(wanted, letter=letter.key), letter.key == form.get("letter")) for letter in ready],
        "form": form,
        "letters": len(found.send) if found else 0,
        "reasons": [(word, n, _left_url(wanted, code)) for code, word, n in queries.reason_words(counted)],
        "left": sum(counted.values()),
        "samples": samples,
        "slots": [f"{{{word if language() == 'zh' else key}}}" for key, word in SLOTS.items()],
        "deciders": [one.name for one in exporting.deciders(user)],
        "encodings": Encoding.choices,
        "lengths": {"name": NAME, "title": TITLE, "body": BODY},
    }
    crumb = [(_("客户"), address(wanted)), (_("邮寄"), "")]
    return render(request, "mailings/new.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


def _begun(request: Request, ready: list[queries.Ready]) -> Form:
    """The form to begin with: the letter of the address, a run's to be used again, or the first."""
    number = as_id(request.GET.get("again", ""))
    if number and (old := queries.mailings(request.user).filter(pk=number).first()):
        return Form({"letter": "", "name": old.name, "title": old.title, "body": old.body, "phone": old.phone})
    key = request.GET.get("letter", "")
    letter = next((each for each in ready if each.key == key), ready[0] if ready else None)
    if letter is None:
        return Form({})
    return Form({"letter": letter.key, "name": letter.name, "title": letter.title, "body": letter.body})


def _keep(request: Request, form: Form) -> None:
    try:
        kept = actions.keep_letter(request.user, _draft(form))
    except Refused as refused:
        form.refuse(refused, PLACES)
    else:
        form.values["letter"] = str(kept.pk)
        say_undo(request, _("存了信“%(name)s”") % {"name": kept.name}, reverse("letter_drop", args=[kept.pk]))


def _looked(user: User, wanted: Filter, form: Form) -> tuple[Sorted | None, list[Sample]]:
    """Whom it goes to, and the first letters; a refusal stands on the form."""
    run = current_run()
    try:
        found = chosen(user, wanted, run)
    except Refused as refused:
        form.refuse(refused)
        return None, []
    try:
        title, body = checked(form.get("title"), form.get("body"))
    except Refused as refused:
        form.refuse(refused, PLACES)
        return found, []
    first = recipients(user, found.send[:SAMPLES], run, clock.today(), form.get("phone").strip())
    return found, [_sample(each, title, body) for each in first]


def _sample(person: Recipient, title: str, body: str) -> Sample:
    head = merged(title, person.values)
    return Sample(person.addressee.replace("\n", "，"), mask_address(person.address), head[0] if head else "", merged(body, person.values))


def _draft(form: Form) -> actions.Draft:
    return actions.Draft(form.get("name"), form.get("title"), form.get("body"), form.get("phone"))


def _said(wanted: Filter, user: User) -> tuple[str, ...]:
    """The conditions in words, long numbers covered."""
    return tuple(masked_text(f"{chip.label} {chip.value}") for chip in chips(wanted, user, pack()))


def _views(user: User, wanted: Filter) -> list[tuple[str, str, bool]]:
    """The reader's saved views as places to take the people from."""
    return [(view.name, f"{reverse('mailing_new')}?{view.query}", filters.same(view.query, wanted)) for view in saved_views(user)]


def _with(wanted: Filter, **more: str) -> str:
    query = wanted.query(whole=False)
    return f"{reverse('mailing_new')}?{query}{'&' if query else ''}{urlencode(more)}"


def _left_url(wanted: Filter, code: str) -> str:
    query = wanted.query(whole=False)
    return f"{reverse('mailing_left_out')}?{query}{'&' if query else ''}{urlencode({'reason': code})}"


@door("mailing.make")
def mailing_left_out(request: Request) -> HttpResponse:
    """Who of a list would get no letter, for one reason, before anything is asked."""
    user, wanted = request.user, filters.read(request.GET.dict())
    reason = asked_reason(request)
    try:
        found = chosen(user, wanted, current_run())
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect(_with(wanted))
    ids = found.send if reason == Reason.SENT else found.left[reason]
    return people(request, reason, len(ids), queries.customers_by_id(user, ids, SHOWN), _with(wanted))


def people(request: Request, reason: Reason, count: int, cards: list[Customer], back: str) -> HttpResponse:
    slots = {"n": thousands(count), "why": str(reason.label)}
    title = _("%(n)s 位收信") % slots if reason == Reason.SENT else _("%(n)s 位不寄：%(why)s") % slots
    context = {"title": title, "cards": cards, "count": count, "back": back, "shown": SHOWN}
    return render(request, "mailings/people.html", context, nav="customers", crumb=[(_("邮寄"), back), (str(reason.label), "")])


def asked_reason(request: Request) -> Reason:
    asked = request.GET.get("reason", "")
    if asked not in Reason.values:
        raise Http404
    return Reason(asked)


@door("mailing.make", ("POST",))
def letter_drop(request: Request, pk: int) -> HttpResponse:
    try:
        kept = actions.drop_letter(request.user, pk)
    except Letter.DoesNotExist:
        raise Http404 from None
    say_undo(request, _("去掉了信“%(name)s”") % {"name": kept.name})
    return redirect("mailing_new")


urlpatterns = [
    path("mailings/new/", mailing_new, name="mailing_new"),
    path("mailings/left-out/", mailing_left_out, name="mailing_left_out"),
    path("mailings/letters/<int:pk>/removal/", letter_drop, name="letter_drop"),
]
