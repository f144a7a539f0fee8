"""How complaints are told on a page: the clock that runs, the four stages each with its own, a finding as title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.complaints.clock import Hours
from liuke.complaints.labels import Stage
from liuke.complaints.models import CallBack, Complaint, ComplaintStep
from liuke.complaints.rules import spoken_number
from liuke.kernel import clock
from liuke.packs.complaints import Complaints
from liuke.web.words import day, moment, span


def number(row: Complaint) -> str:
    """TS-1117-02."""
    return spoken_number(row.number, clock.today())


@dataclass(frozen=True)
class Clock:
    """The limit that runs, or that nothing runs. `due` and `total` (minutes) let the page count down; tone "" warn bad good."""

    words: str
    tone: str = ""
    due: datetime | None = None
    total: int = 0
    left: str = ""

    @property
    def iso(self) -> str:
        return self.due.isoformat() if self.due else ""


def clock_of(row: Complaint, now: datetime, numbers: Complaints, call_back: date | None = None) -> Clock:
    """Of one complaint. No query: `numbers` are the company's (house.rule), `call_back` is its day, where one waits."""
    if row.closed_at is not None:
        return Clock(_("%(day)s结案") % {"day": day(row.closed_at)}, "good")
    if row.told_at is not None:
        if row.satisfied:
            return Clock(_("回访满意，等结案"), "good")
        if call_back is None:
            return Clock(_("方案告诉客户了"))
        late = call_back < clock.today()
        said = _("%(day)s就该回访") if late else _("%(day)s回访")
        return Clock(said % {"day": day(call_back)}, "bad" if late else "warn")
    if row.answered_at is None and row.turn == 0:
        minutes = numbers.severe_answer_minutes if row.severe else numbers.answer_minutes
        return _running(_("首次答复"), row.answer_due, minutes, now)
    if row.resolve_due is None:
        return Clock(_("等客户，计时停着"))
    # By the wall clock only a severe one runs, so only it can be told to have a third left.
    return _running(_("解决"), row.resolve_due, numbers.severe_resolve_hours * 60 if row.severe else 0, now)


def _running(what: str, due: datetime, total: int, now: datetime) -> Clock:
    words = _("%(what)s时限 %(when)s") % {"what": what, "when": moment(due)}
    rest = int((due - now).total_seconds() // 60)
    if rest < 0:
        return Clock(words, "bad", due, total, _("已超时"))
    return Clock(words, "bad" if total and rest <= total // 3 else "warn", due, total, left(rest))


IN_DAYS = 48 * 60
"""Minutes from which a time is told in days."""


def left(minutes: int) -> str:
    """剩 48 分钟, 剩 5 小时 28 分, 剩 3 天: as the page's own clock says it."""
    if minutes >= IN_DAYS:
        return _("剩 %(n)s 天") % {"n": minutes // 1440}
    return _("剩 %(time)s") % {"time": span(max(minutes, 1))}


# ── the stage bar ──


@dataclass(frozen=True)
class Bar:
    """One stage: state ok on no, its number, its word, what runs or ran, and how far it is."""

    state: str
    n: int
    label: str
    due: str
    tone: str
    line: str


def stages(
    row: Complaint, steps: Mapping[str, Iterable[ComplaintStep]], hours: Hours, numbers: Complaints, now: datetime, back: CallBack | None
) -> list[Bar]:
    """No query."""
    order = [Stage.ACCEPT, Stage.CLARIFY, Stage.RESOLVE, Stage.FOLLOW_UP]
    at = len(order) if row.closed_at else order.index(Stage(row.stage))
    bars = []
    for place, stage in enumerate(order):
        here = list(steps.get(stage, ()))
        state = "ok" if place < at else "on" if place == at else "no"
        due, tone = _due(row, stage, now) if state != "ok" else ("", "")
        bars.append(Bar(state, place + 1, str(stage.label), due, tone, _line(row, stage, state, here, (hours, numbers), back)))
    return bars


def _due(row: Complaint, stage: Stage, now: datetime) -> tuple[str, str]:
    limit = None
    if stage == Stage.ACCEPT and row.answered_at is None and row.turn == 0:
        limit = row.answer_due
    if stage == Stage.RESOLVE and row.told_at is None:
        limit = row.resolve_due
    if limit is None:
        return "", ""
    return _("%(when)s 前") % {"when": moment(limit)}, "bad" if limit < now else "warn"


def _line(
    row: Complaint, stage: Stage, state: str, steps: list[ComplaintStep], house: tuple[Hours, Complaints], back: CallBack | None
) -> str:
    done = sum(step.done_at is not None for step in steps)
    if stage == Stage.ACCEPT and row.answered_at is not None:
        return _answered(row, *house)
    if stage == Stage.CLARIFY and state == "ok":
        return _("%(when)s完成") % {"when": moment(row.clarified_at)}
    if stage == Stage.RESOLVE and row.told_at is not None:
        return _("%(when)s告诉客户的") % {"when": moment(row.told_at)}
    if stage == Stage.FOLLOW_UP and row.closed_at is not None:
        return _("%(when)s结案") % {"when": moment(row.closed_at)}
    if stage == Stage.FOLLOW_UP and back is not None and back.satisfied is None:
        return _("%(day)s回访") % {"day": day(back.due_on)}
    if stage == Stage.FOLLOW_UP and state == "no":
        return _("说完 %(n)s 天回访；满意、承诺都兑现才结案") % {"n": house[1].call_back_days}
    return _("%(n)s 步做了 %(done)s 步") % {"n": len(steps), "done": done}


def _answered(row: Complaint, hours: Hours, numbers: Complaints) -> str:
    """How long the first answer took, in the time it is measured by, and what it may take."""
    assert row.answered_at is not None
    start, end = timezone.localtime(row.received_at), timezone.localtime(row.answered_at)
    took = end - start if row.severe else hours.worked(start, end)
    limit = numbers.severe_answer_minutes if row.severe else numbers.answer_minutes
    said = _("首次答复用了 %(took)s，限 %(limit)s")
    return said % {"took": span(max(int(took / timedelta(minutes=1)), 0)), "limit": span(limit)}


def finding(open_: int, late: int, soon: int) -> str:
    """6 件在办，2 件要超时."""
    if not open_:
        return _("没有在办的投诉")
    if late and soon:
        return _("%(n)s 件在办，%(late)s 件超时，%(soon)s 件要超时") % {"n": open_, "late": late, "soon": soon}
    if late:
        return _("%(n)s 件在办，%(late)s 件超时") % {"n": open_, "late": late}
    if soon:
        return _("%(n)s 件在办，%(soon)s 件要超时") % {"n": open_, "soon": soon}
    return _("%(n)s 件在办，都在时限内") % {"n": open_}
