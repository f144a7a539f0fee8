"""The day a promise is for, as it was typed: one without its year must not slip into the next."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.kernel.clock import months_before
from liuke.kernel.spoken_date import parse_spoken
from liuke.web.entry import Form
from liuke.web.words import monthday

MONTHS_AHEAD = 10
"""A month and day without a year that would come only after so many months was rather meant for the one that has just gone."""


def due_day(form: Form, required: str) -> date | None:
    """The day in the field `due`. One typed without its year that lies further ahead than MONTHS_AHEAD is an error that asks for it."""
    found = form.day("due", required)
    today = clock.today()
    if found is None or found <= months_before(today, -MONTHS_AHEAD):
        return found
    # Read backwards it is the same day a year before: it did not say which. Whoever names the year, or a length of time, has said it.
    gone = parse_spoken(form.get("due"), today, lean="past")
    if gone is None or (gone.year + 1, gone.month, gone.day) != (found.year, found.month, found.day):
        return found
    form.errors["due"] = _("%(day)s已经过了。要是说明年，请把年份一起写上。") % {"day": monthday(gone, today)}
    return None
