"""What a round says, in sentences: the verdict first, how sure it is, what is not known, and when it will be final."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.analytics.sequential import needed
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.trials.before import AWAY, SPENT
from liuke.trials.labels import Came, Verdict
from liuke.trials.models import Look, Trial
from liuke.trials.queries import LEAST_DAYS, Plan
from liuke.trials.rules import FEWEST_ALONE
from liuke.web.words import brief, money, monthday, percent, sentences, signed, thousands
from liuke.work.words import pick


@dataclass(frozen=True)
class Finding:
    """`title` a sentence; `tag` in a few words with its tone; `lines`: what stands under it, facts marked with **."""

    title: str
    tag: str
    tone: str
    lines: tuple[str, ...]


def points(share: float, places: int = 1) -> str:
    """9.6 for 0.096; −0.4."""
    return thousands(100 * share, places)


def finding(trial: Trial, seen: Look | None) -> Finding:
    """The page's title and what stands under it."""
    if seen is None or seen.effect is None or seen.low is None or seen.high is None:
        title = _("刚开始，还没有人满 %(days)s 天") % {"days": trial.window_days}
        if trial.closed_on is not None:
            title = _("还没看出什么就结束了")
        return Finding(title, *_tag(trial, seen), ())
    slots = {"points": points(abs(seen.effect)), "least": points(float(trial.least), 0), "low": points(seen.low), "high": points(seen.high)}
    between = _("95%% 的把握在 **%(low)s 到 %(high)s** 点之间。") % slots
    said = Verdict(trial.verdict or seen.verdict)
    if said == Verdict.WORKS:
        title = _("有效。联系过的人，多回来 %(points)s 个百分点") % slots
    elif said == Verdict.DOES_NOT and seen.high <= 0:
        title = _("联系了反而更差，少回来 %(points)s 个百分点") % slots
    elif said == Verdict.DOES_NOT:
        title = _("没效果。就算有，也不到 %(least)s 个百分点") % slots
    elif said == Verdict.NO_DIFFERENCE:
        title = _("看不出差别，也不能说没有")
    elif trial.closed_on is not None:
        title = _("停在半路，还说不准")
    else:
        title = _("还说不准，再等 %(n)s 位满 %(days)s 天") % {"n": thousands(waiting(trial, seen)), "days": trial.window_days}
    return Finding(title, *_tag(trial, seen), (sentences(between, _more(trial, seen, said)),))


def waiting(trial: Trial, seen: Look) -> int:
    """How many are still to be known before the last look."""
    return max(trial.planned - seen.treated - seen.alone, 0)


def _tag(trial: Trial, seen: Look | None) -> tuple[str, str]:
    if trial.closed_on is None:
        return _("正在看"), "info"
    return {
        Verdict.WORKS: (_("可以放开用"), "good"),
        Verdict.DOES_NOT: (_("没效果"), "line"),
    }.get(Verdict(trial.verdict or Verdict.TOO_EARLY), (_("说不准"), "line"))


def _more(trial: Trial, seen: Look, said: Verdict) -> str:
    """What follows the interval: what it brought, or how many it would take."""
    assert seen.effect is not None
    if said == Verdict.WORKS:
        back = _("约 **%(n)s** 位是因为联系才回来的") % {"n": thousands(round(seen.effect * seen.treated))}
        net, low, high = net_cents(seen)
        if high < 0:
            return _("%(back)s；花费比多成交还多，每位多花约 **%(money)s**。") % {"back": back, "money": brief(-net)}
        if low > 0:
            return _("%(back)s；每位多成交减花费，约 **%(money)s**。") % {"back": back, "money": brief(net)}
        return _("%(back)s；多成交够不够花费，还说不准。") % {"back": back}
    if said in (Verdict.NO_DIFFERENCE, Verdict.TOO_EARLY):
        return _sizes(trial, seen)
    return _("再做下去也不值得，打法要改，或者停掉。")


def _sizes(trial: Trial, seen: Look) -> str:
    known = seen.alone >= FEWEST_ALONE
    base = min(max(seen.returned_alone / seen.alone if known else float(trial.base), 0.01), 0.9)
    share, least = float(trial.share), float(trial.least)
    slots = {"base": percent(base, 0), "least": points(least, 0), "n": thousands(needed(base, least, share)), "share": percent(share, 0)}
    said = _("对照组自己回来 %(base)s，要看清 %(least)s 点的差别，留 %(share)s 对照得 **%(n)s** 位") % slots
    if not known:
        said = _("先按自己回来 %(base)s 估，要看清 %(least)s 点的差别，留 %(share)s 对照得 **%(n)s** 位") % slots
    fifth = 0.2
    if share < fifth:
        return _("%(said)s，留 20%% 得 %(n)s 位。") % {"said": said, "n": thousands(needed(base, least, fifth))}
    return _("%(said)s。") % {"said": said}


def net_cents(seen: Look) -> tuple[int, int, int]:
    """What a contacted customer brought more than it cost, with its interval; zeros where nothing is known."""
    if seen.extra_cents is None or seen.extra_low_cents is None or seen.extra_high_cents is None or not seen.treated:
        return 0, 0, 0
    each = round(seen.cost_cents / seen.treated)
    return seen.extra_cents - each, seen.extra_low_cents - each, seen.extra_high_cents - each


