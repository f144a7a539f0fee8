"""The sentences of the pages 核查."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.customers.labels import Channel
from liuke.customers.models import Customer
from liuke.verification.models import SampleWeek
from liuke.verification.queries import Progress
from liuke.verification.rules import Accuracy, week_of
from liuke.web.words import moment, monthday, percent, thousands

WEEKS = (4, 13, 52)


def work_title(sample: SampleWeek | None, progress: Progress, today: date) -> str:
    """The finding of a week's page."""
    if sample is None:
        return _("这周的卡还没抽")
    slots = {
        "n": thousands(progress.cards),
        "left": thousands(progress.waiting),
        "done": thousands(progress.done),
        "week": monthday(sample.week),
    }
    if sample.week != week_of(today):
        return _("%(week)s那周 %(n)s 张，核了 %(done)s 张") % slots
    if not progress.cards:
        return _("这周没有要核的卡")
    return _("这周 %(n)s 张，还有 %(left)s 张没核") % slots if progress.waiting else _("这周 %(n)s 张都核过了") % slots


def work_second(sample: SampleWeek | None, progress: Progress) -> str:
    if sample is None:
        return _("每周一早上自动抽，也可以现在抽。")
    drawn = _("每位业务员随机抽 %(n)s 张") % {"n": sample.per_owner}
    if not progress.done and not progress.unreached:
        return drawn + _("。")
    told = _("核过 %(done)s 张，没联系上 %(unreached)s 张") % {"done": thousands(progress.done), "unreached": thousands(progress.unreached)}
    return drawn + _("，") + told + _("。")


def share_words(found: Accuracy) -> str:
    """91.2%; 17 ÷ 21 where there are too few; — where there are none."""
    if found.share is None:
        return "—"
    return f"{thousands(found.right)} ÷ {thousands(found.checked)}" if found.few else percent(found.share)


def interval_words(found: Accuracy) -> str:
    """88.0%–93.6%, or that there are too few to say so."""
    if found.low is None or found.high is None:
        return ""
    return _("样本太少") if found.few else f"{percent(found.low)}–{percent(found.high)}"


def accuracy_title(found: Accuracy, weeks: int) -> str:
    slots = {"weeks": weeks, "n": thousands(found.checked), "right": thousands(found.right), "share": share_words(found)}
    if not found.checked:
        return _("近 %(weeks)s 周还没有核过卡") % slots
    if found.few:
        return _("近 %(weeks)s 周只核了 %(n)s 项，%(right)s 项对，样本太少，说不准") % slots
    return _("卡上写的，%(share)s是对的：近 %(weeks)s 周核了 %(n)s 项") % slots


def report_second(cards: int, average: float | None, at: datetime | None) -> str:
    if average is None or at is None:
        return _("完整度还没数过，过一小时再看。")
    told = ngettext("%(n)s 张卡平均完整 %(share)s", "%(n)s 张卡平均完整 %(share)s", cards)
    slots = {"n": thousands(cards), "share": percent(average / 100, 0), "when": moment(at)}
    return (told + _("，%(when)s数的。")) % slots


def about(card: Customer) -> str:
    """How and when this customer likes to be called."""
    channel = str(dict(Channel.choices).get(card.channel, ""))
    return _("，").join(word for word in (channel, card.best_time) if word)


VERIFICATION = {"share_words": share_words, "interval_words": interval_words}
