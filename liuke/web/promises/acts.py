"""What can be done with a promise: each way it ends, a word on its cost, and each way back."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.promises.models import Promise
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import say_undo
from liuke.web.promises.day import due_day
from liuke.web.promises.listing import found_or_404, show_one
from liuke.web.words import day as day_words
from liuke.work import promising

Act = Callable[[Request, Promise, Form], tuple[str, str]]
"""Does it; the line that says so, and where its undo posts to ("" without)."""


@door("promise.make", ("POST",))
def act(request: Request, pk: int, what: str) -> HttpResponse:
    """One of the ways it ends, or the way back: kept, broken, dropped, moved, sure, reopened, taken back; a word on its cost."""
    found = found_or_404(request, pk)
    if not Promise.objects.in_hand_of(request.user).filter(pk=pk).exists():
        raise Http404
    form = typed(request.POST)
    where = back_to(request, reverse("promise", args=[pk]))
    try:
        done, undo = ACTS[what](request, found, form)
    except (Promise.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused, {"promise.past": "due", "promise.same_day": "due", "promise.far": "due"})
        return show_one(request, found_or_404(request, pk), form, status=409)
    say_undo(request, done, undo)
    return moved(request, where)


def _settle(done: bool) -> Act:
    def run(request: Request, found: Promise, form: Form) -> tuple[str, str]:
        on = form.day("on", lean="past")
        _refuse(form)
        ended = promising.settle(request.user, found.pk, done, note=form.get("note"), on=on)
        said = _("%(name)s：%(state)s") % {"name": found.customer.name, "state": ended.get_state_display()}
        return said, reverse("promise_reopen", args=[found.pk])

    return run


def _drop(request: Request, found: Promise, form: Form) -> tuple[str, str]:
    promising.withdraw(request.user, found.pk, note=form.get("note"))
    return _("%(name)s：这件事不用办了") % {"name": found.customer.name}, reverse("promise_reopen", args=[found.pk])


def _move(request: Request, found: Promise, form: Form) -> tuple[str, str]:
    due = due_day(form, _("请写改到哪天。"))
    _refuse(form)
    assert due is not None
    verb = promising.make_sure if form.get("sure") == "now" else promising.renegotiate
    made = verb(request.user, found.pk, due, note=form.get("note"))
    said = _("%(name)s：改到%(day)s") if verb is promising.renegotiate else _("%(name)s：给了准话，%(day)s")
    return said % {"name": found.customer.name, "day": day_words(made.due_on)}, reverse("promise_reopen", args=[found.pk])


def _reopen(request: Request, found: Promise, form: Form) -> tuple[str, str]:
    promising.reopen(request.user, found.pk)
    return _("%(name)s：撤销了，还要办") % {"name": found.customer.name}, ""


def _decide(agreed: bool) -> Act:
    def run(request: Request, found: Promise, form: Form) -> tuple[str, str]:
        promising.decide(request.user, found.pk, agreed, note=form.get("note"))
        said = (_("%(name)s：批了") if agreed else _("%(name)s：没批")) % {"name": found.customer.name}
        return said, reverse("promise_undecide", args=[found.pk])

    return run


def _undecide(request: Request, found: Promise, form: Form) -> tuple[str, str]:
    promising.take_back_decision(request.user, found.pk)
    return _("%(name)s：撤销了，还在等批") % {"name": found.customer.name}, ""


ACTS: dict[str, Act] = {
    "kept": _settle(True),
    "broken": _settle(False),
    "drop": _drop,
    "move": _move,
    "reopen": _reopen,
    "yes": _decide(True),
    "no": _decide(False),
    "undecide": _undecide,
}


@door("promise.make", ("POST",))
def take_back(request: Request, pk: int) -> HttpResponse:
    """The undo line of a promise just given: it was a slip."""
    found = found_or_404(request, pk)
    try:
        promising.take_back(request.user, pk)
    except Promise.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        say_undo(request, _("%(name)s：撤销了，没有答应什么") % {"name": found.customer.name})
    return moved(request, back_to(request, reverse("customer", args=[found.customer_id])))


def _refuse(form: Form) -> None:
    """What a date field did not read is an error beside it: nothing was done."""
    if form.errors:
        raise Refused("promise.form", "请看标出来的地方。")


urlpatterns = [
    path("promises/<int:pk>/take-back/", take_back, name="promise_take_back"),
    *[path(f"promises/<int:pk>/{name}/", act, {"what": name}, name=f"promise_{name}") for name in ACTS],
]
