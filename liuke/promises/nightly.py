"""What the night does with promises whose day has gone."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.promises.actions import close
from liuke.promises.labels import State
from liuke.promises.models import Promise
from liuke.promises.rules import overdue_before
from liuke.team.queries import pack as current_pack


def break_overdue(today: date) -> list[Promise]:
    """What nobody did within the days of grace is broken, by nobody's hand; each leaves its event. Inside the caller's transaction."""
    day = overdue_before(today, current_pack().promises.late_days)
    broken = []
    for found in Promise.objects.given().filter(due_on__lt=day).select_related("customer").order_by("pk"):
        if close(found, State.BROKEN, None, today, ""):
            record(None, "promise.break", found.customer, promise=found.pk)
            broken.append(found)
    return broken


def lapse(today: date) -> list[Promise]:
    """What still waits for a word when its day is gone was never given: nobody can agree any more, so it ends, by nobody's hand.

    Inside the caller's transaction.
    """
    gone = []
    for found in Promise.objects.waiting().filter(due_on__lt=today).select_related("customer").order_by("pk"):
        if close(found, State.WITHDRAWN, None, today, gettext("过了日子还没人批，作罢了。")):
            record(None, "promise.settle", found.customer, promise=found.pk, outcome=State.WITHDRAWN, on=today)
            gone.append(found)
    return gone
