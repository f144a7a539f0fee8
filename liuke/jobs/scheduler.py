"""The clock that puts due entries of the timetable on the queue, and the queue's recovery after a crash."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from liuke.jobs.models import Schedule
from liuke.jobs.timetable import TIMETABLE, Entry

LEASE = timedelta(hours=1)
"""Longest time a job may run before another worker takes it to be dead (PostgreSQL, several workers)."""


def tick(now: datetime, timetable: tuple[Entry, ...] = TIMETABLE) -> list[str]:
    """Enqueue what is due at `now` (aware). Names of the entries enqueued. An entry missed several times runs once."""
    local = timezone.localtime(now)
    done = []
    for entry in timetable:
        row, created = Schedule.objects.get_or_create(name=entry.name, defaults={"due_at": entry.after(local)})
        if created or row.due_at > now:
            continue
        claimed = Schedule.objects.filter(name=entry.name, due_at=row.due_at).update(due_at=entry.after(local))
        if claimed:
            entry.task.enqueue()
            done.append(entry.name)
    return done


def requeue_orphans(now: datetime) -> int:
    """Put jobs back whose worker died. On SQLite one machine runs everything, so at a worker's start every running job is an orphan."""
    orphans: Any = DBTaskResult.objects.running()
    if connection.vendor != "sqlite":
        orphans = orphans.filter(started_at__lt=now - LEASE)
    return int(orphans.update(status="READY", started_at=None))


def forever(seconds: float = 20) -> None:  # pragma: no cover - the loop around tick
    while True:
        tick(timezone.now())
        close_old_connections()
        time.sleep(seconds)
