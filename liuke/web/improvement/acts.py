"""Acts on a cycle: each posts, and comes back to its page; a refusal stands in place with what was typed."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.improvement import actions, things
from liuke.improvement.models import Cycle, CycleTask
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.web.customers import moved
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.improvement.pages import number_of, page
from liuke.web.page import say_undo

POST = ("POST",)
PLACES = {
    "improvement.task": "text", "improvement.task_twice": "text", "improvement.day": "due_on", "improvement.owner": "assignee",
    "improvement.standard": "text", "improvement.playbook": "key", "improvement.learned": "learned", "improvement.why": "why",
    "improvement.target": "target", "text.too_long": "text",
}  # fmt: skip

Act = Callable[[], tuple[str, str]]


def _done(request: Request, pk: int, form: Form, name: str, act: Act) -> HttpResponse:
    """What was done is said, with its way back; a refusal leaves the page as it was."""
    if not form.bad:
        try:
            said, undo = act()
        except (Cycle.DoesNotExist, CycleTask.DoesNotExist):
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            say_undo(request, said, undo)
            return moved(request, reverse("cycle", args=[pk]))
    return page(request, pk, form, name)


@door("improvement.manage", POST)
def plan(request: Request, pk: int) -> HttpResponse:
    form = typed(request.POST)
    due, target = form.day("due_on", _("请写到几号。")), number_of(form, "target")

    def act() -> tuple[str, str]:
        assert due is not None and target is not None
        actions.plan(request.user, pk, target=target, due_on=due, owner_id=as_id(form.get("owner")) or 0, title=form.get("title"))
        return _("计划改好了"), ""

    return _done(request, pk, form, "plan", act)


@door("improvement.manage", POST)
def task_new(request: Request, pk: int) -> HttpResponse:
    form = typed(request.POST)
    due = form.day("due_on", _("请写到几号。"))

    def act() -> tuple[str, str]:
        assert due is not None
        made = things.add_task(request.user, pk, text=form.get("text"), assignee_id=as_id(form.get("assignee")) or 0, due_on=due)
        return _("加了一条：%(what)s") % {"what": made.text}, reverse("cycle_task_drop", args=[made.pk])

    return _done(request, pk, form, "task", act)


def _cycle_of(request: Request, task: int) -> int:
    seen = Cycle.objects.visible_to(request.user)
    pk = CycleTask.objects.filter(pk=task, cycle__in=seen).values_list("cycle_id", flat=True).first()
    if pk is None:
        raise Http404
    return pk


def _of_task(request: Request, task: int, verb: Callable[[], CycleTask], said: str, undo: str) -> HttpResponse:
    cycle = _cycle_of(request, task)

    def act() -> tuple[str, str]:
        return said % {"what": verb().text}, reverse(undo, args=[task])

    return _done(request, cycle, typed(request.POST), "tasks", act)


@door("improvement.read", POST)
def task_done(request: Request, pk: int) -> HttpResponse:
    return _of_task(request, pk, lambda: things.do_task(request.user, pk), _("做完：%(what)s"), "cycle_task_undone")


@door("improvement.read", POST)
def task_undone(request: Request, pk: int) -> HttpResponse:
    return _of_task(request, pk, lambda: things.do_task(request.user, pk, False), _("还没做：%(what)s"), "cycle_task_done")


@door("improvement.manage", POST)
def task_drop(request: Request, pk: int) -> HttpResponse:
    return _of_task(request, pk, lambda: things.drop_task(request.user, pk), _("去掉了：%(what)s"), "cycle_task_back")


@door("improvement.manage", POST)
def task_back(request: Request, pk: int) -> HttpResponse:
    return _of_task(request, pk, lambda: things.drop_task(request.user, pk, back=True), _("又在了：%(what)s"), "cycle_task_drop")


@door("improvement.manage", POST)
def start(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str]:
        actions.start(request.user, pk)
        return _("开始做了，已经告诉要做的人"), ""

    return _done(request, pk, typed(request.POST), "start", act)


@door("improvement.manage", POST)
def finish(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str]:
        actions.finish_doing(request.user, pk)
        return _("都做完了，从明天起看效果"), reverse("cycle_not_done", args=[pk])

    return _done(request, pk, typed(request.POST), "finish", act)


@door("improvement.manage", POST)
def not_done(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str]:
        actions.back_to_doing(request.user, pk)
        return _("接着做"), ""

    return _done(request, pk, typed(request.POST), "finish", act)


@door("improvement.manage", POST)
def check(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str]:
        actions.check(request.user, pk)
        return _("量好了，跟改之前一样的量法"), ""

    return _done(request, pk, typed(request.POST), "check", act)


@door("improvement.manage", POST)
def keep(request: Request, pk: int) -> HttpResponse:
    form = typed(request.POST)

    def act() -> tuple[str, str]:
        fields = {name: form.get(name) for name in ("standard", "text", "key", "learned")}
        actions.keep(request.user, pk, **fields)
        return _("固化了，往后都这么做"), reverse("cycle_reopen", args=[pk])

    return _done(request, pk, form, "keep", act)


@door("improvement.manage", POST)
def again(request: Request, pk: int) -> HttpResponse:
    form = typed(request.POST)
    due = form.day("due_on", _("请写到几号。"))

    def act() -> tuple[str, str]:
        assert due is not None
        actions.again(request.user, pk, learned=form.get("learned"), due_on=due)
        return _("回到计划，再来一圈"), ""

    return _done(request, pk, form, "again", act)


@door("improvement.manage", POST)
def drop(request: Request, pk: int) -> HttpResponse:
    form = typed(request.POST)

    def act() -> tuple[str, str]:
        actions.drop(request.user, pk, why=form.get("why"))
        return _("不做了"), reverse("cycle_reopen", args=[pk])

    return _done(request, pk, form, "drop", act)


@door("improvement.manage", POST)
def reopen(request: Request, pk: int) -> HttpResponse:
    def act() -> tuple[str, str]:
        actions.reopen(request.user, pk)
        return _("接着改进"), ""

    return _done(request, pk, typed(request.POST), "reopen", act)


urlpatterns = [
    path("improvement/<int:pk>/plan/", plan, name="cycle_plan"),
    path("improvement/<int:pk>/tasks/", task_new, name="cycle_task_new"),
    path("improvement/tasks/<int:pk>/done/", task_done, name="cycle_task_done"),
    path("improvement/tasks/<int:pk>/undone/", task_undone, name="cycle_task_undone"),
    path("improvement/tasks/<int:pk>/drop/", task_drop, name="cycle_task_drop"),
    path("improvement/tasks/<int:pk>/back/", task_back, name="cycle_task_back"),
    path("improvement/<int:pk>/start/", start, name="cycle_start"),
    path("improvement/<int:pk>/finish/", finish, name="cycle_finish"),
    path("improvement/<int:pk>/not-done/", not_done, name="cycle_not_done"),
    path("improvement/<int:pk>/check/", check, name="cycle_check"),
    path("improvement/<int:pk>/keep/", keep, name="cycle_keep"),
    path("improvement/<int:pk>/again/", again, name="cycle_again"),
    path("improvement/<int:pk>/drop/", drop, name="cycle_drop"),
    path("improvement/<int:pk>/reopen/", reopen, name="cycle_reopen"),
]
