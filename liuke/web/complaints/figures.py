"""Figures of complaints in a period, each opening its rows; causes that come again, by product, unit and person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.complaints import figures as books
from liuke.complaints.figures import Figures, Repeated, Share
from liuke.complaints.house import rule
from liuke.complaints.labels import Axis, Cause, value_word
from liuke.complaints.models import ComplaintQuerySet
from liuke.custody.queries import masked_text
from liuke.kernel import clock
from liuke.kernel.text import as_id
from liuke.satisfaction.silent import silent
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import pack, units_in_scope
from liuke.web.complaints.board import Row, rows_of
from liuke.web.complaints.words import IN_DAYS
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.satisfaction import words as say
from liuke.web.words import FEWEST, span, thousands

PERIODS = (30, 90, 365)
USUAL = 90
SHOWN = 200
BY = ("product", "unit", "person", "department")


@dataclass(frozen=True)
class Asked:
    """Which days (up to today), and which unit with what is below it."""

    days: int
    last: date
    unit: Unit | None

    @property
    def first(self) -> date:
        return self.last - timedelta(self.days - 1)

    @property
    def unit_id(self) -> int | None:
        return self.unit.pk if self.unit else None

    def link(self, name: str, **more: object) -> str:
        values = {"days": self.days if self.days != USUAL else "", "unit": self.unit_id or "", **more}
        query = urlencode({key: str(value) for key, value in values.items() if value not in ("", None, False)})
        return f"{reverse(name)}?{query}" if query else reverse(name)


def asked_of(request: Request) -> Asked:
    days, sent = as_id(request.GET.get("days", "")) or USUAL, request.GET.get("unit", "")
    if days not in PERIODS:
        raise Http404
    unit = units_in_scope(request.user).filter(pk=as_id(sent) or 0).first() if sent else None
    if sent and unit is None:
        raise Http404
    return Asked(days, clock.today(), unit)


@door("complaint.figures")
def figures(request: Request) -> HttpResponse:
    user, asked = request.user, asked_of(request)
    found = books.figures(user, asked.first, asked.last, unit=asked.unit_id)
    context = {
        "title": _title(found, asked.days),
        "it": found,
        "asked": asked,
        "periods": [
            (_("近 %(n)s 天") % {"n": days}, Asked(days, asked.last, asked.unit).link("complaint_figures"), days == asked.days)
            for days in PERIODS
        ],
        "units": [(str(unit.pk), unit.name) for unit in units_in_scope(user).order_by("path")],
        "rate": _rate(found.rate),
        "shares": _shares(found, asked),
        "splits": [(str(Axis(axis).label), _split(axis, rows, asked)) for axis, rows in found.split.items()],
        "took": [(words, _long(one.middle), one.n, _rows(asked, one.key))
                 for one in found.took for words in [_times()[one.key]]],
        "repeat_days": rule().repeat_days,
        "rows_link": lambda key, of=False: _rows(asked, key, of),
        "repeated": [(_by()[by], _repeated(user, asked, by)) for by in BY],
        "few": FEWEST,
        "quiet": silent(user, asked.unit, asked.last),
        "say": say,
        "least": pack().surveys.least,
        "folk": reverse("folk") if may(user, "folk.edit") else "",
    }  # fmt: skip
    crumb = [(_("投诉台"), reverse("complaints")), (_("数字"), "")]
    return render(request, "complaints/figures.html", context, nav="complaints", crumb=crumb)


def _title(found: Figures, days: int) -> str:
    if not found.received:
        return _("近 %(days)s 天没有投诉") % {"days": days}
    said = ngettext("近 %(days)s 天 %(n)s 件投诉", "近 %(days)s 天 %(n)s 件投诉", found.received)
    said = said % {"days": days, "n": thousands(found.received)}
    return said + _("，每百笔成交 %(rate)s 件") % {"rate": _per_hundred(found.rate)} if found.rate.of >= FEWEST else said


def _per_hundred(rate: Share) -> str:
    return thousands(100 * rate.n / rate.of, 1 if rate.n * 10 >= rate.of else 2)


def _rate(rate: Share) -> str:
    return _("每百笔 %(rate)s 件") % {"rate": _per_hundred(rate)} if rate.of >= FEWEST else f"{rate.n} ÷ {rate.of}"


def _shares(found: Figures, asked: Asked) -> list[tuple[str, Share, str, str]]:
    """(label, share, the rows that count, the rows they are counted of) of each."""
    labels = {
        "answered_in_time": _("首次答复及时"), "resolved_in_time": _("解决及时"), "in_time": _("两样都及时"), "reopened": _("重新打开过"),
        "satisfied": _("回访满意"), "closed": _("结案了"), "severe": _("严重的"),
    }  # fmt: skip
    return [(label, found.shares[key], _rows(asked, key), _rows(asked, key, True)) for key, label in labels.items()]


def _split(axis: str, rows: list[tuple[str, int]], asked: Asked) -> list[tuple[str, float, str, str, str]]:
    most = max((n for _value, n in rows), default=1)
    return [
        (str(value_word(axis, value)) if value else _("还没确认"), n / most, thousands(n), _rows(asked, f"{axis}:{value}"), "")
        for value, n in rows
    ]


def _times() -> dict[str, str]:
    return {"answer": _("到首次答复"), "accept": _("到接受做完"), "clarify": _("到澄清做完"), "told": _("到告知方案"), "close": _("到结案")}


def _long(time: timedelta | None) -> str:
    """22 分钟; 3 小时 5 分; from two days on 3 天 16 小时."""
    if time is None:
        return ""
    minutes = int(time.total_seconds() // 60)
    if minutes < IN_DAYS:
        return span(minutes)
    return _("%(d)s 天 %(h)s 小时") % {"d": minutes // 1440, "h": minutes % 1440 // 60}


def _by() -> dict[str, str]:
    return {"product": _("同一个产品、同一个件"), "unit": _("同一家单位"), "person": _("同一个人"), "department": _("同一个责任部门")}


def _rows(asked: Asked, key: str, of: bool = False) -> str:
    return asked.link("complaint_rows", key=key, of="1" if of else "")


def _repeated(user: User, asked: Asked, by: str) -> list[tuple[Repeated, str, str]]:
    """(one, word of its cause, the rows behind it)."""
    found = books.repeated(user, asked.first, asked.last, by, unit=asked.unit_id)
    return [(one, str(Cause(one.cause).label), asked.link("complaint_rows", by=by, id=one.id, cause=one.cause)) for one in found]


@door("complaint.figures")
def rows(request: Request) -> HttpResponse:
    """The complaints behind a figure (?key=, ?of=1), or behind a cause that comes again (?by=, ?id=, ?cause=)."""
    asked, of = asked_of(request), request.GET.get("of") == "1"
    found, title = _behind(request, asked, of)
    total = found.count()
    context = {
        "title": _("%(what)s，%(n)s 件") % {"what": title, "n": thousands(total)},
        "second": _("%(first)s到%(last)s受理的") % {"first": asked.first.isoformat(), "last": asked.last.isoformat()},
        "rows": _shown(found),
        "total": total,
        "shown": SHOWN,
        "told": masked_text,
    }
    crumb = [(_("投诉台"), reverse("complaints")), (_("数字"), asked.link("complaint_figures")), (title, "")]
    return render(request, "complaints/rows.html", context, nav="complaints", crumb=crumb)


def _behind(request: Request, asked: Asked, of: bool) -> tuple[ComplaintQuerySet, str]:
    user, by, key = request.user, request.GET.get("by", ""), request.GET.get("key", "received")
    if by:
        cause, thing = request.GET.get("cause", ""), request.GET.get("id", "")
        if by not in BY or cause not in Cause.values or not thing or (by in ("unit", "person") and as_id(thing) is None):
            raise Http404
        found = books.repeated_rows(user, asked.first, asked.last, by, thing, cause, unit=asked.unit_id)
        return found, _("%(by)s，原因都是%(cause)s") % {"by": _by()[by], "cause": Cause(cause).label}
    try:
        return books.behind(user, key, asked.first, asked.last, of=of, unit=asked.unit_id), _key_words(key, of)
    except KeyError:
        raise Http404 from None


def _key_words(key: str, of: bool) -> str:
    axis, colon, value = key.partition(":")
    if colon:
        return str(value_word(axis, value)) if value else _("还没确认%(axis)s的") % {"axis": Axis(axis).label}
    if of:
        return _("算在里面的")
    return {
        "received": _("受理的"), "rate": _("受理的"), "cost": _("有补偿的"), "again": _("后来又买了的"),
        "answered_in_time": _("首次答复及时的"), "resolved_in_time": _("解决及时的"), "in_time": _("两样都及时的"),
        "reopened": _("重新打开过的"), "satisfied": _("回访满意的"), "closed": _("结案了的"), "severe": _("严重的"), **_times(),
    }[key]  # fmt: skip


def _shown(found: ComplaintQuerySet) -> list[Row]:
    return rows_of(found[:SHOWN])


urlpatterns = [
    path("complaints/figures/", figures, name="complaint_figures"),
    path("complaints/figures/rows/", rows, name="complaint_rows"),
]
