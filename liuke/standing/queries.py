"""Reads of what insight said."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import FloatField, Func, Max, QuerySet

from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.standing.models import FOREVER, Run, Signal, Standing

QUIET_DAYS = 7
"""A week without a deal (a holiday) does not mean that what happened in it is unknown."""


def known_until() -> date | None:
    """The last day whose deals are known: today, or a week after the last deal where that is earlier. None without a deal."""
    last: date | None = Deal.objects.filter(came=True).aggregate(m=Max("on"))["m"]
    return min(last + timedelta(days=QUIET_DAYS), clock.today(settings.TIME_ZONE)) if last else None


def current_run() -> Run | None:
    """The newest finished run; what every page shows unless another day is asked for. With its model, but not the large parts of it:
    `fit.chosen` and `fit.renewals` are read when they are asked for."""
    known = Run.objects.filter(finished_at__isnull=False).select_related("fit").defer("fit__chosen", "fit__renewals")
    return known.order_by("-as_of").first()


def run_on(day: date) -> Run | None:
    """The finished run of exactly that day."""
    return Run.objects.filter(finished_at__isnull=False, as_of=day).first()


def run_before(day: date) -> Run | None:
    """The newest finished run strictly before the day."""
    return Run.objects.filter(finished_at__isnull=False, as_of__lt=day).order_by("-as_of").first()


def standings(run: Run | None) -> QuerySet[Standing]:
    """The rows of one run; none without a run."""
    if run is None:
        return Standing.objects.none()
    if run.latest:  # one value of `until`, which the indexes begin with
        return Standing.objects.filter(book=run.book_id, until=FOREVER)
    return Standing.objects.filter(book=run.book_id, since__lte=run.as_of, until__gt=run.as_of)


def open_signals() -> QuerySet[Signal]:
    """Signals whose cause is still there."""
    return Signal.objects.filter(ended_on__isnull=True)


class Cycles(Func):
    """Of a standing row: cycles since the last deal day as of `day`; null without one."""

    output_field = FloatField()

    def __init__(self, day: date) -> None:
        super().__init__("last_deal", "cycle_days")
        self.day = day

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self._sql(compiler, "(julianday(%s) - julianday({0})) / {1}")

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:
        return self._sql(compiler, "(%s::date - {0}) / {1}")

    def _sql(self, compiler: Any, template: str) -> tuple[str, list[Any]]:
        parts = [compiler.compile(expression) for expression in self.get_source_expressions()]
        return template.format(*(sql for sql, _ in parts)), [self.day.isoformat(), *(value for _, values in parts for value in values)]
