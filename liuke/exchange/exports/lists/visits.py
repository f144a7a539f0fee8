"""Visits of one person's week (of: a day of it; user: whose), or of everybody's in sight without a user."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import parse_qsl

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.exchange.exports.registry import Asked, Column, Listing, Values, register
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.text import as_id
from liuke.team.models import User
from liuke.visits.models import Visit
from liuke.visits.queries import planners
from liuke.visits.rules import week_of
from liuke.visits.words import reason

COLUMNS = (
    Column("on", _("哪天"), "date", width=12),
    Column("at", _("几点"), width=8),
    Column("user", _("谁去"), width=12),
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("unit", _("门店"), width=16),
    Column("area", _("片区"), width=14),
    Column("why", _("为什么"), width=40),
    Column("risk", _("风险金额（元）"), "money"),
    Column("state", _("进展"), width=10),
    Column("read", _("出发前看卡"), width=12),
    Column("outcome", _("结果"), width=10),
    Column("dropped", _("为什么不去"), width=20),
)


def wanted(user: User, query: str) -> tuple[date, User | None]:
    """The Monday and whose week; what cannot be read does not narrow."""
    data = dict(parse_qsl(query))
    try:
        week = week_of(date.fromisoformat(data.get("of", "")))
    except ValueError:
        week = week_of(clock.today())
    whose = as_id(data.get("user", ""))
    return week, planners(user).filter(pk=whose).first() if whose else None


def found(user: User, query: str) -> QuerySet[Visit]:
    week, whose = wanted(user, query)
    seen = Visit.objects.visible_to(user).filter(on__gte=week, on__lt=week + timedelta(days=7))
    return seen.filter(user=whose) if whose else seen


def rows(asked: Asked) -> Iterator[Values]:
    today = clock.today()
    ids = list(found(asked.user, asked.query).order_by("on", "user", "position", "pk").values_list("pk", flat=True))
    for part in batches(ids):
        seen = found(asked.user, asked.query).filter(pk__in=part).select_related("customer", "customer__unit", "user", "area").in_bulk()
        for visit in (seen[pk] for pk in part if pk in seen):
            hour = visit.at or visit.begins
            yield (
                visit.on, f"{hour:%H:%M}" if hour else "", visit.user.name, visit.customer.number, visit.customer.name,
                visit.customer.unit.name, visit.area.name if visit.area else "", reason(visit.reasons, today).replace("**", ""),
                visit.value_at_risk_cents, visit.get_state_display(),
                f"{timezone.localtime(visit.read_at):%m-%d %H:%M}" if visit.read_at else "",
                visit.get_outcome_display() if visit.outcome else "", visit.get_dropped_why_display() if visit.dropped_why else "",
            )  # fmt: skip


def said(user: User, query: str) -> list[str]:
    week, whose = wanted(user, query)
    words = [_text("%(day)s那一周") % {"day": week.isoformat()}]
    return words + ([whose.name] if whose else [])


register(Listing("visits", _("拜访"), "visit.read", COLUMNS, lambda user, query: found(user, query).count(), rows, said))
