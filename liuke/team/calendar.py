"""The company's own working calendar: the state's (kernel.workdays) with the days on which this company does otherwise."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from liuke.audit.actions import record
from liuke.kernel import workdays
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import CalendarDay, CalendarYear, User
from liuke.team.permissions import require

FIRST_YEAR, LAST_YEAR = 2000, 2099


def changes() -> dict[date, bool]:
    """The days on which the company does otherwise: day → whether it works. One query; what kernel.workdays takes."""
    return dict(CalendarDay.objects.values_list("on", "works"))


def days_of(year: int) -> list[CalendarDay]:
    """The changed days of a year, in order."""
    return list(CalendarDay.objects.filter(on__year=year).order_by("on"))


@transaction.atomic
def set_day(actor: User, on: date, works: bool, name: str = "") -> CalendarDay | None:
    """Say that the company works on this day, or does not. What stood there before (None: nothing), so that it can be put back.

    Refuses a day that is so already, and years out of reach.
    """
    require(actor, "calendar.manage")
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise Refused("calendar.year", "日期要在 %(first)s 年到 %(last)s 年之间。", first=FIRST_YEAR, last=LAST_YEAR)
    words = clean(name, 40)
    before = CalendarDay.objects.filter(on=on).first()
    if before is None and workdays.works(on) == works:
        raise Refused("calendar.same", "这一天本来就是这样。")
    if before is not None and (before.works, before.name) == (works, words):
        raise Refused("calendar.same", "这一天本来就是这样。")
    made, _new = CalendarDay.objects.update_or_create(on=on, defaults={"works": works, "name": words})
    record(actor, "calendar.set", made, day=on.isoformat(), works=works)
    return before


@transaction.atomic
def forget_day(actor: User, on: date) -> CalendarDay:
    """Take a change back: the state's calendar holds again. What stood there; raises CalendarDay.DoesNotExist."""
    require(actor, "calendar.manage")
    gone = CalendarDay.objects.get(on=on)
    record(actor, "calendar.forget", gone, day=on.isoformat(), works=gone.works)
    CalendarDay.objects.filter(pk=gone.pk).delete()
    return gone


# ── years of which the state has published nothing ───────────────────────────


def known_years() -> frozenset[int]:
    """Years that the company has written down whole. One query."""
    return frozenset(CalendarYear.objects.values_list("year", flat=True))


@transaction.atomic
def complete_year(actor: User, year: int) -> CalendarYear:
    """Say that all holidays and make-up days of a year are written down. Refuses one that is published, one without a single day, twice."""
    require(actor, "calendar.manage")
    if workdays.published(year):
        raise Refused("calendar.published", "%(year)s 年的放假安排已经公布，不用补。", year=year)
    if not CalendarDay.objects.filter(on__year=year).exists():
        raise Refused("calendar.no_days", "%(year)s 年还一天都没写，先把放假和调休的日子点出来。", year=year)
    made, new = CalendarYear.objects.get_or_create(year=year, defaults={"by": actor})
    if not new:
        raise Refused("calendar.completed", "%(year)s 年已经补全了。", year=year)
    record(actor, "calendar.complete", made, year=year)
    return made


@transaction.atomic
def reopen_year(actor: User, year: int) -> None:
    """Something is missing after all. Raises CalendarYear.DoesNotExist."""
    require(actor, "calendar.manage")
    kept = CalendarYear.objects.get(year=year)
    record(actor, "calendar.reopen", kept, year=year)
    CalendarYear.objects.filter(pk=kept.pk).delete()
