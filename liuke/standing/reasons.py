"""Every judgement in one plain sentence with its evidence, in the reader's language. Made from a standing row when it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from liuke.analytics.days import day_number
from liuke.analytics.figures import figure
from liuke.kernel import clock
from liuke.kernel.money import format_cents
from liuke.packs.schema import Pack
from liuke.packs.words import Lang, fill
from liuke.standing.labels import LeaveBy
from liuke.standing.models import Signal, Standing


@dataclass(frozen=True)
class Reason:
    """`about` names the judgement (stage, abc, attitude, type, risk, rfm), `text` is its sentence."""

    about: str
    text: str


def number(value: float | None, digits: int = 1) -> str:
    """A figure without decimals that the data does not carry: 74, 2.9."""
    if value is None:
        return "—"
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spoken_day(day: date | None, as_of: date) -> str:
    """11月20日; another year is written."""
    if day is None:
        return "—"
    if (get_language() or "zh").startswith("zh"):
        return f"{day.month}月{day.day}日" if day.year == as_of.year else f"{day.year}年{day.month}月{day.day}日"
    return date_format(day, "j M" if day.year == as_of.year else "j M Y")


def recency(row: Standing, as_of: date) -> int | None:
    """Days since the last deal day."""
    return max((as_of - row.last_deal).days, 0) if row.last_deal else None


def stage_reason(row: Standing, as_of: date, pack: Pack) -> str:
    """Why the rule says this stage (of `stage_by_rule`)."""
    limit = pack.thresholds
    code = row.stage_code
    slots = {
        "days": recency(row, as_of),
        "cycle": number(row.cycle_days, 0),
        "elapsed": number(row.elapsed_cycles(as_of)),
        "deal_days": row.deal_days,
        "day": spoken_day(row.evidence_on, as_of),
        "last6": format_cents(row.last6_cents),
        "prev6": format_cents(row.prev6_cents),
        "contract": contract_words(row.evidence_kind, pack),
        "decline": limit.decline_elapsed,
        "exit": limit.exit_elapsed,
        "mature": limit.mature_intervals,
        "first": spoken_day(row.first_deal, as_of),
    }
    return _stage_sentence(code, row.deal_days >= limit.mature_days) % slots


def contract_words(kind: str, pack: Pack) -> str:
    """The name of a kind of contract; the key itself where the pack no longer knows it."""
    if not kind:
        return ""
    try:
        words = pack.contract_kind(kind).name
    except KeyError:
        return kind
    return words.zh if (get_language() or "zh").startswith("zh") else words.en


def _stage_sentence(code: str, often: bool) -> str:
    return {
        "E.told": lambda: gettext("%(day)s 明说了要走，之后没再来。"),
        "E.membership": lambda: gettext("积分用完又退了会（%(day)s），之后没再来。"),
        "E.died": lambda: gettext("%(day)s 得知已去世。"),
        "E.moved": lambda: gettext("%(day)s 得知已搬走，之后没再来。"),
        "E.closed": lambda: gettext("%(day)s 得知已停业，之后没再来。"),
        "E.elapsed": lambda: gettext("%(days)s 天没来，通常 %(cycle)s 天一次，已过 %(elapsed)s 个周期（满 %(exit)s 且满一年算离网）。"),
        "D.elapsed": lambda: gettext("%(days)s 天没来，通常 %(cycle)s 天一次，已过 %(elapsed)s 个周期（满 %(decline)s 算衰退）。"),
        "D.spend": lambda: gettext("近 6 个月消费 %(last6)s，之前 6 个月 %(prev6)s，掉了一半以上。"),
        "D.contract": lambda: gettext("%(contract)s%(day)s 到期，一个多月没续。"),
        "D.points": lambda: gettext("%(day)s 前后一次用掉了大半积分。"),
        "D.absent": lambda: gettext("%(day)s 记下很久没来，之后没再来。"),
        "C.regular": lambda: gettext("来过 %(deal_days)s 次，最近 %(mature)s 次都按 %(cycle)s 天左右的节奏。"),
        "C.referral": lambda: gettext("介绍的朋友 %(day)s 成交了。"),
        "C.visits": lambda: gettext("长期按时回来（%(day)s 记）。"),
        "B.deals": lambda: (
            gettext("来过 %(deal_days)s 次，最近几次间隔不齐。") if often else gettext("来过 %(deal_days)s 次，还没形成稳定节奏。")
        ),
        "B.tier": lambda: gettext("%(day)s 会员升了级。"),
        "B.package": lambda: gettext("%(day)s 买了套餐。"),
        "B.event": lambda: gettext("%(day)s 参加了我们的活动。"),
        "A.first": lambda: gettext("%(first)s 第一次成交，只来过 1 次。"),
        "A.prospect": lambda: gettext("建了档，还没有成交。"),
    }[code]()


def shown_reason(row: Standing, as_of: date, pack: Pack) -> str:
    """Why the shown stage is what it is: the rule's reason, and that the change is not yet seven days old where the two differ."""
    reason = stage_reason(row, as_of, pack)
    if row.stage == row.stage_by_rule:
        return reason
    wait = gettext("规则从 %(day)s 起这样判断，连续 %(n)s 天才改。") % {
        "day": spoken_day(row.rule_since, as_of),
        "n": pack.thresholds.stage_days,
    }
    return reason + wait


