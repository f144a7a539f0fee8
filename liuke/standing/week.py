"""What changed in a customer's probability of leaving since the week before, in one or two plain sentences."""

from __future__ import annotations

from datetime import date

import pyarrow.compute as pc
from django.utils.translation import gettext

from liuke.analytics.days import day_number
from liuke.analytics.tables import Tables
from liuke.standing.labels import LeaveBy
from liuke.standing.models import Run, Standing
from liuke.standing.reasons import number, percent_of, spoken_day

LATE = 10
"""Days after which the run before is named by its day rather than as last week's."""
_TOLD = (
    "severe_complaint_opened", "severe_complaint_closed", "told_leaving", "satisfaction", "bought_elsewhere", "need_met", "need_recorded",
    "referral_came", "package_bought", "tier_raised", "event_attended",
)  # fmt: skip


def changed_since(row: Standing, then: Standing | None, run: Run, before: Run | None, mine: Tables, day: date | None = None) -> list[str]:
    """`row` of `run` against `then` of `before` (a week or more earlier); [] where there was no run. At most two sentences. `day`: the
    one `row` was judged as of, where that is later than the run's.

    Compared is what was reckoned; that a person has said otherwise is the second sentence.
    """
    if before is None or row.model_share is None:
        return []
    if then is None or then.model_share is None:
        return [gettext("上周还没有成交，没有可比的。")]
    day = day or run.as_of
    slots = {
        "when": gettext("上周") if (day - before.as_of).days <= LATE else spoken_day(before.as_of, day),
        "then": percent_of(then.model_share),
        "now": percent_of(row.model_share),
        "cause": _cause(row, then, day, before.as_of),
    }
    if slots["then"] == slots["now"]:
        first = gettext("%(when)s %(then)s，这周还是 %(now)s：%(cause)s。") % slots
    else:
        first = gettext("%(when)s %(then)s，这周 %(now)s：%(cause)s。") % slots
    second = _further(row, then, run, before) or _told(mine, before.as_of, day)
    return [first, second] if second else [first]


def _cause(row: Standing, then: Standing, as_of: date, before: date) -> str:
    if row.last_deal != then.last_deal or row.deal_days > then.deal_days:
        return gettext("%(day)s来过") % {"day": spoken_day(row.last_deal, as_of)}
    slots = {"days": (as_of - before).days}
    cycles, cycles_then = row.elapsed_cycles(as_of), then.elapsed_cycles(before)
    if cycles is None or cycles_then is None:
        return gettext("又 %(days)s 天没来") % slots
    if int(cycles) > int(cycles_then):
        return gettext("又 %(days)s 天没来，过了 %(n)s 个周期") % (slots | {"n": int(cycles)})
    shown = min(round(cycles, 1), int(cycles) + 0.9)  # not rounded up to a cycle that is not over
    return gettext("又 %(days)s 天没来，现在 %(n)s 个周期") % (slots | {"n": number(shown)})


def _further(row: Standing, then: Standing, run: Run, before: Run) -> str:
    """That a person said otherwise, or that it was reckoned otherwise."""
    if row.leave_by == LeaveBy.PERSON:
        changed = then.leave_by != LeaveBy.PERSON or then.leave_share != row.leave_share
        return gettext("其间有人改成 %(share)s，现在按改的算。") % {"share": percent_of(row.leave_share)} if changed else ""
    if then.leave_by == LeaveBy.PERSON:
        return gettext("原来有人改成 %(share)s，现在不算数了。") % {"share": percent_of(then.leave_share)}
    if row.leave_by != then.leave_by:
        return gettext("其间换了算法，原来用%(old)s，现在用%(new)s。") % {"old": _by(then.leave_by), "new": _by(row.leave_by)}
    return gettext("其间模型重算过。") if run.fit_id and run.fit_id != before.fit_id else ""


def _by(key: str) -> str:
    return str(LeaveBy(key).label) if key else "—"


def _told(mine: Tables, since: date, until: date) -> str:
    """The last thing recorded of the customer in between that a judgement may rest on."""
    events = mine.events
    within = pc.and_(pc.greater(events["day"], day_number(since)), pc.less_equal(events["day"], day_number(until)))
    rows = [row for row in events.filter(within).sort_by("day").to_pylist() if row["kind"] in _TOLD]
    if not rows:
        return ""
    kind, value = rows[-1]["kind"], rows[-1]["value"]
    return {
        "severe_complaint_opened": lambda: gettext("其间有一起严重投诉。"),
        "severe_complaint_closed": lambda: gettext("其间严重投诉结了。"),
        "told_leaving": lambda: gettext("其间明说了要走。"),
        "satisfaction": lambda: gettext("其间满意度打了 %(value)s 分。") % {"value": value},
        "bought_elsewhere": lambda: gettext("其间在别处买过。"),
        "need_met": lambda: gettext("其间有需求满足了。"),
        "need_recorded": lambda: gettext("其间提了需求。"),
        "referral_came": lambda: gettext("其间介绍的朋友来了。"),
        "package_bought": lambda: gettext("其间买了套餐。"),
        "tier_raised": lambda: gettext("其间会员升了级。"),
        "event_attended": lambda: gettext("其间参加了我们的活动。"),
    }[kind]()
