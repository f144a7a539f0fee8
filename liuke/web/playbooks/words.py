"""Playbooks in sentences: what starts one, what follows an outcome, who may give what, what changed between two versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from liuke.interactions.labels import Outcome, Way
from liuke.kernel import clock
from liuke.packs import Pack, Playbook, Words
from liuke.packs.playbook import OUTCOMES, Next, Script
from liuke.packs.words import SLOT
from liuke.playbooks.rules import Change
from liuke.standing.labels import Stage
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.trials.labels import Verdict
from liuke.web.words import brief, money, percent
from liuke.work.effects import Effect
from liuke.work.words import Filling, pick, spoken_day

WHO = {"owner": gettext_lazy("业务员"), "agent": gettext_lazy("服务专员"), "supervisor": gettext_lazy("主管")}
CHANNELS = ("phone", "wechat", "sms", "visit")
SUCCESS = {
    "deal": gettext_lazy("成交"), "renewal": gettext_lazy("续约"), "contact": gettext_lazy("联系上"), "score": gettext_lazy("打了好分"),
    "closed": gettext_lazy("投诉办结"),
}  # fmt: skip
SLOTS = {
    "name_title": gettext_lazy("称呼"), "staff": gettext_lazy("谁打的"), "store": gettext_lazy("门店"), "asset": gettext_lazy("持有物"),
    "contract": gettext_lazy("合约"), "contract_end": gettext_lazy("到期日"), "benefit": gettext_lazy("优惠"),
    "promise": gettext_lazy("答应过的事"),
}  # fmt: skip
SCENARIOS = {
    "general": gettext_lazy("通用"), "complaint": gettext_lazy("抱怨投诉"),
    "care": gettext_lazy("日常关怀"), "offer": gettext_lazy("主动推荐"),
    "retention": gettext_lazy("挽留"),
}  # fmt: skip


# ── what a playbook says of itself ───────────────────────────────────────────


def starts(pack: Pack, playbook: Playbook) -> str:
    """What starts it: 信号：久未到店、同事说很久没来；阶段：衰退."""
    signals = [pick(signal.name) for signal in pack.signals if signal.playbook == playbook.key]
    parts = []
    if signals:
        parts.append(_("信号：%(names)s") % {"names": _("、").join(signals)})
    if playbook.stages:
        parts.append(_("阶段：%(names)s") % {"names": _("、").join(str(Stage(stage).label) for stage in playbook.stages)})
    if led := [pick(each.name) for each in pack.playbooks if playbook.key in {step.playbook for step in _nexts(pack, each)}]:
        parts.append(_("接在“%(names)s”之后") % {"names": _("”“").join(led)})
    return _("；").join(parts) or _("现在没有什么会开始它")


def _nexts(pack: Pack, playbook: Playbook) -> list[Next]:
    return [*(pack.after(playbook, outcome) for outcome in OUTCOMES), *(choice.next for choice in pack.follow_ups_of(playbook))]


def success(playbook: Playbook) -> str:
    """60 天内成交."""
    return _("%(days)s 天内%(what)s") % {"days": playbook.success.within_days, "what": SUCCESS[playbook.success.kind]}


def stops(playbook: Playbook) -> str:
    return _("没接满 %(tries)s 次，或者过了 %(days)s 天就停；停了以后 %(rest)s 天里不再开始") % {
        "tries": playbook.stop.max_attempts, "days": playbook.stop.days, "rest": playbook.stop.rest_days,
    }  # fmt: skip


def when(day: int) -> str:
    """On which day of a playbook: 当天, 第 7 天."""
    return _("当天") if day == 0 else _("第 %(n)s 天") % {"n": day}


def way(channel: str) -> str:
    return str(Way(channel).label)


def follows(pack: Pack, step: Next) -> str:
    """What an outcome leads to, in a sentence."""
    if step.do == "playbook":
        try:
            name = pick(pack.playbook(step.playbook or "").name)
        except KeyError:
            name = step.playbook or ""
        days = max(step.days, 1)
        return ngettext("%(days)s 天后接着“%(name)s”", "%(days)s 天后接着“%(name)s”", days) % {"days": days, "name": name}
    if step.do == "leave_alone":
        said = ngettext("%(days)s 天里不打扰", "%(days)s 天里不打扰", step.days)
        return said % {"days": step.days} if step.days else _("以后不再打扰")
    if step.do == "retry":
        return ngettext("%(days)s 天后再来", "%(days)s 天后再来", step.days) % {"days": step.days}
    return _("结束") if step.do == "stop" else _("做下一步")


def outcomes(pack: Pack, playbook: Playbook) -> list[tuple[str, str, bool]]:
    """(outcome, what follows, whether it is the playbook's own rule) for every outcome there can be."""
    return [
        (str(Outcome(outcome).label), follows(pack, pack.after(playbook, outcome)), outcome in playbook.outcomes)
        for outcome in pack.outcomes_of(playbook)
    ]


def limits(playbook: Playbook) -> list[tuple[str, str]]:
    """(role, what it may give by itself); none without an offer."""
    if playbook.offer is None:
        return []
    given = playbook.offer.limits_cents
    roles = ((Role.REP, given.rep), (Role.AGENT, given.agent), (Role.SUPERVISOR, given.supervisor))
    return [(str(role.label), money(cents, exact=False) if cents else _("要先批")) for role, cents in roles] + [
        (str(Role.MANAGER.label), _("不限"))
    ]


def effect_words(effect: Effect, verdict: str = "") -> str:
    """有效，按 12.3% 算; 测过，按 7.4% 算 (no round has said so); 假设 15%. It lies between the assumed and the measured."""
    if not effect.measured:
        return _("假设 %(share)s") % {"share": percent(float(effect.assumed), 0)}
    said = Verdict(verdict).label if verdict else _("测过")
    return _("%(verdict)s，按 %(share)s 算") % {"verdict": said, "share": percent(float(effect.share))}


# ── a sample customer ────────────────────────────────────────────────────────


def sample(pack: Pack, playbook: Playbook | None, user: User) -> Filling:
    """A made-up customer to read a script for: nobody's card is shown on a page where words are written."""
    kind = playbook.contract_kind if playbook else None
    known = next((each for each in pack.contract_kinds if each.key == kind), None)
    today = clock.today()
    return Filling(
        name_title=_("张先生"),
        staff=user.name,
        store=_("滨江店"),
        asset=pick(pack.asset_kind.spoken),
        contract=pick(known.name) if known else None,
        contract_end=spoken_day(today + timedelta(21), today) if known else None,
        recency_days=212,
        benefit=pick(playbook.offer.benefit) if playbook and playbook.offer else None,
        promise=_("把发票补寄给您"),
    )


# ── what changed ─────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Told:
    """One difference in words; "" for what there was, or is, not."""

    what: str
    old: str
    new: str


def told_changes(pack: Pack, changes: Sequence[Change]) -> list[Told]:
    return [Told(label(each.path), shown(pack, each.path, each.old), shown(pack, each.path, each.new)) for each in changes]


PLAIN = {
    "name": gettext_lazy("名称"), "goal": gettext_lazy("目的"), "signals": gettext_lazy("信号"), "stages": gettext_lazy("阶段"),
    "contract_kind": gettext_lazy("合约"), "must": gettext_lazy("不能等"), "hold_out": gettext_lazy("留对照"), "off": gettext_lazy("停用"),
    "script": gettext_lazy("话术"), "kind": gettext_lazy("怎么算成"),
    "within_days": gettext_lazy("几天内"), "share": gettext_lazy("假设的效果"),
    "measured": gettext_lazy("实测"), "purpose": gettext_lazy("为什么打"),
    "benefit": gettext_lazy("对您"), "question": gettext_lazy("问一句"),
    "day": gettext_lazy("第几天"), "channel": gettext_lazy("方式"), "minutes": gettext_lazy("几分钟"), "who": gettext_lazy("谁做"),
    "say": gettext_lazy("怎么说"), "do": gettext_lazy("然后"), "days": gettext_lazy("天数"), "playbook": gettext_lazy("接着用"),
    "max_attempts": gettext_lazy("没接几次就停"), "rest_days": gettext_lazy("停了歇几天"), "promise": gettext_lazy("答应什么"),
    "promise_days": gettext_lazy("几天内办到"), "event": gettext_lazy("记下什么事"),
    "when": gettext_lazy("他说"), "rep": gettext_lazy("业务员能给"),
    "agent": gettext_lazy("服务专员能给"), "supervisor": gettext_lazy("主管能给"), "greet": gettext_lazy("问候"),
    "greet_other": gettext_lazy("换个人打时的问候"), "convenient": gettext_lazy("方便吗"),
    "en": gettext_lazy("英文"), "key": gettext_lazy("代号"),
    "tip": gettext_lazy("记着"), "hello": gettext_lazy("开头"), "close": gettext_lazy("结尾"),
}  # fmt: skip
PARTS = {
    "success": gettext_lazy("成功"), "opening": gettext_lazy("开场"), "stop": gettext_lazy("停"), "offer": gettext_lazy("优惠"),
    "effect": gettext_lazy("效果"), "wechat": gettext_lazy("微信"), "sms": gettext_lazy("短信"), "outcomes": gettext_lazy("结果以后"),
}  # fmt: skip


def label(path: Sequence[str | int]) -> str:
    """The name of a value: 第 2 步，怎么说."""
    return _("，").join(_labels(list(path)))


def _labels(path: list[str | int]) -> Iterator[str]:
    at = 0
    while at < len(path):
        part, after = path[at], path[at + 1] if at + 1 < len(path) else None
        if isinstance(after, int):
            row = {"steps": _("第 %(n)s 步"), "branches": _("应答 %(n)s"), "follow_ups": _("选项 %(n)s"), "blocks": _("第 %(n)s 步"),
                   "lines": _("第 %(n)s 句")}.get(str(part), "%(n)s")  # fmt: skip
            yield row % {"n": after + 1}
            at += 2
            continue
        if part == "outcomes" and isinstance(after, str):
            yield _("%(outcome)s以后") % {"outcome": Outcome(after).label}
            at += 2
            continue
        if part in PARTS:
            yield str(PARTS[str(part)])
        elif part in PLAIN:
            yield str(PLAIN[str(part)])
        at += 1


def shown(pack: Pack, path: Sequence[str | int], value: Any) -> str:
    """A value as a person reads it."""
    name = str(path[-1])
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name in ("rep", "agent", "supervisor") and isinstance(value, int):
        return brief(value)
    if name == "share":
        return percent(float(value))
    known: Any = {
        "who": WHO, "channel": dict(Way.choices), "kind": SUCCESS, "do": DO,
        "script": {each.key: pick(each.name) for each in pack.scripts}, "playbook": {each.key: pick(each.name) for each in pack.playbooks},
        "contract_kind": {each.key: pick(each.name) for each in pack.contract_kinds},
        "signals": {each.key: pick(each.name) for each in pack.signals}, "stages": dict(Stage.choices),
    }.get(name, {})  # fmt: skip
    if isinstance(value, tuple | list):
        return _("、").join(str(known.get(each, each)) for each in value)
    return with_slots(str(known.get(value, value)))


DO = {
    "next_step": gettext_lazy("做下一步"), "retry": gettext_lazy("过几天再来"), "stop": gettext_lazy("结束"),
    "leave_alone": gettext_lazy("不打扰"), "playbook": gettext_lazy("接着用另一个打法"),
}  # fmt: skip


def with_slots(text: str) -> str:
    """A template with its slots named: {name_title}您好 → 〔称呼〕您好."""
    return SLOT.sub(lambda found: f"〔{SLOTS.get(found.group(1).strip(), found.group(1))}〕", text)


def spoken(words: Words) -> str:
    return with_slots(pick(words))


def used_by(pack: Pack, script: Script) -> list[Playbook]:
    """The playbooks that speak by a script."""
    return [each for each in pack.playbooks if each.script == script.key]