def facts(trial: Trial, playbook: Playbook | None, pack: Pack, today: date) -> list[str]:
    """The line of grey facts: since when, for whom, what counts, how many are left alone."""
    until = monthday(trial.closed_on, trial.opened_on) if trial.closed_on else _("现在")
    said = [_("%(first)s至%(last)s") % {"first": monthday(trial.opened_on, today), "last": until}]
    if playbook is not None:
        names = [pick(signal.name) for signal in pack.signals_of(playbook.key)]
        if names:
            said.append(_("触发：%(signals)s") % {"signals": "、".join(names)})
    said.append(_("成功：%(what)s") % {"what": came_words(trial)})
    said.append(_("对照：%(share)s，联系前就定好，不能改") % {"share": percent(float(trial.share), 0)})
    return said


def came_words(trial: Trial) -> str:
    what = _("%(days)s 天内续约") if trial.came == Came.RENEWAL else _("%(days)s 天内到店成交")
    return what % {"days": trial.window_days}


def how(trial: Trial, seen: Look | None) -> list[str]:
    """What is looked at, and when it will be final."""
    said = [
        _(
            "对照组是每个等级里按编号抽的，%(share)s，联系之前就写下来，谁也改不了；他们只是这个打法先不主动联系，投诉、承诺、客户要的事照办。"
        )
        % {"share": percent(float(trial.share), 0)},
        _("按分到哪一组算，没打通的也算联系组；从分组第二天起看 %(days)s 天。") % {"days": trial.window_days},
    ]
    if trial.closed_on is not None:
        said.append(_("这一轮已经结束，结论不再改。要再看，另开一轮。"))
        return said
    known = seen.treated + seen.alone if seen else 0
    slots = {"planned": thousands(trial.planned), "known": thousands(known), "days": trial.window_days}
    said.append(_("每天早上看一次。区间是照“天天看”算的，开头宽，越往后越窄，天天看也不会看出假的来；哪天清楚了，当天就算数，不再改。"))
    said.append(_("满 %(planned)s 位看最后一次，之后不再往下看；现在满 %(days)s 天的有 %(known)s 位。") % slots)
    return said


def plan_words(plan: Plan, fresh: int, days: int, least: float) -> str:
    """What a new round could find, before it is opened. Its pace: `fresh` customers in `days` of history."""
    slots = {"n": thousands(plan.planned), "alone": thousands(plan.alone), "needed": thousands(plan.needed), "least": points(least, 0)}
    if plan.lift != plan.lift:  # NaN
        return _("%(n)s 位太少，多大的差别也看不出。") % slots
    said = _("其中 %(alone)s 位先不联系。差别到 %(lift)s 点，五次里有四次看得出") % {**slots, "lift": points(plan.lift)}
    if plan.lift > least + 0.0005:
        said = _("%(said)s；要看清 %(least)s 点得 %(needed)s 位") % {"said": said, **slots}
    if days < LEAST_DAYS:
        return _("%(said)s。才看了 %(days)s 天，说不准要多久。") % {"said": said, "days": days}
    if plan.months is None:
        return _("%(said)s。近 %(days)s 天没有人新碰上，说不准要多久。") % {"said": said, "days": days}
    months = thousands(max(plan.months, 1), 0)
    pace = {"said": said, "days": days, "fresh": thousands(fresh), "months": months}
    return _("%(said)s。近 %(days)s 天新碰上 %(fresh)s 位，照这个速度约 %(months)s 个月。") % pace


def alike_words(rows: list[list[object]], far: float, works: bool) -> str:
    """Whether the groups were alike beforehand: rows of trials.before.alike; the largest difference is named, as large as shown."""
    if not rows:
        return ""
    what, first, second, apart = max(rows, key=lambda row: abs(float(row[3])))  # type: ignore[arg-type]
    gap = _gap(str(what), first, second)
    if abs(float(apart)) > far:  # type: ignore[arg-type]
        return _("两组事前就差得多，最大的是%(gap)s，超出误差；后来的差别不能全算在联系头上。") % {"gap": gap}
    if not gap:
        return _("两组事前差不多，所以差别可以算在联系头上。") if works else _("两组事前差不多，比得公平。")
    if works:
        return _("两组事前的差别都在误差内，最大的是%(gap)s；后来的差别可以算在联系头上。") % {"gap": gap}
    return _("两组事前的差别都在误差内，最大的是%(gap)s；比得公平。") % {"gap": gap}


def _gap(what: str, first: object, second: object) -> str:
    """How far apart two means are, between the figures as they are shown; "" where they show alike or one is not known."""
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return ""
    if what == SPENT:
        cents = abs(round(first / 100) - round(second / 100)) * 100
        return _("前一年消费，差 %(money)s") % {"money": money(cents)} if cents else ""
    if what == AWAY:
        days = abs(round(first) - round(second))
        return ngettext("几天没来，差 %(n)s 天", "几天没来，差 %(n)s 天", days) % {"n": thousands(days)} if days else ""
    score = abs(round(first, 1) - round(second, 1))
    return _("上次满意度，差 %(n)s 分") % {"n": f"{score:.1f}"} if score >= 0.05 else ""


def difference_words(share: float) -> str:
    """＋9.6, −1.2."""
    return signed(100 * share, 1)
