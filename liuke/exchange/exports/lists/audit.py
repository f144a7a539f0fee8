"""The log, with the filters of its page (who, verb, on, day). Who may not read customers gets what was done to people and units only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django.apps import apps
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.audit.details import DETAILS
from liuke.audit.labels import VERBS, WITHOUT_CUSTOMERS
from liuke.audit.models import AuditEntry
from liuke.audit.queries import Wanted, entries
from liuke.custody.queries import masked_text
from liuke.customers.models import Customer
from liuke.exchange.exports.registry import BATCH, Asked, Column, Listing, Values, register
from liuke.kernel.text import as_id
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import names_of

COLUMNS = (
    Column("seq", _("序号"), "number", width=8),
    Column("at", _("时间"), "time", width=17),
    Column("actor", _("谁"), width=10),
    Column("verb", _("动作"), width=30),
    Column("kind", _("对象类别"), width=10),
    Column("object", _("对象"), width=16),
    Column("detail", _("详情"), width=60),
    Column("hash", _("指纹"), width=20),
)
LONGEST = 500


def wanted(user: User, query: str) -> Wanted:
    """The page's filters; what cannot be read does not narrow."""
    data = dict(parse_qsl(query))
    kind, _colon, number = data.get("on", "").partition(":")
    verb = data.get("verb", "")
    everything = may(user, "customer.read")
    return Wanted(
        actor=as_id(data.get("who", "")),
        verb=verb if verb in VERBS else "",
        kind=kind if as_id(number) is not None else "",
        object=as_id(number),
        day=_day(data.get("day", "")),
        verbs=None if everything else [one for one in VERBS if one.startswith(WITHOUT_CUSTOMERS)],
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def rows(asked: Asked) -> Iterator[Values]:
    """Newest first, by the number of the last one read: entries that come meanwhile disturb nothing."""
    what, before = wanted(asked.user, asked.query), None
    while batch := list(entries(what, before)[:BATCH]):
        before = batch[-1].seq
        yield from _lines(asked.user, batch)


def _lines(user: User, batch: list[AuditEntry]) -> Iterator[Values]:
    people = names_of(row.actor for row in batch if row.actor is not None)
    things = _things(user, batch)
    for row in batch:
        who = people.get(row.actor, str(row.actor)) if row.actor is not None else _text("系统")
        verb = (str(VERBS[row.verb]) % {"who": "", "what": "…"}).strip() if row.verb in VERBS else row.verb
        thing = things.get((row.kind, row.object or 0), "") if row.object is not None else ""
        yield row.seq, row.at, who, verb, _kind(row.kind), thing, _detail(row.detail), row.hash


def _things(user: User, batch: list[AuditEntry]) -> dict[tuple[str, int], str]:
    """What the things are called that this reader may see; of all others their number."""
    ids: dict[str, set[int]] = {}
    for row in batch:
        if row.object is not None:
            ids.setdefault(row.kind, set()).add(row.object)
    found: dict[tuple[str, int], str] = {}
    for kind, numbers in ids.items():
        named: dict[int, str] = {}
        if kind == Customer._meta.label_lower:
            named = dict(Customer.objects.visible_to(user).filter(pk__in=numbers).values_list("pk", "name"))
        elif kind == User._meta.label_lower:
            named = names_of(numbers)
        elif kind == Unit._meta.label_lower:
            named = dict(Unit.objects.filter(pk__in=numbers).values_list("pk", "name"))
        found |= {(kind, number): named.get(number, str(number)) for number in numbers}
    return found


def _kind(kind: str) -> str:
    try:
        return str(apps.get_model(kind)._meta.verbose_name) if kind else ""
    except (LookupError, ValueError):
        return kind


def _detail(detail: dict[str, Any]) -> str:
    """The details that have a word, long numbers covered; of a list of customers only how many."""
    told = []
    for key in DETAILS:
        value = detail.get(key)
        if value in (None, "", [], {}):
            continue
        text = str(len(value)) if key == "customers" and isinstance(value, list) else masked_text(str(value))
        told.append(f"{DETAILS[key]} {text}")
    return "，".join(told)[:LONGEST]


def said(user: User, query: str) -> list[str]:
    what, found = wanted(user, query), []
    if what.actor is not None:
        found.append(names_of([what.actor]).get(what.actor, str(what.actor)))
    if what.verb:
        found.append((str(VERBS[what.verb]) % {"who": "", "what": "…"}).strip())
    if what.kind:
        found.append(f"{_kind(what.kind)} {what.object}")
    if what.day:
        found.append(what.day.isoformat())
    return found


register(Listing("audit", _("操作记录"), "audit.read", COLUMNS, lambda user, query: entries(wanted(user, query)).count(), rows, said))
