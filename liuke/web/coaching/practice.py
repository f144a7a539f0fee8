"""练习: role plays with scenario cards, one plays and ticks, one works through the script; results by step over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.coaching import practice as verbs
from liuke.coaching import queries
from liuke.coaching.labels import PracticeState
from liuke.coaching.models import Practice
from liuke.coaching.rules import Score, scored
from liuke.conversations.labels import Scenario
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.packs.practice import ScenarioCard
from liuke.playbooks.queries import pack
from liuke.team.permissions import may
from liuke.team.queries import colleagues
from liuke.web.coaching.practice_script import Block, script_for
from liuke.web.coaching.words import step_names, tabs
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.work.words import pick

SHOWN = 30
DAYS = 90
FEW = 30
MARKS = 10


def share(score: Score) -> str:
    """5 ÷ 8; of thirty and more 63%."""
    return f"{score.done} ÷ {score.of}" if score.of < FEW else f"{100 * score.done / score.of:.0f}%"


@door("practice.do")
def index(request: Request) -> HttpResponse:
    """One's own practice: what goes on, what it came to by step, the cards to practise with."""
    user = request.user
    since = clock.today() - timedelta(days=DAYS)
    rows = list(queries.practices(user, user, PracticeState.DONE)[:SHOWN])
    sums = queries.totals(user, since)
    context = {
        "waiting": queries.waiting(user),
        "rows": rows,
        "sums": sums,
        "share": share,
        "days": DAYS,
        "title": _title(rows, sums),
        "cards": _by_scenario(pack().practice),
        "pick": pick,
        "card_name": _card_name,
        "colleagues": [one for one in colleagues(user).exclude(pk=user.pk).order_by("name") if may(one, "practice.do")],
        "chosen": request.GET.get("card", ""),
        "oversees": may(user, "practice.oversee"),
        "me": user,
        "tabs": tabs(user, "practice"),
        "problem": "",
    }
    return render(request, "practice/index.html", context, nav="coaching", crumb=_("练习"))


@door("practice.do", ("POST",))
def start(request: Request) -> HttpResponse:
    try:
        made = verbs.start(request.user, request.POST.get("card", "")[:40], as_id(request.POST.get("checker", "")) or 0)
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("practice"))
    say_undo(request, _("开始了，请%(who)s演客户") % {"who": made.checker.name}, reverse("practice_drop", args=[made.pk]))
    return moved(request, reverse("practice_one", args=[made.pk]))


@door("case.read")
def one(request: Request, pk: int) -> HttpResponse:
    """One practice: the script for the trainee, the card with its ticks for who plays the customer; afterwards both, for both."""
    return _one(request, _practice(request, pk))


def _one(request: Request, found: Practice, problem: str = "") -> HttpResponse:
    card = verbs.card_of(found.card)
    plays = found.checker_id == request.user.pk
    over = found.state == PracticeState.DONE
    step = request.GET.get("step", "")
    context = {
        "it": found,
        "card": card,
        "pick": pick,
        "plays": plays,
        "over": over,
        "trains": found.trainee_id == request.user.pk,
        "step": int(step) if step in ("1", "2", "3", "4") else 1,
        "names": step_names(found.scenario),
        "script": _script(found) if found.trainee_id == request.user.pk and not over else (),
        "ticks": _ticks(found, card),
        "scores": scored(found.ticks, card.ticks) if card else (),
        "share": share,
        "problem": problem,
        "card_name": _card_name(found.card),
        "scenario": str(Scenario(found.scenario).label),
    }
    crumb = [(_("练习"), reverse("practice") if may(request.user, "practice.do") else ""), (context["card_name"], "")]
    return render(request, "practice/one.html", context, nav="coaching", crumb=crumb, status=422 if problem else 200)


@door("practice.do", ("POST",))
def tick(request: Request, pk: int, step: int) -> HttpResponse:
    """Keep the ticks of one step; answers one word for the line beside them."""
    found = _practice(request, pk)
    marked = [int(one) for one in request.POST.getlist("tick")[:MARKS] if one.isascii() and one.isdigit() and len(one) < 3]
    try:
        kept = verbs.tick(request.user, pk, step, marked)
    except Practice.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        if request.htmx:
            return HttpResponse(words(refused), status=422)
        return _one(request, found, words(refused))
    if request.htmx:
        card = verbs.card_of(kept.card)
        score = scored(kept.ticks, card.ticks)[step - 1] if card else Score(0, 0)
        return HttpResponse(_("存了，%(score)s") % {"score": share(score)})
    return redirect(f"{reverse('practice_one', args=[pk])}#step-{step}")


