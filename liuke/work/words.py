"""The sentences of a task: why, what to say next, the script. Made when shown, from the pack and the card, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import dateformat
from django.utils.translation import get_language, gettext

from liuke.analytics.days import day_number
from liuke.analytics.figures import figure
from liuke.customers.labels import Gender, Kind
from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome
from liuke.kernel.surnames import COMPOUND_SURNAMES
from liuke.packs import Pack, Playbook, Words
from liuke.packs.stages import AFTER, STAGE_REASONS, WISH, stage_of
from liuke.packs.words import HAN, SLOT, Lang, fill
from liuke.work import ways
from liuke.work.effects import Effect

# A figure is set heavier together with its unit: **212天**没来, **212 days** without a visit.
_UNIT = {
    "zh": re.compile(r"(\{[^{}]+\})((?:天后|天前|天|次|分|个月|个周期|年|岁|台)?)"),
    "en": re.compile(r"(\{[^{}]+\})((?: (?:days?|times?|points?|visits?|months?|cycles?|severe complaints)\b)?)"),
}
_HAN_NAME = re.compile(rf"[{HAN}]{{2,4}}")


def lang() -> Lang:
    """The pack's language for the active one."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def pick(words: Words) -> str:
    """A pack's words in the reader's language."""
    return words(lang())


# ── why ──────────────────────────────────────────────────────────────────────


def evidence(pack: Pack, signal: str, slots: Mapping[str, Any], on: date) -> str:
    """A signal's sentence of a day with `**…**` around its facts; the signal's name where a figure is missing (its key where the pack
    does not know it). Of a reason that is no signal: the stage's sentence, or which playbook led to this one."""
    if stage := stage_of(signal):
        return next((told for each in STAGE_REASONS[stage] if (told := _told(each, slots, on))), "")
    if signal == AFTER:
        return after_reason(pack, slots, on)
    if signal == WISH:
        return ways.told(slots)
    try:
        said = pack.signal(signal)
    except KeyError:
        return signal
    return _told(said.evidence, slots, on) or pick(said.name)


def _told(sentence: Words, slots: Mapping[str, Any], on: date) -> str:
    """The sentence with its figures set heavier, "" where one is missing."""
    code = lang()
    template = _UNIT[code].sub(r"**\1\2**", sentence(code))
    try:
        return fill(template, {name: figure(value, day_number(on)) for name, value in slots.items()})
    except KeyError:
        return ""


def after_reason(pack: Pack, slots: Mapping[str, Any], on: date) -> str:
    """Which playbook led to this one, and what had come of it: 11月20日用过“久未到店”（婉拒），接着来。"""
    try:
        name = pick(pack.playbook(str(slots.get("playbook", ""))).name)
    except KeyError:
        return gettext("接着上一个打法来。")
    day = spoken_day(date.fromisoformat(str(slots["on"])), on) if slots.get("on") else ""
    outcome = str(slots.get("outcome", ""))
    label = Outcome(outcome).label if outcome in Outcome.values else ""
    return gettext("**%(day)s**用过“%(playbook)s”（%(outcome)s），接着来。") % {"day": day, "playbook": name, "outcome": label}


def reason(pack: Pack, reasons: Sequence[Sequence[Any]], on: date, most: int = 2, told: Mapping[str, str] | None = None) -> str:
    """The sentence of a task on a day: its strongest reason, then the next as further fact; one that says nearly the same (a signal of
    the same playbook) is left out. At most `most`, and what there is to say of the way. `told`: sentences that say more than the pack's,
    by signal."""
    said: list[str] = []
    playbooks: set[str] = set()
    for signal, slots in reasons:
        try:
            playbook = pack.signal(signal).playbook
        except KeyError:
            playbook = signal
        if playbook not in playbooks and signal != WISH and len(said) < most:
            playbooks.add(playbook)
            said.append((told or {}).get(signal) or evidence(pack, signal, slots, on))
    if wish := slots_of(reasons, WISH):
        said.append(ways.told(wish))
    return join([each for each in said if each])


def effect_note(pack: Pack, effect: Effect | None) -> str:
    """What the effect behind a task's worth rests on: the measurement and its interval, else the pack's word on assumptions."""
    if effect is None or not effect.measured:
        return pick(pack.effect_note)
    seen = effect.measured[0]
    measured = gettext(
        "效果是实测的：联系过的 %(treated)s 位回来 %(returned)s%%，没联系的 %(alone)s 位回来 %(returned_alone)s%%，"
        "差 %(points)s 点（95%% 区间 %(low)s 到 %(high)s 点）。"
    ) % {
        "treated": f"{seen.treated:,}",
        "returned": _points(seen.returned / seen.treated),
        "alone": f"{seen.alone:,}",
        "returned_alone": _points(seen.returned_alone / seen.alone),
        "points": _points(seen.effect),
        "low": _points(seen.low),
        "high": _points(seen.high),
    }
    weighed = gettext("原来假设 %(assumed)s%%，人越多越信实测，现在按 %(share)s%% 算。")
    if len(effect.measured) > 1:
        weighed = gettext("原来假设 %(assumed)s%%，一共测过 %(times)s 次，人越多越信实测，现在按 %(share)s%% 算。")
    assumed, share = _points(float(effect.assumed)), _points(float(effect.share))
    return measured + weighed % {"times": len(effect.measured), "assumed": assumed, "share": share}


