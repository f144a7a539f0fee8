"""The sentences of a visit: why him, what is not known of the way. Made when read, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext

from liuke.interactions.labels import Outcome
from liuke.visits.rules import Due
from liuke.work import words
from liuke.work.models import Task

KEY = "visit"


def reasons_of(one: Due) -> list[list[Any]]:
    """What is kept of why somebody is due: [[key, slots]], days as ISO."""
    slots: dict[str, Any] = {"on": one.on.isoformat(), "grade": one.known.grade, "every": one.every}
    if one.known.last:
        slots["last"] = one.known.last.isoformat()
    return [[KEY, slots]]


def by_hand() -> list[list[Any]]:
    return [[KEY, {}]]


def again(last: date, met: bool) -> list[list[Any]]:
    """The next try, after a visit that met nobody or was put off."""
    return [[KEY, {"again": last.isoformat(), "met": met}]]


def reason(reasons: Sequence[Sequence[Any]], on: date) -> str:
    """Why this visit, with `**…**` around the facts: A 级客户，30 天去一次，上次是 9月20日，已过 12 天."""
    slots = words.slots_of(reasons, KEY)
    if slots.get("again"):
        said = gettext("**%(day)s**去过，客户请您改天。") if slots.get("met") else gettext("**%(day)s**去过，没见到人。")
        return said % {"day": words.spoken_day(date.fromisoformat(str(slots["again"])), on)}
    if not slots.get("on"):
        return gettext("自己加的。")
    day = date.fromisoformat(str(slots["on"]))
    if slots.get("every") is None:
        return gettext("大客户，说好**%(day)s**联系。") % {"day": words.spoken_day(day, on)}
    asked: dict[str, Any] = {"grade": slots.get("grade") or "C", "every": slots["every"], "late": max((on - day).days, 0)}
    if not slots.get("last"):
        return gettext("%(grade)s级客户，**%(every)s天**去一次，还没去过。") % asked
    asked["last"] = words.spoken_day(date.fromisoformat(str(slots["last"])), on)
    if asked["late"]:
        return gettext("%(grade)s级客户，**%(every)s天**去一次，上次是**%(last)s**，已过**%(late)s天**。") % asked
    return gettext("%(grade)s级客户，**%(every)s天**去一次，上次是**%(last)s**。") % asked


def say(task: Task, filling: words.Filling) -> str:
    """What to say on the telephone before setting out."""
    slots: dict[str, Any] = {"name": filling.name_title, "store": filling.store, "staff": filling.staff}
    why = words.slots_of(task.reasons, KEY)
    if task.asked:  # the hour is agreed with him
        return gettext("%(name)s您好，我是%(store)s的%(staff)s，说好今天来看您，我这就准备过来，您那边没变吧？") % slots
    if why.get("again") and why.get("met"):
        return gettext("%(name)s您好，我是%(store)s的%(staff)s，上回您让我改天再来，今天过去方便吗？") % slots
    if why.get("again"):
        return gettext("%(name)s您好，我是%(store)s的%(staff)s，上回去没碰上您，今天想再过去一趟，您几点在？") % slots
    return gettext("%(name)s您好，我是%(store)s的%(staff)s，今天想过去看看您，几点过去方便？") % slots


def settled(outcome: str) -> str:
    """What ends with this outcome of a visit."""
    return gettext("客户婉拒，这次拜访结束") if outcome == Outcome.REFUSED else gettext("拜访做完了")
