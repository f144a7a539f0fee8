"""The figures a cycle can be judged by: each has a name, and is taken in the same way before and after.

Names: "complaints.rate", "complaints.cause.price", "complaints.product.阀体", "satisfaction.nps", "churn.absolute", "promises.kept" …;
those of satisfaction are that room's own (satisfaction.measures).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.churn.books import Books, Period
from liuke.churn.labels import Reason
from liuke.churn.reasons import split
from liuke.complaints.figures import SHARES, rows_of
from liuke.complaints.labels import Cause
from liuke.deals.models import Deal
from liuke.improvement.labels import Better, Kind
from liuke.improvement.rules import Window, count_margin, share_margin
from liuke.kernel.refusal import Refused
from liuke.promises.labels import State
from liuke.promises.models import Promise
from liuke.satisfaction import measures as satisfaction
from liuke.satisfaction.labels import DIMENSION_WORDS, INDICATOR_WORDS
from liuke.team.models import Unit, User


@dataclass(frozen=True)
class Taken:
    """`value` None where there was nothing to count; `n` (of `of`) is what it was counted from; `margin`: half its 95 % interval."""

    value: float | None
    n: int
    of: int | None = None
    margin: float | None = None


Take = Callable[[User, Unit, Window, str], Taken]


@dataclass(frozen=True)
class Measure:
    """`key` as a cycle keeps it; `part`: what follows the family's name in it."""

    key: str
    family: str
    part: str
    kind: Kind
    better: Better
    take: Take

    def of(self, user: User, unit: Unit, window: Window) -> Taken:
        """The figure of a unit and below over these days. A constant number of queries."""
        return self.take(user, unit, window, self.part)


def _count(n: int) -> Taken:
    return Taken(n, n, None, count_margin(n))


def _share(n: int, of: int) -> Taken:
    return Taken(100 * n / of if of else None, n, of, share_margin(n, of))


def _complaints(user: User, unit: Unit, window: Window, part: str) -> Taken:
    return _count(rows_of(user, window.first, window.last, unit.pk).order_by().count())


def _complaint_rate(user: User, unit: Unit, window: Window, part: str) -> Taken:
    n = rows_of(user, window.first, window.last, unit.pk).order_by().count()
    paid = Deal.objects.filter(customer__unit__path__startswith=unit.path or "", on__gte=window.first, on__lte=window.last)
    return _share(n, paid.filter(came=True, amount_cents__gt=0).count())


def _complaint_cause(user: User, unit: Unit, window: Window, part: str) -> Taken:
    return _count(rows_of(user, window.first, window.last, unit.pk).order_by().filter(cause=part).count())


def _complaint_product(user: User, unit: Unit, window: Window, part: str) -> Taken:
    of_it = Q(product=part) | Q(product="", asset__name=part)
    return _count(rows_of(user, window.first, window.last, unit.pk).order_by().filter(of_it).count())


def _complaint_share(user: User, unit: Unit, window: Window, part: str) -> Taken:
    n, of = SHARES[part]
    now = timezone.now()
    found = rows_of(user, window.first, window.last, unit.pk).order_by()
    counted = found.aggregate(n=Count("pk", filter=n(now)), of=Count("pk", filter=of(now)))
    return _share(counted["n"], counted["of"])


def _satisfaction(user: User, unit: Unit, window: Window, part: str) -> Taken:
    found = satisfaction.measure(user, part, unit, window.first, window.last)
    return Taken(found.value, found.n, None, found.margin)


def _churn(user: User, unit: Unit, window: Window, part: str) -> Taken:
    found = Books(user, unit.path or "").balance(Period(window.first, window.last))
    if part == "absolute":
        return _share(found.lost, found.opening)
    return Taken(float(found.relative * 100) if found.relative is not None else None, found.lost, found.opening)


def _churn_reason(user: User, unit: Unit, window: Window, part: str) -> Taken:
    found = split(Books(user, unit.path or ""), Period(window.first, window.last))
    return _count(found.reasons.get(part, 0))