def _points(share: float) -> str:
    """A share in hundredths, one decimal at most: 11, −2.5."""
    value = round(share * 100, 1)
    return f"{'−' if value < 0 else ''}{abs(value):g}"


def slots_of(reasons: Sequence[Sequence[Any]], key: str) -> Mapping[str, Any]:
    """The figures of one reason of a task; none where it has no such reason."""
    return next((slots for name, slots in reasons if name == key), {})


def join(sentences: Sequence[str]) -> str:
    """Two sentences as one, the facts parted by a semicolon."""
    if lang() == "zh":
        return "；".join([*(text.rstrip("。") for text in sentences[:-1]), *sentences[-1:]])
    return " ".join(sentences)


def plain(text: str) -> str:
    """Without the marks for heavier type."""
    return text.replace("**", "")


# ── what to say ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line that is read aloud; `slot`: filled from the card, shown underlined."""

    text: str
    slot: bool = False


Line = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """What the slots of scripts are filled with; None where the card does not know it, "" for a name left out.

    known: whoever speaks is the one who looks after the customer, and there is one thing to speak of. event, event_day, gift: of an
    invitation. promise: what was promised to him and not done.
    """

    name_title: str
    staff: str
    store: str
    asset: str
    contract: str | None
    contract_end: str | None
    recency_days: int | None
    benefit: str | None
    known: bool = True
    event: str | None = None
    event_day: str | None = None
    gift: str | None = None
    promise: str | None = None

    def get(self, slot: str) -> str | None:
        value = getattr(self, slot, None) if slot != "known" else None
        return None if value is None else str(value)


def line(words: Words, filling: Filling) -> Line | None:
    """A line in parts, or None when something it needs is not known: a line with a hole is not read aloud."""
    text, parts, end = pick(words), [], 0
    for found in SLOT.finditer(text):
        value = filling.get(found.group(1).strip())
        if value is None:
            return None
        before = text[end : found.start()]
        if before := before if value else before.rstrip():  # nobody to name: "Hello, this is …"
            parts.append(Part(before))
        if value:
            parts.append(Part(value, True))
        end = found.end()
    if end < len(text):
        parts.append(Part(text[end:]))
    return tuple(parts)


def say(words: Iterable[Words], filling: Filling) -> str:
    """The first of these that can be filled, as plain text; "" when none can."""
    for each in words:
        parts = line(each, filling)
        if parts is not None:
            return "".join(part.text for part in parts)
    return ""


def name_title(customer: Customer, contact: str = "") -> str:
    """张先生, 欧阳女士; the whole name where the sex is not known or in another script. Of an organisation its contact; "" without."""
    if customer.kind == Kind.ORGANISATION:
        return contact
    if customer.gender not in (Gender.MALE, Gender.FEMALE):
        return customer.name
    male = customer.gender == Gender.MALE
    if not _HAN_NAME.fullmatch(customer.name):
        return (gettext("%(name)s先生") if male else gettext("%(name)s女士")) % {"name": customer.name}
    surname = customer.name[:2] if len(customer.name) > 2 and customer.name[:2] in COMPOUND_SURNAMES else customer.name[:1]
    return (gettext("%(name)s先生") if male else gettext("%(name)s女士")) % {"name": surname}


def spoken_day(day: date, on: date) -> str:
    """12月11日, with the year when it is another one."""
    return dateformat.format(day, gettext("n月j日") if day.year == on.year else gettext("Y年n月j日"))


# ── the script beside the card ───────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Branch:
    """When the customer says this, answer so."""

    when: str
    say: Line


@dataclass(frozen=True, slots=True)
class Block:
    """One of the four steps: its name, lines with a label each ("" when there is none), answers to what may come back, and what to keep
    in mind."""

    name: str
    lines: tuple[tuple[str, Line], ...]
    branches: tuple[Branch, ...]
    tip: str = ""


def script(pack: Pack, playbook: Playbook, filling: Filling) -> tuple[Block, ...]:
    """The four steps of the conversation; the first begins with the playbook's opening and has its branches first."""
    blocks = []
    for at, (name, block) in enumerate(zip(pack.step_names(playbook), pack.script_of(playbook).blocks, strict=True)):
        lines: list[tuple[str, Line]] = []
        branches = list(block.branches)
        if at == 0:
            labelled = [(pick(label), line(words, filling)) for label, words in pack.opening_of(playbook, filling.known)]
            lines += [(label, parts) for label, parts in labelled if parts is not None]
            branches = [*playbook.branches, *branches]
        lines += [("", parts) for parts in (line(words, filling) for words in block.lines) if parts is not None]
        answers = [(branch, line(branch.say, filling)) for branch in branches]
        told = tuple(Branch(pick(branch.when), parts) for branch, parts in answers if parts is not None)
        blocks.append(Block(pick(name), tuple(lines), told, pick(block.tip) if block.tip else ""))
    return tuple(blocks)
