"""The pool, one of its views (view=pool, warned or claimed; grade, stage, why, sort). Names stand masked where the card is out of sight."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.exchange.exports.registry import Asked, Column, Listing, Values, register
from liuke.keepers.labels import Why
from liuke.keepers.models import PoolEntry
from liuke.keepers.queries import SORTS, Wanted, pool, pool_rows
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.standing.labels import Stage
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.queries import pack

COLUMNS = (
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("unit", _("门店"), width=16),
    Column("grade", _("等级"), width=6),
    Column("stage", _("阶段"), width=8),
    Column("why", _("原因"), width=14),
    Column("from_owner", _("原来的业务员"), width=12),
    Column("falls_on", _("哪天进公海"), "date", width=12),
    Column("fell_on", _("进公海的日子"), "date", width=12),
    Column("last_days", _("多少天没来"), "number", width=10),
    Column("risk", _("风险金额（元）"), "money"),
    Column("reason", _("依据"), width=40),
)
VIEWS = {"pool": _("公海里的"), "warned": _("快进公海的"), "claimed": _("我认领的")}
CODES = {"stage": Stage.values, "why": Why.values, "grade": ("A", "B", "C"), "sort": tuple(SORTS), "view": tuple(VIEWS)}


def wanted(query: str) -> Wanted:
    """The page's conditions; what cannot be read does not narrow."""
    data = {key: value for key, value in parse_qsl(query) if value in CODES.get(key, ())}
    return Wanted(data.get("view", "pool"), data.get("grade", ""), data.get("stage", ""), data.get("why", ""), data.get("sort", "risk"))


def rows(asked: Asked) -> Iterator[Values]:
    what, run, trade, today = wanted(asked.query), current_run(), pack(), clock.today()
    ids = array("q", pool(asked.user, what, today).order_by(*SORTS[what.sort]).values_list("pk", flat=True).iterator())
    for part in batches(ids):
        seen = pool(asked.user, what, today).filter(pk__in=part).select_related("customer", "unit", "from_owner", "taken_by")
        found = {entry.pk: entry for entry in seen}
        entries: list[PoolEntry] = [found[pk] for pk in part if pk in found]
        for row in pool_rows(asked.user, entries, run, trade, today):
            entry = row.entry
            yield (
                entry.customer.number, row.name, entry.unit.name, entry.abc, str(Stage(entry.stage).label) if entry.stage else "",
                str(Why(entry.why).label), entry.from_owner.name if entry.from_owner else "", entry.falls_on, entry.fell_on, row.last_days,
                entry.value_at_risk_cents, row.reason.replace("**", ""),
            )  # fmt: skip


def said(user: User, query: str) -> list[str]:
    what = wanted(query)
    words = [_text(str(VIEWS[what.view]))]
    words += [_text("等级：%(grade)s") % {"grade": what.grade}] if what.grade else []
    words += [str(Stage(what.stage).label)] if what.stage else []
    return words + ([str(Why(what.why).label)] if what.why else [])


register(
    Listing(
        "pool", _("公海"), "pool.claim", COLUMNS, lambda user, query: pool(user, wanted(query), clock.today()).count(), rows, said
    )
)  # fmt: skip
