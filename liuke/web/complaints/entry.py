"""A complaint taken in within a minute: who, what he says, how it came; what the text suggests, one click to confirm each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.complaints import classifying, entering
from liuke.complaints.labels import VALUES, Axis, Channel, NeedKind, Side
from liuke.complaints.mails import Mail, read_mail
from liuke.complaints.models import TEXT, Complaint
from liuke.complaints.queries import open_of
from liuke.complaints.receiving import sent_at
from liuke.custody.queries import as_told, details, masked_phone
from liuke.customers.models import Customer
from liuke.deals.models import Asset, Deal
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.segments.filters import Filter
from liuke.segments.finding import found
from liuke.team.models import Unit, User
from liuke.team.queries import units_in_scope
from liuke.web.complaints.suggested import suggested
from liuke.web.complaints.words import number
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.words import money, monthday

HITS, DEALS = 6, 5
STRANGER = "0"
PLACES = {
    "complaint.empty": "text", "text.too_long": "text", "text.nul": "text", "complaint.future": "received",
    "complaint.long_ago": "received", "complaint.channel": "channel", "complaint.not_his": "asset",
}  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """A customer found: his number masked, and what he has complained of that is still open."""

    card: Customer
    phone: str
    open: tuple[Complaint, ...]


def hits(user: User, asked: str) -> list[Hit]:
    """The first few by name, sound, initials, number or plate; two queries beside the search."""
    if not asked.strip():
        return []
    cards, _total = found(user, Filter({"q": asked.strip()[:64]}), HITS)
    return _hits(user, cards)


def _hits(user: User, cards: Iterable[Customer]) -> list[Hit]:
    cards = list(cards)
    open_by: dict[int, list[Complaint]] = {}
    for one in open_of([card.pk for card in cards]).filter(pk__in=Complaint.objects.visible_to(user)):
        open_by.setdefault(one.customer_id or 0, []).append(one)
    return [Hit(card, masked_phone(card.phone), tuple(open_by.get(card.pk, ()))) for card in cards]


@door("complaint.enter", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """From the desk, from a card (?customer=), or with the text of an e-mail. A find without script comes back with what was typed."""
    user = request.user
    form = typed(request.POST) if request.method == "POST" else _blank(request)
    form.values |= {"needs": ",".join(request.POST.getlist("need"))}
    card = _card(request, form.get("customer"))
    if request.method == "POST" and "find" not in request.POST:
        made = _enter(request, form, card)
        if made is not None:
            back = back_to(request, "")
            say_undo(
                request,
                _("%(number)s 记下了，计时从受理算起") % {"number": number(made)},
                reverse("complaint_act", args=[made.pk, "take_back"]),
            )
            return moved(request, back or reverse("complaint", args=[made.pk]))
    context = {
        "form": form,
        "card": card,
        "about": about(user, card) if card else None,
        "hits": hits(user, form.get("q")) if not card else [],
        "asked": form.get("q").strip(),
        "units": _units(user),
        "channels": Channel.choices,
        "said": (said := suggested(form.get("text"), form.values)),
        "sent": _sent(said.mail),
        "most": TEXT,
        "back": back_to(request, ""),
        "number": number,
    }
    crumb = [(_("投诉台"), reverse("complaints")), (_("记一件"), "")]
    return render(request, "complaints/new.html", context, nav="complaints", crumb=crumb, status=422 if form.bad else 200)


def _blank(request: Request) -> Form:
    values = {"customer": request.GET.get("customer", ""), "q": request.GET.get("q", "")[:64], "channel": Channel.TELEPHONE}
    now = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    return Form(values | {"received": now, "opened": now, "key": uuid4().hex})


def _card(request: Request, sent: str) -> Customer | None:
    if sent in ("", STRANGER):
        return None
    card = Customer.objects.visible_to(request.user).filter(pk=as_id(sent) or 0).select_related("unit").first()
    if card is None:
        raise Http404
    return card


def _units(user: User) -> list[tuple[str, str]]:
    """Which store a stranger means; nothing to choose for who works in one."""
    if user.unit_id and not user.unit.children.exists():  # type: ignore[union-attr]
        return []
    return [(str(unit.pk), unit.name) for unit in units_in_scope(user).filter(children__isnull=True).order_by("path")]


def _received(form: Form) -> datetime | None:
    """When he said it, on the local clock; what cannot be read is the error of its field."""
    text = form.get("received").strip()
    if not text:
        return None
    try:
        return timezone.make_aware(datetime.fromisoformat(text)) if len(text) <= 19 else None
    except ValueError:
        form.errors["received"] = _("时间请写成 2026-11-20 15:40。")
        return None


def _sent(mail: Mail | None) -> datetime | None:
    """When the pasted e-mail was written, where that may be the receipt."""
    return sent_at(mail, timezone.now()) if mail is not None else None


def _enter(request: Request, form: Form, card: Customer | None) -> Complaint | None:
    """The complaint with what was confirmed on the form, all of it or nothing; None with the error where it belongs."""
    if card is None and form.get("customer") != STRANGER:
        form.errors["q"] = _("请选是谁，或者选“还没有卡”。")
    received = _received(form)
    if form.get("received") == form.get("opened") and (sent := _sent(read_mail(form.get("text")))):
        received = sent
    if form.bad:
        return None
    deal, asset, unit = (as_id(form.get(name)) for name in ("deal", "asset", "unit"))
    try:
        with transaction.atomic():
            made = entering.enter(
                request.user, text=form.get("text"), channel=form.get("channel"), received_at=received, title=form.get("title"),
                customer_id=card.pk if card else None, unit_id=unit, stranger_name=form.get("name"), stranger_contact=form.get("contact"),
                deal_id=deal, asset_id=asset, product=form.get("product"), severity=form.get(Axis.SEVERITY), key=form.get("key")[:40],
            )  # fmt: skip
            confirm(request.user, made, form, request.POST.getlist("need"))
    except (Unit.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused, PLACES)
        return None
    return made


def confirm(user: User, made: Complaint, form: Form, needs: Iterable[str]) -> None:
    """What was clicked on the form is confirmed; the rest stays a suggestion."""
    sure = dict(made.classifications.filter(at__isnull=False).values_list("axis", "value"))  # a form sent twice is done already
    for axis in (Axis.SEVERITY, Axis.CAUSE, Axis.BEHAVIOUR, Axis.PURPOSE):
        if (value := form.get(axis)) in VALUES[axis].values and sure.get(axis) != value:
            classifying.confirm(user, made.pk, axis, value)
    there = {(need.side, need.kind): need for need in made.needs.filter(dropped_at__isnull=True)}
    for side, _dot, kind in (need.partition(".") for need in dict.fromkeys(needs)):
        if side not in Side.values or kind not in NeedKind.values:
            continue
        if need := there.get((side, kind)):
            if need.confirmed_at is None:
                classifying.confirm_need(user, need.pk)
        else:
            classifying.add_need(user, made.pk, side, kind)


# ── fragments ──


@door("complaint.enter")
def find(request: Request) -> HttpResponse:
    asked = request.GET.get("q", "")[:64]
    context = {"hits": hits(request.user, asked), "asked": asked.strip(), "form": Form({})}
    return render(request, "complaints/new.html", context, block="hits")


@door("complaint.enter", ("POST",))
def suggest(request: Request) -> HttpResponse:
    """What the text suggests, as it is typed; nothing is kept. What was clicked stays."""
    form = typed(request.POST)
    values = form.values | {"needs": ",".join(request.POST.getlist("need"))}
    said = suggested(form.get("text"), values)
    sent = _sent(said.mail)
    context = {"said": said, "form": form, "filled": _filled(said.mail, form), "sent": sent}
    # The time that stood there when the form was opened says nothing; one that was put in stays.
    context["refill"] = f"{timezone.localtime(sent):%Y-%m-%dT%H:%M}" if sent and form.get("received") == form.get("opened") else ""
    return render(request, "complaints/new.html", context, block="said")


def _filled(mail: Mail | None, form: Form) -> list[tuple[str, str]]:
    """Fields of the form that are still empty and that the head of an e-mail knows; who he is only where he has no card."""
    if mail is None:
        return []
    known = [("title", mail.subject)]
    if form.get("customer") == STRANGER:
        known += [("name", mail.name), ("contact", mail.address)]
    return [(name, value) for name, value in known if value and name in form.values and not form.get(name)]


@dataclass(frozen=True)
class About:
    """What is shown of the customer chosen: his open complaints first, then what it may be about."""

    hit: Hit
    assets: list[tuple[str, str]]
    deals: list[tuple[str, str]]
    told: Callable[[str], str]


def about(user: User, card: Customer) -> About:
    told = as_told(details(user, card).clear)
    return About(_hits(user, [card])[0], assets_of(card), deals_of(card, told), told)


def assets_of(card: Customer) -> list[tuple[str, str]]:
    """(key, words) of what he has: 北辰 5，2023 款."""
    found = Asset.objects.filter(customer=card, gone_on__isnull=True).order_by("-pk")[:HITS]
    return [(str(one.pk), asset_words(one)) for one in found]


def asset_words(one: Asset) -> str:
    return _("%(name)s，%(year)s 款") % {"name": one.name, "year": one.year} if one.year else one.name


def deals_of(card: Customer, told: Callable[[str], str]) -> list[tuple[str, str]]:
    """(key, words) of the last ones: 11月3日，¥1,200，小保养."""
    found = Deal.objects.filter(customer=card).order_by("-on", "-pk")[:DEALS]
    return [(str(one.pk), deal_words(one, told)) for one in found]


def deal_words(one: Deal, told: Callable[[str], str]) -> str:
    said = _("%(day)s，%(amount)s") % {"day": monthday(one.on), "amount": money(one.amount_cents)}
    return said + _("，") + told(one.content) if one.content else said


@door("complaint.enter")
def chosen(request: Request) -> HttpResponse:
    """The customer chosen among those found."""
    card = _card(request, request.GET.get("customer", ""))
    form = Form({"customer": request.GET.get("customer", "")})  # a stranger is asked what he is called and how to reach him
    context = {
        "about": about(request.user, card) if card else None,
        "form": form,
        "card": card,
        "units": _units(request.user),
        "number": number,
    }
    context |= {"number": number}
    return render(request, "complaints/new.html", context, block="about")


urlpatterns = [
    path("complaints/new/", new, name="complaint_new"),
    path("complaints/find/", find, name="complaint_find"),
    path("complaints/suggest/", suggest, name="complaint_suggest"),
    path("complaints/about/", chosen, name="complaint_about"),
]
