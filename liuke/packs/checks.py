"""What a pack must keep across its parts: references, slots, conditions, and care before selling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from liuke.packs.expressions import fault
from liuke.packs.playbook import OUTCOMES, Playbook
from liuke.packs.schema import Pack
from liuke.packs.words import all_words, slots

Path = tuple[str | int, ...]
Fault = tuple[Path, str]

SLOTS: dict[str, str] = {
    "name_title": "客户的称呼，如张先生",
    "staff": "打电话的人",
    "store": "门店",
    "asset": "客户的持有物，不知道名称时用包里的口头叫法",
    "contract": "合约的名称",
    "contract_end": "合约到期日",
    "benefit": "这个打法可以给的",
}
"""What the words of steps and scripts may leave open, and its meaning."""

# Care is never a sales pitch: what a care contact says may not even mention these.
_SELLING = re.compile("优惠|打折|[一二三四五六七八九]折|特价|促销|免费|赠|礼品|券|下单|充值")

_NEEDS_CONTRACT = {"contract", "contract_end"}
_CONTRACT_CALL = re.compile(r"\b(?:days_left|days_expired|remaining)\(\s*['\"]([^'\"]*)['\"]")
_EVENT_CALL = re.compile(r"\b(?:days_since|count|last_value|previous_value)\(\s*['\"]([^'\"]*)['\"]")

EVENT_KINDS = frozenset(
    "told_leaving membership_cancelled points_used_up points_drained died moved_away closed_down referral_came referral_bought tier_raised"
    " package_bought event_attended bought_elsewhere need_recorded need_met satisfaction recommend severe_complaint_opened"
    " severe_complaint_closed price_asked rival_seen long_absent regular_visits advice_asked".split()
)
"""Facts that may stand on a card (customers.Event.kind)."""


def cross_checks(pack: Pack) -> list[Fault]:
    """Every fault that one part cannot see by itself: (path, Chinese sentence)."""
    return [*_unique(pack), *_signals(pack), *_scripts(pack), *_playbooks(pack), *_whole(pack)]


def _unique(pack: Pack) -> Iterator[Fault]:
    for part in ("signals", "playbooks", "scripts", "contract_kinds", "fields", "products", "follow_ups", "practice"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(pack, part)):
            if item.key in seen:
                yield (part, index, "key"), f"{item.key} 用了两次"
            seen.add(item.key)


def _signals(pack: Pack) -> Iterator[Fault]:
    playbooks = {p.key: p for p in pack.playbooks}
    for index, signal in enumerate(pack.signals):
        where: Path = ("signals", index)
        if signal.playbook not in playbooks:
            yield (*where, "playbook"), f"没有叫 {signal.playbook} 的打法"
        elif signal.family == "service" and playbooks[signal.playbook].offer:
            yield (*where, "playbook"), f"关怀的信号不带优惠，打法 {signal.playbook} 却有 offer"
        if signal.gone and signal.playbook in playbooks and _sells(pack, playbooks[signal.playbook]):
            yield (*where, "gone"), f"客户已经走了，不再推荐、不再挽留，打法 {signal.playbook} 却是"
        yield from _expression(pack, (*where, "condition"), signal.own_condition)
        for lang in ("zh", "en"):
            for slot in slots(getattr(signal.evidence, lang)):
                yield from _expression(pack, (*where, "evidence", lang), slot)


def _sells(pack: Pack, playbook: Playbook) -> bool:
    scenario = next((script.scenario for script in pack.scripts if script.key == playbook.script), None)
    return playbook.offer is not None or playbook.contract_kind is not None or scenario in ("offer", "retention")


def _expression(pack: Pack, where: Path, text: str) -> Iterator[Fault]:
    if (message := fault(text)) is not None:
        yield where, f"看不懂 {text}：{message}"
    kinds = {kind.key for kind in pack.contract_kinds}
    for name in _CONTRACT_CALL.findall(text):
        if name not in kinds:
            yield where, f"没有叫 {name} 的合约"
    for name in _EVENT_CALL.findall(text):
        if name not in EVENT_KINDS:
            yield where, f"没有叫 {name} 的事件"


def _scripts(pack: Pack) -> Iterator[Fault]:
    for index, card in enumerate(pack.practice):
        yield from _slots(("practice", index), card, set())  # the customer on the card is made up: there is nothing to fill in
    # A script is shared: it may only use what every contact has.
    for index, script in enumerate(pack.scripts):
        yield from _slots(("scripts", index), script, set(SLOTS) - _NEEDS_CONTRACT - {"benefit"})
        if script.scenario == "care":
            yield from _no_selling(("scripts", index), script)


def _playbooks(pack: Pack) -> Iterator[Fault]:
    signals = {s.key for s in pack.signals}
    started = {s.playbook for s in pack.signals}
    scripts = {s.key: s for s in pack.scripts}
    kinds = {k.key for k in pack.contract_kinds}
    for index, playbook in enumerate(pack.playbooks):
        where: Path = ("playbooks", index)
        for at, key in enumerate(playbook.signals):
            if key not in signals:
                yield (*where, "signals", at), f"没有叫 {key} 的信号"
        if playbook.script not in scripts:
            yield (*where, "script"), f"没有叫 {playbook.script} 的话术"
        elif scripts[playbook.script].scenario == "care":
            if playbook.offer:
                yield (*where, "offer"), "日常关怀不带优惠"
            yield from _no_selling(where, playbook)
        if playbook.contract_kind is not None and playbook.contract_kind not in kinds:
            yield (*where, "contract_kind"), f"没有叫 {playbook.contract_kind} 的合约"
        if playbook.key not in started and not playbook.signals and not playbook.stages:
            yield (*where, "key"), f"没有信号或阶段用到打法 {playbook.key}"
        yield from _slots(where, playbook, _allowed(playbook))
        for at, follow_up in enumerate(playbook.follow_ups):
            yield from _event((*where, "follow_ups", at, "event"), follow_up.event)


def _allowed(playbook: Playbook) -> set[str]:
    allowed = set(SLOTS)
    if playbook.contract_kind is None:
        allowed -= _NEEDS_CONTRACT
    if playbook.offer is None:
        allowed -= {"benefit"}
    return allowed


def _slots(where: Path, part: object, allowed: set[str]) -> Iterator[Fault]:
    for path, words in all_words(part, where):
        for slot in words.slots:
            if slot not in SLOTS:
                yield (*path, "zh"), f"不认识空位 {{{slot}}}"
            elif slot not in allowed:
                yield (*path, "zh"), f"这里填不出 {{{slot}}}"


def _no_selling(where: Path, part: object) -> Iterator[Fault]:
    for path, words in all_words(part, where):
        if found := _SELLING.search(words.zh):
            yield (*path, "zh"), f"日常关怀里不提{found.group()}"


def _event(where: Path, name: str | None) -> Iterator[Fault]:
    if name is not None and name not in EVENT_KINDS:
        yield where, f"没有叫 {name} 的事件"


def _whole(pack: Pack) -> Iterator[Fault]:
    if pack.cards.pool_notice_days > pack.cards.pool_after_days:
        yield ("cards", "pool_notice_days"), "提前几天提醒不能比进公海的天数还长"
    for outcome in OUTCOMES:
        if outcome not in pack.outcomes:
            yield ("outcomes",), f"没有写 {outcome} 之后怎么办"
    for stage in ("A", "B", "C", "D", "E"):
        if not any(stage in p.stages for p in pack.playbooks):
            yield ("playbooks",), f"阶段 {stage} 没有打法"
    for at, follow_up in enumerate(pack.follow_ups):
        yield from _event(("follow_ups", at, "event"), follow_up.event)
