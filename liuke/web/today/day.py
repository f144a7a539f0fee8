"""今日: what to do today, in which order, why, and what to say. A task opens beside the list; its outcome opens the next one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.custody.queries import Details, as_told, details
from liuke.customers.freshness import stale_cards
from liuke.interactions.labels import Outcome, outcome_words
from liuke.keepers.handed import news
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.kernel.workdays import at_rest, holiday
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.queries import current_run
from liuke.team.calendar import changes
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.conversations.beside import beside
from liuke.web.customers.next_contact import next_days
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import nav_item, render, say_undo
from liuke.web.shell import Undo
from liuke.web.today.keeping import keep
from liuke.web.today.offers import beside as offer_beside
from liuke.web.today.place import Place, colleague
from liuke.web.today.words import Words
from liuke.work import actions
from liuke.work.detail import Detail, detail
from liuke.work.effects import behind
from liuke.work.following import ENTER_DEAL, came_of
from liuke.work.labels import TaskState
from liuke.work.models import Result, Task
from liuke.work.queries import may_take, today, workers
from liuke.work.rules import quiet
from liuke.work.words import effect_note, lang

STEPS = 4
KEY = 40
LONGEST_AWAY = timedelta(days=7)


@door("today.work")
def index(request: Request) -> HttpResponse:
    """One's own list; ?user= leads whoever oversees to a colleague's."""
    if asked := request.GET.get("user", ""):
        if (whose := as_id(asked)) and whose != request.user.pk:
            colleague(request, whose)
            return redirect("today_of", user=whose)
        return redirect("today")
    return _page(request, Place(request.user, request.user))


@door("today.oversee")
def of(request: Request, user: int) -> HttpResponse:
    """A colleague's list."""
    return _page(request, colleague(request, user))


@door("today.work")
def task(request: Request, task: int) -> HttpResponse:
    """One task beside the list it stands on."""
    found = detail_or_404(request, task)
    return _page(request, Place(found.task.assignee, request.user), found)


@door("today.oversee")
def of_task(request: Request, user: int, task: int) -> HttpResponse:
    """One task of a colleague."""
    found = detail_or_404(request, task)
    if found.task.assignee_id != user:
        return redirect("today_of_task", user=found.task.assignee_id, task=task)
    return _page(request, colleague(request, user), found)


@door("today.work", methods=("POST",))
def outcome(request: Request, task: int) -> HttpResponse:
    """Write down what came of it. `go` is outcome:choice (a follow-up, or days after `later`); without it the marked outcome counts.

    `key` names this act: posted twice, it is done once. `at` (milliseconds since 1970) is when it was typed, where the network was away;
    such an act is answered with plain figures (Accept: application/json)."""
    plain = "application/json" in request.headers.get("Accept", "")
    what, _colon, choice = (request.POST.get("go") or request.POST.get("outcome", "")).partition(":")
    days = int(choice) if what == Outcome.LATER and choice.isdecimal() else None
    enters_deal = what == Outcome.DEAL and choice == ENTER_DEAL
    follow_up = "" if what == Outcome.LATER or enters_deal else choice
    try:
        result = actions.finish(
            request.user,
            task,
            what,
            follow_up=follow_up,
            days=days,
            note=request.POST.get("note", ""),
            now=_typed_at(request),
            key=request.POST.get("key", "")[:KEY],
        )
    except Task.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        if plain:
            return JsonResponse({"said": words(refused)}, status=409)
        return refused_page(request, task, refused)
    said = _("%(name)s：%(came)s") % {"name": result.task.customer.name, "came": came_of(result, clock.today())}
    undo = reverse("today_undo", args=[result.pk])
    if plain:
        return JsonResponse({"said": said, "undo": undo})
    if enters_deal:
        say_undo(request, said, undo)
        return moved(request, reverse("deal_new", args=[result.task.customer_id]))
    place = _place_of(request, result.task)
    following = today(place.person, clock.today(), request.user).after(result.task)
    address = place.task(following.task.pk) if following else place.home()
    if not request.htmx:
        say_undo(request, said, undo)
        return redirect(address)
    found = detail_or_404(request, following.task.pk) if following else None
    answer = _page(request, place, found, block="answer", undo=Undo(said, undo))
    answer["HX-Replace-Url"] = address
    return answer


@door("today.work", methods=("POST",))
def undo(request: Request, result: int) -> HttpResponse:
    """Take an outcome back; the task is opened again."""
    try:
        back = actions.undo(request.user, result)
    except Result.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        task_id = Result.objects.filter(pk=result, by=request.user).values_list("task", flat=True).get()
        return refused_page(request, task_id, refused)
    said = _("%(name)s：撤销了，还在今天的单子上") % {"name": back.customer.name}
    place = _place_of(request, back)
    if not request.htmx:
        say_undo(request, said)
        return redirect(place.task(back.pk))
    answer = _page(request, place, detail_or_404(request, back.pk), block="undone", undo=Undo(said))
    answer["HX-Replace-Url"] = place.task(back.pk)
    return answer


def _typed_at(request: Request) -> datetime | None:
    """When an outcome was typed without a network, if it says so: not to come, and not longer ago than LONGEST_AWAY."""
    typed = request.POST.get("at", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) == 13):
        return None
    now = timezone.now()
    return min(max(datetime.fromtimestamp(int(typed) / 1000, UTC), now - LONGEST_AWAY), now)


