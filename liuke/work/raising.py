"""Overdue work goes up: a promise, an answer or an appointment that is days late is put before whoever supervises, and he is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import ngettext

from liuke.audit.actions import record
from liuke.kernel.batches import batches
from liuke.notices.actions import tell
from liuke.team.models import User
from liuke.team.queries import pack as current_pack
from liuke.work.models import Task, TaskQuerySet
from liuke.work.staff import Staff

NOTICE = "today.raised"


def say(slots: Mapping[str, Any]) -> str:
    """The notice: how many, and how late the latest of them is."""
    count = int(str(slots["count"]))
    said = ngettext("%(n)s 件不能等的事过了 %(days)s 天还没做。", "%(n)s 件不能等的事过了 %(days)s 天还没做。", count)
    return said % {"n": count, "days": slots["days"]}


def raise_overdue(on: date) -> int:
    """Put before the supervisor what should not have waited and is overdue by the pack's days; each task goes up once. How many.

    The one who has the task keeps it. The nearest supervisor above the customer's unit gets it, of his own tasks a general manager; where
    there is nobody above it stays where it is.
    """
    days = current_pack().capacity.raise_days
    late = Task.objects.open().filter(Q(must=True) | Q(asked=True), due_on__lte=on - timedelta(days), raised_on__isnull=True)
    rows = list(late.order_by("pk").values_list("pk", "assignee", "customer", "customer__unit__path", "due_on"))
    staff, raised = Staff(on), 0
    for some in batches(rows):
        with transaction.atomic():
            raised += _raise(some, staff, on)
    return raised


def _raise(rows: list[tuple[int, int, int, str | None, date]], staff: Staff, on: date) -> int:
    up: dict[int, list[tuple[int, date]]] = defaultdict(list)
    for pk, assignee, customer, path, due in rows:
        boss = staff.above(assignee, path or "", customer)
        if boss is not None:
            up[boss].append((pk, due))
    count = 0
    for boss, tasks in sorted(up.items()):
        open_ = Task.objects.open().filter(pk__in=[pk for pk, _ in tasks], raised_on__isnull=True)
        if moved := open_.update(raised_on=on, raised_to=boss):
            count += moved
            record(None, "today.raise", None, to=boss, tasks=[pk for pk, _ in tasks])
            tell([boss], NOTICE, slots={"count": moved, "days": max((on - due).days for _, due in tasks)}, link="/today/", about=NOTICE)
    return count


def raised(user: User) -> TaskQuerySet:
    """What went up to this user and is still open, the longest overdue first."""
    open_ = Task.objects.visible_to(user).open().filter(raised_to=user)
    return open_.select_related("customer", "customer__unit", "assignee").order_by("due_on", "-severity", "pk")
