"""What was brought in."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.exchange.exports.registry import BATCH, Asked, Column, Listing, Values, register
from liuke.exchange.models import Load

COLUMNS = (
    Column("file", _("文件"), width=30),
    Column("dataset", _("类别"), width=8),
    Column("state", _("状态"), width=10),
    Column("rows", _("行数"), "number", width=8),
    Column("created", _("新建"), "number", width=8),
    Column("updated", _("更新"), "number", width=8),
    Column("refused", _("不能导入"), "number", width=10),
    Column("actor", _("谁"), width=10),
    Column("created_at", _("上传时间"), "time", width=17),
    Column("loaded_at", _("导入时间"), "time", width=17),
    Column("undone_at", _("撤销时间"), "time", width=17),
)


def rows(asked: Asked) -> Iterator[Values]:
    loads = Load.objects.visible_to(asked.user).select_related("actor").order_by("-pk")
    for load in loads.iterator(BATCH):
        numbers = [load.counts.get(key) for key in ("rows", "created", "updated", "refused")]
        who = load.actor.name if load.actor else _text("命令行")
        yield (
            load.name, load.get_dataset_display(), load.get_state_display(), *numbers, who, load.created_at, load.loaded_at, load.undone_at
        )  # fmt: skip


register(Listing("imports", _("导入记录"), "import.load", COLUMNS, lambda user, query: Load.objects.visible_to(user).count(), rows))
