"""公海: who can be claimed, who is on the way there, what one has claimed; claim, give back, assign, keep out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.custody.queries import masked_text
from liuke.customers import handover as transfers
from liuke.customers.models import Customer, Transfer
from liuke.keepers import actions
from liuke.keepers.labels import Why
from liuke.keepers.models import PoolEntry, PoolExclusion
from liuke.keepers.queries import PoolRow, Wanted, exclusions, pool, pool_entry, pool_page, pool_rows, quota_left
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.standing.labels import Grade, Stage
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as pack_in_use
from liuke.web.customers.one import card_or_404, parents
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.words import day as day_words
from liuke.web.words import thousands

VIEWS = ("pool", "warned", "claimed", "kept")
SORTS = ("risk", "fell", "last", "falls")
MAX_PAGE = 200
BOTH = ("GET", "POST")


def address(wanted: Wanted, open_id: int | None = None, **changes: object) -> str:
    """The list's address with this choice, and with one row open beside it."""
    asked = {name: changes.get(name, getattr(wanted, name)) for name in ("view", "grade", "stage", "why", "sort", "page")}
    plain = {"view": "pool", "sort": "risk", "page": 1}
    query = {name: value for name, value in asked.items() if value and value != plain.get(name)}
    if open_id:
        query["open"] = open_id
    return reverse("pool") + (f"?{urlencode(query)}" if query else "")


def _wanted(request: Request) -> Wanted:
    def one(name: str, known: tuple[str, ...] | list[str], otherwise: str = "") -> str:
        value = request.GET.get(name, "")
        return value if value in known else otherwise

    page = request.GET.get("page", "")
    view = one("view", VIEWS, "pool")
    if view == "kept" and not may(request.user, "customer.transfer"):
        view = "pool"
    return Wanted(
        view=view,
        grade=one("grade", list(Grade.values)),
        stage=one("stage", list(Stage.values)),
        why=one("why", list(Why.values)),
        sort=one("sort", SORTS, "falls" if view == "warned" else "risk"),
        page=int(page) if page.isascii() and page.isdigit() and 1 <= int(page or 0) <= MAX_PAGE else 1,
    )


@door("pool.claim")
def index(request: Request) -> HttpResponse:
    user, today, pack, run = request.user, clock.today(), pack_in_use(), current_run()
    wanted = _wanted(request)
    kept = list(exclusions(user, today)[: MAX_PAGE + 1]) if wanted.view == "kept" else []
    seen = pool_page(user, wanted, run, pack, today) if wanted.view != "kept" else None
    left = quota_left(user, today)
    context = {
        **SHARED,
        "masked": masked_text,
        "wanted": wanted,
        "page": seen,
        "kept": kept,
        "run": run,
        "today": today,
        "left": left,
        "limits": pack.cards,
        "title": _title(user, wanted, seen.total if seen else len(kept), left),
        "views": _views(user, wanted, today),
        "address": address,
        "grades": Grade.choices,
        "stages": Stage.choices,
        "whys": Why.choices,
        "oversees": may(user, "customer.transfer"),
        "receivers": _receivers(user),
        "beside": _beside(request, entry) if (entry := as_id(request.GET.get("open", ""))) else None,
        "max_page": MAX_PAGE,
    }
    return render(request, "pool/pool.html", context, nav="pool", crumb=_("公海"))


def _title(user: User, wanted: Wanted, total: int, left: int) -> str:
    """The finding, with how many one may still claim."""
    n = thousands(total)
    if wanted.view == "warned":
        notice = pack_in_use().cards.pool_notice_days
        return ngettext("%(days)s 天内进公海：%(n)s 位", "%(days)s 天内进公海：%(n)s 位", total) % {"n": n, "days": notice}
    if wanted.view == "claimed":
        return _("近 %(days)s 天认领了 %(n)s 位，还能认领 %(left)s 位") % {
            "n": n,
            "left": left,
            "days": pack_in_use().cards.pool_quota_days,
        }
    if wanted.view == "kept":
        return _("%(n)s 位留着不进公海") % {"n": n}
    if not total:
        return _("公海里没有客户")
    return _("公海里 %(n)s 位，您还能认领 %(left)s 位") % {"n": n, "left": left}


def _views(user: User, wanted: Wanted, today: date) -> list[tuple[str, int | None, str, bool]]:
    names = [("pool", _("公海")), ("warned", _("快进公海的")), ("claimed", _("我认领的"))]
    found = [(name, pool(user, Wanted(view=view), today).count(), address(Wanted(view=view)), view == wanted.view) for view, name in names]
    if may(user, "customer.transfer"):
        found.append((_("留着的"), exclusions(user, today).count(), address(Wanted(view="kept")), wanted.view == "kept"))
    return found  # type: ignore[return-value]


def _receivers(user: User) -> list[tuple[str, str]]:
    if not may(user, "customer.transfer"):
        return []
    people = [(str(one.pk), _("%(name)s，%(unit)s") % {"name": one, "unit": one.unit or ""}) for one in transfers.receivers(user)]
    return [("", _("请选")), *people]


def _beside(request: Request, pk: int) -> PoolRow | None:
    today = clock.today()
    try:
        entry = pool_entry(request.user, pk, today)
    except PoolEntry.DoesNotExist:
        return None
    return pool_rows(request.user, [entry], current_run(), pack_in_use(), today)[0]


