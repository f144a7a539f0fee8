"""Verbs of a cycle: open it with its figure before, plan, do, check with the same figure, and make it the rule or plan again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from liuke.audit.actions import record
from liuke.improvement.labels import Moment, Phase, Source, Standard
from liuke.improvement.measures import Measure, find
from liuke.improvement.models import Cycle, CycleFigure, CycleTask
from liuke.improvement.rules import LINE, TEXT, TITLE, Window, after, before
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import settle, tell
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import Unit, User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues, units_in_scope

LONGEST = 366


def today() -> date:
    return clock.today(settings.TIME_ZONE)


# ── plan ─────────────────────────────────────────────────────────────────────


@transaction.atomic
def open_cycle(
    actor: User,
    *,
    title: str,
    unit_id: int,
    measure: str,
    target: Decimal,
    due_on: date,
    owner_id: int,
    why: str = "",
    source: str = Source.OWN,
    source_id: int | None = None,
    days: int | None = None,
) -> Cycle:
    """Take up a weak point, with its figure over the days before. Refuses what is not in sight, no title, a figure nobody knows, a day that
    is gone, and the same figure of the same unit twice at a time."""
    require(actor, "improvement.manage")
    on, found = today(), find(measure)
    words = clean(title, TITLE)
    if not words:
        raise Refused("improvement.title", "请写哪里弱。")
    if source not in Source.values:
        raise Refused("improvement.source", "请选是从哪里看出来的。")
    unit = units_in_scope(actor).filter(pk=unit_id).first()
    if unit is None:
        raise Refused("improvement.unit", "请选一个单位。")
    span = days if days is not None else current_pack().improvement.days
    _check(due_on, span, on)
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if Cycle.objects.running().filter(unit=unit, measure=found.key).exists():
        raise Refused("improvement.twice", "这个单位的这个数已经有人在改进了。")
    made = Cycle.objects.create(
        title=words,
        why=clean(why, TEXT, lines=True),
        source=source,
        source_id=source_id,
        unit=unit,
        measure=found.key,
        kind=found.kind,
        better=found.better,
        days=span,
        target=_target(target),
        due_on=due_on,
        owner=_colleague(actor, owner_id),
        opened_by=actor,
        opened_on=on,
    )
    _take(actor, made, found, Moment.BEFORE, before(on, span), on)
    _hand(actor, made)
    record(actor, "improvement.open", made, measure=found.key, unit=unit.pk)
    return made


@transaction.atomic
def plan(actor: User, cycle_id: int, *, target: Decimal, due_on: date, owner_id: int, title: str | None = None) -> Cycle:
    """Change what the plan says: only while it is one."""
    row = hold(actor, cycle_id, Phase.PLAN)
    on = today()
    _check(due_on, row.days, on)
    if title is not None:
        row.title = clean(title, TITLE) or row.title
    was = row.owner_id
    row.target, row.due_on, row.owner = _target(target), due_on, _colleague(actor, owner_id)
    if row.owner_id != was:
        _hand(actor, row)
    record(actor, "improvement.plan", row)
    return _saved(row)


@transaction.atomic
def add_task(actor: User, cycle_id: int, *, text: str, assignee_id: int, due_on: date) -> CycleTask:
    """One thing to do in this turn. Refuses it in a check, twice, and without words."""
    row = hold(actor, cycle_id, Phase.PLAN, Phase.DO)
    words, on = clean(text, LINE), today()
    if not words:
        raise Refused("improvement.task", "请写做什么。")
    if due_on < on:
        raise Refused("improvement.day", "日子已经过了，请写今天或以后。")
    who = _colleague(actor, assignee_id)
    standing = CycleTask.objects.filter(cycle=row, turn=row.turn, dropped_on=None)
    if standing.filter(text=words, assignee=who).exists():
        raise Refused("improvement.task_twice", "这一条已经有了。")
    made = CycleTask.objects.create(cycle=row, turn=row.turn, text=words, assignee=who, due_on=due_on)
    if row.phase == Phase.DO:
        _tell_task(actor, row, made)
    record(actor, "improvement.task", row, task=made.pk)
    _saved(row)
    return made


@transaction.atomic
def drop_task(actor: User, task_id: int, *, back: bool = False) -> CycleTask:
    """It need not be done after all; `back`: it must. One that is done stays."""
    task, row = _task(actor, task_id, Phase.PLAN, Phase.DO)
    if task.done_on is not None:
        raise Refused("improvement.task_done", "做完的不能去掉，先取消打勾。")
    task.dropped_on = None if back else today()
    task.save(update_fields=["dropped_on"])
    record(actor, "improvement.task_back" if back else "improvement.task_drop", row, task=task.pk)
    _saved(row)
    return task


# ── do ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def start(actor: User, cycle_id: int) -> Cycle:
    """The plan stands: those who do something hear of it. Refused without anything to do."""
    row = hold(actor, cycle_id, Phase.PLAN)
    tasks = list(CycleTask.objects.filter(cycle=row, turn=row.turn, dropped_on=None))
    if not tasks:
        raise Refused("improvement.nothing", "先写要做什么、谁做，再开始做。")
    row.phase = Phase.DO
    for task in tasks:
        _tell_task(actor, row, task)
    record(actor, "improvement.start", row)
    return _saved(row)


@transaction.atomic
def do_task(actor: User, task_id: int, done: bool = True) -> CycleTask:
    """Done, or not after all: by who has to do it, or who manages the cycle."""
    task, row = _task(actor, task_id, Phase.DO)
    if not may(actor, "improvement.manage") and task.assignee_id != actor.pk:
        raise CycleTask.DoesNotExist
    if task.dropped_on is not None:
        raise Refused("improvement.task_dropped", "这一条去掉了，先放回来。")
    if (task.done_on is not None) == done:
        raise Refused("improvement.task_so", "刚才已经有人改过这一条，请看一眼。")
    task.done_on, task.done_by = (today(), actor) if done else (None, None)
    task.save(update_fields=["done_on", "done_by"])
    if done:
        settle("improvement.task", f"task:{task.pk}")
    record(actor, "improvement.task_done" if done else "improvement.task_undone", row, task=task.pk)
    _saved(row)
    return task


@transaction.atomic
def finish_doing(actor: User, cycle_id: int) -> Cycle:
    """All of it is done: from tomorrow on the figure is looked at again. Refused while anything is left."""
    row = hold(actor, cycle_id, Phase.DO)
    left = CycleTask.objects.filter(cycle=row, turn=row.turn, dropped_on=None, done_on=None).count()
    if left:
        raise Refused("improvement.left", "还有 %(n)s 条没做完。", n=left)
    row.phase, row.done_on = Phase.CHECK, today()
    record(actor, "improvement.done", row)
    return _saved(row)


@transaction.atomic
def back_to_doing(actor: User, cycle_id: int) -> Cycle:
    """It was not all done: the check has not begun. Refused once the figure was taken."""
    row = hold(actor, cycle_id, Phase.CHECK)
    if CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.AFTER).exists():
        raise Refused("improvement.measured", "已经量过了，要接着做，请回到计划。")
    row.phase, row.done_on = Phase.DO, None
    record(actor, "improvement.not_done", row)
    return _saved(row)


# ── check ────────────────────────────────────────────────────────────────────


@transaction.atomic
def check(actor: User, cycle_id: int) -> CycleFigure:
    """Take the figure after, by the same definition over as many days. Refused before those days are over, and a second time."""
    row = hold(actor, cycle_id, Phase.CHECK)
    assert row.done_on is not None
    on, window = today(), after(row.done_on, row.days)
    if window.last >= on:
        raise Refused("improvement.early", "要看满 %(n)s 天，%(day)s起才能量。", n=row.days, day=(window.last + timedelta(1)).isoformat())
    if CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.AFTER).exists():
        raise Refused("improvement.measured_once", "这一圈已经量过了。")
    found = _take(actor, row, find(row.measure), Moment.AFTER, window, on)
    record(actor, "improvement.check", row, figure=found.pk)
    _saved(row)
    return found


# ── act ──────────────────────────────────────────────────────────────────────


@transaction.atomic
def keep(actor: User, cycle_id: int, *, standard: str, text: str, key: str = "", learned: str = "") -> Cycle:
    """It is the rule from now on, and the cycle is over. Never without the figure of the check."""
    row = hold(actor, cycle_id, Phase.CHECK)
    if not CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.AFTER, value__isnull=False).exists():
        raise Refused("improvement.no_figure", "没有改之后的数，不能结束。")
    words = clean(text, LINE)
    if standard not in Standard.values or not words:
        raise Refused("improvement.standard", "请写往后怎么做，改在哪里。")
    if standard == Standard.PLAYBOOK and key and key not in {each.key for each in current_pack().playbooks}:
        raise Refused("improvement.playbook", "没有这个打法。")
    row.standard, row.standard_key, row.standard_text = standard, key if standard == Standard.PLAYBOOK else "", words
    row.learned, row.phase, row.ended_on, row.ended_by = clean(learned, LINE), Phase.DONE, today(), actor
    record(actor, "improvement.keep", row, standard=standard)
    return _saved(row)


@transaction.atomic
def again(actor: User, cycle_id: int, *, learned: str, due_on: date) -> Cycle:
    """The check did not show enough: back to the plan. The figure after is the next turn's figure before."""
    row = hold(actor, cycle_id, Phase.CHECK)
    last = CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.AFTER).first()
    if last is None:
        raise Refused("improvement.no_check", "先量改之后的数，再定要不要重来。")
    words, on = clean(learned, LINE), today()
    if not words:
        raise Refused("improvement.learned", "请写这一圈学到了什么。")
    _check(due_on, row.days, on)
    row.turn, row.phase, row.done_on, row.learned, row.due_on = row.turn + 1, Phase.PLAN, None, words, due_on
    last.pk, last.turn, last.moment = None, row.turn, Moment.BEFORE
    last.save(force_insert=True)
    record(actor, "improvement.again", row, turn=row.turn)
    return _saved(row)


