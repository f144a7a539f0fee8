"""督导: who was gone over this morning, whose cards were looked through this week, the team's day, what is overdue, and whether the
supervisor did it."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, masked_text
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.promises.models import Promise
from liuke.supervision import actions
from liuke.supervision.models import Debrief
from liuke.supervision.queries import (
    READING_DAYS,
    Supervisor,
    Team,
    day_gone,
    people,
    supervisors,
    team,
)
from liuke.supervision.rules import day_before
from liuke.team.calendar import changes as free_days
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as current_pack
from liuke.visits.queries import reading_rate, unread
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.promises.words import due_words, kept_words, made_words
from liuke.web.words import day as day_words
from liuke.web.words import thousands
from liuke.work.following import came_of, next_words

SHOWN = 50
"""People of one page."""

UNREAD_SHOWN = 200


@door("supervision.read")
def index(request: Request) -> HttpResponse:
    """The morning: with whom to go over yesterday, whose cards to look through, how far the team is, what is overdue."""
    today, page = clock.today(), _page_of(request)
    every = people(request.user)
    total = every.count()
    found = team(request.user, list(every[(page - 1) * SHOWN : page * SHOWN]), today)
    context = {
        "it": found,
        "title": title(found, today),
        "second": _second(found),
        "today": today,
        "total": total,
        "before": f"?page={page - 1}" if page > 1 else "",
        "after": f"?page={page + 1}" if page * SHOWN < total else "",
        "first": (page - 1) * SHOWN + 1,
        "last": min(page * SHOWN, total),
        "kept_words": kept_words,
        "reading_days": READING_DAYS,
        "day_words": lambda day: day_words(day, today),
        "waiting": Promise.objects.visible_to(request.user).waiting().exclude(by=request.user).count(),
        "cards": current_pack().supervision.review_cards,
    }
    return render(request, "supervision/index.html", context, nav="supervision", crumb=[(_("督导"), "")])


@door("supervision.read")
def unread_visits(request: Request, user: int) -> HttpResponse:
    """The visits one person made without a look at the card before."""
    person, today = person_or_404(request, user), clock.today()
    since = today - timedelta(READING_DAYS)
    rows = list(unread(request.user, [person.pk], since, today)[:UNREAD_SHOWN])
    rate = reading_rate([person.pk], since, today).get(person.pk)
    context = {"person": person, "rows": rows, "rate": rate, "days": READING_DAYS, "today": today}
    crumb = [(_("督导"), reverse("supervision")), (_("去前看卡"), "")]
    return render(request, "supervision/unread.html", context, nav="supervision", crumb=crumb)


@door("supervision.read")
def debrief(request: Request, user: int) -> HttpResponse:
    """One person's day: contacts, results, promises, what comes next; ticked with a word (?day=, else the last day of work)."""
    person = person_or_404(request, user)
    return _debrief(request, person, _day(request))


@door("supervision.read", ("POST",))
def debrief_tick(request: Request, user: int) -> HttpResponse:
    person, day = person_or_404(request, user), _day(request)
    try:
        made = actions.debrief(request.user, user, day, request.POST.get("remark", ""))
    except User.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return _debrief(request, person, day, words(refused))
    said = _("和%(who)s过了%(day)s的事") % {"who": person.name, "day": day_words(day)}
    say_undo(request, said, reverse("debrief_undo", args=[made.pk]))
    return moved(request, reverse("supervision"))


@door("supervision.read", ("POST",))
def debrief_undo(request: Request, pk: int) -> HttpResponse:
    try:
        back = actions.undo_debrief(request.user, pk)
    except Debrief.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("supervision"))
    say_undo(request, _("撤销了，%(who)s的这一天还没过") % {"who": back.person.name})
    return moved(request, reverse("debrief", args=[back.person_id]))


@door("today.work")
def debrief_read(request: Request, pk: int) -> HttpResponse:
    """What was agreed on one day, for whom it was said (and who is above him)."""
    found = Debrief.objects.standing().select_related("person", "by").filter(pk=pk).first()
    if found is None:
        raise Http404
    oversees = may(request.user, "supervision.read") and people(request.user).filter(pk=found.person_id).exists()
    if found.person_id != request.user.pk and not oversees:
        raise Http404
    context = {"it": found, "told": as_told(False)}
    return render(request, "supervision/said.html", context, nav="today", crumb=[(_("今日"), reverse("today")), (_("过的事"), "")])


@door("supervision.read")
def done(request: Request) -> HttpResponse:
    """Whether supervisors did what they owe their people, week by week, with who was left out."""
    found = supervisors(request.user, clock.today())
    context = {"rows": found, "title": _done_title(found), "own": [one.person.pk for one in found] == [request.user.pk]}
    crumb = [(_("督导"), reverse("supervision")), (_("督导做了没有"), "")]
    return render(request, "supervision/done.html", context, nav="supervision", crumb=crumb)


