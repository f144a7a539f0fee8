"""转交: who gets the ticked cards, a look at what will change, the act, and the way back."""

from __future__ import annotations

from django.http import Http404, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers import handover
from liuke.customers.models import Transfer
from liuke.customers.queries import visible_ids
from liuke.kernel.refusal import Refused
from liuke.web.customers import back_to, moved
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form
from liuke.web.page import render, say_undo

SHOWN = 200


@door("customer.transfer", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """GET with `pick` (and `to`): the look beforehand. POST: the act."""
    user, data = request.user, request.POST if request.method == "POST" else request.GET
    picks = picks_of(data)
    to = int(data["to"]) if data.get("to", "").isascii() and data.get("to", "").isdigit() else None
    where = back_to(request, reverse("customers"))
    form = Form({"to": str(to or ""), "reason": str(data.get("reason", ""))})
    if request.method == "POST":
        try:
            done = handover.transfer(user, picks, to, form.get("reason"))
        except Refused as refused:
            form.refuse(refused, {"transfer.to": "to", "text.too_long": "reason"})
        else:
            said = _("%(n)s 位转给了%(name)s") % {"n": done.rows.count(), "name": done.to}
            say_undo(request, said, reverse("transfer_undo", args=[done.pk]))
            return moved(request, where)
    seen = None
    if to and not form.bad:
        try:
            seen = handover.preview(user, picks, to)
        except Refused as refused:
            form.refuse(refused, {"transfer.to": "to"})
    receivers = [
        ("", _("请选")),
        *[(str(one.pk), _("%(name)s，%(unit)s") % {"name": one, "unit": one.unit or ""}) for one in handover.receivers(user)],
    ]
    known = visible_ids(user, picks)
    context = {"form": form, "picks": known, "count": len(known), "seen": seen, "receivers": receivers, "back": where, "shown": SHOWN}
    return render(
        request,
        "customers/transfer.html",
        context,
        nav="customers",
        crumb=[(_("客户"), where), (_("转交"), "")],
        status=422 if form.bad else 200,
    )


@door("customer.transfer", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    try:
        result = handover.undo_transfer(request.user, pk)
    except Transfer.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("customers"))
    said = _("%(n)s 位还给了原来的业务员") % {"n": result.back}
    if result.stayed:
        names = _("、").join(card.name for card in result.stayed[:3])
        said += _("；%(n)s 位后来又改过，没动：%(names)s") % {"n": len(result.stayed), "names": names}
    say_undo(request, said)
    return moved(request, reverse("customers"))


def picks_of(data: QueryDict) -> list[int]:
    """The ids of the ticked rows."""
    return [int(one) for one in data.getlist("pick") if one.isascii() and one.isdigit() and len(one) < 16]


urlpatterns = [
    path("customers/transfers/new/", new, name="transfer_new"),
    path("customers/transfers/<int:pk>/undo/", undo, name="transfer_undo"),
]
