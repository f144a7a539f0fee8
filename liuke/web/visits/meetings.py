"""客户会议: those that were held, and writing one down with everybody who came."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody.queries import masked_text
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.permissions import may
from liuke.visits import meetings
from liuke.visits.models import Meeting, MeetingGuest
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.visits.words import tabs

SHOWN = 50
SEATS = 8
"""Rows of the form; more can be written down as a second meeting of the same day."""
PLACES = {
    "meeting.future": "on", "meeting.topic": "topic", "meeting.said": "said", "text.too_long": "said", "meeting.twice": "find",
    "meeting.nobody": "find", "meeting.many": "find",
}  # fmt: skip


def _crumb(*last: str) -> list[tuple[str, str]]:
    return [(_("拜访"), reverse("visits")), (_("客户会议"), reverse("meetings") if last else ""), *((word, "") for word in last)]


@door("visit.read")
def index(request: Request) -> HttpResponse:
    user = request.user
    held = list(Meeting.objects.visible_to(user).select_related("unit", "by")[:SHOWN])
    seen = Customer.objects.visible_to(user)
    guests: dict[int, list[MeetingGuest]] = {}
    for guest in MeetingGuest.objects.filter(meeting__in=held, customer__in=seen).select_related("customer").order_by("pk"):
        guests.setdefault(guest.meeting_id, []).append(guest)
    rows = [(meeting, guests.get(meeting.pk, [])) for meeting in held]
    n = sum(meeting.undone_at is None for meeting in held)
    context = {
        "title": _("记过 %(n)s 次客户会议") % {"n": n} if n else _("还没有记过客户会议"),
        "rows": rows,
        "masked": masked_text,
        "tabs": tabs(user, "meetings"),
        "writes": may(user, "visit.plan"),
    }
    return render(request, "visits/meetings.html", context, nav="visits", crumb=_crumb())


@door("visit.plan", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Who came is found by name or number (`find`) and stays chosen (`guest`) until the meeting is written down."""
    form = typed(request.POST) if request.method == "POST" else Form({"on": clock.today().isoformat()})
    chosen = [pk for one in request.POST.getlist("guest") if (pk := as_id(one))]
    seen = Customer.objects.visible_to(request.user)
    if adding := as_id(form.get("add")):
        chosen.append(adding)
    if dropping := as_id(form.get("drop")):
        chosen = [pk for pk in chosen if pk != dropping]
    cards = seen.select_related("unit").in_bulk(dict.fromkeys(chosen))
    guests = [cards[pk] for pk in dict.fromkeys(chosen) if pk in cards]
    found: list[Customer] = []
    text = " ".join(form.get("find").split())[:40]
    if form.get("do") == "find" and text:
        found = list(seen.filter(name__contains=text).exclude(pk__in=chosen).select_related("unit").order_by("pinyin", "pk")[:SEATS])
        found += list(seen.filter(number=text).exclude(pk__in=[*chosen, *[card.pk for card in found]]).select_related("unit")[:1])
        if not found:
            form.errors["find"] = _("没有找到叫这个名字的客户。")
    if request.method == "POST" and form.get("do") == "save":
        on = form.day("on", _("请填日期。"), lean="past")
        rows = [meetings.Guest(card.pk, form.get(f"who-{card.pk}"), form.get(f"said-{card.pk}")) for card in guests]
        if not form.bad and on:
            try:
                made = meetings.hold(request.user, on, form.get("topic"), rows, place=form.get("place"), said=form.get("said"))
            except Customer.DoesNotExist:
                raise Http404 from None
            except Refused as refused:
                form.refuse(refused, PLACES)
            else:
                said = _("记下了“%(topic)s”，%(n)s 位客户的卡上各有一笔") % {"topic": made.topic, "n": len(rows)}
                say_undo(request, said, reverse("meeting_undo", args=[made.pk]))
                return moved(request, reverse("meetings"))
    context = {"form": form, "guests": guests, "found": found}
    status = 422 if form.bad else 200
    return render(request, "visits/meeting.html", context, nav="visits", crumb=_crumb(_("记一次会议")), status=status)


@door("visit.plan", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    try:
        meeting = meetings.undo(request.user, pk)
    except Meeting.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("meetings"))
    say_undo(request, _("撤销了“%(topic)s”，客户卡上的也撤了") % {"topic": meeting.topic})
    return moved(request, reverse("meetings"))


urlpatterns = [
    path("visits/meetings/", index, name="meetings"),
    path("visits/meetings/new/", new, name="meeting_new"),
    path("visits/meetings/<int:pk>/undo/", undo, name="meeting_undo"),
]
