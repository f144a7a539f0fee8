"""Beside the script: what the customer answered in each step, whether it was done, whether there was a chance. Kept as it is typed."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from liuke.conversations import actions, queries
from liuke.conversations.actions import Talk
from liuke.conversations.rules import STEPS
from liuke.custody.queries import restored
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.queries import pack as current_pack
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import say_undo
from liuke.work.detail import Detail, detail
from liuke.work.models import Task

ANSWERS_MOST = 20


def talk_of(found: Detail) -> Talk:
    """The conversation a task asks for, with the answers its script knows."""
    playbook = found.item.playbook
    return Talk(
        task=found.task.pk,
        customer=found.task.customer_id,
        playbook=found.task.playbook,
        scenario=current_pack().scenario_of(playbook) if playbook else "",
        answers=tuple(tuple(branch.when for branch in block.branches) for block in found.script),
    )


def talk_behind(user: User, task_id: int) -> Talk:
    """The same by the number of the task, for who may see it."""
    try:
        return talk_of(detail(user, task_id, clock.today()))
    except Task.DoesNotExist as missing:
        raise Http404 from missing


@door("talk.note", methods=("POST",))
def note(request: Request, task: int, step: int) -> HttpResponse:
    """Keep what is noted of one step, as it is typed. Answers one word for the line beside it; without script, the page again."""
    talk = talk_behind(request.user, task)
    if not 1 <= step <= STEPS:
        raise Http404
    took = request.POST.getlist("took")[:ANSWERS_MOST]
    before = queries.steps_of(queries.of_task(task)).get(step)
    said = restored(request.POST.get("said", ""), [before.said] if before else [])  # numbers in it may be shown covered
    try:
        actions.note(request.user, talk, step, took=took, said=said, done=request.POST.get("done") == "1")
    except Customer.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        return _told(request, task, step, words(refused), 422)
    return _told(request, task, step, _("存了"))


@door("talk.note", methods=("POST",))
def chance(request: Request, task: int) -> HttpResponse:
    """Did I see a chance to serve?"""
    talk = talk_behind(request.user, task)
    try:
        actions.see_chance(request.user, talk, request.POST.get("chance", ""))
    except Customer.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        return _told(request, task, 1, words(refused), 422)
    return _told(request, task, 1, _("存了"))


def _told(request: Request, task: int, step: int, said: str, status: int = 200) -> HttpResponse:
    if request.htmx:
        return HttpResponse(escape(said), status=status)
    say_undo(request, said)
    return moved(request, f"{reverse('today_task', args=[task])}?step={step}")


urlpatterns = [
    path("today/<int:task>/talk/<int:step>/", note, name="talk_note"),
    path("today/<int:task>/chance/", chance, name="talk_chance"),
]
