"""准确率和完整度: how true and how full the cards are, by owner and by unit, and the fields behind it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.kernel import clock
from liuke.kernel.text import as_id
from liuke.team.models import Unit
from liuke.team.queries import pack as pack_in_use
from liuke.team.queries import units_in_scope
from liuke.verification import counting, queries
from liuke.verification.rules import week_of
from liuke.web.customers.truth import field_label
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.verification.week import address, number_of, tabs
from liuke.web.verification.words import VERIFICATION, WEEKS, accuracy_title, report_second
from liuke.web.words import thousands

ROWS = 100


@door("verification.read")
def report(request: Request) -> HttpResponse:
    """Accuracy and completeness, by owner or by unit."""
    user, today = request.user, clock.today()
    n, by = _weeks(request), queries.UNIT if request.GET.get("by") == queries.UNIT else queries.OWNER
    since = queries.first_week(today, n)
    sample = next((one for one in queries.weeks(1) if one.week == week_of(today)), None)
    found, (cards, percent) = queries.whole(user, since), queries.filling(user)

    def link(**asked: str | int) -> str:
        return f"{reverse('verification_report')}?{urlencode({'weeks': n, 'by': by, **asked})}"

    context = {
        **VERIFICATION,
        "title": accuracy_title(found, n),
        "second": report_second(cards, percent, counting.counted_at()),
        "whole": found,
        "lines": queries.lines(user, since, by),
        "by": by,
        "n": n,
        "progress": queries.progress(user, sample),
        "week": lambda state: address(sample, state),
        "periods": [(_("近 %(n)s 周") % {"n": one}, link(weeks=one), one == n) for one in WEEKS],
        "groups": [(_("按业务员"), link(by=queries.OWNER), by == queries.OWNER), (_("按单位"), link(by=queries.UNIT), by == queries.UNIT)],
        "fields": lambda line=None, wrong=False: _fields(n, by, line, wrong),
        "list": lambda line, low=False: _list(by, line, low),
        "tabs": tabs("verification_report"),
    }
    return render(request, "verification/report.html", context, nav="verification", crumb=_("核查"))


def _fields(n: int, by: str, line: queries.Line | None, wrong: bool) -> str:
    asked: dict[str, str | int] = {"weeks": n}
    if line is not None:
        asked[by] = line.key
    if wrong:
        asked["wrong"] = 1
    return f"{reverse('verification_fields')}?{urlencode(asked)}"


def _list(by: str, line: queries.Line, low: bool) -> str:
    """The cards behind a line; the list's own condition `none` is nobody's and those of who left."""
    asked: dict[str, str | int] = {by: line.key or "none"}
    if low:
        asked["complete"] = f"0-{counting.LOW - 1}"
    return f"{reverse('customers')}?{urlencode(asked)}"


@door("verification.read")
def fields(request: Request) -> HttpResponse:
    """The checked fields behind an accuracy."""
    user, pack, n = request.user, pack_in_use(), _weeks(request)
    owner = as_id(request.GET.get("owner", ""))
    unit = _unit(request, request.GET.get("unit", ""))
    wrong = request.GET.get("wrong") == "1"
    page = max(number_of(request.GET.get("page", "")), 1)
    rows = queries.checks(user, queries.first_week(clock.today(), n), owner=owner, unit=unit, wrong=wrong)
    count = rows.count()
    shown = list(rows[(page - 1) * ROWS : page * ROWS])
    kept = {name: str(value) for name, value in request.GET.items() if name in ("weeks", "owner", "unit", "wrong")}

    def at(number: int) -> str:
        return f"{reverse('verification_fields')}?{urlencode({**kept, 'page': str(number)})}"

    context = {
        "title": (_("不对的 %(n)s 项") if wrong else _("核过 %(n)s 项")) % {"n": thousands(count)},
        "rows": shown,
        "label": lambda name: field_label(name, pack),
        "before": at(page - 1) if page > 1 else "",
        "after": at(page + 1) if page * ROWS < count else "",
        "page": page,
        "n": n,
    }
    crumb = [(_("核查"), f"{reverse('verification_report')}?weeks={n}"), (_("核过的字段"), "")]
    return render(request, "verification/fields.html", context, nav="verification", crumb=crumb)


def _unit(request: Request, text: str) -> Unit | None:
    if not text:
        return None
    found = units_in_scope(request.user).filter(pk=number_of(text)).first()
    if found is None:
        raise Http404
    return found


def _weeks(request: Request) -> int:
    asked = number_of(request.GET.get("weeks", ""))
    return asked if asked in WEEKS else WEEKS[1]


urlpatterns = [
    path("verification/report/", report, name="verification_report"),
    path("verification/fields/", fields, name="verification_fields"),
]