@transaction.atomic
def drop(actor: User, cycle_id: int, *, why: str) -> Cycle:
    """Give it up, with the reason. It can be taken up again."""
    row = hold(actor, cycle_id, Phase.PLAN, Phase.DO, Phase.CHECK)
    words = clean(why, LINE)
    if not words:
        raise Refused("improvement.why", "请写为什么不做了。")
    row.phase, row.ended_on, row.ended_by, row.learned = Phase.DROPPED, today(), actor, words
    record(actor, "improvement.drop", row)
    return _saved(row)


@transaction.atomic
def reopen(actor: User, cycle_id: int) -> Cycle:
    """What was given up or made the rule goes on where it was: at the check when its figure was taken, else at what was to be done."""
    row = hold(actor, cycle_id, Phase.DONE, Phase.DROPPED)
    if Cycle.objects.running().filter(unit=row.unit_id, measure=row.measure).exists():
        raise Refused("improvement.twice", "这个单位的这个数已经有人在改进了。")
    begun = CycleTask.objects.filter(cycle=row, turn=row.turn, done_on__isnull=False).exists()
    row.phase = Phase.CHECK if row.done_on else Phase.DO if begun else Phase.PLAN
    row.ended_on = row.ended_by = None
    row.standard = row.standard_key = row.standard_text = ""
    record(actor, "improvement.reopen", row)
    return _saved(row)


