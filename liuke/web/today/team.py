"""Giving tasks of the day to a colleague: one, or several at once; and back again."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.web.doors import Request, door, words
from liuke.web.going import back_to, moved
from liuke.web.page import say_undo
from liuke.web.today.day import detail_or_404, refused_page
from liuke.web.today.place import Place
from liuke.work import actions
from liuke.work.models import Task

MOST = 200  # a day's list has fewer


@door("today.oversee", methods=("POST",))
def assign(request: Request, task: int, user: int | None = None) -> HttpResponse:
    """Give a task to a colleague (`to`, or in the address: what the undo line posts to)."""
    to = user if user is not None else as_id(request.POST.get("to", "")) or 0
    before = detail_or_404(request, task).task
    try:
        actions.reassign(request.user, [task], to)
    except Task.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        return refused_page(request, task, refused)
    person = User.objects.get(pk=to)
    said = _("%(name)s交给了%(who)s") % {"name": before.customer.name, "who": person.name}
    back = reverse("today_assign_to", args=[task, before.assignee_id]) if user is None else ""
    say_undo(request, said, back)
    address = Place(person, request.user).task(task)
    return moved(request, address)


@door("today.oversee", methods=("POST",))
def assign_many(request: Request) -> HttpResponse:
    """Give several tasks (`task`, each) to a colleague (`to`), all or none. The undo line has both in its address."""
    undoing = "to" in request.GET
    asked = (request.GET if undoing else request.POST).getlist("task")
    ids = sorted({pk for text in asked[:MOST] if (pk := as_id(text))})
    where = back_to(request, reverse("today"))
    if not ids:
        say_undo(request, _("请先勾选要交给别人的任务。"))
        return moved(request, where)
    to = as_id((request.GET if undoing else request.POST).get("to", "")) or 0
    before = set(Task.objects.visible_to(request.user).filter(pk__in=ids).values_list("assignee", flat=True))
    try:
        count = actions.reassign(request.user, ids, to)
    except Task.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    said = ngettext("%(n)s 件交给了%(who)s", "%(n)s 件交给了%(who)s", count) % {"n": count, "who": User.objects.get(pk=to).name}
    back = ""
    if not undoing and len(before) == 1:
        query = urlencode([("to", before.pop()), *(("task", pk) for pk in ids), ("back", where)])
        back = f"{reverse('today_assign_many')}?{query}"
    say_undo(request, said, back)
    return moved(request, where)


urlpatterns = [
    path("today/assignee/", assign_many, name="today_assign_many"),
    path("today/<int:task>/assignee/", assign, name="today_assign"),
    path("today/<int:task>/assignee/<int:user>/", assign, name="today_assign_to"),
]
