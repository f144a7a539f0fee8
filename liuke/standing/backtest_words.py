"""A backtest in the words of somebody who leads: the finding, four sentences, which model and why. For pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.kernel import clock
from liuke.standing.labels import LeaveBy
from liuke.standing.models import ChurnFit

Result = Mapping[str, Any]
ABSENT = "absent"
"""Key of the plain rule that every model has to beat."""
GREEN = 0.2
"""Whoever was less likely than this to leave was called safe."""
FEW = 30
"""With fewer customers no share is said, but the two numbers."""
HONEST = 0.05
"""Up to this mean distance a probability may be taken at its word."""
NOT_FITTED = {
    "no_customers": gettext_lazy("那天还没有客户"),
    "one_day": gettext_lazy("成交都在同一天，看不出多久来一次"),
    "nobody_repeats": gettext_lazy("还没有人来过第二次"),
    "few_repeaters": gettext_lazy("回头客不到 200 位，模型学不准"),
    "no_convergence": gettext_lazy("模型算不稳"),
}
"""Why a model has no figures (analytics.churn.fit.NotFitted)."""
WHY = {
    "best_likelihood": gettext_lazy("几种算法里，它和过去的来往最合。"),
    "beats_others": gettext_lazy("拿过去的结果比过，它比别的都准。"),
    "asked_for": gettext_lazy("设置里指定用它。"),
    "asked_not_fitted": gettext_lazy("设置里指定的算不出来，改用和过去最合的。"),
}


def model_word(key: str) -> str:
    """The name of a model, or of the rule it is held against."""
    return _("最久没来的排前面") if key == ABSENT else str(LeaveBy(key).label)


def why_words(code: str) -> str:
    """Why this model is in use, as a sentence; "" for a code without one."""
    if code in NOT_FITTED:
        return _("%(why)s，先按规则判断。") % {"why": NOT_FITTED[code]}
    return str(WHY.get(code, ""))


def not_fitted_words(code: str) -> str:
    """Why a model has no figures, in a few words; "" for a code without any."""
    return str(NOT_FITTED.get(code, ""))


def model_line(fit: ChurnFit | None) -> str:
    """What stands beside a number: which model, fitted when, on how many customers; "" before a model was ever chosen."""
    if fit is None:
        return ""
    written = _("n月j日") if fit.fitted_on.year == clock.today().year else _("Y年n月j日")
    slots = {"model": model_word(fit.key), "day": dateformat.format(fit.fitted_on, written), "n": f"{fit.customers:,}"}
    if fit.key == LeaveBy.BAND:
        slots["why"] = not_fitted_words(fit.why) or _("没有用模型")
        return _("%(why)s：按%(model)s算，%(day)s，%(n)s 位客户。") % slots
    return _("%(model)s，%(day)s算的，按 %(n)s 位客户。") % slots


def row_of(result: Result, key: str) -> Mapping[str, Any]:
    """The figures of one model of a backtest; raises KeyError for one that is not in it."""
    for row in result["models"]:
        if row["model"] == key:
            found: Mapping[str, Any] = row
            return found
    raise KeyError(key)


def month_words(day: date, today: date) -> str:
    """去年11月, 今年3月, 2024年3月."""
    if day.year == today.year:
        return _("今年%(month)s") % {"month": dateformat.format(day, _("n月"))}
    if day.year == today.year - 1:
        return _("去年%(month)s") % {"month": dateformat.format(day, _("n月"))}
    return dateformat.format(day, _("Y年n月"))


TENTHS = (
    gettext_lazy("十个一个都没走"),
    gettext_lazy("十个走了一个"),
    gettext_lazy("十个走了两个"),
    gettext_lazy("十个走了三个"),
    gettext_lazy("十个走了四个"),
    gettext_lazy("十个走了五个"),
    gettext_lazy("十个走了六个"),
    gettext_lazy("十个走了七个"),
    gettext_lazy("十个走了八个"),
    gettext_lazy("十个走了九个"),
    gettext_lazy("几乎都走了"),
)


def finding(result: Result, as_of: date, today: date) -> str:
    """The page's title: what came of those who were said to leave."""
    when, said = month_words(as_of, today), result["said"]
    n, left = int(said["customers"]), int(said["left"])
    if not n:
        return _("%(when)s没有说谁会走，后来走了 %(left)s 位") % {"when": when, "left": f"{int(result['left']):,}"}
    if n < FEW:
        return _("%(when)s说会走的 %(n)s 位里，走了 %(left)s 位") % {"when": when, "n": n, "left": left}
    return _("%(when)s说会走的人里，%(tenths)s") % {"when": when, "tenths": TENTHS[int(10 * left / n + 0.5)]}


