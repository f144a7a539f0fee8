"""投诉台: what is under way, by stage or as a list with conditions; news for whoever watches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.complaints import queries
from liuke.complaints.house import rule
from liuke.complaints.labels import Cause, Severity, Stage
from liuke.complaints.models import CaseNote, Complaint
from liuke.custody.queries import masked_text
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.team.queries import units_in_scope
from liuke.web.complaints.words import Clock, clock_of, finding
from liuke.web.doors import Request, door
from liuke.web.page import render

SHOWN = 50
FORMS = ("board", "list")
MOST_PAGES = 10_000


@dataclass(frozen=True)
class Row:
    """One complaint as lists show it."""

    row: Complaint
    clock: Clock
    who: str


@dataclass(frozen=True)
class Column:
    label: str
    rows: list[Row]


def rows_of(found: Iterable[Complaint], now: datetime | None = None) -> list[Row]:
    """The day of a call-back comes with the rows (queries.with_progress); one query for the company's numbers."""
    at, numbers = now or timezone.now(), rule()
    return [Row(one, clock_of(one, at, numbers, getattr(one, "call_back_on", None)), who_of(one)) for one in found]


def who_of(row: Complaint) -> str:
    if row.customer is not None:
        return row.customer.name
    return masked_text(row.stranger_name) or _("没留名字")


def asked_of(request: Request) -> dict[str, str]:
    """The conditions in the address; a view or form that is none does not exist."""
    asked = {name: request.GET.get(name, "") for name in ("form", "view", "severity", "cause", "unit", "q")}
    asked["form"], asked["view"] = asked["form"] or "board", asked["view"] or "open"
    if asked["form"] not in FORMS or asked["view"] not in queries.VIEWS:
        raise Http404
    for name, codes in (("severity", Severity.values), ("cause", Cause.values)):
        if asked[name] not in ("", *codes):
            raise Http404
    return asked


def link(asked: dict[str, str], **changed: object) -> str:
    values = {key: str(value) for key, value in {**asked, **changed}.items() if value not in ("", None)}
    if values.get("form") == "board":
        del values["form"]
    if values.get("view") == "open":
        del values["view"]
    return f"{reverse('complaints')}?{urlencode(values)}" if values else reverse("complaints")


@door("complaint.read")
def index(request: Request) -> HttpResponse:
    user, asked = request.user, asked_of(request)
    if asked["view"] == "closed":
        asked["form"] = "list"
    unit = units_in_scope(user).filter(pk=as_id(asked["unit"]) or 0).first() if asked["unit"] else None
    if asked["unit"] and unit is None:
        raise Http404
    found = queries.listed(
        user, asked["view"], severity=asked["severity"], cause=asked["cause"], unit=unit.pk if unit else None, words=asked["q"][:40]
    )
    counted, now = queries.counts(user), timezone.now()
    page = _page_of(request)
    total = found.count()
    board = asked["form"] == "board"
    every = rows_of(found[:200] if board else found[(page - 1) * SHOWN : page * SHOWN], now)
    context = {
        "title": finding(counted["open"], counted["late"], counted["soon"]),
        "second": _second(counted),
        "form": asked["form"],
        "view": asked["view"],
        "q": asked["q"],
        "views": [
            (label, counted[name], link(asked, view=name), name == asked["view"])
            for name, label in _views()
            if _shown(name, counted, asked)
        ],
        "link": lambda **changed: link(asked, **changed),
        "columns": [Column(str(stage.label), [one for one in every if one.row.stage == stage]) for stage in Stage] if board else [],
        "rows": every,
        "total": total,
        "first": (page - 1) * SHOWN + 1,
        "last": min(page * SHOWN, total),
        "before": link(asked, page=page - 1) if page > 1 else "",
        "after": link(asked, page=page + 1) if page * SHOWN < total else "",
        "conditions": _conditions(user, asked),
        "approvals": queries.approvals_waiting(user),
        "told": masked_text,
        "news_url": _news_url(_newest(), link(asked)),
        "changed": 0,
        "here": request.get_full_path(),
    }
    return render(request, "complaints/board.html", context, nav="complaints", crumb=[(_("投诉台"), "")])


def _views() -> list[tuple[str, str]]:
    return [
        ("open", _("在办")), ("mine", _("我的")), ("late", _("超时的")), ("soon", _("今天到时限")), ("severe", _("严重的")),
        ("paused", _("等客户")), ("approval", _("等批补偿")), ("call_back", _("等回访")), ("ready", _("等结案")), ("closed", _("结案的")),
    ]  # fmt: skip


def _shown(name: str, counted: dict[str, int], asked: dict[str, str]) -> bool:
    return bool(counted[name]) or name in ("open", asked["view"])


def _second(counted: dict[str, int]) -> str:
    parts = []
    if counted["mine"]:
        parts.append(_("您手上 %(n)s 件") % {"n": counted["mine"]})
    if counted["severe"]:
        parts.append(_("严重的 %(n)s 件") % {"n": counted["severe"]})
    if counted["paused"]:
        parts.append(_("等客户 %(n)s 件") % {"n": counted["paused"]})
    return _("，").join(parts)


def _conditions(user: User, asked: dict[str, str]) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    units = [(str(unit.pk), unit.name) for unit in units_in_scope(user).filter(children__isnull=True).order_by("path")]
    found = [
        ("severity", _("程度"), [(code, str(word)) for code, word in Severity.choices], asked["severity"]),
        ("cause", _("原因"), [(code, str(word)) for code, word in Cause.choices], asked["cause"]),
    ]
    return [*found, ("unit", _("单位"), units, asked["unit"])] if len(units) > 1 else found


# ── news ──


def _newest() -> int:
    """The newest line of what happened anywhere. One look at an index."""
    return CaseNote.objects.aggregate(top=Max("pk"))["top"] or 0


def _news_url(seen: int, here: str) -> str:
    return f"{reverse('complaints_news')}?{urlencode({'seen': str(seen), 'here': here})}"


@door("complaint.read")
def news(request: Request) -> HttpResponse:
    """Asked for while the board is looked at: nothing where nothing is new; else how many others have changed. One query, or two."""
    seen = as_id(request.GET.get("seen", "")) or 0
    here = request.GET.get("here", "")
    if not here.startswith(reverse("complaints")):
        here = reverse("complaints")
    if _newest() <= seen:
        return HttpResponse(status=204)
    mine = Complaint.objects.visible_to(request.user).filter(
        pk__in=CaseNote.objects.filter(pk__gt=seen).exclude(by=request.user).values("complaint")
    )
    changed = mine.count()
    if not changed:
        return HttpResponse(status=204)
    context = {"news_url": _news_url(seen, here), "changed": changed, "here": here}
    return render(request, "complaints/board.html", context, block="news")


def _page_of(request: Request) -> int:
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 and 1 <= int(asked) <= MOST_PAGES else 1


urlpatterns = [
    path("complaints/", index, name="complaints"),
    path("complaints/news/", news, name="complaints_news"),
]