def _kept(user: User, unit: Unit, window: Window, part: str) -> Taken:
    rows = Promise.objects.standing().filter(customer__unit__path__startswith=unit.path or "")
    rows = rows.filter(settled_on__gte=window.first, settled_on__lte=window.last)
    ended = Q(state__in=(State.KEPT, State.LATE, State.BROKEN))
    counted = rows.aggregate(n=Count("pk", filter=Q(state=State.KEPT)), of=Count("pk", filter=ended))
    return _share(counted["n"], counted["of"])


_LOW, _HIGH = Better.LOWER, Better.HIGHER
FAMILIES: dict[str, tuple[Kind, Better, Take, tuple[str, ...] | None]] = {
    "complaints.count": (Kind.COUNT, _LOW, _complaints, ()),
    "complaints.rate": (Kind.PERCENT, _LOW, _complaint_rate, ()),
    "complaints.cause": (Kind.COUNT, _LOW, _complaint_cause, tuple(Cause.values)),
    "complaints.product": (Kind.COUNT, _LOW, _complaint_product, None),  # any name
    "complaints.share": (Kind.PERCENT, _HIGH, _complaint_share, ("in_time", "answered_in_time", "resolved_in_time", "satisfied")),
    "complaints.again": (Kind.PERCENT, _LOW, _complaint_share, ("reopened",)),
    "satisfaction": (Kind.POINTS, _HIGH, _satisfaction, satisfaction.KEYS),
    "churn": (Kind.PERCENT, _LOW, _churn, ("absolute", "relative")),
    "churn.reason": (Kind.COUNT, _LOW, _churn_reason, tuple(Reason.values)),
    "promises": (Kind.PERCENT, _HIGH, _kept, ("kept",)),
}
"""Family → what it counts in, which way is better, how it is taken, and its parts (none; None: any word)."""


def find(key: str) -> Measure:
    """The measure of this name. Refuses an unknown one."""
    for family in sorted(FAMILIES, key=len, reverse=True):
        kind, better, take, parts = FAMILIES[family]
        part = key.removeprefix(family).removeprefix(".")
        fits = key == family if parts == () else key == f"{family}.{part}" and part and (parts is None or part in parts)
        if fits:
            kind = Kind.PERCENT if key == "satisfaction.csat" else kind
            return Measure(key, family, part, kind, better, take)
    raise Refused("improvement.measure", "没有“%(key)s”这个数。", key=key)


def offered() -> list[str]:
    """The names that a plan may choose from, but for products, which have names of their own."""
    named = {family: parts for family, (_kind, _better, _take, parts) in FAMILIES.items() if parts is not None}
    return [key for family, parts in named.items() for key in ([f"{family}.{part}" for part in parts] or [family])]


def name(measure: Measure) -> str:
    """What the figure is called, in the reader's language."""
    if measure.family == "satisfaction":
        return _satisfaction_name(measure.part)
    if measure.family == "complaints.cause":
        return _("原因是%(cause)s的投诉") % {"cause": Cause(measure.part).label}
    if measure.family == "complaints.product":
        return _("说到%(product)s的投诉") % {"product": measure.part}
    if measure.family == "churn.reason":
        return _("因为%(reason)s走的客户") % {"reason": Reason(measure.part).label}
    return {
        "complaints.count": _("投诉几件"),
        "complaints.rate": _("投诉率，每百笔成交"),
        "complaints.share.in_time": _("投诉两样都及时的比例"),
        "complaints.share.answered_in_time": _("投诉首次答复及时的比例"),
        "complaints.share.resolved_in_time": _("投诉解决及时的比例"),
        "complaints.share.satisfied": _("投诉回访满意的比例"),
        "complaints.again.reopened": _("投诉重新打开的比例"),
        "churn.absolute": _("流失率，按人数"),
        "churn.relative": _("流失率，按买的多少"),
        "promises.kept": _("承诺按时兑现的比例"),
    }[measure.key]


def _satisfaction_name(part: str) -> str:
    if part.startswith("gap."):
        return _("%(side)s，感受减期望") % {"side": DIMENSION_WORDS[part.removeprefix("gap.")]}
    if part.startswith("item."):
        return _("满意度：%(item)s") % {"item": INDICATOR_WORDS[part.removeprefix("item.")]}
    return str(INDICATOR_WORDS[part])
