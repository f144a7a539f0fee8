"""What a task of satisfaction says: which answer was low, or that a key customer is to be talked with. From the task's own row."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from liuke.interactions.labels import Outcome
from liuke.packs import Pack
from liuke.work import words
from liuke.work.models import Task

OUTCOMES = (Outcome.REACHED, Outcome.NOT_REACHED, Outcome.REFUSED, Outcome.LATER)
"""Somebody who is unhappy is asked, not sold to."""


def reason(task: Task, pack: Pack, on: date, reader: int) -> str:
    """昨天满意度打了 **2 分**（满分 5 分）：“这次总的来说，您满意吗？”"""
    if said := words.slots_of(task.reasons, "interview"):
        if last := said.get("last"):
            return gettext("大客户，上次访谈是**%(day)s**，该当面再问问了。") % {"day": words.spoken_day(date.fromisoformat(last), on)}
        return gettext("大客户，**还没有访谈过**，当面问问哪里满意、哪里要改。")
    slots = words.slots_of(task.reasons, "low")
    if not slots:
        return gettext("满意度低分，要问问原因。")
    day = words.spoken_day(date.fromisoformat(str(slots["on"])), on)
    if not slots.get("words"):
        return gettext("**%(day)s**满意度打了低分，要问问原因。") % {"day": day}
    asked = slots["words"]["zh"] if words.lang() == "zh" else slots["words"]["en"] or slots["words"]["zh"]
    told = {"day": day, "value": slots["value"], "top": slots["top"], "words": asked}
    line = gettext("**%(day)s**打了 **%(value)s 分**，满分 %(top)s 分：“%(words)s”。") % told
    if slots["n"] > 1:
        line = words.join([line, gettext("一共 %(n)s 题低分。") % {"n": slots["n"]}])
    return line


def say(task: Task, filling: words.Filling) -> str:
    """First the feelings, then the matter."""
    if words.slots_of(task.reasons, "interview"):
        return gettext("想当面听您说说，哪里做得还行，哪里您觉得要改。")
    return gettext("您打的分我们看到了，让您不满意了，对不起。能跟我说说当时是怎么回事吗？")


def settled(task: Task, outcome: str) -> str:
    """How it ends."""
    if words.slots_of(task.reasons, "interview"):
        return gettext("客户不想谈，这次不谈了") if outcome == Outcome.REFUSED else gettext("访谈做完了")
    return gettext("客户不愿多说，跟进到这里") if outcome == Outcome.REFUSED else gettext("低分跟进过了")
