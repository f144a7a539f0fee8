"""扁鹊: how far gone the customers were who came back after we turned to them. The best save is the one that hardly looks like one."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet

from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.team.models import User
from liuke.trials.labels import Arm
from liuke.work.labels import Ended, Level, TaskState
from liuke.work.models import Enrolment, Task

DAYS = 90
EARLY = (Level.BEFORE, Level.FIRST_SIGN)


def saves(user: User, on: date, level: str = "") -> QuerySet[Enrolment]:
    """Ways through a playbook that ended well in the last DAYS, on customers in the reader's sight: somebody reached the customer, and he
    bought (or renewed) before it ended. Newest first; `level` "" is every one of them. Nobody who was left alone on purpose is among them.
    """
    reached = Task.objects.filter(enrolment=OuterRef("pk"), state=TaskState.DONE, outcome__in=(Outcome.REACHED, Outcome.DEAL))
    found = Enrolment.objects.filter(
        Exists(reached),
        why__in=(Ended.SUCCESS, Ended.DEAL),
        ended_on__gt=on - timedelta(DAYS),
        ended_on__lte=on,
        customer__in=Customer.objects.visible_to(user),
        level__in=[level] if level else Level.values,
    )
    return found.exclude(assignment__arm=Arm.ALONE).order_by("-ended_on", "-pk")


def by_level(user: User, on: date) -> dict[str, int]:
    """How many saves at each level, in the order of the four. One query."""
    counted = dict(saves(user, on).order_by().values_list("level").annotate(n=Count("pk")))
    return {level: counted.get(level, 0) for level in Level.values}
