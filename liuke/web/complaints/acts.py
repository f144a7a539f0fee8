"""What can be done with a complaint: each verb by its address, what it says, and the way back. A refusal is said where it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode

from liuke.complaints.models import Complaint
from liuke.kernel.refusal import N_, Refused
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.web.complaints.case import found_or_404, show
from liuke.web.customers import back_to, moved
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
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

    @property
    def how(self) -> str:
        """What the button pressed says of it: "yes" of "12.yes"."""
        return self.form.get("pick").partition(".")[2]

    def person(self, name: str) -> int | None:
        return as_id(self.form.get(name))


@dataclass(frozen=True)
class Done:
    """The line that says it, and the act that takes it back ("" where there is none), about which part."""

    said: str
    undo: str = ""
    id: int | None = None


Act = Callable[[Doing], Done]


def undo_of(pk: int, done: Done) -> str:
    if not done.undo:
        return ""
    return reverse(f"complaint_{done.undo}", args=[pk]) + (f"?{urlencode({'id': done.id})}" if done.id else "")


def answer(request: Request, pk: int, what: str, act: Act, places: dict[str, str]) -> HttpResponse:
    """Do it; the case as it stands then, as a fragment or by a redirect. A refusal: the case with it in place, and what was typed."""
    found_or_404(request.user, pk)
    form = typed({**request.GET.dict(), **request.POST.dict()})
    try:
        done = act(Doing(request.user, pk, form))
    except models.ObjectDoesNotExist:
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused, places)
        return show(request, pk, what=what, form=form, status=422 if form.errors else 409)
    if not Complaint.objects.visible_to(request.user).filter(pk=pk).exists():  # taken back, or given out of sight
        say_undo(request, done.said, undo_of(pk, done))
        return moved(request, reverse("complaints"))
    if request.htmx and request.htmx.target == "lk-case":
        return show(request, pk, undo=Undo(done.said, undo_of(pk, done)))
    say_undo(request, done.said, undo_of(pk, done))
    return moved(request, back_to(request, reverse("complaint", args=[pk])))


def routes(acts: Mapping[str, Act], permission: str = "complaint.handle", places: dict[str, str] | None = None) -> list[URLPattern]:
    """An address for each act: complaints/12/tick/, named complaint_tick."""

    def view_of(what: str, act: Act) -> Any:
        def view(request: Request, pk: int) -> HttpResponse:
            return answer(request, pk, what, act, places or {})

        return door(permission, ("POST",))(view)

    return [
        path(f"complaints/<int:pk>/{what.replace('_', '-')}/", view_of(what, act), name=f"complaint_{what}") for what, act in acts.items()
    ]


def required(form: Form) -> None:
    """What a field did not read is an error beside it: nothing was done."""
    if form.errors:
        raise Refused("complaint.form", N_("请看标出来的地方。"))
