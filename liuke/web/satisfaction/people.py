"""Who is asked in a wave: links to send, whom to remind, reading the questions out on the telephone beside the card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.custody.queries import details, masked_text
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.satisfaction import answering
from liuke.satisfaction import sending as acts
from liuke.satisfaction.links import token_of
from liuke.satisfaction.models import Invitation, Wave
from liuke.satisfaction.waves import refuse_unwilling
from liuke.team.permissions import may
from liuke.team.queries import pack, units_in_scope
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.qr import code
from liuke.web.satisfaction import words as say
from liuke.web.satisfaction.public import fields_of
from liuke.web.satisfaction.waves import public_link
from liuke.web.words import monthday, thousands
from liuke.work.words import name_title, pick

SHOWN = 50
MAX_PAGE = 400


def _wave_or_404(request: Request, pk: int) -> Wave:
    """A wave that reaches the user's customers (a salesperson sees none of its results, but has links to send)."""
    units = [unit.pk for unit in units_in_scope(request.user)]
    home = request.user.scope_unit
    above = [int(part) for part in home.path.strip("/").split("/")] if home and home.path else []
    found = Wave.objects.select_related("version__survey").filter(pk=pk, unit__in=[*units, *above]).first()
    if found is None:
        raise Http404
    return found


def _states(today: date) -> dict[str, tuple[str, Q]]:
    waiting = Q(answered_at__isnull=True)
    return {
        "send": (_("要发的"), waiting & Q(sent_at__isnull=True, customer__do_not_contact=False)),
        "remind": (_("要提醒的"), acts.due(today, pack().surveys)),
        "waiting": (_("发了没答"), waiting & Q(sent_at__isnull=False)),
        "answered": (_("答了"), Q(answered_at__isnull=False)),
        "all": (_("全部"), Q()),
    }


@door("survey.list")
def people(request: Request, pk: int) -> HttpResponse:
    wave, today, user = _wave_or_404(request, pk), clock.today(), request.user
    seen = Invitation.objects.visible_to(user).filter(wave=wave)
    states = _states(today)
    counts = {key: seen.filter(condition).count() for key, (_words, condition) in states.items()}
    shown = request.GET.get("show", "")
    if shown not in states:
        shown = next((key for key in ("send", "remind", "waiting") if counts[key]), "all")
    page = int(request.GET["page"]) if request.GET.get("page", "").isdigit() and 1 <= int(request.GET["page"][:4]) <= MAX_PAGE else 1
    rows = _shown(seen.filter(states[shown][1]), page)
    where = reverse("wave_people", args=[pk])

    def address(show: str = shown, page: int = 1) -> str:
        asked = {"show": show, **({"page": str(page)} if page > 1 else {})}
        return f"{where}?{urlencode(asked)}"

    running = wave.open_on(today)
    if running:
        title = _("%(n)s 位要发，%(late)s 位可以提醒") % {"n": thousands(counts["send"]), "late": thousands(counts["remind"])}
    elif wave.past(today) or wave.closed_at is not None:
        title = _("这一轮结束了，%(n)s 位答了") % {"n": thousands(counts["answered"])}
    else:
        title = _("%(day)s才开始，名单先备好了：%(n)s 位") % {"day": monthday(wave.opens_on), "n": thousands(counts["all"])}
    context = {
        "wave": wave,
        "title": title,
        "views": [(label, counts[key], address(key), key == shown) for key, (label, _condition) in states.items()],
        "rows": rows,
        "running": running,
        "reads": may(user, "survey.read"),
        "page": page,
        "before": address(page=page - 1) if page > 1 else "",
        "after": address(page=page + 1) if counts[shown] > page * SHOWN else "",
        "numbers": pack().surveys,
    }
    trail = [(_("满意度"), reverse("satisfaction") if may(user, "survey.read") else ""), (wave.name, "")]
    return render(request, "satisfaction/people.html", context, nav="satisfaction", crumb=trail)


def _shown(found: QuerySet[Invitation], page: int) -> list[Invitation]:
    rows = found.select_related("customer__unit", "customer__owner", "sent_by").order_by("customer__pinyin", "pk")
    return list(rows[(page - 1) * SHOWN : page * SHOWN])


def _invitation_or_404(request: Request, pk: int) -> Invitation:
    found = Invitation.objects.visible_to(request.user).select_related("wave__version__survey", "customer__unit", "customer__owner")
    one = found.filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


