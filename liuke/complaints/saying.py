"""The sentences of a complaint: its task, notices, and the lines of what happened. Made when shown, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from liuke.complaints.labels import AgreementState, Axis, Channel, Decision, Limit, NoteKind, Source, Swap, Told, value_word
from liuke.complaints.models import CaseNote, ComplaintStep
from liuke.complaints.rules import spoken_number
from liuke.custody.queries import masked_text
from liuke.interactions.labels import Outcome
from liuke.kernel.money import format_cents
from liuke.packs import Pack
from liuke.work.following import when
from liuke.work.models import Task
from liuke.work.words import Filling, lang, slots_of, spoken_day

OUTCOMES = (Outcome.NOT_REACHED, Outcome.LATER)
"""What is said of a contact from the day's list; what comes of it is written in the complaint itself."""


def step_words(step: ComplaintStep) -> str:
    """What to do, in the reader's language."""
    return step.zh if lang() == "zh" or not step.en else step.en


def clock_words(moment: datetime, on: date) -> str:
    """今天 15:40; 11月23日 18:00."""
    at = timezone.localtime(moment)
    return f"{when(at.date(), on)} {at:%H:%M}"


# ── tasks ────────────────────────────────────────────────────────────────────


def reason(task: Task, pack: Pack, on: date) -> str:
    """投诉TS-1117-02“变速箱异响”，**今天 15:40**前要解决。"""
    if back := slots_of(task.reasons, "call_back"):
        told = str(back.get("told") or "")
        slots = {"number": spoken_number(str(back.get("number", "")), on), "title": masked_text(str(back.get("title", "")))}
        slots["day"] = spoken_day(timezone.localtime(datetime.fromisoformat(told)).date(), on) if told else ""
        return gettext("投诉%(number)s“%(title)s”，方案**%(day)s**告诉他了，问他满意不满意。") % slots
    said = slots_of(task.reasons, "complaint")
    slots = {"number": spoken_number(str(said.get("number", "")), on), "title": masked_text(str(said.get("title", "")))}
    if said.get("told"):
        return gettext("投诉%(number)s“%(title)s”回访过了，把剩下的办完就结案。") % slots
    if not said.get("due"):
        return gettext("投诉%(number)s“%(title)s”在等客户，计时停着。") % slots
    slots["at"] = clock_words(datetime.fromisoformat(str(said["due"])), on)
    if said.get("answer"):
        return gettext("投诉%(number)s“%(title)s”，**%(at)s**前要先答复他。") % slots
    return gettext("投诉%(number)s“%(title)s”，**%(at)s**前要解决。") % slots


def say(task: Task, filling: Filling) -> str:
    """The first sentence to him."""
    slots = {"name": filling.name_title, "store": filling.store, "staff": filling.staff}
    if slots_of(task.reasons, "call_back"):
        return gettext("%(name)s您好，我是%(store)s的%(staff)s，上次说好的事，您看办得满意吗？") % slots
    return gettext("%(name)s您好，我是%(store)s的%(staff)s，您说的事我来负责，先听您讲。") % slots


def put_off(task: Task, to: date, on: date) -> str:
    """The limits of a complaint do not wait for the day he named; a call-back does."""
    return "" if slots_of(task.reasons, "call_back") else gettext("时限不变，到时候再联系")


def settled(task: Task, outcome: str) -> str:
    return gettext("到投诉里接着办")


# ── notices ──────────────────────────────────────────────────────────────────


def _n(slots: Mapping[str, Any]) -> dict[str, Any]:
    now = timezone.localtime().date()
    return {**slots, "number": spoken_number(str(slots.get("number", "")), now)}


def say_late(slots: Mapping[str, Any]) -> str:
    """投诉TS-1117-02的首次答复过了时限（今天 15:40）."""
    what = {"number": _n(slots)["number"], "limit": Limit(slots["limit"]).label}
    what["due"] = clock_words(datetime.fromisoformat(str(slots["due"])), timezone.localtime().date())
    if slots.get("level") == Told.MANAGER:
        return gettext("投诉%(number)s的%(limit)s时限是%(due)s，又过了一半还没办，报到您这里。") % what
    return gettext("投诉%(number)s的%(limit)s过了时限（%(due)s）。") % what


NOTICES = {
    "new": lambda slots: gettext("有一件新投诉%(number)s，请您接。") % _n(slots),
    "given": lambda slots: gettext("%(who)s把投诉%(number)s交给您办。") % _n(slots),
    "severe": lambda slots: gettext("投诉%(number)s是严重的，按严重的时限办。") % _n(slots),
    "perhaps_severe": lambda slots: gettext("投诉%(number)s可能是严重的，请马上看一下，确认是严重还是一般。") % _n(slots),
    "crisis": lambda slots: gettext("投诉%(number)s进了危机：不能一个人办，由一个人对外说话。") % _n(slots),
    "late": say_late,
    "approve": lambda slots: gettext("%(by)s在投诉%(number)s里拟了补偿，超过权限，等您批。") % _n(slots),
    "approved": lambda slots: gettext("%(who)s批了投诉%(number)s的补偿，可以答应客户了。") % _n(slots),
    "refused": lambda slots: gettext("%(who)s没批投诉%(number)s的补偿。") % _n(slots),
    "reopened": lambda slots: gettext("投诉%(number)s重新打开了，客户还不满意。") % _n(slots),
    "call_back": lambda slots: gettext("投诉%(number)s今天该回访。") % _n(slots),
    "confirm": lambda slots: gettext("%(who)s回访了投诉%(number)s，客户满意；方案也是他经手的，请您看一遍再结案。") % _n(slots),
}
RUN_A_CLOCK = ("new", "severe", "perhaps_severe", "crisis", "late", "reopened")
"""Keys for which a clock runs: sent in quiet hours too."""