def _percent(share: str) -> str:
    return number(float(share) * 100, 0)


def abc_reason(row: Standing, pack: Pack) -> str:
    """Why this letter."""
    if row.amount_12m_cents <= 0:
        return gettext("近 12 个月没有净消费。")
    slots = {
        "amount": format_cents(row.amount_12m_cents),
        "a": _percent(pack.thresholds.abc_a),
        "b": _percent(pack.thresholds.abc_b),
    }
    return {
        "A": lambda: gettext("近 12 个月净消费 %(amount)s；排在前面的人合计不到 %(a)s%%。"),
        "B": lambda: gettext("近 12 个月净消费 %(amount)s；排在前面的人合计在 %(a)s%% 到 %(b)s%% 之间。"),
        "C": lambda: gettext("近 12 个月净消费 %(amount)s；排在前面的人合计已到 %(b)s%%。"),
    }[row.abc]() % slots


def attitude_reason(row: Standing, as_of: date, pack: Pack) -> str:
    """Why loyal, switching or neither."""
    limit = pack.thresholds
    elapsed = row.elapsed_cycles(as_of) or 0
    slots = {"n": row.deal_days, "elapsed": number(elapsed), "intervals": limit.loyal_intervals, "limit": limit.switcher_elapsed}
    sentences: dict[str, Callable[[], str]] = {
        "loyal": lambda: gettext("来过 %(n)s 次，最近 %(intervals)s 次都准时，没有在别处买的记录。"),
        "switcher": lambda: (
            gettext("来过 %(n)s 次，现在已过 %(elapsed)s 个周期（过了 %(limit)s 个算）。")
            if elapsed > float(limit.switcher_elapsed)
            else gettext("来过 %(n)s 次，在别处买过。")
        ),
        "none": lambda: _not_loyal(row.deal_days >= limit.loyal_days, elapsed > float(limit.loyal_elapsed)),
        "": lambda: gettext("还没有成交，看不出忠诚度。"),
    }
    return sentences[row.attitude]() % slots


def _not_loyal(often: bool, late: bool) -> str:
    if not often:
        return gettext("来过 %(n)s 次，还看不出偏好。")
    if late:
        return gettext("来过 %(n)s 次，现在已过 %(elapsed)s 个周期，没有在别处买的记录。")
    return gettext("来过 %(n)s 次，间隔不齐，也没有在别处买的记录。")


def type_reason(row: Standing, as_of: date, pack: Pack) -> str:
    """Why this customer type."""
    limit = pack.thresholds
    sentences: dict[str, Callable[[], str]] = {
        "marginal": lambda: gettext("有严重投诉没结，或最近一次满意度只有 %(low)s 分以下。"),
        "key": lambda: gettext("等级是 A 级。") if row.abc == "A" else gettext("是大客户。"),
        "fan": lambda: gettext("近两年介绍过朋友来，或愿意推荐打了 %(recommend)s 分以上。"),
        "potential": lambda: gettext("有没满足的需求，或以往消费在前 %(share)s%% 而近 12 个月不在。"),
        "zombie": lambda: gettext("%(days)s 天没来，也没有往来。") if row.deal_days else gettext("建档满 %(prospect)s 天，还没买过。"),
        "general": lambda: gettext("没有特别之处。"),
    }
    return sentences[row.type]() % {
        "low": limit.satisfaction_low,
        "recommend": limit.fan_recommend,
        "share": _percent(limit.potential_share),
        "days": recency(row, as_of),
        "prospect": limit.zombie_prospect_days,
    }


