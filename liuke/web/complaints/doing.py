"""The doors of the acts on a complaint: one for who handles it, one for who oversees, one for who may say yes to what it costs."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.complaints import entering
from liuke.complaints.models import Complaint
from liuke.kernel.refusal import Refused
from liuke.web.complaints import closing_acts, handling_acts
from liuke.web.complaints.acts import APPROVE, OVERSEE, answer
from liuke.web.complaints.words import number
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import say_undo

ACTS = {
    **{name: (run, handling_acts.PLACES) for name, run in handling_acts.ACTS.items()},
    **{name: (run, closing_acts.PLACES) for name, run in closing_acts.ACTS.items()},
}


def _answer(request: Request, pk: int, what: str, mine: bool) -> HttpResponse:
    if what not in ACTS or not mine:
        raise Http404
    run, places = ACTS[what]
    return answer(request, pk, what, run, places)


@door("complaint.handle", ("POST",))
def act(request: Request, pk: int, what: str) -> HttpResponse:
    return _answer(request, pk, what, what not in (*OVERSEE, *APPROVE))


@door("complaint.oversee", ("POST",))
def oversee(request: Request, pk: int, what: str) -> HttpResponse:
    return _answer(request, pk, what, what in OVERSEE)


@door("complaint.approve", ("POST",))
def approve(request: Request, pk: int, what: str) -> HttpResponse:
    return _answer(request, pk, what, what in APPROVE)


@door("complaint.enter", ("POST",))
def put_back(request: Request, pk: int) -> HttpResponse:
    """The way back of taking back: it is out of everybody's sight until then."""
    try:
        made = entering.put_back(request.user, pk)
    except Complaint.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("complaints"))
    say_undo(request, _("%(number)s 又在了") % {"number": number(made)})
    return moved(request, reverse("complaint", args=[pk]))


urlpatterns = [
    path("complaints/<int:pk>/put-back/", put_back, name="complaint_put_back"),
    path("complaints/<int:pk>/do/<slug:what>/", act, name="complaint_act"),
    path("complaints/<int:pk>/oversee/<slug:what>/", oversee, name="complaint_oversee"),
    path("complaints/<int:pk>/approve/<slug:what>/", approve, name="complaint_approve"),
]
