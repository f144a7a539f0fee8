"""Why this probability of leaving: what moved it, what changed since last week, what would lower it; in sentences, for the card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from django.utils.translation import gettext, ngettext

from liuke.analytics.churn.typical import Lived
from liuke.analytics.churn.what_if import Judged, judge
from liuke.analytics.churn.why import EVENTS, MONEY, OFTEN, SILENCE, TENURE, Parts, parts_of, rounded
from liuke.analytics.cycle import cycle_ratio
from liuke.analytics.days import day_number
from liuke.analytics.summary import Cuts
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.money import format_cents
from liuke.packs.schema import Pack
from liuke.standing.backtest_words import FEW, model_line, why_words
from liuke.standing.fitting import churn_of
from liuke.standing.labels import LeaveBy
from liuke.standing.models import LeaveOverride, Run, Standing
from liuke.standing.overriding import in_force
from liuke.standing.queries import standings
from liuke.standing.reading import tables
from liuke.standing.reasons import contract_words, number, percent_of, recency, whole_percent
from liuke.standing.week import changed_since

Told = TypeVar("Told", Judged, Parts)
WEEK = timedelta(days=7)
ROUNDING = 0.01
"""What is told anew of a customer may differ so much from his row; where it differs more it is of another day, and not said."""


@dataclass(frozen=True)
class Moved:
    """One part: the group's word, whole percentage points (they add up to `share` − `typical`), the evidence in a sentence."""

    word: str
    points: int
    text: str


@dataclass(frozen=True)
class Lowered:
    """What would lower it, and the probability after it in words."""

    word: str
    share: str


@dataclass(frozen=True)
class Why:
    """What the card says of one customer's probability of leaving.

    `state`: no_run (insight has not run), new (the card is younger than the run), never (no deal yet), rule, model. Where it is none of
    the last two all else is empty. `share` is what counts, in words, `by` what it comes from, `model_share` what was reckoned where a
    person said otherwise.
    """

    state: str
    by: str = ""
    source: str = ""
    share: str = ""
    model_share: str = ""
    said: LeaveOverride | None = None
    future: str = ""
    typical: str = ""
    moved: tuple[Moved, ...] = ()
    band: str = ""
    changed: tuple[str, ...] = ()
    lower: tuple[Lowered, ...] = ()
    fitted: tuple[str, ...] = ()


def why(customer: Customer, run: Run | None, pack: Pack) -> Why:
    """Of one customer as of a run, or as of his last deal where that is later (his row was judged again that day); `run` with its `fit`.

    Reads the customer's own rows; the number of queries does not depend on them.
    """
    if run is None:
        return Why("no_run")
    row = standings(run).filter(customer=customer).first()
    if row is None:
        return Why("new")
    if row.leave_share is None:
        return Why("never")
    as_of, limits = max(run.as_of, row.last_deal or run.as_of), pack.thresholds
    mine, churn = tables([customer.pk]), churn_of(run.fit)
    cuts = Cuts.from_json(json.dumps(run.cuts))
    judged = _near(judge(mine, day_number(as_of), cuts, limits, churn), row)
    parts = _near(parts_of(churn.chosen, judged.asked, judged.features) if churn and judged else None, row)
    before = Run.objects.filter(finished_at__isnull=False, as_of__lte=run.as_of - WEEK).order_by("-as_of").first()
    then = standings(before).filter(customer=customer).first()
    return Why(
        state="model" if churn else "rule",
        by=row.leave_by,
        source=str(LeaveBy(row.leave_by).label),
        share=percent_of(row.leave_share),
        model_share=percent_of(row.model_share) if row.leave_by == LeaveBy.PERSON else "",
        said=(in_force(customer, as_of) or in_force(customer, clock.today())) if row.leave_by == LeaveBy.PERSON else None,
        future=future(row, run.fit.key if run.fit else ""),
        typical=percent_of(parts.typical) if parts else "",
        moved=moved(parts, row, judged, mine, cuts, as_of, pack) if parts and judged else (),
        band=band_sentence(judged, cuts, limits) if judged and not churn else "",
        changed=tuple(changed_since(row, then, run, before, mine, as_of)),
        lower=lowered(judged, pack) if judged else (),
        fitted=tuple(line for line in (model_line(run.fit), why_words(run.fit.why) if run.fit and churn else "") if line),
    )


