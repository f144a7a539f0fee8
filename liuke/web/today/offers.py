"""Offers above one's own limit: asked for beside the task, decided by who may give as much."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.packs import Pack
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.words import money
from liuke.work.detail import Detail
from liuke.work.models import OfferRequest, Task
from liuke.work.offers import ask, decide, given_cents, limit_of, withdraw, within
from liuke.work.rows import playbook_of
from liuke.work.words import lang, pick

SHOWN = 50


@dataclass(frozen=True)
class Beside:
    """What stands beside a task: what may be given, how much by oneself (None: no limit), and the last request for this customer."""

    benefit: str
    limit: int | None
    last: OfferRequest | None
    form: Form


def beside(user: User, found: Detail | None, form: Form | None = None) -> Beside | None:
    """None where the playbook gives nothing or the reader may not ask. Two queries."""
    playbook = found.item.playbook if found else None
    if found is None or playbook is None or playbook.offer is None or not may(user, "offer.ask"):
        return None
    rows = OfferRequest.objects.visible_to(user).filter(customer=found.customer, playbook=playbook.key)
    last = rows.select_related("by", "decided_by").order_by("-pk").first()
    limit = limit_of(playbook, user.role)
    left = limit if limit is None else max(limit - given_cents([found.customer.pk], current_pack())[found.customer.pk], 0)
    return Beside(pick(playbook.offer.benefit), left, last, form or Form({}))


@door("offer.ask", ("POST",))
def offer_ask(request: Request, task: int) -> HttpResponse:
    form = typed(request.POST)
    where = reverse("today_task", args=[task])
    cents = form.cents("amount", _("请填多少钱。"))
    if cents is None:
        say_undo(request, form.error("amount"))
        return moved(request, where)
    try:
        made = ask(request.user, task, cents, form.get("text"))
    except Task.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    said = _("可以给 %(amount)s，在您的权限内") if made.decided_by_id else _("%(amount)s送去批了，批之前先别答应客户")
    say_undo(request, said % {"amount": money(cents, exact=False)}, "" if made.decided_by_id else reverse("offer_withdraw", args=[made.pk]))
    return moved(request, where)


@door("offer.ask", ("POST",))
def offer_withdraw(request: Request, pk: int) -> HttpResponse:
    try:
        made = withdraw(request.user, pk)
    except OfferRequest.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("today"))
    say_undo(request, _("不要了，不用批了"))
    return moved(request, reverse("today_task", args=[made.task_id]) if made.task_id else reverse("today"))


@dataclass(frozen=True)
class Line:
    row: OfferRequest
    playbook: str
    mine: bool
    before: int


def _line(row: OfferRequest, pack: Pack, user: User, before: int) -> Line:
    """One request; `mine`: the reader may decide it; `before`: what this customer was given lately, in cents."""
    book = playbook_of(pack, row.playbook)
    able = row.by_id != user.pk and within(limit_of(book, user.role), row.amount_cents + before)
    return Line(row, pick(book.name) if book else row.playbook, able, before)


@door("offer.ask")
def offers(request: Request) -> HttpResponse:
    user, pack = request.user, current_pack()
    rows = OfferRequest.objects.visible_to(user).select_related("customer", "by", "decided_by")
    if not may(user, "offer.decide"):
        rows = rows.filter(by=user)
    asked = list(rows.waiting().order_by("pk")[:SHOWN])
    given = given_cents({row.customer_id for row in asked}, pack)
    waiting = [_line(row, pack, user, given[row.customer_id]) for row in asked]
    done = [_line(row, pack, user, 0) for row in rows.exclude(state="asked").order_by("-pk")[:SHOWN]]
    mine = [line for line in waiting if line.mine and may(user, "offer.decide")]
    title = _("%(n)s 份优惠等您批") % {"n": len(mine)} if mine else _("没有等您批的优惠")
    context = {
        "title": title,
        "mine": mine,
        "others": [line for line in waiting if line not in mine],
        "done": done,
        "lang": lang(),
        "shown": SHOWN,
    }
    return render(request, "offers/list.html", context, nav="playbooks", crumb=_("优惠审批"))


@door("offer.decide", ("GET", "POST"))
def offer(request: Request, pk: int) -> HttpResponse:
    """One request: who wants to give what to whom, and why; yes or no."""
    form = typed(request.POST) if request.method == "POST" else Form({})
    if request.method == "POST":
        agree = request.POST.get("do") == "agree"
        try:
            made = decide(request.user, pk, agree, form.get("reason"))
        except OfferRequest.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, {"offer.reason": "reason"})
        else:
            say_undo(
                request,
                _("同意了，%(who)s会知道") % {"who": made.by.name} if agree else _("没有同意，%(who)s会知道") % {"who": made.by.name},
            )
            return moved(request, reverse("offers"))
    row = OfferRequest.objects.visible_to(request.user).select_related("customer__unit", "by", "decided_by").filter(pk=pk).first()
    if row is None:
        raise Http404
    pack = current_pack()
    before = given_cents([row.customer_id], pack)[row.customer_id] if row.state == "asked" else 0
    line = _line(row, pack, request.user, before)
    title = _("%(who)s想给%(customer)s %(amount)s") % {
        "who": row.by.name,
        "customer": row.customer.name,
        "amount": money(row.amount_cents, exact=False),
    }
    context = {"line": line, "row": row, "form": form, "title": title, "days": pack.promises.limit_days}
    crumb = [(_("优惠审批"), reverse("offers")), (row.customer.name, "")]
    return render(request, "offers/offer.html", context, nav="playbooks", crumb=crumb, status=422 if form.bad else 200)


urlpatterns = [
    path("offers/", offers, name="offers"),
    path("offers/<int:pk>/", offer, name="offer"),
    path("offers/<int:pk>/withdraw/", offer_withdraw, name="offer_withdraw"),
    path("offers/tasks/<int:task>/", offer_ask, name="offer_ask"),
]