@door("survey.ask", ("GET", "POST"))
def invitation(request: Request, pk: int) -> HttpResponse:
    """One customer's link and code to send, and the questions to read out beside his card. POST: what he answered on the telephone."""
    one = _invitation_or_404(request, pk)
    form = one.wave.version.form
    sent: dict[str, list[str]] = {}
    note = wrong = ""
    if request.method == "POST":
        sent = {field: request.POST.getlist(field) for question in form.questions for field in fields_of(question)}
        try:
            made = answering.answer_by_phone(request.user, pk, sent)
        except Refused as refused:
            note, wrong = words(refused), str(refused.slots.get("field", ""))
        else:
            said = _("记下了%(name)s的回答") % {"name": one.customer.name}
            say_undo(request, said + (_("，打了低分，已经派人跟进") if made.low else ""))
            return moved(request, reverse("wave_people", args=[one.wave_id]))
    link = public_link(request, token_of(one)) if one.answered_at is None else ""
    numbers = pack().surveys
    context = {
        "one": one,
        "wave": one.wave,
        "shut": _why_not(lambda: answering.refuse_closed(one.wave)),
        "unwilling": _why_not(lambda: refuse_unwilling(one.customer)),
        "form": form,
        "sent": {field: said[0] for field, said in sent.items() if said},
        "note": note,
        "wrong": wrong,
        "link": link,
        "picture": code(link, _("%(name)s的问卷码") % {"name": one.customer.name}) if link else "",
        "message": _message(request, one, link) if link else "",
        "details": details(request.user, one.customer),
        "numbers": numbers,
        "remind_from": acts.remind_from(one, numbers),
        "today": clock.today(),
        "pick": pick,
        "say": say,
        "told": masked_text,
    }
    trail = [
        (_("满意度"), reverse("satisfaction") if may(request.user, "survey.read") else ""),
        (one.wave.name, reverse("wave_people", args=[one.wave_id])), (one.customer.name, ""),
    ]  # fmt: skip
    return render(request, "satisfaction/invitation.html", context, nav="satisfaction", crumb=trail, status=422 if note else 200)


def _why_not(rule: Callable[[], None]) -> str:
    try:
        rule()
    except Refused as refused:
        return words(refused)
    return ""


def _message(request: Request, one: Invitation, link: str) -> str:
    """What to send: the first time, or as a reminder."""
    slots = {
        "who": name_title(one.customer) or one.customer.name, "store": one.customer.unit.name, "staff": request.user.name, "link": link
    }  # fmt: skip
    if one.sent_at is None:
        return _("%(who)s您好，我是%(store)s的%(staff)s。想请您花一分钟说说我们做得怎么样，好的坏的都请照实说：%(link)s") % slots
    return _("%(who)s您好，前几天请您答的问卷还没收到。要是方便，一分钟就好；不方便就不用管它，打扰了：%(link)s") % slots


def _act(request: Request, pk: int, act: Callable[[], Invitation], said: str, undo: str = "") -> HttpResponse:
    try:
        one = act()
    except Invitation.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("survey_invitation", args=[pk]))
    say_undo(request, said % {"name": one.customer.name}, reverse(undo, args=[pk]) if undo else "")
    back = request.POST.get("back", "")
    return moved(
        request,
        f"{reverse('wave_people', args=[one.wave_id])}?show={back}"
        if back in ("send", "remind")
        else reverse("survey_invitation", args=[pk]),
    )


@door("survey.ask", ("POST",))
def sent(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: acts.sent(request.user, pk), _("记下了，问卷发给了%(name)s"), "survey_unsent")


@door("survey.ask", ("POST",))
def unsent(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: acts.unsent(request.user, pk), _("撤销了，问卷还没发给%(name)s"))


@door("survey.ask", ("POST",))
def reminded(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: acts.reminded(request.user, pk), _("记下了，提醒过%(name)s"), "survey_not_reminded")


@door("survey.ask", ("POST",))
def not_reminded(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: acts.not_reminded(request.user, pk), _("撤销了，没有提醒%(name)s"))


urlpatterns = [
    path("satisfaction/waves/<int:pk>/people/", people, name="wave_people"),
    path("satisfaction/invitations/<int:pk>/", invitation, name="survey_invitation"),
    path("satisfaction/invitations/<int:pk>/sent/", sent, name="survey_sent"),
    path("satisfaction/invitations/<int:pk>/sent/undo/", unsent, name="survey_unsent"),
    path("satisfaction/invitations/<int:pk>/reminded/", reminded, name="survey_reminded"),
    path("satisfaction/invitations/<int:pk>/reminded/undo/", not_reminded, name="survey_not_reminded"),
]