def _near(told: Told | None, row: Standing) -> Told | None:
    """What is told, unless it is of another probability than the row's."""
    return told if told is not None and abs(told.share - (row.model_share or 0.0)) <= ROUNDING else None


def future(row: Standing, model: str) -> str:
    """还是我们客户的可能 92%，未来一年预计来 3.2 次，每次约 ¥812; "" without a model. Where a model learned from outcomes was chosen,
    P(alive) is another model's, which looks at the rhythm alone and may say the opposite: then it is left out."""
    if row.expected_deals is None:
        return ""
    learned = model == LeaveBy.ADDITIVE
    slots = {"n": number(row.expected_deals), "alive": percent_of(row.alive_share)}
    if row.expected_deals < 0.05:
        return gettext("未来一年预计不会来。") if learned else gettext("还是我们客户的可能 %(alive)s，未来一年预计不会来。") % slots
    slots["each"] = format_cents(max(round(row.expected_cents / row.expected_deals / 100), 0) * 100)
    if learned:
        return gettext("未来一年约来 %(n)s 次，每次约 %(each)s。") % slots
    return gettext("还是我们客户的可能 %(alive)s，未来一年预计来 %(n)s 次，每次约 %(each)s。") % slots


# ── parts ────────────────────────────────────────────────────────────────────


def moved(parts: Parts, row: Standing, judged: Judged, mine: Tables, cuts: Cuts, as_of: date, pack: Pack) -> tuple[Moved, ...]:
    """The parts in whole points: those that raise it, then those that lower it, each the largest first; one of no point is left out."""
    total = whole_percent(row.model_share or 0.0) - whole_percent(parts.typical)
    whole = rounded(parts.points, total)

    def evidence(name: str, points: int) -> str:
        if name == SILENCE:
            return _silence(row, parts.usual, cuts, as_of, pack)
        return happened(judged, mine, points, pack) if name == EVENTS else _evidence(name, parts, judged)

    rows = [Moved(_group(name), points, evidence(name, points)) for name, points in whole.items() if points]
    return tuple(sorted(rows, key=lambda one: (one.points < 0, -abs(one.points), one.word)))


def _group(name: str) -> str:
    return {
        SILENCE: gettext("多久没来"),
        OFTEN: gettext("来得多勤"),
        TENURE: gettext("来了多久"),
        MONEY: gettext("花了多少"),
        EVENTS: gettext("发生的事"),
    }[name]


def _silence(row: Standing, usual: Lived, cuts: Cuts, as_of: date, pack: Pack) -> str:
    """Days and cycles: who comes often is missed sooner."""
    doubled = 2 * usual.span_days // usual.repeats if usual.repeats else 0
    top, bottom = cycle_ratio(np.array([usual.repeats + 1]), np.array([doubled]), cuts.m_pop2, pack.thresholds.k)
    slots = {
        "mine": recency(row, as_of),
        "cycles": number(row.elapsed_cycles(as_of)),
        "typical": usual.silence_days,
        "usual": number(usual.silence_days * int(bottom[0]) / int(top[0])),
    }
    if slots["mine"] == 0:
        return gettext("**刚来过**；常见 %(typical)s 天没来，%(usual)s 个周期。") % slots
    return gettext("**%(mine)s 天**没来，**%(cycles)s 个周期**；常见 %(typical)s 天，%(usual)s 个。") % slots


def _evidence(name: str, parts: Parts, judged: Judged) -> str:
    mine, typical, known = judged.asked, parts.usual, judged.known
    if name == OFTEN and TENURE in parts.points:
        slots = {"mine": number(mine.span_days / mine.repeats, 0), "typical": number(typical.span_days / typical.repeats, 0)}
        return gettext("平均 **%(mine)s 天**一次，常见的是 %(typical)s 天。") % slots
    if name == OFTEN:
        return gettext("来过 **%(mine)s 次**，常见的是 %(typical)s 次。") % {"mine": mine.repeats + 1, "typical": typical.repeats + 1}
    if name == TENURE:
        slots = {"mine": _long(mine.span_days), "typical": _long(typical.span_days)}
        return gettext("前后来了 **%(mine)s**，常见的是 %(typical)s。") % slots
    return gettext("近 12 个月净消费 **%(amount)s**。") % {"amount": format_cents(int(known.column("amount_12m")[0]))}


