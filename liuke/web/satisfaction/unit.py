"""七项指标 of a unit, and those who say nothing; after each service, whom to ask."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.satisfaction import waves as acts
from liuke.satisfaction.after import served, service_wave
from liuke.satisfaction.labels import INDICATOR_WORDS
from liuke.satisfaction.models import Wave
from liuke.satisfaction.seven import COUNTED, Indicator, came, seven
from liuke.satisfaction.silent import silent
from liuke.team.models import Unit
from liuke.team.permissions import may
from liuke.team.queries import pack, units_in_scope
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.satisfaction import words as say
from liuke.web.satisfaction.indicator_answers import answers_link, unit_or_404
from liuke.web.words import money, thousands

PEOPLE = 50


@door("survey.read")
def indicators(request: Request) -> HttpResponse:
    user, today, least = request.user, clock.today(), pack().surveys.least
    units = list(units_in_scope(user).order_by("path"))
    unit = unit_or_404(request)
    rows = seven(user, unit, today)
    quiet = silent(user, unit, today)
    context = {
        "title": _title(rows, least),
        "tabs": say.tabs(user, "indicators"),
        "units": [("", _("我看得到的全部"))] + [(str(each.pk), each.name) for each in units],
        "unit": unit,
        "lines": [
            (INDICATOR_WORDS[row.key], _value(row, least), _how(row), _range(row, least), _list(row, unit), _whole(row, unit), row.how)
            for row in rows
        ],
        "quiet": quiet,
        "say": say,
        "least": least,
        "folk": _route("folk") if may(user, "folk.edit") else "",
    }
    return render(
        request,
        "satisfaction/indicators.html",
        context,
        nav="satisfaction",
        crumb=[(_("满意度"), reverse("satisfaction")), (_("七项指标"), "")],
    )


def _title(rows: tuple[Indicator, ...], least: int) -> str:
    by_key = {row.key: row for row in rows}
    back = by_key["repurchase"]
    if back.share is None:
        return _("近一年还没有成交")
    told = {"back": say.share_words(back.share, least), "complaint": say.share_words(by_key["complaint"].share, least)}
    return _("近一年来过的人里 %(back)s 又来过，%(complaint)s 投诉过") % told


def _value(row: Indicator, least: int) -> str:
    if row.cents is not None:
        return money(row.cents, exact=False)
    if row.mean is not None:
        return say.mean_words(row.mean, least)
    return say.share_words(row.share, least) if row.share is not None else "—"


def _range(row: Indicator, least: int) -> str:
    if row.mean is not None and row.mean.n >= least and row.mean.margin == 0:
        return _("全都一样，看不出误差。")
    return say.share_range(row.share, least)


def _how(row: Indicator) -> str:
    """Where the figure comes from, and what it counts."""
    n = {"n": thousands(row.n)}
    told = {
        "reputation": _("问来的，%(n)s 份：身边人的口碑，1–5 分的平均"),
        "awareness": _("问来的，%(n)s 份：先想到我们的比例"),
        "repurchase": _("按成交算：近一年来过的 %(n)s 位里，来过两天以上的"),
        "amount": _("按成交算：近一年净额 ÷ 来的 %(n)s 次"),
        "price_sensitivity": _("问来的，%(n)s 份：别家便宜一成就换的比例，越低越好"),
        "complaint": _("按投诉算：近一年来过的 %(n)s 位里，投诉过的，越低越好"),
        "recommendation": _("问来的，%(n)s 份：推荐意愿打 9、10 分的比例"),
    }
    return (told[row.key] if row.known else _("还没有问过，或者没有数")) % n


def _whole(row: Indicator, unit: Unit | None) -> str:
    """The list of everybody, or of all answers, of which a share is taken."""
    return _list(row, unit, True) if row.share is not None and row.n else ""


def _list(row: Indicator, unit: Unit | None, everybody: bool = False) -> str:
    """Who is counted, or everybody he is counted of; of what was asked, the answers."""
    if row.how == "asked":
        return answers_link(row.key, unit, everybody)
    return _people_link(row.key, unit, everybody)


def _people_link(of: str, unit: Unit | None, everybody: bool) -> str:
    parts = {"of": of, "unit": str(unit.pk) if unit else "", "all": "1" if everybody else ""}
    return f"{reverse('indicator_people')}?{urlencode({key: value for key, value in parts.items() if value})}"


@door("survey.read")
def people(request: Request) -> HttpResponse:
    """Who is counted by an indicator (?of=), or everybody of whom he is (?all=1), of a unit or of all in sight."""
    user, key, everybody = request.user, request.GET.get("of", "repurchase"), request.GET.get("all") == "1"
    if key not in COUNTED:
        raise Http404
    unit = unit_or_404(request)
    found = [one for one in came(user, unit, clock.today()) if everybody or COUNTED[key](one)]
    found.sort(key=lambda one: (-one.days, -one.cents, one.customer))
    page = Paginator(found, PEOPLE).get_page(request.GET.get("page"))
    cards = Customer.objects.select_related("unit", "owner").in_bulk([one.customer for one in page])
    here = _people_link(key, unit, everybody)
    visits, cents = sum(one.days for one in found), sum(one.cents for one in found)
    slots = {"visits": thousands(visits), "sum": money(cents), "mean": money(round(cents / visits), exact=False) if visits else "—"}
    context = {
        "title": _people_title("amount" if everybody else key, len(found)),
        "second": _("一共来了 %(visits)s 次，净额 %(sum)s，一次 %(mean)s") % slots if found else "",
        "unit": unit,
        "rows": [(cards[one.customer], one) for one in page if one.customer in cards],
        "page": page,
        "before": f"{here}&page={page.number - 1}" if page.has_previous() else "",
        "after": f"{here}&page={page.number + 1}" if page.has_next() else "",
    }
    up = reverse("indicators") + (f"?unit={unit.pk}" if unit else "")
    trail = [(_("满意度"), reverse("satisfaction")), (_("七项指标"), up), (INDICATOR_WORDS[key], "")]
    return render(request, "satisfaction/counted.html", context, nav="satisfaction", crumb=trail)


def _people_title(key: str, n: int) -> str:
    said = {
        "repurchase": _("近一年来过两天以上的 %(n)s 位"),
        "amount": _("近一年来过的 %(n)s 位"),
        "complaint": _("近一年来过、也投诉过的 %(n)s 位"),
    }
    return said[key] % {"n": thousands(n)}


def _route(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


# ── after each service ───────────────────────────────────────────────────────


@door("survey.ask")
def after(request: Request) -> HttpResponse:
    """Whom to ask: who was here in the last days."""
    user, today = request.user, clock.today()
    wave = service_wave(user, today)
    rows = served(user, wave, today) if wave is not None else []
    waiting = sum(row.invitation is None for row in rows)
    context = {
        "title": _("%(n)s 位刚来过，还没请他们打分") % {"n": thousands(waiting)} if waiting else _("刚来过的都请过了"),
        "tabs": say.tabs(user, "after"),
        "wave": wave,
        "rows": rows,
        "days": pack().surveys.after_days,
    }
    if wave is None:
        context["title"] = _("还没有服务后的调查")
    trail = [(_("满意度"), reverse("satisfaction") if may(user, "survey.read") else ""), (_("服务后"), "")]
    return render(request, "satisfaction/after.html", context, nav="satisfaction", crumb=trail)


@door("survey.ask", ("POST",))
def ask_one(request: Request, pk: int) -> HttpResponse:
    """Make one customer's link: about the visit of `on`, or in the wave `wave`. Then to the page with the words to send."""
    user, on = request.user, _day(request.POST.get("on", ""))
    number = as_id(request.POST.get("wave", ""))
    wave = number or getattr(service_wave(user, clock.today()), "pk", None)
    back = reverse("customer", args=[pk])
    try:
        if wave is None:
            Customer.objects.visible_to(user).get(pk=pk)
            raise Refused("survey.none", "现在没有在收的调查，请运营中心先开一轮。")
        made = acts.invite(user, wave, pk, on)
    except (Customer.DoesNotExist, Wave.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, back)
    return moved(request, reverse("survey_invitation", args=[made.pk]))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found <= clock.today() else None


urlpatterns = [
    path("satisfaction/indicators/", indicators, name="indicators"),
    path("satisfaction/indicators/people/", people, name="indicator_people"),
    path("satisfaction/after/", after, name="survey_after"),
    path("satisfaction/customers/<int:pk>/ask/", ask_one, name="survey_one"),
]
