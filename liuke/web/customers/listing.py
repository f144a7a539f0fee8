"""客户: the list with its views and conditions, and the card beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.packs.schema import Pack
from liuke.segments import columns, filters, queries
from liuke.segments.actions import drop_view, save_view
from liuke.segments.card import peek
from liuke.segments.filters import Filter
from liuke.segments.models import SavedView
from liuke.standing.queries import current_run
from liuke.team.actions import set_preference
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as pack_in_use
from liuke.web.customers.conditions import chips, choices
from liuke.web.customers.one import card_or_404
from liuke.web.customers.sealed_filters import unsealed
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
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


@door("customer.read")
@unsealed
def index(request: Request) -> HttpResponse:
    user, pack, run = request.user, pack_in_use(), current_run()
    wanted = filters.read(request.GET.dict())
    found = queries.page(user, wanted, run, pack)
    opened = request.GET.get("open", "")
    beside = peek(user, pk, run, pack) if (pk := as_id(opened)) else None
    saved = queries.saved_views(user)
    shown = columns.chosen(wanted, user, pack)
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
        "bulk_acts": bulk_acts(user),
        "columns": shown,
        "confirms": bool(wanted.get("stale")) and may(user, "customer.edit"),
        "keys": [column.key for column in shown],
        "phone_lines": ("risk", "last", "next" if user.role == Role.REP else "owner"),
        "columns_url": reverse("customer_columns") + (f"?{query}" if (query := wanted.query(whole=False)) else ""),
        "max_page": filters.MAX_PAGE,
        "few": queries.FEW,
    }
    return render(request, "customers/list.html", context, nav="customers", crumb=crumb(user))


@door("customer.read", ("GET", "POST"))
def choose_columns(request: Request) -> HttpResponse:
    """Which columns and in which order. The arrows answer the form again; showing them keeps them for good, or for this address only."""
    user, pack = request.user, pack_in_use()
    wanted = filters.read(request.GET.dict())
    there = {column.key: column for column in columns.every(pack)}
    chosen = [column.key for column in columns.chosen(wanted, user, pack)]
    order, ticked, error = [*chosen, *(key for key in there if key not in chosen)], set(chosen), ""
    if request.method == "POST":
        sent = [key for key in dict.fromkeys(request.POST.getlist("order")) if key in there]
        order, ticked = [*sent, *(key for key in there if key not in sent)], set(request.POST.getlist("col")) & set(there)
        for name, step in (("up", -1), ("down", 1)):
            if (key := request.POST.get(name)) in order:
                at = order.index(key)
                to = min(max(at + step, 0), len(order) - 1)
                order[at], order[to] = order[to], order[at]
        if "show" in request.POST or "usual" in request.POST:
            keys = [key for key in order if key in ticked] if "show" in request.POST else []
            try:
                if "show" in request.POST and not keys:
                    raise Refused("columns.none", "至少留一列。")
                if request.POST.get("keep") == "1" or not keys:
                    set_preference(user, columns.PREFERENCE, keys or None)
                    return redirect(address(wanted.showing(())))
                return redirect(address(wanted.showing(keys)))
            except Refused as refused:
                error = words(refused)
    context = {
        "wanted": wanted,
        "rows": [(there[key], key in ticked) for key in order],
        "keep": request.POST.get("keep") == "1" if request.method == "POST" else True,
        "error": error,
        "dialog": bool(request.htmx),
    }
    return render(
        request, "customers/columns.html", context, nav="customers", crumb=[(_("客户"), address(wanted)), (_("列"), "")],
        block="columns" if request.htmx else None, status=422 if error else 200,
    )  # fmt: skip


def bulk_acts(user: User) -> list[tuple[str, str, str, tuple[str, ...], bool]]:
    """(route, icon, words, arguments, also for a whole list) of what can be done with ticked rows."""
    acts = [
        ("bulk_new", "edit", _("改资料"), (), True, "bulk.edit"),
        ("transfer_new", "transfer", _("转交"), (), False, "customer.transfer"),
        ("export_new", "file-export", _("导出"), ("customers",), False, "export.ask"),
    ]
    return [(route, icon, words, args, whole) for route, icon, words, args, whole, permission in acts if may(user, permission)]


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
    if user.role == Role.REP:
        ready += [(_("没排下次联系"), "next=none"), (_("该核实的卡"), "owner=me&stale=1")]
    else:
        ready.append((_("没有业务员"), "owner=none"))
    found = [Tab(name, filters.parse(query), filters.same(query, wanted)) for name, query in ready]
    return found + [Tab(view.name, filters.parse(view.query), filters.same(view.query, wanted), view.pk) for view in saved]


@door("customer.read")
@unsealed
def counts(request: Request) -> HttpResponse:
    """The tabs once more with their counts, fetched after the page so that the page need not wait for them."""
    user, run, pack = request.user, current_run(), pack_in_use()
    wanted = filters.read(request.GET.dict())
    every = tabs(user, wanted, pack, queries.saved_views(user))
    counted = [(tab, queries.totals(user, tab.wanted, run)[0]) for tab in every]
    return render(request, "customers/tabs.html", {"tabs": counted, "wanted": wanted}, block="tabs")


@door("customer.read")
@unsealed
def totals(request: Request) -> HttpResponse:
    """How many the list finds and their money at risk, fetched after a page that finds very many."""
    run, wanted = current_run(), filters.read(request.GET.dict())
    total, risk = queries.totals(request.user, wanted, run)
    page = queries.ListPage((), total, risk, 1, False)
    return render(
        request, "customers/totals.html", {**SHARED, "page": page, "run": run, "wanted": wanted, "few": queries.FEW}, block="totals"
    )


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
    mine = [column.key for column in columns.own(request.user, pack_in_use())]
    if request.method == "POST":
        kept = wanted if request.POST.get("cols") == "1" else wanted.showing(())
        if request.POST.get("cols") == "1" and not wanted.columns:
            kept = wanted.showing(mine)
        try:
            view = save_view(request.user, name, kept)
        except Refused as refused:
            error = words(refused)
        else:
            say_undo(request, _("存了视图“%(name)s”") % {"name": view.name}, reverse("view_drop", args=[view.pk]))
            return redirect(address(kept))
    context = {
        "with_columns": request.POST.get("cols") == "1" or (request.method == "GET" and bool(wanted.columns)),
        "wanted": wanted,
        "name": name,
        "error": error,
        "chips": chips(wanted, request.user, pack_in_use()),
        "address": address,
    }
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


urlpatterns = [
    path("customers/", index, name="customers"),
    path("customers/counts/", counts, name="customer_counts"),
    path("customers/totals/", totals, name="customers_totals"),
    path("customers/columns/", choose_columns, name="customer_columns"),
    path("customers/views/new/", save, name="view_save"),
    path("customers/views/<int:pk>/removal/", drop, name="view_drop"),
    path("customers/<int:pk>/preview/", preview, name="customer_preview"),
]
