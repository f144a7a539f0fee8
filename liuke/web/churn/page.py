"""流失: the finding, the balance, both rates and what they mean, by group, who stays, why they went, what went with them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pyarrow.compute as pc
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from liuke.analytics.days import date_of, day_number
from liuke.churn.books import FIELDS, Balance, Books
from liuke.churn.keeping import newest, shown
from liuke.churn.labels import Reason
from liuke.churn.models import BookChange
from liuke.churn.reasons import Split, split
from liuke.churn.retention import Cohort, cohorts
from liuke.churn.words import group_names
from liuke.kernel import clock
from liuke.standing.labels import CustomerType, Grade
from liuke.team.folk import folk
from liuke.team.queries import pack as current_pack
from liuke.team.queries import units_in_scope
from liuke.web.churn.asked import Asked, finding, offered, read
from liuke.web.churn.pictures import NARROW, curves, points_table
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.words import money, percent

FEWEST = 30
SAME = Fraction(1, 10)
"""Rates that differ by less than a tenth of the absolute one are called alike."""
SHOWN = 40
ORDER = {"grade": [*Grade.values, ""], "type": [*CustomerType.values, ""]}


@door("churn.read")
def churn(request: Request) -> HttpResponse:
    """The books of a period (?period=, or ?from=&to=), of the reader's scope or one unit of it (?unit=), divided (?by=)."""
    asked, run = read(request), newest()
    crumb = [(_("流失"), "")]
    if run is None:
        return render(request, "churn/empty.html", {"asked": asked}, nav="churn", crumb=crumb)
    books = asked.books(request.user)
    units = list(units_in_scope(request.user))
    by = asked.by or ("unit" if len(units) > 2 and asked.unit is None else "grade")
    asked = Asked(asked.period, asked.known, asked.unit, by, asked.error)
    found = books.balance(asked.period)
    told = split(books, asked.period)
    years = cohorts(books, day_number(min(run.until, clock.today())))
    context = {
        "asked": asked,
        "gone": current_pack().thresholds,
        "found": found,
        "nothing": finding(asked, found),
        "absolute": rate(found, found.absolute),
        "relative": rate(found, found.relative),
        "meaning": meaning(found),
        "mean_lost": _mean(found.bought_lost_cents, found.lost),
        "mean_all": _mean(found.bought_all_cents, found.opening),
        "periods": [(words, asked.address(period=key), key == asked.known) for key, words in offered()],
        "units": [(str(one.pk), one.name) for one in units],
        "tabs": [(words, asked.address(by=key), key == by) for key, words in fields()],
        "by_word": dict(fields())[by],
        "rows": _rows(books, asked),
        "rate": rate,
        "split": told,
        "reasons": _reasons(told),
        "classes": _classes(told),
        "years": [(one, table) for one, table in zip(years, map(points_table, years), strict=True)],
        "first_year": _first_year(years),
        "curves": curves(years),
        "curves_narrow": curves(years, NARROW),
        "run": run,
        "behind": run.until < clock.today(),
        "changed": BookChange.objects.visible_to(request.user).filter(run__until__gte=asked.period.start).count(),
    }
    return render(request, "churn/page.html", context, nav="churn", crumb=crumb)


def fields() -> list[tuple[str, str]]:
    """How the books can be divided."""
    words = [_("等级"), _("类型"), _("门店"), _("业务员"), _("哪年来的"), _("月份")]
    return list(zip(FIELDS, words, strict=True))


def rate(found: Balance, share: Fraction | None) -> str:
    """12.3%; 说不准 of fewer than 30 customers at the start; — of nobody."""
    if share is None:
        return "—"
    return percent(float(share)) if found.opening >= FEWEST else _("说不准")


def meaning(found: Balance) -> str:
    """What the two rates say side by side."""
    if found.absolute is None or found.relative is None or not found.lost or found.opening < FEWEST:
        return ""
    times = found.relative / found.absolute
    slots = {"times": f"{float(times):.1f}"}
    if times > 1 + SAME:
        return _("走的人平均买得比大家多，是 %(times)s 倍：丢的是大客户。") % slots
    if times < 1 - SAME:
        return _("走的人平均买得比大家少，是 %(times)s 倍：多是来得少、早就不怎么来的。") % slots
    return _("走的人买得跟大家差不多。")


def _mean(cents: int, n: int) -> str:
    return money(round(cents / n), exact=False) if n else "—"


def _first_year(years: list[Cohort]) -> int | None:
    """The first year of all deals, where a line is drawn for it: whoever came before the first deal on file counts as come then."""
    first = shown()["began"]
    earliest = date_of(int(pc.min(first).as_py())).year if len(first) else None
    return earliest if any(one.year == earliest and one.points for one in years) else None


def _rows(books: Books, asked: Asked) -> list[tuple[Balance, str]]:
    rows = books.by(asked.by, asked.period)
    names = group_names(asked.by, [row.key for row in rows])
    if order := ORDER.get(asked.by):
        rows.sort(key=lambda row: order.index(row.key))
    elif asked.by in ("unit", "owner"):
        rows.sort(key=lambda row: (-row.lost, names[row.key]))
    return [(row, names[row.key]) for row in rows[:SHOWN]]


def _reasons(told: Split) -> list[tuple[str, str, int, float]]:
    """(code, words, how many, share of the most)."""
    most = max([*told.reasons.values(), 1])
    return [(code, str(Reason(code).label), n, n / most) for code, n in told.reasons.items()]


def _classes(told: Split) -> list[dict[str, Any]]:
    """Our own shares beside what the trade teaches: never added, never averaged."""
    whole = told.classed
    return [
        {
            "key": each.key,
            "n": told.whys.get(each.key, 0),
            "name": each.name,
            "ours": _share(told.whys.get(each.key, 0), whole),
            "taught": f"{each.value.normalize():f}%",
            "source": each.source,
            "own": each.own,
        }
        for each in folk(current_pack(), "leaving")
    ]


def _share(n: int, whole: int) -> str:
    if not whole:
        return "—"
    return percent(n / whole) if whole >= FEWEST else f"{n} ÷ {whole}"


urlpatterns = [path("churn/", churn, name="churn")]