# ── words ────────────────────────────────────────────────────────────────────


def title(found: Team, today: date) -> str:
    """The finding: 昨天 5 个人里 2 个还没过."""
    if not found.members:
        return _("您下面还没有人")
    slots = {"day": day_words(found.day, today), "n": len(found.members), "open": found.not_gone_over}
    if found.not_gone_over:
        return _("%(day)s %(n)s 个人里 %(open)s 个还没过") % slots
    if found.not_reviewed:
        return _("%(day)s的事都过了，这周还有 %(open)s 个人的卡没看完") % {**slots, "open": found.not_reviewed}
    return _("%(day)s的事都过了，这周的卡也都看了") % slots


def _second(found: Team) -> str:
    late = sum(one.owes for one in found.members)
    if late:
        return _("这周还有 %(cards)s 个人的卡没看完，%(late)s 件事过了日子。") % {"cards": found.not_reviewed, "late": thousands(late)}
    return _("这周还有 %(cards)s 个人的卡没看完，没有过期的事。") % {"cards": found.not_reviewed}


def _done_title(found: list[Supervisor]) -> str:
    """Of the last whole week (the one before this)."""
    weeks = [one.weeks[1] if len(one.weeks) > 1 else one.weeks[0] for one in found]
    reviews, reviews_due = sum(week.reviews for week in weeks), sum(week.reviews_due for week in weeks)
    debriefs, debriefs_due = sum(week.debriefs for week in weeks), sum(week.debriefs_due for week in weeks)
    slots = {"reviews": reviews, "reviews_due": reviews_due, "debriefs": debriefs, "debriefs_due": debriefs_due}
    if not reviews_due and not debriefs_due:
        return _("上周没有该看的卡，也没有该过的事")
    return _("上周该看 %(reviews_due)s 个人的卡，看了 %(reviews)s 个；该过 %(debriefs_due)s 次，过了 %(debriefs)s 次") % slots


# ── parts ────────────────────────────────────────────────────────────────────


def _debrief(request: Request, person: User, day: date, problem: str = "") -> HttpResponse:
    today = clock.today()
    found = day_gone(request.user, person, day, today)
    last = day_before(today, free_days())
    met = sum(row.outcome in (Outcome.REACHED, Outcome.DEAL, Outcome.LATER) for row in found.contacts)
    slots = {"who": person.name, "day": day_words(day, today), "n": len(found.contacts), "met": met}
    if found.contacts:
        said = _("%(who)s%(day)s联系了 %(n)s 次，说上话 %(met)s 次") % slots
    else:
        said = _("%(who)s%(day)s没有联系过客户") % slots
    context = {
        "it": found,
        "title": said,
        "today": today,
        "problem": problem,
        "open": found.debrief is None and day < today,
        "is_last": day == last,
        "came": lambda row: came_of(found.results[row.pk], today) if row.pk in found.results else row.get_outcome_display(),
        "next_of": lambda task: next_words(task.due_on, task.channel, today),
        "told": masked_text,
        "due_words": due_words,
        "made_words": made_words,
        "earlier": (day - timedelta(1)).isoformat(),
        "later": (day + timedelta(1)).isoformat() if day + timedelta(1) < today else "",
    }
    crumb = [(_("督导"), reverse("supervision")), (_("%(who)s的一天") % {"who": person.name}, "")]
    return render(request, "supervision/debrief.html", context, nav="supervision", crumb=crumb, status=409 if problem else 200)


def person_or_404(request: Request, user: int) -> User:
    """Somebody of one's own sight who is looked after; for anybody else there is no such page."""
    found = people(request.user).filter(pk=user).first()
    if found is None:
        raise Http404
    return found


def _day(request: Request) -> date:
    asked = str(request.POST.get("day") or request.GET.get("day") or "")
    if not asked:
        return day_before(clock.today(), free_days())
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise Http404 from None
    if day > clock.today():
        raise Http404
    return day


def _page_of(request: Request) -> int:
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 4 and int(asked) else 1


urlpatterns = [
    path("supervision/", index, name="supervision"),
    path("supervision/unread/<int:user>/", unread_visits, name="visits_unread"),
    path("supervision/done/", done, name="supervision_done"),
    path("supervision/debriefs/<int:user>/", debrief, name="debrief"),
    path("supervision/debriefs/<int:user>/tick/", debrief_tick, name="debrief_tick"),
    path("supervision/debriefs/<int:pk>/undo/", debrief_undo, name="debrief_undo"),
    path("debriefs/<int:pk>/", debrief_read, name="debrief_read"),
]
