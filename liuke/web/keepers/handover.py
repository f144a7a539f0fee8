"""交接: whose customers go to whom, a look beforehand, the act with its way back; what went where, and a brief of each customer."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.audit.actions import record
from liuke.custody.queries import masked_text
from liuke.customers import handover as transfers
from liuke.customers.queries import visible_ids
from liuke.keepers import handing, sharing
from liuke.keepers.briefs import briefs as briefs_of
from liuke.keepers.handed import Handed, customers_of, handed
from liuke.keepers.handing import Back
from liuke.keepers.labels import HandOverKind, Split
from liuke.keepers.models import HandOver
from liuke.keepers.sharing import Asked
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as pack_in_use
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.words import thousands
from liuke.work.words import lang

SHOWN = 50
"""Customers of one receiver in the look beforehand."""

PAGE = 50
PRINTED = 100
"""Briefs on one page; on one printed list."""

BRIEFS = 20
PLACES = {
    "handover.to": "to", "handover.to_twice": "to", "handover.self": "to", "handover.inactive": "to", "handover.role": "to",
    "handover.unit": "to", "handover.sight": "to", "handover.until": "until", "handover.until_for_good": "until",
    "handover.person": "person", "handover.none": "person", "handover.nothing": "person", "text.too_long": "reason",
}  # fmt: skip


def picks_of(data: QueryDict) -> list[int]:
    """The ids of the ticked rows."""
    return _numbers(data, "pick")


def _numbers(data: QueryDict, name: str) -> list[int]:
    return [pk for one in data.getlist(name) if (pk := as_id(one))]


def _parents(*last: str) -> list[tuple[str, str]]:
    return [(_("交接"), reverse("handovers")), *((word, "") for word in last)]


@door("customer.read")
def index(request: Request) -> HttpResponse:
    """What went from whom to whom: for who may hand over, all of his sight; for the others, what they gave and got."""
    user = request.user
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and 1 <= int(asked) <= PAGE else 1
    found = HandOver.objects.visible_to(user)
    rows = list(found.select_related("person", "by").order_by("-at", "-pk")[(page - 1) * PAGE : page * PAGE + 1])
    running = found.filter(kind=HandOverKind.COVER, undone_at__isnull=True, returned_at__isnull=True).count()
    hands = may(user, "customer.transfer")
    total = found.count()
    title = _("没有交接过客户")
    if running:
        title = _("%(n)s 次代管还没到期") % {"n": running}
    elif total:
        title = _("交接过 %(n)s 次，没有还在代管的") % {"n": thousands(total)}
    context = {
        **SHARED,
        "rows": handed(user, rows[:PAGE]),
        "more": len(rows) > PAGE,
        "page": page,
        "title": title,
        "hands": hands,
        "left": [(person, n) for person, n in sharing.people(user) if not person.is_active] if hands else [],
        "masked": masked_text,
        "today": clock.today(),
    }
    return render(request, "handovers/list.html", context, nav="customers", crumb=_("交接"))


@door("customer.transfer", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """GET: whose, to whom, how; with `to` the look beforehand. POST: the act."""
    user, data = request.user, request.POST if request.method == "POST" else request.GET
    where = back_to(request, reverse("handovers"))
    names = ("person", "kind", "split", "until", "reason", "tell")
    form = Form({name: str(data.get(name, "")) for name in names})
    form.values["kind"] = form.get("kind") or HandOverKind.FOR_GOOD
    form.values["split"] = form.get("split") or Split.EVEN
    to, picks = _numbers(data, "to"), picks_of(data)
    ticked = visible_ids(user, picks) if picks else []
    person = as_id(form.get("person"))
    until = form.day("until") if form.get("kind") == HandOverKind.COVER else None
    asked = Asked(
        person=person,
        customers=ticked if picks else None,
        to=to,
        kind=form.get("kind"),
        split=form.get("split"),
        until=until,
        reason=form.get("reason"),
        tell=None if "look" not in data and not to else bool(form.get("tell")),
    )
    if request.method == "POST" and not form.bad:
        try:
            made = handing.hand_over(user, asked)
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            say_undo(request, _said(made), reverse("handover_undo", args=[made.pk]))
            return moved(request, reverse("handover", args=[made.pk]))
    seen = None
    if (to or "look" in data) and not form.bad:
        try:
            seen = sharing.preview(user, asked)
        except Refused as refused:
            form.refuse(refused, PLACES)
    people = sharing.people(user)
    context = {
        **SHARED,
        "form": form,
        "to": to,
        "picks": ticked,
        "seen": seen,
        "asked": asked,
        "people": people,
        "person": next((one for one, _n in people if one.pk == person), None),
        "receivers": transfers.receivers(user),
        "kinds": HandOverKind.choices,
        "splits": Split.choices,
        "step": 3 if seen else 2 if person or ticked else 1,
        "shown": SHOWN,
        "back": where,
        "tells": bool(form.get("tell")) if to or "look" in data else form.get("kind") == HandOverKind.FOR_GOOD,
    }
    return render(request, "handovers/new.html", context, nav="customers", crumb=_parents(_("新的交接")), status=422 if form.bad else 200)


def _said(made: HandOver) -> str:
    """37 位交给了周倩文; 1,842 位分给了 3 个人."""
    parts = list(made.parts.select_related("to"))
    if len(parts) == 1:
        return _("%(n)s 位交给了%(name)s") % {"n": thousands(made.count), "name": parts[0].to}
    return _("%(n)s 位分给了 %(people)s 个人") % {"n": thousands(made.count), "people": len(parts)}


def _one(request: Request, pk: int) -> HandOver:
    found = HandOver.objects.visible_to(request.user).select_related("person", "by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@door("customer.read")
def show(request: Request, pk: int) -> HttpResponse:
    """One hand-over: what went to whom, the briefs, the way back."""
    made = _one(request, pk)
    seen = handed(request.user, [made])[0]
    context = {
        **SHARED,
        "it": seen,
        "made": made,
        "title": _title(seen),
        "hands": may(request.user, "customer.transfer"),
        "masked": masked_text,
        "today": clock.today(),
    }
    return render(request, "handovers/show.html", context, nav="customers", crumb=_parents(_("一次交接")))


def _title(seen: Handed) -> str:
    made = seen.row
    slots = {"n": thousands(seen.count), "who": made.person.name if made.person else ""}
    if made.undone_at:
        return _("这次交接撤销了，还回 %(back)s 位") % {"back": thousands(made.went_back or 0)}
    if made.returned_at:
        return _("代管结束了，还回 %(back)s 位") % {"back": thousands(made.went_back or 0)}
    if made.kind == HandOverKind.COVER:
        return _("%(who)s的 %(n)s 位客户正由别人代管") % slots
    return _("%(who)s的 %(n)s 位客户换了人负责") % slots if made.person else _("%(n)s 位客户换了人负责") % slots


def _back(request: Request, pk: int, act: Callable[[User, int], Back], said: Callable[[Back], str]) -> HttpResponse:
    try:
        back = act(request.user, pk)
    except HandOver.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("handovers"))
    text = said(back)
    if back.stayed:
        names = _("、").join(card.name for card in back.stayed[:3])
        text += _("；%(n)s 位后来又改过，没动：%(names)s") % {"n": len(back.stayed), "names": names}
    say_undo(request, text)
    return moved(request, reverse("handover", args=[pk]))


@door("customer.transfer", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    return _back(request, pk, handing.undo, lambda back: _("%(n)s 位还给了原来的业务员") % {"n": thousands(back.back)})


@door("customer.transfer", ("POST",))
def end(request: Request, pk: int) -> HttpResponse:
    return _back(request, pk, handing.end_cover, lambda back: _("代管结束，%(n)s 位还回去了") % {"n": thousands(back.back)})


@door("customer.read")
def briefs(request: Request, pk: int) -> HttpResponse:
    """A brief of each customer (of one receiver: ?to=), a page at a time; ?print=1 for paper, with the reader's name, on the log."""
    made = _one(request, pk)
    user, pack, run = request.user, pack_in_use(), current_run()
    [to] = _numbers(request.GET, "to")[:1] or [0]
    paper = request.GET.get("print") == "1"
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and 1 <= int(asked) <= 1000 else 1
    size = PRINTED if paper else BRIEFS
    found = customers_of(user, made, to or None)
    total = found.count()
    ids = list(found.values_list("pk", flat=True)[(page - 1) * size : page * size])
    if paper and ids:
        with transaction.atomic():
            record(user, "handover.print", made, customers=ids)
    context = {
        **SHARED,
        "made": made,
        "rows": briefs_of(user, ids, run, pack, clock.today()),
        "total": total,
        "first": (page - 1) * size + 1,
        "page": page,
        "more": page * size < total,
        "to": to,
        "paper": paper,
        "today": clock.today(),
        "lang": lang(),
    }
    crumb = [*_parents(), (_("一次交接"), reverse("handover", args=[pk])), (_("接手说明"), "")]
    return render(request, "handovers/briefs.html", context, nav="customers", crumb=crumb)


urlpatterns = [
    path("handovers/", index, name="handovers"),
    path("handovers/new/", new, name="handover_new"),
    path("handovers/<int:pk>/", show, name="handover"),
    path("handovers/<int:pk>/undo/", undo, name="handover_undo"),
    path("handovers/<int:pk>/end/", end, name="handover_end"),
    path("handovers/<int:pk>/briefs/", briefs, name="handover_briefs"),
    path("customers/transfers/new/", new, name="transfer_new"),
]
