"""客户: the list with its views and conditions, and the card beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.segments import filters, queries
from liuke.segments.actions import drop_view, save_view
from liuke.segments.card import peek
from liuke.segments.filters import Filter
from liuke.segments.models import SavedView
from liuke.standing.queries import current_run
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as pack_in_use
from liuke.web.customer_conditions import chips, choices
from liuke.web.customer_words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.page import render, say_undo


@dataclass(frozen=True)
class Tab:
    """One view of the list; `id` of a saved one, else 0."""

    name: str
    wanted: Filter
    on: bool
    id: int = 0

    @property
    def address(self) -> str:
        return address(self.wanted)


def address(wanted: Filter, open_id: int | None = None) -> str:
    """The list's address with this filter, and with one card open beside it."""
    query = wanted.query()
    if open_id:
        query += f"{'&' if query else ''}open={open_id}"
    return reverse("customers") + (f"?{query}" if query else "")


def crumb(user: User) -> list[tuple[str, str]]:
    here = user.scope_unit
    return [(_("我的客户") if user.role == Role.REP else _("客户"), ""), *([(here.name, "")] if here and user.role != Role.REP else [])]


def card_or_404(request: Request, pk: int) -> Customer:
    """The card, if this reader may see it; for anybody else it does not exist."""
    try:
        return visible(request.user, pk)
    except Customer.DoesNotExist:
        raise Http404 from None


def back_to(request: Request, otherwise: str) -> str:
    """Where the reader came from (`back`), if that is a page of ours."""
    asked = str(request.POST.get("back") or request.GET.get("back") or "")
    safe = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if safe else otherwise


@door("customer.read")
def index(request: Request) -> HttpResponse:
    user, pack, run = request.user, pack_in_use(), current_run()
    wanted = filters.read(request.GET.dict())
    found = queries.page(user, wanted, run, pack)
    opened = request.GET.get("open", "")
    beside = peek(user, int(opened), run, pack) if opened.isascii() and opened.isdigit() and len(opened) < 16 else None
    saved = queries.saved_views(user)
    context = {
        **SHARED,
        "today": clock.today(),
        "own": user.role == Role.REP,
        "page": found,
        "wanted": wanted,
        "run": run,
        "tabs": [(tab, None) for tab in tabs(user, wanted, pack, saved)],
        "saved": next((view for view in saved if filters.same(view.query, wanted)), None),
        "chips": chips(wanted, user, pack),
        "choices": choices(user, pack),
        "beside": beside,
        "address": address,
        "sort_link": lambda name: address(wanted.sorted_by(turn(wanted.sort, name))),
        "may_transfer": may(user, "customer.transfer"),
        "max_page": filters.MAX_PAGE,
    }
    return render(request, "customers/list.html", context, nav="customers", crumb=crumb(user))


def turn(now: str, name: str) -> str:
    """The order a click on a column's head asks for: figures begin with the largest, a second click turns round."""
    first = name if name in ("name", "next") else f"-{name}"
    other = name if first.startswith("-") else f"-{name}"
    return other if now == first else first


def tabs(user: User, wanted: Filter, pack: Pack, saved: list[SavedView]) -> list[Tab]:
    """The standard views of a role, then the reader's own."""
    ready = [(_("全部"), ""), (_("该来没来"), "outcome=overdue"), (_("A 级在衰退"), "grade=A&stage=D")]
    if any(kind.key == "insurance" for kind in pack.contract_kinds):
        ready.append((_("60 天内保险到期"), "expires=insurance%3A60"))
    elif any(kind.renewable for kind in pack.contract_kinds):
        ready.append((_("60 天内合约到期"), "expires=60"))
    ready.append((_("没排下次联系"), "next=none") if user.role == Role.REP else (_("没有业务员"), "owner=none"))
    found = [Tab(name, filters.parse(query), filters.same(query, wanted)) for name, query in ready]
    return found + [Tab(view.name, filters.parse(view.query), filters.same(view.query, wanted), view.pk) for view in saved]


@door("customer.read")
def counts(request: Request) -> HttpResponse:
    """The tabs once more with their counts, fetched after the page so that the page need not wait for them."""
    user, run, pack = request.user, current_run(), pack_in_use()
    wanted = filters.read(request.GET.dict())
    every = tabs(user, wanted, pack, queries.saved_views(user))
    counted = [(tab, queries.totals(user, tab.wanted, run)[0]) for tab in every]
    return render(request, "customers/tabs.html", {"tabs": counted, "wanted": wanted}, block="tabs")


@door("customer.read")
def preview(request: Request, pk: int) -> HttpResponse:
    card_or_404(request, pk)
    wanted = filters.read(request.GET.dict())
    context = {**SHARED, "beside": peek(request.user, pk, current_run(), pack_in_use()), "wanted": wanted, "address": address}
    if not request.htmx:
        return redirect(address(wanted, pk))
    return render(request, "customers/preview.html", context, block="preview")


@door("view.save", ("GET", "POST"))
def save(request: Request) -> HttpResponse:
    wanted = filters.read(request.GET.dict())
    name, error = str(request.POST.get("name", "")), ""
    if request.method == "POST":
        try:
            view = save_view(request.user, name, wanted)
        except Refused as refused:
            error = words(refused)
        else:
            say_undo(request, _("存了视图“%(name)s”") % {"name": view.name}, reverse("view_drop", args=[view.pk]))
            return redirect(address(wanted))
    context = {"wanted": wanted, "name": name, "error": error, "chips": chips(wanted, request.user, pack_in_use()), "address": address}
    return render(
        request, "customers/save_view.html", context, nav="customers", crumb=[(_("客户"), address(wanted)), (_("存成视图"), "")],
        status=422 if error else 200,
    )  # fmt: skip


@door("view.save", ("POST",))
def drop(request: Request, pk: int) -> HttpResponse:
    try:
        view = drop_view(request.user, pk)
    except SavedView.DoesNotExist:
        raise Http404 from None
    say_undo(request, _("去掉了视图“%(name)s”") % {"name": view.name})
    return moved(request, reverse("customers") + (f"?{view.query}" if view.query else ""))


def moved(request: Request, where: str) -> HttpResponse:
    """To another page after an act: a plain redirect, or the same for a fragment request."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


urlpatterns = [
    path("customers/", index, name="customers"),
    path("customers/counts/", counts, name="customer_counts"),
    path("customers/views/new/", save, name="view_save"),
    path("customers/views/<int:pk>/removal/", drop, name="view_drop"),
    path("customers/<int:pk>/preview/", preview, name="customer_preview"),
]
