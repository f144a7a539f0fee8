"""Verbs of a cycle: open it with its figure before, plan, do, check with the same figure, and make it the rule or plan again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from liuke.audit.actions import record
from liuke.improvement.house import check_plan, check_target, colleague, hand, hold, number, saved, take, tell_task, today
from liuke.improvement.labels import Moment, Phase, Source, Standard
from liuke.improvement.measures import find
from liuke.improvement.models import Cycle, CycleFigure, CycleTask
from liuke.improvement.rules import LINE, TEXT, TITLE, after, begun, first_check, improved, reached
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import units_in_scope

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
    since: date | None = None,
) -> Cycle:
    """Take up a weak point, with its figure over the days before, or over as many from `since` (a survey that is over). Refuses what is not
    in sight, no title, a figure nobody knows, a day before the figure after can be taken, a target that is no better than the figure
    before, and the same figure of the same unit twice at a time."""
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
    check_plan(due_on, span, on)
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
        target=number(target),
        due_on=due_on,
        owner=colleague(actor, owner_id),
        opened_by=actor,
        opened_on=on,
    )
    check_target(take(actor, made, found, Moment.BEFORE, begun(on, span, since), on), made.target, made.better)
    hand(actor, made)
    record(actor, "improvement.open", made, measure=found.key, unit=unit.pk)
    return made


@transaction.atomic
def plan(actor: User, cycle_id: int, *, target: Decimal, due_on: date, owner_id: int, title: str | None = None) -> Cycle:
    """Change what the plan says: only while it is one."""
    row = hold(actor, cycle_id, Phase.PLAN)
    on = today()
    check_plan(due_on, row.days, on)
    if title is not None:
        row.title = clean(title, TITLE) or row.title
    was = row.owner_id
    check_target(CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.BEFORE).first(), number(target), row.better)
    row.target, row.due_on, row.owner = target, due_on, colleague(actor, owner_id)
    if row.owner_id != was:
        hand(actor, row)
    record(actor, "improvement.plan", row)
    return saved(row)


# ── do ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def start(actor: User, cycle_id: int) -> Cycle:
    """The plan stands: those who do something hear of it. Refused without anything to do, and where nothing could be shown in the end: no
    figure before, a target that is no better, or a day that the check can no longer meet."""
    row = hold(actor, cycle_id, Phase.PLAN)
    tasks = list(CycleTask.objects.filter(cycle=row, turn=row.turn, dropped_on=None))
    if not tasks:
        raise Refused("improvement.nothing", "先写要做什么、谁做，再开始做。")
    was = CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.BEFORE).first()
    if was is None or was.value is None:
        raise Refused("improvement.no_before", "改之前这些天没有可数的，以后比不出来：换一个数，或者看长一点重新提。")
    if not improved(was.value, float(row.target), row.better):
        raise Refused("improvement.easy", "目标不比改之前的好，先改目标。")
    if row.due_on < (first := first_check(today(), row.days)):
        raise Refused("improvement.late", "今天做完，最早 %(day)s 才能量，原定的日子已经赶不上：先改到几号。", day=first.isoformat())
    row.phase = Phase.DO
    for task in tasks:
        tell_task(actor, row, task)
    record(actor, "improvement.start", row)
    return saved(row)


@transaction.atomic
def finish_doing(actor: User, cycle_id: int) -> Cycle:
    """All of it is done: from tomorrow on the figure is looked at again. Refused while anything is left."""
    row = hold(actor, cycle_id, Phase.DO)
    left = CycleTask.objects.filter(cycle=row, turn=row.turn, dropped_on=None, done_on=None).count()
    if left:
        raise Refused("improvement.left", "还有 %(n)s 条没做完。", n=left)
    row.phase, row.done_on = Phase.CHECK, today()
    record(actor, "improvement.done", row)
    return saved(row)


@transaction.atomic
def back_to_doing(actor: User, cycle_id: int) -> Cycle:
    """It was not all done: the check has not begun. Refused once the figure was taken."""
    row = hold(actor, cycle_id, Phase.CHECK)
    if CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.AFTER).exists():
        raise Refused("improvement.measured", "已经量过了，要接着做，请回到计划。")
    row.phase, row.done_on = Phase.DO, None
    record(actor, "improvement.not_done", row)
    return saved(row)


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
    found = take(actor, row, find(row.measure), Moment.AFTER, window, on)
    record(actor, "improvement.check", row, figure=found.pk)
    saved(row)
    return found


# ── act ──────────────────────────────────────────────────────────────────────


@transaction.atomic
def keep(actor: User, cycle_id: int, *, standard: str, text: str, key: str = "", learned: str = "") -> Cycle:
    """It is the rule from now on, and the cycle is over. Never without the figure of the check; where that missed the target, `learned`
    says why all the same."""
    row = hold(actor, cycle_id, Phase.CHECK)
    now = CycleFigure.objects.filter(cycle=row, turn=row.turn, moment=Moment.AFTER, value__isnull=False).first()
    if now is None or now.value is None:
        raise Refused("improvement.no_figure", "没有改之后的数，不能结束。")
    words = clean(text, LINE)
    if standard not in Standard.values or not words:
        raise Refused("improvement.standard", "请写往后怎么做，改在哪里。")
    if standard == Standard.PLAYBOOK and not key:
        raise Refused("improvement.playbook", "请选哪一个打法；不是打法，请换“改了什么”。")
    if standard == Standard.PLAYBOOK and key not in {each.key for each in current_pack().playbooks}:
        raise Refused("improvement.playbook", "没有这个打法。")
    why = clean(learned, LINE)
    if not why and not reached(now.value, float(row.target), row.better):
        raise Refused("improvement.unmet", "没到目标：请写为什么还是固化，或者再来一圈。")
    row.standard, row.standard_key, row.standard_text = standard, key if standard == Standard.PLAYBOOK else "", words
    row.learned, row.phase, row.ended_on, row.ended_by = why, Phase.DONE, today(), actor
    record(actor, "improvement.keep", row, standard=standard)
    return saved(row)


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
    check_plan(due_on, row.days, on)
    row.turn, row.phase, row.done_on, row.learned, row.due_on = row.turn + 1, Phase.PLAN, None, words, due_on
    last.pk, last.turn, last.moment = None, row.turn, Moment.BEFORE
    last.save(force_insert=True)
    record(actor, "improvement.again", row, turn=row.turn)
    return saved(row)


@transaction.atomic
def drop(actor: User, cycle_id: int, *, why: str) -> Cycle:
    """Give it up, with the reason. It can be taken up again."""
    row = hold(actor, cycle_id, Phase.PLAN, Phase.DO, Phase.CHECK)
    words = clean(why, LINE)
    if not words:
        raise Refused("improvement.why", "请写为什么不做了。")
    row.phase, row.ended_on, row.ended_by, row.learned = Phase.DROPPED, today(), actor, words
    record(actor, "improvement.drop", row)
    return saved(row)


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
    return saved(row)
