"""Opening a round that measures a playbook, and ending it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.playbooks.queries import pack as pack_in_use
from liuke.trials.actions import open_trial
from liuke.trials.models import Trial
from liuke.web.doors import Request, door, words
from liuke.web.page import render, say_undo
from liuke.web.playbooks.effect import asked_for, effect_page, typed
from liuke.work.measuring import stop_trial
from liuke.work.rows import playbook_of


@door("trial.manage")
def playbook_round_could(request: Request, key: str) -> HttpResponse:
    """What a round of the size that is being typed could find."""
    pack = pack_in_use()
    playbook = playbook_of(pack, key)
    if playbook is None:
        raise Http404
    return render(request, "playbooks/effect.html", asked_for(request, pack, playbook), block="could")


@door("trial.manage", ("POST",))
def playbook_round_open(request: Request, key: str) -> HttpResponse:
    pack = pack_in_use()
    if playbook_of(pack, key) is None:
        raise Http404
    percent_, planned = (typed(request.POST.get(name, ""), 0) for name in ("percent", "planned"))
    try:
        trial = open_trial(request.user, pack, key, percent=percent_, planned=planned)
    except Refused as refused:
        return effect_page(request, key, words(refused))
    say_undo(request, _("第 %(n)s 轮开始了，从下一次排今天的事起分组。") % {"n": trial.round})
    return redirect("playbook_effect", key)


@door("trial.manage", ("POST",))
def playbook_round_stop(request: Request, key: str, pk: int) -> HttpResponse:
    if not Trial.objects.filter(pk=pk, playbook=key).exists():
        raise Http404
    stop_trial(request.user, pk)
    say_undo(request, _("这一轮结束了，结论不再改。"))
    return redirect("playbook_effect", key)


urlpatterns = [
    path("playbooks/<slug:key>/effect/could/", playbook_round_could, name="playbook_round_could"),
    path("playbooks/<slug:key>/effect/open/", playbook_round_open, name="playbook_round_open"),
    path("playbooks/<slug:key>/effect/<int:pk>/stop/", playbook_round_stop, name="playbook_round_stop"),
]
