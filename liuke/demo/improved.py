"""What the company mends: a cycle in each phase, its figures taken from what is on file, and looks at the service of each store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction

from liuke.demo.complaint_words import VALVE
from liuke.improvement.labels import Angle, Moment, Phase, Source, Standard
from liuke.improvement.measures import find
from liuke.improvement.models import AngleSheet, Cycle, CycleFigure, CycleTask
from liuke.improvement.rules import ITEMS, LEAST, MOST, PERSON, Window, after, before
from liuke.team.labels import Role
from liuke.team.models import Unit, User

DAYS = 30


@dataclass(frozen=True)
class Told:
    """One cycle. `unit`: a store's name, a region's, or "" for the group; `opened`, `done`: so many days ago; things: (what, done)."""

    title: str
    source: str
    measure: str
    unit: str
    target: str
    opened: int
    done: int | None
    phase: str
    things: tuple[tuple[str, bool], ...]
    kept: str = ""
    days: int = DAYS


CYCLES = (
    Told("答应的事常晚一两天", Source.PROMISE, "promises.kept", "南京江宁店", "90", 48, 33, Phase.DONE,
         (("答应之前先看工位和配件", True), ("早会过一遍今天到期的承诺", True)), "答应日子之前先查工位和配件，拿不准的说哪天给准话"),
    Told("阀体反复异响", Source.COMPLAINT, f"complaints.product.{VALVE}", "华东区", "0", 66, DAYS + 1, Phase.CHECK,
         (("同批次阀体进货先抽检", True), ("修过一次还响的，技术主管路试", True))),
    Told("客户在店里等得久", Source.SATISFACTION, "satisfaction.gap.responsiveness", "杭州滨江店", "-0.3", 18, None, Phase.DO,
         (("进门三分钟有人招呼，早班排一位", True), ("超过预计时间先打电话说一声", False)), days=120),
    Told("小事没人跟，客户就走了", Source.CHURN, "churn.reason.details", "", "3", 4, None, Phase.PLAN, ()),
)  # fmt: skip


def improve(today: date, say: Callable[[str], object]) -> None:
    """Cycles and looks at the service. Nothing where there are some."""
    if Cycle.objects.exists():
        return
    random = Random(f"{today.isoformat()} improved")  # noqa: S311 - made-up marks
    with transaction.atomic():
        for told in CYCLES:
            _cycle(told, today)
        for store in Unit.objects.filter(children__isnull=True).order_by("path"):
            _looks(store, random, today)
    say(f"写好改进：{Cycle.objects.count()} 项，{AngleSheet.objects.count()} 份三角度评分。")


def _cycle(told: Told, today: date) -> None:
    unit = Unit.objects.get(name=told.unit) if told.unit else Unit.objects.get(parent=None)
    above = [role for role in (Role.SUPERVISOR, Role.ANALYST) if told.unit or role == Role.ANALYST]
    people = User.objects.filter(is_active=True, role__in=above).select_related("unit").order_by("-role", "pk")
    owner = next(one for one in people if one.scope_unit and (unit.path or "").startswith(one.scope_unit.path or ""))
    hands = User.objects.filter(is_active=True, role=Role.AGENT, unit__path__startswith=unit.path or "").order_by("pk").first() or owner
    measure, opened = find(told.measure), today - timedelta(told.opened)
    done = today - timedelta(told.done) if told.done is not None else None
    ended = done + timedelta(told.days + 1) if done and told.kept else None
    row = Cycle.objects.create(
        title=told.title, source=told.source, unit=unit, measure=measure.key, kind=measure.kind, better=measure.better, days=told.days,
        target=Decimal(told.target), due_on=opened + timedelta(told.days + 80),
        owner=owner, phase=told.phase, done_on=done, opened_by=owner,
        opened_on=opened, ended_on=ended, ended_by=owner if ended else None, standard=Standard.RULE if told.kept else "",
        standard_text=told.kept,
    )  # fmt: skip
    for place, (text, is_done) in enumerate(told.things):
        when = done or today - timedelta(3)
        CycleTask.objects.create(
            cycle=row, turn=0, text=text, assignee=(owner, hands)[place % 2], due_on=when if is_done else today + timedelta(5),
            done_on=when if is_done else None, done_by=(owner, hands)[place % 2] if is_done else None,
        )  # fmt: skip
    windows = [(Moment.BEFORE, before(opened, told.days), opened)]
    if ended and done:
        windows.append((Moment.AFTER, after(done, told.days), ended))
    for moment, window, on in windows:
        _figure(row, moment, window, on, owner)


def _figure(row: Cycle, moment: str, window: Window, on: date, owner: User) -> None:
    got = find(row.measure).of(owner, row.unit, window)
    CycleFigure.objects.create(
        cycle=row, turn=0, moment=moment, first=window.first, last=window.last, value=got.value, n=got.n, of=got.of, margin=got.margin,
        taken_by=owner, taken_on=on,
    )  # fmt: skip


def _looks(store: Unit, random: Random, today: date) -> None:
    """Three to five colleagues and three visits; each store has its own strong side."""
    procedure, person = random.uniform(2.7, 4.6), random.uniform(2.7, 4.6)
    staff = list(User.objects.filter(unit=store, is_active=True, role__in=(Role.REP, Role.AGENT)).order_by("pk")[:5])
    above = User.objects.filter(is_active=True, role=Role.SUPERVISOR, unit=store.parent).first()
    by = [(Angle.STAFF, one) for one in staff] + [(Angle.MYSTERY, above)] * 3 if above else [(Angle.STAFF, one) for one in staff]
    for angle, who in by:
        marks = {
            item: min(MOST, max(LEAST, round(random.gauss(person if item in PERSON else procedure, 0.7))))
            for item in ITEMS
            if random.random() < 0.85
        }
        AngleSheet.objects.create(unit=store, angle=angle, on=today - timedelta(random.randrange(3, 120)), by=who, marks=marks)