def green_words(leave: float) -> str:
    """The probability of somebody called safe: whole percent, never rounded up to where it would not be safe any more."""
    return f"{min(round(100 * leave), round(100 * GREEN) - 1)}%"


def sentences(result: Result) -> list[tuple[str, str]]:
    """(what it is about, the sentence): how well it tells, how honest the probability is, how many deals came, what it beat."""
    row = row_of(result, result["chosen"])
    return [
        (_("分得清吗"), _telling(result, row)),
        (_("说得准吗"), _honest(result, row)),
        (_("来了几次"), _deals(result, row)),
        (_("比土办法强吗"), _beat(result, row)),
    ]


def _telling(result: Result, row: Mapping[str, Any]) -> str:
    if row["auc"] is None:
        return _("说不准：%(n)s 位客户后来都一样。") % {"n": f"{result['customers']:,}"}
    if result["customers"] < FEW:
        return _("只有 %(n)s 位客户，太少，说不准。") % {"n": result["customers"]}
    average = 100 * result["left"] / result["customers"]
    slots = {"n": round(100 * row["auc"]), "top": round(row["lift_10"] * average), "average": round(average)}
    told = _("拿一位走了的和一位没走的比，100 次里有 %(n)s 次认得出。最该担心的那一成人里，走了 %(top)s%%；所有人里走了 %(average)s%%。")
    return told % slots


def _honest(result: Result, row: Mapping[str, Any]) -> str:
    if not result["customers"]:
        return _("说不准：没有客户可以比。")
    if row["ece"] is None:
        return _("规则说的是一年，这里只看 %(days)s 天，只能看先后。") % {"days": result["horizon_days"]}
    n = sum(b["n"] for b in result["calibration"])
    said = 100 * sum(b["n"] * b["predicted"] for b in result["calibration"]) / n
    if n < FEW:
        return _("%(n)s 位客户里说走 %(said)s 位，走了 %(left)s 位。") % {"n": n, "said": f"{said * n / 100:.1f}", "left": result["left"]}
    slots = {"said": round(said), "left": round(100 * result["left"] / n), "off": f"{100 * row['ece']:.1f}"}
    if row["ece"] <= HONEST:
        return _("一百位里说走 %(said)s 位，走了 %(left)s 位。分十档看，平均差 %(off)s 个百分点，概率可以直接用。") % slots
    return _("一百位里说走 %(said)s 位，走了 %(left)s 位。分十档看，平均差 %(off)s 个百分点，概率只看先后，别当真数。") % slots


def _deals(result: Result, row: Mapping[str, Any]) -> str:
    predicted, actual = row["predicted_deals"], row["actual_deals"]
    slots = {"days": result["horizon_days"], "actual": f"{actual:,}"}
    if predicted is None:
        return _("%(days)s 天里实际来了 %(actual)s 次。规则只说谁会走，不说来几次。") % slots
    slots |= {"predicted": f"{round(predicted):,}"}
    if not actual:
        return _("%(days)s 天里预计来 %(predicted)s 次，一次也没来。") % slots
    off = 100 * (predicted - actual) / actual
    slots |= {"off": f"{abs(off):.1f}"}
    if off >= 0:
        return _("%(days)s 天里预计来 %(predicted)s 次，实际 %(actual)s 次，多估了 %(off)s%%。") % slots
    return _("%(days)s 天里预计来 %(predicted)s 次，实际 %(actual)s 次，少估了 %(off)s%%。") % slots


def _beat(result: Result, row: Mapping[str, Any]) -> str:
    plain = row_of(result, ABSENT)
    if row["auc"] is None or plain["auc"] is None:
        return _("说不准：没有可以比的。")
    more = round((row["lift_10"] - plain["lift_10"]) * 0.1 * result["left"])
    slots = {"mine": round(100 * row["auc"]), "plain": round(100 * plain["auc"]), "more": f"{abs(more):,}"}
    if row["auc"] > plain["auc"] and more > 0:
        return _("比“最久没来的排前面”强：认得出 %(mine)s 次对 %(plain)s 次；同样找最前面的一成，多找对 %(more)s 位。") % slots
    if row["auc"] > plain["auc"]:
        return _("比“最久没来的排前面”强：认得出 %(mine)s 次对 %(plain)s 次；只找最前面的一成，看不出差别。") % slots
    return _("没有比“最久没来的排前面”强：认得出 %(mine)s 次对 %(plain)s 次。") % slots
