"""关怀: the month's sheet with whose day comes when, each day's list, what comes in the next two weeks; care against selling."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.care import balance as balancing
from liuke.care.calendar import AHEAD, SHOWN, ahead, days, of_day
from liuke.care.keeping import kept
from liuke.care.labels import CareSide, level_word
from liuke.kernel import clock
from liuke.kernel.text import as_id
from liuke.playbooks.queries import pack as pack_with_own
from liuke.standing.queries import current_run
from liuke.team.models import Unit
from liuke.team.queries import pack as pack_in_use
from liuke.web.care import words as say
from liuke.web.customers.words import yuan
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.words import day as day_words
from liuke.web.words import thousands
from liuke.work.words import pick

MAX_PAGE = 200
YEARS = 2
"""The sheet goes so far back and ahead."""


def _page(request: Request) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MAX_PAGE and len(text) < 4 else 1


def _month(request: Request, today: date) -> date:
    try:
        asked = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
    return asked if abs(asked.year - today.year) <= YEARS else today.replace(day=1)


@door("care.read")
def care(request: Request) -> HttpResponse:
    user, today, pack, run = request.user, clock.today(), pack_in_use(), current_run()
    month = _month(request, today)
    first, last = say.bounds(month)
    counted = days(user, first, last, today, pack, run)
    soon = today + timedelta(AHEAD - 1)
    coming = counted if first <= today and soon <= last else days(user, today, soon, today, pack, run)
    lines, until = ahead(user, today, pack, run, coming)
    now, all_soon = (
        sum(entry.count for entry in coming.get(today, ())),
        sum(entry.count for day, entries in coming.items() if today <= day <= soon for entry in entries),
    )
    title = _("今天是 %(n)s 位客户的日子，%(days)s 天里 %(all)s 位") if now else _("今天没有客户的日子，%(days)s 天里 %(all)s 位")
    back, on = (month - timedelta(1)).replace(day=1), (month + timedelta(31)).replace(day=1)
    context = {
        "say": say,
        "pick": pick,
        "level_word": level_word,
        "title": title % {"n": thousands(now), "days": AHEAD, "all": thousands(all_soon)},
        "tabs": say.tabs(user, "care"),
        "month": month,
        "weeks": say.sheet(month, counted),
        "before": f"{reverse('care')}?month={back:%Y-%m}" if abs(back.year - today.year) <= YEARS else "",
        "after": f"{reverse('care')}?month={on:%Y-%m}" if abs(on.year - today.year) <= YEARS else "",
        "today": today,
        "lines": lines,
        "until": until,
        "soon": soon,
        "coming": coming,
    }
    return render(request, "care/care.html", context, nav="care", crumb=_("关怀"))


@door("care.read")
def care_day(request: Request, day: str) -> HttpResponse:
    user, today, pack, run = request.user, clock.today(), pack_in_use(), current_run()
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if abs(on.year - today.year) > YEARS:
        raise Http404
    counted = days(user, on, on, today, pack, run).get(on, ())
    keys = {each.occasion.key for each in kept(pack)}
    key = request.GET.get("key", "") if request.GET.get("key", "") in keys else ""
    page, total = _page(request), sum(entry.count for entry in counted if key in ("", entry.occasion.key))
    where = reverse("care_day", args=[on.isoformat()])

    def address(key: str = key, page: int = 1) -> str:
        asked = {name: value for name, value in (("key", key), ("page", page if page > 1 else "")) if value}
        return where + (f"?{urlencode(asked)}" if asked else "")

    all_of = sum(entry.count for entry in counted)
    context = {
        "say": say,
        "pick": pick,
        "yuan": yuan,
        "level_word": level_word,
        "on": on,
        "today": today,
        "title": _("%(day)s有 %(n)s 位") % {"day": day_words(on, today), "n": thousands(all_of)}
        if all_of
        else _("%(day)s没有客户的日子") % {"day": day_words(on, today)},
        "views": [(_("全部"), all_of, address(""), not key)]
        + [(pick(entry.occasion.name), entry.count, address(entry.occasion.key), key == entry.occasion.key) for entry in counted],
        "lines": of_day(user, on, today, pack, run, key, page),
        "total": total,
        "page": page,
        "address": address,
        "more": total > page * SHOWN and page < MAX_PAGE,
        "before": reverse("care_day", args=[(on - timedelta(1)).isoformat()]),
        "after": reverse("care_day", args=[(on + timedelta(1)).isoformat()]),
    }
    crumb = [(_("关怀"), f"{reverse('care')}?month={on:%Y-%m}"), (day_words(on, today), "")]
    return render(request, "care/day.html", context, nav="care", crumb=crumb)


# ── care against selling ─────────────────────────────────────────────────────


@door("care.read")
def care_balance(request: Request) -> HttpResponse:
    user, today = request.user, clock.today()
    pack = pack_with_own()
    days, shares = pack.contact_budget.in_days, balancing.balance(user, today, pack)
    whole = shares[0]
    if whole.care and whole.selling:
        title = _("%(days)s 天里问候 %(care)s 次，销售 %(selling)s 次，%(ratio)s") % {
            "days": days, "care": thousands(whole.care), "selling": thousands(whole.selling), "ratio": ratio(whole),
        }  # fmt: skip
    else:
        title = _("%(days)s 天里问候 %(care)s 次，销售 %(selling)s 次") % {
            "days": days, "care": thousands(whole.care), "selling": thousands(whole.selling),
        }  # fmt: skip
    context = {
        "title": title, "tabs": say.tabs(user, "care_balance"), "shares": shares, "ratio": ratio, "contacts": _contacts_address,
        "days": days,
    }  # fmt: skip
    return render(request, "care/balance.html", context, nav="care", crumb=_("关怀"))


def ratio(share: balancing.Share) -> str:
    """每问候 1 次，销售 2.4 次; "" where one of the two is missing."""
    if not share.care or not share.selling:
        return ""
    if share.selling >= share.care:
        return _("问候 1 次对销售 %(n)s 次") % {"n": f"{share.selling / share.care:.1f}"}
    return _("问候 %(n)s 次对销售 1 次") % {"n": f"{share.care / share.selling:.1f}"}


def _contacts_address(side: str, unit: Unit | None = None, page: int = 1) -> str:
    asked = {
        name: value for name, value in (("side", side), ("unit", unit.pk if unit else ""), ("page", page if page > 1 else "")) if value
    }
    return f"{reverse('care_contacts')}?{urlencode(asked)}"


@door("care.read")
def care_contacts(request: Request) -> HttpResponse:
    """The contacts behind a number of the balance."""
    user, today, page = request.user, clock.today(), _page(request)
    side = request.GET.get("side") or CareSide.CARE.value
    if side not in CareSide.values:
        raise Http404
    number = as_id(request.GET.get("unit", ""))
    scope = user.scope_unit
    unit = Unit.objects.filter(scope.within(), pk=number).first() if number and scope else None
    if number and unit is None:
        raise Http404
    pack = pack_with_own()
    total, rows = balancing.contacts(user, today, pack, side, unit.pk if unit else None, page)
    names = {playbook.key: pick(playbook.name) for playbook in pack.playbooks}
    label = str(CareSide(side).label)
    context = {
        "title": _("%(side)s：近 %(days)s 天 %(n)s 次") % {"side": label, "days": pack.contact_budget.in_days, "n": thousands(total)},
        "unit": unit,
        "rows": rows,
        "names": names,
        "page": page,
        "before": _contacts_address(side, unit, page - 1) if page > 1 else "",
        "after": _contacts_address(side, unit, page + 1) if total > page * balancing.SHOWN and page < MAX_PAGE else "",
    }
    crumb = [(_("关怀"), reverse("care")), (_("关怀与销售"), reverse("care_balance")), (label, "")]
    return render(request, "care/contacts.html", context, nav="care", crumb=crumb)


urlpatterns = [
    path("care/", care, name="care"),
    path("care/days/<str:day>/", care_day, name="care_day"),
    path("care/balance/", care_balance, name="care_balance"),
    path("care/balance/contacts/", care_contacts, name="care_contacts"),
]
