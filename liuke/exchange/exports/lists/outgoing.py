"""What went out, for who answers for it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.custody.models import Export
from liuke.custody.queries import masked_text
from liuke.exchange.exports.registry import BATCH, Asked, Column, Listing, Values, lists, register
from liuke.team.models import User

COLUMNS = (
    Column("id", _("编号"), "number", width=8),
    Column("asked_at", _("什么时候要的"), "time", width=17),
    Column("actor", _("谁要的"), width=10),
    Column("listing", _("名单")),
    Column("conditions", _("条件"), width=30),
    Column("rows", _("行数"), "number", width=8),
    Column("clear", _("号码"), width=8),
    Column("purpose", _("用途"), width=30),
    Column("state", _("状态"), width=10),
    Column("decided_by", _("谁批的"), width=10),
    Column("reason", _("原因"), width=20),
    Column("downloads", _("下载次数"), "number", width=8),
)


def _found(user: User) -> QuerySet[Export]:
    return Export.objects.visible_to(user).select_related("actor", "decided_by").order_by("-pk")


def rows(asked: Asked) -> Iterator[Values]:
    known = lists()
    for one in _found(asked.user).iterator(BATCH):
        title = str(known[one.listing].title) if one.listing in known else one.listing
        number = _text("全号") if one.clear else _text("遮住的")
        yield (
            one.pk, one.asked_at, one.actor.name, title, "，".join(one.conditions), one.made_rows or one.rows, number,
            masked_text(one.purpose), one.get_state_display(), one.decided_by.name if one.decided_by else "", masked_text(one.reason),
            one.downloads,
        )  # fmt: skip


register(Listing("exports", _("导出记录"), "export.approve", COLUMNS, lambda user, query: _found(user).count(), rows))
