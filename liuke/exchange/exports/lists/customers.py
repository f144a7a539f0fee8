"""The customer list, with its own conditions and order (segments.filters)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from liuke.custody.export_making import reach
from liuke.custody.queries import Details, masked_text
from liuke.customers.labels import Kind, tier_word
from liuke.customers.models import Customer
from liuke.exchange.exports.registry import Asked, Column, Listing, Value, Values, register
from liuke.kernel.batches import batches
from liuke.segments import filters, queries, whole
from liuke.segments.queries import Row
from liuke.standing.labels import Stage
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.queries import pack

COLUMNS = (
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("kind", _("类别"), width=8),
    Column("phone", _("电话"), personal=True, width=20),
    Column("wechat", _("微信"), personal=True),
    Column("address", _("地址"), personal=True, width=30),
    Column("grade", _("等级"), width=6),
    Column("tier", _("会员等级"), width=10),
    Column("stage", _("阶段"), width=8),
    Column("last_days", _("多少天没来"), "number", width=10),
    Column("cycles", _("周期数"), "number", width=8),
    Column("amount", _("12 个月消费（元）"), "money"),
    Column("risk", _("风险金额（元）"), "money"),
    Column("signal", _("最近信号"), width=30),
    Column("owner", _("业务员"), width=10),
    Column("unit", _("门店"), width=16),
    Column("next_contact", _("下次联系"), "date", width=12),
    Column("opened_on", _("建档日期"), "date", width=12),
    Column("confirmed_on", _("核实日期"), "date", width=12),
    Column("completeness", _("完整度（%）"), "number", width=10),
    Column("region", _("地区")),
    Column("industry", _("行业")),
    Column("source", _("来源")),
    Column("remarks", _("备注"), width=30),
)


def count(user: User, query: str) -> int:
    return queries.totals(user, filters.parse(query), current_run())[0]


def rows(asked: Asked) -> Iterator[Values]:
    """Ids first, in the list's order (eight bytes each), then the rows batch by batch: who comes or goes meanwhile moves nobody."""
    user, run, trade = asked.user, current_run(), pack()
    kinds = {kind.value: str(kind.label) for kind in Kind}
    stages = {"": "", **{stage.value: str(stage.label) for stage in Stage}}
    ids = array("q", whole.everybody(user, filters.parse(asked.query), run))
    for some in batches(ids):
        found = whole.rows_of(user, some, run, trade)
        reached = reach(asked.export, [card for card, _row in found])
        for card, row in found:
            details = reached[card.pk]
            if details.clear:
                asked.opened.append(card.pk)
            yield _values(card, row, kinds[card.kind], stages[row.stage], details)


def _values(card: Customer, row: Row, kind: str, stage: str, details: Details) -> tuple[Value, ...]:
    return (
        row.number, row.name, kind, "、".join(details.phones), details.wechat, details.address,
        row.grade, tier_word(card.tier), stage, row.last_days,
        round(row.cycles, 1) if row.cycles is not None else None, row.amount_cents, row.risk_cents, row.signal.replace("**", ""),
        row.owner, row.unit, row.next_contact, card.opened_on, card.confirmed_on, card.completeness,
        card.region, card.industry, card.source, masked_text(card.remarks),
    )  # fmt: skip


register(Listing("customers", _("客户名单"), "customer.read", COLUMNS, count, rows))
