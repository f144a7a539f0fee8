"""The lists behind the books: who was there, came, came back, left; and whose past was reckoned otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.analytics.days import date_of
from liuke.churn.books import Books
from liuke.churn.keeping import FOR_EVER
from liuke.churn.labels import Cause, Reason, Why
from liuke.churn.models import BookChange, WinBack
from liuke.churn.reasons import FACTS, reasons_of, why_each
from liuke.churn.retention import kept
from liuke.churn.words import group_names
from liuke.customers.models import Customer
from liuke.kernel.text import as_id
from liuke.web.churn.asked import Asked, read, what_of
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.words import money, monthday, thousands

PAGE = 50


@door("churn.read")
def names(request: Request) -> HttpResponse:
    """Who stands behind one number of the books (?what=, of one group ?by=&group=), or behind a point of a line (?year=&months=)."""
    asked, what, group = read(request), what_of(request), request.GET.get("group")
    books = asked.books(request.user)
    key = ("" if group == "-" else group) if group is not None else ""
    code, name = _because(request, what)
    joined = _joined(request) if what == "kept" else None
    if joined is not None:
        places = kept(books, *joined).tolist()
    elif name:
        places = [place for place, *both in why_each(books, asked.period) if code in both]
    else:
        places = books.names(what, asked.period, asked.by if group is not None else "", key).tolist()
    page = Paginator(range(len(places)), PAGE).get_page(request.GET.get("page"))
    shown = [places[n] for n in page]
    if group is not None and asked.by:
        name = group_names(asked.by, [key])[key]
    context = {
        "title": _kept_title(len(places), *joined) if joined is not None else _title(what, asked, len(places), name),
        "second": _sums(books, places, asked, what),
        "what": what,
        "since": asked.period.start,
        "rows": _rows(books, shown, asked, what),
        "page": page,
        "before": _page_link(request, asked, what, page.number - 1) if page.has_previous() else "",
        "after": _page_link(request, asked, what, page.number + 1) if page.has_next() else "",
        "lost": what == "lost",
    }
    crumb = [(_("流失"), asked.address()), (part_word(what), "")]
    return render(request, "churn/names.html", context, nav="churn", crumb=crumb)


def part_word(what: str) -> str:
    return {
        "opening": _("期初在册"), "new": _("新来的"), "returned": _("回来的"), "lost": _("走了的"), "closing": _("期末在册"),
        "kept": _("还在的"),
    }[what]  # fmt: skip


def _title(what: str, asked: Asked, n: int, group: str) -> str:
    slots = {"when": asked.words, "n": thousands(n), "group": group}
    said = {
        "opening": _("%(when)s开始时在册 %(n)s 位"),
        "new": _("%(when)s新来 %(n)s 位"),
        "returned": _("%(when)s回来 %(n)s 位"),
        "lost": _("%(when)s走了 %(n)s 位"),
        "closing": _("%(when)s结束时在册 %(n)s 位"),
    }[what] % slots
    return _("%(group)s：%(said)s") % {"group": group, "said": said} if group else said


def _joined(request: Request) -> tuple[int, int]:
    year, months = (as_id(request.GET.get(name, "")) for name in ("year", "months"))
    if not year or not months or year > 9999 or months > 1200:
        raise Http404
    return year, months


def _kept_title(n: int, year: int, months: int) -> str:
    return _("%(year)s 年来的，过了 %(months)s 个月还在 %(n)s 位") % {"year": year, "months": months, "n": thousands(n)}


def _sums(books: Books, places: list[int], asked: Asked, what: str) -> str:
    """What the page's amounts are made of: the sum and the mean of this list."""
    if not places:
        return ""
    before = int(books.bought(asked.period)[places].sum())
    slots = {"start": monthday(asked.period.start), "sum": money(before), "mean": money(round(before / len(places)), exact=False)}
    said = _("%(start)s之前 12 个月一共买 %(sum)s，平均每位 %(mean)s。") % slots
    if what != "lost":
        return said
    own = int(books.cents[places].sum())
    slots = {"said": said, "sum": money(own), "mean": money(round(own / len(places)), exact=False)}
    return _("走前一年一共买 %(sum)s，平均每位 %(mean)s；%(said)s走前一年买得多的在前。") % slots


def _because(request: Request, what: str) -> tuple[str, str]:
    """(code, words) of the one reason (?reason=) or class (?why=) that is asked for; ("", "") for all."""
    for name, kinds in (("reason", Reason), ("why", Why)):
        code = request.GET.get(name, "")
        if code and (code not in kinds.values or what != "lost"):
            raise Http404
        if code:
            return code, str(kinds(code).label)
    return "", ""


def _page_link(request: Request, asked: Asked, what: str, page: int) -> str:
    more = {name: value for name in ("group", "reason", "why", "year", "months") if (value := request.GET.get(name))}
    return asked.address("churn_names", what=what, page=str(page), **({} if "group" in more else {"by": ""}), **more)


def _rows(books: Books, places: list[int], asked: Asked, what: str) -> list[dict[str, Any]]:
    """One row a stay. Four queries whatever the number of rows."""
    ids = [int(books.who[place]) for place in places]
    cards = Customer.objects.select_related("unit", "owner").in_bulk(ids)
    reasons = reasons_of(ids) if what == "lost" else {}
    cases = {(row.customer_id, row.lost_on): row for row in WinBack.objects.filter(customer__in=ids)} if what == "lost" else {}
    bought = books.bought(asked.period)
    rows = []
    for place, customer in zip(places, ids, strict=True):
        ended = int(books.ended[place])
        lost_on = date_of(ended) if ended != FOR_EVER else None
        cause = books.cause[place]
        reason = reasons.get((customer, lost_on)) if lost_on else None
        rows.append(
            {
                "card": cards[customer],
                "began": date_of(int(books.began[place])),
                "lost_on": lost_on,
                "cents": int(books.cents[place]),
                "bought": int(bought[place]),
                "cause": str(Cause(cause).label) if cause else "",
                "reason": str(reason.get_reason_display()) if reason else "",
                "known": cause in FACTS,
                "case": cases.get((customer, lost_on)) if lost_on else None,
            }
        )
    return rows


@door("churn.read")
def changes(request: Request) -> HttpResponse:
    """Whose past came out otherwise when the books were reckoned anew, the newest first."""
    found = BookChange.objects.visible_to(request.user).select_related("run", "customer", "customer__unit")
    found = found.order_by("-run", "customer__pinyin", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    link = reverse("churn_changes")
    context = {
        "page": page,
        "rows": [(row, _moves(row.was), _moves(row.now)) for row in page],
        "before": f"{link}?page={page.number - 1}" if page.has_previous() else "",
        "after": f"{link}?page={page.number + 1}" if page.has_next() else "",
    }
    crumb = [(_("流失"), reverse("churn")), (_("过去的账改了什么"), "")]
    return render(request, "churn/changes.html", context, nav="churn", crumb=crumb)


def _moves(moves: list[list[str]]) -> list[str]:
    words = {"new": _("%(day)s来的"), "returned": _("%(day)s回来"), "lost": _("%(day)s走了")}
    if any(what not in words for what, _day in moves):
        raise Http404
    return [words[what] % {"day": date.fromisoformat(day).isoformat()} for what, day in moves]


urlpatterns = [
    path("churn/names/", names, name="churn_names"),
    path("churn/changes/", changes, name="churn_changes"),
]
