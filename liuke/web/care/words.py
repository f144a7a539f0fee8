"""Words of the care pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from liuke.care.calendar import Coming, Days, Entry, Line
from liuke.care.labels import WHO, OccasionState
from liuke.care.saying import moon
from liuke.interactions.labels import Way
from liuke.kernel import lunar
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.customers.words import birthday_words
from liuke.web.words import day as day_words
from liuke.web.words import monthday
from liuke.work.words import pick


@dataclass(frozen=True)
class Cell:
    """One day of the month's sheet. `moon`: its day of the lunar month, "" for who reads no Chinese."""

    day: date
    moon: str
    inside: bool
    entries: Sequence[Entry]

    @property
    def total(self) -> int:
        return sum(entry.count for entry in self.entries)


def sheet(month: date, counted: Days) -> list[list[Cell]]:
    """The weeks of a month, Monday first."""
    first, last = bounds(month)
    days = [first + timedelta(each) for each in range((last - first).days + 1)]
    cells = [Cell(day, _moon(day), day.month == month.month, counted.get(day, ())) for day in days]
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def bounds(month: date) -> tuple[date, date]:
    """The Monday before (or on) the first of a month and the Sunday after its end."""
    first = month.replace(day=1)
    end = (first + timedelta(31)).replace(day=1) - timedelta(1)
    return first - timedelta(first.weekday()), end + timedelta(6 - end.weekday())


def _moon(day: date) -> str:
    if not (get_language() or "zh").startswith("zh"):
        return ""
    on = lunar.of(day)
    said = lunar.spoken(on.month, on.day, on.leap)
    return said.rpartition("月")[0] + "月" if on.day == 1 else said.rpartition("月")[2]


def tabs(user: User, on: str) -> list[tuple[str, str, bool]]:
    """The pages of care for this reader."""
    found = [("care", _("日历"), "care.read"), ("gatherings", _("联谊"), "care.read"), ("care_balance", _("关怀与销售"), "care.read"),
             ("care_rules", _("怎么关怀"), "care.manage")]  # fmt: skip
    return [(label, reverse(route), route == on) for route, label, permission in found if may(user, permission)]


def what(line: Line) -> str:
    """生日，农历四月初八; 提车周年，凯美瑞满 3 年; 商业险，5月17日开始."""
    name = pick(line.occasion.name)
    slots = line.found.slots if line.found else {}
    more = ""
    if slots.get("lunar"):
        more = moon(*slots["lunar"])
    elif line.occasion.kind == "bought" and slots:
        more = years_words(slots["years"], slots["asset"])
    elif slots.get("years"):
        more = years_words(slots["years"])
    if line.on != line.due_on:
        more = _("，").join(part for part in (more, monthday(line.on)) if part)
    return _("%(name)s，%(more)s") % {"name": name, "more": more} if more else name


def years_words(n: int, what: str = "") -> str:
    """满 3 年; 凯美瑞满 3 年."""
    said = ngettext("%(what)s满 %(n)s 年", "%(what)s满 %(n)s 年", n) if what else ngettext("满 %(n)s 年", "满 %(n)s 年", n)
    return said % {"what": what, "n": n}


def who(line: Line) -> str:
    """陈思远; 区域主管: the owner by name, others by their post."""
    if line.plan.who == "owner" and line.card.owner and line.card.owner.is_active:
        return str(line.card.owner.name)
    return str(WHO["supervisor" if line.plan.who == "owner" else line.plan.who])


def way(line: Line) -> str:
    return str(Way(line.plan.channel).label)


def gift(line: Line) -> str:
    return pick(line.plan.gift) if line.plan.gift else ""


def state(line: Line, today: date) -> tuple[str, str]:
    """(words, tone) of what became of it."""
    if line.row is None:
        return (_("到日子再排") if line.due_on > today else _("明早排")), "q"
    if line.row.state == OccasionState.LEFT:
        return _("没打扰：%(why)s") % {"why": line.row.get_why_display()}, "q"
    tone = {OccasionState.WAITING: "", OccasionState.DONE: "good", OccasionState.MISSED: "warn"}
    return str(line.row.get_state_display()), tone.get(OccasionState(line.row.state), "q")


def coming_words(coming: Coming, today: date) -> str:
    """生日在5月24日（农历四月初八），还有 3 天."""
    name = pick(coming.occasion.name)
    if coming.birthday is not None and coming.birthday.lunar:
        name = _("%(name)s（%(more)s）") % {"name": name, "more": birthday_words(_without_year(coming))}
    elif coming.years:
        name = _("%(name)s（%(more)s）") % {"name": name, "more": years_words(coming.years, coming.what)}
    elif coming.what:
        name = _("%(name)s（%(more)s）") % {"name": name, "more": coming.what}
    left = (coming.on - today).days
    near = day_words(coming.on, today)
    if coming.declined:
        return _("%(day)s是%(name)s，他说过不用问候") % {"day": near, "name": name}
    if left <= 1:
        return _("%(day)s是%(name)s") % {"day": near, "name": name}
    said = ngettext("%(day)s是%(name)s，还有 %(n)s 天", "%(day)s是%(name)s，还有 %(n)s 天", left)
    return said % {"day": near, "name": name, "n": left}


def _without_year(coming: Coming):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    assert coming.birthday is not None
    return replace(coming.birthday, year=None)
