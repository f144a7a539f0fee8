"""What the company mends: a cycle in each phase, its figures taken from what is on file, and looks at the service of each store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction

from liuke.demo.complaint_words import VALVE
from liuke.improvement.labels import Angle, Moment, Phase, Source, Standard
from liuke.improvement.measures import find
from liuke.improvement.models import AngleSheet, Cycle, CycleFigure, CycleTask
from liuke.improvement.rules import ITEMS, LEAST, MOST, PERSON, Window, after, before, begun
from liuke.satisfaction.models import Wave
from liuke.team.labels import Role
from liuke.team.models import Unit, User

DAYS = 30


@dataclass(frozen=True)
class Told:
    """One cycle. `unit`: a store's name, a region's, or "" for the group; `opened`, `done`: so many days ago; things: (what, done).

    `kept`: what is the rule since; `learned`: what the check taught that led back to the plan; `wave`: the survey that showed it, whose
    days are those of the figure before."""

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
    learned: str = ""
    wave: str = ""


KEPT = "promises.kept"
TARGET = 90
# fmt: off
BETTER = Told("答应的事常晚一两天", Source.PROMISE, KEPT, "", str(TARGET), 48, 33, Phase.DONE,
              (("答应之前先看工位和配件", True), ("早会过一遍今天到期的承诺", True)), "答应日子之前先查工位和配件，拿不准的说哪天给准话")
"""Of a store whose promises were kept better afterwards, and well enough."""
MISSED = Told("约好的日子常往后拖", Source.PROMISE, KEPT, "", str(TARGET), 48, 33, Phase.PLAN,
              (("每天下班前，把明天到期的打一遍电话", True),),
              learned="只打了电话，配件没到的还是没办法：答应前要先问配件")
"""Of one where it was not enough: round again."""
READY = Told("交车的钟点常对不上", Source.PROMISE, KEPT, "", str(TARGET), 48, 33, Phase.CHECK,
             (("交车前两小时，店里和客户各对一次钟点", True),))
"""Of one where the figure can be taken now."""
CYCLES = (
    Told("阀体反复异响", Source.COMPLAINT, f"complaints.product.{VALVE}", "华东区", "0", 40, 31, Phase.CHECK,
         (("同批次阀体进货先抽检", True), ("修过一次还响的，技术主管路试", True)), days=45),
    Told("客户在店里等得久", Source.SATISFACTION, "satisfaction.gap.responsiveness", "杭州滨江店", "-0.3", 18, None, Phase.DO,
         (("进门三分钟有人招呼，早班排一位", True), ("超过预计时间先打电话说一声", False)), days=35, wave="服务质量五个方面"),
    Told("小事没人跟，客户就走了", Source.CHURN, "churn.reason.details", "", "10", 4, None, Phase.PLAN, (), days=90),
)
# fmt: on


def improve(today: date, say: Callable[[str], object]) -> None:
    """Cycles and looks at the service. Nothing where there are some."""
    if Cycle.objects.exists():
        return
    random = Random(f"{today.isoformat()} improved")  # noqa: S311 - made-up marks
    with transaction.atomic():
        for told in (*_promises(today), *CYCLES):
            _cycle(told, today)
        for store in Unit.objects.filter(children__isnull=True).order_by("path"):
            _looks(store, random, today)
    say(f"写好改进：{Cycle.objects.count()} 项，{AngleSheet.objects.count()} 份三角度评分。")


def _promises(today: date) -> list[Told]:
    """The cycles that were checked or can be, each at a store whose own figures tell so; fewer where none does."""
    analyst = User.objects.filter(is_active=True, role=Role.ANALYST).order_by("pk")[0]
    opened, done = (today - timedelta(ago) for ago in (BETTER.opened, BETTER.done or 0))
    seen: list[tuple[str, float, float]] = []
    for store in Unit.objects.filter(children__isnull=True).order_by("path"):
        was, now = (find(KEPT).of(analyst, store, window).value for window in (before(opened, DAYS), after(done, DAYS)))
        if was is not None and now is not None and was < TARGET:
            seen.append((store.name, was, now))
    up = sorted((one for one in seen if one[1] < one[2]), key=lambda one: one[1] - one[2])
    better = next((one[0] for one in up if one[2] >= TARGET), "")
    missed = next((one[0] for one in (*up, *seen) if one[2] < TARGET), "")
    others = [name for name, _was, _now in seen if name not in (better, missed)]
    ready = next((name for name in others if Unit.objects.filter(name=name, parent__name="华东区").exists()), others[0] if others else "")
    return [replace(told, unit=unit) for told, unit in ((BETTER, better), (MISSED, missed), (READY, ready)) if unit]


def _cycle(told: Told, today: date) -> None:
    unit = Unit.objects.get(name=told.unit) if told.unit else Unit.objects.get(parent=None)
    above = [role for role in (Role.SUPERVISOR, Role.ANALYST) if told.unit or role == Role.ANALYST]
    people = User.objects.filter(is_active=True, role__in=above).select_related("unit").order_by("-role", "pk")
    owner = next(one for one in people if one.scope_unit and (unit.path or "").startswith(one.scope_unit.path or ""))
    hands = User.objects.filter(is_active=True, role=Role.AGENT, unit__path__startswith=unit.path or "").order_by("pk").first() or owner
    measure, opened = find(told.measure), today - timedelta(told.opened)
    done = today - timedelta(told.done) if told.done is not None else None
    checked = done + timedelta(told.days + 1) if done and (told.kept or told.learned) else None
    ended, turn = checked if told.kept else None, 1 if told.learned else 0
    wave = Wave.objects.filter(name=told.wave).first() if told.wave else None
    row = Cycle.objects.create(
        title=told.title, source=told.source, source_id=wave.pk if wave else None, unit=unit, measure=measure.key,
        kind=measure.kind, better=measure.better, days=told.days, target=Decimal(told.target),
        due_on=(checked if turn and checked else opened) + timedelta(told.days + 60),
        owner=owner, phase=told.phase, done_on=None if turn else done, turn=turn, learned=told.learned, opened_by=owner,
        opened_on=opened, ended_on=ended, ended_by=owner if ended else None, standard=Standard.RULE if told.kept else "",
        standard_text=told.kept,
    )  # fmt: skip
    for place, (text, is_done) in enumerate(told.things):
        when = done or today - timedelta(3)
        CycleTask.objects.create(
            cycle=row, turn=0, text=text, assignee=(owner, hands)[place % 2], due_on=when if is_done else today + timedelta(5),
            done_on=when if is_done else None, done_by=(owner, hands)[place % 2] if is_done else None,
        )  # fmt: skip
    windows = [(Moment.BEFORE, begun(opened, told.days, wave.opens_on if wave else None), opened)]
    if checked and done:
        windows.append((Moment.AFTER, after(done, told.days), checked))
    for moment, window, on in windows:
        made = _figure(row, moment, window, on, owner)
    if turn:  # what was found after the first turn is the second one's figure before
        made.pk, made.turn, made.moment = None, turn, Moment.BEFORE
        made.save(force_insert=True)


def _figure(row: Cycle, moment: str, window: Window, on: date, owner: User) -> CycleFigure:
    got = find(row.measure).of(owner, row.unit, window)
    return CycleFigure.objects.create(
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
