"""联谊: make one, ask customers one by one or a whole segment, write down who came."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.care import gatherings as acts
from liuke.care import guests as reads
from liuke.care.models import Gathering, Guest
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.segments import kept as segments
from liuke.segments.models import Segment
from liuke.team.permissions import may
from liuke.team.queries import units_in_scope
from liuke.web.care import words as say
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.words import day as day_words
from liuke.web.words import monthday

BOTH = ("GET", "POST")
PLACES = {"gathering.name": "name", "gathering.past": "on", "gathering.unit": "unit", "text.too_long": "note"}


@door("care.read")
def gatherings(request: Request) -> HttpResponse:
    rows, today = reads.gatherings(request.user), clock.today()
    coming = [row for row in rows if row.row.on >= today and row.row.cancelled_at is None]
    if coming:
        title = _("下一场联谊是%(day)s，%(name)s") % {"day": day_words(coming[-1].row.on), "name": coming[-1].row.name}
    else:
        title = _("没有要办的联谊")
    context = {"title": title, "tabs": say.tabs(request.user, "gatherings"), "rows": rows, "today": today}
    return render(request, "care/gatherings.html", context, nav="care", crumb=_("关怀"))


def _form_page(request: Request, form: Form, row: Gathering | None) -> HttpResponse:
    units = [(str(unit.pk), unit.name) for unit in units_in_scope(request.user).order_by("path")]
    name = _("改联谊") if row else _("办一场联谊")
    context = {"form": form, "units": units, "row": row, "title": name}
    crumb = [(_("关怀"), reverse("care")), (_("联谊"), reverse("gatherings")), (name, "")]
    return render(request, "care/gathering_form.html", context, nav="care", crumb=crumb, status=422 if form.bad else 200)


@door("care.gather", BOTH)
def gathering_new(request: Request) -> HttpResponse:
    form = typed(request.POST) if request.method == "POST" else Form({"unit": str(request.user.unit_id or "")})
    if request.method == "POST" and (made := _written(request, form, None)) is not None:
        say_undo(request, _("办了“%(name)s”，接着请客户") % {"name": made.name}, reverse("gathering_cancel", args=[made.pk]))
        return moved(request, reverse("gathering", args=[made.pk]))
    return _form_page(request, form, None)


@door("care.gather", BOTH)
def gathering_edit(request: Request, pk: int) -> HttpResponse:
    row = _one_or_404(request, pk)
    begun = {"name": row.name, "on": row.on.isoformat(), "place": row.place, "note": row.note, "unit": str(row.unit_id)}
    form = typed(request.POST) if request.method == "POST" else Form(begun)
    if request.method == "POST" and (made := _written(request, form, row)) is not None:
        say_undo(request, _("“%(name)s”改好了") % {"name": made.name})
        return moved(request, reverse("gathering", args=[made.pk]))
    return _form_page(request, form, row)


def _written(request: Request, form: Form, row: Gathering | None) -> Gathering | None:
    """None with the faults in the form."""
    on, unit = form.day("on", _("请写哪天。")), as_id(form.get("unit"))
    if on is None or form.bad:
        return None
    given = (form.get("name"), on, unit or 0, form.get("place"), form.get("note"))
    try:
        return acts.create(request.user, *given) if row is None else acts.edit(request.user, row.pk, *given)
    except Refused as refused:
        form.refuse(refused, PLACES)
        return None


def _one_or_404(request: Request, pk: int) -> Gathering:
    try:
        return reads.one(request.user, pk)
    except Gathering.DoesNotExist:
        raise Http404 from None


@door("care.read")
def gathering(request: Request, pk: int) -> HttpResponse:
    user, today = request.user, clock.today()
    row = _one_or_404(request, pk)
    rows = list(reads.guests(user, row))
    came = sum(guest.came_at is not None for guest in rows)
    text = request.GET.get("q", "")[:40]
    asks = may(user, "care.invite") and row.cancelled_at is None and row.on >= today
    if row.cancelled_at is not None:
        second = _("取消了")
    elif row.on > today:
        second = _("请了 %(n)s 位") % {"n": len(rows)}
    else:
        second = _("请了 %(n)s 位，来了 %(came)s 位") % {"n": len(rows), "came": came}
    kept = segments.usable(user).filter(draft=False).order_by("name") if asks else Segment.objects.none()
    context = {
        "row": row,
        "guests": rows,
        "came": came,
        "second": second,
        "where": _("，").join(part for part in (monthday(row.on), row.place, row.unit.name) if part),
        "today": today,
        "asks": asks,
        "marks": may(user, "care.invite") and row.cancelled_at is None and row.on <= today,
        "runs": may(user, "care.gather"),
        "q": text,
        "offered": reads.found(user, row, text) if asks and text else [],
        "segments": [("", _("请选"))] + [(str(one.pk), one.name) for one in kept[:200]],
        "most": acts.MOST,
    }
    crumb = [(_("关怀"), reverse("care")), (_("联谊"), reverse("gatherings")), (row.name, "")]
    return render(request, "care/gathering.html", context, nav="care", crumb=crumb)


def _act(request: Request, act: Callable[[], tuple[str, str, int]], where: str) -> HttpResponse:
    """Do it, say it (words, way back, which gathering); a refusal is said there."""
    try:
        said, undo, pk = act()
    except (Gathering.DoesNotExist, Guest.DoesNotExist, Segment.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    say_undo(request, said, undo)
    return moved(request, reverse("gathering", args=[pk]))


@door("care.gather", ("POST",))
def gathering_cancel(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, int]:
        row = acts.cancel(request.user, pk)
        return _("“%(name)s”取消了") % {"name": row.name}, reverse("gathering_restore", args=[pk]), pk

    return _act(request, act, reverse("gathering", args=[pk]))


@door("care.gather", ("POST",))
def gathering_restore(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, int]:
        row = acts.restore(request.user, pk)
        return _("“%(name)s”照办") % {"name": row.name}, reverse("gathering_cancel", args=[pk]), pk

    return _act(request, act, reverse("gathering", args=[pk]))


@door("care.invite", ("POST",))
def gathering_invite(request: Request, pk: int) -> HttpResponse:
    """Ask the ticked ones (`pick`), or all of a segment (`segment`) that the reader may see."""
    picks = [found for one in request.POST.getlist("pick") if (found := as_id(one))]
    number = as_id(request.POST.get("segment", ""))

    def act() -> tuple[str, str, int]:
        wanted = list(picks)
        if number:
            segment = segments.usable(request.user).get(pk=number)
            found = segments.customers_of(segment, request.user).order_by("pk").values_list("pk", flat=True)
            wanted += list(found[: acts.MOST + 1])
        done = acts.invite(request.user, pk, wanted)
        said = _("请了 %(n)s 位") % {"n": len(done.guests)}
        if done.known:
            said += _("；%(n)s 位已经请过") % {"n": done.known}
        if done.alone:
            said += _("；%(n)s 位不要打扰，没请") % {"n": done.alone}
        undo = reverse("guest_remove", args=[done.guests[0]]) if len(done.guests) == 1 else ""
        return said, undo, pk

    return _act(request, act, reverse("gathering", args=[pk]))


def _of(guest_id: int) -> str:
    pk = Guest.objects.filter(pk=guest_id).values_list("gathering", flat=True).first()
    return reverse("gathering", args=[pk]) if pk else reverse("gatherings")


@door("care.invite", ("POST",))
def guest_remove(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, int]:
        guest = acts.uninvite(request.user, pk)
        return _("不请%(name)s了") % {"name": guest.customer.name}, "", guest.gathering_id

    return _act(request, act, _of(pk))


@door("care.invite", ("POST",))
def guest_came(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, int]:
        guest = acts.came(request.user, pk)
        return _("%(name)s来了，记在卡上") % {"name": guest.customer.name}, reverse("guest_came_undo", args=[pk]), guest.gathering_id

    return _act(request, act, _of(pk))


@door("care.invite", ("POST",))
def guest_came_undo(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str, int]:
        guest = acts.undo_came(request.user, pk)
        return _("撤销了，%(name)s没来") % {"name": guest.customer.name}, "", guest.gathering_id

    return _act(request, act, _of(pk))


urlpatterns = [
    path("gatherings/", gatherings, name="gatherings"),
    path("gatherings/new/", gathering_new, name="gathering_new"),
    path("gatherings/<int:pk>/", gathering, name="gathering"),
    path("gatherings/<int:pk>/edit/", gathering_edit, name="gathering_edit"),
    path("gatherings/<int:pk>/cancel/", gathering_cancel, name="gathering_cancel"),
    path("gatherings/<int:pk>/restore/", gathering_restore, name="gathering_restore"),
    path("gatherings/<int:pk>/guests/", gathering_invite, name="gathering_invite"),
    path("gatherings/guests/<int:pk>/remove/", guest_remove, name="guest_remove"),
    path("gatherings/guests/<int:pk>/came/", guest_came, name="guest_came"),
    path("gatherings/guests/<int:pk>/came/undo/", guest_came_undo, name="guest_came_undo"),
]
