"""What may be chosen after a contact, and what each choice would set going: said beforehand, done by actions.finish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext, pgettext

from liuke.interactions.labels import Outcome, Way, outcome_word
from liuke.kernel.refusal import Refused
from liuke.packs import Pack, Playbook
from liuke.packs.playbook import OUTCOMES, FollowUp, Next
from liuke.work import words
from liuke.work.kinds import manner_of
from liuke.work.labels import Ended, TaskKind
from liuke.work.models import Result, Task
from liuke.work.rows import playbook_of
from liuke.work.rules import FOR_EVER, Follow, follow
from liuke.work.trying import ends, given_up, next_try
from liuke.work.ways import Reach, choose, ways_of

ENTER_DEAL = "enter"
"""Choice after a deal: the same outcome, and then the form for the deal."""

LATER_DAYS = (1, 3, 7)
"""The days offered when the customer asks for another one."""


def chosen(pack: Pack, playbook: Playbook | None, outcome: str, key: str) -> FollowUp | None:
    """The follow-up of this key, None for "". Refuses one that is not offered after this outcome."""
    if not key:
        return None
    options = pack.follow_ups_of(playbook) if playbook and outcome == Outcome.REACHED else ()
    for choice in options:
        if choice.key == key:
            return choice
    raise Refused("today.follow_up", "请选接下来怎么办。")


def what_follows(
    pack: Pack, playbook: Playbook, task: Task, outcome: str, on: date, choice: FollowUp | None = None, days: int | None = None
) -> Follow:
    """Where the playbook goes after this outcome, follow-up and (after `later`) number of days."""
    assert task.enrolment is not None  # a playbook's task
    step = choice.next if choice else pack.after(playbook, outcome)  # type: ignore[arg-type]
    if outcome == Outcome.LATER and days:
        step = Next(do="retry", days=days)
    return follow(
        step.do,
        step.days,
        outcome,
        step=task.step,
        attempt=task.attempt,
        step_days=[each.day for each in playbook.steps],
        started_on=task.enrolment.started_on,
        today=on,
        max_attempts=playbook.stop.max_attempts,
        max_days=playbook.stop.days,
        then=onward(pack, step.playbook),
    )


def onward(pack: Pack, key: str | None) -> str:
    """The playbook that is to follow, "" where there is none or it is off: then the one before it just ends."""
    book = playbook_of(pack, key) if key else None
    return book.key if book is not None and not book.off else ""


# ── in words ─────────────────────────────────────────────────────────────────


def when(day: date, on: date) -> str:
    """今天, 明天, 后天, 11月23日."""
    near = {0: pgettext("句中", "今天"), 1: pgettext("句中", "明天"), 2: pgettext("句中", "后天")}.get((day - on).days)
    return near or words.spoken_day(day, on)


def next_words(due_on: date, channel: str, on: date, before: str = Way.PHONE) -> str:
    """明天再打, 11月23日发微信; 明天打电话 where it was not by telephone `before`."""
    said = {
        Way.PHONE: gettext("%(day)s再打") if before == Way.PHONE else gettext("%(day)s打电话"),
        Way.WECHAT: gettext("%(day)s发微信"),
        Way.SMS: gettext("%(day)s发短信"),
        Way.VISIT: gettext("%(day)s上门"),
    }
    return said.get(Way(channel), gettext("%(day)s再联系")) % {"day": when(due_on, on)}


def ended_words(why: str, on: date, alone_until: date | None = None) -> str:
    """How it ends: 这个打法做完了; 2月18日前不再打扰."""
    if alone_until is not None:
        if alone_until == FOR_EVER:
            return gettext("以后不再打扰")
        return gettext("%(day)s前不再打扰") % {"day": words.spoken_day(alone_until, on)}
    said = {
        Ended.ATTEMPTS: gettext("找够次数了，不再找"),
        Ended.TIMEOUT: gettext("时间到了，不再跟"),
        Ended.DEAL: gettext("不用再跟"),
    }
    return said.get(Ended(why), gettext("做完了，不用再跟"))


@dataclass(frozen=True)
class Choice:
    """One button after an outcome. `value` is what it sends ("reached:wants_quote", "later:3"); `line` says what will be written."""

    value: str
    label: str
    line: str


def choices(pack: Pack, playbook: Playbook | None, task: Task, on: date) -> dict[str, tuple[Choice, ...]]:
    """For each outcome what can be chosen next, the usual one first."""
    return {outcome: tuple(_choices(pack, playbook, task, outcome, on)) for outcome in offered(pack, playbook, task)}


def offered(pack: Pack, playbook: Playbook | None, task: Task) -> tuple[str, ...]:
    """The outcomes that may come of this task."""
    if manner := manner_of(task.kind):
        return manner.outcomes
    return pack.outcomes_of(playbook) if playbook else OUTCOMES


def _choices(pack: Pack, playbook: Playbook | None, task: Task, outcome: str, on: date) -> list[Choice]:
    if task.kind != TaskKind.PLAYBOOK or playbook is None:
        return _other_choices(pack, task, outcome, on)
    if outcome == Outcome.LATER:
        labels = {1: gettext("明天"), 3: gettext("3 天后"), 7: gettext("下周")}
        came = {days: what_follows(pack, playbook, task, outcome, on, days=days) for days in LATER_DAYS}
        return [Choice(f"{outcome}:{days}", labels[days], _line(_said(pack, playbook, task, came[days], on))) for days in LATER_DAYS]
    usual = _said(pack, playbook, task, what_follows(pack, playbook, task, outcome, on), on)
    found = [Choice(f"{outcome}:", usual, _line(usual))]
    if outcome == Outcome.REACHED:
        for option in pack.follow_ups_of(playbook):
            said = _said(pack, playbook, task, what_follows(pack, playbook, task, outcome, on, option), on)
            found.append(Choice(f"{outcome}:{option.key}", words.pick(option.name), _line(said, option, on)))
    if outcome == Outcome.DEAL:
        found.append(Choice(f"{outcome}:{ENTER_DEAL}", gettext("去记这笔成交"), _line(gettext("接着填成交"))))
    return found


def _other_choices(pack: Pack, task: Task, outcome: str, on: date) -> list[Choice]:
    if outcome == Outcome.LATER:
        return [
            Choice(f"{outcome}:{days}", when(on + timedelta(days), on), _line(_put_off(task, on + timedelta(days), on)))
            for days in LATER_DAYS
        ]
    if outcome == Outcome.NOT_REACHED:
        said = given_up(task) if ends(task, pack) else next_words(next_try(task, on, pack), task.channel, on, task.channel)
    else:
        said = _settled(task, outcome)
    return [Choice(f"{outcome}:", said, _line(said))]


def _put_off(task: Task, due_on: date, on: date) -> str:
    manner = manner_of(task.kind)
    return (manner.put_off(task, due_on, on) if manner else "") or next_words(due_on, task.channel, on, task.channel)


def _settled(task: Task, outcome: str) -> str:
    """How a task without a playbook ends."""
    manner = manner_of(task.kind)
    return manner.settled(task, outcome) if manner else ended_words(Ended.PACK, task.due_on)


def _said(pack: Pack, playbook: Playbook, task: Task, came: Follow, on: date) -> str:
    if came.then and came.then_on is not None:
        then = words.pick(pack.playbook(came.then).name)
        return gettext("%(day)s起接着“%(playbook)s”") % {"day": when(came.then_on, on), "playbook": then}
    if came.due_on is None:
        return ended_words(came.ended, on, came.alone_until)
    way = task.channel if came.step == task.step else _way(pack, playbook, task, came.step)
    return next_words(came.due_on, way, on, task.channel)


def _way(pack: Pack, playbook: Playbook, task: Task, step: int) -> str:
    """By which way the next step will be, as far as the card tells."""
    card = task.customer
    reach = Reach(card.channel, bool(card.phone), bool(card.wechat))
    return choose(playbook.steps[step].channel, ways_of(pack, playbook), reach).way or playbook.steps[step].channel


def _line(said: str, option: FollowUp | None = None, on: date | None = None) -> str:
    if option is not None and option.promise is not None and on is not None:
        promise = words.pick(option.promise).rstrip("。.")
        day = when(on + timedelta(option.promise_days), on)
        return gettext("会记下承诺“%(promise)s”，%(day)s前；%(next)s，并还卡。") % {"promise": promise, "day": day, "next": said}
    return gettext("会写进经过，%(next)s，并还卡。") % {"next": said}


def came_of(result: Result, on: date) -> str:
    """What was written and what comes next, for the line after the act: 没接，明天再打."""
    label = outcome_word(result.outcome, result.task.channel)
    if result.next_task is not None:
        said = next_words(result.next_task.due_on, result.next_task.channel, on, result.task.channel)
    elif result.task.enrolment is not None and result.ended_enrolment:
        said = ended_words(result.task.enrolment.why, on, result.task.enrolment.alone_until)
    elif result.outcome == Outcome.NOT_REACHED and result.task.kind != TaskKind.PLAYBOOK:
        said = given_up(result.task)
    else:
        said = _settled(result.task, result.outcome)
    if result.promise_task is not None:
        promise = gettext("%(day)s前兑现承诺") % {"day": when(result.promise_task.due_on, on)}
        return gettext("%(outcome)s，%(promise)s，%(next)s") % {"outcome": label, "promise": promise, "next": said}
    return gettext("%(outcome)s，%(next)s") % {"outcome": label, "next": said}
