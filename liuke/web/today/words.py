"""How the day is written: its sentence, the tape, clocks. Words and pictures only; what stands on it is decided in work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.interactions.labels import Way
from liuke.team.models import User
from liuke.web.words import brief, monthday, span, weekday
from liuke.work.following import came_of
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from liuke.work.queries import Today
from liuke.work.rows import Item
from liuke.work.words import lang

ICONS = {Way.PHONE: "phone", Way.WECHAT: "brand-wechat", Way.SMS: "message", Way.VISIT: "map-pin"}

WRONG = (TaskKind.COMPLAINT, TaskKind.SURVEY)
"""What is there because something went wrong; so is what a playbook does at the gravest signals: a promise broken, a complaint."""
GRAVEST = 3


def about(minutes: int) -> str:
    """A length as one says it: to half an hour, under an hour to five minutes."""
    unit = 30 if minutes >= 60 else 5
    return span(max(-(-minutes // unit) * unit if unit == 5 else round(minutes / unit) * unit, unit if minutes else 0))


def per_minute(cents: int) -> str:
    """¥62; under a yuan with its tenths, ¥0.4."""
    yuan = cents / 100
    return f"¥{yuan:,.0f}" if yuan >= 1 or not cents else f"¥{yuan:.1f}"


def clock_of(task: Task, on: date) -> tuple[str, str]:
    """What an urgent task's clock says, and its tone."""
    late = (on - task.due_on).days
    return (ngettext("过了 %(n)s 天", "过了 %(n)s 天", late) % {"n": late}, "bad") if late > 0 else (_("今天"), "warn")


def act_of(task: Task) -> str:
    """What its button says."""
    return {
        Way.PHONE: _("打电话"),
        Way.WECHAT: _("发微信"),
        Way.SMS: _("发短信"),
        Way.VISIT: _("上门"),
    }.get(Way(task.channel), _("联系"))


@dataclass(frozen=True)
class Words:
    """The sentences of one list, `made`. `person` is named when it is a colleague's; `selected` is the task shown beside it."""

    made: Today
    person: User | None
    selected: int

    @property
    def day(self) -> str:
        return f"{monthday(self.made.on, self.made.on)} {weekday(self.made.on)}"

    @property
    def semicolon(self) -> str:
        """Between two clauses that stand in one sentence."""
        return "；" if lang() == "zh" else "; "

    @property
    def title(self) -> str:
        """The finding: 今天 14 件，约 3 小时."""
        slots = {"n": self.made.count, "time": about(self.made.minutes), "who": self.person.name if self.person else ""}
        if not self.made.count:
            return _("%(who)s今天没有要做的事") % slots if self.person else _("今天没有要做的事")
        if not self.made.remaining:
            slots["n"] = len(self.made.done)
            return _("%(who)s今天没有要紧的事了") % slots if self.person else _("今天没有要紧的事了")
        if self.person:
            return ngettext("%(who)s今天 %(n)s 件，约 %(time)s", "%(who)s今天 %(n)s 件，约 %(time)s", self.made.count) % slots
        return ngettext("今天 %(n)s 件，约 %(time)s", "今天 %(n)s 件，约 %(time)s", self.made.count) % slots

    @property
    def second(self) -> str:
        """已做 2 件，还剩 2 小时 20 分."""
        done, rest = len(self.made.done), self.made.remaining
        if done and rest:
            return _("已做 %(n)s 件，还剩 %(time)s") % {"n": done, "time": span(rest)}
        return _("做完 %(n)s 件，用了 %(time)s") % {"n": done, "time": span(self.made.spent)} if done else ""

    @property
    def tape(self) -> list[tuple[str, float, str]]:
        """One cell a task in the order of the day, and what is free."""
        cells: list[tuple[str, float, str]] = [("done", item.task.minutes, item.customer.name) for item in self.made.done]
        cells += [(self._kind(item), item.task.minutes, item.customer.name) for item in (*self.made.must, *self.made.chosen)]
        return [*cells, ("free", self.made.day.free_minutes, _("空着"))] if self.made.day.free_minutes else cells

    def _kind(self, item: Item) -> str:
        if item.task.pk == self.selected:
            return "on"
        if not item.task.must:
            return ""
        task = item.task
        wrong = task.kind in WRONG or (task.kind == TaskKind.PLAYBOOK and task.severity >= GRAVEST)
        return "clock" if wrong or task.due_on < self.made.on else "must"

    @property
    def tape_label(self) -> str:
        return _("今天 %(n)s 件按时长排开，共 %(time)s，上限 %(limit)s") % {
            "n": self.made.count,
            "time": span(self.made.minutes),
            "limit": self.limit,
        }

    @property
    def limit(self) -> str:
        return span(self.made.capacity)

    def clock(self, item: Item) -> tuple[str, str]:
        return clock_of(item.task, self.made.on)

    def act(self, item: Item) -> str:
        return act_of(item.task)

    def icon(self, item: Item) -> str:
        return ICONS.get(Way(item.task.channel), "phone")

    @property
    def best_left(self) -> str:
        """What the most valuable one that no longer fits is worth a minute."""
        return per_minute(self.made.day.cut_cents or 0)

    def worth(self, item: Item) -> str:
        return per_minute(item.task.value_per_minute_cents)

    def position(self, task_id: int) -> int:
        """Its place in the day as it is listed, counted from 1, what was done last; 0 when it is not on it."""
        ids = [item.task.pk for item in (*self.made.must, *self.made.chosen, *self.made.done)]
        return ids.index(task_id) + 1 if task_id in ids else 0

    def length(self, items: tuple[Item, ...]) -> str:
        return about(sum(item.task.minutes for item in items))

    def came(self, item: Item) -> str:
        """What came of a task that is done."""
        return came_of(item.result, self.made.on) if item.result else ""

    def time(self, item: Item) -> str:
        done = item.task.done_at
        return f"{timezone.localtime(done):%H:%M}" if done else ""

    # ── nothing to do ──

    @property
    def void_title(self) -> str:
        return _("今天没有要紧的事了。") if self.made.done else _("今天没有要做的事。")

    @property
    def void_body(self) -> str:
        if not self.made.done:
            return _("有客户该联系了，会排到这里，先做最值得的。")
        return _("%(n)s 件做完，挽回机会约 %(money)s。") % {"n": len(self.made.done), "money": brief(self.made.saved_cents)}

    # ── left for another day ──

    @property
    def second_left(self) -> str:
        return _("一天 %(time)s，先做不能等的，再做每分钟最值得的；其余的留在这里，明天重新排。") % {"time": self.limit}

    def until(self, item: Item) -> str:
        """When it comes back, where that is known."""
        if item.task.snoozed_until and item.task.snoozed_until > self.made.on:
            return _("请您%(day)s再联系") % {"day": monthday(item.task.snoozed_until, self.made.on)}
        return item.say
