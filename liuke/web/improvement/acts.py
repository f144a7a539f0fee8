"""Acts on a cycle: each posts, and comes back to its page; a refusal stands in place with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liuke.improvement import actions, things
from liuke.improvement.models import Cycle, CycleTask
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.improvement.pages import number_of, page
from liuke.web.page import say_undo

POST = ("POST",)
PLACES = {
    "improvement.task": "text", "improvement.task_twice": "text", "improvement.day": "due_on", "improvement.owner": "assignee",
    "improvement.standard": "text", "improvement.playbook": "key", "improvement.learned": "learned", "improvement.why": "why",
    "improvement.target": "target", "improvement.unmet": "learned", "text.too_long": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """`verb(user, id, form)` does it, or leaves in the form what is wrong with it; `said` when it is done, with `undo` as the way back.
    `part`: where on the page the form stands."""

    part: str
    verb: Callable[[User, int, Form], object]
    said: Promise
    undo: str = ""


def _do(request: Request, cycle: int, pk: int, act: Act) -> HttpResponse:
    """What was done is said, with its way back; a refusal leaves the page as it was."""
    form = typed(request.POST)
    try:
        made = act.verb(request.user, pk, form)
    except (Cycle.DoesNotExist, CycleTask.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused, PLACES)
    if form.bad:
        return page(request, cycle, form, act.part)
    task = made if isinstance(made, CycleTask) else None
    say_undo(
        request,
        str(act.said) % {"what": task.text} if task else str(act.said),
        reverse(act.undo, args=[task.pk if task else pk]) if act.undo else "",
    )
    return moved(request, reverse("cycle", args=[cycle]))


# ── a cycle ──────────────────────────────────────────────────────────────────


def _plan(user: User, pk: int, form: Form) -> object:
    due, target = form.day("due_on", gettext("请写到几号。")), number_of(form, "target")
    if due is None or target is None:
        return None
    return actions.plan(user, pk, target=target, due_on=due, owner_id=as_id(form.get("owner")) or 0, title=form.get("title"))


def _task_new(user: User, pk: int, form: Form) -> object:
    due = form.day("due_on", gettext("请写到几号。"))
    if due is None:
        return None
    return things.add_task(user, pk, text=form.get("text"), assignee_id=as_id(form.get("assignee")) or 0, due_on=due)


def _keep(user: User, pk: int, form: Form) -> object:
    return actions.keep(user, pk, **{name: form.get(name) for name in ("standard", "text", "key", "learned")})


def _again(user: User, pk: int, form: Form) -> object:
    due = form.day("due_on", gettext("请写到几号。"))
    return None if due is None else actions.again(user, pk, learned=form.get("learned"), due_on=due)


OF_CYCLE = {
    "plan": Act("plan", _plan, _("计划改好了")),
    "task_new": Act("task", _task_new, _("加了一条：%(what)s"), "cycle_task_drop"),
    "start": Act("start", lambda user, pk, form: actions.start(user, pk), _("开始做了，已经告诉要做的人")),
    "finish": Act("finish", lambda user, pk, form: actions.finish_doing(user, pk), _("都做完了，从明天起看效果"), "cycle_not_done"),
    "not_done": Act("finish", lambda user, pk, form: actions.back_to_doing(user, pk), _("接着做")),
    "check": Act("check", lambda user, pk, form: actions.check(user, pk), _("量好了，跟改之前一样的量法")),
    "keep": Act("keep", _keep, _("固化了，往后都这么做"), "cycle_reopen"),
    "again": Act("again", _again, _("回到计划，再来一圈")),
    "drop": Act("drop", lambda user, pk, form: actions.drop(user, pk, why=form.get("why")), _("不做了"), "cycle_reopen"),
    "reopen": Act("reopen", lambda user, pk, form: actions.reopen(user, pk), _("接着改进")),
}
PLACE = {"task_new": "tasks", "not_done": "not-done"}


@door("improvement.manage", POST)
def of_cycle(request: Request, pk: int, what: str) -> HttpResponse:
    """One of the acts of who manages a cycle."""
    return _do(request, pk, pk, OF_CYCLE[what])


# ── one thing to do in it ────────────────────────────────────────────────────

OF_TASK = {
    "done": Act("tasks", lambda user, pk, form: things.do_task(user, pk), _("做完：%(what)s"), "cycle_task_undone"),
    "undone": Act("tasks", lambda user, pk, form: things.do_task(user, pk, False), _("还没做：%(what)s"), "cycle_task_done"),
    "drop": Act("tasks", lambda user, pk, form: things.drop_task(user, pk), _("去掉了：%(what)s"), "cycle_task_back"),
    "back": Act("tasks", lambda user, pk, form: things.drop_task(user, pk, back=True), _("又在了：%(what)s"), "cycle_task_drop"),
}


def _of_task(request: Request, pk: int, what: str) -> HttpResponse:
    seen = Cycle.objects.visible_to(request.user)
    cycle = CycleTask.objects.filter(pk=pk, cycle__in=seen).values_list("cycle_id", flat=True).first()
    if cycle is None:
        raise Http404
    return _do(request, cycle, pk, OF_TASK[what])


@door("improvement.read", POST)
def of_task(request: Request, pk: int, what: str) -> HttpResponse:
    """Done, or not after all."""
    return _of_task(request, pk, what)


@door("improvement.manage", POST)
def whether_task(request: Request, pk: int, what: str) -> HttpResponse:
    """Whether it is to be done at all."""
    return _of_task(request, pk, what)


urlpatterns = [
    *(path(f"improvement/<int:pk>/{PLACE.get(what, what)}/", of_cycle, {"what": what}, name=f"cycle_{what}") for what in OF_CYCLE),
    *(path(f"improvement/tasks/<int:pk>/{what}/", of_task, {"what": what}, name=f"cycle_task_{what}") for what in ("done", "undone")),
    *(path(f"improvement/tasks/<int:pk>/{what}/", whether_task, {"what": what}, name=f"cycle_task_{what}") for what in ("drop", "back")),
]
