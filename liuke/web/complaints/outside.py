"""The customer's own side: a form without log-in for each store, and the receipt that tells where his complaint stands.

The form is guarded by a field that only robots fill, by how often one address may send, and by length; nothing that was typed is lost. The
receipt's address cannot be guessed; its page says nothing of who he is, nor of who works on it.
"""

from __future__ import annotations

import re
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.complaints import entering
from liuke.complaints.labels import Stage
from liuke.complaints.receipts import Receipt, by_receipt, receipt_link
from liuke.kernel.refusal import Refused
from liuke.team.models import Unit
from liuke.team.queries import units_in_scope
from liuke.web.doors import PUBLIC, Request, door
from liuke.web.entry import Form, typed
from liuke.web.errors import too_many
from liuke.web.page import render
from liuke.web.public import answer, within
from liuke.web.qr import code
from liuke.web.words import day, moment

MOST = 5_000
"""Characters a customer may write; more is refused, and comes back to be shortened."""
SENDS, LOOKS, WRONG = 6, 120, 20
"""In an hour from one address: complaints, looks at receipts, looks at receipts that are none."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
PLACES = {"complaint.empty": "text", "complaint.too_long": "text", "text.too_long": "contact", "complaint.stranger": "contact"}


def unit_or_404(pk: int) -> Unit:
    """A store that people may complain of by themselves."""
    found = Unit.objects.filter(pk=pk, children__isnull=True).first()
    if found is None:
        raise Http404
    return found


@door(PUBLIC, ("GET", "POST"))
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    unit = unit_or_404(pk)
    form = typed(request.POST) if request.method == "POST" else Form({"key": uuid4().hex})
    status = 200
    if request.method == "POST":
        if form.get("website"):
            # A person does not see this field. The robot is answered like one, and nothing is kept.
            return answer(request, "complaints/thanks.html", {"unit": unit})
        made = _send(request, unit, form)
        if made:
            return redirect(made)
        status = 429 if form.note and not form.errors else 422
    return answer(request, "complaints/tell.html", {"unit": unit, "form": form, "most": MOST}, status)


def _send(request: HttpRequest, unit: Unit, form: Form) -> str:
    """The address of the receipt, "" with the error where it belongs."""
    text = form.get("text")
    if len(text) > MOST:
        form.errors["text"] = _("写了 %(n)s 字，最多 %(most)s 字。请挑要紧的写，您写的都还在下面。") % {
            "n": f"{len(text):,}",
            "most": f"{MOST:,}",
        }
        return ""
    if not text.strip():
        form.errors["text"] = _("请写发生了什么事。")
        return ""
    if not within(request, "complaint", SENDS):
        form.note = _("这一小时里送来的太多了，这一件还没收下。您写的还在，请过一会儿再送，或者直接打店里电话。")
        return ""
    try:
        made = entering.enter_public(unit.pk, text, name=form.get("name"), contact=form.get("contact"), key=form.get("key")[:40])
    except Refused as refused:
        form.refuse(refused, PLACES)
        return ""
    return receipt_link(made)


@door(PUBLIC)
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Where it stands, in plain words. A wrong link says no more than that it is none."""
    if not within(request, "receipt", LOOKS) or not within(request, "receipt.wrong", WRONG, count=False):
        return too_many(request)
    found = by_receipt(token) if TOKEN.fullmatch(token) else None
    if found is None:
        within(request, "receipt.wrong", WRONG)
        return answer(request, "complaints/no_receipt.html", status=404)
    title, after = _told(found)
    return answer(request, "complaints/receipt.html", {"it": found, "title": title, "next": after, "way": _way(found), "moment": moment})


def _told(it: Receipt) -> tuple[str, str]:
    """(how it stands, what comes next and by when), in plain words."""
    if it.closed_on is not None:
        return _("这件事办完了"), _("%(day)s结案。还有不满意的，打店里电话报编号，我们重新办。") % {"day": day(it.closed_on)}
    if it.told_at is not None:
        if it.call_back_on is None:
            return _("方案跟您说过了"), _("答应您的事办完就结案。")
        return _("方案跟您说过了"), _("%(day)s我们会联系您，问您满意不满意。") % {"day": day(it.call_back_on)}
    if it.waiting_for_him:
        return _("在等您"), _("我们在等您的消息或材料，收到就接着办。")
    if it.answered_at is None:
        return _("收到了"), _("%(when)s前给您第一次答复。") % {"when": moment(it.answer_due)}
    return _("正在办"), _("%(when)s前给您一个解决办法。") % {"when": moment(it.resolve_due)}


def _way(it: Receipt) -> list[tuple[str, str]]:
    """(state, words) of the four stages as the customer sees them; state ok, on or ""."""
    words = {
        Stage.ACCEPT: _("收到了，听您说"),
        Stage.CLARIFY: _("查清楚是怎么回事"),
        Stage.RESOLVE: _("跟您商量怎么办，办好它"),
        Stage.FOLLOW_UP: _("回访您满意不满意"),
    }
    order = list(words)
    at = len(order) if it.closed_on else order.index(Stage(it.stage))
    return [("ok" if place < at else "on" if place == at else "", words[one]) for place, one in enumerate(order)]


@door("complaint.enter")
def links(request: Request) -> HttpResponse:
    """The address and the code of each store's form, to print and hang up."""
    mine = units_in_scope(request.user).filter(children__isnull=True)
    rows = []
    for unit in mine.order_by("path"):
        link = request.build_absolute_uri(reverse("complaint_tell", args=[unit.pk]))
        rows.append((unit, link, code(link, _("%(unit)s的投诉码") % {"unit": unit.name})))
    crumb = [(_("投诉台"), reverse("complaints")), (_("客户自己填"), "")]
    return render(request, "complaints/links.html", {"rows": rows}, nav="complaints", crumb=crumb)


urlpatterns = [
    path("complaints/tell/<int:pk>/", tell, name="complaint_tell"),
    path("complaints/receipt/<str:token>/", receipt, name="complaint_receipt"),
    path("complaints/links/", links, name="complaint_links"),
]
