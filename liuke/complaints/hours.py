"""When a unit is open: its own hours in place of the pack's. What is open follows within a minute (complaints.minutely)."""

from __future__ import annotations

from datetime import time

from django.db import transaction

from liuke.audit.actions import record
from liuke.complaints.models import DeskHours
from liuke.kernel.refusal import Refused
from liuke.team.models import Unit, User
from liuke.team.permissions import require


@transaction.atomic
def set_hours(actor: User, unit_id: int, opens: time, closes: time) -> DeskHours:
    """This unit, and what is below it without hours of its own, is open so on a working day. Refuses an end before the beginning."""
    require(actor, "complaint.manage")
    unit = Unit.objects.get(pk=unit_id)
    if closes <= opens:
        raise Refused("complaint.hours", "关门要比开门晚。")
    made, _new = DeskHours.objects.update_or_create(unit=unit, defaults={"opens": opens, "closes": closes})
    record(actor, "complaint.hours", unit, opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
    return made


@transaction.atomic
def forget_hours(actor: User, unit_id: int) -> None:
    """The hours of the unit above, or of the pack, hold again. Raises DeskHours.DoesNotExist."""
    require(actor, "complaint.manage")
    kept = DeskHours.objects.select_related("unit").get(unit=unit_id)
    kept.delete()
    record(actor, "complaint.hours", kept.unit, opens=None, closes=None)
