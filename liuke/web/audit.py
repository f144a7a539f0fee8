"""操作记录: who did what, newest first, one sentence each; and whether the chain still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup, escape

from liuke.audit import witness
from liuke.audit.actions import check
from liuke.audit.details import DETAILS, FAULTS, WHY
from liuke.audit.labels import VERBS, WITHOUT_CUSTOMERS
from liuke.audit.models import AuditEntry
from liuke.audit.queries import Wanted, entries, last_check, length
from liuke.custody.models import CheckOut, Export
from liuke.custody.queries import masked_text
from liuke.customers.fields import label
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer
from liuke.deals.labels import AssetKind, DealKind
from liuke.exchange.exports.registry import lists
from liuke.exchange.labels import DatasetKind
from liuke.interactions.labels import Outcome
from liuke.kernel.text import as_id
from liuke.packs.loader import available, load_pack
from liuke.promises.labels import State as PromiseState
from liuke.segments.wording import contract_kind, language
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Company, Unit, User
from liuke.team.permissions import may
from liuke.team.queries import names_of
from liuke.team.queries import pack as pack_in_use
from liuke.web.doors import Request, door
from liuke.web.page import render, say_undo
from liuke.web.words import NOTHING, moment, money, thousands

PAGE = 50
LONGEST_VALUE = 120
CODES: dict[str, dict[str, Any]] = {
    "role": dict(Role.choices),
    "outcome": dict([*Outcome.choices, *PromiseState.choices]),
    "dataset": dict(DatasetKind.choices),
    "why": dict(WHY),
    "clear": {"True": gettext_lazy("全号"), "False": gettext_lazy("遮住的")},
    "list": {key: each.title for key, each in lists().items()},
    "kind": dict([*UnitKind.choices, *DealKind.choices, *AssetKind.choices, *EventKind.choices]),
}
"""Words of codes by the name of the detail; kinds of contracts and packs come from the pack."""
EXPORT_WORDS = {
    "export.ask": ("purpose", "conditions"), "export.numbers_read": ("purpose",), "export.approve": ("reason",),
    "export.refuse": ("reason",),
}  # fmt: skip
"""Words of an export that belong to an entry about it, by verb."""
STAFF = {"today.reassign": ("old", "new"), "customer.transfer": ("to",)}
"""Details that are members of staff, by verb."""


@dataclass(frozen=True)
class Line:
    """One entry as it is read: the sentence, in which who and what open their own entries, and its details as (word, value)."""

    seq: int
    at: datetime
    sentence: Markup
    details: list[tuple[str, str]]
    day_url: str


@door("audit.read")
def audit(request: Request) -> HttpResponse:
    wanted, before = _wanted(request), as_id(request.GET.get("before", ""))
    rows = list(entries(wanted, before)[: PAGE + 1])
    shown = rows[:PAGE]
    state = _state()
    context = {
        "title": _title(wanted, state),
        "lines": lines(request.user, shown),
        "chips": _chips(request, wanted),
        "wanted": wanted,
        "export_query": _address(request).partition("?")[2],
        "verbs": [(verb, _bare(verb)) for verb in _verbs(request.user) or ()],
        "people": [(str(pk), name) for pk, name in User.objects.order_by("name").values_list("pk", "name")],
        "newest": _address(request, before=None) if before else "",
        "older": _address(request, before=shown[-1].seq) if len(rows) > PAGE else "",
        **state,
    }
    return render(request, "audit/audit.html", context, nav="audit", crumb=_("操作记录"))


@door("audit.read", ("POST",))
def verify(request: Request) -> HttpResponse:
    fault = check(request.user, witness.last())
    say_undo(request, str(FAULTS[fault.why]) % {"seq": fault.seq} if fault else _("从头到尾核对过，都接得上"))
    return redirect("audit")


def _title(wanted: Wanted, state: Mapping[str, object]) -> str:
    """The finding: that the chain is broken, else how many entries there are, and that they hold."""
    if state["fault"]:
        return str(state["fault"]).removesuffix("。")
    narrowed = wanted != Wanted()
    count = entries(wanted).count() if narrowed else length()
    said = ngettext("%(n)s 条操作记录", "%(n)s 条操作记录", count) % {"n": thousands(count)}
    return _("%(count)s，核对过，都接得上") % {"count": said} if state["checked"] and not narrowed else said


# ── what is asked for ──


def _verbs(user: User) -> list[str]:
    """The verbs this reader may see entries of."""
    return list(VERBS) if may(user, "customer.read") else [verb for verb in VERBS if verb.startswith(WITHOUT_CUSTOMERS)]


def _wanted(request: Request) -> Wanted:
    """The filters in the address. What cannot be read does not narrow."""
    kind, _colon, number = request.GET.get("on", "").partition(":")
    verb, day = request.GET.get("verb", ""), request.GET.get("day", "")
    try:
        when = parse_date(day)
    except ValueError:  # well formed, yet no day: 2026-02-30
        when = None
    return Wanted(
        actor=as_id(request.GET.get("who", "")),
        verb=verb if verb in VERBS else "",
        kind=kind if as_id(number) is not None else "",
        object=as_id(number),
        day=when,
        # Everything is open to who reads customers, verbs of a later version included.
        verbs=None if may(request.user, "customer.read") else _verbs(request.user),
    )


def _address(request: Request, **changes: object) -> str:
    """This list with one of its filters changed; a change of filter begins at the newest."""
    marks: dict[str, Any] = {key: request.GET.get(key, "") for key in ("who", "verb", "on", "day")}
    marks |= changes
    kept = {key: value for key, value in marks.items() if value not in ("", None)}
    return reverse("audit") + (f"?{urlencode(kept)}" if kept else "")


def _chips(request: Request, wanted: Wanted) -> list[tuple[str, str, str]]:
    """(what is narrowed, to what, address without it)."""
    found = []
    if wanted.actor is not None:
        found.append((_("谁"), names_of([wanted.actor]).get(wanted.actor, str(wanted.actor)), _address(request, who=None)))
    if wanted.verb:
        found.append((_("动作"), _bare(wanted.verb), _address(request, verb=None)))
    if wanted.kind:
        thing = (wanted.kind, wanted.object or 0)
        found.append((_("对象"), _names(request.user, {thing})[thing], _address(request, on=None)))
    if wanted.day:
        found.append((_("哪天"), wanted.day.isoformat(), _address(request, day=None)))
    return found


# ── what is said ──


def lines(user: User, rows: list[AuditEntry]) -> list[Line]:
    """The entries as sentences. Names of customers are told to who may see these customers; a fixed number of queries."""
    known = _names(user, {(row.kind, row.object) for row in rows if row.kind and row.object is not None})
    staff = {row.pk: {key: row.detail[key] for key in STAFF.get(row.verb, ()) if isinstance(row.detail.get(key), int)} for row in rows}
    people = names_of([row.actor for row in rows if row.actor is not None] + [pk for ids in staff.values() for pk in ids.values()])
    units = dict(Unit.objects.values_list("pk", "name")) if rows else {}
    kept = _words_of(rows)
    said = []
    for row in rows:
        what = known.get((row.kind, row.object or 0), "")
        who = people.get(row.actor, str(row.actor)) if row.actor is not None else _("系统")
        linked = {
            "who": _link(who, f"who={row.actor}") if row.actor is not None else who,
            "what": _link(what, f"on={row.kind}:{row.object}"),
        }
        template = str(VERBS[row.verb]) if row.verb in VERBS else f"%(who)s {row.verb} %(what)s"
        named = row.detail | {key: people.get(pk, str(pk)) for key, pk in staff[row.pk].items()}
        named = kept.get(row.seq, {}) | named
        told = ((key, written(key, named[key], units)) for key in DETAILS if key in named)  # PostgreSQL keeps no order of its own
        details = [(str(DETAILS[key]), text) for key, text in told if text]
        day = timezone.localtime(row.at).date()
        said.append(Line(row.seq, row.at, escape(template) % linked, details, f"{reverse('audit')}?day={day}"))
    return said


def _words_of(rows: list[AuditEntry]) -> dict[int, dict[str, Any]]:
    """Words that belong to an entry, by its number: purposes, conditions, reasons. The log itself keeps none, for they may name a customer,
    and it is for ever; they stand with the check-out or the export, and go when a customer is erased. Two queries at most."""
    outs = {row.seq: row.detail.get("check_out") for row in rows if row.verb == "card.check_out"}
    purposes = dict(CheckOut.objects.filter(pk__in=[pk for pk in outs.values() if pk]).values_list("pk", "purpose")) if outs else {}
    found: dict[int, dict[str, Any]] = {seq: {"purpose": purposes.get(pk, "")} for seq, pk in outs.items()}
    asked = {row.seq: row for row in rows if row.verb in EXPORT_WORDS}
    exports = Export.objects.in_bulk([row.object for row in asked.values() if row.object]) if asked else {}
    for seq, row in asked.items():
        if (export := exports.get(row.object or 0)) is not None:
            found[seq] = {name: getattr(export, name) for name in EXPORT_WORDS[row.verb]}
    return found


def _link(text: str, query: str) -> Markup:
    return Markup('<a class="lk-n" href="{}?{}">{}</a>').format(reverse("audit"), query, text)


def _names(user: User, things: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What each thing is called, for this reader."""
    ids: dict[str, set[int]] = {}
    for kind, number in things:
        ids.setdefault(kind, set()).add(number)
    named: dict[tuple[str, int], str] = {}
    for kind, numbers in ids.items():
        found: dict[int, str] = {}
        if kind == User._meta.label_lower:
            found = names_of(numbers)
        elif kind == Unit._meta.label_lower:
            found = dict(Unit.objects.filter(pk__in=numbers).values_list("pk", "name"))
        elif kind == Company._meta.label_lower:
            found = dict(Company.objects.filter(pk__in=numbers).values_list("pk", "name"))
        elif kind == Customer._meta.label_lower:
            found = dict(Customer.objects.visible_to(user).filter(pk__in=numbers).values_list("pk", "name"))
        unnamed = _("一位客户") if kind == Customer._meta.label_lower else _kind_word(kind)
        named |= {(kind, number): found.get(number) or unnamed for number in numbers}
    return named


