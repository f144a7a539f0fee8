"""信任自评: an honest look at oneself by the five elements of trust. What was answered stands on nobody else's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.coaching import practice as verbs
from liuke.coaching import queries
from liuke.coaching.labels import ANSWERS, QUESTIONS, Element
from liuke.coaching.models import TrustCheck
from liuke.coaching.rules import means
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.playbooks.queries import pack
from liuke.promises.models import Promise
from liuke.promises.queries import tally_of
from liuke.web.coaching.words import tabs
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo


@door("practice.do", ("GET", "POST"))
def trust(request: Request) -> HttpResponse:
    """One's own honest look at oneself. What was answered is on nobody else's page."""
    problem = ""
    given: dict[str, list[int]] = {}
    if request.method == "POST":
        given = {
            element: [_answer(request, element, place) for place in range(len(asked))] for element, asked in QUESTIONS.items()
        }  # fmt: skip
        try:
            made = verbs.check_trust(request.user, given)
        except Refused as refused:
            problem = words(refused)
        else:
            say_undo(request, _("记下了，只有您自己看得到"), reverse("trust_undo", args=[made.pk]))
            return moved(request, reverse("trust"))
    checks = queries.trust_checks(request.user)
    context = {
        "checks": [(check, means(check.answers)) for check in checks],
        "elements": [(code, str(label), QUESTIONS[code]) for code, label in Element.choices],
        "answers": list(ANSWERS.items()),
        "given": given,
        "problem": problem,
        "today": bool(checks and checks[0].on == clock.today()),
        "low": _lowest(checks),
        "kept": tally_of(Promise.objects.visible_to(request.user).filter(keeper=request.user), clock.today(), pack()),
        "tabs": tabs(request.user, "trust"),
    }
    return render(request, "practice/trust.html", context, nav="coaching", crumb=_("信任自评"), status=422 if problem else 200)


@door("practice.do", ("POST",))
def trust_undo(request: Request, pk: int) -> HttpResponse:
    try:
        verbs.undo_trust(request.user, pk)
    except TrustCheck.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        say_undo(request, _("撤销了这一次自评"))
    return moved(request, reverse("trust"))


def _answer(request: Request, element: str, place: int) -> int:
    typed = request.POST.get(f"{element}_{place}", "")
    return int(typed) if typed in {str(code) for code in ANSWERS} else 0


def _lowest(checks: Sequence[TrustCheck]) -> str:
    """The element that came out lowest last time; "" where all are alike."""
    if not checks:
        return ""
    found = means(checks[0].answers)
    if not found or max(found.values()) == min(found.values()):
        return ""
    lowest = min(found, key=lambda element: found[element])
    return str(Element(lowest).label)


urlpatterns = [
    path("trust/", trust, name="trust"),
    path("trust/<int:pk>/undo/", trust_undo, name="trust_undo"),
]
