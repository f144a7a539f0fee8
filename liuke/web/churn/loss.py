"""One loss: when, by what rule, what he was worth; why he went, as he told it; and the first step to win him back."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.churn.cases import open_case, tier_for
from liuke.churn.labels import Cause, Reason, Tier, Why
from liuke.churn.models import LossReason, Stay, WinBack
from liuke.churn.reasons import FACTS, loss_of, record_reason, withdraw_reason
from liuke.custody.queries import as_told, details
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.team.permissions import may
from liuke.web.churn.words import tier_meaning
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.words import monthday

PLACES = {"loss.reason": "reason", "loss.why": "why", "loss.asked_on": "asked_on"}


@door("winback.read")
def loss(request: Request, pk: int, on: str) -> HttpResponse:
    """The loss of a customer on a day (ISO)."""
    return _show(request, _found(request, pk, on), Form({}))


@door("churn.reason", ("POST",))
def reason(request: Request, pk: int, on: str) -> HttpResponse:
    """Write down why he went."""
    found, form = _found(request, pk, on), typed(request.POST)
    asked = form.day("asked_on", lean="past")
    if not form.bad:
        try:
            made = record_reason(request.user, pk, found.ended_on, form.get("reason"), form.get("why"), form.get("words"), asked)
        except (Customer.DoesNotExist, Stay.DoesNotExist):
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            said = _("%(name)s：记下了，%(reason)s") % {"name": found.customer.name, "reason": made.get_reason_display()}
            say_undo(request, said, reverse("loss_reason_undo", args=[made.pk]))
            return moved(request, back_to(request, _link(found)))
    return _show(request, found, form, status=422)


@door("churn.reason", ("POST",))
def reason_undo(request: Request, pk: int) -> HttpResponse:
    """Take a reason back."""
    try:
        gone = withdraw_reason(request.user, pk)
    except LossReason.DoesNotExist:
        raise Http404 from None
    except Refused:
        gone = LossReason.objects.get(pk=pk)
    return moved(request, back_to(request, reverse("loss", args=[gone.customer_id, gone.lost_on.isoformat()])))


@door("winback.work", ("POST",))
def begin(request: Request, pk: int, on: str) -> HttpResponse:
    """Open a case for this loss."""
    found = _found(request, pk, on)
    try:
        case = open_case(request.user, pk, found.ended_on)
    except Customer.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        form = Form({})
        form.refuse(refused)
        return _show(request, found, form, status=409)
    say_undo(request, _("%(name)s：开始挽回") % {"name": found.customer.name})
    return moved(request, reverse("winback", args=[case.pk]))


def _found(request: Request, pk: int, on: str) -> Stay:
    try:
        return loss_of(request.user, pk, date.fromisoformat(on))
    except (ValueError, Stay.DoesNotExist):
        raise Http404 from None


def _link(found: Stay) -> str:
    return reverse("loss", args=[found.customer_id, found.ended_on.isoformat()])


def _show(request: Request, found: Stay, form: Form, status: int = 200) -> HttpResponse:
    known = LossReason.objects.filter(customer=found.customer_id, lost_on=found.ended_on, withdrawn_at=None).select_related("by").first()
    case = WinBack.objects.filter(customer=found.customer_id, lost_on=found.ended_on).first()
    back = Stay.objects.filter(customer=found.customer_id, began_on__gt=found.ended_on).order_by("began_on").first()
    tier, _why = tier_for(found.customer, found.value_cents)
    context = {
        "it": found,
        "cause": str(Cause(found.cause).label) if found.cause else "",
        "known": known,
        "case": case,
        "back": back,
        "tier": (str(Tier(tier).label), tier_meaning(tier)),
        "form": form,
        "by_fact": found.cause in FACTS,
        "told": as_told(details(request.user, found.customer).clear),
        **reason_form(),
        "acts": may(request.user, "churn.reason"),
        "works": may(request.user, "winback.work") and case is None and back is None and not found.customer.do_not_contact,
        "today": clock.today(),
        "here": _link(found),
    }
    title = _("%(name)s，%(day)s走的") % {"name": found.customer.name, "day": monthday(found.ended_on)}
    context["title"] = title
    crumb = [(_("挽回"), reverse("winbacks")), (found.customer.name, reverse("customer", args=[found.customer_id])), (_("为什么走"), "")]
    return render(request, "churn/loss.html", context, nav="churn", crumb=crumb, status=status)


def reason_form() -> dict[str, object]:
    """What churn/reason.html offers."""
    return {
        "reasons": [(code, str(label)) for code, label in Reason.choices],
        "whys": [("", _("说不上")), *((code, str(label)) for code, label in Why.choices)],
    }


urlpatterns = [
    path("losses/<int:pk>/<str:on>/", loss, name="loss"),
    path("losses/<int:pk>/<str:on>/reason/", reason, name="loss_reason"),
    path("losses/<int:pk>/<str:on>/win-back/", begin, name="winback_open"),
    path("loss-reasons/<int:pk>/undo/", reason_undo, name="loss_reason_undo"),
]
