"""Service seen from three angles: front-line colleagues and mystery visitors fill in sheets, customers were asked in surveys; each unit is
placed by procedure and person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.improvement.labels import Angle
from liuke.improvement.models import AngleSheet
from liuke.improvement.rules import ITEMS, LEAST, LINE, MOST, PERSON, PROCEDURE, service
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.improvement import Improvement
from liuke.satisfaction.models import Answer
from liuke.satisfaction.results import said
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import units_in_scope

CUSTOMER_PROCEDURE = ("tangibles", "reliability", "responsiveness")
CUSTOMER_PERSON = ("assurance", "empathy")
"""Which dimensions of service quality customers' answers count on which axis; of a pair the perceived one counts."""


@dataclass(frozen=True)
class Seen:
    """One angle of one unit: mean scores (1 to 5) of both axes, None where nobody looked; `n` sheets or answers."""

    procedure: float | None
    person: float | None
    n: int


@dataclass(frozen=True)
class Place:
    """One unit: each angle, and all three together, an angle counting once however many sheets it has; `state` "" where too few looked."""

    unit: Unit
    angles: dict[str, Seen]
    procedure: float | None
    person: float | None
    state: str


@transaction.atomic
def fill(actor: User, unit_id: int, angle: str, marks: Mapping[str, int], *, on: date | None = None, note: str = "") -> AngleSheet:
    """Write down one look at a unit. A colleague looks at his own unit; a mystery visit is entered by who reads the angles.

    Refuses a mark that is none, no marks on one of the axes, a day to come, a unit out of sight and a colleague's second sheet of a day.
    """
    require(actor, "angle.fill")
    today = clock.today(settings.TIME_ZONE)
    day = on or today
    if angle not in (Angle.STAFF, Angle.MYSTERY):
        raise Refused("angle.which", "客户怎么看，从满意度调查里来；这里填员工和神秘顾客的。")
    if angle == Angle.MYSTERY:
        require(actor, "angle.read")
        unit = units_in_scope(actor).filter(pk=unit_id).first()
    else:
        unit = actor.unit if actor.unit_id == unit_id else None
    if unit is None:
        raise Refused("angle.unit", "请选一个单位；员工只评自己的单位。")
    if day > today:
        raise Refused("angle.day", "日子还没到。")
    kept = {item: mark for item, mark in marks.items() if item in ITEMS}
    if any(not LEAST <= mark <= MOST for mark in kept.values()):
        raise Refused("angle.mark", "打分请写 1 到 5。")
    if not any(item in kept for item in PROCEDURE) or not any(item in kept for item in PERSON):
        raise Refused("angle.empty", "流程和人，请各打至少一项分。")
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if angle == Angle.STAFF and AngleSheet.objects.filter(unit=unit, angle=angle, by=actor, on=day, undone_at=None).exists():
        raise Refused("angle.twice", "您今天已经评过了。")
    made = AngleSheet.objects.create(unit=unit, angle=angle, on=day, by=actor, marks=kept, note=clean(note, LINE))
    record(actor, "angle.fill", made, unit=unit.pk, angle=angle)
    return made


@transaction.atomic
def take_back(actor: User, sheet_id: int) -> AngleSheet:
    """It was a slip: by who filled it, on the day it was for or the day it was written."""
    require(actor, "angle.fill")
    row = AngleSheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=sheet_id, by=actor)
    if row.undone_at is not None:
        raise Refused("angle.gone", "已经撤销过了。")
    row.undone_at = timezone.now()
    row.save(update_fields=["undone_at"])
    record(actor, "angle.take_back", row)
    return row


def mean_of(marks: list[Mapping[str, int]], items: tuple[str, ...]) -> float | None:
    """The mean of all marks on these items; None without any.

    >>> mean_of([{"greeted": 4}, {"greeted": 2, "on_time": 3}], ("greeted", "on_time"))
    3.0
    """
    got = [each[item] for each in marks for item in items if item in each]
    return sum(got) / len(got) if got else None


def places(user: User, on: date, numbers: Improvement) -> list[Place]:
    """Every store in sight, with what each angle says of the days that count. Three queries."""
    require(user, "angle.read")
    first = on - timedelta(numbers.angle_days)
    stores = list(units_in_scope(user).filter(children__isnull=True).order_by("path"))
    sheets: dict[tuple[int, str], list[Mapping[str, int]]] = defaultdict(list)
    for unit, angle, marks in AngleSheet.objects.visible_to(user).filter(on__gt=first, on__lte=on).values_list("unit_id", "angle", "marks"):
        sheets[unit, angle].append(marks)
    asked = _customers(user, first, on)
    return [_place(store, sheets, asked.get(store.pk, Seen(None, None, 0)), numbers) for store in stores]


def _place(store: Unit, sheets: Mapping[tuple[int, str], list[Mapping[str, int]]], asked: Seen, numbers: Improvement) -> Place:
    angles = {str(Angle.CUSTOMER): asked}
    for angle in (Angle.STAFF, Angle.MYSTERY):
        marks = sheets.get((store.pk, angle), [])
        angles[str(angle)] = Seen(mean_of(marks, PROCEDURE), mean_of(marks, PERSON), len(marks))
    enough = [seen for seen in angles.values() if seen.n >= numbers.least_sheets and seen.procedure is not None and seen.person is not None]
    if not enough:
        return Place(store, angles, None, None, "")
    procedure = sum(seen.procedure or 0 for seen in enough) / len(enough)
    person = sum(seen.person or 0 for seen in enough) / len(enough)
    return Place(store, angles, procedure, person, service(procedure, person, float(numbers.service_edge)))


def _customers(user: User, first: date, on: date) -> dict[int, Seen]:
    """What customers said of each store: the perceived of the pairs of service quality, by axis."""
    rows = Answer.objects.visible_to(user).filter(invitation__isnull=False, on__gt=first, on__lte=on)
    units = list(rows.order_by("pk").values_list("unit_id", flat=True))
    marks: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    seen: dict[int, int] = defaultdict(int)
    for unit, (form, values) in zip(units, said(rows.order_by("pk")), strict=True):
        told = False
        for question in form.questions:
            got = values.get(question.key)
            if question.kind == "pair" and isinstance(got, list):
                marks[unit][question.dimension in CUSTOMER_PERSON].append(got[1])
                told = True
        seen[unit] += told
    return {unit: Seen(_mean(one), _mean(two), seen[unit]) for unit, (one, two) in marks.items()}


def _mean(values: list[int]) -> float | None:
    return sum(values) / len(values) if values else None
