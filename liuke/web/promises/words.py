"""How promises are said: when they are due, how they ended, the share that was kept."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.promises.labels import Approval, State
from liuke.promises.models import Promise
from liuke.promises.rules import Tally
from liuke.web.words import monthday, percent, thousands
from liuke.work.following import when

TONES = {State.KEPT: "good", State.LATE: "line", State.BROKEN: "bad"}


def due_words(promise: Promise, today: date) -> tuple[str, str]:
    """(words, tone) of when it is due: 今天, 过了 2 天, 11月23日前."""
    if promise.state != State.OPEN:
        return str(promise.get_state_display()), TONES.get(State(promise.state), "")
    late = (today - promise.due_on).days
    if promise.approval == Approval.WAITING:
        return _("等批"), "warn"
    if late > 0:
        return ngettext("过了 %(n)s 天", "过了 %(n)s 天", late) % {"n": late}, "bad"
    if late == 0:
        return _("今天"), "warn"
    return _("%(day)s前") % {"day": when(promise.due_on, today)}, ""


def kept_words(tally: Tally) -> str:
    """93.3%; 17 ÷ 21 where they are too few for a share; "" where none was settled."""
    if not tally.settled:
        return ""
    return percent(tally.share) if tally.share is not None else f"{tally.kept} ÷ {tally.settled}"


def title(counts: dict[str, int], mine: bool) -> str:
    """The list's finding."""
    opened, late, today = counts["open"], counts["overdue"], counts["today"]
    if not opened:
        return _("没有欠客户的事") if mine else _("没有人欠客户的事")
    slots = {"n": thousands(opened), "late": thousands(late), "today": thousands(today)}
    if late and today:
        return _("欠客户 %(n)s 件事，%(late)s 件过了日子，%(today)s 件今天要办") % slots
    if late:
        return _("欠客户 %(n)s 件事，%(late)s 件过了日子") % slots
    if today:
        return _("欠客户 %(n)s 件事，%(today)s 件今天要办") % slots
    return _("欠客户 %(n)s 件事，都没到日子") % slots


def made_words(promise: Promise, today: date) -> str:
    """陈思远11月18日答应的; 说过那天给准话."""
    slots = {"who": promise.by.name, "day": monthday(promise.made_on, today)}
    return (_("%(who)s%(day)s答应的") if promise.sure else _("%(who)s%(day)s说到时给准话")) % slots
