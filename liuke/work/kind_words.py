"""The sentences of tasks that are no playbook's: a promise, a hand-over, the next contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext

from liuke.work import words


def promise_reason(made_on: date, promise: str, on: date, *, by: str = "", sure: bool = True) -> str:
    """Whose word was given when: 您11月18日答应过：把写明细的报价发给他。`by`: who gave it, where that was not the reader."""
    slots = {"day": words.spoken_day(made_on, on), "promise": promise, "who": by}
    if by:
        said = gettext("%(who)s**%(day)s**答应过：%(promise)s") if sure else gettext("%(who)s**%(day)s**说过，到时给准话：%(promise)s")
        return said % slots
    return (gettext("您**%(day)s**答应过：%(promise)s") if sure else gettext("您**%(day)s**说过，到时给准话：%(promise)s")) % slots


def promise_say(filling: words.Filling, promise: str, due_on: date, on: date, sure: bool) -> str:
    """What to say to whom something was promised; `promise` in the words one says to him, "" where it is not known any more."""
    slots = {"name": filling.name_title, "store": filling.store, "staff": filling.staff, "promise": promise}
    if not promise:
        return gettext("%(name)s您好，我是%(store)s的%(staff)s。上次答应您的事我记着，今天给您回话。") % slots
    if not sure:
        return gettext("%(name)s您好，我是%(store)s的%(staff)s。上次说好给您准话：%(promise)s。办得到办不到，我现在跟您说清楚。") % slots
    if on > due_on:
        return gettext("%(name)s您好，我是%(store)s的%(staff)s。上次答应%(promise)s，过了说好的日子，先跟您道个歉，现在给您准话。") % slots
    return gettext("%(name)s您好，我是%(store)s的%(staff)s。上次答应%(promise)s，我记着，今天给您回话。") % slots


def next_say(filling: words.Filling, reasons: Sequence[Sequence[Any]]) -> str:
    """What to say to whom one wanted to speak again: after a talk, or because it has been a while."""
    slots = {"name": filling.name_title, "store": filling.store, "staff": filling.staff}
    if words.slots_of(reasons, "next").get("every"):
        return gettext("%(name)s您好，我是%(store)s的%(staff)s，有一阵没跟您联系了，最近都好吗，有没有要我办的事？") % slots
    return gettext("%(name)s您好，我是%(store)s的%(staff)s，上次聊过的我记着，这两天有没有要我办的事？") % slots


def hand_over_reason(since: date, reasons: Sequence[Sequence[Any]], on: date, *, to: str = "") -> str:
    """From whom the customer came and since when: 原来是陈思远负责，11月22日起交给您。`to`: who has him now, unless the reader."""
    slots = words.slots_of(reasons, "handover")
    day = words.spoken_day(since, on)
    told = {"who": slots.get("from", ""), "day": day, "to": to}
    if slots.get("until"):
        told["until"] = words.spoken_day(date.fromisoformat(str(slots["until"])), on)
        if to:
            return gettext("**%(who)s**不在，**%(until)s**前由%(to)s代管，还没跟客户说。") % told
        return gettext("**%(who)s**不在，**%(until)s**前由您代管，还没跟客户说。") % told
    if not slots.get("from"):
        return (gettext("**%(day)s**起交给%(to)s负责，还没跟客户说。") if to else gettext("**%(day)s**起交给您负责，还没跟客户说。")) % told
    if to:
        return gettext("原来是**%(who)s**负责，**%(day)s**起交给%(to)s，还没跟客户说。") % told
    return gettext("原来是**%(who)s**负责，**%(day)s**起交给您，还没跟客户说。") % told


def hand_over_say(filling: words.Filling, reasons: Sequence[Sequence[Any]], on: date) -> str:
    """What to say to a customer whom somebody else looked after until now."""
    slots: dict[str, str] = {"name": filling.name_title, "store": filling.store, "staff": filling.staff}
    if until := words.slots_of(reasons, "handover").get("until"):
        slots["until"] = words.spoken_day(date.fromisoformat(str(until)), on)
        return gettext("%(name)s您好，我是%(store)s的%(staff)s，%(until)s前您有事都可以找我。") % slots
    return gettext("%(name)s您好，我是%(store)s的%(staff)s，以后由我负责您这边的事，有事随时找我。") % slots


def next_reason(reasons: Sequence[Sequence[Any]], on: date) -> str:
    """A day that was set for the next contact: 说好11月22日联系; by the grade: 等级B，60天联系一次，上次是9月20日。"""
    slots = words.slots_of(reasons, "next")
    last = slots.get("last")
    if slots.get("every"):
        since = words.spoken_day(date.fromisoformat(str(last)), on) if last else ""
        asked = {"grade": slots.get("grade", ""), "every": slots["every"], "last": since}
        if since:
            return gettext("%(grade)s级客户，**%(every)s天**联系一次，上次是**%(last)s**。") % asked
        return gettext("%(grade)s级客户，**%(every)s天**联系一次，还没联系过。") % asked
    day = words.spoken_day(date.fromisoformat(str(slots["on"])), on) if slots.get("on") else ""
    if slots.get("by"):
        return gettext("%(who)s定的：**%(day)s**再联系。") % {"who": slots["by"], "day": day}
    return gettext("说好**%(day)s**再联系。") % {"day": day}
