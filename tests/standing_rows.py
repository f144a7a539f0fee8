"""Runs and their rows made by hand, for tests that need a standing but not the computing of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from liuke.standing.models import Book, Run, Standing


def a_run(as_of: date, *, finished: bool = True, **values: Any) -> Run:
    """A run with a book of its own."""
    now = timezone.now()
    values = {"pack": "auto_dealer", "started_at": now, "finished_at": now if finished else None, **values}
    return Run.objects.create(as_of=as_of, book=Book.objects.create(began_on=as_of), **values)


def a_standing(run: Run, customer: Any, **values: Any) -> Standing:
    """A row that holds from the run's day on."""
    values = {"model_share": values.get("leave_share"), "leave_by": "band" if values.get("leave_share") is not None else "", **values}
    return Standing.objects.create(book=run.book, since=run.as_of, customer=customer, **values)
