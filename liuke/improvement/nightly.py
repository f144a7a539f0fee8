"""What a cycle asks for by itself: its owner hears when the days of the check are over, and when it is late."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from liuke.improvement.house import link
from liuke.improvement.labels import Moment, Phase
from liuke.improvement.models import Cycle, CycleFigure
from liuke.improvement.rules import after
from liuke.notices.actions import tell


@transaction.atomic
def run(on: date) -> int:
    """How many owners were told. Nobody is told the same twice while it is unread; of lateness once, on the morrow of the day."""
    told = 0
    measured = set(CycleFigure.objects.filter(moment=Moment.AFTER).values_list("cycle_id", "turn"))
    for row in Cycle.objects.running().order_by("pk"):
        ready = row.phase == Phase.CHECK and row.done_on is not None and after(row.done_on, row.days).last + timedelta(1) == on
        if ready and (row.pk, row.turn) not in measured:
            told += tell([row.owner_id], "improvement.due", slots={"title": row.title}, link=link(row), about=f"cycle:{row.pk}")
        if row.due_on + timedelta(1) == on:
            told += tell([row.owner_id], "improvement.late", slots={"title": row.title}, link=link(row), about=f"cycle:{row.pk}")
    return told
