"""Reads of what insight said."""

from datetime import date

from django.db.models import QuerySet

from liuke.standing.models import Run, Signal, Standing


def current_run() -> Run | None:
    """The newest finished run; what every page shows unless another day is asked for."""
    return Run.objects.filter(finished_at__isnull=False).order_by("-as_of").first()


def run_on(day: date) -> Run | None:
    """The finished run of exactly that day."""
    return Run.objects.filter(finished_at__isnull=False, as_of=day).first()


def run_before(day: date) -> Run | None:
    """The newest finished run strictly before the day."""
    return Run.objects.filter(finished_at__isnull=False, as_of__lt=day).order_by("-as_of").first()


def standings(run: Run | None) -> QuerySet[Standing]:
    """The rows of one run; none without a run."""
    return Standing.objects.filter(run=run) if run else Standing.objects.none()


def open_signals() -> QuerySet[Signal]:
    """Signals whose cause is still there."""
    return Signal.objects.filter(ended_on__isnull=True)