# ── parts ────────────────────────────────────────────────────────────────────


def hold(actor: User, cycle_id: int, *phases: str) -> Cycle:
    """The cycle, held until the end of the transaction. Raises Cycle.DoesNotExist out of sight; refuses another phase."""
    require(actor, "improvement.manage")
    row = Cycle.objects.select_for_update(no_key=True, of=("self",)).visible_to(actor).get(pk=cycle_id)
    _refuse_phase(row, phases)
    return row


def _refuse_phase(row: Cycle, phases: tuple[str, ...]) -> None:
    if row.phase not in phases:
        raise Refused("improvement.phase", "这一项现在是“%(phase)s”，请刷新再看。", phase=Phase(row.phase).label)


def _task(actor: User, task_id: int, *phases: str) -> tuple[CycleTask, Cycle]:
    require(actor, "improvement.read")
    seen = Cycle.objects.visible_to(actor).filter(tasks=task_id)
    row = Cycle.objects.select_for_update(no_key=True, of=("self",)).get(pk__in=seen.values("pk"))
    task = CycleTask.objects.select_for_update(no_key=True, of=("self",)).get(pk=task_id)
    _refuse_phase(row, phases)
    if task.turn != row.turn:
        raise Refused("improvement.turn", "这是上一圈的事，不能再改。")
    if row.phase == Phase.PLAN:
        require(actor, "improvement.manage")
    return task, row


def _saved(row: Cycle) -> Cycle:
    row.version += 1
    row.save()
    return row


def _check(due_on: date, days: int, on: date) -> None:
    if due_on < on:
        raise Refused("improvement.day", "日子已经过了，请写今天或以后。")
    if not 7 <= days <= LONGEST:
        raise Refused("improvement.days", "前后各看 7 到 %(most)s 天。", most=LONGEST)


def _target(target: Decimal) -> Decimal:
    if not target.is_finite() or abs(target) >= 10_000_000:
        raise Refused("improvement.target", "目标请写一个数。")
    return target


def _colleague(actor: User, pk: int) -> User:
    found = colleagues(actor).filter(pk=pk).first()
    if found is None or not may(found, "improvement.read"):
        raise Refused("improvement.owner", "请选一位同事。")
    return found


def _take(actor: User, row: Cycle, measure: Measure, moment: str, window: Window, on: date) -> CycleFigure:
    got = measure.of(actor, row.unit, window)
    return CycleFigure.objects.create(
        cycle=row, turn=row.turn, moment=moment, first=window.first, last=window.last, value=got.value, n=got.n, of=got.of,
        margin=got.margin, taken_by=actor, taken_on=on,
    )  # fmt: skip


def link(row: Cycle) -> str:
    return f"/improvement/{row.pk}/"


def _hand(actor: User, row: Cycle) -> None:
    if row.owner_id != actor.pk:
        tell([row.owner_id], "improvement.owner", slots={"who": actor.name, "title": row.title}, link=link(row), about=f"cycle:{row.pk}")


def _tell_task(actor: User, row: Cycle, task: CycleTask) -> None:
    if task.assignee_id != actor.pk:
        slots = {"who": actor.name, "text": task.text, "due": task.due_on.isoformat()}
        tell([task.assignee_id], "improvement.task", slots=slots, link=link(row), about=f"task:{task.pk}")