# ── what happened ────────────────────────────────────────────────────────────


def line(note: CaseNote, names: Mapping[int, str], on: date) -> str:
    """One line of what happened, without who and when. `names`: of staff, by id. What was written by hand is masked as on a card."""
    said = _LINES.get(note.kind, lambda slots, names, on: "")(note.slots, names, on)
    words = masked_text(note.text)
    if not said:
        return words
    return gettext("%(what)s：%(words)s") % {"what": said, "words": words} if words else said


def _name(names: Mapping[int, str], key: Any) -> str:
    return names.get(key, "") if isinstance(key, int) else ""


def _entered(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    if slots.get("source") == Source.PUBLIC:
        return gettext("客户在网上填的")
    return gettext("受理，%(channel)s") % {"channel": Channel(slots.get("channel", Channel.OTHER)).label}


def _classified(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    axis = str(slots.get("axis", ""))
    label = Axis(axis).label if axis in Axis.values else axis
    return gettext("%(axis)s定为%(value)s") % {"axis": label, "value": value_word(axis, str(slots.get("value", "")))}


def _swapped(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    what, after = slots.get("what"), slots.get("after")
    if what == Swap.PERSON:
        return gettext("换%(who)s接手") % {"who": _name(names, after)}
    if what == Swap.TIME:
        return gettext("改到%(when)s") % {"when": clock_words(datetime.fromisoformat(str(after)), on)}
    return gettext("请到%(where)s谈") % {"where": after}


def _crisis(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    if "begun" in slots:
        return gettext("进入危机，已报经理") if slots["begun"] else gettext("危机解除")
    said = {"second": _name(names, slots.get("second")), "voice": _name(names, slots.get("spokesman"))}
    if said["second"] and said["voice"]:
        return gettext("和%(second)s一起办，由%(voice)s对外说话") % said
    return (gettext("和%(second)s一起办") if said["second"] else gettext("由%(voice)s对外说话")) % said


def _proposed(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    cents = int(slots.get("cents") or 0)
    if slots.get("waits"):
        return gettext("拟了办法，补偿%(money)s，送去审批") % {"money": format_cents(cents)}
    return gettext("拟了办法，补偿%(money)s") % {"money": format_cents(cents)} if cents else gettext("拟了办法")


def _agreed(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    if state := slots.get("state"):
        return str(AgreementState(state).label)
    return gettext("客户同意，当场办好") if slots.get("done") else gettext("客户同意，记下承诺")


def _called_back(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    if not slots.get("satisfied"):
        return gettext("回访，不满意")
    return gettext("客户自己要提前回访，满意") if slots.get("wished") else gettext("回访，满意")


def _step(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    words = str(slots.get("en") or "") if lang() != "zh" else ""
    return gettext("做完“%(what)s”") % {"what": words or str(slots.get("zh", ""))}


def _escalated(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    said = {"limit": Limit(slots["limit"]).label, "who": _name(names, slots.get("to")) or Told(slots["level"]).label}
    return gettext("%(limit)s超时，报给%(who)s") % said


def _received(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    said = {name: clock_words(datetime.fromisoformat(str(slots[name])), on) for name in ("was", "now")}
    return gettext("受理时间从%(was)s改成%(now)s") % said


def _undone(slots: Mapping[str, Any], names: Mapping[int, str], on: date) -> str:
    return gettext("撤销了“%(what)s”") % {"what": NoteKind(slots.get("what", NoteKind.NOTE)).label}


_LINES: dict[str, Any] = {
    NoteKind.ENTERED: _entered,
    NoteKind.CUSTOMER: lambda slots, names, on: gettext("客户来说"),
    NoteKind.EVIDENCE: lambda slots, names, on: gettext("证据"),
    NoteKind.ANSWERED: lambda slots, names, on: gettext("首次答复"),
    NoteKind.CLASSIFIED: _classified,
    NoteKind.LINKED: lambda slots, names, on: gettext("认到了客户卡上") if slots.get("linked") else gettext("跟客户卡分开"),
    NoteKind.PAUSED: lambda slots, names, on: gettext("等客户，暂停计时"),
    NoteKind.RESUMED: lambda slots, names, on: gettext("继续计时"),
    NoteKind.RAISED: lambda slots, names, on: gettext("确认是严重的，从受理起算") if slots.get("from_receipt") else gettext("改为严重"),
    NoteKind.LOWERED: lambda slots, names, on: gettext("改回一般"),
    NoteKind.SWAPPED: _swapped,
    NoteKind.DEPARTMENT: lambda slots, names, on: gettext("责任部门：%(name)s") % {"name": slots.get("department") or gettext("没定")},
    NoteKind.CRISIS: _crisis,
    NoteKind.PROPOSED: _proposed,
    NoteKind.APPROVAL: lambda slots, names, on: (
        (gettext("批了补偿%(money)s") if slots.get("agreed") else gettext("没批补偿%(money)s"))
        % {"money": format_cents(int(slots.get("cents") or 0))}
    ),
    NoteKind.AGREED: _agreed,
    NoteKind.TOLD: lambda slots, names, on: gettext("把方案告诉客户"),
    NoteKind.CALLED_BACK: _called_back,
    NoteKind.REOPENED: lambda slots, names, on: gettext("重新打开"),
    NoteKind.DECIDED: lambda slots, names, on: gettext("原因写明，%(what)s") % {"what": Decision(slots["decision"]).label},
    NoteKind.CLOSED: lambda slots, names, on: gettext("结案"),
    NoteKind.ESCALATED: _escalated,
    NoteKind.STEP: _step,
    NoteKind.RECEIVED: _received,
    NoteKind.UNDONE: _undone,
}
