"""What runs by itself: next week's drafts, and visits that cannot be made any more."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.notices.actions import tell
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.visits.areas import unread
from liuke.visits.handing import follow_tasks
from liuke.visits.labels import OPEN, PlanState
from liuke.visits.models import Visit, VisitPlan
from liuke.visits.planning import draft, drop_impossible
from liuke.visits.rules import week_of


def draft_weeks(today: date) -> int:
    """Drafts of the coming week for all salespeople who have none; each is told of his. How many. Twice is no harm."""
    week = week_of(today) + timedelta(days=7)
    there = set(VisitPlan.objects.filter(week=week).values_list("user_id", flat=True))
    people = User.objects.filter(is_active=True, role=Role.REP, unit__isnull=False).exclude(pk__in=there).order_by("pk")
    made = 0
    for pk in people.values_list("pk", flat=True):
        try:
            with transaction.atomic():
                drafted = draft(None, pk, week, today=today)
                if drafted.placed:
                    slots = {"week": week.isoformat(), "n": drafted.placed}
                    link = f"{reverse('visit_week')}?of={week.isoformat()}"
                    tell([pk], "visits.draft", slots=slots, link=link, about=f"visits.plan:{drafted.plan.pk}")
                    made += 1
        except Refused:
            continue  # somebody confirmed his week meanwhile
    return made


def tend(today: date) -> int:
    """Read changed addresses; let visits go that cannot be made any more, with the reason, and tell who would have gone. How many."""
    unread()
    gone = 0
    with transaction.atomic():
        waiting = list(Visit.objects.filter(state__in=OPEN, on__gte=today).select_related("plan"))
        dropped = drop_impossible(waiting)
        for visit in dropped:
            record(None, "visit.gone", None, visit=visit.pk, why=visit.dropped_why)
            if visit.plan.state == PlanState.SET:
                slots = {"on": visit.on.isoformat(), "why": visit.dropped_why}
                tell([visit.user_id], "visits.gone", slots=slots, link=reverse("visits"), about=f"visits.visit:{visit.pk}")
        gone = len(dropped) + follow_tasks(today)
    return gone
