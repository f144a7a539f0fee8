"""What a care task says: whose day it is, and a greeting to send or to say. Made from the task's own row, without a query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

from liuke.care.finding import Found
from liuke.interactions.labels import Outcome
from liuke.kernel import clock, lunar
from liuke.packs import Pack, Words
from liuke.packs.care import CareLevel, CareOccasion
from liuke.packs.words import SLOT
from liuke.work import words
from liuke.work.models import Task

REASON = "care"
OUTCOMES = (Outcome.REACHED, Outcome.NOT_REACHED, Outcome.REFUSED, Outcome.LATER)
"""Nothing is sold: a greeting ends in no deal."""

# Nobody to name: his name goes with the comma behind it.
_NAMED = re.compile(r"\{name_title\}\s*[，,、：:]?\s*")


def reasons_of(occasion: CareOccasion, level: CareLevel, found: Found, pack: Pack) -> list[list[Any]]:
    """All that the task will say: the figures of its sentence and the words of its greeting, as they are kept today."""
    slots: dict[str, Any] = {"kind": occasion.kind, "name": _both(occasion.name), "say": _both(occasion.greeting), **found.slots}
    if occasion.greeting_late is not None:
        slots["late"] = _both(occasion.greeting_late)
    if level.gift is not None:
        slots["gift"] = _both(level.gift)
    if occasion.kind == "contract":
        slots["contract"] = _both(pack.contract_kind(found.slots["contract"]).name)
        slots["date"] = occasion.contract_date
    return [[REASON, slots]]


def _both(said: Words) -> dict[str, str]:
    return {"zh": said.zh, "en": said.en}


def _picked(said: Mapping[str, str]) -> str:
    return said["zh"] if words.lang() == "zh" else said["en"] or said["zh"]


# ── why ──────────────────────────────────────────────────────────────────────


def near(day: date, on: date) -> str:
    """今天, 明天, 后天, 昨天, 前天, 2月17日."""
    said = {
        0: pgettext("句中", "今天"), 1: pgettext("句中", "明天"), 2: pgettext("句中", "后天"), -1: pgettext("句中", "昨天"),
        -2: pgettext("句中", "前天"),
    }  # fmt: skip
    return said.get((day - on).days) or words.spoken_day(day, on)


def moon(month: int, day: int, leap: bool) -> str:
    """农历四月初八, 农历闰四月初八."""
    if words.lang() == "zh":
        return f"农历{lunar.spoken(month, day, leap)}"
    slots = {"month": month, "day": day}
    return gettext("农历闰 %(month)s 月 %(day)s 日") % slots if leap else gettext("农历 %(month)s 月 %(day)s 日") % slots


def reason(task: Task, pack: Pack, on: date, reader: int) -> str:
    """明天是**张先生的生日**（农历四月初八）。"""
    slots = words.slots_of(task.reasons, REASON)
    if not slots:
        return gettext("关怀")
    said = _reason(task, slots, on)
    if gift := slots.get("gift"):
        said = words.join([said, gettext("要送的：%(gift)s。") % {"gift": _picked(gift).rstrip("。.")}])
    return said


def _reason(task: Task, slots: Mapping[str, Any], on: date) -> str:
    kind = slots["kind"]
    who = words.name_title(task.customer) or task.customer.name
    years = int(slots.get("years") or 0)
    told = {"when": near(date.fromisoformat(slots["on"]), on), "who": who, "n": slots.get("years", ""), "name": _picked(slots["name"])}
    if kind == "birthday":
        if of_moon := slots.get("lunar"):
            return gettext("%(when)s是**%(who)s的生日**（%(moon)s）。") % {**told, "moon": moon(*of_moon)}
        return gettext("%(when)s是**%(who)s的生日**。") % told
    if kind == "joined":
        return ngettext("%(when)s，%(who)s建档满 **%(n)s 年**。", "%(when)s，%(who)s建档满 **%(n)s 年**。", years) % told
    if kind == "first_deal":
        return ngettext("%(when)s，%(who)s头一次来满 **%(n)s 年**。", "%(when)s，%(who)s头一次来满 **%(n)s 年**。", years) % told
    if kind == "bought":
        return ngettext("%(when)s，%(who)s的%(asset)s买来满 **%(n)s 年**。", "%(when)s，%(who)s的%(asset)s买来满 **%(n)s 年**。", years) % {
            **told,
            "asset": slots.get("asset", ""),
        }
    if kind == "festival":
        return gettext("%(when)s是**%(name)s**。") % told
    if kind == "contract":
        told["contract"] = _picked(slots["contract"])
        if slots["date"] == "ends":
            return gettext("**%(contract)s**%(when)s到期，到期前问问要不要帮忙。") % told
        return gettext("**%(contract)s**%(when)s开始，问问哪里没讲清楚。") % told
    if kind == "new_member":
        return gettext("**%(when)s**头一次成交，问问怎么样。") % told
    return gettext("**%(when)s**来过，问问做得怎么样。") % told


# ── what to say ──────────────────────────────────────────────────────────────


def say(task: Task, filling: words.Filling) -> str:
    """The greeting, "" where it would have a hole."""
    slots = words.slots_of(task.reasons, REASON)
    if not slots:
        return ""
    late = clock.today() > date.fromisoformat(slots["on"])
    return greeting(slots["late"] if late and "late" in slots else slots["say"], slots, filling)


def greeting(said: Mapping[str, str], slots: Mapping[str, Any], filling: words.Filling) -> str:
    """A greeting filled in; "" when something it needs is not known. Without a name it begins without one."""
    text = _picked(said)
    own = _own(slots)
    for slot in SLOT.findall(text):
        if slot in own:
            if not own[slot]:
                return ""
            text = text.replace(f"{{{slot}}}", own[slot])
    if not filling.name_title:
        text = _NAMED.sub("", text)
    line = words.line(Words.model_construct(zh=text, en=text), filling)
    full = "".join(part.text for part in line) if line else ""
    return full[:1].upper() + full[1:]


def _own(slots: Mapping[str, Any]) -> dict[str, str]:
    """The slots that the occasion itself fills."""
    found = {"years": str(slots.get("years") or "")}
    if slots["kind"] == "bought":
        found["asset"] = str(slots.get("asset", "")).translate({ord("{"): None, ord("}"): None}).strip()
    if slots["kind"] == "contract":
        found["contract"] = _picked(slots["contract"])
        found["contract_end"] = words.spoken_day(date.fromisoformat(slots["ends"]), clock.today())
    return found


def settled(task: Task, outcome: str) -> str:
    """How it ends."""
    if outcome == Outcome.REFUSED:
        return gettext("以后这个日子不再问候")
    return gettext("问候到了")
