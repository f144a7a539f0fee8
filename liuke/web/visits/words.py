"""What the pages of visits say: a row, a day in one sentence, the tabs, and the order of stops as a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup, escape

from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.visits import words
from liuke.visits.labels import Came, Dropped, VisitState
from liuke.visits.models import Visit
from liuke.visits.queries import point_of, problems
from liuke.visits.rules import DAYS
from liuke.web.words import monthday, span, weekday, written

TONES = {VisitState.STARTED: "info", VisitState.ARRIVED: "info", VisitState.DONE: "good"}


@dataclass(frozen=True)
class Row:
    """One visit as it is shown. `gone`: why it cannot be made, "" when it can."""

    visit: Visit
    place: int
    why: str
    grade: str
    stage: str
    gone: str

    @property
    def hour(self) -> str:
        """15:00 when it was agreed, 约10:05 when it is only reckoned."""
        if self.visit.at is not None:
            return f"{self.visit.at:%H:%M}"
        return _("约%(hour)s") % {"hour": f"{self.visit.begins:%H:%M}"} if self.visit.begins else ""

    @property
    def tone(self) -> str:
        """Made is good only where he was met."""
        if self.visit.outcome == Came.NOT_REACHED:
            return ""
        return TONES.get(VisitState(self.visit.state), "")


def rows_of(visits: Sequence[Visit], on: date) -> list[Row]:
    """The rows with their sentences and insight; those that are to be made are numbered day by day. Four queries, whatever the rows."""
    ids = {visit.customer_id for visit in visits}
    known = standings(current_run()).filter(customer__in=ids).values_list("customer_id", "abc", "stage")
    stood = {pk: (abc, stage) for pk, abc, stage in known}
    gone = problems(visits)
    made: list[Row] = []
    place: dict[date, int] = {}
    for visit in visits:
        counts = visit.state != VisitState.DROPPED and visit.pk not in gone
        place[visit.on] = place.get(visit.on, 0) + counts
        grade, stage = stood.get(visit.customer_id, ("", ""))
        why = str(Dropped(gone[visit.pk]).label) if visit.pk in gone else ""
        made.append(Row(visit, place[visit.on] if counts else 0, words.reason(visit.reasons, on), grade, stage, why))
    return made


def standing_rows(rows: Sequence[Row]) -> list[Row]:
    """Those that are to be made or were."""
    return [row for row in rows if row.place]


def left_rows(rows: Sequence[Row]) -> list[Row]:
    """Those that dropped out, or will."""
    return [row for row in rows if not row.place]


@dataclass(frozen=True)
class DayRows:
    """One day of a week."""

    on: date
    rows: tuple[Row, ...]
    rest: bool

    @property
    def minutes(self) -> int:
        return sum(row.visit.minutes for row in self.rows)

    @property
    def said(self) -> str:
        """3 家，2 小时."""
        n = len(self.rows)
        if not n:
            return ""
        return ngettext("%(n)s 家，%(t)s", "%(n)s 家，%(t)s", n) % {"n": n, "t": span(self.minutes)}


def week_words(week: date, today: date) -> str:
    """这一周, 下一周, 11月30日那一周."""
    gap = (week - (today - timedelta(days=today.weekday()))).days // DAYS
    if gap == 0:
        return _("这一周")
    if gap == 1:
        return _("下一周")
    return _("%(day)s那一周") % {"day": monthday(week, today)}


def days_offered(week: date, today: date) -> list[tuple[str, str]]:
    """(ISO day, words) of the days a visit can be moved to: the rest of its week."""
    days = [week + timedelta(days=n) for n in range(DAYS)]
    return [(day.isoformat(), _("今天") if day == today else weekday(day)) for day in days if day >= today]


def tabs(user: User, here: str) -> list[tuple[str, int | None, str, bool]]:
    """The pages of this part that the reader may open."""
    found: list[tuple[str, str]] = []
    if may(user, "visit.plan"):
        found += [("visits", _("今天")), ("visit_week", _("一周计划")), ("visit_due", _("该去的"))]
    elif may(user, "visit.oversee"):
        found += [("visit_week", _("一周计划"))]
    found += [("visit_review", _("走访回顾")), ("meetings", _("客户会议"))]
    if may(user, "visit.plan"):
        found.append(("areas", _("片区")))
    return [(label, None, reverse(route), route == here) for route, label in found]


WIDE, HIGH, EDGE = 320, 200, 26


def sketch(rows: Sequence[Row]) -> Markup:
    """The order of a day's stops as a line between the middles of their areas, numbered; "" where fewer than two are known. Stops of one
    area share a dot. North is up, a straight line is a straight line: no map."""
    known = [(row, point_of(row.visit.area)) for row in rows]
    points = [(row, point) for row, point in known if point is not None]
    places = list(dict.fromkeys(point for _row, point in points))
    if len(places) < 2:
        return Markup("")
    west, east = min(p.longitude for p in places), max(p.longitude for p in places)
    south, north = min(p.latitude for p in places), max(p.latitude for p in places)
    scale = min((WIDE - 2 * EDGE) / max((east - west) * 0.86, 1e-6), (HIGH - 2 * EDGE) / max(north - south, 1e-6))

    def spot(latitude: float, longitude: float) -> tuple[float, float]:
        x = WIDE / 2 + (longitude - (east + west) / 2) * 0.86 * scale
        y = HIGH / 2 - (latitude - (north + south) / 2) * scale
        return round(x, 1), round(y, 1)

    line = " ".join("{},{}".format(*spot(point.latitude, point.longitude)) for _row, point in points)
    dots = []
    for point in places:
        x, y = spot(point.latitude, point.longitude)
        here = [row for row, other in points if other == point]
        name = escape(here[0].visit.area.name if here[0].visit.area else "")
        numbers = escape("、".join(str(row.place) for row in here))
        label = y - 14 if y > HIGH - 2 * EDGE else y + 22
        dots.append(
            f'<circle cx="{x}" cy="{y}" r="9" fill="var(--brand)"/>'
            f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="12" fill="var(--on-brand)">{here[0].place}</text>'
            f'<text x="{x}" y="{label}" text-anchor="middle" font-size="12" fill="var(--ink-2)">{name} {numbers}</text>'
        )
    said = escape(_("按顺序走的片区：%(areas)s") % {"areas": _("，").join(row.visit.area.name for row, _point in points if row.visit.area)})
    return written(
        f'<svg class="lk-route" role="img" aria-label="{said}" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}">'
        f'<polyline points="{line}" fill="none" stroke="var(--brand-line)" stroke-width="2"/>{"".join(dots)}</svg>'
    )
