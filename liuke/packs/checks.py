"""What a pack must keep across its parts: references, slots, conditions, and care before selling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from liuke.packs import care, survey
from liuke.packs.expressions import fault
from liuke.packs.following import loops
from liuke.packs.playbook import OUTCOMES, Next, Playbook
from liuke.packs.saying import Said
from liuke.packs.schema import Pack
from liuke.packs.words import all_words, braced, slots, slots_outside

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
    "event": "请他来的活动",
    "event_day": "活动是哪天",
    "gift": "来了给他的一份心意",
    "promise": "答应过、没办到的事",
}
"""What the words of steps and scripts may leave open, and its meaning."""

# Care is never a sales pitch: what a care contact says may not even mention these.
_SELLING = re.compile("优惠|打折|[一二三四五六七八九]折|特价|促销|免费|赠|礼品|券|下单|充值")

_NEEDS_CONTRACT = {"contract", "contract_end"}
_INVITES = {"event", "event_day", "gift"}
_BROKEN = "promise_broken"
_CONTRACT_CALL = re.compile(r"\b(?:days_left|days_expired|remaining)\(\s*['\"]([^'\"]*)['\"]")
_EVENT_CALL = re.compile(r"\b(?:days_since|count|last_value|previous_value)\(\s*['\"]([^'\"]*)['\"]")

EVENT_KINDS = frozenset(
    "told_leaving membership_cancelled points_used_up points_drained died moved_away closed_down referral_came referral_bought tier_raised"
    " package_bought event_attended bought_elsewhere need_recorded need_met satisfaction recommend severe_complaint_opened"
    " severe_complaint_closed price_asked rival_seen long_absent regular_visits advice_asked promise_broken".split()
)
"""Facts that may stand on a card (customers.Event.kind)."""


def cross_checks(pack: Pack) -> list[Fault]:
    """Every fault that one part cannot see by itself: (path, Chinese sentence)."""
    return [*_unique(pack), *_signals(pack), *_scripts(pack), *_playbooks(pack), *_care(pack), *_surveys(pack), *_whole(pack)]


UNIQUE = ("signals", "playbooks", "scripts", "contract_kinds", "fields", "products", "follow_ups", "practice", "care", "survey_forms")
"""Parts in which each key stands once."""


def _unique(pack: Pack) -> Iterator[Fault]:
    for part in UNIQUE:
        seen: set[str] = set()
        for index, item in enumerate(getattr(pack, part)):
            if item.key in seen:
                yield (part, index, "key"), Said("%(key)s 用了两次", key=item.key)
            seen.add(item.key)


def _signals(pack: Pack) -> Iterator[Fault]:
    playbooks = {p.key: p for p in pack.playbooks}
    for index, signal in enumerate(pack.signals):
        where: Path = ("signals", index)
        if signal.playbook not in playbooks:
            yield (*where, "playbook"), Said("没有叫 %(key)s 的打法", key=signal.playbook)
        elif signal.family == "service" and playbooks[signal.playbook].offer:
            yield (*where, "playbook"), Said("关怀的信号不带优惠，打法 %(key)s 却有 offer", key=signal.playbook)
        if signal.gone and signal.playbook in playbooks and _sells(pack, playbooks[signal.playbook]):
            yield (*where, "gone"), Said("客户已经走了，不再推荐、不再挽留，打法 %(key)s 却是", key=signal.playbook)
        yield from _expression(pack, (*where, "condition"), signal.own_condition)
        for lang in ("zh", "en"):
            for slot in slots(getattr(signal.evidence, lang)):
                yield from _expression(pack, (*where, "evidence", lang), slot)


def _sells(pack: Pack, playbook: Playbook) -> bool:
    scenario = next((script.scenario for script in pack.scripts if script.key == playbook.script), None)
    return playbook.offer is not None or playbook.contract_kind is not None or scenario in ("offer", "retention")


def _expression(pack: Pack, where: Path, text: str) -> Iterator[Fault]:
    if (message := fault(text)) is not None:
        yield where, Said("看不懂 %(text)s：%(why)s", text=text, why=message)
    kinds = {kind.key for kind in pack.contract_kinds}
    for name in _CONTRACT_CALL.findall(text):
        if name not in kinds:
            yield where, Said("没有叫 %(key)s 的合约", key=name)
    for name in _EVENT_CALL.findall(text):
        if name not in EVENT_KINDS:
            yield where, Said("没有叫 %(key)s 的事件", key=name)


def _scripts(pack: Pack) -> Iterator[Fault]:
    for index, card in enumerate(pack.practice):
        yield from _slots(("practice", index), card, set())  # the customer on the card is made up: there is nothing to fill in
    # A script is shared: it may only use what every contact has.
    for index, script in enumerate(pack.scripts):
        yield from _slots(("scripts", index), script, set(SLOTS) - _NEEDS_CONTRACT - _INVITES - {"benefit", "promise"})
        if script.scenario == "care":
            yield from _no_selling(("scripts", index), script)

    yield from _slots(("invitation",), pack.invitation, set(SLOTS) - _NEEDS_CONTRACT - {"benefit", "promise"})


def _playbooks(pack: Pack) -> Iterator[Fault]:
    signals = {s.key for s in pack.signals}
    started = {s.playbook for s in pack.signals}
    owing = {s.playbook for s in pack.signals if s.key == _BROKEN}
    scripts = {s.key: s for s in pack.scripts}
    kinds = {k.key for k in pack.contract_kinds}
    known = {p.key for p in pack.playbooks}
    nexts = [*pack.outcomes.values(), *(f.next for f in pack.follow_ups)]
    nexts += [step for p in pack.playbooks for step in (*p.outcomes.values(), *(f.next for f in p.follow_ups))]
    followed = {step.playbook for step in nexts}
    for index, playbook in enumerate(pack.playbooks):
        where: Path = ("playbooks", index)
        for at, key in enumerate(playbook.signals):
            if key not in signals:
                yield (*where, "signals", at), Said("没有叫 %(key)s 的信号", key=key)
        if playbook.script not in scripts:
            yield (*where, "script"), Said("没有叫 %(key)s 的话术", key=playbook.script)
        elif scripts[playbook.script].scenario == "care":
            if playbook.offer:
                yield (*where, "offer"), Said("日常关怀不带优惠")
            yield from _no_selling(where, playbook)
        if playbook.contract_kind is not None and playbook.contract_kind not in kinds:
            yield (*where, "contract_kind"), Said("没有叫 %(key)s 的合约", key=playbook.contract_kind)
        if playbook.key not in started | followed and not playbook.signals and not playbook.stages:
            yield (*where, "key"), Said("没有信号或阶段用到打法 %(key)s", key=playbook.key)
        yield from _following(where, playbook, known)
        yield from _limits(where, playbook)
        yield from _slots(where, playbook, _allowed(playbook, playbook.key in owing))
        for at, follow_up in enumerate(playbook.follow_ups):
            yield from _event((*where, "follow_ups", at, "event"), follow_up.event)


def _following(where: Path, playbook: Playbook, known: set[str]) -> Iterator[Fault]:
    """Playbooks that are to follow after an outcome are there."""
    for outcome, step in playbook.outcomes.items():
        yield from _followed((*where, "outcomes", outcome), step, known)
    for at, follow_up in enumerate(playbook.follow_ups):
        yield from _followed((*where, "follow_ups", at, "next"), follow_up.next, known)


def _followed(where: Path, step: Next, known: set[str]) -> Iterator[Fault]:
    if step.playbook is not None and step.playbook not in known:
        yield (*where, "playbook"), Said("没有叫 %(key)s 的打法", key=step.playbook)


def _limits(where: Path, playbook: Playbook) -> Iterator[Fault]:
    """Whoever approves may give at least as much as those he approves it for."""
    if playbook.offer is None:
        return
    limits = playbook.offer.limits_cents
    for role in ("rep", "agent"):
        if getattr(limits, role) > limits.supervisor:
            yield (*where, "offer", "limits_cents", role), Said("自己能给的不能比主管能给的多")


def _allowed(playbook: Playbook, owing: bool) -> set[str]:
    allowed = set(SLOTS) - _INVITES
    if not owing and _BROKEN not in playbook.signals:
        allowed -= {"promise"}
    if playbook.contract_kind is None:
        allowed -= _NEEDS_CONTRACT
    if playbook.offer is None:
        allowed -= {"benefit"}
    return allowed


def _slots(where: Path, part: object, allowed: set[str]) -> Iterator[Fault]:
    """Each slot that cannot be filled where it stands, with those that can."""
    listed = braced(slot for slot in SLOTS if slot in allowed)
    for path, words in all_words(part, where):
        for lang, slot in slots_outside(words, allowed):
            if not allowed:
                yield (*path, lang), Said("这里没有东西可填，去掉 %(slot)s", slot=braced([slot]))
            elif slot not in SLOTS:
                yield (*path, lang), Said("不认识空位 %(slot)s，能用的有 %(allowed)s", slot=braced([slot]), allowed=listed)
            else:
                yield (*path, lang), Said("这里填不出 %(slot)s，能用的有 %(allowed)s", slot=braced([slot]), allowed=listed)


def _no_selling(where: Path, part: object) -> Iterator[Fault]:
    for path, words in all_words(part, where):
        if found := _SELLING.search(words.zh):
            yield (*path, "zh"), Said("日常关怀里不提%(word)s", word=found.group())


def _surveys(pack: Pack) -> Iterator[Fault]:
    for index, ready in enumerate(pack.survey_forms):
        for path, said in survey.faults(ready.form):
            yield ("survey_forms", index, "form", *path), said


def _care(pack: Pack) -> Iterator[Fault]:
    kinds = {kind.key for kind in pack.contract_kinds}
    for index, occasion in enumerate(pack.care):
        for path, said in care.faults(occasion, kinds):
            yield ("care", index, *path), said


def _event(where: Path, name: str | None) -> Iterator[Fault]:
    if name is not None and name not in EVENT_KINDS:
        yield where, Said("没有叫 %(key)s 的事件", key=name)


def _whole(pack: Pack) -> Iterator[Fault]:
    if pack.cards.pool_notice_days > pack.cards.pool_after_days:
        yield ("cards", "pool_notice_days"), Said("提前几天提醒不能比进公海的天数还长")
    for outcome in OUTCOMES:
        if outcome not in pack.outcomes:
            yield ("outcomes",), Said("没有写 %(outcome)s 之后怎么办", outcome=outcome)
    for stage in ("A", "B", "C", "D", "E"):
        if not any(stage in p.stages for p in pack.playbooks):
            yield ("playbooks",), Said("阶段 %(stage)s 没有打法", stage=stage)
    known = {p.key for p in pack.playbooks}
    for at, follow_up in enumerate(pack.follow_ups):
        yield from _event(("follow_ups", at, "event"), follow_up.event)
        yield from _followed(("follow_ups", at, "next"), follow_up.next, known)
    for outcome, step in pack.outcomes.items():
        yield from _followed(("outcomes", outcome), step, known)
    places = {p.key: index for index, p in enumerate(pack.playbooks)}
    for loop in loops(pack.playbooks, pack.outcomes, pack.follow_ups, pack.contact_budget.in_days):
        names = [pack.playbook(key).name.zh for key in loop.keys]
        yield (
            ("playbooks", places[loop.keys[0]], *loop.where),
            Said("打法转回了自己，中间没有歇：%(chain)s", chain=" → ".join([*names, names[0]])),
        )
