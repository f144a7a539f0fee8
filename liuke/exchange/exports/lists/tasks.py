"""One person's list of today: what is to be done, in order, then what is done."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.exchange.exports.registry import Asked, Column, Listing, Values, register
from liuke.interactions.labels import Way, outcome_word
from liuke.kernel import clock
from liuke.standing.labels import Stage
from liuke.team.models import User
from liuke.work.labels import TaskState
from liuke.work.queries import Today, today, workers

COLUMNS = (
    Column("place", _("次序"), "number", width=6),
    Column("state", _("状态"), width=8),
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("grade", _("等级"), width=6),
    Column("stage", _("阶段"), width=8),
    Column("unit", _("门店"), width=16),
    Column("channel", _("方式"), width=8),
    Column("minutes", _("分钟"), "number", width=6),
    Column("must", _("不能等"), width=8),
    Column("due_on", _("哪天做"), "date", width=12),
    Column("risk", _("风险金额（元）"), "money"),
    Column("reason", _("为什么"), width=50),
    Column("outcome", _("结果"), width=8),
)


def person(user: User, query: str) -> User | None:
    """Whose list is meant (who=…), if this reader may look at it."""
    asked = parse_qs(query).get("who", [str(user.pk)])[0]
    return next((one for one in workers(user) if str(one.pk) == asked), None)


def _today(user: User, query: str) -> Today | None:
    whose = person(user, query)
    return today(whose, clock.today(), user) if whose else None


def count(user: User, query: str) -> int:
    list_ = _today(user, query)
    return list_.count if list_ else 0


def rows(asked: Asked) -> Iterator[Values]:
    list_ = _today(asked.user, asked.query)
    for place, item in enumerate((*list_.must, *list_.chosen, *list_.done) if list_ else (), 1):
        task, standing = item.task, item.standing
        yield (
            place, str(TaskState(task.state).label), task.customer.number, task.customer.name, standing.abc if standing else "",
            str(Stage(standing.stage).label) if standing and standing.stage else "", task.customer.unit.name, str(Way(task.channel).label),
            task.minutes, _text("是") if task.must else "", task.due_on, task.value_at_risk_cents, item.reason.replace("**", ""),
            outcome_word(task.outcome, task.channel),
        )  # fmt: skip


def said(user: User, query: str) -> list[str]:
    whose = person(user, query)
    return [_text("%(name)s今天的事") % {"name": whose.name}] if whose else []


register(Listing("tasks", _("今日任务"), "today.oversee", COLUMNS, count, rows, said))
