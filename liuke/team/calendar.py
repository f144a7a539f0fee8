"""The company's own working calendar: the state's (kernel.workdays) with the days on which this company does otherwise."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from liuke.audit.actions import record
from liuke.kernel import workdays
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import CalendarDay, User
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
