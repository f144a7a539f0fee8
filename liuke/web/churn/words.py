"""The words of win-back pages: where a case stands, why so much effort, how often it worked."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from liuke.churn.labels import State, Tier
from liuke.churn.models import WinBack
from liuke.churn.queries import FEWEST, Rate
from liuke.web.words import brief, money, monthday, percent

TONES = {State.PROPOSED: "warn", State.OPEN: "", State.RETURNED: "good", State.LET_GO: "line", State.DROPPED: "line"}


def state_tag(case: WinBack, offer_waits: bool = False) -> tuple[str, str]:
    """(words, tone) of where it stands."""
    if offer_waits and case.tier != Tier.HARMFUL:
        return _("优惠等批"), "warn"
    if case.tier == Tier.HARMFUL and case.state in (State.PROPOSED, State.OPEN):
        return _("等总经理定"), "warn"
    return str(State(case.state).label), TONES.get(State(case.state), "line")


def tier_words(case: WinBack) -> str:
    """Why so much effort."""
    slots = {"money": money(case.value_cents)}
    return {
        "account": _("大客户"),
        "grade_a": _("最后一年买了 %(money)s，够 A 级") % slots,
        "ordinary": _("最后一年买了 %(money)s") % slots,
        "small": _("最后一年买了 %(money)s，不多") % slots,
        "person": _("人定的"),
    }.get(case.tier_why, "")


def tier_meaning(tier: str) -> str:
    """What the effort consists of."""
    return {
        Tier.KEY: _("主管上门，优惠专门定。"),
        Tier.ORDINARY: _("业务员打电话，按规矩给优惠。"),
        Tier.SMALL: _("发条消息，花费要小。"),
        Tier.HARMFUL: _("对公司有害的，总经理定了就放弃，不再联系。"),
    }[Tier(tier)]


def rate_words(rate: Rate) -> str:
    """26.3%, with its interval; counts of fewer than 30."""
    if rate.tried < FEWEST:
        return f"{rate.returned} ÷ {rate.tried}"
    slots = {"share": percent(rate.returned / rate.tried), "low": percent(rate.low), "high": percent(rate.high)}
    return _("%(share)s（95%% 区间 %(low)s–%(high)s）") % slots


def money_after(case: WinBack, so_far: int | None, first_days: int, second_days: int) -> list[tuple[str, str]]:
    """What he brought since he came back: (label, amount or when it will be known)."""
    assert case.returned_on is not None
    rows = []
    for days, cents in ((first_days, case.first_cents), (second_days, case.second_cents)):
        label = _("%(days)s 天买") % {"days": days}
        rows.append((label, money(cents) if cents is not None else _("还没满")))
    if case.second_cents is None and so_far is not None:
        rows.append((_("到今天买"), money(so_far)))
    return rows


def finding(counts: dict[str, int], whole: list[Rate]) -> str:
    """The list's first sentence."""
    slots = {"open": counts["open"], "proposed": counts["proposed"]}
    said = _("在挽回 %(open)s 位，%(proposed)s 位等着开始") % slots
    if whole and whole[0].tried:
        more = {"said": said, "tried": whole[0].tried, "back": whole[0].returned, "rate": rate_words(whole[0])}
        if whole[0].tried >= FEWEST:
            return _("%(said)s。试过的 %(tried)s 位回来 %(back)s 位，%(rate)s。") % more
        return _("%(said)s。试过的 %(tried)s 位回来 %(back)s 位。") % more
    return _("%(said)s。") % {"said": said}


def lost_words(case: WinBack, today: date) -> str:
    """3月2日走的，最后一年买了 ¥4,200."""
    return _("%(day)s走的，最后一年买了 %(money)s") % {"day": monthday(case.lost_on, today), "money": brief(case.value_cents)}