def risk_reason(row: Standing) -> str:
    """How the value at risk comes about: by a model, by those at the same point before, by the pack's assumption, or by a person's word."""
    if row.leave_share is None:
        return gettext("还没有成交，算不出可能失去多少。")
    expected = max(row.expected_cents, 0)
    if row.expected_deals is not None:  # reckoned by a model, which knows no fen
        expected = (expected + 50) // 100 * 100
    slots = {"share": percent_of(row.leave_share), "amount": format_cents(expected)}
    if row.leave_by == LeaveBy.PERSON:
        slots["model"] = percent_of(row.model_share)
        return gettext("人工判断流失概率 %(share)s，本来算的是 %(model)s；乘以预计一年消费 %(amount)s。") % slots
    if row.leave_by == LeaveBy.PRIOR:
        return gettext("停在同样周期数的老客户还没有满一年的数据，先假设 %(share)s 不再来；乘以上次成交前一年的消费 %(amount)s。") % slots
    if row.leave_by in ("", LeaveBy.BAND):
        return gettext("停在同样周期数的老客户，%(share)s 一年内没再来；乘以上次成交前一年的消费 %(amount)s。") % slots
    slots["n"] = str(min(max(whole_percent(row.leave_share), 1), 99))
    return gettext("流失概率 %(share)s × 预计一年消费 %(amount)s。像这样的 100 位里，约 %(n)s 位一年内不再来。") % slots


def percent_of(share: float | None) -> str:
    """A probability in whole per cent: 56%, never 0% or 100%, for nothing is certain."""
    if share is None:
        return "—"
    if share < 0.005:
        return gettext("不到 1%%") % {}
    if share >= 0.995:
        return gettext("超过 99%%") % {}
    return f"{whole_percent(share)}%"


def whole_percent(share: float) -> int:
    """A probability in whole per cent, half up."""
    return int(share * 100 + 0.5)


def rfm_reason(row: Standing, as_of: date) -> str:
    """The three scores with their figures."""
    if row.r is None:
        return gettext("还没有成交，没有 RFM 分。")
    return gettext("最近 %(r)s 分（%(days)s 天前），次数 %(f)s 分（%(n)s 次），金额 %(m)s 分（%(amount)s）。") % {
        "r": row.r,
        "f": row.f,
        "m": row.m,
        "days": recency(row, as_of),
        "n": row.deal_days,
        "amount": format_cents(row.amount_all_cents),
    }


def reasons(row: Standing, as_of: date, pack: Pack) -> list[Reason]:
    """All judgements on a customer, most telling first."""
    return [
        Reason("stage", shown_reason(row, as_of, pack)),
        Reason("abc", abc_reason(row, pack)),
        Reason("risk", risk_reason(row)),
        Reason("type", type_reason(row, as_of, pack)),
        Reason("attitude", attitude_reason(row, as_of, pack)),
        Reason("rfm", rfm_reason(row, as_of)),
    ]


def signal_reason(signal: Signal, pack: Pack, *, at_start: bool = False, as_of: date | None = None) -> str:
    """A signal's evidence as a sentence, of `as_of` (today when not given) or of the day it began.

    Its name where a count has run out since the last run (the contract ended yesterday); its key when the pack no longer knows it.
    """
    try:
        known = pack.signal(signal.key)
    except KeyError:
        return signal.key
    day = signal.started_on if at_start else as_of or clock.today(settings.TIME_ZONE)
    kept = signal.first_slots if at_start else signal.slots
    values = {name: figure(value, day_number(day)) for name, value in kept.items()}
    lang: Lang = "zh" if (get_language() or "zh").startswith("zh") else "en"
    if any(value is None and kept[name] is not None for name, value in values.items()):
        return known.name(lang)
    return fill(known.evidence(lang), lambda name: "—" if values.get(name) is None else values[name])