def _long(days: int) -> str:
    """20 天, 7 个月, 3.4 年."""
    if days < 60:
        return ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days}
    months = round(days / 30.4375)
    if months < 24:
        return ngettext("%(n)s 个月", "%(n)s 个月", months) % {"n": months}
    return gettext("%(n)s 年") % {"n": number(days / 365.25)}


def happened(judged: Judged, mine: Tables, points: int, pack: Pack) -> str:
    """What was recorded of him; where nothing was, what is missing that would have moved it the other way."""
    known, flags = judged.known, judged.features or {}
    words = {
        "told_leaving": gettext("明说了要走"),
        "complaint": gettext("有严重投诉没结"),
        "unhappy": gettext("最近一次满意度低"),
        "need": gettext("有需求没满足"),
        "elsewhere": gettext("在别处买过"),
        "points_drained": gettext("积分一次用掉大半"),
        "owner_left": gettext("业务员已离职"),
        "key_account": gettext("是大客户"),
        "fan": gettext("介绍过朋友或愿意推荐"),
        "referral_bought": gettext("介绍的朋友买过"),
        "package_bought": gettext("买过套餐"),
        "tier_raised": gettext("会员升过级"),
        "event_attended": gettext("参加过活动"),
    }
    found = [text for name, text in words.items() if name in flags and flags[name][0]]
    if kind := known.customers["contract_kind"][0].as_py():
        found.insert(0, gettext("%(kind)s到期没续") % {"kind": contract_words(kind, pack)})
    if found:
        return gettext("，").join(found[:3]) + gettext("。")
    if points > 0:
        return gettext("没介绍过朋友。")
    kinds = set(mine.events["kind"].to_pylist())
    found = [gettext("投诉都结了") if "severe_complaint_opened" in kinds else gettext("没有投诉")]
    if mine.contracts.num_rows:
        found.append(gettext("没有到期没续"))
    if "need_recorded" in kinds:
        found.append(gettext("需求都满足了"))
    return gettext("、").join(found) + gettext("。")


# ── the rule, and what would help ────────────────────────────────────────────


def band_sentence(judged: Judged, cuts: Cuts, limits: Thresholds) -> str:
    """Which band of cycles, and how many of how many left a year before."""
    place = judged.band
    edges = ["", *(number(float(edge), 2) for edge in limits.band_edges), ""]
    slots = {"low": edges[place], "high": edges[place + 1], "n": f"{cuts.sampled[place]:,}", "left": f"{cuts.left[place]:,}"}
    where = (
        gettext("不到 %(high)s 个周期") if not edges[place] else gettext("%(low)s 个周期以上") if not edges[place + 1]
        else gettext("%(low)s 到 %(high)s 个周期")
    ) % slots  # fmt: skip
    slots |= {"where": where, "share": percent_of(judged.share)}
    if not cuts.sampled[place]:
        return gettext("停在%(where)s没来。一年前没有人停在这里，先用行业包的假设 %(share)s。") % slots
    if cuts.sampled[place] < FEW:
        return gettext("停在%(where)s没来。一年前停在这里的 %(n)s 位里，%(left)s 位一年内没再来；人少，说不准。") % slots
    return gettext("停在%(where)s没来。一年前停在这里的 %(n)s 位里，%(left)s 位一年内没再来。") % slots


def lowered(judged: Judged, pack: Pack) -> tuple[Lowered, ...]:
    """What would lower it so that one sees it."""
    found = (Lowered(_act(one.what, judged, pack), percent_of(one.share)) for one in judged.lower)
    return tuple(one for one in found if one.share != percent_of(judged.share))


def _act(what: str, judged: Judged, pack: Pack) -> str:
    words = {
        "deal": lambda: gettext("今天来一次"),
        "complaint": lambda: gettext("投诉结了"),
        "unhappy": lambda: gettext("满意度回到 4 分"),
        "need": lambda: gettext("需求满足了"),
        "contract": lambda: (
            gettext("%(kind)s续上") % {"kind": contract_words(judged.lapsed[0], pack)}
            if len(judged.lapsed) == 1
            else gettext("到期的合约都续上")
        ),
        "owner": lambda: gettext("换在职的业务员跟"),
    }
    return words[what]()