@door("pool.claim")
def preview(request: Request, pk: int) -> HttpResponse:
    wanted = _wanted(request)
    beside = _beside(request, pk)
    if beside is None:
        raise Http404
    if not request.htmx:
        return redirect(address(wanted, pk))
    context = {
        **SHARED,
        "masked": masked_text,
        "beside": beside,
        "wanted": wanted,
        "address": address,
        "today": clock.today(),
        "left": quota_left(request.user, clock.today()),
        "limits": pack_in_use().cards,
        "oversees": may(request.user, "customer.transfer"),
        "receivers": _receivers(request.user),
    }
    return render(request, "pool/pool.html", context, block="preview")


# ── acts ──


def _act(request: Request, act: Callable[[], tuple[str, str, str]], where: str) -> HttpResponse:
    """Do it, say it (words, way back, where to); a refusal is said on the page one came from."""
    try:
        said, undo, to = act()
    except (PoolEntry.DoesNotExist, PoolExclusion.DoesNotExist, Customer.DoesNotExist, Transfer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    say_undo(request, said, undo)
    return moved(request, to)


@door("pool.claim", ("POST",))
def claim(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, str]:
        entry = actions.claim(request.user, pk)
        said = _("认领了%(name)s，先打个电话认识一下") % {"name": entry.customer.name}
        return said, reverse("pool_claim_undo", args=[entry.pk]), reverse("customer", args=[entry.customer_id])

    return _act(request, act, back_to(request, reverse("pool")))


@door("pool.claim", ("POST",))
def claim_undo(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, str]:
        actions.undo_claim(request.user, pk)
        return _("撤销了认领，客户还在公海"), "", reverse("pool")

    return _act(request, act, reverse("pool"))


@door("pool.claim", BOTH)
def give_back(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = typed(request.POST) if request.method == "POST" else Form({})
    if request.method == "POST":
        try:
            entry = actions.give_back(request.user, pk, form.get("reason"))
        except Refused as refused:
            form.refuse(refused, {"pool.reason": "reason", "text.too_long": "reason"})
        else:
            say_undo(request, _("%(name)s退回了公海") % {"name": card.name}, reverse("pool_give_back_undo", args=[entry.pk]))
            return moved(request, reverse("pool"))
    context = {"card": card, "form": form, "back": back_to(request, reverse("customer", args=[pk])), "limits": pack_in_use().cards}
    crumb = parents(request.user, card, _("退回公海"))
    return render(request, "pool/give_back.html", context, nav="pool", crumb=crumb, status=422 if form.bad else 200)


@door("pool.claim", ("POST",))
def give_back_undo(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, str]:
        card = actions.undo_give_back(request.user, pk)
        return _("%(name)s又是您的了") % {"name": card.name}, "", reverse("customer", args=[card.pk])

    return _act(request, act, reverse("pool"))


@door("customer.transfer", ("POST",))
def assign(request: Request) -> HttpResponse:
    """Give the ticked entries (`pick`) to somebody (`to`)."""
    picks = [pk for one in request.POST.getlist("pick") if (pk := as_id(one))]
    to = request.POST.get("to", "")

    def act() -> tuple[str, str, str]:
        done = actions.assign(request.user, picks, as_id(to))
        said = _("%(n)s 位分派给了%(name)s") % {"n": done.count, "name": done.to}
        return said, reverse("pool_assign_undo", args=[done.transfer.pk]), back_to(request, reverse("pool"))

    return _act(request, act, back_to(request, reverse("pool")))


@door("customer.transfer", ("POST",))
def assign_undo(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, str]:
        back = actions.undo_assign(request.user, pk)
        said = _("%(n)s 位回到了公海") % {"n": back.back}
        if back.stayed:
            said += _("；%(n)s 位后来又改过，没动") % {"n": len(back.stayed)}
        return said, "", reverse("pool")

    return _act(request, act, reverse("pool"))


@door("customer.transfer", BOTH)
def exclude(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = typed(request.POST) if request.method == "POST" else Form({})
    if request.method == "POST":
        until = form.day("until")
        if not form.bad:
            try:
                kept = actions.exclude(request.user, pk, form.get("reason"), until)
            except Refused as refused:
                form.refuse(refused, {"pool.reason": "reason", "text.too_long": "reason", "pool.until": "until"})
            else:
                said = _("%(name)s留着，不进公海") % {"name": card.name}
                if until:
                    said = _("%(name)s留到 %(day)s，不进公海") % {"name": card.name, "day": day_words(until)}
                say_undo(request, said, reverse("pool_lift", args=[kept.pk]))
                return moved(request, back_to(request, reverse("pool")))
    context = {"card": card, "form": form, "back": back_to(request, reverse("pool"))}
    crumb = parents(request.user, card, _("不进公海"))
    return render(request, "pool/exclude.html", context, nav="pool", crumb=crumb, status=422 if form.bad else 200)


@door("customer.transfer", ("POST",))
def lift(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, str]:
        kept = actions.lift(request.user, pk)
        return _("%(name)s照常算公海") % {"name": kept.customer.name}, "", address(Wanted(view="kept"))

    return _act(request, act, address(Wanted(view="kept")))


urlpatterns = [
    path("pool/", index, name="pool"),
    path("pool/assignments/", assign, name="pool_assign"),
    path("pool/assignments/<int:pk>/undo/", assign_undo, name="pool_assign_undo"),
    path("pool/exclusions/<int:pk>/lift/", lift, name="pool_lift"),
    path("pool/<int:pk>/preview/", preview, name="pool_preview"),
    path("pool/<int:pk>/claim/", claim, name="pool_claim"),
    path("pool/<int:pk>/claim/undo/", claim_undo, name="pool_claim_undo"),
    path("pool/<int:pk>/return/undo/", give_back_undo, name="pool_give_back_undo"),
    path("customers/<int:pk>/pool/", give_back, name="pool_give_back"),
    path("customers/<int:pk>/pool/exclusion/", exclude, name="pool_exclude"),
]
