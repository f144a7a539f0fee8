"""记一笔, 记一单: a contact, a deal, something that happened, a contract, an asset; each with a way back where there is one."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.conversations.actions import see_chance_in
from liuke.conversations.labels import Chance
from liuke.conversations.needs import from_fact
from liuke.customers import actions as customers
from liuke.customers.labels import VALUED_EVENTS, EventKind
from liuke.customers.models import Customer
from liuke.deals import actions as deals
from liuke.deals.labels import AssetKind, DealKind
from liuke.deals.models import Deal
from liuke.deals.queries import assets_of, plate_known
from liuke.interactions import actions as interactions
from liuke.interactions.labels import Direction, Outcome, Way
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.segments.wording import language
from liuke.team.queries import pack as pack_in_use
from liuke.web.customers.one import card_or_404, parents
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.words import money
from liuke.work.next_contact import set_next


def _page(request: Request, card: Customer, name: str, title: str, form: Form, **context: object) -> HttpResponse:
    values = {"card": card, "form": form, "title": title, "back": back_to(request, reverse("customer", args=[card.pk])), **context}
    return render(
        request,
        f"customers/{name}.html",
        values,
        nav="customers",
        crumb=parents(request.user, card, title),
        status=422 if form.bad else 200,
    )


def _form(request: Request, **start: str) -> Form:
    return typed(request.POST) if request.method == "POST" else Form({**start, **request.GET.dict()})


@door("interaction.create", ("GET", "POST"))
def contact_new(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = _form(request, way=Way.PHONE, direction=Direction.OUT)
    if request.method == "POST":
        next_on = form.day("next")
        if not form.bad:
            try:
                made = interactions.record(
                    request.user,
                    pk,
                    form.get("way"),
                    form.get("outcome"),
                    form.get("summary"),
                    direction=form.get("direction") or Direction.OUT,
                    asked=form.get("asked") == "1",
                )
                if next_on:
                    set_next(request.user, pk, next_on)
                if form.get("chance") in Chance.values:
                    see_chance_in(request.user, made, form.get("chance"))
            except Refused as refused:
                form.refuse(refused, {"interaction.empty": "summary", "text.too_long": "summary", "next_contact.past": "next"})
            else:
                said = _("%(name)s：记了一笔%(way)s") % {"name": card.name, "way": Way(made.way).label}
                say_undo(request, said, reverse("contact_undo", args=[made.pk]))
                return moved(request, back_to(request, reverse("customer", args=[pk])))
    return _page(
        request, card, "contact", _("记一笔"), form, ways=Way.choices, outcomes=Outcome.choices, directions=Direction.choices,
        chances=Chance.choices,
    )  # fmt: skip


@door("interaction.create", ("POST",))
def contact_undo(request: Request, pk: int) -> HttpResponse:
    try:
        contact = interactions.undo(request.user, pk)
    except (Interaction.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("customers"))
    say_undo(request, _("撤销了%(name)s的这一笔") % {"name": contact.customer.name})
    return moved(request, reverse("customer", args=[contact.customer_id]))


@door("deal.create", ("GET", "POST"))
def deal_new(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = _form(request, on=clock.today().isoformat(), kind=DealKind.SALE)
    if request.method == "POST":
        on = form.day("on", _("请填日期。"), lean="past")
        cents = form.cents("amount", "" if form.get("kind") == DealKind.SERVICE else _("请填金额。"))
        if not form.bad and on:
            try:
                made = deals.enter_deal(
                    request.user,
                    pk,
                    on,
                    cents or 0,
                    form.get("kind"),
                    form.get("content"),
                    form.get("number"),
                    as_id(form.get("asset")),
                )
            except Refused as refused:
                form.refuse(
                    refused,
                    {
                        "deal.future": "on", "deal.zero": "amount", "deal.negative": "amount", "amount.too_large": "amount",
                        "deal.kind": "kind", "deal.number_taken": "number", "text.too_long": "content", "asset.unknown": "asset",
                    },
                )  # fmt: skip
            else:
                said = _("%(name)s：记了一单 %(amount)s") % {"name": card.name, "amount": money(made.amount_cents)}
                say_undo(request, said, reverse("deal_undo", args=[made.pk]))
                return moved(request, back_to(request, reverse("customer", args=[pk])))
    owned = [("", _("不分")), *[(str(asset.pk), asset.name) for asset in assets_of(card)]]
    return _page(request, card, "deal", _("记一单"), form, kinds=DealKind.choices, assets=owned)


@door("deal.create", ("POST",))
def deal_undo(request: Request, pk: int) -> HttpResponse:
    try:
        card = deals.take_back_deal(request.user, pk)
    except (Deal.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("customers"))
    say_undo(request, _("撤销了%(name)s的这一单") % {"name": card.name})
    return moved(request, reverse("customer", args=[card.pk]))


@door("event.record", ("GET", "POST"))
def event_new(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = _form(request, on=clock.today().isoformat())
    if request.method == "POST":
        on, value = form.day("on", _("请填日期。"), lean="past"), form.whole("value", _("分数请填数字。"))
        if not form.bad and on:
            try:
                # A need told here is on the list of needs too.
                made = from_fact(request.user, pk, form.get("kind"), on, form.get("note")) or customers.record_event(
                    request.user, pk, form.get("kind"), on, value, form.get("note")
                )
            except Refused as refused:
                form.refuse(
                    refused,
                    {
                        "event.kind": "kind", "event.future": "on", "event.value": "value", "text.too_long": "note", "need.twice": "note",
                    },
                )  # fmt: skip
            else:
                say_undo(request, _("%(name)s：记下了“%(what)s”") % {"name": card.name, "what": EventKind(made.kind).label})
                return moved(request, back_to(request, reverse("customer", args=[pk])))
    kinds = [("", _("请选")), *EventKind.choices]
    return _page(request, card, "event", _("记一件事"), form, kinds=kinds, scored={kind.value for kind in VALUED_EVENTS})


@door("deal.create", ("GET", "POST"))
def contract_new(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = _form(request, starts=clock.today().isoformat())
    if request.method == "POST":
        starts, ends = form.day("starts", _("请填开始日期。"), lean="past"), form.day("ends", _("请填到期日期。"))
        cents, times = form.cents("amount"), form.whole("times", _("次数请填数字。"))
        if not form.bad and starts and ends:
            try:
                made = deals.enter_contract(
                    request.user,
                    pk,
                    form.get("kind"),
                    starts,
                    ends,
                    form.get("name"),
                    cents or 0,
                    times,
                    as_id(form.get("asset")),
                    form.get("number"),
                )
            except Refused as refused:
                form.refuse(
                    refused,
                    {
                        "contract.kind": "kind", "contract.order": "ends", "contract.amount": "amount", "contract.times": "times",
                        "contract.number_taken": "number", "text.too_long": "name",
                    },
                )  # fmt: skip
            else:
                say_undo(request, _("%(name)s：加了%(what)s") % {"name": card.name, "what": made.name or _("一份合约")})
                return moved(request, back_to(request, reverse("customer", args=[pk])))
    kinds = [("", _("请选")), *[(kind.key, kind.name(language())) for kind in pack_in_use().contract_kinds]]
    owned = [("", _("不分")), *[(str(asset.pk), asset.name) for asset in assets_of(card)]]
    return _page(request, card, "contract", _("加合约"), form, kinds=kinds, assets=owned)


@door("deal.create", ("GET", "POST"))
def asset_new(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = _form(request, kind=AssetKind.VEHICLE)
    if request.method == "POST":
        year, mileage = form.whole("year", _("年款请填数字。")), form.whole("mileage", _("里程请填数字。"))
        if not form.bad:
            try:
                made = deals.enter_asset(request.user, pk, form.get("name"), form.get("identifier"), form.get("kind"), year, mileage)
            except Refused as refused:
                form.refuse(
                    refused,
                    {
                        "asset.name": "name", "asset.kind": "kind", "asset.year": "year", "asset.mileage": "mileage",
                        "plate.form": "identifier", "text.too_long": "name",
                    },
                )  # fmt: skip
            else:
                said = _("%(name)s：加了%(what)s") % {"name": card.name, "what": made.name}
                if known := plate_known(made):
                    owned, free = _("；这块车牌也在别的卡上：%(who)s，%(unit)s"), _("；这块车牌也在别的卡上：%(unit)s，还没有业务员")
                    said += (owned if known.owner else free) % {"who": known.owner, "unit": known.unit}
                say_undo(request, said)
                return moved(request, back_to(request, reverse("customer", args=[pk])))
    return _page(request, card, "asset", _("加持有物"), form, kinds=AssetKind.choices)


urlpatterns = [
    path("customers/<int:pk>/interactions/new/", contact_new, name="contact_new"),
    path("interactions/<int:pk>/undo/", contact_undo, name="contact_undo"),
    path("customers/<int:pk>/deals/new/", deal_new, name="deal_new"),
    path("deals/<int:pk>/undo/", deal_undo, name="deal_undo"),
    path("customers/<int:pk>/events/new/", event_new, name="event_new"),
    path("customers/<int:pk>/contracts/new/", contract_new, name="contract_new"),
    path("customers/<int:pk>/assets/new/", asset_new, name="asset_new"),
]
