"""What a reader of the books asks for: a period, a unit, how to divide; and the addresses of the lists behind the numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from liuke.churn.books import FIELDS, PARTS, Balance, Books, Period, period_of
from liuke.kernel import clock
from liuke.kernel.clock import months_before
from liuke.kernel.dates import parse_date
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.models import Unit
from liuke.team.queries import units_in_scope
from liuke.web.doors import Request, words
from liuke.web.words import monthday

USUAL = "year"
EARLY = re.compile(r"(0[0-9]|1[0-8])[0-9]{2}-|19[0-6][0-9]-|1970-01-01")
"""Days before the first of the books, as a page sends them."""


@dataclass(frozen=True)
class Asked:
    """`known` is the key of the period where it is one of those offered. `error`: what was wrong with the days typed."""

    period: Period
    known: str
    unit: Unit | None
    by: str
    error: str = ""

    def address(self, route: str = "churn", **more: str) -> str:
        """The same question at another address, or with another part."""
        parts: dict[str, str] = {"period": self.known} if self.known else {"from": f"{self.period.start}", "to": f"{self.period.end}"}
        parts |= {"unit": str(self.unit.pk) if self.unit else "", "by": self.by, **more}
        if "period" in more:
            parts = {key: value for key, value in parts.items() if key not in ("from", "to")}
        return f"{reverse(route)}?{urlencode({key: value for key, value in parts.items() if value})}"

    def names(self, what: str, key: str | None = None) -> str:
        """The list behind a number, of one group of `by` where its key is given."""
        if key is None:
            return self.address("churn_names", what=what, by="")
        if self.by == "month":
            start = date.fromisoformat(f"{key}-01")
            month = Period(max(start, self.period.start), min(months_before(start, -1) - timedelta(days=1), self.period.end))
            return Asked(month, "", self.unit, "").names(what)
        return self.address("churn_names", what=what, group=key or "-")

    def kept(self, year: int, months: int) -> str:
        """The list behind a point of a retention line."""
        return self.address("churn_names", what="kept", year=str(year), months=str(months), by="")

    def books(self, user: object) -> Books:
        from liuke.team.models import User

        assert isinstance(user, User)
        return Books(user, self.unit.path or "" if self.unit else "")

    @property
    def words(self) -> str:
        """本月, 近 12 个月, or the days themselves, within a sentence."""
        known = {
            "month": pgettext("句中", "本月"),
            "last": pgettext("句中", "上月"),
            "ytd": pgettext("句中", "今年"),
            "year": pgettext("句中", "近 12 个月"),
        }
        return known[self.known] if self.known else _("%(start)s到%(end)s") % _days(self.period)


def _days(period: Period) -> dict[str, str]:
    return {"start": monthday(period.start), "end": monthday(period.end)}


def offered() -> list[tuple[str, str]]:
    """The periods that are one click away."""
    return [("month", _("本月")), ("last", _("上月")), ("ytd", _("今年")), ("year", _("近 12 个月"))]


def known_period(key: str, today: date) -> Period:
    first = today.replace(day=1)
    if key == "month":
        return Period(first, today)
    if key == "last":
        return Period(months_before(first, 1), first - timedelta(days=1))
    if key == "ytd":
        return Period(today.replace(month=1, day=1), today)
    return Period(months_before(today, 12) + timedelta(days=1), today)


def read(request: Request) -> Asked:
    """From the address. A unit out of scope is not there (404); days that are none say so, and the usual period is shown."""
    today, get = clock.today(), request.GET
    by = get.get("by", "")
    if by and by not in FIELDS:
        raise Http404
    unit = None
    if get.get("unit"):
        unit = units_in_scope(request.user).filter(pk=as_id(get["unit"]) or 0).first()
        if unit is None:
            raise Http404
    if get.get("from") or get.get("to"):
        try:
            if any(EARLY.match(get.get(name, "").strip()) for name in ("from", "to")):
                raise Refused("churn.early", "1970 年以前没有账，请写晚一点的日子。")
            start, end = parse_date(get.get("from", "")), parse_date(get.get("to", ""))
            if start is None or end is None:
                raise Refused("churn.days", "请写从哪天到哪天。")
            return Asked(period_of(start, end, today), "", unit, by)
        except Refused as refused:
            return Asked(known_period(USUAL, today), USUAL, unit, by, words(refused))
    key = get.get("period", USUAL)
    if key not in dict(offered()):
        raise Http404
    return Asked(known_period(key, today), key, unit, by)


def what_of(request: Request) -> str:
    """Which number is opened: a part of the balance, or "kept", a point of a retention line."""
    what = request.GET.get("what", "lost")
    if what not in (*PARTS, "kept"):
        raise Http404
    return what


def finding(asked: Asked, found: Balance) -> str:
    """The page's first sentence where there is nothing to report; "" where somebody went."""
    slots = {"when": asked.words, "lost": found.lost}
    if not found.opening and not found.closing:
        return _("这段时间还没有买过东西的客户。")
    if not found.lost:
        return _("%(when)s没有客户走。") % slots
    return ""
