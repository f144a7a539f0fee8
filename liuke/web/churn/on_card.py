"""On the customer card: that he counts as gone, since when and why; and how winning him back stands. Nothing of who is here and was never
lost."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from liuke.churn.models import LossReason, Stay, WinBack
from liuke.customers.models import Customer
from liuke.standing.models import FOREVER
from liuke.team.models import User
from liuke.team.permissions import may


def on_card(user: User, card: Customer) -> dict[str, Any] | None:
    """What churn/on_card.html shows; None where there is nothing to say. Three queries at most."""
    if not may(user, "winback.read"):
        return None
    stays = list(Stay.objects.filter(customer=card).order_by("began_on"))
    losses = [stay for stay in stays if stay.ended_on != FOREVER]
    if not losses:
        return None
    reasons = {row.lost_on: row for row in LossReason.objects.filter(customer=card, withdrawn_at=None)}
    cases = {row.lost_on: row for row in WinBack.objects.filter(customer=card)}
    gone = stays[-1].ended_on != FOREVER
    case = cases.get(losses[-1].ended_on)
    return {
        "gone": gone,
        "times": len(losses),
        "rows": [_row(card, loss, reasons.get(loss.ended_on), cases.get(loss.ended_on)) for loss in reversed(losses)],
        "case": case,
        "may_begin": gone and case is None and may(user, "winback.work") and not card.do_not_contact and not card.erased,
        "link": _link(card, losses[-1].ended_on),
    }


def _row(card: Customer, loss: Stay, reason: LossReason | None, case: WinBack | None) -> dict[str, Any]:
    return {
        "on": loss.ended_on,
        "cause": str(loss.get_cause_display()),
        "reason": str(reason.get_reason_display()) if reason else "",
        "case": case,
        "link": _link(card, loss.ended_on),
    }


def _link(card: Customer, on: date) -> str:
    return reverse("loss", args=[card.pk, on.isoformat()])