def _kind_word(kind: str) -> str:
    """The word for a kind of row; a kind that a later version no longer has is left as it is written."""
    try:
        model: type[Model] = apps.get_model(kind)
    except (LookupError, ValueError):
        return kind
    return str(model._meta.verbose_name)


def _bare(verb: str) -> str:
    """A verb by itself, for the list of filters: its sentence without who and whom."""
    return (str(VERBS[verb]) % {"who": "", "what": "…"}).strip()


def written(key: str, value: object, units: Mapping[int, str]) -> str:
    """A detail as text: codes as words, moments on the local clock, long numbers in free text covered, cut to a line. "" for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        text = "，".join(f"{DETAILS.get(part, part)} {written(part, inner, units) or NOTHING}" for part, inner in value.items())
    elif isinstance(value, list) and key == "customers":
        text = thousands(len(value))
    elif isinstance(value, list):
        text = "，".join(filter(None, (written(key, part, units) for part in value)))
    elif key in ("unit", "scope", "parent") and isinstance(value, int):
        text = units.get(value, str(value))
    elif key in ("fields", "pack") or str(value) in CODES.get(key, ()):
        text = _word(key, str(value))
    elif key == "kind":
        text = contract_kind(str(value), pack_in_use())
    elif key in ("until", "at") and (when := parse_datetime(str(value))):
        text = moment(when)
    elif key == "cents" and isinstance(value, int):
        text = money(value)
    else:
        text = masked_text(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _word(key: str, code: str) -> str:
    """A field, a pack or another code in words; what nobody knows any more stays as it was written."""
    if key == "pack":
        return load_pack(code).name(language()) if code in available() else code
    if key == "fields":
        try:
            return label(code)
        except FieldDoesNotExist:
            return code
    return str(CODES[key][code])


def _state() -> dict[str, object]:
    """When the chain was last walked, by whom, and what came of it."""
    last = last_check()
    if last is None:
        return {"checked": None, "fault": "", "checked_by": ""}
    why, seq = last.detail.get("why", ""), last.detail.get("fault")
    who = names_of([last.actor]).get(last.actor, "") if last.actor is not None else ""
    return {"checked": last, "fault": str(FAULTS[why]) % {"seq": seq} if why in FAULTS else "", "checked_by": who}


urlpatterns = [path("audit/", audit, name="audit"), path("audit/verify/", verify, name="audit_verify")]
