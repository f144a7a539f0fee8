"""What can be done with a complaint: each verb by its address, what it says, and the way back. A refusal is said where it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import models
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from liuke.complaints.models import Complaint
from liuke.kernel.refusal import N_, Refused
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.web.complaints.case import found_or_404, show
from liuke.web.complaints.undone import refusal_of
from liuke.web.doors import Request
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import say_undo
from liuke.web.shell import Undo


@dataclass(frozen=True)
class Doing:
    """One act that was sent: who does it, to which complaint, with what; `id` of the part of it that is meant."""

    user: User
    pk: int
    form: Form

    @property
    def id(self) -> int:
        """The part: as `id`, else the number before the dot of the button pressed (`pick`: "12.yes")."""
        found = as_id(self.form.get("id") or self.form.get("pick").partition(".")[0])
        if found is None:
            raise Refused("complaint.part", N_("没有这一条，请刷新再看。"))
        return found

    def part(self, model: type[models.Model]) -> int:
        """The part, which is of this very complaint: one of another raises DoesNotExist, and nothing is done."""
        found = self.id
        if not model._default_manager.filter(pk=found, complaint_id=self.pk).exists():
            raise models.ObjectDoesNotExist
        return found

    @property
    def how(self) -> str:
        """What the button pressed says of it: "yes" of "12.yes"."""
        return self.form.get("pick").partition(".")[2]

    def person(self, name: str) -> int | None:
        return as_id(self.form.get(name))


@dataclass(frozen=True)
class Done:
    """The line that says it, and the act that takes it back ("" where there is none), about which part. `contact`: what was asked
    to be seen, on this one answer."""

    said: str
    undo: str = ""
    id: int | None = None
    contact: str = ""


Act = Callable[[Doing], Done]


OVERSEE = ("lower", "crisis_end")
APPROVE = ("decide_money", "undecide")


def address_of(pk: int, what: str) -> str:
    """Where an act is sent: the door depends on who may do it."""
    route = "complaint_oversee" if what in OVERSEE else "complaint_approve" if what in APPROVE else "complaint_act"
    return reverse(route, args=[pk, what])


def undo_of(pk: int, done: Done) -> str:
    if not done.undo:
        return ""
    where = reverse("complaint_put_back", args=[pk]) if done.undo == "put_back" else address_of(pk, done.undo)
    return where + (f"?{urlencode({'id': str(done.id)})}" if done.id else "")


def answer(request: Request, pk: int, what: str, act: Act, places: Mapping[str, str]) -> HttpResponse:
    """Do it; the case as it stands then, as a fragment or by a redirect. A refusal: the case with it in place, and what was typed."""
    found_or_404(request.user, pk)
    form = typed({**request.GET.dict(), **request.POST.dict()})
    try:
        done = act(Doing(request.user, pk, form))
    except models.ObjectDoesNotExist:
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused, places)
        if request.htmx and request.htmx.target == "lk-undo":  # there is room for a line, not for a page
            say_undo(request, refusal_of(form))
            return moved(request, reverse("complaint", args=[pk]))
        return show(request, pk, what=what, form=form, status=422 if form.errors else 409)
    if done.contact:
        return show(request, pk, contact=done.contact)
    if not Complaint.objects.visible_to(request.user).filter(pk=pk).exists():  # taken back, or given out of sight
        say_undo(request, done.said, undo_of(pk, done))
        return moved(request, reverse("complaints"))
    if request.htmx and request.htmx.target == "lk-case":
        return show(request, pk, undo=Undo(done.said, undo_of(pk, done)))
    say_undo(request, done.said, undo_of(pk, done))
    return moved(request, back_to(request, reverse("complaint", args=[pk])))


def required(form: Form) -> None:
    """What a field did not read is an error beside it: nothing was done."""
    if form.errors:
        raise Refused("complaint.form", N_("请看标出来的地方。"))
