"""The company's own numbers for complaints: the pack's section, opening hours of units, what a role may give."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from liuke.complaints.clock import Hours
from liuke.complaints.models import DeskHours
from liuke.kernel import clock
from liuke.packs.complaints import Complaints
from liuke.playbooks.queries import pack as current_pack
from liuke.team.calendar import changes, known_years
from liuke.team.labels import Role
from liuke.team.models import Unit, User


def rule() -> Complaints:
    """The company's numbers."""
    return current_pack().complaints


def limit_of(user: User) -> int | None:
    """What this user may give on one complaint by himself, in cents; None: without limit."""
    if user.role == Role.MANAGER:
        return None
    limits = rule().limits_cents
    return {Role.REP: limits.rep, Role.AGENT: limits.agent, Role.SUPERVISOR: limits.supervisor}.get(Role(user.role), 0)


class Desks:
    """When each unit is open: its own hours, else those of the nearest unit above it, else the pack's. Three queries, then none."""

    def __init__(self) -> None:
        self.usual, self.changes, self.known = rule().hours, changes(), known_years()
        rows = DeskHours.objects.values_list("unit__path", "opens", "closes")
        self._own = {path: (opens, closes) for path, opens, closes in rows if path}

    def at(self, path: str) -> Hours:
        while path:
            if path in self._own:
                return Hours(*self._own[path], self.changes, self.known)
            path = path.rstrip("/").rpartition("/")[0] + "/" if path != "/" else ""
        return Hours(*self.usual, self.changes, self.known)


def hours_of(unit: Unit | None) -> Hours:
    """When a unit is open; None: as the pack says. Three queries."""
    return Desks().at((unit.path or "") if unit else "")


def local(moment: datetime) -> datetime:
    return timezone.localtime(moment)


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def start_of(day: date) -> datetime:
    return clock.start_of(day, settings.TIME_ZONE)


def today() -> date:
    return clock.today(settings.TIME_ZONE)