# ── one way to draw it ───────────────────────────────────────────────────────


def _page(
    request: Request, place: Place, found: Detail | None = None, *, block: str | None = None, undo: Undo | None = None, problem: str = ""
) -> HttpResponse:
    on = clock.today()
    list_ = today(place.person, on, place.viewer)
    opened = found is not None
    if found is None and (first := list_.after()):
        found = detail_or_404(request, first.task.pk)
    if block is None and request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        block = "rail"
    pack = current_pack()
    may_act = found is not None and found.task.state == TaskState.OPEN and may(request.user, "today.work")
    oversees = may(request.user, "today.oversee")
    shown = details(request.user, found.customer) if found else None
    context: dict[str, object] = {
        "list": list_,
        "lang": lang(),
        "outcomes": outcome_words(found.task.channel if found else ""),
        "found": found,
        "opened": opened,
        "place": place,
        "words": Words(list_, place.person if not place.mine else None, found.task.pk if found else 0),
        "card": shown,
        "told": as_told(shown is not None and shown.clear),
        "step": _step(request),
        "talk": beside(request.user, found, _step(request)),
        "offer": offer_beside(request.user, found),
        "may_act": may_act,
        "takers": may_take(request.user, found.task) if found and may_act and oversees else [],
        "workers": workers(request.user) if oversees and block is None else [],
        "thresholds": pack.thresholds,
        "budget": pack.contact_budget,
        "run": current_run,
        "effect_note": lambda: effect_note(pack, behind(list_.chosen[0].task, pack)),
        "quiet": quiet(timezone.localtime().time(), pack.contact_budget.quiet_from, pack.contact_budget.quiet_to),
        "came": came_of(found.item.result, on) if found and found.item.result else "",
        "undo": undo,
        "problem": problem,
        # A task that is no longer open has no field for the note: what was typed is shown, to be copied.
        "unsaved": request.POST.get("note", "") if problem and not may_act else "",
        "apart": block == "undone",
        "here": nav_item(request.user, "today", list_.to_do if place.mine else None) if block in ("answer", "undone") else None,
        "keepers_news": news(place.person, on) if place.mine and block != "rail" else None,
        "stale": stale_cards(place.person, on) if place.mine and block != "rail" else 0,
        "stale_days": pack.cards.stale_days,
        "now": timezone.localtime().strftime("%H:%M"),
        "key": uuid.uuid4().hex,
        "next_days": next_days(found.customer, found.item.standing, pack) if found else [],
        "holiday": holiday(on) if at_rest(on, pack.contact_budget.holiday_days, changes()) else "",
    }
    crumb = [(_("今日"), place.home() if opened else ""), (context["words"].day, "")]  # type: ignore[attr-defined]
    to_do = list_.to_do if place.mine else None
    if "keep" in request.GET and found is not None and place.mine:
        return _kept(request, found, context)
    status = 409 if problem else 200
    answer = render(request, "today/today.html", context, nav="today", crumb=crumb, block=block, status=status, to_do=to_do)
    if request.method == "GET" and place.mine:
        keep(answer, request, shown.until if shown and shown.clear else None)
    return answer


def _kept(request: Request, found: Detail, context: dict[str, object]) -> HttpResponse:
    """The task with every step of its script, and its card while it is out, for reading without a network."""
    parts = {}
    for step in ("", *map(str, range(2, len(found.script) + 1))):
        at = int(step or 1)
        part = render(request, "today/today.html", context | {"step": at, "talk": beside(request.user, found, at)}, block="rail")
        parts[step] = part.content.decode()
    shown = context["card"]
    out = isinstance(shown, Details) and shown.clear
    cards = [reverse("customer", args=[found.task.customer_id])] if out else []
    return keep(JsonResponse({"parts": parts, "cards": cards}), request, shown.until if isinstance(shown, Details) and out else None)


def refused_page(request: Request, task_id: int, refused: Refused) -> HttpResponse:
    """What a rule did not take, said beside the task; nothing was changed."""
    found = detail_or_404(request, task_id)
    place = Place(found.task.assignee, request.user)
    block = "answer" if request.htmx else None
    return _page(request, place, found, block=block, problem=words(refused))


def detail_or_404(request: Request, task_id: int) -> Detail:
    try:
        return detail(request.user, task_id, clock.today())
    except Task.DoesNotExist as missing:
        raise Http404 from missing


def _place_of(request: Request, task: Task) -> Place:
    return Place(User.objects.select_related("unit", "scope").get(pk=task.assignee_id), request.user)


def _step(request: Request) -> int:
    asked = request.GET.get("step", "")
    return int(asked) if asked.isdecimal() and 1 <= int(asked) <= STEPS else 1


urlpatterns = [
    path("today/", index, name="today"),
    path("today/of/<int:user>/", of, name="today_of"),
    path("today/of/<int:user>/<int:task>/", of_task, name="today_of_task"),
    path("today/outcomes/<int:result>/undo/", undo, name="today_undo"),
    path("today/<int:task>/", task, name="today_task"),
    path("today/<int:task>/outcome/", outcome, name="today_outcome"),
]
