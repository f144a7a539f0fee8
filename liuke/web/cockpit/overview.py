"""驾驶舱: one page for whoever leads: on file, here this month, where the others are, the money at risk. Every number opens its list."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liuke.packs.schema import Pack
from liuke.standing.flow import OVERDUE, Flow, flow
from liuke.standing.queries import current_run
from liuke.standing.reasons import spoken_day
from liuke.team.models import Unit
from liuke.team.queries import pack as pack_in_use
from liuke.team.queries import units_in_scope
from liuke.web.cockpit.flow_picture import OUTCOME_WORDS, picture, then_word
from liuke.web.cockpit.saves import levels
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.words import brief

SIGNALS_SHOWN = 6


@dataclass(frozen=True)
class Link:
    """Address of the customer list for a part of the flow, within the unit that is looked at."""

    unit: Unit | None

    def __call__(self, then: str = "", now: str = "", outcome: str = "", **more: str) -> str:
        marks = {"then": then, "stage": now, "outcome": outcome, "unit": str(self.unit.pk) if self.unit else "", **more}
        query = urlencode({key: value for key, value in marks.items() if value})
        return f"{reverse('customers')}?{query}" if query else reverse("customers")


@door("cockpit.read")
def cockpit(request: Request) -> HttpResponse:
    """The page, for the reader's whole scope or one unit of it (?unit=)."""
    units = list(units_in_scope(request.user))
    unit = _unit(request, units)
    root = request.user.scope_unit
    run = current_run()
    place = unit or root
    crumb = [(_("驾驶舱"), ""), (place.name if place else "", "")]
    if run is None:
        return render(request, "cockpit/empty.html", nav="cockpit", crumb=crumb)
    books = flow(request.user, run, unit.path if unit and unit.path else "")
    link = Link(unit)
    then_label = spoken_day(books.before, run.as_of) if books.before else _("之前")
    context = {
        "books": books,
        "run": run,
        "link": link,
        "unit": unit,
        "units": [(str(one.pk), "　" * _depth(one, root) + one.name) for one in units],
        "picture": picture(books, link, then_label, spoken_day(run.as_of, run.as_of)),
        "streams": _notable(books),
        "stages": [(code, books.at_risk(now=code)) for code in ("A", "B", "C", "D")],
        "most": max([books.at_risk(now=code) for code in ("A", "B", "C", "D")] + [1]),
        "change": _change(books),
        "overdue": books.count(outcome=OVERDUE),
        "overdue_cents": books.at_risk(outcome=OVERDUE),
        "rows": [
            (stream, then_word(stream.then), then_word(stream.now), OUTCOME_WORDS[stream.outcome])
            for stream in sorted(books.streams, key=lambda stream: -stream.customers)
        ],
        "signals": _signals(books, pack_in_use()),
        **levels(request.user),
    }
    return render(request, "cockpit/cockpit.html", context, nav="cockpit", crumb=crumb)


def _change(books: Flow) -> str:
    """Money at risk against last month, with its sign."""
    more = books.at_risk() - (books.at_risk_before_cents or 0)
    return ("＋" if more >= 0 else "−") + brief(abs(more))


def _depth(unit: Unit, root: Unit | None) -> int:
    return (unit.path or "").count("/") - (root.path or "").count("/") if root else 0


def _unit(request: Request, units: list[Unit]) -> Unit | None:
    """The unit asked for; one outside the scope does not exist."""
    asked = request.GET.get("unit", "")
    if not asked:
        return None
    for unit in units:
        if str(unit.pk) == asked:
            return unit
    raise Http404


def _notable(books: Flow) -> list[tuple[str, str, int]]:
    """The streams worth a look, in a fixed order: the two largest that slip away or are gone, then the two largest won back."""
    slipping = [(then, now) for now in "DE" for then in "ABCD" if then != now]
    back = [("D", now) for now in "BC"]
    found = []
    for pairs in (slipping, back):
        counted = [(then, now, books.count(then=then, now=now)) for then, now in pairs]
        found += sorted((row for row in counted if row[2]), key=lambda row: -row[2])[:2]
    return found


def _signals(books: Flow, pack: Pack) -> list[tuple[str, str, int, int]]:
    """(key, name, customers, money) of the signals with most money behind them."""
    english = not (get_language() or "zh").startswith("zh")
    names = {signal.key: signal.name.en if english else signal.name.zh for signal in pack.signals}
    return [(s.key, names.get(s.key, s.key), s.customers, s.at_risk_cents) for s in books.signals[:SIGNALS_SHOWN]]


urlpatterns = [path("cockpit/", cockpit, name="cockpit")]