@door("practice.do", ("POST",))
def finish(request: Request, pk: int) -> HttpResponse:
    found = _practice(request, pk)
    try:
        done = verbs.finish(request.user, pk, request.POST.get("remark", ""))
    except Practice.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        return _one(request, found, words(refused))
    say_undo(request, _("%(who)s的练习记下了") % {"who": done.trainee.name}, reverse("practice_undo", args=[pk]))
    return moved(request, reverse("practice_one", args=[pk]))


@door("practice.do", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    return _act(request, pk, lambda: verbs.undo_finish(request.user, pk), _("撤销了，还可以接着打勾"))


@door("practice.do", ("POST",))
def drop(request: Request, pk: int) -> HttpResponse:
    """It did not take place; `back`: it did."""
    back = "back" in request.GET
    way_back = "" if back else f"{reverse('practice_drop', args=[pk])}?back"
    said = _("放回去了，接着练") if back else _("这次不练了")
    return _act(request, pk, lambda: verbs.drop(request.user, pk, back), said, way_back, reverse("practice"))


def _act(request: Request, pk: int, do: Callable[[], Practice], said: str, undo: str = "", where: str = "") -> HttpResponse:
    _practice(request, pk)
    try:
        do()
    except Practice.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("practice_one", args=[pk]))
    say_undo(request, said, undo)
    return moved(request, where or reverse("practice_one", args=[pk]))


@door("practice.oversee")
def people(request: Request) -> HttpResponse:
    """Everybody in sight: how often, by step, when last; that a self-check was done, and when."""
    rows = queries.people(request.user, clock.today() - timedelta(days=DAYS))
    without = sum(not row.times for row in rows)
    context = {
        "rows": rows,
        "share": share,
        "days": DAYS,
        "title": _people_title(len(rows), without),
        "tabs": tabs(request.user, "practice"),
        "mine": may(request.user, "practice.do"),
    }
    return render(request, "practice/people.html", context, nav="coaching", crumb=_("练习"))


@door("practice.oversee")
def person(request: Request, pk: int) -> HttpResponse:
    """One colleague's practices, the newest first."""
    whose = colleagues(request.user).filter(pk=pk).first()
    if whose is None:
        raise Http404
    rows = list(queries.practices(request.user, whose, PracticeState.DONE)[:SHOWN])
    context = {"rows": rows, "whose": whose, "share": share, "card_name": _card_name}
    crumb = [(_("练习"), reverse("practice_people")), (whose.name, "")]
    return render(request, "practice/person.html", context, nav="coaching", crumb=crumb)


# ── what they share ──────────────────────────────────────────────────────────


def _practice(request: Request, pk: int) -> Practice:
    found = Practice.objects.visible_to(request.user).select_related("trainee", "trainee__unit", "checker").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _script(found: Practice) -> tuple[Block, ...]:
    return script_for(pack(), found)


def _ticks(found: Practice, card: ScenarioCard | None) -> list[list[bool]]:
    if card is None:
        return []
    rows = found.ticks if isinstance(found.ticks, list) else []
    return [
        [bool(rows[at][place]) if at < len(rows) and place < len(rows[at]) else False for place in range(of)]
        for at, of in enumerate(card.ticks)
    ]


def _card_name(key: str) -> str:
    card = verbs.card_of(key)
    return pick(card.name) if card else key


def _by_scenario(cards: Sequence[ScenarioCard]) -> list[tuple[str, list[ScenarioCard]]]:
    return [(str(label), found) for code, label in Scenario.choices if (found := [card for card in cards if card.scenario == code])]


def _title(rows: Sequence[Practice], sums: Sequence[Score]) -> str:
    if not rows or not sums:
        return _("找一位同事练一次")
    weakest = min(range(len(sums)), key=lambda at: (sums[at].done / sums[at].of if sums[at].of else 1, at))
    return _("近 %(days)s 天练了，第 %(step)s 步最要练：%(score)s") % {"days": DAYS, "step": weakest + 1, "score": share(sums[weakest])}


def _people_title(people: int, without: int) -> str:
    if without:
        return _("%(n)s 位里，%(without)s 位近 %(days)s 天没练过") % {"n": people, "without": without, "days": DAYS}
    return _("%(n)s 位近 %(days)s 天都练过") % {"n": people, "days": DAYS}


urlpatterns = [
    path("practice/", index, name="practice"),
    path("practice/new/", start, name="practice_start"),
    path("practice/people/", people, name="practice_people"),
    path("practice/people/<int:pk>/", person, name="practice_person"),
    path("practice/<int:pk>/", one, name="practice_one"),
    path("practice/<int:pk>/steps/<int:step>/", tick, name="practice_tick"),
    path("practice/<int:pk>/result/", finish, name="practice_finish"),
    path("practice/<int:pk>/result/undo/", undo, name="practice_undo"),
    path("practice/<int:pk>/removal/", drop, name="practice_drop"),
]
