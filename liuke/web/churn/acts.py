"""What can be done with a win-back case, each in one click with a line that says so."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.churn import cases, offering
from liuke.churn.labels import State, Tier
from liuke.churn.models import WinBack, WinBackOffer
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.web.churn.cases import found_or_404, show_one
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import say_undo

Done = tuple[str, str]
"""The line that says what was done, and the act that takes it back ("" without)."""
Act = Callable[[Request, WinBack, Form], Done | None]
"""Does it; None where the form itself says what is wrong with it."""
PLACES = {"offer.kind": "kind", "offer.amount": "cost", "offer.text": "text", "winback.why": "note", "winback.colleague": "to"}


def _do(request: Request, pk: int, act: Act) -> HttpResponse:
    found, form = found_or_404(request, pk), typed(request.POST)
    if not WinBack.objects.in_hand_of(request.user).filter(pk=pk).exists():
        raise Http404
    try:
        done = act(request, found, form)
    except (WinBack.DoesNotExist, WinBackOffer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused, PLACES)
        return show_one(request, found_or_404(request, pk), form, status=409)
    if done is None:
        return show_one(request, found, form, status=422)
    say_undo(request, *done)
    return moved(request, back_to(request, reverse("winback", args=[pk])))


@door("winback.work", ("POST",))
def act(request: Request, pk: int, what: str) -> HttpResponse:
    """One of the acts that whoever works on the case may do."""
    return _do(request, pk, ACTS[what])


@door("winback.oversee", ("POST",))
def give(request: Request, pk: int) -> HttpResponse:
    """Let a colleague do it."""
    return _do(request, pk, _give)


@door("winback.let_go", ("POST",))
def let_go(request: Request, pk: int) -> HttpResponse:
    """Give him up."""
    return _do(request, pk, _let_go)


@door("winback.work", ("POST",))
def offer_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take an offer back."""
    return _of_offer(request, pk, lambda offer: offering.withdraw(request.user, offer), _("收回了那一份"))


@door("winback.oversee", ("POST",))
def offer_yes(request: Request, pk: int) -> HttpResponse:
    """Agree to an offer."""
    return _of_offer(request, pk, lambda offer: offering.decide(request.user, offer, True), _("批了"))


@door("winback.oversee", ("POST",))
def offer_no(request: Request, pk: int) -> HttpResponse:
    """Do not agree to it, and say why."""
    reason = str(request.POST.get("reason", ""))
    return _of_offer(request, pk, lambda offer: offering.decide(request.user, offer, False, reason), _("没批"))


def _of_offer(request: Request, pk: int, verb: Callable[[int], object], said: str) -> HttpResponse:
    offer = WinBackOffer.objects.filter(pk=pk).first()
    if offer is None:
        raise Http404

    def run(request: Request, case: WinBack, form: Form) -> Done:
        verb(pk)
        return f"{case.customer.name}：{said}", ""

    return _do(request, offer.case_id, run)


def _line(case: WinBack, said: str) -> str:
    return _("%(name)s：%(said)s") % {"name": case.customer.name, "said": said}


def _start(request: Request, case: WinBack, form: Form) -> Done:
    cases.start(request.user, case.pk)
    return _line(case, _("开始挽回")), ""


def _drop(request: Request, case: WinBack, form: Form) -> Done:
    cases.drop(request.user, case.pk, form.get("note"))
    return _line(case, _("不做了")), reverse("winback_reopen", args=[case.pk])


def _end(state: str) -> Act:
    def run(request: Request, case: WinBack, form: Form) -> Done:
        cases.end(request.user, case.pk, state, form.get("note"))
        return _line(case, str(State(state).label)), reverse("winback_reopen", args=[case.pk])

    return run


def _reopen(request: Request, case: WinBack, form: Form) -> Done:
    cases.reopen(request.user, case.pk)
    return _line(case, _("接着挽回")), ""


def _tier(request: Request, case: WinBack, form: Form) -> Done:
    cases.set_tier(request.user, case.pk, form.get("tier"), form.get("note"))
    return _line(case, _("改了力度")), ""


def _harm(request: Request, case: WinBack, form: Form) -> Done:
    cases.set_tier(request.user, case.pk, Tier.HARMFUL, form.get("note"))
    return _line(case, _("送给总经理定")), ""


def _sorry(made: bool) -> Act:
    def run(request: Request, case: WinBack, form: Form) -> Done:
        cases.apologise(request.user, case.pk, made)
        if made:
            return _line(case, _("道过歉了")), reverse("winback_unsorry", args=[case.pk])
        return _line(case, _("撤销了，还没道歉")), ""

    return run


def _offer(request: Request, case: WinBack, form: Form) -> Done | None:
    cents = form.cents("cost", _("请写要花多少，不花钱写 0。"))
    if cents is None:
        return None
    made = offering.offer(request.user, case.pk, form.get("kind"), form.get("text"), cents)
    waits = made.decided_at is None
    return _line(case, _("送去批了") if waits else _("定了")), reverse("winback_offer_withdraw", args=[made.pk])


def _give(request: Request, case: WinBack, form: Form) -> Done:
    given = cases.give(request.user, case.pk, as_id(form.get("to")) or 0)
    return _line(case, _("交给%(who)s") % {"who": given.owner.name}), ""


def _let_go(request: Request, case: WinBack, form: Form) -> Done:
    cases.let_go(request.user, case.pk, form.get("note"))
    return _line(case, _("放弃了，不再联系")), reverse("winback_reopen", args=[case.pk])


ACTS: dict[str, Act] = {
    "start": _start,
    "drop": _drop,
    "refused": _end(State.REFUSED),
    "unreachable": _end(State.UNREACHABLE),
    "reopen": _reopen,
    "tier": _tier,
    "harm": _harm,
    "sorry": _sorry(True),
    "unsorry": _sorry(False),
    "offer": _offer,
}

urlpatterns = [
    *(path(f"winbacks/<int:pk>/{what}/", act, {"what": what}, name=f"winback_{what}") for what in ACTS),
    path("winbacks/<int:pk>/give/", give, name="winback_give"),
    path("winbacks/<int:pk>/let-go/", let_go, name="winback_let_go"),
    path("winback-offers/<int:pk>/withdraw/", offer_withdraw, name="winback_offer_withdraw"),
    path("winback-offers/<int:pk>/yes/", offer_yes, name="winback_offer_yes"),
    path("winback-offers/<int:pk>/no/", offer_no, name="winback_offer_no"),
]
