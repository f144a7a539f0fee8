"""走访回顾: visits against value, by area or person, a month or a quarter; what to change, and the rows behind every number."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody.queries import masked_text
from liuke.kernel import clock
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.visits import review as reviews
from liuke.visits.models import Area
from liuke.visits.review import Period, Word, period_of
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.visits.words import tabs
from liuke.web.words import brief, monthday, percent, sentences

BYS = ("area", "person")
KINDS = ("visits", "deals", "customers")
PAGE = 50


def _asked(request: Request) -> tuple[Period, str]:
    by = request.GET.get("by", "")
    usual = "area" if by not in BYS or request.user.role == Role.REP else by
    return period_of(request.GET.get("of", ""), clock.today()), usual


def _address(period: Period, by: str) -> str:
    return f"{reverse('visit_review')}?{urlencode({'of': period.key, 'by': by})}"


def period_words(period: Period) -> str:
    """2026年10月, 2026年第 4 季度."""
    if period.quarter:
        return _("%(year)s年第%(n)s季度") % {"year": period.first.year, "n": (period.first.month + 2) // 3}
    return _("%(year)s年%(n)s月") % {"year": period.first.year, "n": period.first.month}


def said(word: Word, by: str) -> str:
    """A suggestion as a sentence with its evidence: 长河片去了 20 次，占 27%；成交占 5%。可以少去几次."""
    slots = {
        "name": word.line.name or nobody(by), "n": word.line.visits, "went": percent(word.visit_share, 0),
        "worth": percent(word.value_share, 0), "value": brief(word.line.value_cents), "deals": word.line.deals,
    }  # fmt: skip
    if word.line.key == reviews.NOBODY:
        said = _("**%(name)s**去了 **%(n)s 次**，占 %(went)s；一年成交 **%(value)s**，占 %(worth)s。") % slots
        return sentences(said, _("先给他们定好业务员，才说得准。") if by == "person" else _("先把他们归到片区，才说得准。"))
    if by == "person":
        if word.often:
            return _("**%(name)s**的客户去了 **%(n)s 次**，占 %(went)s；一年成交占 **%(worth)s**。去得多的几家可以隔久一点。") % slots
        return _("**%(name)s**的客户一年成交 **%(value)s**，占 %(worth)s；只去了 **%(n)s 次**，占 %(went)s。下次多排几家。") % slots
    if word.often:
        return _("**%(name)s**去了 **%(n)s 次**，占 %(went)s；一年成交占 **%(worth)s**。可以少去几次，匀给别的片区。") % slots
    return _("**%(name)s**一年成交 **%(value)s**，占 %(worth)s；只去了 **%(n)s 次**，占 %(went)s。下次多排几家。") % slots


def nobody(by: str) -> str:
    """The name of the row of customers without an area, or without anybody."""
    return _("没有业务员的") if by == "person" else _("没有片区的")


@door("visit.read")
def index(request: Request) -> HttpResponse:
    period, by = _asked(request)
    found = reviews.review(request.user, period, by)
    month = period_of(f"{period.last.year}-{period.last.month:02d}", clock.today())
    quarter = period_of(f"{period.last.year}-Q{(period.last.month + 2) // 3}", clock.today())
    here = lambda what, key: f"{reverse('visit_review_rows')}?{urlencode({'of': period.key, 'by': by, 'what': what, 'key': key})}"  # noqa: E731
    context = {
        **SHARED,
        "title": _title(found),
        "review": found,
        "period": period,
        "words": period_words(period),
        "said": [said(word, by) for word in found.words],
        "rows": here,
        "all": "all",
        "bys": [] if request.user.role == Role.REP else [
            (_("按片区"), _address(period, "area"), by == "area"), (_("按人"), _address(period, "person"), by == "person")
        ],
        "spans": [(_("月"), _address(month, by), not period.quarter), (_("季度"), _address(quarter, by), period.quarter)],
        "before": _address(period_of(_key(period.first - timedelta(days=1), period), clock.today()), by),
        "after": _address(period_of(_key(period.last + timedelta(days=1), period), clock.today()), by),
        "running": period.last >= clock.today(),
        "tabs": tabs(request.user, "visit_review"),
        "by": by,
        "enough": reviews.ENOUGH,
        "nobody": nobody(by),
        "days": reviews.AFTER_DAYS,
        "known_on": found.known_on if found.known_on > clock.today() else None,
    }  # fmt: skip
    return render(request, "visits/review.html", context, nav="visits", crumb=[(_("拜访"), reverse("visits")), (_("走访回顾"), "")])


def _key(day: date, like: Period) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}" if like.quarter else f"{day.year}-{day.month:02d}"


def _title(found: reviews.Review) -> str:
    when = period_words(found.period)
    if not found.visits:
        return _("%(when)s没有记下拜访") % {"when": when}
    return _("%(when)s去了 %(n)s 次，之后成交 %(amount)s") % {"when": when, "n": f"{found.visits:,}", "amount": brief(found.brought_cents)}


@door("visit.read")
def rows(request: Request) -> HttpResponse:
    """The visits, deals or customers behind one figure; ?key=all for a total."""
    (period, by), what, key = _asked(request), request.GET.get("what", "visits"), request.GET.get("key", "all")
    if what not in KINDS or not (key == "all" or (key.isascii() and key.isdigit() and len(key) < 19)):
        raise Http404
    viewer = request.user
    found: Any
    if what == "visits":
        found = reviews.visits_in(viewer, period, by).select_related("customer", "by").order_by("-on", "-pk")
    elif what == "deals":
        found = reviews.deals_after(viewer, period, by).select_related("customer", "staff").order_by("-on", "-pk")
    else:
        found = reviews.customers_of(viewer, by).select_related("unit", "owner").order_by("pinyin", "pk")
    if key == "0":
        found = found.filter(key__isnull=True)
    elif key != "all":
        found = found.filter(key=int(key))
    page = request.GET.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1
    total = found.count()
    name = _name(viewer, by, key)
    base = {"of": period.key, "by": by, "what": what, "key": key}
    context = {
        **SHARED,
        "title": _rows_title(what, name, period, total),
        "what": what,
        "found": list(found[(number - 1) * PAGE : number * PAGE]),
        "masked": masked_text,
        "page": number,
        "before": f"{reverse('visit_review_rows')}?{urlencode({**base, 'page': number - 1})}" if number > 1 else "",
        "after": f"{reverse('visit_review_rows')}?{urlencode({**base, 'page': number + 1})}" if total > number * PAGE else "",
    }
    crumb = [(_("拜访"), reverse("visits")), (_("走访回顾"), _address(period, by)), (name or _("全部"), "")]
    return render(request, "visits/rows.html", context, nav="visits", crumb=crumb)


def _name(viewer: User, by: str, key: str) -> str:
    if key == "all":
        return ""
    if key == "0":
        return nobody(by)
    rows = User.objects.filter(pk=int(key)) if by == "person" else Area.objects.visible_to(viewer).filter(pk=int(key))
    return str(rows.values_list("name", flat=True).first() or "")


def _rows_title(what: str, name: str, period: Period, total: int) -> str:
    slots = {"name": name or _("全部"), "n": f"{total:,}", "first": monthday(period.first), "last": monthday(period.last)}
    if what == "visits":
        return _("%(name)s：%(first)s 到 %(last)s 去了 %(n)s 次") % slots
    if what == "deals":
        return _("%(name)s：去过以后成交 %(n)s 笔") % slots
    return _("%(name)s：%(n)s 位客户") % slots


urlpatterns = [
    path("visits/review/", index, name="visit_review"),
    path("visits/review/rows/", rows, name="visit_review_rows"),
]
